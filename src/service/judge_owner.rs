//! Whom the owner fields of a reading name, by what is known of a portal's people.

use super::owner_source;
use crate::domain::ids::PortalId;
use crate::domain::owner::{Owner, OwnerReading};
use crate::hubspot::actor_id::ActorId;
use crate::hubspot::api::tickets::{Ticket, TicketOwner as ReadOwner};
use crate::hubspot::webhooks::assignee::{Assignee, TicketOwner};
use crate::hubspot::webhooks::people::{KnownOwner, People, name_without_user};
use crate::store::error::StoreError;
use crate::store::event_context::{self, CachedOwner};
use crate::store::pool::{Store, read};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of the people that these owner ids stand for. One that is not in the cache is
/// unknown, and so a person.
///
/// # Errors
/// Those of the database.
pub(super) async fn people(
    store: &Arc<Store>,
    portal: PortalId,
    owner_ids: BTreeSet<i64>,
) -> Result<People, StoreError> {
    let keys: Vec<(PortalId, i64)> = owner_ids.iter().map(|id| (portal, *id)).collect();
    let (senders, cached) = read(store, move |conn| {
        let senders = event_context::ai_senders(conn, &[portal])?;
        Ok((senders, event_context::owners(conn, &keys)?))
    })
    .await?;
    Ok(People {
        ai_sender: senders.first().map(|(_, user)| *user),
        owners: cached
            .iter()
            .map(|owner| (owner.owner_id, known(owner)))
            .collect(),
    })
}

/// What the cache says of an owner.
pub(super) fn known(owner: &CachedOwner) -> KnownOwner {
    match (owner.kind.as_str(), owner.user_id) {
        ("QUEUE", _) => KnownOwner::Queue,
        (_, Some(user)) => KnownOwner::User(user),
        (_, None) => KnownOwner::Archived,
    }
}

/// Whom a thread's assignee names.
pub(super) fn assignee(people: &People, assigned_to: Option<&ActorId>) -> Owner {
    let value = assigned_to.map(|actor| Value::String(actor.to_string()));
    people.assignee(&Assignee::read(value.as_ref()))
}

/// Whom a ticket's owner names. None: the reading did not say.
pub(super) fn ticket_owner(people: &People, ticket: &Ticket) -> Option<OwnerReading> {
    match ticket.owner {
        ReadOwner::Nobody => Some(Owner::Nobody.into()),
        ReadOwner::Owner(id) => Some(OwnerReading {
            owner: people.ticket_owner(&TicketOwner::Owner(id)),
            also_named: Some(name_without_user(id)),
            change: owner_source::by_automation(ticket),
        }),
        ReadOwner::NotSaid => None,
    }
}
