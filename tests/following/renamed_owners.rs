//! One person has two names: by owner id where their user is not known, else by user. Which of the
//! two a reading gives changes nothing.

use crate::delivering::{moved, owned, status};
use crate::desk::{Desk, until};
use crate::world::{ADMIN_KEY, PORTAL, TICKET, World};
use baton::simulator::action_kind::ActionKind::RequestHandoff;
use baton::store::owners;
use serde_json::{Value, json};

const ANN: i64 = 81_538_001;
const NAME: &str = "SELECT facts #>> '{owner,owner,id}' FROM tickets";
const CHECKED: &str = "tickets WHERE facts ? 'owner_checked_at'";

fn ann() -> Value {
    json!({"id": ANN.to_string(), "userId": 3_892_001, "type": "PERSON", "archived": false})
}

/// A linked conversation, read while nobody owned its ticket; now it is Ann's at HubSpot.
async fn world_of(desk: &Desk, policies: &str) -> World {
    let world = desk.world().await;
    world.execute(&format!("UPDATE portals SET policies = '{policies}'"));
    desk.ticket(TICKET, |_| ());
    world.link().await;
    until("the import is over", async || {
        world.count("followed_portals WHERE import_ended_at IS NOT NULL") == 1
    })
    .await;
    until("nothing is left to verify", async || {
        world.count("owner_checks") == 0
    })
    .await;
    desk.ticket(TICKET, |ticket| ticket.owner = ANN.to_string());
    world
}

/// Everything is read again.
async fn read_again(world: &World) {
    world.execute("UPDATE tickets SET facts = facts - 'owner_checked_at'");
    world.execute(
        "INSERT INTO owner_checks (portal_id, subject, subject_id) \
         SELECT portal_id, 'ticket', ticket_id FROM tickets ON CONFLICT DO NOTHING",
    );
    until("it was read", async || world.count(CHECKED) == 1).await;
    until("nothing is left to verify", async || {
        world.count("owner_checks") == 0
    })
    .await;
}

fn by_workflow() -> baton::simulator::webhook_event::WebhookEvent {
    moved(owned(&ANN.to_string()), -60).by("AUTOMATION_PLATFORM", "enrollmentId:7")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_a_workflow_assigned_before_anybody_knew_them_still_has_to_reply_first() {
    let desk = Desk::start().await;
    let policies = r#"{"assigned_by_automation": "waits_for_first_reply"}"#;
    let world = world_of(&desk, policies).await;
    desk.change(|held| held.owners.insert(ANN, ann()));

    world.deliver(&[by_workflow()]).await;

    until("they have a name", async || {
        world.texts(NAME) == ["A-3892001"]
    })
    .await;
    let gist =
        "SELECT concat_ws(' ', facts #>> '{owner,by}', facts ->> 'last_claim_at') FROM tickets";
    assert_eq!(world.texts(gist), ["automation"]);
    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_is_not_claimed_by_learning_who_was_assigned() {
    let desk = Desk::start().await;
    let policies = r#"{"assigned_by_automation": "waits_for_first_reply"}"#;
    let world = world_of(&desk, policies).await;
    desk.change(|held| held.owners.insert(ANN, ann()));
    world.act(RequestHandoff, &[]).await;

    world
        .deliver(&[owned(&ANN.to_string()).by("AUTOMATION_PLATFORM", "enrollmentId:7")])
        .await;

    until("they have a name", async || {
        world.texts(NAME) == ["A-3892001"]
    })
    .await;
    assert_eq!(world.state().await, "handoff_requested", "nobody came");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_lifted_stays_lifted_when_the_owner_leaves_or_gets_a_name() {
    let desk = Desk::start().await;
    let world = world_of(&desk, "{}").await;
    desk.change(|held| held.owners.insert(ANN, ann()));
    desk.hold_back("/owners/");
    world.deliver(&[moved(owned(&ANN.to_string()), -60)]).await;
    assert_eq!(world.state().await, "human_active");
    let (status, sent) = world.post(ADMIN_KEY, "send", json!({})).await;
    assert_eq!(status, 200, "{sent}");
    assert_eq!(world.state().await, "ai_active");

    desk.let_go();
    until("they have a name", async || {
        world.texts(NAME) == ["A-3892001"]
    })
    .await;
    assert_eq!(world.state().await, "ai_active", "it is the same person");

    // She leaves; a list of owners without her is read, as for the console.
    desk.change(|held| held.owners.clear());
    owners::replace_all(&mut world.sql(), PORTAL, &[]).unwrap();
    read_again(&world).await;
    assert_eq!(
        world.state().await,
        "ai_active",
        "she is known all the same"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_had_left_before_anybody_asked_is_known_by_the_list_of_those_who_left() {
    let desk = Desk::start().await;
    let world = world_of(&desk, "{}").await;
    let left = json!({"id": ANN.to_string(), "userId": null, "type": "PERSON",
        "userIdIncludingInactive": 3_892_001, "archived": true});
    desk.change(|held| held.owners.insert(ANN, left));

    world.deliver(&[moved(owned(&ANN.to_string()), -60)]).await;

    until("they have a name", async || {
        world.texts(NAME) == ["A-3892001"]
    })
    .await;
    assert_eq!(world.state().await, "human_active");
    let listed = "SELECT is_archived::text FROM owners";
    assert_eq!(world.texts(listed), ["true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_reopened_to_the_ai_stays_its_own_when_the_owner_gets_a_name() {
    let desk = Desk::start().await;
    let world = world_of(&desk, r#"{"on_reopen_owned": "ai"}"#).await;
    let unknown = json!({"id": "1", "type": "PERSON"});
    desk.change(|held| held.owners.insert(1, unknown));
    world
        .deliver(&[
            moved(owned(&ANN.to_string()), -60),
            moved(status("CLOSED"), -40),
            moved(status("OPEN"), -20),
        ])
        .await;
    read_again(&world).await;
    assert_eq!(world.texts(NAME), ["owner 81538001"]);
    assert_eq!(world.state().await, "ai_active");

    world.execute("DELETE FROM unknown_owners");
    desk.change(|held| held.owners.insert(ANN, ann()));
    read_again(&world).await;

    assert_eq!(world.texts(NAME), ["A-3892001"]);
    assert_eq!(world.state().await, "ai_active");
}
