//! What HubSpot's API refuses with, and what Baton makes of it.

use crate::scripted::{Reply, Scripted, json};
use crate::world::{IMPATIENT, PORTAL, api, api_that_gets, look_up, secret, written};
use baton::domain::ids::PortalId;
use baton::hubspot::api::account_info;
use baton::hubspot::api::client::Call;
use baton::hubspot::api::error::HubSpotError;
use baton::hubspot::api::lane::Lane;
use std::time::{Duration, Instant};

/// What a look-up ends in.
async fn refused(reply: Reply) -> HubSpotError {
    let (_hubspot, client) = api_that_gets(reply).await;
    let token = secret("token-1");
    let answer = client.send(look_up(&token), &account_info::details()).await;
    answer.unwrap_err()
}

fn body(category: &str) -> String {
    format!(
        r#"{{"status":"error","message":"a message","correlationId":"aeb5f871-7f07","category":"{category}"}}"#
    )
}

#[tokio::test]
async fn an_expired_token_is_told_from_one_that_is_not_accepted() {
    let expired = r#"{"status":"error","message":"The OAuth token used to make this call expired 5 second(s) ago.","correlationId":"c-1","category":"EXPIRED_AUTHENTICATION","context":{"expire time":["2026-11-22T10:00:00.000Z"]}}"#;
    for (text, is_expired) in [
        (expired.to_owned(), true),
        (body("EXPIRED_AUTHENTICATION"), true),
        (body("INVALID_AUTHENTICATION"), false),
        (body(""), false),
        (String::new(), false),
        ("<html>expired</html>".to_owned(), false),
        (
            r#"{"category":["EXPIRED_AUTHENTICATION"]}"#.to_owned(),
            false,
        ),
    ] {
        let error = refused(json(401, &text)).await;
        let HubSpotError::Unauthorized { expired, .. } = error else {
            panic!("{text}: {error:?}");
        };
        assert_eq!(expired, is_expired, "{text}");
    }
}

#[tokio::test]
async fn missing_scopes_are_named_wherever_hubspot_names_them() {
    let of_errors = r#"{"status":"error","message":"This app hasn't been granted all required scopes","correlationId":"c-1","category":"MISSING_SCOPES","errors":[{"message":"One or more of the following scopes are required.","context":{"requiredGranularScopes":["crm.objects.owners.read","automation"]}}],"links":{"scopes":"https://developers.hubspot.com/scopes"}}"#;
    let of_body = r#"{"category":"MISSING_SCOPES","context":{"missingScopes":["tickets"]}}"#;
    let of_both = r#"{"category":"MISSING_SCOPES","context":{"missingScopes":["tickets"]},"errors":[{"context":{"missingScopes":["tickets","files"]}},{"context":7},{}]}"#;
    let of_none = r#"{"category":"MISSING_SCOPES","errors":"none"}"#;
    for (text, expected) in [
        (of_errors, vec!["crm.objects.owners.read", "automation"]),
        (of_body, vec!["tickets"]),
        (of_both, vec!["tickets", "files"]),
        (of_none, vec![]),
    ] {
        let error = refused(json(403, text)).await;
        let HubSpotError::MissingScopes { scopes, .. } = error else {
            panic!("{text}: {error:?}");
        };
        assert_eq!(scopes, expected, "{text}");
    }
    let many: Vec<String> = (0..100).map(|n| format!("\"scope.{n}\"")).collect();
    let many = format!(
        r#"{{"category":"MISSING_SCOPES","context":{{"missingScopes":[{}]}}}}"#,
        many.join(",")
    );
    let HubSpotError::MissingScopes { scopes, .. } = refused(json(403, &many)).await else {
        panic!("expected missing scopes");
    };
    assert_eq!(scopes.len(), 20);
}

#[tokio::test]
async fn only_hubspot_can_say_that_something_is_not_there() {
    let error = refused(json(404, &body("OBJECT_NOT_FOUND"))).await;
    assert!(matches!(error, HubSpotError::NotFound(_)), "{error:?}");
    for text in [
        "",
        "<html>Not Found</html>",
        "{}",
        r#"{"error":"not found"}"#,
        "null",
    ] {
        let error = refused(json(404, text)).await;
        assert!(
            matches!(error, HubSpotError::Refused(_)),
            "{text}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_says_what_hubspots_support_asks_for() {
    for status in [400, 403, 405, 409, 414, 415, 422, 451] {
        let error = refused(json(status, &body("VALIDATION_ERROR"))).await;
        assert_eq!(
            written(&error),
            format!(
                "HubSpot refused: account_info: status {status}, VALIDATION_ERROR, a message, \
                 correlation id aeb5f871-7f07"
            )
        );
        assert_eq!(error.retry_after(), None);
        assert!(error.is_certainly_not_done());
    }
}

#[tokio::test]
async fn how_long_a_limit_lasts_is_what_hubspot_says_or_what_its_policy_means() {
    let limited = |policy: &str, message: &str| {
        format!(
            r#"{{"status":"error","message":"{message}","errorType":"RATE_LIMIT","correlationId":"c","policyName":"{policy}"}}"#
        )
    };
    for (text, header, seconds) in [
        (
            limited(
                "TEN_SECONDLY_ROLLING",
                "You have reached your ten_secondly_rolling limit.",
            ),
            None,
            10,
        ),
        (limited("TEN_SECONDLY_ROLLING", ""), Some("3"), 3),
        (limited("SECONDLY", ""), None, 1),
        (
            limited("DAILY", "You have reached your daily limit."),
            None,
            300,
        ),
        (
            limited("", "You have reached your secondly limit."),
            None,
            1,
        ),
        (
            limited("", "You have reached your ten_secondly_rolling limit."),
            None,
            10,
        ),
        (limited("SOMETHING_NEW", ""), None, 10),
        (String::new(), None, 10),
        (String::new(), Some("soon"), 10),
        (String::new(), Some("0"), 0),
    ] {
        let headers = header.map(|value: &str| ("retry-after", value.to_owned()));
        let reply = Reply::Http(429, headers.into_iter().collect(), text.clone());
        let error = refused(reply).await;
        let HubSpotError::RateLimited { retry_after } = error else {
            panic!("{text}: {error:?}");
        };
        assert_eq!(
            retry_after,
            Duration::from_secs(seconds),
            "{text} {header:?}"
        );
    }
}

#[tokio::test]
async fn a_lock_lasts_two_seconds_at_least_and_a_migration_a_day_at_most() {
    for (status, header, seconds) in [
        (423, None, 2),
        (423, Some("1"), 2),
        (423, Some("9"), 9),
        (477, None, 60),
        (477, Some("3600"), 3_600),
        (477, Some("9999999"), 86_400),
    ] {
        let headers = header.map(|value: &str| ("retry-after", value.to_owned()));
        let error = refused(Reply::Http(
            status,
            headers.into_iter().collect(),
            "{}".into(),
        ))
        .await;
        assert_eq!(
            error.outcome(),
            if status == 477 {
                "migrating"
            } else {
                "rate_limited"
            }
        );
        assert_eq!(
            error.retry_after(),
            Some(Duration::from_secs(seconds)),
            "{status} {header:?}"
        );
    }
}

#[tokio::test]
async fn after_a_limit_the_portal_is_left_alone_and_others_are_not() {
    for (status, outcome) in [
        (429, "rate_limited"),
        (477, "migrating"),
        (423, "rate_limited"),
    ] {
        let headers = vec![("retry-after", "30".to_owned())];
        let account = r#"{"portalId":50002}"#;
        let replies = vec![
            Reply::Http(status, headers, String::new()),
            json(200, account),
        ];
        let hubspot = Scripted::start(replies).await;
        let (client, token) = (api(&hubspot.url), secret("token-1"));
        client
            .send(look_up(&token), &account_info::details())
            .await
            .unwrap_err();

        // Each lane would wait for seconds; a busy machine delays some answers, not all.
        let mut quickest = Duration::MAX;
        for lane in Lane::ALL {
            let started = Instant::now();
            let call = Call {
                portal: Some(PORTAL),
                token: &token,
                lane,
            };
            if lane.patience() >= Duration::from_secs(30) {
                continue;
            }
            let error = client
                .send(call, &account_info::details())
                .await
                .unwrap_err();
            assert_eq!(error.outcome(), outcome, "{status} {lane:?}");
            assert!(
                error.retry_after() > Some(Duration::from_secs(10)),
                "{error:?}"
            );
            quickest = quickest.min(started.elapsed());
        }
        assert!(quickest < Duration::from_secs(1), "it is known at once");
        assert_eq!(hubspot.seen().len(), 1, "{status}: HubSpot was left alone");

        let portal = Some(PortalId(50_002));
        let other = Call {
            portal,
            ..look_up(&token)
        };
        client.send(other, &account_info::details()).await.unwrap();
    }
}

#[tokio::test]
async fn a_short_limit_is_waited_for() {
    let headers = vec![("retry-after", "1".to_owned())];
    let replies = vec![
        Reply::Http(429, headers, String::new()),
        json(200, r#"{"portalId":1}"#),
    ];
    let hubspot = Scripted::start(replies).await;
    let (client, token) = (api(&hubspot.url), secret("token-1"));
    client
        .send(look_up(&token), &account_info::details())
        .await
        .unwrap_err();
    client
        .send(look_up(&token), &account_info::details())
        .await
        .unwrap();
    let seen = hubspot.seen();
    let gap = seen[1].at - seen[0].at;
    assert!(gap >= Duration::from_millis(950), "{gap:?}");
}

#[tokio::test]
async fn faults_of_hubspots_and_redirects_are_worth_another_try() {
    let trap = Scripted::start(Vec::new()).await;
    for status in [301, 302, 307, 308, 500, 502, 503, 504, 521, 524] {
        let headers = vec![
            ("location", trap.url.clone()),
            ("retry-after", "4".to_owned()),
        ];
        let error = refused(Reply::Http(status, headers, body("INTERNAL_ERROR"))).await;
        assert!(
            matches!(error, HubSpotError::Unavailable { .. }),
            "{error:?}"
        );
        assert_eq!(error.retry_after(), Some(Duration::from_secs(4)));
        assert!(!error.is_certainly_not_done());
    }
    assert!(trap.seen().is_empty(), "{:?}", trap.seen());
}

#[tokio::test]
async fn no_answer_is_bounded_in_time_and_size() {
    for reply in [Reply::Silence, Reply::Trickle] {
        let started = Instant::now();
        let error = refused(reply).await;
        let took = started.elapsed();
        assert!(took < IMPATIENT * 10, "{took:?}");
        assert!(
            written(&error).ends_with("no answer within the time limit"),
            "{error:?}"
        );
        assert!(!error.is_certainly_not_done());
    }
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 8388609\r\n\r\n".to_vec();
    for reply in [Reply::Raw(announced), Reply::Endless] {
        let error = refused(reply).await;
        assert!(
            matches!(error, HubSpotError::Unavailable { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_broken_connection_leaves_open_what_was_done_and_no_connection_does_not() {
    for reply in [
        Reply::Reset,
        Reply::Raw(Vec::new()),
        Reply::Raw(b"x".to_vec()),
    ] {
        let error = refused(reply).await;
        assert!(
            matches!(error, HubSpotError::Unavailable { .. }),
            "{error:?}"
        );
        assert!(!error.is_certainly_not_done(), "{error:?}");
    }
    let token = secret("token-1");
    let nobody = api("http://127.0.0.1:1/");
    let error = nobody
        .send(look_up(&token), &account_info::details())
        .await
        .unwrap_err();
    assert!(error.is_certainly_not_done(), "{error:?}");
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_no_refusal() {
    for text in [
        "",
        "OK",
        "null",
        "[]",
        "{}",
        r#"{"portalId":"x"}"#,
        r#"{"portalId":-1}"#,
    ] {
        let error = refused(json(200, text)).await;
        assert!(
            matches!(error, HubSpotError::Unreadable { .. }),
            "{text}: {error:?}"
        );
        assert!(!error.is_certainly_not_done());
    }
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_is_not_sent() {
    let hubspot = Scripted::start(Vec::new()).await;
    for text in ["", " ", "a b", "a\r\nx-injected: 1", "a\0", "ä"] {
        let token = secret(text);
        let answer = api(&hubspot.url)
            .send(look_up(&token), &account_info::details())
            .await;
        let error = answer.unwrap_err();
        assert!(
            matches!(error, HubSpotError::Unauthorized { expired: false, .. }),
            "{text:?}"
        );
    }
    assert!(hubspot.seen().is_empty());
}

#[tokio::test]
async fn every_outcome_is_counted_by_endpoint() {
    refused(json(418, "{}")).await;
    refused(json(200, "x")).await;
    let metrics = baton::metrics::render();
    for outcome in ["refused", "unreadable"] {
        let line =
            format!(r#"baton_hubspot_calls_total{{endpoint="account_info",outcome="{outcome}"}}"#);
        assert!(metrics.contains(&line), "{line}");
    }
}
