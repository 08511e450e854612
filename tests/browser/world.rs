//! A world for a browser: a private PostgreSQL, the simulated HubSpot, and a service that knows it.
//! Its secrets are canaries.

use crate::canary::secrets;
use crate::canary::watch::Watch;
use baton::config::admin::AdminPassword;
use baton::decider::Options as DeciderOptions;
use baton::domain::time::Span;
use baton::embedded::{Durability, EmbeddedPostgres, Options};
use baton::encryption::keyring::Keyring;
use baton::hubspot::oauth::client::OAuthSettings;
use baton::hubspot::signature::public_url::PublicUrl;
use baton::hubspot::signature::secrets::ClientSecrets;
use baton::hubspot::signature::verify::Verifier;
use baton::hubspot::signature::version::SignatureVersion;
use baton::service::allow_portal::AllowedPortals;
use baton::service::check_password::PasswordCheck;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::caller::{Caller, Target};
use baton::simulator::demo_world;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::simulator::signing::{UrlSigner, Versions};
use baton::simulator::webhook_event::{Change, PATH, WebhookEvent, delivery};
use baton::startup::hubspot_app::HubspotParts;
use baton::startup::running::{Parts, RunningService, listen};
use baton::startup::tls;
use baton::store::migrate::migrate;
use secrecy::{SecretSlice, SecretString};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// The admin's password.
pub const PASSWORD: &str = secrets::PASSWORD;

/// How long the service may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// All of it. The database ends last.
pub struct World {
    _service: RunningService,
    /// Its address.
    pub url: String,
    /// HubSpot.
    pub hubspot: SimulatedHubSpot,
    _watch: Watch,
    _postgres: EmbeddedPostgres,
}

impl World {
    /// Starts one in which these portals may connect.
    pub async fn start(allowed: AllowedPortals) -> Self {
        tls::install();
        let postgres = new_postgres();
        migrate(&postgres.database_url()).unwrap();
        let mut options = HubSpotOptions::demo();
        options.app.client_secret = SecretString::from(secrets::CLIENT_SECRET);
        options.token_mark = secrets::CORE;
        let apps = options.accounts.iter_mut();
        for app in apps.filter_map(|account| account.private_app.as_mut()) {
            let token = format!("{}-{}", secrets::PRIVATE_APP_TOKEN, app.app_id);
            app.token = SecretString::from(token);
        }
        let hubspot = SimulatedHubSpot::start(options).await.unwrap();
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        hubspot.register_redirect_url(format!("{url}/hubspot/oauth/callback"));
        let hubspot_url: url::Url = format!("{}/", hubspot.url()).parse().unwrap();
        let secret = SecretString::from(secrets::CLIENT_SECRET);
        let password = AdminPassword::Plain(SecretString::from(PASSWORD));
        let key = (
            "test".to_owned(),
            SecretSlice::from(secrets::ENCRYPTION_KEY.to_vec()),
        );
        let service = RunningService::start(Parts {
            database_url: postgres.database_url(),
            listener,
            verifier: Verifier {
                public_url: PublicUrl::parse(&url).unwrap(),
                secrets: ClientSecrets::new(secret.clone(), None).unwrap(),
                minimum: SignatureVersion::V2,
                webhook_minimum: SignatureVersion::V2,
            },
            allowed,
            bootstrap_keys: Vec::new(),
            admin_password: Some(PasswordCheck::new(&password).unwrap()),
            keyring: Keyring::new(vec![key]).unwrap(),
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
            writers: 1,
            most_in_batch: DeciderOptions::MOST_IN_BATCH,
        })
        .unwrap();
        until_ready(&url).await;
        Self {
            _service: service,
            url,
            hubspot,
            _watch: Watch::over(&postgres.database_url()),
            _postgres: postgres,
        }
    }

    /// A workflow acts on the demo's ticket.
    pub async fn act(&self, kind: ActionKind, inputs: &[(&str, &str)]) {
        let caller = Caller::new(Target {
            base_url: self.url.clone(),
            signed_base_url: self.url.clone(),
            secret: SecretString::from(secrets::CLIENT_SECRET),
            versions: Versions::Both,
        });
        static ENROLMENTS: AtomicI64 = AtomicI64::new(2_384_000_000_001);
        let enrolment = ENROLMENTS.fetch_add(1, Ordering::Relaxed);
        let enrolled = Enrolled::Ticket(demo_world::TICKET, Some(demo_world::THREAD));
        let mut request = ActionRequest::new(kind, demo_world::PORTAL, enrolled, enrolment);
        let inputs = inputs.iter();
        request.inputs = inputs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let answer = caller.unwrap().call(&request).await.unwrap();
        assert_eq!(answer.status, 200);
    }

    /// HubSpot tells of a change, as of now.
    pub async fn tell(&self, change: Change) {
        static IDS: AtomicI64 = AtomicI64::new(1);
        let now = chrono::Utc::now().timestamp_millis();
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let body = delivery(&[WebhookEvent::new(demo_world::PORTAL, change, now, id)]);
        let url = format!("{}{PATH}", self.url);
        let signer = UrlSigner::new(&SecretString::from(secrets::CLIENT_SECRET), "POST", &url);
        let mut request = client().post(url);
        for (name, value) in signer.headers(Versions::Both, &body, now) {
            request = request.header(name, value);
        }
        assert_eq!(request.body(body).send().await.unwrap().status(), 200);
    }

    /// An address of the service.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

async fn until_ready(url: &str) {
    let deadline = Instant::now() + READY_WITHIN;
    let ready = async || {
        let asked = client().get(format!("{url}/readyz")).send().await;
        asked.is_ok_and(|answer| answer.status() == 200)
    };
    while !ready().await {
        assert!(Instant::now() < deadline, "not ready in time");
    }
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy();
    client.tls_certs_only(std::iter::empty()).build().unwrap()
}

fn new_postgres() -> EmbeddedPostgres {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("baton-browser-{}-{number}", std::process::id());
    let mut options = Options::temporary(std::env::temp_dir().join(name), None);
    options.durability = Durability::NoFsync;
    EmbeddedPostgres::start(options).unwrap()
}
