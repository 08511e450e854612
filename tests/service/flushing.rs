//! What memory holds is written by connections that no request waits for.

use crate::behind::execute;
use crate::world::{ADMIN_KEY, PATIENCE, PORTAL, World, client};
use diesel::connection::SimpleConnection;
use std::time::{Duration, Instant};

/// All of those that requests share.
const READERS: i64 = 6;

/// Asks for the portal until told to end.
async fn keep_asking(url: String) {
    loop {
        let asked = client().get(&url).bearer_auth(ADMIN_KEY).send().await;
        drop(asked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_log_is_written_while_requests_hold_all_of_their_connections() {
    let world = World::start().await;
    let mut locks = world.sql();
    locks
        .batch_execute("BEGIN; LOCK TABLE credentials, activity IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..3 * READERS {
        asking.spawn(keep_asking(format!("{}/v1/portals/{PORTAL}", world.url)));
    }

    // Each waits for its lock for a second at most, so now and then all wait at once.
    let waits = |query: &str| {
        format!(
            "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
              AND wait_event_type = 'Lock' AND query LIKE '{query}')"
        )
    };
    let requests = waits("SELECT portal_id, kind, generation%portal_id = ANY%");
    let flushes = waits("INSERT INTO activity%");
    let both = format!("SELECT concat_ws(' ', {requests}, {flushes})");
    let all_at_once = format!("{READERS} 1");
    let began = Instant::now();
    loop {
        let seen = world.texts(&both);
        if seen == [all_at_once.as_str()] {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "seen last: {seen:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    asking.abort_all();
    execute(&mut locks, "ROLLBACK");
}
