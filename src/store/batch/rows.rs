//! The rows of a batch, gathered while it folds. `write` turns them into arrays, once.

use super::read::ReceiptKey;
use super::record_columns::{self, Changed, RecordColumns};
use crate::domain::assess::AiState;
use crate::domain::facts::Facts;
use crate::domain::hold::Hold;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::record::{Record, ThreadRecord, TicketRecord};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use serde::Serialize;
use uuid::Uuid;

/// The rows of a batch, in the order in which they were decided.
#[derive(Default)]
pub struct Rows {
    pub(super) tickets: Vec<TicketRow>,
    pub(super) threads: Vec<ThreadRow>,
    pub(super) decisions: Vec<DecisionRow>,
    pub(super) outbox: Vec<OutboxRow>,
    pub(super) receipts: Vec<ReceiptRow>,
}

pub(super) struct TicketRow {
    pub(super) portal_id: i64,
    pub(super) ticket_id: i64,
    pub(super) revision: i64,
    pub(super) position: i64,
    pub(super) decided_at: Option<Timestamp>,
    pub(super) next_check_at: Option<Timestamp>,
    pub(super) columns: RecordColumns,
}

pub(super) struct ThreadRow {
    pub(super) portal_id: i64,
    pub(super) thread_id: i64,
    pub(super) ticket_id: Option<i64>,
    pub(super) state: &'static str,
    pub(super) control_version: i64,
    pub(super) silenced_at_version: i64,
    pub(super) position: i64,
    pub(super) decided_at: Option<Timestamp>,
    pub(super) next_check_at: Option<Timestamp>,
    pub(super) columns: RecordColumns,
}

pub(super) struct DecisionRow {
    pub(super) portal_id: i64,
    pub(super) subject: &'static str,
    pub(super) subject_id: i64,
    pub(super) position: i64,
    pub(super) control_version: Option<i64>,
    pub(super) changed: bool,
    pub(super) decision_id: Uuid,
    pub(super) ticket_id: Option<i64>,
    pub(super) decided_at: Timestamp,
    pub(super) command: String,
    pub(super) outcome: &'static str,
    pub(super) reason_code: &'static str,
    pub(super) state_before: &'static str,
    pub(super) state_after: &'static str,
    pub(super) explanation: String,
    pub(super) facts_after: String,
    pub(super) holds_after: String,
    pub(super) ticket_revision: Option<i64>,
    pub(super) ticket_after: Option<String>,
}

/// An event for the AI platform or an effect for HubSpot.
pub struct OutboxRow {
    /// The portal.
    pub portal: PortalId,
    /// The decision it belongs to.
    pub decision_id: Uuid,
    /// What it is. With the decision, its id.
    pub event_type: &'static str,
    /// The thread, or the ticket.
    pub subject_id: i64,
    /// Who it is for: `ai` or `hubspot`.
    pub destination: &'static str,
    /// The thread's version.
    pub control_version: Option<i64>,
    /// Its content, as JSON.
    pub payload: String,
}

pub(super) struct ReceiptRow {
    pub(super) key: ReceiptKey,
    pub(super) request_hash: [u8; 32],
    pub(super) decision_id: Uuid,
    pub(super) answer: Vec<u8>,
}

/// One line of a timeline.
pub struct Line<'a> {
    /// The portal.
    pub portal: PortalId,
    /// The thread, or the ticket for a command that reached no thread.
    pub subject: LineSubject<'a>,
    /// The ticket it was decided over.
    pub ticket: Option<TicketId>,
    /// Something that matters changed.
    pub changed: bool,
    /// The command's one decision.
    pub decision_id: Uuid,
    /// When, by the database's clock.
    pub decided_at: Timestamp,
    /// What was asked and by whom, as JSON.
    pub command: &'a str,
    /// What became of it.
    pub outcome: &'static str,
    /// Why.
    pub reason_code: &'static str,
    /// The state before.
    pub before: AiState,
    /// The state after.
    pub after: AiState,
    /// One sentence.
    pub explanation: &'a str,
    /// The ticket's record, where this decision changed it.
    pub ticket_after: Option<&'a TicketRecord>,
}

/// Whose timeline a line belongs to, with the record after.
pub enum LineSubject<'a> {
    /// A thread's.
    Thread(&'a ThreadRecord),
    /// A ticket's own.
    Ticket(&'a TicketRecord),
}

/// How far the rows of a batch had come; see [`Rows::back_to`].
#[derive(Clone, Copy)]
pub struct Mark {
    decisions: usize,
    outbox: usize,
    receipts: usize,
}

/// The column `ticket_after`.
#[derive(Serialize)]
struct TicketAfter<'a> {
    facts: &'a Facts,
    holds: &'a [Hold],
}

impl Rows {
    /// A ticket's record as it is now, and which of its columns that changed. Once for each ticket,
    /// when all is folded.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if the record has no JSON form.
    pub fn ticket(
        &mut self,
        portal: PortalId,
        ticket: &TicketRecord,
        changed: Changed,
    ) -> Result<(), StoreError> {
        let columns = record_columns::write(&ticket.record, changed)?;
        self.tickets.push(TicketRow {
            portal_id: portal.0,
            ticket_id: ticket.id.0,
            revision: ticket.revision,
            position: ticket.position,
            decided_at: ticket.decided_at,
            next_check_at: ticket.next_check_at,
            columns,
        });
        Ok(())
    }

    /// A thread's record as it is now, which of its columns that changed, and the state it was last
    /// decided to show. Once for each, when all is folded.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if the record has no JSON form.
    pub fn thread(
        &mut self,
        portal: PortalId,
        thread: &ThreadRecord,
        changed: Changed,
        state: AiState,
    ) -> Result<(), StoreError> {
        let columns = record_columns::write(&thread.record, changed)?;
        self.threads.push(ThreadRow {
            portal_id: portal.0,
            thread_id: thread.id.0,
            ticket_id: thread.ticket().map(|id| id.0),
            state: state.name(),
            control_version: thread.control_version,
            silenced_at_version: thread.silenced_at_version,
            position: thread.position,
            decided_at: thread.decided_at,
            next_check_at: thread.next_check_at,
            columns,
        });
        Ok(())
    }

    /// A line of a timeline.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if a record has no JSON form.
    pub fn line(&mut self, line: &Line<'_>) -> Result<(), StoreError> {
        let (subject, subject_id, position, control_version) = match line.subject {
            LineSubject::Thread(thread) => {
                let version = Some(thread.control_version);
                ("thread", thread.id.0, thread.position, version)
            }
            LineSubject::Ticket(ticket) => ("ticket", ticket.id.0, ticket.position, None),
        };
        let record = line.subject.record();
        let ticket_after = line.ticket_after.map(|ticket| {
            record_columns::json(&TicketAfter {
                facts: &ticket.record.facts,
                holds: &ticket.record.holds,
            })
        });
        self.decisions.push(DecisionRow {
            portal_id: line.portal.0,
            subject,
            subject_id,
            position,
            control_version,
            changed: line.changed,
            decision_id: line.decision_id,
            ticket_id: line.ticket.map(|ticket| ticket.0),
            decided_at: line.decided_at,
            command: line.command.to_owned(),
            outcome: line.outcome,
            reason_code: line.reason_code,
            state_before: line.before.name(),
            state_after: line.after.name(),
            explanation: line.explanation.to_owned(),
            facts_after: record_columns::json(&record.facts)?,
            holds_after: record_columns::json(&record.holds)?,
            ticket_revision: line.ticket_after.map(|ticket| ticket.revision),
            ticket_after: ticket_after.transpose()?,
        });
        Ok(())
    }

    /// An event or an effect.
    pub fn outbox(&mut self, row: OutboxRow) {
        self.outbox.push(row);
    }

    /// A receipt with the bytes of its answer.
    pub fn receipt(
        &mut self,
        key: &ReceiptKey,
        request_hash: [u8; 32],
        decision_id: Uuid,
        answer: &[u8],
    ) {
        self.receipts.push(ReceiptRow {
            key: key.clone(),
            request_hash,
            decision_id,
            answer: answer.to_vec(),
        });
    }

    /// How far they have come.
    pub fn mark(&self) -> Mark {
        Mark {
            decisions: self.decisions.len(),
            outbox: self.outbox.len(),
            receipts: self.receipts.len(),
        }
    }

    /// Forgets what a command gathered that did not come to its end.
    pub fn back_to(&mut self, mark: Mark) {
        self.decisions.truncate(mark.decisions);
        self.outbox.truncate(mark.outbox);
        self.receipts.truncate(mark.receipts);
    }

    /// True when there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
            && self.threads.is_empty()
            && self.decisions.is_empty()
            && self.outbox.is_empty()
            && self.receipts.is_empty()
    }
}

impl<'a> LineSubject<'a> {
    fn record(&self) -> &'a Record {
        match self {
            Self::Thread(thread) => &thread.record,
            Self::Ticket(ticket) => &ticket.record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_forgets_what_came_after_the_mark_and_nothing_before() {
        let (portal, decision_id) = (PortalId(1), Uuid::nil());
        let ticket = TicketRecord::untouched(TicketId(2));
        let gather = |rows: &mut Rows| {
            let line = Line {
                portal,
                subject: LineSubject::Ticket(&ticket),
                ticket: Some(ticket.id),
                changed: true,
                decision_id,
                decided_at: Timestamp::from_millis(0),
                command: "{}",
                outcome: "applied",
                reason_code: "APPLIED",
                before: AiState::AiActive,
                after: AiState::AiPaused,
                explanation: "",
                ticket_after: None,
            };
            rows.line(&line).unwrap();
            rows.outbox(OutboxRow {
                portal,
                decision_id,
                event_type: "control.changed",
                subject_id: 2,
                destination: "ai",
                control_version: None,
                payload: "{}".to_owned(),
            });
            let key = ReceiptKey::callback(portal, "a");
            rows.receipt(&key, [0; 32], decision_id, b"{}");
        };
        let mut rows = Rows::default();
        gather(&mut rows);
        let mark = rows.mark();
        gather(&mut rows);

        rows.back_to(mark);

        assert_eq!(rows.decisions.len(), 1);
        assert_eq!(rows.outbox.len(), 1);
        assert_eq!(rows.receipts.len(), 1);
    }
}
