//! `baton keys`: make, list and revoke keys of the API.

use super::exit;
use crate::config::Settings;
use crate::config::program::program;
use crate::domain::ids::PortalId;
use crate::service::authenticate::hash;
use crate::startup::database::Database;
use crate::startup::error::StartError;
use crate::store::api_keys::{self, NewKey, StoredKey};
use crate::store::pool::Store;
use clap::{Subcommand, ValueEnum};
use rand::Rng;
use std::process::ExitCode;
use uuid::Uuid;

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make a key. It is shown once.
    Create {
        /// The only portal it may see; without it, every portal.
        #[arg(long)]
        portal: Option<PortalId>,
        /// What it may do.
        #[arg(long, value_enum, default_value_t = Role::Ai)]
        role: Role,
        /// The name shown in timelines.
        #[arg(long)]
        name: String,
    },
    /// List every key, without its secret.
    List,
    /// Revoke a key; it stops working at once.
    Revoke {
        /// Its id, as `list` shows it.
        key_id: Uuid,
    },
}

/// What a key may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    /// Read and control conversations.
    Ai,
    /// Everything.
    Admin,
}

/// Runs the command.
pub fn keys(command: KeysCommand) -> ExitCode {
    match run(command) {
        Ok(code) => code,
        Err(error) => exit::start_failed(&error),
    }
}

fn run(command: KeysCommand) -> Result<ExitCode, StartError> {
    let settings = Settings::from_environment()?;
    let database = Database::open(&settings.database)?;
    let store = Store::new(database.url(), 1);
    let mut conn = store.first_reader()?;
    match command {
        KeysCommand::Create { portal, role, name } => {
            let secret = new_secret();
            let role = match role {
                Role::Ai => "ai",
                Role::Admin => "admin",
            };
            let key = NewKey {
                portal,
                role,
                name: &name,
                secret_sha256: hash(&secret),
            };
            let key_id = api_keys::create(&mut conn, &key)?;
            println!("key id   {key_id}\nkey      {secret}");
            println!("Keep the key: only its hash is stored, and it is not shown again.");
        }
        KeysCommand::List => {
            let keys = api_keys::list(&mut conn)?;
            for key in &keys {
                println!("{}", line(key));
            }
            if keys.is_empty() {
                println!(
                    "there are no keys here; make one with `{} keys create --name NAME`",
                    program()
                );
            }
        }
        KeysCommand::Revoke { key_id } => {
            if !api_keys::revoke(&mut conn, key_id)? {
                return Ok(exit::failed(format!("there is no live key {key_id}")));
            }
            println!("revoked {key_id}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// 256 bits, with a prefix that secret scanners can look for.
fn new_secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("baton_{hex}")
}

fn line(key: &StoredKey) -> String {
    let portal = key
        .portal_id
        .map_or("every portal".to_owned(), |id| format!("portal {id}"));
    let revoked = key
        .revoked_at
        .map(|at| format!("   revoked {at}"))
        .unwrap_or_default();
    format!(
        "{}   {:<6} {portal:<20} {}{revoked}",
        key.key_id, key.role, key.name
    )
}
