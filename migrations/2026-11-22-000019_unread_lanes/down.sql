DROP INDEX unread_messages_untold_due;
DROP INDEX unread_messages_announced_due;
CREATE INDEX unread_messages_due ON unread_messages (next_attempt_at);
