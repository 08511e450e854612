//! Keys are exchanged while the service runs: at any moment, again, and without losing a token.

use crate::endpoint::FIRST;
use crate::portal::{PATIENT, Portal, keyring, text};
use crate::world::PORTAL;
use baton::domain::ids::PortalId;
use baton::domain::time::Span;
use baton::encryption::keyring::Keyring;
use baton::hubspot::oauth::grant::Grant;
use baton::service::check_keyring::{KeyringMisfit, check_keyring};
use baton::service::rotate_encryption::{
    Progress, RotateError, Rotated, rotate_encryption, rotate_page,
};
use baton::service::seal_tokens::{
    Granted, Pasted, open_access_token, open_refresh_token, seal_grant, seal_pasted,
};
use baton::store::credentials::grant::save_grant;
use baton::store::credentials::keys::{keys_in_use, under_older_keys};
use baton::store::credentials::row::find;
use secrecy::{ExposeSecret, SecretString};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

fn old() -> Keyring {
    keyring(&[("k1", 1)])
}

fn both() -> Keyring {
    keyring(&[("k2", 2), ("k1", 1)])
}

/// So many portals, each with a grant that replaced a private app's token.
fn many(portal: &Portal, count: i64) {
    let conn = &mut portal.sql();
    for number in 1..=count {
        let id = PortalId(number);
        let window = Span::from_days(7);
        let pasted = Pasted {
            portal: id,
            token: &SecretString::from(format!("pasted of {number}")),
            scopes: vec![],
            hubspot_user_id: None,
            rollback_window: window,
        };
        save_grant(conn, &seal_pasted(&old(), pasted).unwrap()).unwrap();
        let grant = Grant {
            access_token: SecretString::from(format!("access of {number}")),
            refresh_token: SecretString::from(format!("refresh of {number}")),
            expires_in: Duration::from_secs(1_800),
            hub_id: None,
            user_id: None,
            scopes: None,
        };
        let granted = Granted {
            portal: id,
            grant: &grant,
            redirect_uri: "https://a.example/b",
            scopes: vec![],
            hubspot_user_id: None,
            rollback_window: window,
        };
        save_grant(conn, &seal_grant(&old(), granted).unwrap()).unwrap();
    }
}

/// Every one of them opens with this keyring, retired ones among them.
fn all_open(portal: &Portal, count: i64, keys: &Keyring) {
    use baton::domain::credential::CredentialKind::{Oauth, PrivateApp};
    let conn = &mut portal.sql();
    for number in 1..=count {
        let granted = find(conn, PortalId(number), Oauth).unwrap().unwrap();
        let pasted = find(conn, PortalId(number), PrivateApp).unwrap().unwrap();
        let access = open_access_token(keys, &granted).unwrap();
        let refresh = open_refresh_token(keys, &granted).unwrap().unwrap();
        let token = open_access_token(keys, &pasted).unwrap();
        assert_eq!(access.expose_secret(), format!("access of {number}"));
        assert_eq!(refresh.expose_secret(), format!("refresh of {number}"));
        assert_eq!(token.expose_secret(), format!("pasted of {number}"));
    }
}

fn without_grants(portal: &Portal) {
    portal.execute("DELETE FROM credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_credential_comes_under_the_newest_key_with_progress() {
    let portal = Portal::new();
    without_grants(&portal);
    many(&portal, 120);
    let mut reports = Vec::new();

    let conn = &mut portal.sql();
    let rotated = rotate_encryption(conn, &both(), |progress| reports.push(progress)).unwrap();
    let again = rotate_encryption(conn, &both(), |_| panic!("nothing to do")).unwrap();

    let at = |done| Progress { done, of: 240 };
    assert_eq!(reports, [at(100), at(200), at(240)]);
    let unused = vec!["k1".to_owned()];
    assert_eq!(
        rotated,
        Rotated {
            done: 240,
            unused: unused.clone(),
            left: 0
        }
    );
    assert_eq!((again.done, again.unused), (0, unused));
    all_open(&portal, 120, &keyring(&[("k2", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_cut_short_leaves_everything_readable_and_goes_on() {
    let portal = Portal::new();
    without_grants(&portal);
    many(&portal, 80);
    let conn = &mut portal.sql();

    let page = rotate_page(conn, &both(), None).unwrap();
    assert_eq!(page.done, 100);
    all_open(&portal, 80, &both());
    let refused = check_keyring(conn, &keyring(&[("k2", 2)])).unwrap_err();
    let rotated = rotate_encryption(conn, &both(), |_| {}).unwrap();

    assert!(
        matches!(&refused, KeyringMisfit::InUse { key_id, credentials: 60 } if key_id == "k1"),
        "{refused}"
    );
    assert_eq!((rotated.done, rotated.left), (60, 0));
    all_open(&portal, 80, &keyring(&[("k2", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_under_way_while_keys_rotate_loses_nothing() {
    let portal = Portal::new();
    let tokens = Arc::new(portal.tokens_with(both(), PATIENT));
    portal.endpoint.hold();
    let asking = tokio::spawn({
        let tokens = Arc::clone(&tokens);
        async move { tokens.token_for(PORTAL).await }
    });
    portal.endpoint.until_called(1).await;

    let rotated = rotate_encryption(&mut portal.sql(), &both(), |_| {}).unwrap();
    portal.endpoint.release();
    let token = asking.await.unwrap().unwrap();

    assert_eq!((rotated.done, rotated.left), (1, 0));
    assert_eq!(text(&token), "access-1");
    assert_eq!(portal.refresh_token(), "refresh-1");
    assert_eq!(portal.row().access_token.key_id, "k2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_refreshed_between_reading_and_writing_keeps_its_new_token() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    let stale = under_older_keys(conn, "k2", None, 10).unwrap().remove(0);
    let sealed = baton::service::seal_tokens::seal_again(&both(), &stale).unwrap();
    // A replica that does not know the new key yet.
    portal.tokens().token_for(PORTAL).await.unwrap();

    let written = baton::store::credentials::keys::replace_sealed(
        conn,
        &stale,
        &sealed.access_token,
        sealed.refresh_token.as_ref(),
    )
    .unwrap();

    assert!(!written);
    assert_eq!(portal.refresh_token(), "refresh-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_refreshed_again_and_again_while_keys_rotate_to_and_fro() {
    let portal = Portal::new();
    let swapped = || keyring(&[("k1", 1), ("k2", 2)]);
    let tokens = Arc::new(portal.tokens_with(swapped(), PATIENT));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let url = portal.database_url.clone();
    let rotating = std::thread::spawn(move || {
        let conn = &mut baton::store::pool::connect(&url).unwrap();
        let mut done = 0;
        loop {
            done += rotate_encryption(conn, &both(), |_| {}).unwrap().done;
            done += rotate_encryption(conn, &swapped(), |_| {}).unwrap().done;
            if *stopped.borrow() {
                return done;
            }
        }
    });

    for round in 1..=40 {
        portal.run_out();
        let token = tokens.token_for(PORTAL).await.unwrap();
        assert_eq!(text(&token), format!("access-{round}"));
    }
    stop.send_replace(true);
    let done = rotating.join().unwrap();

    assert!(done > 0);
    assert_eq!(portal.refresh_token(), "refresh-40");
    assert_eq!(portal.endpoint.seen().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_does_not_fit_rotates_nothing() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    let before = keys_in_use(conn).unwrap();

    let dropped = rotate_encryption(conn, &keyring(&[("k2", 2)]), |_| {}).unwrap_err();
    let exchanged = rotate_encryption(conn, &keyring(&[("k2", 2), ("k1", 9)]), |_| {}).unwrap_err();

    assert!(
        matches!(&dropped, RotateError::Misfit(KeyringMisfit::InUse { key_id, .. }) if key_id == "k1"),
        "{dropped}"
    );
    assert!(
        matches!(&exchanged, RotateError::Misfit(KeyringMisfit::Exchanged { key_id }) if key_id == "k1"),
        "{exchanged}"
    );
    assert_eq!(keys_in_use(conn).unwrap(), before);
}

const KEY_1: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const KEY_2: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

/// The built program on this portal's database.
fn baton(portal: &Portal, arguments: &[&str], keys: Option<&str>) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("DATABASE_URL", &portal.database_url)
        .env(
            "HUBSPOT_CLIENT_SECRET",
            "a secret-of-this-process".replace(' ', "-"),
        )
        .env("BATON_LISTEN", "127.0.0.1:0");
    if let Some(keys) = keys {
        command.env("BATON_ENCRYPTION_KEYS", keys);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let words = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), words(stdout), words(stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_rotates_and_names_the_key_that_may_go() {
    let portal = Portal::new();
    portal.grant(&old(), FIRST);
    let keys = format!("{KEY_2},{KEY_1}");
    let rotate = ["encryption", "rotate"];

    let first = baton(&portal, &rotate, Some(&keys));
    let again = baton(&portal, &rotate, Some(KEY_2));

    let said = "1 of 1 under the key 'k2'\nevery stored token is under the key 'k2'\n\
                no longer needed in BATON_ENCRYPTION_KEYS: k1\n";
    assert_eq!(first, (Some(0), said.to_owned(), String::new()));
    let said = "every stored token is under the key 'k2'\n";
    assert_eq!(again, (Some(0), said.to_owned(), String::new()));
    assert_eq!(portal.refresh_token(), FIRST);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_serve_nor_rotate_goes_on_without_a_key_in_use() {
    let portal = Portal::new();
    for arguments in [&["serve"][..], &["encryption", "rotate"]] {
        let (code, out, err) = baton(&portal, arguments, Some(KEY_2));

        assert_eq!((code, out.as_str()), (Some(78), ""), "{err}");
        let said = "baton: BATON_ENCRYPTION_KEYS has no key 'k1', which still encrypts 1 stored \
                    credentials: put it back, and drop it only after `baton encryption rotate`";
        assert!(err.contains(said), "{err}");
        assert!(!err.contains("AQEB"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rotating_without_any_key_says_how_to_make_one() {
    let portal = Portal::new();

    let (code, _, err) = baton(&portal, &["encryption", "rotate"], None);

    assert_eq!(code, Some(78));
    assert!(err.contains("openssl rand -base64 32"), "{err}");
}
