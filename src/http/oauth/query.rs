//! What HubSpot, or whoever pretends to be it, puts into the address. Codes and states are
//! secrets from here on.

use crate::service::install_portal::one_time::OneTimeValue;
use secrecy::SecretString;
use url::form_urlencoded;

/// HubSpot's codes have under 100 bytes.
const MOST_CODE_BYTES: usize = 2 * 1024;

/// The parameters that mean something here. Others are left unread: HubSpot may add some.
#[derive(Debug, Default)]
pub(super) struct OauthQuery {
    pub(super) code: Option<SecretString>,
    pub(super) state: Option<State>,
    pub(super) error: Option<String>,
    pub(super) step: Option<String>,
    pub(super) return_url: Option<String>,
    pub(super) features: Option<String>,
    pub(super) portal: Option<String>,
}

/// The parameter `state`.
#[derive(Debug)]
pub(super) enum State {
    /// One that may be ours.
    Fits(OneTimeValue),
    /// One that cannot be.
    Foreign,
}

/// A parameter came twice, or is no code that HubSpot ever made.
#[derive(Debug)]
pub(super) struct Garbled;

/// Reads an address's query.
pub(super) fn read(query: &str) -> Result<OauthQuery, Garbled> {
    let mut read = OauthQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "code" => {
                let is_code = !value.is_empty()
                    && value.len() <= MOST_CODE_BYTES
                    && value.bytes().all(|b| b.is_ascii_graphic());
                let code = is_code.then(|| SecretString::from(value.into_owned()));
                once(&mut read.code, code.ok_or(Garbled)?)?;
            }
            "state" => {
                let state = OneTimeValue::parse(&value).map_or(State::Foreign, State::Fits);
                once(&mut read.state, state)?;
            }
            "error" => once(&mut read.error, value.into_owned())?,
            "step" => once(&mut read.step, value.into_owned())?,
            "returnUrl" => once(&mut read.return_url, value.into_owned())?,
            "features" => once(&mut read.features, value.into_owned())?,
            "portal" => once(&mut read.portal, value.into_owned())?,
            _ => {}
        }
    }
    Ok(read)
}

/// Of a parameter that comes twice, each reader would believe another one.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Garbled> {
    if place.is_some() {
        return Err(Garbled);
    }
    *place = Some(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_comes_twice_is_no_parameter() {
        for query in [
            "code=a&code=b",
            "state=a&state=a",
            "returnUrl=a&code=c&returnUrl=b",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_code_is_visible_ascii_of_a_bounded_length() {
        for query in [
            "code=",
            "code=a%20b",
            "code=%00",
            "code=%C3%A4",
            "code=a%0d%0ab",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
        assert!(read(&format!("code={}", "a".repeat(MOST_CODE_BYTES + 1))).is_err());
        assert!(read("code=eu1-a_b.c~d&other=%00").unwrap().code.is_some());
    }

    #[test]
    fn neither_code_nor_state_shows_in_debug_output() {
        let state = OneTimeValue::random();
        let query = format!("code=canary&state={}", state.expose());
        let shown = format!("{:?}", read(&query).unwrap());
        assert!(
            !shown.contains("canary") && !shown.contains(state.expose()),
            "{shown}"
        );
    }
}
