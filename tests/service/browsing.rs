//! A browser as far as the console needs one: it keeps cookies, fills in forms, and follows
//! nothing by itself.

use crate::world::{ADMIN_PASSWORD, World, keep, while_503};
use std::collections::BTreeMap;

/// A browser without a window.
#[derive(Clone)]
pub struct Browser {
    base: String,
    http: reqwest::Client,
    /// Its cookies, by name.
    pub cookies: BTreeMap<String, String>,
}

/// A page as received.
#[derive(Debug)]
pub struct Seen {
    /// The status.
    pub status: u16,
    /// Where it sends the browser; empty if nowhere.
    pub location: String,
    /// The headers, by name.
    pub headers: BTreeMap<String, String>,
    /// What was set, as it came.
    pub set_cookies: Vec<String>,
    /// The page.
    pub body: String,
}

impl Browser {
    /// A new browser without cookies.
    pub fn new(world: &World) -> Self {
        Self::at(&world.url)
    }

    /// The same, for any address.
    pub fn at(url: &str) -> Self {
        Self {
            base: url.to_owned(),
            http: http_client(),
            cookies: BTreeMap::new(),
        }
    }

    /// A browser of someone who is signed in.
    pub async fn signed_in(world: &World) -> Self {
        let mut browser = Self::new(world);
        let welcome = browser.sign_in(ADMIN_PASSWORD).await;
        assert_eq!(
            (welcome.status, welcome.location.as_str()),
            (303, "/console")
        );
        browser
    }

    /// Opens the sign-in page and types a password; both again while the answer is 503.
    pub async fn sign_in(&mut self, password: &str) -> Seen {
        let status = |seen: &Seen| seen.status;
        let page = while_503(async || self.get("/console/sign-in").await, status).await;
        let csrf = page.csrf();
        let typed = [("csrf", csrf.as_str()), ("password", password)];
        let send = async || self.post("/console/sign-in", &typed).await;
        while_503(send, status).await
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Seen {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        let kind = "application/x-www-form-urlencoded";
        self.send(request.header("content-type", kind)).await
    }

    /// Opens a page and sends a form with the token found there.
    pub async fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.get(page).await.csrf();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Sends any request with the cookies.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Seen {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let request = match cookies.as_slice() {
            [] => request,
            some => request.header("cookie", some.join("; ")),
        };
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let set_cookies: Vec<String> = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(text)
            .collect();
        for cookie in &set_cookies {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                keep(value);
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let headers: BTreeMap<String, String> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        if let Some((_, state)) = headers
            .get("location")
            .and_then(|at| at.split_once("state="))
        {
            keep(state.split('&').next().unwrap_or_default());
        }
        Seen {
            status,
            location: headers.get("location").cloned().unwrap_or_default(),
            headers,
            set_cookies,
            body: response.text().await.unwrap(),
        }
    }
}

impl Seen {
    /// The token of the first form that has one.
    pub fn csrf(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"csrf\" value=\"")
            .unwrap_or_else(|| panic!("no form: {self:?}"));
        rest.split('"').next().unwrap().to_owned()
    }

    /// True if the page has these words.
    pub fn says(&self, words: &str) -> bool {
        self.body.contains(words)
    }
}

/// A client that follows nothing: where a page sends the browser is for the test to see.
fn http_client() -> reqwest::Client {
    baton::startup::tls::install();
    reqwest::Client::builder()
        .no_proxy()
        .connection_verbose(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(20))
        .tls_certs_only(std::iter::empty())
        .build()
        .unwrap()
}
