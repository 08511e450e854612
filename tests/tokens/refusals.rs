//! What an answer other than a new token does to the grant: only HubSpot's own word about the
//! generation at hand ends it, and nothing is ever deleted.

use crate::endpoint::{INVALID_GRANT, Scripted};
use crate::portal::{PATIENT, Portal, client, keyring, text};
use crate::world::PORTAL;
use baton::domain::credential::CredentialStatus;
use baton::service::access_token::{Options, TokenError};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_hubspot_refuses_wants_an_admin_and_shuts_the_portals_gate() {
    let portal = Portal::new();
    let before = portal.row();
    portal.endpoint.script([Scripted::new(400, INVALID_GRANT)]);
    let tokens = portal.tokens();

    let first = tokens.token_for(PORTAL).await.unwrap_err();
    let second = tokens.token_for(PORTAL).await.unwrap_err();

    assert!(matches!(first, TokenError::ReconnectRequired), "{first}");
    assert!(matches!(second, TokenError::ReconnectRequired), "{second}");
    assert_eq!(portal.endpoint.seen().len(), 1, "HubSpot is asked no more");
    assert_eq!(portal.connection(), "unavailable revoked");
    let after = portal.row();
    assert_eq!(after.status, CredentialStatus::ReconnectRequired);
    assert_eq!(after.generation, before.generation);
    assert_eq!(
        after.refresh_token, before.refresh_token,
        "nothing is deleted"
    );
    assert_eq!(
        after.access_token, before.access_token,
        "nothing is deleted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_gone_counts_as_uninstalled() {
    let portal = Portal::new();
    let body =
        r#"{"error":"access_denied","status":"BAD_HUB","message":"missing or unknown hub id"}"#;
    portal.endpoint.script([Scripted::new(400, body)]);

    let error = portal.tokens().token_for(PORTAL).await.unwrap_err();

    assert!(matches!(error, TokenError::ReconnectRequired), "{error}");
    assert_eq!(portal.connection(), "unavailable uninstalled");
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_opens_the_gate_and_gives_tokens() {
    let portal = Portal::new();
    portal.endpoint.script([Scripted::new(400, INVALID_GRANT)]);
    let tokens = portal.tokens();
    tokens.token_for(PORTAL).await.unwrap_err();

    portal.grant(&keyring(&[("k1", 1)]), "refresh-0");
    baton::store::portals::connect(&mut portal.sql(), PORTAL, None).unwrap();

    assert_eq!(portal.connection(), "connected");
    assert!(tokens.token_for(PORTAL).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_grant_that_was_replaced_meanwhile_ends_nothing() {
    let portal = Portal::new();
    let tokens = Arc::new(portal.tokens());
    portal.endpoint.script([Scripted::new(400, INVALID_GRANT)]);
    portal.endpoint.hold();
    let asking = tokio::spawn({
        let tokens = Arc::clone(&tokens);
        async move { tokens.token_for(PORTAL).await }
    });
    portal.endpoint.until_called(1).await;

    // An admin connects again while HubSpot still thinks.
    let generation = portal.grant(&keyring(&[("k1", 1)]), "refresh-0");
    portal.endpoint.release();
    let token = asking.await.unwrap().unwrap();

    assert_eq!(token.generation, generation);
    assert_eq!(text(&token), "access-of-the-grant");
    assert_eq!(portal.row().status, CredentialStatus::Active);
    assert_eq!(portal.connection(), "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_of_a_grant_that_was_replaced_meanwhile_is_not_stored() {
    let portal = Portal::new();
    let tokens = Arc::new(portal.tokens());
    portal.endpoint.hold();
    let asking = tokio::spawn({
        let tokens = Arc::clone(&tokens);
        async move { tokens.token_for(PORTAL).await }
    });
    portal.endpoint.until_called(1).await;

    // Also where the row was deleted in between: numbers of generations do not come back.
    portal.execute("DELETE FROM credentials");
    let generation = portal.grant(&keyring(&[("k1", 1)]), "another-refresh");
    portal.endpoint.release();
    let token = asking.await.unwrap().unwrap();

    assert_eq!(
        (text(&token), token.generation),
        ("access-of-the-grant", generation)
    );
    assert_eq!(portal.refresh_token(), "another-refresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_app_or_an_unknown_one_leaves_the_grant_alone() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    let answers = [
        (
            400,
            r#"{"error":"invalid_client","status":"BAD_CLIENT_SECRET"}"#,
        ),
        (
            401,
            r#"{"error":"invalid_client","status":"BAD_REFRESH_TOKEN"}"#,
        ),
        (
            400,
            r#"{"error":"invalid_grant","status":"BAD_REDIRECT_URI"}"#,
        ),
        (403, r#"{"status":"error","category":"NEW_THING"}"#),
        (404, "<html>not found</html>"),
        (418, ""),
        (400, "[]"),
    ];
    for (status, body) in answers {
        let before = portal.row();
        portal.endpoint.script([Scripted::new(status, body)]);

        let error = until_asked(&portal, &tokens).await;

        assert!(
            matches!(error, TokenError::Configuration(_)),
            "{status} {body}: {error}"
        );
        unchanged(&portal, &before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_leaves_the_grant_alone_and_the_next_try_succeeds() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    for status in [408, 423, 429, 477, 500, 502, 503, 504, 521, 524, 302] {
        let before = portal.row();
        portal
            .endpoint
            .script([Scripted::new(status, INVALID_GRANT)]);

        let error = until_asked(&portal, &tokens).await;

        assert!(
            matches!(error, TokenError::Unavailable { .. }),
            "{status}: {error}"
        );
        unchanged(&portal, &before);
    }
    let token = until_token(&tokens).await;
    assert_eq!(text(&token), "access-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_says_nothing_keeps_the_claim_until_its_lease_ends() {
    let portal = Portal::new();
    let options = Options {
        lease: Duration::from_millis(1_200),
        ..PATIENT
    };
    let tokens = portal.tokens_with(keyring(&[("k1", 1)]), options);
    for body in ["", "garbage", r#"{"access_token":"half"}"#, "[1,2]"] {
        let before = portal.row();
        portal.endpoint.script([Scripted::new(200, body)]);

        let error = until_asked(&portal, &tokens).await;

        assert!(matches!(error, TokenError::Unavailable { .. }), "{error}");
        unchanged(&portal, &before);
        assert_eq!(claims(&portal), "1", "HubSpot may have issued a token");
    }
    let token = until_token(&tokens).await;
    assert_eq!(text(&token), "access-1");
    assert_eq!(claims(&portal), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspot_out_of_reach_leaves_the_grant_alone() {
    let portal = Portal::new();
    let before = portal.row();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nowhere.local_addr().unwrap();
    drop(nowhere);
    let mut unreachable = crate::endpoint::Endpoint::start();
    unreachable.api_url = format!("http://{address}/").parse().unwrap();
    let app = client(&unreachable, "an app", PATIENT.lease / 2);
    let tokens = portal.replica(keyring(&[("k1", 1)]), Some(app), PATIENT);

    let error = tokens.token_for(PORTAL).await.unwrap_err();

    assert!(matches!(error, TokenError::Unavailable { .. }), "{error}");
    unchanged(&portal, &before);
    assert_eq!(claims(&portal), "0", "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_hubspot_is_given_up_while_the_lease_lasts() {
    let portal = Portal::new();
    portal.endpoint.hold();
    let options = Options {
        lease: Duration::from_millis(800),
        ..PATIENT
    };
    // The client alone would wait for much longer.
    let app = client(&portal.endpoint, "an app", Duration::from_secs(60));
    let tokens = portal.replica(keyring(&[("k1", 1)]), Some(app), options);

    let error = tokens.token_for(PORTAL).await.unwrap_err();

    assert!(matches!(error, TokenError::Unavailable { .. }), "{error}");
    assert_eq!(claims(&portal), "1");
    assert_eq!(portal.row().status, CredentialStatus::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_nobody_asks_again_for_as_long_as_hubspot_says() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    let mut busy = Scripted::new(429, "{}");
    busy.headers.push(("retry-after", "30"));
    portal.endpoint.script([busy]);

    for _ in 0..20 {
        let error = tokens.token_for(PORTAL).await.unwrap_err();
        let TokenError::Unavailable { retry_after, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(retry_after, Some(Duration::from_secs(30)));
    }

    assert_eq!(portal.endpoint.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_key_is_gone_is_left_alone() {
    let portal = Portal::new();
    let before = portal.row();
    let tokens = portal.tokens_with(keyring(&[("k2", 2)]), PATIENT);

    let error = tokens.token_for(PORTAL).await.unwrap_err();

    assert!(
        error
            .to_string()
            .contains("'k1' is not in BATON_ENCRYPTION_KEYS"),
        "{error}"
    );
    assert!(portal.endpoint.seen().is_empty());
    unchanged(&portal, &before);
}

/// The next outcome of a call that did reach HubSpot, past the pause after a failure.
async fn until_asked(
    portal: &Portal,
    tokens: &baton::service::access_token::AccessTokens,
) -> TokenError {
    let asked = portal.endpoint.seen().len();
    loop {
        let error = tokens.token_for(PORTAL).await.unwrap_err();
        if portal.endpoint.seen().len() > asked {
            return error;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn until_token(
    tokens: &baton::service::access_token::AccessTokens,
) -> baton::service::access_token::Token {
    let trying = async {
        loop {
            if let Ok(token) = tokens.token_for(PORTAL).await {
                return token;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), trying)
        .await
        .expect("a token")
}

fn claims(portal: &Portal) -> String {
    portal.text("SELECT count(claimed_by)::text AS text FROM credentials")
}

fn unchanged(portal: &Portal, before: &baton::store::credentials::row::CredentialRow) {
    let mut after = portal.row();
    after.read_at = before.read_at;
    assert_eq!(&after, before);
    assert_eq!(after.status, CredentialStatus::Active);
    assert_eq!(portal.connection(), "connected");
}
