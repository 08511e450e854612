//! What is sent to the OAuth endpoints, byte for byte, and what is read from a good answer.

use crate::scripted::{Scripted, json};
use crate::world::{PORTAL, REDIRECT_URI, oauth, secret};
use baton::hubspot::oauth::introspection::Introspection;
use secrecy::ExposeSecret;
use std::time::Duration;

const APP: &str = "client_id=client-1&client_secret=canary-client-secret-8f1c";
const REDIRECT: &str = "redirect_uri=https%3A%2F%2Fbaton.example%2Fhubspot%2Foauth%2Fcallback";

const TOKENS: &str = r#"{"token_type":"bearer","token_use":"access_token","access_token":"a-2","refresh_token":"r-2","expires_in":1800,"hub_id":50001,"user_id":61000001,"scopes":["oauth","tickets"],"id_token":null,"new_field":{"a":[1]}}"#;

#[tokio::test]
async fn every_call_is_a_form_in_the_body_of_a_post_and_nothing_in_the_address() {
    let active = r#"{"active":false}"#;
    let replies = vec![
        json(200, TOKENS),
        json(200, TOKENS),
        json(200, active),
        json(200, ""),
    ];
    let hubspot = Scripted::start(replies).await;
    let client = oauth(&hubspot.url);

    client
        .exchange(&secret("co+de/=1"), REDIRECT_URI)
        .await
        .unwrap();
    client.refresh(&secret("r-1"), REDIRECT_URI).await.unwrap();
    client.introspect(&secret("a-1")).await.unwrap();
    client.revoke(&secret("r-1")).await.unwrap();

    let seen = hubspot.seen();
    let asked: Vec<(&str, &str)> = seen
        .iter()
        .map(|s| (s.line.as_str(), s.body.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            (
                "POST /oauth/2026-03/token",
                format!("{APP}&grant_type=authorization_code&{REDIRECT}&code=co%2Bde%2F%3D1")
                    .as_str()
            ),
            (
                "POST /oauth/2026-03/token",
                format!("{APP}&grant_type=refresh_token&{REDIRECT}&refresh_token=r-1").as_str()
            ),
            (
                "POST /oauth/2026-03/token/introspect",
                format!("{APP}&token=a-1").as_str()
            ),
            (
                "POST /oauth/2026-03/token/revoke",
                format!("{APP}&token=r-1&token_type_hint=refresh_token").as_str()
            ),
        ]
    );
    for request in seen {
        assert_eq!(
            request.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("referer"), None);
    }
}

#[tokio::test]
async fn an_address_below_a_path_keeps_the_path() {
    let hubspot = Scripted::start(vec![json(200, TOKENS)]).await;
    let client = oauth(&format!("{}gateway/", hubspot.url));
    client.refresh(&secret("r-1"), REDIRECT_URI).await.unwrap();
    assert_eq!(hubspot.seen()[0].line, "POST /gateway/oauth/2026-03/token");
}

#[tokio::test]
async fn a_grant_holds_what_the_answer_says() {
    let hubspot = Scripted::start(vec![json(200, TOKENS)]).await;
    let (client, code) = (oauth(&hubspot.url), secret("code"));
    let grant = client.exchange(&code, REDIRECT_URI).await.unwrap();
    assert_eq!(grant.access_token.expose_secret(), "a-2");
    assert_eq!(grant.refresh_token.expose_secret(), "r-2");
    assert_eq!(grant.expires_in, Duration::from_secs(1_800));
    assert_eq!(grant.hub_id, Some(PORTAL));
    assert_eq!(grant.user_id, Some(61_000_001));
    assert_eq!(
        grant.scopes,
        Some(vec!["oauth".to_owned(), "tickets".to_owned()])
    );
}

#[tokio::test]
async fn whichever_refresh_token_comes_back_is_kept_and_the_old_one_where_none_does() {
    for (body, expected) in [
        (
            r#"{"access_token":"a","refresh_token":"r-1","expires_in":1}"#,
            "r-1",
        ),
        (
            r#"{"access_token":"a","refresh_token":"r-2","expires_in":1}"#,
            "r-2",
        ),
        (r#"{"access_token":"a","expires_in":1}"#, "r-1"),
        (
            r#"{"access_token":"a","refresh_token":null,"expires_in":1}"#,
            "r-1",
        ),
    ] {
        let hubspot = Scripted::start(vec![json(200, body)]).await;
        let grant = oauth(&hubspot.url)
            .refresh(&secret("r-1"), REDIRECT_URI)
            .await;
        let grant = grant.unwrap();
        assert_eq!(grant.refresh_token.expose_secret(), expected, "{body}");
        assert_eq!(grant.scopes, None, "not said is not none");
        assert_eq!(grant.hub_id, None);
    }
}

#[tokio::test]
async fn a_code_whose_answer_brings_no_refresh_token_is_no_grant() {
    let hubspot = Scripted::start(vec![json(200, r#"{"access_token":"a","expires_in":1}"#)]).await;
    let error = oauth(&hubspot.url)
        .exchange(&secret("code"), REDIRECT_URI)
        .await;
    assert!(error.unwrap_err().is_transient());
}

#[tokio::test]
async fn numbers_may_be_texts_and_a_lifetime_is_bounded() {
    for (lifetime, expected) in [
        ("\"1800\"", 1_800),
        ("1800.0", 1_800),
        ("9223372036854775807", 2_678_400),
    ] {
        let body = format!(
            r#"{{"access_token":"a","refresh_token":"r","expires_in":{lifetime},"hub_id":"50001","scopes":"oauth  tickets"}}"#
        );
        let hubspot = Scripted::start(vec![json(200, &body)]).await;
        let grant = oauth(&hubspot.url)
            .refresh(&secret("r"), REDIRECT_URI)
            .await
            .unwrap();
        assert_eq!(
            grant.expires_in,
            Duration::from_secs(expected),
            "{lifetime}"
        );
        assert_eq!(grant.hub_id, Some(PORTAL));
        assert_eq!(grant.scopes.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_good_token_is_described_and_a_dead_one_is_inactive() {
    let active = r#"{"active":true,"token":"a-1","hub_id":50003,"user_id":63000001,"app_id":2438001,"client_id":"client-1","user":"ines@example.eu","hub_domain":"example.eu","scopes":["oauth"],"expires_in":1700,"token_use":"access_token","token_type":"bearer","is_private_distribution":true,"signed_access_token":{"hublet":"eu1","signature":"s"}}"#;
    let refresh = r#"{"active":true,"hub_id":50003}"#;
    let dead = r#"{"active":false}"#;
    let replies = [active, refresh, dead].map(|body| json(200, body));
    let hubspot = Scripted::start(replies.into()).await;
    let client = oauth(&hubspot.url);

    let Introspection::Active(info) = client.introspect(&secret("a-1")).await.unwrap() else {
        panic!("expected an active token");
    };
    assert_eq!(info.hub_id.0, 50_003);
    assert_eq!(info.hub_domain.as_deref(), Some("example.eu"));
    assert_eq!(info.user.as_deref(), Some("ines@example.eu"));
    assert_eq!(info.hublet.as_deref(), Some("eu1"));
    assert_eq!(info.is_private_distribution, Some(true));
    assert_eq!(info.expires_in, Some(Duration::from_secs(1_700)));

    let Introspection::Active(info) = client.introspect(&secret("r-1")).await.unwrap() else {
        panic!("expected an active token");
    };
    assert_eq!(
        (info.scopes, info.expires_in, info.hublet),
        (None, None, None)
    );
    assert_eq!(
        client.introspect(&secret("x-1")).await.unwrap(),
        Introspection::Inactive
    );
}

#[tokio::test]
async fn a_description_that_says_nothing_is_neither_active_nor_inactive() {
    for body in [
        "",
        "{}",
        "[]",
        r#"{"active":"false"}"#,
        r#"{"active":true}"#,
        r#"{"active":true,"hub_id":0}"#,
    ] {
        let hubspot = Scripted::start(vec![json(200, body)]).await;
        let error = oauth(&hubspot.url)
            .introspect(&secret("a-1"))
            .await
            .unwrap_err();
        assert!(error.is_transient(), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn revoking_what_is_gone_already_succeeds_and_nothing_else_does() {
    let gone = r#"{"error":"invalid_grant","status":"BAD_REFRESH_TOKEN"}"#;
    for (status, body, is_done) in [
        (200, "", true),
        (204, "", true),
        (400, gone, true),
        (400, r#"{"error":"invalid_client"}"#, false),
        (404, "", false),
        (500, gone, false),
    ] {
        let hubspot = Scripted::start(vec![json(status, body)]).await;
        let done = oauth(&hubspot.url).revoke(&secret("r-1")).await;
        assert_eq!(done.is_ok(), is_done, "{status} {body}: {done:?}");
    }
}
