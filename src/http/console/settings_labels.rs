//! How the form of settings calls its fields: the form itself, and what is said of a field that does
//! not fit.

/// The fields, by their names in the form; and those of the API's that are called otherwise.
const LABELS: [(&str, &str); 23] = [
    ("reply_window", "A person's reply silences the AI for"),
    ("human_grace", "Workflows may not send to the AI for"),
    (
        "after_human_unassign",
        "When a person gives a conversation up",
    ),
    (
        "assigned_by_automation",
        "When routing or a workflow assigns a person",
    ),
    ("on_reopen_owned", "When a person's conversation reopens"),
    ("reopen_days", "Days closed, for the last choice"),
    ("target", "Where a handoff goes that names nobody"),
    ("default_target", "Where a handoff goes that names nobody"),
    ("target_id", "HubSpot's id of that team or owner"),
    ("claim_timeout", "A handoff waits for a person for"),
    ("unattended_after", "Alert when a customer waits for"),
    ("hours", "Hours"),
    ("hours.open", "Times"),
    ("open", "Times"),
    ("time_zone", "Time zone"),
    ("channels", "Channels"),
    ("channel_ids", "HubSpot's channel ids, separated by commas"),
    ("sweep_period", "Read all owners again every"),
    ("language", "Language of explanations"),
    ("ai_app_ids", "HubSpot apps that also write for the AI"),
    ("decisions_days", "Timelines of conversations"),
    ("activity_days", "What came in and went out"),
    ("receipts_days", "Answers that repeats get"),
];

/// What a field is called; its own name where the form has no such field.
pub(super) fn label(field: &str) -> &str {
    let known = |name: &str| LABELS.iter().find(|(known, _)| *known == name);
    let whole = field.split('.').next().unwrap_or(field);
    known(field)
        .or_else(|| known(whole))
        .map_or(field, |(_, label)| *label)
}
