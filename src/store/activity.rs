//! The activity log: what came in and went out lately. Written in batches, read by pages.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use serde_json::Value;
use uuid::Uuid;

/// Which way something went, and whose it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// A workflow's action.
    Action,
    /// A delivery of HubSpot's webhooks, one for each of its portals.
    Webhook,
    /// A request of the API that changes something, or failed.
    Api,
    /// A call of ours.
    Call,
    /// What an admin did on the console.
    Console,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Its id, in the order of time.
    pub id: Uuid,
    /// The portal; 0 for what concerns none.
    pub portal: PortalId,
    /// When.
    pub happened_at: Timestamp,
    /// Which way it went.
    pub kind: ActivityKind,
    /// Method and route, or the endpoint called.
    pub what: String,
    /// The status of HTTP; 0 without an answer.
    pub status: u16,
    /// How long it took, in microseconds.
    pub duration_us: i64,
    /// The request, where it came in.
    pub request_id: Option<Uuid>,
    /// What it was about: `ticket:1`, `thread:2`, `contact:3`.
    pub subjects: Vec<String>,
    /// A run of HubSpot's test button.
    pub is_test: bool,
    /// Of a failure: headers that hold no secret.
    pub headers: Option<Value>,
    /// Of a failure: what was received, without words and secrets.
    pub body: Option<String>,
    /// Of a failure: what was answered, in words.
    pub failure: Option<String>,
}

/// Which lines of the log are wanted.
#[derive(Clone, Debug, Default)]
pub struct ActivityFilter {
    /// Of this portal; none: of all.
    pub portal: Option<PortalId>,
    /// Of these kinds; empty: all.
    pub kinds: Vec<ActivityKind>,
    /// With a status of at least this.
    pub status_from: Option<u16>,
    /// With a status of at most this.
    pub status_to: Option<u16>,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// Older than this one: where the page before ended.
    pub before: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    activity_id: Uuid,
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Timestamptz)]
    happened_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = SmallInt)]
    status: i16,
    #[diesel(sql_type = BigInt)]
    duration_us: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    request_id: Option<Uuid>,
    #[diesel(sql_type = Array<Text>)]
    subjects: Vec<String>,
    #[diesel(sql_type = Bool)]
    is_test: bool,
    #[diesel(sql_type = Nullable<Jsonb>)]
    headers: Option<Value>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    failure: Option<String>,
}

impl ActivityKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Action,
        Self::Webhook,
        Self::Api,
        Self::Call,
        Self::Console,
    ];

    /// The name in the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Webhook => "webhook",
            Self::Api => "api",
            Self::Call => "call",
            Self::Console => "console",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Writes lines, in one statement.
///
/// # Errors
/// Those of the database; then none is written.
pub fn write(conn: &mut PgConnection, lines: &[Activity]) -> Result<(), StoreError> {
    let subjects = |line: &Activity| line.subjects.join(" ");
    let headers = |line: &Activity| line.headers.as_ref().map(Value::to_string);
    let status = |line: &Activity| i16::try_from(line.status).unwrap_or_default();
    let sql = "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, \
            duration_us, request_id, subjects, is_test, headers, body, failure) \
        SELECT portal_id, activity_id, happened_at, kind, what, status, duration_us, request_id, \
            coalesce(string_to_array(nullif(subjects, ''), ' '), '{}'), is_test, headers::jsonb, \
            body, failure \
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS n (portal_id, \
            activity_id, happened_at, kind, what, status, duration_us, request_id, subjects, \
            is_test, headers, body, failure) ON CONFLICT DO NOTHING";
    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(each(lines, |line| line.portal.0))
        .bind::<Array<SqlUuid>, _>(each(lines, |line| line.id))
        .bind::<Array<Timestamptz>, _>(each(lines, |line| line.happened_at.to_utc()))
        .bind::<Array<Text>, _>(each(lines, |line| line.kind.name()))
        .bind::<Array<Text>, _>(each(lines, |line| line.what.clone()))
        .bind::<Array<SmallInt>, _>(each(lines, status))
        .bind::<Array<BigInt>, _>(each(lines, |line| line.duration_us))
        .bind::<Array<Nullable<SqlUuid>>, _>(each(lines, |line| line.request_id))
        .bind::<Array<Text>, _>(each(lines, subjects))
        .bind::<Array<Bool>, _>(each(lines, |line| line.is_test))
        .bind::<Array<Nullable<Text>>, _>(each(lines, headers))
        .bind::<Array<Nullable<Text>>, _>(each(lines, |line| line.body.clone()))
        .bind::<Array<Nullable<Text>>, _>(each(lines, |line| line.failure.clone()))
        .execute(conn)?;
    Ok(())
}

fn each<T>(lines: &[Activity], column: impl Fn(&Activity) -> T) -> Vec<T> {
    lines.iter().map(column).collect()
}

/// The newest lines that fit, `most` of them.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut PgConnection,
    filter: &ActivityFilter,
    most: i32,
) -> Result<Vec<Activity>, StoreError> {
    let status = |status: Option<u16>| status.map(|status| i16::try_from(status).unwrap_or(0));
    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
    let sql = "SELECT activity_id, portal_id, happened_at, kind, what, status, duration_us, \
            request_id, subjects, is_test, headers, body, failure FROM activity \
        WHERE ($1 IS NULL OR portal_id = $1) AND ($2 = '{}' OR kind = ANY($2)) \
            AND ($3 IS NULL OR status >= $3) AND ($4 IS NULL OR status <= $4) \
            AND ($5 IS NULL OR happened_at >= $5) AND ($6 IS NULL OR happened_at < $6) \
            AND ($7 IS NULL OR activity_id < $7) \
        ORDER BY activity_id DESC LIMIT $8";
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<Nullable<BigInt>, _>(filter.portal.map(|portal| portal.0))
        .bind::<Array<Text>, _>(kinds)
        .bind::<Nullable<SmallInt>, _>(status(filter.status_from))
        .bind::<Nullable<SmallInt>, _>(status(filter.status_to))
        .bind::<Nullable<Timestamptz>, _>(filter.since.map(Timestamp::to_utc))
        .bind::<Nullable<Timestamptz>, _>(filter.until.map(Timestamp::to_utc))
        .bind::<Nullable<SqlUuid>, _>(filter.before)
        .bind::<Integer, _>(most)
        .load(conn)?;
    rows.into_iter().map(line).collect()
}

fn line(row: Row) -> Result<Activity, StoreError> {
    let unknown = || StoreError::Unexpected(format!("an activity of the kind {}", row.kind));
    Ok(Activity {
        kind: ActivityKind::named(&row.kind).ok_or_else(unknown)?,
        id: row.activity_id,
        portal: PortalId(row.portal_id),
        happened_at: Timestamp::from(row.happened_at),
        what: row.what,
        status: u16::try_from(row.status).unwrap_or_default(),
        duration_us: row.duration_us,
        request_id: row.request_id,
        subjects: row.subjects,
        is_test: row.is_test,
        headers: row.headers,
        body: row.body,
        failure: row.failure,
    })
}
