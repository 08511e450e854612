//! Hundreds of requests that nobody honest sends, to the console and to the OAuth addresses: none
//! is accepted, none makes the service fail, and nothing is different afterwards.

use crate::browsing::{Browser, Seen};
use crate::world::{PORTAL, World, client_that_follows_nothing};
use reqwest::{Method, RequestBuilder};

/// Every address that takes a form from who is signed in.
const FORMS: [&str; 10] = [
    "/console/sign-out",
    "/console/private-app",
    "/console/portals/50001/ai-enabled",
    "/console/portals/50001/ai-sender",
    "/console/portals/50001/settings",
    "/console/portals/50001/disconnect",
    "/console/portals/50001/private-app",
    "/console/portals/50001/conversations/7001/pause",
    "/console/portals/50001/conversations/7001/send",
    "/console/portals/50001/conversations/7001/lock",
];
const FORM: &str = "application/x-www-form-urlencoded";

/// A connected portal with an admin signed in, and who attacks them.
struct Siege {
    world: World,
    admin: Browser,
    csrf: String,
    before: Vec<String>,
    requests: usize,
}

impl Siege {
    async fn lay() -> Self {
        let world = World::start().await;
        world.follows_nothing(PORTAL);
        let mut admin = world.connected(PORTAL).await;
        assert_eq!(world.pause(&[]).await.0, 200);
        let csrf = admin.get("/console").await.csrf();
        let before = everything(&world);
        Self {
            world,
            admin,
            csrf,
            before,
            requests: 0,
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        client_that_follows_nothing().request(method, format!("{}{path}", self.world.url))
    }

    /// A form as the console's own page would send it.
    fn form(&self, path: &str, csrf: &str) -> RequestBuilder {
        let body = form_body(csrf);
        self.request(Method::POST, path)
            .header("content-type", FORM)
            .body(body)
    }

    /// The admin's browser is made to send something, for instance by a page elsewhere.
    async fn by_admin(&mut self, request: RequestBuilder, expected: &[u16]) -> Seen {
        self.requests += 1;
        let seen = self.admin.clone().send(request).await;
        self.judge(&seen, expected);
        seen
    }

    /// Somebody without the admin's cookies sends something.
    async fn by_stranger(&mut self, request: RequestBuilder, expected: &[u16]) -> Seen {
        self.requests += 1;
        let seen = Browser::new(&self.world).send(request).await;
        self.judge(&seen, expected);
        seen
    }

    fn judge(&self, seen: &Seen, expected: &[u16]) {
        assert!(
            expected.contains(&seen.status),
            "not {expected:?}: {seen:?}"
        );
        let is_ours = |location: &str| {
            location.is_empty()
                || location == "/console"
                || location.starts_with("/console/sign-in?next=%2F")
        };
        assert!(is_ours(&seen.location), "{seen:?}");
        assert!(
            !seen.set_cookies.iter().any(|c| c.contains("session")),
            "{seen:?}"
        );
        for echoed in ["<script>", "evil.example", "EVIL"] {
            assert!(!seen.body.contains(echoed), "{seen:?}");
        }
    }

    /// What was before still is, and the admin is still signed in.
    async fn hold(mut self, at_least: usize) {
        assert!(self.requests >= at_least, "only {} requests", self.requests);
        assert_eq!(everything(&self.world), self.before);
        assert_eq!(self.admin.get("/console").await.status, 200);
    }
}

/// Every row that an admin can change, and every session.
fn everything(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for rows in [
        "SELECT p FROM portals p ORDER BY 1",
        "SELECT (portal_id, kind, generation, status, access_token) FROM credentials ORDER BY 1",
        "SELECT c FROM portal_changes c ORDER BY 1",
        "SELECT (session_sha256, expires_at) FROM sessions ORDER BY 1",
        "SELECT state_sha256 FROM oauth_states ORDER BY 1",
        "SELECT c FROM conversations c ORDER BY 1",
        "SELECT decision_id FROM decisions ORDER BY 1",
    ] {
        all.extend(world.texts(rows));
    }
    all
}

fn form_body(csrf: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("csrf", csrf)
        .append_pair("enabled", "false")
        .append_pair("user_id", "61000009")
        .append_pair("once", "019aa9d5-0000-7000-8000-000000000001")
        .append_pair("token", "pat-na1-demo-50001-not-for-production")
        .finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_without_the_token_of_their_session_change_nothing() {
    let mut siege = Siege::lay().await;
    let mut other = Browser::signed_in(&siege.world).await;
    let others = other.get("/console").await.csrf();
    let mut outside = Browser::new(&siege.world);
    let sign_in = outside.get("/console/sign-in").await.csrf();
    siege.before = everything(&siege.world);
    let own = siege.csrf.clone();
    for path in FORMS {
        let session = siege.admin.cookies["baton_session"].clone();
        for wrong in [
            "",
            " ",
            "x",
            &others,
            &sign_in,
            &session,
            &own[1..],
            &format!("{own}="),
            &own.to_uppercase(),
            &format!("{own}\0"),
            &format!(" {own}"),
            &"A".repeat(own.len()),
        ] {
            let request = siege.form(path, wrong);
            siege.by_admin(request, &[400, 403]).await;
        }
        for body in [
            String::new(),
            "enabled=false".to_owned(),
            format!("csrf={own}&csrf={own}&enabled=false"),
            format!("csrf[]={own}&enabled=false"),
            format!("CSRF={own}&enabled=false"),
        ] {
            let request = siege
                .request(Method::POST, path)
                .header("content-type", FORM);
            siege.by_admin(request.body(body), &[403]).await;
        }
        // Where an address could carry it, it would leak.
        let in_address = siege.form(&format!("{path}?csrf={own}"), "");
        siege.by_admin(in_address, &[403]).await;
    }
    siege.hold(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_from_elsewhere_or_of_another_kind_change_nothing() {
    let mut siege = Siege::lay().await;
    let own = siege.csrf.clone();
    for path in FORMS {
        for site in [
            "cross-site",
            "same-site",
            "",
            "SAME-ORIGIN",
            "none, same-origin",
        ] {
            let request = siege.form(path, &own).header("sec-fetch-site", site);
            siege.by_admin(request, &[403]).await;
        }
        for kind in [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
            "",
        ] {
            let request = siege
                .request(Method::POST, path)
                .header("content-type", kind);
            siege.by_admin(request.body(form_body(&own)), &[400]).await;
        }
        for method in [
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            let request = siege.request(method, path).header("content-type", FORM);
            siege.by_admin(request.body(form_body(&own)), &[405]).await;
        }
        let large = format!("{}&x={}", form_body(&own), "x".repeat(40_000));
        let request = siege
            .request(Method::POST, path)
            .header("content-type", FORM);
        siege.by_admin(request.body(large), &[413]).await;
        let nul = format!("{}&x=%00", form_body(&own));
        let request = siege
            .request(Method::POST, path)
            .header("content-type", FORM);
        siege.by_admin(request.body(nul), &[400]).await;
    }
    siege.hold(90).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_none_open_nothing() {
    let mut siege = Siege::lay().await;
    let own = siege.csrf.clone();
    let session = siege.admin.cookies["baton_session"].clone();
    let stored = siege
        .world
        .texts("SELECT encode(session_sha256, 'hex') FROM sessions");
    let pages = [
        "/console",
        "/console/portals/50001",
        "/console/portals/50001/settings",
        "/console/portals/50001/conversations",
        "/console/portals/50001/conversations/7001",
        "/console/portals/50001/tickets/15384000001",
    ];
    for cookie in [
        String::new(),
        "baton_session=".to_owned(),
        "baton_session=x".to_owned(),
        "baton_session=\"\"".to_owned(),
        format!("baton_session={}", stored[0]),
        format!("baton_session={}", session.to_lowercase()),
        format!("baton_session={session}x"),
        format!("__Host-baton_session={session}"),
        format!("BATON_SESSION={session}"),
        format!("baton_session={session}; baton_session={session}"),
        format!("baton_session={}", "x".repeat(3_000)),
        "baton_session=' OR 1=1 --".to_owned(),
        "baton_session=../../etc/passwd".to_owned(),
    ] {
        for path in FORMS {
            let request = siege.form(path, &own).header("cookie", &cookie);
            siege.by_stranger(request, &[303]).await;
        }
        for path in pages {
            let request = siege.request(Method::GET, path).header("cookie", &cookie);
            let seen = siege.by_stranger(request, &[303]).await;
            assert!(
                seen.location.starts_with("/console/sign-in?next="),
                "{seen:?}"
            );
        }
    }
    siege.hold(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_fields_that_fit_nothing_are_refused_even_from_an_admin() {
    let mut siege = Siege::lay().await;
    let own = siege.csrf.clone();
    for portal in [
        "0",
        "-1",
        "x",
        "50002",
        "999999",
        "9223372036854775808",
        "50001%00",
        "50001%20",
        "%2f..%2f",
        "5%3000%3Cscript%3E",
        "١٢٣",
        "50001'--",
    ] {
        for end in [
            "",
            "/settings",
            "/disconnect",
            "/conversations",
            "/conversations/7001",
            "/tickets/15384000001",
        ] {
            let request = siege.request(Method::GET, &format!("/console/portals/{portal}{end}"));
            siege.by_admin(request, &[404]).await;
        }
        for end in [
            "/ai-enabled",
            "/ai-sender",
            "/settings",
            "/disconnect",
            "/conversations/7001/lock",
        ] {
            let request = siege.form(&format!("/console/portals/{portal}{end}"), &own);
            siege.by_admin(request, &[404]).await;
        }
    }
    let seen = "{\"human_grace\":600000}";
    for (path, fields) in [
        ("ai-enabled", vec![("enabled", "")]),
        ("ai-enabled", vec![("enabled", "maybe")]),
        (
            "ai-enabled",
            vec![("enabled", "true"), ("enabled", "false")],
        ),
        ("ai-sender", vec![]),
        ("ai-sender", vec![("user_id", "0")]),
        ("ai-sender", vec![("user_id", "-61000009")]),
        (
            "ai-sender",
            vec![("user_id", "61000009; DROP TABLE portals")],
        ),
        ("ai-sender", vec![("user_id", "3892003")]),
        ("ai-sender", vec![("user_id", "99999999999999999999")]),
        ("settings", vec![]),
        ("settings", vec![("seen", "{}")]),
        ("settings", vec![("seen", seen), ("human_grace", "-1")]),
        ("settings", vec![("seen", "[]"), ("human_grace", "5")]),
        ("settings", vec![("seen", "{\"language\":5}")]),
    ] {
        let mut all = vec![("csrf", own.as_str())];
        all.extend(fields);
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(all)
            .finish();
        let path = format!("/console/portals/50001/{path}");
        let request = siege
            .request(Method::POST, &path)
            .header("content-type", FORM);
        siege.by_admin(request.body(body), &[400]).await;
    }
    for token in [
        "",
        "x y",
        "<script>",
        "pat-na1-\u{e4}",
        &"x".repeat(600),
        "pat-na1-unknown",
    ] {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrf", &own)
            .append_pair("token", token)
            .finish();
        let request = siege.request(Method::POST, "/console/private-app");
        let request = request.header("content-type", FORM).body(body);
        siege.by_admin(request, &[400]).await;
    }
    siege.hold(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oauth_addresses_take_only_what_belongs_to_an_installation_begun_here() {
    let mut siege = Siege::lay().await;
    // One that the admin began; somebody else has its state and a code that HubSpot would take.
    let consent = siege.world.begin(&mut siege.admin).await;
    let foreign = siege.world.approved(&consent, PORTAL);
    siege.before = everything(&siege.world);
    let code = "code=na1-aaaa-bbbb";
    let state = "A".repeat(43);
    let mut queries = vec![
        String::new(),
        code.to_owned(),
        format!("{code}&state="),
        format!("{code}&state=x"),
        format!("{code}&state={state}"),
        format!("{code}&state={state}&state={state}"),
        format!("{code}&{code}&state={state}"),
        format!("{code}&state={}", "A".repeat(5_000)),
        format!("{code}&state=%00{state}"),
        format!("{code}&state=%F0%9F%92%A9"),
        format!("code=%3Cscript%3E&state={state}"),
        format!("code={}&state={state}", "x".repeat(5_000)),
        format!("state={state}"),
        "error=EVIL&error_description=%3Cscript%3Eevil.example".to_owned(),
        format!("error=access_denied&state={state}"),
        "step=finalize".to_owned(),
        format!("step=finalize&{code}&state={state}"),
        "%".to_owned(),
        "%zz=%zz".to_owned(),
        "&&&===".to_owned(),
    ];
    for url in [
        "https://evil.example",
        "https://app.hubspot.com.evil.example/",
        "https://app.hubspot.com@evil.example/",
        "https://evil.example/app.hubspot.com",
        "http://app.hubspot.com/",
        "//app.hubspot.com/",
        "https://app-.hubspot.com/",
        "https://app-eu1.evil.example/.hubspot.com",
        "https://app.hubspot.com:8443/",
        "javascript:alert(1)",
        "/console",
        "",
    ] {
        let url: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
        queries.push(format!("step=authorize&returnUrl={url}"));
        queries.push(format!("{code}&returnUrl={url}"));
    }
    for query in &queries {
        let path = format!("/hubspot/oauth/callback?{query}");
        let request = siege.request(Method::GET, &path);
        let seen = siege.by_stranger(request, &[200, 400, 403]).await;
        assert!(
            seen.says("Nothing was connected") || seen.status == 400,
            "{query}: {seen:?}"
        );
        let request = siege.request(Method::GET, &path);
        siege.by_admin(request, &[200, 400, 403]).await;
    }
    for _ in 0..3 {
        let request = siege.request(Method::GET, &foreign);
        let seen = siege.by_stranger(request, &[403]).await;
        assert!(seen.says("Another browser began this"), "{seen:?}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        for path in ["/hubspot/oauth/callback", "/hubspot/oauth/install"] {
            let request = siege.request(method.clone(), path);
            siege.by_admin(request, &[405]).await;
        }
    }
    for path in [
        "/hubspot/oauth",
        "/hubspot/oauth/",
        "/hubspot/oauth/callback/x",
    ] {
        let request = siege.request(Method::GET, path);
        siege.by_admin(request, &[404]).await;
    }
    for query in [
        "features=%3Cscript%3E",
        "portal=EVIL",
        "portal=-1",
        "portal=1&portal=2",
    ] {
        let request = siege.request(Method::GET, &format!("/hubspot/oauth/install?{query}"));
        siege.by_admin(request, &[400]).await;
    }
    siege.hold(90).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_says_about_hosts_and_links_leads_nowhere() {
    let mut siege = Siege::lay().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "javascript"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "/console/portals/50001"),
        ("x-http-method-override", "DELETE"),
        ("referer", "https://evil.example/"),
        ("origin", "https://evil.example"),
    ] {
        for path in ["/console", "/console/portals/50001/disconnect"] {
            let request = siege.request(Method::GET, path).header(name, value);
            siege.by_stranger(request, &[303]).await;
        }
    }
    for link in ["x", "%00", "EVIL", "%3Cscript%3E", "x&once=y"] {
        let request = siege.request(Method::GET, &format!("/console?once={link}"));
        siege.by_stranger(request, &[403]).await;
    }
    for next in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "%0d%0aX:EVIL",
    ] {
        let path = format!("/console/sign-in?next={next}");
        let request = siege.request(Method::GET, &path);
        siege.by_stranger(request, &[200]).await;
        let request = siege.request(Method::GET, &path);
        let seen = siege.by_admin(request, &[303]).await;
        assert_eq!(seen.location, "/console", "{next}");
    }
    for toast in ["EVIL", "%3Cscript%3E", "connected%00", "Connected"] {
        let request = siege.request(Method::GET, "/console/sign-in");
        let cookie = format!("baton_toast={toast}");
        let seen = siege
            .by_stranger(request.header("cookie", cookie), &[200])
            .await;
        assert!(!seen.says("<p class=\"toast"), "{toast}");
    }
    siege.hold(30).await;
}
