-- A privacy deletion also reaches what a pruned line pointed to: the tickets that a conversation
-- once belonged to, and receipts that are kept longer than their lines.

ALTER TABLE decision_snapshots ADD COLUMN tickets bigint[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN decision_snapshots.tickets IS 'of a conversation: the tickets that its pruned lines were decided over';

CREATE TABLE pruned_quotes (
    portal_id bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('thread', 'ticket')),
    subject_id bigint NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    decision_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (portal_id, subject, subject_id, position)
);
CREATE INDEX pruned_quotes_by_time ON pruned_quotes (decided_at);
COMMENT ON TABLE pruned_quotes IS 'lines that were pruned before their receipt, whose answer quotes an input: an erasure finds the receipt by them; kept as long as receipts';
COMMENT ON COLUMN pruned_quotes.position IS 'the place that the line had in its timeline';
