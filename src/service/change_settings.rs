//! Changing a portal's policies: each is checked, stored if it differs from its default, and
//! audited. A change never reaches into the past.

use super::audit_change::{Change, Changed, audit_change};
use super::run_timers::look_again;
use crate::domain::gate::Portal;
use crate::domain::hours::Hours;
use crate::domain::ids::PortalId;
use crate::domain::policy::{Channels, Policies};
use crate::domain::policy_value::PolicyMisfit;
use crate::store::batch::transaction::transaction;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portal_record::lock::lock_alone;
use crate::store::portal_record::switches::set_policies;
use crate::store::portals;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// These values do not fit.
    #[error("{}", listed(.0))]
    Misfits(Vec<PolicyMisfit>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listed(misfits: &[PolicyMisfit]) -> String {
    let told: Vec<String> = misfits.iter().map(ToString::to_string).collect();
    told.join("; ")
}

/// Hours without times and a list without channels would keep the AI silent everywhere and for
/// ever, which is the kill switch's to do. What is so already stays.
fn refuse_what_silences_for_ever(before: &Policies, after: &Policies) -> Result<(), NotChanged> {
    let mut misfits = Vec::new();
    let mut refuse = |field: &str, expected: &str| {
        misfits.push(PolicyMisfit {
            field: field.to_owned(),
            value: "[]".to_owned(),
            expected: expected.to_owned(),
        });
    };
    let has_no_times =
        |it: &Policies| matches!(&it.hours, Hours::Weekly { open, .. } if open.is_empty());
    if has_no_times(after) && !has_no_times(before) {
        refuse(
            "hours.open",
            "at least one interval; without any the AI would never answer",
        );
    }
    let has_no_channels =
        |it: &Policies| matches!(&it.channels, Channels::Only(ids) if ids.is_empty());
    if has_no_channels(after) && !has_no_channels(before) {
        refuse(
            "channels",
            "all, or at least one channel id; without any the AI would never answer",
        );
    }
    match misfits.is_empty() {
        true => Ok(()),
        false => Err(NotChanged::Misfits(misfits)),
    }
}

/// Changes the settings named in `changes`; null gives one its default back. False: all were
/// like this already.
///
/// # Errors
/// See [`NotChanged`]; then nothing was changed.
pub async fn change_settings(
    store: &Arc<Store>,
    portal: PortalId,
    changes: Value,
    actor: &str,
) -> Result<bool, NotChanged> {
    // Wrong values are found before the database is asked.
    patched(&Policies::default(), &changes)?;
    let actor = actor.to_owned();
    let has_changed: Result<bool, NotChanged> = read(store, move |conn| {
        Ok(transaction(conn, |conn| {
            lock_alone(conn, portal)?;
            let found = portals::find(conn, portal)?.unwrap_or_else(Portal::unknown);
            let policies = patched(&found.policies, &changes)?;
            refuse_what_silences_for_ever(&found.policies, &policies)?;
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

fn patched(policies: &Policies, changes: &Value) -> Result<Policies, NotChanged> {
    policies.patched(changes).map_err(NotChanged::Misfits)
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
