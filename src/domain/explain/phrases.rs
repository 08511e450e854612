//! What every language has to say, with places in braces for what differs from case to case.
//! A sentence stays below 255 characters with the longest values that its places can have.

/// The texts of one language.
pub(super) struct Phrases {
    /// Who did something.
    pub(super) who: Who,
    /// Sentences about where a conversation stands.
    pub(super) state: State,
    /// What became of a request. `{state}` is a sentence of [`State`].
    pub(super) outcome: Outcomes,
    /// Gates that are shut.
    pub(super) gates: Gates,
    /// chrono's format of a time within 12 hours.
    pub(super) near: &'static str,
    /// chrono's format of any other time.
    pub(super) far: &'static str,
}

/// Who did something. `{id}` and `{name}` are the caller's.
pub(super) struct Who {
    pub(super) workflow: &'static str,
    pub(super) some_workflow: &'static str,
    pub(super) test_run: &'static str,
    pub(super) ai: &'static str,
    pub(super) named_ai: &'static str,
    pub(super) admin: &'static str,
    pub(super) named_admin: &'static str,
    pub(super) gave_up: &'static str,
    pub(super) spoke_before: &'static str,
}

/// Where a conversation stands.
pub(super) struct State {
    pub(super) free: &'static str,
    /// `{gate}`
    pub(super) gated: &'static str,
    /// `{by}` `{since}`
    pub(super) locked: &'static str,
    /// `{by}` `{since}`
    pub(super) person_owns: &'static str,
    /// `{by}` `{since}` `{until}`
    pub(super) person_replied: &'static str,
    /// `{target}` `{since}` `{by}` `{offered}`
    pub(super) handoff_pending: &'static str,
    /// The same.
    pub(super) handoff_claimed: &'static str,
    /// `{id}`
    pub(super) to_team: &'static str,
    /// `{id}`
    pub(super) to_owner: &'static str,
    /// `{person}`
    pub(super) offered: &'static str,
    /// `{until}`
    pub(super) damped: &'static str,
    /// `{by}` `{until}`
    pub(super) paused: &'static str,
    /// `{time}`
    pub(super) until: &'static str,
    pub(super) until_resumed: &'static str,
}

/// What became of a request.
pub(super) struct Outcomes {
    pub(super) withdrawn: &'static str,
    pub(super) merged: &'static str,
    pub(super) extended: &'static str,
    pub(super) shadowed: &'static str,
    pub(super) not_found: &'static str,
    pub(super) dry_run: &'static str,
    /// `{live}`
    pub(super) observed: &'static str,
    pub(super) did_not_wait: &'static str,
    pub(super) taking_over: &'static str,
    pub(super) taking_back: &'static str,
    pub(super) opening: &'static str,
    pub(super) recorded: &'static str,
    pub(super) stale: &'static str,
    pub(super) no_takeover: &'static str,
    pub(super) ambiguous: &'static str,
    pub(super) id_reused: &'static str,
    /// `{field}` `{expected}`
    pub(super) input_missing: &'static str,
    /// `{field}` `{value}` `{expected}`
    pub(super) input_misfit: &'static str,
}

/// Gates that are shut: what it is and how it opens.
pub(super) struct Gates {
    pub(super) not_connected: &'static str,
    pub(super) connection_unavailable: &'static str,
    pub(super) kill_switch: &'static str,
    pub(super) no_sender: &'static str,
    pub(super) spam: &'static str,
    pub(super) channel: &'static str,
    pub(super) closed: &'static str,
    pub(super) other_ai: &'static str,
    pub(super) outside_hours: &'static str,
    pub(super) owner_unknown: &'static str,
    pub(super) message_unread: &'static str,
}

/// The template with its places filled, in one pass: what is filled in is not looked at again.
pub(super) fn fill(template: &str, places: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let place = places.iter().find(|(known, _)| *known == name);
        text.push_str(place.map_or("", |(_, value)| value));
        rest = after;
    }
    text.push_str(rest);
    text
}
