-- What is over is found by portal and time, each portal having its own retention. Block ranges found
-- it only as long as rows stood in the order of their times: once the room of deleted rows is used
-- again, a range reaches from the oldest row it ever held to the newest, and all of them are read.

DROP INDEX action_receipts_by_time;
CREATE INDEX action_receipts_by_time ON action_receipts (portal_id, answered_at);
DROP INDEX decisions_by_time;
CREATE INDEX decisions_by_time ON decisions (portal_id, decided_at);
DROP INDEX activity_by_time;
CREATE INDEX activity_by_time ON activity (portal_id, happened_at);
DROP INDEX pruned_quotes_by_time;
CREATE INDEX pruned_quotes_by_time ON pruned_quotes (portal_id, decided_at);

-- These are kept equally long for all.
DROP INDEX event_receipts_by_time;
CREATE INDEX event_receipts_by_time ON event_receipts (received_at);
CREATE INDEX unread_messages_by_time ON unread_messages (received_at);
CREATE INDEX erasures_done ON erasures (erased_at) WHERE next_run_at IS NULL;
CREATE INDEX one_time_links_expiry ON one_time_links (expires_at);
