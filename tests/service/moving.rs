//! Conversations that leave a ticket which a person took before they left, as is told only
//! afterwards.

use crate::claims::broken;
use crate::delivering::{AI, assigned, event, moved, owned};
use crate::world::{AI_KEY, PORTAL, THREAD, TICKET, World};
use baton::domain::ids::TicketId;
use baton::simulator::action_kind::ActionKind::SendToAi;
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::{Change, WebhookEvent};
use baton::store::left_tickets;
use diesel::connection::SimpleConnection;

const NEXT: TicketId = TicketId(16);
const LAST: TicketId = TicketId(17);
const ANNS: &str = "81538001";
const THE_AIS: &str = "81538009";

/// The conversation is linked to a ticket, so many seconds from now.
fn linked(ticket: TicketId, seconds: i64) -> WebhookEvent {
    moved(event(Change::Linked(ticket, THREAD)), seconds)
}

fn owned_by(ticket: TicketId, owner: &str, seconds: i64) -> WebhookEvent {
    moved(
        event(Change::TicketOwner(ticket, owner.to_owned())),
        seconds,
    )
}

fn again(event: &WebhookEvent) -> WebhookEvent {
    WebhookEvent {
        attempt: 1,
        ..event.clone()
    }
}

/// The conversation was in [`TICKET`] and is known to have moved to [`NEXT`] half a minute ago.
async fn after_a_move() -> World {
    let world = World::start().await;
    world.know_owners();
    world.deliver(&[linked(TICKET, -120)]).await;
    world.deliver(&[linked(NEXT, -30)]).await;
    assert_eq!(world.state().await, "ai_active");
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_had_the_ticket_before_the_conversation_left_it_silences_it_late() {
    let world = after_a_move().await;

    world.deliver(&[moved(owned(ANNS), -60)]).await;

    assert_eq!(world.state().await, "handoff_requested");
    let shown = world.conversation().await;
    let because = &shown["silent_because"][0];
    assert_eq!(because["code"], "HANDOFF");
    assert_eq!(because["note"], "A person had what was merged or moved.");
    let stands = "conversations WHERE ticket_id = 16";
    assert_eq!(world.count(stands), 1, "it is still in its new ticket");
    assert_eq!(broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_it_was_in_only_in_between_silences_it_too() {
    for taken_first in [true, false] {
        let world = World::start().await;
        world.know_owners();
        world
            .deliver(&[linked(TICKET, -120), owned_by(NEXT, "", -119)])
            .await;
        let taken = owned_by(NEXT, ANNS, -80);
        let stale = linked(NEXT, -90);
        world.deliver(&[linked(LAST, -30)]).await;
        let told = match taken_first {
            true => [taken, stale],
            false => [stale, taken],
        };
        for event in told {
            world.deliver(&[event]).await;
        }

        assert_eq!(world.state().await, "handoff_requested", "{taken_first}");
        let stands = "conversations WHERE ticket_id = 17";
        assert_eq!(world.count(stands), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_told_late_shows_that_it_left_before_the_ai_got_the_ticket() {
    let world = World::start().await;
    world.know_owners();
    world.deliver(&[linked(TICKET, -120)]).await;
    world.deliver(&[moved(owned(ANNS), -110)]).await;
    world.deliver(&[moved(owned(THE_AIS), -60)]).await;
    world.deliver(&[linked(LAST, -30)]).await;
    assert_eq!(world.state().await, "ai_active");

    world.deliver(&[linked(NEXT, -90)]).await;

    assert_eq!(world.state().await, "handoff_requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_ticket_after_it_was_left_silences_nobody_who_left() {
    let world = after_a_move().await;
    let before = world.count("decisions WHERE subject = 'thread'");

    world.deliver(&[moved(owned(ANNS), -10)]).await;

    assert_eq!(world.state().await, "ai_active");
    assert_eq!(world.count("decisions WHERE subject = 'thread'"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_the_ai_followed_before_it_left_silences_nothing() {
    let world = after_a_move().await;

    world.deliver(&[moved(owned(THE_AIS), -50)]).await;
    world.deliver(&[moved(owned(ANNS), -60)]).await;

    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_adds_nothing_and_does_not_bring_back_what_was_lifted() {
    let world = after_a_move().await;
    let taken = moved(owned(ANNS), -60);
    world.deliver(std::slice::from_ref(&taken)).await;
    assert_eq!(world.state().await, "handoff_requested");
    let before = world.count("decisions");
    let as_it_was = "SELECT concat_ws(' ', facts, holds) FROM conversations";
    let rows = world.texts(as_it_was);

    // HubSpot tells the same as a change of the object and repeats both, and the link.
    let twin = moved(event(Change::ObjectOwner(TICKET, ANNS.to_owned())), 0);
    let twin = WebhookEvent {
        occurred_at_ms: taken.occurred_at_ms,
        ..twin
    };
    world
        .deliver(&[again(&taken), twin.clone(), again(&twin)])
        .await;
    assert_eq!(world.texts(as_it_was), rows);
    assert_eq!(world.count("decisions"), before);

    let sent = world
        .act_on(SendToAi, Enrolled::Ticket(NEXT, Some(THREAD)), &[])
        .await;
    assert_eq!(sent.get("ai_state"), "ai_active", "{sent:?}");
    world.deliver(&[again(&taken), again(&twin)]).await;
    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_to_the_ai_after_the_move_has_ended_it_before_it_is_told() {
    let world = after_a_move().await;
    // HubSpot's clock is known, so that what was placed at the move is not placed in the future.
    world.execute("INSERT INTO hubspot_clock VALUES (true, 0, now())");
    world.deliver(&[linked(LAST, 0)]).await;
    world.deliver(&[moved(assigned(AI), 5)]).await;

    world.deliver(&[owned_by(NEXT, ANNS, -5)]).await;

    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_not_acknowledged_before_the_conversation_that_left_has_heard() {
    let world = after_a_move().await;
    let taken = moved(owned(ANNS), -60);
    // Another transaction holds the conversation for longer than HubSpot waits.
    let mut other = world.sql();
    other
        .batch_execute("BEGIN; SELECT FROM conversations FOR UPDATE")
        .unwrap();

    let response = world.try_to_deliver(std::slice::from_ref(&taken)).await;

    assert_eq!(
        (response.status, response.error_code().as_str()),
        (503, "unavailable")
    );
    assert_eq!(world.count("event_receipts"), 3, "the ticket's is there");
    other.batch_execute("ROLLBACK").unwrap();
    world.deliver(&[again(&taken)]).await;
    assert_eq!(world.state().await, "handoff_requested");
    assert_eq!(world.count("event_receipts"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_death_between_the_ticket_and_the_conversation_left_undone_the_repeat_does() {
    let world = after_a_move().await;
    let taken = moved(owned(ANNS), -60);
    // Nobody is found to be told, as if the process had died before it asked.
    world.execute("CREATE TABLE before AS SELECT * FROM left_tickets; DELETE FROM left_tickets");
    world.deliver(std::slice::from_ref(&taken)).await;
    assert_eq!(world.state().await, "ai_active");
    assert_eq!(world.count("event_receipts"), 3, "the ticket's is there");
    world.execute("INSERT INTO left_tickets SELECT * FROM before");

    world.deliver(&[again(&taken)]).await;

    assert_eq!(world.state().await, "handoff_requested");
    assert_eq!(world.count("event_receipts"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tickets_that_a_person_has_at_once_leave_one_handoff() {
    let world = World::start().await;
    world.know_owners();
    world
        .deliver(&[linked(TICKET, -120), owned_by(NEXT, ANNS, -110)])
        .await;
    world.deliver(&[moved(owned(ANNS), -100)]).await;
    world.deliver(&[linked(NEXT, -90)]).await;
    world.deliver(&[linked(LAST, -80)]).await;
    let shown = world.conversation().await;
    let codes = shown["silent_because"].as_array().unwrap().iter();
    let codes: Vec<&str> = codes
        .filter_map(|because| because["code"].as_str())
        .collect();
    assert_eq!(codes, ["HANDOFF"], "{shown}");
    assert_eq!(world.state().await, "handoff_requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_is_forgotten_after_some_days() {
    let world = after_a_move().await;
    let left = "SELECT concat_ws(' ', portal_id, ticket_id, thread_id) FROM left_tickets";
    assert_eq!(world.texts(left), [format!("{PORTAL} {TICKET} {THREAD}")]);

    assert!(!left_tickets::delete_old(&mut world.sql()).unwrap());
    assert_eq!(world.count("left_tickets"), 1);
    world.execute("UPDATE left_tickets SET noted_at = now() - interval '73 hours'");
    assert!(!left_tickets::delete_old(&mut world.sql()).unwrap());
    assert_eq!(world.count("left_tickets"), 0);
    assert_eq!(world.get(AI_KEY, "/readyz").await.0, 200);
}
