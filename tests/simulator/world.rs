//! A simulated HubSpot for each test, and a client that follows nothing.

use baton::domain::ids::PortalId;
use baton::simulator::demo_world::{CLIENT_ID, CLIENT_SECRET};
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::Duration;
use url::form_urlencoded::Serializer;

/// A paying customer with workflows, in North America.
pub const CUSTOMER: PortalId = PortalId(50_001);
/// Without workflows.
pub const STARTER: PortalId = PortalId(50_002);
/// In the EU.
pub const EUROPEAN: PortalId = PortalId(50_003);
/// A sandbox.
pub const SANDBOX: PortalId = PortalId(50_004);

/// The app's callback.
pub const CALLBACK: &str = "http://localhost:8080/hubspot/oauth/callback";
/// What every install has to ask for.
pub const REQUIRED: &str = "oauth tickets conversations.read conversations.write \
    crm.objects.contacts.read crm.objects.owners.read";

/// A simulated HubSpot and somebody who calls it.
pub struct World {
    pub hubspot: SimulatedHubSpot,
    http: reqwest::Client,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A header as text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// A field of the JSON body, as text; empty if there is none.
    pub fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }
}

/// Tokens of one account.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(HubSpotOptions::demo()).await
    }

    pub async fn start_with(options: HubSpotOptions) -> Self {
        baton::startup::tls::install();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .tls_certs_only(std::iter::empty());
        Self {
            hubspot: SimulatedHubSpot::start(options).await.unwrap(),
            http: builder.build().unwrap(),
        }
    }

    /// A request to one of its paths.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        let url = format!("{}{path}", self.hubspot.url());
        self.http.request(method, url)
    }

    /// Reads something without credentials.
    pub async fn get(&self, path: &str) -> Answer {
        answered(self.request("GET", path)).await
    }

    /// Calls the API with a bearer token.
    pub async fn call(&self, method: &str, path: &str, token: &str) -> Answer {
        answered(self.request(method, path).bearer_auth(token)).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answered(self.request("POST", path).json(&body)).await
    }

    /// Posts a form.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        answered(self.form_request(path, fields)).await
    }

    /// A form that is not sent yet.
    pub fn form_request(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        self.request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(fields))
    }

    /// Posts a form with the app's credentials to the token endpoint or a path below it.
    pub async fn token(&self, below: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/oauth/2026-03/token{below}");
        self.form(&path, &with_client(fields)).await
    }

    /// Exchanges a code.
    pub async fn exchange(&self, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ];
        self.token("", &fields).await
    }

    /// Refreshes.
    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("redirect_uri", CALLBACK),
        ];
        self.token("", &fields).await
    }

    /// A fresh code of an account for an install without workflows.
    pub fn code(&self, portal: PortalId) -> String {
        let sent_to = self.hubspot.approve(&install_url(REQUIRED, ""), portal);
        parameter(&sent_to.unwrap(), "code")
    }

    /// Installs the app without workflows.
    pub async fn install(&self, portal: PortalId) -> Tokens {
        tokens(&self.exchange(&self.code(portal)).await)
    }
}

/// The tokens in an answer.
pub fn tokens(answer: &Answer) -> Tokens {
    assert_eq!(answer.status, 200, "{}", answer.text);
    Tokens {
        access: answer.field("access_token"),
        refresh: answer.field("refresh_token"),
    }
}

/// An install URL of the app, without its host.
pub fn install_url(scope: &str, optional_scope: &str) -> String {
    let fields = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("optional_scope", optional_scope),
        ("state", "a state & more"),
    ];
    format!("/oauth/authorize?{}", encoded(&fields))
}

/// The app's credentials and these fields.
pub fn with_client<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    all.extend(fields);
    all
}

/// A query or a form.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A parameter of a URL; empty if there is none.
pub fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let mut found = url.query_pairs().filter(|(key, _)| key == name);
    found
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Sends, and reads all of the answer.
pub async fn answered(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}
