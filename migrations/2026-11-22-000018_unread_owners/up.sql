-- What HubSpot did not tell when it was asked, so that asking again costs neither a portal's calls
-- nor what else is to be read.

CREATE TABLE unknown_owners (
    portal_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (portal_id, owner_id)
);
COMMENT ON TABLE unknown_owners IS 'owners that HubSpot did not tell of; each counts as a person';
COMMENT ON COLUMN unknown_owners.asked_at IS 'when it was last asked; not again for a while';

CREATE TABLE skipped_readings (
    portal_id bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('thread', 'ticket')),
    subject_id bigint NOT NULL CHECK (subject_id > 0),
    until timestamptz NOT NULL,
    PRIMARY KEY (portal_id, subject, subject_id)
);
COMMENT ON TABLE skipped_readings IS 'owner fields that the sweep could not read, so that it reads the others';
COMMENT ON COLUMN skipped_readings.until IS 'when it is tried again';

ALTER TABLE followed_portals ADD COLUMN archived_owners_read_at timestamptz;
COMMENT ON COLUMN followed_portals.archived_owners_read_at IS 'when the list of owners who left was last read';

COMMENT ON COLUMN owners.user_id IS 'HubSpot''s user id, kept when HubSpot does not tell it any more; queues and some archived owners have none';
COMMENT ON COLUMN owners.is_archived IS 'whether they left; the row stays, so that they are known by the same name in what they owned';
