-- Installations: what a portal told when it was connected, its encrypted credentials, the consent
-- under way, who is signed in to the console, and what admins changed.

ALTER TABLE portals
    ADD COLUMN hub_domain text,
    ADD COLUMN ui_domain text,
    ADD COLUMN region text,
    ADD COLUMN account_type text,
    ADD COLUMN time_zone text,
    ADD COLUMN installed_by text,
    ADD COLUMN installed_by_user_id bigint CHECK (installed_by_user_id > 0),
    ADD COLUMN ai_sender_name text,
    ADD COLUMN ai_sender_is_shared boolean,
    ADD COLUMN unavailable_because text
        CHECK (unavailable_because IN ('disconnected', 'revoked', 'uninstalled')),
    ADD COLUMN unavailable_since timestamptz;
-- A release before this one knew no reasons; what it marked was an installation gone bad.
UPDATE portals SET unavailable_because = 'revoked', unavailable_since = now()
    WHERE connection = 'unavailable';
ALTER TABLE portals ADD CONSTRAINT portals_unavailable_because CHECK (
    (connection = 'unavailable') = (unavailable_because IS NOT NULL)
    AND (connection = 'unavailable') = (unavailable_since IS NOT NULL));
COMMENT ON COLUMN portals.hub_domain IS 'the account''s own domain, as introspection tells it';
COMMENT ON COLUMN portals.ui_domain IS 'where its people work in HubSpot, for instance app-eu1.hubspot.com';
COMMENT ON COLUMN portals.region IS 'HubSpot''s hublet: na1, eu1, ...';
COMMENT ON COLUMN portals.account_type IS 'STANDARD, SANDBOX, DEVELOPER_TEST, ... as HubSpot says it';
COMMENT ON COLUMN portals.time_zone IS 'the account''s time zone, an IANA name';
COMMENT ON COLUMN portals.installed_by IS 'e-mail address or name of who connected it, as HubSpot says it';
COMMENT ON COLUMN portals.installed_by_user_id IS 'HubSpot''s user id of who connected it';
COMMENT ON COLUMN portals.ai_sender_name IS 'the teammate the AI sends as, by name';
COMMENT ON COLUMN portals.ai_sender_is_shared IS 'whether a person also uses that seat as far as known; null: unknown';
COMMENT ON COLUMN portals.unavailable_because IS 'disconnected: by us; revoked: the grant is refused; uninstalled: HubSpot said so';
COMMENT ON COLUMN portals.unavailable_since IS 'when the connection stopped working';

CREATE TABLE credentials (
    portal_id bigint NOT NULL CHECK (portal_id > 0),
    kind text NOT NULL CHECK (kind IN ('oauth', 'private_app')),
    generation bigint NOT NULL CHECK (generation >= 1),
    status text NOT NULL CHECK (status IN ('active', 'reconnect_required', 'retired')),
    key_id text NOT NULL CHECK (octet_length(key_id) BETWEEN 1 AND 32),
    access_token bytea NOT NULL,
    refresh_token bytea,
    redirect_uri text,
    scopes text[] NOT NULL,
    hubspot_user_id bigint,
    obtained_at timestamptz NOT NULL,
    expires_at timestamptz,
    claimed_by uuid,
    claimed_until timestamptz,
    retired_at timestamptz,
    wipe_at timestamptz,
    PRIMARY KEY (portal_id, kind),
    CONSTRAINT credentials_oauth_refreshes CHECK (
        (kind = 'oauth') = (refresh_token IS NOT NULL)
        AND (kind = 'oauth') = (redirect_uri IS NOT NULL)
        AND (kind = 'oauth') = (expires_at IS NOT NULL)),
    CONSTRAINT credentials_claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT credentials_retired CHECK (
        (status = 'retired') = (retired_at IS NOT NULL)
        AND (status = 'retired') = (wipe_at IS NOT NULL))
);
CREATE UNIQUE INDEX credentials_one_in_use ON credentials (portal_id) WHERE status <> 'retired';
CREATE INDEX credentials_by_expiry ON credentials (expires_at) WHERE status = 'active' AND expires_at IS NOT NULL;
COMMENT ON TABLE credentials IS 'tokens for HubSpot''s API, encrypted; bound to their row and column, so that swapped ones do not open';
COMMENT ON COLUMN credentials.generation IS 'grows by one with every new token; a refresh counts only for the generation it began with';
COMMENT ON COLUMN credentials.status IS 'retired: replaced, kept encrypted until wipe_at for a way back';
COMMENT ON COLUMN credentials.key_id IS 'the key of BATON_ENCRYPTION_KEYS that opens both tokens';
COMMENT ON COLUMN credentials.redirect_uri IS 'the one the grant was made with; HubSpot wants it again at every refresh';
COMMENT ON COLUMN credentials.scopes IS 'the scopes that were granted, not those asked for';
COMMENT ON COLUMN credentials.expires_at IS 'the access token''s end by the database''s clock; private apps'' tokens have none';
COMMENT ON COLUMN credentials.claimed_by IS 'the one refresh that is under way; nobody else may try before claimed_until';

CREATE TABLE oauth_states (
    state_sha256 bytea PRIMARY KEY CHECK (octet_length(state_sha256) = 32),
    browser_sha256 bytea NOT NULL CHECK (octet_length(browser_sha256) = 32),
    redirect_uri text NOT NULL,
    features text NOT NULL CHECK (features IN ('all', 'base')),
    purpose text NOT NULL CHECK (purpose IN ('install', 'marketplace')),
    return_url text,
    started_by_admin boolean NOT NULL,
    admin_name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX oauth_states_expiry ON oauth_states (expires_at);
COMMENT ON TABLE oauth_states IS 'consents under way: each state counts once, in the browser that began it; only hashes are kept';
COMMENT ON COLUMN oauth_states.browser_sha256 IS 'SHA-256 of the cookie given to the browser that began';
COMMENT ON COLUMN oauth_states.features IS 'base: without the scope automation, for plans without workflows';
COMMENT ON COLUMN oauth_states.return_url IS 'where HubSpot''s marketplace wants the browser back; checked before it is stored';

CREATE TABLE sessions (
    session_sha256 bytea PRIMARY KEY CHECK (octet_length(session_sha256) = 32),
    admin_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
COMMENT ON TABLE sessions IS 'who is signed in to the console; only hashes of the cookies are kept';

CREATE TABLE sign_in_failures (
    client_sha256 bytea NOT NULL CHECK (octet_length(client_sha256) = 32),
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_in_failures_by_client ON sign_in_failures (client_sha256, failed_at);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (failed_at);
COMMENT ON TABLE sign_in_failures IS 'wrong passwords, so that guessing is slowed on every replica';
COMMENT ON COLUMN sign_in_failures.client_sha256 IS 'SHA-256 of the address they came from';

CREATE TABLE one_time_links (
    link_sha256 bytea PRIMARY KEY CHECK (octet_length(link_sha256) = 32),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
COMMENT ON TABLE one_time_links IS 'links that sign in once, such as the demo''s; only hashes are kept';

CREATE TABLE portal_changes (
    portal_id bigint NOT NULL,
    change_id uuid NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    change text NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    PRIMARY KEY (portal_id, change_id)
);
CREATE INDEX portal_changes_by_time ON portal_changes (portal_id, changed_at);
COMMENT ON TABLE portal_changes IS 'the audit: settings, kill switch, sender and connection, by whom and when; append-only';
COMMENT ON COLUMN portal_changes.change IS 'what was changed, in one word: settings, ai_enabled, ai_sender, connection';

CREATE TABLE owners (
    portal_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    user_id bigint,
    email text,
    first_name text,
    last_name text,
    kind text NOT NULL CHECK (kind IN ('PERSON', 'QUEUE')),
    is_archived boolean NOT NULL,
    teams jsonb NOT NULL DEFAULT '[]'::jsonb,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (portal_id, owner_id)
);
CREATE INDEX owners_by_user ON owners (portal_id, user_id) WHERE user_id IS NOT NULL;
COMMENT ON TABLE owners IS 'a cache of HubSpot''s owners: who may own a conversation, and be chosen as the AI''s sender';
COMMENT ON COLUMN owners.user_id IS 'HubSpot''s user id; queues and some archived owners have none';
COMMENT ON COLUMN owners.read_at IS 'when HubSpot was last asked';
