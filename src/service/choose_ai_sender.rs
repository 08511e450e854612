//! The teammate the AI sends as: one of the portal's own, and best a user of its own, since
//! assigning a conversation to that user is how the AI is given it.

use super::audit_change::{Change, Changed, audit_change};
use super::hubspot_app::HubspotApp;
use super::read_owners::{NotRead, read_owners};
use crate::domain::ids::PortalId;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::error::StoreError;
use crate::store::owners::{Owner, OwnerKind};
use crate::store::pool::read;
use crate::store::portal_record::card::{self, Card};
use crate::store::portal_record::lock::lock_alone;
use crate::store::portal_record::switches::{Sender, set_sender};
use serde_json::{Value, json};

/// Somebody who can be the AI sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teammate {
    /// HubSpot's user id.
    pub user_id: i64,
    /// First and last name, or the e-mail address.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// True if this user connected the portal, so a person uses it.
    pub is_installer: bool,
}

/// Why no sender was chosen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChosen {
    /// HubSpot has no such teammate.
    #[error(
        "user {0} is no teammate of the portal; expected the user id of an active user in HubSpot"
    )]
    NoTeammate(i64),
    /// The teammates could not be read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// HubSpot's user id.
    pub user_id: i64,
    /// Whether a person uses the same user; none: nobody said.
    pub is_shared: Option<bool>,
}

/// The teammates of a portal who can be its AI sender, by name.
///
/// # Errors
/// See [`NotRead`].
pub async fn list_teammates(app: &HubspotApp, portal: PortalId) -> Result<Vec<Teammate>, NotRead> {
    let owners = read_owners(app, portal).await?;
    let card = read(&app.store, move |conn| card::find(conn, portal)).await?;
    let installer = card.and_then(|card| card.account.installed_by_user_id);
    let mut teammates: Vec<Teammate> = owners
        .iter()
        .filter_map(|owner| teammate(owner, installer))
        .collect();
    teammates.sort_by(|a, b| a.name.cmp(&b.name).then(a.user_id.cmp(&b.user_id)));
    Ok(teammates)
}

/// Chooses the AI sender, which opens the gate `AI_SENDER_NOT_SET`.
///
/// # Errors
/// See [`NotChosen`].
pub async fn choose_ai_sender(
    app: &HubspotApp,
    portal: PortalId,
    choice: Choice,
    actor: &str,
) -> Result<(), NotChosen> {
    let teammates = list_teammates(app, portal).await?;
    let chosen = teammates
        .into_iter()
        .find(|teammate| teammate.user_id == choice.user_id)
        .ok_or(NotChosen::NoTeammate(choice.user_id))?;
    let sender = Sender {
        user_id: chosen.user_id,
        name: Some(chosen.name),
        // Whoever clicked through the consent screen is a person.
        is_shared: choice.is_shared.or(chosen.is_installer.then_some(true)),
    };
    let actor = actor.to_owned();
    Ok(read(&app.store, move |conn| store(conn, portal, &sender, &actor)).await?)
}

fn store(
    conn: &mut PgConnection,
    portal: PortalId,
    sender: &Sender,
    actor: &str,
) -> Result<(), StoreError> {
    transaction(conn, |conn| {
        lock_alone(conn, portal)?;
        let before = card::find(conn, portal)?.and_then(|card: Card| card.sender);
        set_sender(conn, portal, Some(sender))?;
        audit_change(
            conn,
            &Change {
                portal,
                actor,
                changed: Changed::AiSender,
                before: before.as_ref().map_or(Value::Null, side),
                after: side(sender),
            },
        )
    })
}

fn side(sender: &Sender) -> Value {
    json!({
        "user_id": sender.user_id.to_string(),
        "name": sender.name,
        "is_shared": sender.is_shared,
    })
}

fn teammate(owner: &Owner, installer: Option<i64>) -> Option<Teammate> {
    let user_id = owner.user_id?;
    if owner.kind != OwnerKind::Person || owner.is_archived {
        return None;
    }
    let names = [owner.first_name.as_deref(), owner.last_name.as_deref()];
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter(|n| !n.is_empty())
        .collect();
    let name = match names.as_slice() {
        [] => owner.email.clone().unwrap_or_else(|| user_id.to_string()),
        names => names.join(" "),
    };
    Some(Teammate {
        user_id,
        name,
        email: owner.email.clone(),
        is_installer: installer == Some(user_id),
    })
}
