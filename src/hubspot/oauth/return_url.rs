//! Where an install that began in HubSpot's marketplace may send the browser back to: HubSpot, and
//! nobody else. Anything wider would be an open redirect.

use url::Url;

/// HubSpot's return addresses have a few hundred bytes.
const MAX_BYTES: usize = 4 * 1024;

/// A `returnUrl` that is not HubSpot's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "returnUrl is not HubSpot's: expected https://app.hubspot.com/... \
     or https://app-<data centre>.hubspot.com/..."
)]
pub struct ForeignReturnUrl;

/// Takes `returnUrl` if it leads to `https://app.hubspot.com`, to `https://app-<hublet>.hubspot.com`
/// (page "Understand the app install flow", read 2026-11-22), or to the host of the configured
/// consent page, with its scheme and port.
///
/// # Errors
/// See [`ForeignReturnUrl`].
pub fn parse(text: &str, auth_url: &Url) -> Result<Url, ForeignReturnUrl> {
    // The url crate mends what browsers mend, each in its own way; here all of it is refused.
    let is_plain = text.len() <= MAX_BYTES
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'<' | b'>' | b'"'));
    let url = Url::parse(text).map_err(|_| ForeignReturnUrl)?;
    let has_nobody = url.username().is_empty() && url.password().is_none() && !has_at_sign(text);
    let leads_home = is_hubspot(&url) || url.origin() == auth_url.origin();
    if is_plain && has_nobody && has_two_slashes(text) && leads_home {
        return Ok(url);
    }
    Err(ForeignReturnUrl)
}

fn is_hubspot(url: &Url) -> bool {
    let has_own_port = url.port().is_some();
    let host = url
        .host_str()
        .and_then(|host| host.strip_suffix(".hubspot.com"));
    let is_app = host
        .is_some_and(|name| name == "app" || name.strip_prefix("app-").is_some_and(is_data_centre));
    url.scheme() == "https" && !has_own_port && is_app
}

/// `na1`, `na2`, `eu1`, `ap1`, ...
fn is_data_centre(name: &str) -> bool {
    (2..=8).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Written `https://host`, not `https:host` nor `https:///host`, which browsers mend.
fn has_two_slashes(text: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.starts_with('/'))
}

/// An `@` before the path is a user's name or an attempt to look like one, even an empty one.
fn has_at_sign(text: &str) -> bool {
    let after_scheme = text.split_once("//").map_or(text, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next();
    authority.is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hubspot() -> Url {
        "https://app.hubspot.com/".parse().unwrap()
    }

    #[test]
    fn hubspots_own_addresses_are_taken() {
        for text in [
            "https://app.hubspot.com/marketplace/50001/x?a=b#c",
            "https://app.hubspot.com",
            "https://app.hubspot.com:443/x",
            "https://app-eu1.hubspot.com/x",
            "https://app-na2.hubspot.com/oauth/finish?y=https%3A%2F%2Fz",
        ] {
            assert!(parse(text, &hubspot()).is_ok(), "{text}");
        }
    }

    #[test]
    fn everybody_elses_are_refused() {
        for text in [
            "",
            "/relative",
            "//app.hubspot.com/x",
            "https:app.hubspot.com",
            "https:/app.hubspot.com",
            "https:///app.hubspot.com",
            "https:\\\\app.hubspot.com\\x",
            "http://app.hubspot.com/x",
            "https://app.hubspot.com:8443/x",
            "https://app.hubspot.com@evil.example/x",
            "https://@app.hubspot.com/x",
            "https://user:word@app.hubspot.com/x",
            "https://evil.example/https://app.hubspot.com/",
            "https://evil.example\\@app.hubspot.com/",
            "https://app.hubspot.com.evil.example/",
            "https://evilapp.hubspot.com/",
            "https://app-evil.example.hubspot.com/",
            "https://app-.hubspot.com/",
            "https://app-toolonganame.hubspot.com/",
            "https://app-eu1.hubspot.com.evil.example/",
            "https://app.hubspot.com./x",
            "https://hubspot.com/x",
            "https://www.hubspot.com/x",
            "https://app%2ehubspot.com.evil.example/",
            "https://app.hubspot.com\t/x",
            "https://app.hubspot.com/x\r\nset-cookie: a=b",
            "https://app.hubsp\u{3bf}t.com/",
            "javascript://app.hubspot.com/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://app.hubspot.com/",
        ] {
            assert_eq!(parse(text, &hubspot()), Err(ForeignReturnUrl), "{text}");
        }
        let long = format!("https://app.hubspot.com/{}", "a".repeat(MAX_BYTES));
        assert_eq!(parse(&long, &hubspot()), Err(ForeignReturnUrl));
    }

    #[test]
    fn the_configured_consent_page_counts_with_its_scheme_host_and_port() {
        let simulated: Url = "http://127.0.0.1:4010/".parse().unwrap();
        assert!(parse("http://127.0.0.1:4010/done", &simulated).is_ok());
        for text in [
            "http://127.0.0.1:4011/done",
            "https://127.0.0.1:4010/done",
            "http://localhost:4010/done",
            "http://127.0.0.1/done",
        ] {
            assert!(parse(text, &simulated).is_err(), "{text}");
        }
    }
}
