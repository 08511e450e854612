//! What `trigger` prints: the request in two or three lines, the answer one output a line, and
//! what to do about the usual refusals.

use super::hubspot_beside::NotTold;
use crate::simulator::caller::{Answer, Caller};
use std::fmt::Write as _;
use std::io::Write as _;

/// Read first, and in this order; the others follow by name.
const FIRST_OUTPUTS: [&str; 6] = [
    "outcome",
    "reason_code",
    "explanation",
    "ai_state",
    "previous_ai_state",
    "ai_may_reply",
];

/// A reader that closed its end (`| head`) is no reason to complain.
pub fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// That only Baton was told.
pub fn untold(why: &NotTold) -> String {
    format!("\nHubSpot does not know of this, so Baton's next reading may undo it: {why}.\n")
}

/// What is called, under which ids.
pub fn request_line(caller: &Caller, path: &str, named: &[(&str, String)]) -> String {
    let (called, signed) = (caller.called_url(path), caller.signed_url(path));
    let named = named.iter().map(|(name, value)| (*name, value.as_str()));
    let mut lines: Vec<(&str, &str)> = named.collect();
    if signed != called {
        lines.push(("signed as", signed.as_str()));
    }
    format!("POST {called}\n{}", aligned(lines))
}

/// The headers that matter and the body.
pub fn whole_request(signature: &[(&'static str, String)], body: &[u8]) -> String {
    let headers = signature
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let mut text = aligned(headers);
    text.push_str(&indented(&String::from_utf8_lossy(body)));
    text
}

/// The status, every output, and a hint where one helps.
pub fn answer(answer: &Answer) -> String {
    let millis = answer.took.as_secs_f64() * 1_000.0;
    let mut text = format!("\n{} in {millis:.1} ms", answer.status);
    if let Some(request_id) = &answer.request_id {
        // Writing to a String cannot fail.
        let _ = write!(text, ", request {request_id}");
    }
    text.push('\n');
    match &answer.outputs {
        Some(outputs) => {
            let first = FIRST_OUTPUTS
                .iter()
                .filter_map(|name| outputs.get_key_value(*name));
            let is_other = |name: &&String| !FIRST_OUTPUTS.contains(&name.as_str());
            let others = outputs.iter().filter(|(name, _)| is_other(name));
            let lines = first.chain(others);
            text.push_str(&aligned(
                lines.map(|(name, value)| (name.as_str(), value.as_str())),
            ));
        }
        None if answer.body.is_empty() => {}
        None => text.push_str(&indented(&String::from_utf8_lossy(&answer.body))),
    }
    if let Some(hint) = hint(answer.status) {
        let _ = writeln!(text, "\n{hint}");
    }
    text
}

fn hint(status: u16) -> Option<&'static str> {
    match status {
        401 => Some(
            "The secret or the URL that was signed differs from the service's \
             (--secret, --public-url), the clocks are minutes apart, or a webhook was signed with \
             v1 alone (HUBSPOT_WEBHOOKS_ACCEPT_V1).",
        ),
        403 => Some("The service does not serve this portal (--portal, BATON_ALLOWED_PORTALS)."),
        404 => Some("No such address: is --url the service's, with its path prefix if it has one?"),
        429 => Some("HubSpot would send this again later."),
        500.. => Some(
            "The service could not decide now; HubSpot would send this again later. \
             If the answer does not say why, its /readyz does.",
        ),
        _ => None,
    }
}

/// Names and values, a pair in each line.
pub fn aligned<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let lines: Vec<_> = lines.into_iter().collect();
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    lines.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "  {name:<width$}  {}", printable(value));
        text
    })
}

fn indented(body: &str) -> String {
    format!("  {}\n", printable(body))
}

/// Control characters of a stranger's answer do not reach the terminal.
fn printable(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn answered(status: u16, body: &str, outputs: &[(&str, &str)]) -> Answer {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Answer {
            status,
            request_id: Some("r1".to_owned()),
            body: body.as_bytes().to_vec(),
            outputs: (!outputs.is_empty()).then(|| outputs.iter().map(own).collect()),
            took: Duration::from_micros(2_140),
        }
    }

    #[test]
    fn outputs_are_aligned_and_the_outcome_comes_first() {
        let outputs = [
            ("ai_state", "ai_paused"),
            ("control_version", "1"),
            ("outcome", "applied"),
        ];
        let expected = "\n200 in 2.1 ms, request r1\n  outcome          applied\n  \
                        ai_state         ai_paused\n  control_version  1\n";
        assert_eq!(answer(&answered(200, "{}", &outputs)), expected);
    }

    #[test]
    fn a_refusal_shows_its_body_and_says_what_to_look_at() {
        let text = answer(&answered(401, r#"{"error":{}}"#, &[]));
        assert!(text.contains(r#"  {"error":{}}"#), "{text}");
        assert!(text.contains("--public-url"), "{text}");
        assert!(answer(&answered(503, "", &[])).contains("/readyz"));
        assert!(answer(&answered(403, "", &[])).contains("--portal"));
    }

    #[test]
    fn terminal_escapes_are_not_passed_on() {
        let text = answer(&answered(200, "", &[("explanation", "\u{1b}[2J")]));
        assert!(!text.contains('\u{1b}'));
    }
}
