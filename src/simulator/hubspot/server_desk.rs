//! What a test has people and customers do, and what it does to webhooks, without HTTP.

use super::deed::{Assignee, Deed, Done, Hand};
use super::refused::Refused;
use super::server::SimulatedHubSpot;
use super::webhooks::delivery_log::SeenDelivery;
use super::webhooks::disturbance::{Disturbance, Mishap};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use chrono::TimeDelta;
use std::time::Duration;

impl SimulatedHubSpot {
    /// Somebody does something in an account.
    ///
    /// # Errors
    /// If the account, or somebody or something the deed names, does not exist.
    pub fn carry_out(&self, portal: PortalId, deed: &Deed) -> Result<Done, Refused> {
        let now = self.now();
        self.simulation.world().carry_out(portal, deed, now)
    }

    /// A customer begins a conversation; Help Desk opens a ticket for it.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn customer_begins(
        &self,
        portal: PortalId,
        customer: &str,
        text: &str,
    ) -> Result<Done, Refused> {
        let deed = Deed::Begin {
            customer: customer.to_owned(),
            text: text.to_owned(),
            opens_ticket: true,
        };
        self.carry_out(portal, &deed)
    }

    /// The customer of a conversation writes. Answers the message's id.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn customer_writes(
        &self,
        portal: PortalId,
        thread: ThreadId,
        text: &str,
    ) -> Result<String, Refused> {
        let text = text.to_owned();
        let done = self.carry_out(portal, &Deed::CustomerWrites { thread, text })?;
        Ok(done.message.unwrap_or_default())
    }

    /// Whose conversation it is.
    ///
    /// # Errors
    /// If there is no such account or conversation.
    pub fn contact_of(&self, portal: PortalId, thread: ThreadId) -> Result<i64, Refused> {
        let mut world = self.simulation.world();
        let desk = world.desks.get_mut(&portal);
        let thread = desk.ok_or(Refused::UnknownAccount)?.thread(thread)?;
        Ok(thread.contact)
    }

    /// A user answers in HubSpot's inbox, and is assigned nothing by it. Answers the message's id.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn agent_replies(
        &self,
        portal: PortalId,
        thread: ThreadId,
        (user, text): (i64, &str),
    ) -> Result<String, Refused> {
        let text = text.to_owned();
        let done = self.carry_out(portal, &Deed::AgentReplies { thread, user, text })?;
        Ok(done.message.unwrap_or_default())
    }

    /// The account's admin assigns a conversation in HubSpot's pages.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn assign_thread(
        &self,
        portal: PortalId,
        thread: ThreadId,
        to: Assignee,
    ) -> Result<(), Refused> {
        let by = Hand::Admin;
        let deed = Deed::AssignThread { thread, to, by };
        self.carry_out(portal, &deed).map(|_| ())
    }

    /// The account's admin gives a ticket to an owner, or to nobody, in HubSpot's pages.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn assign_ticket(
        &self,
        portal: PortalId,
        ticket: TicketId,
        owner: Option<i64>,
    ) -> Result<(), Refused> {
        let by = Hand::Admin;
        let deed = Deed::AssignTicket { ticket, owner, by };
        self.carry_out(portal, &deed).map(|_| ())
    }

    /// The account's admin closes a conversation.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn close(&self, portal: PortalId, thread: ThreadId) -> Result<(), Refused> {
        let by = Hand::Admin;
        self.carry_out(portal, &Deed::Close { thread, by })
            .map(|_| ())
    }

    /// The account's admin opens it again.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::carry_out`].
    pub fn reopen(&self, portal: PortalId, thread: ThreadId) -> Result<(), Refused> {
        let by = Hand::Admin;
        self.carry_out(portal, &Deed::Reopen { thread, by })
            .map(|_| ())
    }

    /// Reads of this account's conversations and tickets answer what was this long ago, in
    /// simulated time; at most an hour. Zero ends it.
    pub fn lag(&self, portal: PortalId, by: Duration) {
        let mut world = self.simulation.world();
        if let Some(desk) = world.desks.get_mut(&portal) {
            desk.lag = TimeDelta::from_std(by).unwrap_or(TimeDelta::hours(1));
        }
    }

    /// One more disturbance of webhooks.
    pub fn disturb(&self, disturbance: Disturbance) {
        self.simulation
            .world()
            .webhooks
            .disturbances
            .add(disturbance);
    }

    /// Webhooks arrive as they should again.
    pub fn clear_disturbances(&self) {
        self.simulation.world().webhooks.disturbances.clear();
    }

    /// Every event of an account is lost, until disturbances are cleared.
    pub fn drop_webhooks(&self, portal: PortalId) {
        self.disturb(Disturbance::always(Mishap::Lose).of(portal));
    }

    /// Every event of an account comes this many times more.
    pub fn duplicate_webhooks(&self, portal: PortalId, times: u8) {
        self.disturb(Disturbance::always(Mishap::Repeat { times }).of(portal));
    }

    /// Every event of an account comes at a random moment within this much simulated time.
    pub fn reorder_webhooks(&self, portal: PortalId, within: Duration) {
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        self.disturb(Disturbance::always(Mishap::Shuffle { within_ms }).of(portal));
    }

    /// Sends nothing until [`SimulatedHubSpot::release_webhooks`]; then in full batches.
    pub fn hold_webhooks(&self) {
        self.simulation.world().webhooks.hold();
    }

    /// Sends again.
    pub fn release_webhooks(&self) {
        self.simulation.world().webhooks.release();
    }

    /// The last deliveries, and events that were lost or given up, oldest first.
    pub fn webhook_log(&self) -> Vec<SeenDelivery> {
        self.simulation.world().webhooks.log.all()
    }

    /// How many events wait, and how many deliveries are on their way.
    pub fn unsettled_webhooks(&self) -> usize {
        self.simulation.world().webhooks.unsettled()
    }
}
