//! The database fails in ways that nobody foresaw: a table is gone, a right, a page of an index.
//! HubSpot is told to say it again, nothing is put aside, and once it is repaired all is as told.

use crate::delivering::{ANN, about, assigned, event, message};
use crate::world::{THREAD, TICKET, World};
use baton::domain::ids::TicketId;
use baton::simulator::webhook_event::Change;

const STATES: &str =
    "SELECT concat_ws(' ', thread_id, state) FROM conversations WHERE state IS NOT NULL ORDER BY 1";

/// Fails for one conversation, as a damaged index does.
fn damage(world: &World, thread: i64) {
    world.execute(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           RAISE EXCEPTION 'index \"conversations_pkey\" contains unexpected zero page at block 3' \
             USING ERRCODE = 'XX002'; END $$; \
         CREATE TRIGGER fail BEFORE UPDATE ON conversations FOR EACH ROW \
         WHEN (NEW.thread_id = {thread}) EXECUTE FUNCTION fail()"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_that_a_missing_table_keeps_from_being_decided_is_asked_for_again() {
    let world = World::start().await;
    world.link().await;
    let taken = [assigned(ANN)];
    world.execute("ALTER TABLE decisions RENAME TO decisions_of_another_version");

    let refused = world.try_to_deliver(&taken).await;

    assert_eq!((refused.status, world.count("kept_events")), (500, 0));
    world.execute("ALTER TABLE decisions_of_another_version RENAME TO decisions");
    world.deliver(&taken).await;
    assert_eq!(
        world.texts(STATES),
        [format!("{THREAD} human_active")],
        "told again, it is taken"
    );
    assert_eq!(world.count("kept_events"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_keeps_no_other_event_of_the_delivery_from_being_taken() {
    let world = World::start().await;
    world.link_to(TicketId(TICKET.0), THREAD).await;
    let taken: Vec<_> = (0..3).flat_map(|n| about(&[assigned(ANN)], n)).collect();
    world.deliver(&about(&[assigned("")], 1)).await;
    damage(&world, THREAD.0 + 1);

    let refused = world.try_to_deliver(&taken).await;

    let silent = "conversations WHERE state = 'human_active'";
    assert_eq!((refused.status, world.count(silent)), (500, 2));
    assert_eq!(world.count("kept_events"), 0);
    world.execute("DROP TRIGGER fail ON conversations");
    world.deliver(&taken).await;
    assert_eq!((world.count(silent), world.count("kept_events")), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_cannot_be_queued_for_an_unknown_cause_is_asked_for_again_and_nothing_else_waits()
{
    let world = World::start().await;
    let told = [
        message("m-1"),
        event(Change::Erased(THREAD)),
        event(Change::ContactErased(77)),
        event(Change::Merged(TicketId(TICKET.0 + 1), TICKET)),
    ];
    world.execute("ALTER TABLE erasures RENAME TO erasures_of_another_version");

    let refused = world.try_to_deliver(&told).await;

    assert_eq!((refused.status, world.count("kept_events")), (500, 0));
    assert_eq!(
        world.count("event_receipts"),
        2,
        "the message and the merge are kept"
    );
    world.execute("ALTER TABLE erasures_of_another_version RENAME TO erasures");
    world.deliver(&told).await;
    let asked = "SELECT concat_ws(' ', subject, subject_id) FROM erasures ORDER BY 1";
    assert_eq!(
        world.texts(asked),
        ["contact 77", &format!("thread {THREAD}")]
    );
    assert_eq!(world.count("kept_events"), 0);
}
