//! The database stopped, and the database frozen: answers come in time and say 503, and the
//! service goes on by itself when the database does.

use crate::baton_process::{Running, free_address, serve};
use crate::caller_log::{action, caller, insist};
use crate::machine::{DEADLINE, STOP, shared, until_ready};
use crate::private_postgres::PrivatePostgres;
use crate::world::client;
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

/// An answer comes after 2.5 s at the latest, and what a busy machine adds.
const WITHIN: Duration = Duration::from_secs(10);

/// Every action is refused in time, and the probes tell it apart.
async fn answers_503(url: &str, first: i64) {
    let caller = caller(url);
    let requests: Vec<_> = (first..first + 12).map(|n| action(n % 5, n, 0)).collect();
    for answer in join_all(requests.iter().map(|request| caller.call(request))).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 503);
        assert!(answer.took < WITHIN, "{:?}", answer.took);
    }
    let (live, _) = probe(url, "livez").await;
    let (ready, why) = probe(url, "readyz").await;
    assert_eq!(live, 200);
    assert_eq!(ready, 503);
    assert!(why.contains("the database is not available"), "{why}");
}

async fn probe(url: &str, name: &str) -> (u16, String) {
    let began = Instant::now();
    let response = client().get(format!("{url}/{name}")).send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    assert!(began.elapsed() < WITHIN, "{name}: {:?}", began.elapsed());
    (status, body)
}

async fn answers_again(url: &str, n: i64) -> Duration {
    let began = Instant::now();
    insist(&caller(url), &action(0, n, 0), DEADLINE).await;
    let took = began.elapsed();
    assert!(took < WITHIN, "{took:?}");
    until_ready(url).await;
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_is_answered_503_and_its_return_is_noticed() {
    let _machine = shared().await;
    let mut postgres = PrivatePostgres::start();
    let (_server, url) = Running::start(serve(&postgres.url(), &free_address())).unwrap();
    insist(&caller(&url), &action(0, 1, 0), DEADLINE).await;

    postgres.stop();
    answers_503(&url, 10).await;
    tokio::task::block_in_place(|| postgres.start_again());
    let took = answers_again(&url, 2).await;

    println!("answers {took:.1?} after the database is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_is_answered_503_and_its_return_is_noticed() {
    let _machine = shared().await;
    let postgres = PrivatePostgres::start();
    let (_server, url) = Running::start(serve(&postgres.url(), &free_address())).unwrap();
    let mut strict = serve(&postgres.url(), &free_address());
    strict.env_remove("BATON_ALLOWED_PORTALS");
    let (_strict, strict_url) = Running::start(strict).unwrap();
    insist(&caller(&url), &action(0, 1, 0), DEADLINE).await;
    until_ready(&strict_url).await;

    let frozen = postgres.freeze();
    let also_by_one_that_asks_for_the_portal = answers_503(&strict_url, 30);
    tokio::join!(answers_503(&url, 10), also_by_one_that_asks_for_the_portal);
    drop(frozen);
    let took = answers_again(&url, 2).await;

    println!("answers {took:.1?} after the database goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_database_is_frozen_ends_when_it_is_told_to() {
    let _machine = shared().await;
    let postgres = PrivatePostgres::start();
    let (mut server, url) = Running::start(serve(&postgres.url(), &free_address())).unwrap();
    insist(&caller(&url), &action(0, 1, 0), DEADLINE).await;

    let _frozen = postgres.freeze();
    answers_503(&url, 10).await;
    let began = Instant::now();
    server.signal(Signal::SIGTERM);
    let status = tokio::task::block_in_place(|| server.ends_within(STOP));

    println!(
        "ends {:.1?} after SIGTERM, database frozen",
        began.elapsed()
    );
    assert!(status.success(), "{status}");
}
