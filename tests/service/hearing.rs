//! Whether webhooks come: what is remembered of each delivery, and when their absence counts.

use crate::delivering::{ANN, assigned};
use crate::world::{PATIENCE, PORTAL, World};
use baton::domain::ids::PortalId;
use baton::store::heard_webhooks::{missed, note, note_change};
use std::time::{Duration, Instant};

const HEARD: &str = "SELECT 1 FROM followed_portals WHERE heard_at IS NOT NULL";

impl World {
    async fn until_there(&self, what: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.texts(what).is_empty() {
            assert!(Instant::now() < deadline, "never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The portal is followed, and no worker looks at it any more.
    async fn followed(&self) {
        self.until_there("SELECT 1 FROM followed_portals").await;
        self.until_there("SELECT 1 FROM followed_portals WHERE failure IS NOT NULL")
            .await;
        self.execute("UPDATE followed_portals SET claimed_until = 'infinity'");
    }
}

/// Minutes ago, or never.
fn ago(minutes: Option<i64>) -> String {
    minutes.map_or("NULL".to_owned(), |minutes| {
        format!("now() - {minutes} * interval '1 minute'")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_counts_as_heard_whatever_it_tells() {
    let world = World::start().await;
    world.followed().await;
    let of_no_use = r#"[{"eventId": 1, "subscriptionType": "ticket.creation", "portalId": 50001,
        "objectId": 5, "occurredAt": 1763700000000, "attemptNumber": 0}]"#;
    assert_eq!(world.deliver_bytes(of_no_use).await.status, 200);
    world.until_there(HEARD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_send_is_not_heard() {
    let world = World::start().await;
    world.followed().await;
    let unsigned = world.deliver_with(Vec::new(), b"[]".to_vec()).await;
    assert_eq!(unsigned.status, 401);
    let foreign = r#"[{"eventId": 1, "subscriptionType": "ticket.creation", "portalId": 59999,
        "objectId": 5, "occurredAt": 1763700000000, "attemptNumber": 0}]"#;
    assert_eq!(world.deliver_bytes(foreign).await.status, 200);
    note(&mut world.sql(), &[PortalId(59_999)]).unwrap();
    assert_eq!(world.texts(HEARD), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_missed_after_an_hour_of_changes_without_any_and_no_sooner() {
    let world = World::start().await;
    world.followed().await;
    // When the last came, when something changed, when it was connected, in minutes ago.
    for (heard, changed, connected, is_missed) in [
        (Some(61), Some(30), 600, true),
        (None, Some(30), 61, true),
        (Some(59), Some(30), 600, false),
        (Some(600), Some(30), 59, false),
        (Some(61), Some(62), 600, false),
        (Some(61), Some(4), 600, false),
        (Some(61), None, 600, false),
        (None, None, 600, false),
    ] {
        world.execute(&format!(
            "UPDATE followed_portals SET heard_at = {}, missed_since = {}; \
             UPDATE portals SET connected_at = {}",
            ago(heard),
            ago(changed),
            ago(Some(connected))
        ));
        let found = missed(&mut world.sql(), PORTAL).unwrap();
        assert_eq!(
            found.is_some(),
            is_missed,
            "heard {heard:?}, changed {changed:?}, connected {connected}"
        );
    }
    world.execute(
        "UPDATE followed_portals SET heard_at = NULL, missed_since = now() - interval '2 hours'",
    );
    assert!(missed(&mut world.sql(), PORTAL).unwrap().is_some());
    world.deliver(&[assigned(ANN)]).await;
    world.until_there(HEARD).await;
    assert_eq!(missed(&mut world.sql(), PORTAL).unwrap(), None);

    world.execute(
        "UPDATE followed_portals SET heard_at = NULL; UPDATE portals SET connection = 'unavailable', \
         unavailable_because = 'revoked', unavailable_since = now()",
    );
    assert_eq!(
        missed(&mut world.sql(), PORTAL).unwrap(),
        None,
        "not connected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_change_since_the_last_webhook_stays_the_first() {
    let world = World::start().await;
    world.followed().await;
    world.execute("UPDATE portals SET connected_at = now() - interval '1 day'");
    let minutes_ago = |minutes: i64| {
        let at = chrono::Utc::now() - chrono::Duration::minutes(minutes);
        baton::domain::time::Timestamp::from(at)
    };
    let since = "SELECT round(extract(epoch FROM now() - missed_since) / 60) FROM followed_portals \
                 WHERE missed_since IS NOT NULL";
    for (heard, changed, expected) in [
        (100, 101, vec![]),
        (100, 99, vec![]),
        (100, 90, vec!["90"]),
        (100, 50, vec!["90"]),
        (80, 50, vec!["50"]),
        (40, 39, vec!["50"]),
    ] {
        world.execute(&format!(
            "UPDATE followed_portals SET heard_at = {}",
            ago(Some(heard))
        ));
        note_change(&mut world.sql(), PORTAL, minutes_ago(changed)).unwrap();
        assert_eq!(world.texts(since), expected, "{heard} {changed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_that_fails_says_why_and_since_when() {
    let world = World::start().await;
    world.followed().await;
    let failure = world.texts("SELECT failure FROM followed_portals WHERE failing_since <= now()");
    assert_eq!(failure.len(), 1);
    assert!(!failure[0].is_empty());
}
