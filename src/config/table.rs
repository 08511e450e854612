//! The table of all settings. Reading, the search for unknown names and the test of `.env.example`
//! use it, so a setting that is not listed here does not exist.

/// One setting: its name in the environment, what it falls back to and what it is for.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name of the variable.
    pub name: &'static str,
    /// Whether it is a secret: never shown, and also read from the file that `<name>_FILE` names.
    pub is_secret: bool,
    /// The value that applies when it is unset, as it would be written. `None`: unset means
    /// something of its own, which `doc` says.
    pub default: Option<&'static str>,
    /// What it is for, in one line.
    pub doc: &'static str,
}

const fn plain(name: &'static str, doc: &'static str) -> Setting {
    Setting {
        name,
        is_secret: false,
        default: None,
        doc,
    }
}

const fn with_default(name: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting {
        name,
        is_secret: false,
        default: Some(default),
        doc,
    }
}

const fn secret(name: &'static str, doc: &'static str) -> Setting {
    Setting {
        name,
        is_secret: true,
        default: None,
        doc,
    }
}

/// Settings under one heading of `.env.example`.
pub struct Group {
    /// The heading.
    pub title: &'static str,
    /// The settings, in the order of the file.
    pub settings: &'static [&'static Setting],
}

/// Every setting, in the order of `.env.example`.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Where Baton runs",
        settings: &[&CONFIG, &LISTEN, &PUBLIC_URL, &WRITERS],
    },
    Group {
        title: "Data",
        settings: &[&DATA_DIR, &DATABASE_URL, &PG_BIN_DIR],
    },
    Group {
        title: "The HubSpot app",
        settings: &[
            &HUBSPOT_APP_ID,
            &HUBSPOT_CLIENT_ID,
            &HUBSPOT_CLIENT_SECRET,
            &HUBSPOT_CLIENT_SECRET_PREVIOUS,
            &HUBSPOT_MIN_SIGNATURE,
            &HUBSPOT_WEBHOOKS_ACCEPT_V1,
            &HUBSPOT_API_URL,
            &HUBSPOT_AUTH_URL,
            &PRIVATE_APP_ROLLBACK_DAYS,
        ],
    },
    Group {
        title: "Who may use it",
        settings: &[
            &ALLOWED_PORTALS,
            &RETURN_URL_HOSTS,
            &API_KEYS,
            &ADMIN_PASSWORD,
            &ADMIN_PASSWORD_HASH,
            &ENCRYPTION_KEYS,
        ],
    },
    Group {
        title: "The AI platform",
        settings: &[
            &AI_NAME,
            &AI_WEBHOOK_URL,
            &AI_WEBHOOK_SECRET,
            &AI_ALLOWED_RANGES,
        ],
    },
    Group {
        title: "Log",
        settings: &[&RUST_LOG, &LOG_FORMAT],
    },
];

/// Every setting, without the headings.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    GROUPS
        .iter()
        .flat_map(|group| group.settings.iter().copied())
}

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.name == name)
}

/// The secret whose `_FILE` form this name is.
pub fn find_file_form(name: &str) -> Option<&'static Setting> {
    find(name.strip_suffix("_FILE")?).filter(|setting| setting.is_secret)
}

/// `BATON_CONFIG`
pub const CONFIG: Setting = plain(
    "BATON_CONFIG",
    "A file with lines like these; only the environment can name it, and wins over it.",
);
/// `BATON_LISTEN`
pub const LISTEN: Setting = with_default(
    "BATON_LISTEN",
    "127.0.0.1:8080",
    "The address and port to listen on.",
);
/// `BATON_PUBLIC_URL`
pub const PUBLIC_URL: Setting = plain(
    "BATON_PUBLIC_URL",
    "The URL HubSpot calls, as HubSpot knows it: signatures cover it. Unset: http:// and the address listened on.",
);
/// `BATON_WRITERS`
pub const WRITERS: Setting = plain(
    "BATON_WRITERS",
    "How many threads commit decisions, 1 to 16. Unset: one per processor core.",
);
/// `BATON_DATA_DIR`
pub const DATA_DIR: Setting = plain(
    "BATON_DATA_DIR",
    "Where the private PostgreSQL keeps its data. Unset: the user's data directory, /var/lib/baton as root.",
);
/// `DATABASE_URL`
pub const DATABASE_URL: Setting = secret(
    "DATABASE_URL",
    "PostgreSQL 13 or newer: postgres://user:password@host:5432/database. Unset: a private PostgreSQL is started.",
);
/// `BATON_PG_BIN_DIR`
pub const PG_BIN_DIR: Setting = plain(
    "BATON_PG_BIN_DIR",
    "The folder of initdb and postgres for the private PostgreSQL. Unset: the newest one found.",
);
/// `HUBSPOT_APP_ID`
pub const HUBSPOT_APP_ID: Setting = plain(
    "HUBSPOT_APP_ID",
    "The app's id, a number, from its settings in HubSpot.",
);
/// `HUBSPOT_CLIENT_ID`
pub const HUBSPOT_CLIENT_ID: Setting = plain(
    "HUBSPOT_CLIENT_ID",
    "The app's client id, from its Auth page in HubSpot.",
);
/// `HUBSPOT_CLIENT_SECRET`
pub const HUBSPOT_CLIENT_SECRET: Setting = secret(
    "HUBSPOT_CLIENT_SECRET",
    "The app's client secret, from its Auth page in HubSpot. HubSpot signs its requests with it.",
);
/// `HUBSPOT_CLIENT_SECRET_PREVIOUS`
pub const HUBSPOT_CLIENT_SECRET_PREVIOUS: Setting = secret(
    "HUBSPOT_CLIENT_SECRET_PREVIOUS",
    "The client secret before the last rotation, accepted as well until you remove it here.",
);
/// `HUBSPOT_MIN_SIGNATURE`
pub const HUBSPOT_MIN_SIGNATURE: Setting = with_default(
    "HUBSPOT_MIN_SIGNATURE",
    "v2",
    "The oldest signature accepted, v2 or v3; for webhooks see also HUBSPOT_WEBHOOKS_ACCEPT_V1. HubSpot documents v2 for actions.",
);
/// `HUBSPOT_WEBHOOKS_ACCEPT_V1`
pub const HUBSPOT_WEBHOOKS_ACCEPT_V1: Setting = with_default(
    "HUBSPOT_WEBHOOKS_ACCEPT_V1",
    "false",
    "Whether webhooks signed only with v1 are accepted, true or false.",
);
/// `HUBSPOT_API_URL`
pub const HUBSPOT_API_URL: Setting = with_default(
    "HUBSPOT_API_URL",
    "https://api.hubapi.com",
    "HubSpot's API, or a simulated one.",
);
/// `HUBSPOT_AUTH_URL`
pub const HUBSPOT_AUTH_URL: Setting = with_default(
    "HUBSPOT_AUTH_URL",
    "https://app.hubspot.com",
    "Where HubSpot asks for consent, or a simulated one.",
);
/// `BATON_PRIVATE_APP_ROLLBACK_DAYS`
pub const PRIVATE_APP_ROLLBACK_DAYS: Setting = with_default(
    "BATON_PRIVATE_APP_ROLLBACK_DAYS",
    "7",
    "How many days a private app's token is kept, encrypted, once the app took its place, 0 to 365.",
);
/// `BATON_ALLOWED_PORTALS`
pub const ALLOWED_PORTALS: Setting = plain(
    "BATON_ALLOWED_PORTALS",
    "The portals that may connect: ids separated by commas, or * for any. Unset: those a signed-in admin connects.",
);
/// `BATON_RETURN_URL_HOSTS`
pub const RETURN_URL_HOSTS: Setting = plain(
    "BATON_RETURN_URL_HOSTS",
    "Hosts, separated by commas, to which a connect session may send the browser back. Unset: none. Not used yet.",
);
/// `BATON_API_KEYS`
pub const API_KEYS: Setting = secret(
    "BATON_API_KEYS",
    "First API keys, separated by commas: SECRET or SECRET@PORTAL, with :admin appended for an admin; 16 characters or more.",
);
/// `BATON_ADMIN_PASSWORD`
pub const ADMIN_PASSWORD: Setting = secret(
    "BATON_ADMIN_PASSWORD",
    "The console's password, 12 characters or more. Without it or its hash nobody can sign in.",
);
/// `BATON_ADMIN_PASSWORD_HASH`
pub const ADMIN_PASSWORD_HASH: Setting = secret(
    "BATON_ADMIN_PASSWORD_HASH",
    "Instead of the password its argon2id hash: $argon2id$v=19$m=...,t=...,p=...$salt$hash.",
);
/// `BATON_ENCRYPTION_KEYS`
pub const ENCRYPTION_KEYS: Setting = secret(
    "BATON_ENCRYPTION_KEYS",
    "Keys for stored credentials, id:base64 of 32 bytes, separated by commas, newest first; a first one: k1:$(openssl rand -base64 32).",
);
/// `BATON_AI_NAME`
pub const AI_NAME: Setting = with_default(
    "BATON_AI_NAME",
    "AI",
    "What `baton app-config` calls the AI in labels; it reads it from the environment alone.",
);
/// `BATON_AI_WEBHOOK_URL`
pub const AI_WEBHOOK_URL: Setting = plain(
    "BATON_AI_WEBHOOK_URL",
    "Where events are posted: a first endpoint, for every portal. Not used yet.",
);
/// `BATON_AI_WEBHOOK_SECRET`
pub const AI_WEBHOOK_SECRET: Setting = secret(
    "BATON_AI_WEBHOOK_SECRET",
    "What those posts are signed with, 16 characters or more; set it together with the URL. Not used yet.",
);
/// `BATON_AI_ALLOWED_RANGES`
pub const AI_ALLOWED_RANGES: Setting = plain(
    "BATON_AI_ALLOWED_RANGES",
    "Private addresses an endpoint may have, like 10.1.0.0/16,127.0.0.1, separated by commas. Unset: none. Not used yet.",
);
/// `RUST_LOG`
pub const RUST_LOG: Setting = with_default(
    "RUST_LOG",
    "info",
    "What is logged: error, warn, info, debug, trace or off, also by module like info,baton::worker=debug.",
);
/// `BATON_LOG_FORMAT`
pub const LOG_FORMAT: Setting = with_default(
    "BATON_LOG_FORMAT",
    "text",
    "How log lines look: text or json.",
);
