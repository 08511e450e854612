-- One reading that shows a conversation with another ticket than the one it is known with may be a
-- lagging replica's. It is kept until a later one agrees, or shows what is known.

CREATE TABLE link_doubts (
    portal_id bigint NOT NULL,
    thread_id bigint NOT NULL CHECK (thread_id > 0),
    ticket_id bigint NOT NULL CHECK (ticket_id > 0),
    read_at timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (portal_id, thread_id)
);
COMMENT ON TABLE link_doubts IS 'conversations that HubSpot showed with another ticket than the one they are known with';
COMMENT ON COLUMN link_doubts.ticket_id IS 'the ticket that it showed';
COMMENT ON COLUMN link_doubts.read_at IS 'when the first of the readings that agree counts, on HubSpot''s clock';
COMMENT ON COLUMN link_doubts.noted_at IS 'when that was noted; forgotten a day later';
