//! The events that wait for their delivery, in batches and within the limits of an account.

use super::delivery_log::{DeliveryLog, DeliveryOutcome, SeenDelivery};
use super::disturbance::Disturbances;
use super::schedule::gap_after;
use super::subscription::Subscription;
use crate::domain::ids::PortalId;
use crate::simulator::hubspot::app::App;
use crate::simulator::hubspot::clock::after;
use crate::simulator::hubspot::desk::told::Told;
use crate::simulator::hubspot::request_log::written;
use crate::simulator::webhook_event::{Change, WebhookEvent};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// "Webhooks" in HubSpot's documentation, read 2026-11-22: a request has up to 100 events.
const MOST_IN_BATCH: usize = 100;
/// The same page: at most 10 requests at a time for each installing account.
const MOST_IN_FLIGHT: usize = 10;

/// One event on its way.
#[derive(Clone)]
pub struct Notification {
    portal: PortalId,
    event: Value,
    tries: u32,
    /// Delivered alone, as a repeat is.
    is_alone: bool,
}

/// Events of one account that are sent together.
pub struct Batch {
    portal: PortalId,
    notifications: Vec<Notification>,
}

/// Everything that waits, and what was sent.
pub struct Webhooks {
    wake: Arc<Notify>,
    /// By the moment they are due, then in the order in which they came.
    waiting: BTreeMap<(DateTime<Utc>, u64), Notification>,
    in_flight: BTreeMap<PortalId, usize>,
    is_held: bool,
    next: u64,
    pub disturbances: Disturbances,
    pub log: DeliveryLog,
}

impl Webhooks {
    pub fn new(wake: Arc<Notify>) -> Self {
        Self {
            wake,
            waiting: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            is_held: false,
            next: 0,
            disturbances: Disturbances::default(),
            log: DeliveryLog::default(),
        }
    }

    /// Queues what an app subscribed to.
    pub fn queue(&mut self, app: &App, portal: PortalId, told: Vec<Told>) {
        for told in told {
            let generic = as_generic(&told);
            for told in [Some(told), generic].into_iter().flatten() {
                self.queue_one(app, portal, &told);
            }
        }
        self.wake.notify_one();
    }

    /// Nothing is sent until it is released: what happens meanwhile goes out in full batches.
    pub fn hold(&mut self) {
        self.is_held = true;
    }

    pub fn release(&mut self) {
        self.is_held = false;
        self.wake.notify_one();
    }

    /// How many events wait or are on their way.
    pub fn unsettled(&self) -> usize {
        self.waiting.len() + self.in_flight.values().sum::<usize>()
    }

    /// When somebody must look again, if nothing else happens.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let first = self.waiting.first_key_value();
        first.filter(|_| !self.is_held).map(|((due, _), _)| *due)
    }

    /// Events that are due and may be sent now.
    pub fn take_batch(&mut self, now: DateTime<Utc>) -> Option<Batch> {
        if self.is_held {
            return None;
        }
        let due = self.waiting.range(..=(now, u64::MAX));
        let mut portal = None;
        let mut keys = Vec::new();
        for (key, notification) in due {
            let in_flight = self.in_flight.get(&notification.portal).copied();
            if in_flight.unwrap_or(0) >= MOST_IN_FLIGHT {
                continue;
            }
            if *portal.get_or_insert(notification.portal) != notification.portal {
                continue;
            }
            if notification.is_alone {
                if keys.is_empty() {
                    keys.push(*key);
                    break;
                }
                continue;
            }
            keys.push(*key);
            if keys.len() == MOST_IN_BATCH {
                break;
            }
        }
        let portal = portal?;
        let taken = keys.iter().filter_map(|key| self.waiting.remove(key));
        let notifications: Vec<Notification> = taken.collect();
        *self.in_flight.entry(portal).or_default() += 1;
        Some(Batch {
            portal,
            notifications,
        })
    }

    /// Writes down what came of a batch, and queues it again if it has to be.
    pub fn settle(
        &mut self,
        batch: Batch,
        outcome: DeliveryOutcome,
        now: DateTime<Utc>,
        took: Duration,
    ) {
        if let Some(count) = self.in_flight.get_mut(&batch.portal) {
            *count = count.saturating_sub(1);
        }
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.log.add(SeenDelivery {
            at: written(now),
            events: batch.events(),
            outcome,
            took_ms,
        });
        if !outcome.is_success() {
            for mut notification in batch.notifications {
                notification.tries += 1;
                match gap_after(notification.tries, rand::random()) {
                    Some(gap) => self.wait(notification, after(now, gap)),
                    None => self.give_up(notification, now),
                }
            }
        }
        self.wake.notify_one();
    }

    fn queue_one(&mut self, app: &App, portal: PortalId, told: &Told) {
        let mut event =
            WebhookEvent::new(portal, told.change.clone(), told.at.timestamp_millis(), 0);
        if let Some((source, source_id)) = &told.source {
            event = event.by(source, source_id);
        }
        let mut event = event.json();
        let Some(subscription) = subscription_of(app, &event) else {
            return;
        };
        put(
            &mut event,
            "eventId",
            json!(rand::random_range(1_i64..=4_000_000_000)),
        );
        put(&mut event, "subscriptionId", json!(subscription.id));
        put(&mut event, "appId", json!(app.app_id));
        let fate = self
            .disturbances
            .strike(portal, subscription.event, told.at);
        if fate.is_lost {
            self.log.add(SeenDelivery {
                at: written(told.at),
                events: vec![event],
                outcome: DeliveryOutcome::Lost,
                took_ms: 0,
            });
            return;
        }
        let notification = Notification {
            portal,
            event,
            tries: 0,
            is_alone: false,
        };
        let due = after(told.at, fate.delay);
        for _ in 0..fate.copies {
            let is_alone = true;
            let copy = Notification {
                is_alone,
                ..notification.clone()
            };
            self.wait(copy, due);
        }
        self.wait(notification, due);
    }

    fn wait(&mut self, notification: Notification, due: DateTime<Utc>) {
        self.next += 1;
        self.waiting.insert((due, self.next), notification);
    }

    fn give_up(&mut self, notification: Notification, now: DateTime<Utc>) {
        self.log.add(SeenDelivery {
            at: written(now),
            events: vec![notification.event],
            outcome: DeliveryOutcome::GivenUp,
            took_ms: 0,
        });
    }
}

impl Batch {
    /// The events as they are sent: each says how often it was tried before.
    pub fn events(&self) -> Vec<Value> {
        let numbered = self.notifications.iter().map(|notification| {
            let mut event = notification.event.clone();
            put(&mut event, "attemptNumber", json!(notification.tries));
            event
        });
        numbered.collect()
    }
}

/// The same change as a subscription of the generic kind tells it.
fn as_generic(told: &Told) -> Option<Told> {
    let Change::TicketOwner(ticket, owner) = &told.change else {
        return None;
    };
    Some(Told {
        change: Change::ObjectOwner(*ticket, owner.clone()),
        ..told.clone()
    })
}

fn subscription_of<'a>(app: &'a App, event: &Value) -> Option<&'a Subscription> {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    app.subscriptions.iter().find(|subscription| {
        text("subscriptionType") == Some(subscription.event)
            && text("propertyName") == subscription.property
    })
}

fn put(event: &mut Value, name: &str, value: Value) {
    if let Some(fields) = event.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
