ALTER TABLE ticket_merges DROP COLUMN next_attempt_at, DROP COLUMN attempts;
ALTER TABLE unread_messages DROP COLUMN missing_since;
DROP INDEX unread_messages_untold_due;
DROP INDEX unread_messages_announced_due;
CREATE INDEX unread_messages_due ON unread_messages (next_attempt_at);
