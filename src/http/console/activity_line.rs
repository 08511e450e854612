//! One line of the activity log; of a failure with what was received, as far as it may be kept.

use super::activity_filters::kind_name;
use super::layout::Frame;
use super::shown_time::moment;
use crate::domain::time::Timestamp;
use crate::store::activity::Activity;
use maud::{Markup, html};

/// The line.
pub(super) fn activity_line(frame: &Frame, line: &Activity, now: Timestamp) -> Markup {
    let (class, status) = match line.status {
        0 => ("pill bad", "no answer".to_owned()),
        code @ 1..=399 => ("pill good", code.to_string()),
        code => ("pill bad", code.to_string()),
    };
    let has_more = line.headers.is_some() || line.body.is_some();
    html! {
        li {
            div.row {
                span { strong { (kind_name(line.kind)) } " " code.small { (line.what) } }
                span.end.row {
                    @if line.is_test { span.tag { "test run" } }
                    span class=(class) { (status) }
                }
            }
            @if let Some(failure) = &line.failure { p { (failure) } }
            p.small.muted {
                (moment(line.happened_at, now))
                " · " (milliseconds(line.duration_us))
                @if line.portal.0 != 0 { " · portal " (line.portal) }
                @for subject in &line.subjects { " · " (about(frame, line, subject)) }
                @if let Some(request) = line.request_id { " · request " code { (request) } }
            }
            @if has_more {
                details {
                    summary.small { "What was received" }
                    div {
                        @if let Some(headers) = line.headers.as_ref().and_then(|headers| headers.as_object()) {
                            dl.small {
                                @for (name, value) in headers {
                                    div { dt { (name) } dd { code { (value.as_str().unwrap_or_default()) } } }
                                }
                            }
                        }
                        @if let Some(body) = &line.body { pre { code { (body) } } }
                    }
                }
            }
        }
    }
}

/// What it was about, with a way there.
fn about(frame: &Frame, line: &Activity, subject: &str) -> Markup {
    let portal = line.portal;
    let (path, words) = match subject.split_once(':') {
        Some(("thread", id)) => ("conversations", format!("conversation {id}")),
        Some(("ticket", id)) => ("tickets", format!("ticket {id}")),
        Some((other, id)) => return html! { (other) " " (id) },
        None => return html! { (subject) },
    };
    let id = subject.rsplit(':').next().unwrap_or_default();
    html! { a href=(frame.link(format!("/console/portals/{portal}/{path}/{id}"))) { (words) } }
}

fn milliseconds(micros: i64) -> String {
    let tenths = (micros + 50) / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}
