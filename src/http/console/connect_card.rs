//! The ways to connect a portal: HubSpot's consent screen first, a private app's token if there
//! is no other way.

use super::layout::Frame;
use maud::{Markup, html};

/// Where a private app's token is sent.
pub(super) const PRIVATE_APP_PATH: &str = "/console/private-app";
/// Where an installation begins.
pub(super) const INSTALL_PATH: &str = "/hubspot/oauth/install";

/// The card.
pub(super) fn connect_card(frame: &Frame) -> Markup {
    html! {
        section.card aria-labelledby="connect" {
            h2 #connect { "Connect a portal" }
            p {
                "HubSpot shows what Baton asks for and lets you choose the portal. "
                "You need to be a Super Admin there, or have App Marketplace access."
            }
            p.actions {
                a.button href=(frame.link(INSTALL_PATH)) { "Connect with HubSpot" }
            }
            details {
                summary { "My HubSpot plan has no workflows" }
                div {
                    p {
                        "Then HubSpot cannot grant the scope " code { "automation" }
                        ". Without it there are no workflow actions; everything else works."
                    }
                    p.actions {
                        a.button.second href=(frame.link(format!("{INSTALL_PATH}?features=base"))) {
                            "Connect without workflow actions"
                        }
                    }
                }
            }
            details { summary { "I have the token of a private app" } (private_app_form(frame)) }
        }
    }
}

/// Where a private app's token is pasted.
pub(super) fn private_app_form(frame: &Frame) -> Markup {
    html! {
        form method="post" action=(frame.link(PRIVATE_APP_PATH)) {
            (frame.csrf_field())
            p.hint.warn {
                "HubSpot is phasing private apps out, and they can do less: no workflow actions, "
                "and the AI falls silent some minutes after a person takes over, not at once. "
                "You can move to the app later; nothing is lost."
            }
            div.field {
                label for="token" { "Access token" }
                input #token type="password" name="token" required maxlength="512"
                    autocomplete="off" spellcheck="false" aria-describedby="token-hint";
                p.small #token-hint {
                    "In HubSpot: Settings, Integrations, Private Apps, your app, Auth. "
                    "It is checked at once, stored encrypted, and never shown again."
                }
            }
            p.actions { button.second type="submit" { "Connect private app" } }
        }
    }
}
