DROP TABLE followed_portals;
ALTER TABLE conversations DROP COLUMN is_open;
DROP TABLE owner_checks;
