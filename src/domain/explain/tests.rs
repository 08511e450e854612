//! What every language says, in full and within the limit; and English word for word.

use super::*;
use crate::domain::assess::LiveHandoff;
use crate::domain::command::{Pause, RequestHandoff, Resume, SendToAi};
use crate::domain::hold::Priority;
use crate::domain::language::Language;
use crate::domain::time::Span;
use chrono_tz::Tz;

/// Sunday, 22 November 2026, 14:02 UTC.
const NOW: Timestamp = Timestamp::from_millis(1_795_356_120_000);
const HOLDS: [HoldName; 6] = [
    HoldName::AdminLock,
    HoldName::PersonOwns,
    HoldName::PersonReplied,
    HoldName::Handoff,
    HoldName::Damped,
    HoldName::Pause,
];
const GATES: [Gate; 11] = [
    Gate::NotConnected,
    Gate::ConnectionUnavailable,
    Gate::PortalKillSwitch,
    Gate::AiSenderNotSet,
    Gate::OwnerUnknown,
    Gate::MessageUnread,
    Gate::Spam,
    Gate::ChannelDisabled,
    Gate::ConversationClosed,
    Gate::OtherAi,
    Gate::OutsideHours,
];

fn voices() -> impl Iterator<Item = Voice> {
    let zone = Tz::America__Argentina__ComodRivadavia;
    let voice = move |language| Voice { language, zone };
    Language::ALL.into_iter().map(voice)
}

fn hold(name: HoldName, by: &str) -> LiveHold {
    LiveHold {
        name,
        since: NOW - Span::from_days(300),
        until: Some(NOW + Span::from_days(300)),
        authority: None,
        by: by.to_owned(),
        note: None,
        reason_code: None,
        metadata: None,
        handoff: None,
    }
}

fn handoff(is_claimed: bool) -> LiveHold {
    LiveHold {
        handoff: Some(LiveHandoff {
            id: None,
            target: HandoffTarget::User(99_999_999_999),
            priority: Priority::Normal,
            claim_deadline: None,
            is_claimed,
            offered_to: Some("A-99999999999".to_owned()),
        }),
        ..hold(HoldName::Handoff, "workflow 99999999999")
    }
}

fn whats() -> [What; 7] {
    let unfit = Unfit {
        called: "pause_ai".to_owned(),
        field: "duration_minutes".to_owned(),
        value: "x".repeat(60),
        expected: "a whole number from 1 to 525600, for duration custom".to_owned(),
    };
    [
        What::Pause(Pause {
            lasts: None,
            replace: false,
        }),
        What::Resume(Resume {
            cancel_pending_handoff: false,
        }),
        What::SendToAi(SendToAi {
            mode: crate::domain::command::ResponseMode::AnswerLatest,
            take_over: false,
            reopen: false,
        }),
        What::RequestHandoff(RequestHandoff {
            target: None,
            priority: Priority::Normal,
            customer_message: None,
            claim_timeout: None,
            on_timeout: crate::domain::hold::OnTimeout::Notify,
        }),
        What::Lock,
        What::Unlock,
        What::Unfit(unfit),
    ]
}

fn is_whole(text: &str) -> bool {
    let chars = text.chars().count();
    chars > 0 && chars <= MAX_CHARS && !text.contains(['…', '{', '}'])
}

#[test]
fn every_silence_is_said_whole_in_every_language_with_the_longest_values() {
    for voice in voices() {
        for by in [
            "workflow 9223372036854775807",
            "an admin (Maximiliane-Henriette)",
        ] {
            for name in HOLDS {
                let text = silence(voice, &hold(name, by), NOW);
                assert!(is_whole(&text), "{:?} {name:?}: {text}", voice.language);
            }
        }
        for is_claimed in [false, true] {
            let text = silence(voice, &handoff(is_claimed), NOW);
            assert!(is_whole(&text), "{:?}: {text}", voice.language);
        }
        for shut in GATES {
            let text = gate(voice, shut);
            assert!(is_whole(text), "{:?} {shut:?}", voice.language);
        }
    }
}

#[test]
fn every_answer_fits_into_an_output_in_every_language() {
    for voice in voices() {
        let held = handoff(false);
        for what in &whats() {
            for outcome in Outcome::ALL {
                for reason in ReasonCode::ALL {
                    for (strongest, gate) in [
                        (Some(&held), None),
                        (None, Some(Gate::OtherAi)),
                        (None, None),
                    ] {
                        let told = Told {
                            voice,
                            what,
                            outcome,
                            reason: *reason,
                            strongest,
                            gate,
                            is_observed: false,
                            did_not_wait: false,
                            now: NOW,
                        };
                        let text = answer(told);
                        assert!(text.chars().count() <= MAX_CHARS, "{text}");
                        assert!(!text.contains(['{', '}']), "{text}");
                        let most = Told {
                            is_observed: true,
                            did_not_wait: true,
                            ..told
                        };
                        assert!(answer(most).chars().count() <= MAX_CHARS);
                    }
                }
            }
            if let What::Unfit(unfit) = what {
                assert!(is_whole(&super::unfit(voice, unfit)));
                let missing = Unfit {
                    value: String::new(),
                    ..unfit.clone()
                };
                assert!(is_whole(&super::unfit(voice, &missing)));
            }
        }
    }
}

#[test]
fn the_usual_silences_leave_room_for_what_became_of_a_request() {
    for voice in voices() {
        for name in [HoldName::AdminLock, HoldName::Damped, HoldName::Pause] {
            let held = hold(name, "workflow 1791000001");
            for what in &whats() {
                let told = Told {
                    voice,
                    what,
                    outcome: Outcome::Refused,
                    reason: ReasonCode::TakeoverNotPermitted,
                    strongest: Some(&held),
                    gate: None,
                    is_observed: false,
                    did_not_wait: false,
                    now: NOW,
                };
                let text = answer(told);
                assert!(is_whole(&text), "{:?}: {text}", voice.language);
            }
        }
    }
}

#[test]
fn english_sentences_are_word_for_word_what_they_were() {
    let near = |name, by: &str| LiveHold {
        since: NOW - Span::from_hours(1),
        until: Some(NOW + Span::from_hours(1)),
        ..hold(name, by)
    };
    let open = LiveHold {
        until: None,
        ..near(HoldName::Pause, "an admin (Ada)")
    };
    for (hold, expected) in [
        (
            near(HoldName::Pause, "workflow 7"),
            "Paused by workflow 7 until 15:02 UTC. Lift it with Resume AI.",
        ),
        (
            open,
            "Paused by an admin (Ada) until resumed. Lift it with Resume AI.",
        ),
        (
            near(HoldName::PersonReplied, "A-5"),
            "A person (A-5) replied at 13:02 UTC; the AI is silent until 15:02 UTC.",
        ),
        (
            hold(HoldName::AdminLock, "an admin"),
            "Locked by an admin since 26 Jan 2026 14:02 UTC. Only an admin unlocks it.",
        ),
        (
            near(HoldName::Damped, "a workflow"),
            "Workflows contradict one another here, so they are ignored until 15:02 UTC.",
        ),
        (
            LiveHold {
                since: NOW,
                ..handoff(true)
            },
            "A handoff to owner 99999999999 was answered by a person since 14:02 UTC \
             (workflow 99999999999), offered to A-99999999999. Send to AI withdraws it; \
             Resume AI does with 'cancel pending handoff'.",
        ),
    ] {
        assert_eq!(silence(Voice::PLAIN, &hold, NOW), expected);
    }
}

#[test]
fn times_are_those_of_the_portals_clock() {
    let voice = Voice {
        language: Language::De,
        zone: Tz::Europe__Berlin,
    };
    let pause = LiveHold {
        until: Some(NOW + Span::from_days(2)),
        ..hold(HoldName::Pause, "an admin (Ada)")
    };
    let expected = "Pausiert bis 24.11.2026 15:02 CET (Admin Ada). „KI fortsetzen“ hebt das auf.";
    assert_eq!(silence(voice, &pause, NOW), expected);
}

#[test]
fn what_callers_call_themselves_is_never_read_as_a_place() {
    for voice in voices() {
        let text = silence(voice, &hold(HoldName::Pause, "an admin ({until}{by})"), NOW);
        assert!(text.contains("{until}{by}"), "{text}");
    }
}

#[test]
fn a_test_run_is_called_one_in_every_language() {
    let mut said = std::collections::BTreeSet::new();
    for voice in voices() {
        let own = voice.phrases().who.test_run;
        let text = silence(voice, &hold(HoldName::Pause, TEST_RUN), NOW);
        assert!(text.contains(own), "{text}");
        said.insert(own);
    }
    assert_eq!(said.len(), Language::ALL.len());
}

#[test]
fn a_language_nobody_knows_is_english() {
    for language in Language::ALL {
        assert_eq!(Language::of(language.tag()), language);
    }
    for tag in ["", "it", "EN", "pt"] {
        assert_eq!(Language::of(tag), Language::En);
    }
}
