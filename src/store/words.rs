//! Where people's words stand in what is stored, as SQL that takes them out. Ids, versions, states
//! and codes stay, so that timelines and their fold stay whole.

/// Holds without notes and what callers attached.
pub(super) fn holds(column: &str) -> String {
    format!(
        "coalesce((SELECT jsonb_agg(hold - 'note' - 'metadata' ORDER BY place) \
         FROM jsonb_array_elements({column}) WITH ORDINALITY AS each (hold, place)), '[]')"
    )
}

/// The column `upkeep` with the holds of its releases without words.
pub(super) fn upkeep(column: &str) -> String {
    let holds = holds("release -> 'holds'");
    format!(
        "CASE WHEN {column} ? 'releases' THEN jsonb_set({column}, '{{releases}}', \
         (SELECT jsonb_agg(CASE WHEN release ? 'holds' \
            THEN jsonb_set(release, '{{holds}}', {holds}) ELSE release END ORDER BY n) \
          FROM jsonb_array_elements({column} -> 'releases') WITH ORDINALITY AS r (release, n))) \
         ELSE {column} END"
    )
}

/// The column `ticket_after` without words.
pub(super) fn ticket_after(column: &str) -> String {
    let holds = holds(&format!("{column} -> 'holds'"));
    format!("jsonb_set({column}, '{{holds}}', {holds})")
}

/// A line's command without the texts that were to be sent or followed, and without an input that
/// did not fit.
pub(super) const COMMAND_WITHOUT_TEXTS: &str = "command #- '{what,customer_message}' \
    #- '{what,value}' #- '{what,mode,text}' #- '{what,mode,instruction}'";

/// True for a line whose command has such a text: the predicate of the index
/// `decisions_with_words`, to the letter.
pub(super) const COMMAND_HAS_TEXTS: &str = "(command -> 'what' ?| \
    ARRAY['customer_message', 'value'] OR command #> '{what,mode}' ?| ARRAY['text', 'instruction'])";

/// The sentence of an input that did not fit quotes it.
pub(super) const EXPLANATION: &str = "CASE reason_code WHEN 'INPUT_INVALID' \
    THEN 'An input did not fit; it was erased.' ELSE explanation END";
