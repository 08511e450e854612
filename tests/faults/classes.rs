//! What a real server's errors count as: to be tried again, or the data's own fault.

use crate::machine::{eventually, shared};
use crate::world::{new_database, server, url_of};
use baton::store::batch::transaction::transaction;
use baton::store::error::StoreError;
use baton::store::pool::Store;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

struct Sessions {
    url: String,
}

impl Sessions {
    async fn new() -> Self {
        let url = new_database();
        let mut conn = PgConnection::establish(&url).unwrap();
        conn.batch_execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
            .unwrap();
        Self { url }
    }

    fn open(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }
}

fn fails(conn: &mut PgConnection, sql: &str) -> StoreError {
    StoreError::from(conn.batch_execute(sql).unwrap_err())
}

fn backend(conn: &mut PgConnection) -> i32 {
    let sql = diesel::dsl::sql::<Integer>("pg_backend_pid()");
    diesel::select(sql).get_result(conn).unwrap()
}

fn is_busy(error: &StoreError) -> bool {
    matches!(error, StoreError::Busy(_))
}

fn is_unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_))
}

#[tokio::test]
async fn locks_and_time_limits_are_busy() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let (mut holder, mut waiter) = (sessions.open(), sessions.open());
    let lock = "SELECT FROM t WHERE id = 1 FOR UPDATE";
    holder.batch_execute(&format!("BEGIN; {lock}")).unwrap();

    let nowait = fails(&mut waiter, &format!("{lock} NOWAIT"));
    let lock_timeout = fails(&mut waiter, &format!("SET lock_timeout = 50; {lock}"));
    let statement_timeout = fails(
        &mut waiter,
        "SET statement_timeout = 50; SELECT pg_sleep(9)",
    );

    for error in [nowait, lock_timeout, statement_timeout] {
        assert!(is_busy(&error), "{error:?}");
    }
}

#[tokio::test]
async fn a_cancelled_statement_is_busy() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let (mut one, mut other) = (sessions.open(), sessions.open());
    let pid = backend(&mut one);
    let asked = std::thread::spawn(move || fails(&mut one, "SELECT pg_sleep(30)"));

    eventually("it is cancelled", || {
        let cancel = format!("SELECT pg_cancel_backend({pid})");
        other.batch_execute(&cancel).unwrap();
        asked.is_finished()
    });

    let error = asked.join().unwrap();
    assert!(is_busy(&error), "{error:?}");
}

#[tokio::test]
async fn a_deadlock_is_busy() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let lock = |id: i32| format!("SELECT FROM t WHERE id = {id} FOR UPDATE");
    let (mut one, mut other) = (sessions.open(), sessions.open());
    for (conn, id) in [(&mut one, 1), (&mut other, 2)] {
        let sql = format!("BEGIN; SET LOCAL deadlock_timeout = 20; {}", lock(id));
        conn.batch_execute(&sql).unwrap();
    }
    let wants = lock(2);
    let waiting = std::thread::spawn(move || one.batch_execute(&wants).err());

    let second = other.batch_execute(&lock(1)).err();
    drop(other);
    let first = waiting.join().unwrap();

    let error = StoreError::from(first.or(second).unwrap());
    assert!(is_busy(&error), "{error:?}");
}

#[tokio::test]
async fn a_serialization_failure_is_busy() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let (mut one, mut other) = (sessions.open(), sessions.open());
    one.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM t")
        .unwrap();
    other
        .batch_execute("UPDATE t SET id = 3 WHERE id = 1")
        .unwrap();

    let error = fails(&mut one, "UPDATE t SET id = 4 WHERE id = 1");

    assert!(is_busy(&error), "{error:?}");
}

#[tokio::test]
async fn a_session_that_is_gone_is_unavailable() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let mut other = sessions.open();

    let mut ended = sessions.open();
    let pid = backend(&mut ended);
    let end = format!("SELECT pg_terminate_backend({pid}, 5000)");
    other.batch_execute(&end).unwrap();
    let terminated = fails(&mut ended, "SELECT 1");
    let afterwards = fails(&mut ended, "SELECT 1");

    let mut idle = sessions.open();
    idle.batch_execute("SET idle_in_transaction_session_timeout = 20; BEGIN")
        .unwrap();
    let pid = backend(&mut idle);
    eventually("the idle session is ended", || {
        let sql = format!("SELECT FROM pg_stat_activity WHERE pid = {pid}");
        diesel::sql_query(sql).execute(&mut other).unwrap() == 0
    });
    let timed_out = fails(&mut idle, "SELECT 1");

    for error in [terminated, afterwards, timed_out] {
        assert!(is_unavailable(&error), "{error:?}");
    }
}

#[tokio::test]
async fn a_commit_that_is_cut_off_is_unavailable() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let (mut conn, mut other) = (sessions.open(), sessions.open());

    let cut: Result<(), StoreError> = transaction(&mut conn, |conn| {
        let pid = backend(conn);
        let end = format!("SELECT pg_terminate_backend({pid}, 5000)");
        Ok(other.batch_execute(&end)?)
    });

    let error = cut.unwrap_err();
    assert!(is_unavailable(&error), "{error:?}");
}

#[tokio::test]
async fn a_session_that_may_not_write_is_unavailable() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;

    let error = fails(&mut sessions.open(), "BEGIN READ ONLY; DELETE FROM t");

    assert!(is_unavailable(&error), "{error:?}");
}

#[tokio::test]
async fn values_that_do_not_fit_are_data() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let statements = [
        "SELECT 1 / 0",
        "SELECT 'connection to server lost'::int",
        "SELECT '\"\\u0000\"'::jsonb::text::json ->> 0, '{\"a\":\"\\u0000\"}'::jsonb",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t VALUES (NULL)",
        "SELECT 99999999999::int",
    ];

    for sql in statements {
        let error = fails(&mut sessions.open(), sql);
        assert!(matches!(error, StoreError::Data(_)), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn sessions_hear_errors_in_english() {
    let _machine = shared().await;
    let store = Store::new(&url_of(server(), "baton"), 1);
    let mut first = None;
    eventually("a first connection", || {
        first = store.writer().ok();
        first.is_some()
    });
    let mut conn = first.unwrap();

    let sql = diesel::dsl::sql::<Text>("current_setting('lc_messages')");
    let language: String = diesel::select(sql).get_result(&mut *conn).unwrap();

    assert_eq!(language, "C");
}
