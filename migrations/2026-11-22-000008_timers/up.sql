-- What the clock brings, what has to go, and what is measured: when a timer must look at a record,
-- erasures until they are done, histories that are pruned, latencies and the activity log.

ALTER TABLE conversations
    ADD COLUMN next_check_at timestamptz,
    ADD COLUMN contact_id bigint CHECK (contact_id > 0);
ALTER TABLE tickets ADD COLUMN next_check_at timestamptz;
-- Records that an earlier release wrote are looked at once, and then have their own time.
UPDATE conversations SET next_check_at = now() WHERE decided_at IS NOT NULL;
UPDATE tickets SET next_check_at = now() WHERE holds <> '[]'::jsonb;
CREATE INDEX conversations_due ON conversations (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX tickets_due ON tickets (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX conversations_of_contact ON conversations (portal_id, contact_id) WHERE contact_id IS NOT NULL;
COMMENT ON COLUMN conversations.next_check_at IS 'when a timer must look at the ticket''s conversations, on the first of them; a timer that looks sets it ahead as its lease';
COMMENT ON COLUMN conversations.contact_id IS 'HubSpot''s contact who writes in it, where known: whose erasure erases its words';
COMMENT ON COLUMN tickets.next_check_at IS 'the same for a ticket without a known conversation';

ALTER TABLE erasures
    ADD COLUMN next_run_at timestamptz DEFAULT now(),
    ADD COLUMN erased_at timestamptz;
CREATE INDEX erasures_due ON erasures (next_run_at) WHERE next_run_at IS NOT NULL;
COMMENT ON COLUMN erasures.next_run_at IS 'when it is done, or done again for what was under way or not yet known; null: over';
COMMENT ON COLUMN erasures.erased_at IS 'when it was last done';

-- Rows come in the order of their time, so block ranges find the old ones and cost next to nothing.
CREATE INDEX action_receipts_by_time ON action_receipts USING brin (answered_at) WITH (autosummarize = on);
CREATE INDEX decisions_by_time ON decisions USING brin (decided_at) WITH (autosummarize = on);
-- Only rows that hold words are in these; dropping the words takes them out.
CREATE INDEX decisions_with_words ON decisions (decided_at)
    WHERE command -> 'what' ?| ARRAY['customer_message', 'value'] OR command #> '{what,mode}' ?| ARRAY['text', 'instruction'];
CREATE INDEX outbox_with_words ON outbox (created_at) WHERE payload ?| ARRAY['text', 'instruction'];

CREATE TABLE decision_snapshots (
    portal_id bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('thread', 'ticket')),
    subject_id bigint NOT NULL,
    pruned_through bigint NOT NULL DEFAULT 0 CHECK (pruned_through >= 0),
    control_version bigint,
    state text,
    facts jsonb,
    holds jsonb,
    ticket_revision bigint,
    ticket_after jsonb,
    pruned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, subject, subject_id),
    CONSTRAINT decision_snapshots_of_threads_have_versions CHECK ((subject = 'thread') = (control_version IS NOT NULL)),
    CONSTRAINT decision_snapshots_ticket_after CHECK ((ticket_revision IS NULL) = (ticket_after IS NULL))
);
COMMENT ON TABLE decision_snapshots IS 'where a timeline that was pruned begins: what its last pruned line left';
COMMENT ON COLUMN decision_snapshots.pruned_through IS 'the position of the last line that was pruned; 0: none of its own';
COMMENT ON COLUMN decision_snapshots.control_version IS 'the version after that line';
COMMENT ON COLUMN decision_snapshots.ticket_revision IS 'of a ticket: its newest revision in any line that was pruned';

CREATE TABLE latency_minutes (
    portal_id bigint NOT NULL,
    kind text NOT NULL,
    measure text NOT NULL CHECK (measure IN ('received', 'occurred')),
    minute timestamptz NOT NULL,
    bucket smallint NOT NULL CHECK (bucket >= 0),
    times bigint NOT NULL CHECK (times > 0),
    longest_us bigint NOT NULL CHECK (longest_us >= 0),
    PRIMARY KEY (portal_id, kind, measure, minute, bucket)
);
CREATE INDEX latency_minutes_by_time ON latency_minutes (minute);
COMMENT ON TABLE latency_minutes IS 'how long events took until they were committed, counted by minute and size; replicas add up; kept for two days';
COMMENT ON COLUMN latency_minutes.measure IS 'received: from receipt; occurred: from HubSpot''s time of the event';
COMMENT ON COLUMN latency_minutes.bucket IS 'eight to a doubling: up to 2^((bucket + 1) / 8) microseconds';

CREATE TABLE activity (
    portal_id bigint NOT NULL,
    activity_id uuid NOT NULL,
    happened_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('action', 'webhook', 'api', 'call', 'console')),
    what text NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 999),
    duration_us bigint NOT NULL CHECK (duration_us >= 0),
    request_id uuid,
    subjects text[] NOT NULL DEFAULT '{}',
    is_test boolean NOT NULL DEFAULT false,
    headers jsonb,
    body text,
    failure text,
    PRIMARY KEY (portal_id, activity_id)
);
CREATE INDEX activity_by_time ON activity USING brin (happened_at) WITH (autosummarize = on);
CREATE INDEX activity_with_content ON activity (portal_id) WHERE body IS NOT NULL OR failure IS NOT NULL;
COMMENT ON TABLE activity IS 'what came in and went out lately; under a flood successes are left out and counted';
COMMENT ON COLUMN activity.activity_id IS 'in the order of time';
COMMENT ON COLUMN activity.kind IS 'action, webhook, api: called by others; call: ours of HubSpot; console: an admin';
COMMENT ON COLUMN activity.what IS 'method and route, or the endpoint called';
COMMENT ON COLUMN activity.status IS 'of HTTP; 0: there was no answer';
COMMENT ON COLUMN activity.subjects IS 'ticket:1, thread:2, contact:3';
COMMENT ON COLUMN activity.is_test IS 'a run of HubSpot''s test button';
COMMENT ON COLUMN activity.headers IS 'of failures, those that hold no secret';
COMMENT ON COLUMN activity.body IS 'of failures, what was received, without words and secrets';
