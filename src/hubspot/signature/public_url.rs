//! The address under which HubSpot reaches Baton, as configured, and the URLs a request may carry.
//! The only base that signatures are checked against: never `Host`, never `X-Forwarded-*`.

use std::fmt;
use url::Url;

/// `BATON_PUBLIC_URL`: scheme, host, an optional port and an optional path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// The standard form: lower-case ASCII host, no default port, no trailing slash.
    standard: Base,
    /// The form exactly as configured, where that is another: HubSpot may sign what was typed into
    /// the app's settings (an internationalised host in Unicode, `:443`).
    as_configured: Option<Base>,
}

impl PublicUrl {
    /// Reads the setting. A trailing slash is tolerated.
    pub fn parse(text: &str) -> Result<Self, NotAPublicUrl> {
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
        {
            return Err(NotAPublicUrl::Characters);
        }
        let url = Url::parse(text).map_err(NotAPublicUrl::Unreadable)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(NotAPublicUrl::Scheme);
        }
        let as_configured = Base::split(text).ok_or(NotAPublicUrl::Scheme)?;
        if as_configured.origin.contains('@') {
            return Err(NotAPublicUrl::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(NotAPublicUrl::QueryOrFragment);
        }
        let standard = Base {
            origin: url.origin().ascii_serialization(),
            prefix: url.path().trim_end_matches('/').to_owned(),
        };
        let as_configured = Some(as_configured).filter(|base| *base != standard);
        Ok(Self {
            standard,
            as_configured,
        })
    }

    /// The URLs that a request received with this path and query may have been signed for.
    ///
    /// A path prefix is put in front, for a proxy that strips it. A path that already begins with
    /// the prefix is also taken as it is, for a proxy that keeps it.
    pub(super) fn urls_of(&self, path_and_query: &str) -> Vec<String> {
        let bases = std::iter::once(&self.standard).chain(&self.as_configured);
        bases
            .flat_map(|base| base.urls_of(path_and_query))
            .collect()
    }

    /// Scheme, host and port, for instance `https://baton.example:8443`.
    pub fn origin(&self) -> &str {
        &self.standard.origin
    }

    /// The path that stands before Baton's own, for instance `/baton`; empty when there is none.
    pub fn prefix(&self) -> &str {
        &self.standard.prefix
    }
}

impl fmt::Display for PublicUrl {
    /// In the standard form, without a trailing slash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.standard.origin, self.standard.prefix)
    }
}

/// Why a text is no public URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPublicUrl {
    /// Not a URL at all.
    #[error("not a URL ({0}): expected for instance https://baton.example")]
    Unreadable(#[source] url::ParseError),
    /// Holds white space, a control character or a backslash.
    #[error(
        "holds white space, a control character or a backslash: \
         expected for instance https://baton.example"
    )]
    Characters,
    /// Not `https://` or `http://`.
    #[error("expected a URL that begins with https:// or http://")]
    Scheme,
    /// Carries a user name or password.
    #[error("carries a user name or password: expected scheme, host, port and path only")]
    UserInfo,
    /// Carries a query or a fragment.
    #[error("carries a query or a fragment: expected scheme, host, port and path only")]
    QueryOrFragment,
}

/// One spelling of the public URL.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Base {
    origin: String,
    /// Empty, or with a leading and without a trailing slash.
    prefix: String,
}

impl Base {
    /// Cuts a URL before its path, without changing its spelling.
    fn split(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let prefix = path.trim_end_matches('/').to_owned();
        Some(Self {
            origin: format!("{scheme}://{authority}"),
            prefix,
        })
    }

    fn urls_of(&self, path_and_query: &str) -> impl Iterator<Item = String> {
        let stripped = format!("{}{}{path_and_query}", self.origin, self.prefix);
        let kept = self
            .is_prefix_of(path_and_query)
            .then(|| format!("{}{path_and_query}", self.origin));
        kept.into_iter().chain(std::iter::once(stripped))
    }

    fn is_prefix_of(&self, path_and_query: &str) -> bool {
        let rest = path_and_query.strip_prefix(self.prefix.as_str());
        !self.prefix.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(public_url: &str, path_and_query: &str) -> Vec<String> {
        PublicUrl::parse(public_url)
            .unwrap()
            .urls_of(path_and_query)
    }

    #[test]
    fn the_path_follows_the_public_url_with_or_without_a_trailing_slash() {
        for public_url in ["https://a.example", "https://a.example/"] {
            assert!(urls(public_url, "/x?y=1").contains(&"https://a.example/x?y=1".to_owned()));
        }
        assert_eq!(
            urls("https://a.example:8443", "/x"),
            ["https://a.example:8443/x"]
        );
        assert_eq!(
            urls("http://127.0.0.1:8080", "/x"),
            ["http://127.0.0.1:8080/x"]
        );
        assert_eq!(urls("http://[::1]:8080", "/x"), ["http://[::1]:8080/x"]);
    }

    #[test]
    fn a_prefix_is_added_and_a_path_that_has_it_is_also_taken_as_it_is() {
        let public_url = "https://a.example/baton";

        assert_eq!(urls(public_url, "/x"), ["https://a.example/baton/x"]);
        assert_eq!(
            urls(public_url, "/baton/x"),
            [
                "https://a.example/baton/x",
                "https://a.example/baton/baton/x"
            ]
        );
        assert_eq!(
            urls(public_url, "/batons"),
            ["https://a.example/baton/batons"]
        );
    }

    #[test]
    fn the_standard_form_comes_first_then_the_form_as_configured() {
        assert_eq!(
            urls("https://bücher.example", "/x"),
            [
                "https://xn--bcher-kva.example/x",
                "https://bücher.example/x"
            ]
        );
        assert_eq!(
            urls("https://a.example:443", "/x"),
            ["https://a.example/x", "https://a.example:443/x"]
        );
        assert_eq!(
            PublicUrl::parse("https://A.example:443/b/")
                .unwrap()
                .to_string(),
            "https://a.example/b"
        );
    }

    #[test]
    fn what_is_no_public_url_is_refused_with_its_reason() {
        let refused = |text| PublicUrl::parse(text).unwrap_err();

        for text in [
            "",
            "a.example",
            "/baton",
            "https://",
            "https://a.example:99999",
            "https://a b.example",
        ] {
            let error = refused(text);
            assert!(
                matches!(
                    error,
                    NotAPublicUrl::Unreadable(_) | NotAPublicUrl::Characters
                ),
                "{text}: {error}"
            );
        }
        for text in [
            "ftp://a.example",
            "https:a.example",
            "https:/a.example",
            "a.example:8080",
        ] {
            assert_eq!(refused(text), NotAPublicUrl::Scheme, "{text}");
        }
        for text in [
            "https://u@a.example",
            "https://u:p@a.example",
            "https://@a.example",
        ] {
            assert_eq!(refused(text), NotAPublicUrl::UserInfo, "{text}");
        }
        for text in [
            "https://a.example?x",
            "https://a.example/?",
            "https://a.example#x",
            "https://a.example/#",
        ] {
            assert_eq!(refused(text), NotAPublicUrl::QueryOrFragment, "{text}");
        }
        for text in [
            "https:\\\\a.example",
            " https://a.example",
            "https://a.example\n",
        ] {
            assert_eq!(refused(text), NotAPublicUrl::Characters, "{text}");
        }
    }
}
