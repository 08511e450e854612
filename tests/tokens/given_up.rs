//! Callers that give up, replicas that die, and answers that come too late.

use crate::portal::{PATIENT, Portal, keyring, text};
use crate::world::PORTAL;
use baton::domain::credential::{CredentialKind, CredentialStatus};
use baton::service::access_token::Options;
use baton::store::credentials::claim::{
    Claim, Refreshed, claim_refresh, finish_refresh, mark_reconnect_required, release_claim,
};
use baton::store::portals::UnavailableBecause;
use baton::store::unfinished_disconnects;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_gives_up_does_not_end_the_refresh() {
    let portal = Portal::new();
    let tokens = Arc::new(portal.tokens());
    portal.endpoint.hold();
    let asking = tokio::spawn({
        let tokens = Arc::clone(&tokens);
        async move { tokens.token_for(PORTAL).await }
    });
    portal.endpoint.until_called(1).await;

    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    portal.endpoint.release();
    assert!(tokens.drain(Duration::from_secs(20)).await);

    assert_eq!(portal.refresh_token(), "refresh-1");
    assert_eq!(portal.endpoint.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_a_refresh_and_says_if_it_did_not_end() {
    let portal = Portal::new();
    let tokens = Arc::new(portal.tokens());
    assert!(
        tokens.drain(Duration::from_secs(1)).await,
        "nothing to wait for"
    );
    portal.endpoint.hold();
    let asking = tokio::spawn({
        let tokens = Arc::clone(&tokens);
        async move { tokens.token_for(PORTAL).await }
    });
    portal.endpoint.until_called(1).await;

    let in_time = tokens.drain(Duration::from_millis(30)).await;
    portal.endpoint.release();
    let token = asking.await.unwrap().unwrap();

    assert!(!in_time);
    assert_eq!(text(&token), "access-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_replicas_claim_ends_with_its_lease_and_not_before() {
    let portal = Portal::new();
    let generation = portal.row().generation;
    let lease = Duration::from_secs(5);
    let claimed = claim_refresh(&mut portal.sql(), PORTAL, generation, Uuid::new_v4(), lease);
    assert!(matches!(claimed.unwrap(), Claim::Claimed(_)));

    let began = Instant::now();
    let held = claim_refresh(&mut portal.sql(), PORTAL, generation, Uuid::new_v4(), lease);
    let Claim::Held(left) = held.unwrap() else {
        panic!("claimed twice");
    };
    let token = portal.tokens().token_for(PORTAL).await.unwrap();

    assert!((1..=5_000).contains(&left.as_millis()), "{left:?}");
    let waited = began.elapsed();
    assert!(waited.as_millis() >= left.as_millis().unsigned_abs().into());
    assert_eq!(text(&token), "access-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_does_not_wait_for_ever_for_another_replica() {
    let portal = Portal::new();
    let generation = portal.row().generation;
    let lease = Duration::from_secs(60);
    claim_refresh(&mut portal.sql(), PORTAL, generation, Uuid::new_v4(), lease).unwrap();
    let options = Options {
        wait_at_most: Duration::from_millis(100),
        ..PATIENT
    };

    let error = portal
        .tokens_with(keyring(&[("k1", 1)]), options)
        .token_for(PORTAL)
        .await
        .unwrap_err();

    assert!(error.to_string().contains("takes too long"), "{error}");
    assert!(portal.endpoint.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_claimant_gives_a_claim_back() {
    let portal = Portal::new();
    let generation = portal.row().generation;
    let (ours, theirs) = (Uuid::new_v4(), Uuid::new_v4());
    let lease = Duration::from_secs(60);
    let conn = &mut portal.sql();
    claim_refresh(conn, PORTAL, generation, ours, lease).unwrap();

    release_claim(conn, PORTAL, theirs).unwrap();
    let held = claim_refresh(conn, PORTAL, generation, theirs, lease).unwrap();
    release_claim(conn, PORTAL, ours).unwrap();
    let claimed = claim_refresh(conn, PORTAL, generation, theirs, lease).unwrap();

    assert!(matches!(held, Claim::Held(_)), "{held:?}");
    assert!(matches!(claimed, Claim::Claimed(_)), "{claimed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_late_saves_a_grant_that_was_given_up() {
    let portal = Portal::new();
    let generation = portal.row().generation;
    let conn = &mut portal.sql();
    // A slow replica holds the successor; the next one was told that its refresh token is used up.
    let because = UnavailableBecause::Revoked;
    assert!(
        mark_reconnect_required(conn, PORTAL, (CredentialKind::Oauth, generation), because)
            .unwrap()
    );
    assert_eq!(portal.connection(), "unavailable revoked");
    let late = Refreshed {
        key_id: "k1".to_owned(),
        access_token: vec![1],
        refresh_token: vec![2],
        expires_in: baton::domain::time::Span::from_secs(1_800),
        scopes: None,
    };

    let stored = finish_refresh(conn, PORTAL, generation, &late).unwrap();
    let again = finish_refresh(conn, PORTAL, generation, &late).unwrap();

    assert!(stored);
    assert!(!again, "a generation is left once");
    assert_eq!(portal.row().status, CredentialStatus::Active);
    assert_eq!(portal.row().generation, generation + 1);
    assert_eq!(portal.connection(), "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_after_a_disconnect_changes_nothing() {
    let portal = Portal::new();
    let generation = portal.row().generation;
    let conn = &mut portal.sql();
    baton::store::portals::mark_unavailable(conn, PORTAL, UnavailableBecause::Disconnected)
        .unwrap();
    unfinished_disconnects::begin(conn, PORTAL)
        .unwrap()
        .unwrap();
    let late = Refreshed {
        key_id: "k1".to_owned(),
        access_token: vec![1],
        refresh_token: vec![2],
        expires_in: baton::domain::time::Span::from_secs(1_800),
        scopes: None,
    };

    let stored = finish_refresh(conn, PORTAL, generation, &late).unwrap();

    assert!(!stored);
    assert_eq!(portal.connection(), "unavailable disconnected");
    assert_eq!(
        portal.text("SELECT concat_ws(' ', status, generation) AS text FROM credentials"),
        format!("retired {generation}")
    );
}
