DROP INDEX owner_checks_due;
CREATE INDEX owner_checks_due ON owner_checks (due_at);
ALTER TABLE owner_checks DROP COLUMN is_look_up;
