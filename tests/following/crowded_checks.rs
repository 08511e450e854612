//! Owner fields that are due at once: no more is begun than there is room for, and what came first
//! is first.

use crate::behind::{execute, texts};
use crate::world::{PORTAL, new_database};
use baton::store::owner_checks::{Checked, Most, OwnerCheck, Why, claim};
use diesel::prelude::*;

/// Room for three calls, of which each reads up to ten tickets.
const ROOM: Most = Most {
    fields: 200,
    calls: 3,
    tickets_of_call: 10,
};

fn database() -> PgConnection {
    PgConnection::establish(&new_database()).unwrap()
}

/// Fields of so many subjects, the one with the lowest id due first.
fn due(conn: &mut PgConnection, portal: i64, subject: &str, ids: &str) {
    let sql = format!(
        "INSERT INTO owner_checks (portal_id, subject, subject_id, due_at) \
         SELECT {portal}, '{subject}', n, now() - interval '1 hour' + n * interval '1 ms' \
         FROM generate_series({ids}) AS n"
    );
    execute(conn, &sql);
}

fn ids(checks: &[OwnerCheck]) -> Vec<i64> {
    let id = |check: &OwnerCheck| match check.of {
        Checked::Thread(id) => id.0,
        Checked::Ticket(id) => id.0,
    };
    let mut ids: Vec<i64> = checks.iter().map(id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn of_a_burst_of_assignments_only_those_are_begun_for_which_there_is_room() {
    let mut conn = database();
    due(&mut conn, PORTAL.0, "thread", "1, 200");

    let first = claim(&mut conn, Why::Told, ROOM, &[]).unwrap();
    let second = claim(&mut conn, Why::Told, ROOM, &[]).unwrap();

    assert_eq!((ids(&first), ids(&second)), (vec![1, 2, 3], vec![4, 5, 6]));
    let untouched = "SELECT count(*) FROM owner_checks WHERE attempts = 0";
    assert_eq!(texts(&mut conn, untouched), ["194"]);
}

#[test]
fn tickets_that_share_a_call_take_the_room_of_one() {
    let mut conn = database();
    due(&mut conn, PORTAL.0, "ticket", "1, 28");
    due(&mut conn, PORTAL.0, "thread", "29, 30");

    let first = claim(&mut conn, Why::Told, ROOM, &[]).unwrap();
    let second = claim(&mut conn, Why::Told, ROOM, &[]).unwrap();

    assert_eq!(ids(&first), (1..=28).collect::<Vec<_>>());
    assert_eq!(ids(&second), [29, 30]);
}

#[test]
fn tickets_of_several_portals_share_no_call() {
    let mut conn = database();
    for portal in 1..=5 {
        let ticket = format!("{portal}, {portal}");
        due(&mut conn, portal, "ticket", &ticket);
    }

    let claimed = claim(&mut conn, Why::Told, ROOM, &[]).unwrap();

    assert_eq!(ids(&claimed), [1, 2, 3]);
}
