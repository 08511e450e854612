//! What an admin, a workflow and the API's callers do with a Baton beside HubSpot.

use crate::base::client;
pub use crate::base::{ADMIN_KEY, ADMIN_PASSWORD, keep, while_503};
pub use crate::beside::{AI_KEY, PORTAL, STARTER, STARTER_KEY, World};
use crate::browsing::{Browser, Seen};
use baton::domain::ids::PortalId;
use baton::simulator::action_kind::ActionKind;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// One in the EU.
pub const EUROPEAN: PortalId = PortalId(50_003);
/// How often a person tries who is told that the service is busy.
const TRIES: usize = 5;

impl World {
    /// Nobody imports or sweeps this portal, which is not connected yet: what is compared changes
    /// by the test alone.
    pub fn follows_nothing(&self, portal: PortalId) {
        let claimed = format!(
            "INSERT INTO followed_portals (portal_id, claimed_until) VALUES ({portal}, 'infinity')"
        );
        self.sql().batch_execute(&claimed).unwrap();
    }

    /// It is imported and swept from now on.
    pub fn follows_again(&self, portal: PortalId) {
        let due = format!(
            "UPDATE followed_portals SET claimed_until = '-infinity' WHERE portal_id = {portal}"
        );
        self.sql().batch_execute(&due).unwrap();
    }

    /// Begins to connect: the consent page's address.
    pub async fn begin(&self, browser: &mut Browser) -> String {
        self.begin_at(browser, "/hubspot/oauth/install").await
    }

    /// Begins at an address of its own.
    pub async fn begin_at(&self, browser: &mut Browser, path: &str) -> String {
        let off = browser.get(path).await;
        assert_eq!(off.status, 303, "{}", off.body);
        assert!(off.location.starts_with(self.hubspot.url()), "{off:?}");
        off.location
    }

    /// The path at which HubSpot sends the browser back once this account has approved.
    pub fn approved(&self, consent: &str, portal: PortalId) -> String {
        let back = self.hubspot.approve(consent, portal).unwrap();
        back.strip_prefix(&self.url).unwrap().to_owned()
    }

    /// Connects an account from the first click to the last redirect.
    pub async fn connect(&self, browser: &mut Browser, portal: PortalId) -> Seen {
        let consent = self.begin(browser).await;
        let back = self.approved(&consent, portal);
        browser.get(&back).await
    }

    /// Connects an account as a signed-in admin.
    pub async fn connected(&self, portal: PortalId) -> Browser {
        let mut browser = Browser::signed_in(self).await;
        let mut end = self.connect(&mut browser, portal).await;
        for _ in 1..TRIES {
            if end.status != 503 {
                break;
            }
            end = self.connect(&mut browser, portal).await;
        }
        assert_eq!(end.status, 303, "{}", end.body);
        browser
    }

    /// Asks the API.
    pub async fn api(&self, method: Method, key: &str, path: &str, body: &str) -> (u16, Value) {
        let request = client().request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(key).body(body.to_owned());
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// What the API shows of a portal.
    pub async fn view(&self, portal: PortalId) -> Value {
        let path = format!("/v1/portals/{portal}");
        let (status, view) = self.api(Method::GET, ADMIN_KEY, &path, "").await;
        assert_eq!(status, 200, "{view}");
        view
    }

    /// Makes things that a change of the connection must keep: a sender, a setting, a pause, a
    /// lock, and a conversation in which the AI may speak.
    pub async fn live_a_little(&self) {
        let set = "UPDATE portals SET ai_sender_user_id = 61000009, ai_sender_name = 'Assistant', \
                   policies = '{\"human_grace\": 120000}'";
        self.sql().batch_execute(set).unwrap();
        let (status, _) = self.pause(&[]).await;
        assert_eq!(status, 200);
        for (path, body) in [("7003/lock", "{}"), ("7002/resume", "{}")] {
            let path = format!("/v1/portals/{PORTAL}/conversations/{path}");
            let (status, body) = self.api(Method::POST, ADMIN_KEY, &path, body).await;
            assert_eq!(status, 200, "{body}");
        }
    }

    /// A workflow pauses the AI on a ticket.
    pub async fn pause(&self, inputs: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.call(ActionKind::PauseAi, inputs).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// A connection to the database.
    pub fn sql(&self) -> PgConnection {
        PgConnection::establish(&self.database_url).unwrap()
    }

    /// The first column of every row, as text.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let wrapped = format!("SELECT q.t::text AS text FROM ({query}) AS q (t)");
        let rows: Vec<OneText> = diesel::sql_query(wrapped).load(&mut self.sql()).unwrap();
        rows.into_iter().map(|row| row.text).collect()
    }

    /// Rows of a table, perhaps with a condition.
    pub fn count(&self, table: &str) -> i64 {
        let count = self.texts(&format!("SELECT count(*) FROM {table}"));
        count[0].parse().unwrap()
    }

    /// How often HubSpot saw this path.
    pub fn asked(&self, path: &str) -> usize {
        let requests = self.hubspot.requests();
        requests.iter().filter(|seen| seen.path == path).count()
    }
}

/// One text of a row.
#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Where a page sends the browser is for the test to see.
pub fn client_that_follows_nothing() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    let builder = builder.connection_verbose(true);
    let builder = builder.redirect(reqwest::redirect::Policy::none());
    let builder = builder.timeout(Duration::from_secs(30));
    builder.tls_certs_only(std::iter::empty()).build().unwrap()
}
