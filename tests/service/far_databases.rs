//! A database that is far away: each of its answers takes a while, and a page that an admin waits
//! for is made of few of them. What it did and nobody heard of in time is not done twice.

use crate::behind::{execute, texts};
use crate::world::{ADMIN_KEY, PATIENCE, PORTAL, Setup, World, client, new_database};
use baton::domain::time::{Span, Timestamp};
use baton::service::publish_latency::{LatencyBook, Measured};
use baton::store::error::StoreError;
use baton::store::pool::Store;
use diesel::prelude::*;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use url::Url;

/// What one question of the database costs beside its answer: as from another region.
const AWAY_MS: u64 = 15;
/// A full page of the list.
const PORTALS: usize = 100;
/// The name of a PostgreSQL's socket.
const SOCKET: &str = ".s.PGSQL.5432";

/// How long what is said takes on its way, in milliseconds.
#[derive(Clone, Default)]
struct Way {
    there: Arc<AtomicU64>,
    back: Arc<AtomicU64>,
}

/// Passes on what a client says to a PostgreSQL and what it answers, each after a while.
fn relay(to: PathBuf, directory: &Path, way: &Way) {
    let listener = UnixListener::bind(directory.join(SOCKET)).unwrap();
    let way = way.clone();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), UnixStream::connect(&to).unwrap());
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let (there, here) = (Arc::clone(&way.there), Arc::clone(&way.back));
            thread::spawn(move || pass_on(client, server, &there));
            thread::spawn(move || pass_on(back.0, back.1, &here));
        }
    });
}

fn pass_on(mut from: UnixStream, mut to: UnixStream, after: &AtomicU64) {
    let mut some = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut some) {
        thread::sleep(Duration::from_millis(after.load(Ordering::Relaxed)));
        if to.write_all(&some[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// The same database's URL by way of a relay, and the socket that the relay leads to.
fn by_relay(database_url: &str, directory: &Path) -> (String, PathBuf) {
    let direct = Url::parse(database_url).unwrap();
    let mut relayed = direct.clone();
    let mut socket = PathBuf::new();
    relayed.query_pairs_mut().clear();
    for (name, value) in direct.query_pairs() {
        let is_host = name == "host";
        if is_host {
            socket = Path::new(&*value).join(SOCKET);
        }
        let value = if is_host {
            directory.to_str().unwrap()
        } else {
            &value
        };
        relayed.query_pairs_mut().append_pair(&name, value);
    }
    (relayed.into(), socket)
}

/// Waits until a query gives this.
async fn until(conn: &mut PgConnection, query: &str, expected: &str) {
    let began = Instant::now();
    loop {
        let seen = texts(conn, query);
        if seen == [expected] {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "seen last: {seen:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// With one event of which nobody wrote down yet how long it took.
fn book_with_one() -> LatencyBook {
    let book = LatencyBook::default();
    book.record(Measured {
        portal: PORTAL,
        kind: "ticket.merge",
        took: Duration::from_millis(7),
        age: Span::from_secs(1),
        committed_at: Timestamp::from_millis(1_795_262_400_000),
    });
    book
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_page_of_portals_is_shown_though_the_database_is_far_away() {
    let direct = new_database();
    let directory = tempfile::tempdir().unwrap();
    let (relayed, socket) = by_relay(&direct, directory.path());
    let way = Way::default();
    way.there.store(AWAY_MS, Ordering::Relaxed);
    relay(socket, directory.path(), &way);
    let world = World::start_on(relayed, Setup::default()).await;
    let mut conn = PgConnection::establish(&direct).unwrap();
    execute(
        &mut conn,
        &format!(
            "INSERT INTO portals (portal_id, connection, connected_at, time_zone) \
                SELECT n, 'connected', now(), 'Europe/Berlin' FROM generate_series(1, {PORTALS}) n; \
             INSERT INTO credentials (portal_id, kind, generation, status, key_id, access_token, \
                    refresh_token, redirect_uri, scopes, obtained_at, expires_at) \
                SELECT n, 'oauth', 7, 'active', 'world', '', '', 'https://a/b', '{{oauth}}', now(), \
                    now() + interval '1 hour' FROM generate_series(1, {PORTALS}) n; \
             INSERT INTO followed_portals (portal_id, claimed_until) \
                SELECT portal_id, now() + interval '1 hour' FROM portals ON CONFLICT DO NOTHING; \
             INSERT INTO unfinished_disconnects (portal_id, attempts, next_attempt_at) \
                VALUES (2, 1, now() + interval '1 hour')"
        ),
    );

    let asked = client().get(format!("{}/v1/portals", world.url));
    let answer = asked.bearer_auth(ADMIN_KEY).send().await.unwrap();

    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["portals"].as_array().unwrap().len(), PORTALS);
    let (second, last) = (&body["portals"][1], &body["portals"][PORTALS - 1]);
    assert_eq!(last["account"]["time_zone"], "Europe/Berlin");
    assert_eq!(last["token"]["generation"], 7);
    assert!(second["unfinished_disconnect"].is_object(), "{second}");
    assert_eq!(last["unfinished_disconnect"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_added_though_nobody_heard_so_is_not_added_again() {
    let direct = new_database();
    let directory = tempfile::tempdir().unwrap();
    let (relayed, socket) = by_relay(&direct, directory.path());
    let way = Way::default();
    relay(socket, directory.path(), &way);
    let store = Arc::new(Store::new(&relayed, 1));
    let book = Arc::new(book_with_one());
    let mut locks = PgConnection::establish(&direct).unwrap();
    let mut conn = PgConnection::establish(&direct).unwrap();
    execute(
        &mut locks,
        "BEGIN; LOCK TABLE latency_minutes IN ACCESS EXCLUSIVE MODE",
    );
    let flush = tokio::spawn({
        let (book, store) = (Arc::clone(&book), Arc::clone(&store));
        async move { book.flush(&store).await }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND wait_event_type = 'Lock'";
    until(&mut conn, waiting, "1").await;
    // It is added, and the word of it comes too late.
    way.back.store(4_000, Ordering::Relaxed);
    execute(&mut locks, "COMMIT");
    let unheard = flush.await.unwrap();
    way.back.store(0, Ordering::Relaxed);
    let times = "SELECT coalesce(sum(times), 0) FROM latency_minutes WHERE measure = 'received'";
    until(&mut conn, times, "1").await;
    book.flush(&store).await.unwrap();

    assert!(
        matches!(unheard, Err(StoreError::Unavailable(_))),
        "{unheard:?}"
    );
    assert_eq!(texts(&mut conn, times), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_added_waits_for_the_next_time() {
    let database_url = new_database();
    let store = Arc::new(Store::new(&database_url, 1));
    let book = book_with_one();
    let mut conn = PgConnection::establish(&database_url).unwrap();
    execute(
        &mut conn,
        "BEGIN; LOCK TABLE latency_minutes IN ACCESS EXCLUSIVE MODE",
    );

    let busy = book.flush(&store).await;
    execute(&mut conn, "ROLLBACK");
    book.flush(&store).await.unwrap();

    assert!(busy.is_err());
    let times = "SELECT sum(times) FROM latency_minutes WHERE measure = 'received'";
    assert_eq!(texts(&mut conn, times), ["1"]);
}
