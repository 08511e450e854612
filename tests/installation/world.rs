//! A Baton that nobody connected yet, beside a simulated HubSpot of its own.

use crate::base::canary::secrets;
use crate::base::canary::watch::Watch;
use crate::base::{self, client, new_database};
pub use crate::base::{ADMIN_KEY, ADMIN_PASSWORD, keep, while_503};
use crate::browsing::{Browser, Seen};
use baton::config::admin::AdminPassword;
use baton::decider::Options as DeciderOptions;
use baton::domain::actor::Authority;
use baton::domain::ids::PortalId;
use baton::domain::time::Span;
use baton::hubspot::oauth::client::OAuthSettings;
use baton::hubspot::signature::public_url::PublicUrl;
use baton::hubspot::signature::secrets::ClientSecrets;
use baton::hubspot::signature::verify::Verifier;
use baton::hubspot::signature::version::SignatureVersion;
use baton::service::allow_portal::AllowedPortals;
use baton::service::authenticate::BootstrapKey;
use baton::service::check_password::PasswordCheck;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::Enrolled;
use baton::simulator::caller::{Caller, Target};
use baton::simulator::demo_world;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::simulator::signing::Versions;
use baton::startup::hubspot_app::HubspotParts;
use baton::startup::running::{Parts, RunningService, listen};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// An account with workflows.
pub const PORTAL: PortalId = demo_world::PORTAL;
/// One whose plan has none.
pub const STARTER: PortalId = PortalId(50_002);
/// One in the EU.
pub const EUROPEAN: PortalId = PortalId(50_003);
/// A key of the role ai, for [`PORTAL`] alone.
pub const AI_KEY: &str = base::canary::secrets::AI_KEY;
/// A key of the role admin, for [`STARTER`] alone.
pub const STARTER_KEY: &str = base::canary::secrets::PORTAL_ADMIN_KEY;

/// A running service, its database and its HubSpot.
pub struct World {
    /// HubSpot.
    pub hubspot: SimulatedHubSpot,
    /// The service.
    pub service: RunningService,
    /// Its address.
    pub url: String,
    /// Its database.
    pub database_url: String,
    allowed: AllowedPortals,
    _watch: Watch,
}

impl World {
    /// Only an admin of this Baton connects portals.
    pub async fn start() -> Self {
        Self::start_with(AllowedPortals::Connected).await
    }

    /// Whoever the setting lets in.
    pub async fn start_with(allowed: AllowedPortals) -> Self {
        Self::start_beside(HubSpotOptions::demo(), allowed).await
    }

    /// Beside a HubSpot that differs. Its secrets are canaries.
    pub async fn start_beside(mut options: HubSpotOptions, allowed: AllowedPortals) -> Self {
        baton::startup::tls::install();
        options.app.client_secret = SecretString::from(base::SECRET);
        options.token_mark = secrets::CORE;
        let apps = options.accounts.iter_mut();
        for app in apps.filter_map(|account| account.private_app.as_mut()) {
            let token = format!("{}-{}", secrets::PRIVATE_APP_TOKEN, app.app_id);
            app.token = SecretString::from(token);
        }
        let hubspot = SimulatedHubSpot::start(options).await.unwrap();
        let database_url = new_database();
        let mut conn = PgConnection::establish(&database_url).unwrap();
        conn.batch_execute("DELETE FROM portals").unwrap();
        let (service, url) = serve(&hubspot, &database_url, allowed.clone(), None);
        hubspot.register_redirect_url(format!("{url}/hubspot/oauth/callback"));
        let world = Self {
            hubspot,
            service,
            url,
            _watch: Watch::over(&database_url),
            database_url,
            allowed,
        };
        world.until_ready(&world.url).await;
        world
    }

    /// Another replica, under the same public URL: the service, and the address to reach it.
    pub async fn another_replica(&self) -> (RunningService, String) {
        let public = Some(self.url.as_str());
        let (service, url) = serve(
            &self.hubspot,
            &self.database_url,
            self.allowed.clone(),
            public,
        );
        self.until_ready(&url).await;
        (service, url)
    }

    async fn until_ready(&self, url: &str) {
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        let ready = async || {
            let asked = client().get(format!("{url}/readyz")).send().await;
            asked.is_ok_and(|answer| answer.status() == 200)
        };
        while !ready().await {
            assert!(std::time::Instant::now() < deadline, "not ready in time");
        }
    }

    /// Begins to connect: the consent page's address.
    pub async fn begin(&self, browser: &mut Browser) -> String {
        self.begin_at(browser, "/hubspot/oauth/install").await
    }

    /// Begins at an address of its own.
    pub async fn begin_at(&self, browser: &mut Browser, path: &str) -> String {
        let off = browser.get(path).await;
        assert_eq!(off.status, 303, "{}", off.body);
        assert!(off.location.starts_with(self.hubspot.url()), "{off:?}");
        off.location
    }

    /// The path at which HubSpot sends the browser back once this account has approved.
    pub fn approved(&self, consent: &str, portal: PortalId) -> String {
        let back = self.hubspot.approve(consent, portal).unwrap();
        back.strip_prefix(&self.url).unwrap().to_owned()
    }

    /// Connects an account from the first click to the last redirect.
    pub async fn connect(&self, browser: &mut Browser, portal: PortalId) -> Seen {
        let consent = self.begin(browser).await;
        let back = self.approved(&consent, portal);
        browser.get(&back).await
    }

    /// Connects an account as a signed-in admin.
    pub async fn connected(&self, portal: PortalId) -> Browser {
        let mut browser = Browser::signed_in(self).await;
        let end = self.connect(&mut browser, portal).await;
        assert_eq!(end.status, 303, "{}", end.body);
        browser
    }

    /// Asks the API.
    pub async fn api(&self, method: Method, key: &str, path: &str, body: &str) -> (u16, Value) {
        let request = client().request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(key).body(body.to_owned());
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// What the API shows of a portal.
    pub async fn view(&self, portal: PortalId) -> Value {
        let path = format!("/v1/portals/{portal}");
        let (status, view) = self.api(Method::GET, ADMIN_KEY, &path, "").await;
        assert_eq!(status, 200, "{view}");
        view
    }

    /// Makes things that a change of the connection must keep: a sender, a setting, a pause, a
    /// lock, and a conversation in which the AI may speak.
    pub async fn live_a_little(&self) {
        let set = "UPDATE portals SET ai_sender_user_id = 61000009, ai_sender_name = 'Assistant', \
                   policies = '{\"human_grace\": 120000}'";
        self.sql().batch_execute(set).unwrap();
        let (status, _) = self.pause(&[]).await;
        assert_eq!(status, 200);
        for (path, body) in [("7003/lock", "{}"), ("7002/resume", "{}")] {
            let path = format!("/v1/portals/{PORTAL}/conversations/{path}");
            let (status, body) = self.api(Method::POST, ADMIN_KEY, &path, body).await;
            assert_eq!(status, 200, "{body}");
        }
    }

    /// A workflow pauses the AI on a ticket.
    pub async fn pause(&self, inputs: &[(&str, &str)]) -> (u16, Value) {
        let caller = Caller::new(Target {
            base_url: self.url.clone(),
            signed_base_url: self.url.clone(),
            secret: SecretString::from(base::SECRET),
            versions: Versions::Both,
        });
        let enrolled = Enrolled::Ticket(demo_world::TICKET, Some(demo_world::THREAD));
        let request = base::request(ActionKind::PauseAi, enrolled, inputs);
        let answer = caller.unwrap().call(&request).await.expect("an answer");
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// A connection to the database.
    pub fn sql(&self) -> PgConnection {
        PgConnection::establish(&self.database_url).unwrap()
    }

    /// The first column of every row, as text.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let wrapped = format!("SELECT q.t::text AS text FROM ({query}) AS q (t)");
        let rows: Vec<OneText> = diesel::sql_query(wrapped).load(&mut self.sql()).unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }

    /// Rows of a table, perhaps with a condition.
    pub fn count(&self, table: &str) -> i64 {
        let count = self.texts(&format!("SELECT count(*) FROM {table}"));
        count[0].parse().unwrap()
    }

    /// How often HubSpot saw this path.
    pub fn asked(&self, path: &str) -> usize {
        let requests = self.hubspot.requests();
        requests.iter().filter(|seen| seen.path == path).count()
    }
}

/// One text of a row.
#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

fn serve(
    hubspot: &SimulatedHubSpot,
    database_url: &str,
    allowed: AllowedPortals,
    public_url: Option<&str>,
) -> (RunningService, String) {
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let secret = SecretString::from(base::SECRET);
    let hubspot_url: url::Url = format!("{}/", hubspot.url().trim_end_matches('/'))
        .parse()
        .unwrap();
    let service = RunningService::start(Parts {
        database_url: database_url.to_owned(),
        listener,
        verifier: Verifier {
            public_url: PublicUrl::parse(public_url.unwrap_or(&url)).unwrap(),
            secrets: ClientSecrets::new(secret.clone(), None).unwrap(),
            minimum: SignatureVersion::V2,
            webhook_minimum: SignatureVersion::V2,
        },
        allowed,
        bootstrap_keys: vec![
            BootstrapKey::new(AI_KEY, Some(PORTAL), Authority::Ai),
            BootstrapKey::new(STARTER_KEY, Some(STARTER), Authority::Admin),
            BootstrapKey::new(ADMIN_KEY, None, Authority::Admin),
        ],
        admin_password: Some(password_check()),
        keyring: base::keyring(),
        oauth: Some(OAuthSettings {
            client_id: demo_world::CLIENT_ID.to_owned(),
            client_secret: secret,
            api_url: hubspot_url.clone(),
            timeout: Duration::from_secs(8),
        }),
        hubspot: HubspotParts {
            api_url: hubspot_url.clone(),
            auth_url: hubspot_url,
            rollback_window: Span::from_days(7),
            app_id: Some(2_438_001),
        },
        writers: 2,
        most_in_batch: DeciderOptions::MOST_IN_BATCH,
    })
    .unwrap();
    (service, url)
}

/// Where a page sends the browser is for the test to see.
pub fn client_that_follows_nothing() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    let builder = builder.connection_verbose(true);
    let builder = builder.redirect(reqwest::redirect::Policy::none());
    let builder = builder.timeout(Duration::from_secs(30));
    builder.tls_certs_only(std::iter::empty()).build().unwrap()
}

fn password_check() -> PasswordCheck {
    static CHECK: OnceLock<PasswordCheck> = OnceLock::new();
    let hashed = || {
        let plain = AdminPassword::Plain(SecretString::from(ADMIN_PASSWORD));
        PasswordCheck::new(&plain).unwrap()
    };
    CHECK.get_or_init(hashed).clone()
}
