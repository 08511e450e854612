//! The owners of an account: people, people who left, and queues.

use crate::world::{CUSTOMER, SANDBOX, World};

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test]
async fn people_queues_and_people_who_left_can_be_told_apart() {
    let world = World::start().await;
    let token = world.install(CUSTOMER).await.access;

    let owners = world.call("GET", OWNERS, &token).await.json();
    let path = format!("{OWNERS}?archived=true");
    let archived = world.call("GET", &path, &token).await.json();

    let results = owners["results"].as_array().unwrap();
    let of = |id: &str| results.iter().find(|owner| owner["id"] == id).unwrap();
    assert_eq!(of("81538001")["userId"], 3_892_001);
    assert_eq!(of("81538001")["teams"][0]["name"], "First level");
    assert_eq!(of("81538100")["type"], "QUEUE");
    assert!(of("81538100")["userId"].is_null());
    assert!(owners["paging"].is_null());
    assert_eq!(archived["results"].as_array().unwrap().len(), 1);
    assert!(archived["results"][0]["userId"].is_null());
    assert_eq!(archived["results"][0]["userIdIncludingInactive"], 3_892_003);
    assert_eq!(archived["results"][0]["archived"], true);
}

#[tokio::test]
async fn an_owner_is_found_by_its_own_id_and_by_its_users() {
    let world = World::start().await;
    let token = world.install(CUSTOMER).await.access;
    for (path, expected) in [
        ("/81538001", 200),
        ("/81538001?idProperty=id", 200),
        ("/3892001?idProperty=userId", 200),
        ("/81538003?archived=true", 200),
        ("/81538003?archived=True", 200),
        ("/3892003?archived=true&idProperty=userId", 200),
        ("/81538003", 404),
        ("/3892001", 404),
        ("/81538001?idProperty=userId", 404),
        ("/81538001?idProperty=email", 400),
        ("/81538001?archived=maybe", 400),
        ("/one", 400),
        ("/99999999999999999999", 400),
    ] {
        let answer = world.call("GET", &format!("{OWNERS}{path}"), &token).await;
        assert_eq!(answer.status, expected, "{path}: {}", answer.text);
    }
    let older = world.call("GET", "/crm/v3/owners/81538001", &token).await;
    assert_eq!(older.field("email"), "sam@acme-support.example");
}

#[tokio::test]
async fn pages_follow_one_another_and_lose_nobody() {
    let world = World::start().await;
    let token = world.install(CUSTOMER).await.access;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("{OWNERS}?limit=2{after}");
        let page = world.call("GET", &path, &token).await.json();
        let results = page["results"].as_array().unwrap();
        seen.extend(results.iter().map(|owner| owner["id"].clone()));
        let Some(next) = page["paging"]["next"]["after"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    let all = world.call("GET", "/crm/v3/owners/", &token).await.json();
    let all = all["results"].as_array().unwrap().iter();
    assert_eq!(
        seen,
        all.map(|owner| owner["id"].clone()).collect::<Vec<_>>()
    );
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn an_email_finds_one_owner_or_none() {
    let world = World::start().await;
    let token = world.install(CUSTOMER).await.access;
    for (email, count) in [
        ("SAM@acme-support.example", 1),
        ("nobody@acme-support.example", 0),
    ] {
        let answer = world
            .call("GET", &format!("{OWNERS}?email={email}"), &token)
            .await;
        assert_eq!(
            answer.json()["results"].as_array().unwrap().len(),
            count,
            "{email}"
        );
    }
}

#[tokio::test]
async fn a_token_shows_its_own_account_alone() {
    let world = World::start().await;
    let sandbox = world.install(SANDBOX).await.access;
    world.install(CUSTOMER).await;
    let details = world
        .call("GET", "/account-info/v3/details", &sandbox)
        .await;
    assert_eq!(details.json()["portalId"], SANDBOX.0);
}
