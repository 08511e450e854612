-- What was announced is read before what nobody told of, so neither is looked for behind the other.

DROP INDEX unread_messages_due;
CREATE INDEX unread_messages_announced_due ON unread_messages (next_attempt_at) WHERE message_id <> '*';
CREATE INDEX unread_messages_untold_due ON unread_messages (next_attempt_at) WHERE message_id = '*';

ALTER TABLE unread_messages ADD COLUMN missing_since timestamptz;
COMMENT ON COLUMN unread_messages.missing_since IS 'when HubSpot first answered without it; null: it has not answered yet';

-- A merge that fails waits by itself and keeps no other waiting.

ALTER TABLE ticket_merges
    ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    ADD COLUMN next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX ticket_merges_due ON ticket_merges (next_attempt_at);
COMMENT ON COLUMN ticket_merges.attempts IS 'how often it failed';
COMMENT ON COLUMN ticket_merges.next_attempt_at IS 'when it is tried';
