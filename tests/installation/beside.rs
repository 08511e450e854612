//! A Baton that nobody connected yet, beside a simulated HubSpot of its own. Also what the tests in
//! `tests/browser` begin with.

use crate::base::canary::secrets;
use crate::base::canary::watch::Watch;
use crate::base::{self, ADMIN_KEY, ADMIN_PASSWORD, client, new_database};
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
use baton::simulator::caller::{Answer, Caller, Target};
use baton::simulator::demo_world;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::simulator::signing::Versions;
use baton::startup::hubspot_app::HubspotParts;
use baton::startup::running::{Parts, RunningService, listen};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use secrecy::SecretString;
use std::sync::OnceLock;
use std::time::Duration;

/// An account with workflows.
pub const PORTAL: PortalId = demo_world::PORTAL;
/// One whose plan has none.
pub const STARTER: PortalId = PortalId(50_002);
/// A key of the role ai, for [`PORTAL`] alone.
pub const AI_KEY: &str = secrets::AI_KEY;
/// A key of the role admin, for [`STARTER`] alone.
pub const STARTER_KEY: &str = secrets::PORTAL_ADMIN_KEY;

/// How long a service may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

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
        let deadline = std::time::Instant::now() + READY_WITHIN;
        let ready = async || {
            let asked = client().get(format!("{url}/readyz")).send().await;
            asked.is_ok_and(|answer| answer.status() == 200)
        };
        while !ready().await {
            assert!(std::time::Instant::now() < deadline, "not ready in time");
        }
    }

    /// A workflow acts on the demo's ticket.
    pub async fn call(&self, kind: ActionKind, inputs: &[(&str, &str)]) -> Answer {
        let caller = Caller::new(Target {
            base_url: self.url.clone(),
            signed_base_url: self.url.clone(),
            secret: SecretString::from(base::SECRET),
            versions: Versions::Both,
        });
        let enrolled = Enrolled::Ticket(demo_world::TICKET, Some(demo_world::THREAD));
        let request = base::request(kind, enrolled, inputs);
        caller.unwrap().call(&request).await.expect("an answer")
    }
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

fn password_check() -> PasswordCheck {
    static CHECK: OnceLock<PasswordCheck> = OnceLock::new();
    let hashed = || {
        let plain = AdminPassword::Plain(SecretString::from(ADMIN_PASSWORD));
        PasswordCheck::new(&plain).unwrap()
    };
    CHECK.get_or_init(hashed).clone()
}
