//! Codes become tokens once, soon, and only for whom they were made.

use crate::world::{CALLBACK, CUSTOMER, World, answered, encoded, tokens, with_client};
use baton::simulator::demo_world::{CLIENT_ID, CLIENT_SECRET};
use std::time::Duration;

#[tokio::test]
async fn a_code_brings_tokens_of_the_documented_form() {
    let world = World::start().await;

    let issued = world.exchange(&world.code(CUSTOMER)).await;

    let body = issued.json();
    assert_eq!(issued.status, 200);
    assert_eq!(issued.header("cache-control"), "no-store");
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["token_use"], "access_token");
    assert_eq!(body["expires_in"], 1_800);
    assert_eq!(body["hub_id"], CUSTOMER.0);
    assert_eq!(body["user_id"], 61_000_001);
    let access = issued.field("access_token");
    assert!(access.starts_with("na1-") && (300..512).contains(&access.len()));
}

#[tokio::test]
async fn a_code_works_once_and_the_second_try_harms_nothing() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    let first = tokens(&world.exchange(&code).await);

    let second = world.exchange(&code).await;

    assert_eq!(
        (second.status, second.field("status")),
        (400, "BAD_AUTH_CODE".into())
    );
    assert_eq!(second.field("error"), "invalid_grant");
    let owners = world
        .call("GET", "/crm/owners/2026-03", &first.access)
        .await;
    assert_eq!(owners.status, 200);
    assert_eq!(world.refresh(&first.refresh).await.status, 200);
}

#[tokio::test]
async fn two_exchanges_at_once_bring_tokens_to_one() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    let all = futures_util::future::join_all((0..16).map(|_| world.exchange(&code))).await;
    let won = all.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    assert_eq!(world.hubspot.exchanges(CUSTOMER).codes, 1);
    assert_eq!(world.hubspot.exchanges(CUSTOMER).refused, 15);
}

#[tokio::test]
async fn a_code_expires() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    world.hubspot.advance(Duration::from_secs(61));
    assert_eq!(world.exchange(&code).await.field("status"), "BAD_AUTH_CODE");
}

#[tokio::test]
async fn wrong_forms_are_refused_with_both_kinds_of_error_code() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    let refresh = world.install(CUSTOMER).await.refresh;
    let grant = ("grant_type", "authorization_code");
    let by_code = [grant, ("code", &code), ("redirect_uri", CALLBACK)];
    let client = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    let also = |fields: &[(&'static str, &'static str)]| [&by_code, fields].concat();
    let of_refresh = |fields: &[(&'static str, &str)]| {
        let refreshes = ("grant_type", "refresh_token");
        encoded(&[&client[..], &[refreshes], fields].concat())
    };
    for (form, error, status) in [
        (encoded(&by_code), "invalid_client", "BAD_CLIENT_ID"),
        (
            encoded(&also(&[
                ("client_id", "x"),
                ("client_secret", CLIENT_SECRET),
            ])),
            "invalid_client",
            "BAD_CLIENT_ID",
        ),
        (
            encoded(&also(&[("client_id", CLIENT_ID)])),
            "invalid_client",
            "BAD_CLIENT_SECRET",
        ),
        (
            encoded(&also(&[("client_id", CLIENT_ID), ("client_secret", "x")])),
            "invalid_client",
            "BAD_CLIENT_SECRET",
        ),
        (encoded(&client), "unsupported_grant_type", "BAD_GRANT_TYPE"),
        (
            encoded(&with_client(&[("grant_type", "password")])),
            "unsupported_grant_type",
            "BAD_GRANT_TYPE",
        ),
        (
            encoded(&with_client(&[grant])),
            "invalid_grant",
            "BAD_AUTH_CODE",
        ),
        (
            encoded(&with_client(&[
                grant,
                ("code", "x"),
                ("redirect_uri", CALLBACK),
            ])),
            "invalid_grant",
            "BAD_AUTH_CODE",
        ),
        (
            encoded(&with_client(&[grant, ("code", &code)])),
            "invalid_request",
            "BAD_REDIRECT_URI",
        ),
        (
            encoded(&with_client(&[
                grant,
                ("code", &code),
                ("redirect_uri", "http://x/"),
            ])),
            "invalid_request",
            "BAD_REDIRECT_URI",
        ),
        (of_refresh(&[]), "invalid_grant", "BAD_REFRESH_TOKEN"),
        (
            of_refresh(&[("refresh_token", "x")]),
            "invalid_grant",
            "BAD_REFRESH_TOKEN",
        ),
        (
            of_refresh(&[("refresh_token", &refresh), ("redirect_uri", "http://x/")]),
            "invalid_request",
            "BAD_REDIRECT_URI",
        ),
        (
            of_refresh(&[("refresh_token", &refresh), ("refresh_token", &refresh)]),
            "invalid_request",
            "BAD_REQUEST",
        ),
    ] {
        let request = world
            .form_request("/oauth/2026-03/token", &[])
            .body(form.clone());
        let answer = answered(request).await;
        let found = (answer.status, answer.field("error"), answer.field("status"));
        assert_eq!(found, (400, error.to_owned(), status.to_owned()), "{form}");
        assert_ne!(answer.field("error_description"), "");
        assert_eq!(answer.field("error_description"), answer.field("message"));
    }
    assert_eq!(
        world.exchange(&code).await.status,
        200,
        "no try used the code up"
    );
}

#[tokio::test]
async fn only_a_form_in_the_body_counts() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    let fields = with_client(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ]);
    let path = "/oauth/2026-03/token";

    let in_query = world
        .form(&format!("{path}?{}", encoded(&fields)), &[])
        .await;
    let as_json: serde_json::Value = fields.iter().copied().collect();
    let in_json = world.post(path, as_json).await;

    assert_eq!(
        (in_query.status, in_query.field("status")),
        (400, "BAD_CLIENT_ID".into())
    );
    assert_eq!(in_json.status, 415);
    for path in ["/oauth/v3/token", "/oauth/v1/token"] {
        let code = world.code(CUSTOMER);
        let fields = with_client(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
        ]);
        assert_eq!(world.form(path, &fields).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_code_of_the_marketplace_brings_every_scope_that_the_plan_has() {
    let world = World::start().await;
    let code = world.hubspot.marketplace_code(CALLBACK, CUSTOMER).unwrap();
    let scopes = world.exchange(&code).await.json()["scopes"].to_string();
    assert!(scopes.contains("automation") && scopes.contains("settings.users.teams.read"));
}
