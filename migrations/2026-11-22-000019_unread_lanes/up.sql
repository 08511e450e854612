-- What was announced is read before what nobody told of, so neither is looked for behind the other.

DROP INDEX unread_messages_due;
CREATE INDEX unread_messages_announced_due ON unread_messages (next_attempt_at) WHERE message_id <> '*';
CREATE INDEX unread_messages_untold_due ON unread_messages (next_attempt_at) WHERE message_id = '*';
