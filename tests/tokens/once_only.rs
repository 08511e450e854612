//! What counts once, in its time and from its place: states, links and sessions; and what is
//! deleted when it is over.

use crate::portal::Portal;
use crate::world::PORTAL;
use baton::domain::time::Span;
use baton::service::clean_up::clean_up;
use baton::store::oauth_states::{
    self, Consumed, NewState, OauthState, StateFeatures, StatePurpose, StateRequest,
};
use baton::store::pool::Store;
use baton::store::{one_time_links, owners, portal_changes, sessions, sign_in_failures};
use serde_json::json;
use std::sync::{Arc, Barrier};

const STATE: [u8; 32] = [1; 32];
const BROWSER: [u8; 32] = [2; 32];

fn request() -> StateRequest {
    StateRequest {
        features: StateFeatures::Base,
        purpose: StatePurpose::Marketplace,
        return_url: Some("https://app.hubspot.com/x".to_owned()),
        started_by: Some("admin".to_owned()),
    }
}

fn remember(portal: &Portal, expires_in: Span) {
    let state = NewState {
        state_sha256: STATE,
        browser_sha256: BROWSER,
        request: request(),
        redirect_uri: "https://a.example/b",
        expires_in,
        most_of_strangers: 10,
    };
    assert!(oauth_states::insert(&mut portal.sql(), &state).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_counts_once_and_comes_back_as_it_was() {
    let portal = Portal::new();
    remember(&portal, Span::from_minutes(10));
    let conn = &mut portal.sql();

    let first = oauth_states::consume(conn, &STATE, &BROWSER).unwrap();
    let second = oauth_states::consume(conn, &STATE, &BROWSER).unwrap();

    let state = OauthState {
        request: request(),
        redirect_uri: "https://a.example/b".to_owned(),
    };
    assert_eq!(first, Consumed::Valid(state));
    assert_eq!(second, Consumed::Used);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_nobody_of_another_browser_or_too_late_does_not_count() {
    let portal = Portal::new();
    let conn = &mut portal.sql();

    let unknown = oauth_states::consume(conn, &STATE, &BROWSER).unwrap();
    remember(&portal, Span::from_minutes(10));
    let foreign = oauth_states::consume(conn, &STATE, &[3; 32]).unwrap();
    portal.execute("UPDATE oauth_states SET expires_at = clock_timestamp()");
    let expired = oauth_states::consume(conn, &STATE, &BROWSER).unwrap();

    assert_eq!(unknown, Consumed::Unknown);
    assert_eq!(foreign, Consumed::Foreign);
    assert_eq!(expired, Consumed::Expired);
    let used = portal.text("SELECT count(used_at)::text AS text FROM oauth_states");
    assert_eq!(used, "0", "a foreign browser uses nothing up");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_callers_at_once_one_gets_the_state_and_one_the_link() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    for round in 0..20 {
        portal.execute("DELETE FROM oauth_states; DELETE FROM one_time_links");
        remember(&portal, Span::from_minutes(10));
        one_time_links::insert(conn, &STATE, Span::from_minutes(1)).unwrap();
        let barrier = Arc::new(Barrier::new(6));

        let callers: Vec<_> = (0..6)
            .map(|_| {
                let (mut conn, barrier) = (portal.sql(), Arc::clone(&barrier));
                std::thread::spawn(move || {
                    barrier.wait();
                    let state = oauth_states::consume(&mut conn, &STATE, &BROWSER).unwrap();
                    let link = one_time_links::consume(&mut conn, &STATE).unwrap();
                    (matches!(state, Consumed::Valid(_)), link)
                })
            })
            .collect();
        let won: Vec<_> = callers.into_iter().map(|c| c.join().unwrap()).collect();

        assert_eq!(won.iter().filter(|(state, _)| *state).count(), 1, "{round}");
        assert_eq!(won.iter().filter(|(_, link)| *link).count(), 1, "{round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_unknown_or_late_opens_nothing() {
    let portal = Portal::new();
    let conn = &mut portal.sql();

    assert!(!one_time_links::consume(conn, &STATE).unwrap());
    one_time_links::insert(conn, &STATE, Span::from_minutes(1)).unwrap();
    portal.execute("UPDATE one_time_links SET expires_at = clock_timestamp()");
    assert!(!one_time_links::consume(conn, &STATE).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_signing_out_by_idling_and_by_its_time() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    let (day, hour) = (Span::from_days(1), Span::from_hours(1));
    let signed_in = |conn: &mut _| sessions::visit(conn, &STATE, hour).unwrap();

    assert_eq!(signed_in(conn), None);
    sessions::insert(conn, &STATE, "admin", day).unwrap();
    assert_eq!(signed_in(conn).unwrap().admin_name, "admin");
    portal.execute("UPDATE sessions SET last_seen_at = clock_timestamp() - interval '61 minutes'");
    assert_eq!(signed_in(conn), None, "idle");
    portal.execute(
        "UPDATE sessions SET last_seen_at = clock_timestamp(), expires_at = clock_timestamp()",
    );
    assert_eq!(signed_in(conn), None, "over");
    assert!(sessions::delete(conn, &STATE).unwrap());
    assert!(!sessions::delete(conn, &STATE).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_counted_by_client_and_forgiven() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    for client in [[1; 32], [1; 32], [2; 32]] {
        sign_in_failures::insert(conn, &client).unwrap();
    }
    let count = |conn: &mut _| {
        let failures = sign_in_failures::count(conn, &[1; 32], Span::from_minutes(15)).unwrap();
        (failures.of_client, failures.of_all)
    };

    assert_eq!(count(conn), (2, 3));
    sign_in_failures::forgive(conn, &[1; 32]).unwrap();
    assert_eq!(count(conn), (0, 1));
    portal.execute("UPDATE sign_in_failures SET failed_at = failed_at - interval '16 minutes'");
    assert_eq!(count(conn), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_listed_newest_first_and_by_portal() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    for (number, portal) in [(1, PORTAL), (2, PORTAL), (3, crate::portal::OTHER)] {
        let change = portal_changes::NewChange {
            portal,
            actor: "admin",
            change: "settings",
            before: &json!({ "human_grace_minutes": number }),
            after: &json!({}),
        };
        portal_changes::insert(conn, &change).unwrap();
    }

    let listed = portal_changes::list(conn, PORTAL, 10).unwrap();

    let numbers: Vec<_> = listed
        .iter()
        .map(|change| change.before["human_grace_minutes"].clone())
        .collect();
    assert_eq!(numbers, [json!(2), json!(1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_owners_replaces_the_one_before() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    let owner = |owner_id, kind, is_archived| owners::Owner {
        owner_id,
        user_id: Some(owner_id + 100),
        email: Some("a@example.com".to_owned()),
        first_name: None,
        last_name: None,
        kind,
        is_archived,
        teams: json!([{ "id": "4" }]),
    };
    let person = owner(1, owners::OwnerKind::Person, false);
    let queue = owner(2, owners::OwnerKind::Queue, false);
    assert_eq!(owners::read_at(conn, PORTAL).unwrap(), None);

    owners::replace_all(conn, PORTAL, &[queue, person.clone()]).unwrap();
    owners::replace_all(conn, PORTAL, std::slice::from_ref(&person)).unwrap();

    assert_eq!(owners::list(conn, PORTAL).unwrap(), [person]);
    assert!(owners::read_at(conn, PORTAL).unwrap().is_some());
    owners::replace_all(conn, PORTAL, &[]).unwrap();
    assert!(owners::list(conn, PORTAL).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_keeps_their_user_whatever_hubspot_tells_later() {
    let portal = Portal::new();
    let conn = &mut portal.sql();
    let ann = |user_id, is_archived| owners::Owner {
        owner_id: 1,
        user_id,
        email: None,
        first_name: None,
        last_name: None,
        kind: owners::OwnerKind::Person,
        is_archived,
        teams: json!([]),
    };
    owners::replace_all(conn, PORTAL, &[ann(Some(101), false)]).unwrap();

    owners::replace_all(conn, PORTAL, &[]).unwrap();
    assert_eq!(
        owners::list_with_archived(conn, PORTAL).unwrap(),
        [ann(Some(101), true)]
    );
    owners::keep_all(conn, PORTAL, &[ann(None, true)]).unwrap();

    assert_eq!(
        owners::list_with_archived(conn, PORTAL).unwrap(),
        [ann(Some(101), true)]
    );
    owners::replace_all(conn, PORTAL, &[ann(Some(101), false)]).unwrap();
    assert_eq!(owners::list(conn, PORTAL).unwrap().len(), 1, "back again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_deleted_and_what_is_not_stays() {
    let portal = Portal::new();
    portal.execute(
        "DELETE FROM credentials; \
         INSERT INTO credentials (portal_id, kind, generation, status, key_id, access_token, \
             scopes, obtained_at, retired_at, wipe_at) \
         SELECT n, 'private_app', 1, 'retired', 'k1', '', '{}', now(), now(), \
             clock_timestamp() + n * interval '1 hour' - interval '90 minutes' \
         FROM generate_series(1, 2) AS n; \
         INSERT INTO oauth_states (state_sha256, browser_sha256, redirect_uri, features, purpose, \
             started_by_admin, expires_at) \
         SELECT sha256(n::text::bytea), sha256(''), '', 'all', 'install', false, \
             clock_timestamp() - n * interval '23 hours' FROM generate_series(1, 2) AS n; \
         INSERT INTO sessions (session_sha256, admin_name, expires_at) \
         SELECT sha256(n::text::bytea), 'admin', \
             clock_timestamp() + n * interval '1 hour' - interval '90 minutes' \
         FROM generate_series(1, 2) AS n; \
         INSERT INTO one_time_links (link_sha256, expires_at) \
         SELECT session_sha256, expires_at FROM sessions; \
         INSERT INTO sign_in_failures SELECT sha256(''), \
             clock_timestamp() - n * interval '23 hours' FROM generate_series(1, 2) AS n;",
    );
    let store = Arc::new(Store::new(&portal.database_url, 1));

    clean_up(&store).await.unwrap();

    for table in [
        "credentials",
        "oauth_states",
        "sessions",
        "one_time_links",
        "sign_in_failures",
    ] {
        let left = portal.text(&format!("SELECT count(*)::text AS text FROM {table}"));
        assert_eq!(left, "1", "{table}");
    }
}
