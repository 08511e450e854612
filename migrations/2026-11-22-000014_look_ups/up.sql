-- A burst of enrolments looks up thousands of tickets; whether a person has taken over is read first.

ALTER TABLE owner_checks ADD COLUMN is_look_up boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN owner_checks.is_look_up IS 'nobody was told to have taken it: it is read when nothing more urgent is';
DROP INDEX owner_checks_due;
CREATE INDEX owner_checks_due ON owner_checks (is_look_up, due_at);
