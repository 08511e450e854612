ALTER TABLE portals ADD COLUMN mode text NOT NULL DEFAULT 'live'
    CONSTRAINT portals_mode_known CHECK (mode IN ('observe', 'live'));
COMMENT ON COLUMN portals.mode IS 'observe: everything is recorded as if live, but holds and policies silence nobody, and nothing is sent or assigned';
