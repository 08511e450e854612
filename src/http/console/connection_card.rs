//! The card that says whether a portal is connected, how, by whom, and what to do if it is not.

use super::connect_card::{INSTALL_PATH, private_app_form};
use super::layout::Frame;
use super::scope_list::scope_list;
use super::shown_time::{length, moment};
use crate::domain::time::{Span, Timestamp};
use crate::service::show_portals::view::{
    ConnectedBy, ConnectionStatus, LostBecause, PortalView, PrivateAppStatus, ScopeNeed, TokenView,
};
use maud::{Markup, html};

/// What the card and the list call the state of a connection.
pub(super) fn pill(portal: &PortalView) -> Markup {
    let (class, text) = match (portal.connection, because(portal)) {
        (ConnectionStatus::Connected, _) => ("pill good", "Connected"),
        (ConnectionStatus::NotConnected, _)
        | (ConnectionStatus::ReconnectRequired, Some(LostBecause::Disconnected)) => {
            ("pill", "Not connected")
        }
        (
            ConnectionStatus::ReconnectRequired,
            Some(LostBecause::Revoked | LostBecause::Uninstalled) | None,
        ) => ("pill bad", "Reconnect required"),
    };
    html! { span class=(class) { (text) } }
}

/// The banner above everything, where the portal hangs on a private app.
pub(super) fn phase_out_banner(frame: &Frame, portal: &PortalView) -> Markup {
    let in_use = portal.private_app.as_ref();
    let in_use = in_use.filter(|app| app.status != PrivateAppStatus::Replaced);
    html! {
        @if let Some(app) = in_use {
            section.banner aria-labelledby="phase-out" {
                h2 #phase-out { "HubSpot Private Apps are being phased out" }
                p {
                    "Connect with HubSpot to move this portal to the app. Only the credentials "
                    "change: conversations, decisions, holds, settings and links stay as they are."
                }
                @if !app.lacks.is_empty() {
                    p { "Until then this portal lacks:" }
                    ul { @for lack in &app.lacks { li { (lack) } } }
                }
                p.actions { a.button href=(install_link(frame, portal)) { "Connect with HubSpot" } }
            }
        }
    }
}

/// The card.
pub(super) fn connection_card(frame: &Frame, portal: &PortalView, now: Timestamp) -> Markup {
    html! {
        section.card aria-labelledby="connection" {
            header { h2 #connection { "Connection" } (pill(portal)) }
            (what_happened(portal, now))
            (facts(portal, now))
            (unfinished_disconnect(portal, now))
            (replaced_private_app(frame, portal, now))
            @if portal.connection != ConnectionStatus::NotConnected { (scope_list(frame, portal)) }
            (ways_on(frame, portal))
            @if portal.connection == ConnectionStatus::ReconnectRequired && by_private_app(portal) {
                details { summary { "Paste a new token" } (private_app_form(frame)) }
            }
        }
    }
}

fn by_private_app(portal: &PortalView) -> bool {
    portal.connected_by == Some(ConnectedBy::PrivateApp)
}

fn because(portal: &PortalView) -> Option<LostBecause> {
    portal.unavailable.as_ref().map(|lost| lost.because)
}

fn what_happened(portal: &PortalView, now: Timestamp) -> Markup {
    let kept = "The AI is silent here. Conversations, holds, history and settings are kept, \
                and are as they were once you connect again.";
    let happened = match (portal.connection, because(portal)) {
        (ConnectionStatus::Connected, _) => return html! {},
        (ConnectionStatus::NotConnected, _) => "This portal was never connected.",
        (ConnectionStatus::ReconnectRequired, Some(LostBecause::Disconnected)) => {
            "An admin disconnected this portal."
        }
        (ConnectionStatus::ReconnectRequired, Some(LostBecause::Uninstalled)) => {
            "The app was uninstalled in HubSpot."
        }
        (ConnectionStatus::ReconnectRequired, Some(LostBecause::Revoked) | None)
            if by_private_app(portal) =>
        {
            "HubSpot no longer accepts the private app's token. It was rotated there, or the \
             private app was deleted. Paste a new token, or connect with HubSpot."
        }
        (ConnectionStatus::ReconnectRequired, Some(LostBecause::Revoked) | None) => {
            "HubSpot no longer accepts Baton's access to this portal. The app was uninstalled \
             there, or its access was revoked."
        }
    };
    let since = portal.unavailable.as_ref().and_then(|lost| lost.since);
    html! {
        div.hint.warn {
            p { (happened) @if let Some(since) = since { " Since " (moment(since, now)) "." } }
            p { (kept) }
        }
    }
}

fn facts(portal: &PortalView, now: Timestamp) -> Markup {
    let account = &portal.account;
    let by = portal.connected_by.map(|by| match by {
        ConnectedBy::Oauth => "The Baton app, by OAuth",
        ConnectedBy::PrivateApp => "A private app's token",
    });
    html! {
        dl {
            (fact("Portal", &portal.portal_id.to_string()))
            @if let Some(domain) = &account.hub_domain { (fact("Domain", domain)) }
            @if let Some(region) = &account.region { (fact("Region", &region_name(region))) }
            @if let Some(kind) = &account.account_type { (fact("Account type", &in_words(kind))) }
            @if let Some(zone) = &account.time_zone { (fact("Time zone", zone)) }
            @if let Some(by) = by { (fact("Connected by", by)) }
            @if let Some(who) = &account.installed_by { (fact("Installed by", who)) }
            @if let Some(at) = portal.connected_at {
                div { dt { "Connected on" } dd { (moment(at, now)) } }
            }
            @if let Some(token) = &portal.token { (token_facts(token, now)) }
        }
    }
}

fn token_facts(token: &TokenView, now: Timestamp) -> Markup {
    html! {
        div {
            dt { "Token" }
            dd { @if token.age < Span::from_secs(5) { "New" } @else { (length(token.age)) " old" } }
        }
        div {
            dt { "Next refresh" }
            dd {
                @if let Some(at) = token.next_refresh_at { (moment(at, now)) ", by itself" }
                @else { "None: a private app's token does not expire" }
            }
        }
    }
}

fn unfinished_disconnect(portal: &PortalView, now: Timestamp) -> Markup {
    html! {
        @if let Some(left) = &portal.unfinished_disconnect {
            div.hint.warn {
                p {
                    "HubSpot has not been told yet: the app is still installed there. Baton tries "
                    "again by itself" @if let Some(at) = left.next_attempt_at { ", next " (moment(at, now)) }
                    ", and keeps its access encrypted for nothing else. To hurry, uninstall the app "
                    "in HubSpot, under Connected apps."
                }
                @if let Some(failure) = &left.last_failure { p.small { (failure) } }
            }
        }
    }
}

fn replaced_private_app(frame: &Frame, portal: &PortalView, now: Timestamp) -> Markup {
    let replaced = portal.private_app.as_ref();
    let replaced = replaced.filter(|app| app.status == PrivateAppStatus::Replaced);
    html! {
        @if let Some(app) = replaced {
            p.hint {
                "The app has replaced the private app. You may now delete the private app in HubSpot."
                @if let Some(at) = app.wiped_at {
                    " Its token is kept encrypted for the way back, and wiped " (moment(at, now)) "."
                }
            }
            (way_back(frame, portal))
        }
    }
}

/// Only credentials change by it, so one press is enough.
fn way_back(frame: &Frame, portal: &PortalView) -> Markup {
    let path = format!("/console/portals/{}/private-app", portal.portal_id);
    html! {
        form method="post" action=(frame.link(path)) {
            (frame.csrf_field())
            p.actions { button.second type="submit" { "Go back to the private app" } }
        }
    }
}

fn ways_on(frame: &Frame, portal: &PortalView) -> Markup {
    let install = install_link(frame, portal);
    let disconnect = frame.link(format!("/console/portals/{}/disconnect", portal.portal_id));
    html! {
        div.actions {
            @match (portal.connection, because(portal)) {
                (ConnectionStatus::Connected, _) => {
                    // A private app's portal finds its way in the banner.
                    @if !by_private_app(portal) {
                        a.button.second href=(install) { "Reconnect" }
                    }
                    a.button.danger href=(disconnect) { "Disconnect…" }
                }
                (ConnectionStatus::NotConnected, _)
                | (ConnectionStatus::ReconnectRequired, Some(LostBecause::Disconnected)) => {
                    a.button href=(install) { "Connect with HubSpot" }
                    a.button.second href=(base_link(frame, portal)) {
                        "Connect without workflow actions"
                    }
                }
                (ConnectionStatus::ReconnectRequired, _) => {
                    a.button href=(install) {
                        @if by_private_app(portal) { "Connect with HubSpot" } @else { "Reconnect" }
                    }
                    a.button.danger href=(disconnect) { "Disconnect…" }
                }
            }
        }
    }
}

/// For this portal alone: HubSpot offers no other. One whose plan did not grant workflows is not
/// asked for them again: HubSpot would refuse the whole.
fn install_link(frame: &Frame, portal: &PortalView) -> String {
    let lacks_workflows = portal.connected_by == Some(ConnectedBy::Oauth)
        && portal
            .scopes
            .iter()
            .any(|scope| scope.need == ScopeNeed::Conditional && !scope.is_granted);
    let features = if lacks_workflows {
        "&features=base"
    } else {
        ""
    };
    let id = portal.portal_id;
    frame.link(format!("{INSTALL_PATH}?portal={id}{features}"))
}

/// The same without the scope for workflows.
fn base_link(frame: &Frame, portal: &PortalView) -> String {
    let id = portal.portal_id;
    frame.link(format!("{INSTALL_PATH}?portal={id}&features=base"))
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn region_name(region: &str) -> String {
    let place = match region {
        "na1" | "na2" | "na3" => "North America",
        "eu1" => "Europe",
        "ap1" => "Asia-Pacific",
        "ca1" => "Canada",
        _ => return region.to_owned(),
    };
    format!("{place} ({region})")
}

/// `DEVELOPER_TEST` as `Developer test`.
fn in_words(constant: &str) -> String {
    let mut words = constant.replace('_', " ").to_lowercase();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
