//! Refusals of the OAuth endpoints, word for word, and what Baton makes of them.

use crate::scripted::{Reply, Scripted, json};
use crate::world::{IMPATIENT, REDIRECT_URI, oauth, oauth_that_gets, secret, written};
use baton::hubspot::oauth::error::{OAuthError, TransientCause};
use std::time::{Duration, Instant};

/// What a refresh ends in.
async fn refused(reply: Reply) -> OAuthError {
    let (_hubspot, client) = oauth_that_gets(reply).await;
    let token = secret("refresh-token-1");
    let refreshed = client.refresh(&token, REDIRECT_URI).await;
    refreshed.unwrap_err()
}

fn rfc(error: &str, status: &str) -> String {
    format!(r#"{{"error":"{error}","error_description":"d","status":"{status}","message":"m"}}"#)
}

#[tokio::test]
async fn only_words_known_to_mean_a_lost_grant_count_as_one() {
    let documented = r#"{"error":"invalid_grant","error_description":"refresh token is invalid, expired or revoked","status":"BAD_REFRESH_TOKEN","message":"refresh token is invalid, expired or revoked"}"#;
    for (status, body) in [
        (400, documented.to_owned()),
        (400, rfc("invalid_grant", "BAD_AUTH_CODE")),
        (400, rfc("access_denied", "BAD_HUB")),
        (401, rfc("invalid_grant", "SOMETHING_NEW")),
        (403, r#"{"error":"access_denied"}"#.to_owned()),
        (400, r#"{"error":"invalid_grant"}"#.to_owned()),
        (
            400,
            r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#
                .to_owned(),
        ),
        (
            400,
            r#"{"status":"BAD_HUB","message":"missing or unknown hub id"}"#.to_owned(),
        ),
        (400, r#"{"error":null,"status":"BAD_AUTH_CODE"}"#.to_owned()),
    ] {
        let error = refused(json(status, &body)).await;
        assert!(matches!(error, OAuthError::Revoked(_)), "{body}: {error:?}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_app_or_not_known_never_costs_the_grant() {
    for (status, body) in [
        (400, rfc("invalid_client", "BAD_CLIENT_ID")),
        (401, rfc("invalid_client", "BAD_CLIENT_SECRET")),
        (400, rfc("invalid_client", "BAD_REFRESH_TOKEN")),
        (400, rfc("invalid_request", "BAD_REDIRECT_URI")),
        (400, rfc("invalid_grant", "BAD_REDIRECT_URI")),
        (400, rfc("unsupported_grant_type", "BAD_GRANT_TYPE")),
        (400, rfc("invalid_scope", "BAD_SCOPES")),
        (400, rfc("invalid_grant", "BAD_CODE_VERIFIER")),
        (400, rfc("unauthorized_client", "")),
        (400, rfc("something_new", "BAD_REFRESH_TOKEN")),
        (400, r#"{"status":"BAD_CLIENT_ID"}"#.to_owned()),
        (
            400,
            r#"{"status":"error","message":"m","category":"VALIDATION_ERROR"}"#.to_owned(),
        ),
        (400, String::new()),
        (400, "<html>invalid_grant</html>".to_owned()),
        (400, r#"["invalid_grant"]"#.to_owned()),
        (400, r#"{"error":{"error":"invalid_grant"}}"#.to_owned()),
        (401, "{}".to_owned()),
        (403, "denied by a proxy".to_owned()),
        (404, "{}".to_owned()),
        (410, "{}".to_owned()),
        (451, "{}".to_owned()),
        (499, "{}".to_owned()),
    ] {
        let error = refused(json(status, &body)).await;
        assert!(
            matches!(error, OAuthError::Configuration(_)),
            "{status} {body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn what_may_pass_is_transient_whatever_the_body_says() {
    let lost = rfc("invalid_grant", "BAD_REFRESH_TOKEN");
    for status in [
        301, 302, 307, 308, 408, 423, 429, 477, 500, 502, 503, 504, 521, 524, 599,
    ] {
        let error = refused(json(status, &lost)).await;
        let is_of_status = matches!(
            error,
            OAuthError::Transient { cause: TransientCause::Status(found), retry_after: None }
                if found == status
        );
        assert!(is_of_status, "{status}: {error:?}");
    }
}

#[tokio::test]
async fn how_long_to_wait_is_read_in_seconds() {
    for (text, expected) in [
        ("7", Some(7)),
        ("0", Some(0)),
        ("99999999", Some(86_400)),
        ("soon", None),
    ] {
        let headers = vec![("retry-after", text.to_owned())];
        for status in [429, 477, 503] {
            let error = refused(Reply::Http(status, headers.clone(), "{}".to_owned())).await;
            let OAuthError::Transient { retry_after, .. } = error else {
                panic!("{status}: {error:?}");
            };
            assert_eq!(retry_after, expected.map(Duration::from_secs), "{text}");
        }
    }
}

#[tokio::test]
async fn a_success_that_holds_no_tokens_is_transient() {
    for body in [
        "",
        "OK",
        "<html></html>",
        "null",
        "[]",
        "{}",
        r#"{"refresh_token":"r","expires_in":1800}"#,
        r#"{"access_token":"","refresh_token":"r","expires_in":1800}"#,
        r#"{"access_token":"a b","refresh_token":"r","expires_in":1800}"#,
        r#"{"access_token":"a\r\nx: y","refresh_token":"r","expires_in":1800}"#,
        r#"{"access_token":"ä","refresh_token":"r","expires_in":1800}"#,
        r#"{"access_token":7,"refresh_token":"r","expires_in":1800}"#,
        r#"{"access_token":"a","refresh_token":7,"expires_in":1800}"#,
        r#"{"access_token":"a","refresh_token":"","expires_in":1800}"#,
        r#"{"access_token":"a","refresh_token":"r"}"#,
        r#"{"access_token":"a","refresh_token":"r","expires_in":0}"#,
        r#"{"access_token":"a","refresh_token":"r","expires_in":-1}"#,
        r#"{"access_token":"a","refresh_token":"r","expires_in":"soon"}"#,
        r#"{"error":"invalid_grant","status":"BAD_REFRESH_TOKEN"}"#,
    ] {
        let error = refused(json(200, body)).await;
        let is_unreadable = matches!(
            error,
            OAuthError::Transient {
                cause: TransientCause::Unreadable(_),
                ..
            }
        );
        assert!(is_unreadable, "{body}: {error:?}");
    }
    let long = format!(
        r#"{{"access_token":"{}","refresh_token":"r","expires_in":1}}"#,
        "a".repeat(8_193)
    );
    assert!(refused(json(200, &long)).await.is_transient());
}

#[tokio::test]
async fn no_answer_in_time_is_transient_and_bounded() {
    for reply in [Reply::Silence, Reply::Trickle] {
        let started = Instant::now();
        let error = refused(reply).await;
        assert!(error.is_transient(), "{error:?}");
        assert!(
            started.elapsed() < IMPATIENT * 10,
            "{:?}",
            started.elapsed()
        );
        assert!(
            written(&error).ends_with("no answer within the time limit"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec();
    let large = json(200, &" ".repeat(64 * 1024 + 1));
    for reply in [Reply::Endless, Reply::Raw(announced), large] {
        let error = refused(reply).await;
        assert!(error.is_transient(), "{error:?}");
        assert!(
            written(&error).ends_with("the answer is larger than 65536 bytes"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_broken_connection_is_transient() {
    for reply in [
        Reply::Reset,
        Reply::Raw(Vec::new()),
        Reply::Raw(b"SSH-2.0-x\r\n".to_vec()),
        Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec()),
        Reply::Raw(b"HTTP/1.1 99999 X\r\n\r\n".to_vec()),
    ] {
        let error = refused(reply).await;
        assert!(error.is_transient(), "{error:?}");
    }
    let nobody = oauth("http://127.0.0.1:1/");
    let token = secret("refresh-token-1");
    let error = nobody.refresh(&token, REDIRECT_URI).await.unwrap_err();
    assert!(
        written(&error).contains("no connection"),
        "{}",
        written(&error)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = Scripted::start(Vec::new()).await;
    for status in [301, 302, 303, 307, 308] {
        let headers = vec![("location", format!("{}oauth", trap.url))];
        let error = refused(Reply::Http(status, headers, String::new())).await;
        assert!(error.is_transient(), "{error:?}");
    }
    assert!(trap.seen().is_empty(), "{:?}", trap.seen());
}
