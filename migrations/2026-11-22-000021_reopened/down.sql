ALTER TABLE followed_portals DROP COLUMN reopened_began_at;
ALTER TABLE followed_portals DROP COLUMN reopened_from;
