-- A token that cannot be refreshed is not tried ahead of its end again and again: each failure puts
-- it off for longer. What is noted counts for one generation: a new token needs nobody to undo it.

ALTER TABLE credentials
    ADD COLUMN failed_generation bigint,
    ADD COLUMN failed_attempts integer,
    ADD COLUMN failed_because text,
    ADD COLUMN put_off_until timestamptz,
    ADD CONSTRAINT credentials_put_off CHECK (
        (failed_generation IS NULL) = (failed_attempts IS NULL)
        AND (failed_generation IS NULL) = (failed_because IS NULL)
        AND (failed_generation IS NULL) = (put_off_until IS NULL)),
    ADD CONSTRAINT credentials_failed_attempts CHECK (failed_attempts > 0);
COMMENT ON COLUMN credentials.failed_generation IS 'the generation of which a refresh failed last without an end of the grant; while it is the row''s own, the columns beside it count';
COMMENT ON COLUMN credentials.failed_attempts IS 'refreshes of that generation that failed';
COMMENT ON COLUMN credentials.failed_because IS 'why the last of them did; what is said again is not logged again';
COMMENT ON COLUMN credentials.put_off_until IS 'until then nobody refreshes ahead of the end; who needs the token tries all the same';
