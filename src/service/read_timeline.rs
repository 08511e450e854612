//! Timelines by pages, the newest line first.

use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::store::decisions::{self, Line, TicketCursor};
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use serde::Serialize;
use std::sync::Arc;

/// A page of a timeline.
#[derive(Debug, Serialize)]
pub struct Timeline {
    decisions: Vec<LineShown>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A page of a timeline, as the store has it.
pub struct Lines {
    /// Its lines, the newest first.
    pub lines: Vec<Line>,
    /// Where the next page begins; none on the last.
    pub next_cursor: Option<String>,
}

#[derive(Debug, Serialize)]
struct LineShown {
    decision_id: String,
    thread_id: Option<String>,
    ticket_id: Option<String>,
    control_version: Option<i64>,
    changed: bool,
    decided_at: String,
    action: serde_json::Value,
    by: serde_json::Value,
    outcome: String,
    reason_code: String,
    state_before: String,
    state_after: String,
    explanation: String,
    command: serde_json::Value,
}

/// Lines on one page, at most.
pub const MOST_LINES: i32 = 200;
/// Lines on one page, unless asked otherwise.
pub const USUAL_LINES: i32 = 50;

/// A cursor that this Baton never gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a cursor from an earlier page of the same timeline")]
pub struct NotACursor;

/// A conversation's timeline.
///
/// # Errors
/// Those of the database.
pub async fn of_thread(
    store: &Arc<Store>,
    portal: PortalId,
    thread: ThreadId,
    before: Option<i64>,
    most: i32,
) -> Result<Timeline, StoreError> {
    let page = lines_of_thread(store, portal, thread, before, most);
    Ok(page.await?.into())
}

/// The same, as the store has it.
///
/// # Errors
/// Those of the database.
pub async fn lines_of_thread(
    store: &Arc<Store>,
    portal: PortalId,
    thread: ThreadId,
    before: Option<i64>,
    most: i32,
) -> Result<Lines, StoreError> {
    let most = most.clamp(1, MOST_LINES);
    let lines = read(store, move |conn| {
        decisions::of_thread(conn, portal, thread, before, most + 1)
    });
    Ok(page(lines.await?, most, |line| line.position.to_string()))
}

/// A ticket's timeline: its own lines and those of its conversations.
///
/// # Errors
/// Those of the database.
pub async fn of_ticket(
    store: &Arc<Store>,
    portal: PortalId,
    ticket: TicketId,
    after: Option<TicketCursor>,
    most: i32,
) -> Result<Timeline, StoreError> {
    Ok(lines_of_ticket(store, portal, ticket, after, most)
        .await?
        .into())
}

/// The same, as the store has it.
///
/// # Errors
/// Those of the database.
pub async fn lines_of_ticket(
    store: &Arc<Store>,
    portal: PortalId,
    ticket: TicketId,
    after: Option<TicketCursor>,
    most: i32,
) -> Result<Lines, StoreError> {
    let most = most.clamp(1, MOST_LINES);
    let lines = read(store, move |conn| {
        decisions::of_ticket(conn, portal, ticket, after, most + 1)
    });
    Ok(page(lines.await?, most, |line| {
        let micros = line.decided_at.timestamp_micros();
        let subject = i32::from(line.subject == "ticket");
        format!("{micros}.{subject}.{}.{}", line.subject_id, line.position)
    }))
}

/// Reads the cursor of a conversation's timeline.
///
/// # Errors
/// [`NotACursor`].
pub fn thread_cursor(text: &str) -> Result<i64, NotACursor> {
    let position = text.parse().ok().filter(|position| *position > 0);
    position.ok_or(NotACursor)
}

/// Reads the cursor of a ticket's timeline.
///
/// # Errors
/// [`NotACursor`].
pub fn ticket_cursor(text: &str) -> Result<TicketCursor, NotACursor> {
    let mut parts = text.split('.').map(str::parse::<i64>);
    let mut next = || parts.next().and_then(Result::ok).ok_or(NotACursor);
    let cursor = TicketCursor {
        decided_at_micros: next()?,
        subject: i32::try_from(next()?).map_err(|_| NotACursor)?,
        subject_id: next()?,
        position: next()?,
    };
    if next().is_ok() {
        Err(NotACursor)
    } else {
        Ok(cursor)
    }
}

fn page(mut lines: Vec<Line>, most: i32, cursor: impl Fn(&Line) -> String) -> Lines {
    let most = usize::try_from(most).unwrap_or_default();
    let has_more = lines.len() > most;
    lines.truncate(most);
    let next_cursor = lines.last().filter(|_| has_more).map(cursor);
    Lines { lines, next_cursor }
}

impl From<Lines> for Timeline {
    fn from(page: Lines) -> Self {
        Self {
            decisions: page.lines.into_iter().map(show).collect(),
            next_cursor: page.next_cursor,
        }
    }
}

fn show(line: Line) -> LineShown {
    let field = |name: &str| line.command.get(name).cloned().unwrap_or_default();
    let is_thread = line.subject == "thread";
    let what = field("what");
    let action = what
        .get("action")
        .cloned()
        .or_else(|| line.command.get("fact").cloned())
        .or_else(|| line.command.get("timer").map(|_| "timer".into()));
    LineShown {
        decision_id: line.decision_id.to_string(),
        thread_id: is_thread.then(|| line.subject_id.to_string()),
        ticket_id: line.ticket_id.map(|id| id.to_string()),
        control_version: line.control_version,
        changed: line.changed,
        decided_at: line
            .decided_at
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        action: action.unwrap_or_default(),
        by: field("by"),
        outcome: line.outcome,
        reason_code: line.reason_code,
        state_before: line.state_before,
        state_after: line.state_after,
        explanation: line.explanation,
        command: line.command,
    }
}
