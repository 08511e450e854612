//! Reading what is shown of portals: one, or a page of them.

use super::view::{
    AccountView, AiSenderView, ConnectedBy, ConnectionStatus, FeaturesView, GateView, LostBecause,
    PortalView, PrivateAppStatus, PrivateAppView, ScopeNeed, ScopeView, TokenView, Unavailable,
    UnfinishedDisconnect,
};
use crate::domain::assess::View;
use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::explain::{self, Voice};
use crate::domain::gate::{Connection, Portal, shut_gates};
use crate::domain::ids::PortalId;
use crate::domain::record::Record;
use crate::domain::scopes::{Features, Need, Scope};
use crate::domain::time::{Span, Timestamp};
use crate::store::PgConnection;
use crate::store::credentials::row::{self, CredentialRow};
use crate::store::error::StoreError;
use crate::store::health::server_state;
use crate::store::pool::{Store, read};
use crate::store::portal_record::card::{self, Card, Rows};
use crate::store::unfinished_disconnects::{self, Progress};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a private app lacks beside the app.
const PRIVATE_APP_LACKS: [&str; 2] = [
    "Workflow actions: HubSpot lets workflows call the app only.",
    "Silence at once: a person who takes over is noticed at the next sweep of the owners, \
     within the sweep period of the settings.",
];
/// Lines of a page of portals.
pub const MOST_PORTALS: i64 = 100;

/// Shows one portal. One without a row was never connected.
///
/// # Errors
/// Those of the database.
pub async fn show_portal(store: &Arc<Store>, portal: PortalId) -> Result<PortalView, StoreError> {
    read(store, move |conn| {
        let card = match card::find(conn, portal)? {
            Some(card) => card,
            None => Card::never_connected(portal, server_state(conn)?.now.into()),
        };
        let beside = Beside::of(conn, &[portal])?;
        view(card, &beside)
    })
    .await
}

/// Which portals a list holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that have a row.
    Every,
    /// Those that were connected, now or once.
    EverConnected,
    /// Exactly these, connected or not.
    These(BTreeSet<PortalId>),
}

/// Shows portals with ids above `after` (0: from the first), in the order of their ids, at most
/// [`MOST_PORTALS`].
///
/// # Errors
/// Those of the database.
pub async fn list_portals(
    store: &Arc<Store>,
    which: Which,
    after: i64,
) -> Result<Vec<PortalView>, StoreError> {
    read(store, move |conn| {
        let cards = match which {
            Which::Every => card::list(conn, after, Rows::Every, MOST_PORTALS)?,
            Which::EverConnected => card::list(conn, after, Rows::EverConnected, MOST_PORTALS)?,
            Which::These(portals) => {
                let now = server_state(conn)?.now.into();
                let most = usize::try_from(MOST_PORTALS).unwrap_or(usize::MAX);
                let portals = portals.into_iter().filter(|portal| portal.0 > after);
                let portals: Vec<PortalId> = portals.take(most).collect();
                let known = card::of(conn, &portals)?.into_iter();
                let mut known: BTreeMap<_, _> = known.map(|card| (card.portal, card)).collect();
                let card = |portal| {
                    let card = known.remove(&portal);
                    card.unwrap_or_else(|| Card::never_connected(portal, now))
                };
                portals.into_iter().map(card).collect()
            }
        };
        let portals: Vec<PortalId> = cards.iter().map(|card| card.portal).collect();
        let beside = Beside::of(conn, &portals)?;
        cards.into_iter().map(|card| view(card, &beside)).collect()
    })
    .await
}

/// What is shown of portals beside their cards: read for all of a page at once, since a statement
/// for each would take longer than the page may.
struct Beside {
    credentials: Vec<CredentialRow>,
    unfinished: BTreeMap<PortalId, Progress>,
}

impl Beside {
    fn of(conn: &mut PgConnection, portals: &[PortalId]) -> Result<Self, StoreError> {
        Ok(Self {
            credentials: row::of(conn, portals)?,
            unfinished: unfinished_disconnects::of(conn, portals)?,
        })
    }

    fn credential(&self, portal: PortalId, kind: CredentialKind) -> Option<&CredentialRow> {
        let mut rows = self.credentials.iter();
        rows.find(|row| row.portal == portal && row.kind == kind)
    }
}

fn view(card: Card, beside: &Beside) -> Result<PortalView, StoreError> {
    let portal = card.portal;
    let app = beside.credential(portal, CredentialKind::Oauth);
    let private_app = beside.credential(portal, CredentialKind::PrivateApp);
    let in_use = [app, private_app]
        .into_iter()
        .flatten()
        .find(|row| row.status != CredentialStatus::Retired);
    let granted: &[String] = in_use.map_or(&[], |row| &row.scopes);
    let by = in_use.map(|row| row.kind);
    let features = Features::from_granted(granted);
    let is_app = by == Some(CredentialKind::Oauth);
    Ok(PortalView {
        portal_id: portal,
        connection: match card.gates.connection {
            Connection::NotConnected => ConnectionStatus::NotConnected,
            Connection::Connected => ConnectionStatus::Connected,
            Connection::Unavailable => ConnectionStatus::ReconnectRequired,
        },
        unavailable: unavailable(&card)?,
        connected_at: card.connected_at,
        connected_by: by.map(|kind| match kind {
            CredentialKind::Oauth => ConnectedBy::Oauth,
            CredentialKind::PrivateApp => ConnectedBy::PrivateApp,
        }),
        scopes: Scope::ALL
            .into_iter()
            .map(|scope| scope_view(scope, granted))
            .collect(),
        features: FeaturesView {
            workflow_actions: is_app && features.workflow_actions,
            silence_at_once: is_app,
        },
        token: in_use
            .filter(|row| row.status == CredentialStatus::Active)
            .map(token),
        private_app: private_app.map(private_app_view),
        unfinished_disconnect: beside.unfinished.get(&portal).map(unfinished),
        ai_enabled: card.gates.ai_enabled,
        ai_sender: sender(&card),
        gates: gates(&card.gates, card.read_at),
        account: AccountView {
            hub_domain: card.account.hub_domain,
            ui_domain: card.account.ui_domain,
            region: card.account.region,
            account_type: card.account.account_type,
            time_zone: card.account.time_zone,
            installed_by: card.account.installed_by,
        },
        settings: card.gates.policies,
    })
}

fn scope_view(scope: Scope, granted: &[String]) -> ScopeView {
    ScopeView {
        name: scope.name().to_owned(),
        purpose: scope.purpose(),
        need: match scope.need() {
            Need::Required => ScopeNeed::Required,
            Need::Conditional => ScopeNeed::Conditional,
            Need::Optional => ScopeNeed::Optional,
        },
        plan_needed: scope.plan_needed(),
        is_granted: scope.is_granted(granted),
    }
}

fn unavailable(card: &Card) -> Result<Option<Unavailable>, StoreError> {
    let Some(word) = card.unavailable_because.as_deref() else {
        return Ok(None);
    };
    let because = match word {
        "disconnected" => LostBecause::Disconnected,
        "revoked" => LostBecause::Revoked,
        "uninstalled" => LostBecause::Uninstalled,
        other => {
            let text = format!("unknown reason of a lost connection '{other}'");
            return Err(StoreError::Unexpected(text));
        }
    };
    Ok(Some(Unavailable {
        because,
        since: card.unavailable_since,
    }))
}

fn token(row: &CredentialRow) -> TokenView {
    TokenView {
        generation: row.generation,
        obtained_at: Some(row.obtained_at),
        age: row.read_at - row.obtained_at,
        expires_at: row.expires_at,
        next_refresh_at: due_at(row),
    }
}

/// A token is replaced once two thirds of its life are over.
fn due_at(row: &CredentialRow) -> Option<Timestamp> {
    let third = Span::from_millis(row.lifetime()?.as_millis() / 3);
    Some(row.expires_at? - third)
}

fn private_app_view(row: &CredentialRow) -> PrivateAppView {
    let status = match row.status {
        CredentialStatus::Active => PrivateAppStatus::InUse,
        CredentialStatus::ReconnectRequired => PrivateAppStatus::Refused,
        CredentialStatus::Retired => PrivateAppStatus::Replaced,
    };
    PrivateAppView {
        status,
        connected_at: Some(row.obtained_at),
        wiped_at: row.wipe_at,
        lacks: match status {
            PrivateAppStatus::InUse | PrivateAppStatus::Refused => PRIVATE_APP_LACKS.to_vec(),
            PrivateAppStatus::Replaced => Vec::new(),
        },
    }
}

fn unfinished(progress: &Progress) -> UnfinishedDisconnect {
    UnfinishedDisconnect {
        since: Some(progress.asked_at),
        next_attempt_at: Some(progress.next_attempt_at),
        last_failure: progress.last_failure.clone(),
    }
}

fn sender(card: &Card) -> Option<AiSenderView> {
    let sender = card.sender.as_ref()?;
    Some(AiSenderView {
        user_id: sender.user_id,
        name: sender.name.clone(),
        is_shared: sender.is_shared,
        warning: match sender.is_shared {
            Some(false) => None,
            Some(true) => Some(
                "A person also uses this user: assigning them a conversation does not silence \
                 the AI. Give the AI a user of its own.",
            ),
            None => Some(
                "Make sure that no person uses this user: assigning them a conversation would \
                 not silence the AI.",
            ),
        },
    })
}

/// Those of the portal itself; a conversation may have more.
fn gates(portal: &Portal, now: Timestamp) -> Vec<GateView> {
    let untouched = Record::default();
    let view = View {
        thread: &untouched,
        ticket: None,
    };
    let shut = shut_gates(portal, view, now).into_iter();
    shut.filter(|gate| gate.is_of_portal())
        .map(|gate| GateView {
            code: gate.reason().name(),
            explanation: explain::gate(Voice::of(portal), gate),
        })
        .collect()
}
