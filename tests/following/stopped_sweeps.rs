//! What a stop cuts short is not lost: whoever comes next goes on at once.

use crate::behind::{execute, texts};
use crate::desk::{Desk, connect, until};
use crate::world::{PORTAL, World, new_database};
use baton::store::followed_portals;
use diesel::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_leaves_the_portals_of_its_rounds_to_whoever_comes_next() {
    for (known, left) in [
        ("failure = NULL", "t t "),
        (
            "failure = 'it fails', failing_since = '2026-11-20T10:00:00Z'",
            "t t it fails",
        ),
    ] {
        let desk = Desk::start().await;
        desk.never_answer("/threads");
        let database_url = new_database();
        connect(&database_url);
        let mut conn = PgConnection::establish(&database_url).unwrap();
        let world = World::start_on(database_url, desk.setup()).await;
        let begun = async || !desk.calls("/threads").is_empty();
        until("a round is under way", begun).await;
        execute(&mut conn, &format!("UPDATE followed_portals SET {known}"));

        world.service.stop().await;

        let row = "SELECT concat_ws(' ', claimed_by IS NULL, claimed_until <= clock_timestamp(), \
                   coalesce(failure, '')) FROM followed_portals";
        assert_eq!(texts(&mut conn, row), [left]);
        let since = "SELECT count(*) FROM followed_portals \
                     WHERE (failing_since = '2026-11-20T10:00:00Z') IS NOT DISTINCT FROM (failure = 'it fails')";
        assert_eq!(texts(&mut conn, since), ["1"]);
        let next = followed_portals::claim(&mut conn, &[]).unwrap();
        let next: Vec<_> = next
            .iter()
            .map(followed_portals::Followed::portal)
            .collect();
        assert_eq!(next, [PORTAL]);
    }
}
