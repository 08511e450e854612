-- HubSpot may tell of a ticket, or of its conversations, after it was merged into another: then what
-- it was merged into is found here.

CREATE TABLE merged_tickets (
    portal_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    into_ticket_id bigint NOT NULL,
    merged_at timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (portal_id, ticket_id, into_ticket_id),
    CONSTRAINT merged_tickets_of_two CHECK (ticket_id <> into_ticket_id)
);
CREATE INDEX merged_tickets_by_time ON merged_tickets (noted_at);
COMMENT ON TABLE merged_tickets IS 'tickets that were merged lately: what is told late of one of them concerns the one it was merged into';
COMMENT ON COLUMN merged_tickets.merged_at IS 'HubSpot''s time of the merge';
COMMENT ON COLUMN merged_tickets.noted_at IS 'when it was last carried out, for the retention';
