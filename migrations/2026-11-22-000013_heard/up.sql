-- What the console says of following HubSpot: webhooks that never came, and reading that fails.

ALTER TABLE followed_portals
    ADD COLUMN heard_at timestamptz,
    ADD COLUMN missed_since timestamptz,
    ADD COLUMN failing_since timestamptz,
    ADD COLUMN failure text,
    ADD CONSTRAINT followed_portals_failure CHECK ((failing_since IS NULL) = (failure IS NULL));
COMMENT ON COLUMN followed_portals.heard_at IS 'when a webhook of the portal last came, whatever it told; written every few seconds';
COMMENT ON COLUMN followed_portals.missed_since IS 'the first change that a reading found after heard_at; a webhook that comes later makes it history';
COMMENT ON COLUMN followed_portals.failing_since IS 'since when reading for the portal fails; null: the last round went well';
COMMENT ON COLUMN followed_portals.failure IS 'why the last round of reading failed';
