//! Whom the owner fields of a reading name: through the cache of owners, and HubSpot itself for
//! those that are not in it.

use super::call_hubspot::CallError;
use super::follower::Follower;
use super::read_owners::kept;
use crate::domain::ids::PortalId;
use crate::domain::owner::Owner;
use crate::hubspot::actor_id::ActorId;
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::owners as asked;
use crate::hubspot::api::tickets::TicketOwner as ReadOwner;
use crate::hubspot::webhooks::assignee::{Assignee, TicketOwner};
use crate::hubspot::webhooks::people::{KnownOwner, People};
use crate::store::error::StoreError;
use crate::store::event_context::{self, CachedOwner};
use crate::store::owners;
use crate::store::pool::read;
use serde_json::Value;
use std::collections::BTreeSet;

/// Owners asked for one by one in a row; the rest waits for the next reading.
const MOST_ASKED: usize = 20;

/// What is known of the people that these owner ids stand for. One that HubSpot does not tell of
/// stays unknown, and so a person.
///
/// # Errors
/// Those of the database.
pub(super) async fn people(
    follower: &Follower,
    (portal, lane): (PortalId, Lane),
    owner_ids: BTreeSet<i64>,
) -> Result<People, StoreError> {
    let keys: Vec<(PortalId, i64)> = owner_ids.iter().map(|id| (portal, *id)).collect();
    let (senders, cached) = read(&follower.store, move |conn| {
        let senders = event_context::ai_senders(conn, &[portal])?;
        Ok((senders, event_context::owners(conn, &keys)?))
    })
    .await?;
    let mut people = People {
        ai_sender: senders.first().map(|(_, user)| *user),
        owners: cached
            .iter()
            .map(|owner| (owner.owner_id, known(owner)))
            .collect(),
    };
    let unmapped = owner_ids
        .into_iter()
        .filter(|id| !people.owners.contains_key(id));
    let unmapped: Vec<i64> = unmapped.take(MOST_ASKED).collect();
    for id in unmapped {
        if let Some(owner) = ask(follower, (portal, lane), id).await? {
            people.owners.insert(id, known(&owner));
        }
    }
    Ok(people)
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
pub(super) fn ticket_owner(people: &People, owner: &ReadOwner) -> Option<Owner> {
    match owner {
        ReadOwner::Nobody => Some(Owner::Nobody),
        ReadOwner::Owner(id) => Some(people.ticket_owner(&TicketOwner::Owner(*id))),
        ReadOwner::NotSaid => None,
    }
}

async fn ask(
    follower: &Follower,
    (portal, lane): (PortalId, Lane),
    id: i64,
) -> Result<Option<CachedOwner>, StoreError> {
    let answer = follower.hubspot.ask(portal, lane, &asked::get(id)).await;
    let owner = match answer {
        Ok(owner) => owner,
        Err(CallError::HubSpot(HubSpotError::NotFound(_))) => return Ok(None),
        Err(error) => {
            log::warn!(portal_id = portal.0; "owner {id} could not be read: {error}");
            return Ok(None);
        }
    };
    let Some(owner) = kept(owner) else {
        return Ok(None);
    };
    let cached = CachedOwner {
        portal_id: portal.0,
        owner_id: owner.owner_id,
        user_id: owner.user_id,
        kind: owner.kind.name().to_owned(),
    };
    read(&follower.store, move |conn| {
        owners::keep(conn, portal, &owner)
    })
    .await?;
    Ok(Some(cached))
}
