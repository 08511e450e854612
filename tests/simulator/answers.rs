//! The fields that HubSpot's OpenAPI files require of each answer.

use crate::world::{Answer, CUSTOMER, World};
use serde_json::Value;

/// `AccessTokenResponse` requires the first five; the documentation's sample has the others.
const TOKENS: &[&str] = &[
    "access_token",
    "expires_in",
    "refresh_token",
    "token_type",
    "token_use",
    "hub_id",
    "scopes",
    "user_id",
];
/// `PublicAccessTokenInfoResponse`.
const ACCESS_TOKEN_INFO: &[&str] = &[
    "active",
    "app_id",
    "client_id",
    "expires_in",
    "hub_id",
    "is_private_distribution",
    "scopes",
    "signed_access_token",
    "token",
    "token_type",
    "token_use",
    "user_id",
];
/// `PublicRefreshTokenInfoResponse`.
const REFRESH_TOKEN_INFO: &[&str] = &[
    "active",
    "app_id",
    "client_id",
    "hub_id",
    "scopes",
    "token",
    "token_type",
    "token_use",
    "user_id",
];
/// `SignedAccessToken`.
const SIGNED_ACCESS_TOKEN: &[&str] = &[
    "appId",
    "appInstallId",
    "audience",
    "expiresAt",
    "hubId",
    "hublet",
    "installingUserId",
    "isPrivateDistribution",
    "isServiceAccount",
    "isUserLevel",
    "newSignature",
    "scopeToScopeGroupPks",
    "scopes",
    "signature",
    "trialScopeToScopeGroupPks",
    "trialScopes",
    "userId",
];
/// `PublicOwner`.
const OWNER: &[&str] = &["archived", "createdAt", "id", "type", "updatedAt"];
/// `PublicTeam` of an owner.
const OWNERS_TEAM: &[&str] = &["id", "name", "primary"];
/// "Retrieve account details".
const ACCOUNT: &[&str] = &[
    "accountType",
    "additionalCurrencies",
    "companyCurrency",
    "dataHostingLocation",
    "portalId",
    "timeZone",
    "uiDomain",
    "utcOffset",
    "utcOffsetMilliseconds",
];
/// `Error`.
const ERROR: &[&str] = &["category", "correlationId", "message"];

#[tokio::test]
async fn each_answer_has_the_fields_its_operation_requires() {
    let world = World::start().await;
    let issued = world.exchange(&world.code(CUSTOMER)).await;
    requires(&issued.json(), TOKENS);
    let (access, refresh) = (issued.field("access_token"), issued.field("refresh_token"));

    let info = world.token("/introspect", &[("token", &access)]).await;
    requires(&info.json(), ACCESS_TOKEN_INFO);
    requires(&info.json()["signed_access_token"], SIGNED_ACCESS_TOKEN);
    let info = world.token("/introspect", &[("token", &refresh)]).await;
    requires(&info.json(), REFRESH_TOKEN_INFO);

    let owners = world
        .call("GET", "/crm/owners/2026-03", &access)
        .await
        .json();
    for owner in owners["results"].as_array().unwrap() {
        requires(owner, OWNER);
        for team in owner["teams"].as_array().unwrap() {
            requires(team, OWNERS_TEAM);
        }
    }
    let account = world.call("GET", "/account-info/2026-03/details", &access);
    requires(&account.await.json(), ACCOUNT);
}

#[tokio::test]
async fn each_error_of_the_api_has_the_fields_its_schema_requires() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let errors: [(u16, Answer); 7] = [
        (401, world.get("/crm/owners/2026-03").await),
        (
            401,
            world.call("GET", "/crm/owners/2026-03", "nonsense").await,
        ),
        (
            403,
            world
                .call("GET", "/settings/users/2026-03/teams", &tokens.access)
                .await,
        ),
        (
            404,
            world
                .call("GET", "/crm/owners/2026-03/1", &tokens.access)
                .await,
        ),
        (
            400,
            world
                .call("GET", "/crm/owners/2026-03?limit=0", &tokens.access)
                .await,
        ),
        (404, world.get("/no/such/path").await),
        (
            405,
            world
                .call("PUT", "/crm/owners/2026-03", &tokens.access)
                .await,
        ),
    ];
    for (status, error) in errors {
        assert_eq!(error.status, status, "{}", error.text);
        requires(&error.json(), ERROR);
        assert_eq!(error.field("status"), "error");
        let id = error.field("correlationId");
        assert!(uuid::Uuid::parse_str(&id).is_ok(), "{id}");
    }
}

#[tokio::test]
async fn every_answer_of_the_api_carries_the_date_and_the_rate_limit() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;

    let answer = world
        .call("GET", "/crm/owners/2026-03", &tokens.access)
        .await;

    let date = answer.header("date");
    assert!(chrono::DateTime::parse_from_rfc2822(date).is_ok(), "{date}");
    assert_eq!(answer.header("x-hubspot-ratelimit-max"), "110");
    assert_eq!(answer.header("x-hubspot-ratelimit-remaining"), "109");
    assert_eq!(
        answer.header("x-hubspot-ratelimit-interval-milliseconds"),
        "10000"
    );
}

#[track_caller]
fn requires(body: &Value, fields: &[&str]) {
    for field in fields {
        assert!(!body[*field].is_null(), "{field} is missing: {body}");
    }
}
