//! Two replicas with 32 callers each at a token that has run out, a hundred times over: HubSpot
//! takes up to five seconds (on a clock twice as fast), and sometimes the replica that asks
//! dies while it waits.

use crate::endpoint::FIRST;
use crate::portal::{Portal, client, keyring, text};
use crate::world::PORTAL;
use baton::service::access_token::{AccessTokens, Options, Token, TokenError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

const LANES: u32 = 5;
const ROUNDS: u32 = 20;
const CALLERS: usize = 32;
/// Every sixth round the replica that asks is killed.
const KILLED_EVERY: u32 = 6;
/// How much faster than real the clock is: HubSpot's slowest answer stays one and a half seconds
/// below the limit of a call, also on a busy machine.
const FASTER: u32 = 2;

/// The usual limits on the faster clock.
fn options() -> Options {
    Options {
        lease: Options::USUAL.lease / FASTER,
        wait_at_most: Options::USUAL.wait_at_most / FASTER,
        poll: Options::USUAL.poll / FASTER,
        cool_down: Options::USUAL.cool_down / FASTER,
    }
}

/// A replica: a runtime of its own, which dies as a whole.
struct Replica {
    name: &'static str,
    runtime: Runtime,
    tokens: Arc<AccessTokens>,
}

impl Replica {
    fn start(portal: &Portal, name: &'static str) -> Self {
        let limit = baton::hubspot::oauth::client::OAuthClient::TIMEOUT / FASTER;
        let app = client(&portal.endpoint, name, limit);
        let tokens = portal.replica(keyring(&[("k1", 1)]), Some(app), options());
        Self {
            name,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            tokens: Arc::new(tokens),
        }
    }

    fn callers(&self) -> Vec<JoinHandle<Result<Token, TokenError>>> {
        (0..CALLERS)
            .map(|_| {
                let tokens = Arc::clone(&self.tokens);
                self.runtime.spawn(async move { ask(&tokens).await })
            })
            .collect()
    }
}

/// A caller tries again if the database of a busy machine has no connection to spare.
async fn ask(tokens: &AccessTokens) -> Result<Token, TokenError> {
    loop {
        match tokens.token_for(PORTAL).await {
            Err(TokenError::Store(error)) if error.is_transient() => {}
            answer => return answer,
        }
    }
}

#[derive(Default)]
struct Tally {
    rounds: u32,
    killed: u32,
    exchanged_twice: u32,
    tokens: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_per_generation_however_many_ask_and_whoever_dies() {
    let lanes = (0..LANES).map(|lane| tokio::spawn(run_lane(lane)));
    let mut sum = Tally::default();
    for lane in lanes.collect::<Vec<_>>() {
        let tally = lane.await.unwrap();
        sum.rounds += tally.rounds;
        sum.killed += tally.killed;
        sum.exchanged_twice += tally.exchanged_twice;
        sum.tokens += tally.tokens;
    }
    println!(
        "{} rounds, {} tokens given out; {} replicas killed, {} of these generations exchanged twice",
        sum.rounds, sum.tokens, sum.killed, sum.exchanged_twice
    );
    assert_eq!(sum.rounds, 100);
    assert!(sum.exchanged_twice <= sum.killed);
}

async fn run_lane(lane: u32) -> Tally {
    let portal = Portal::new();
    let mut tally = Tally::default();
    for round in 0..ROUNDS {
        run_round(&portal, lane + round * LANES, &mut tally).await;
    }
    tally
}

async fn run_round(portal: &Portal, number: u32, tally: &mut Tally) {
    portal.run_out();
    let before = portal.row().generation;
    let refresh_token = portal.refresh_token();
    let seen = portal.endpoint.seen().len();
    // 0 to 5 s, in another order each time.
    let delay = Duration::from_millis(u64::from(number * 5 % 11) * 500) / FASTER;
    portal.endpoint.delay(delay);
    let is_killed = number.is_multiple_of(KILLED_EVERY) && !delay.is_zero();

    let replicas = [Replica::start(portal, "one"), Replica::start(portal, "two")];
    let callers: Vec<_> = replicas.iter().map(Replica::callers).collect();
    let mut dead = None;
    let [one, two] = replicas;
    let mut alive = vec![one, two];
    if is_killed {
        portal.endpoint.until_called(seen + 1).await;
        let winner = portal.endpoint.seen()[seen].form["client_id"].clone();
        tokio::time::sleep(delay / 2).await;
        let place = alive.iter().position(|replica| replica.name == winner);
        let killed = alive.remove(place.unwrap());
        dead = Some(killed.name);
        killed.runtime.shutdown_background();
    }
    let mut given = Vec::new();
    for (name, callers) in ["one", "two"].into_iter().zip(callers) {
        for caller in callers {
            match caller.await {
                Ok(token) => given.push(token.unwrap_or_else(|error| {
                    panic!("round {number}: a caller of replica {name} got: {error}")
                })),
                Err(error) => assert!(dead == Some(name), "round {number}: {error}"),
            }
        }
    }
    for replica in alive {
        replica.runtime.shutdown_background();
    }

    let alive_callers = CALLERS * if is_killed { 1 } else { 2 };
    assert!(
        given.len() >= alive_callers,
        "round {number}: {}",
        given.len()
    );
    // What HubSpot did with the refresh token of this generation.
    let all = portal.endpoint.seen();
    let calls = &all[seen..];
    let issued: Vec<u32> = calls.iter().filter_map(|call| call.issued).collect();
    assert!(
        calls
            .iter()
            .all(|call| call.form["refresh_token"] == refresh_token),
        "round {number}: another refresh token was sent"
    );
    let most = if is_killed { 2 } else { 1 };
    assert!(
        (1..=most).contains(&calls.len()) && !issued.is_empty(),
        "round {number}: {} calls",
        calls.len()
    );
    // Everybody has the one new token, and what is stored is what HubSpot takes next.
    let texts: BTreeSet<&str> = given.iter().map(text).collect();
    let generations: BTreeSet<i64> = given.iter().map(|token| token.generation).collect();
    assert_eq!(generations, [before + 1].into(), "round {number}");
    assert_eq!(texts.len(), 1, "round {number}: {texts:?}");
    let stored = portal.refresh_token();
    assert_ne!(stored, FIRST);
    assert!(
        portal.endpoint.takes(&stored),
        "round {number}: {stored} is lost"
    );
    let last = calls.last().unwrap().issued.unwrap();
    assert_eq!(stored, format!("refresh-{last}"), "round {number}");
    assert_eq!(texts, [format!("access-{last}").as_str()].into());
    tally.rounds += 1;
    tally.killed += u32::from(is_killed);
    tally.exchanged_twice += u32::from(issued.len() == 2);
    tally.tokens += given.len();
}
