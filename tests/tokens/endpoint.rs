//! A token endpoint: each exchange rotates the refresh token; the one before still counts until
//! its successor is used, so that an answer that got lost costs nobody the grant.

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, web};
use std::collections::{BTreeMap, VecDeque};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use url::Url;

/// The refresh token of a grant that the endpoint knows from the beginning.
pub const FIRST: &str = "refresh-0";

/// What the endpoint saw of one call.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The fields of the form.
    pub form: BTreeMap<String, String>,
    /// The number of the tokens that were issued; none: refused, or still under way.
    pub issued: Option<u32>,
}

/// An answer other than the usual one.
#[derive(Clone, Debug)]
pub struct Scripted {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: String,
}

impl Scripted {
    pub fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }
}

#[derive(Default)]
struct Tokens {
    latest: u32,
    /// The one that `latest` was made with.
    parent: Option<u32>,
    seen: Vec<Seen>,
    script: VecDeque<Scripted>,
    delay: Duration,
    expires_in: i64,
    is_held: bool,
}

struct Shared {
    tokens: Mutex<Tokens>,
    calls: watch::Sender<usize>,
    released: Notify,
}

/// A running endpoint.
pub struct Endpoint {
    /// Where it is; ends with `/`.
    pub api_url: Url,
    shared: Arc<Shared>,
    handle: ServerHandle,
}

impl Endpoint {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api_url = format!("http://{}/", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            tokens: Mutex::new(Tokens {
                expires_in: 1_800,
                ..Tokens::default()
            }),
            calls: watch::Sender::new(0),
            released: Notify::new(),
        });
        let data = Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/oauth/2026-03/token", web::post().to(answer))
        })
        .workers(1)
        .listen(listener)
        .unwrap()
        .disable_signals()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            api_url: api_url.parse().unwrap(),
            shared,
            handle,
        }
    }

    /// How long every further answer takes.
    pub fn delay(&self, delay: Duration) {
        self.tokens().delay = delay;
    }

    /// How long further tokens count, in seconds.
    pub fn expires_in(&self, seconds: i64) {
        self.tokens().expires_in = seconds;
    }

    /// Answers the next calls like this.
    pub fn script(&self, answers: impl IntoIterator<Item = Scripted>) {
        self.tokens().script.extend(answers);
    }

    /// Holds every answer back until [`Endpoint::release`].
    pub fn hold(&self) {
        self.tokens().is_held = true;
    }

    /// Lets the answers go.
    pub fn release(&self) {
        self.tokens().is_held = false;
        self.shared.released.notify_waiters();
    }

    /// Everything it saw, in order of arrival.
    pub fn seen(&self) -> Vec<Seen> {
        self.tokens().seen.clone()
    }

    /// Waits until this many calls have arrived in all.
    pub async fn until_called(&self, times: usize) {
        let mut calls = self.shared.calls.subscribe();
        let arrived = calls.wait_for(|calls| *calls >= times);
        let limit = Duration::from_secs(20);
        tokio::time::timeout(limit, arrived)
            .await
            .expect("a call of the token endpoint")
            .unwrap();
    }

    /// Whether this refresh token would be taken now.
    pub fn takes(&self, refresh_token: &str) -> bool {
        let tokens = self.tokens();
        number_of(refresh_token).is_some_and(|number| tokens.takes(number))
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.shared.tokens.lock().unwrap()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Tokens {
    fn takes(&self, number: u32) -> bool {
        number == self.latest || Some(number) == self.parent
    }

    fn refresh(&mut self, place: usize) -> HttpResponse {
        let used = self.seen[place].form.get("refresh_token").cloned();
        let used = used.as_deref().and_then(number_of);
        let Some(used) = used.filter(|number| self.takes(*number)) else {
            return HttpResponse::BadRequest().body(INVALID_GRANT);
        };
        let issued = self.latest + 1;
        (self.parent, self.latest) = (Some(used), issued);
        self.seen[place].issued = Some(issued);
        HttpResponse::Ok().json(serde_json::json!({
            "token_type": "bearer",
            "token_use": "access_token",
            "access_token": format!("access-{issued}"),
            "refresh_token": format!("refresh-{issued}"),
            "expires_in": self.expires_in,
            "hub_id": 50_001,
        }))
    }
}

/// HubSpot's own words for a refresh token that no longer counts.
pub const INVALID_GRANT: &str = r#"{"error":"invalid_grant","error_description":"refresh token is invalid, expired or revoked","status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#;

fn number_of(refresh_token: &str) -> Option<u32> {
    refresh_token.strip_prefix("refresh-")?.parse().ok()
}

async fn answer(shared: Data<Shared>, body: Bytes) -> HttpResponse {
    // A caller who goes away does not end what HubSpot does.
    let shared = shared.into_inner();
    let answered = actix_web::rt::spawn(async move { answered(&shared, &body).await });
    answered.await.unwrap()
}

async fn answered(shared: &Shared, body: &[u8]) -> HttpResponse {
    let (place, delay, scripted) = {
        let mut tokens = shared.tokens.lock().unwrap();
        let form = url::form_urlencoded::parse(body).into_owned().collect();
        tokens.seen.push(Seen { form, issued: None });
        (
            tokens.seen.len() - 1,
            tokens.delay,
            tokens.script.pop_front(),
        )
    };
    shared.calls.send_modify(|calls| *calls += 1);
    loop {
        let released = shared.released.notified();
        if !shared.tokens.lock().unwrap().is_held {
            break;
        }
        released.await;
    }
    tokio::time::sleep(delay).await;
    let Some(scripted) = scripted else {
        return shared.tokens.lock().unwrap().refresh(place);
    };
    let status = actix_web::http::StatusCode::from_u16(scripted.status).unwrap();
    let mut response = HttpResponse::build(status);
    for header in scripted.headers {
        response.insert_header(header);
    }
    response.body(scripted.body)
}
