//! Forms: read whole, up to a limit, and only from pages of our own.

use super::admin::{Admin, note};
use super::csrf;
use super::page_error::{PageError, Why};
use crate::http::body::{NoBody, read_body};
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use secrecy::SecretString;
use std::future::Future;
use std::pin::Pin;
use url::form_urlencoded;

/// The largest form, in bytes.
const LIMIT: usize = 32 * 1024;

/// The fields of a form as sent.
pub struct Form(Vec<(String, String)>);

/// A form of someone who is signed in, with the token of their session.
pub struct SignedForm {
    /// Who sent it.
    pub admin: Admin,
    /// Its fields.
    pub form: Form,
}

impl Form {
    /// Reads the body.
    ///
    /// # Errors
    /// [`Why::FromElsewhere`], [`Why::TooLarge`], [`Why::Misfit`].
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, Why> {
        if comes_from_elsewhere(request) {
            return Err(Why::FromElsewhere);
        }
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Why::Misfit("this was not sent as a form".to_owned()));
        }
        let body = read_body(payload, LIMIT).await?;
        let fields: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
        let has_nul =
            |(name, value): &(String, String)| name.contains('\0') || value.contains('\0');
        if fields.iter().any(has_nul) {
            return Err(Why::Misfit("a field holds U+0000".to_owned()));
        }
        Ok(Self(fields))
    }

    /// The one value of a field, without space around it; an empty one counts as absent.
    ///
    /// # Errors
    /// [`Why::Misfit`] if it came more than once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Why> {
        let mut values = self.all(name);
        let value = values.next();
        if values.next().is_some() {
            return Err(Why::Misfit(format!("{name} was sent more than once")));
        }
        Ok(value.map(str::trim).filter(|value| !value.is_empty()))
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.0.iter().filter(move |(field, _)| field == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// A secret, exactly as typed.
    ///
    /// # Errors
    /// [`Why::Misfit`] unless it came once.
    pub fn secret(&self, name: &str) -> Result<SecretString, Why> {
        match (self.all(name).next(), self.all(name).nth(1)) {
            (Some(value), None) => Ok(SecretString::from(value)),
            (_, _) => Err(Why::Misfit(format!("{name} must be sent once"))),
        }
    }

    /// Checks the form's token.
    ///
    /// # Errors
    /// [`Why::FormNotOurs`].
    pub fn check(&self, secret: &SecretString) -> Result<(), Why> {
        let mut tokens = self.all(csrf::FIELD);
        match (tokens.next(), tokens.next()) {
            (Some(token), None) if csrf::fits(secret, token) => Ok(()),
            (_, _) => Err(Why::FormNotOurs),
        }
    }
}

impl FromRequest for SignedForm {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            let admin = Admin::of(&request).await?;
            // Before the form is looked at: what is refused was tried all the same.
            note(&request);
            let payload = payload.await.map_err(|_| NoBody::Unreadable)?;
            let form = Form::read(&request, payload).await?;
            form.check(&admin.session)?;
            Ok(Self { admin, form })
        })
    }
}

impl From<NoBody> for Why {
    fn from(why: NoBody) -> Self {
        match why {
            NoBody::TooLarge(_) => Self::TooLarge,
            NoBody::Unreadable => Self::Misfit("the form did not arrive whole".to_owned()),
        }
    }
}

impl From<NoBody> for PageError {
    fn from(why: NoBody) -> Self {
        Why::from(why).into()
    }
}

/// What the browser itself says, where it says it; older ones rely on the token alone.
fn comes_from_elsewhere(request: &HttpRequest) -> bool {
    let mut sites = request.headers().get_all("sec-fetch-site");
    sites.any(|site| site != "same-origin" && site != "none")
}
