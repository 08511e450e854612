-- Who reads for a portal: a round that outlived its claim must neither free another's nor end its import.

ALTER TABLE followed_portals ADD COLUMN claimed_by uuid;
COMMENT ON COLUMN followed_portals.claimed_by IS 'the round that reads for the portal, or did when its claim lapsed: only what it says counts; null: none';
