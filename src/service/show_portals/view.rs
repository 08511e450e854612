//! A portal as the API's JSON and the console's card show it: everything either may know, and no
//! secret. Ids are texts and times RFC 3339 in JSON.

use crate::domain::ids::PortalId;
use crate::domain::policy::Policies;
use crate::domain::time::{Span, Timestamp};
use serde::{Serialize, Serializer};

/// Everything shown of a portal.
#[derive(Clone, Debug, Serialize)]
pub struct PortalView {
    /// The portal.
    #[serde(serialize_with = "as_text")]
    pub portal_id: PortalId,
    /// Whether its connection works.
    pub connection: ConnectionStatus,
    /// Why it no longer works; none while it does, or before the first connect.
    pub unavailable: Option<Unavailable>,
    /// When it was last connected.
    #[serde(serialize_with = "as_time")]
    pub connected_at: Option<Timestamp>,
    /// How it is connected; none if it is not.
    pub connected_by: Option<ConnectedBy>,
    /// What HubSpot says of the account.
    pub account: AccountView,
    /// The scopes the app knows, granted or not, the required ones first.
    pub scopes: Vec<ScopeView>,
    /// What the grant in use allows.
    pub features: FeaturesView,
    /// The token in use; none without a working connection.
    pub token: Option<TokenView>,
    /// The private app, in use or kept for a while after a migration.
    pub private_app: Option<PrivateAppView>,
    /// A disconnect that HubSpot has not heard of yet.
    pub unfinished_disconnect: Option<UnfinishedDisconnect>,
    /// The kill switch: false silences every conversation.
    pub ai_enabled: bool,
    /// The teammate the AI sends as.
    pub ai_sender: Option<AiSenderView>,
    /// The portal's gates that are shut, the strongest first.
    pub gates: Vec<GateView>,
    /// Its settings, in JSON as an admin writes them.
    #[serde(serialize_with = "as_shown")]
    pub settings: Policies,
}

/// The three states of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// It was never connected.
    NotConnected,
    /// It works.
    Connected,
    /// It worked once: an admin connects it again, and finds everything as it was.
    ReconnectRequired,
}

/// Why a connection no longer works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unavailable {
    /// The cause.
    pub because: LostBecause,
    /// Since when.
    #[serde(serialize_with = "as_time")]
    pub since: Option<Timestamp>,
}

/// What ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LostBecause {
    /// An admin of this Baton disconnected it.
    Disconnected,
    /// HubSpot no longer takes the grant.
    Revoked,
    /// The app was uninstalled in HubSpot.
    Uninstalled,
}

/// The kind of credential in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectedBy {
    /// The app, by HubSpot's consent screen.
    Oauth,
    /// The token of a private app.
    PrivateApp,
}

/// What HubSpot says of the account.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountView {
    /// Its domain, for instance `example.com`.
    pub hub_domain: Option<String>,
    /// Where its people work, for instance `app-eu1.hubspot.com`.
    pub ui_domain: Option<String>,
    /// Where its data is: `na1`, `eu1`, ...
    pub region: Option<String>,
    /// `STANDARD`, `SANDBOX`, `DEVELOPER_TEST`, ...
    pub account_type: Option<String>,
    /// Its time zone, as HubSpot writes it.
    pub time_zone: Option<String>,
    /// Who installed the app: an e-mail address or a name.
    pub installed_by: Option<String>,
}

/// One scope.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeView {
    /// HubSpot's name of it.
    pub name: String,
    /// What it is for, in one sentence.
    pub purpose: &'static str,
    /// How much depends on it.
    pub need: ScopeNeed,
    /// The HubSpot plans that can grant it; none if any can.
    pub plan_needed: Option<&'static str>,
    /// Whether the grant in use has it.
    pub is_granted: bool,
}

/// How much depends on a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeNeed {
    /// Nothing works without it.
    Required,
    /// Workflow actions need it; plans without workflows cannot grant it.
    Conditional,
    /// One feature needs it.
    Optional,
}

/// What the grant in use allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FeaturesView {
    /// Actions in workflows.
    pub workflow_actions: bool,
    /// Silence at once when a person takes over; else within the sweep period.
    pub silence_at_once: bool,
}

/// A token's age; never the token.
#[derive(Clone, Debug, Serialize)]
pub struct TokenView {
    /// Which one it is: the number grows with every new token.
    pub generation: i64,
    /// When HubSpot gave it.
    #[serde(serialize_with = "as_time")]
    pub obtained_at: Option<Timestamp>,
    /// How old it is.
    #[serde(rename = "age_ms")]
    pub age: Span,
    /// When it ends; a private app's does not.
    #[serde(serialize_with = "as_time")]
    pub expires_at: Option<Timestamp>,
    /// About when the next one is asked for.
    #[serde(serialize_with = "as_time")]
    pub next_refresh_at: Option<Timestamp>,
}

/// A private app's credential; never its token.
#[derive(Clone, Debug, Serialize)]
pub struct PrivateAppView {
    /// In use, or kept for the way back.
    pub status: PrivateAppStatus,
    /// When its token was pasted.
    #[serde(serialize_with = "as_time")]
    pub connected_at: Option<Timestamp>,
    /// When it will be wiped, once the app has taken its place.
    #[serde(serialize_with = "as_time")]
    pub wiped_at: Option<Timestamp>,
    /// What such a connection lacks, one sentence each; empty once it is replaced.
    pub lacks: Vec<&'static str>,
}

/// Whether a private app's token is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateAppStatus {
    /// The portal is connected by it: show the phase-out banner.
    InUse,
    /// The app has taken its place; it may be deleted in HubSpot.
    Replaced,
    /// HubSpot no longer takes it.
    Refused,
}

/// What is still to be done of a disconnect: HubSpot is told to end the grant.
#[derive(Clone, Debug, Serialize)]
pub struct UnfinishedDisconnect {
    /// When an admin disconnected.
    #[serde(serialize_with = "as_time")]
    pub since: Option<Timestamp>,
    /// When HubSpot is told next.
    #[serde(serialize_with = "as_time")]
    pub next_attempt_at: Option<Timestamp>,
    /// What came of the last attempt.
    pub last_failure: Option<String>,
}

/// The teammate the AI sends as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AiSenderView {
    /// HubSpot's user id.
    #[serde(serialize_with = "as_text")]
    pub user_id: i64,
    /// The name, as HubSpot had it when chosen.
    pub name: Option<String>,
    /// Whether a person uses the same user; none if nobody said.
    pub is_shared: Option<bool>,
    /// What follows from sharing it, one sentence; none for a user of its own.
    pub warning: Option<&'static str>,
}

/// A gate that is shut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateView {
    /// Its code, for instance `AI_SENDER_NOT_SET`.
    pub code: &'static str,
    /// What it means and how to open it, in one sentence.
    pub explanation: &'static str,
}

fn as_text<T: ToString, S: Serializer>(id: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&id.to_string())
}

fn as_time<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

fn as_shown<S: Serializer>(settings: &Policies, serializer: S) -> Result<S::Ok, S::Error> {
    settings.shown().serialize(serializer)
}
