//! Asked to stop, and killed: what was accepted is answered, what was answered is there, and no
//! process is left.

use crate::baton_process::{ENCRYPTION_KEY, Running, SECRET, baton, demo, free_address, serve};
use crate::caller_log::{Acknowledged, acknowledged, action, caller, scrambled};
use crate::checker::complaints;
use crate::machine::{DEADLINE, alone, eventually, shared};
use crate::private_postgres::{PrivatePostgres, children_of, has_ended, place, servers_below};
use crate::world::client;
use baton::simulator::caller::CallError;
use diesel::prelude::*;
use nix::sys::signal::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CALLERS: i64 = 64;
const STOP: Duration = Duration::from_secs(25);

/// Calls until it is refused; what it was told, and how often a call broke off.
async fn call(number: i64, url: String, answered: Arc<AtomicUsize>) -> (Vec<Acknowledged>, usize) {
    let caller = caller(&url);
    let (mut log, mut broken) = (Vec::new(), 0);
    for turn in 0.. {
        let seed = scrambled((number * 100_000 + turn) as u64);
        let request = action((seed / 7 % 50) as i64, number * 100_000 + turn + 1, seed);
        match caller.call(&request).await {
            Ok(answer) if answer.status == 200 => {
                answered.fetch_add(1, Ordering::SeqCst);
                log.push(acknowledged(&request, answer, 0));
            }
            Ok(answer) => {
                assert_eq!(answer.status, 503);
                break;
            }
            Err(CallError::NobodyAnswers { .. }) => break,
            Err(_) => {
                broken += 1;
                break;
            }
        }
    }
    (log, broken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_answers_what_it_accepted_and_keeps_what_it_answered() {
    let _machine = alone().await;
    let postgres = PrivatePostgres::start();
    let (mut server, url) = Running::start(serve(&postgres.url(), &free_address())).unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(call(number, url.clone(), Arc::clone(&answered))))
        .collect();
    tokio::task::block_in_place(|| {
        eventually("it is under load", || answered.load(Ordering::SeqCst) > 500);
    });

    let began = Instant::now();
    server.signal(Signal::SIGTERM);
    let status = tokio::task::block_in_place(|| server.ends_within(STOP));
    let took = began.elapsed();
    let (mut logs, mut broken) = (Vec::new(), 0);
    for caller in callers {
        let (log, broke) = caller.await.unwrap();
        logs.push(log);
        broken += broke;
    }

    println!(
        "stopped in {took:.1?} under {CALLERS} callers, {} answered, {broken} calls broke off",
        logs.iter().flatten().count()
    );
    assert!(status.success(), "{status}");
    // Nobody was left without the answer to what is in the database either.
    let conn = &mut PgConnection::establish(&postgres.url()).unwrap();
    assert_eq!(complaints(conn, &logs), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_with_a_private_database_leaves_no_process_when_stopped() {
    let _machine = shared().await;
    let place = place();
    let mut command = baton(&["serve"]);
    command
        .env("BATON_DATA_DIR", place.path())
        .env("BATON_LISTEN", free_address())
        .env("HUBSPOT_CLIENT_SECRET", SECRET)
        .env("BATON_ENCRYPTION_KEYS", ENCRYPTION_KEY);
    let (mut server, _) = Running::start(command).unwrap();
    let children = children_of(server.pid());
    assert!(!children.is_empty(), "no private server");

    server.signal(Signal::SIGTERM);
    let status = tokio::task::block_in_place(|| server.ends_within(STOP));

    assert!(status.success(), "{status}");
    assert!(children.iter().all(|pid| has_ended(*pid)));
    assert_eq!(servers_below(place.path()), Vec::<u32>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_ends_with_ctrl_c_and_keeps_its_data_when_killed() {
    let _machine = shared().await;
    let place = place();
    let (mut first, _) = Running::start(demo(place.path())).unwrap();
    first.printed("stop with Ctrl-C");
    first.signal(Signal::SIGINT);
    let status = tokio::task::block_in_place(|| first.ends_within(STOP));
    assert!(status.success(), "{status}");
    assert_eq!(servers_below(place.path()), Vec::<u32>::new());

    let (second, _) = Running::start(demo(place.path())).unwrap();
    second.printed("ran on ticket 15384000002");
    second.printed("stop with Ctrl-C");
    second.sigkill();
    tokio::task::block_in_place(|| {
        eventually("the killed demo's server ends", || {
            servers_below(place.path()).is_empty()
        });
    });

    let (third, url) = Running::start(demo(place.path())).unwrap();
    third.printed("stop with Ctrl-C");
    let path = "v1/portals/50001/conversations/7001/decisions";
    let asked = client()
        .get(format!("{url}/{path}"))
        .bearer_auth("demo-api-key-not-for-production");
    let timeline = asked.send().await.unwrap().text().await.unwrap();
    assert!(timeline.contains("VIP customer"), "{timeline}");
    assert!(timeline.contains("request_handoff"), "{timeline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_started_again_while_its_killed_forerunner_still_ends_waits_and_works() {
    let _machine = shared().await;
    let place = place();
    let (first, _) = Running::start(demo(place.path())).unwrap();
    first.printed("stop with Ctrl-C");

    first.sigkill();
    let began = Instant::now();
    let (mut second, _) = Running::start(demo(place.path())).unwrap();
    second.printed("ran on ticket 15384000002");

    println!("started again {:.1?} after a kill", began.elapsed());
    assert!(began.elapsed() < DEADLINE);
    assert!(!second.has_ended());
}
