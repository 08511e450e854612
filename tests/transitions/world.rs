//! One ticket with its threads, a clock that the test moves, and the two doors of the domain.

use crate::requests::{admin, anna, workflow};
use baton::domain::actor::Requester;
use baton::domain::assess::{AiState, LiveHold, View};
use baton::domain::command::{Ask, Reach, Subject, What};
use baton::domain::decide::reach::Side;
use baton::domain::decide::{
    ClaimDeadline, Context, Decided, Due, Fact, Field, MergedThread, NeedsThread, Verdict, act,
    claim_deadline, decide, due, merge_threads, merge_tickets, move_thread, next_check_at, receive,
};
use baton::domain::facts::Link;
use baton::domain::gate::{Connection, Gate, Mode, Portal, shut_gates};
use baton::domain::hold::{HoldId, HoldName};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::Policies;
use baton::domain::record::{Record, Scope, ThreadRecord, TicketRecord};
use baton::domain::time::{Span, Timestamp};
use uuid::Uuid;

pub const TICKET: TicketId = TicketId(7);
pub const THREAD: ThreadId = ThreadId(71);
pub const SIBLING: ThreadId = ThreadId(72);

/// Where the holds of a test lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    Ticket,
    Thread,
    Both,
}

/// A ticket, its threads and the time.
pub struct World {
    pub scope: Scope,
    /// What may be merged into it.
    pub other: Scope,
    pub portal: Portal,
    pub placement: Placement,
    /// What requests mean unless a test says otherwise.
    pub reach: Reach,
    /// HubSpot's clock less ours.
    pub offset: Span,
    now: Timestamp,
    decisions: u128,
}

/// Runs a claim with its holds on the ticket, on the thread and on both, asked of either.
pub fn on_ticket_thread_and_both(claim: impl Fn(&mut World)) {
    for placement in [Placement::Ticket, Placement::Thread, Placement::Both] {
        for reach in [Reach::AllOpen, Reach::Originating] {
            let mut world = World::new();
            (world.placement, world.reach) = (placement, reach);
            claim(&mut world);
        }
    }
}

impl World {
    /// A ticket with one thread, a connected portal without the loop guard, an hour past nine.
    pub fn new() -> Self {
        let policies = Policies {
            loop_guard: false,
            ..Policies::default()
        };
        let portal = Portal {
            mode: Mode::Live,
            connection: Connection::Connected,
            ai_enabled: true,
            missed_until: None,
            sender_changed_at: None,
            ai_sender: Some(99),
            time_zone: None,
            policies,
        };
        let scope = Scope {
            ticket: Some(TicketRecord::untouched(TICKET)),
            threads: Vec::new(),
        };
        let mut world = Self {
            scope,
            other: Scope {
                ticket: None,
                threads: Vec::new(),
            },
            portal,
            placement: Placement::Ticket,
            reach: Reach::Originating,
            offset: Span::from_millis(0),
            now: Timestamp::from_millis(1_000_000_000_000),
            decisions: 0,
        };
        world.add_thread(THREAD);
        world
    }

    /// The same with a second thread on the ticket.
    pub fn with_sibling() -> Self {
        let mut world = Self::new();
        world.add_thread(SIBLING);
        world
    }

    pub fn add_thread(&mut self, id: ThreadId) {
        self.scope.threads.push(ThreadRecord::untouched(id));
        self.link(id);
    }

    pub fn link(&mut self, thread: ThreadId) -> Decided {
        let at = self.now;
        let ticket = TICKET;
        self.tell(Fact::Linked { thread, ticket, at })
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn later(&mut self, minutes: i64) {
        self.now = self.now + Span::from_minutes(minutes);
    }

    /// A second passes, and something is asked by whoever, of whatever.
    pub fn try_ask(&mut self, ask: &Ask, subject: Subject) -> Result<Decided, NeedsThread> {
        self.now = self.now + Span::from_secs(1);
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        decide(&mut self.scope, subject, ask, &context)
    }

    pub fn ask_of(&mut self, reach: Reach, by: Requester, what: What) -> Decided {
        let ask = Ask::new(what, reach, by);
        let subject = Subject {
            ticket: Some(TICKET),
            thread: self.scope.threads.first().map(|thread| thread.id),
        };
        self.try_ask(&ask, subject).expect("the thread is known")
    }

    /// A workflow asks, of what the test is about.
    pub fn workflow(&mut self, what: What) -> Verdict {
        self.ask_of(self.reach, workflow(), what).verdict
    }

    pub fn admin(&mut self, what: What) -> Verdict {
        self.ask_of(self.reach, admin(), what).verdict
    }

    /// Places a hold wherever the test wants it.
    pub fn given(&mut self, by: &Requester, what: &What) {
        for reach in self.placement.reaches() {
            self.ask_of(*reach, by.clone(), what.clone());
        }
    }

    /// A second passes, and HubSpot tells something.
    pub fn tell(&mut self, fact: Fact) -> Decided {
        self.now = self.now + Span::from_secs(1);
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        receive(&mut self.scope, &fact, &context)
    }

    /// A second passes, and the other ticket is merged into this one.
    pub fn merge_tickets(&mut self) -> Decided {
        self.now = self.now + Span::from_secs(1);
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        let at = self.now;
        merge_tickets(&mut self.scope, self.other.clone(), at, &context)
    }

    /// A second passes, and a thread of the other ticket moves to this one.
    pub fn move_thread(&mut self, id: ThreadId, link: Link) -> Decided {
        self.now = self.now + Span::from_secs(1);
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        let thread = self.other.thread(id).expect("a thread of the other ticket");
        let ticket = self.other.ticket.as_ref();
        let moved = MergedThread { thread, ticket };
        move_thread(&mut self.scope, moved, link, &context)
    }

    /// Lives through something in the other ticket.
    pub fn there(&mut self, lived: impl FnOnce(&mut Self)) {
        std::mem::swap(&mut self.scope, &mut self.other);
        lived(self);
        std::mem::swap(&mut self.scope, &mut self.other);
    }

    /// A second passes, and a thread is merged into one of these.
    pub fn merge_threads(&mut self, survivor: ThreadId, merged: MergedThread<'_>) -> Decided {
        self.now = self.now + Span::from_secs(1);
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        merge_threads(&mut self.scope, survivor, merged, &context)
    }

    /// The owner fields the test is about now name somebody.
    pub fn owner_is(&mut self, owner: &Owner, by: AssignedBy) {
        for field in self.placement.fields() {
            let at = self.now + Span::from_secs(1);
            self.owner_of(*field, owner.clone(), by, at);
        }
    }

    pub fn owner_of(&mut self, field: Field, owner: Owner, by: AssignedBy, at: Timestamp) {
        self.tell(Fact::OwnerChanged {
            field,
            owner,
            by,
            at,
        });
    }

    pub fn anna_takes_it(&mut self) {
        self.owner_is(&anna(), AssignedBy::Hand);
    }

    pub fn nobody_owns_it(&mut self) {
        self.owner_is(&Owner::Nobody, AssignedBy::Hand);
    }

    pub fn assigned_to_ai(&mut self) {
        self.owner_is(&Owner::Ai, AssignedBy::Hand);
    }

    pub fn anna_replies(&mut self) -> Decided {
        self.anna_replied_at(self.now + Span::from_secs(1))
    }

    pub fn anna_replied_at(&mut self, at: Timestamp) -> Decided {
        let actor = "A-anna".to_owned();
        self.tell(Fact::PersonReplied {
            thread: THREAD,
            actor,
            at,
        })
    }

    pub fn customer_writes(&mut self) -> Decided {
        let at = self.now + Span::from_secs(1);
        let message_id = at.to_string();
        self.tell(Fact::CustomerWrote {
            thread: THREAD,
            message_id,
            at,
        })
    }

    pub fn closed(&mut self, field: Field) {
        let at = self.now + Span::from_secs(1);
        self.tell(Fact::Closed { field, at });
    }

    pub fn opened(&mut self, field: Field) {
        let at = self.now + Span::from_secs(1);
        self.tell(Fact::Opened { field, at });
    }

    /// The claim timers of every handoff here run, once each.
    pub fn claim_timers(&mut self) -> Vec<Decided> {
        self.deadlines()
            .into_iter()
            .filter_map(|timer| self.claim_timer(timer))
            .collect()
    }

    pub fn claim_timer(&mut self, timer: ClaimDeadline) -> Option<Decided> {
        self.now = self.now + Span::from_secs(1);
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        claim_deadline(&mut self.scope, timer, &context)
    }

    /// When a timer must look here next.
    pub fn next_check(&self) -> Option<Timestamp> {
        next_check_at(&self.scope, &self.portal.policies, self.now)
    }

    /// What a timer would do now.
    pub fn due(&self) -> Vec<Due> {
        due(&self.scope, &self.portal.policies, self.now)
    }

    /// A timer looks, without any time passing, and does what is due.
    pub fn look(&mut self) -> Vec<Decided> {
        let due = self.due();
        due.into_iter().filter_map(|due| self.act(due)).collect()
    }

    pub fn act(&mut self, due: Due) -> Option<Decided> {
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = self.context(&portal);
        act(&mut self.scope, due, &context)
    }

    pub fn deadlines(&self) -> Vec<ClaimDeadline> {
        let threads = self.scope.threads.iter();
        let sides = threads.map(|thread| (Side::Thread(thread.id), &thread.record));
        let ticket = self
            .scope
            .ticket_record()
            .map(|record| (Side::Ticket, record));
        let of_record = |(side, record): (Side, &Record)| -> Vec<ClaimDeadline> {
            let handoffs = record.holds.iter().filter(|hold| hold.handoff().is_some());
            let ids = handoffs.map(|hold| hold.id);
            ids.map(|hold| ClaimDeadline { side, hold }).collect()
        };
        sides.chain(ticket).flat_map(of_record).collect()
    }

    pub fn another_epoch(&self) -> HoldId {
        HoldId(Uuid::from_u128(u128::MAX))
    }

    pub fn thread(&self, id: ThreadId) -> &ThreadRecord {
        self.scope.thread(id).expect("a thread of this world")
    }

    pub fn view(&self, id: ThreadId) -> View<'_> {
        View {
            thread: &self.thread(id).record,
            ticket: self.scope.ticket_record(),
        }
    }

    pub fn state(&self) -> AiState {
        self.state_of(THREAD)
    }

    pub fn state_of(&self, id: ThreadId) -> AiState {
        self.view(id).assess(self.now).state()
    }

    /// The kinds that are live, the strongest first.
    pub fn live(&self) -> Vec<HoldName> {
        let judged = self.view(THREAD).assess(self.now);
        judged.holds.iter().map(|hold| hold.name).collect()
    }

    pub fn live_hold(&self, name: HoldName) -> Option<LiveHold> {
        self.view(THREAD).assess(self.now).find(name).cloned()
    }

    pub fn gates(&self) -> Vec<Gate> {
        shut_gates(&self.portal, self.view(THREAD), self.now)
    }

    pub fn version(&self) -> i64 {
        self.thread(THREAD).control_version
    }

    /// What a decision of this moment is made in.
    pub fn context<'a>(&self, portal: &'a Portal) -> Context<'a> {
        Context {
            decision: Uuid::from_u128(self.decisions),
            now: self.now,
            placed_at: self.now + self.offset,
            portal,
        }
    }
}

impl Placement {
    pub const fn reaches(self) -> &'static [Reach] {
        match self {
            Self::Ticket => &[Reach::AllOpen],
            Self::Thread => &[Reach::Originating],
            Self::Both => &[Reach::AllOpen, Reach::Originating],
        }
    }

    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Ticket => &[Field::Ticket],
            Self::Thread => &[Field::Thread(THREAD)],
            Self::Both => &[Field::Ticket, Field::Thread(THREAD)],
        }
    }
}
