//! The settings form as sent: which settings it changes against what its sender saw.

use super::form::Form;
use super::page_error::Why;
use super::settings_text::{misfit, read_channels, read_days, read_hours, read_ids, read_minutes};
use crate::domain::hold::HandoffTarget;
use crate::domain::hours::Hours;
use crate::domain::policy::{
    AfterHumanUnassign, AssignedByAutomation, Channels, OnReopenOwned, Policies, Retention,
};
use crate::domain::policy_patch;
use serde_json::{Map, Value};

/// What differs from what the form showed when it was opened; what somebody else saved meanwhile
/// stands.
///
/// # Errors
/// [`Why::Misfit`] names the field.
pub(super) fn changes(form: &Form) -> Result<Map<String, Value>, Why> {
    let seen = form.one("seen")?.unwrap_or_default();
    let seen: Policies = serde_json::from_str(seen)
        .map_err(|_| Why::Misfit("the form is not complete".to_owned()))?;
    let wanted = wanted(form, &seen)?;
    let (seen, wanted) = (as_object(&seen), as_object(&wanted));
    let differs = |(name, value): &(String, Value)| seen.get(name) != Some(value);
    Ok(wanted.into_iter().filter(differs).collect())
}

/// What the form has no field for stays as it was seen.
fn wanted(form: &Form, seen: &Policies) -> Result<Policies, Why> {
    let text = |name: &str| form.one(name).map(Option::unwrap_or_default);
    let is_on = |name: &str| Ok::<bool, Why>(text(name)? == "yes");
    let days = |name: &str, range| read_days(name, text(name)?, range);
    let span = |name: &str, range| read_minutes(name, text(name)?, range);
    Ok(Policies {
        allow_workflow_takeover: is_on("allow_workflow_takeover")?,
        human_grace: span("human_grace", &policy_patch::HUMAN_GRACE)?,
        reply_window: span("reply_window", &policy_patch::REPLY_WINDOW)?,
        after_human_unassign: match text("after_human_unassign")? {
            "request_handoff" => AfterHumanUnassign::RequestHandoff,
            "ai_after_grace" => AfterHumanUnassign::AiAfterGrace,
            "ai_now" => AfterHumanUnassign::AiNow,
            _ => return Err(misfit("after_human_unassign", "one of the choices")),
        },
        assigned_by_automation: match text("assigned_by_automation")? {
            "silences" => AssignedByAutomation::Silences,
            "waits_for_first_reply" => AssignedByAutomation::WaitsForFirstReply,
            _ => return Err(misfit("assigned_by_automation", "one of the choices")),
        },
        on_reopen_owned: match text("on_reopen_owned")? {
            "person" => OnReopenOwned::Person,
            "ai" => OnReopenOwned::Ai,
            "ai_after_days" => {
                let days = read_days(
                    "reopen_days",
                    text("reopen_days")?,
                    policy_patch::DAYS_CLOSED,
                )?;
                OnReopenOwned::AiAfterDays(days)
            }
            _ => return Err(misfit("on_reopen_owned", "one of the choices")),
        },
        ignore_other_ai: is_on("ignore_other_ai")?,
        loop_guard: is_on("loop_guard")?,
        claim_timeout: span("claim_timeout", &policy_patch::CLAIM_TIMEOUT)?,
        default_target: target(text("target")?, text("target_id")?)?,
        channels: match text("channels")? {
            "all" => Channels::All,
            "only" => read_channels(text("channel_ids")?)?,
            _ => return Err(misfit("channels", "one of the choices")),
        },
        hours: match text("hours")? {
            "always" => Hours::Always,
            "weekly" => read_hours(text("open")?, text("time_zone")?)?,
            _ => return Err(misfit("hours", "one of the choices")),
        },
        unattended_after: span("unattended_after", &policy_patch::UNATTENDED_AFTER)?,
        sweep_period: span("sweep_period", &policy_patch::SWEEP_PERIOD)?,
        deliver_text: seen.deliver_text,
        create_ticket_on_handoff: seen.create_ticket_on_handoff,
        language: text("language")?.to_owned(),
        ai_app_ids: read_ids("ai_app_ids", text("ai_app_ids")?)?,
        retention: Retention {
            decisions_days: days("decisions_days", Retention::DECISIONS)?,
            activity_days: days("activity_days", Retention::ACTIVITY)?,
            receipts_days: days("receipts_days", Retention::RECEIPTS)?,
        },
    })
}

fn target(kind: &str, id: &str) -> Result<HandoffTarget, Why> {
    let id = || {
        let id = id.parse().ok().filter(|id: &i64| *id > 0);
        id.ok_or_else(|| misfit("target_id", "a number above zero"))
    };
    match kind {
        "unassigned" => Ok(HandoffTarget::Unassigned),
        "team" => Ok(HandoffTarget::Team(id()?)),
        "user" => Ok(HandoffTarget::User(id()?)),
        _ => Err(misfit("target", "one of the choices")),
    }
}

fn as_object(policies: &Policies) -> Map<String, Value> {
    match policies.shown() {
        Value::Object(object) => object,
        // What is shown is always an object.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
