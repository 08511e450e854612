-- What webhooks leave beside the facts they tell: receipts, and queues for what has to be read,
-- erased or merged later.

CREATE TABLE event_receipts (
    portal_id bigint NOT NULL,
    event_sha256 bytea NOT NULL CHECK (octet_length(event_sha256) = 32),
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, event_sha256)
);
-- Rows come in the order of their time, so a block range index finds the old ones and costs nothing.
CREATE INDEX event_receipts_by_time ON event_receipts USING brin (received_at);
COMMENT ON TABLE event_receipts IS 'one per event that was committed: a repeat of it changes nothing; kept for 90 days, HubSpot repeats for one';
COMMENT ON COLUMN event_receipts.event_sha256 IS 'over subscription type, object, property or message, source time, event id and value; not over the attempt';
COMMENT ON COLUMN event_receipts.received_at IS 'when it was committed, for the retention';

CREATE TABLE unread_messages (
    portal_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    message_id text NOT NULL CHECK (octet_length(message_id) BETWEEN 1 AND 255),
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, thread_id, message_id)
);
CREATE INDEX unread_messages_due ON unread_messages (next_attempt_at);
COMMENT ON TABLE unread_messages IS 'messages HubSpot announced without text or sender, until they are read through its API';
COMMENT ON COLUMN unread_messages.occurred_at IS 'HubSpot''s time of the message';
COMMENT ON COLUMN unread_messages.attempts IS 'how often reading it failed';
COMMENT ON COLUMN unread_messages.next_attempt_at IS 'when it is to be read';

CREATE TABLE erasures (
    portal_id bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('thread', 'contact')),
    subject_id bigint NOT NULL CHECK (subject_id > 0),
    asked_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, subject, subject_id)
);
COMMENT ON TABLE erasures IS 'privacy deletions that HubSpot told of: whose words have to go everywhere';
COMMENT ON COLUMN erasures.asked_at IS 'HubSpot''s time of the newest one';

CREATE TABLE ticket_merges (
    portal_id bigint NOT NULL,
    merged_ticket_id bigint NOT NULL CHECK (merged_ticket_id > 0),
    into_ticket_id bigint NOT NULL CHECK (into_ticket_id > 0),
    merged_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, merged_ticket_id, into_ticket_id),
    CONSTRAINT ticket_merges_of_two CHECK (merged_ticket_id <> into_ticket_id)
);
COMMENT ON TABLE ticket_merges IS 'merges of tickets that HubSpot told of, until a decision over both records has joined them';
COMMENT ON COLUMN ticket_merges.merged_at IS 'HubSpot''s time of it';

CREATE TABLE kept_events (
    portal_id bigint NOT NULL CHECK (portal_id >= 0),
    content_sha256 bytea NOT NULL CHECK (octet_length(content_sha256) = 32),
    reason text NOT NULL,
    content text NOT NULL,
    times bigint NOT NULL DEFAULT 1 CHECK (times > 0),
    first_received_at timestamptz NOT NULL DEFAULT now(),
    last_received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, content_sha256)
);
CREATE INDEX kept_events_by_time ON kept_events (last_received_at);
COMMENT ON TABLE kept_events IS 'authentic webhooks, or single events of them, that could not be used, each with its reason';
COMMENT ON COLUMN kept_events.portal_id IS '0: the portal could not be read';
COMMENT ON COLUMN kept_events.content IS 'as received, shortened to 16 KiB; what PostgreSQL cannot hold is escaped';
COMMENT ON COLUMN kept_events.times IS 'how often the same was received';

CREATE TABLE webhook_refusals (
    reason text PRIMARY KEY,
    fits_as_v1 boolean NOT NULL,
    detail text NOT NULL,
    times bigint NOT NULL DEFAULT 1 CHECK (times > 0),
    first_refused_at timestamptz NOT NULL DEFAULT now(),
    last_refused_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE webhook_refusals IS 'webhooks that HubSpot signed and that were refused all the same, by reason; strangers cannot cause a row';
COMMENT ON COLUMN webhook_refusals.reason IS 'the name it has in the metrics';
COMMENT ON COLUMN webhook_refusals.fits_as_v1 IS 'HUBSPOT_WEBHOOKS_ACCEPT_V1 would have let it in';
COMMENT ON COLUMN webhook_refusals.detail IS 'what the log says about the last one';
