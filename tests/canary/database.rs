//! Every column of every table as text: what stands there in the clear.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// Goes through all tables in one round trip. `bytea` comes in hex.
const DUMP: &str = "CREATE FUNCTION pg_temp.every_row() RETURNS SETOF text LANGUAGE plpgsql AS $$ \
    DECLARE t name; BEGIN \
        FOR t IN SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') \
            AND relnamespace = 'public'::regnamespace \
        LOOP RETURN QUERY EXECUTE format('SELECT %L || to_jsonb(x)::text FROM %I x', t || ': ', t); \
        END LOOP; END $$; SET statement_timeout = '120s'";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// All rows. None: the database is gone, and nothing can be read in it any more.
pub fn every_row(url: &str) -> Option<Vec<String>> {
    let mut conn = PgConnection::establish(url).ok()?;
    conn.batch_execute(DUMP).ok()?;
    let rows = diesel::sql_query("SELECT line FROM pg_temp.every_row() AS line");
    let rows: Vec<Line> = rows.load(&mut conn).expect("every row");
    Some(rows.into_iter().map(|row| row.line).collect())
}
