//! Canaries: no token, code or client secret in an error, in Debug, in an address or in a log line
//! of any level, not even if HubSpot repeats it.

use crate::kept_logs;
use crate::scripted::{Reply, Scripted, json};
use crate::world::{
    CLIENT_SECRET, REDIRECT_URI, api, look_up, oauth, oauth_that_gets, secret, written,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use baton::hubspot::api::{account_info, private_app};

const CODE: &str = "canary-code/with=signs";
const REFRESH_TOKEN: &str = "canary-refresh-token-0001";
const ACCESS_TOKEN: &str = "canary-access-token-0001";
const NEW_TOKEN: &str = "canary-new-token-0002";
const ALL: [&str; 5] = [CLIENT_SECRET, CODE, REFRESH_TOKEN, ACCESS_TOKEN, NEW_TOKEN];

/// The canary in every form it may take.
fn forms(canary: &str) -> Vec<String> {
    vec![
        canary.to_owned(),
        STANDARD.encode(canary),
        URL_SAFE_NO_PAD.encode(canary),
        canary.bytes().map(|b| format!("{b:02x}")).collect(),
        url::form_urlencoded::byte_serialize(canary.as_bytes()).collect(),
    ]
}

#[track_caller]
fn assert_clean(text: &str) {
    for form in ALL.into_iter().flat_map(forms) {
        assert!(!text.contains(&form), "{form} in {text}");
    }
}

fn echo(status: u16) -> Reply {
    let all = ALL.join(" ");
    json(
        status,
        &format!(
            r#"{{"error":"{all}","error_description":"{all}","status":"{all}","message":"{all}","category":"{all}","correlationId":"{all}"}}"#
        ),
    )
}

#[tokio::test]
async fn what_an_oauth_call_sends_appears_in_no_error_and_no_log_line() {
    kept_logs::keep();
    let headers = vec![("location", format!("/?token={REFRESH_TOKEN}"))];
    for (reply, sent) in [
        (Reply::Http(302, headers, String::new()), REFRESH_TOKEN),
        (Reply::Silence, REFRESH_TOKEN),
        (Reply::Reset, CODE),
        (json(200, "canary"), CODE),
        (json(500, CODE), CODE),
    ] {
        let (_hubspot, client) = oauth_that_gets(reply).await;
        let sent = secret(sent);
        let error = client.exchange(&sent, REDIRECT_URI).await.unwrap_err();
        assert_clean(&format!("{error:?} {client:?} {}", written(&error)));
    }
    for line in kept_logs::lines() {
        assert_clean(&line);
    }
}

#[tokio::test]
async fn what_hubspot_repeats_of_our_secrets_is_taken_out() {
    let hubspot = Scripted::start(vec![echo(400), echo(400)]).await;
    let client = oauth(&hubspot.url);
    for sent in [CODE, REFRESH_TOKEN] {
        let error = client
            .refresh(&secret(sent), REDIRECT_URI)
            .await
            .unwrap_err();
        let text = format!("{error:?} {}", written(&error));
        assert!(text.contains("[redacted]"), "{text}");
        for form in [sent, CLIENT_SECRET].into_iter().flat_map(forms) {
            assert!(!text.contains(&form), "{text}");
        }
    }
    for status in [400, 401, 403, 404, 500] {
        let hubspot = Scripted::start(vec![echo(status)]).await;
        let token = secret(ACCESS_TOKEN);
        let error = api(&hubspot.url)
            .send(look_up(&token), &account_info::details())
            .await;
        let error = error.unwrap_err();
        let text = format!("{error:?} {}", written(&error));
        assert!(text.contains("[redacted]"), "{text}");
        assert!(!text.contains(ACCESS_TOKEN), "{text}");
    }
}

#[tokio::test]
async fn a_grant_and_the_clients_show_no_secret() {
    kept_logs::keep();
    let tokens = format!(
        r#"{{"access_token":"{NEW_TOKEN}","refresh_token":"{REFRESH_TOKEN}","expires_in":1800}}"#
    );
    let described = format!(r#"{{"active":true,"token":"{ACCESS_TOKEN}","hub_id":1}}"#);
    let hubspot = Scripted::start(vec![json(200, &tokens), json(200, &described)]).await;
    let client = oauth(&hubspot.url);
    let grant = client.exchange(&secret(CODE), REDIRECT_URI).await.unwrap();
    let found = client.introspect(&secret(ACCESS_TOKEN)).await.unwrap();
    assert_clean(&format!("{grant:?} {found:?} {client:?}"));

    let client = api(&hubspot.url);
    let token = secret(ACCESS_TOKEN);
    let call = look_up(&token);
    client
        .send(call, &private_app::describe())
        .await
        .unwrap_err();
    assert_clean(&format!("{client:?} {call:?}"));
    for seen in hubspot.seen() {
        assert_clean(&seen.line);
    }
    for line in kept_logs::lines() {
        assert_clean(&line);
    }
    assert_clean(&baton::metrics::render());
}
