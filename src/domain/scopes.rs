//! What Baton asks a portal's admin to allow, what each permission is for, and which features
//! follow from what was granted. The names are HubSpot's (page "Scopes", read 2026-11-22).

/// A permission that HubSpot can grant to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Needed by every app.
    Oauth,
    /// Tickets: read, write, and hear of.
    Tickets,
    /// Conversations: read and hear of.
    ConversationsRead,
    /// Conversations: reply, comment and assign.
    ConversationsWrite,
    /// Contacts: read.
    ContactsRead,
    /// The users who can own a ticket.
    OwnersRead,
    /// Workflows.
    Automation,
    /// Users: working hours and availability.
    UsersRead,
    /// Teams.
    TeamsRead,
    /// Contacts: write.
    ContactsWrite,
    /// Companies: read.
    CompaniesRead,
    /// Deals: read.
    DealsRead,
    /// Files.
    Files,
}

/// How HubSpot treats a scope at the install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Without it the app cannot be installed.
    Required,
    /// Asked for unless the account has no workflows; an account without them cannot grant it.
    Conditional,
    /// Granted where the account can, dropped where it cannot.
    Optional,
}

/// How much an install link asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AskedFor {
    /// Everything, workflows included.
    All,
    /// What an account without workflows can grant.
    Base,
}

/// What Baton can do in a portal, as far as permissions decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features {
    /// Workflows can call Baton's actions, and Baton can answer them later.
    pub workflow_actions: bool,
    /// Handoffs know who works now.
    pub working_hours: bool,
    /// Handoffs can go to a team.
    pub teams: bool,
    /// The AI can note things on the contact.
    pub contact_notes: bool,
    /// The AI sees the customer's company.
    pub companies: bool,
    /// The AI sees the customer's deals.
    pub deals: bool,
    /// The AI can read and send attachments.
    pub files: bool,
}

impl Scope {
    /// Every scope, in the order in which it is asked for and shown.
    pub const ALL: [Self; 13] = [
        Self::Oauth,
        Self::Tickets,
        Self::ConversationsRead,
        Self::ConversationsWrite,
        Self::ContactsRead,
        Self::OwnersRead,
        Self::Automation,
        Self::UsersRead,
        Self::TeamsRead,
        Self::ContactsWrite,
        Self::CompaniesRead,
        Self::DealsRead,
        Self::Files,
    ];

    /// HubSpot's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oauth => "oauth",
            Self::Tickets => "tickets",
            Self::ConversationsRead => "conversations.read",
            Self::ConversationsWrite => "conversations.write",
            Self::ContactsRead => "crm.objects.contacts.read",
            Self::OwnersRead => "crm.objects.owners.read",
            Self::Automation => "automation",
            Self::UsersRead => "crm.objects.users.read",
            Self::TeamsRead => "settings.users.teams.read",
            Self::ContactsWrite => "crm.objects.contacts.write",
            Self::CompaniesRead => "crm.objects.companies.read",
            Self::DealsRead => "crm.objects.deals.read",
            Self::Files => "files",
        }
    }

    /// How it is asked for.
    pub const fn need(self) -> Need {
        match self {
            Self::Oauth
            | Self::Tickets
            | Self::ConversationsRead
            | Self::ConversationsWrite
            | Self::ContactsRead
            | Self::OwnersRead => Need::Required,
            Self::Automation => Need::Conditional,
            Self::UsersRead
            | Self::TeamsRead
            | Self::ContactsWrite
            | Self::CompaniesRead
            | Self::DealsRead
            | Self::Files => Need::Optional,
        }
    }

    /// What it is for, as a sentence for the portal's admin.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Oauth => "Lets Baton stay connected to your account.",
            Self::Tickets => "Lets Baton see who owns a ticket, and hand it to a person.",
            Self::ConversationsRead => {
                "Lets Baton notice that a person replied or took a conversation over."
            }
            Self::ConversationsWrite => {
                "Lets Baton send the AI's replies, leave notes and assign a conversation."
            }
            Self::ContactsRead => "Lets Baton tell the AI whom it is talking to.",
            Self::OwnersRead => "Lets Baton tell your teammates from the AI.",
            Self::Automation => "Lets your workflows pause, resume and hand over the AI.",
            Self::UsersRead => "Lets a handoff prefer people who are working now.",
            Self::TeamsRead => "Lets a handoff go to a team.",
            Self::ContactsWrite => "Lets the AI keep a contact's details up to date.",
            Self::CompaniesRead => "Lets the AI know the customer's company.",
            Self::DealsRead => "Lets the AI know the customer's deals.",
            Self::Files => "Lets the AI read and send attachments.",
        }
    }

    /// Which HubSpot plan an account needs before it can grant this; `None` if any will do.
    pub const fn plan_needed(self) -> Option<&'static str> {
        match self {
            Self::Automation => Some("Professional or Enterprise, which have workflows"),
            Self::Oauth
            | Self::Tickets
            | Self::ConversationsRead
            | Self::ConversationsWrite
            | Self::ContactsRead
            | Self::OwnersRead
            | Self::UsersRead
            | Self::TeamsRead
            | Self::ContactsWrite
            | Self::CompaniesRead
            | Self::DealsRead
            | Self::Files => None,
        }
    }

    /// Whether it is among the names that were granted.
    pub fn is_granted(self, granted: &[impl AsRef<str>]) -> bool {
        granted.iter().any(|name| name.as_ref() == self.name())
    }
}

/// What the parameter `scope` of the consent page holds: all that must be granted.
pub fn required(asked_for: AskedFor) -> Vec<Scope> {
    let is_asked = |scope: &Scope| match (scope.need(), asked_for) {
        (Need::Required, AskedFor::All | AskedFor::Base) | (Need::Conditional, AskedFor::All) => {
            true
        }
        (Need::Conditional, AskedFor::Base) | (Need::Optional, _) => false,
    };
    Scope::ALL.into_iter().filter(is_asked).collect()
}

/// What the parameter `optional_scope` holds.
pub fn optional() -> Vec<Scope> {
    let is_optional = |scope: &Scope| scope.need() == Need::Optional;
    Scope::ALL.into_iter().filter(is_optional).collect()
}

/// Scopes without which nothing works and which were not granted. Empty is as it should be.
pub fn missing_required(granted: &[impl AsRef<str>]) -> Vec<Scope> {
    let is_missing = |scope: &Scope| scope.need() == Need::Required && !scope.is_granted(granted);
    Scope::ALL.into_iter().filter(is_missing).collect()
}

/// All scopes of ours that were not granted, in the order in which they are shown.
pub fn missing(granted: &[impl AsRef<str>]) -> Vec<Scope> {
    let is_missing = |scope: &Scope| !scope.is_granted(granted);
    Scope::ALL.into_iter().filter(is_missing).collect()
}

impl Features {
    /// The features that follow from HubSpot's names of what was granted.
    pub fn from_granted(granted: &[impl AsRef<str>]) -> Self {
        Self {
            workflow_actions: Scope::Automation.is_granted(granted),
            working_hours: Scope::UsersRead.is_granted(granted),
            teams: Scope::TeamsRead.is_granted(granted),
            contact_notes: Scope::ContactsWrite.is_granted(granted),
            companies: Scope::CompaniesRead.is_granted(granted),
            deals: Scope::DealsRead.is_granted(granted),
            files: Scope::Files.is_granted(granted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automation_alone_decides_about_workflow_actions() {
        let base: Vec<&str> = required(AskedFor::Base).iter().map(|s| s.name()).collect();
        let all: Vec<&str> = required(AskedFor::All).iter().map(|s| s.name()).collect();

        assert!(!Features::from_granted(&base).workflow_actions);
        assert!(Features::from_granted(&all).workflow_actions);
        assert_eq!(missing_required(&base), []);
        assert_eq!(all.len(), base.len() + 1);
    }

    #[test]
    fn what_was_not_granted_is_named() {
        let granted = ["oauth", "tickets", "TICKETS", "conversations.read.extra"];
        assert_eq!(
            missing_required(&granted),
            [
                Scope::ConversationsRead,
                Scope::ConversationsWrite,
                Scope::ContactsRead,
                Scope::OwnersRead,
            ]
        );
        assert_eq!(missing(&granted).len(), Scope::ALL.len() - 2);
        let nothing: [&str; 0] = [];
        assert_eq!(missing(&nothing), Scope::ALL);
    }

    #[test]
    fn every_scope_is_asked_for_in_exactly_one_way() {
        let mut asked = required(AskedFor::All);
        asked.extend(optional());
        assert_eq!(asked, Scope::ALL);
    }
}
