//! Cookies: how they are named, set and read. All are for this host alone, out of reach of
//! scripts, and sent along when a person follows a link here (`SameSite=Lax`), as HubSpot's
//! redirect back to us needs.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use std::time::Duration;

/// The cookies there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieName {
    /// Whoever holds its value is signed in.
    Session,
    /// Ties the sign-in form to the browser that asked for it.
    Form,
    /// Names the message that the next page shows.
    Toast,
    /// Ties an installation to the browser that began it.
    Install,
}

/// Whether browsers reach Baton by https. Only then do they take cookies with the `__Host-`
/// prefix, which no neighbouring host can plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// By https.
    Secure,
    /// By plain http, as on one's own machine.
    Plain,
}

impl Transport {
    /// How browsers reach an origin such as `https://baton.example`.
    pub fn of_origin(origin: &str) -> Self {
        if origin.starts_with("https://") {
            Self::Secure
        } else {
            Self::Plain
        }
    }
}

impl CookieName {
    fn text(self, transport: Transport) -> &'static str {
        match (self, transport) {
            (Self::Session, Transport::Secure) => "__Host-baton_session",
            (Self::Session, Transport::Plain) => "baton_session",
            (Self::Form, Transport::Secure) => "__Host-baton_form",
            (Self::Form, Transport::Plain) => "baton_form",
            (Self::Toast, Transport::Secure) => "__Host-baton_toast",
            (Self::Toast, Transport::Plain) => "baton_toast",
            (Self::Install, Transport::Secure) => "__Host-baton_install",
            (Self::Install, Transport::Plain) => "baton_install",
        }
    }
}

/// The header that sets a cookie for so long. The value must consist of letters, digits, `-`,
/// `_` and `.`; any other value sets nothing.
pub fn set(
    name: CookieName,
    transport: Transport,
    value: &str,
    lasts: Duration,
) -> (HeaderName, HeaderValue) {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let value = if value.bytes().all(is_plain) {
        value
    } else {
        ""
    };
    let secure = match transport {
        Transport::Secure => "; Secure",
        Transport::Plain => "",
    };
    let text = format!(
        "{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        name.text(transport),
        lasts.as_secs()
    );
    let header = HeaderValue::from_str(&text);
    (SET_COOKIE, header.unwrap_or(HeaderValue::from_static("")))
}

/// The header that has the browser forget a cookie.
pub fn forget(name: CookieName, transport: Transport) -> (HeaderName, HeaderValue) {
    set(name, transport, "", Duration::ZERO)
}

/// The value of a cookie. None also where it came twice: one of them was planted.
pub fn read(request: &HttpRequest, name: CookieName, transport: Transport) -> Option<String> {
    let wanted = name.text(transport);
    let mut values = request
        .headers()
        .get_all(COOKIE)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value);
    let value = values.next().filter(|value| !value.is_empty())?;
    values.next().is_none().then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn with(cookie: &str) -> HttpRequest {
        TestRequest::default()
            .insert_header((COOKIE, cookie))
            .to_http_request()
    }

    #[test]
    fn a_cookie_over_https_is_for_this_host_alone_and_out_of_reach_of_scripts() {
        let (_, value) = set(
            CookieName::Session,
            Transport::Secure,
            "abc",
            Duration::from_secs(60),
        );
        assert_eq!(
            value,
            "__Host-baton_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn a_value_that_could_end_the_cookie_sets_nothing() {
        for value in ["a;b", "a b", "a\r\nSet-Cookie: x=y", "ä", "a,b", "\"a\""] {
            let (_, header) = set(
                CookieName::Toast,
                Transport::Plain,
                value,
                Duration::from_secs(1),
            );
            assert!(
                header.to_str().unwrap().starts_with("baton_toast=; "),
                "{value}"
            );
        }
    }

    #[test]
    fn only_the_exact_name_is_read_and_a_planted_second_one_voids_both() {
        let read = |cookie: &str| read(&with(cookie), CookieName::Session, Transport::Secure);
        assert_eq!(read("__Host-baton_session=a").as_deref(), Some("a"));
        assert_eq!(
            read("x=y;  __Host-baton_session=a; z").as_deref(),
            Some("a")
        );
        assert_eq!(read("baton_session=a"), None);
        assert_eq!(read("__host-baton_session=a"), None);
        assert_eq!(read("__Host-baton_session="), None);
        assert_eq!(read("__Host-baton_session=a; __Host-baton_session=b"), None);
    }
}
