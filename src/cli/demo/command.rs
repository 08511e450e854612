//! `baton demo`: the private PostgreSQL, the service and a first simulated workflow, on this
//! machine alone. Everything it prints about the workflow was received over HTTP in this run.

use super::encryption_key::{self, KeyFileError};
use super::hubspot::{self, NotInstalled};
use super::story;
use crate::cli::exit;
use crate::cli::listen_address::listen_address;
use crate::cli::signals::StopSignals;
use crate::config::Settings;
use crate::config::hubspot::HubspotSettings;
use crate::config::logging::LogSettings;
use crate::config::program::program;
use crate::domain::actor::Authority;
use crate::domain::time::Span;
use crate::embedded::{EarlierData, Options};
use crate::hubspot::signature::public_url::PublicUrl;
use crate::hubspot::signature::secrets::ClientSecrets;
use crate::hubspot::signature::verify::Verifier;
use crate::hubspot::signature::version::SignatureVersion;
use crate::service::allow_portal::AllowedPortals;
use crate::service::authenticate::BootstrapKey;
use crate::service::check_password::PasswordCheck;
use crate::service::sign_in::issue_link;
use crate::simulator::demo_world;
use crate::simulator::hubspot::SimulatedHubSpot;
use crate::startup::database::{Database, data_dir_of};
use crate::startup::error::StartError;
use crate::startup::running::{Parts, RunningService};
use crate::startup::{logging, tls};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Options of `baton demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Forget what an earlier demo kept.
    #[arg(long)]
    fresh: bool,
    /// Where to listen; only addresses of this machine's loopback interface.
    #[arg(long, default_value = "127.0.0.1:8080", value_parser = listen_address)]
    listen: SocketAddr,
    /// Where the simulated HubSpot listens; the next free port after it if this one is in use.
    #[arg(long, default_value = demo_world::HUBSPOT_ADDRESS, value_parser = listen_address)]
    hubspot_listen: SocketAddr,
}

/// How long the printed link to the console signs somebody in, once.
const LINK_LASTS: Span = Span::from_hours(1);

/// Why a demo failed.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(
        "{0} is not on the loopback interface, as 127.0.0.1:8085 is; the demo's secrets are public, so it stays there"
    )]
    NotLoopback(SocketAddr),
    #[error(
        "cannot listen on {0}: the port is in use; try `{program} demo --listen 127.0.0.1:0`, \
         or end what uses it",
        program = program()
    )]
    PortInUse(SocketAddr),
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error("the simulated HubSpot did not start: {0}")]
    HubSpot(std::io::Error),
    #[error("the demo's account could not be connected: {0}")]
    NotInstalled(#[from] NotInstalled),
    #[error("the simulated workflow did not run: {0}")]
    Story(String),
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Runs the demo until it is asked to stop.
pub async fn demo(args: DemoArgs) -> ExitCode {
    match run(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(DemoError::Start(error)) => exit::start_failed(&error),
        Err(error) => exit::failed(error),
    }
}

async fn run(args: &DemoArgs) -> Result<(), DemoError> {
    for address in [args.listen, args.hubspot_listen] {
        if !address.ip().is_loopback() {
            return Err(DemoError::NotLoopback(address));
        }
    }
    let settings = Settings::from_environment().map_err(StartError::from)?;
    let mut log = settings.log.clone();
    if log.filter == LogSettings::USUAL_FILTER {
        // The demo's own lines are what a newcomer reads.
        "warn".clone_into(&mut log.filter);
    }
    if logging::install(&log).is_err() {
        log::warn!("a logger was installed before");
    }
    tls::install();
    // The socket first: a port in use is found before anything is started.
    let listener = TcpListener::bind(args.listen).map_err(|source| {
        let address = args.listen;
        if source.kind() == std::io::ErrorKind::AddrInUse {
            DemoError::PortInUse(address)
        } else {
            DemoError::Start(StartError::Listen { address, source })
        }
    })?;
    let data_dir = data_dir_of(&settings.database)?.join("demo");
    let began = Instant::now();
    let earlier = match args.fresh {
        true => EarlierData::Removed,
        false => EarlierData::Used,
    };
    let database = Database::private(Options {
        earlier,
        ..Options::kept(&data_dir, settings.database.pg_bin_dir.clone())
    })?;
    let database_took = began.elapsed();
    let keyring = encryption_key::keyring(&data_dir)?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}");
    hubspot::forget_grant(database.url()).map_err(StartError::from)?;
    let before = hubspot::numbered_before(database.url()).map_err(StartError::from)?;
    let simulated = hubspot::start(&url, args.hubspot_listen, before)
        .await
        .map_err(DemoError::HubSpot)?;
    let (parts, oauth) = hubspot::parts(simulated.url())
        .map_err(|error| DemoError::HubSpot(std::io::Error::other(error)))?;
    let service = RunningService::start(Parts {
        database_url: database.url().to_owned(),
        listener,
        verifier: verifier(&url, &settings.hubspot)?,
        allowed: AllowedPortals::Connected,
        bootstrap_keys: vec![BootstrapKey::new(
            demo_world::API_KEY,
            Some(demo_world::PORTAL),
            Authority::Admin,
        )],
        admin_password: settings
            .admin
            .password
            .as_ref()
            .map(PasswordCheck::new)
            .transpose()
            .map_err(StartError::from)?,
        keyring,
        oauth: Some(oauth),
        hubspot: parts,
        writers: settings.writers.count,
        most_in_batch: crate::decider::Options::MOST_IN_BATCH,
    })?;
    let stop = StopSignals::listen()?;
    let shown = Shown {
        url: &url,
        data_dir: &data_dir,
        database: &database,
        database_took,
    };
    // Who has seen enough need not wait for the end of the story.
    let stopped = stop.first();
    tokio::pin!(stopped);
    let signal = tokio::select! {
        told = tell(&service, &simulated, shown) => {
            told?;
            stopped.await
        }
        signal = &mut stopped => signal,
    };
    println!("\n{signal}: stopping");
    service.stop().await;
    simulated.stop().await;
    Ok(())
}

/// What the first lines say beside the service and its HubSpot.
struct Shown<'a> {
    url: &'a str,
    data_dir: &'a Path,
    database: &'a Database,
    database_took: Duration,
}

/// Connects the account, says where everything is, and tells the story.
async fn tell(
    service: &RunningService,
    simulated: &SimulatedHubSpot,
    shown: Shown<'_>,
) -> Result<(), DemoError> {
    let url = shown.url;
    hubspot::install(service.app(), simulated, demo_world::PORTAL).await?;
    let link = issue_link(&service.store, LINK_LASTS)
        .await
        .map_err(StartError::from)?;
    let version = shown
        .database
        .private_server()
        .map(|server| server.version().to_owned());
    println!(
        "baton demo   PostgreSQL {} (private, {:.1} s)   service   console   simulated HubSpot\n",
        version.unwrap_or_default(),
        shown.database_took.as_secs_f64()
    );
    println!(
        "  Console   {url}/console?once={}   (signed in by this link, once)",
        link.expose_secret()
    );
    println!(
        "  HubSpot   {}   (simulated: inbox, workflows, accounts, faults)",
        simulated.url()
    );
    println!(
        "  API       {url}/v1/portals/{}/...   key: {}",
        demo_world::PORTAL,
        demo_world::API_KEY
    );
    println!("  Health    {url}/readyz   {url}/metrics\n");

    let ticket = story::untold_ticket(&service.store).map_err(StartError::from)?;
    let passage = story::run(simulated, ticket)
        .await
        .map_err(DemoError::Story)?;
    story::print(ticket, &passage);
    // An earlier run has told its story on the first.
    if ticket != demo_world::TICKET {
        println!(
            "\n  What Baton decided in earlier runs is kept; the simulated HubSpot's inbox begins anew, \
             so it\n  knows nothing of what happened there. `{} demo --fresh` begins both anew.",
            program()
        );
    }
    story::print_next_steps(url, simulated.url(), ticket, shown.data_dir);

    Ok(())
}

fn verifier(url: &str, settings: &HubspotSettings) -> Result<Verifier, StartError> {
    Ok(Verifier {
        public_url: PublicUrl::parse(url)?,
        secrets: ClientSecrets::new(SecretString::from(demo_world::CLIENT_SECRET), None)?,
        minimum: SignatureVersion::V2,
        webhook_minimum: match settings.webhooks_accept_v1 {
            true => SignatureVersion::V1,
            false => SignatureVersion::V2,
        },
    })
}
