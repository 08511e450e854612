//! Why a signature that does not match the public URL might still be HubSpot's: the address behind
//! a proxy is the most common mistake. Nothing found here ever accepts a request.

use super::proof::Proof;
use super::public_url::PublicUrl;
use super::refusal::{AddressPart, AnotherAddress};
use super::verify::SignedRequest;
use secrecy::SecretString;
use url::Url;

/// A stranger can have one request tried this often, so the number stays small.
const MAX_GUESSES: usize = 16;

/// The address that the request reached us under, as its headers claim. A stranger may claim
/// anything, so this only ever explains a refusal.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClaimedAddress<'a> {
    /// `Host`.
    pub host: Option<&'a str>,
    /// `X-Forwarded-Host`; of a list, the first entry counts.
    pub forwarded_host: Option<&'a str>,
}

/// The address, other than the public URL, for which the signature is right.
pub(super) fn another_address(
    proof: &Proof<'_>,
    request: &SignedRequest<'_>,
    public_url: &PublicUrl,
    secret: &SecretString,
) -> Option<AnotherAddress> {
    let guesses = guesses(public_url, &request.claimed_address)
        .into_iter()
        .take(MAX_GUESSES);
    let signed_for = guesses.into_iter().find(|base| {
        proof.fits(
            request,
            &format!("{base}{}", request.path_and_query),
            secret,
        )
    })?;
    let differs_in = differences(&signed_for, public_url);
    Some(AnotherAddress {
        signed_for,
        differs_in,
    })
}

/// Every address worth trying, the likeliest first.
fn guesses(public_url: &PublicUrl, claimed: &ClaimedAddress<'_>) -> Vec<String> {
    let schemes = match public_url.origin().starts_with("https:") {
        true => ["https", "http"],
        false => ["http", "https"],
    };
    let authorities = authorities(public_url, claimed);
    let mut guesses = Vec::new();
    for prefix in [public_url.prefix(), ""] {
        for authority in &authorities {
            for scheme in schemes {
                let guess = format!("{scheme}://{authority}{prefix}");
                if !guesses.contains(&guess) {
                    guesses.push(guess);
                }
            }
        }
    }
    guesses
}

/// The configured host and the claimed ones, each with and without its port, and the configured
/// host with the claimed ports.
fn authorities(public_url: &PublicUrl, claimed: &ClaimedAddress<'_>) -> Vec<String> {
    let configured = public_url
        .origin()
        .split_once("://")
        .map_or("", |(_, authority)| authority);
    let claimed = [claimed.forwarded_host, claimed.host].into_iter().flatten();
    let claimed = claimed.map(|hosts| hosts.split(',').next().unwrap_or(hosts).trim());
    let mut authorities = vec![configured.to_owned()];
    for authority in claimed.filter(|authority| is_plain(authority)) {
        authorities.push(authority.to_owned());
        authorities.push(without_port(authority).to_owned());
        let port = authority
            .strip_prefix(without_port(authority))
            .unwrap_or_default();
        authorities.push(format!("{}{port}", without_port(configured)));
    }
    authorities.push(without_port(configured).to_owned());
    authorities
}

fn is_plain(authority: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    !authority.is_empty() && authority.bytes().all(is_plain)
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

fn differences(signed_for: &str, public_url: &PublicUrl) -> Vec<AddressPart> {
    let (Ok(signed), Ok(ours)) = (Url::parse(signed_for), Url::parse(&public_url.to_string()))
    else {
        return Vec::new();
    };
    let parts = [
        (AddressPart::Scheme, signed.scheme() != ours.scheme()),
        (AddressPart::Host, signed.host_str() != ours.host_str()),
        (AddressPart::Port, signed.port() != ours.port()),
        (AddressPart::Prefix, signed.path() != ours.path()),
    ];
    parts
        .into_iter()
        .filter_map(|(part, differs)| differs.then_some(part))
        .collect()
}
