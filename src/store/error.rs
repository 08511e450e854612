//! What can go wrong with the database, sorted by what the caller can do about it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed database operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is shutting down, or is out of a resource: try again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A lock, a deadlock or a time limit: the transaction did nothing; try it again.
    #[error("the database was busy: {0}")]
    Busy(String),
    /// The data itself does not fit: trying again is useless.
    #[error("the database refused the data: {0}")]
    Data(String),
    /// Something else. Never reported as the caller's fault.
    #[error("the database failed: {0}")]
    Unexpected(String),
}

impl StoreError {
    /// True if the same operation may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Busy(_) => true,
            Self::Data(_) | Self::Unexpected(_) => false,
        }
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<DieselError> for StoreError {
    /// Diesel does not show the SQLSTATE of every error; where it does not, PostgreSQL's own
    /// words decide: nothing starts on a server that does not speak English.
    #[expect(clippy::wildcard_enum_match_arm, reason = "diesel adds variants")]
    fn from(error: DieselError) -> Self {
        let text = error.to_string();
        let kind = match error {
            DieselError::DatabaseError(kind, _) => kind,
            // The COMMIT failed, and so did the ROLLBACK after it: the connection is gone, and
            // whether the work is done only its receipts can tell.
            DieselError::RollbackErrorOnCommit { .. } | DieselError::BrokenTransactionManager => {
                return Self::Unavailable(text);
            }
            _ => return Self::Unexpected(text),
        };
        match kind {
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Self::Unavailable(text)
            }
            DatabaseErrorKind::SerializationFailure => Self::Busy(text),
            DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable(text),
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation => Self::Data(text),
            _ => by_words(text),
        }
    }
}

/// Classes 40, 55 and 57014 read as busy; 08, 53, 57P0x and 25P03 as unavailable; 22 as data.
/// A connection that broke has a kind of its own, whatever the words.
fn by_words(text: String) -> StoreError {
    const BUSY: &[&str] = &[
        "canceling statement",
        "could not obtain lock",
        "deadlock detected",
        "could not serialize",
    ];
    const UNAVAILABLE: &[&str] = &[
        "terminating connection",
        "server closed the connection",
        "connection to server",
        "no connection to the server",
        "remaining connection slots",
        "sorry, too many clients",
        "the database system is",
        "the database system was",
        "could not extend",
        "could not write",
        "could not fsync",
        "out of memory",
        "out of shared memory",
        "SSL",
    ];
    // What follows may quote the data.
    let has = |words: &[&str]| words.iter().any(|start| text.starts_with(start));
    if has(BUSY) {
        StoreError::Busy(text)
    } else if has(UNAVAILABLE) {
        StoreError::Unavailable(text)
    } else {
        StoreError::Data(text)
    }
}
