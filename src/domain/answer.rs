//! The answer to a request: what a workflow can branch on, and the same for the API.

use super::assess::{AiState, View};
use super::command::{Ask, What};
use super::decide::{Context, Decided, Effect};
use super::explain::{self, Told, Voice};
use super::gate::Portal;
use super::hold::HoldName;
use super::ids::ThreadId;
use super::outcome::{Outcome, ReasonCode};
use super::record::{Record, Scope, ThreadRecord};
use super::standing::{Standing, WouldHaveBeen};
use super::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Everything an answer says. An absent value is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The state after.
    pub ai_state: AiState,
    /// The state just before.
    pub previous_ai_state: AiState,
    /// True if nothing silences the AI. Information: only the fence permits.
    pub ai_may_reply: bool,
    /// What became of the request.
    pub outcome: Outcome,
    /// Why.
    pub reason_code: ReasonCode,
    /// One plain sentence.
    pub explanation: String,
    /// The portal is not live yet: what was decided binds nobody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
    /// What it would have come to, were the portal live. Only while it is observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_have_been: Option<WouldHaveBeen>,
    /// When the silence ends by itself, in epoch milliseconds; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_until: Option<Timestamp>,
    /// The conversation, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ThreadId>,
    /// For how many conversations something changed.
    pub threads_affected: usize,
    /// The decision's id.
    pub decision_id: Uuid,
    /// The conversation's version after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_version: Option<i64>,
    /// Pause: when it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_expires_at: Option<Timestamp>,
    /// Resume: how many holds were lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_holds: Option<usize>,
    /// Resume: how many kinds of hold are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_holds: Option<usize>,
    /// Send to AI: whether the AI was asked for words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_requested: Option<bool>,
    /// Request handoff: the handoff's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handoff_id: Option<Uuid>,
    /// Request handoff: when its time-out acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_deadline: Option<Timestamp>,
}

impl Answer {
    /// Describes a decision that was just folded into `scope`.
    pub fn of(decided: &Decided, scope: &Scope, ask: &Ask, ctx: &Context<'_>) -> Self {
        let (portal, now) = (ctx.portal, ctx.now);
        let shown = Shown::find(decided, scope, portal, now);
        let standing = &shown.standing;
        let holds = &standing.judged;
        let (outcome, reason_code) = decided.verdict;
        let row = decided
            .rows
            .iter()
            .find(|row| row.thread == shown.thread.map(|it| it.id));
        let pause = holds.find(HoldName::Pause);
        let handoff = holds
            .find(HoldName::Handoff)
            .and_then(|hold| hold.handoff.as_ref());
        let is_pause = matches!(ask.what, What::Pause(_));
        let is_resume = matches!(ask.what, What::Resume(_));
        let is_send = matches!(ask.what, What::SendToAi(_));
        let handoff = handoff.filter(|_| matches!(ask.what, What::RequestHandoff(_)));
        let asks_for_words = |effect: &Effect| {
            matches!(
                effect,
                Effect::RequestReply { .. } | Effect::SendMessage { .. }
            )
        };
        Self {
            ai_state: standing.state(),
            previous_ai_state: row.map_or(standing.state(), |row| standing.shown_as(row.before)),
            ai_may_reply: standing.may_reply(),
            outcome,
            reason_code,
            explanation: explanation(decided, &shown, ask, (Voice::of(portal), now)),
            observed: standing.is_observed(),
            would_have_been: standing.would_have_been(),
            silent_until: standing.silent_until(),
            thread_id: if decided.asked.len() == 1 {
                decided.asked.first().copied()
            } else {
                None
            },
            threads_affected: decided
                .rows
                .iter()
                .filter(|row| row.affects_thread())
                .count(),
            decision_id: ctx.decision,
            control_version: shown.thread.map(|thread| thread.control_version),
            pause_expires_at: pause.filter(|_| is_pause).and_then(|pause| pause.until),
            released_holds: is_resume.then_some(decided.released_holds),
            remaining_holds: is_resume.then_some(holds.holds.len()),
            reply_requested: is_send.then(|| decided.effects.iter().any(asks_for_words)),
            handoff_id: handoff.and_then(|handoff| handoff.id).map(|id| id.0),
            claim_deadline: handoff.and_then(|handoff| handoff.claim_deadline),
        }
    }

    /// The outputs as HubSpot wants them: every value a string, times in epoch milliseconds.
    pub fn output_fields(&self) -> BTreeMap<&'static str, String> {
        let millis = |at: Timestamp| at.as_millis().to_string();
        let mut fields = BTreeMap::from([
            ("ai_state", self.ai_state.name().to_owned()),
            (
                "previous_ai_state",
                self.previous_ai_state.name().to_owned(),
            ),
            ("ai_may_reply", self.ai_may_reply.to_string()),
            ("outcome", self.outcome.name().to_owned()),
            ("reason_code", self.reason_code.name().to_owned()),
            ("explanation", self.explanation.clone()),
            ("threads_affected", self.threads_affected.to_string()),
            ("decision_id", self.decision_id.to_string()),
            ("hs_execution_state", self.execution_state().to_owned()),
        ]);
        let would = self.would_have_been;
        let optional = [
            ("observed", self.observed.then(|| true.to_string())),
            (
                "would_have_been",
                would.map(|live| live.ai_state.name().to_owned()),
            ),
            ("silent_until", self.silent_until.map(millis)),
            ("thread_id", self.thread_id.map(|id| id.to_string())),
            (
                "control_version",
                self.control_version.map(|version| version.to_string()),
            ),
            ("pause_expires_at", self.pause_expires_at.map(millis)),
            (
                "released_holds",
                self.released_holds.map(|count| count.to_string()),
            ),
            (
                "remaining_holds",
                self.remaining_holds.map(|count| count.to_string()),
            ),
            (
                "reply_requested",
                self.reply_requested.map(|asked| asked.to_string()),
            ),
            ("handoff_id", self.handoff_id.map(|id| id.to_string())),
            ("claim_deadline", self.claim_deadline.map(millis)),
        ];
        fields.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        fields
    }

    /// A refusal is data to branch on; only an input that does not fit, or a key used twice, is a
    /// fault of the workflow.
    fn execution_state(&self) -> &'static str {
        let faults = [ReasonCode::InputInvalid, ReasonCode::CallbackIdReused];
        if faults.contains(&self.reason_code) {
            "FAIL_CONTINUE"
        } else {
            "SUCCESS"
        }
    }
}

/// The conversation an answer is about.
struct Shown<'a> {
    thread: Option<&'a ThreadRecord>,
    standing: Standing,
}

impl<'a> Shown<'a> {
    fn find(decided: &Decided, scope: &'a Scope, portal: &Portal, now: Timestamp) -> Self {
        let nothing = Record::default();
        let thread = decided.shown.and_then(|id| scope.thread(id));
        let view = View {
            thread: thread.map_or(&nothing, |thread| &thread.record),
            ticket: scope.ticket_record(),
        };
        Shown {
            thread,
            standing: Standing::of(portal, view, now),
        }
    }
}

fn explanation(
    decided: &Decided,
    shown: &Shown<'_>,
    ask: &Ask,
    (voice, now): (Voice, Timestamp),
) -> String {
    if let What::Unfit(unfit) = &ask.what {
        return match decided.rows.is_empty() {
            false => explain::unfit(voice, unfit),
            // Without a line in any timeline, no erasure would find the receipt that quotes it.
            true => explain::unfit(voice, &unfit.unquoted()),
        };
    }
    explain::answer(Told {
        voice,
        what: &ask.what,
        outcome: decided.verdict.0,
        reason: decided.verdict.1,
        strongest: shown.standing.judged.strongest(),
        gate: shown.standing.gates.first().copied(),
        is_observed: shown.standing.is_observed(),
        did_not_wait: ask.waits,
        now,
    })
}
