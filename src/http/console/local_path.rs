//! Where a browser may be sent after signing in: a page of this console, nothing else. A `next`
//! that led anywhere else would lend our name to a stranger's page.

use std::fmt;

/// The longest address that is taken.
const MOST_BYTES: usize = 512;

/// An address under `/console`, or the start of an installation; without the public URL's prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// The console's first page.
    pub fn home() -> Self {
        Self("/console".to_owned())
    }

    /// Reads an address. None: it is not one of ours, or holds anything unusual.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'?' | b'=' | b'&')
        };
        let path = text.split('?').next().unwrap_or_default();
        let is_ours =
            path == "/console" || path.starts_with("/console/") || path == "/hubspot/oauth/install";
        let fits = text.len() <= MOST_BYTES && text.bytes().all(is_plain) && !text.contains("//");
        (is_ours && fits).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_console_are_taken() {
        for good in [
            "/console",
            "/console/portals/50001",
            "/console?state=all",
            "/hubspot/oauth/install?features=base",
        ] {
            assert_eq!(LocalPath::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "/",
            "console",
            "//evil.example",
            "/console//evil.example",
            "/\\evil.example",
            "/console\\..\\x",
            "/console/../x",
            "/console/%2e%2e/x",
            "/console.evil.example",
            "/consolex",
            "https://evil.example/console",
            "javascript:alert(1)",
            "/console\r\nLocation: x",
            "/console/\u{0}",
            "/console/ä",
            "/hubspot/oauth/callback?code=x",
            "/console#x",
            "/console@evil.example",
        ] {
            assert_eq!(LocalPath::parse(bad), None, "{bad:?}");
        }
        assert_eq!(
            LocalPath::parse(&format!("/console/{}", "a".repeat(600))),
            None
        );
    }
}
