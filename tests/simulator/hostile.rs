//! Hostile requests: none gets anything, none makes the simulated HubSpot fail.

use crate::world::{CUSTOMER, World, answered, encoded};

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test]
async fn a_token_in_the_query_is_never_accepted() {
    let world = World::start().await;
    let token = world.install(CUSTOMER).await.access;
    for name in [
        "access_token",
        "token",
        "hapikey",
        "Authorization",
        "bearer",
    ] {
        let query = encoded(&[(name, &token)]);
        let answer = world.get(&format!("{OWNERS}?{query}")).await;
        let found = (answer.status, answer.field("category"));
        assert_eq!(found, (401, "INVALID_AUTHENTICATION".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn only_a_live_access_token_as_a_bearer_opens_the_api() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let code = world.code(CUSTOMER);
    let access = &tokens.access;
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {access}"),
        format!("Bearer{access}"),
        access.clone(),
        format!("Bearer {access}x"),
        format!("Bearer {}", &access[1..]),
        format!("Bearer {}", access.to_uppercase()),
        format!("Bearer {access} {access}"),
        format!("Bearer {access},{access}"),
        format!("Bearer {}", tokens.refresh),
        format!("Bearer {code}"),
        format!("Bearer {}", baton::simulator::demo_world::CLIENT_SECRET),
        format!("Bearer {}", "x".repeat(8_000)),
        "Bearer ' or 1=1 --".to_owned(),
    ] {
        let request = world
            .request("GET", OWNERS)
            .header("authorization", &header);
        let answer = answered(request).await;
        assert_eq!(answer.status, 401, "{header}: {}", answer.text);
        assert_eq!(
            answer.header("x-hubspot-ratelimit-max"),
            "",
            "no account, no budget"
        );
    }
    let lower_case = world.request("GET", OWNERS);
    let lower_case = lower_case.header("authorization", format!("bearer {access}"));
    assert_eq!(answered(lower_case).await.status, 200);
}

#[tokio::test]
async fn strange_requests_are_refused_and_never_break_anything() {
    let world = World::start().await;
    let large = "x".repeat(1024 * 1024 + 1);
    let many = "a=1&".repeat(100_000);
    let form = "application/x-www-form-urlencoded";
    for (method, path, kind, body) in [
        ("POST", "/oauth/2026-03/token", form, large.as_str()),
        ("POST", "/oauth/2026-03/token", form, many.as_str()),
        ("POST", "/oauth/2026-03/token", form, "%%%=%ff&=&&&"),
        ("POST", "/oauth/2026-03/token", form, "client_id[]=x"),
        ("POST", "/oauth/2026-03/token", "multipart/form-data", "x"),
        ("POST", "/oauth/2026-03/token", "", "x"),
        ("POST", "/oauth/2026-03/token/", "text/plain", "x"),
        ("POST", "/oauth/authorize", "application/json", "{}"),
        ("POST", "/oauth/authorize", form, "decision=connect"),
        (
            "POST",
            "/oauth/authorize",
            form,
            "decision=connect&decision=cancel",
        ),
        (
            "POST",
            "/_simulator/faults",
            "application/json",
            "{\"effect\":",
        ),
        ("POST", "/_simulator/clock", "application/json", "[[[["),
        (
            "POST",
            "/oauth/v2/private-apps/get/access-token-info",
            form,
            "\0",
        ),
        ("DELETE", "/oauth/authorize", form, ""),
        ("PATCH", "/", form, ""),
        ("BREW", "/", form, ""),
        ("GET", "/oauth//authorize", form, ""),
        ("GET", "/oauth/50001/50001/authorize", form, ""),
        ("GET", "/oauth/-1/authorize", form, ""),
        ("GET", "/oauth/%00/authorize", form, ""),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", form, ""),
        ("GET", "/crm/owners/2026-03/..%2f..", form, ""),
        ("GET", "/oauth/v1/access-tokens/", form, ""),
        ("GET", "/oauth/v1/access-tokens/%ff%fe", form, ""),
        ("GET", "/_simulator/", form, ""),
        ("OPTIONS", "/_simulator/reset", form, ""),
    ] {
        let request = world.request(method, path);
        let request = request.header("content-type", kind).body(body.to_owned());
        let answer = answered(request).await;
        assert!(
            (400..500).contains(&answer.status),
            "{method} {path}: {}",
            answer.status
        );
    }
    assert_eq!(world.get("/").await.status, 200);
    assert_eq!(world.exchange(&world.code(CUSTOMER)).await.status, 200);
}

#[tokio::test]
async fn it_listens_on_the_loopback_interface_only() {
    let options = baton::simulator::hubspot::HubSpotOptions {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..baton::simulator::hubspot::HubSpotOptions::demo()
    };
    let refused = baton::simulator::hubspot::SimulatedHubSpot::start(options).await;
    assert_eq!(
        refused.err().unwrap().kind(),
        std::io::ErrorKind::InvalidInput
    );
}
