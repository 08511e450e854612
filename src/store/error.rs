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
    /// A stored record is not what this version reads: trying again is as useless as with
    /// [`Self::Data`], and as with it others are not concerned.
    #[error("what is stored cannot be read: {0}")]
    Unreadable(String),
    /// Something else, such as a missing right or table, a damaged index, a failing disk. Nobody
    /// knows whose fault it is, so it is never the caller's, nor that of what was to be written: what
    /// failed stays to be done.
    #[error("the database failed: {0}")]
    Unexpected(String),
}

impl StoreError {
    /// True if the same operation may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Busy(_) => true,
            Self::Data(_) | Self::Unreadable(_) | Self::Unexpected(_) => false,
        }
    }

    /// True if it is certain that the same operation fails again, because of what is written or read
    /// by it and nothing else.
    pub const fn is_of_data(&self) -> bool {
        match self {
            Self::Data(_) | Self::Unreadable(_) => true,
            Self::Unavailable(_) | Self::Busy(_) | Self::Unexpected(_) => false,
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
            // A value that has no form on the wire.
            DieselError::SerializationError(_) => return Self::Data(text),
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

/// Classes 40, 55 and 57014 read as busy; 08, 53, 57P0x and 25P03 as unavailable; 22, and what of 54
/// a value can cause, as data. A connection that broke has a kind of its own, whatever the words.
/// Words that stand in no list are nobody's fault: only what is known to be the data's is put aside.
fn by_words(text: String) -> StoreError {
    // What follows may quote the data.
    let begins = |words: &[&str]| words.iter().any(|start| text.starts_with(start));
    // The system's own words come last, after whatever is quoted.
    let ends = |words: &[&str]| words.iter().any(|end| text.ends_with(end));
    if begins(BUSY) {
        StoreError::Busy(text)
    } else if begins(UNAVAILABLE) || ends(OUT_OF_RESOURCES) {
        StoreError::Unavailable(text)
    } else if begins(DATA) {
        StoreError::Data(text)
    } else {
        StoreError::Unexpected(text)
    }
}

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
    "too many connections for",
    "the database system is",
    "the database system was",
    "could not extend",
    "could not write",
    "could not fsync",
    "could not resize shared memory",
    "out of file descriptors",
    "out of memory",
    "out of shared memory",
    "SSL",
];

/// After the name of a file: what the system said of it.
const OUT_OF_RESOURCES: &[&str] = &[
    ": No space left on device",
    ": Disk quota exceeded",
    ": Too many open files",
    ": Too many open files in system",
    ": Cannot allocate memory",
];

const DATA: &[&str] = &[
    "invalid input syntax",
    "invalid input value",
    "malformed ",
    "invalid byte sequence",
    "unsupported Unicode",
    "character with byte sequence",
    "incorrect binary data format",
    "null character not permitted",
    "invalid regular expression",
    "value too long",
    "value \"",
    "value out of range",
    "value overflows",
    "smallint out of range",
    "integer out of range",
    "bigint out of range",
    "numeric field overflow",
    "date out of range",
    "timestamp out of range",
    "interval out of range",
    "date/time field value",
    "interval field value",
    "time zone \"",
    "division by zero",
    "cannot cast jsonb",
    "conflicting key value",
    // Class 54: too large for its place.
    "index row ",
    "row is too big",
    "stack depth limit exceeded",
    "string too long to represent",
    "total size of jsonb",
    "number of jsonb",
    "array size exceeds",
];
