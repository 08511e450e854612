//! A request of HubSpot's API as data: where it goes, what it carries, and how its answer is read.
//! It holds no secret, so it can be logged, kept and sent again with another token.

use serde_json::Value;

/// One request whose answer is a `T`.
#[derive(Debug)]
pub struct Request<T> {
    /// The name for metrics and errors, for instance `threads.get`.
    pub endpoint: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the API's address, without a leading slash.
    pub path: String,
    /// The query's parameters.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// Reads the answer's body, which is `null` if it is empty; says what it lacks.
    pub read: fn(&Value) -> Result<T, &'static str>,
    /// Sent instead if HubSpot does not know this path or method.
    pub or_else: Option<Box<Request<T>>>,
}

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// The token of the call itself, as `{"tokenKey": ...}`.
    Token,
}

impl<T> Request<T> {
    pub(super) fn get(
        endpoint: &'static str,
        path: impl Into<String>,
        read: fn(&Value) -> Result<T, &'static str>,
    ) -> Self {
        Self {
            endpoint,
            method: Method::Get,
            path: path.into(),
            query: Vec::new(),
            body: Body::Empty,
            read,
            or_else: None,
        }
    }

    pub(super) fn with(self, method: Method, body: Body) -> Self {
        Self {
            method,
            body,
            ..self
        }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(super) fn query_if(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub(super) fn or_else(mut self, other: Self) -> Self {
        self.or_else = Some(Box::new(other));
        self
    }
}
