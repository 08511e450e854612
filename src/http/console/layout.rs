//! The frame of every page: head, skip link, navigation, message, content.

use super::admin::Admin;
use super::cookies::{self, CookieName, Transport};
use super::toast::Toast;
use super::{csrf, headers};
use crate::http::state::ServiceState;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use maud::{DOCTYPE, Markup, html};

/// What the frame of one page needs to know of its request.
pub struct Frame {
    /// The path before our own, for instance `/baton`; every link begins with it.
    pub base: String,
    /// How browsers reach us.
    pub transport: Transport,
    /// The form token of whoever is signed in.
    csrf: Option<String>,
    toast: Option<Toast>,
}

/// One page.
pub struct Page<'a> {
    /// In the window's title; the page's own heading is part of the content.
    pub title: &'a str,
    /// The part of the console it belongs to.
    pub section: Section,
    /// All between navigation and footer.
    pub content: Markup,
}

/// The parts of the console. The navigation shows those that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The connected portals.
    Portals,
    /// Sign-in and messages.
    Outside,
}

/// The parts in the navigation: what it is, its name, its address.
const NAVIGATION: [(Section, &str, &str); 1] = [(Section::Portals, "Portals", "/console")];

impl Frame {
    /// For a page that anyone may see.
    pub fn public(request: &HttpRequest) -> Self {
        let state = request.app_data::<Data<ServiceState>>();
        let url = state.map(|state| &state.verifier.public_url);
        let transport = url.map_or(Transport::Secure, |url| Transport::of_origin(url.origin()));
        Self {
            base: url.map(|url| url.prefix().to_owned()).unwrap_or_default(),
            transport,
            csrf: None,
            toast: Toast::read(request, transport),
        }
    }

    /// For a page of someone who is signed in.
    pub fn signed_in(request: &HttpRequest, admin: &Admin) -> Self {
        Self {
            csrf: Some(admin.csrf()),
            ..Self::public(request)
        }
    }

    /// An address of ours.
    pub fn link(&self, path: impl std::fmt::Display) -> String {
        format!("{}{path}", self.base)
    }

    /// The hidden field that every form needs.
    pub fn csrf_field(&self) -> Markup {
        html! {
            @if let Some(token) = &self.csrf {
                input type="hidden" name=(csrf::FIELD) value=(token);
            }
        }
    }

    /// A response with a page.
    pub fn respond(&self, status: StatusCode, page: &Page<'_>) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response
            .content_type("text/html; charset=utf-8")
            // Also where no scope adds the others.
            .insert_header((CONTENT_SECURITY_POLICY, headers::POLICY))
            .insert_header((CACHE_CONTROL, "no-store"));
        if self.toast.is_some() {
            response.append_header(cookies::forget(CookieName::Toast, self.transport));
        }
        response.body(self.render(page).into_string())
    }

    /// Sends the browser to an address of ours, by GET.
    pub fn redirect(&self, path: impl std::fmt::Display, toast: Option<Toast>) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        response.insert_header((LOCATION, self.link(path)));
        if let Some(toast) = toast {
            response.append_header(toast.for_next_page(self.transport));
        }
        response.finish()
    }

    fn render(&self, page: &Page<'_>) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (page.title) " · Baton" }
                    link rel="icon" type="image/svg+xml" href=(self.link("/console/icon.svg"));
                    link rel="stylesheet" href=(self.link("/console/style.css"));
                }
                body {
                    a.skip href="#content" { "Skip to content" }
                    (self.header(page.section))
                    // Always there, so that a screen reader hears what appears in it.
                    div.toasts role="status" aria-live="polite" {
                        @if let Some(toast) = self.toast {
                            p.toast.warn[toast.is_warning()] { (toast.text()) }
                        }
                    }
                    main #content tabindex="-1" { (page.content) }
                }
            }
        }
    }

    fn header(&self, section: Section) -> Markup {
        html! {
            header.top {
                div.bar {
                    a.brand href=(self.link("/console")) {
                        img src=(self.link("/console/icon.svg")) alt="" width="24" height="24";
                        "Baton"
                    }
                    @if self.csrf.is_some() {
                        nav aria-label="Main" {
                            ul {
                                @for (each, name, path) in NAVIGATION {
                                    li {
                                        a href=(self.link(path))
                                            aria-current=[(each == section).then_some("page")]
                                            { (name) }
                                    }
                                }
                            }
                        }
                        form.sign-out method="post" action=(self.link("/console/sign-out")) {
                            (self.csrf_field())
                            button.quiet type="submit" { "Sign out" }
                        }
                    }
                }
            }
        }
    }
}
