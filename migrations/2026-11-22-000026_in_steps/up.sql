-- Long work goes on step by step: an erasure through the failures that the activity log keeps, a
-- reading of a conversation through its pages, and deleting what is over, of any portal.

DROP INDEX activity_with_content;
CREATE INDEX activity_with_content ON activity (portal_id, activity_id)
    WHERE body IS NOT NULL OR failure IS NOT NULL;

ALTER TABLE unread_messages ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0);
COMMENT ON COLUMN unread_messages.failures IS 'readings that ended without a usable answer: its pages may be too large; attempts counts claims and new beginnings as well';

CREATE INDEX unknown_owners_by_time ON unknown_owners (asked_at);
CREATE INDEX skipped_readings_by_time ON skipped_readings (until);
CREATE INDEX link_doubts_by_time ON link_doubts (noted_at);

-- Whether a portal has a closed conversation is asked in each round of its sweep.
CREATE INDEX conversations_closed ON conversations (portal_id) WHERE NOT is_open;
