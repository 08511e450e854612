//! Signing in and out: by the admin's password, or by a link that works once.

use super::admin::Admin;
use super::cookies::{self, CookieName};
use super::csrf;
use super::form::{Form, SignedForm};
use super::layout::{Frame, Page, Section};
use super::local_path::LocalPath;
use super::notice::Notice;
use super::page_error::{PageError, Why};
use super::toast::Toast;
use crate::domain::time::Span;
use crate::http::state::ServiceState;
use crate::service::new_secret::new_secret;
use crate::service::sign_in::{Attempt, LONGEST_SESSION};
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::form_urlencoded;

/// How long a sign-in form may lie open.
const FORM_LASTS: Duration = Duration::from_secs(3_600);

/// What the form says about an attempt that failed.
enum Said {
    Nothing,
    WrongPassword,
    TooMany(Span),
}

/// `GET /console/sign-in`
pub(super) async fn show(
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let next = next(request.query_string());
    let signed_in = Admin::if_signed_in(&request).await;
    if signed_in?.is_some() {
        return Ok(Frame::public(&request).redirect(next, None));
    }
    Ok(form_page(&request, &state, &next, &Said::Nothing))
}

/// `POST /console/sign-in`
pub(super) async fn submit(
    request: HttpRequest,
    payload: Payload,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let frame = Frame::public(&request);
    let form = Form::read(&request, payload).await?;
    let browser = cookies::read(&request, CookieName::Form, frame.transport);
    let browser = browser.ok_or(Why::FormNotOurs)?;
    form.check(&SecretString::from(browser))?;
    let next = form.one("next")?.and_then(LocalPath::parse);
    let next = next.unwrap_or_else(LocalPath::home);
    let typed = form.secret("password")?;

    let attempt = state.sign_in.with_password(typed, &client(&request)).await;
    match attempt? {
        Attempt::SignedIn(session) => Ok(welcome(&frame, &session, &next)),
        Attempt::WrongPassword => Ok(form_page(&request, &state, &next, &Said::WrongPassword)),
        Attempt::TooMany { wait } => Ok(form_page(&request, &state, &next, &Said::TooMany(wait))),
        Attempt::NoPasswordSet => Ok(no_password(&frame)),
    }
}

/// `POST /console/sign-out`
pub(super) async fn sign_out(
    request: HttpRequest,
    form: SignedForm,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    state.sign_in.end(&form.admin.session).await?;
    let frame = Frame::public(&request);
    let mut response = frame.redirect("/console/sign-in", Some(Toast::SignedOut));
    let (name, value) = cookies::forget(CookieName::Session, frame.transport);
    response.headers_mut().append(name, value);
    Ok(response)
}

/// `GET /console?once=...`: signs in, once. Who is signed in already keeps the link.
pub(super) async fn by_link(
    request: &HttpRequest,
    state: &ServiceState,
    link: &str,
) -> Result<HttpResponse, PageError> {
    let frame = Frame::public(request);
    if Admin::if_signed_in(request).await?.is_some() {
        return Ok(frame.redirect("/console", None));
    }
    let redeemed = state.sign_in.with_link(&SecretString::from(link)).await?;
    if let Some(session) = redeemed {
        return Ok(welcome(&frame, &session, &LocalPath::home()));
    }
    let (to_do, way_on): (&[&str], _) = match state.sign_in.has_password() {
        true => (
            &["Sign in with the password, or start the demo again for a new link."],
            Some(("Sign in", "/console/sign-in")),
        ),
        // The page to sign in on would only say the same.
        false => (
            &["Start the demo again, and open the new link that it prints."],
            None,
        ),
    };
    let notice = Notice {
        status: StatusCode::FORBIDDEN,
        heading: "This link no longer works",
        happened: "A sign-in link works once and for a short time. \
                   This one was used, has expired, or is not complete.",
        to_do,
        way_on,
        details: &[],
    };
    Ok(notice.respond(&frame))
}

fn welcome(frame: &Frame, session: &SecretString, next: &LocalPath) -> HttpResponse {
    let mut response = frame.redirect(next, None);
    let lasts = Duration::from_millis(LONGEST_SESSION.as_millis().unsigned_abs());
    let token = session.expose_secret();
    for (name, value) in [
        cookies::set(CookieName::Session, frame.transport, token, lasts),
        cookies::forget(CookieName::Form, frame.transport),
    ] {
        response.headers_mut().append(name, value);
    }
    response
}

fn form_page(
    request: &HttpRequest,
    state: &ServiceState,
    next: &LocalPath,
    said: &Said,
) -> HttpResponse {
    let frame = Frame::public(request);
    if !state.sign_in.has_password() {
        return no_password(&frame);
    }
    // The same cookie for all forms this browser has open.
    let known = cookies::read(request, CookieName::Form, frame.transport);
    let browser = known.map_or_else(new_secret, SecretString::from);
    let (status, message) = match said {
        Said::Nothing => (StatusCode::OK, None),
        Said::WrongPassword => (
            StatusCode::FORBIDDEN,
            Some("That is not the password.".to_owned()),
        ),
        Said::TooMany(wait) => (
            StatusCode::TOO_MANY_REQUESTS,
            Some(format!(
                "Too many wrong passwords. Try again in {}.",
                minutes(*wait)
            )),
        ),
    };
    let content = html! {
        section.card.narrow aria-labelledby="sign-in" {
            h1 #sign-in { "Sign in" }
            p.muted { "With the admin password of this Baton." }
            form method="post" action=(frame.link("/console/sign-in")) {
                input type="hidden" name=(csrf::FIELD) value=(csrf::token_for(&browser));
                input type="hidden" name="next" value=(next);
                // Password managers keep a password under a name.
                input type="text" name="username" value="admin" autocomplete="username" hidden;
                label for="password" { "Password" }
                input #password type="password" name="password" required autofocus
                    autocomplete="current-password" maxlength="1024"
                    aria-invalid=[message.as_ref().map(|_| "true")]
                    aria-describedby=[message.as_ref().map(|_| "problem")];
                @if let Some(message) = &message {
                    p.problem #problem role="alert" { (message) }
                }
                p.actions { button type="submit" { "Sign in" } }
            }
            details {
                summary { "Forgot the password?" }
                p {
                    "It is the setting " code { "BATON_ADMIN_PASSWORD" }
                    " (or its hash, " code { "BATON_ADMIN_PASSWORD_HASH" }
                    "). Set a new one and start Baton again; everyone is signed out by that."
                }
            }
        }
    };
    let page = Page {
        title: "Sign in",
        section: Section::Outside,
        content,
    };
    let mut response = frame.respond(status, &page);
    let (name, value) = cookies::set(
        CookieName::Form,
        frame.transport,
        browser.expose_secret(),
        FORM_LASTS,
    );
    response.headers_mut().append(name, value);
    if let Said::TooMany(wait) = said {
        response
            .headers_mut()
            .insert(RETRY_AFTER, seconds(*wait).into());
    }
    response
}

fn no_password(frame: &Frame) -> HttpResponse {
    let notice = Notice {
        status: StatusCode::FORBIDDEN,
        heading: "Nobody can sign in yet",
        happened: "This Baton has no admin password. A demo lets you in without one: start it \
                   again, and open the new link that it prints. Otherwise, in a demo as well:",
        to_do: &[
            "Set BATON_ADMIN_PASSWORD to a text of 12 characters or more.",
            "Start Baton again.",
            "Open this page again and sign in.",
        ],
        way_on: None,
        details: &[],
    };
    notice.respond(frame)
}

fn next(query: &str) -> LocalPath {
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    given
        .and_then(|(_, path)| LocalPath::parse(&path))
        .unwrap_or_else(LocalPath::home)
}

/// Whose attempts are counted together: the peer's address, and behind a proxy on a private
/// network also what that proxy says it was called from.
fn client(request: &HttpRequest) -> String {
    let peer = request.peer_addr().map(|address| address.ip());
    let forwarded = request.headers().get_all("x-forwarded-for").next_back();
    let forwarded = forwarded
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.rsplit(',').next())
        .and_then(|last| last.trim().parse().ok());
    super::client_address::counted(peer, forwarded)
}

fn minutes(wait: Span) -> String {
    match seconds(wait).div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn seconds(wait: Span) -> u64 {
    wait.as_millis().unsigned_abs().div_ceil(1_000).max(1)
}
