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
    /// The same, but HubSpot could not be told.
    DisconnectedHereOnly,
    /// A private app's token was deleted.
    PrivateAppForgotten,
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
}

impl Toast {
    const ALL: [Self; 14] = [
        Self::Connected,
        Self::Reconnected,
        Self::PrivateAppConnected,
        Self::Migrated,
        Self::Disconnected,
        Self::DisconnectedHereOnly,
        Self::PrivateAppForgotten,
        Self::WasNotConnected,
        Self::AiEnabled,
        Self::AiDisabled,
        Self::SenderChosen,
        Self::SettingsSaved,
        Self::NothingChanged,
        Self::SignedOut,
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
            Self::DisconnectedHereOnly => {
                "Disconnected here, but HubSpot could not be told. \
                 Also uninstall the app in HubSpot, under Connected apps."
            }
            Self::PrivateAppForgotten => {
                "Disconnected, and the token is deleted here. Delete the private app in HubSpot \
                 if nothing else uses it."
            }
            Self::WasNotConnected => "There was nothing to disconnect.",
            Self::AiEnabled => "The AI is switched on. Every conversation is as it was before.",
            Self::AiDisabled => "The AI is switched off. It stays silent in every conversation.",
            Self::SenderChosen => "The AI sender is set.",
            Self::SettingsSaved => "Settings saved. They apply from the next decision on.",
            Self::NothingChanged => "Nothing to save: the settings were like this already.",
            Self::SignedOut => "You are signed out.",
        }
    }

    /// True where something is left to do.
    pub const fn is_warning(self) -> bool {
        match self {
            Self::DisconnectedHereOnly | Self::PrivateAppForgotten => true,
            Self::Connected
            | Self::Reconnected
            | Self::PrivateAppConnected
            | Self::Migrated
            | Self::Disconnected
            | Self::WasNotConnected
            | Self::AiEnabled
            | Self::AiDisabled
            | Self::SenderChosen
            | Self::SettingsSaved
            | Self::NothingChanged
            | Self::SignedOut => false,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Reconnected => "reconnected",
            Self::PrivateAppConnected => "private_app_connected",
            Self::Migrated => "migrated",
            Self::Disconnected => "disconnected",
            Self::DisconnectedHereOnly => "disconnected_here_only",
            Self::PrivateAppForgotten => "private_app_forgotten",
            Self::WasNotConnected => "was_not_connected",
            Self::AiEnabled => "ai_enabled",
            Self::AiDisabled => "ai_disabled",
            Self::SenderChosen => "sender_chosen",
            Self::SettingsSaved => "settings_saved",
            Self::NothingChanged => "nothing_changed",
            Self::SignedOut => "signed_out",
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
