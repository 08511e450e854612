-- What HubSpot tells of a portal whose connection is dead is dropped. Once it is connected again,
-- these two times say what was missed, and so what has to be read again.
ALTER TABLE portals
    ADD COLUMN missed_from timestamptz,
    ADD COLUMN missed_until timestamptz,
    ADD CONSTRAINT portals_missed CHECK ((missed_from IS NULL) = (missed_until IS NULL));
COMMENT ON COLUMN portals.missed_from IS 'when the connection died whose end is missed_until; messages since then are read again';
COMMENT ON COLUMN portals.missed_until IS 'when it worked again, by HubSpot''s clock and erring towards later: an owner read before then is unknown, and the AI silent; null: nothing was missed';
