//! A portal's settings as a form. Deliberately without `create_ticket_on_handoff` and `deliver_text`,
//! which the API keeps: nothing does yet what they ask for.

use super::layout::Frame;
use super::settings_labels::label;
use super::settings_text::{channels_text, hours_text, minutes, zone_text};
use crate::domain::hold::HandoffTarget;
use crate::domain::hours::Hours;
use crate::domain::policy::{
    AfterHumanUnassign, AssignedByAutomation, Channels, OnReopenOwned, Policies, Retention,
};
use crate::domain::policy_patch;
use crate::domain::time::Span;
use crate::service::show_portals::PortalView;
use maud::{Markup, html};
use std::ops::RangeInclusive;

/// The form. `seen` lets what somebody else saves meanwhile stand.
pub(super) fn settings_form(frame: &Frame, shown: &PortalView) -> Markup {
    let (portal, settings) = (shown.portal_id, &shown.settings);
    let action = frame.link(format!("/console/portals/{portal}/settings"));
    let seen = serde_json::to_string(settings).unwrap_or_default();
    html! {
        form.settings method="post" action=(action) {
            (frame.csrf_field())
            input type="hidden" name="seen" value=(seen);
            (people(settings))
            (handoffs(settings))
            (when_and_where(settings, shown.account.time_zone.as_deref()))
            (the_rest(settings))
            (histories(&settings.retention))
            p.actions {
                button type="submit" { "Save settings" }
                a.button.second href=(frame.link(format!("/console/portals/{portal}"))) { "Cancel" }
            }
        }
    }
}

fn people(settings: &Policies) -> Markup {
    use AfterHumanUnassign as After;
    use AssignedByAutomation as Assigned;
    let days = match settings.on_reopen_owned {
        OnReopenOwned::AiAfterDays(days) => days,
        OnReopenOwned::Ai | OnReopenOwned::Person => 7,
    };
    html! {
        section.card aria-labelledby="people" {
            h2 #people { "When a person is involved" }
            div.fields {
                (span("reply_window", settings.reply_window, &policy_patch::REPLY_WINDOW, ""))
                (span("human_grace", settings.human_grace, &policy_patch::HUMAN_GRACE,
                    "after a person's reply"))
                (select("after_human_unassign", &[
                    ("request_handoff", "a handoff stays pending", settings.after_human_unassign == After::RequestHandoff),
                    ("ai_after_grace", "the AI may answer after the time above", settings.after_human_unassign == After::AiAfterGrace),
                    ("ai_now", "the AI may answer at once", settings.after_human_unassign == After::AiNow),
                ]))
                (select("assigned_by_automation", &[
                    ("silences", "the AI falls silent at once", settings.assigned_by_automation == Assigned::Silences),
                    ("waits_for_first_reply", "the AI goes on until that person replies",
                        settings.assigned_by_automation == Assigned::WaitsForFirstReply),
                ]))
                (select("on_reopen_owned", &[
                    ("person", "the person answers", settings.on_reopen_owned == OnReopenOwned::Person),
                    ("ai", "the AI answers", settings.on_reopen_owned == OnReopenOwned::Ai),
                    ("ai_after_days", "the AI answers if it was closed for some days",
                        matches!(settings.on_reopen_owned, OnReopenOwned::AiAfterDays(_))),
                ]))
                div.field {
                    label for="reopen_days" { (label("reopen_days")) }
                    input #reopen_days type="number" name="reopen_days"
                        min=(policy_patch::DAYS_CLOSED.start()) max=(policy_patch::DAYS_CLOSED.end()) value=(days);
                }
            }
            (check("allow_workflow_takeover", "Workflows may take a conversation from a person",
                settings.allow_workflow_takeover))
        }
    }
}

fn handoffs(settings: &Policies) -> Markup {
    let (kind, id) = match settings.default_target {
        HandoffTarget::Unassigned => ("unassigned", None),
        HandoffTarget::Team(id) => ("team", Some(id)),
        HandoffTarget::User(id) => ("user", Some(id)),
    };
    html! {
        section.card aria-labelledby="handoffs" {
            h2 #handoffs { "Handoffs" }
            div.fields {
                (select("target", &[
                    ("unassigned", "to nobody in particular", kind == "unassigned"),
                    ("team", "to a team", kind == "team"),
                    ("user", "to a person", kind == "user"),
                ]))
                div.field {
                    label for="target_id" { (label("target_id")) }
                    input #target_id name="target_id" inputmode="numeric" value=[id];
                }
                (span("claim_timeout", settings.claim_timeout, &policy_patch::CLAIM_TIMEOUT, ""))
                (span("unattended_after", settings.unattended_after, &policy_patch::UNATTENDED_AFTER, ""))
            }
        }
    }
}

fn when_and_where(settings: &Policies, usual_zone: Option<&str>) -> Markup {
    let zone = zone_text(&settings.hours).or(usual_zone).unwrap_or("UTC");
    let is_weekly = matches!(settings.hours, Hours::Weekly { .. });
    let is_some = matches!(settings.channels, Channels::Only(_));
    html! {
        section.card aria-labelledby="when" {
            h2 #when { "When and where the AI answers" }
            div.fields {
                (select("hours", &[
                    ("always", "around the clock", !is_weekly),
                    ("weekly", "only at these times", is_weekly),
                ]))
                div.field {
                    label for="time_zone" { (label("time_zone")) }
                    input #time_zone name="time_zone" value=(zone) placeholder="Europe/Berlin"
                        autocomplete="off" spellcheck="false";
                }
                div.field {
                    label for="open" { (label("open")) }
                    textarea #open name="open" rows="5" aria-describedby="open-hint"
                        placeholder="Mon 09:00-17:00" { (hours_text(&settings.hours)) }
                    p.small #open-hint { "One a line, such as Mon 09:00-17:00 or Fri 22:00-02:00." }
                }
                div.stack {
                    (select("channels", &[
                        ("all", "all channels", !is_some),
                        ("only", "only these", is_some),
                    ]))
                    div.field {
                        label for="channel_ids" { (label("channel_ids")) }
                        input #channel_ids name="channel_ids" value=(channels_text(&settings.channels));
                    }
                }
            }
        }
    }
}

fn the_rest(settings: &Policies) -> Markup {
    let ids: Vec<String> = settings.ai_app_ids.iter().map(i64::to_string).collect();
    html! {
        section.card aria-labelledby="rest" {
            h2 #rest { "Also" }
            (check("loop_guard", "Calm down workflows that contradict one another", settings.loop_guard))
            (check("ignore_other_ai", "The AI may answer beside another AI", settings.ignore_other_ai))
            div.fields {
                (span("sweep_period", settings.sweep_period, &policy_patch::SWEEP_PERIOD, ""))
                div.field {
                    label for="language" { (label("language")) }
                    input #language name="language" value=(settings.language) aria-describedby="language-hint";
                    p.small #language-hint { "One of en, fr, de, ja, es, pt-br, nl. Only the English sentences were read by a native speaker." }
                }
                div.field {
                    label for="ai_app_ids" { (label("ai_app_ids")) }
                    input #ai_app_ids name="ai_app_ids" value=(ids.join(", ")) aria-describedby="apps-hint";
                    p.small #apps-hint { "App ids, separated by commas; Baton's own need not be here." }
                }
            }
        }
    }
}

fn histories(retention: &Retention) -> Markup {
    html! {
        section.card aria-labelledby="histories" {
            h2 #histories { "How long histories are kept" }
            div.fields {
                (days("decisions_days", retention.decisions_days, Retention::DECISIONS))
                (days("activity_days", retention.activity_days, Retention::ACTIVITY))
                (days("receipts_days", retention.receipts_days, Retention::RECEIPTS))
            }
        }
    }
}

fn days(name: &str, value: u16, range: RangeInclusive<u16>) -> Markup {
    html! {
        div.field {
            label for=(name) { (label(name)) }
            div.with-unit {
                input id=(name) type="number" name=(name) min=(range.start()) max=(range.end()) required value=(value);
                span { "days" }
            }
        }
    }
}

fn span(name: &str, value: Span, range: &RangeInclusive<Span>, after: &str) -> Markup {
    let (least, most) = (minutes(*range.start()), minutes(*range.end()));
    html! {
        div.field {
            label for=(name) { (label(name)) }
            div.with-unit {
                input id=(name) type="number" name=(name) min=(least) max=(most) step="any" required value=(minutes(value));
                span { "minutes " (after) }
            }
        }
    }
}

fn select(name: &str, options: &[(&str, &str, bool)]) -> Markup {
    html! {
        div.field {
            label for=(name) { (label(name)) }
            select id=(name) name=(name) {
                @for (value, text, is_chosen) in options {
                    option value=(value) selected[*is_chosen] { (text) }
                }
            }
        }
    }
}

fn check(name: &str, label: &str, is_on: bool) -> Markup {
    html! {
        label.choice { input type="checkbox" name=(name) value="yes" checked[is_on]; (label) }
    }
}
