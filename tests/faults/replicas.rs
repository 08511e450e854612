//! Two services on one database: they decide for the same conversations at the same time.

use crate::baton_process::{Running, free_address, serve};
use crate::caller_log::{action, insist, scrambled};
use crate::checker::complaints;
use crate::machine::{DEADLINE, shared, until_ready};
use crate::world::{AI_KEY, PORTAL, Setup, THREAD, World, server, url_of};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CALLERS: u64 = 64;
const TURNS: u64 = 25;
const CONVERSATIONS: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_few_conversations_lose_nothing_and_agree() {
    let _machine = shared().await;
    let one = World::start().await;
    let other = World::start_on(one.database_url.clone(), Setup::default()).await;
    let hubspot = [Arc::new(one.hubspot()), Arc::new(other.hubspot())];
    let began = Instant::now();

    let callers = (0..CALLERS).map(|number| {
        let hubspot = hubspot.clone();
        tokio::spawn(async move {
            let mut log = Vec::new();
            let mut slowest = Duration::ZERO;
            for turn in 0..TURNS {
                let seed = scrambled(number * TURNS + turn);
                let place = i64::try_from(seed / 7 % CONVERSATIONS).unwrap();
                let enrollment = i64::try_from(number * TURNS + turn + 1).unwrap();
                let request = action(place, enrollment, seed);
                let replica = &hubspot[usize::try_from(seed / 64 % 2).unwrap()];
                let called = Instant::now();
                log.push(insist(replica, &request, DEADLINE).await);
                slowest = slowest.max(called.elapsed());
            }
            (log, slowest)
        })
    });
    let (mut logs, mut slowest) = (Vec::new(), Duration::ZERO);
    for caller in callers.collect::<Vec<_>>() {
        let (log, took) = caller.await.unwrap();
        logs.push(log);
        slowest = slowest.max(took);
    }
    let took = began.elapsed();

    println!(
        "{} actions on {CONVERSATIONS} conversations by two replicas in {took:.1?}, slowest {slowest:.1?}",
        CALLERS * TURNS
    );
    assert_eq!(complaints(&mut one.sql(), &logs), Vec::<String>::new());
    for place in 0..CONVERSATIONS {
        let path = format!(
            "/v1/portals/{PORTAL}/conversations/{}",
            THREAD.0 + place as i64
        );
        let mut shown = Vec::new();
        for replica in [&one, &other] {
            let (status, mut body) = replica.get(AI_KEY, &path).await;
            assert_eq!(status, 200);
            body.as_object_mut().unwrap().remove("checked_at").unwrap();
            shown.push(body);
        }
        assert_eq!(shown[0], shown[1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_action_at_both_replicas_at_once_happens_once() {
    let _machine = shared().await;
    let one = World::start().await;
    let other = World::start_on(one.database_url.clone(), Setup::default()).await;
    let (first, second) = (one.hubspot(), other.hubspot());
    let mut log = Vec::new();

    for n in 1..=50 {
        let request = action(n % 3, n, scrambled(n as u64));
        let (here, there) = tokio::join!(
            insist(&first, &request, DEADLINE),
            insist(&second, &request, DEADLINE)
        );
        assert_eq!(here.bytes, there.bytes, "two answers to one action");
        log.push(here);
    }

    assert_eq!(complaints(&mut one.sql(), &[log]), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_may_start_at_once_on_an_empty_database() {
    let _machine = shared().await;
    let mut conn = PgConnection::establish(&url_of(server(), "baton")).unwrap();
    conn.batch_execute("CREATE DATABASE empty_at_first")
        .unwrap();
    let url = url_of(server(), "empty_at_first");

    let starting: Vec<_> = (0..3)
        .map(|_| {
            let url = url.clone();
            std::thread::spawn(move || Running::start(serve(&url, &free_address())))
        })
        .collect();

    for one in starting {
        let (_running, url) = tokio::task::block_in_place(|| one.join().unwrap()).unwrap();
        until_ready(&url).await;
    }
}
