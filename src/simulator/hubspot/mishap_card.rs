//! The front page's card of what goes wrong between HubSpot and the app: webhooks that are lost,
//! come twice or in another order, and reads that come from a replica that lags behind.

use super::page_button::page_button;
use super::webhooks::delivery_log::{DeliveryOutcome, SeenDelivery};
use super::webhooks::disturbance::{Disturbance, Mishap};
use super::world::World;
use chrono::TimeDelta;
use maud::{Markup, html};

/// The buttons: their name in the address, their words.
const BUTTONS: [(&str, &str); 6] = [
    ("lose", "Lose every webhook"),
    ("lose-half", "Lose every other"),
    ("repeat", "Deliver each three times"),
    ("shuffle", "Shuffle within 10 s"),
    ("lag", "Reads lag 20 s behind"),
    ("calm", "As it should be again"),
];
const SHUFFLED_WITHIN_MS: u64 = 10_000;
const LAG_MS: i64 = 20_000;
const SHOWN_DELIVERIES: usize = 10;

/// Does what a button says. False: there is no such button.
pub(super) fn act(world: &mut World, button: &str) -> bool {
    let disturbance = match button {
        "lose" => Disturbance::always(Mishap::Lose),
        "lose-half" => Disturbance::always(Mishap::Lose).share(0.5),
        "repeat" => Disturbance::always(Mishap::Repeat { times: 2 }),
        "shuffle" => Disturbance::always(Mishap::Shuffle {
            within_ms: SHUFFLED_WITHIN_MS,
        }),
        "lag" => {
            lag(world, TimeDelta::milliseconds(LAG_MS));
            return true;
        }
        "calm" => {
            world.webhooks.disturbances.clear();
            lag(world, TimeDelta::zero());
            return true;
        }
        _ => return false,
    };
    world.webhooks.disturbances.add(disturbance);
    true
}

fn lag(world: &mut World, by: TimeDelta) {
    for desk in world.desks.values_mut() {
        desk.lag = by;
    }
}

/// The card.
pub(super) fn card(world: &World) -> Markup {
    let in_force = in_force(world);
    let waiting = world.webhooks.unsettled();
    let deliveries = world.webhooks.log.all();
    let newest = deliveries.iter().rev().take(SHOWN_DELIVERIES);
    html! {
        section.card {
            h2 { "On the way to the app" }
            @if in_force.is_empty() {
                p { span.good { "Every webhook arrives once, in order, and reads are up to date." } }
            } @else {
                ul { @for mishap in &in_force { li.bad { (mishap) } } }
            }
            p.soft {
                "What is not answered with 200 within 5 s is delivered again, up to 10 times over a day; "
                "with " code { "baton simulate --clock-speed 1000" } " a day passes in 86 s. "
                @if waiting == 0 { "Nothing waits now." } @else { (waiting) " wait or are on their way." }
            }
            div.row { @for (what, words) in BUTTONS { (page_button(what, words)) } }
            @if !deliveries.is_empty() {
                h2 { "The last webhooks, newest first" }
                ol.seen { @for delivery in newest { (line(delivery)) } }
            }
        }
    }
}

fn in_force(world: &World) -> Vec<String> {
    let disturbances = world.webhooks.disturbances.all().iter();
    let mut all: Vec<String> = disturbances.map(described).collect();
    let lag = world.desks.values().map(|desk| desk.lag).max();
    let lag = lag.unwrap_or_default();
    if lag > TimeDelta::zero() {
        all.push(format!("Reads show what was {} s ago.", lag.num_seconds()));
    }
    all
}

fn described(disturbance: &Disturbance) -> String {
    let share = match disturbance.share {
        share if share >= 1.0 => "Every webhook".to_owned(),
        share => format!("{:.0} % of the webhooks", share * 100.0),
    };
    let kind = match disturbance.event.as_str() {
        "" => String::new(),
        event => format!(" of {event}"),
    };
    let effect = match disturbance.effect {
        Mishap::Lose => "lost".to_owned(),
        Mishap::Repeat { times } => format!("delivered {} times", u16::from(times) + 1),
        Mishap::Delay { ms } => format!("{ms} ms late"),
        Mishap::Shuffle { within_ms } => format!("shuffled within {within_ms} ms"),
    };
    format!("{share}{kind}: {effect}.")
}

fn line(delivery: &SeenDelivery) -> Markup {
    let of = |event: &serde_json::Value, name: &str| {
        let value = event.get(name).cloned().unwrap_or_default();
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let tries = delivery
        .events
        .first()
        .map(|event| of(event, "attemptNumber"));
    let repeated = tries.filter(|tries| tries != "0" && tries != "null");
    html! {
        li {
            span.soft { (delivery.at.get(11..19).unwrap_or_default()) }
            @for event in delivery.events.iter().take(3) {
                code { (of(event, "subscriptionType")) " " (of(event, "objectId")) }
            }
            @if delivery.events.len() > 3 { span.soft { "and " (delivery.events.len() - 3) " more" } }
            @if let Some(tries) = repeated { span.soft { "try " (tries) " again" } }
            @match delivery.outcome {
                DeliveryOutcome::Answered(status) if delivery.outcome.is_success() => span.good { (status) " in " (delivery.took_ms) " ms" },
                DeliveryOutcome::Answered(status) => span.bad { (status) },
                DeliveryOutcome::TimedOut => span.bad { "no answer in time" },
                DeliveryOutcome::NotReached => span.bad { "not reached" },
                DeliveryOutcome::Lost => span.bad { "lost" },
                DeliveryOutcome::GivenUp => span.bad { "given up" },
            }
        }
    }
}
