//! What is sent to the API, and what is read beside the body: the clock.

use crate::scripted::{Reply, Scripted, json};
use crate::world::{api, look_up, secret};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::time::Span;
use baton::hubspot::actor_id::ActorId;
use baton::hubspot::api::client::Call;
use baton::hubspot::api::lane::Lane;
use baton::hubspot::api::{account_info, assignee, owners, private_app, tickets, uninstall};

const ACCOUNT: &str = r#"{"portalId":50001}"#;

#[tokio::test]
async fn the_token_goes_in_the_bearer_header_and_nowhere_else() {
    let hubspot = Scripted::start(vec![json(200, r#"{"results":[]}"#), json(204, "")]).await;
    let (client, token) = (api(&hubspot.url), secret("canary-access-token"));
    let page = owners::list(owners::Archived::No, Some("a b&c"));
    client.send(look_up(&token), &page).await.unwrap();
    client
        .send(look_up(&token), &uninstall::uninstall())
        .await
        .unwrap();

    let seen = hubspot.seen();
    assert_eq!(
        seen[0].line,
        "GET /crm/owners/2026-03?limit=500&archived=false&after=a+b%26c"
    );
    assert_eq!(seen[1].line, "DELETE /appinstalls/2026-03/external-install");
    for request in seen {
        assert_eq!(
            request.header("authorization"),
            Some("Bearer canary-access-token")
        );
        assert_eq!(request.body, "");
    }
}

#[tokio::test]
async fn a_private_apps_token_is_asked_about_in_the_body() {
    let answer = r#"{"userId":61000001,"hubId":50001,"appId":2900001,"scopes":["tickets"]}"#;
    let hubspot = Scripted::start(vec![json(200, answer)]).await;
    let token = secret("pat-na1-canary");
    let call = Call {
        portal: None,
        token: &token,
        lane: Lane::LookUps,
    };

    let app = api(&hubspot.url)
        .send(call, &private_app::describe())
        .await
        .unwrap();

    assert_eq!(
        (app.portal.0, app.scopes),
        (50_001, Some(vec!["tickets".to_owned()]))
    );
    let seen = &hubspot.seen()[0];
    assert_eq!(
        seen.line,
        "POST /oauth/v2/private-apps/get/access-token-info"
    );
    assert_eq!(seen.body, r#"{"tokenKey":"pat-na1-canary"}"#);
    assert!(!format!("{:?}", private_app::describe()).contains("canary"));
}

#[tokio::test]
async fn a_body_goes_as_json() {
    let hubspot = Scripted::start(vec![json(200, r#"{"results":[]}"#)]).await;
    let token = secret("token-1");
    let batch = tickets::batch(&[TicketId(7), TicketId(8)]);
    api(&hubspot.url)
        .send(look_up(&token), &batch)
        .await
        .unwrap();
    let seen = &hubspot.seen()[0];
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(
        seen.body.contains(r#""inputs":[{"id":"7"},{"id":"8"}]"#),
        "{}",
        seen.body
    );
    assert!(
        seen.body.contains(r#""propertiesWithHistory":[]"#),
        "{}",
        seen.body
    );
}

#[tokio::test]
async fn where_hubspot_does_not_know_the_put_the_post_follows() {
    let unknown = r#"{"status":"error","message":"resource not found","correlationId":"c-1"}"#;
    for (status, body) in [(404, unknown), (404, "<html></html>"), (405, "")] {
        let hubspot = Scripted::start(vec![json(status, body), json(200, r#"{"id":"77"}"#)]).await;
        let token = secret("token-1");
        let assign = assignee::assign(ThreadId(77), &ActorId::User(3_892_001));
        let thread = api(&hubspot.url)
            .send(look_up(&token), &assign)
            .await
            .unwrap();
        assert_eq!(thread.unwrap().id, ThreadId(77));

        let seen = hubspot.seen();
        assert_eq!(
            seen[0].line,
            "PUT /conversations/conversations/v3/threads/77/assignee"
        );
        assert_eq!(
            seen[1].line,
            "POST /conversations/v3/conversations/threads/77/assignee"
        );
        assert_eq!(seen[0].body, r#"{"actorId":"A-3892001"}"#);
        assert_eq!(seen[1].body, seen[0].body);
    }
}

#[tokio::test]
async fn a_put_that_is_refused_for_another_reason_is_not_tried_as_a_post() {
    for status in [400, 401, 403, 423, 429, 477, 500, 503] {
        let hubspot = Scripted::start(vec![json(status, "{}")]).await;
        let token = secret("token-1");
        let assign = assignee::assign(ThreadId(77), &ActorId::User(1));
        let done = api(&hubspot.url).send(look_up(&token), &assign).await;
        assert!(done.is_err());
        assert_eq!(hubspot.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn hubspots_clock_is_read_from_any_answer_that_says_it() {
    let ahead = chrono::Utc::now() + chrono::Duration::seconds(90);
    let date = |time: chrono::DateTime<chrono::Utc>| {
        vec![("date", time.format("%a, %d %b %Y %H:%M:%S GMT").to_string())]
    };
    let replies = vec![
        json(200, ACCOUNT),
        Reply::Http(500, date(ahead), "{}".to_owned()),
        Reply::Http(
            200,
            vec![("date", "yesterday".to_owned())],
            ACCOUNT.to_owned(),
        ),
    ];
    let hubspot = Scripted::start(replies).await;
    let (client, token) = (api(&hubspot.url), secret("token-1"));

    client
        .send(look_up(&token), &account_info::details())
        .await
        .unwrap();
    assert_eq!(client.clock_offset(), None);
    client
        .send(look_up(&token), &account_info::details())
        .await
        .unwrap_err();
    let offset = client.clock_offset().unwrap();
    assert!(offset.at_least <= Span::from_secs(90) && offset.at_least >= Span::from_secs(80));
    // Dates are of whole seconds, and the answer may leave some time after it was written.
    assert!(offset.at_most >= Span::from_secs(80));
    assert!(offset.at_least < offset.at_most);
    client
        .send(look_up(&token), &account_info::details())
        .await
        .unwrap();
    assert_eq!(
        client.clock_offset(),
        Some(offset),
        "an unreadable date changes nothing"
    );
}
