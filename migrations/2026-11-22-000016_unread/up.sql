-- What no webhook told of: messages that only HubSpot's list shows, and who owns a conversation
-- since another AI sender was chosen.

ALTER TABLE unread_messages ADD COLUMN expected_at timestamptz;
COMMENT ON COLUMN unread_messages.expected_at IS 'HubSpot''s list of conversations showed a message of this time, which the history has to show as well; null: none was shown';

ALTER TABLE followed_portals ADD COLUMN listed_until timestamptz;
COMMENT ON COLUMN followed_portals.listed_until IS 'conversations with a message before then were looked at in HubSpot''s list, by HubSpot''s clock; null: none was yet';

ALTER TABLE portals ADD COLUMN sender_changed_at timestamptz;
COMMENT ON COLUMN portals.sender_changed_at IS 'when another AI sender was chosen last, by HubSpot''s clock and erring towards later: who was known as the AI by an earlier reading is unknown, and the AI silent; null: there was only one';
