//! A portal with a grant, in a database of its own, and what gives out its tokens.

use crate::endpoint::{Endpoint, FIRST};
use crate::world::{PORTAL, new_database};
use baton::domain::ids::PortalId;
use baton::domain::time::Span;
use baton::encryption::keyring::Keyring;
use baton::hubspot::oauth::client::{OAuthClient, OAuthSettings};
use baton::hubspot::oauth::grant::Grant;
use baton::service::access_token::{AccessTokens, Options, Token};
use baton::service::seal_tokens::{Granted, open_refresh_token, seal_grant};
use baton::store::credentials::grant::save_grant;
use baton::store::credentials::row::{CredentialRow, in_use};
use baton::store::pool::Store;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the grants of these tests were made with.
pub const REDIRECT_URI: &str = "https://old.example.com/hubspot/oauth/callback?a=b c";
/// The app's client secret.
pub const CLIENT_SECRET: &str = "the client secret at the token endpoint";

/// How long a first connection to the database may take.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Limits that suit tests: nothing takes this long unless it fails.
pub const PATIENT: Options = Options {
    lease: Duration::from_secs(20),
    wait_at_most: Duration::from_secs(30),
    poll: Duration::from_millis(10),
    cool_down: Duration::from_millis(20),
};

/// A database with one connected portal whose token has run out.
pub struct Portal {
    pub database_url: String,
    pub endpoint: Endpoint,
}

impl Portal {
    /// With a token endpoint of its own.
    pub fn new() -> Self {
        let portal = Self {
            database_url: new_database(),
            endpoint: Endpoint::start(),
        };
        portal.grant(&keyring(&[("k1", 1)]), FIRST);
        portal.run_out();
        portal
    }

    /// Gives out its tokens, with the usual key.
    pub fn tokens(&self) -> AccessTokens {
        self.tokens_with(keyring(&[("k1", 1)]), PATIENT)
    }

    pub fn tokens_with(&self, keyring: Keyring, options: Options) -> AccessTokens {
        let client = client(&self.endpoint, "an app", options.lease / 2);
        self.replica(keyring, Some(client), options)
    }

    pub fn replica(
        &self,
        keyring: Keyring,
        oauth: Option<OAuthClient>,
        options: Options,
    ) -> AccessTokens {
        let store = Arc::new(Store::new(&self.database_url, 1));
        // On a busy machine the first connection may take longer than a caller waits for one.
        let began = Instant::now();
        while let Err(error) = store.reader() {
            assert!(began.elapsed() < READY_WITHIN, "{error}");
        }
        AccessTokens::new(store, Arc::new(keyring), oauth.map(Arc::new), options)
    }

    /// An admin connects the portal, with this refresh token.
    pub fn grant(&self, keyring: &Keyring, refresh_token: &str) -> i64 {
        let grant = Grant {
            access_token: SecretString::from("access-of-the-grant"),
            refresh_token: SecretString::from(refresh_token),
            expires_in: Duration::from_secs(1_800),
            hub_id: Some(PORTAL),
            user_id: Some(7),
            scopes: None,
        };
        let granted = Granted {
            portal: PORTAL,
            grant: &grant,
            redirect_uri: REDIRECT_URI,
            scopes: vec!["oauth".to_owned(), "tickets".to_owned()],
            hubspot_user_id: Some(7),
            rollback_window: Span::from_days(7),
        };
        let grant = seal_grant(keyring, granted).unwrap();
        save_grant(&mut self.sql(), &grant).unwrap()
    }

    /// Its token's life is over.
    pub fn run_out(&self) {
        self.execute(
            "UPDATE credentials SET obtained_at = clock_timestamp() - interval '31 minutes', \
             expires_at = clock_timestamp() - interval '1 minute' WHERE kind = 'oauth'",
        );
    }

    pub fn row(&self) -> CredentialRow {
        in_use(&mut self.sql(), PORTAL).unwrap().unwrap()
    }

    /// The refresh token that is stored.
    pub fn refresh_token(&self) -> String {
        let keys = keyring(&[("k1", 1), ("k2", 2)]);
        let token = open_refresh_token(&keys, &self.row()).unwrap().unwrap();
        token.expose_secret().to_owned()
    }

    /// The portal's connection and why it does not work.
    pub fn connection(&self) -> String {
        self.text("SELECT concat_ws(' ', connection, unavailable_because) AS text FROM portals")
    }

    pub fn sql(&self) -> PgConnection {
        PgConnection::establish(&self.database_url).unwrap()
    }

    pub fn execute(&self, sql: &str) {
        self.sql()
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// One text, of a query that names it `text`.
    pub fn text(&self, sql: &str) -> String {
        #[derive(QueryableByName)]
        struct One {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        let one: One = diesel::sql_query(sql).get_result(&mut self.sql()).unwrap();
        one.text
    }
}

/// A keyring of keys that are one byte again and again.
pub fn keyring(keys: &[(&str, u8)]) -> Keyring {
    let keys = keys
        .iter()
        .map(|(id, byte)| ((*id).to_owned(), SecretSlice::from(vec![*byte; 32])));
    Keyring::new(keys.collect()).unwrap()
}

pub fn client(endpoint: &Endpoint, client_id: &str, timeout: Duration) -> OAuthClient {
    baton::startup::tls::install();
    OAuthClient::new(OAuthSettings {
        client_id: client_id.to_owned(),
        client_secret: SecretString::from(CLIENT_SECRET),
        api_url: endpoint.api_url.clone(),
        timeout,
    })
    .unwrap()
}

/// A token's own text.
pub fn text(token: &Token) -> &str {
    token.secret.expose_secret()
}

/// Another portal of the same database.
pub const OTHER: PortalId = PortalId(50_002);
