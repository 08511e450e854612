//! HubSpot's side of what is read: threads, messages, tickets and owners in memory, answered over
//! HTTP in the shapes of HubSpot's public API descriptions; with failures, and a replica that lags.

use crate::wire::now_ms;
use crate::world::{PORTAL, Setup, World, keyring, new_database};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::time::Span;
use baton::service::seal_tokens::{Pasted, seal_pasted};
use baton::store::credentials::grant::save_grant;
use diesel::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take to happen.
const WITHIN: Duration = Duration::from_secs(90);

/// A conversation.
#[derive(Clone, Debug)]
pub struct DeskThread {
    pub assigned_to: String,
    pub ticket: Option<i64>,
    pub contact: i64,
    pub closed_at: Option<i64>,
    /// In the archive, where only those see it who ask for it.
    pub is_archived: bool,
    /// Its newest message, unless one of `messages` is newer.
    pub latest_at: i64,
    pub is_spam: bool,
    /// When anybody last wrote to the customer.
    pub sent_at: Option<i64>,
    pub messages: Vec<Value>,
}

/// A ticket.
#[derive(Clone, Debug, Default)]
pub struct DeskTicket {
    pub owner: String,
    pub thread: Option<i64>,
    /// The sources of its owner's changes, the newest first.
    pub owner_sources: Vec<String>,
    /// When they were; none: when asked.
    pub owned_since: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Held {
    pub threads: BTreeMap<i64, DeskThread>,
    pub tickets: BTreeMap<i64, DeskTicket>,
    pub owners: BTreeMap<i64, Value>,
}

#[derive(Default)]
struct State {
    held: Held,
    /// What a lagging replica still shows.
    lagging: Option<Held>,
    calls: Vec<(Instant, String)>,
    failures: Vec<(String, u16)>,
    broken: Vec<(String, String, u16)>,
    never_answers: Vec<String>,
    held_back: Vec<String>,
    slow: Option<(String, Duration)>,
}

/// The desk.
pub struct Desk {
    pub url: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A message of the history, made now.
pub fn message(id: &str, direction: &str, actor: &str, client: Value) -> Value {
    json!({
        "id": id, "type": "MESSAGE", "direction": direction, "createdAt": rfc3339(now_ms()),
        "createdBy": actor, "client": client, "senders": [{"actorId": actor}], "recipients": [],
        "archived": false, "text": "words", "channelId": "1000", "channelAccountId": "1",
        "status": {"statusType": "SENT"}, "truncationStatus": "NOT_TRUNCATED", "attachments": [],
    })
}

/// Typed in HubSpot.
pub fn inbox() -> Value {
    json!({"clientType": "HUBSPOT"})
}

/// Sent through an app.
pub fn app(id: i64) -> Value {
    json!({"clientType": "INTEGRATION", "integrationAppId": id})
}

pub fn rfc3339(ms: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(ms).unwrap();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

impl DeskThread {
    /// Open, nobody's, without a ticket; nobody wrote in it for two days.
    pub fn open() -> Self {
        Self {
            assigned_to: String::new(),
            ticket: None,
            contact: 901,
            closed_at: None,
            is_archived: false,
            latest_at: now_ms() - 48 * 3_600_000,
            is_spam: false,
            sent_at: None,
            messages: Vec::new(),
        }
    }

    /// When somebody wrote in it last.
    fn newest_at(&self) -> i64 {
        let times = self.messages.iter().map(|it| {
            let text = it["createdAt"].as_str().unwrap();
            let at = chrono::DateTime::parse_from_rfc3339(text).unwrap();
            at.timestamp_millis()
        });
        times.max().unwrap_or_default().max(self.latest_at)
    }
}

impl Desk {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state, task }
    }

    /// A world whose connected portal has a private app's token for this desk.
    pub async fn world(&self) -> World {
        self.world_on(connected_database()).await
    }

    /// The same, where nobody imports or sweeps: what is read is what a test asks for.
    pub async fn quiet_world(&self) -> World {
        let claimed = format!(
            "INSERT INTO followed_portals (portal_id, claimed_until) VALUES ({PORTAL}, 'infinity')"
        );
        let database_url = connected_database();
        let mut conn = PgConnection::establish(&database_url).unwrap();
        crate::behind::execute(&mut conn, &claimed);
        self.world_on(database_url).await
    }

    async fn world_on(&self, database_url: String) -> World {
        let world = World::start_on(database_url, self.setup()).await;
        world.until_ready().await;
        world
    }

    pub fn setup(&self) -> Setup {
        Setup {
            hubspot_url: self.url.clone(),
            ..Setup::default()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes what is held.
    pub fn change<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.state().held)
    }

    pub fn thread(&self, id: ThreadId, change: impl FnOnce(&mut DeskThread)) {
        self.change(|held| change(held.threads.entry(id.0).or_insert_with(DeskThread::open)));
    }

    pub fn ticket(&self, id: TicketId, change: impl FnOnce(&mut DeskTicket)) {
        self.change(|held| change(held.tickets.entry(id.0).or_default()));
    }

    /// From now on, readers see what is held now, whatever changes.
    pub fn lag(&self) {
        let mut state = self.state();
        state.lagging = Some(state.held.clone());
    }

    /// The replica has caught up.
    pub fn catch_up(&self) {
        self.state().lagging = None;
    }

    /// The next call of such a path fails.
    pub fn fail(&self, path: &str, status: u16) {
        self.state().failures.push((path.to_owned(), status));
    }

    /// Every call of such a path fails whose body holds this word.
    pub fn break_for_good(&self, path: &str, word: &str, status: u16) {
        let broken = (path.to_owned(), word.to_owned(), status);
        self.state().broken.push(broken);
    }

    /// Nothing fails any more.
    pub fn mend(&self) {
        self.state().broken.clear();
    }

    /// Calls of such a path get no answer.
    pub fn never_answer(&self, path: &str) {
        self.state().never_answers.push(path.to_owned());
    }

    /// Answers to calls of such a path, as they are at the call, leave when they are let go.
    pub fn hold_back(&self, path: &str) {
        self.state().held_back.push(path.to_owned());
    }

    /// What was held back leaves.
    pub fn let_go(&self) {
        self.state().held_back.clear();
    }

    /// Calls of such a path are answered after this long.
    pub fn answer_after(&self, path: &str, wait: Duration) {
        self.state().slow = Some((path.to_owned(), wait));
    }

    pub fn answer_again(&self) {
        let mut state = self.state();
        state.never_answers.clear();
        state.slow = None;
    }

    /// What was called, as `GET /path?query`.
    pub fn calls(&self, of: &str) -> Vec<String> {
        let state = self.state();
        let calls = state.calls.iter().map(|(_, call)| call.clone());
        calls.filter(|call| call.contains(of)).collect()
    }

    /// When such calls came.
    pub fn called_at(&self, of: &str) -> Vec<Instant> {
        let state = self.state();
        let calls = state.calls.iter().filter(|(_, call)| call.contains(of));
        calls.map(|(at, _)| *at).collect()
    }
}

fn connected_database() -> String {
    let database_url = new_database();
    connect(&database_url);
    database_url
}

/// Stores a token for the usual portal.
pub fn connect(database_url: &str) {
    let token = SecretString::from("pat-na1-a-token-of-the-desk".to_owned());
    let sealed = seal_pasted(
        &keyring(),
        Pasted {
            portal: PORTAL,
            token: &token,
            scopes: Vec::new(),
            hubspot_user_id: None,
            rollback_window: Span::from_days(7),
        },
    );
    let mut conn = PgConnection::establish(database_url).unwrap();
    save_grant(&mut conn, &sealed.unwrap()).unwrap();
    // Whoever connects a portal has seen HubSpot's clock.
    let clock = "INSERT INTO hubspot_clock (offset_ms, seen_at) VALUES (0, now())";
    crate::behind::execute(&mut conn, clock);
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < WITHIN, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let Some((line, body)) = read_request(&mut stream).await else {
        return;
    };
    let wait = {
        let slow = state.lock().unwrap().slow.clone();
        slow.filter(|(path, _)| line.contains(path))
    };
    let answer = {
        let mut state = state.lock().unwrap();
        state.calls.push((Instant::now(), line.clone()));
        let is_silent = state.never_answers.iter().any(|path| line.contains(path));
        let failure = state
            .failures
            .iter()
            .position(|(path, _)| line.contains(path));
        let said = body.to_string();
        let is_broken = |(path, word, _): &&(String, String, u16)| {
            line.contains(path.as_str()) && said.contains(word.as_str())
        };
        let broken = state.broken.iter().find(is_broken).map(|broken| broken.2);
        match failure {
            _ if is_silent => None,
            _ if broken.is_some() => {
                let body = json!({"status": "error", "message": "it is broken"});
                broken.map(|status| (status, body))
            }
            Some(place) => {
                let status = state.failures.remove(place).1;
                Some((status, json!({"status": "error", "message": "a failure"})))
            }
            None => {
                let held = state.lagging.as_ref().unwrap_or(&state.held);
                Some(answer(held, &line, &body))
            }
        }
    };
    let Some((status, body)) = answer else {
        return std::future::pending().await;
    };
    let is_held_back = || {
        let state = state.lock().unwrap();
        state.held_back.iter().any(|path| line.contains(path))
    };
    while is_held_back() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    if let Some((_, wait)) = wait {
        tokio::time::sleep(wait).await;
    }
    let date = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ndate: {date}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

fn answer(held: &Held, line: &str, body: &Value) -> (u16, Value) {
    let target = line.split(' ').nth(1).unwrap();
    let url = url::Url::parse(&format!("http://desk{target}")).unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let parts: Vec<&str> = url.path_segments().unwrap().collect();
    let id = |text: &str| text.parse::<i64>().unwrap_or_default();
    let found = |value: Option<Value>| match value {
        Some(value) => (200, value),
        None => not_found(),
    };
    match parts.as_slice() {
        ["conversations", "v3", "conversations", "threads"] => (200, thread_list(held, &query)),
        ["conversations", "v3", "conversations", "threads", thread] => {
            let thread = id(thread);
            let asked = held.threads.get(&thread).filter(|it| !it.is_archived);
            found(asked.map(|it| thread_json(thread, it)))
        }
        [
            "conversations",
            "v3",
            "conversations",
            "threads",
            thread,
            "messages",
        ] => {
            let thread = held.threads.get(&id(thread));
            found(thread.map(|it| history_page(it, &query)))
        }
        [
            "conversations",
            "v3",
            "conversations",
            "threads",
            thread,
            "messages",
            message,
        ] => {
            let thread = held.threads.get(&id(thread));
            let mut messages = thread.into_iter().flat_map(|it| &it.messages);
            found(messages.find(|it| it["id"] == *message).cloned())
        }
        ["crm", "objects", _, "tickets", "batch", "read"] => (200, ticket_batch(held, body)),
        ["crm", "objects", _, "tickets", "search"] => {
            let limit = usize::try_from(body["limit"].as_u64().unwrap()).unwrap();
            let newest = held.tickets.iter().rev().take(limit);
            let found = newest.map(|(id, it)| ticket_json(*id, it, &json!([])));
            let found: Vec<Value> = found.collect();
            (200, json!({"total": held.tickets.len(), "results": found}))
        }
        ["crm", "objects", _, "tickets", ticket] => {
            let ticket = id(ticket);
            let json = |it| ticket_json(ticket, it, &json!([]));
            found(held.tickets.get(&ticket).map(json))
        }
        ["crm", "owners", _] => {
            let archived = query.get("archived").is_some_and(|word| word == "true");
            let wanted = held
                .owners
                .values()
                .filter(|it| is_archived(it) == archived);
            let wanted: Vec<&Value> = wanted.collect();
            (200, json!({ "results": wanted }))
        }
        ["crm", "owners", _, owner] => {
            let owner = held.owners.get(&id(owner));
            found(owner.filter(|it| !is_archived(it)).cloned())
        }
        _ => not_found(),
    }
}

/// The newest first; a page's place is how many items come before it.
fn history_page(thread: &DeskThread, query: &BTreeMap<String, String>) -> Value {
    let asked = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (begin, limit) = (asked("after").unwrap_or(0), asked("limit").unwrap_or(20));
    let items = thread.messages.iter().rev().skip(begin).take(limit);
    let items: Vec<Value> = items.cloned().collect();
    match begin + items.len() < thread.messages.len() {
        true => {
            let next = json!({"next": {"after": (begin + limit).to_string()}});
            json!({"results": items, "paging": next})
        }
        false => json!({ "results": items }),
    }
}

fn is_archived(owner: &Value) -> bool {
    owner["archived"] == true
}

fn not_found() -> (u16, Value) {
    let body = json!({"status": "error", "message": "there is none",
        "category": "OBJECT_NOT_FOUND", "correlationId": "c-1"});
    (404, body)
}

fn thread_json(id: i64, thread: &DeskThread) -> Value {
    let newest_at = thread.newest_at();
    let mut json = json!({
        "id": id.to_string(), "createdAt": rfc3339(newest_at - 60_000),
        "status": if thread.closed_at.is_some() { "CLOSED" } else { "OPEN" },
        "originalChannelId": "1000", "originalChannelAccountId": "1", "inboxId": "1",
        "latestMessageTimestamp": rfc3339(newest_at),
        "latestMessageReceivedTimestamp": rfc3339(newest_at),
        "spam": thread.is_spam, "archived": false, "associatedContactId": thread.contact.to_string(),
    });
    if !thread.assigned_to.is_empty() {
        json["assignedTo"] = thread.assigned_to.clone().into();
    }
    if let Some(at) = thread.sent_at {
        json["latestMessageSentTimestamp"] = rfc3339(at).into();
    }
    if let Some(at) = thread.closed_at {
        json["closedAt"] = rfc3339(at).into();
    }
    if let Some(ticket) = thread.ticket {
        json["threadAssociations"] = json!({"associatedTicketId": ticket.to_string()});
    }
    json
}

fn thread_list(held: &Held, query: &BTreeMap<String, String>) -> Value {
    let wanted = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let since = query.get("latestMessageTimestampAfter").map(|text| {
        let at = chrono::DateTime::parse_from_rfc3339(text).unwrap();
        at.timestamp_millis()
    });
    let fits = |(_, thread): &(&i64, &DeskThread)| {
        let status = query.get("threadStatus").map(String::as_str);
        !thread.is_archived
            && wanted("associatedTicketId").is_none_or(|id| thread.ticket == Some(id))
            && wanted("associatedContactId").is_none_or(|id| thread.contact == id)
            && status.is_none_or(|word| (word == "OPEN") == thread.closed_at.is_none())
            && since.is_none_or(|at| thread.newest_at() >= at)
    };
    let mut threads: Vec<(&i64, &DeskThread)> = held.threads.iter().filter(fits).collect();
    threads.sort_by_key(|(id, thread)| (thread.newest_at(), **id));
    let begin = wanted("after").map_or(0, |after| usize::try_from(after).unwrap());
    let limit = wanted("limit").map_or(500, |limit| usize::try_from(limit).unwrap());
    let page = threads.iter().skip(begin).take(limit);
    let page: Vec<Value> = page.map(|(id, thread)| thread_json(**id, thread)).collect();
    let end = begin + page.len();
    let mut json = json!({ "results": page });
    if end < threads.len() {
        json["paging"] = json!({"next": {"after": end.to_string()}});
    }
    json
}

fn ticket_json(id: i64, ticket: &DeskTicket, histories: &Value) -> Value {
    let mut json = json!({
        "id": id.to_string(), "archived": false,
        "properties": {
            "hubspot_owner_id": ticket.owner,
            "hs_conversations_originating_thread_id": ticket.thread.map(|id| id.to_string()),
        },
    });
    let at = rfc3339(ticket.owned_since.unwrap_or_else(now_ms));
    let history = ticket
        .owner_sources
        .iter()
        .map(|source| json!({"value": ticket.owner, "sourceType": source, "timestamp": at}));
    if histories[0] == "hubspot_owner_id" {
        json["propertiesWithHistory"] = json!({"hubspot_owner_id": history.collect::<Vec<_>>()});
    }
    json
}

fn ticket_batch(held: &Held, body: &Value) -> Value {
    let ids = body["inputs"].as_array().unwrap().iter();
    let ids = ids.map(|input| input["id"].as_str().unwrap().parse::<i64>().unwrap());
    let (found, missing): (Vec<i64>, Vec<i64>) = ids.partition(|id| held.tickets.contains_key(id));
    let found: Vec<Value> = found
        .iter()
        .map(|id| ticket_json(*id, &held.tickets[id], &body["propertiesWithHistory"]))
        .collect();
    let missing: Vec<String> = missing.iter().map(i64::to_string).collect();
    json!({"status": "COMPLETE", "results": found, "numErrors": 1, "errors": [
        {"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": missing}}]})
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let line = head
        .lines()
        .next()?
        .trim_end_matches(" HTTP/1.1")
        .to_owned();
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(&bytes[end + 4..]).unwrap_or(Value::Null);
    Some((line, body))
}
