//! Calls of HubSpot's API with stored tokens: what a token that ran out, a grant that is gone and
//! a portal that never connected come to.

use crate::world::{PORTAL, keyring, new_database};
use baton::domain::ids::PortalId;
use baton::domain::scopes::{AskedFor, optional, required};
use baton::domain::time::Span;
use baton::hubspot::api::account_info;
use baton::hubspot::api::budget::Allowance;
use baton::hubspot::api::client::{ApiClient, ApiSettings};
use baton::hubspot::api::clock::Clock;
use baton::hubspot::api::error::HubSpotError;
use baton::hubspot::api::lane::Lane;
use baton::hubspot::oauth::authorize_url::{ConsentRequest, authorize_url};
use baton::hubspot::oauth::client::{OAuthClient, OAuthSettings};
use baton::service::access_token::{AccessTokens, Options, TokenError};
use baton::service::call_hubspot::{CallError, HubSpot};
use baton::service::keep_hubspot_clock::keep_hubspot_clock;
use baton::service::seal_tokens::{Granted, seal_grant};
use baton::simulator::hubspot::fault::Fault;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use baton::store::credentials::grant::save_grant;
use baton::store::pool::Store;
use diesel::prelude::*;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

struct Connected {
    hubspot: SimulatedHubSpot,
    database_url: String,
    store: Arc<Store>,
    api: Arc<ApiClient>,
    calls: HubSpot,
}

/// A portal whose admin approved the app a moment ago.
async fn connected() -> Connected {
    baton::startup::tls::install();
    let options = HubSpotOptions::demo();
    let app = options.app.clone();
    let redirect_uri = app.redirect_urls[0].clone();
    let hubspot = SimulatedHubSpot::start(options).await.unwrap();
    let api_url: url::Url = format!("{}/", hubspot.url()).parse().unwrap();
    let oauth = OAuthClient::new(OAuthSettings {
        client_id: app.client_id.clone(),
        client_secret: app.client_secret,
        api_url: api_url.clone(),
        timeout: OAuthClient::TIMEOUT,
    })
    .unwrap();
    let consent = ConsentRequest {
        client_id: &app.client_id,
        redirect_uri: &redirect_uri,
        scopes: &required(AskedFor::Base),
        optional_scopes: &optional(),
        state: "state-1",
        portal: None,
    };
    let back = hubspot.approve(&authorize_url(&api_url, &consent), PORTAL);
    let back: url::Url = back.unwrap().parse().unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code");
    let code = SecretString::from(code.unwrap().1.into_owned());
    let grant = oauth.exchange(&code, &redirect_uri).await.unwrap();

    let database_url = new_database();
    let granted = Granted {
        portal: PORTAL,
        grant: &grant,
        redirect_uri: &redirect_uri,
        scopes: grant.scopes.clone().unwrap(),
        hubspot_user_id: grant.user_id,
        rollback_window: Span::from_days(7),
    };
    let sealed = seal_grant(&keyring(), granted).unwrap();
    let mut conn = PgConnection::establish(&database_url).unwrap();
    save_grant(&mut conn, &sealed).unwrap();

    let store = Arc::new(Store::new(&database_url, 1));
    let (keyring, oauth) = (Arc::new(keyring()), Some(Arc::new(oauth)));
    let tokens = AccessTokens::new(Arc::clone(&store), keyring, oauth, Options::USUAL);
    let api = ApiClient::new(ApiSettings {
        api_url,
        timeout: ApiSettings::TIMEOUT,
        allowance: Allowance::HUBSPOT,
        clock: Clock::new(|| chrono::Utc::now().into()),
    });
    let api = Arc::new(api.unwrap());
    Connected {
        hubspot,
        database_url,
        store,
        calls: HubSpot::new(Arc::new(tokens), Arc::clone(&api)),
        api,
    }
}

impl Connected {
    async fn ask(&self, portal: PortalId) -> Result<PortalId, CallError> {
        let request = account_info::details();
        let answer = self.calls.ask(portal, Lane::LookUps, &request).await;
        answer.map(|account| account.portal)
    }

    /// How often the API was asked, and with what result.
    fn statuses(&self) -> Vec<Option<u16>> {
        let seen = self.hubspot.requests().into_iter();
        seen.filter(|request| request.path.starts_with("/account-info"))
            .map(|request| request.status)
            .collect()
    }
}

#[tokio::test]
async fn a_token_that_hubspot_calls_expired_is_replaced_once_and_the_call_succeeds() {
    let connected = connected().await;
    assert_eq!(connected.ask(PORTAL).await.unwrap(), PORTAL);
    connected.hubspot.expire_access_tokens(PORTAL);

    assert_eq!(connected.ask(PORTAL).await.unwrap(), PORTAL);

    assert_eq!(connected.statuses(), [Some(200), Some(401), Some(200)]);
    assert_eq!(connected.hubspot.exchanges(PORTAL).refreshes, [1]);
    connected.hubspot.stop().await;
}

#[tokio::test]
async fn many_callers_with_an_expired_token_cause_one_refresh() {
    let connected = Arc::new(connected().await);
    connected.hubspot.expire_access_tokens(PORTAL);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let connected = Arc::clone(&connected);
        callers.spawn(async move { connected.ask(PORTAL).await.unwrap() });
    }
    while let Some(answer) = callers.join_next().await {
        assert_eq!(answer.unwrap(), PORTAL);
    }
    assert_eq!(connected.hubspot.exchanges(PORTAL).refreshes, [1]);
}

#[tokio::test]
async fn a_token_refused_for_another_reason_than_its_age_is_not_replaced() {
    let connected = connected().await;
    let unauthorized = Fault::status(401).at("/account-info");
    connected.hubspot.add_fault(unauthorized);
    let error = connected.ask(PORTAL).await.unwrap_err();
    let is_refused = matches!(
        error,
        CallError::HubSpot(HubSpotError::Unauthorized { expired: false, .. })
    );
    assert!(is_refused, "{error:?}");
    assert_eq!(connected.statuses(), [Some(401)]);
    assert_eq!(connected.hubspot.exchanges(PORTAL).refreshes, [0_u64; 0]);
    connected.hubspot.stop().await;
}

#[tokio::test]
async fn a_grant_that_is_gone_needs_an_admin_and_a_portal_never_connected_as_well() {
    let connected = connected().await;
    connected.hubspot.expire_access_tokens(PORTAL);
    connected.hubspot.revoke_refresh_tokens(PORTAL);
    let error = connected.ask(PORTAL).await.unwrap_err();
    assert!(
        matches!(error, CallError::Token(TokenError::ReconnectRequired)),
        "{error:?}"
    );
    assert_eq!(error.retry_after(), None);

    let error = connected.ask(PortalId(50_002)).await.unwrap_err();
    assert!(
        matches!(error, CallError::Token(TokenError::NotConnected)),
        "{error:?}"
    );
    connected.hubspot.stop().await;
}

#[tokio::test]
async fn while_hubspot_cannot_refresh_the_call_may_be_tried_again() {
    let connected = connected().await;
    connected.hubspot.expire_access_tokens(PORTAL);
    connected.hubspot.add_fault(Fault::status(503).at("/oauth"));
    let error = connected.ask(PORTAL).await.unwrap_err();
    assert!(error.retry_after().is_some(), "{error:?}");
    assert!(error.retry_after() <= Some(Duration::from_secs(60)));

    connected.hubspot.clear_faults();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while connected.ask(PORTAL).await.is_err() {
        assert!(std::time::Instant::now() < deadline, "the grant is gone");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    connected.hubspot.stop().await;
}

#[tokio::test]
async fn hubspots_clock_is_kept_against_the_databases_once_an_answer_showed_it() {
    #[derive(QueryableByName)]
    struct Kept {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        offset_ms: i64,
    }
    let connected = connected().await;
    let kept = || -> Vec<i64> {
        let mut conn = PgConnection::establish(&connected.database_url).unwrap();
        let rows = diesel::sql_query("SELECT offset_ms FROM hubspot_clock").load(&mut conn);
        let rows: Vec<Kept> = rows.unwrap();
        rows.into_iter().map(|row| row.offset_ms).collect()
    };
    let keep = || keep_hubspot_clock(&connected.store, &connected.api);
    keep().await.unwrap();
    assert_eq!(kept(), [0_i64; 0], "nothing is known yet");

    for _ in 0..2 {
        connected.ask(PORTAL).await.unwrap();
        keep().await.unwrap();
        let offsets = kept();
        // The same machine: a second of Date's grain, and what a busy one takes meanwhile.
        assert!(
            matches!(offsets[..], [-5_000..=60_000]),
            "expected about the same: {offsets:?}"
        );
    }
    connected.hubspot.stop().await;
}
