//! The rules under test: three records, fed through the domain's three doors.

use crate::judgement::Silence;
use crate::operation::{Asking, Change, FIRST, MINUTE, News, Place, SECOND, TICKET, Wish};
use baton::domain::actor::{Authority, Requester};
use baton::domain::alerts::Unattended;
use baton::domain::assess::{AiState, View};
use baton::domain::command::{
    Ask, Pause, Reach, RequestHandoff, ResponseMode, Resume, SendToAi, Subject, What,
};
use baton::domain::decide::reach::Side;
use baton::domain::decide::{
    ClaimDeadline, Context, Due, Effect, Fact, Field, Row, Verdict, act, claim_deadline, decide,
    due, next_check_at, receive,
};
use baton::domain::gate::{Connection, Gate, Mode, Portal, shut_gates};
use baton::domain::hold::{HoldId, Priority};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::record::{Scope, ThreadRecord, TicketRecord};
use baton::domain::time::{Span, Timestamp};
use uuid::Uuid;

const TICKET_ID: TicketId = TicketId(7);

pub const fn thread_id(place: Place) -> ThreadId {
    ThreadId(70 + place as i64)
}

/// What one command is decided over.
#[derive(Clone, Copy, Debug)]
pub struct Scoped {
    has_ticket: bool,
    is_second: bool,
}

#[derive(Clone)]
pub struct Service {
    pub portal: Portal,
    pub ticket: TicketRecord,
    pub first: ThreadRecord,
    pub second: ThreadRecord,
    decisions: u128,
    /// The handoffs placed so far, with the record that holds each.
    handoffs: Vec<ClaimDeadline>,
    now: i64,
    clock: i64,
}

impl Service {
    pub fn new(now: i64) -> Self {
        let portal = Portal {
            mode: Mode::Live,
            connection: Connection::Connected,
            ai_enabled: true,
            missed_until: None,
            sender_changed_at: None,
            ai_sender: Some(99),
            time_zone: None,
            policies: Default::default(),
        };
        let mut service = Self {
            portal,
            ticket: TicketRecord::untouched(TICKET_ID),
            first: ThreadRecord::untouched(thread_id(FIRST)),
            second: ThreadRecord::untouched(thread_id(SECOND)),
            decisions: 0,
            handoffs: Vec::new(),
            now,
            clock: now,
        };
        service.link(FIRST);
        service
    }

    /// The same with ids of its own for what it decides.
    pub fn numbered_from(mut self, thousand: u128) -> Self {
        self.decisions = thousand * 1_000;
        self
    }

    pub fn at(&mut self, now: i64, clock: i64) {
        (self.now, self.clock) = (now, clock);
    }

    pub fn second_is_linked(&self) -> bool {
        self.second.ticket().is_some()
    }

    pub fn change(&mut self, change: Change) {
        let policies = &mut self.portal.policies;
        match change {
            Change::Takeover(allowed) => policies.allow_workflow_takeover = allowed,
            Change::Window(window) => policies.reply_window = window,
            Change::Grace(grace) => policies.human_grace = grace,
            Change::Unassign(policy) => policies.after_human_unassign = policy,
            Change::Automation(policy) => policies.assigned_by_automation = policy,
            Change::Reopen(policy) => policies.on_reopen_owned = policy,
        }
    }

    pub fn ask(&mut self, asking: &Asking) -> (Verdict, Vec<Row>) {
        let links = asking.names_ticket || self.second_is_linked();
        let (ticket, thread, reach) = match asking.of {
            TICKET => (Some(TICKET_ID), None, Reach::AllOpen),
            SECOND if !links => (None, Some(SECOND), Reach::Thread(thread_id(SECOND))),
            place => (Some(TICKET_ID), Some(place), Reach::Originating),
        };
        let subject = Subject {
            ticket,
            thread: thread.map(thread_id),
        };
        let by = Requester {
            authority: asking.by,
            workflow: None,
            name: None,
        };
        let ask = Ask {
            dry_run: asking.dry_run,
            ..Ask::new(what(asking.what), reach, by)
        };
        let includes_second = asking.of == SECOND;
        let places = matches!(asking.what, Wish::Handoff { .. }) && !asking.dry_run;
        let (decided, decision) =
            self.with_scope(ticket.is_some(), includes_second, |scope, ctx| {
                let decided = decide(scope, subject, &ask, ctx).expect("the thread is known");
                (decided, ctx.decision)
            });
        if places {
            let side = match asking.of {
                TICKET => Side::Ticket,
                place => Side::Thread(thread_id(place)),
            };
            let hold = HoldId(decision);
            self.handoffs.push(ClaimDeadline { side, hold });
        }
        (decided.verdict, decided.rows)
    }

    pub fn tell(&mut self, news: &News, at: i64) -> Vec<Row> {
        let at = Timestamp::from_millis(at);
        let field = |place: Place| match place {
            TICKET => Field::Ticket,
            place => Field::Thread(thread_id(place)),
        };
        let (place, fact) = match news.clone() {
            News::Owner(place, owner, by) => {
                let field = field(place);
                let fact = Fact::OwnerChanged {
                    field,
                    owner,
                    by,
                    at,
                };
                (place, fact)
            }
            News::Reply(place) => {
                let thread = thread_id(place);
                let actor = "A-1".to_owned();
                (place, Fact::PersonReplied { thread, actor, at })
            }
            News::OtherAi(place) => {
                let thread = thread_id(place);
                (place, Fact::OtherAiWrote { thread, at })
            }
            News::Customer(place) => {
                let thread = thread_id(place);
                let message_id = at.to_string();
                let fact = Fact::CustomerWrote {
                    thread,
                    message_id,
                    at,
                };
                (place, fact)
            }
            News::AiReply(place) => {
                let thread = thread_id(place);
                (place, Fact::AiReplied { thread, at })
            }
            News::Closed(place) => {
                let field = field(place);
                (place, Fact::Closed { field, at })
            }
            News::Opened(place) => {
                let field = field(place);
                (place, Fact::Opened { field, at })
            }
        };
        let has_ticket = place != SECOND || self.second_is_linked();
        self.with_scope(has_ticket, place == SECOND, |scope, ctx| {
            receive(scope, &fact, ctx).rows
        })
    }

    pub fn link(&mut self, place: Place) -> Vec<Row> {
        let fact = Fact::Linked {
            thread: thread_id(place),
            ticket: TICKET_ID,
            at: Timestamp::from_millis(self.now),
        };
        self.with_scope(true, place == SECOND, |scope, ctx| {
            receive(scope, &fact, ctx).rows
        })
    }

    pub fn timer(&mut self, handoff: usize, other_epoch: bool) -> Vec<Row> {
        let Some(timer) = self.handoffs.get(handoff).copied() else {
            return Vec::new();
        };
        let timer = ClaimDeadline {
            hold: if other_epoch {
                HoldId(Uuid::from_u128(u128::MAX))
            } else {
                timer.hold
            },
            ..timer
        };
        let is_second = timer.side == Side::Thread(thread_id(SECOND));
        let has_ticket = !is_second || self.second_is_linked();
        self.with_scope(has_ticket, is_second, |scope, ctx| {
            claim_deadline(scope, timer, ctx).map_or_else(Vec::new, |decided| decided.rows)
        })
    }

    /// What a timer would do now.
    pub fn due(&mut self) -> Vec<(Scoped, Due)> {
        let mut found = Vec::new();
        for scoped in self.scopes() {
            let due = self.with_scope(scoped.has_ticket, scoped.is_second, |scope, ctx| {
                due(scope, &ctx.portal.policies, ctx.now)
            });
            found.extend(due.into_iter().map(|due| (scoped, due)));
        }
        found
    }

    pub fn next_check(&mut self) -> Option<i64> {
        let scopes = self.scopes().into_iter();
        let times = scopes.filter_map(|scoped| {
            self.with_scope(scoped.has_ticket, scoped.is_second, |scope, ctx| {
                next_check_at(scope, &ctx.portal.policies, ctx.now)
            })
        });
        times.min().map(Timestamp::as_millis)
    }

    /// Does it, and says which alerts it raised for customers who wait.
    pub fn act(&mut self, (scoped, due): (Scoped, Due)) -> (Vec<Row>, Vec<(Place, i64)>) {
        let acted = self.with_scope(scoped.has_ticket, scoped.is_second, |scope, ctx| {
            act(scope, due, ctx)
        });
        let Some(acted) = acted else {
            return (Vec::new(), Vec::new());
        };
        let waits = |effect: &Effect| match (effect, due) {
            (Effect::TellUnattended { alert, .. }, Due::Unattended(thread, _)) => match alert {
                Unattended::NobodyAnswers { since } => {
                    let place = if thread == thread_id(FIRST) {
                        FIRST
                    } else {
                        SECOND
                    };
                    Some((place, since.as_millis()))
                }
                Unattended::PersonAnswersOn { .. } => None,
            },
            _ => None,
        };
        (acted.rows, acted.effects.iter().filter_map(waits).collect())
    }

    /// The ticket with its threads, and the second thread while it has none.
    fn scopes(&self) -> Vec<Scoped> {
        let of = |has_ticket, is_second| Scoped {
            has_ticket,
            is_second,
        };
        let alone = (!self.second_is_linked()).then(|| of(false, true));
        [of(true, false)].into_iter().chain(alone).collect()
    }

    /// The scope that one command is decided over, taken out and put back.
    fn with_scope<T>(
        &mut self,
        has_ticket: bool,
        names_second: bool,
        command: impl FnOnce(&mut Scope, &Context<'_>) -> T,
    ) -> T {
        self.decisions += 1;
        let mut scope = Scope {
            ticket: has_ticket.then(|| self.ticket.clone()),
            threads: Vec::new(),
        };
        if has_ticket {
            scope.threads.push(self.first.clone());
        }
        if names_second || (has_ticket && self.second_is_linked()) {
            scope.threads.push(self.second.clone());
        }
        let context = Context {
            decision: Uuid::from_u128(self.decisions),
            now: Timestamp::from_millis(self.now),
            placed_at: Timestamp::from_millis(self.clock),
            portal: &self.portal,
        };
        let answer = command(&mut scope, &context);
        if let Some(ticket) = scope.ticket {
            self.ticket = ticket;
        }
        for thread in scope.threads {
            if thread.id == self.first.id {
                self.first = thread;
            } else {
                self.second = thread;
            }
        }
        answer
    }

    pub fn thread(&self, place: Place) -> &ThreadRecord {
        if place == FIRST {
            &self.first
        } else {
            &self.second
        }
    }

    pub fn view(&self, place: Place) -> View<'_> {
        let thread = self.thread(place);
        View {
            thread: &thread.record,
            ticket: thread.ticket().map(|_| &self.ticket.record),
        }
    }

    pub fn state(&self, place: Place, now: i64) -> AiState {
        self.view(place).assess(Timestamp::from_millis(now)).state()
    }

    pub fn silences(&self, place: Place, now: i64) -> Vec<Silence> {
        let judged = self.view(place).assess(Timestamp::from_millis(now));
        let holds = judged.holds.into_iter();
        holds
            .map(|hold| Silence {
                name: hold.name,
                until: hold.until.map(Timestamp::as_millis),
                is_admins: hold.authority == Some(Authority::Admin),
            })
            .collect()
    }

    pub fn gates(&self, place: Place, now: i64) -> Vec<Gate> {
        shut_gates(&self.portal, self.view(place), Timestamp::from_millis(now))
    }
}

fn what(wish: Wish) -> What {
    match wish {
        Wish::Pause { minutes, replace } => What::Pause(Pause {
            lasts: minutes.map(|minutes| Span::from_millis(minutes * MINUTE)),
            replace,
        }),
        Wish::Resume { cancel } => What::Resume(Resume {
            cancel_pending_handoff: cancel,
        }),
        Wish::Send { take_over } => What::SendToAi(SendToAi {
            mode: ResponseMode::AnswerLatest,
            take_over,
            reopen: false,
        }),
        Wish::Handoff { on_timeout } => What::RequestHandoff(RequestHandoff {
            target: None,
            priority: Priority::Normal,
            customer_message: None,
            claim_timeout: None,
            on_timeout,
        }),
        Wish::Lock => What::Lock,
        Wish::Unlock => What::Unlock,
    }
}
