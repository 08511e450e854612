-- What became of a consent, so that a second callback shows what the first one did.

ALTER TABLE oauth_states ADD COLUMN outcome jsonb;
COMMENT ON COLUMN oauth_states.outcome IS 'what the one exchange led to; null until then';
