//! A thread and the tickets that it moves between, told of facts and asked for things as the decider
//! and the service do it.

use baton::domain::assess::{AiState, View};
use baton::domain::command::{Ask, Subject, What};
use baton::domain::decide::{
    Context, Fact, MergedThread, decide, hear_of_left, move_thread, moves, receive, refuse,
};
use baton::domain::facts::Link;
use baton::domain::gate::Portal;
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::record::{Scope, ThreadRecord, TicketRecord};
use baton::domain::time::Timestamp;
use uuid::Uuid;

pub const THREAD: ThreadId = ThreadId(9);
pub const TICKETS: usize = 3;

/// A thread and the tickets it may belong to.
pub struct World {
    tickets: Vec<TicketRecord>,
    pub thread: ThreadRecord,
    decisions: u128,
    /// What is added to our clock for HubSpot's.
    pub offset: i64,
    portal: Portal,
}

pub fn ticket(place: usize) -> TicketId {
    TicketId(1 + i64::try_from(place).expect("few"))
}

impl World {
    pub fn new() -> Self {
        let tickets = (0..TICKETS).map(|place| TicketRecord::untouched(ticket(place)));
        Self {
            tickets: tickets.collect(),
            thread: ThreadRecord::untouched(THREAD),
            decisions: 0,
            offset: 0,
            portal: Portal::unknown(),
        }
    }

    fn record(&self, id: TicketId) -> &TicketRecord {
        let mut tickets = self.tickets.iter();
        tickets.find(|ticket| ticket.id == id).expect("one of them")
    }

    /// The ticket with the thread, where it belongs to it.
    fn scope(&self, id: Option<TicketId>) -> Scope {
        let is_of_it = id.is_none() || self.thread.ticket() == id;
        Scope {
            ticket: id.map(|id| self.record(id).clone()),
            threads: is_of_it.then(|| self.thread.clone()).into_iter().collect(),
        }
    }

    fn keep(&mut self, scope: Scope) {
        if let Some(kept) = scope.ticket {
            self.tickets.retain(|ticket| ticket.id != kept.id);
            self.tickets.push(kept);
        }
        if let Some(thread) = scope.threads.into_iter().next() {
            self.thread = thread;
        }
    }

    /// Tells a fact as the decider and the service do: first itself, then what it means for the
    /// thread by the tickets that it left.
    pub fn tell(&mut self, fact: &Fact, of: Option<TicketId>, now: i64) {
        let portal = self.portal.clone();
        let context = self.next(now, &portal);
        let own = self.thread.ticket();
        if let Fact::Linked { ticket, at, .. } = fact {
            let link = Link::told(*ticket, *at);
            let left = own.map(|own| self.record(own).clone());
            let thread = self.thread.clone();
            let moved = MergedThread {
                thread: &thread,
                ticket: left.as_ref(),
            };
            let mut scope = self.scope(Some(own.unwrap_or(*ticket)));
            if moves(moved, link) {
                scope = self.scope(Some(*ticket));
                move_thread(&mut scope, moved, link, &context);
            } else {
                scope.threads = vec![thread];
                receive(&mut scope, fact, &context);
            }
            self.keep(scope);
            for (left, _) in self.thread.record.facts.left() {
                self.hear(left, &context);
            }
            return;
        }
        let mut scope = self.scope(of.or(own));
        receive(&mut scope, fact, &context);
        self.keep(scope);
        if let (Some(id), Some(owned_at)) = (of, fact.ticket_owned_at()) {
            let left = self.thread.record.facts.left();
            if left.iter().any(|(left, at)| *left == id && *at >= owned_at) {
                self.hear(id, &context);
            }
        }
    }

    /// Asks as the decider does, of a ticket, of the thread, or of both.
    pub fn ask(&mut self, subject: Subject, ask: &Ask, now: i64) {
        let portal = self.portal.clone();
        let context = self.next(now, &portal);
        let own = self.thread.ticket();
        let is_elsewhere = subject.thread.is_some()
            && subject
                .ticket
                .is_some_and(|ticket| own.is_some_and(|own| own != ticket));
        // What silences counts for the thread that is named, whatever its ticket is.
        let silences = matches!(ask.what, What::Pause(_) | What::RequestHandoff(_));
        let by_thread = is_elsewhere && silences;
        let mut scope = self.scope(subject.ticket.filter(|_| !by_thread).or(own));
        if is_elsewhere && !silences {
            let verdict = (Outcome::Refused, ReasonCode::ConversationAmbiguous);
            refuse(&mut scope, subject, verdict, &context);
        } else {
            if subject.thread.is_some() {
                scope.threads = vec![self.thread.clone()];
            }
            // Send to AI for a ticket without a conversation changes nothing.
            drop(decide(&mut scope, subject, ask, &context));
        }
        self.keep(scope);
    }

    fn next<'a>(&mut self, now: i64, portal: &'a Portal) -> Context<'a> {
        self.decisions += 1;
        Context {
            decision: Uuid::from_u128(self.decisions),
            now: Timestamp::from_millis(now),
            placed_at: Timestamp::from_millis(now + self.offset),
            portal,
        }
    }

    fn hear(&mut self, left: TicketId, context: &Context<'_>) {
        let ticket = &self.record(left).clone();
        let mut scope = self.scope(self.thread.ticket());
        hear_of_left(&mut scope, THREAD, ticket, context);
        self.keep(scope);
    }

    pub fn state(&self, at: i64) -> AiState {
        let ticket = self.thread.ticket().map(|id| &self.record(id).record);
        let view = View {
            thread: &self.thread.record,
            ticket,
        };
        view.assess(Timestamp::from_millis(at)).state()
    }
}
