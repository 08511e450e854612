//! The extractor of who is signed in. A handler that takes `Admin` is never reached without.

use super::cookies::{self, CookieName, Transport};
use super::csrf;
use super::local_path::LocalPath;
use super::page_error::{PageError, Why};
use crate::http::activity::Note;
use crate::http::state::ServiceState;
use crate::store::activity::ActivityKind;
use crate::store::error::StoreError;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

/// Someone who is signed in to the console.
pub struct Admin {
    /// The name in timelines and in the audit.
    pub name: String,
    /// The session's cookie.
    pub(super) session: SecretString,
}

impl Admin {
    /// The token for the forms of this session.
    pub fn csrf(&self) -> String {
        csrf::token_for(&self.session)
    }

    /// Who is signed in, if anybody, for pages that are open to all.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn if_signed_in(request: &HttpRequest) -> Result<Option<Self>, StoreError> {
        let Some(state) = request.app_data::<Data<ServiceState>>() else {
            return Ok(None);
        };
        let transport = Transport::of_origin(state.verifier.public_url.origin());
        let Some(cookie) = cookies::read(request, CookieName::Session, transport) else {
            return Ok(None);
        };
        let session = SecretString::from(cookie);
        let found = state.sign_in.whose(&session).await?;
        Ok(found.map(|name| Self { name, session }))
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`Why::SignInFirst`], which sends the browser to the sign-in page and back; those of the
    /// database.
    pub async fn of(request: &HttpRequest) -> Result<Self, PageError> {
        match Self::if_signed_in(request).await {
            Ok(Some(admin)) => Ok(admin),
            Ok(None) => Err(Why::SignInFirst(next(request)).into()),
            Err(error) => Err(PageError::from(error)),
        }
    }
}

impl FromRequest for Admin {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let admin = Self::of(&request).await?;
            note(&request);
            Ok(admin)
        })
    }
}

/// Leaves a note for the activity log: what an admin does is in it.
pub(super) fn note(request: &HttpRequest) {
    let portal = request.match_info().get("portal");
    let portal = portal.and_then(|portal| portal.parse().ok());
    let note = Note {
        kind: ActivityKind::Console,
        portals: portal
            .map(|portal| (portal, Vec::new()))
            .into_iter()
            .collect(),
        is_test: false,
        body: None,
        not_done: BTreeMap::new(),
    };
    note.leave(request);
}

/// Where to go on after signing in: here, if this was a page.
fn next(request: &HttpRequest) -> LocalPath {
    if request.method() != Method::GET {
        return LocalPath::home();
    }
    let state = request.app_data::<Data<ServiceState>>();
    let prefix = state.map(|state| state.verifier.public_url.prefix());
    let uri = request.uri();
    let whole = uri
        .path_and_query()
        .map_or(uri.path(), |whole| whole.as_str());
    let own = prefix
        .and_then(|prefix| whole.strip_prefix(prefix))
        .unwrap_or(whole);
    LocalPath::parse(own).unwrap_or_else(LocalPath::home)
}
