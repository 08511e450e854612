//! One request, read whole.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use std::collections::HashSet;
use url::form_urlencoded;

/// A request.
pub(super) struct Call {
    pub(super) method: Method,
    /// Without a slash at its end, which HubSpot's own clients add in places.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why a body is not the form that was expected.
pub(super) enum NotAForm {
    /// Its type is another.
    ContentType,
    /// A field is there twice.
    Repeats,
}

impl Call {
    pub(super) fn of(request: &HttpRequest, body: Bytes) -> Self {
        let path = request.path();
        let path = path.strip_suffix('/').unwrap_or(path);
        Self {
            method: request.method().clone(),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            query: request.query_string().to_owned(),
            headers: request.headers().clone(),
            body,
        }
    }

    /// A header, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer`. One in the query is never looked at.
    pub(super) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(AUTHORIZATION.as_str())?.split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// A part of the path, counted from 0; empty if there is none.
    pub(super) fn part(&self, place: usize) -> &str {
        self.path.split('/').nth(place + 1).unwrap_or_default()
    }

    pub(super) fn query_fields(&self) -> Fields {
        Fields::read(self.query.as_bytes())
    }

    /// The body as a form in which nothing is said twice.
    pub(super) fn form(&self) -> Result<Fields, NotAForm> {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(NotAForm::ContentType);
        }
        let fields = Fields::read(&self.body);
        match fields.repeated() {
            Some(_) => Err(NotAForm::Repeats),
            None => Ok(fields),
        }
    }
}

/// Names and values of a query or a form.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value under this name, if it is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name)?;
        Some(found.1.as_str()).filter(|value| !value.is_empty())
    }

    /// A name that is there more than once.
    pub(super) fn repeated(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        let mut names = self.0.iter().map(|(name, _)| name.as_str());
        names.find(|name| !seen.insert(*name))
    }
}
