//! The rows a decision leaves: exactly these, and after any sequence versions without a gap.

use crate::behind::RowCounts;
use crate::seeds::seed;
use crate::world::{ADMIN_KEY, AI_KEY, Outputs, PORTAL, THREAD, TICKET, World, client};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::{self, PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::Enrolled;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_action_on_a_ticket_with_one_conversation_leaves_one_row_in_each_table() {
    let world = World::start().await;

    let paused = world
        .act(PauseAi, &[("duration", "1h"), ("note", "a VIP")])
        .await;

    let one_each = RowCounts {
        tickets: 1,
        conversations: 1,
        decisions: 1,
        receipts: 1,
        outbox: 1,
    };
    assert_eq!(world.row_counts(), one_each);
    let id = paused.get("decision_id");
    let decision = "SELECT concat_ws(' ', subject, subject_id, position, control_version, changed, \
         decision_id, ticket_id, outcome, reason_code, state_before, state_after, \
         ticket_revision, command->'what'->>'action', command->'by'->>'workflow') FROM decisions";
    let line = format!(
        "thread 7001 1 1 t {id} {TICKET} applied APPLIED ai_active ai_paused 1 pause 1791000001"
    );
    assert_eq!(world.texts(decision), [line]);
    let thread = "SELECT concat_ws(' ', ticket_id, state, control_version, silenced_at_version, \
                  position, holds) FROM conversations";
    assert_eq!(
        world.texts(thread),
        [format!("{TICKET} ai_paused 1 1 1 []")]
    );
    let hold = "SELECT concat_ws(' ', revision, position, jsonb_array_length(holds), \
                holds->0->>'kind', holds->0->>'note') FROM tickets";
    assert_eq!(world.texts(hold), ["1 0 1 pause a VIP"]);
    let event = "SELECT concat_ws(' ', event_type, destination, subject_id, control_version, \
                 decision_id, payload->>'ai_state', payload->>'previous_ai_state', \
                 payload->>'thread_id', payload->>'ticket_id', payload->>'reason_code') FROM outbox";
    let expected =
        format!("control.changed ai 7001 1 {id} ai_paused ai_active 7001 {TICKET} APPLIED");
    assert_eq!(world.texts(event), [expected]);
    let receipt = "SELECT concat_ws(' ', source, key LIKE 'ap-50001-%', decision_id, \
                   convert_from(answer, 'UTF8')::jsonb->'outputFields'->>'outcome') \
                   FROM action_receipts";
    assert_eq!(world.texts(receipt), [format!("hubspot t {id} applied")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_nothing_leaves_a_line_under_the_version_current_then() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;

    world.act(PauseAi, &[]).await;
    world.act(PauseAi, &[("dry_run", "true")]).await;
    world.act(PauseAi, &[("duration", "never")]).await;

    let lines = "SELECT concat_ws(' ', position, control_version, changed, outcome) \
                 FROM decisions ORDER BY position";
    let expected = [
        "1 1 t applied",
        "2 1 f already",
        "3 1 f dry_run",
        "4 1 f refused",
    ];
    assert_eq!(world.texts(lines), expected);
    assert_eq!(
        world.count("outbox"),
        1,
        "nothing changed, so nobody is told"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_on_a_ticket_with_several_conversations_has_a_line_and_an_event_for_each() {
    let world = World::start().await;
    let siblings = [7_002, 7_003].map(|id| Enrolled::Ticket(TICKET, Some(ThreadId(id))));
    world.act(ResumeAi, &[]).await;
    for sibling in siblings {
        world.act_on(ResumeAi, sibling, &[]).await;
    }

    let paused = world.act(PauseAi, &[]).await;

    assert_eq!(
        (paused.get("threads_affected"), paused.get("thread_id")),
        ("3", "")
    );
    let id = paused.get("decision_id");
    assert_eq!(
        world.count(&format!("decisions WHERE decision_id = '{id}'")),
        3
    );
    assert_eq!(
        world.count(&format!("outbox WHERE decision_id = '{id}'")),
        3
    );
}

/// A random request by a workflow or through the API; most fit, some do not.
async fn random_request(world: &World, rng: &mut StdRng) -> Option<Outputs> {
    let n = rng.random_range(0..6);
    let (ticket, thread) = (TicketId(TICKET.0 + n / 2), ThreadId(THREAD.0 + n));
    let mut inputs = Vec::new();
    let options = [
        ("duration", "15m"),
        ("duration", "2h"),
        ("replace", "true"),
        ("cancel_pending_handoff", "true"),
        ("conversations", "originating"),
        ("conversations", "latest"),
        ("target", "user:7"),
        ("note", "a note"),
        ("dry_run", "true"),
    ];
    inputs.extend(options.iter().filter(|_| rng.random_ratio(1, 8)).copied());
    if rng.random_ratio(2, 3) {
        let kind = *ActionKind::ALL.choose(rng)?;
        let enrolled = Enrolled::Ticket(ticket, rng.random_ratio(4, 5).then_some(thread));
        let answer = world
            .call(&crate::world::request(kind, enrolled, &inputs))
            .await;
        assert!([200, 503].contains(&answer.status), "{kind:?} {inputs:?}");
        return answer.outputs.map(Outputs);
    }
    let action = *["pause", "resume", "send", "handoff", "lock", "unlock"].choose(rng)?;
    let key = *[AI_KEY, ADMIN_KEY].choose(rng)?;
    let url = format!(
        "{}/v1/portals/{PORTAL}/conversations/{thread}/{action}",
        world.url
    );
    let answer = client().post(url).bearer_auth(key).send().await.unwrap();
    // It has no idempotency key: whether it happened or not, the rows agree.
    let status = answer.status().as_u16();
    assert!([200, 503].contains(&status), "{action}: {status}");
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_sequence_versions_have_no_gap_and_records_equal_their_last_decision() {
    let world = World::start().await;
    let mut rng = StdRng::seed_from_u64(seed());

    for step in 0..400 {
        random_request(&world, &mut rng).await;
        if step % 50 == 49 {
            world.let_holds_run_out();
        }
    }

    let no_rows: [&str; 0] = [];
    let gaps = "SELECT concat_ws(' ', thread_id, control_version, array_agg(v.version ORDER BY \
                v.version)) FROM conversations c LEFT JOIN (SELECT portal_id, subject_id, \
                control_version AS version FROM decisions WHERE changed AND subject = 'thread') v \
                ON (v.portal_id, v.subject_id) = (c.portal_id, c.thread_id) \
                GROUP BY thread_id, control_version \
                HAVING coalesce(array_agg(v.version ORDER BY v.version) FILTER (WHERE v.version \
                IS NOT NULL), '{}') <> ARRAY(SELECT generate_series(1, control_version))";
    assert_eq!(world.texts(gaps), no_rows);
    let positions = "SELECT concat_ws(' ', subject, subject_id) FROM decisions \
                     GROUP BY subject, subject_id HAVING min(position) <> 1 OR max(position) <> count(*)";
    assert_eq!(world.texts(positions), no_rows);
    // The test moved ends into the past behind the service's back; everything else must agree.
    world.execute(
        "CREATE FUNCTION without_ends(jsonb) RETURNS jsonb LANGUAGE sql AS \
         'SELECT jsonb_agg(hold - ''expires_at'') FROM jsonb_array_elements($1) AS of (hold)'",
    );
    let unlike = "SELECT concat_ws(' ', c.thread_id, c.state, d.state_after) FROM conversations c \
                  JOIN decisions d ON (d.portal_id, d.subject, d.subject_id, d.position) = \
                  (c.portal_id, 'thread', c.thread_id, c.position) \
                  WHERE (c.facts, c.control_version, without_ends(c.holds)) \
                  IS DISTINCT FROM (d.facts_after, d.control_version, without_ends(d.holds_after))";
    assert_eq!(world.texts(unlike), no_rows);
    let unlike = "SELECT concat_ws(' ', t.ticket_id, t.revision) FROM tickets t \
                  CROSS JOIN LATERAL (SELECT ticket_after FROM decisions d \
                  WHERE (d.portal_id, d.ticket_id, d.ticket_revision) \
                  = (t.portal_id, t.ticket_id, t.revision) LIMIT 1) AS last \
                  WHERE (t.facts, without_ends(t.holds)) IS DISTINCT FROM \
                  (last.ticket_after->'facts', without_ends(last.ticket_after->'holds'))";
    assert_eq!(world.texts(unlike), no_rows);
    let untold = "SELECT d.decision_id FROM decisions d LEFT JOIN outbox o \
                  ON (o.decision_id, o.subject_id, o.event_type) \
                  = (d.decision_id, d.subject_id, 'control.changed') \
                  WHERE d.subject = 'thread' AND d.changed <> (o.decision_id IS NOT NULL)";
    assert_eq!(
        world.texts(untold),
        no_rows,
        "events are exactly the changes"
    );
    let silenced = "SELECT concat_ws(' ', thread_id, silenced_at_version) FROM conversations c \
                    WHERE silenced_at_version <> (SELECT coalesce(max(control_version), 0) \
                    FROM decisions d WHERE (d.portal_id, d.subject, d.subject_id) \
                    = (c.portal_id, 'thread', c.thread_id) AND changed \
                    AND state_after <> 'ai_active')";
    assert_eq!(world.texts(silenced), no_rows);
    let changes = world.count("decisions WHERE changed");
    assert!(
        changes > 50,
        "{changes} changes are too few to mean anything"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_are_written_with_the_decision_that_wants_them() {
    let world = World::start().await;
    let inputs = [("target", "user:123"), ("note", "call back")];

    let asked = world.act(RequestHandoff, &inputs).await;

    let rows = "SELECT concat_ws(' ', event_type, destination, subject_id, decision_id) \
                FROM outbox ORDER BY event_type";
    let id = asked.get("decision_id");
    let expected = [
        format!("control.changed ai 7001 {id}"),
        format!("note.add hubspot 7001 {id}"),
        format!("owner.assign hubspot 7001 {id}"),
    ];
    assert_eq!(world.texts(rows), expected);
}
