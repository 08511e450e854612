//! A running service: its parts put together, its server, and its end in order.

use super::error::StartError;
use super::hubspot_app::{AppParts, HubspotParts, hubspot_app};
use super::tls;
use super::workers::{WorkerParts, Workers};
use crate::decider::{Decider, Options};
use crate::domain::time::Timestamp;
use crate::encryption::keyring::Keyring;
use crate::http::state::ServiceState;
use crate::http::{observe, routes};
use crate::hubspot::oauth::client::{OAuthClient, OAuthSettings};
use crate::hubspot::signature::verify::Verifier;
use crate::service::access_token::{AccessTokens, Options as TokenOptions};
use crate::service::allow_portal::{AllowedPortals, PortalGuard};
use crate::service::authenticate::BootstrapKey;
use crate::service::check_keyring::check_keyring;
use crate::service::check_password::PasswordCheck;
use crate::service::follower::Follower;
use crate::service::hubspot_app::HubspotApp;
use crate::service::list_targets::TargetLists;
use crate::service::log_activity::ActivityLog;
use crate::service::sign_in::SignIn;
use crate::store::pool::{Store, connect};
use crate::worker::flush::InMemory;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer, middleware};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long requests that are under way may take to end, in seconds. With [`REFRESH_DRAIN`] and
/// the end of a private PostgreSQL it stays below 25 s, before an orchestrator loses patience.
const HTTP_DRAIN_SECONDS: u64 = 12;
/// How long a connection may be without a request, before its first one and after each: longer
/// than balancers and clients keep theirs (commonly 60 s), so that it is not ended while a request
/// is on its way. The server looks at its clocks before it reads: after a stall of the machine, a
/// limit of a few seconds answers 408 to what had come in time, and a workflow does not repeat that.
const IDLE_CONNECTIONS: Duration = Duration::from_secs(75);
/// How long commands may still wait for their commit once no request waits for them.
const DECIDER_DRAIN: Duration = Duration::from_secs(4);
/// How long refreshes of tokens may take to end, beside the queues: longer than one call.
const REFRESH_DRAIN: Duration = Duration::from_secs(9);

/// What a service is made from.
pub struct Parts {
    /// An up-to-date database.
    pub database_url: String,
    /// Where it listens.
    pub listener: TcpListener,
    /// Checks HubSpot's signatures.
    pub verifier: Verifier,
    /// Which portals may use it.
    pub allowed: AllowedPortals,
    /// API keys from the settings.
    pub bootstrap_keys: Vec<BootstrapKey>,
    /// The console's password; none: only links sign in.
    pub admin_password: Option<PasswordCheck>,
    /// What stored tokens are encrypted with.
    pub keyring: Keyring,
    /// The app at HubSpot's OAuth endpoints; none without a client id: nobody can connect.
    pub oauth: Option<OAuthSettings>,
    /// Where HubSpot is.
    pub hubspot: HubspotParts,
    /// Writer threads.
    pub writers: usize,
    /// Commands in one commit, at most.
    pub most_in_batch: usize,
}

/// A service that answers.
pub struct RunningService {
    /// Where it listens.
    pub address: SocketAddr,
    /// The database, for what the start itself has to do there.
    pub store: Arc<Store>,
    /// Tokens for HubSpot's API.
    pub tokens: Arc<AccessTokens>,
    /// The app as it meets HubSpot.
    pub app: Arc<HubspotApp>,
    state: Data<ServiceState>,
    workers: Workers,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

/// Binds an address.
///
/// # Errors
/// [`StartError::Listen`].
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
}

impl RunningService {
    /// Starts it. Needs a tokio runtime.
    ///
    /// # Errors
    /// If the system refuses a thread or the socket, or the keyring does not open what is stored.
    pub fn start(parts: Parts) -> Result<Self, StartError> {
        // Whoever starts a service, its clients need it.
        tls::install();
        let address = parts.listener.local_addr()?;
        let connections = u32::try_from(parts.writers).unwrap_or(u32::MAX).max(1);
        let store = Arc::new(Store::new(&parts.database_url, connections));
        let options = Options {
            writers: parts.writers,
            most_in_batch: parts.most_in_batch,
        };
        check_keyring(&mut connect(&parts.database_url)?, &parts.keyring)?;
        let keyring = Arc::new(parts.keyring);
        let client_id = parts.oauth.as_ref().map(|oauth| oauth.client_id.clone());
        let oauth = parts.oauth.map(OAuthClient::new).transpose()?.map(Arc::new);
        let tokens = Arc::new(AccessTokens::new(
            Arc::clone(&store),
            Arc::clone(&keyring),
            oauth.clone(),
            TokenOptions::USUAL,
        ));
        let in_memory = InMemory {
            latencies: Arc::default(),
            heard: Arc::default(),
            activity: Arc::new(ActivityLog::new(|| Timestamp::from(chrono::Utc::now()))),
        };
        let app_id = parts.hubspot.app_id;
        let app = hubspot_app(
            parts.hubspot,
            parts.allowed.clone(),
            &parts.verifier.public_url,
            AppParts {
                store: Arc::clone(&store),
                keyring,
                oauth: client_id.zip(oauth),
                tokens: Arc::clone(&tokens),
                log: Arc::clone(&in_memory.activity),
            },
        )?;
        let app = Arc::new(app);
        let decider = Arc::new(Decider::start(&store, options)?);
        let follower = Arc::new(Follower {
            store: Arc::clone(&store),
            decider: Arc::clone(&decider),
            hubspot: app.hubspot(),
            app_id,
            bells: Arc::default(),
        });
        let api = Arc::clone(&app.api);
        let state = Data::new(ServiceState {
            decider,
            store: Arc::clone(&store),
            guard: PortalGuard::new(parts.allowed, Arc::clone(&store)),
            verifier: parts.verifier,
            bootstrap_keys: parts.bootstrap_keys,
            in_memory: in_memory.clone(),
            sign_in: SignIn::new(Arc::clone(&store), parts.admin_password),
            targets: TargetLists::new(Arc::clone(&app)),
            app: Arc::clone(&app),
            follower: Arc::clone(&follower),
            is_draining: AtomicBool::new(false),
        });
        let prefix = state.verifier.public_url.prefix().to_owned();
        let shared = state.clone();
        let server = HttpServer::new(move || {
            let prefix = prefix.clone();
            App::new()
                .app_data(shared.clone())
                .wrap(middleware::from_fn(observe::observe))
                .configure(|config| routes::configure(config, &prefix))
        })
        .listen(parts.listener)?
        .keep_alive(IDLE_CONNECTIONS)
        .client_request_timeout(IDLE_CONNECTIONS)
        .shutdown_timeout(HTTP_DRAIN_SECONDS)
        .disable_signals()
        .run();
        let handle = server.handle();
        let workers = Workers::start(WorkerParts {
            store: Arc::clone(&store),
            decider: Arc::clone(&state.decider),
            tokens: Arc::clone(&tokens),
            app: Arc::clone(&app),
            api,
            follower,
            in_memory,
        });
        Ok(Self {
            address,
            store,
            app,
            tokens,
            state,
            workers,
            handle,
            server: tokio::spawn(server),
        })
    }

    /// The app as it meets HubSpot, for what connects portals without a browser.
    pub fn app(&self) -> &HubspotApp {
        &self.state.app
    }

    /// Stops in order: no new requests, those under way end, the queues empty.
    pub async fn stop(self) {
        self.state.is_draining.store(true, Ordering::Relaxed);
        tokio::join!(self.handle.stop(true), self.workers.end());
        if let Ok(Err(error)) = self.server.await {
            log::error!("the HTTP server ended with an error: {error}");
        }
        let decided = self.state.decider.drain(DECIDER_DRAIN);
        let refreshed = self.tokens.drain(REFRESH_DRAIN);
        let (decided, refreshed) = tokio::join!(decided, refreshed);
        if let Err(error) = self.state.follower.note_look_ups().await {
            log::warn!("tickets to be looked up could not be noted: {error}");
        }
        self.state.in_memory.flush(&self.store).await;
        if !decided {
            log::warn!("commands still waited when the time to stop was over");
        }
        if !refreshed {
            log::warn!("a token was still being refreshed when the time to stop was over");
        }
    }
}
