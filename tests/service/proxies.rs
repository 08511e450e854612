//! Behind a proxy: HubSpot signs for the public URL, and the service sees another address.

use crate::world::{SECRET, Setup, THREAD, TICKET, World, request};
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::action_request::Enrolled;
use baton::simulator::caller::{Caller, Target};
use baton::simulator::signing::Versions;
use secrecy::SecretString;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A stop that waits for connections does so for 12 s.
const WITHOUT_A_DRAIN: Duration = Duration::from_secs(11);
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

/// Asks once over a connection that is kept. Gives back the first line of the answer.
async fn ask(connection: &mut TcpStream) -> String {
    let request = b"GET /livez HTTP/1.1\r\nhost: baton\r\n\r\n";
    connection.write_all(request).await.unwrap();
    let mut answer = vec![0; 4_096];
    let length = connection.read(&mut answer).await.unwrap();
    answer.truncate(length);
    let answer = String::from_utf8(answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

/// A request that is on its way when its connection is ended has no answer, or one that says it was
/// too slow. Proxies keep theirs for a minute; many servers end one after five seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_a_proxy_keeps_is_ended_by_stopping_and_not_before_a_request() {
    let world = World::start().await;
    let address = world.service.address;
    let mut opened_early = TcpStream::connect(address).await.unwrap();
    let mut kept = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut kept).await, "HTTP/1.1 200 OK");

    let mut byte = [0];
    let ended = timeout(Duration::from_secs(7), kept.read(&mut byte)).await;
    assert!(ended.is_err(), "{ended:?}");
    assert_eq!(ask(&mut kept).await, "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut opened_early).await, "HTTP/1.1 200 OK");

    let stopped = timeout(WITHOUT_A_DRAIN, world.service.stop()).await;
    assert!(stopped.is_ok(), "an idle connection keeps a stop waiting");
}
