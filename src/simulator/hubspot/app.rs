//! The app as its developer registered it at HubSpot.

use super::webhooks::subscription::{Subscription, demo_subscriptions};
use crate::simulator::demo_world;
use secrecy::SecretString;

/// A registered app.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name, as the consent page shows it.
    pub name: String,
    /// HubSpot's id of it.
    pub app_id: i64,
    /// The public half of its credentials.
    pub client_id: String,
    /// The secret half.
    pub client_secret: SecretString,
    /// Where the app is, without a slash at its end; its install URL and its callback are below.
    pub service_url: String,
    /// Where HubSpot may send people back to; compared letter by letter. HubSpot takes `https`
    /// and `http://localhost` only; here the loopback addresses pass too.
    pub redirect_urls: Vec<String>,
    /// Every install URL must ask for them in `scope`.
    pub required_scopes: Vec<&'static str>,
    /// An install URL may ask for them in `scope`; an account without the feature cannot install
    /// then.
    pub conditionally_required_scopes: Vec<&'static str>,
    /// An install URL may ask for them in `optional_scope`; left out where the account has no
    /// such feature.
    pub optional_scopes: Vec<&'static str>,
    /// What it is told of by webhooks.
    pub subscriptions: Vec<Subscription>,
}

impl App {
    /// The demo's app, for a service at its usual address.
    pub fn demo() -> Self {
        let mut app = Self {
            name: "Baton".to_owned(),
            app_id: demo_world::APP_ID,
            client_id: demo_world::CLIENT_ID.to_owned(),
            client_secret: SecretString::from(demo_world::CLIENT_SECRET),
            service_url: String::new(),
            redirect_urls: Vec::new(),
            required_scopes: vec![
                "oauth",
                "tickets",
                "conversations.read",
                "conversations.write",
                "crm.objects.contacts.read",
                "crm.objects.owners.read",
            ],
            conditionally_required_scopes: vec!["automation"],
            optional_scopes: vec![
                "crm.objects.users.read",
                "settings.users.teams.read",
                "crm.objects.contacts.write",
                "crm.objects.companies.read",
                "crm.objects.deals.read",
                "files",
            ],
            subscriptions: demo_subscriptions(),
        };
        app.serve_at(demo_world::BASE_URL);
        app
    }

    /// Registers the callback of a service at this address, for instance `http://127.0.0.1:8080`;
    /// of one on the loopback interface under both its names.
    pub fn serve_at(&mut self, service_url: &str) {
        let base = service_url.trim_end_matches('/');
        let by_name = base.replacen("//127.0.0.1", "//localhost", 1);
        for base in [by_name, base.to_owned()] {
            self.service_url = base;
            let callback = self.callback_url();
            if !self.redirect_urls.contains(&callback) {
                self.redirect_urls.push(callback);
            }
        }
    }

    /// Where an install from HubSpot's marketplace begins.
    pub fn install_url(&self) -> String {
        format!("{}/hubspot/oauth/install", self.service_url)
    }

    /// Where an install ends.
    pub fn callback_url(&self) -> String {
        format!("{}/hubspot/oauth/callback", self.service_url)
    }
}
