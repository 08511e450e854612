//! A follower without a service around it: time passes when the test says so.

use crate::behind::{execute, texts};
use crate::desk::{Desk, DeskThread, connect, until};
use crate::wire::now_ms;
use crate::world::{PORTAL, keyring, new_database};
use baton::decider::{Decider, Options as DeciderOptions};
use baton::domain::time::Span;
use baton::hubspot::api::budget::Allowance;
use baton::hubspot::api::client::{ApiClient, ApiSettings};
use baton::hubspot::api::clock::Clock;
use baton::service::access_token::{AccessTokens, Options as TokenOptions};
use baton::service::call_hubspot::HubSpot;
use baton::service::follower::Follower;
use baton::service::import_conversations::{Imported, import_conversations};
use baton::service::paced_reading::{NotRead, Pace};
use baton::service::sweep::{Swept, sweep};
use baton::service::verify_owner;
use baton::store::followed_portals::{self, Followed};
use baton::store::owner_checks::Why;
use baton::store::pool::Store;
use diesel::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const FAST: Pace = Pace {
    between_calls: Duration::ZERO,
    calls: 1_000,
};

/// How long a busy machine may keep a round from being taken in.
const PATIENCE: Duration = Duration::from_secs(60);

/// A follower without a service around it: time passes when the test says so.
pub struct Alone {
    pub desk: Desk,
    pub follower: Follower,
    database_url: String,
}

impl Alone {
    pub async fn new() -> Self {
        Self::on(new_database()).await
    }

    /// On a database that exists.
    pub async fn on(database_url: String) -> Self {
        baton::startup::tls::install();
        let desk = Desk::start().await;
        connect(&database_url);
        let store = Arc::new(Store::new(&database_url, 2));
        let tokens = AccessTokens::new(
            Arc::clone(&store),
            Arc::new(keyring()),
            None,
            TokenOptions::USUAL,
        );
        let api = ApiClient::new(ApiSettings {
            api_url: desk.url.parse().unwrap(),
            timeout: ApiSettings::TIMEOUT,
            allowance: Allowance {
                calls: 100_000,
                window: Span::from_secs(10),
            },
            clock: Clock::new(|| chrono::Utc::now().into()),
        });
        let options = DeciderOptions {
            writers: 2,
            most_in_batch: DeciderOptions::MOST_IN_BATCH,
        };
        let decider = Decider::start(&store, options).unwrap();
        let follower = Follower {
            decider: Arc::new(decider),
            hubspot: HubSpot::new(Arc::new(tokens), Arc::new(api.unwrap())),
            store,
            app_id: None,
            bells: Arc::default(),
        };
        Self {
            desk,
            follower,
            database_url,
        }
    }

    pub fn sql(&self) -> PgConnection {
        PgConnection::establish(&self.database_url).unwrap()
    }

    pub fn texts(&self, sql: &str) -> Vec<String> {
        texts(&mut self.sql(), sql)
    }

    pub fn claim(&self) -> Followed {
        let claimed = followed_portals::claim(&mut self.sql(), &[]).unwrap();
        claimed.into_iter().next().expect("the portal's turn")
    }

    /// Whoever reads for the portal, the next one may.
    pub fn release(&self) {
        let sql = "UPDATE followed_portals SET claimed_until = '-infinity'";
        execute(&mut self.sql(), sql);
    }

    /// The import, to its end.
    pub async fn import(&self) {
        let began = Instant::now();
        loop {
            let followed = self.claim();
            let imported = import_conversations(&self.follower, &followed, FAST).await;
            self.release();
            match imported {
                Err(error) if is_too_busy(&error) && began.elapsed() < PATIENCE => {}
                ended => return assert_eq!(ended.unwrap(), Imported::All),
            }
        }
    }

    /// Everything was read ten minutes ago.
    pub fn ten_minutes_pass(&self) {
        self.pass(Span::from_minutes(10));
    }

    /// As if everything had been read and decided, and every owner told, this much earlier.
    pub fn pass(&self, time: Span) {
        let ms = time.as_millis();
        for table in ["conversations", "tickets"] {
            for path in ["owner_checked_at", "owner,at"] {
                let sql = format!(
                    "UPDATE {table} SET facts = jsonb_set(facts, '{{{path}}}', \
                     to_jsonb((facts #>> '{{{path}}}')::bigint - {ms})) \
                     WHERE facts #> '{{{path}}}' IS NOT NULL"
                );
                execute(&mut self.sql(), &sql);
            }
            let sql = format!(
                "UPDATE {table} SET decided_at = decided_at - interval '{ms} milliseconds'"
            );
            execute(&mut self.sql(), &sql);
        }
    }

    pub async fn sweep(&self) {
        let began = Instant::now();
        loop {
            match sweep(&self.follower, PORTAL, FAST).await {
                Err(error) if is_too_busy(&error) && began.elapsed() < PATIENCE => {}
                ended => return assert_eq!(ended.unwrap(), Swept::All),
            }
        }
    }

    /// Reads again what a first reading left open.
    pub async fn verify(&self) {
        until("nothing is left to verify", async || {
            let batches =
                verify_owner::claim(&self.follower, Why::Told, (1_000, 1_000), Vec::new())
                    .await
                    .unwrap();
            for batch in batches {
                verify_owner::verify(&self.follower, batch).await;
            }
            self.texts("SELECT 1 FROM owner_checks").is_empty()
        })
        .await;
    }

    pub fn count(&self, from: &str) -> usize {
        self.texts(&format!("SELECT 1 FROM {from}")).len()
    }
}

/// Whether a worker would try again before long, nothing being wrong with HubSpot.
fn is_too_busy(error: &NotRead) -> bool {
    match error {
        NotRead::Store(_) | NotRead::NotTakenIn(_) => true,
        NotRead::HubSpot(_) => false,
    }
}

/// An open conversation in which somebody has just written.
pub fn thread(ticket: Option<i64>) -> DeskThread {
    DeskThread {
        ticket,
        latest_at: now_ms(),
        ..DeskThread::open()
    }
}

/// Conversations 1 to `threads`; the odd ones have a ticket of their own number.
pub fn fill(desk: &Desk, threads: i64) {
    desk.change(|held| {
        for n in 1..=threads {
            let ticket = (n % 2 == 1).then_some(n);
            held.threads.insert(n, thread(ticket));
            if let Some(ticket) = ticket {
                let entry = held.tickets.entry(ticket).or_default();
                entry.thread = Some(n);
            }
        }
    });
}
