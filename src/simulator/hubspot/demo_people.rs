//! The people and queues of the demo's accounts by name, as whoever types a command knows them.

use super::account::{Owner, OwnerKind};
use super::demo_accounts;
use crate::domain::ids::PortalId;

/// Somebody a conversation or a ticket can be assigned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// First and last name; a queue's name.
    pub name: String,
    /// HubSpot's id of the user; a queue has none.
    pub user_id: Option<i64>,
    /// HubSpot's id of the owner.
    pub owner_id: i64,
}

/// Everybody in an account.
pub fn of(portal: PortalId) -> Vec<DemoPerson> {
    let account = demo_accounts::accounts()
        .into_iter()
        .find(|account| account.portal == portal);
    let owners = account.map(|account| account.owners).unwrap_or_default();
    owners.iter().map(person).collect()
}

/// The one with this name, or with this first name if no other has it; upper and lower case alike.
pub fn named(portal: PortalId, name: &str) -> Option<DemoPerson> {
    let name = name.trim().to_lowercase();
    let people = of(portal);
    let whole = people
        .iter()
        .find(|person| person.name.to_lowercase() == name);
    let is_first = |person: &&DemoPerson| {
        let whole = person.name.to_lowercase();
        whole.split(' ').next() == Some(name.as_str())
    };
    let mut firsts = people.iter().filter(is_first);
    let first = firsts.next().filter(|_| firsts.next().is_none());
    whole.or(first).cloned()
}

fn person(owner: &Owner) -> DemoPerson {
    let user_id = match owner.kind {
        OwnerKind::Person(user) | OwnerKind::Archived(user) => Some(user),
        OwnerKind::Queue => None,
    };
    let name = format!("{} {}", owner.first_name, owner.last_name);
    DemoPerson {
        name: name.trim().to_owned(),
        user_id,
        owner_id: owner.id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::demo_world::PORTAL;

    #[test]
    fn people_are_found_by_their_whole_or_first_name() {
        for name in ["Sam Service", "sam service", " SAM "] {
            let sam = named(PORTAL, name).unwrap();
            assert_eq!((sam.user_id, sam.owner_id), (Some(3_892_001), 81_538_001));
        }
        let queue = named(PORTAL, "Night queue").unwrap();
        assert_eq!(queue.user_id, None);
    }

    #[test]
    fn nobody_else_is_found() {
        for name in ["", "Nobody", "Service"] {
            assert_eq!(named(PORTAL, name), None, "{name}");
        }
        assert_eq!(named(PortalId(1), "Sam Service"), None);
    }
}
