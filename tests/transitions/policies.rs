//! Policies as an admin changes them: what fits is set, what does not is named.

use baton::domain::hold::HandoffTarget;
use baton::domain::hours::{Hours, OpenInterval, Weekday};
use baton::domain::ids::ChannelId;
use baton::domain::policy::{
    AfterHumanUnassign, AssignedByAutomation, Channels, OnReopenOwned, Policies, Retention,
};
use baton::domain::time::Span;
use serde_json::{Value, json};

fn patched(patch: Value) -> Policies {
    let patched = Policies::default().patched(&patch);
    patched.unwrap_or_else(|misfits| panic!("{patch}: {misfits:?}"))
}

/// What is said of a patch with one misfit.
fn refused(patch: Value) -> String {
    let misfits = Policies::default()
        .patched(&patch)
        .expect_err("it does not fit");
    let [misfit] = misfits.as_slice() else {
        panic!("{patch}: {misfits:?}");
    };
    misfit.to_string()
}

fn all_changed() -> Policies {
    Policies {
        allow_workflow_takeover: true,
        human_grace: Span::from_secs(90),
        reply_window: Span::from_hours(4),
        after_human_unassign: AfterHumanUnassign::AiAfterGrace,
        assigned_by_automation: AssignedByAutomation::WaitsForFirstReply,
        on_reopen_owned: OnReopenOwned::AiAfterDays(14),
        ignore_other_ai: true,
        loop_guard: false,
        claim_timeout: Span::from_days(2),
        default_target: HandoffTarget::Team(8),
        channels: Channels::Only(vec![ChannelId(1_000), ChannelId(1_002)]),
        hours: Hours::Weekly {
            time_zone: chrono_tz::Tz::America__New_York,
            open: vec![OpenInterval {
                day: Weekday::Friday,
                from_minute: 9 * 60 + 30,
                to_minute: 24 * 60,
            }],
        },
        unattended_after: Span::from_minutes(61),
        sweep_period: Span::from_hours(1),
        deliver_text: false,
        create_ticket_on_handoff: true,
        language: "en".to_owned(),
        ai_app_ids: vec![77],
        retention: Retention {
            decisions_days: 3_650,
            activity_days: 1,
            receipts_days: 91,
        },
    }
}

#[test]
fn what_is_shown_is_a_patch_that_sets_it() {
    for policies in [Policies::default(), all_changed()] {
        let again = Policies::default().patched(&policies.shown());
        assert_eq!(again, Ok(policies.clone()));
        assert_eq!(all_changed().patched(&policies.shown()), Ok(policies));
    }
}

#[test]
fn every_policy_has_a_name_and_each_is_shown() {
    let shown = all_changed().shown();
    let stored = serde_json::to_value(all_changed()).expect("policies are JSON");
    let names = |value: &Value| -> Vec<String> {
        let object = value.as_object().expect("an object");
        object.keys().cloned().collect()
    };
    assert_eq!(names(&shown), names(&stored));
    for name in names(&shown) {
        let reset = json!({ name.as_str(): null });
        let reset = all_changed().patched(&reset).expect("null is the default");
        assert_eq!(reset.shown()[&name], Policies::default().shown()[&name]);
    }
}

#[test]
fn what_is_stored_is_read_again_and_what_is_missing_is_the_default() {
    let stored = serde_json::to_string(&all_changed()).expect("policies are JSON");
    assert_eq!(
        serde_json::from_str::<Policies>(&stored).ok(),
        Some(all_changed())
    );
    let sparse = r#"{"retention": {"activity_days": 7}}"#;
    let read: Policies = serde_json::from_str(sparse).expect("sparse policies");
    assert_eq!(read, patched(json!({"retention": {"activity_days": 7}})));
}

#[test]
fn what_is_not_named_stays() {
    let changed = all_changed().patched(&json!({"human_grace": "1h"}));
    let expected = Policies {
        human_grace: Span::from_hours(1),
        ..all_changed()
    };
    assert_eq!(changed, Ok(expected));
    assert_eq!(all_changed().patched(&json!({})), Ok(all_changed()));
}

#[test]
fn a_part_of_the_retention_leaves_the_rest() {
    let changed = all_changed().patched(&json!({"retention": {"activity_days": 9}}));
    let retention = changed.expect("it fits").retention;
    assert_eq!(
        (retention.decisions_days, retention.activity_days),
        (3_650, 9)
    );
}

#[test]
fn an_unknown_policy_is_named_with_those_there_are() {
    let said = refused(json!({"human_grase": "10m"}));
    assert!(
        said.starts_with("human_grase does not fit: \"10m\"; expected one of the policies "),
        "{said}"
    );
    assert!(said.contains("human_grace"), "{said}");
}

#[test]
fn a_value_that_does_not_fit_is_named_with_what_would() {
    let cases = [
        (
            json!({"loop_guard": "yes"}),
            r#"loop_guard does not fit: "yes"; expected true or false"#,
        ),
        (
            json!({"human_grace": 10}),
            "human_grace does not fit: 10; \
             expected a time from 0s to 1d, written as 90s, 15m, 4h or 2d",
        ),
        (
            json!({"reply_window": "0s"}),
            "reply_window does not fit: \"0s\"; \
             expected a time from 1m to 1d, written as 90s, 15m, 4h or 2d",
        ),
        (
            json!({"claim_timeout": "366d"}),
            "claim_timeout does not fit: \"366d\"; \
             expected a time from 1m to 365d, written as 90s, 15m, 4h or 2d",
        ),
        (
            json!({"after_human_unassign": "ai"}),
            "after_human_unassign does not fit: \"ai\"; \
             expected one of request_handoff, ai_after_grace, ai_now",
        ),
        (
            json!({"assigned_by_automation": true}),
            "assigned_by_automation does not fit: true; \
             expected one of silences, waits_for_first_reply",
        ),
        (
            json!({"on_reopen_owned": "nobody"}),
            "on_reopen_owned does not fit: \"nobody\"; \
             expected person, ai, or an object with ai_after_days",
        ),
        (
            json!({"on_reopen_owned": {"ai_after_days": 0}}),
            "on_reopen_owned.ai_after_days does not fit: 0; \
             expected a whole number from 1 to 3650",
        ),
        (
            json!({"default_target": "user:0"}),
            "default_target does not fit: \"user:0\"; \
             expected unassigned, user:<owner id> or team:<team id>",
        ),
        (
            json!({"channels": ["chat"]}),
            "channels does not fit: [\"chat\"]; \
             expected all, or a list of at most 100 channel ids",
        ),
        (
            json!({"language": "it"}),
            "language does not fit: \"it\"; expected one of en, fr, de, ja, es, pt-br, nl",
        ),
        (
            json!({"ai_app_ids": [1, -1]}),
            "ai_app_ids does not fit: [1,-1]; expected a list of at most 50 ids, digits only",
        ),
        (
            json!({"retention": {"receipts_days": 89}}),
            "retention.receipts_days does not fit: 89; expected a whole number from 90 to 3650",
        ),
        (
            json!({"retention": {"decisions": 89}}),
            "retention.decisions does not fit: 89; \
             expected no other names than decisions_days, activity_days, receipts_days",
        ),
        (
            json!({"retention": 90}),
            "retention does not fit: 90; \
             expected an object with decisions_days, activity_days, receipts_days",
        ),
    ];
    for (patch, said) in cases {
        assert_eq!(refused(patch), said);
    }
}

#[test]
fn a_misfit_within_the_hours_says_where_it_is() {
    let hours = |open: Value| json!({"hours": {"time_zone": "Europe/Berlin", "open": open}});
    let day = |from: &str, to: &str| hours(json!([{"day": "monday", "from": from, "to": to}]));
    let cases = [
        (
            json!({"hours": "never"}),
            "hours does not fit: \"never\"; expected always, or an object with time_zone, open",
        ),
        (
            json!({"hours": {"time_zone": "Berlin", "open": []}}),
            "hours.time_zone does not fit: \"Berlin\"; \
             expected the name of a time zone, for instance Europe/Berlin",
        ),
        (
            json!({"hours": {"open": []}}),
            "hours.time_zone does not fit: null; \
             expected the name of a time zone, for instance Europe/Berlin",
        ),
        (
            json!({"hours": {"time_zone": "UTC", "open": [], "closed": []}}),
            "hours.closed does not fit: []; expected no other names than time_zone, open",
        ),
        (
            hours(json!("always")),
            "hours.open does not fit: \"always\"; expected a list of at most 50",
        ),
        (
            hours(json!([{"day": "Mo", "from": "09:00", "to": "17:00"}])),
            "hours.open[0].day does not fit: \"Mo\"; expected one of monday, tuesday, wednesday, \
             thursday, friday, saturday, sunday",
        ),
        (
            day("9:00", "17:00"),
            "hours.open[0].from does not fit: \"9:00\"; \
             expected a time of day from 00:00 to 24:00",
        ),
        (
            day("24:00", "17:00"),
            "hours.open[0].from does not fit: \"24:00\"; \
             expected a time of day from 00:00 to 23:59",
        ),
        (
            day("09:00", "24:01"),
            "hours.open[0].to does not fit: \"24:01\"; expected a time of day from 00:00 to 24:00",
        ),
        (
            day("09:60", "17:00"),
            "hours.open[0].from does not fit: \"09:60\"; \
             expected a time of day from 00:00 to 24:00",
        ),
    ];
    for (patch, said) in cases {
        assert_eq!(refused(patch), said);
    }
}

#[test]
fn all_misfits_are_told_at_once_and_nothing_is_set() {
    let patch = json!({"loop_guard": 1, "human_grace": "1h", "hours": 7, "ai": true});
    let misfits = Policies::default()
        .patched(&patch)
        .expect_err("three do not fit");
    let fields: Vec<&str> = misfits.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["ai", "hours", "loop_guard"]);
}

#[test]
fn only_an_object_is_a_patch() {
    for patch in [json!(null), json!([]), json!("human_grace"), json!(1)] {
        let said = refused(patch.clone());
        let expected =
            format!("the body does not fit: {patch}; expected a JSON object of policies");
        assert_eq!(said, expected);
    }
}

#[test]
fn a_long_value_is_echoed_shortened() {
    let said = refused(json!({"language": "x".repeat(10_000)}));
    assert!(said.len() < 150, "{said}");
    let said = refused(json!({"y".repeat(10_000): 1}));
    assert!(said.len() < 700, "{said}");
}

#[test]
fn times_are_read_in_every_unit_and_shown_in_the_largest() {
    let cases = [
        ("90s", "90s"),
        ("60s", "1m"),
        ("120m", "2h"),
        ("24h", "1d"),
        ("0s", "0s"),
        ("0m", "0s"),
    ];
    for (given, shown) in cases {
        let policies = patched(json!({"human_grace": given}));
        assert_eq!(policies.shown()["human_grace"], shown, "{given}");
    }
    for wrong in [
        "",
        "m",
        "-1m",
        "+1m",
        "1.5h",
        "1 h",
        "1w",
        "1M",
        "99999999999999999999s",
    ] {
        refused(json!({"human_grace": wrong}));
    }
}
