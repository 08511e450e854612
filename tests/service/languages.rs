//! Explanations in the language of the portal, by its clock.

use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, THREAD, World};
use baton::domain::language::Language;
use baton::simulator::action_kind::ActionKind::{PauseAi, ResumeAi};
use diesel::connection::SimpleConnection;
use serde_json::json;

fn speak(world: &World, tag: &str, zone: &str) {
    let set = format!(
        "UPDATE portals SET time_zone = '{zone}', \
         policies = policies || '{{\"language\": \"{tag}\"}}'"
    );
    world.sql().batch_execute(&set).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_speaks_the_portals_language_and_the_timeline_keeps_what_was_said() {
    let world = World::start().await;
    speak(&world, "de", "Asia/Tokyo");
    let paused = world.act(PauseAi, &[("duration", "1h")]).await;
    let said = paused.get("explanation").to_owned();
    assert!(said.starts_with("Pausiert bis "), "{said}");
    assert!(said.contains(" JST (Workflow "), "{said}");

    speak(&world, "fr", "No/Where");

    let shown = world.conversation().await;
    let now = shown["silent_because"][0]["explanation"].as_str().unwrap();
    assert!(now.starts_with("En pause jusqu'à "), "{now}");
    assert!(now.contains(" UTC (workflow "), "{now}");
    let path = format!("/v1/portals/{PORTAL}/conversations/{THREAD}/decisions");
    let (status, timeline) = world.get(AI_KEY, &path).await;
    assert_eq!(status, 200, "{timeline}");
    assert!(timeline.to_string().contains(&said), "{timeline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_is_accepted_and_answers_in_its_own_words() {
    let world = World::start().await;
    let mut said = std::collections::BTreeSet::new();
    for language in Language::ALL {
        let path = format!("{}/v1/portals/{PORTAL}/settings", world.url);
        let request = crate::world::client().patch(path).bearer_auth(ADMIN_KEY);
        let answer = request.json(&json!({"language": language.tag()})).send();
        assert_eq!(answer.await.unwrap().status(), 200, "{language:?}");
        let resumed = world.act(ResumeAi, &[]).await;
        assert_eq!(resumed.get("outcome"), "already");
        said.insert(resumed.get("explanation").to_owned());
    }
    assert!(said.contains("The AI may answer."), "{said:?}");
    assert_eq!(said.len(), Language::ALL.len(), "{said:?}");
}
