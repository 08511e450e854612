//! Whom a thread is assigned to, written (scope `conversations.write`). HubSpot's API description
//! has a PUT, its guide a POST at another path (both read 2026-11-22): the PUT goes first, and the
//! POST where HubSpot does not know it.

use super::request::{Body, Method, Request};
use super::threads::{self, Thread};
use crate::domain::ids::ThreadId;
use crate::hubspot::actor_id::ActorId;
use serde_json::{Value, json};

/// Assigns a thread. The answer is the thread, where HubSpot shows it.
pub fn assign(thread: ThreadId, actor: &ActorId) -> Request<Option<Thread>> {
    let body = Body::Json(json!({ "actorId": actor.to_string() }));
    let guide = format!("{}/assignee", threads::path(thread));
    let by_guide = Request::get("assignee.post", guide, read).with(Method::Post, body.clone());
    Request::get("assignee.put", path(thread), read)
        .with(Method::Put, body)
        .or_else(by_guide)
}

/// Takes a thread away from whomever it is assigned to.
pub fn unassign(thread: ThreadId) -> Request<()> {
    Request::get("assignee.delete", path(thread), |_| Ok(())).with(Method::Delete, Body::Empty)
}

fn path(thread: ThreadId) -> String {
    format!("conversations/conversations/v3/threads/{thread}/assignee")
}

fn read(body: &Value) -> Result<Option<Thread>, &'static str> {
    Ok(threads::read(body).ok())
}
