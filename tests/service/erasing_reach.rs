//! How far a privacy deletion reaches: tickets that a conversation has left, receipts whose lines
//! are pruned, portals that are no longer allowed; and where it ends.

use crate::claims;
use crate::delivering::{ANN, assigned, event, event_of, moved};
use crate::erasing::WORD;
use crate::world::{PATIENCE, PORTAL, Setup, THREAD, TICKET, World, request};
use baton::domain::ids::{PortalId, ThreadId, TicketId};
use baton::service::allow_portal::AllowedPortals;
use baton::simulator::action_kind::ActionKind::{PauseAi, ResumeAi};
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::webhook_event::Change;
use baton::store::{contacts, prune};

/// The ticket that the conversation comes to.
const NEXT: TicketId = TicketId(TICKET.0 + 1);
const SIBLING: ThreadId = ThreadId(THREAD.0 + 1);
const CONTACT: i64 = 4_077_001;
const NOWHERE: [&str; 0] = [];
const ERASED: &str = "The words of this answer were erased for the customer's privacy.";

impl World {
    /// A note on [`TICKET`] before anybody knew its conversation, which belongs to it then.
    async fn note_before_the_conversation_is_known(&self) {
        let unknown = Enrolled::Ticket(TICKET, None);
        let noted = self.act_on(PauseAi, unknown, &[("note", WORD)]).await;
        assert_eq!(noted.get("outcome"), "queued");
        self.link().await;
    }

    async fn moves_on(&self) {
        self.deliver(&[moved(event(Change::Linked(NEXT, THREAD)), -60)])
            .await;
        let ticket = "SELECT ticket_id FROM conversations WHERE thread_id = 7001";
        assert_eq!(self.texts(ticket), [NEXT.to_string()]);
    }

    async fn erase(&self, change: Change) {
        self.deliver(&[event(change)]).await;
        self.until_erased().await;
    }

    fn age_lines(&self, days: u16) {
        self.execute(&format!(
            "UPDATE decisions SET decided_at = decided_at - interval '{days} days'; \
             UPDATE action_receipts SET answered_at = answered_at - interval '{days} days'"
        ));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_a_ticket_that_the_conversation_has_left_is_erased_with_the_conversation() {
    let world = World::start().await;
    world.note_before_the_conversation_is_known().await;
    world.moves_on().await;
    let left = format!("tickets t WHERE ticket_id = {TICKET} AND t::text LIKE '%{WORD}%'");
    assert_eq!(world.count(&left), 1);

    world.erase(Change::Erased(THREAD)).await;

    assert_eq!(world.where_is(WORD), NOWHERE);
    assert_eq!(claims::broken(&mut world.sql()), NOWHERE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_a_ticket_that_the_conversation_had_left_before_that_was_told_is_erased_too() {
    let world = World::start().await;
    let unknown = Enrolled::Ticket(TICKET, None);
    world.act_on(PauseAi, unknown, &[("note", WORD)]).await;
    // The newer link is told first, so that no line ever names the ticket of the note.
    world.moves_on().await;
    world
        .deliver(&[moved(event(Change::Linked(TICKET, THREAD)), -120)])
        .await;

    world.erase(Change::Erased(THREAD)).await;

    assert_eq!(world.where_is(WORD), NOWHERE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_a_ticket_that_was_merged_away_is_erased_with_its_contact() {
    let world = World::start().await;
    // The conversation is seen only once the ticket of the note is merged into its own.
    let unknown = Enrolled::Ticket(TICKET, None);
    world.act_on(PauseAi, unknown, &[("note", WORD)]).await;
    world.link_to(NEXT, THREAD).await;
    contacts::remember(&mut world.sql(), PORTAL, &[(THREAD, CONTACT)]).unwrap();
    world.deliver(&[event(Change::Merged(NEXT, TICKET))]).await;
    let merged = "tickets WHERE facts ? 'absorbed_tickets'";
    let began = std::time::Instant::now();
    while world.count(merged) == 0 {
        assert!(began.elapsed() < PATIENCE, "not merged");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    world.erase(Change::ContactErased(CONTACT)).await;

    assert_eq!(world.where_is(WORD), NOWHERE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_reached_although_the_line_that_named_it_is_pruned() {
    let world = World::start().await;
    world.note_before_the_conversation_is_known().await;
    world.moves_on().await;
    world.age_lines(401);
    world.prune(prune::decisions);
    assert_eq!(world.count("decisions"), 0);
    // What it leaves later is added to what it left before.
    let on = Enrolled::Ticket(NEXT, Some(THREAD));
    world.act_on(ResumeAi, on, &[]).await;
    world.age_lines(401);
    world.prune(prune::decisions);
    let named = "SELECT tickets FROM decision_snapshots WHERE subject = 'thread'";
    assert_eq!(world.texts(named), [format!("{{{TICKET},{NEXT}}}")]);
    assert!(!world.where_is(WORD).is_empty());

    world.erase(Change::Erased(THREAD)).await;

    assert_eq!(world.where_is(WORD), NOWHERE);
    assert_eq!(claims::broken(&mut world.sql()), NOWHERE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_received_about_a_ticket_alone_is_erased_with_its_conversation() {
    let world = World::start().await;
    world.link().await;
    world
        .deliver_bytes(format!(
            r#"[{{"portalId": {PORTAL}, "subscriptionType": "ticket.propertyChange",
                "objectId": {TICKET}, "propertyName": "subject", "propertyValue": "{WORD}"}}]"#
        ))
        .await;
    world.execute(&format!(
        "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, \
         duration_us, subjects, body) VALUES ({PORTAL}, gen_random_uuid(), now(), 'action', \
         'POST', 503, 1, '{{ticket:{TICKET}}}', '{WORD}')"
    ));
    // A call of ours, and a delivery of which nothing could be used, name it in words alone.
    world.execute(&format!(
        "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, \
         duration_us, body, failure) VALUES ({PORTAL}, gen_random_uuid(), now(), 'call', 'GET', \
         400, 1, NULL, 'thread {THREAD}: {WORD}'), (0, gen_random_uuid(), now(), 'webhook', 'POST', \
         503, 1, '[{{\"objectId\":{TICKET},\"x\":\"{WORD}\"}}]', 'busy'), \
         ({PORTAL}, gen_random_uuid(), now(), 'call', 'GET', 400, 1, NULL, 'thread 1{THREAD}')"
    ));
    assert_eq!(world.where_is(WORD), ["activity 3", "kept_events 1"]);

    world.erase(Change::Erased(THREAD)).await;

    assert_eq!(world.where_is(WORD), NOWHERE);
    let another = format!("activity WHERE failure = 'thread 1{THREAD}'");
    assert_eq!(world.count(&another), 1, "another conversation's is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_an_outage_are_all_gone_through_however_many_there_are() {
    let world = World::start().await;
    world.link().await;
    // Every second one names the conversation; of either there are more than one step takes.
    let of = |portal: i64| {
        format!(
            "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, \
                duration_us, failure) \
             SELECT {portal}, gen_random_uuid(), now(), 'call', 'GET', 503, 1, \
                'thread ' || CASE n % 2 WHEN 0 THEN {THREAD} ELSE 8 END || ': {WORD}' \
             FROM generate_series(1, 1201) n; \
             INSERT INTO kept_events (portal_id, content_sha256, reason, content) \
             SELECT {portal}, sha256(n::text::bytea), 'x', \
                '{{\"objectId\":' || CASE n % 2 WHEN 0 THEN {THREAD} ELSE 8 END || '}}' \
             FROM generate_series(1, 1201) n"
        )
    };
    world.execute(&of(PORTAL.0));
    world.execute(&of(0));

    world.erase(Change::Erased(THREAD)).await;

    let of_others = format!("activity WHERE failure = 'thread 8: {WORD}'");
    let with_words = format!("activity WHERE failure LIKE '%{WORD}%'");
    assert_eq!(
        (world.count(&of_others), world.count(&with_words)),
        (1202, 1202)
    );
    let named = format!("kept_events WHERE content LIKE '%{THREAD}%'");
    assert_eq!((world.count("kept_events"), world.count(&named)), (1202, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_announced_in_another_conversation_of_the_ticket_is_still_to_be_read() {
    let world = World::start().await;
    world.link().await;
    world.link_to(TICKET, SIBLING).await;
    let announced = |thread| {
        let change = Change::Message(thread, format!("of-{thread}"), "MESSAGE".to_owned());
        event(change)
    };
    world
        .deliver(&[announced(THREAD), announced(SIBLING)])
        .await;

    world.erase(Change::Erased(THREAD)).await;

    let unread = world.texts("SELECT thread_id FROM unread_messages");
    assert_eq!(unread, [SIBLING.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_no_longer_allowed_is_erased_and_otherwise_not_heard() {
    let before = World::start().await;
    before.talk(TICKET, THREAD).await;
    let foreign = PortalId(PORTAL.0 + 1);
    let world = World::start_on(
        before.database_url.clone(),
        Setup {
            allowed: AllowedPortals::Listed([PortalId(PORTAL.0 + 2)].into()),
            ..Setup::default()
        },
    )
    .await;
    world.until_ready().await;
    let erased = |portal| event_of(portal, Change::Erased(THREAD));
    let lines = world.count("decisions");

    world
        .deliver(&[assigned(ANN), erased(foreign), erased(PORTAL)])
        .await;
    world.until_erased().await;

    assert_eq!(world.where_is(WORD), NOWHERE);
    assert_eq!(world.count("decisions"), lines, "nobody was assigned");
    let kept = world.texts("SELECT portal_id FROM erasures");
    assert_eq!(kept, [PORTAL.to_string()], "nothing is kept of a stranger");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_of_a_contact_without_an_open_conversation_is_quoted_nowhere() {
    let world = World::start().await;
    let unfit = request(PauseAi, Enrolled::Contact(CONTACT), &[("duration", WORD)]);

    let answer = world.insist(&unfit).await;
    let again = world.insist(&unfit).await;

    let outputs = answer.outputs.unwrap();
    let sentence = "Input duration does not fit: '…'. \
        Expected one of until_resumed, 15m, 1h, 4h, 1d, 3d, custom.";
    assert_eq!(outputs["explanation"], sentence);
    assert_eq!(outputs["reason_code"], "INPUT_INVALID");
    assert_eq!(again.body, answer.body);
    assert_eq!(world.count("action_receipts"), 1);
    assert_eq!(world.where_is(WORD), NOWHERE);
}

/// A receipt that quotes an input and is kept although its line is pruned.
async fn with_pruned_line(world: &World) -> ActionRequest {
    let unfit = request(
        PauseAi,
        Enrolled::Ticket(TICKET, Some(THREAD)),
        &[("duration", WORD)],
    );
    world.execute(
        "UPDATE portals SET policies = policies || '{\"retention\": {\"decisions_days\": 30}}'",
    );
    world.insist(&unfit).await;
    world.age_lines(31);
    world.prune(prune::words);
    world.prune(prune::decisions);
    assert_eq!(world.count("decisions"), 0);
    assert_eq!(world.where_is(WORD), ["receipts 1"]);
    unfit
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_erased_although_its_line_is_pruned() {
    let world = World::start().await;
    let unfit = with_pruned_line(&world).await;

    world.erase(Change::Erased(THREAD)).await;

    assert_eq!(world.where_is(WORD), NOWHERE);
    let again = world.insist(&unfit).await.outputs.unwrap();
    assert_eq!(again["explanation"], ERASED);
    assert_eq!(again["reason_code"], "INPUT_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_a_receipt_goes_with_it() {
    let world = World::start().await;
    with_pruned_line(&world).await;
    assert_eq!(world.count("pruned_quotes"), 1);

    let older = "UPDATE pruned_quotes SET decided_at = decided_at - interval '60 days'";
    world.execute(older);
    world.age_lines(60);
    world.prune(prune::receipts);

    assert_eq!(world.count("action_receipts"), 0);
    assert_eq!(world.count("pruned_quotes"), 0);
}
