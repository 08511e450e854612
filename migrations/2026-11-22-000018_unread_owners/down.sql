COMMENT ON COLUMN owners.is_archived IS NULL;
COMMENT ON COLUMN owners.user_id IS 'HubSpot''s user id; queues and some archived owners have none';
ALTER TABLE followed_portals DROP COLUMN archived_owners_read_at;
DROP TABLE skipped_readings;
DROP TABLE unknown_owners;
