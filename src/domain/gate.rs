//! Gates: conditions of the portal and the conversation, read at the moment of asking. They are
//! ANDed and never change a record, so that opening one again restores exactly what was.

use super::assess::View;
use super::facts::Facts;
use super::outcome::ReasonCode;
use super::owner::Owner;
use super::policy::Policies;
use super::time::{Span, Timestamp};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Another AI's message shuts the gate for this long.
const OTHER_AI_QUIET: Span = Span::from_minutes(5);

/// Whether the portal's installation works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// It never installed the app.
    NotConnected,
    /// It works.
    Connected,
    /// It worked once.
    Unavailable,
}

/// Whether what Baton decides binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The portal is not live yet: everything is recorded as if it were, but holds and policies
    /// silence nobody, and Baton sends and assigns nothing.
    Observe,
    /// It binds.
    #[default]
    Live,
}

/// What the portal's row says at the moment of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// Whether what is decided for it binds.
    pub mode: Mode,
    /// Its installation.
    pub connection: Connection,
    /// The kill switch: false silences every conversation.
    pub ai_enabled: bool,
    /// What HubSpot told before then was dropped, since the connection was dead: an owner read
    /// earlier, on HubSpot's clock, may be another one by now, and somebody may have answered.
    /// None: nothing was missed.
    pub missed_until: Option<Timestamp>,
    /// Another AI sender was chosen then, on HubSpot's clock: whoever was known as the AI by an
    /// earlier reading may be a person. None: there was only one.
    pub sender_changed_at: Option<Timestamp>,
    /// HubSpot's user id of the teammate the AI sends as.
    pub ai_sender: Option<i64>,
    /// The account's time zone, where HubSpot told one that is known.
    pub time_zone: Option<Tz>,
    /// Its policies.
    pub policies: Policies,
}

impl Portal {
    /// A portal without a row: listed, but never connected.
    pub fn unknown() -> Self {
        Self {
            mode: Mode::Live,
            connection: Connection::NotConnected,
            ai_enabled: true,
            missed_until: None,
            sender_changed_at: None,
            ai_sender: None,
            time_zone: None,
            policies: Policies::default(),
        }
    }
}

/// A gate that is shut, the strongest first in declaration order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// The portal never installed the app.
    NotConnected,
    /// Its installation no longer works.
    ConnectionUnavailable,
    /// Its AI is switched off.
    PortalKillSwitch,
    /// No AI sender is chosen.
    AiSenderNotSet,
    /// Its owner, or what was written meanwhile, was not read since events of the portal were
    /// missed; or the AI owned it, and was another teammate then.
    OwnerUnknown,
    /// A message was announced and is not read: a person may have written it. Known at the moment
    /// of asking alone, so whoever judges a record does not meet it.
    MessageUnread,
    /// The conversation is spam.
    Spam,
    /// The AI does not answer on its channel.
    ChannelDisabled,
    /// The conversation is closed.
    ConversationClosed,
    /// Another AI owns or answers it.
    OtherAi,
    /// It is outside the portal's hours.
    OutsideHours,
}

impl Gate {
    /// The code it is shown as.
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::NotConnected => ReasonCode::NotConnected,
            Self::ConnectionUnavailable => ReasonCode::ConnectionUnavailable,
            Self::PortalKillSwitch => ReasonCode::PortalKillSwitch,
            Self::AiSenderNotSet => ReasonCode::AiSenderNotSet,
            Self::OwnerUnknown => ReasonCode::OwnerUnknown,
            Self::MessageUnread => ReasonCode::MessageUnread,
            Self::Spam => ReasonCode::Spam,
            Self::ChannelDisabled => ReasonCode::ChannelDisabled,
            Self::ConversationClosed => ReasonCode::ConversationClosed,
            Self::OtherAi => ReasonCode::OtherAiOwnsConversation,
            Self::OutsideHours => ReasonCode::OutsideHours,
        }
    }

    /// True for what only the portal's policies shut: it does not bind while Baton observes. What
    /// HubSpot says of the conversation itself, that it is closed or spam, binds all the same.
    pub const fn is_policy(self) -> bool {
        match self {
            Self::ChannelDisabled | Self::OtherAi | Self::OutsideHours => true,
            Self::NotConnected
            | Self::ConnectionUnavailable
            | Self::PortalKillSwitch
            | Self::AiSenderNotSet
            | Self::OwnerUnknown
            | Self::MessageUnread
            | Self::Spam
            | Self::ConversationClosed => false,
        }
    }

    /// True for gates that are shut for every conversation of the portal, and so are said once.
    pub const fn is_of_portal(self) -> bool {
        match self {
            Self::NotConnected
            | Self::ConnectionUnavailable
            | Self::PortalKillSwitch
            | Self::AiSenderNotSet
            | Self::OutsideHours => true,
            Self::OwnerUnknown
            | Self::MessageUnread
            | Self::Spam
            | Self::ChannelDisabled
            | Self::ConversationClosed
            | Self::OtherAi => false,
        }
    }

    /// Since when it is shut, by HubSpot's time, where that is known: of a conversation with these
    /// facts, in which a message waits to be read since then.
    pub const fn shut_since(
        self,
        facts: &Facts,
        unread_since: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match self {
            Self::ConversationClosed => facts.closed_at,
            Self::MessageUnread => unread_since,
            Self::NotConnected
            | Self::ConnectionUnavailable
            | Self::PortalKillSwitch
            | Self::AiSenderNotSet
            | Self::OwnerUnknown
            | Self::Spam
            | Self::ChannelDisabled
            | Self::OtherAi
            | Self::OutsideHours => None,
        }
    }

    /// How it opens, as `silent_because` says it.
    pub const fn opened_by(self) -> &'static str {
        match self {
            Self::NotConnected => "an admin connects the portal",
            Self::ConnectionUnavailable => "an admin reconnects the portal",
            Self::PortalKillSwitch => "an admin switches the AI on",
            Self::AiSenderNotSet => "an admin chooses the AI sender",
            Self::OwnerUnknown => {
                "Baton reads its owner and its messages in HubSpot, which it does by itself"
            }
            Self::MessageUnread => {
                "Baton reads the message in HubSpot, which it does by itself within moments"
            }
            Self::Spam => "somebody takes it out of spam in HubSpot",
            Self::ChannelDisabled => "an admin allows the AI on this channel",
            Self::ConversationClosed => "the customer writes, or somebody opens it",
            Self::OtherAi => "the other AI gives it up, or has been quiet for 5 minutes",
            Self::OutsideHours => "the portal's hours begin, or an admin changes them",
        }
    }
}

/// All gates that are shut, the strongest first.
pub fn shut_gates(portal: &Portal, view: View<'_>, now: Timestamp) -> Vec<Gate> {
    let connection = match portal.connection {
        Connection::NotConnected => Some(Gate::NotConnected),
        Connection::Unavailable => Some(Gate::ConnectionUnavailable),
        Connection::Connected => None,
    };
    let is_connected = connection.is_none();
    let (facts, policies) = (&view.thread.facts, &portal.policies);
    let conditions = [
        (!portal.ai_enabled, Gate::PortalKillSwitch),
        (
            is_connected && portal.ai_sender.is_none(),
            Gate::AiSenderNotSet,
        ),
        (
            is_connected && (is_not_read_again(portal, view) || is_former_ai_s(portal, view)),
            Gate::OwnerUnknown,
        ),
        (facts.is_spam, Gate::Spam),
        (
            !policies.channels.allow(facts.channel.map(|known| known.id)),
            Gate::ChannelDisabled,
        ),
        (facts.is_closed(), Gate::ConversationClosed),
        (
            !policies.ignore_other_ai && other_ai_is_there(view, now),
            Gate::OtherAi,
        ),
        (!policies.hours.are_open(now), Gate::OutsideHours),
    ];
    let shut = conditions
        .into_iter()
        .filter_map(|(is_shut, gate)| is_shut.then_some(gate));
    connection.into_iter().chain(shut).collect()
}

/// A person may have taken over, or answered without taking over, while nobody was told of it.
fn is_not_read_again(portal: &Portal, view: View<'_>) -> bool {
    let mut records = [Some(view.thread), view.ticket].into_iter().flatten();
    portal.missed_until.is_some_and(|until| {
        view.thread.facts.messages_read_at < Some(until)
            || records.any(|record| record.facts.owner_checked_at < Some(until))
    })
}

/// The AI owns it by a reading from before another AI sender was chosen: it may be a person's now.
fn is_former_ai_s(portal: &Portal, view: View<'_>) -> bool {
    let mut records = [Some(view.thread), view.ticket].into_iter().flatten();
    portal.sender_changed_at.is_some_and(|changed_at| {
        records.any(|record| {
            let facts = &record.facts;
            let is_ai_s = matches!(&facts.owner, Some(fact) if fact.owner == Owner::Ai);
            is_ai_s && facts.owner_checked_at < Some(changed_at)
        })
    })
}

fn other_ai_is_there(view: View<'_>, now: Timestamp) -> bool {
    let records = [Some(view.thread), view.ticket].into_iter().flatten();
    let owns = records.into_iter().any(|record| {
        matches!(
            record.facts.owner.as_ref().map(|fact| &fact.owner),
            Some(Owner::OtherAi(_))
        )
    });
    let wrote = view.thread.facts.last_other_ai_message_at;
    owns || wrote.is_some_and(|at| now - at < OTHER_AI_QUIET)
}
