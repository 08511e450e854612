//! `baton simulate`: only the simulated HubSpot, for a Baton that runs elsewhere on this machine.

use super::exit;
use super::listen_address::listen_address;
use super::signals::StopSignals;
use crate::config::program::program;
use crate::simulator::demo_world;
use crate::simulator::hubspot::options::Rotation;
use crate::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use clap::Args;
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

/// Options of `baton simulate`.
#[derive(Args)]
pub struct SimulateArgs {
    /// Where to listen; only addresses of this machine's loopback interface.
    #[arg(long, default_value = demo_world::HUBSPOT_ADDRESS, value_parser = listen_address)]
    listen: SocketAddr,
    /// The Baton that may be installed: its public URL.
    #[arg(long, default_value = demo_world::BASE_URL)]
    service: String,
    /// How many of the simulation's seconds pass in one real second.
    #[arg(long, default_value = "1", value_parser = speed)]
    clock_speed: f64,
    /// Give out a new refresh token with each refresh; the old one is dead then.
    #[arg(long)]
    rotate_refresh_tokens: bool,
}

/// Runs it until it is asked to stop.
pub async fn simulate(args: &SimulateArgs) -> ExitCode {
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::AddrInUse => exit::failed(format!(
            "the simulated HubSpot cannot listen on {}: the port is in use, perhaps by a demo's; \
             try `{} simulate --listen 127.0.0.1:0`, or end what uses it",
            args.listen,
            program()
        )),
        Err(error) => exit::failed(format!(
            "the simulated HubSpot at {} failed: {error}",
            args.listen
        )),
    }
}

async fn run(args: &SimulateArgs) -> std::io::Result<()> {
    let mut options = HubSpotOptions {
        listen: args.listen,
        clock_speed: args.clock_speed,
        ..HubSpotOptions::demo()
    };
    if args.rotate_refresh_tokens {
        options.rotation = Rotation::Rotates;
    }
    options.app.serve_at(&args.service);
    let (app_id, client_id) = (options.app.app_id, options.app.client_id.clone());
    let hubspot = SimulatedHubSpot::start(options).await?;
    let url = hubspot.url();
    let text = format!(
        "simulated HubSpot   {url}\n\n\
         A Baton at {} talks to it with these settings:\n\n\
         HUBSPOT_API_URL={url}\n\
         HUBSPOT_AUTH_URL={url}\n\
         HUBSPOT_APP_ID={app_id}\n\
         HUBSPOT_CLIENT_ID={client_id}\n\
         HUBSPOT_CLIENT_SECRET={}\n\n\
         Open {url} to see what it saw and to break things; stop with Ctrl-C.\n",
        args.service,
        demo_world::CLIENT_SECRET,
    );
    let stop = StopSignals::listen()?;
    // A reader that closed its end is no reason to stop.
    let _ = std::io::stdout().write_all(text.as_bytes());
    stop.first().await;
    hubspot.stop().await;
    Ok(())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.001..=1_000_000.0).contains(&speed) => Ok(speed),
        Ok(_) | Err(_) => Err("expected a number from 0.001 to 1000000".to_owned()),
    }
}
