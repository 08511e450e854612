DROP INDEX conversations_closed;
DROP INDEX link_doubts_by_time;
DROP INDEX skipped_readings_by_time;
DROP INDEX unknown_owners_by_time;
ALTER TABLE unread_messages DROP COLUMN failures;
DROP INDEX activity_with_content;
CREATE INDEX activity_with_content ON activity (portal_id) WHERE body IS NOT NULL OR failure IS NOT NULL;
