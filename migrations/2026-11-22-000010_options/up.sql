-- What the list of handoff targets in HubSpot's workflow editor is served from, beside `owners`.

CREATE TABLE team_lists (
    portal_id bigint PRIMARY KEY,
    teams jsonb NOT NULL CHECK (jsonb_typeof(teams) = 'array'),
    may_read boolean NOT NULL,
    read_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE team_lists IS 'a cache of a portal''s teams, as HubSpot last listed them';
COMMENT ON COLUMN team_lists.teams IS 'an array of objects with id and name';
COMMENT ON COLUMN team_lists.may_read IS 'false if the grant lacks the scope to list teams; then only those are known that owners are in';
COMMENT ON COLUMN team_lists.read_at IS 'when HubSpot was last asked';
