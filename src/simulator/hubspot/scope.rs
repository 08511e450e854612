//! What HubSpot's scopes mean in plain words, and the plan each needs.

use super::account::Tier;

/// What somebody who grants it allows.
pub(super) fn in_words(scope: &str) -> &'static str {
    match scope {
        "oauth" => "See basic facts about the account",
        "tickets" => "Read and change tickets",
        "conversations.read" => "Read conversations in the inbox and the help desk",
        "conversations.write" => "Write to and assign conversations",
        "automation" => "Take part in workflows",
        "crm.objects.contacts.read" => "Read contacts",
        "crm.objects.contacts.write" => "Change contacts",
        "crm.objects.companies.read" => "Read companies",
        "crm.objects.deals.read" => "Read deals",
        "crm.objects.owners.read" => "See who can own a record",
        "crm.objects.users.read" => "See users and their availability",
        "settings.users.teams.read" => "See teams and who is in them",
        "files" => "Read and upload files",
        _ => "A permission without a description",
    }
}

/// The smallest plan that has it. Workflows begin at Professional; that teams do too is an
/// assumption of the simulation.
pub(super) fn tier_of(scope: &str) -> Tier {
    match scope {
        "automation" | "settings.users.teams.read" => Tier::Professional,
        _ => Tier::Starter,
    }
}
