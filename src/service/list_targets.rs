//! Whom a handoff can go to: the portal's default, nobody in particular, its teams and people.
//! Always from what is kept, so that a slow HubSpot slows nobody; what is old is read anew in the
//! background, once at a time for each portal.

use super::hubspot_app::HubspotApp;
use super::refresh_targets::{WhyNot, refresh_targets};
use super::target_words::TargetWords;
use crate::domain::hold::HandoffTarget;
use crate::domain::ids::PortalId;
use crate::domain::language::Language;
use crate::hubspot::options_page::{Choice, Part};
use crate::store::error::StoreError;
use crate::store::owners::{self, Owner, OwnerKind};
use crate::store::pool::read;
use crate::store::portals;
use crate::store::team_lists::{self, Ages, Team};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// What is older is read anew.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// An author who asks for the first time waits this long; every answer takes less than a second.
const FIRST_WAIT: Duration = Duration::from_millis(600);
/// HubSpot's slowest list of pages.
const REFRESH_WITHIN: Duration = Duration::from_secs(60);
/// After a failure HubSpot is left alone this long.
const QUIET: Duration = Duration::from_secs(10);

type Outcome = Option<Result<(), WhyNot>>;
type UnderWay = Arc<Mutex<HashMap<PortalId, watch::Receiver<Outcome>>>>;

/// The lists of every portal.
pub struct TargetLists {
    app: Arc<HubspotApp>,
    under_way: UnderWay,
}

/// What is kept of a portal.
struct Kept {
    people: Vec<Owner>,
    teams: Vec<Team>,
    ages: Ages,
    words: &'static TargetWords,
}

impl TargetLists {
    /// Lists by this app's connections.
    pub fn new(app: Arc<HubspotApp>) -> Self {
        Self {
            app,
            under_way: UnderWay::default(),
        }
    }

    /// What a workflow's author can choose from. Where nothing is kept and HubSpot gives nothing,
    /// it is the portal's default alone, and its label says why.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn choices(&self, portal: PortalId) -> Result<Vec<Choice>, StoreError> {
        let kept = self.kept(portal).await?;
        if kept.is_fresh() {
            return Ok(choices(&kept));
        }
        let mut refreshing = self.refresh(portal);
        if !kept.people.is_empty() {
            return Ok(choices(&kept));
        }
        let ended = tokio::time::timeout(FIRST_WAIT, refreshing.wait_for(Option::is_some)).await;
        let outcome = match ended {
            Ok(Ok(outcome)) => outcome.unwrap_or(Err(WhyNot::Unavailable)),
            Ok(Err(_)) | Err(_) => Err(WhyNot::Unavailable),
        };
        // People may have been kept although the teams could not be read.
        let kept = self.kept(portal).await?;
        Ok(match outcome {
            Err(why) if kept.people.is_empty() => vec![only_the_default(&kept, why)],
            Ok(()) | Err(_) => choices(&kept),
        })
    }

    async fn kept(&self, portal: PortalId) -> Result<Kept, StoreError> {
        let kept = read(&self.app.store, move |conn| {
            let portal_record = portals::find(conn, portal)?;
            let language = portal_record.map_or(Language::En, |portal| {
                Language::of(&portal.policies.language)
            });
            Ok(Kept {
                words: TargetWords::of(language),
                people: owners::list(conn, portal)?,
                teams: team_lists::list(conn, portal)?,
                ages: team_lists::ages(conn, portal)?,
            })
        });
        kept.await
    }

    /// Joins the refresh that is under way, or rests after a failure, or begins one.
    fn refresh(&self, portal: PortalId) -> watch::Receiver<Outcome> {
        let mut map = locked(&self.under_way);
        if let Some(receiver) = map.get(&portal) {
            return receiver.clone();
        }
        let (sender, receiver) = watch::channel(None);
        map.insert(portal, receiver.clone());
        // Dropped with the task, however that ends.
        let forget = Forget {
            under_way: Arc::clone(&self.under_way),
            portal,
        };
        let app = Arc::clone(&self.app);
        tokio::spawn(async move {
            let forget = forget;
            let asked = tokio::time::timeout(REFRESH_WITHIN, refresh_targets(&app, portal)).await;
            let outcome = asked.unwrap_or(Err(WhyNot::Unavailable));
            sender.send_replace(Some(outcome));
            if outcome.is_err() {
                tokio::time::sleep(QUIET).await;
            }
            drop(forget);
        });
        receiver
    }
}

struct Forget {
    under_way: UnderWay,
    portal: PortalId,
}

impl Drop for Forget {
    fn drop(&mut self) {
        locked(&self.under_way).remove(&self.portal);
    }
}

fn locked(under_way: &UnderWay) -> MutexGuard<'_, HashMap<PortalId, watch::Receiver<Outcome>>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn is_fresh(&self) -> bool {
        let is_young = |age: Option<Duration>| age.is_some_and(|age| age < FRESH);
        is_young(self.ages.owners) && is_young(self.ages.teams)
    }
}

fn choices(kept: &Kept) -> Vec<Choice> {
    let words = kept.words;
    let first = |value: String, label: &str, description: &str| Choice {
        value,
        label: label.to_owned(),
        description: description.to_owned(),
        part: Part::First,
    };
    let anybody = HandoffTarget::Unassigned.to_string();
    let mut choices = vec![
        first(DEFAULT.to_owned(), words.default, words.as_settings_say),
        first(anybody, words.anybody, words.whoever_is_first),
    ];
    choices.extend(teams(kept).into_iter().map(|(id, name)| Choice {
        value: HandoffTarget::Team(id).to_string(),
        label: name.unwrap_or_else(|| format!("{} {id}", words.team)),
        description: words.team.to_owned(),
        part: Part::Groups,
    }));
    choices.extend(kept.people.iter().filter_map(|owner| person(owner, words)));
    choices
}

/// What the action reads as the portal's default target.
const DEFAULT: &str = "default";

fn only_the_default(kept: &Kept, why: WhyNot) -> Choice {
    Choice {
        value: DEFAULT.to_owned(),
        label: kept.words.only_the_default(why),
        description: kept.words.try_again.to_owned(),
        part: Part::First,
    }
}

/// The teams that HubSpot listed, and those that owners are in: without the permission to list
/// them they are all that is known.
fn teams(kept: &Kept) -> BTreeMap<i64, Option<String>> {
    let of_owners = kept.people.iter().flat_map(|owner| {
        let teams = owner.teams.as_array().into_iter().flatten();
        teams.filter_map(|team| Some((team.get("id")?.as_i64()?, name_of(team))))
    });
    let listed = kept.teams.iter().map(|team| (team.id, team.name.clone()));
    of_owners.chain(listed).collect()
}

fn name_of(team: &Value) -> Option<String> {
    team.get("name")?.as_str().map(str::to_owned)
}

/// A queue is nobody, and an archived owner takes nothing over.
fn person(owner: &Owner, words: &TargetWords) -> Option<Choice> {
    match owner.kind {
        OwnerKind::Person if !owner.is_archived => {}
        OwnerKind::Person | OwnerKind::Queue => return None,
    }
    let names = [owner.first_name.as_deref(), owner.last_name.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().map(str::trim).collect();
    let name = names.join(" ").trim().to_owned();
    let email = owner.email.clone().unwrap_or_default();
    let label = [
        name,
        email.clone(),
        format!("{} {}", words.owner, owner.owner_id),
    ];
    Some(Choice {
        value: HandoffTarget::User(owner.owner_id).to_string(),
        label: label.into_iter().find(|text| !text.is_empty())?,
        description: email,
        part: Part::People,
    })
}
