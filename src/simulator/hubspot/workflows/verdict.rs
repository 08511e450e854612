//! What HubSpot does after an answer, and when it tries again ("Custom workflow actions" in HubSpot's
//! documentation, read 2026-11-22).

use std::collections::BTreeMap;
use std::time::Duration;

const FIRST_RETRY: Duration = Duration::from_secs(60);
const LONGEST_GAP: Duration = Duration::from_secs(8 * 3_600);
const GIVES_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3_600);

/// What HubSpot does after one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The action succeeded; the workflow goes on.
    Succeeded,
    /// The action failed; the workflow goes on.
    FailedAndContinues,
    /// The workflow waits for a completion, at most for the ISO 8601 duration if one was given.
    Blocked(Option<String>),
    /// The same request is sent again later.
    Retry,
}

/// HubSpot's rule: a state in the outputs decides, else the status. 429 and 5xx are tried again
/// whatever the body says.
pub fn decide(status: u16, outputs: Option<&BTreeMap<String, String>>) -> Verdict {
    if status == 429 || status >= 500 {
        return Verdict::Retry;
    }
    let output = |name| outputs.and_then(|outputs| outputs.get(name));
    match output("hs_execution_state").map(String::as_str) {
        Some("SUCCESS") => Verdict::Succeeded,
        Some("FAIL_CONTINUE") => Verdict::FailedAndContinues,
        Some("BLOCK") => Verdict::Blocked(output("hs_expiration_duration").cloned()),
        Some(_) | None if (200..300).contains(&status) => Verdict::Succeeded,
        Some(_) | None => Verdict::FailedAndContinues,
    }
}

/// The wait after this many attempts: a minute, then doubling up to 8 hours; `None` once three
/// days are over. HubSpot publishes the ends of this schedule, the doubling is our guess.
pub fn retry_gap(attempts: u32) -> Option<Duration> {
    let gap_after = |attempt: u32| {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        FIRST_RETRY.saturating_mul(doubled).min(LONGEST_GAP)
    };
    let waited: Duration = (1..=attempts).map(gap_after).sum();
    (waited <= GIVES_UP_AFTER).then(|| gap_after(attempts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, outputs: &[(&str, &str)]) -> Verdict {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        decide(status, Some(&outputs.iter().map(own).collect()))
    }

    #[test]
    fn a_state_decides_before_the_status() {
        let state = |state| [("hs_execution_state", state)];
        assert_eq!(verdict(200, &state("SUCCESS")), Verdict::Succeeded);
        assert_eq!(verdict(400, &state("SUCCESS")), Verdict::Succeeded);
        assert_eq!(
            verdict(200, &state("FAIL_CONTINUE")),
            Verdict::FailedAndContinues
        );
        assert_eq!(verdict(200, &state("BLOCK")), Verdict::Blocked(None));
        let for_a_day = [
            ("hs_execution_state", "BLOCK"),
            ("hs_expiration_duration", "P1D"),
        ];
        assert_eq!(
            verdict(200, &for_a_day),
            Verdict::Blocked(Some("P1D".to_owned()))
        );
    }

    #[test]
    fn without_a_state_the_status_decides() {
        for status in [200, 201, 204] {
            assert_eq!(decide(status, None), Verdict::Succeeded);
        }
        for status in [301, 400, 401, 403, 404, 413] {
            assert_eq!(decide(status, None), Verdict::FailedAndContinues);
        }
        for status in [429, 500, 502, 503] {
            assert_eq!(decide(status, None), Verdict::Retry);
            assert_eq!(
                verdict(status, &[("hs_execution_state", "SUCCESS")]),
                Verdict::Retry
            );
        }
        assert_eq!(
            verdict(200, &[("hs_execution_state", "?")]),
            Verdict::Succeeded
        );
    }

    #[test]
    fn gaps_grow_from_a_minute_to_eight_hours_and_end_after_three_days() {
        let gaps: Vec<Duration> = (1..).map_while(retry_gap).collect();
        assert_eq!(gaps[..3], [60, 120, 240].map(Duration::from_secs));
        assert!(gaps.is_sorted());
        assert_eq!(gaps.last(), Some(&LONGEST_GAP));
        let total: Duration = gaps.iter().sum();
        assert!(total <= GIVES_UP_AFTER && total + LONGEST_GAP > GIVES_UP_AFTER);
    }
}
