//! Privacy deletions: the words are nowhere any more, and ids, versions, states and the fold are
//! as they were.

use crate::claims;
use crate::delivering::{event, message};
use crate::world::{ADMIN_KEY, PATIENCE, PORTAL, THREAD, TICKET, World, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi, SendToAi};
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::Change;
use baton::store::contacts;
use serde_json::json;
use std::time::{Duration, Instant};

/// A word that a customer or an agent wrote; it is never to be seen again.
pub const WORD: &str = "Rumpelstilzchen";

impl World {
    /// Tables with a row that holds a word, with how many.
    pub fn where_is(&self, word: &str) -> Vec<String> {
        let tables = self.texts(
            "SELECT relname FROM pg_class WHERE relkind = 'r' \
             AND relnamespace = 'public'::regnamespace ORDER BY 1",
        );
        let mut found: Vec<String> = Vec::new();
        for table in tables {
            let count = self.count(&format!("{table} AS t WHERE t::text LIKE '%{word}%'"));
            if count > 0 {
                found.push(format!("{table} {count}"));
            }
        }
        let receipts =
            format!("action_receipts WHERE convert_from(answer, 'UTF8') LIKE '%{word}%'");
        let count = self.count(&receipts);
        found.extend((count > 0).then(|| format!("receipts {count}")));
        found
    }

    /// Waits until every erasure is done.
    pub async fn until_erased(&self) {
        let began = Instant::now();
        while self.count("erasures WHERE next_run_at <= now() + interval '1 hour'") > 0 {
            assert!(began.elapsed() < PATIENCE, "not erased");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Says the word wherever words can be said about a ticket and its conversation.
    pub async fn talk(&self, ticket: TicketId, thread: ThreadId) {
        let on = Enrolled::Ticket(ticket, Some(thread));
        let unfit = [("duration", WORD)];
        let calls: [(_, &[(&str, &str)]); 6] = [
            (PauseAi, &[("note", WORD)]),
            (PauseAi, &unfit),
            (
                RequestHandoff,
                &[("note", WORD), ("customer_message", WORD)],
            ),
            (
                SendToAi,
                &[
                    ("response_mode", "answer_with_instruction"),
                    ("instruction", WORD),
                    ("note", WORD),
                ],
            ),
            (PauseAi, &[("note", WORD), ("conversations", "originating")]),
            (
                RequestHandoff,
                &[("note", WORD), ("on_timeout", "return_to_ai")],
            ),
        ];
        for (kind, inputs) in calls {
            self.act_on(kind, on, inputs).await;
        }
    }

    /// Everything of the timelines but words.
    fn bones(&self) -> Vec<String> {
        self.texts(
            "SELECT concat_ws(' ', subject, subject_id, position, control_version, changed, \
             decision_id, decided_at, outcome, reason_code, state_before, state_after) \
             FROM decisions ORDER BY 1",
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_conversations_words_are_nowhere_and_its_timeline_stands() {
    let world = World::start().await;
    world.talk(TICKET, THREAD).await;
    let lock = json!({"note": WORD, "metadata": {"said": WORD}});
    assert_eq!(world.post(ADMIN_KEY, "lock", lock).await.0, 200);
    world.deliver(&[message(WORD)]).await;
    world
        .deliver_bytes(format!(
            r#"[{{"portalId": 50001, "subscriptionType": "conversation.propertyChange",
                "objectId": {THREAD}, "propertyName": "status", "propertyValue": "{WORD}",
                "occurredAt": 1790000000000}}]"#
        ))
        .await;
    world.execute(&format!(
        "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, \
         duration_us, subjects, body) VALUES (50001, gen_random_uuid(), now(), 'api', 'POST', 503, \
         1, '{{thread:{THREAD}}}', '{WORD}')"
    ));
    world.execute(&format!(
        "UPDATE tickets SET upkeep = jsonb_set(upkeep, '{{releases,0,holds,0,note}}', '\"{WORD}\"') \
         WHERE upkeep #> '{{releases,0,holds,0}}' IS NOT NULL"
    ));
    let said = world.where_is(WORD);
    assert_eq!(said.len(), 8, "{said:?}");
    let (bones, shown) = (world.bones(), world.conversation().await);

    world.deliver(&[event(Change::Erased(THREAD))]).await;
    world.until_erased().await;

    assert_eq!(world.where_is(WORD), Vec::<String>::new());
    assert_eq!(world.bones(), bones);
    let after = world.conversation().await;
    for field in ["state", "control_version", "silenced_at_version"] {
        assert_eq!(after[field], shown[field], "{field}");
    }
    assert_eq!(claims::broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_an_erased_action_is_answered_with_its_outcome_and_says_so() {
    let world = World::start().await;
    let on = Enrolled::Ticket(TICKET, Some(THREAD));
    let unfit = request(PauseAi, on, &[("duration", WORD)]);
    let first = world.insist(&unfit).await.outputs.unwrap();
    assert!(first["explanation"].contains(WORD));

    world.deliver(&[event(Change::Erased(THREAD))]).await;
    world.until_erased().await;
    let again = world.insist(&unfit).await;

    assert_eq!(again.status, 200);
    let again = again.outputs.unwrap();
    let erased = "The words of this answer were erased for the customer's privacy.";
    assert_eq!(again["explanation"], erased);
    for (name, value) in first.iter().filter(|(name, _)| *name != "explanation") {
        assert_eq!(again.get(name), Some(value), "{name}");
    }
    assert_eq!(world.count("decisions"), 1, "it was no new request");
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_contact_reaches_the_conversations_known_and_no_others() {
    let world = World::start().await;
    let (other_ticket, other) = (TicketId(TICKET.0 + 1), ThreadId(THREAD.0 + 1));
    world.talk(TICKET, THREAD).await;
    let mine = world.where_is(WORD);
    world.talk(other_ticket, other).await;
    contacts::remember(&mut world.sql(), PORTAL, &[(THREAD, 77)]).unwrap();

    world.deliver(&[event(Change::ContactErased(77))]).await;
    world.until_erased().await;

    assert_eq!(world.where_is(WORD), mine, "the other's are left");
    let left = world.texts(&format!(
        "SELECT DISTINCT ticket_id FROM decisions d WHERE d::text LIKE '%{WORD}%'"
    ));
    assert_eq!(left, [other_ticket.to_string()]);
    assert_eq!(claims::broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_is_erased_the_next_day_and_an_erasure_ends_after_a_week() {
    let world = World::start().await;
    world.talk(TICKET, THREAD).await;
    world.deliver(&[event(Change::Erased(THREAD))]).await;
    world.until_erased().await;
    world.talk(TICKET, THREAD).await;

    world.execute("UPDATE erasures SET next_run_at = now()");
    world.until_erased().await;
    assert_eq!(world.where_is(WORD), Vec::<String>::new());

    world.execute(
        "UPDATE erasures SET next_run_at = now(), received_at = now() - interval '8 days'",
    );
    world.until_erased().await;
    assert_eq!(world.count("erasures WHERE next_run_at IS NULL"), 1);
    world.deliver(&[event(Change::Erased(THREAD))]).await;
    world.until_erased().await;
    assert_eq!(
        world.count("erasures WHERE next_run_at > now()"),
        1,
        "asked anew"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_beside_an_erasure_carry_no_words_on_and_leave_no_gap() {
    let world = World::start().await;
    for _ in 0..10 {
        world.talk(TICKET, THREAD).await;
    }
    let on = Enrolled::Ticket(TICKET, Some(THREAD));
    let goes_on = async {
        for _ in 0..60 {
            for kind in [PauseAi, ResumeAi] {
                world.act_on(kind, on, &[]).await;
            }
        }
    };
    let erased = async {
        world.deliver(&[event(Change::Erased(THREAD))]).await;
        world.until_erased().await;
    };
    tokio::join!(goes_on, erased);

    assert_eq!(world.where_is(WORD), Vec::<String>::new());
    assert_eq!(claims::broken(&mut world.sql()), Vec::<String>::new());
}
