//! What Baton says of the conversation after an event, by its API.

use super::printed;
use super::request_options::RequestOptions;
use crate::simulator::caller::Caller;
use crate::simulator::demo_world;
use serde::Deserialize;
use std::time::Duration;

/// What an event announces is read by Baton after it has answered.
const UNREAD: &str = "MESSAGE_UNREAD";
/// For how long that is waited for, and how often it is asked for.
const READ_WITHIN: Duration = Duration::from_secs(3);
const GLANCE: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
struct Shown {
    state: String,
    may_reply: bool,
    silent_because: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
    explanation: String,
}

/// State and reasons of a conversation or ticket, and where the console shows them. Who does not know
/// the API's key is told the address alone.
pub async fn of(caller: &Caller, options: &RequestOptions, at: &str) -> String {
    let portal = options.portal;
    let console = caller.called_url(&format!("/console/portals/{portal}/{at}"));
    let shown = match options.is_signed_as_the_demo_signs() {
        true => settled(caller, &format!("/v1/portals/{portal}/{at}")).await,
        false => None,
    };
    let mut lines = Vec::new();
    if let Some(shown) = &shown {
        lines.push(("ai_state", shown.state.as_str()));
        lines.push((
            "ai_may_reply",
            if shown.may_reply { "true" } else { "false" },
        ));
        for reason in &shown.silent_because {
            lines.push((reason.code.as_str(), reason.explanation.as_str()));
        }
    }
    lines.push(("see", console.as_str()));
    format!("\nafterwards\n{}", printed::aligned(lines))
}

async fn settled(caller: &Caller, path: &str) -> Option<Shown> {
    let looks = READ_WITHIN.as_millis() / GLANCE.as_millis();
    for _ in 0..looks {
        let shown = read(caller, path).await?;
        if !shown.silent_because.iter().any(|it| it.code == UNREAD) {
            return Some(shown);
        }
        tokio::time::sleep(GLANCE).await;
    }
    read(caller, path).await
}

async fn read(caller: &Caller, path: &str) -> Option<Shown> {
    // Another Baton has another key, and its console shows the same.
    let answer = caller.get(path, Some(demo_world::API_KEY)).await.ok()?;
    serde_json::from_slice(&answer.body).ok()
}
