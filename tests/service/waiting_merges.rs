//! Merges of tickets that fail wait by themselves.

use crate::behind::execute;
use crate::world::World;
use baton::domain::time::Span;
use baton::store::ticket_merges::{due, is_done, try_again};
use diesel::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn merges_that_fail_keep_no_other_waiting() {
    let world = World::start().await;
    world.service.stop().await;
    let mut conn = PgConnection::establish(&world.database_url).unwrap();
    execute(
        &mut conn,
        "INSERT INTO ticket_merges (portal_id, merged_ticket_id, into_ticket_id, merged_at) \
         SELECT 50001, n, 900, now() + n * interval '1 second' FROM generate_series(1, 30) AS n",
    );
    let failing = due(&mut conn, 20).unwrap();
    assert_eq!(failing.len(), 20);
    assert!(
        failing.is_sorted_by_key(|merge| merge.merged()),
        "{failing:?}"
    );
    for merge in &failing {
        try_again(&mut conn, *merge, Span::from_minutes(1)).unwrap();
    }

    let others = due(&mut conn, 20).unwrap();
    assert_eq!(others.len(), 10);
    assert!(!others.iter().any(|merge| failing.contains(merge)));
    for merge in others {
        is_done(&mut conn, merge).unwrap();
    }

    assert_eq!(due(&mut conn, 20).unwrap(), []);
    execute(
        &mut conn,
        "UPDATE ticket_merges SET next_attempt_at = next_attempt_at - interval '1 minute'",
    );
    let again = due(&mut conn, 30).unwrap();
    assert_eq!(again.len(), 20, "none is forgotten");
    assert!(again.iter().all(|merge| merge.attempts() == 1));
}
