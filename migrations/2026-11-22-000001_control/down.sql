DROP TABLE hubspot_clock;
DROP TABLE api_keys;
DROP TABLE outbox;
DROP TABLE action_receipts;
DROP TABLE decisions;
DROP TABLE conversations;
DROP TABLE tickets;
DROP TABLE portals;
