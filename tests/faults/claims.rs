//! What is true of the rows whatever happened, by plain SQL: it shares no code with the store.
//! Timelines may have been pruned; then they begin where their snapshot says.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A claim about the rows, as a query that counts what contradicts it.
const CLAIMS: &[(&str, &str)] = &[
    (
        "every receipt's decision is in the timelines",
        "SELECT count(*) AS n FROM action_receipts r WHERE NOT EXISTS \
         (SELECT FROM decisions d WHERE d.decision_id = r.decision_id) AND NOT EXISTS \
         (SELECT FROM decision_snapshots s WHERE s.portal_id = r.portal_id)",
    ),
    (
        "every decision that somebody asked for has one receipt",
        "SELECT count(*) AS n FROM (SELECT DISTINCT decision_id FROM decisions \
         WHERE command ? 'what') d LEFT JOIN \
         (SELECT decision_id, count(*) AS receipts FROM action_receipts GROUP BY 1) r \
         USING (decision_id) WHERE receipts IS DISTINCT FROM 1",
    ),
    (
        "every change of a conversation has its event",
        "SELECT count(*) AS n FROM decisions d WHERE changed AND subject = 'thread' AND NOT EXISTS \
         (SELECT FROM outbox o WHERE o.event_type = 'control.changed' \
          AND (o.portal_id, o.decision_id, o.subject_id, o.control_version) \
            = (d.portal_id, d.decision_id, d.subject_id, d.control_version))",
    ),
    (
        "every event has its change",
        "SELECT count(*) AS n FROM outbox o WHERE o.event_type = 'control.changed' AND NOT EXISTS \
         (SELECT FROM decisions d WHERE changed AND subject = 'thread' \
          AND (o.portal_id, o.decision_id, o.subject_id, o.control_version) \
            = (d.portal_id, d.decision_id, d.subject_id, d.control_version)) \
         AND NOT EXISTS (SELECT FROM decision_snapshots s WHERE s.subject = 'thread' \
          AND (s.portal_id, s.subject_id) = (o.portal_id, o.subject_id) \
          AND s.control_version >= o.control_version)",
    ),
    (
        "versions are 1..n, from where the timeline was pruned",
        "SELECT count(*) AS n FROM (SELECT d.control_version, row_number() OVER \
         (PARTITION BY portal_id, subject_id ORDER BY position) \
         + coalesce(s.control_version, 0) AS place FROM decisions d \
         LEFT JOIN decision_snapshots s USING (portal_id, subject, subject_id) \
         WHERE changed AND subject = 'thread') v WHERE control_version IS DISTINCT FROM place",
    ),
    (
        "positions are 1..n, from where the timeline was pruned",
        "SELECT count(*) AS n FROM (SELECT position, row_number() OVER \
         (PARTITION BY portal_id, subject, subject_id ORDER BY position) \
         + coalesce(s.pruned_through, 0) AS place FROM decisions \
         LEFT JOIN decision_snapshots s USING (portal_id, subject, subject_id)) p \
         WHERE position <> place",
    ),
    (
        "a conversation has its newest version and position",
        "SELECT count(*) AS n FROM conversations c WHERE (control_version, position) <> \
         (SELECT coalesce(max(l.version), 0), coalesce(max(l.position), 0) FROM ( \
            SELECT d.control_version AS version, d.position FROM decisions d \
            WHERE d.subject = 'thread' AND (d.portal_id, d.subject_id) = (c.portal_id, c.thread_id) \
            UNION ALL SELECT s.control_version, s.pruned_through FROM decision_snapshots s \
            WHERE s.subject = 'thread' \
            AND (s.portal_id, s.subject_id) = (c.portal_id, c.thread_id)) AS l)",
    ),
    (
        "a conversation is as its newest line says, but for what is written without a line",
        "SELECT count(*) AS n FROM conversations c JOIN decisions d \
         ON (d.portal_id, d.subject_id, d.position) = (c.portal_id, c.thread_id, c.position), \
         (VALUES ('{owner_checked_at,messages_read_at,owner_event_received_at,owner_doubt,\
          status_doubt,assignments,let_go_at,last_person_reply_at,last_customer_message_at,waiting,\
          last_ai_reply_at,openings,past_links,leavings,lifted,channel,spam_told_at}'::text[])) \
         AS u (unlined) WHERE d.subject = 'thread' \
         AND (d.facts_after - unlined, d.state_after) <> (c.facts - unlined, c.state)",
    ),
    // What a late event brings back under a stronger silence is a hold that is not live.
    (
        "a conversation of which no event told has the holds of its newest line",
        "SELECT count(*) AS n FROM conversations c JOIN decisions d \
         ON (d.portal_id, d.subject_id, d.position) = (c.portal_id, c.thread_id, c.position) \
         WHERE d.subject = 'thread' AND d.holds_after <> c.holds AND NOT EXISTS \
         (SELECT FROM decisions t WHERE t.command ? 'fact' AND t.subject = 'thread' \
          AND (t.portal_id, t.subject_id) = (c.portal_id, c.thread_id))",
    ),
    (
        "a conversation whose timeline was pruned whole is as its snapshot says",
        "SELECT count(*) AS n FROM conversations c JOIN decision_snapshots s \
         ON (s.portal_id, s.subject_id, s.pruned_through) = (c.portal_id, c.thread_id, c.position) \
         WHERE s.subject = 'thread' AND (s.facts, s.holds) <> (c.facts, c.holds)",
    ),
    (
        "a ticket is as the line or snapshot with its newest revision says",
        "SELECT count(*) AS n FROM tickets t JOIN ( \
            SELECT portal_id, ticket_id, ticket_revision, ticket_after FROM decisions \
            UNION SELECT portal_id, subject_id, ticket_revision, ticket_after \
            FROM decision_snapshots WHERE subject = 'ticket') AS l \
         ON (l.portal_id, l.ticket_id, l.ticket_revision) \
            = (t.portal_id, t.ticket_id, t.revision) \
         WHERE l.ticket_after <> jsonb_build_object('facts', t.facts, 'holds', t.holds)",
    ),
    (
        "a ticket has its newest position",
        "SELECT count(*) AS n FROM tickets t WHERE position <> greatest( \
         (SELECT coalesce(max(d.position), 0) FROM decisions d \
          WHERE d.subject = 'ticket' AND (d.portal_id, d.subject_id) = (t.portal_id, t.ticket_id)), \
         (SELECT s.pruned_through FROM decision_snapshots s \
          WHERE s.subject = 'ticket' AND (s.portal_id, s.subject_id) = (t.portal_id, t.ticket_id)))",
    ),
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The claims that are not so, each with how often.
pub fn broken(conn: &mut PgConnection) -> Vec<String> {
    let mut broken = Vec::new();
    for (claim, query) in CLAIMS {
        let Count { n } = diesel::sql_query(*query).get_result(conn).unwrap();
        if n > 0 {
            broken.push(format!("not so, {n} times: {claim}"));
        }
    }
    broken
}
