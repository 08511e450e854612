//! What the database itself promises about installations, and how grants replace one another.

use crate::endpoint::FIRST;
use crate::portal::{Portal, keyring};
use crate::world::PORTAL;
use baton::domain::credential::{CredentialKind, CredentialStatus};
use baton::domain::time::Span;
use baton::service::seal_tokens::{Pasted, seal_pasted};
use baton::store::credentials::grant::save_grant;
use baton::store::credentials::row::find;
use diesel::connection::SimpleConnection;
use diesel::result::Error;
use secrecy::SecretString;

fn refused_by(portal: &Portal, sql: &str) -> String {
    match portal.sql().batch_execute(sql) {
        Err(Error::DatabaseError(_, why)) => why
            .constraint_name()
            .unwrap_or_else(|| why.message())
            .to_owned(),
        other => panic!("{sql}: {other:?}"),
    }
}

fn paste(portal: &Portal) -> i64 {
    let pasted = Pasted {
        portal: PORTAL,
        token: &SecretString::from("pasted"),
        scopes: vec![],
        hubspot_user_id: None,
        rollback_window: Span::from_days(7),
    };
    let grant = seal_pasted(&keyring(&[("k1", 1)]), pasted).unwrap();
    save_grant(&mut portal.sql(), &grant).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_whole_or_refused() {
    let portal = Portal::new();
    let cases = [
        ("kind = 'password'", "credentials_kind_check"),
        ("status = 'lost'", "credentials_status_check"),
        ("generation = 0", "credentials_generation_check"),
        ("portal_id = 0", "credentials_portal_id_check"),
        ("key_id = ''", "credentials_key_id_check"),
        ("refresh_token = NULL", "credentials_oauth_refreshes"),
        ("redirect_uri = NULL", "credentials_oauth_refreshes"),
        ("expires_at = NULL", "credentials_oauth_refreshes"),
        ("kind = 'private_app'", "credentials_oauth_refreshes"),
        ("claimed_by = gen_random_uuid()", "credentials_claim"),
        ("claimed_until = now()", "credentials_claim"),
        ("failed_generation = 1", "credentials_put_off"),
        ("failed_attempts = 1", "credentials_put_off"),
        ("failed_because = ''", "credentials_put_off"),
        ("put_off_until = now()", "credentials_put_off"),
        (
            "failed_generation = 1, failed_attempts = 0, failed_because = '', put_off_until = now()",
            "credentials_failed_attempts",
        ),
        ("status = 'retired'", "credentials_retired"),
        ("wipe_at = now()", "credentials_retired"),
        (
            "status = 'retired', retired_at = now()",
            "credentials_retired",
        ),
    ];
    for (change, constraint) in cases {
        let refused = refused_by(&portal, &format!("UPDATE credentials SET {change}"));
        assert_eq!(refused, constraint, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_says_why_it_is_unavailable_if_and_only_if_it_is() {
    let portal = Portal::new();
    let cases = [
        ("connection = 'unavailable'", "portals_unavailable_because"),
        (
            "unavailable_because = 'revoked'",
            "portals_unavailable_because",
        ),
        ("unavailable_since = now()", "portals_unavailable_because"),
        (
            "connection = 'unavailable', unavailable_since = now(), unavailable_because = 'bored'",
            "portals_unavailable_because_check",
        ),
        (
            "installed_by_user_id = 0",
            "portals_installed_by_user_id_check",
        ),
    ];
    for (change, constraint) in cases {
        let refused = refused_by(&portal, &format!("UPDATE portals SET {change}"));
        assert_eq!(refused, constraint, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_has_one_credential_in_use() {
    let portal = Portal::new();
    paste(&portal);

    let both = "UPDATE credentials SET status = 'active', retired_at = NULL, wipe_at = NULL";

    assert_eq!(refused_by(&portal, both), "credentials_one_in_use");
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_over_a_private_app_retires_it_for_the_rollback_window() {
    let portal = Portal::new();
    paste(&portal);

    let generation = portal.grant(&keyring(&[("k1", 1)]), FIRST);

    let conn = &mut portal.sql();
    let pasted = find(conn, PORTAL, CredentialKind::PrivateApp)
        .unwrap()
        .unwrap();
    assert_eq!(pasted.status, CredentialStatus::Retired);
    assert_eq!(
        pasted.wipe_at.unwrap() - pasted.retired_at.unwrap(),
        Span::from_days(7)
    );
    let granted = portal.row();
    assert_eq!(granted.kind, CredentialKind::Oauth);
    assert_eq!(granted.generation, generation);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_replaced_in_place_is_of_the_next_generation_and_free_of_claims() {
    let portal = Portal::new();
    let before = portal.row().generation;
    portal.execute(
        "UPDATE credentials SET status = 'reconnect_required', claimed_by = gen_random_uuid(), \
         claimed_until = now() + interval '1 hour'",
    );

    let generation = portal.grant(&keyring(&[("k1", 1)]), FIRST);

    assert_eq!(generation, before + 1);
    assert_eq!(portal.row().status, CredentialStatus::Active);
    let claims = portal.text("SELECT count(claimed_by)::text AS text FROM credentials");
    assert_eq!(claims, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_and_names_of_installations_are_well_formed() {
    let portal = Portal::new();
    let state = |features: &str, purpose: &str, bytes: usize| {
        format!(
            "INSERT INTO oauth_states (state_sha256, browser_sha256, redirect_uri, features, \
             purpose, started_by_admin, expires_at) VALUES (decode(repeat('ab', {bytes}), 'hex'), \
             sha256(''), '', '{features}', '{purpose}', false, now())"
        )
    };
    portal.execute(&state("all", "install", 32));
    let cases = [
        (state("all", "install", 32), "oauth_states_pkey"),
        (
            state("all", "install", 31),
            "oauth_states_state_sha256_check",
        ),
        (state("some", "install", 32), "oauth_states_features_check"),
        (state("all", "fun", 32), "oauth_states_purpose_check"),
        (
            "INSERT INTO sessions (session_sha256, admin_name, expires_at) \
             VALUES ('\\x00', '', now())"
                .to_owned(),
            "sessions_session_sha256_check",
        ),
        (
            "INSERT INTO sign_in_failures (client_sha256) VALUES ('\\x00')".to_owned(),
            "sign_in_failures_client_sha256_check",
        ),
        (
            "INSERT INTO one_time_links VALUES ('\\x00', now())".to_owned(),
            "one_time_links_link_sha256_check",
        ),
        (
            "INSERT INTO owners VALUES (1, 1, 1, '', '', '', 'ROBOT', false, '[]', now())"
                .to_owned(),
            "owners_kind_check",
        ),
    ];
    for (sql, constraint) in cases {
        assert_eq!(refused_by(&portal, &sql), constraint, "{sql}");
    }
}
