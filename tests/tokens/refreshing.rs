//! When a token is refreshed, with what, and what is kept of the answer.

use crate::endpoint::Scripted;
use crate::portal::{CLIENT_SECRET, PATIENT, Portal, REDIRECT_URI, keyring, text};
use crate::world::PORTAL;
use baton::domain::credential::CredentialKind;
use baton::domain::time::Span;
use baton::service::access_token::TokenError;
use baton::service::seal_tokens::{Pasted, seal_pasted};
use baton::store::credentials::grant::save_grant;
use secrecy::SecretString;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_still_counts_is_given_without_asking_hubspot() {
    let portal = Portal::new();
    let generation = portal.grant(&keyring(&[("k1", 1)]), "refresh-0");

    let token = portal.tokens().token_for(PORTAL).await.unwrap();

    assert_eq!(text(&token), "access-of-the-grant");
    assert_eq!(token.generation, generation);
    assert_eq!(token.kind, CredentialKind::Oauth);
    assert_eq!(token.scopes, ["oauth", "tickets"]);
    assert!(portal.endpoint.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_sends_every_field_and_the_redirect_uri_of_the_grant() {
    let portal = Portal::new();

    let token = portal.tokens().token_for(PORTAL).await.unwrap();

    let sent = [
        ("grant_type", "refresh_token"),
        ("client_id", "an app"),
        ("client_secret", CLIENT_SECRET),
        ("redirect_uri", REDIRECT_URI),
        ("refresh_token", "refresh-0"),
    ];
    let sent: BTreeMap<String, String> = sent
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let seen = portal.endpoint.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].form, sent);
    assert_eq!(text(&token), "access-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_refresh_token_comes_back_is_the_next_one_sent() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    let first = portal.row().generation;

    for round in 1..=3 {
        portal.run_out();
        let token = tokens.token_for(PORTAL).await.unwrap();

        assert_eq!(text(&token), format!("access-{round}"));
        assert_eq!(token.generation, first + round);
        assert_eq!(portal.refresh_token(), format!("refresh-{round}"));
        assert_eq!(portal.row().redirect_uri.as_deref(), Some(REDIRECT_URI));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_refresh_token_leaves_the_one_that_was_sent() {
    let portal = Portal::new();
    let body = r#"{"access_token":"another","expires_in":1800,"token_type":"bearer"}"#;
    portal.endpoint.script([Scripted::new(200, body)]);

    let token = portal.tokens().token_for(PORTAL).await.unwrap();

    assert_eq!(text(&token), "another");
    assert_eq!(portal.refresh_token(), "refresh-0");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scopes_of_the_answer_replace_those_known_and_silence_keeps_them() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    let body = r#"{"access_token":"a","refresh_token":"refresh-0","expires_in":1800,
        "scopes":["oauth","files"]}"#;
    portal.endpoint.script([Scripted::new(200, body)]);

    let named = tokens.token_for(PORTAL).await.unwrap();
    portal.run_out();
    let silent = tokens.token_for(PORTAL).await.unwrap();

    assert_eq!(named.scopes, ["oauth", "files"]);
    assert_eq!(silent.scopes, ["oauth", "files"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lives_as_long_as_its_own_answer_says() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    portal.endpoint.expires_in(7);
    tokens.token_for(PORTAL).await.unwrap();
    let short = portal.row().lifetime().unwrap();
    portal.run_out();
    portal.endpoint.expires_in(86_400);
    tokens.token_for(PORTAL).await.unwrap();
    let long = portal.row().lifetime().unwrap();

    assert!((7_000..7_050).contains(&short.as_millis()));
    assert!((86_400_000..86_400_050).contains(&long.as_millis()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_last_sixtieth_of_its_life_counts_as_run_out() {
    let portal = Portal::new();
    let lives_on = |seconds: u32| {
        portal.execute(&format!(
            "UPDATE credentials SET obtained_at = clock_timestamp() - interval '1800 seconds' \
             + interval '{seconds} seconds', \
             expires_at = clock_timestamp() + interval '{seconds} seconds'"
        ));
    };

    lives_on(40);
    let before = portal.tokens().token_for(PORTAL).await.unwrap();
    lives_on(25);
    let after = portal.tokens().token_for(PORTAL).await.unwrap();

    assert_eq!(text(&before), "access-of-the-grant");
    assert_eq!(text(&after), "access-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_hubspot_calls_expired_is_refreshed_before_its_time() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    let generation = portal.grant(&keyring(&[("k1", 1)]), "refresh-0");

    let new = tokens
        .refresh_after_refusal(PORTAL, generation, "refused")
        .await
        .unwrap();
    let again = tokens
        .refresh_after_refusal(PORTAL, generation, "refused")
        .await
        .unwrap();

    assert_eq!((text(&new), text(&again)), ("access-1", "access-1"));
    assert_eq!(
        portal.endpoint.seen().len(),
        1,
        "an old refusal asks nobody"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_never_connected_has_no_token() {
    let portal = Portal::new();
    portal.execute("DELETE FROM credentials");

    let error = portal.tokens().token_for(PORTAL).await.unwrap_err();

    assert!(matches!(error, TokenError::NotConnected), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_apps_token_has_no_end_and_no_successor() {
    let portal = Portal::new();
    let keys = keyring(&[("k1", 1)]);
    let pasted = Pasted {
        portal: PORTAL,
        token: &SecretString::from("pasted"),
        scopes: vec!["tickets".to_owned()],
        hubspot_user_id: None,
        rollback_window: Span::from_days(7),
    };
    let grant = seal_pasted(&keys, pasted).unwrap();
    let generation = save_grant(&mut portal.sql(), &grant).unwrap();
    let tokens = portal.tokens();

    let token = tokens.token_for(PORTAL).await.unwrap();
    let refused = tokens
        .refresh_after_refusal(PORTAL, generation, "refused")
        .await;
    tokens.refresh_ahead(PORTAL).await.unwrap();

    assert_eq!(
        (text(&token), token.kind),
        ("pasted", CredentialKind::PrivateApp)
    );
    assert!(matches!(refused, Err(TokenError::ReconnectRequired)));
    assert!(portal.endpoint.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_app_a_token_is_given_until_it_runs_out() {
    let portal = Portal::new();
    let tokens = portal.replica(keyring(&[("k1", 1)]), None, PATIENT);

    let error = tokens.token_for(PORTAL).await.unwrap_err();
    portal.grant(&keyring(&[("k1", 1)]), "refresh-0");
    let token = tokens.token_for(PORTAL).await.unwrap();

    assert!(error.to_string().contains("HUBSPOT_CLIENT_ID"), "{error}");
    assert_eq!(text(&token), "access-of-the-grant");
}
