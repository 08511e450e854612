//! Bearer keys: from the settings and from the store, by portal and role, until revoked.

use crate::wire::send;
use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, World, client};
use baton::domain::ids::PortalId;
use baton::service::authenticate::hash;
use baton::store::api_keys::{NewKey, create, revoke};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/v1/portals/50001/conversations/7001";

fn stored_key(world: &World, secret: &str, portal: Option<PortalId>, role: &str) -> uuid::Uuid {
    let name = "the night shift";
    let key = NewKey {
        portal,
        role,
        name,
        secret_sha256: hash(secret),
    };
    create(&mut world.sql(), &key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_key_is_one_and_the_same_401() {
    let world = World::start().await;
    let url = format!("{}{PATH}", world.url);
    let get = |value: &str| client().get(&url).header("authorization", value);
    let twice = get(&format!("Bearer {AI_KEY}")).header("authorization", "Bearer x");
    let in_url = client().get(format!("{url}?key={}", AI_KEY.replace(' ', "%20")));
    let requests = [
        client().get(&url),
        get(""),
        get("Bearer"),
        get("Bearer "),
        get("Bearer nobody's"),
        get(&format!("Basic {AI_KEY}")),
        get(&format!("Bearer{AI_KEY}")),
        get(&format!("Bearer {AI_KEY}x")),
        get(&format!("Bearer {}", &AI_KEY[1..])),
        client()
            .get(&url)
            .header("authorization", &b"Bearer \xff"[..]),
        twice,
        in_url,
    ];
    let mut seen = Vec::new();
    for request in requests {
        let answer = send(request).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (401, "unauthorized")
        );
        seen.push(answer.but_request_id());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_api_wants_a_key() {
    let world = World::start().await;
    let ticket = "/v1/portals/50001/tickets/1";
    let (lines, of_ticket) = (format!("{PATH}/decisions"), format!("{ticket}/decisions"));
    for path in [
        PATH,
        ticket,
        &lines,
        &of_ticket,
        "/v1/portals/59999/tickets/1",
        "/v1/portals",
        "/v1/portals/50001",
        "/v1/portals/50001/settings",
    ] {
        let answer = world.request(Method::GET, path, None).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (401, "unauthorized"),
            "{path}"
        );
    }
    for action in ["pause", "resume", "send", "handoff", "lock", "unlock"] {
        let answer = world.command("nobody's", action, "{}", None).await;
        assert_eq!(answer.status, 401, "{action}");
    }
    assert_eq!(world.count("decisions"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_bearer_may_be_written_in_any_case() {
    let world = World::start().await;
    let request = client().get(format!("{}{PATH}", world.url));

    let answer = send(request.header("authorization", format!("bearer {AI_KEY}"))).await;

    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_key_works_until_it_is_revoked() {
    let world = World::start().await;
    let id = stored_key(&world, "stored", Some(PORTAL), "ai");
    assert_eq!(world.get("stored", PATH).await.0, 200);

    assert!(revoke(&mut world.sql(), id).unwrap());

    let (status, body) = world.get("stored", PATH).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (401, &json!("unauthorized"))
    );
    assert!(
        !revoke(&mut world.sql(), id).unwrap(),
        "it was revoked before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_key_has_its_portal_role_and_name() {
    let world = World::start().await;
    stored_key(&world, "ai's", Some(PORTAL), "ai");
    stored_key(&world, "admin's", None, "admin");
    stored_key(&world, "other's", Some(PortalId(50_002)), "admin");

    let (_, locked) = world.post("ai's", "lock", json!({})).await;
    let (_, refused) = world.post("ai's", "unlock", json!({})).await;
    let (hidden, _) = world.post("other's", "unlock", json!({})).await;
    let (_, unlocked) = world.post("admin's", "unlock", json!({})).await;

    let by = locked["explanation"].as_str().unwrap();
    assert!(
        by.starts_with("Locked by the AI platform (the night shift) since "),
        "{by}"
    );
    assert_eq!((&refused["outcome"], hidden), (&json!("refused"), 404));
    assert_eq!(unlocked["outcome"], "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_hash_of_a_key_is_stored() {
    let world = World::start().await;
    stored_key(&world, "a stored secret", Some(PORTAL), "ai");
    world.get("a stored secret", PATH).await;
    world.get(ADMIN_KEY, PATH).await;

    let rows = world.texts("SELECT api_keys::text FROM api_keys");

    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains("a stored secret"), "{rows:?}");
}
