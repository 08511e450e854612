-- Looking for conversations that were opened again and of which no webhook told.

ALTER TABLE followed_portals ADD COLUMN reopened_from timestamptz;
COMMENT ON COLUMN followed_portals.reopened_from IS 'how far the walk through HubSpot''s list of conversations is that looks for those opened again, by their newest message; null: none is under way';

ALTER TABLE followed_portals ADD COLUMN reopened_began_at timestamptz;
COMMENT ON COLUMN followed_portals.reopened_began_at IS 'when that walk last began; null: it never did';
