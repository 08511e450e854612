//! How the tickets of an import came to their owners: by routing, rotation or a workflow where
//! HubSpot says so, else by hand. And what it costs to learn who the owners are.

use crate::alone::{Alone, FAST, fill};
use crate::behind::execute;
use crate::wire::now_ms;
use crate::world::PORTAL;
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::time::Span;
use baton::service::paced_reading::Pace;
use baton::service::sweep::sweep;
use serde_json::json;

const WAITS: &str = r#"{"assigned_by_automation": "waits_for_first_reply"}"#;
const SILENT: &str =
    "SELECT thread_id FROM conversations WHERE state = 'human_active' ORDER BY thread_id";

impl Alone {
    fn policies(&self, policies: &str) {
        execute(
            &mut self.sql(),
            &format!("UPDATE portals SET policies = '{policies}'"),
        );
    }

    /// This ticket is Ann's since an hour ago, by this source.
    fn owned_by(&self, ticket: i64, source: &str) {
        self.desk.ticket(TicketId(ticket), |it| {
            it.owner = "81538001".to_owned();
            it.owner_sources = vec![source.to_owned()];
            it.owned_since = Some(now_ms() - 3_600_000);
        });
    }

    fn know_ann(&self) {
        let ann = json!({"id": "81538001", "userId": 3_892_001, "type": "PERSON"});
        self.desk.change(|held| held.owners.insert(81_538_001, ann));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_routed_before_the_import_waits_for_its_persons_first_reply() {
    let alone = Alone::new().await;
    alone.policies(WAITS);
    alone.know_ann();
    fill(&alone.desk, 160);
    for ticket in (1..160).step_by(2) {
        alone.owned_by(ticket, "CONVERSATION_ROUTING");
    }
    alone.owned_by(3, "CRM_UI");
    alone.owned_by(5, "A_SOURCE_OF_TOMORROW");

    alone.import().await;

    assert_eq!(alone.texts(SILENT), ["3", "5"]);
    let by = "SELECT concat_ws(' ', count(*), min(facts #>> '{owner,at}')) FROM tickets \
        WHERE facts #>> '{owner,by}' = 'automation'";
    let found = alone.texts(by).pop().unwrap();
    let (count, at) = found.split_once(' ').unwrap();
    assert_eq!(count, "78");
    let at: i64 = at.parse().unwrap();
    assert!(at < now_ms() - 3_500_000, "since it was assigned");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_may_have_answered_since_the_routing_the_person_owns() {
    let alone = Alone::new().await;
    alone.policies(WAITS);
    alone.know_ann();
    fill(&alone.desk, 10);
    for ticket in [1, 3, 5, 7] {
        alone.owned_by(ticket, "CONVERSATION_ROUTING");
    }
    alone.desk.thread(ThreadId(3), |thread| {
        thread.sent_at = Some(now_ms() - 60_000)
    });
    alone.desk.thread(ThreadId(5), |thread| {
        thread.sent_at = Some(now_ms() - 7_200_000)
    });

    // Another conversation of the ticket counts as well, though it is closed.
    alone.desk.thread(ThreadId(8), |thread| {
        thread.ticket = Some(7);
        thread.closed_at = Some(now_ms());
        thread.sent_at = Some(now_ms() - 60_000);
    });

    alone.import().await;

    assert_eq!(alone.texts(SILENT), ["3", "7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_automatic_assignment_silences_it_does_for_what_was_imported() {
    let alone = Alone::new().await;
    alone.know_ann();
    fill(&alone.desk, 4);
    alone.owned_by(1, "CONVERSATION_ROUTING");
    alone.import().await;
    assert_eq!(alone.texts(SILENT), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_of_the_owner_read_counts_for_nothing() {
    let alone = Alone::new().await;
    alone.policies(WAITS);
    alone.know_ann();
    fill(&alone.desk, 4);
    alone.desk.ticket(TicketId(1), |it| {
        it.owner = "81538001".to_owned();
    });
    alone.import().await;
    assert_eq!(alone.texts(SILENT), ["1"], "no history at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_that_hubspot_does_not_tell_of_cost_three_calls_in_an_hour() {
    let alone = Alone::new().await;
    fill(&alone.desk, 80);
    for n in (1..80).step_by(2) {
        alone.desk.ticket(TicketId(n), |ticket| {
            ticket.owner = (81_538_000 + n).to_string();
        });
    }
    alone.import().await;
    let silent = alone.texts(SILENT).len();
    assert_eq!(silent, 40, "in doubt they are people");
    let asked = alone.desk.calls("/owners").len();
    assert!(asked <= 2, "{asked}");

    alone.ten_minutes_pass();
    alone.sweep().await;
    alone.ten_minutes_pass();
    alone.sweep().await;
    assert_eq!(alone.desk.calls("/owners").len(), asked);

    let an_hour = "UPDATE unknown_owners SET asked_at = asked_at - interval '1 hour'; \
        UPDATE followed_portals SET archived_owners_read_at = now() - interval '1 hour'";
    execute(&mut alone.sql(), an_hour);
    alone.ten_minutes_pass();
    alone.sweep().await;
    assert_eq!(alone.desk.calls("/owners").len(), 2 * asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_counts_the_calls_for_owners_among_its_own() {
    let alone = Alone::new().await;
    fill(&alone.desk, 40);
    alone.import().await;
    for n in (1..40).step_by(2) {
        alone.desk.ticket(TicketId(n), |ticket| {
            ticket.owner = (81_538_000 + n).to_string();
        });
    }
    alone.pass(Span::from_minutes(10));
    let before = alone.desk.calls("").len();

    let pace = Pace { calls: 3, ..FAST };
    sweep(&alone.follower, PORTAL, pace).await.unwrap();

    let calls = alone.desk.calls("").split_off(before);
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!(alone.desk.calls("/owners").len(), 2, "{calls:?}");
}
