//! Asked to stop, and killed: what was accepted is answered, what was answered is there, and no
//! process is left.

use crate::baton_process::{ENCRYPTION_KEY, Running, SECRET, baton, demo, free_address, serve};
use crate::caller_log::{Acknowledged, acknowledged, action, caller, scrambled};
use crate::checker::{complaints, nobody_was_told_of};
use crate::machine::{DEADLINE, STOP, alone, eventually, shared};
use crate::private_postgres::{PrivatePostgres, children_of, has_ended, place, servers_below};
use crate::world::client;
use baton::simulator::caller::CallError;
use diesel::prelude::*;
use nix::sys::signal::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const CALLERS: i64 = 64;

/// What one caller was told.
#[derive(Default)]
struct Told {
    log: Vec<Acknowledged>,
    /// The callback id of a call that was answered 503. It may have happened all the same: a busy
    /// machine takes longer to decide than an answer may take.
    refused: Option<String>,
    /// Calls that broke off.
    broken: usize,
}

/// Calls until it is refused.
async fn call(number: i64, url: String, answered: Arc<AtomicUsize>) -> Told {
    let caller = caller(&url);
    let mut told = Told::default();
    for turn in 0.. {
        let seed = scrambled((number * 100_000 + turn) as u64);
        let request = action((seed / 7 % 50) as i64, number * 100_000 + turn + 1, seed);
        match caller.call(&request).await {
            Ok(answer) if answer.status == 200 => {
                answered.fetch_add(1, Ordering::SeqCst);
                told.log.push(acknowledged(&request, answer, 0));
            }
            Ok(answer) => {
                assert_eq!(answer.status, 503);
                told.refused = Some(request.callback_id());
                break;
            }
            Err(CallError::NobodyAnswers { .. }) => break,
            Err(_) => {
                told.broken += 1;
                break;
            }
        }
    }
    told
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
    let (mut logs, mut refused, mut broken) = (Vec::new(), Vec::new(), 0);
    for caller in callers {
        let told = caller.await.unwrap();
        logs.push(told.log);
        refused.extend(told.refused);
        broken += told.broken;
    }

    println!(
        "stopped in {took:.1?} under {CALLERS} callers, {} answered, {broken} calls broke off",
        logs.iter().flatten().count()
    );
    assert!(status.success(), "{status}");
    // Nobody was left without the answer to what is in the database either, but with 503 perhaps.
    let conn = &mut PgConnection::establish(&postgres.url()).unwrap();
    let mut complaints = complaints(conn, &logs);
    complaints.retain(|said| !refused.iter().any(|id| *said == nobody_was_told_of(id)));
    assert_eq!(complaints, Vec::<String>::new());
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
