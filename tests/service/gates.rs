//! Gates: what silences whole portals, read at the moment of asking, and changes no record.

use crate::world::{ADMIN_KEY, PORTAL, Setup, THREAD, TICKET, World, request};
use baton::domain::ids::PortalId;
use baton::service::allow_portal::AllowedPortals;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::{ActionRequest, Enrolled};
use serde_json::{Value, json};

/// Listed in the settings, but never connected.
const LISTED: PortalId = PortalId(50_777);

fn codes(shown: &Value) -> Vec<&str> {
    let silences = shown["silent_because"].as_array().unwrap().iter();
    silences
        .map(|silence| silence["code"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_portal_that_is_not_connected_is_recorded_and_stays_silent() {
    let allowed = AllowedPortals::Listed([LISTED].into());
    let world = World::start_with(Setup {
        allowed,
        ..Setup::default()
    })
    .await;
    let enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
    let of = |kind| ActionRequest {
        portal: LISTED,
        ..request(kind, enrolled, &[])
    };

    let paused = world.insist(&of(PauseAi)).await.outputs.unwrap();
    let resumed = world.insist(&of(ResumeAi)).await.outputs.unwrap();
    let path = format!("/v1/portals/{LISTED}/conversations/{THREAD}");
    let (status, shown) = world.get(ADMIN_KEY, &path).await;

    assert_eq!(paused["outcome"], "applied");
    assert_eq!(
        (&*resumed["outcome"], &*resumed["ai_state"]),
        ("applied", "ai_active")
    );
    assert_eq!(
        resumed["ai_may_reply"], "false",
        "resumed is not mistaken for will speak"
    );
    let sentence = "Nobody holds the conversation, but the AI stays silent. \
                    This portal has not connected Baton yet";
    assert!(
        resumed["explanation"].starts_with(sentence),
        "{}",
        resumed["explanation"]
    );
    assert_eq!((status, &shown["state"]), (200, &json!("ai_active")));
    assert_eq!(
        (&shown["may_reply"], codes(&shown)),
        (&json!(false), vec!["NOT_CONNECTED"])
    );
    assert_eq!(
        shown["silent_because"][0]["lifted_by"],
        "an admin connects the portal"
    );
    assert_eq!(world.row_counts().decisions, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_later_opens_the_gate_over_what_was_recorded() {
    let allowed = AllowedPortals::Listed([LISTED].into());
    let world = World::start_with(Setup {
        allowed,
        ..Setup::default()
    })
    .await;
    let enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
    let pause = ActionRequest {
        portal: LISTED,
        ..request(PauseAi, enrolled, &[])
    };
    world.insist(&pause).await;

    baton::store::portals::connect(&mut world.sql(), LISTED, Some(9)).unwrap();

    let path = format!("/v1/portals/{LISTED}/conversations/{THREAD}");
    let (_, shown) = world.get(ADMIN_KEY, &path).await;
    assert_eq!(
        (codes(&shown), &shown["control_version"]),
        (vec!["PAUSE"], &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_places_something_behind_a_shut_gate_names_the_gate_too() {
    let world = World::start().await;
    world.execute("UPDATE portals SET ai_enabled = false");

    for kind in [PauseAi, RequestHandoff] {
        let placed = world.act(kind, &[]).await;

        assert_eq!(
            (placed.get("outcome"), placed.get("ai_may_reply")),
            ("applied", "false")
        );
        let sentence = placed.get("explanation");
        assert!(sentence.contains("switched off"), "{sentence}");
        assert!(sentence.contains("workflow"), "{sentence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gate_of_a_portal_is_named_and_says_how_it_opens() {
    let world = World::start().await;
    let gates = [
        (
            "ai_sender_user_id = NULL",
            "AI_SENDER_NOT_SET",
            "an admin chooses the AI sender",
        ),
        (
            "ai_enabled = false",
            "PORTAL_KILL_SWITCH",
            "an admin switches the AI on",
        ),
        (
            "connection = 'unavailable', unavailable_because = 'revoked', unavailable_since = now()",
            "CONNECTION_UNAVAILABLE",
            "an admin reconnects the portal",
        ),
    ];
    for (shut, code, opened_by) in gates {
        world.execute(&format!("UPDATE portals SET {shut}"));

        let shown = world.conversation().await;
        let resumed = world.act(ResumeAi, &[]).await;

        assert_eq!(
            (codes(&shown), &shown["may_reply"]),
            (vec![code], &json!(false))
        );
        assert_eq!(shown["silent_because"][0]["lifted_by"], opened_by);
        assert_eq!(
            (resumed.get("outcome"), resumed.get("ai_may_reply")),
            ("already", "false")
        );
        world.execute(
            "UPDATE portals SET ai_sender_user_id = 9, ai_enabled = true, connection = 'connected', \
             unavailable_because = NULL, unavailable_since = NULL",
        );
        assert_eq!(world.conversation().await["may_reply"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_restores_exactly_what_was() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "1h")]).await;
    world.act(RequestHandoff, &[("target", "team:4")]).await;
    let records = "SELECT concat(revision, facts, holds) FROM tickets UNION ALL \
                   SELECT concat(state, control_version, facts, holds) FROM conversations";
    let (stored, mut before) = (world.texts(records), world.conversation().await);

    world.execute("UPDATE portals SET ai_enabled = false");
    let silenced = world.conversation().await;
    world.execute("UPDATE portals SET ai_enabled = true");
    let mut after = world.conversation().await;

    assert_eq!(codes(&silenced), ["PORTAL_KILL_SWITCH", "HANDOFF", "PAUSE"]);
    after["checked_at"].take();
    before["checked_at"].take();
    assert_eq!(after, before);
    assert_eq!(world.texts(records), stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_placed_and_lifted_behind_a_shut_gate_count_once_it_opens() {
    let world = World::start().await;
    world.execute("UPDATE portals SET ai_enabled = false");

    let paused = world.act(PauseAi, &[]).await;
    world.execute("UPDATE portals SET ai_enabled = true");

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(codes(&world.conversation().await), ["PAUSE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_keeps_switch_and_sender() {
    let world = World::start().await;
    world.execute("UPDATE portals SET ai_enabled = false");

    baton::store::portals::connect(&mut world.sql(), PORTAL, None).unwrap();

    assert_eq!(codes(&world.conversation().await), ["PORTAL_KILL_SWITCH"]);
}
