//! What is to be read is struck off the queue once it was read, and neither before nor by somebody
//! who has read less.

use crate::behind::execute;
use crate::world::World;
use baton::domain::ids::{PortalId, ThreadId};
use baton::domain::time::{Span, Timestamp};
use baton::store::unread_messages::{
    UnreadMessage, Untold, Which, are_missing, are_read, claim, expect,
};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

const KEY: (PortalId, ThreadId) = (PortalId(50_001), ThreadId(7_001));
const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

/// A database whose service has stopped: nobody else reads.
async fn queue() -> PgConnection {
    let world = World::start().await;
    world.service.stop().await;
    PgConnection::establish(&world.database_url).unwrap()
}

fn shown(conn: &mut PgConnection, newest_at: Timestamp) {
    let untold = Untold {
        thread: KEY.1,
        since: NOON,
        newest_at: Some(newest_at),
    };
    expect(conn, KEY.0, &[untold]).unwrap();
}

fn claimed(conn: &mut PgConnection, which: Which) -> Vec<UnreadMessage> {
    let threads = claim(conn, which, 10, &[]).unwrap();
    threads.into_iter().flat_map(|one| one.messages).collect()
}

fn waiting(conn: &mut PgConnection) -> i64 {
    let count = diesel::dsl::sql::<BigInt>("SELECT count(*) FROM unread_messages");
    count.get_result(conn).unwrap()
}

fn strike_off(conn: &mut PgConnection, in_hand: &[UnreadMessage]) {
    let ids: Vec<String> = in_hand.iter().map(|message| message.id.clone()).collect();
    are_read(conn, KEY, &ids, in_hand).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_read_before_more_was_shown_does_not_strike_it_off() {
    let mut conn = queue().await;
    shown(&mut conn, NOON + Span::from_secs(1));
    let in_hand = claimed(&mut conn, Which::Untold);
    assert_eq!(in_hand.len(), 1);

    shown(&mut conn, NOON + Span::from_secs(2));
    let of_other = claimed(&mut conn, Which::Untold);
    assert_eq!(of_other.len(), 1, "it is due at once");
    strike_off(&mut conn, &in_hand);

    assert_eq!(waiting(&mut conn), 1);
    strike_off(&mut conn, &of_other);
    assert_eq!(waiting(&mut conn), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_again_alike_is_read_once() {
    let mut conn = queue().await;
    shown(&mut conn, NOON + Span::from_secs(1));
    let in_hand = claimed(&mut conn, Which::Untold);

    shown(&mut conn, NOON + Span::from_secs(1));
    assert_eq!(claimed(&mut conn, Which::Untold), []);
    strike_off(&mut conn, &in_hand);

    assert_eq!(waiting(&mut conn), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_missed_from_hubspots_first_answer_without_it_not_from_its_announcement() {
    let mut conn = queue().await;
    execute(
        &mut conn,
        "INSERT INTO unread_messages (portal_id, thread_id, message_id, occurred_at, received_at) \
         VALUES (50001, 7001, 'm-1', now(), now() - interval '1 hour')",
    );
    let missed_for = claimed(&mut conn, Which::Announced)[0].missed_for;
    assert_eq!(missed_for, Span::from_secs(0), "HubSpot was down, say");

    let ids = ["m-1".to_owned()];
    are_missing(&mut conn, KEY, &ids, Span::from_secs(0)).unwrap();
    execute(
        &mut conn,
        "UPDATE unread_messages SET missing_since = missing_since - interval '6 minutes'",
    );

    let missed_for = claimed(&mut conn, Which::Announced)[0].missed_for;
    assert!(missed_for >= Span::from_minutes(6), "{missed_for:?}");
    are_missing(&mut conn, KEY, &ids, Span::from_secs(0)).unwrap();
    let still = claimed(&mut conn, Which::Announced)[0].missed_for;
    assert!(still >= missed_for, "the first answer counts: {still:?}");
}
