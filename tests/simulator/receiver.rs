//! A service that receives webhooks and actions: it writes down what came, and answers as it was
//! told.

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Nothing in these tests takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    /// The body of an action.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn events(&self) -> Vec<Value> {
        serde_json::from_slice(&self.body).expect("an array of events")
    }
}

/// What the next requests are answered: a status after a while. 200 at once if nothing is said.
#[derive(Default)]
struct Script {
    answers: VecDeque<(u16, Duration, Value)>,
    /// What every other request is answered, beside 200.
    usual: Value,
    received: Vec<Received>,
    at_a_time: usize,
    most_at_a_time: usize,
}

/// The service.
pub struct Receiver {
    pub url: String,
    script: Data<Mutex<Script>>,
    handle: ServerHandle,
}

impl Receiver {
    pub async fn start() -> Self {
        let script = Data::new(Mutex::new(Script::default()));
        let shared = script.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .default_service(web::to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            url,
            script,
            handle,
        }
    }

    /// Answers the next request like this.
    pub fn answer(&self, status: u16, after: Duration) {
        let mut script = self.script.lock().unwrap();
        script.answers.push_back((status, after, Value::Null));
    }

    /// Puts these out when the next action is called.
    pub fn put_out(&self, status: u16, outputs: Value) {
        let body = serde_json::json!({ "outputFields": outputs });
        let mut script = self.script.lock().unwrap();
        script.answers.push_back((status, Duration::ZERO, body));
    }

    /// Puts these out whenever nothing else was said.
    pub fn usually_put_out(&self, outputs: Value) {
        self.script.lock().unwrap().usual = serde_json::json!({ "outputFields": outputs });
    }

    /// Waits until this many requests came.
    pub async fn wait_for_requests(&self, count: usize) -> Vec<Received> {
        let began = Instant::now();
        while self.received().len() < count {
            assert!(began.elapsed() < DEADLINE, "{count} requests expected");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.received()
    }

    /// Everything that came.
    pub fn received(&self) -> Vec<Received> {
        self.script.lock().unwrap().received.clone()
    }

    /// All events that came, in the order of their arrival.
    pub fn events(&self) -> Vec<Value> {
        let received = self.received();
        received.iter().flat_map(Received::events).collect()
    }

    /// How many requests were answered at the same time at most.
    pub fn most_at_a_time(&self) -> usize {
        self.script.lock().unwrap().most_at_a_time
    }

    /// Waits until this many events came, and answers them.
    pub async fn wait_for(&self, count: usize) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let events = self.events();
            if events.len() >= count {
                return events;
            }
            assert!(
                began.elapsed() < DEADLINE,
                "{count} events expected, came: {events:#?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn receive(request: HttpRequest, body: Bytes, script: Data<Mutex<Script>>) -> HttpResponse {
    let headers = request.headers().iter().map(|(name, value)| {
        let value = value.to_str().unwrap_or_default();
        (name.as_str().to_owned(), value.to_owned())
    });
    let received = Received {
        path: request.uri().to_string(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let (status, after, body) = {
        let mut script = script.lock().unwrap();
        script.received.push(received);
        script.at_a_time += 1;
        script.most_at_a_time = script.most_at_a_time.max(script.at_a_time);
        let usual = script.usual.clone();
        let next = script.answers.pop_front();
        next.unwrap_or((200, Duration::ZERO, usual))
    };
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
    script.lock().unwrap().at_a_time -= 1;
    HttpResponse::build(status.try_into().unwrap()).json(body)
}
