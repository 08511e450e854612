//! What is measured: a private PostgreSQL with fsync on, and the built binary as a process of its
//! own. Both end with the benchmark.

use crate::config::database::DatabaseSettings;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::time::Span;
use crate::embedded::{EmbeddedError, EmbeddedPostgres, Options};
use crate::encryption::keyring::{Keyring, KeyringError, SealError};
use crate::service::seal_tokens::{Pasted, seal_pasted};
use crate::simulator::demo_world;
use crate::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use crate::startup::database::data_dir_of;
use crate::store::credentials::grant::save_grant;
use crate::store::error::StoreError;
use crate::store::migrate::migrate;
use crate::store::pool::Store;
use crate::store::portals;
use crate::store::seeding::{self, Census};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{SecretSlice, SecretString};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the service may take to answer `/readyz` for the first time.
const START_LIMIT: Duration = Duration::from_secs(15);

/// The database is new and ends with the benchmark: there is nothing to protect, but `serve` does
/// not start without a key.
const ENCRYPTION_KEY_BYTES: [u8; 32] = *b"benchmarks protect nothing!!!!!!";
const ENCRYPTION_KEY_ID: &str = "bench";

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The database did not start.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The simulated HubSpot did not run.
    #[error("the simulated HubSpot did not run: {0}")]
    HubSpot(String),
    /// The account could not be connected.
    #[error("the account could not be connected: {0}")]
    Keyring(#[from] KeyringError),
    /// Its token could not be kept.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The service's process could not be started.
    #[error("the service could not be started: {0}")]
    Process(#[from] std::io::Error),
    /// The service did not become ready.
    #[error("the service was not ready within 15 s")]
    NotReady,
}

/// The database under the service.
pub struct BenchDatabase {
    server: EmbeddedPostgres,
    portal: PortalId,
}

/// The service, in its own process.
pub struct BenchService {
    process: Child,
    /// Where it answers.
    pub url: String,
}

/// How the service commits.
#[derive(Clone, Copy, Debug)]
pub struct Grouping {
    /// Writer threads; none is the service's own choice.
    pub writers: Option<usize>,
    /// Commands in one commit; none is the service's own choice.
    pub most_in_batch: Option<usize>,
}

impl BenchDatabase {
    /// Starts one in a directory of its own, which goes with this process, with `tickets` tickets
    /// of one known thread each.
    pub fn start(settings: &DatabaseSettings, tickets: i64) -> Result<Self, SubjectError> {
        let directory = format!("bench-{}", std::process::id());
        let data_dir = data_dir_of(settings)?.join(directory);
        let bin_dir = settings.pg_bin_dir.clone();
        let server = EmbeddedPostgres::start(Options::temporary(data_dir, bin_dir))?;
        let url = server.database_url();
        migrate(&url)?;
        let store = Store::new(&url, 1);
        let mut conn = store.first_reader()?;
        let portal = demo_world::PORTAL;
        portals::connect(&mut conn, portal, Some(demo_world::AI_SENDER_USER_ID))?;
        let first = (demo_world::TICKET, demo_world::THREAD);
        seeding::linked_conversations(&mut conn, portal, first, tickets)?;
        Ok(Self { server, portal })
    }

    /// PostgreSQL's version.
    pub fn version(&self) -> &str {
        self.server.version()
    }

    /// The portal whose tickets these are.
    pub const fn portal(&self) -> PortalId {
        self.portal
    }

    /// How many rows there are.
    pub fn census(&self) -> Result<Census, SubjectError> {
        let store = Store::new(&self.server.database_url(), 1);
        let mut conn = store.first_reader()?;
        Ok(seeding::census(&mut conn)?)
    }

    /// Starts a simulated HubSpot with its usual limit of calls, and connects the portal to it by a
    /// private app's token, which the service can open.
    pub async fn connect(&self) -> Result<SimulatedHubSpot, SubjectError> {
        let hubspot = SimulatedHubSpot::start(HubSpotOptions::demo()).await;
        let hubspot = hubspot.map_err(|error| SubjectError::HubSpot(error.to_string()))?;
        let token = hubspot
            .private_app_token(self.portal)
            .ok_or_else(|| SubjectError::HubSpot("its account has no private app".to_owned()))?;
        self.keep(&SecretString::from(token))?;
        Ok(hubspot)
    }

    fn keep(&self, token: &SecretString) -> Result<(), SubjectError> {
        let key = SecretSlice::from(ENCRYPTION_KEY_BYTES.to_vec());
        let keyring = Keyring::new(vec![(ENCRYPTION_KEY_ID.to_owned(), key)])?;
        let pasted = Pasted {
            portal: self.portal,
            token,
            scopes: Vec::new(),
            hubspot_user_id: None,
            rollback_window: Span::from_days(1),
        };
        let grant = seal_pasted(&keyring, pasted)?;
        let store = Store::new(&self.server.database_url(), 1);
        save_grant(&mut *store.first_reader()?, &grant)?;
        Ok(())
    }

    /// How many tickets from this one on have a conversation that is known.
    pub fn looked_up(&self, first: TicketId) -> Result<i64, SubjectError> {
        let store = Store::new(&self.server.database_url(), 1);
        let mut conn = store.first_reader()?;
        Ok(seeding::linked_from(&mut conn, self.portal, first)?)
    }

    /// Starts the service on this database, where no HubSpot answers.
    pub fn serve(&self, grouping: Grouping) -> Result<BenchService, SubjectError> {
        self.serve_beside("http://127.0.0.1:9/", grouping)
    }

    /// Starts the service on this database, beside a HubSpot at this address.
    pub fn serve_beside(
        &self,
        hubspot_url: &str,
        grouping: Grouping,
    ) -> Result<BenchService, SubjectError> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let url = format!("http://{address}");
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("serve")
            .env_clear()
            .env("DATABASE_URL", self.server.database_url())
            .env("HUBSPOT_CLIENT_SECRET", demo_world::CLIENT_SECRET)
            .env("HUBSPOT_API_URL", hubspot_url)
            .env("BATON_ENCRYPTION_KEYS", encryption_key())
            .env("BATON_LISTEN", address.to_string())
            .env("BATON_PUBLIC_URL", &url)
            .env("RUST_LOG", "warn")
            .env("BATON_API_KEYS", demo_world::API_KEY)
            .stdout(Stdio::null())
            .stdin(Stdio::null());
        if let Some(writers) = grouping.writers {
            command.args(["--writers", &writers.to_string()]);
        }
        if let Some(most) = grouping.most_in_batch {
            command.args(["--most-in-batch", &most.to_string()]);
        }
        let service = BenchService {
            process: command.spawn()?,
            url,
        };
        service.wait_until_ready()?;
        Ok(service)
    }
}

fn encryption_key() -> String {
    let bytes = STANDARD.encode(ENCRYPTION_KEY_BYTES);
    format!("{ENCRYPTION_KEY_ID}:{bytes}")
}

impl BenchService {
    /// Its resident memory, in MB. None where the system does not tell.
    pub fn resident_mb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024)
    }

    fn wait_until_ready(&self) -> Result<(), SubjectError> {
        use std::io::{Read, Write};
        let address = self.url.trim_start_matches("http://");
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if let Ok(mut stream) = std::net::TcpStream::connect(address) {
                let request =
                    format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
                let mut response = String::new();
                stream.write_all(request.as_bytes())?;
                stream.read_to_string(&mut response)?;
                if response.starts_with("HTTP/1.1 200") {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(SubjectError::NotReady)
    }
}

impl Drop for BenchService {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
