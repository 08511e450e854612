//! Tokens are refreshed ahead of their end, by how long they live and never by a constant.

use crate::endpoint::{INVALID_GRANT, Scripted};
use crate::portal::{Portal, text};
use crate::world::PORTAL;
use baton::domain::credential::CredentialStatus;
use baton::store::credentials::claim::{claim_refresh, due_for_refresh};
use baton::worker::refresh;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

fn aged(portal: &Portal, life_seconds: u32, age_seconds: u32) {
    portal.execute(&format!(
        "UPDATE credentials SET obtained_at = clock_timestamp() - interval '{age_seconds} seconds', \
         expires_at = clock_timestamp() - interval '{age_seconds} seconds' \
             + interval '{life_seconds} seconds'"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_due_once_two_thirds_of_its_life_are_over() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    for (life, early, late) in [
        (1_800, 1_190, 1_201),
        (60, 38, 41),
        (86_400, 57_500, 57_601),
    ] {
        aged(&portal, life, early);
        let before = due_for_refresh(conn, 100).unwrap();
        aged(&portal, life, late);
        let after = due_for_refresh(conn, 100).unwrap();

        assert!(before.now.is_empty(), "{life}");
        let left = i64::from(life * 2 / 3 - early) * 1_000;
        let next = before.next_in.unwrap().as_millis();
        assert!((left - 1_000..=left).contains(&next), "{life}: {next}");
        assert_eq!(after.now, [PORTAL], "{life}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_somebody_refreshes_or_nobody_can_is_not_due() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    let generation = portal.row().generation;
    let lease = Duration::from_secs(60);
    claim_refresh(conn, PORTAL, generation, Uuid::new_v4(), lease).unwrap();

    let claimed = due_for_refresh(conn, 100).unwrap();
    portal.execute(
        "UPDATE credentials SET status = 'reconnect_required', claimed_by = NULL, \
         claimed_until = NULL",
    );
    let dead = due_for_refresh(conn, 100).unwrap();

    assert!(claimed.now.is_empty());
    let next = claimed.next_in.unwrap().as_millis();
    assert!((50_000..=60_000).contains(&next), "{next}");
    assert_eq!((dead.now, dead.next_in), (vec![], None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_refreshes_what_is_due_before_anybody_asks() {
    let portal = Portal::new();
    aged(&portal, 1_800, 1_300);
    let tokens = Arc::new(portal.tokens());
    let (stop, stopped) = watch::channel(false);
    let looping = tokio::spawn(refresh::run(Arc::clone(&tokens), stopped));

    portal.endpoint.until_called(1).await;
    stop.send_replace(true);
    looping.await.unwrap();
    let token = tokens.token_for(PORTAL).await.unwrap();

    assert_eq!(text(&token), "access-1");
    assert_eq!(portal.endpoint.seen().len(), 1, "a fresh one is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_use_the_old_token_while_its_successor_is_fetched() {
    let portal = Portal::new();
    aged(&portal, 1_800, 1_300);
    portal.endpoint.hold();
    let tokens = Arc::new(portal.tokens());
    let ahead = tokio::spawn({
        let tokens = Arc::clone(&tokens);
        async move { tokens.refresh_ahead(PORTAL).await }
    });
    portal.endpoint.until_called(1).await;

    let token = tokens.token_for(PORTAL).await.unwrap();
    portal.endpoint.release();
    ahead.await.unwrap().unwrap();

    assert_eq!(text(&token), "access-of-the-grant");
    assert_eq!(portal.refresh_token(), "refresh-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_in_hubspot_is_noticed_by_the_loop() {
    let portal = Portal::new();
    aged(&portal, 1_800, 1_300);
    portal.endpoint.script([Scripted::new(400, INVALID_GRANT)]);
    let tokens = Arc::new(portal.tokens());
    let (stop, stopped) = watch::channel(false);
    let looping = tokio::spawn(refresh::run(Arc::clone(&tokens), stopped));

    portal.endpoint.until_called(1).await;
    stop.send_replace(true);
    looping.await.unwrap();

    assert_eq!(portal.row().status, CredentialStatus::ReconnectRequired);
    assert_eq!(portal.connection(), "unavailable revoked");
}
