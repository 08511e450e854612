//! Bugs that others shipped, each kept away by a test of its own: webhooks, actions and readings
//! through the front door, beside a HubSpot of HTTP.

use crate::delivering::{
    AI, ANN, BEN, assigned, event, message as announced, moved, owned, status,
};
use crate::desk::{Desk, app, inbox, message, rfc3339, until};
use crate::wire::now_ms;
use crate::world::{THREAD, TICKET, World};
use baton::simulator::action_kind::ActionKind::{RequestHandoff, ResumeAi, SendToAi};
use baton::simulator::webhook_event::{Change, WebhookEvent};
use serde_json::Value;

const OUR_APP: i64 = 2_438_001;
const RETURN_TO_AI: [(&str, &str); 1] = [("on_timeout", "return_to_ai")];

/// A message of the conversation's history, written so many seconds from now.
fn written(id: &str, direction: &str, actor: &str, seconds: i64) -> Value {
    let mut item = message(id, direction, actor, inbox());
    item["createdAt"] = rfc3339(now_ms() + seconds * 1_000).into();
    item
}

/// What a teammate types in HubSpot.
fn reply(id: &str, actor: &str, seconds: i64) -> Value {
    written(id, "OUTGOING", actor, seconds)
}

/// HubSpot holds these messages, and announces each of them; until they are read.
async fn tell(desk: &Desk, world: &World, items: Vec<Value>) {
    let announced = items
        .iter()
        .map(|item| announced(item["id"].as_str().unwrap()));
    let announced: Vec<WebhookEvent> = announced.collect();
    desk.thread(THREAD, |thread| thread.messages.extend(items));
    world.deliver(&announced).await;
    all_is_read(world).await;
}

async fn all_is_read(world: &World) {
    until("every message is read", async || {
        world.count("unread_messages") == 0
    })
    .await;
}

async fn all_is_verified(world: &World) {
    until("every owner is verified", async || {
        world.count("owner_checks") == 0
    })
    .await;
}

/// State, permission, and the codes of all reasons for silence.
async fn shown(world: &World) -> (String, bool, Vec<String>) {
    let shown = world.conversation().await;
    let codes = shown["silent_because"].as_array().unwrap().iter();
    let codes = codes.map(|because| because["code"].as_str().unwrap().to_owned());
    let text = |name: &str| shown[name].as_str().unwrap().to_owned();
    let may_reply = shown["may_reply"].as_bool().unwrap();
    (text("state"), may_reply, codes.collect())
}

/// As if every deadline had come, and a timer looked: what it finds to do is done.
async fn deadlines_pass(world: &World) {
    for table in ["conversations", "tickets"] {
        world.execute(&format!(
            "UPDATE {table} SET holds = (SELECT coalesce(jsonb_agg(CASE WHEN hold ? \
             'claim_deadline' THEN jsonb_set(hold, '{{claim_deadline}}', '1') ELSE hold END), '[]') \
             FROM jsonb_array_elements(holds) AS each (hold)), next_check_at = now()"
        ));
    }
    let due = "(SELECT next_check_at FROM conversations UNION ALL SELECT next_check_at \
               FROM tickets) AS d WHERE next_check_at <= now() + interval '11 seconds'";
    until("timers have looked", async || world.count(due) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ai_answering_after_a_person_replied_without_assigning() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    tell(
        &desk,
        &world,
        vec![written("m-1", "INCOMING", "V-901", -60)],
    )
    .await;

    tell(&desk, &world, vec![reply("m-2", ANN, -1)]).await;
    // HubSpot is asked who owns it: nobody does.
    world.deliver(&[assigned("")]).await;
    all_is_verified(&world).await;

    let (state, may_reply, codes) = shown(&world).await;
    assert_eq!((state.as_str(), may_reply), ("human_active", false));
    assert_eq!(codes, ["PERSON_REPLIED"]);
    for action in [ResumeAi, SendToAi] {
        let refused = world.act(action, &[]).await;
        let expected = ("refused", "HUMAN_RECENTLY_REPLIED", "human_active");
        assert_eq!(refused.gist(), expected, "{action:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_same_second_event_undoing_a_handoff() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    desk.thread(THREAD, |thread| thread.assigned_to = AI.to_owned());
    world.link().await;
    let mut to_ai = assigned(AI);
    // HubSpot's time of it is that of the second in which the handoff is asked for.
    to_ai.occurred_at_ms -= to_ai.occurred_at_ms % 1_000;
    let asked = world.act(RequestHandoff, &[]).await;
    assert_eq!(asked.get("ai_state"), "handoff_requested");

    world.deliver(&[to_ai.clone()]).await;
    to_ai.attempt = 1;
    world.deliver(&[to_ai]).await;
    all_is_verified(&world).await;

    assert_eq!(world.state().await, "handoff_requested");
    world.deliver(&[moved(assigned(AI), 30)]).await;
    assert_eq!(world.state().await, "ai_active", "a later one withdraws it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_taking_the_ticket_while_the_thread_says_nobody() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    world.know_owners();
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    desk.ticket(TICKET, |ticket| {
        ticket.thread = Some(THREAD.0);
        ticket.owner = "81538001".to_owned();
    });
    world.link().await;

    world.deliver(&[moved(owned("81538001"), -30)]).await;
    world.deliver(&[assigned("")]).await;
    all_is_verified(&world).await;

    let (state, may_reply, codes) = shown(&world).await;
    assert_eq!((state.as_str(), may_reply), ("human_active", false));
    assert_eq!(codes, ["PERSON_OWNS"]);
    for action in [ResumeAi, SendToAi] {
        let refused = world.act(action, &[]).await;
        let expected = ("refused", "HUMAN_OWNS_CONVERSATION", "human_active");
        assert_eq!(refused.gist(), expected, "{action:?}");
    }
}

/// Notes what is noted before the call leaves that assigns a handoff, so many seconds from now.
/// Gives back what is counted as long as the handoff's clock runs.
fn note_assignment_to(person: &str, seconds: i64, world: &World) -> &'static str {
    world.execute(&format!(
        "UPDATE conversations SET facts = facts || jsonb_build_object('assignments', \
         jsonb_build_array(jsonb_build_object('at', {}, 'person', '{person}', \
         'hold', holds->0->'id')))",
        now_ms() + seconds * 1_000
    ));
    "conversations WHERE holds->0 ? 'claim_deadline'"
}

/// HubSpot is asked who owns the conversation, though no event told of a change.
async fn read_untold(world: &World) {
    world.deliver(&[event(Change::Created(THREAD))]).await;
    until("HubSpot was asked", async || {
        world.count("conversations WHERE facts ? 'owner_checked_at'") == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_assignment_mistaken_for_a_claim() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    let asked = [("target", "user:81538001")];
    world.act(RequestHandoff, &asked).await;
    let clock = note_assignment_to(ANN, 0, &world);
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());

    let ours = moved(assigned(ANN).by("INTEGRATION", &OUR_APP.to_string()), 1);
    world.deliver(&[ours]).await;
    until("HubSpot was asked, which says her too", async || {
        world.count("conversations WHERE facts ? 'owner_checked_at'") == 1
    })
    .await;

    let (state, _, codes) = shown(&world).await;
    assert_eq!(state, "handoff_requested", "{codes:?}");
    assert_eq!(world.count(clock), 1, "its clock runs on");

    tell(&desk, &world, vec![reply("m-1", ANN, 20)]).await;
    assert_eq!(world.state().await, "human_active", "she took it");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_assignment_read_before_it_is_told_mistaken_for_a_claim() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    let asked = [("target", "user:81538001")];
    world.act(RequestHandoff, &asked).await;
    let clock = note_assignment_to(ANN, -30, &world);
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());

    read_untold(&world).await;
    let by_reading = world.state().await;
    let ours = assigned(ANN).by("INTEGRATION", &OUR_APP.to_string());
    world.deliver(&[moved(ours, -20)]).await;

    let (state, _, codes) = shown(&world).await;
    assert_eq!(by_reading, "handoff_requested", "by the reading");
    assert_eq!(state, "handoff_requested", "by its event: {codes:?}");
    assert_eq!(world.count(clock), 1, "its clock runs on");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_re_armed_for_ever_by_one_reply_told_again() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    // Its window of half an hour ends in some seconds.
    let ends_in = 15;
    tell(&desk, &world, vec![reply("m-1", ANN, ends_in - 1_800)]).await;
    let replied = "decisions WHERE command ->> 'fact' = 'person_replied' \
                   AND state_after = 'human_active'";
    assert_eq!(world.count(replied), 1);

    let again = |attempt| WebhookEvent {
        attempt,
        ..announced("m-1")
    };
    let mut attempt = 0;
    until("the window is over", async || {
        attempt += 1;
        world.deliver(&[again(attempt)]).await;
        all_is_read(&world).await;
        world.state().await == "ai_active"
    })
    .await;

    // The page that holds the reply is read once more, and the reply announced once more.
    let mut ours = message("m-2", "OUTGOING", AI, app(OUR_APP));
    ours["createdAt"] = rfc3339(now_ms()).into();
    tell(&desk, &world, vec![ours]).await;
    world.deliver(&[again(9)]).await;
    all_is_read(&world).await;
    assert_eq!(world.state().await, "ai_active");
    assert_eq!(world.count(replied), 1, "told again it is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_re_armed_for_ever_by_one_owner_who_left() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    desk.thread(THREAD, |_| ());
    let (taken, left) = (moved(assigned(ANN), -60), moved(assigned(""), -30));
    let told = [taken, left];
    world.deliver(&told).await;
    let cancelled = world
        .act(ResumeAi, &[("cancel_pending_handoff", "true")])
        .await;
    assert_eq!(cancelled.gist(), ("applied", "APPLIED", "ai_active"));

    let again = told.map(|event| WebhookEvent {
        attempt: 1,
        ..event
    });
    world.deliver(&again).await;
    // Somebody empties the empty field, and HubSpot is asked again.
    world.deliver(&[assigned("")]).await;
    all_is_verified(&world).await;
    deadlines_pass(&world).await;

    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_handoff_timing_out() {
    for claims_by_reply in [true, false] {
        let desk = Desk::start().await;
        let world = desk.world().await;
        world.act(RequestHandoff, &RETURN_TO_AI).await;
        if claims_by_reply {
            tell(&desk, &world, vec![reply("m-1", BEN, 20)]).await;
        } else {
            desk.thread(THREAD, |thread| thread.assigned_to = BEN.to_owned());
            world.deliver(&[moved(assigned(BEN), 20)]).await;
        }
        assert_eq!(world.state().await, "human_active");

        deadlines_pass(&world).await;

        assert_eq!(world.state().await, "human_active");
        let timed_out = "outbox WHERE event_type = 'handoff.timed_out'";
        assert_eq!(world.count(timed_out), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_handoff_timing_out_once_nobody_writes_any_more() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    world.act(RequestHandoff, &RETURN_TO_AI).await;
    // A reply whose window of half an hour ends in some seconds: it claims all the same.
    let ends_in = 15;
    tell(&desk, &world, vec![reply("m-1", BEN, ends_in - 1_800)]).await;
    assert_eq!(world.state().await, "human_active");

    until("the window is over", async || {
        world.state().await != "human_active"
    })
    .await;
    deadlines_pass(&world).await;

    assert_eq!(world.state().await, "handoff_requested", "it stays claimed");
    let timed_out = "outbox WHERE event_type = 'handoff.timed_out'";
    assert_eq!(world.count(timed_out), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reopened_conversation_that_nobody_answers() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    tell(&desk, &world, vec![reply("m-1", ANN, -7_200)]).await;
    world.deliver(&[moved(status("CLOSED"), -3_600)]).await;

    // The customer comes back, longer ago than anybody may be left waiting.
    tell(
        &desk,
        &world,
        vec![written("m-2", "INCOMING", "V-901", -1_200)],
    )
    .await;

    let (state, may_reply, codes) = shown(&world).await;
    assert_eq!((state.as_str(), may_reply), ("handoff_requested", false));
    assert!(
        !codes.contains(&"CONVERSATION_CLOSED".to_owned()),
        "{codes:?}"
    );
    let alerts = "outbox WHERE event_type = 'conversation.unattended'";
    until("somebody is told", async || world.count(alerts) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ai_and_hubspot_s_customer_agent_both_answering() {
    let by_message = async |desk: &Desk, world: &World| {
        tell(desk, world, vec![reply("m-1", "L-12", -1)]).await;
    };
    let by_owner = async |desk: &Desk, world: &World| {
        desk.thread(THREAD, |thread| thread.assigned_to = "L-12".to_owned());
        world.deliver(&[assigned("L-12")]).await;
        all_is_verified(world).await;
    };
    for is_owner in [false, true] {
        let desk = Desk::start().await;
        let world = desk.world().await;
        world.deliver(&[event(Change::Created(THREAD))]).await;
        match is_owner {
            true => by_owner(&desk, &world).await,
            false => by_message(&desk, &world).await,
        }

        let (_, may_reply, codes) = shown(&world).await;
        assert_eq!(
            (may_reply, codes),
            (false, vec!["OTHER_AI_OWNS_CONVERSATION".to_owned()])
        );
        let sent = world.act(SendToAi, &[]).await;
        assert_eq!(sent.get("ai_may_reply"), "false", "{sent:?}");
    }
}
