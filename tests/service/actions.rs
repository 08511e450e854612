//! The four actions over HTTP: what is answered, and the rows it leaves.

use crate::world::{PORTAL, THREAD, TICKET, World, request};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::Enrolled;

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_answered_recorded_and_read_back() {
    let world = World::start().await;

    let paused = world.act(ActionKind::PauseAi, &[("duration", "1h")]).await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(paused.get("control_version"), "1");
    let shown = world.conversation().await;
    assert_eq!(shown["state"], "ai_paused");
    assert_eq!(shown["control_version"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_action_returns_the_first_answer() {
    let world = World::start().await;
    let pause = request(
        ActionKind::PauseAi,
        Enrolled::Ticket(TICKET, Some(THREAD)),
        &[],
    );

    let first = world.call(&pause).await;
    world.act(ActionKind::ResumeAi, &[]).await;
    let second = world.call(&pause).await;

    assert_eq!(first.body, second.body);
    assert_eq!(world.conversation().await["state"], "ai_active", "{PORTAL}");
}
