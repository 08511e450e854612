-- Portals that were disconnected here and whose grant HubSpot has not ended yet.

CREATE TABLE unfinished_disconnects (
    portal_id bigint PRIMARY KEY CHECK (portal_id > 0),
    kind text NOT NULL DEFAULT 'oauth' CHECK (kind = 'oauth'),
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_failure text,
    FOREIGN KEY (portal_id, kind) REFERENCES credentials (portal_id, kind) ON DELETE CASCADE
);
CREATE INDEX unfinished_disconnects_due ON unfinished_disconnects (next_attempt_at);
COMMENT ON TABLE unfinished_disconnects IS 'grants that HubSpot is still to be told to end; goes with the retired credential that is kept for it';
COMMENT ON COLUMN unfinished_disconnects.attempts IS 'how often it was tried; whoever tries, holds this number';
COMMENT ON COLUMN unfinished_disconnects.next_attempt_at IS 'when it is tried next; while a replica tries, when another may';
COMMENT ON COLUMN unfinished_disconnects.last_failure IS 'what came of the last attempt, without secrets';
COMMENT ON COLUMN credentials.status IS 'retired: replaced, kept encrypted until wipe_at for a way back; or disconnected, kept until HubSpot has ended it';
