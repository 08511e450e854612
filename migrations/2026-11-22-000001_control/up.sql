-- The control model's tables. Every key starts with portal_id, so that no decision needs two
-- portals and the tables can be distributed by it.

CREATE TABLE portals (
    portal_id bigint PRIMARY KEY CHECK (portal_id > 0),
    connection text NOT NULL DEFAULT 'not_connected'
        CHECK (connection IN ('not_connected', 'connected', 'unavailable')),
    ai_enabled boolean NOT NULL DEFAULT true,
    ai_sender_user_id bigint CHECK (ai_sender_user_id > 0),
    policies jsonb NOT NULL DEFAULT '{}'::jsonb,
    connected_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT portals_connected_since CHECK (connection = 'not_connected' OR connected_at IS NOT NULL)
);
COMMENT ON TABLE portals IS 'HubSpot accounts: what opens or shuts the gates of all their conversations';
COMMENT ON COLUMN portals.ai_enabled IS 'the kill switch: false silences every conversation and changes no record';
COMMENT ON COLUMN portals.policies IS 'the policies that differ from the defaults';

CREATE TABLE tickets (
    portal_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 0 CHECK (revision >= 0),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    decided_at timestamptz,
    facts jsonb NOT NULL DEFAULT '{}'::jsonb,
    holds jsonb NOT NULL DEFAULT '[]'::jsonb,
    upkeep jsonb NOT NULL DEFAULT '{}'::jsonb,
    PRIMARY KEY (portal_id, ticket_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE tickets IS 'what is said about a ticket; counts for all its conversations';
COMMENT ON COLUMN tickets.revision IS 'how often the record changed; never shown as a control version';
COMMENT ON COLUMN tickets.position IS 'how many lines its own timeline has';
COMMENT ON COLUMN tickets.upkeep IS 'attempts of workflows and releases of the last day';

CREATE TABLE conversations (
    portal_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    ticket_id bigint,
    state text NOT NULL DEFAULT 'ai_active'
        CHECK (state IN ('ai_active', 'ai_paused', 'handoff_requested', 'human_active', 'ai_locked')),
    control_version bigint NOT NULL DEFAULT 0 CHECK (control_version >= 0),
    silenced_at_version bigint NOT NULL DEFAULT 0 CHECK (silenced_at_version BETWEEN 0 AND control_version),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= control_version),
    decided_at timestamptz,
    facts jsonb NOT NULL DEFAULT '{}'::jsonb,
    holds jsonb NOT NULL DEFAULT '[]'::jsonb,
    upkeep jsonb NOT NULL DEFAULT '{}'::jsonb,
    PRIMARY KEY (portal_id, thread_id)
) WITH (fillfactor = 50);
CREATE INDEX conversations_of_ticket ON conversations (portal_id, ticket_id) WHERE ticket_id IS NOT NULL;
COMMENT ON TABLE conversations IS 'HubSpot threads: facts, holds, and the state as of the last decision';
COMMENT ON COLUMN conversations.state IS 'as judged at the last decision; ends of pauses lapse by the clock without it';
COMMENT ON COLUMN conversations.control_version IS 'grows by one whenever something that matters changed';
COMMENT ON COLUMN conversations.silenced_at_version IS 'the version of the last decision after which the state was not ai_active';

CREATE TABLE decisions (
    portal_id bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('thread', 'ticket')),
    subject_id bigint NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    control_version bigint,
    changed boolean NOT NULL,
    decision_id uuid NOT NULL,
    ticket_id bigint,
    decided_at timestamptz NOT NULL,
    command jsonb NOT NULL,
    outcome text NOT NULL,
    reason_code text NOT NULL,
    state_before text NOT NULL,
    state_after text NOT NULL,
    explanation text NOT NULL,
    facts_after jsonb NOT NULL,
    holds_after jsonb NOT NULL,
    ticket_revision bigint,
    ticket_after jsonb,
    PRIMARY KEY (portal_id, subject, subject_id, position),
    CONSTRAINT decisions_of_threads_have_versions CHECK ((subject = 'thread') = (control_version IS NOT NULL)),
    CONSTRAINT decisions_ticket_after CHECK ((ticket_revision IS NULL) = (ticket_after IS NULL))
);
CREATE UNIQUE INDEX decisions_versions ON decisions (portal_id, subject_id, control_version)
    WHERE changed AND subject = 'thread';
COMMENT ON TABLE decisions IS 'the timelines: append-only, one line for each conversation a command reached';
COMMENT ON COLUMN decisions.position IS 'the line''s place in its subject''s timeline, 1..n';
COMMENT ON COLUMN decisions.changed IS 'false: the line stands under the version current then';
COMMENT ON COLUMN decisions.command IS 'what was asked, and by whom';
COMMENT ON COLUMN decisions.ticket_after IS 'facts and holds of the ticket, where this decision changed them';

CREATE TABLE action_receipts (
    portal_id bigint NOT NULL,
    source text NOT NULL CHECK (source IN ('hubspot', 'api')),
    key text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 512),
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    decision_id uuid NOT NULL,
    answer bytea NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, source, key)
);
COMMENT ON TABLE action_receipts IS 'one per callback id: a repeat gets the first answer''s bytes; kept at least 90 days';
COMMENT ON COLUMN action_receipts.request_hash IS 'SHA-256 of action, object and workflow: the same key for anything else is refused';

CREATE TABLE outbox (
    portal_id bigint NOT NULL,
    decision_id uuid NOT NULL,
    event_type text NOT NULL,
    subject_id bigint NOT NULL,
    destination text NOT NULL CHECK (destination IN ('ai', 'hubspot')),
    control_version bigint,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, decision_id, event_type, subject_id)
);
COMMENT ON TABLE outbox IS 'events for the AI platform and effects for HubSpot, written in the decision''s own transaction';

CREATE TABLE api_keys (
    key_id uuid PRIMARY KEY,
    portal_id bigint,
    role text NOT NULL CHECK (role IN ('ai', 'admin')),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    secret_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
COMMENT ON TABLE api_keys IS 'keys of the API; portal_id null: every portal. Only the hash of a key is kept';

CREATE TABLE hubspot_clock (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    offset_ms bigint NOT NULL,
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE hubspot_clock IS 'how far HubSpot''s clock is ahead of the database''s, from Date headers; empty until one was seen';
