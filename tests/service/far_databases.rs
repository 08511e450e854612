//! A database that is far away: each of its answers takes a while, and a page that an admin waits
//! for is made of few of them.

use crate::behind::execute;
use crate::world::{ADMIN_KEY, Setup, World, client, new_database};
use diesel::prelude::*;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use url::Url;

/// What one question of the database costs beside its answer: as from another region.
const AWAY: Duration = Duration::from_millis(15);
/// A full page of the list.
const PORTALS: usize = 100;
/// The name of a PostgreSQL's socket.
const SOCKET: &str = ".s.PGSQL.5432";

/// Passes on what a client says to a PostgreSQL after a while, and at once what it answers.
fn relay(to: PathBuf, directory: &Path) {
    let listener = UnixListener::bind(directory.join(SOCKET)).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), UnixStream::connect(&to).unwrap());
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || pass_on(client, server, AWAY));
            thread::spawn(move || pass_on(back.0, back.1, Duration::ZERO));
        }
    });
}

fn pass_on(mut from: UnixStream, mut to: UnixStream, after: Duration) {
    let mut some = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut some) {
        thread::sleep(after);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_full_page_of_portals_is_shown_though_the_database_is_far_away() {
    let direct = new_database();
    let directory = tempfile::tempdir().unwrap();
    let (relayed, socket) = by_relay(&direct, directory.path());
    relay(socket, directory.path());
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
