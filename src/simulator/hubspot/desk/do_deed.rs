//! Carries out what people and customers do, and has subscribers told.

use super::actor::Actor;
use super::doer::{By, Doer};
use super::records::Desk;
use super::thread::{Channel, Status, Words};
use super::threads::FirstMessage;
use crate::domain::ids::PortalId;
use crate::simulator::hubspot::account::{Account, OwnerKind};
use crate::simulator::hubspot::deed::{Assignee, Deed, Done, Hand};
use crate::simulator::hubspot::refused::Refused;
use crate::simulator::hubspot::world::World;
use chrono::{DateTime, Utc};

/// HubSpot's id of its own agent.
const CUSTOMER_AGENT: Actor = Actor::CustomerAgent(1);
/// The enrolment that a workflow's changes name when no enrolment caused them.
const SOME_ENROLLMENT: i64 = 2_384_000_000_000;

impl World {
    /// Carries one out.
    pub fn carry_out(
        &mut self,
        portal: PortalId,
        deed: &Deed,
        now: DateTime<Utc>,
    ) -> Result<Done, Refused> {
        self.carry_out_then(portal, deed, now, |_| ())
    }

    /// Carries one out whose first event the caller delivers in HubSpot's place. Subscribers are
    /// told as ever of what else comes of it: a closed conversation opens when a customer writes.
    pub fn carry_out_untold(
        &mut self,
        portal: PortalId,
        deed: &Deed,
        now: DateTime<Utc>,
    ) -> Result<Done, Refused> {
        self.carry_out_then(portal, deed, now, |desk| {
            let left = desk.take_told().into_iter().skip(1);
            desk.told.extend(left);
        })
    }

    fn carry_out_then(
        &mut self,
        portal: PortalId,
        deed: &Deed,
        now: DateTime<Utc>,
        then: impl FnOnce(&mut Desk),
    ) -> Result<Done, Refused> {
        let account = self.accounts.get(&portal).ok_or(Refused::UnknownAccount)?;
        let deed = Meant::by(deed, account, now)?;
        self.on_desk(portal, |desk| {
            let done = deed.carry_out(desk)?;
            then(desk);
            Ok(done)
        })?
    }

    /// Does something to an account's desk, and queues the events of it.
    pub fn on_desk<R>(
        &mut self,
        portal: PortalId,
        act: impl FnOnce(&mut Desk) -> R,
    ) -> Result<R, Refused> {
        let desk = self.desks.get_mut(&portal).ok_or(Refused::UnknownAccount)?;
        let result = act(desk);
        let told = desk.take_told();
        if self.grants.installations.contains_key(&portal) {
            self.webhooks.queue(&self.app, portal, told);
        }
        Ok(result)
    }
}

/// A deed whose people are known to exist.
struct Meant<'a> {
    deed: &'a Deed,
    doer: Doer,
}

impl<'a> Meant<'a> {
    fn by(deed: &'a Deed, account: &Account, now: DateTime<Utc>) -> Result<Self, Refused> {
        let admin = account
            .super_admin()
            .map_or(By::HubSpot, |admin| By::Person(admin.id));
        let user = |id: i64| {
            let known = account.user(id).ok_or(Refused::UnknownUser(id));
            known.map(|user| By::Person(user.id))
        };
        let hand = |hand: &Hand| match hand {
            Hand::Admin => Ok(admin),
            Hand::User(id) => user(*id),
            Hand::Workflow(id) => Ok(By::Workflow(*id, SOME_ENROLLMENT)),
            Hand::App(id) => Ok(By::App(*id)),
        };
        let by = match deed {
            Deed::AgentReplies { user: id, .. } | Deed::Note { user: id, .. } => user(*id)?,
            Deed::AssignThread { to, by, .. } => {
                if let Assignee::User(id) = to {
                    user(*id)?;
                }
                hand(by)?
            }
            Deed::AssignTicket { owner, by, .. } => {
                if let Some(owner) = owner {
                    may_own(account, *owner)?;
                }
                hand(by)?
            }
            Deed::Close { by, .. } | Deed::Reopen { by, .. } => hand(by)?,
            Deed::CustomerAgentReplies { .. }
            | Deed::Erase { .. }
            | Deed::EraseContact { .. }
            | Deed::Link { .. }
            | Deed::Begin { .. }
            | Deed::CustomerWrites { .. } => By::HubSpot,
            Deed::Archive { .. } | Deed::Restore { .. } | Deed::Merge { .. } => admin,
        };
        let doer = Doer { by, now };
        Ok(Self { deed, doer })
    }

    fn carry_out(&self, desk: &mut Desk) -> Result<Done, Refused> {
        let doer = self.doer;
        match self.deed {
            Deed::Begin {
                customer,
                text,
                opens_ticket,
            } => {
                let first = FirstMessage {
                    customer,
                    text,
                    channel: Channel::Chat,
                    opens_ticket: *opens_ticket,
                };
                let (thread, ticket) = desk.begin(&first, doer.now)?;
                return Ok(Done {
                    thread: Some(thread),
                    ticket,
                    message: None,
                });
            }
            Deed::CustomerWrites { thread, text } => {
                return desk.customer_writes(*thread, text, doer.now).map(wrote);
            }
            Deed::AgentReplies { thread, user, text } => {
                let sender = Actor::Agent(*user);
                return desk
                    .reply(*thread, sender, Words::plain(text), doer)
                    .map(wrote);
            }
            Deed::CustomerAgentReplies { thread, text } => {
                let words = Words::plain(text);
                return desk.reply(*thread, CUSTOMER_AGENT, words, doer).map(wrote);
            }
            Deed::Note { thread, text, .. } => {
                return desk.comment(*thread, Words::plain(text), doer).map(wrote);
            }
            Deed::AssignThread { thread, to, .. } => {
                let to = match to {
                    Assignee::User(id) => Some(Actor::Agent(*id)),
                    Assignee::CustomerAgent => Some(CUSTOMER_AGENT),
                    Assignee::Nobody => None,
                };
                desk.assign(*thread, to, doer)?;
            }
            Deed::AssignTicket { ticket, owner, .. } => desk.own(*ticket, *owner, doer)?,
            Deed::Close { thread, .. } => desk.set_status(*thread, Status::Closed, doer)?,
            Deed::Reopen { thread, .. } => desk.set_status(*thread, Status::Open, doer)?,
            Deed::Archive { thread } => desk.archive(*thread, doer)?,
            Deed::Restore { thread } => desk.restore(*thread, doer)?,
            Deed::Erase { thread } => desk.erase(*thread, doer)?,
            Deed::EraseContact { contact } => desk.erase_contact(*contact, doer)?,
            Deed::Link { ticket, thread } => desk.link(*ticket, *thread, doer)?,
            Deed::Merge { into, merged } => desk.merge(*into, *merged, doer)?,
        }
        Ok(Done::default())
    }
}

/// People who can sign in, and queues; not people who left.
pub fn may_own(account: &Account, id: i64) -> Result<(), Refused> {
    let owner = account.owners.iter().find(|owner| owner.id == id);
    match owner.map(|owner| owner.kind) {
        Some(OwnerKind::Person(_) | OwnerKind::Queue) => Ok(()),
        Some(OwnerKind::Archived(_)) | None => Err(Refused::UnknownOwner(id)),
    }
}

fn wrote(message: String) -> Done {
    Done {
        message: Some(message),
        ..Done::default()
    }
}
