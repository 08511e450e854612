//! A person takes a conversation, or lets it go: what the AI may do after events in any order.

use crate::delivering::{AI, ANN, BEN, assigned, event, moved, owned, status};
use crate::world::{THREAD, TICKET, World};
use baton::domain::ids::ThreadId;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff};
use baton::simulator::webhook_event::Change;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_takes_the_conversation_silences_the_ai() {
    let world = World::start().await;

    world.deliver(&[assigned(ANN)]).await;

    let shown = world.conversation().await;
    assert_eq!(shown["state"], "human_active");
    assert_eq!(shown["may_reply"], false);
    assert_eq!(shown["control_version"], 1);
    let line = "SELECT concat_ws(' ', command->>'fact', command->'owner'->>'id', outcome, \
                state_before, state_after) FROM decisions";
    assert_eq!(
        world.texts(line),
        ["owner_changed A-3892001 applied ai_active human_active"]
    );
    let counts = world.row_counts();
    assert_eq!(
        (counts.conversations, counts.tickets, counts.outbox),
        (1, 0, 1)
    );
    assert_eq!(world.count("event_receipts"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_no_person_takes_nothing() {
    for actor in ["", AI, "S-hubspot"] {
        let world = World::start().await;
        world.deliver(&[assigned(actor)]).await;
        assert_eq!(world.state().await, "ai_active", "{actor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_ai_that_owns_the_conversation_shuts_a_gate() {
    for actor in ["L-1", "I-77", "Q-1", "bot"] {
        let world = World::start().await;
        world.deliver(&[assigned(actor)]).await;
        let shown = world.conversation().await;
        assert_eq!(shown["state"], "ai_active", "{actor}");
        assert_eq!(shown["may_reply"], false, "{actor}");
        let why = shown["silent_because"].to_string();
        assert!(why.contains("OTHER_AI_OWNS_CONVERSATION"), "{actor}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_delivery_changes_nothing() {
    let world = World::start().await;
    let mut taken = assigned(ANN);
    world.deliver(std::slice::from_ref(&taken)).await;
    let before = (
        world.row_counts(),
        world.texts("SELECT facts FROM conversations"),
    );

    taken.attempt = 1;
    world.deliver(&[taken.clone(), taken]).await;

    let after = (
        world.row_counts(),
        world.texts("SELECT facts FROM conversations"),
    );
    assert_eq!(after, before);
    assert_eq!(world.count("event_receipts"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_twice_in_one_delivery_is_decided_once() {
    let world = World::start().await;
    let taken = assigned(ANN);

    world.deliver(&[taken.clone(), taken]).await;

    assert_eq!(
        (world.count("event_receipts"), world.count("decisions")),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_same_second_event_undoes_no_handoff() {
    let world = World::start().await;
    world.link().await;
    let to_ai = moved(assigned(AI), -1);
    world.act(RequestHandoff, &[]).await;

    world.deliver(&[to_ai]).await;

    assert_eq!(world.state().await, "handoff_requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_one_moment_the_more_silent_counts() {
    let (taken, freed) = (assigned(ANN), assigned(AI));
    for turn in [[taken.clone(), freed.clone()], [freed, taken]] {
        let mut turn = turn;
        turn[1].occurred_at_ms = turn[0].occurred_at_ms;
        let world = World::start().await;
        world.deliver(&turn[..1]).await;
        world.deliver(&turn[1..]).await;
        assert_eq!(world.state().await, "human_active", "{turn:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_event_that_arrives_later_frees_nobody() {
    let world = World::start().await;
    let freed = moved(assigned(AI), -30);
    world.deliver(&[assigned(ANN)]).await;

    world.deliver(&[freed, moved(assigned(""), -20)]).await;

    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_takes_the_ticket_silences_the_ai_though_the_thread_says_nobody() {
    let world = World::start().await;
    world.link().await;

    world
        .deliver(&[owned("81538001"), moved(assigned(""), 1)])
        .await;

    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_s_owner_counts_for_a_conversation_that_is_linked_later() {
    let world = World::start().await;
    world.deliver(&[owned("81538001")]).await;
    assert_eq!(world.state().await, "ai_active");

    world
        .deliver(&[event(Change::Linked(TICKET, THREAD))])
        .await;

    assert_eq!(world.state().await, "human_active");
    assert_eq!(
        world.texts("SELECT ticket_id FROM conversations"),
        [TICKET.to_string()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_s_owner_counts_for_all_its_conversations() {
    let world = World::start().await;
    world.link().await;
    world.link_to(TICKET, ThreadId(7_002)).await;

    world.deliver(&[owned("81538001")]).await;

    let states = world.texts("SELECT state FROM conversations");
    assert_eq!(states, ["human_active", "human_active"]);
    assert_eq!(
        world.count("outbox"),
        4,
        "each conversation is linked and silenced once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn owner_ids_are_no_user_ids() {
    let world = World::start().await;
    world.know_owners();
    world.link().await;
    let state_after = async |owner: &str| {
        world.deliver(&[owned(owner)]).await;
        let owner = "SELECT concat_ws(' ', facts->'owner'->'owner'->>'kind', \
                     facts->'owner'->'owner'->>'id') FROM tickets";
        (world.texts(owner).concat(), world.state().await)
    };

    let ann = state_after("81538001").await;
    assert_eq!(
        ann,
        ("person A-3892001".to_owned(), "human_active".to_owned())
    );
    let ai = state_after("81538009").await;
    assert_eq!(ai, ("ai".to_owned(), "ai_active".to_owned()));
    let queue = state_after("81538100").await;
    assert_eq!(queue, ("nobody".to_owned(), "ai_active".to_owned()));
    // The sender's user id, as an owner id, is a stranger's.
    let stranger = state_after("61000009").await;
    assert_eq!(
        stranger,
        (
            "person owner 61000009".to_owned(),
            "human_active".to_owned()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_kinds_of_subscription_tell_the_same_change_once() {
    let world = World::start().await;
    world.link().await;
    let told = owned("81538001");
    let mut again = told.clone();
    again.change = Change::ObjectOwner(TICKET, "81538001".to_owned());

    world.deliver(&[told, again]).await;

    assert_eq!(
        world.count("decisions WHERE command->>'fact' = 'owner_changed'"),
        1
    );
    assert_eq!(world.count("event_receipts"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_a_conversation_up_asks_for_another_person_by_default() {
    let world = World::start().await;
    world.deliver(&[moved(assigned(ANN), -10)]).await;

    world.deliver(&[assigned("")]).await;

    assert_eq!(world.state().await, "handoff_requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn handing_a_conversation_to_the_ai_ends_the_silence() {
    let world = World::start().await;
    world.deliver(&[moved(assigned(ANN), -10)]).await;

    world.deliver(&[assigned(AI)]).await;

    assert_eq!(world.state().await, "ai_active");
    let shown = world.conversation().await;
    assert_eq!(shown["control_version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_claims_a_handoff_by_taking_the_conversation() {
    let world = World::start().await;
    world.act(RequestHandoff, &[]).await;

    world.deliver(&[moved(assigned(BEN), 30)]).await;

    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_assignment_is_taken_for_no_claim() {
    let world = World::start().await;
    world
        .act(RequestHandoff, &[("target", "user:81538001")])
        .await;
    let hold = world
        .texts("SELECT holds->0->>'id' FROM conversations")
        .concat();
    let sent_at = baton::domain::time::Timestamp::from_millis(crate::wire::now_ms());
    let assignment = format!(
        r#"[{{"at": {}, "person": "A-3892001", "hold": "{hold}"}}]"#,
        sent_at.as_millis()
    );
    world.execute(&format!(
        "UPDATE conversations SET facts = facts || '{{\"assignments\": {assignment}}}'"
    ));

    let ours = assigned(ANN).by("INTEGRATION", "2438001");
    world.deliver(&[moved(ours, 1)]).await;
    assert_eq!(
        world.state().await,
        "handoff_requested",
        "offered, and nobody took it"
    );

    world.deliver(&[moved(assigned(BEN), 2)]).await;
    assert_eq!(
        world.state().await,
        "human_active",
        "anybody else who takes it claims it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_by_a_workflow_counts_as_the_portal_decided() {
    let world = World::start().await;
    world.execute(
        "UPDATE portals SET policies = '{\"assigned_by_automation\": \"waits_for_first_reply\"}'",
    );
    let automatic = || assigned(ANN).by("AUTOMATION_PLATFORM", "enrollmentId:7");

    world.deliver(&[moved(automatic(), -5)]).await;
    assert_eq!(world.state().await, "ai_active");

    world
        .deliver(&[assigned(BEN).by("CRM_UI", "userId:1")])
        .await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_baton_assigned_itself_counts_as_the_portal_decided_and_another_app_s_as_by_hand() {
    let world = World::start().await;
    world.execute(
        "UPDATE portals SET policies = '{\"assigned_by_automation\": \"waits_for_first_reply\"}'",
    );
    let through = |app| assigned(ANN).by("INTEGRATION", app);

    world.deliver(&[moved(through("2438001"), -5)]).await;
    assert_eq!(world.state().await, "ai_active");

    world.deliver(&[through("2438002")]).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_baton_assigned_itself_claims_no_handoff_and_what_a_person_took_does() {
    for (by, id, after) in [
        ("INTEGRATION", "2438001", "handoff_requested"),
        ("CRM_UI", "userId:3892001", "ai_active"),
    ] {
        let world = World::start().await;
        world.execute("UPDATE portals SET policies = '{\"after_human_unassign\": \"ai_now\"}'");
        world.execute("INSERT INTO hubspot_clock VALUES (true, 0, now())");
        world.act(RequestHandoff, &[]).await;

        world.deliver(&[moved(assigned(ANN).by(by, id), 1)]).await;
        assert_eq!(world.state().await, "human_active", "{by}");
        world.deliver(&[moved(assigned(""), 2)]).await;

        assert_eq!(world.state().await, after, "{by}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_a_pause_and_opening_does_not_bring_it_back() {
    let world = World::start().await;
    world.execute("INSERT INTO hubspot_clock VALUES (true, 0, now())");
    let why = async || world.conversation().await["silent_because"].to_string();
    world.act(PauseAi, &[]).await;

    world.deliver(&[moved(status("CLOSED"), -60)]).await;
    assert_eq!(
        world.state().await,
        "ai_paused",
        "placed after that closing"
    );
    world.deliver(&[moved(status("CLOSED"), 1)]).await;
    assert_eq!(world.state().await, "ai_active");
    let closed = why().await;
    assert!(closed.contains("CONVERSATION_CLOSED"), "{closed}");

    world.deliver(&[moved(status("OPEN"), 2)]).await;
    assert_eq!(world.state().await, "ai_active");
    let open = why().await;
    assert!(!open.contains("CONVERSATION_CLOSED"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_conversation_is_closed() {
    let world = World::start().await;
    world.deliver(&[event(Change::Deleted(THREAD))]).await;
    let shown = world.conversation().await["silent_because"].to_string();
    assert!(shown.contains("CONVERSATION_CLOSED"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_s_ownership_from_the_future_counts_as_of_now_and_a_release_from_there_not() {
    let world = World::start().await;
    world.execute("INSERT INTO hubspot_clock VALUES (true, 0, now())");
    world.deliver(&[moved(assigned(AI), 600)]).await;
    assert_eq!(
        world.texts("SELECT facts FROM conversations WHERE facts ? 'owner'"),
        [""; 0]
    );

    world.deliver(&[moved(assigned(ANN), 600)]).await;
    assert_eq!(world.state().await, "human_active");

    world.deliver(&[moved(assigned(AI), 5)]).await;
    assert_eq!(
        world.state().await,
        "ai_active",
        "the person's counts as of its receipt"
    );
}
