//! The profiles: that each names an account and a public https URL that HubSpot can call.

use super::Mistake;
use crate::hubspot::definition::project::PUBLIC_URL_VARIABLE;
use serde_json::Value;
use url::{Host, Url};

/// The mistakes in a profile's file.
pub(super) fn mistakes(file: &str, profile: &Value) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if profile["accountId"].as_u64().is_none_or(|id| id == 0) {
        let what = "is no account id; expected the developer account's number";
        mistakes.push(Mistake::new(file, "/accountId", what));
    }
    let at = format!("/variables/{PUBLIC_URL_VARIABLE}");
    match profile["variables"][PUBLIC_URL_VARIABLE].as_str() {
        None => mistakes.push(Mistake::new(file, at, "is missing")),
        Some(url) => {
            if let Err(what) = public_url(url) {
                mistakes.push(Mistake::new(file, at, format!("'{url}' {what}")));
            }
        }
    }
    mistakes
}

/// Checks that HubSpot can call a URL: https, a host name that is not of a private network, nothing
/// after the path, no slash at its end.
///
/// # Errors
/// What is wrong with it.
pub fn public_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL; expected https://host")?;
    if url.scheme() != "https" {
        return Err("is not https, and HubSpot calls nothing else");
    }
    match url.host() {
        Some(Host::Domain(name)) if is_public(name) => {}
        Some(Host::Domain(_)) => return Err("is a name that HubSpot cannot reach"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => {
            return Err("has no host name, and HubSpot calls no bare addresses");
        }
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("has more than scheme, host, port and path; signatures would not fit");
    }
    if text.ends_with('/') {
        return Err("ends with a slash, which would be doubled in every address");
    }
    Ok(())
}

/// A name with a dot that no private network uses for itself (RFC 6761, RFC 6762, RFC 8375).
fn is_public(name: &str) -> bool {
    let private = [
        "localhost",
        "local",
        "internal",
        "test",
        "invalid",
        "home.arpa",
        "lan",
    ];
    let is_below = |suffix: &&str| {
        name == *suffix
            || name
                .strip_suffix(*suffix)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    name.contains('.') && !private.iter().any(is_below)
}
