//! The conversations of the demo: one that the printed examples act on, and a few more in every
//! state that a newcomer should see.

use super::actor::Actor;
use super::doer::{By, Doer};
use super::records::Desk;
use super::thread::{Channel, Status, Words};
use super::threads::FirstMessage;
use crate::domain::ids::{PortalId, ThreadId};
use crate::simulator::demo_world;
use crate::simulator::hubspot::account::{Account, Role};
use crate::simulator::hubspot::refused::Refused;
use chrono::{DateTime, TimeDelta, Utc};

impl Desk {
    /// An account's desk as it is when the simulation starts. Nobody is told of what was before.
    pub fn of(account: &Account, numbered_before: i64, now: DateTime<Utc>) -> Self {
        let mut desk = Self::empty(account.portal, now);
        desk.number_after(numbered_before);
        if account.portal == demo_world::PORTAL {
            let filled = desk.fill(account, now);
            let filled = filled.and_then(|()| desk.remember_past_tickets(account, now));
            debug_assert_eq!(filled, Ok(()), "the demo's own conversations exist");
        } else if account.portal != PortalId(50_004) {
            let asked = Asked("Robin Reader", "When are you open?", 30, Channel::Chat);
            let filled = asked.begin(&mut desk, now);
            debug_assert!(filled.is_ok(), "a conversation can begin");
        }
        desk.take_told();
        desk
    }

    fn fill(&mut self, account: &Account, now: DateTime<Utc>) -> Result<(), Refused> {
        let agent = account.users.iter().find(|user| user.role == Role::Agent);
        let agent = agent.map_or(1, |agent| agent.id);
        let of_agent = |minutes| Doer {
            by: By::Person(agent),
            now: now - TimeDelta::minutes(minutes),
        };
        let before = now - TimeDelta::minutes(50);
        self.customer_writes(demo_world::THREAD, "Hello, where is my parcel?", before)?;

        let refund = Asked(
            "Riley Refund",
            "I would like my money back.",
            40,
            Channel::Email,
        )
        .begin(self, now)?;
        self.assign(refund, Some(Actor::Agent(agent)), of_agent(38))?;
        let answer = Words::plain("I am sorry to hear that. Let me look at your order.");
        self.reply(refund, Actor::Agent(agent), answer, of_agent(37))?;
        let note = Words::plain("Second refund this month.");
        self.comment(refund, note, of_agent(36))?;

        Asked(
            "Morgan Mobile",
            "Does the app work without a network?",
            12,
            Channel::Chat,
        )
        .begin(self, now)?;

        let thanks =
            Asked("Toni Thanks", "Thank you, it works now!", 90, Channel::Chat).begin(self, now)?;
        self.set_status(thanks, Status::Closed, of_agent(85))
    }
}

/// A customer's name and first message, how many minutes ago it came, and where.
struct Asked(&'static str, &'static str, i64, Channel);

impl Asked {
    fn begin(&self, desk: &mut Desk, now: DateTime<Utc>) -> Result<ThreadId, Refused> {
        let first = FirstMessage {
            customer: self.0,
            text: self.1,
            channel: self.3,
            opens_ticket: true,
        };
        let (thread, _) = desk.begin(&first, now - TimeDelta::minutes(self.2))?;
        Ok(thread)
    }
}
