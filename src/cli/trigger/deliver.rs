//! Delivers a triggered event: the simulated HubSpot changes first, as the real one would have, then
//! the webhook is sent, and what came of it is shown.

use super::aftermath;
use super::command::{Sending, WrongUsage, send};
use super::events::{Happening, TriggeredEvent};
use super::hubspot_beside::{HubSpotBeside, NotTold};
use super::printed::{self, print};
use super::request_options::RequestOptions;
use crate::simulator::caller::Caller;
use crate::simulator::webhook_event::{self, Change};
use std::process::ExitCode;

/// Sends it once or twice; 0 for answers of 2xx.
pub async fn deliver(
    caller: &Caller,
    options: &RequestOptions,
    event: &TriggeredEvent,
) -> Result<ExitCode, WrongUsage> {
    let beside = HubSpotBeside::find(options, &options.asked()).await;
    let place = options.place(beside.as_ref().ok());
    let happenings = event.happenings(&place)?;
    let (changes, untold) = told(&beside, happenings).await;
    let shown_at = place.shown_at(&changes);
    for events in event.deliveries(place.portal, changes) {
        let ids = events.iter().map(|event| event.event_id.to_string());
        let mut named = place.named();
        named.push(("event id", ids.collect::<Vec<_>>().join(", ")));
        let sending = Sending {
            path: webhook_event::PATH,
            named: &named,
            body: webhook_event::delivery(&events),
        };
        let code = send(caller, options, sending).await;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    print(&aftermath::of(caller, options, &shown_at).await);
    if let Some(why) = untold {
        print(&printed::untold(&why));
    }
    Ok(ExitCode::SUCCESS)
}

/// The changes as HubSpot made them, and why one of them is not there.
async fn told(
    beside: &Result<HubSpotBeside, NotTold>,
    happenings: Vec<Happening>,
) -> (Vec<Change>, Option<NotTold>) {
    let mut changes = Vec::new();
    let mut untold = None;
    for Happening { mut change, deed } in happenings {
        let done = match (beside, &deed) {
            (Ok(hubspot), Ok(deed)) => hubspot.carry_out(deed).await,
            (Err(why), _) | (Ok(_), Err(why)) => Err(why.clone()),
        };
        match done {
            Ok(done) => {
                if let (Change::Message(_, id, _), Some(written)) = (&mut change, done.message) {
                    *id = written;
                }
            }
            Err(why) => untold = Some(why),
        }
        changes.push(change);
    }
    (changes, untold)
}
