//! Tokens in rows: unreadable, and bound to their place.

use crate::endpoint::FIRST;
use crate::portal::{OTHER, PATIENT, Portal, keyring, text};
use crate::world::PORTAL;
use baton::service::access_token::TokenError;

#[tokio::test(flavor = "multi_thread")]
async fn no_row_of_any_table_holds_a_token_in_the_clear() {
    let portal = Portal::new();
    portal.tokens().token_for(PORTAL).await.unwrap();
    portal.run_out();
    portal.tokens().token_for(PORTAL).await.unwrap();

    let row = portal.text("SELECT credentials::text AS text FROM credentials");
    let bytes = portal.text(
        "SELECT encode(access_token, 'escape') || encode(refresh_token, 'escape') AS text \
         FROM credentials",
    );

    for secret in ["access-", "refresh-", FIRST] {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for shown in [&row, &bytes] {
            assert!(!shown.contains(secret) && !shown.contains(&hex), "{secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_swapped_between_columns_do_not_open() {
    let portal = Portal::new();
    portal.grant(&keyring(&[("k1", 1)]), FIRST);
    portal.execute(
        "UPDATE credentials SET access_token = refresh_token, refresh_token = access_token",
    );

    let access = portal.tokens().token_for(PORTAL).await.unwrap_err();
    portal.run_out();
    let refresh = portal.tokens().token_for(PORTAL).await.unwrap_err();

    for error in [access, refresh] {
        assert!(
            error.to_string().contains("another key, row or column"),
            "{error}"
        );
        assert!(matches!(error, TokenError::Configuration(_)));
    }
    assert!(portal.endpoint.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_moved_to_another_portal_or_kind_do_not_open() {
    let portal = Portal::new();
    portal.grant(&keyring(&[("k1", 1)]), FIRST);
    let moves = [
        (format!("portal_id = {OTHER}"), OTHER),
        (
            format!(
                "portal_id = {PORTAL}, kind = 'private_app', refresh_token = NULL, \
                 redirect_uri = NULL, expires_at = NULL"
            ),
            PORTAL,
        ),
    ];
    for (moved, place) in moves {
        portal.execute(&format!("UPDATE credentials SET {moved}"));

        let error = portal.tokens().token_for(place).await.unwrap_err();

        assert!(
            error.to_string().contains("another key, row or column"),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_under_another_key_of_the_same_name_does_not_open() {
    let portal = Portal::new();
    portal.grant(&keyring(&[("k1", 9)]), FIRST);

    let error = portal.tokens().token_for(PORTAL).await.unwrap_err();

    assert!(
        error
            .to_string()
            .contains("does not open with the key 'k1'"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_key_still_opens_and_the_newest_seals_what_comes() {
    let portal = Portal::new();
    let tokens = portal.tokens_with(keyring(&[("k2", 2), ("k1", 1)]), PATIENT);

    let token = tokens.token_for(PORTAL).await.unwrap();

    assert_eq!(text(&token), "access-1");
    assert_eq!(portal.row().access_token.key_id, "k2");
}
