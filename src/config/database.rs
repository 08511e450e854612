//! Where data is kept: in a given PostgreSQL, or in a private one under the data directory.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::source::Source;
use super::table;
use secrecy::SecretString;
use std::path::PathBuf;

/// Where a service keeps its data when it runs as root, or as a user without a home.
const SYSTEM_DATA_DIR: &str = "/var/lib/baton";

/// The database, and what a private one needs.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `postgres://...`; `None` asks for the private PostgreSQL.
    pub url: Option<SecretString>,
    /// Where the private PostgreSQL lives; absolute.
    pub data_dir: PathBuf,
    /// Where its programs are, if a person said so; absolute.
    pub pg_bin_dir: Option<PathBuf>,
    /// The folders of `PATH`, where its programs may be found.
    pub program_dirs: Vec<PathBuf>,
}

impl DatabaseSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let source = reader.source;
        let url = reader.optional(&table::DATABASE_URL, postgres_url);
        let data_dir = reader.optional(&table::DATA_DIR, |text| directory(source, text));
        let pg_bin_dir = reader.optional(&table::PG_BIN_DIR, |text| directory(source, text));
        Ok(Self {
            url: url?,
            data_dir: data_dir?.unwrap_or_else(|| default_data_dir(source)),
            pg_bin_dir: pg_bin_dir?,
            program_dirs: source.program_dirs(),
        })
    }
}

fn default_data_dir(source: &Source) -> PathBuf {
    let home = || source.directory("HOME");
    let user_data = if source.host.is_root {
        None
    } else if source.host.is_macos {
        home().map(|home| home.join("Library/Application Support/baton"))
    } else {
        let xdg = source
            .directory("XDG_DATA_HOME")
            .map(|data| data.join("baton"));
        xdg.or_else(|| home().map(|home| home.join(".local/share/baton")))
    };
    user_data.unwrap_or_else(|| PathBuf::from(SYSTEM_DATA_DIR))
}

fn directory(source: &Source, text: &str) -> Result<PathBuf, Expected> {
    if text.starts_with('~') {
        return Err(Expected::new(
            "a path without ~, which only a shell understands",
        ));
    }
    if text.contains('\0') {
        return Err(Expected::new("a path"));
    }
    Ok(source.working_dir.join(text))
}

/// Only the outside is looked at: libpq accepts more than a URL parser does, such as several
/// hosts, and says itself what it does not understand.
fn postgres_url(text: &str) -> Result<SecretString, Expected> {
    let rest = ["postgres://", "postgresql://"]
        .iter()
        .find_map(|start| text.strip_prefix(start));
    let is_whole = rest.is_some_and(|rest| !rest.is_empty());
    let is_clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_whole && is_clean {
        return Ok(SecretString::from(text));
    }
    Err(Expected::new(
        "a URL like postgres://user:password@host:5432/database, spaces as %20",
    ))
}
