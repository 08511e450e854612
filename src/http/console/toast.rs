//! The short message at the top of the page that follows something done. A cookie names it for
//! one page, so reloading does not repeat it, and no link can put words in our mouth.

use super::cookies::{self, CookieName, Transport};
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue};
use std::time::Duration;

/// A browser that loses its way forgets the message.
const LASTS: Duration = Duration::from_secs(60);

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toast {
    /// An installation ended well.
    Connected,
    /// A connection was renewed.
    Reconnected,
    /// A private app's token was accepted.
    PrivateAppConnected,
    /// A private app became an OAuth connection.
    Migrated,
    /// A portal was disconnected.
    Disconnected,
    /// The same, but the app may still be listed in HubSpot.
    AccessEnded,
    /// The same, but HubSpot could not be told yet.
    HubSpotNotToldYet,
    /// A portal went back to its private app.
    BackToPrivateApp,
    /// A private app's token was deleted.
    PrivateAppForgotten,
    /// A portal was disconnected that had both the app and a private app.
    BothDisconnected,
    /// The same, but the app may still be listed in HubSpot.
    BothAccessEnded,
    /// The same, but HubSpot could not be told of the app yet.
    BothNotToldYet,
    /// There was nothing to disconnect.
    WasNotConnected,
    /// The AI was switched on.
    AiEnabled,
    /// The AI was switched off.
    AiDisabled,
    /// The AI sender was chosen.
    SenderChosen,
    /// Settings were saved.
    SettingsSaved,
    /// Settings were sent that change nothing.
    NothingChanged,
    /// Signed out.
    SignedOut,
    /// The AI was paused in a conversation.
    Paused,
    /// Pauses were lifted.
    Resumed,
    /// A conversation was sent to the AI.
    SentToAi,
    /// A conversation was locked.
    Locked,
    /// A lock was lifted.
    Unlocked,
    /// A pause was extended.
    PauseExtended,
    /// A command changed nothing.
    WasSoAlready,
    /// A command counts once a stronger silence ends.
    KeptBeneath,
    /// A command waits for HubSpot.
    Underway,
    /// A command was refused.
    Refused,
    /// A form was sent twice.
    DoneOnce,
    /// A form was sent again with other values.
    FormUsedUp,
}

impl Toast {
    const ALL: [Self; 31] = [
        Self::Connected,
        Self::Reconnected,
        Self::PrivateAppConnected,
        Self::Migrated,
        Self::Disconnected,
        Self::AccessEnded,
        Self::HubSpotNotToldYet,
        Self::BackToPrivateApp,
        Self::PrivateAppForgotten,
        Self::BothDisconnected,
        Self::BothAccessEnded,
        Self::BothNotToldYet,
        Self::WasNotConnected,
        Self::AiEnabled,
        Self::AiDisabled,
        Self::SenderChosen,
        Self::SettingsSaved,
        Self::NothingChanged,
        Self::SignedOut,
        Self::Paused,
        Self::Resumed,
        Self::SentToAi,
        Self::Locked,
        Self::Unlocked,
        Self::PauseExtended,
        Self::WasSoAlready,
        Self::KeptBeneath,
        Self::Underway,
        Self::Refused,
        Self::DoneOnce,
        Self::FormUsedUp,
    ];

    /// What the page says.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Connected => "HubSpot connected.",
            Self::Reconnected => "HubSpot reconnected. Everything is as it was before.",
            Self::PrivateAppConnected => "Private app connected.",
            Self::Migrated => {
                "HubSpot connected. Nothing but the credentials changed; \
                 you may now delete the private app in HubSpot."
            }
            Self::Disconnected => "Disconnected. The AI is silent here; the history is kept.",
            Self::AccessEnded => {
                "Disconnected, and Baton's access is ended. If the app is still listed in HubSpot, \
                 under Connected apps, uninstall it there."
            }
            Self::HubSpotNotToldYet => {
                "Disconnected here. HubSpot does not answer; it is told as soon as it does."
            }
            Self::BackToPrivateApp => {
                "The private app is in use again. Nothing but the credentials changed."
            }
            Self::PrivateAppForgotten => {
                "Disconnected, and the private app's token is deleted here. HubSpot takes it until \
                 you rotate it there or delete the private app."
            }
            Self::BothDisconnected => {
                "Disconnected, and the app is uninstalled in HubSpot. The private app's token is \
                 deleted here; HubSpot takes it until you rotate it there or delete the private app."
            }
            Self::BothAccessEnded => {
                "Disconnected, and the app's access is ended; if it is still listed in HubSpot, \
                 under Connected apps, uninstall it there. The private app's token is deleted here; \
                 HubSpot takes it until you rotate it there or delete the private app."
            }
            Self::BothNotToldYet => {
                "Disconnected here. HubSpot does not answer; it is told of the app as soon as it \
                 does. The private app's token is deleted here; HubSpot takes it until you rotate \
                 it there or delete the private app."
            }
            Self::WasNotConnected => "There was nothing to disconnect.",
            Self::AiEnabled => "The AI is switched on. Every conversation is as it was before.",
            Self::AiDisabled => "The AI is switched off. It stays silent in every conversation.",
            Self::SenderChosen => "The AI sender is set.",
            Self::SettingsSaved => "Settings saved. They apply from the next decision on.",
            Self::NothingChanged => "Nothing to save: the settings were like this already.",
            Self::SignedOut => "You are signed out.",
            Self::Paused => "The AI is paused here.",
            Self::Resumed => "Resumed. What else silences the AI is said below.",
            Self::SentToAi => "Sent to the AI. What else silences it is said below.",
            Self::Locked => "Locked. Only an admin unlocks it.",
            Self::Unlocked => "Unlocked. What else silences the AI is said below.",
            Self::PauseExtended => "The pause was extended.",
            Self::WasSoAlready => "Nothing changed: it was like this already.",
            Self::KeptBeneath => "Recorded, beneath a stronger silence; see below.",
            Self::Underway => "Recorded; HubSpot has to do its part first.",
            Self::Refused => "Not done. The newest line of the timeline says why.",
            Self::DoneOnce => "This form was sent before; it counted once.",
            Self::FormUsedUp => {
                "Not done: this form was already used for something else. Try again."
            }
        }
    }

    /// True where something is left to do.
    pub const fn is_warning(self) -> bool {
        match self {
            Self::AccessEnded
            | Self::HubSpotNotToldYet
            | Self::PrivateAppForgotten
            | Self::BothDisconnected
            | Self::BothAccessEnded
            | Self::BothNotToldYet
            | Self::Refused
            | Self::FormUsedUp => true,
            Self::Connected
            | Self::Reconnected
            | Self::PrivateAppConnected
            | Self::Migrated
            | Self::BackToPrivateApp
            | Self::Disconnected
            | Self::WasNotConnected
            | Self::AiEnabled
            | Self::AiDisabled
            | Self::SenderChosen
            | Self::SettingsSaved
            | Self::NothingChanged
            | Self::SignedOut
            | Self::Paused
            | Self::Resumed
            | Self::SentToAi
            | Self::Locked
            | Self::Unlocked
            | Self::PauseExtended
            | Self::WasSoAlready
            | Self::KeptBeneath
            | Self::Underway
            | Self::DoneOnce => false,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Reconnected => "reconnected",
            Self::PrivateAppConnected => "private_app_connected",
            Self::Migrated => "migrated",
            Self::Disconnected => "disconnected",
            Self::AccessEnded => "access_ended",
            Self::HubSpotNotToldYet => "hubspot_not_told_yet",
            Self::BackToPrivateApp => "back_to_private_app",
            Self::PrivateAppForgotten => "private_app_forgotten",
            Self::BothDisconnected => "both_disconnected",
            Self::BothAccessEnded => "both_access_ended",
            Self::BothNotToldYet => "both_not_told_yet",
            Self::WasNotConnected => "was_not_connected",
            Self::AiEnabled => "ai_enabled",
            Self::AiDisabled => "ai_disabled",
            Self::SenderChosen => "sender_chosen",
            Self::SettingsSaved => "settings_saved",
            Self::NothingChanged => "nothing_changed",
            Self::SignedOut => "signed_out",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::SentToAi => "sent_to_ai",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::PauseExtended => "pause_extended",
            Self::WasSoAlready => "was_so_already",
            Self::KeptBeneath => "kept_beneath",
            Self::Underway => "underway",
            Self::Refused => "refused",
            Self::DoneOnce => "done_once",
            Self::FormUsedUp => "form_used_up",
        }
    }

    /// The header that has the next page show it.
    pub fn for_next_page(self, transport: Transport) -> (HeaderName, HeaderValue) {
        cookies::set(CookieName::Toast, transport, self.name(), LASTS)
    }

    /// The one that this page is to show.
    pub fn read(request: &HttpRequest, transport: Transport) -> Option<Self> {
        let name = cookies::read(request, CookieName::Toast, transport)?;
        Self::ALL.into_iter().find(|toast| toast.name() == name)
    }
}
