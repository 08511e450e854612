//! A simulated HubSpot that listens, and what a test does to it without HTTP.

use super::authorize::Mistake;
use super::call::Fields;
use super::connection;
use super::consent::{self, Decision};
use super::exchanges::PortalExchanges;
use super::fault::Fault;
use super::handle::handle;
use super::options::HubSpotOptions;
use super::request_log::SeenRequest;
use super::simulation::Simulation;
use super::webhooks::deliver::deliver;
use super::workflows::runner;
use crate::domain::ids::PortalId;
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{App, HttpServer};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::task::JoinHandle;

/// No request of an app is larger.
const MAX_BODY_BYTES: usize = 1024 * 1024;
const WORKERS: usize = 2;

/// A simulated HubSpot. One address has both the pages of `app.hubspot.com` and the API of
/// `api.hubapi.com`. It ends with [`SimulatedHubSpot::stop`], or when it is dropped.
pub struct SimulatedHubSpot {
    address: SocketAddr,
    pub(super) simulation: Data<Simulation>,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    deliverer: JoinHandle<()>,
    runner: JoinHandle<()>,
}

impl SimulatedHubSpot {
    /// Starts one. Needs a tokio runtime.
    ///
    /// # Errors
    /// If the address is not on the loopback interface, or cannot be listened on.
    pub async fn start(options: HubSpotOptions) -> std::io::Result<Self> {
        if !options.listen.ip().is_loopback() {
            let message = "expected an address of the loopback interface: its secrets are public";
            let kind = std::io::ErrorKind::InvalidInput;
            return Err(std::io::Error::new(kind, message));
        }
        let listener = TcpListener::bind(options.listen)?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let simulation = Data::new(Simulation::new(options, url));
        let shared = simulation.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(PayloadConfig::new(MAX_BODY_BYTES))
                .default_service(web::to(handle))
        })
        .on_connect(connection::remember)
        .workers(WORKERS)
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        let deliverer = tokio::spawn(deliver(simulation.clone()));
        let runner = tokio::spawn(runner::run(simulation.clone()));
        Ok(Self {
            address,
            simulation,
            handle,
            server: tokio::spawn(server),
            deliverer,
            runner,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base address, for instance `http://127.0.0.1:8090`: HubSpot's pages and its API.
    pub fn url(&self) -> &str {
        &self.simulation.url
    }

    /// Stops listening and closes every connection.
    pub async fn stop(mut self) {
        self.handle.stop(false).await;
        // Its end has no news for anybody who asked for it.
        let _ = (&mut self.server).await;
    }

    /// The simulated time.
    pub fn now(&self) -> DateTime<Utc> {
        self.simulation.now()
    }

    /// Skips simulated time.
    pub fn advance(&self, by: Duration) {
        self.simulation.advance(by);
    }

    /// Registers the callback of a service at this address, and sends installs from the
    /// marketplace there.
    pub fn serve_at(&self, service_url: &str) {
        self.simulation.world().app.serve_at(service_url);
    }

    /// Registers another redirect URL of the app.
    pub fn register_redirect_url(&self, url: impl Into<String>) {
        self.simulation.world().app.redirect_urls.push(url.into());
    }

    /// What pressing "Connect app" on the consent page of this install URL does, as the account's
    /// super admin: the URL the browser is sent to.
    ///
    /// # Errors
    /// The mistake that HubSpot's own page would show.
    pub fn approve(&self, install_url: &str, portal: PortalId) -> Result<String, Mistake> {
        let world = self.simulation.world();
        let account = world.accounts.get(&portal);
        let admin = account.and_then(|account| account.super_admin());
        let user = admin.ok_or(Mistake::UnknownAccount)?.id;
        drop(world);
        self.decide(install_url, &Decision::Connect { portal, user })
    }

    /// What pressing "Cancel" does: the URL the browser is sent to.
    ///
    /// # Errors
    /// The mistake that HubSpot's own page would show.
    pub fn cancel(&self, install_url: &str) -> Result<String, Mistake> {
        self.decide(install_url, &Decision::Cancel)
    }

    /// A code as HubSpot's marketplace makes one, for an install that did not begin at the app:
    /// bound to this redirect URL, with every scope of the app that the account's plan has.
    ///
    /// # Errors
    /// If there is no such account.
    pub fn marketplace_code(
        &self,
        redirect_uri: &str,
        portal: PortalId,
    ) -> Result<String, Mistake> {
        let now = self.now();
        let mut world = self.simulation.world();
        let code = world.marketplace_code(redirect_uri, portal, now);
        code.ok_or(Mistake::UnknownAccount)
    }

    /// Installs the app as the account's super admin, with every scope that the account's plan has:
    /// for a test that needs no tokens.
    ///
    /// # Errors
    /// If there is no such account.
    pub fn install(&self, portal: PortalId) -> Result<(), Mistake> {
        let now = self.now();
        let mut world = self.simulation.world();
        let callback = world.app.callback_url();
        let code = world.marketplace_code(&callback, portal, now);
        let code = code.ok_or(Mistake::UnknownAccount)?;
        let exchanged = world.exchange_code(&code, Some(&callback), now);
        exchanged.map(|_| ()).map_err(|_| Mistake::UnknownAccount)
    }

    /// Lets every access token of an account expire now. Answers how many.
    pub fn expire_access_tokens(&self, portal: PortalId) -> usize {
        let now = self.now();
        self.simulation.world().expire_access_tokens(portal, now)
    }

    /// Takes every refresh token of an account away; access tokens live on until they expire.
    /// Answers how many.
    pub fn revoke_refresh_tokens(&self, portal: PortalId) -> usize {
        self.simulation.world().revoke_refresh_tokens(portal)
    }

    /// The customer removes the app; every token of the account is dead. `false` if it was not
    /// installed.
    pub fn uninstall(&self, portal: PortalId) -> bool {
        self.simulation.world().uninstall(portal)
    }

    /// Whether the app is installed in an account.
    pub fn is_installed(&self, portal: PortalId) -> bool {
        let world = self.simulation.world();
        world.grants.installations.contains_key(&portal)
    }

    /// The token of an account's private app.
    pub fn private_app_token(&self, portal: PortalId) -> Option<String> {
        let world = self.simulation.world();
        let app = world.accounts.get(&portal)?.private_app.as_ref()?;
        Some(app.token.expose_secret().to_owned())
    }

    /// The customer deletes the private app. `false` if there was none.
    pub fn delete_private_app(&self, portal: PortalId) -> bool {
        self.simulation.world().delete_private_app(portal)
    }

    /// One more fault.
    pub fn add_fault(&self, fault: Fault) {
        self.simulation.world().faults.add(fault);
    }

    /// No faults.
    pub fn clear_faults(&self) {
        self.simulation.world().faults.clear();
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.simulation.world().log.all()
    }

    /// What the token endpoint did for an account.
    pub fn exchanges(&self, portal: PortalId) -> PortalExchanges {
        self.simulation.world().exchanges.of(portal)
    }

    fn decide(&self, install_url: &str, decision: &Decision) -> Result<String, Mistake> {
        let (_, query) = install_url.split_once('?').unwrap_or_default();
        let query = query.split('#').next().unwrap_or_default();
        consent::send_back(&self.simulation, &Fields::read(query.as_bytes()), decision)
    }
}

impl Drop for SimulatedHubSpot {
    fn drop(&mut self) {
        self.deliverer.abort();
        self.runner.abort();
        // The command is sent when the future is made; nobody needs to wait for the end.
        drop(self.handle.stop(false));
    }
}
