//! A cache of HubSpot's owners: who may own a conversation, and whom the AI may send as. Nobody is
//! deleted from it: whoever left goes on being the same person in what they owned.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz};
use serde_json::Value;

/// What an owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    /// A teammate.
    Person,
    /// A queue, which is nobody.
    Queue,
}

impl OwnerKind {
    /// HubSpot's word, and the name in the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Queue => "QUEUE",
        }
    }
}

/// An owner, as HubSpot last told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// HubSpot's owner id.
    pub owner_id: i64,
    /// HubSpot's user id; queues have none.
    pub user_id: Option<i64>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// Whether a person.
    pub kind: OwnerKind,
    /// Whether the seat was taken away.
    pub is_archived: bool,
    /// The teams, as HubSpot writes them.
    pub teams: Value,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = BigInt)]
    owner_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    is_archived: bool,
    #[diesel(sql_type = Jsonb)]
    teams: Value,
}

#[derive(QueryableByName)]
struct ReadAt {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    read_at: Option<DateTime<Utc>>,
}

const UPSERT: &str = "INSERT INTO owners (portal_id, owner_id, user_id, email, first_name, \
            last_name, kind, is_archived, teams, read_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp()) \
        ON CONFLICT (portal_id, owner_id) DO UPDATE SET \
            user_id = coalesce(excluded.user_id, owners.user_id), \
            email = excluded.email, first_name = excluded.first_name, \
            last_name = excluded.last_name, kind = excluded.kind, \
            is_archived = excluded.is_archived, teams = excluded.teams, \
            read_at = excluded.read_at";

/// Takes in a complete list of a portal's owners in use; the others are archived.
///
/// # Errors
/// Those of the database.
pub fn replace_all(
    conn: &mut PgConnection,
    portal: PortalId,
    owners: &[Owner],
) -> Result<(), StoreError> {
    let archive = "UPDATE owners SET is_archived = true \
        WHERE portal_id = $1 AND NOT is_archived AND owner_id <> ALL ($2)";
    let ids: Vec<i64> = owners.iter().map(|owner| owner.owner_id).collect();
    conn.transaction(|conn| {
        diesel::sql_query(archive)
            .bind::<BigInt, _>(portal.0)
            .bind::<Array<BigInt>, _>(&ids)
            .execute(conn)?;
        keep_all(conn, portal, owners)
    })
}

/// Keeps what HubSpot told of some owners; what is known of others stays.
///
/// # Errors
/// Those of the database.
pub fn keep_all(
    conn: &mut PgConnection,
    portal: PortalId,
    owners: &[Owner],
) -> Result<(), StoreError> {
    // Two readers at once upsert in the same order, so that neither waits for the other in a ring.
    let mut owners: Vec<&Owner> = owners.iter().collect();
    owners.sort_by_key(|owner| owner.owner_id);
    conn.transaction(|conn| {
        for owner in owners {
            keep(conn, portal, owner)?;
        }
        Ok(())
    })
}

/// Keeps what HubSpot told of one owner. Their user stays known.
fn keep(conn: &mut PgConnection, portal: PortalId, owner: &Owner) -> Result<(), StoreError> {
    diesel::sql_query(UPSERT)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(owner.owner_id)
        .bind::<Nullable<BigInt>, _>(owner.user_id)
        .bind::<Nullable<Text>, _>(owner.email.as_deref())
        .bind::<Nullable<Text>, _>(owner.first_name.as_deref())
        .bind::<Nullable<Text>, _>(owner.last_name.as_deref())
        .bind::<Text, _>(owner.kind.name())
        .bind::<Bool, _>(owner.is_archived)
        .bind::<Jsonb, _>(&owner.teams)
        .execute(conn)?;
    Ok(())
}

/// The owners of a portal that are in use, in the order of their ids.
///
/// # Errors
/// See [`list_with_archived`].
pub fn list(conn: &mut PgConnection, portal: PortalId) -> Result<Vec<Owner>, StoreError> {
    let mut owners = list_with_archived(conn, portal)?;
    owners.retain(|owner| !owner.is_archived);
    Ok(owners)
}

/// Every known owner of a portal, in the order of their ids.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if a row cannot be read.
pub fn list_with_archived(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Vec<Owner>, StoreError> {
    let sql = "SELECT owner_id, user_id, email, first_name, last_name, kind, is_archived, teams \
        FROM owners WHERE portal_id = $1 ORDER BY owner_id";
    let rows: Vec<OwnerRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .load(conn)?;
    rows.into_iter().map(Owner::try_from).collect()
}

/// When the owners of a portal were last read; none: never.
///
/// # Errors
/// Those of the database.
pub fn read_at(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let sql = "SELECT max(read_at) AS read_at FROM owners WHERE portal_id = $1";
    let row: ReadAt = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)?;
    Ok(row.read_at)
}

impl TryFrom<OwnerRow> for Owner {
    type Error = StoreError;

    fn try_from(row: OwnerRow) -> Result<Self, StoreError> {
        let kind = match row.kind.as_str() {
            "PERSON" => OwnerKind::Person,
            "QUEUE" => OwnerKind::Queue,
            other => {
                let text = format!("unknown kind of owner '{other}'");
                return Err(StoreError::Unexpected(text));
            }
        };
        Ok(Self {
            owner_id: row.owner_id,
            user_id: row.user_id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            kind,
            is_archived: row.is_archived,
            teams: row.teams,
        })
    }
}
