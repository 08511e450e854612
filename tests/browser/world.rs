//! A world for a browser: a private PostgreSQL, the simulated HubSpot, and a service that knows it.

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
use baton::simulator::demo_world;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::startup::hubspot_app::HubspotParts;
use baton::startup::running::{Parts, RunningService, listen};
use baton::startup::tls;
use baton::store::migrate::migrate;
use secrecy::{SecretSlice, SecretString};
use std::time::Duration;

/// The admin's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// All of it. The database ends last.
pub struct World {
    _service: RunningService,
    /// Its address.
    pub url: String,
    /// HubSpot.
    pub hubspot: SimulatedHubSpot,
    _postgres: EmbeddedPostgres,
}

impl World {
    /// Starts one in which these portals may connect.
    pub async fn start(allowed: AllowedPortals) -> Self {
        tls::install();
        let postgres = new_postgres();
        migrate(&postgres.database_url()).unwrap();
        let hubspot = SimulatedHubSpot::start(HubSpotOptions::demo())
            .await
            .unwrap();
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        hubspot.register_redirect_url(format!("{url}/hubspot/oauth/callback"));
        let hubspot_url: url::Url = format!("{}/", hubspot.url()).parse().unwrap();
        let secret = SecretString::from(demo_world::CLIENT_SECRET);
        let password = AdminPassword::Plain(SecretString::from(PASSWORD));
        let key = ("test".to_owned(), SecretSlice::from(vec![7; 32]));
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
        Self {
            _service: service,
            url,
            hubspot,
            _postgres: postgres,
        }
    }

    /// An address of the service.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
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
