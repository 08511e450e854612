//! The accounts of the demo: a paying customer with workflows, one without, one in the EU, and a
//! sandbox.

use super::account::{
    Account, AccountKind, Hublet, Owner, OwnerKind, PrivateApp, Role, Team, Tier, User,
};
use crate::domain::ids::PortalId;
use crate::simulator::demo_world;
use secrecy::SecretString;

const AGENT_SAM: i64 = 3_892_001;
const AGENT_NIA: i64 = 3_892_002;
const AGENT_GONE: i64 = 3_892_003;
const FIRST_LEVEL: i64 = 4_410_001;
const SECOND_LEVEL: i64 = 4_410_002;

/// What a private app of the demo may do: all that an install without workflows asks for.
const PRIVATE_APP_SCOPES: &[&str] = &[
    "tickets",
    "conversations.read",
    "conversations.write",
    "crm.objects.contacts.read",
    "crm.objects.owners.read",
];

/// All of them, the main one first.
pub(super) fn accounts() -> Vec<Account> {
    vec![customer(), starter(), european(), sandbox()]
}

fn customer() -> Account {
    Account {
        portal: demo_world::PORTAL,
        name: "Acme Support",
        domain: "acme-support.example",
        tier: Tier::Professional,
        kind: AccountKind::Standard,
        hublet: Hublet::Na1,
        time_zone: "US/Eastern",
        users: vec![
            admin(61_000_001, "ada@acme-support.example", "Ada Admin"),
            agent(AGENT_SAM, "sam@acme-support.example", "Sam Service"),
            agent(AGENT_NIA, "nia@acme-support.example", "Nia North"),
            agent(
                demo_world::AI_SENDER_USER_ID,
                "assistant@acme-support.example",
                "Acme Assistant",
            ),
        ],
        owners: vec![
            person(
                81_538_000,
                61_000_001,
                "ada@acme-support.example",
                ["Ada", "Admin"],
            ),
            person(
                81_538_001,
                AGENT_SAM,
                "sam@acme-support.example",
                ["Sam", "Service"],
            ),
            person(
                81_538_002,
                AGENT_NIA,
                "nia@acme-support.example",
                ["Nia", "North"],
            ),
            person(
                81_538_009,
                demo_world::AI_SENDER_USER_ID,
                "assistant@acme-support.example",
                ["Acme", "Assistant"],
            ),
            Owner {
                kind: OwnerKind::Archived(AGENT_GONE),
                ..person(
                    81_538_003,
                    AGENT_GONE,
                    "gus@acme-support.example",
                    ["Gus", "Gone"],
                )
            },
            Owner {
                id: 81_538_100,
                kind: OwnerKind::Queue,
                email: "",
                first_name: "Night queue",
                last_name: "",
            },
        ],
        teams: vec![
            Team {
                id: FIRST_LEVEL,
                name: "First level",
                members: vec![AGENT_SAM],
                extra_members: vec![AGENT_NIA],
            },
            Team {
                id: SECOND_LEVEL,
                name: "Second level",
                members: vec![AGENT_NIA],
                extra_members: Vec::new(),
            },
        ],
        private_app: Some(PrivateApp {
            app_id: 2_900_001,
            user_id: 61_000_001,
            token: SecretString::from("pat-na1-demo-50001-not-for-production"),
            scopes: PRIVATE_APP_SCOPES,
        }),
    }
}

fn starter() -> Account {
    Account {
        portal: PortalId(50_002),
        name: "Corner Shop",
        domain: "corner-shop.example",
        tier: Tier::Starter,
        kind: AccountKind::Standard,
        hublet: Hublet::Na1,
        time_zone: "US/Pacific",
        users: vec![admin(62_000_001, "cora@corner-shop.example", "Cora Corner")],
        owners: vec![person(
            82_538_001,
            62_000_001,
            "cora@corner-shop.example",
            ["Cora", "Corner"],
        )],
        teams: Vec::new(),
        private_app: None,
    }
}

fn european() -> Account {
    Account {
        portal: PortalId(50_003),
        name: "Beispiel GmbH",
        domain: "beispiel.example",
        tier: Tier::Enterprise,
        kind: AccountKind::Standard,
        hublet: Hublet::Eu1,
        time_zone: "Europe/Berlin",
        users: vec![
            admin(63_000_001, "erika@beispiel.example", "Erika Muster"),
            agent(63_000_002, "jörg@beispiel.example", "Jörg Grün"),
        ],
        owners: vec![
            person(
                83_538_001,
                63_000_001,
                "erika@beispiel.example",
                ["Erika", "Muster"],
            ),
            person(
                83_538_002,
                63_000_002,
                "jörg@beispiel.example",
                ["Jörg", "Grün"],
            ),
        ],
        teams: Vec::new(),
        private_app: Some(PrivateApp {
            app_id: 2_900_003,
            user_id: 63_000_001,
            token: SecretString::from("pat-eu1-demo-50003-not-for-production"),
            scopes: PRIVATE_APP_SCOPES,
        }),
    }
}

fn sandbox() -> Account {
    Account {
        portal: PortalId(50_004),
        name: "Acme Support (sandbox)",
        kind: AccountKind::Sandbox,
        private_app: None,
        ..customer()
    }
}

fn admin(id: i64, email: &'static str, name: &'static str) -> User {
    User {
        role: Role::SuperAdmin,
        ..agent(id, email, name)
    }
}

fn agent(id: i64, email: &'static str, name: &'static str) -> User {
    User {
        id,
        email,
        name,
        role: Role::Agent,
    }
}

fn person(id: i64, user: i64, email: &'static str, [first, last]: [&'static str; 2]) -> Owner {
    Owner {
        id,
        kind: OwnerKind::Person(user),
        email,
        first_name: first,
        last_name: last,
    }
}
