//! What is said at the end of an installation. Nothing of what the address held is repeated: a
//! link must not put words into our mouth.

use crate::service::install_portal::finish::NotFinished;
use crate::service::install_portal::outcome::{Before, InstallOutcome};
use actix_web::http::StatusCode;

/// A page's words.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) heading: &'static str,
    pub(super) happened: String,
    pub(super) to_do: Vec<String>,
    pub(super) ways_on: &'static [(&'static str, &'static str)],
    pub(super) is_good: bool,
}

const AGAIN: &[(&str, &str)] = &[("Connect with HubSpot", "/hubspot/oauth/install")];
const AGAIN_OR_BASE: &[(&str, &str)] = &[
    ("Connect with HubSpot", "/hubspot/oauth/install"),
    (
        "Connect without workflow actions",
        "/hubspot/oauth/install?features=base",
    ),
];
const CONSOLE: &[(&str, &str)] = &[("Go to the console", "/console")];

fn failed(
    status: StatusCode,
    heading: &'static str,
    happened: impl Into<String>,
    to_do: &[&str],
) -> Said {
    Said {
        status,
        heading,
        happened: happened.into(),
        to_do: to_do.iter().map(|step| (*step).to_owned()).collect(),
        ways_on: AGAIN,
        is_good: false,
    }
}

/// The address makes no sense.
pub(super) fn garbled() -> Said {
    failed(
        StatusCode::BAD_REQUEST,
        "This link is damaged",
        "The address holds something that neither Baton nor HubSpot wrote. Nothing was connected.",
        &["Begin again."],
    )
}

/// There is no app to connect with.
pub(super) fn no_app() -> Said {
    Said {
        ways_on: CONSOLE,
        ..failed(
            StatusCode::CONFLICT,
            "The HubSpot app is not set up",
            "Baton does not know which HubSpot app it is: HUBSPOT_CLIENT_ID is not set.",
            &[
                "Copy the client id from the app's Auth page in HubSpot into HUBSPOT_CLIENT_ID.",
                "Restart Baton, and run `baton doctor` to see what else is missing.",
            ],
        )
    }
}

/// Only an admin may begin.
pub(super) fn admin_needed() -> Said {
    Said {
        ways_on: CONSOLE,
        ..failed(
            StatusCode::FORBIDDEN,
            "An admin has to connect this account",
            "This Baton takes only accounts that its own admin connects, and nothing shows that \
             one began this installation. Nothing was connected, and HubSpot gave Baton no tokens.",
            &[
                "Sign in to the console, and connect from there.",
                "Or let whoever runs Baton open it to accounts with BATON_ALLOWED_PORTALS.",
            ],
        )
    }
}

/// Whoever looked at the consent screen did not approve, or HubSpot did not.
pub(super) fn not_approved(error: &str) -> Said {
    if error == "access_denied" {
        return failed(
            StatusCode::OK,
            "HubSpot was not connected",
            "The consent screen was cancelled. Nothing was connected, nothing was changed.",
            &["If that was a mistake, begin again and approve."],
        );
    }
    Said {
        ways_on: AGAIN_OR_BASE,
        ..failed(
            StatusCode::OK,
            "HubSpot was not connected",
            "HubSpot reported an error instead of an approval. Nothing was connected.",
            &[
                "Begin again, as a Super Admin of the account or with App Marketplace Access.",
                "If the account's plan has no workflows, connect without workflow actions.",
            ],
        )
    }
}

/// The state is none of ours.
pub(super) fn unknown_state() -> Said {
    failed(
        StatusCode::BAD_REQUEST,
        "This installation did not begin here",
        "HubSpot's answer does not belong to an installation that this Baton began. \
         Nothing was connected.",
        &["Begin here, and approve in the same browser."],
    )
}

/// `returnUrl` leads elsewhere.
pub(super) fn foreign_return_url() -> Said {
    failed(
        StatusCode::BAD_REQUEST,
        "This link does not lead back to HubSpot",
        "The address asks to go on to a site that is not HubSpot's. Nothing was connected.",
        &["Begin again, here or from HubSpot's marketplace."],
    )
}

/// There is neither a code nor an error.
pub(super) fn nothing_to_do() -> Said {
    failed(
        StatusCode::BAD_REQUEST,
        "There is nothing to finish",
        "HubSpot sends browsers here once an account was approved, with a code. This one has none.",
        &["Begin here."],
    )
}

/// An installation that is not finished. What the database did is said elsewhere.
pub(super) fn not_finished(error: &NotFinished) -> Said {
    match error {
        NotFinished::NoApp => no_app(),
        NotFinished::AdminNeeded => admin_needed(),
        NotFinished::UnknownState => unknown_state(),
        NotFinished::ForeignState => failed(
            StatusCode::FORBIDDEN,
            "Another browser began this installation",
            "HubSpot's answer belongs to an installation that another browser began, or this one \
             did not send its cookie. Nothing was connected.",
            &[
                "Begin and approve in one and the same browser.",
                "Do not open links to this address that somebody sent you.",
            ],
        ),
        NotFinished::ExpiredState => failed(
            StatusCode::BAD_REQUEST,
            "This took longer than 10 minutes",
            "The approval came too late and does not count any more. Nothing was connected.",
            &["Begin again."],
        ),
        NotFinished::UnderWay => failed(
            StatusCode::CONFLICT,
            "Still connecting",
            "HubSpot takes its time. The connection is still being made.",
            &["Reload this page in a moment."],
        ),
        NotFinished::Abandoned => failed(
            StatusCode::CONFLICT,
            "The connection was not finished",
            "Baton was interrupted while it connected, and the approval cannot be used again. \
             What was connected before still is.",
            &["Begin again. HubSpot remembers the approval."],
        ),
        NotFinished::Crowded => failed(
            StatusCode::SERVICE_UNAVAILABLE,
            "Many accounts are being connected",
            "Baton connects only a few accounts at a time, and it was not this one's turn. Nothing \
             is lost: your approval still counts for a few minutes, and what was connected before \
             still is.",
            &["Reload this page in a moment to try the same approval again."],
        ),
        NotFinished::HubSpotUnavailable | NotFinished::Store(_) => failed(
            StatusCode::SERVICE_UNAVAILABLE,
            "HubSpot does not answer",
            "HubSpot did not answer while Baton connected. Nothing is lost: your approval still \
             counts for a few minutes, and what was connected before still is.",
            &[
                "Reload this page to try the same approval again.",
                "If that does not help, begin again a little later.",
            ],
        ),
    }
}

/// Strangers have begun too many.
pub(super) fn too_many_begun() -> Said {
    failed(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many accounts are being connected",
        "So many connections were begun in the last few minutes that Baton begins no more for \
         now. Nothing was connected.",
        &[
            "Try again in a few minutes.",
            "An admin need not wait: sign in to the console, and connect from there.",
        ],
    )
}

/// How an installation ended.
pub(super) fn outcome(outcome: &InstallOutcome) -> Said {
    match outcome {
        InstallOutcome::Connected {
            portal,
            before,
            has_workflow_actions,
        } => connected(
            format!("HubSpot account {portal} is connected."),
            *before,
            *has_workflow_actions,
        ),
        InstallOutcome::PortalNotAllowed { portal, is_revoked } => {
            let tokens = if *is_revoked {
                "The tokens HubSpot gave for it are void already."
            } else {
                "The tokens HubSpot gave for it were thrown away, but HubSpot could not be told: \
                 uninstall the app in HubSpot, under Connected apps."
            };
            Said {
                ways_on: AGAIN,
                ..failed(
                    StatusCode::FORBIDDEN,
                    "This account may not connect",
                    format!(
                        "This Baton does not take HubSpot account {portal}. Nothing was stored. {tokens}"
                    ),
                    &[
                        "Choose another account on HubSpot's screen.",
                        "Or let whoever runs Baton add the account to BATON_ALLOWED_PORTALS.",
                    ],
                )
            }
        }
        InstallOutcome::ScopesMissing { portal, missing } => failed(
            StatusCode::FORBIDDEN,
            "HubSpot granted too little",
            format!(
                "HubSpot account {portal} did not grant all that Baton needs; missing: {}. \
                 Nothing was connected.",
                missing.join(", ")
            ),
            &[
                "Check that the app's scopes in HubSpot contain these.",
                "Begin again and approve all of them.",
            ],
        ),
        InstallOutcome::CodeRefused => failed(
            StatusCode::BAD_REQUEST,
            "This approval was used or came too late",
            "HubSpot no longer takes the code it gave: it works once, and only for a short time. \
             Nothing was connected.",
            &["Begin again. HubSpot remembers the approval."],
        ),
        InstallOutcome::AppRefused { said } => failed(
            StatusCode::CONFLICT,
            "HubSpot refused the app",
            format!("HubSpot did not take Baton's own credentials: {said}. Nothing was connected."),
            &[
                "Compare HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET with the app's Auth page.",
                "Compare BATON_PUBLIC_URL with the redirect URL that is registered there.",
                "Run `baton doctor`, then begin again.",
            ],
        ),
        InstallOutcome::Interrupted => failed(
            StatusCode::CONFLICT,
            "The connection was not finished",
            "HubSpot stopped answering half-way and did not say which account was approved. \
             What was connected before still is.",
            &["Begin again in a moment. HubSpot remembers the approval."],
        ),
    }
}

fn connected(happened: String, before: Before, has_workflow_actions: bool) -> Said {
    let mut to_do = match before {
        Before::New => vec!["In the console, choose the teammate the AI sends as.".to_owned()],
        Before::Reconnected => Vec::new(),
        Before::Migrated => vec!["You may now delete the private app in HubSpot.".to_owned()],
    };
    if !has_workflow_actions {
        to_do.push(
            "Workflow actions are not part of it: they need Professional or Enterprise, and the \
             scope automation."
                .to_owned(),
        );
    }
    let kept = match before {
        Before::New => "",
        Before::Reconnected | Before::Migrated => " Everything else is as it was before.",
    };
    Said {
        status: StatusCode::OK,
        heading: "HubSpot connected",
        happened: format!("{happened}{kept}"),
        to_do,
        ways_on: CONSOLE,
        is_good: true,
    }
}
