//! Connections. Three pools, so that a crowd of readers never keeps a writer waiting, nor what goes
//! on in the background a request.

use super::error::StoreError;
use super::health::IN_ENGLISH;
use diesel::connection::{Connection as _, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection};
use std::sync::Arc;
use std::time::Duration;

/// A connection out of a pool.
pub type Connection = PooledConnection<ConnectionManager<PgConnection>>;

/// How long a caller waits for a connection.
const POOL_WAIT: Duration = Duration::from_millis(500);
/// How long a command waits for its first one, which a busy machine may take a while to make.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// Who reads waits this long in all, also for a server that holds the connection and is silent;
/// a little more than a statement may take.
const READ_WAIT: Duration = Duration::from_millis(2_500);
/// Readers beyond this gained nothing on the machines measured.
const READERS: u32 = 6;
/// What goes on in the background: nobody waits for its answer.
const IN_BACKGROUND: u32 = 3;

/// Each writer keeps its connection; what touches several tickets has one beside them.
const WIDE_WRITERS: u32 = 1;

/// The database, as the rest of the service holds it.
#[derive(Clone)]
pub struct Store {
    readers: Pool<ConnectionManager<PgConnection>>,
    writers: Pool<ConnectionManager<PgConnection>>,
    background: Pool<ConnectionManager<PgConnection>>,
}

/// How many connections are in use and in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Handed out.
    pub busy: u32,
    /// Open.
    pub open: u32,
}

impl Store {
    /// Makes the pools without connecting: an absent database is found at the first use.
    pub fn new(database_url: &str, writers: u32) -> Self {
        let url = with_parameters(database_url);
        Self {
            readers: pool(&url, READERS, SessionKind::Reader),
            writers: pool(&url, writers + WIDE_WRITERS, SessionKind::Writer),
            background: pool(&url, IN_BACKGROUND, SessionKind::Reader),
        }
    }

    /// The same database for what goes on in the background, which reads by connections of its own.
    pub fn in_background(&self) -> Self {
        Self {
            readers: self.background.clone(),
            ..self.clone()
        }
    }

    /// A connection for reading and for small single-row writes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] after 500 ms without one.
    pub fn reader(&self) -> Result<Connection, StoreError> {
        Ok(self.readers.get()?)
    }

    /// The same for a command that has only begun, which nobody waits for as a request is waited for.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] after 5 s without one.
    pub fn first_reader(&self) -> Result<Connection, StoreError> {
        Ok(self.readers.get_timeout(FIRST_WAIT)?)
    }

    /// A connection for the decider's batches.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] after 500 ms without one.
    pub fn writer(&self) -> Result<Connection, StoreError> {
        Ok(self.writers.get()?)
    }

    /// How the readers' pool is used.
    pub fn readers_use(&self) -> PoolUse {
        let state = self.readers.state();
        PoolUse {
            busy: state.connections - state.idle_connections,
            open: state.connections,
        }
    }
}

fn pool(url: &str, size: u32, kind: SessionKind) -> Pool<ConnectionManager<PgConnection>> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .test_on_check_out(true)
        .connection_timeout(POOL_WAIT)
        .connection_customizer(Box::new(Session(kind)))
        .error_handler(Box::new(LogOnce))
        .build_unchecked(ConnectionManager::new(url))
}

/// One connection outside the pools, for what a start asks before anybody waits.
///
/// # Errors
/// [`StoreError::Unavailable`] if the database cannot be reached.
pub fn connect(database_url: &str) -> Result<PgConnection, StoreError> {
    PgConnection::establish(&with_parameters(database_url))
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// A peer that vanished is noticed within seconds, and so is a host that does not answer.
pub(super) fn with_parameters(database_url: &str) -> String {
    let parameters = [
        "connect_timeout=2",
        "tcp_user_timeout=5000",
        "application_name=baton",
    ];
    let is_url =
        database_url.starts_with("postgres://") || database_url.starts_with("postgresql://");
    if is_url {
        let joint = if database_url.contains('?') { '&' } else { '?' };
        format!("{database_url}{joint}{}", parameters.join("&"))
    } else {
        // The other form that libpq reads: `host=... dbname=...`.
        format!("{database_url} {}", parameters.join(" "))
    }
}

#[derive(Clone, Copy, Debug)]
enum SessionKind {
    Reader,
    Writer,
}

#[derive(Debug)]
struct Session(SessionKind);

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Session {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        let limits = "SET statement_timeout = '2s'; SET lock_timeout = '1s'; \
                      SET TIME ZONE 'UTC'; SET idle_in_transaction_session_timeout = '2s';";
        // Writers look up by key alone. A plan made while a table was small must not scan it
        // once it is large. And as the plan is the same for any values, it is made once: planning
        // anew took longer than running.
        let by_key = "SET enable_seqscan = off; SET enable_hashjoin = off; \
                      SET enable_mergejoin = off; SET jit = off; \
                      SET plan_cache_mode = force_generic_plan;";
        let batch = match self.0 {
            SessionKind::Reader => format!("{limits}{IN_ENGLISH}"),
            SessionKind::Writer => format!("{limits}{IN_ENGLISH}{by_key}"),
        };
        conn.batch_execute(&batch)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

/// r2d2 reports every failed attempt; one line a second is enough.
#[derive(Debug)]
struct LogOnce;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for LogOnce {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        log::debug!("a database connection could not be made: {error}");
    }
}

/// The one bridge from async callers to blocking diesel.
///
/// # Errors
/// Those of the operation, and [`StoreError::Unavailable`] without a connection or an answer.
pub async fn read<T, F>(store: &Arc<Store>, operation: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&mut PgConnection) -> Result<T, StoreError> + Send + 'static,
{
    let store = Arc::clone(store);
    let reading = tokio::task::spawn_blocking(move || operation(&mut *store.reader()?));
    match tokio::time::timeout(READ_WAIT, reading).await {
        Ok(joined) => joined.map_err(|error| StoreError::Unexpected(error.to_string()))?,
        Err(_) => Err(StoreError::Unavailable("it does not answer".to_owned())),
    }
}
