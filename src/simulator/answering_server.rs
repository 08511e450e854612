//! A stand-in for the service in the simulator's own tests: it accepts what is signed as the
//! simulator signs, and gives scripted answers. It knows nothing of conversations.

use super::demo_world;
use super::signing::{SIGNATURE, SIGNATURE_V3, TIMESTAMP, UrlSigner};
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use std::sync::atomic::{AtomicU64, Ordering};

/// A listening server; it stops when it is dropped.
pub struct AnsweringServer {
    /// Where it listens.
    pub base_url: String,
    script: Data<Script>,
    handle: ServerHandle,
}

struct Script {
    base_url: String,
    outcome: String,
    answered: AtomicU64,
}

impl AnsweringServer {
    /// Starts one that gives every properly signed action this outcome.
    pub async fn start(outcome: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let script = Data::new(Script {
            base_url: base_url.clone(),
            outcome: outcome.to_owned(),
            answered: AtomicU64::new(0),
        });
        let shared = script.clone();
        let app = move || {
            let action = web::post().to(answer);
            App::new()
                .app_data(shared.clone())
                .route("/hubspot/actions/{slug}", action)
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            base_url,
            script,
            handle,
        }
    }

    /// How many requests got an outcome.
    pub fn answered(&self) -> u64 {
        self.script.answered.load(Ordering::SeqCst)
    }
}

impl Drop for AnsweringServer {
    fn drop(&mut self) {
        // The command is sent when the future is made; nobody needs to wait for the end.
        drop(self.handle.stop(false));
    }
}

async fn answer(request: HttpRequest, body: Bytes, script: Data<Script>) -> HttpResponse {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let url = format!("{}{}", script.base_url, request.uri());
    let signer = UrlSigner::new(&demo_world::CLIENT_SECRET.into(), "POST", &url);
    let sent_at = header(TIMESTAMP)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if header(SIGNATURE) != Some(&signer.v2(&body))
        || header(SIGNATURE_V3) != Some(&signer.v3(&body, sent_at))
    {
        return HttpResponse::Unauthorized().body(r#"{"error":{"code":"unauthorized"}}"#);
    }
    script.answered.fetch_add(1, Ordering::SeqCst);
    let outputs = serde_json::json!({
        "outcome": script.outcome,
        "reason_code": "APPLIED",
        "hs_execution_state": "SUCCESS",
    });
    HttpResponse::Ok()
        .insert_header(("x-request-id", "r1"))
        .json(serde_json::json!({ "outputFields": outputs }))
}
