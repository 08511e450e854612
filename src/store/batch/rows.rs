//! The rows of a batch, column by column, as the statement in `write` takes them.

use super::read::ReceiptKey;
use super::record_columns;
use crate::domain::assess::AiState;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::record::{ThreadRecord, TicketRecord};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The rows of a batch, column by column, as the statement takes them.
#[derive(Default)]
pub struct Rows {
    pub(super) tickets: TicketRows,
    pub(super) threads: ThreadRows,
    pub(super) decisions: DecisionRows,
    pub(super) outbox: OutboxRows,
    pub(super) receipts: ReceiptRows,
}

#[derive(Default)]
pub(super) struct TicketRows {
    pub(super) portal_id: Vec<i64>,
    pub(super) ticket_id: Vec<i64>,
    pub(super) revision: Vec<i64>,
    pub(super) position: Vec<i64>,
    pub(super) decided_at: Vec<Option<DateTime<Utc>>>,
    pub(super) facts: Vec<String>,
    pub(super) holds: Vec<String>,
    pub(super) upkeep: Vec<String>,
}

#[derive(Default)]
pub(super) struct ThreadRows {
    pub(super) portal_id: Vec<i64>,
    pub(super) thread_id: Vec<i64>,
    pub(super) ticket_id: Vec<Option<i64>>,
    pub(super) state: Vec<&'static str>,
    pub(super) control_version: Vec<i64>,
    pub(super) silenced_at_version: Vec<i64>,
    pub(super) position: Vec<i64>,
    pub(super) decided_at: Vec<Option<DateTime<Utc>>>,
    pub(super) facts: Vec<String>,
    pub(super) holds: Vec<String>,
    pub(super) upkeep: Vec<String>,
}

#[derive(Default)]
pub(super) struct DecisionRows {
    pub(super) portal_id: Vec<i64>,
    pub(super) subject: Vec<&'static str>,
    pub(super) subject_id: Vec<i64>,
    pub(super) position: Vec<i64>,
    pub(super) control_version: Vec<Option<i64>>,
    pub(super) changed: Vec<bool>,
    pub(super) decision_id: Vec<Uuid>,
    pub(super) ticket_id: Vec<Option<i64>>,
    pub(super) decided_at: Vec<DateTime<Utc>>,
    pub(super) command: Vec<String>,
    pub(super) outcome: Vec<&'static str>,
    pub(super) reason_code: Vec<&'static str>,
    pub(super) state_before: Vec<&'static str>,
    pub(super) state_after: Vec<&'static str>,
    pub(super) explanation: Vec<String>,
    pub(super) facts_after: Vec<String>,
    pub(super) holds_after: Vec<String>,
    pub(super) ticket_revision: Vec<Option<i64>>,
    pub(super) ticket_after: Vec<Option<String>>,
}

#[derive(Default)]
pub(super) struct OutboxRows {
    pub(super) portal_id: Vec<i64>,
    pub(super) decision_id: Vec<Uuid>,
    pub(super) event_type: Vec<&'static str>,
    pub(super) subject_id: Vec<i64>,
    pub(super) destination: Vec<&'static str>,
    pub(super) control_version: Vec<Option<i64>>,
    pub(super) payload: Vec<String>,
}

#[derive(Default)]
pub(super) struct ReceiptRows {
    pub(super) portal_id: Vec<i64>,
    pub(super) source: Vec<&'static str>,
    pub(super) key: Vec<String>,
    pub(super) request_hash: Vec<Vec<u8>>,
    pub(super) decision_id: Vec<Uuid>,
    pub(super) answer: Vec<Vec<u8>>,
}

/// One line of a timeline.
pub struct DecisionRow<'a> {
    /// The portal.
    pub portal: PortalId,
    /// The thread, or the ticket for a command that reached no thread.
    pub subject: DecisionSubject<'a>,
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
pub enum DecisionSubject<'a> {
    /// A thread's.
    Thread(&'a ThreadRecord),
    /// A ticket's own.
    Ticket(&'a TicketRecord),
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

impl Rows {
    /// A ticket's record as it is now. Once for each ticket.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if the record has no JSON form.
    pub fn ticket(&mut self, portal: PortalId, ticket: &TicketRecord) -> Result<(), StoreError> {
        let (facts, holds, upkeep) = record_columns::write(&ticket.record)?;
        let rows = &mut self.tickets;
        rows.portal_id.push(portal.0);
        rows.ticket_id.push(ticket.id.0);
        rows.revision.push(ticket.revision);
        rows.position.push(ticket.position);
        rows.decided_at
            .push(ticket.decided_at.map(Timestamp::to_utc));
        rows.facts.push(facts);
        rows.holds.push(holds);
        rows.upkeep.push(upkeep);
        Ok(())
    }

    /// A thread's record as it is now, and the state it was last decided to show. Once for each.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if the record has no JSON form.
    pub fn thread(
        &mut self,
        portal: PortalId,
        thread: &ThreadRecord,
        state: AiState,
    ) -> Result<(), StoreError> {
        let (facts, holds, upkeep) = record_columns::write(&thread.record)?;
        let rows = &mut self.threads;
        rows.portal_id.push(portal.0);
        rows.thread_id.push(thread.id.0);
        rows.ticket_id.push(thread.ticket().map(|id| id.0));
        rows.state.push(state.name());
        rows.control_version.push(thread.control_version);
        rows.silenced_at_version.push(thread.silenced_at_version);
        rows.position.push(thread.position);
        rows.decided_at
            .push(thread.decided_at.map(Timestamp::to_utc));
        rows.facts.push(facts);
        rows.holds.push(holds);
        rows.upkeep.push(upkeep);
        Ok(())
    }

    /// A line of a timeline.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if a record has no JSON form.
    pub fn decision(&mut self, row: &DecisionRow<'_>) -> Result<(), StoreError> {
        let (subject, subject_id, position, version, record) = match row.subject {
            DecisionSubject::Thread(thread) => {
                let version = Some(thread.control_version);
                (
                    "thread",
                    thread.id.0,
                    thread.position,
                    version,
                    &thread.record,
                )
            }
            DecisionSubject::Ticket(ticket) => {
                ("ticket", ticket.id.0, ticket.position, None, &ticket.record)
            }
        };
        let ticket_after = row.ticket_after.map(|ticket| {
            let after = (&ticket.record.facts, &ticket.record.holds);
            record_columns::json(&serde_json::json!({ "facts": after.0, "holds": after.1 }))
        });
        let rows = &mut self.decisions;
        rows.facts_after.push(record_columns::json(&record.facts)?);
        rows.holds_after.push(record_columns::json(&record.holds)?);
        rows.ticket_after.push(ticket_after.transpose()?);
        rows.ticket_revision
            .push(row.ticket_after.map(|ticket| ticket.revision));
        rows.portal_id.push(row.portal.0);
        rows.subject.push(subject);
        rows.subject_id.push(subject_id);
        rows.position.push(position);
        rows.control_version.push(version);
        rows.changed.push(row.changed);
        rows.decision_id.push(row.decision_id);
        rows.ticket_id.push(row.ticket.map(|ticket| ticket.0));
        rows.decided_at.push(row.decided_at.to_utc());
        rows.command.push(row.command.to_owned());
        rows.outcome.push(row.outcome);
        rows.reason_code.push(row.reason_code);
        rows.state_before.push(row.before.name());
        rows.state_after.push(row.after.name());
        rows.explanation.push(row.explanation.to_owned());
        Ok(())
    }

    /// An event or an effect.
    pub fn outbox(&mut self, row: OutboxRow) {
        let rows = &mut self.outbox;
        rows.portal_id.push(row.portal.0);
        rows.decision_id.push(row.decision_id);
        rows.event_type.push(row.event_type);
        rows.subject_id.push(row.subject_id);
        rows.destination.push(row.destination);
        rows.control_version.push(row.control_version);
        rows.payload.push(row.payload);
    }

    /// A receipt with the bytes of its answer.
    pub fn receipt(
        &mut self,
        key: &ReceiptKey,
        request_hash: &[u8; 32],
        decision_id: Uuid,
        answer: &[u8],
    ) {
        let rows = &mut self.receipts;
        rows.portal_id.push(key.portal.0);
        rows.source.push(key.source.name());
        rows.key.push(key.key.clone());
        rows.request_hash.push(request_hash.to_vec());
        rows.decision_id.push(decision_id);
        rows.answer.push(answer.to_vec());
    }

    /// Adds the rows of another command.
    pub fn append(&mut self, other: Self) {
        self.tickets.append(other.tickets);
        self.threads.append(other.threads);
        self.decisions.append(other.decisions);
        self.outbox.append(other.outbox);
        self.receipts.append(other.receipts);
    }

    /// True when there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.tickets.portal_id.is_empty()
            && self.threads.portal_id.is_empty()
            && self.decisions.portal_id.is_empty()
            && self.outbox.portal_id.is_empty()
            && self.receipts.portal_id.is_empty()
    }
}

impl TicketRows {
    fn append(&mut self, mut other: Self) {
        self.portal_id.append(&mut other.portal_id);
        self.ticket_id.append(&mut other.ticket_id);
        self.revision.append(&mut other.revision);
        self.position.append(&mut other.position);
        self.decided_at.append(&mut other.decided_at);
        self.facts.append(&mut other.facts);
        self.holds.append(&mut other.holds);
        self.upkeep.append(&mut other.upkeep);
    }
}

impl ThreadRows {
    fn append(&mut self, mut other: Self) {
        self.portal_id.append(&mut other.portal_id);
        self.thread_id.append(&mut other.thread_id);
        self.ticket_id.append(&mut other.ticket_id);
        self.state.append(&mut other.state);
        self.control_version.append(&mut other.control_version);
        self.silenced_at_version
            .append(&mut other.silenced_at_version);
        self.position.append(&mut other.position);
        self.decided_at.append(&mut other.decided_at);
        self.facts.append(&mut other.facts);
        self.holds.append(&mut other.holds);
        self.upkeep.append(&mut other.upkeep);
    }
}

impl DecisionRows {
    fn append(&mut self, mut other: Self) {
        self.portal_id.append(&mut other.portal_id);
        self.subject.append(&mut other.subject);
        self.subject_id.append(&mut other.subject_id);
        self.position.append(&mut other.position);
        self.control_version.append(&mut other.control_version);
        self.changed.append(&mut other.changed);
        self.decision_id.append(&mut other.decision_id);
        self.ticket_id.append(&mut other.ticket_id);
        self.decided_at.append(&mut other.decided_at);
        self.command.append(&mut other.command);
        self.outcome.append(&mut other.outcome);
        self.reason_code.append(&mut other.reason_code);
        self.state_before.append(&mut other.state_before);
        self.state_after.append(&mut other.state_after);
        self.explanation.append(&mut other.explanation);
        self.facts_after.append(&mut other.facts_after);
        self.holds_after.append(&mut other.holds_after);
        self.ticket_revision.append(&mut other.ticket_revision);
        self.ticket_after.append(&mut other.ticket_after);
    }
}

impl OutboxRows {
    fn append(&mut self, mut other: Self) {
        self.portal_id.append(&mut other.portal_id);
        self.decision_id.append(&mut other.decision_id);
        self.event_type.append(&mut other.event_type);
        self.subject_id.append(&mut other.subject_id);
        self.destination.append(&mut other.destination);
        self.control_version.append(&mut other.control_version);
        self.payload.append(&mut other.payload);
    }
}

impl ReceiptRows {
    fn append(&mut self, mut other: Self) {
        self.portal_id.append(&mut other.portal_id);
        self.source.append(&mut other.source);
        self.key.append(&mut other.key);
        self.request_hash.append(&mut other.request_hash);
        self.decision_id.append(&mut other.decision_id);
        self.answer.append(&mut other.answer);
    }
}
