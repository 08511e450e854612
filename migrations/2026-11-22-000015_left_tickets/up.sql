-- A person may have taken a ticket before a conversation left it, and HubSpot may tell that after
-- the move: then the conversation is found here.

CREATE TABLE left_tickets (
    portal_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    left_at timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, ticket_id, thread_id)
);
CREATE INDEX left_tickets_of_thread ON left_tickets (portal_id, thread_id);
CREATE INDEX left_tickets_by_time ON left_tickets (noted_at);
COMMENT ON TABLE left_tickets IS 'tickets that conversations left lately: what is told late of one of them may silence the conversation';
COMMENT ON COLUMN left_tickets.left_at IS 'HubSpot''s time of the latest link that took the conversation away, as far as any was told; the conversation''s facts say it exactly';
COMMENT ON COLUMN left_tickets.noted_at IS 'when a link was last told, for the retention';
