//! Lists that HubSpot gives in pages.

use serde_json::Value;

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What it holds.
    pub results: Vec<T>,
    /// Where the next page begins (`paging.next.after`); `None` after the last one.
    pub after: Option<String>,
}

/// Reads `results` and `paging`. One result that cannot be read spoils the page: leaving it out
/// would make it look as if it did not exist.
pub(super) fn read<T>(
    body: &Value,
    item: fn(&Value) -> Result<T, &'static str>,
) -> Result<Page<T>, &'static str> {
    let results = body.get("results").and_then(Value::as_array);
    let after = body.pointer("/paging/next/after");
    Ok(Page {
        results: results
            .ok_or("it holds no list of results")?
            .iter()
            .map(item)
            .collect::<Result<_, _>>()?,
        after: after.and_then(crate::hubspot::lenient::text),
    })
}
