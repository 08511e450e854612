//! A world of its own for each test: a database made from a migrated template, a service that
//! listens on a free port, and HubSpot's side of the wire.

#[path = "../canary/mod.rs"]
pub mod canary;

use baton::config::admin::AdminPassword;
use baton::decider::Options as DeciderOptions;
use baton::domain::actor::Authority;
use baton::domain::ids::{PortalId, ThreadId, TicketId};
use baton::domain::time::Span;
use baton::embedded::{Durability, EmbeddedPostgres, Options};
use baton::encryption::keyring::Keyring;
use baton::hubspot::signature::public_url::PublicUrl;
use baton::hubspot::signature::secrets::ClientSecrets;
use baton::hubspot::signature::verify::Verifier;
use baton::hubspot::signature::version::SignatureVersion;
use baton::service::allow_portal::AllowedPortals;
use baton::service::authenticate::BootstrapKey;
use baton::service::check_password::PasswordCheck;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::caller::{Answer, Caller, Target};
use baton::simulator::signing::Versions;
use baton::startup::hubspot_app::HubspotParts;
use baton::startup::running::{Parts, RunningService, listen};
use baton::store::migrate::migrate;
use baton::store::portals;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use secrecy::{SecretSlice, SecretString};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// The portal that is connected in every world.
pub const PORTAL: PortalId = PortalId(50_001);
/// A ticket of that portal.
pub const TICKET: TicketId = TicketId(15_384_000_001);
/// The conversation the ticket came from.
pub const THREAD: ThreadId = ThreadId(7_001);
/// The client secret of the app under test.
pub const SECRET: &str = canary::secrets::CLIENT_SECRET;
/// An API key of the role `ai`, for [`PORTAL`] alone.
pub const AI_KEY: &str = canary::secrets::AI_KEY;
/// An API key of the role `admin`, for every portal.
pub const ADMIN_KEY: &str = canary::secrets::ADMIN_KEY;

/// The admin's password.
pub const ADMIN_PASSWORD: &str = canary::secrets::PASSWORD;

/// What a busy machine may take for an answer; how long the service takes is said where it matters.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a test waits on a busy machine for what has to come; nothing takes this long unless it
/// fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a world differs in from the usual one.
#[derive(Clone)]
pub struct Setup {
    /// Which portals may use it.
    pub allowed: AllowedPortals,
    /// The oldest signature it accepts.
    pub minimum: SignatureVersion,
    /// The oldest signature it accepts of a webhook.
    pub webhook_minimum: SignatureVersion,
    /// The client secret before a rotation.
    pub previous_secret: Option<&'static str>,
    /// The URL HubSpot calls, where a proxy stands before the service.
    pub public_url: Option<&'static str>,
    /// The admin's password.
    pub admin_password: &'static str,
    /// Writer threads.
    pub writers: usize,
    /// HubSpot's API; where nobody listens unless a test says otherwise.
    pub hubspot_url: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            allowed: AllowedPortals::Connected,
            minimum: SignatureVersion::V2,
            webhook_minimum: SignatureVersion::V2,
            previous_secret: None,
            public_url: None,
            admin_password: ADMIN_PASSWORD,
            writers: 2,
            hubspot_url: "http://127.0.0.1:9/".to_owned(),
        }
    }
}

/// A running service with its database.
pub struct World {
    /// The service.
    pub service: RunningService,
    /// Its address, for instance `http://127.0.0.1:4711`.
    pub url: String,
    /// Its database.
    pub database_url: String,
    _watch: canary::watch::Watch,
}

impl World {
    /// The usual world: one connected portal with an AI sender.
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// A world that differs.
    pub async fn start_with(setup: Setup) -> Self {
        Self::start_on(new_database(), setup).await
    }

    /// Waits until the service says that it is ready: on a busy machine its first connection may
    /// take longer than a request waits for one.
    pub async fn until_ready(&self) {
        let (status, why) = self.get(AI_KEY, "/readyz").await;
        assert_eq!(status, 200, "not ready in time: {why}");
    }

    /// A world on a database that exists: a second replica, or the same after a restart.
    pub async fn start_on(database_url: String, setup: Setup) -> Self {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let secret = |text: &str| SecretString::from(text.to_owned());
        let service = RunningService::start(Parts {
            database_url: database_url.clone(),
            listener,
            verifier: Verifier {
                public_url: PublicUrl::parse(setup.public_url.unwrap_or(&url)).unwrap(),
                secrets: ClientSecrets::new(secret(SECRET), setup.previous_secret.map(secret))
                    .unwrap(),
                minimum: setup.minimum,
                webhook_minimum: setup.webhook_minimum,
            },
            allowed: setup.allowed,
            bootstrap_keys: vec![
                BootstrapKey::new(AI_KEY, Some(PORTAL), Authority::Ai),
                BootstrapKey::new(ADMIN_KEY, None, Authority::Admin),
            ],
            admin_password: Some(password_check(setup.admin_password)),
            keyring: keyring(),
            oauth: None,
            hubspot: HubspotParts {
                api_url: setup.hubspot_url.parse().unwrap(),
                auth_url: "http://127.0.0.1:9/".parse().unwrap(),
                rollback_window: Span::from_days(7),
                app_id: Some(2_438_001),
            },
            writers: setup.writers,
            most_in_batch: DeciderOptions::MOST_IN_BATCH,
        })
        .unwrap();
        let world = Self {
            service,
            url,
            _watch: canary::watch::Watch::over(&database_url),
            database_url,
        };
        world.until_ready().await;
        world
    }

    /// HubSpot's side of the wire.
    pub fn hubspot(&self) -> Caller {
        Caller::new(Target {
            base_url: self.url.clone(),
            signed_base_url: self.url.clone(),
            secret: SecretString::from(SECRET),
            versions: Versions::Both,
        })
        .unwrap()
    }

    /// A workflow calls an action on [`TICKET`], which came from [`THREAD`].
    pub async fn act(&self, kind: ActionKind, inputs: &[(&str, &str)]) -> Outputs {
        let enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
        self.act_on(kind, enrolled, inputs).await
    }

    /// A workflow calls an action on some object.
    pub async fn act_on(
        &self,
        kind: ActionKind,
        enrolled: Enrolled,
        inputs: &[(&str, &str)],
    ) -> Outputs {
        let answer = self.insist(&request(kind, enrolled, inputs)).await;
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        Outputs(answer.outputs.expect("output fields"))
    }

    /// Sends a request as HubSpot does: again, under the same callback id, while it is answered 503.
    pub async fn insist(&self, request: &ActionRequest) -> Answer {
        insist(&self.hubspot(), request).await
    }

    /// Sends a request once.
    pub async fn call(&self, request: &ActionRequest) -> Answer {
        let answer = self.hubspot().call(request).await.expect("an answer");
        let body = String::from_utf8_lossy(&answer.body);
        canary::finds::search(&body, "the answer to an action");
        answer
    }

    /// Reads from the API, again while it cannot answer.
    pub async fn get(&self, key: &str, path: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let read = async || json_of(client().get(&url).bearer_auth(key)).await;
        while_503(read, |(status, _)| *status).await
    }

    /// Asks the API for something about [`THREAD`], again under the same key while it cannot answer.
    pub async fn post(&self, key: &str, action: &str, body: Value) -> (u16, Value) {
        static POSTS: AtomicI64 = AtomicI64::new(1);
        let once = format!("post-{}", POSTS.fetch_add(1, Ordering::Relaxed));
        let url = format!(
            "{}/v1/portals/{PORTAL}/conversations/{THREAD}/{action}",
            self.url
        );
        let ask = async || {
            let request = client().post(&url).header("idempotency-key", &once);
            json_of(request.bearer_auth(key).json(&body)).await
        };
        while_503(ask, |(status, _)| *status).await
    }

    /// What the API shows of [`THREAD`].
    pub async fn conversation(&self) -> Value {
        let path = format!("/v1/portals/{PORTAL}/conversations/{THREAD}");
        let (status, body) = self.get(AI_KEY, &path).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// A connection to the database, for looking behind the service's back.
    pub fn sql(&self) -> PgConnection {
        PgConnection::establish(&self.database_url).unwrap()
    }
}

/// The outputs of an action.
#[derive(Debug)]
pub struct Outputs(pub BTreeMap<String, String>);

impl Outputs {
    /// One output; empty if it was left out.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Outcome, reason and state at once.
    pub fn gist(&self) -> (&str, &str, &str) {
        (
            self.get("outcome"),
            self.get("reason_code"),
            self.get("ai_state"),
        )
    }
}

/// A state or a cookie that a browser was given: it may stand nowhere else.
pub fn keep(value: &str) {
    canary::finds::keep(value);
}

/// What checks a password; the usual one is hashed once for all worlds.
fn password_check(text: &str) -> PasswordCheck {
    static USUAL: OnceLock<PasswordCheck> = OnceLock::new();
    let hashed = |text: &str| {
        let plain = AdminPassword::Plain(SecretString::from(text));
        PasswordCheck::new(&plain).unwrap()
    };
    if text == ADMIN_PASSWORD {
        USUAL.get_or_init(|| hashed(text)).clone()
    } else {
        hashed(text)
    }
}

/// What the stored tokens of every world are encrypted with.
pub fn keyring() -> Keyring {
    let key = SecretSlice::from(canary::secrets::ENCRYPTION_KEY.to_vec());
    Keyring::new(vec![("world".to_owned(), key)]).unwrap()
}

/// Sends a request again, under the same callback id, while it is answered 503.
pub async fn insist(caller: &Caller, request: &ActionRequest) -> Answer {
    let call = async || caller.call(request).await.expect("an answer");
    let answer = while_503(call, |answer| answer.status).await;
    let body = String::from_utf8_lossy(&answer.body);
    canary::finds::search(&body, "the answer to an action");
    answer
}

/// Sends again while the answer is 503, by which a service whose machine is busy asks for it. Who
/// sends says how the service knows that it is the same.
pub async fn while_503<T>(mut send: impl AsyncFnMut() -> T, status: impl Fn(&T) -> u16) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = send().await;
        if status(&answer) != 503 || Instant::now() > deadline {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A request of a new enrolment.
pub fn request(kind: ActionKind, enrolled: Enrolled, inputs: &[(&str, &str)]) -> ActionRequest {
    static ENROLMENTS: AtomicI64 = AtomicI64::new(2_384_000_000_001);
    let enrolment = ENROLMENTS.fetch_add(1, Ordering::Relaxed);
    let mut request = ActionRequest::new(kind, PORTAL, enrolled, enrolment);
    for (name, value) in inputs {
        request
            .inputs
            .insert((*name).to_owned(), (*value).to_owned());
    }
    request
}

/// An HTTP client that follows nothing and waits not for ever.
pub fn client() -> reqwest::Client {
    // What it reads is logged, and so searched for secrets.
    client_builder().connection_verbose(true).build().unwrap()
}

/// The same for bodies so large that logging them would take longer than sending them.
pub fn client_of_large_bodies() -> reqwest::Client {
    client_builder().build().unwrap()
}

fn client_builder() -> reqwest::ClientBuilder {
    baton::startup::tls::install();
    let builder = reqwest::Client::builder().no_proxy().timeout(ANSWER_WITHIN);
    builder.tls_certs_only(std::iter::empty())
}

async fn json_of(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

/// A new, migrated database with the usual portal connected.
pub fn new_database() -> String {
    static NUMBER: AtomicI64 = AtomicI64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let template = template();
    let name = format!("world_{number}");
    let mut conn = PgConnection::establish(&url_of(server(), "baton")).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .unwrap();
    let url = url_of(server(), &name);
    // The first connection to a database prepares it, which a start would not wait for for long.
    drop(PgConnection::establish(&url).unwrap());
    url
}

/// The one server of this test binary. It ends, and its directory goes, with the process.
pub fn server() -> &'static EmbeddedPostgres {
    static SERVER: OnceLock<EmbeddedPostgres> = OnceLock::new();
    SERVER.get_or_init(|| {
        let name = format!("baton-test-{}", uuid::Uuid::new_v4());
        let mut options = Options::temporary(std::env::temp_dir().join(name), None);
        options.durability = Durability::NoFsync;
        EmbeddedPostgres::start(options).unwrap()
    })
}

/// The same server's URL for another database.
pub fn url_of(server: &EmbeddedPostgres, database: &str) -> String {
    server
        .database_url()
        .replacen("postgres:///baton?", &format!("postgres:///{database}?"), 1)
}

fn template() -> &'static str {
    static TEMPLATE: OnceLock<()> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let mut conn = PgConnection::establish(&url_of(server(), "baton")).unwrap();
        conn.batch_execute("CREATE DATABASE template_of_worlds")
            .unwrap();
        let url = url_of(server(), "template_of_worlds");
        migrate(&url).unwrap();
        let mut conn = PgConnection::establish(&url).unwrap();
        portals::connect(&mut conn, PORTAL, Some(61_000_009)).unwrap();
    });
    "template_of_worlds"
}
