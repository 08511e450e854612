DROP TABLE webhook_refusals;
DROP TABLE kept_events;
DROP TABLE ticket_merges;
DROP TABLE erasures;
DROP TABLE unread_messages;
DROP TABLE event_receipts;
