//! The wall between portals (I7): what a key may not see answers exactly like what does not exist.

use crate::wire::{Response, send};
use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, Setup, THREAD, TICKET, World, client, request};
use baton::domain::ids::PortalId;
use baton::service::allow_portal::AllowedPortals;
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::store::portals;
use reqwest::Method;

/// Connected, and full of rows, but not the AI key's.
const OTHER: PortalId = PortalId(50_002);
/// Nobody's.
const NONE: PortalId = PortalId(59_999);

/// Every route below a portal, with a method and a body it would take.
fn routes(portal: PortalId) -> Vec<(Method, String, &'static str)> {
    let conversation = format!("/v1/portals/{portal}/conversations/{THREAD}");
    let ticket = format!("/v1/portals/{portal}/tickets/{TICKET}");
    let mut routes = vec![
        (Method::GET, conversation.clone(), ""),
        (Method::GET, format!("{conversation}/decisions"), ""),
        (
            Method::GET,
            format!("{conversation}/decisions?limit=1&cursor=2"),
            "",
        ),
        (
            Method::GET,
            format!("{conversation}/decisions?cursor=wrong"),
            "",
        ),
        (Method::GET, ticket.clone(), ""),
        (Method::GET, format!("{ticket}/decisions"), ""),
        (Method::GET, format!("{ticket}/decisions?limit=x"), ""),
        (Method::DELETE, conversation.clone(), ""),
        (Method::GET, format!("{conversation}/unknown"), ""),
        (
            Method::GET,
            format!("/v1/portals/{portal}/conversations/x"),
            "",
        ),
    ];
    let whole = format!("/v1/portals/{portal}");
    routes.extend([
        (Method::GET, whole.clone(), ""),
        (Method::GET, format!("{whole}/settings"), ""),
        (Method::PATCH, format!("{whole}/settings"), "{}"),
        (Method::PATCH, format!("{whole}/settings"), "not json"),
        (
            Method::PUT,
            format!("{whole}/ai-enabled"),
            "{\"enabled\":false}",
        ),
        (
            Method::PUT,
            format!("{whole}/ai-sender"),
            "{\"user_id\":\"1\"}",
        ),
        (Method::DELETE, format!("{whole}/connection"), ""),
        (
            Method::PUT,
            format!("{whole}/connection"),
            "{\"by\":\"private_app\"}",
        ),
        (Method::DELETE, whole, ""),
    ]);
    for action in [
        "pause", "resume", "send", "handoff", "lock", "unlock", "unknown",
    ] {
        for body in [
            "",
            "{}",
            "{\"duration\": \"2h\"}",
            "not json",
            "{\"note\": \"\\u0000\"}",
        ] {
            routes.push((Method::POST, format!("{conversation}/{action}"), body));
        }
    }
    routes
}

async fn ask(world: &World, key: &str, route: &(Method, String, &'static str)) -> Response {
    let (method, path, body) = route;
    let request = client().request(method.clone(), format!("{}{path}", world.url));
    send(request.bearer_auth(key).body(*body)).await
}

async fn with_two_portals(setup: Setup) -> World {
    let world = World::start_with(setup).await;
    portals::connect(&mut world.sql(), OTHER, Some(61_000_010)).unwrap();
    let pause = request(PauseAi, Enrolled::Ticket(TICKET, Some(THREAD)), &[]);
    let answer = world
        .insist(&ActionRequest {
            portal: OTHER,
            ..pause
        })
        .await;
    assert_eq!(answer.status, 200);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_of_others_answers_as_one_that_does_not_exist_on_every_route() {
    let listed = AllowedPortals::Listed([PORTAL, OTHER].into());
    for allowed in [AllowedPortals::Connected, listed, AllowedPortals::Any] {
        let setup = Setup {
            allowed: allowed.clone(),
            ..Setup::default()
        };
        let world = with_two_portals(setup).await;
        let rows = world.row_counts();
        for (others, nobodys) in routes(OTHER).iter().zip(&routes(NONE)) {
            let seen = ask(&world, AI_KEY, others).await;
            let absent = ask(&world, AI_KEY, nobodys).await;

            assert_eq!(
                seen.but_request_id(),
                absent.but_request_id(),
                "{allowed:?} {others:?}"
            );
            assert!([400, 404, 405].contains(&seen.status), "{others:?}");
            seen.error();
        }
        assert_eq!(
            world.row_counts(),
            rows,
            "and nothing was changed behind it"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_all_portals_sees_those_that_are_served_and_no_others() {
    let world = with_two_portals(Setup::default()).await;

    let served = ask(&world, ADMIN_KEY, &routes(OTHER)[0]).await;
    let unserved = ask(&world, ADMIN_KEY, &routes(NONE)[0]).await;

    assert_eq!(
        (served.status, &served.json()["state"]),
        (200, &"ai_paused".into())
    );
    assert_eq!(
        (unserved.status, unserved.error_code().as_str()),
        (404, "not_found")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_conversation_of_a_visible_portal_is_there_in_version_0() {
    let world = with_two_portals(Setup::default()).await;

    let answer = world.read("/v1/portals/50001/conversations/424242").await;

    let shown = answer.json();
    assert_eq!((answer.status, &shown["control_version"]), (200, &0.into()));
    assert_eq!(shown["state"], "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_portal_decides_another_with_the_same_ids_does_not_see() {
    let world = with_two_portals(Setup::default()).await;

    let own = world.conversation().await;
    let timeline = world
        .read("/v1/portals/50001/tickets/15384000001/decisions")
        .await;

    assert_eq!(
        (&own["state"], &own["control_version"]),
        (&"ai_active".into(), &0.into())
    );
    assert_eq!(timeline.json()["decisions"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_not_served_gets_403_and_leaves_nothing() {
    let world = World::start().await;
    let pause = request(PauseAi, Enrolled::Ticket(TICKET, Some(THREAD)), &[]);

    let answer = world
        .signed(
            PauseAi,
            ActionRequest {
                portal: NONE,
                ..pause
            }
            .body(),
        )
        .await;

    assert_eq!(
        (answer.status, answer.error_code().as_str()),
        (403, "portal_not_allowed")
    );
    let counts = world.row_counts();
    assert_eq!(
        (counts.tickets, counts.decisions, counts.receipts),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_serves_exactly_its_portals() {
    let allowed = AllowedPortals::Listed([OTHER].into());
    let world = World::start_with(Setup {
        allowed,
        ..Setup::default()
    })
    .await;
    let pause = request(PauseAi, Enrolled::Ticket(TICKET, Some(THREAD)), &[]);

    let unlisted = world.insist(&pause).await;
    let listed = world
        .insist(&ActionRequest {
            portal: OTHER,
            ..pause
        })
        .await;

    assert_eq!(
        (unlisted.status, listed.status),
        (403, 200),
        "connected, but not in the list"
    );
}
