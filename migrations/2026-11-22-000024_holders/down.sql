ALTER TABLE followed_portals DROP COLUMN claimed_by;
