//! All settings together, and how they are read.

use super::admin::AdminSettings;
use super::ai::AiSettings;
use super::api_keys::{self, ApiKey};
use super::database::DatabaseSettings;
use super::encryption::{self, EncryptionKey};
use super::http::HttpSettings;
use super::hubspot::HubspotSettings;
use super::logging::LogSettings;
use super::mistake::Mistakes;
use super::portals::PortalSettings;
use super::reader::{Reader, Recorded};
use super::source::Source;
use super::table::Setting;
use super::writers::WriterSettings;

/// Every setting, checked. Secrets inside do not show in `Debug`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where Baton listens and how HubSpot reaches it.
    pub http: HttpSettings,
    /// Where data is kept.
    pub database: DatabaseSettings,
    /// The HubSpot app.
    pub hubspot: HubspotSettings,
    /// Which portals may connect.
    pub portals: PortalSettings,
    /// API keys that exist from the start.
    pub api_keys: Vec<ApiKey>,
    /// The AI's name and a first endpoint.
    pub ai: AiSettings,
    /// The keyring for stored credentials, newest first; empty if unset.
    pub encryption_keys: Vec<EncryptionKey>,
    /// Who may sign in to the console.
    pub admin: AdminSettings,
    /// The write path.
    pub writers: WriterSettings,
    /// The log.
    pub log: LogSettings,
}

impl Settings {
    /// Reads this process's environment, and the file that `BATON_CONFIG` names.
    pub fn from_environment() -> Result<Self, Mistakes> {
        Self::read(&Source::of_this_process(), &[])
    }

    /// The same for a command that cannot do without some settings: what is missing is reported
    /// together with everything else.
    pub fn from_environment_requiring(required: &[&Setting]) -> Result<Self, Mistakes> {
        Self::read(&Source::of_this_process(), required)
    }

    /// Reads the settings from any source.
    pub fn read(source: &Source, required: &[&Setting]) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(source);
        for setting in required {
            reader.require(setting);
        }
        let settings = Self::read_all(&mut reader);
        reader.finish(settings)
    }

    fn read_all(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        // All are read before the first failure is passed on: every mistake is wanted.
        let http = HttpSettings::read(reader);
        let database = DatabaseSettings::read(reader);
        let hubspot = HubspotSettings::read(reader);
        let portals = PortalSettings::read(reader);
        let api_keys = api_keys::read(reader);
        let ai = AiSettings::read(reader);
        let encryption_keys = encryption::read(reader);
        let admin = AdminSettings::read(reader);
        let writers = WriterSettings::read(reader);
        let log = LogSettings::read(reader);
        Ok(Self {
            http: http?,
            database: database?,
            hubspot: hubspot?,
            portals: portals?,
            api_keys: api_keys?,
            ai: ai?,
            encryption_keys: encryption_keys?,
            admin: admin?,
            writers: writers?,
            log: log?,
        })
    }
}
