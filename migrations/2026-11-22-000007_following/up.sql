-- Following HubSpot through its API: which owner fields have to be read again, which conversations
-- the sweep looks at, and how far each portal's import and sweep are.

CREATE TABLE owner_checks (
    portal_id bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('thread', 'ticket')),
    subject_id bigint NOT NULL CHECK (subject_id > 0),
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    PRIMARY KEY (portal_id, subject, subject_id)
);
CREATE INDEX owner_checks_due ON owner_checks (due_at);
COMMENT ON TABLE owner_checks IS 'owner fields that are to be read again through HubSpot''s API, after an event or a reading that disagrees';
COMMENT ON COLUMN owner_checks.asked_at IS 'when it was last asked for: a reading that began for an earlier asking does not settle this one';
COMMENT ON COLUMN owner_checks.due_at IS 'when it is to be read; while a replica reads it, when another may';
COMMENT ON COLUMN owner_checks.attempts IS 'how often it was claimed since it was asked for';

-- An index over facts would be written with every decision. This one changes with closings alone.
ALTER TABLE conversations ADD COLUMN is_open boolean NOT NULL GENERATED ALWAYS AS (
    NOT facts ? 'closed_at' OR coalesce(facts -> 'openings', '[]') <> '[]') STORED;
CREATE INDEX conversations_open ON conversations (portal_id) WHERE is_open;
COMMENT ON COLUMN conversations.is_open IS 'as domain::openings judges it';

CREATE TABLE followed_portals (
    portal_id bigint PRIMARY KEY,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    swept_at timestamptz,
    sweep_from timestamptz,
    import_of timestamptz,
    import_from timestamptz,
    import_after text,
    import_began_at timestamptz,
    import_ended_at timestamptz,
    threads_read bigint NOT NULL DEFAULT 0 CHECK (threads_read >= 0),
    threads_open bigint NOT NULL DEFAULT 0 CHECK (threads_open >= 0),
    tickets_sampled integer NOT NULL DEFAULT 0 CHECK (tickets_sampled >= 0),
    tickets_assigned integer NOT NULL DEFAULT 0 CHECK (tickets_assigned >= 0),
    tickets_assigned_by_automation integer NOT NULL DEFAULT 0
        CHECK (tickets_assigned_by_automation BETWEEN 0 AND tickets_assigned)
);
COMMENT ON TABLE followed_portals IS 'how far the import of each portal''s open conversations is, and when it was swept';
COMMENT ON COLUMN followed_portals.claimed_until IS 'one replica at a time reads for a portal; after this another may';
COMMENT ON COLUMN followed_portals.swept_at IS 'when a sweep last came to its end';
COMMENT ON COLUMN followed_portals.sweep_from IS 'how far the walk through HubSpot''s list of conversations is, by their newest message; null: at its beginning';
COMMENT ON COLUMN followed_portals.import_of IS 'portals.connected_at that the import belongs to; another one begins a new import';
COMMENT ON COLUMN followed_portals.import_from IS 'conversations with a message since then are imported';
COMMENT ON COLUMN followed_portals.import_after IS 'where HubSpot''s next page begins; null: at the beginning, or at the end';
COMMENT ON COLUMN followed_portals.tickets_sampled IS 'tickets whose owner''s history was read';
COMMENT ON COLUMN followed_portals.tickets_assigned IS 'those of them that somebody owns';
COMMENT ON COLUMN followed_portals.tickets_assigned_by_automation IS 'those of them whose owner came by routing, rotation or a workflow';
