-- The console reads the activity of all portals, the newest first; the key begins with the portal.

CREATE INDEX activity_newest ON activity (activity_id);
