//! Canaries: every secret goes through the flows of a real process that logs all it can, and none
//! of them may be found in its log, metrics, pages, error bodies or clear columns, however written.

use crate::base::{client, new_database};
use crate::browsing::{Browser, Seen};
use crate::world::{EUROPEAN, PORTAL, STARTER};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use baton::domain::credential::CredentialKind;
use baton::domain::ids::PortalId;
use baton::encryption::keyring::Keyring;
use baton::service::seal_tokens::{open_access_token, open_refresh_token};
use baton::simulator::demo_world;
use baton::simulator::hubspot::fault::{Effect, Fault};
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::store::credentials::row::find;
use diesel::prelude::*;
use diesel::sql_types::Text;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CLIENT_SECRET: &str = "canary-client-secret-7d1f0c";
const PASSWORD: &str = "canary password of the admin 52";
const API_KEY: &str = "canary-api-key-of-an-admin-91b";
const KEY_BYTES: [u8; 32] = *b"canary key of 32 bytes exactly!!";

/// A process of its own, which ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is seen of a service from outside.
struct Watched {
    url: String,
    hubspot: SimulatedHubSpot,
    database_url: String,
    seen: Vec<(String, String)>,
    secrets: Vec<(String, Vec<u8>)>,
}

impl Watched {
    fn saw(&mut self, at: &str, page: &Seen) {
        self.seen.push((at.to_owned(), page.body.clone()));
    }

    fn keeps(&mut self, name: &str, secret: &str) {
        assert!(
            secret.len() >= 12,
            "{name} is too short to be told from chance"
        );
        self.secrets
            .push((name.to_owned(), secret.as_bytes().to_vec()));
    }

    async fn api(&mut self, method: Method, path: &str, body: &str) {
        let request = client().request(method, format!("{}{path}", self.url));
        let answer = request.bearer_auth(API_KEY).body(body.to_owned()).send();
        let text = answer.await.unwrap().text().await.unwrap();
        self.seen.push((path.to_owned(), text));
    }

    /// Begins and approves; the address HubSpot sends the browser back to, below ours.
    async fn approved(&mut self, browser: &mut Browser, install: &str, portal: PortalId) -> String {
        let off = browser.get(install).await;
        assert_eq!(off.status, 303, "{off:?}");
        self.saw(install, &off);
        let back = self.hubspot.approve(&off.location, portal).unwrap();
        let query = back.split_once('?').unwrap().1;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            self.keeps(&format!("{name} of {portal}"), &value);
        }
        back.strip_prefix(&self.url).unwrap().to_owned()
    }

    fn keep_tokens(&mut self, portal: PortalId) {
        let keyring = Keyring::new(vec![(
            "c1".to_owned(),
            SecretSlice::from(KEY_BYTES.to_vec()),
        )]);
        let keyring = keyring.unwrap();
        let mut conn = PgConnection::establish(&self.database_url).unwrap();
        let row = find(&mut conn, portal, CredentialKind::Oauth)
            .unwrap()
            .unwrap();
        let access = open_access_token(&keyring, &row).unwrap();
        let refresh = open_refresh_token(&keyring, &row).unwrap().unwrap();
        self.keeps(&format!("access token of {portal}"), access.expose_secret());
        self.keeps(
            &format!("refresh token of {portal}"),
            refresh.expose_secret(),
        );
    }
}

#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

fn database_as_text(url: &str) -> String {
    let mut conn = PgConnection::establish(url).unwrap();
    let mut texts = |sql: &str| -> Vec<String> {
        let rows: Vec<OneText> = diesel::sql_query(sql).load(&mut conn).unwrap();
        rows.into_iter().map(|row| row.text).collect()
    };
    let tables = texts(
        "SELECT table_name::text AS text FROM information_schema.tables \
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    );
    let rows = |table: &String| {
        texts(&format!(
            "SELECT to_jsonb(x)::text AS text FROM \"{table}\" x"
        ))
        .join("\n")
    };
    tables.iter().map(rows).collect::<Vec<_>>().join("\n")
}

/// The ways in which a secret could be written down.
fn forms(secret: &[u8]) -> Vec<String> {
    let hex: String = secret.iter().map(|b| format!("{b:02x}")).collect();
    let percent: String = secret.iter().map(|b| format!("%{b:02X}")).collect();
    let form: String = url::form_urlencoded::byte_serialize(secret).collect();
    let mut forms = vec![
        hex.to_uppercase(),
        hex,
        percent,
        form.replace('+', "%20"),
        form,
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        forms.push(text.to_owned());
    }
    // Inside a longer base64 text, by where in a group of three bytes it begins.
    for shift in 0..3 {
        let mut shifted = vec![b'x'; shift];
        shifted.extend(secret);
        for engine in [STANDARD, URL_SAFE] {
            let encoded = engine.encode(&shifted);
            let end = encoded.trim_end_matches('=').len() - 2;
            forms.push(encoded[if shift == 0 { 0 } else { 4 }..end].to_owned());
        }
    }
    forms
}

/// Starts `baton serve` with canaries for secrets, logging all it can into this file.
fn serve(log: &Path, url: &str, hubspot: &SimulatedHubSpot, database_url: &str) -> Process {
    let log = File::create(log).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_baton"))
        .arg("serve")
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("RUST_LOG", "trace")
        .env("DATABASE_URL", database_url)
        .env("BATON_LISTEN", url.strip_prefix("http://").unwrap())
        .env("BATON_PUBLIC_URL", url)
        .env(
            "BATON_ENCRYPTION_KEYS",
            format!("c1:{}", STANDARD.encode(KEY_BYTES)),
        )
        .env("BATON_ADMIN_PASSWORD", PASSWORD)
        .env("BATON_API_KEYS", format!("{API_KEY}:admin"))
        .env("HUBSPOT_CLIENT_ID", demo_world::CLIENT_ID)
        .env("HUBSPOT_CLIENT_SECRET", CLIENT_SECRET)
        .env("HUBSPOT_API_URL", hubspot.url())
        .env("HUBSPOT_AUTH_URL", hubspot.url())
        .stdout(Stdio::from(log.try_clone().unwrap()))
        .stderr(Stdio::from(log))
        .spawn();
    Process(child.unwrap())
}

async fn ready(url: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let ask = async || client().get(format!("{url}/readyz")).send().await;
    while !ask().await.is_ok_and(|answer| answer.status() == 200) {
        assert!(Instant::now() < deadline, "not ready in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_in_logs_metrics_pages_errors_or_clear_columns() {
    baton::startup::tls::install();
    let mut options = HubSpotOptions::demo();
    options.app.client_secret = SecretString::from(CLIENT_SECRET);
    let hubspot = SimulatedHubSpot::start(options).await.unwrap();
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{address}");
    hubspot.register_redirect_url(format!("{url}/hubspot/oauth/callback"));
    let database_url = new_database();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let process = serve(&log, &url, &hubspot, &database_url);
    ready(&url).await;
    let mut watched = Watched {
        url: url.clone(),
        hubspot,
        database_url,
        seen: Vec::new(),
        secrets: vec![("the encryption key".to_owned(), KEY_BYTES.to_vec())],
    };
    watched.keeps("the client secret", CLIENT_SECRET);
    watched.keeps("the password", PASSWORD);
    watched.keeps("the API key", API_KEY);
    watched.keeps("the encryption key in base64", &STANDARD.encode(KEY_BYTES));

    // Signing in, and connecting in every way that ends.
    let mut browser = Browser::at(&url);
    let wrong = browser.sign_in(&format!("{PASSWORD} and more")).await;
    watched.saw("a wrong password", &wrong);
    let page = browser.sign_in(PASSWORD).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let install = "/hubspot/oauth/install";
    let fault = |effect: Effect| Fault::always(effect).at("/oauth/2026-03/token");
    for effect in [
        Effect::Garbage,
        Effect::Reset,
        Effect::Status {
            status: 500,
            retry_after: None,
        },
    ] {
        let back = watched.approved(&mut browser, install, PORTAL).await;
        watched.hubspot.add_fault(fault(effect));
        let page = browser.get(&back).await;
        assert_eq!(page.status, 503, "{}", page.body);
        watched.saw("HubSpot down", &page);
        watched.hubspot.clear_faults();
    }
    let back = watched.approved(&mut browser, install, PORTAL).await;
    watched.hubspot.advance(Duration::from_secs(600));
    let page = browser.get(&back).await;
    watched.saw("a code too late", &page);
    let back = watched.approved(&mut browser, install, PORTAL).await;
    let strangers = Browser::at(&url).get(&back).await;
    watched.saw("a foreign browser", &strangers);
    let page = browser.get(&back).await;
    assert_eq!(
        (page.status, page.location.as_str()),
        (303, "/console/portals/50001")
    );
    watched.keep_tokens(PORTAL);
    let page = browser.get(&back).await;
    watched.saw("a code again", &page);
    let base = "/hubspot/oauth/install?features=base";
    let back = watched.approved(&mut browser, base, STARTER).await;
    let page = browser.get(&back).await;
    watched.saw("connected", &page);
    watched.keep_tokens(STARTER);
    let private = watched.hubspot.private_app_token(EUROPEAN).unwrap();
    watched.keeps("the private app's token", &private);
    let cut = &private[..private.len() - 1];
    for token in [cut, private.as_str()] {
        let fields = [("token", token)];
        let page = browser
            .submit("/console", "/console/private-app", &fields)
            .await;
        watched.saw("a pasted token", &page);
    }
    assert_eq!(browser.get("/console/portals/50003").await.status, 200);
    let cookies = browser.cookies.clone();
    for (name, value) in cookies.iter().filter(|(name, _)| !name.contains("toast")) {
        watched.keeps(&format!("the cookie {name}"), value);
    }
    for path in [
        "/console",
        "/console/portals/50001",
        "/console/portals/50002",
        "/console/portals/50003",
    ] {
        let page = browser.get(path).await;
        watched.saw(path, &page);
    }

    // The API: reads, refusals, a refresh that HubSpot refuses, and the end.
    watched.hubspot.expire_access_tokens(PORTAL);
    watched.api(Method::GET, "/v1/portals", "").await;
    watched.api(Method::GET, "/v1/portals/50001", "").await;
    let sender = "/v1/portals/50001/ai-sender";
    watched
        .api(Method::PUT, sender, "{\"user_id\": 61000009}")
        .await;
    watched.keep_tokens(PORTAL);
    watched.hubspot.revoke_refresh_tokens(STARTER);
    watched.hubspot.expire_access_tokens(STARTER);
    watched
        .api(
            Method::PUT,
            "/v1/portals/50002/ai-sender",
            "{\"user_id\": 1}",
        )
        .await;
    watched
        .api(Method::PATCH, "/v1/portals/50001/settings", "{\"x\": 1}")
        .await;
    let database = database_as_text(&watched.database_url);
    watched.seen.push(("the database".to_owned(), database));
    watched
        .api(Method::DELETE, "/v1/portals/50001/connection", "")
        .await;
    watched.api(Method::GET, "/metrics", "").await;
    drop(process);
    let log = std::fs::read(&log).unwrap();
    assert!(log.len() > 10_000, "it logged all it could");
    watched.seen.push((
        "the log".to_owned(),
        String::from_utf8_lossy(&log).into_owned(),
    ));

    assert!(watched.secrets.len() > 15, "{}", watched.secrets.len());
    for (name, secret) in &watched.secrets {
        for form in forms(secret) {
            for (place, text) in &watched.seen {
                if let Some(at) = text.find(&form) {
                    let around: String = text[..at].chars().rev().take(300).collect();
                    let around: String = around.chars().rev().collect();
                    panic!("{name} is in {place} as {form}, after:\n{around}");
                }
            }
        }
    }
}
