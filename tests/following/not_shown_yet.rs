//! A conversation that has just begun, and that a lagging replica does not show yet.

use crate::alone::{Alone, fill};
use crate::behind::execute;
use crate::desk::DeskThread;
use baton::domain::ids::ThreadId;

const BEGUN: ThreadId = ThreadId(900);

impl Alone {
    /// A conversation has begun, as its webhook told, and the sweep did not find it.
    async fn with_begun() -> Self {
        let alone = Self::new().await;
        fill(&alone.desk, 2);
        alone.import().await;
        let begun = "INSERT INTO conversations (portal_id, thread_id) VALUES (50001, 900)";
        execute(&mut alone.sql(), begun);
        alone.sweep().await;
        alone.verify().await;
        alone
    }

    /// HubSpot first said that it has none this much earlier, and is asked again.
    async fn seconds_pass(&self, seconds: i64) {
        let earlier = format!(
            "UPDATE conversations SET facts = jsonb_set(facts, '{{status_doubt,since}}', \
                to_jsonb((facts #>> '{{status_doubt,since}}')::bigint - {})) \
                WHERE facts ? 'status_doubt'; \
             UPDATE skipped_readings SET until = now()",
            seconds * 1_000
        );
        execute(&mut self.sql(), &earlier);
        self.sweep().await;
        self.verify().await;
    }

    fn is_open(&self) -> bool {
        self.count("conversations WHERE thread_id = 900 AND is_open") == 1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_no_reading_has_shown_yet_is_not_closed_by_a_replica_that_lags() {
    let alone = Alone::with_begun().await;
    assert!(alone.is_open());
    for _ in 0..3 {
        alone.seconds_pass(20).await;
        assert!(alone.is_open());
    }
    let calls = alone.desk.calls("/threads/900").len();
    alone.sweep().await;
    let again = alone.desk.calls("/threads/900").len();
    assert_eq!(again, calls, "once a minute is enough");
    alone.desk.thread(BEGUN, |thread| {
        *thread = DeskThread {
            assigned_to: "A-3892001".to_owned(),
            ..DeskThread::open()
        };
    });

    alone.seconds_pass(20).await;

    let silent = "conversations WHERE thread_id = 900 AND is_open AND state = 'human_active'";
    assert_eq!(alone.count(silent), 1);
    assert_eq!(alone.count("conversations WHERE facts ? 'status_doubt'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hubspot_does_not_show_for_five_minutes_is_gone() {
    let alone = Alone::with_begun().await;

    alone.seconds_pass(290).await;
    assert!(alone.is_open());
    alone.seconds_pass(20).await;

    assert!(!alone.is_open());
}
