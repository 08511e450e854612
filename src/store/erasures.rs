//! The queue of privacy deletions: claimed by one replica, done, and done again for a week, since
//! words may be under way and a contact's conversations not yet be known.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz};

/// One privacy deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The portal.
    pub portal: PortalId,
    /// Whose words have to go.
    pub of: ErasedSubject,
    /// HubSpot's time of the newest asking.
    asked_at: DateTime<Utc>,
}

/// Whose words have to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasedSubject {
    /// A conversation's.
    Thread(ThreadId),
    /// A contact's, by HubSpot's id.
    Contact(i64),
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    subject_id: i64,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
}

impl ErasedSubject {
    /// The kind in the column, and the id.
    pub const fn columns(self) -> (&'static str, i64) {
        match self {
            Self::Thread(id) => ("thread", id.0),
            Self::Contact(id) => ("contact", id),
        }
    }
}

/// Claims the one that has been due for longest, for five minutes: a replica that dies with it
/// leaves it to another.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if a row cannot be read.
pub fn claim_due(conn: &mut PgConnection) -> Result<Option<Erasure>, StoreError> {
    let sql = "UPDATE erasures SET next_run_at = now() + interval '5 minutes' \
        WHERE (portal_id, subject, subject_id) = (SELECT portal_id, subject, subject_id \
            FROM erasures WHERE next_run_at <= now() ORDER BY next_run_at LIMIT 1 \
            FOR UPDATE SKIP LOCKED) \
        RETURNING portal_id, subject, subject_id, asked_at";
    let row: Option<Row> = diesel::sql_query(sql).get_result(conn).optional()?;
    row.map(Erasure::try_from).transpose()
}

impl TryFrom<Row> for Erasure {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let of = match row.subject.as_str() {
            "thread" => ErasedSubject::Thread(ThreadId(row.subject_id)),
            "contact" => ErasedSubject::Contact(row.subject_id),
            other => {
                let text = format!("unknown subject '{other}' of an erasure");
                return Err(StoreError::Unexpected(text));
            }
        };
        Ok(Self {
            portal: PortalId(row.portal_id),
            of,
            asked_at: row.asked_at,
        })
    }
}

/// It is done; again in a day, for a week. One that was asked for anew meanwhile stays due.
///
/// # Errors
/// Those of the database.
pub fn done(conn: &mut PgConnection, erasure: &Erasure) -> Result<(), StoreError> {
    let (subject, id) = erasure.of.columns();
    let sql = "UPDATE erasures SET erased_at = now(), next_run_at = CASE \
            WHEN asked_at > $4 THEN now() \
            WHEN received_at > now() - interval '7 days' THEN now() + interval '1 day' END \
        WHERE (portal_id, subject, subject_id) = ($1, $2, $3)";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(erasure.portal.0)
        .bind::<Text, _>(subject)
        .bind::<BigInt, _>(id)
        .bind::<Timestamptz, _>(erasure.asked_at)
        .execute(conn)?;
    Ok(())
}
