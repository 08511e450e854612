//! `baton doctor`: what could keep this Baton from working, each with its remedy.

mod check;
mod hubspot;
mod portals;

use crate::config::Settings;
use crate::config::program::program;
use crate::domain::time::Timestamp;
use crate::embedded::{EmbeddedPostgres, Options};
use crate::hubspot::signature::public_url::PublicUrl;
use crate::service::check_readiness::MOST_CLOCK_OFFSET;
use crate::store::error::StoreError;
use crate::store::health::{SPEAK_ENGLISH, ServerState, foreign_words, server_state};
use crate::store::migrate::is_up_to_date;
use crate::store::pool::connect;
use check::Check;
use clap::Args;
use secrecy::ExposeSecret;
use std::process::ExitCode;

/// Options of `baton doctor`.
#[derive(Args)]
pub struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Looks at everything and prints what it found. Fails if anything is wrong.
pub async fn doctor(args: &DoctorArgs) -> ExitCode {
    let checks = match Settings::from_environment() {
        Ok(settings) => examine(&settings).await,
        Err(mistakes) => vec![Check::new(
            "settings",
            false,
            mistakes.to_string(),
            "correct them in the environment or in the file that BATON_CONFIG names",
        )],
    };
    if args.json {
        println!("{}", serde_json::json!({ "checks": checks }));
    } else {
        print(&checks);
    }
    if checks.iter().all(|check| check.passed) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print(checks: &[Check]) {
    for check in checks {
        let mark = match (check.passed, &check.remedy) {
            (true, None) => "ok  ",
            (true, Some(_)) => "warn",
            (false, _) => "FAIL",
        };
        println!("{mark} {:<20} {}", check.name, check.found);
        if let Some(remedy) = &check.remedy {
            println!("     {:<20} -> {remedy}", "");
        }
    }
    if !checks.iter().all(|check| check.passed) {
        println!(
            "\nThat is for `serve` with an app of your own. To try Baton out, `{} demo` needs none of it.",
            program()
        );
    }
}

async fn examine(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![Check::new("settings", true, "what is set fits", "")];
    let secret = settings.hubspot.client_secret.is_some();
    checks.push(Check::new(
        "client secret",
        secret,
        if secret {
            "set"
        } else {
            "HUBSPOT_CLIENT_SECRET is not set"
        },
        "copy it from the app's Auth page in HubSpot; without it `serve` does not start",
    ));
    checks.push(public_url(settings));
    checks.extend(hubspot::hubspot(settings).await);
    checks.extend(database(settings));
    checks
}

fn public_url(settings: &Settings) -> Check {
    let url = settings.http.public_url();
    let name = "public URL";
    let remedy = "set BATON_PUBLIC_URL to the https address HubSpot calls, as registered there";
    match PublicUrl::parse(&url) {
        Ok(_) => Check::new(name, url.starts_with("https://"), url, remedy),
        Err(error) => Check::new(name, false, format!("{url}: {error}"), remedy),
    }
}

fn database(settings: &Settings) -> Vec<Check> {
    let reach = |url: &str| -> Result<Vec<Check>, StoreError> {
        let mut conn = connect(url)?;
        let up_to_date = is_up_to_date(&mut conn)?;
        let mut checks = server(&server_state(&mut conn)?, up_to_date);
        let foreign = foreign_words(&mut conn)?;
        let said = foreign.as_deref().unwrap_or("English");
        checks.push(Check::new(
            "language of errors",
            foreign.is_none(),
            said,
            SPEAK_ENGLISH,
        ));
        if up_to_date {
            checks.extend(portals::portals(&mut conn, settings));
        }
        Ok(checks)
    };
    let name = "database";
    let reached = match &settings.database.url {
        Some(url) => reach(url.expose_secret()),
        None => {
            let data_dir = settings.database.data_dir.join("database");
            if !data_dir.exists() {
                let found = format!(
                    "none yet; `serve` creates a private one in {}",
                    data_dir.display()
                );
                return vec![Check::new(name, true, found, "")];
            }
            let bin_dir = settings.database.pg_bin_dir.clone();
            match EmbeddedPostgres::start(Options::kept(data_dir, bin_dir)) {
                Ok(server) => reach(&server.database_url()),
                Err(error) => {
                    let remedy = "if a service runs on it, ask that one: GET /readyz";
                    return vec![Check::new(name, false, error.to_string(), remedy)];
                }
            }
        }
    };
    match reached {
        Ok(checks) => checks,
        Err(error) => vec![Check::new(
            name,
            false,
            error.to_string(),
            "check DATABASE_URL and that the server runs and lets this machine in",
        )],
    }
}

fn server(state: &ServerState, up_to_date: bool) -> Vec<Check> {
    let on = |name, value: &str, remedy| Check::new(name, value != "off", value, remedy);
    let offset = Timestamp::from(chrono::Utc::now()) - Timestamp::from(state.now);
    let offset_ms = offset.as_millis();
    vec![
        Check::new(
            "database",
            true,
            format!("PostgreSQL {}", state.version),
            "",
        ),
        Check::new(
            "schema",
            up_to_date,
            if up_to_date {
                "up to date"
            } else {
                "migrations are missing"
            },
            "run `baton migrate`, or start `baton serve`",
        ),
        Check::new(
            "primary",
            !state.in_recovery,
            if state.in_recovery {
                "a standby"
            } else {
                "takes writes"
            },
            "let DATABASE_URL name the primary",
        ),
        on(
            "fsync",
            &state.fsync,
            "set fsync = on: without it a crash may lose answered actions",
        ),
        on(
            "synchronous_commit",
            &state.synchronous_commit,
            "set synchronous_commit = on: without it a crash may lose answered actions",
        ),
        on(
            "full_page_writes",
            &state.full_page_writes,
            "set full_page_writes = on: without it a crash may damage pages",
        ),
        Check::new(
            "clock",
            offset_ms.abs() <= MOST_CLOCK_OFFSET.as_millis(),
            format!("{offset_ms} ms off the database's"),
            "set this machine's clock, for instance with NTP: HubSpot's requests are dated",
        ),
    ]
}
