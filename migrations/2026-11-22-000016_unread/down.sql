ALTER TABLE portals DROP COLUMN sender_changed_at;
ALTER TABLE followed_portals DROP COLUMN listed_until;
ALTER TABLE unread_messages DROP COLUMN expected_at;
