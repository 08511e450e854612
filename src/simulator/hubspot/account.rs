//! An account of the simulated HubSpot, as data: its plan, region, people, teams and private app.

use crate::domain::ids::PortalId;
use secrecy::SecretString;

/// A HubSpot account.
#[derive(Clone, Debug)]
pub struct Account {
    /// HubSpot's id of it; its pages also say "Hub ID".
    pub portal: PortalId,
    /// Its name, as the consent page shows it.
    pub name: &'static str,
    /// Its first domain, `hub_domain` in what introspection answers.
    pub domain: &'static str,
    /// The plan it pays for.
    pub tier: Tier,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Where its data is.
    pub hublet: Hublet,
    /// As in the IANA database.
    pub time_zone: &'static str,
    /// Who can sign in.
    pub users: Vec<User>,
    /// Who can own a record; each person that can sign in, some who no longer can, and queues.
    pub owners: Vec<Owner>,
    /// Its teams.
    pub teams: Vec<Team>,
    /// The private app it made for itself, if any.
    pub private_app: Option<PrivateApp>,
}

impl Account {
    /// The user with this id.
    pub fn user(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The user who may install apps.
    pub fn super_admin(&self) -> Option<&User> {
        self.users.iter().find(|user| user.role == Role::SuperAdmin)
    }
}

/// Plans, from the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// No workflows.
    Starter,
    /// Workflows.
    Professional,
    /// Everything.
    Enterprise,
}

impl Tier {
    /// Its name on HubSpot's price list.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starter => "Starter",
            Self::Professional => "Professional",
            Self::Enterprise => "Enterprise",
        }
    }
}

/// `accountType` of the account information API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A customer's account.
    Standard,
    /// A customer's sandbox.
    Sandbox,
    /// A developer's test account.
    DeveloperTest,
}

impl AccountKind {
    /// As the API writes it.
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Sandbox => "SANDBOX",
            Self::DeveloperTest => "DEVELOPER_TEST",
        }
    }
}

/// HubSpot's word for a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hublet {
    /// North America.
    Na1,
    /// The European Union.
    Eu1,
}

impl Hublet {
    /// As tokens and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Na1 => "na1",
            Self::Eu1 => "eu1",
        }
    }

    /// The host of its pages.
    pub const fn ui_domain(self) -> &'static str {
        match self {
            Self::Na1 => "app.hubspot.com",
            Self::Eu1 => "app-eu1.hubspot.com",
        }
    }
}

/// Someone who can sign in.
#[derive(Clone, Debug)]
pub struct User {
    /// HubSpot's id of the user; an owner has another.
    pub id: i64,
    /// The address the user signs in with.
    pub email: &'static str,
    /// The name on pages.
    pub name: &'static str,
    /// What the user may do.
    pub role: Role,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, installing apps included.
    SuperAdmin,
    /// Answers customers, and installs nothing.
    Agent,
}

/// Who a ticket or a conversation can be assigned to.
#[derive(Clone, Debug)]
pub struct Owner {
    /// HubSpot's id of the owner.
    pub id: i64,
    /// What it is.
    pub kind: OwnerKind,
    /// Of a person.
    pub email: &'static str,
    /// Of a person; a queue has its name here.
    pub first_name: &'static str,
    /// Of a person.
    pub last_name: &'static str,
}

/// People and queues, as `type`, `userId` and `archived` of the owners API tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    /// Someone who can sign in as this user.
    Person(i64),
    /// Someone who was this user and no longer can sign in: `userId` is null.
    Archived(i64),
    /// No person at all.
    Queue,
}

/// A team.
#[derive(Clone, Debug)]
pub struct Team {
    /// HubSpot's id of it.
    pub id: i64,
    /// Its name.
    pub name: &'static str,
    /// Users whose main team it is.
    pub members: Vec<i64>,
    /// Users who are in it beside their main team.
    pub extra_members: Vec<i64>,
}

/// A legacy private app: a token that an admin copies by hand and that never expires.
#[derive(Clone, Debug)]
pub struct PrivateApp {
    /// HubSpot's id of it.
    pub app_id: i64,
    /// Who made it.
    pub user_id: i64,
    /// The token. Those of the demo are public on purpose.
    pub token: SecretString,
    /// What it may do.
    pub scopes: &'static [&'static str],
}
