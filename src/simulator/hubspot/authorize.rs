//! What an install URL asks for, and everything that can be wrong with it. HubSpot shows these
//! mistakes on a page of its own and sends nobody back.

use super::account::{Account, Role, User};
use super::app::App;
use super::call::Fields;
use super::scope;
use url::Url;

/// An install URL without mistakes.
pub(super) struct AuthorizeRequest {
    pub(super) redirect_uri: String,
    /// In `scope`: each is granted, or nothing is.
    pub(super) scopes: Vec<String>,
    /// In `optional_scope`: granted where the account can.
    pub(super) optional_scopes: Vec<String>,
    redirect: Url,
    state: Option<String>,
}

/// Why nobody can connect by this URL, or this user cannot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// `client_id` is none of HubSpot's.
    #[error("the client_id is missing or belongs to no app")]
    UnknownClient,
    /// `redirect_uri` is not registered, letter by letter.
    #[error("the redirect URL in the link doesn't match the app's registered redirect URLs")]
    RedirectMismatch,
    /// A required scope is not in `scope`.
    #[error("insufficient scopes were provided: {0} must be in the scope parameter")]
    MissingScopes(String),
    /// A scope that the link must or may require stands in `optional_scope`.
    #[error("{0} is required by the app and cannot be in the optional_scope parameter")]
    RequiredAsOptional(String),
    /// A scope that the app did not register, or registered as optional only.
    #[error("the scopes in the link don't match the app's: {0} is not among them")]
    UnknownScopes(String),
    /// A parameter is there twice.
    #[error("the link says the same thing twice")]
    Repeats,
    /// No such account, or no such user in it.
    #[error("this account cannot be opened by this user")]
    UnknownAccount,
    /// The user may not install apps.
    #[error("{0} doesn't have permission to install apps; a super admin does")]
    NotPermitted(String),
    /// The account's plan lacks what the link requires.
    #[error("{account} is on a plan without what this app needs: {scopes}")]
    PlanLacks {
        /// The account.
        account: String,
        /// The scopes its plan does not have.
        scopes: String,
    },
}

impl AuthorizeRequest {
    /// Reads the query of an install URL.
    pub(super) fn read(app: &App, query: &Fields) -> Result<Self, Mistake> {
        if query.repeated().is_some() {
            return Err(Mistake::Repeats);
        }
        if query.get("client_id") != Some(app.client_id.as_str()) {
            return Err(Mistake::UnknownClient);
        }
        let redirect_uri = query.get("redirect_uri").unwrap_or_default();
        let is_registered = app.redirect_urls.iter().any(|known| known == redirect_uri);
        let redirect = Url::parse(redirect_uri).ok().filter(|_| is_registered);
        let redirect = redirect.ok_or(Mistake::RedirectMismatch)?;
        let scopes = words(query.get("scope"));
        let optional_scopes = words(query.get("optional_scope"));
        check_scopes(app, &scopes, &optional_scopes)?;
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            scopes,
            optional_scopes,
            redirect,
            state: query.get("state").map(ToOwned::to_owned),
        })
    }

    /// The scopes this user of this account can grant.
    pub(super) fn granted_by(
        &self,
        account: &Account,
        user: &User,
    ) -> Result<Vec<String>, Mistake> {
        match user.role {
            Role::SuperAdmin => {}
            Role::Agent => return Err(Mistake::NotPermitted(user.name.to_owned())),
        }
        let has = |scope: &&String| scope::tier_of(scope) <= account.tier;
        let lacking: Vec<&str> = self
            .scopes
            .iter()
            .filter(|scope| !has(scope))
            .map(String::as_str)
            .collect();
        if !lacking.is_empty() {
            return Err(Mistake::PlanLacks {
                account: account.name.to_owned(),
                scopes: lacking.join(", "),
            });
        }
        let optional = self.optional_scopes.iter().filter(has);
        Ok(self.scopes.iter().chain(optional).cloned().collect())
    }

    /// Where the user goes after agreeing.
    pub(super) fn approved(&self, code: &str) -> String {
        self.sent_back(&[("code", code)])
    }

    /// Where the user goes after cancelling. HubSpot documents the form but no code for this.
    pub(super) fn cancelled(&self) -> String {
        self.sent_back(&[
            ("error", "access_denied"),
            ("error_description", "The user cancelled the request."),
        ])
    }

    fn sent_back(&self, fields: &[(&str, &str)]) -> String {
        let mut url = self.redirect.clone();
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(fields);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        url.into()
    }
}

fn check_scopes(app: &App, scopes: &[String], optional: &[String]) -> Result<(), Mistake> {
    let missing = app.required_scopes.iter();
    let missing = missing.filter(|needed| !scopes.iter().any(|scope| scope == **needed));
    let may_be_required = |scope: &&String| {
        contains(&app.required_scopes, scope) || contains(&app.conditionally_required_scopes, scope)
    };
    let misplaced = optional.iter().filter(may_be_required);
    let is_optional = |scope: &&String| contains(&app.optional_scopes, scope);
    let unknown = scopes.iter().filter(|scope| !may_be_required(scope));
    let unknown_optional = optional.iter().filter(|scope| !is_optional(scope));
    if let Some(scopes) = listed(missing.copied()) {
        return Err(Mistake::MissingScopes(scopes));
    }
    if let Some(scopes) = listed(misplaced.map(String::as_str)) {
        return Err(Mistake::RequiredAsOptional(scopes));
    }
    match listed(unknown.chain(unknown_optional).map(String::as_str)) {
        Some(scopes) => Err(Mistake::UnknownScopes(scopes)),
        None => Ok(()),
    }
}

fn contains(scopes: &[&str], scope: &str) -> bool {
    scopes.contains(&scope)
}

fn listed<'a>(scopes: impl Iterator<Item = &'a str>) -> Option<String> {
    let scopes: Vec<&str> = scopes.collect();
    (!scopes.is_empty()).then(|| scopes.join(", "))
}

/// Scopes are separated by spaces; saying one twice is saying it once.
fn words(text: Option<&str>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.unwrap_or_default().split_whitespace() {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}
