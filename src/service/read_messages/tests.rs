//! Which calls are urgent.

use super::*;

fn unread(ids: &[&str]) -> UnreadThread {
    let message = |id: &&str| UnreadMessage {
        id: (*id).to_owned(),
        occurred_at: Timestamp::from_millis(1_795_305_600_000),
        missed_for: Span::from_secs(0),
        expected_at: None,
        attempts: 1,
        failures: 0,
    };
    UnreadThread {
        portal: PortalId(50_001),
        thread: ThreadId(7_001),
        messages: ids.iter().map(message).collect(),
    }
}

#[test]
fn what_was_announced_is_urgent_and_so_is_the_rest_of_its_conversation() {
    assert_eq!(lane_of(&unread(&["m-1"])), Lane::VerifySilence);
    assert_eq!(lane_of(&unread(&["*", "m-1"])), Lane::VerifySilence);
}

#[test]
fn catching_up_leaves_the_calls_that_are_kept_for_takeovers() {
    assert_eq!(lane_of(&unread(&["*"])), Lane::PropertiesAndSweep);
}

#[test]
fn pages_that_failed_again_and_again_are_asked_for_in_parts_that_hold_as_much() {
    let mut long = unread(&["m-1"]);
    long.messages[0].failures = 2;
    assert_eq!(pages::of(&long), (100, 5));

    long.messages[0].failures = 3;

    assert_eq!(pages::of(&long), (10, 50));
}

#[test]
fn a_conversation_in_which_much_happens_is_read_by_large_pages_however_often() {
    let mut lively = unread(&["*", "m-1"]);
    lively.messages[0].attempts = 50;

    assert_eq!(pages::of(&lively), (100, 5));
}
