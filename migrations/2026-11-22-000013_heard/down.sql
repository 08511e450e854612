ALTER TABLE followed_portals
    DROP CONSTRAINT followed_portals_failure,
    DROP COLUMN heard_at,
    DROP COLUMN missed_since,
    DROP COLUMN failing_since,
    DROP COLUMN failure;
