//! An owner event silences first; readings verify it, and only two that agree end it.

use crate::delivering::{AI, ANN, assigned, event, moved, owned};
use crate::desk::{Desk, until};
use crate::world::{THREAD, TICKET, World};
use baton::domain::ids::TicketId;
use baton::simulator::webhook_event::{Change, WebhookEvent};
use serde_json::json;
use std::time::{Duration, Instant};

const CHECKED: &str = "conversations WHERE facts ? 'owner_checked_at'";
const THREADS: &str = "/threads/7001";
const TICKETS: &str = "/tickets/batch/read";

async fn settled(world: &World) {
    until("nothing is left to verify", async || {
        world.count("owner_checks") == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_is_read_again_at_once_and_one_reading_that_agrees_settles_it() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());

    world.deliver(&[assigned(ANN)]).await;
    assert_eq!(world.state().await, "human_active", "before any reading");

    until("it was read", async || world.count(CHECKED) == 1).await;
    settled(&world).await;
    assert_eq!(desk.calls(THREADS).len(), 1);
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lagging_replica_never_ends_a_takeover() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |_| ());
    desk.lag();
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());

    world.deliver(&[assigned(ANN)]).await;
    until("the replica was asked", async || {
        desk.calls(THREADS).len() == 1
    })
    .await;
    until("what it said is taken in", async || {
        world.count(CHECKED) == 1
    })
    .await;
    assert_eq!(world.state().await, "human_active");
    assert_eq!(world.count("owner_checks"), 1, "a second reading follows");
    desk.catch_up();

    settled(&world).await;
    let read_at = desk.called_at(THREADS);
    assert_eq!(read_at.len(), 2);
    assert!(read_at[1] - read_at[0] >= Duration::from_secs(10));
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_agree_end_an_ownership_whose_end_no_event_told() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.execute("UPDATE portals SET policies = '{\"after_human_unassign\": \"ai_now\"}'");
    desk.thread(THREAD, |_| ());

    world.deliver(&[moved(assigned(ANN), -60)]).await;
    assert_eq!(world.state().await, "human_active");

    until("the AI may answer again", async || {
        world.state().await == "ai_active"
    })
    .await;
    settled(&world).await;
    let read_at = desk.called_at(THREADS);
    assert!(read_at.len() >= 2, "one reading alone ends nothing");
    assert!(read_at[read_at.len() - 1] - read_at[0] >= Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_takes_the_ticket_while_the_thread_says_nobody_silences_the_ai() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    world.link().await;
    settled(&world).await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    desk.ticket(TICKET, |ticket| ticket.owner = "81538001".to_owned());

    world.deliver(&[owned("81538001"), assigned("")]).await;

    settled(&world).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_nobody_knew_is_a_person_until_hubspot_says_that_it_is_a_queue() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.link().await;
    let queue = json!({"id": "81538200", "type": "QUEUE", "archived": false, "teams": []});
    desk.change(|held| held.owners.insert(81_538_200, queue));
    desk.ticket(TICKET, |ticket| ticket.owner = "81538200".to_owned());
    desk.hold_back("/owners/");

    world.deliver(&[moved(owned("81538200"), -60)]).await;
    assert_eq!(world.state().await, "human_active");
    desk.let_go();

    until("it is judged anew", async || {
        world.state().await != "human_active"
    })
    .await;
    let cached = "SELECT kind FROM owners WHERE owner_id = 81538200";
    assert_eq!(world.texts(cached), ["QUEUE"]);
    settled(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_nobody_knew_who_is_a_person_stays_one_by_name() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.link().await;
    let ben = json!({"id": "81538002", "userId": 3_892_002, "type": "PERSON", "archived": false});
    desk.change(|held| held.owners.insert(81_538_002, ben));
    desk.ticket(TICKET, |ticket| ticket.owner = "81538002".to_owned());

    world.deliver(&[moved(owned("81538002"), -60)]).await;

    let name = "SELECT facts #>> '{owner,owner,id}' FROM tickets";
    until("it has a name", async || world.texts(name) == ["A-3892002"]).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_verified_a_hundred_at_a_call() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    let mut events = Vec::new();
    for n in 0..100 {
        let ticket = baton::domain::ids::TicketId(TICKET.0 + n);
        desk.ticket(ticket, |ticket| ticket.owner = "81538001".to_owned());
        events.push(event(Change::TicketOwner(ticket, "81538001".to_owned())));
    }

    world.deliver(&events).await;

    let checked = "tickets WHERE facts ? 'owner_checked_at'";
    until("all are verified", async || world.count(checked) == 100).await;
    settled(&world).await;
    assert!(desk.calls(TICKETS).len() <= 2, "{:?}", desk.calls(TICKETS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_told_while_a_reading_is_under_way_is_read_again() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |_| ());
    desk.never_answer(THREADS);
    world.deliver(&[assigned(AI)]).await;
    until("a reading is under way", async || {
        !desk.calls(THREADS).is_empty()
    })
    .await;
    desk.answer_again();

    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());
    world.deliver(&[assigned(ANN)]).await;

    until("it was read again", async || desk.calls(THREADS).len() == 2).await;
    until("it was taken in", async || world.count(CHECKED) == 1).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_raced_a_takeover_and_one_of_a_lagging_replica_after_it_un_silence_nothing()
{
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.assigned_to = AI.to_owned());
    desk.lag();
    desk.hold_back(THREADS);
    world.deliver(&[moved(assigned(AI), -60)]).await;
    until("a reading is under way", async || {
        !desk.calls(THREADS).is_empty()
    })
    .await;

    // A person takes it while the answer, which still says the AI, is on its way.
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());
    world.deliver(&[assigned(ANN)]).await;
    assert_eq!(world.state().await, "human_active");
    desk.let_go();

    let doubted = "conversations WHERE facts ? 'owner_doubt'";
    until("a replica that lags still says the AI", async || {
        world.count(doubted) == 1
    })
    .await;
    assert_eq!(world.state().await, "human_active");
    desk.catch_up();
    settled(&world).await;
    assert_eq!(world.state().await, "human_active");
    let silenced = "decisions WHERE state_before = 'human_active' AND state_after <> state_before";
    assert_eq!(world.count(silenced), 0, "nor in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_nobody_told_of_is_found_though_the_first_reading_fails() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());
    desk.fail(THREADS, 503);

    world.deliver(&[moved(assigned(""), -60)]).await;

    until("it is the person's", async || {
        world.state().await == "human_active"
    })
    .await;
    assert_eq!(desk.calls(THREADS).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_read_when_a_conversation_is_linked_to_it() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    desk.ticket(TICKET, |ticket| ticket.owner = "81538001".to_owned());

    world.link().await;

    until("it is its owner's", async || {
        world.state().await == "human_active"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_hubspot_does_not_have_any_more_casts_no_doubt_on_its_owner() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    world.deliver(&[moved(owned("81538001"), -60)]).await;
    let told = Instant::now();
    until("the event overtakes no reading any more", async || {
        desk.calls(TICKETS).len() == 1 && told.elapsed() > Duration::from_secs(4)
    })
    .await;

    world.link().await;
    until("it is read once more", async || {
        desk.calls(TICKETS).len() == 2
    })
    .await;
    settled(&world).await;

    assert_eq!(world.state().await, "human_active");
    assert_eq!(world.count("tickets WHERE facts ? 'owner_doubt'"), 0);
}

/// HubSpot is asked; before its answer, which is that of the moment of the question, an event of a
/// minute ago is received. Only then that answer comes, and no other.
async fn reading_overtaken_by(told: WebhookEvent, desk: &Desk, world: &World) {
    desk.hold_back(THREADS);
    world.deliver(&[event(Change::Created(THREAD))]).await;
    until("a reading is under way", async || {
        !desk.calls(THREADS).is_empty()
    })
    .await;
    desk.never_answer(THREADS);
    world.deliver(&[moved(told, -60)]).await;
    assert_eq!(world.count(CHECKED), 0, "its answer has not come yet");
    desk.let_go();
    until("it is taken in", async || world.count(CHECKED) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_an_event_overtook_does_not_let_the_ai_speak_beside_another_one() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |_| ());

    reading_overtaken_by(assigned("L-12"), &desk, &world).await;

    let shown = world.conversation().await;
    assert_eq!(shown["may_reply"], false, "{shown}");
    let codes = shown["silent_because"].to_string();
    assert!(codes.contains("OTHER_AI_OWNS_CONVERSATION"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_an_event_overtook_is_none_of_the_two_that_end_a_takeover() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.execute("UPDATE portals SET policies = '{\"after_human_unassign\": \"ai_now\"}'");
    desk.thread(THREAD, |_| ());
    reading_overtaken_by(assigned(ANN), &desk, &world).await;
    assert_eq!(world.state().await, "human_active");
    let checked_at = || world.texts("SELECT facts ->> 'owner_checked_at' FROM conversations");
    let overtaken = (desk.called_at(THREADS)[0], checked_at());

    // The next answer is of a time when two readings would be far enough apart.
    until("the time of a second reading has come", async || {
        overtaken.0.elapsed() > Duration::from_millis(11_500)
    })
    .await;
    desk.answer_again();
    world.execute("UPDATE owner_checks SET due_at = now()");
    until("it is taken in", async || checked_at() != overtaken.1).await;

    assert_eq!(world.state().await, "human_active", "it is the first one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_began_is_looked_up_with_its_ticket_and_channel() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));

    world.deliver(&[event(Change::Created(THREAD))]).await;

    let linked = "SELECT concat_ws(' ', ticket_id, facts #>> '{channel,id}') FROM conversations";
    until("it is linked", async || {
        world.texts(linked) == [format!("{TICKET} 1000")]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_hubspot_does_not_know_has_nothing_to_verify() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;

    world.deliver(&[assigned(ANN)]).await;

    until("it was asked for", async || !desk.calls(THREADS).is_empty()).await;
    settled(&world).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_another_ticket_waits_for_a_second_reading_unless_the_connection_was_dead() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    world.link().await;
    let taken = baton::domain::ids::TicketId(TICKET.0 + 1);
    desk.thread(THREAD, |thread| thread.ticket = Some(taken.0));
    desk.ticket(TICKET, |_| ());
    desk.ticket(taken, |ticket| ticket.owner = "81538001".to_owned());
    let owned = Change::TicketOwner(taken, "81538001".to_owned());
    world.deliver(&[event(owned), assigned("")]).await;
    until("a reading shows another ticket", async || {
        world.count("link_doubts") == 1
    })
    .await;
    assert_eq!(world.state().await, "ai_active");

    world.execute(
        "UPDATE portals SET missed_from = now() - interval '30 minutes', \
         missed_until = now() - interval '1 minute'",
    );
    world.deliver(&[assigned("")]).await;

    until("it is the person's", async || {
        world.state().await == "human_active"
    })
    .await;
    settled(&world).await;
    let linked = "SELECT ticket_id FROM conversations";
    assert_eq!(world.texts(linked), [taken.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_hubspot_does_not_have_any_more_keeps_nobody_waiting_for_its_owner() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    world.link().await;
    settled(&world).await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    world.execute(
        "UPDATE portals SET missed_from = now() - interval '30 minutes', \
         missed_until = now() - interval '1 minute'",
    );
    world.execute("UPDATE tickets SET facts = facts - 'owner_checked_at'");
    let is_unknown = async || {
        let shown = world.conversation().await;
        shown.to_string().contains("OWNER_UNKNOWN")
    };
    assert!(is_unknown().await);

    world.deliver(&[owned(""), assigned("")]).await;

    until("both owners were read", async || !is_unknown().await).await;
    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_messages_that_neither_were_read_nor_wait_for_it_are_found_by_the_sweep() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    world.link().await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    desk.ticket(TICKET, |_| ());
    settled(&world).await;
    let is_unknown = async || {
        let shown = world.conversation().await;
        shown.to_string().contains("OWNER_UNKNOWN")
    };

    // The replica that read them died, and its owners were read since. The import is long over.
    world.execute(
        "UPDATE portals SET missed_from = now() - interval '30 minutes', \
         missed_until = now() - interval '1 minute'; \
         UPDATE conversations SET facts = facts || jsonb_build_object('owner_checked_at', \
            floor(extract(epoch FROM now()) * 1000)::bigint); \
         UPDATE tickets SET facts = facts || jsonb_build_object('owner_checked_at', \
            floor(extract(epoch FROM now()) * 1000)::bigint); \
         UPDATE followed_portals AS f SET import_of = p.connected_at, import_ended_at = now() \
            FROM portals AS p WHERE p.portal_id = f.portal_id",
    );

    assert!(is_unknown().await);
    world.execute("UPDATE followed_portals SET claimed_until = '-infinity'");
    until("they were read", async || !is_unknown().await).await;
    assert_eq!(world.count("unread_messages"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_from_before_a_conversation_left_a_ticket_silences_it_by_that_ticket() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.know_owners();
    let next = TicketId(TICKET.0 + 1);
    desk.ticket(TICKET, |ticket| ticket.owner = "81538001".to_owned());
    desk.ticket(next, |_| ());
    desk.thread(THREAD, |thread| thread.ticket = Some(next.0));

    // It leaves some seconds from now, by HubSpot's clock, so what is read at once was before.
    let linked = |ticket| event(Change::Linked(ticket, THREAD));
    let told = [moved(linked(TICKET), -30), moved(linked(next), 20)];
    world.deliver(&told).await;

    until("it is silent", async || {
        world.state().await == "handoff_requested"
    })
    .await;
    let stands = format!("conversations WHERE ticket_id = {next}");
    assert_eq!(world.count(&stands), 1);
}
