//! Behind a proxy: HubSpot signs for the public URL, and the service sees another address.

use crate::world::{SECRET, Setup, THREAD, TICKET, World, request};
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::action_request::Enrolled;
use baton::simulator::caller::{Caller, Target};
use baton::simulator::signing::Versions;
use secrecy::SecretString;

const PUBLIC_URL: &str = "https://baton.example:8443/support";

async fn world() -> World {
    let setup = Setup {
        public_url: Some(PUBLIC_URL),
        ..Setup::default()
    };
    World::start_with(setup).await
}

/// Calls as a proxy passes it on: signed for one URL, sent to another.
async fn status(signed: &str, sent: &str) -> u16 {
    let caller = Caller::new(Target {
        base_url: sent.to_owned(),
        signed_base_url: signed.to_owned(),
        secret: SecretString::from(SECRET),
        versions: Versions::Both,
    });
    let pause = request(PauseAi, Enrolled::Ticket(TICKET, Some(THREAD)), &[]);
    caller.unwrap().call(&pause).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_strip_the_public_urls_prefix_or_pass_it_on() {
    let world = world().await;

    let stripped = status(PUBLIC_URL, &world.url).await;
    let passed_on = status(PUBLIC_URL, &format!("{}/support", world.url)).await;

    assert_eq!((stripped, passed_on), (200, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_for_the_inner_address_is_refused() {
    let world = world().await;

    let for_inner = status(&world.url, &world.url).await;
    let for_another_prefix = status("https://baton.example:8443/sales", &world.url).await;
    let unknown_prefix = status(PUBLIC_URL, &format!("{}/sales", world.url)).await;

    assert_eq!(
        (for_inner, for_another_prefix, unknown_prefix),
        (401, 401, 404)
    );
}
