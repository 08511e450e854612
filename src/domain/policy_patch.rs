//! A portal's policies as an admin reads and changes them: JSON, each value checked, every misfit
//! told at once with its field, its value and what would fit.

use super::hold::HandoffTarget;
use super::hours::{Hours, OpenInterval, Weekday};
use super::ids::ChannelId;
use super::language::Language;
use super::policy::{
    AfterHumanUnassign, AssignedByAutomation, Channels, OnReopenOwned, Policies, Retention,
};
use super::policy_value::{Given, PolicyMisfit, written_span, written_time_of_day};
use super::time::Span;
use chrono_tz::Tz;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

const MOST_CHANNELS: usize = 100;
const MOST_APPS: usize = 50;
const MOST_INTERVALS: usize = 50;
/// After how many days closed a conversation may be the AI's again; longer is for ever.
pub const DAYS_CLOSED: RangeInclusive<u16> = 1..=3_650;

/// How long workflows may not send to the AI after a person's reply.
pub const HUMAN_GRACE: RangeInclusive<Span> = Span::from_secs(0)..=Span::from_days(1);
/// How long a person's reply silences: replies are kept for 48 hours, and a window must end well
/// before.
pub const REPLY_WINDOW: RangeInclusive<Span> = Span::from_minutes(1)..=Span::from_days(1);
/// How long a handoff waits for a person: as long as an action may ask for.
pub const CLAIM_TIMEOUT: RangeInclusive<Span> = Span::from_minutes(1)..=Span::from_days(365);
/// How long a customer waits until that is an alert.
pub const UNATTENDED_AFTER: RangeInclusive<Span> = Span::from_minutes(1)..=Span::from_days(7);
/// How old a reading of an owner may be: the AI may not speak by one read longer ago.
pub const SWEEP_PERIOD: RangeInclusive<Span> = Span::from_minutes(1)..=Span::from_hours(1);

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
const AFTER_UNASSIGN: [(&str, AfterHumanUnassign); 3] = [
    ("request_handoff", AfterHumanUnassign::RequestHandoff),
    ("ai_after_grace", AfterHumanUnassign::AiAfterGrace),
    ("ai_now", AfterHumanUnassign::AiNow),
];
const BY_AUTOMATION: [(&str, AssignedByAutomation); 2] = [
    ("silences", AssignedByAutomation::Silences),
    (
        "waits_for_first_reply",
        AssignedByAutomation::WaitsForFirstReply,
    ),
];

impl Policies {
    /// These policies with those of `patch` in place of them. `null` stands for the default; what
    /// is not named stays.
    ///
    /// # Errors
    /// Every value that does not fit, in the order of their names.
    pub fn patched(&self, patch: &Value) -> Result<Self, Vec<PolicyMisfit>> {
        let Some(object) = patch.as_object() else {
            let whole = Given::new("the body", patch);
            return Err(vec![whole.misfit("a JSON object of policies")]);
        };
        let mut patched = self.clone();
        let mut misfits = Vec::new();
        for (name, value) in object {
            if let Err(misfit) = set(&mut patched, name, &Given::new(name, value)) {
                misfits.push(misfit);
            }
        }
        if misfits.is_empty() {
            Ok(patched)
        } else {
            Err(misfits)
        }
    }

    /// As an admin reads them: a patch that would set each to what it is.
    pub fn shown(&self) -> Value {
        json!({
            "allow_workflow_takeover": self.allow_workflow_takeover,
            "human_grace": written_span(self.human_grace),
            "reply_window": written_span(self.reply_window),
            "after_human_unassign": self.after_human_unassign,
            "assigned_by_automation": self.assigned_by_automation,
            "on_reopen_owned": self.on_reopen_owned,
            "ignore_other_ai": self.ignore_other_ai,
            "loop_guard": self.loop_guard,
            "claim_timeout": written_span(self.claim_timeout),
            "default_target": self.default_target.to_string(),
            "channels": shown_channels(&self.channels),
            "hours": shown_hours(&self.hours),
            "unattended_after": written_span(self.unattended_after),
            "sweep_period": written_span(self.sweep_period),
            "deliver_text": self.deliver_text,
            "create_ticket_on_handoff": self.create_ticket_on_handoff,
            "language": self.language,
            "ai_app_ids": self.ai_app_ids,
            "retention": self.retention,
        })
    }
}

fn set(it: &mut Policies, name: &str, given: &Given<'_>) -> Result<(), PolicyMisfit> {
    let usual = Policies::default();
    match name {
        "allow_workflow_takeover" => {
            it.allow_workflow_takeover = or(given, usual.allow_workflow_takeover, Given::flag)?;
        }
        "human_grace" => it.human_grace = span(given, usual.human_grace, &HUMAN_GRACE)?,
        "reply_window" => it.reply_window = span(given, usual.reply_window, &REPLY_WINDOW)?,
        "after_human_unassign" => {
            let read = |given: &Given<'_>| given.choice(&AFTER_UNASSIGN);
            it.after_human_unassign = or(given, usual.after_human_unassign, read)?;
        }
        "assigned_by_automation" => {
            let read = |given: &Given<'_>| given.choice(&BY_AUTOMATION);
            it.assigned_by_automation = or(given, usual.assigned_by_automation, read)?;
        }
        "on_reopen_owned" => {
            it.on_reopen_owned = or(given, usual.on_reopen_owned, on_reopen_owned)?;
        }
        "ignore_other_ai" => it.ignore_other_ai = or(given, usual.ignore_other_ai, Given::flag)?,
        "loop_guard" => it.loop_guard = or(given, usual.loop_guard, Given::flag)?,
        "claim_timeout" => it.claim_timeout = span(given, usual.claim_timeout, &CLAIM_TIMEOUT)?,
        "default_target" => it.default_target = or(given, usual.default_target, target)?,
        "channels" => it.channels = or(given, usual.channels, channels)?,
        "hours" => it.hours = or(given, usual.hours, hours)?,
        "unattended_after" => {
            it.unattended_after = span(given, usual.unattended_after, &UNATTENDED_AFTER)?;
        }
        "sweep_period" => it.sweep_period = span(given, usual.sweep_period, &SWEEP_PERIOD)?,
        "deliver_text" => it.deliver_text = or(given, usual.deliver_text, Given::flag)?,
        "create_ticket_on_handoff" => {
            it.create_ticket_on_handoff = or(given, usual.create_ticket_on_handoff, Given::flag)?;
        }
        "language" => {
            let tags = Language::ALL.map(|it| (it.tag(), it.tag()));
            let read = |given: &Given<'_>| given.choice(&tags).map(str::to_owned);
            it.language = or(given, usual.language, read)?;
        }
        "ai_app_ids" => {
            it.ai_app_ids = or(given, usual.ai_app_ids, |given| given.ids(MOST_APPS))?;
        }
        "retention" => {
            let known = it.retention;
            it.retention = or(given, usual.retention, |given| retention(given, known))?;
        }
        _ => return Err(given.misfit(format!("one of the policies {}", NAMES.join(", ")))),
    }
    Ok(())
}

/// The names of all policies.
const NAMES: [&str; 19] = [
    "allow_workflow_takeover",
    "human_grace",
    "reply_window",
    "after_human_unassign",
    "assigned_by_automation",
    "on_reopen_owned",
    "ignore_other_ai",
    "loop_guard",
    "claim_timeout",
    "default_target",
    "channels",
    "hours",
    "unattended_after",
    "sweep_period",
    "deliver_text",
    "create_ticket_on_handoff",
    "language",
    "ai_app_ids",
    "retention",
];

/// `null` stands for the default.
fn or<'a, T>(
    given: &Given<'a>,
    default: T,
    read: impl FnOnce(&Given<'a>) -> Result<T, PolicyMisfit>,
) -> Result<T, PolicyMisfit> {
    if given.is_null() {
        Ok(default)
    } else {
        read(given)
    }
}

fn span(
    given: &Given<'_>,
    default: Span,
    range: &RangeInclusive<Span>,
) -> Result<Span, PolicyMisfit> {
    or(given, default, |given| given.span(range))
}

fn on_reopen_owned(given: &Given<'_>) -> Result<OnReopenOwned, PolicyMisfit> {
    let wholly = || given.misfit("person, ai, or an object with ai_after_days");
    if given.text().is_some() {
        let named = [("person", OnReopenOwned::Person), ("ai", OnReopenOwned::Ai)];
        return given.choice(&named).map_err(|_| wholly());
    }
    let fields = given.object(&["ai_after_days"]).map_err(|_| wholly())?;
    let days = fields.get("ai_after_days").days(DAYS_CLOSED)?;
    Ok(OnReopenOwned::AiAfterDays(days))
}

fn target(given: &Given<'_>) -> Result<HandoffTarget, PolicyMisfit> {
    let parsed = given.text().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| given.misfit("unassigned, user:<owner id> or team:<team id>"))
}

fn channels(given: &Given<'_>) -> Result<Channels, PolicyMisfit> {
    if given.is("all") {
        return Ok(Channels::All);
    }
    let expected = format!("all, or a list of at most {MOST_CHANNELS} channel ids");
    let ids = given.ids(MOST_CHANNELS);
    let ids = ids.map_err(|_| given.misfit(expected))?;
    Ok(Channels::Only(ids.into_iter().map(ChannelId).collect()))
}

fn hours(given: &Given<'_>) -> Result<Hours, PolicyMisfit> {
    if given.is("always") {
        return Ok(Hours::Always);
    }
    let fields = given.object(&["time_zone", "open"]);
    let fields = fields
        .map_err(|inner| or_whole(inner, given, "always, or an object with time_zone, open"))?;
    let zone = fields.get("time_zone");
    let time_zone: Option<Tz> = zone.text().and_then(|name| name.parse().ok());
    let expected = "the name of a time zone, for instance Europe/Berlin";
    let time_zone = time_zone.ok_or_else(|| zone.misfit(expected))?;
    let open = fields.get("open").items(MOST_INTERVALS)?;
    let open: Result<Vec<OpenInterval>, PolicyMisfit> = open.iter().map(interval).collect();
    Ok(Hours::Weekly {
        time_zone,
        open: open?,
    })
}

/// A misfit within a value says more than one of the whole value.
fn or_whole(inner: PolicyMisfit, given: &Given<'_>, expected: &str) -> PolicyMisfit {
    let whole = given.misfit(expected);
    if inner.field == whole.field {
        whole
    } else {
        inner
    }
}

fn interval(given: &Given<'_>) -> Result<OpenInterval, PolicyMisfit> {
    let fields = given.object(&["day", "from", "to"])?;
    let from = fields.get("from");
    let from_minute = from.minute_of_day()?;
    if from_minute == 24 * 60 {
        return Err(from.misfit("a time of day from 00:00 to 23:59"));
    }
    Ok(OpenInterval {
        day: fields.get("day").choice(&WEEKDAYS)?,
        from_minute,
        to_minute: fields.get("to").minute_of_day()?,
    })
}

fn retention(given: &Given<'_>, known: Retention) -> Result<Retention, PolicyMisfit> {
    let fields = given.object(&["decisions_days", "activity_days", "receipts_days"])?;
    let days = |name: &str, known: u16, range: RangeInclusive<u16>| {
        let given = fields.get(name);
        if given.is_null() {
            Ok(known)
        } else {
            given.days(range)
        }
    };
    Ok(Retention {
        decisions_days: days("decisions_days", known.decisions_days, Retention::DECISIONS)?,
        activity_days: days("activity_days", known.activity_days, Retention::ACTIVITY)?,
        receipts_days: days("receipts_days", known.receipts_days, Retention::RECEIPTS)?,
    })
}

fn shown_channels(channels: &Channels) -> Value {
    match channels {
        Channels::All => json!("all"),
        // HubSpot's ids do not fit every JSON reader's numbers.
        Channels::Only(ids) => ids.iter().map(ToString::to_string).collect(),
    }
}

fn shown_hours(hours: &Hours) -> Value {
    match hours {
        Hours::Always => json!("always"),
        Hours::Weekly { time_zone, open } => {
            let intervals = open.iter().map(|interval| {
                json!({
                    "day": interval.day,
                    "from": written_time_of_day(interval.from_minute),
                    "to": written_time_of_day(interval.to_minute),
                })
            });
            json!({"time_zone": time_zone, "open": intervals.collect::<Vec<_>>()})
        }
    }
}
