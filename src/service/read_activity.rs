//! Reading the activity log: by pages, newest first, and as CSV.

use crate::store::activity::{self, Activity, ActivityFilter};
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use std::fmt::Write as _;
use std::sync::Arc;
use uuid::Uuid;

/// Lines of one page, at most.
pub const MOST_LINES: i32 = 200;
/// Lines of one export, at most; the next begins where it ended.
pub const MOST_EXPORTED: i32 = 10_000;

/// A page of the log.
#[derive(Debug)]
pub struct ActivityPage {
    /// Its lines, newest first.
    pub lines: Vec<Activity>,
    /// Where the next page begins, as the filter's `before`; none: there is no more.
    pub next: Option<Uuid>,
}

/// A page of at most `most` lines.
///
/// # Errors
/// Those of the database.
pub async fn read_activity(
    store: &Arc<Store>,
    filter: ActivityFilter,
    most: i32,
) -> Result<ActivityPage, StoreError> {
    page(store, filter, most.clamp(1, MOST_LINES)).await
}

/// The same as CSV (RFC 4180, UTF-8) with a line of names, and where the next export begins.
///
/// # Errors
/// Those of the database.
pub async fn export_activity(
    store: &Arc<Store>,
    filter: ActivityFilter,
) -> Result<(String, Option<Uuid>), StoreError> {
    let page = page(store, filter, MOST_EXPORTED).await?;
    Ok((csv(&page.lines), page.next))
}

/// A last line for a file that does not hold everything. It has as many cells as the others, and
/// its words stand in the first.
pub fn line_of_words(words: &str) -> String {
    format!("{}{}\r\n", quoted(words), ",".repeat(OTHER_CELLS))
}

async fn page(
    store: &Arc<Store>,
    filter: ActivityFilter,
    most: i32,
) -> Result<ActivityPage, StoreError> {
    let mut lines = read(store, move |conn| activity::list(conn, &filter, most + 1)).await?;
    let most = usize::try_from(most).unwrap_or_default();
    let has_more = lines.len() > most;
    lines.truncate(most);
    let next = lines.last().filter(|_| has_more).map(|line| line.id);
    Ok(ActivityPage { lines, next })
}

/// The names of the cells.
const NAMES: &str = "happened_at,portal_id,kind,what,status,duration_ms,request_id,subjects,\
    is_test,failure,headers,body";
/// How many cells a line has beside its first.
const OTHER_CELLS: usize = 11;

fn csv(lines: &[Activity]) -> String {
    let mut csv = format!("{NAMES}\r\n");
    for line in lines {
        let headers = line.headers.as_ref().map(ToString::to_string);
        let request = line.request_id.map(|id| id.to_string());
        let cells = [
            line.happened_at.to_string(),
            line.portal.to_string(),
            line.kind.name().to_owned(),
            line.what.clone(),
            line.status.to_string(),
            format!("{:.3}", line.duration_us as f64 / 1_000.0),
            request.unwrap_or_default(),
            line.subjects.join(" "),
            line.is_test.to_string(),
            line.failure.clone().unwrap_or_default(),
            headers.unwrap_or_default(),
            line.body.clone().unwrap_or_default(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        // Writing to a text cannot fail.
        let _ = write!(csv, "{}\r\n", cells.join(","));
    }
    csv
}

/// What spreadsheets take for the beginning of a formula, the wide forms of some languages among
/// them (page "CSV Injection" of OWASP, read 2026-11-22).
const BEGINS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A cell that a spreadsheet reads as text: never as a formula.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(BEGINS_FORMULA);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || cell.contains([',', '"', '\r', '\n']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_words_has_as_many_cells_as_the_names() {
        assert_eq!(NAMES.split(',').count(), OTHER_CELLS + 1);
        assert_eq!(line_of_words("a, b"), "\"a, b\",,,,,,,,,,,\r\n");
    }

    #[test]
    fn a_cell_is_never_a_formula_and_never_two_cells() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r\n=1", "\"'\r\n=1\""),
            ("＝1", "\"'＝1\""),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
            ),
            ("two\nlines", "\"two\nlines\""),
        ];
        for (cell, expected) in cases {
            assert_eq!(quoted(cell), expected);
        }
    }
}
