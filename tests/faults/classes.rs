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
        "SELECT '99999999999'::int",
        "SELECT 9223372036854775807 + 1",
        "SELECT 1e131072::numeric * 10",
        "SELECT 'x'::timestamptz",
        "SELECT '2026-13-45'::timestamptz",
        "SELECT '294276-12-31 23:59:59'::timestamptz + interval '1 year'",
        "SELECT now() AT TIME ZONE 'Nowhere/Nothing'",
        "SELECT 'permission denied for table t'::uuid",
        "SELECT '{1'::int[]",
        "CREATE TEMP TABLE s (v varchar(2)); INSERT INTO s VALUES ('could not read block')",
        "SELECT convert_from('\\xff', 'UTF8')",
        "SELECT 'x' ~ '('",
        "SELECT (to_jsonb('x'::text))::int",
        // Class 54: too large for its place.
        "CREATE TEMP TABLE i (v text PRIMARY KEY); \
         INSERT INTO i SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) AS n",
        "SELECT repeat('[', 100000)::json",
    ];

    for sql in statements {
        let error = fails(&mut sessions.open(), sql);
        assert!(matches!(error, StoreError::Data(_)), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn nothing_of_unknown_cause_is_put_down_to_the_data() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let statements = [
        "CREATE ROLE nobody; SET ROLE nobody; SELECT FROM t",
        "SELECT FROM gone",
        "SELECT gone FROM t",
        "SELECT gone()",
        "EXECUTE gone",
        "PREPARE p AS SELECT * FROM t; SELECT; ALTER TABLE t ADD c int; EXECUTE p",
        "SELECT 1 +",
        "SELECT pg_read_file('gone')",
        "INSERT INTO t VALUES (3), (3) ON CONFLICT (id) DO UPDATE SET id = 3",
    ];

    for sql in statements {
        let error = fails(&mut sessions.open(), sql);
        assert!(
            matches!(error, StoreError::Unexpected(_)),
            "{sql}: {error:?}"
        );
    }
}

/// As PostgreSQL's sources have them; `%m` is what the system says.
#[tokio::test]
async fn damage_is_nobodys_fault_and_a_lack_of_resources_passes() {
    let _machine = shared().await;
    let sessions = Sessions::new().await;
    let mut conn = sessions.open();
    let mut raise = |state: &str, message: &str| {
        let sql =
            format!("DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; END $$");
        fails(&mut conn, &sql)
    };
    let damage = [
        ("XX001", "invalid page in block 7 of relation base/5/16385"),
        (
            "XX002",
            "index \"decisions_pkey\" contains unexpected zero page at block 3",
        ),
        ("XX000", "cache lookup failed for type 16400"),
        (
            "58030",
            "could not read block 7 in file \"base/5/16385\": Input/output error",
        ),
        (
            "58P01",
            "could not open file \"base/5/16385\": No such file or directory",
        ),
        (
            "25P02",
            "current transaction is aborted, commands ignored until end of transaction block",
        ),
        ("P0001", "what a trigger of somebody else says"),
    ];
    let lacks = [
        (
            "53100",
            "could not extend file \"base/5/16385\": No space left on device",
        ),
        (
            "53100",
            "could not create file \"base/5/16385\": No space left on device",
        ),
        (
            "53000",
            "could not open file \"base/5/16385\": Too many open files",
        ),
        (
            "53000",
            "out of file descriptors: Too many open files; release and retry",
        ),
        ("53200", "out of memory"),
        ("53200", "out of shared memory"),
        (
            "53100",
            "could not resize shared memory segment \"/x\" to 8 bytes: No space left on device",
        ),
        ("53300", "too many connections for role \"baton\""),
    ];

    for (state, message) in damage {
        let error = raise(state, message);
        assert!(
            matches!(error, StoreError::Unexpected(_)),
            "{message}: {error:?}"
        );
    }
    for (state, message) in lacks {
        let error = raise(state, message);
        assert!(is_unavailable(&error), "{message}: {error:?}");
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
