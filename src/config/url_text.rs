//! URLs as settings: http or https, and nothing in them that would be dropped or leaked later.

use super::mistake::Expected;
use url::Url;

/// Checks a URL to which paths are appended: it has no query. The answer's path ends with `/`,
/// so that `Url::join` appends.
pub(super) fn base_url(text: &str) -> Result<Url, Expected> {
    let mut url = endpoint_url(text)?;
    if url.query().is_some() {
        return Err(Expected::new("a URL without ?").without_value());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Checks a URL that is called as it is.
pub(super) fn endpoint_url(text: &str) -> Result<Url, Expected> {
    let wanted = || Expected::new("a URL like https://example.com");
    // The url crate mends what browsers mend, such as `https:\\host` or a tab inside; here it is
    // a mistake.
    let has_scheme = ["http://", "https://"].iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let is_clean = !text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control());
    let url = Url::parse(text).map_err(|_| unparsed(text, wanted()))?;
    if has_at_sign_in_authority(text) {
        return Err(Expected::new("a URL without user and password").without_value());
    }
    if !has_scheme || !is_clean {
        return Err(unparsed(text, wanted()));
    }
    if url.fragment().is_some() {
        return Err(Expected::new("a URL without #").without_value());
    }
    Ok(url)
}

/// What cannot be read as a URL may still hold a password before an `@`.
fn unparsed(text: &str, expected: Expected) -> Expected {
    if text.contains('@') {
        expected.without_value()
    } else {
        expected
    }
}

fn has_at_sign_in_authority(text: &str) -> bool {
    let after_scheme = text.split_once("//").map_or(text, |(_, rest)| rest);
    after_scheme
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| authority.contains('@'))
}
