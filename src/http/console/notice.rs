//! A page that only says something: what happened, and what to do. Every failure ends in one.

use super::layout::{Frame, Page, Section};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::html;

/// Something to say.
pub struct Notice<'a> {
    /// The response's status.
    pub status: StatusCode,
    /// In a few words.
    pub heading: &'a str,
    /// What happened, in one or two sentences.
    pub happened: &'a str,
    /// What to do, step by step; may be empty.
    pub to_do: &'a [&'a str],
    /// The way on: a text and an address of ours.
    pub way_on: Option<(&'a str, &'a str)>,
    /// What support will ask for: the request's id, HubSpot's own words.
    pub details: &'a [(&'a str, &'a str)],
}

impl Notice<'_> {
    /// The response with the page.
    pub fn respond(&self, frame: &Frame) -> HttpResponse {
        let content = html! {
            section.notice.card aria-labelledby="notice" {
                h1 #notice { (self.heading) }
                p { (self.happened) }
                @if let [only] = self.to_do {
                    h2 { "What to do" }
                    p { (only) }
                } @else if !self.to_do.is_empty() {
                    h2 { "What to do" }
                    ol { @for step in self.to_do { li { (step) } } }
                }
                @if let Some((text, path)) = self.way_on {
                    p.actions { a.button href=(frame.link(path)) { (text) } }
                }
                @if !self.details.is_empty() {
                    dl.small {
                        @for (name, value) in self.details {
                            div { dt { (name) } dd { code { (value) } } }
                        }
                    }
                }
            }
        };
        let page = Page {
            title: self.heading,
            section: Section::Outside,
            content,
        };
        frame.respond(self.status, &page)
    }
}
