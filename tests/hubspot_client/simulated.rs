//! The clients against the simulated HubSpot, from consent to uninstall.

use crate::world::{IMPATIENT, PORTAL, api, look_up, oauth_of, oauth_within, secret};
use baton::domain::scopes::{AskedFor, Features, missing_required, optional, required};
use baton::hubspot::api::error::HubSpotError;
use baton::hubspot::api::owners::{Archived, OwnerKind};
use baton::hubspot::api::{account_info, owners, private_app, teams, uninstall};
use baton::hubspot::oauth::authorize_url::{ConsentRequest, authorize_url};
use baton::hubspot::oauth::client::OAuthClient;
use baton::hubspot::oauth::error::OAuthError;
use baton::hubspot::oauth::grant::Grant;
use baton::hubspot::oauth::introspection::Introspection;
use baton::simulator::hubspot::fault::{Effect, Fault};
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

struct World {
    hubspot: SimulatedHubSpot,
    oauth: OAuthClient,
    /// For answers that come late.
    impatient: OAuthClient,
    url: String,
    redirect_uri: String,
    client_id: String,
}

async fn world() -> World {
    let options = HubSpotOptions::demo();
    let app = options.app.clone();
    let hubspot = SimulatedHubSpot::start(options).await.unwrap();
    let url = format!("{}/", hubspot.url());
    World {
        oauth: oauth_of(&url, &app.client_id, app.client_secret.expose_secret()),
        impatient: oauth_within(
            IMPATIENT,
            &url,
            [&app.client_id, app.client_secret.expose_secret()],
        ),
        redirect_uri: app.redirect_urls[0].clone(),
        client_id: app.client_id,
        url,
        hubspot,
    }
}

impl World {
    /// A code that the account's admin approved.
    fn approved_code(&self, features: AskedFor) -> SecretString {
        let consent = authorize_url(
            &self.url.parse().unwrap(),
            &ConsentRequest {
                client_id: &self.client_id,
                redirect_uri: &self.redirect_uri,
                scopes: &required(features),
                optional_scopes: &optional(),
                state: "state-1",
                portal: None,
            },
        );
        let back = self.hubspot.approve(&consent, PORTAL).unwrap();
        let back: url::Url = back.parse().unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code");
        SecretString::from(code.unwrap().1.into_owned())
    }

    async fn granted(&self, features: AskedFor) -> Grant {
        let code = self.approved_code(features);
        self.oauth
            .exchange(&code, &self.redirect_uri)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn an_install_is_described_refreshed_used_and_taken_back() {
    let world = world().await;
    let grant = world.granted(AskedFor::All).await;
    assert_eq!(grant.hub_id, Some(PORTAL));
    assert_eq!(grant.expires_in, Duration::from_secs(1_800));
    let scopes = grant.scopes.clone().unwrap();
    assert_eq!(missing_required(&scopes), []);
    assert!(Features::from_granted(&scopes).workflow_actions);

    let found = world.oauth.introspect(&grant.access_token).await.unwrap();
    let Introspection::Active(info) = found else {
        panic!("expected an active token");
    };
    assert_eq!((info.hub_id, info.hublet.as_deref()), (PORTAL, Some("na1")));
    assert_eq!(info.user.as_deref(), Some("ada@acme-support.example"));

    let grant = world
        .oauth
        .refresh(&grant.refresh_token, &world.redirect_uri);
    let grant = grant.await.unwrap();
    let client = api(&world.url);
    let call = look_up(&grant.access_token);
    let account = client.send(call, &account_info::details()).await.unwrap();
    assert_eq!(account.portal, PORTAL);
    assert_eq!(account.time_zone.as_deref(), Some("US/Eastern"));
    let teams = client.send(call, &teams::list()).await.unwrap();
    assert_eq!(teams.results.len(), 2);
    assert!(client.clock_offset().is_some());

    client.send(call, &uninstall::uninstall()).await.unwrap();
    assert!(!world.hubspot.is_installed(PORTAL));
    let error = world
        .oauth
        .refresh(&grant.refresh_token, &world.redirect_uri);
    let error = error.await.unwrap_err();
    assert!(matches!(error, OAuthError::Revoked(_)), "{error:?}");
    world.hubspot.stop().await;
}

#[tokio::test]
async fn people_queues_and_the_archived_are_told_apart() {
    let world = world().await;
    let grant = world.granted(AskedFor::Base).await;
    let (client, call) = (api(&world.url), look_up(&grant.access_token));
    let active = client
        .send(call, &owners::list(Archived::No, None))
        .await
        .unwrap();
    let queues = active
        .results
        .iter()
        .filter(|owner| owner.kind == OwnerKind::Queue);
    assert_eq!(queues.count(), 1);
    let sam = active
        .results
        .iter()
        .find(|owner| owner.user_id == Some(3_892_001))
        .unwrap();
    assert_eq!((sam.id, &sam.kind), (81_538_001, &OwnerKind::Person));
    let archived = client
        .send(call, &owners::list(Archived::Yes, None))
        .await
        .unwrap();
    assert_eq!(archived.results.len(), 1);
    assert_eq!(archived.results[0].user_id, None);
    assert!(archived.results[0].is_archived);

    let by_user = client
        .send(call, &owners::get_by_user(3_892_001))
        .await
        .unwrap();
    assert_eq!(&by_user, sam);
    let by_id = client.send(call, &owners::get(81_538_001)).await.unwrap();
    assert_eq!(&by_id, sam);
    let error = client.send(call, &owners::get(1)).await.unwrap_err();
    assert!(matches!(error, HubSpotError::NotFound(_)), "{error:?}");
    world.hubspot.stop().await;
}

#[tokio::test]
async fn a_code_is_good_for_one_exchange_with_its_own_redirect_uri() {
    let world = world().await;
    let code = world.approved_code(AskedFor::Base);
    let error = world
        .oauth
        .exchange(&code, "http://localhost:1/other")
        .await
        .unwrap_err();
    assert!(matches!(error, OAuthError::Configuration(_)), "{error:?}");

    let code = world.approved_code(AskedFor::Base);
    world
        .oauth
        .exchange(&code, &world.redirect_uri)
        .await
        .unwrap();
    let error = world
        .oauth
        .exchange(&code, &world.redirect_uri)
        .await
        .unwrap_err();
    assert!(matches!(error, OAuthError::Revoked(_)), "{error:?}");
    world.hubspot.stop().await;
}

#[tokio::test]
async fn the_wrong_client_secret_is_a_matter_of_configuration() {
    let world = world().await;
    let grant = world.granted(AskedFor::Base).await;
    let wrong = oauth_of(&world.url, &world.client_id, "not-the-secret");
    let error = wrong
        .refresh(&grant.refresh_token, &world.redirect_uri)
        .await
        .unwrap_err();
    assert!(matches!(error, OAuthError::Configuration(_)), "{error:?}");
    world.hubspot.stop().await;
}

#[tokio::test]
async fn an_expired_token_is_said_to_be_expired_and_a_dead_one_is_not() {
    let world = world().await;
    let grant = world.granted(AskedFor::Base).await;
    let client = api(&world.url);
    world.hubspot.expire_access_tokens(PORTAL);
    let error = client
        .send(look_up(&grant.access_token), &account_info::details())
        .await;
    assert!(
        matches!(error, Err(HubSpotError::Unauthorized { expired: true, .. })),
        "{error:?}"
    );

    let unknown = secret("na1-no-such-token");
    let error = client
        .send(look_up(&unknown), &account_info::details())
        .await;
    assert!(
        matches!(
            error,
            Err(HubSpotError::Unauthorized { expired: false, .. })
        ),
        "{error:?}"
    );
    world.hubspot.stop().await;
}

#[tokio::test]
async fn a_private_app_is_described_by_its_token_and_lacks_what_it_was_not_given() {
    let world = world().await;
    let client = api(&world.url);
    for portal in [PORTAL, baton::domain::ids::PortalId(50_003)] {
        let token = secret(&world.hubspot.private_app_token(portal).unwrap());
        let app = client
            .send(look_up(&token), &private_app::describe())
            .await
            .unwrap();
        assert_eq!(app.portal, portal);
        assert!(!Features::from_granted(&app.scopes.unwrap()).workflow_actions);
    }
    let token = secret(&world.hubspot.private_app_token(PORTAL).unwrap());
    let error = client
        .send(look_up(&token), &teams::list())
        .await
        .unwrap_err();
    let HubSpotError::MissingScopes { scopes, .. } = error else {
        panic!("{error:?}");
    };
    assert!(
        scopes.contains(&"settings.users.teams.read".to_owned()),
        "{scopes:?}"
    );
    let error = client
        .send(
            look_up(&secret("pat-na1-unknown")),
            &private_app::describe(),
        )
        .await;
    assert!(matches!(error, Err(HubSpotError::NotFound(_))), "{error:?}");
    world.hubspot.stop().await;
}

#[tokio::test]
async fn every_fault_on_the_token_endpoint_leaves_the_grant_good() {
    let world = world().await;
    let grant = world.granted(AskedFor::Base).await;
    for fault in [
        Fault::status(429),
        Fault::status(423),
        Fault::status(477),
        Fault::status(500),
        Fault::status(503),
        Fault::always(Effect::Garbage),
        Fault::always(Effect::Reset),
        Fault::always(Effect::Slow { ms: 10_000 }),
    ] {
        world.hubspot.add_fault(fault.clone().times(1));
        let is_slow = matches!(fault.effect, Effect::Slow { .. });
        let client = if is_slow {
            &world.impatient
        } else {
            &world.oauth
        };
        let error = client
            .refresh(&grant.refresh_token, &world.redirect_uri)
            .await;
        let error = error.unwrap_err();
        assert!(error.is_transient(), "{fault:?}: {error:?}");
        world
            .oauth
            .refresh(&grant.refresh_token, &world.redirect_uri)
            .await
            .unwrap();
    }
    world.hubspot.stop().await;
}
