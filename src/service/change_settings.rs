//! Changing a portal's policies: each is checked, stored if it differs from its default, and
//! audited. A change never reaches into the past.

use super::audit_change::{Change, Changed, audit_change};
use super::run_timers::look_again;
use crate::domain::gate::Portal;
use crate::domain::ids::PortalId;
use crate::domain::policy::Policies;
use crate::store::batch::transaction::transaction;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portal_record::lock::lock_alone;
use crate::store::portal_record::switches::set_policies;
use crate::store::portals;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A text of a policy, such as the language, has at most this many characters.
const MOST_CHARACTERS: usize = 100;

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// There is no such setting.
    #[error("there is no setting '{name}'; expected any of {}", .known.join(", "))]
    Unknown {
        /// Its name, shortened.
        name: String,
        /// The settings there are.
        known: Vec<String>,
    },
    /// A value does not fit.
    #[error("{name}: {expected}")]
    Misfit {
        /// The setting.
        name: String,
        /// What is wrong with its value, or what was expected.
        expected: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes the settings named in `changes`; null gives one its default back. False: all were
/// like this already.
///
/// # Errors
/// See [`NotChanged`]; then nothing was changed.
pub async fn change_settings(
    store: &Arc<Store>,
    portal: PortalId,
    changes: Map<String, Value>,
    actor: &str,
) -> Result<bool, NotChanged> {
    // Wrong values are found before the database is asked.
    changed(&Policies::default(), &changes)?;
    let actor = actor.to_owned();
    let has_changed: Result<bool, NotChanged> = read(store, move |conn| {
        Ok(transaction(conn, |conn| {
            lock_alone(conn, portal)?;
            let found = portals::find(conn, portal)?.unwrap_or_else(Portal::unknown);
            let policies = changed(&found.policies, &changes)?;
            if policies == found.policies {
                return Ok(false);
            }
            set_policies(
                conn,
                portal,
                &Value::Object(unlike(&policies, &Policies::default())),
            )?;
            let change = Change {
                portal,
                actor: &actor,
                changed: Changed::Settings,
                before: Value::Object(unlike(&found.policies, &policies)),
                after: Value::Object(unlike(&policies, &found.policies)),
            };
            audit_change(conn, &change)?;
            Ok(true)
        }))
    })
    .await?;
    // What is due may have come nearer. The change itself stands, whatever becomes of this.
    if matches!(has_changed, Ok(true))
        && let Err(error) = look_again(store, portal).await
    {
        log::warn!(portal_id = portal.0; "timers could not be told of changed settings: {error}");
    }
    has_changed
}

/// The policies with these changes.
fn changed(policies: &Policies, changes: &Map<String, Value>) -> Result<Policies, NotChanged> {
    let defaults = as_object(&Policies::default());
    let mut object = as_object(policies);
    for (name, value) in changes {
        let Some(default) = defaults.get(name) else {
            return Err(NotChanged::Unknown {
                name: name.chars().take(MOST_CHARACTERS).collect(),
                known: defaults.keys().cloned().collect(),
            });
        };
        let value = if value.is_null() { default } else { value };
        object.insert(name.clone(), value.clone());
        // One by one, so that the error can name the setting.
        let read: Result<Policies, _> = serde_json::from_value(Value::Object(object.clone()));
        let misfit = match &read {
            Ok(read) => unfit(name, read),
            Err(error) => Some(error.to_string()),
        };
        if let Some(expected) = misfit {
            return Err(NotChanged::Misfit {
                name: name.clone(),
                expected,
            });
        }
    }
    serde_json::from_value(Value::Object(object)).map_err(|error| NotChanged::Misfit {
        name: "settings".to_owned(),
        expected: error.to_string(),
    })
}

/// What a value of the right type may still be.
fn unfit(name: &str, policies: &Policies) -> Option<String> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let span = match name {
        "human_grace" => Some((policies.human_grace, 0)),
        "reply_window" => Some((policies.reply_window, 0)),
        "claim_timeout" => Some((policies.claim_timeout, 60_000)),
        "unattended_after" => Some((policies.unattended_after, 60_000)),
        "sweep_period" => Some((policies.sweep_period, 60_000)),
        _ => None,
    };
    if let Some((span, least)) = span {
        let millis = span.as_millis();
        let fits = (least..=DAY_MS).contains(&millis);
        let expected = format!("expected milliseconds from {least} to {DAY_MS}, not {millis}");
        return (!fits).then_some(expected);
    }
    let is_tag = |text: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !text.is_empty() && text.len() <= MOST_CHARACTERS && text.bytes().all(fits)
    };
    let is_unfit = match name {
        "language" if !is_tag(&policies.language) => "expected a language tag such as en or pt-br",
        "ai_app_ids" if policies.ai_app_ids.iter().any(|id| *id <= 0) => {
            "expected app ids above zero"
        }
        _ => return None,
    };
    Some(is_unfit.to_owned())
}

/// The settings of the first that the second has otherwise.
fn unlike(these: &Policies, those: &Policies) -> Map<String, Value> {
    let those = as_object(those);
    let these = as_object(these).into_iter();
    these
        .filter(|(name, value)| those.get(name) != Some(value))
        .collect()
}

fn as_object(policies: &Policies) -> Map<String, Value> {
    match serde_json::to_value(policies) {
        Ok(Value::Object(object)) => object,
        // A struct of plain fields is always an object.
        Ok(_) | Err(_) => Map::new(),
    }
}
