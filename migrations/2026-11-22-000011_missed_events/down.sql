ALTER TABLE portals DROP COLUMN missed_from, DROP COLUMN missed_until;
