//! The consent page, and the page for a link that cannot work.

use super::account::{Account, AccountKind, Role};
use super::authorize::{AuthorizeRequest, Mistake};
use super::page::page;
use super::scope;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};

/// Asks a user to choose an account and to agree.
pub(super) fn consent(
    app: &str,
    request: &AuthorizeRequest,
    accounts: &[&Account],
    action: &str,
) -> HttpResponse {
    let title = format!("Connect {app} to HubSpot");
    let content = html! {
        p.soft { "Simulated HubSpot" }
        h1 { (title) }
        form method="post" action=(action) {
            section.card {
                h2 { "Choose an account" }
                @for (place, account) in accounts.iter().enumerate() {
                    (choices(account, place == 0))
                }
            }
            section.card {
                h2 { (app) " will be able to" }
                (in_words(&request.scopes))
                @if !request.optional_scopes.is_empty() {
                    h2 { "And, where the account has it" }
                    (in_words(&request.optional_scopes))
                }
                p.soft {
                    "You will be sent to " code { (request.redirect_uri) } "."
                }
                div.row {
                    button.main type="submit" name="decision" value="connect" { "Connect app" }
                    button type="submit" name="decision" value="cancel" formnovalidate {
                        "Cancel"
                    }
                }
            }
        }
    };
    page(StatusCode::OK, &title, &content)
}

/// Says what is wrong. Nobody is sent back to the app.
pub(super) fn mistake(mistake: &Mistake) -> HttpResponse {
    let content = html! {
        p.soft { "Simulated HubSpot" }
        h1 { "Couldn't complete the connection" }
        section.card {
            p.bad role="alert" { "Authorization failed because " (mistake) "." }
            p { "HubSpot shows this on a page of its own: the app does not hear of it." }
        }
    };
    let title = "Couldn't complete the connection";
    page(StatusCode::BAD_REQUEST, title, &content)
}

/// The account with each of its users to sign in as; the first super admin of the first account
/// is chosen beforehand.
fn choices(account: &Account, is_first: bool) -> Markup {
    let region = account.hublet.name().to_uppercase();
    let kind = match account.kind {
        AccountKind::Standard => "",
        AccountKind::Sandbox => ", sandbox",
        AccountKind::DeveloperTest => ", developer test account",
    };
    let chosen = account
        .super_admin()
        .filter(|_| is_first)
        .map(|user| user.id);
    html! {
        fieldset {
            legend { (account.name) }
            p.soft {
                "Hub ID " (account.portal) ", " (account.tier.name()) ", " (region) (kind)
            }
            @for user in &account.users {
                label.pick {
                    input type="radio" name="account" required
                        value={ (account.portal) ":" (user.id) } checked[chosen == Some(user.id)];
                    span {
                        "as " (user.name)
                        @match user.role {
                            Role::SuperAdmin => { span.soft { " (super admin)" } }
                            Role::Agent => { span.soft { " (may not install apps)" } }
                        }
                    }
                }
            }
        }
    }
}

fn in_words(scopes: &[String]) -> Markup {
    html! {
        ul {
            @for scope in scopes {
                li { (scope::in_words(scope)) " " code.soft { (scope) } }
            }
        }
    }
}
