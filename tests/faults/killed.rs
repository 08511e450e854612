//! The server killed five times and its database twice, in the middle of work: every action that
//! was acknowledged is there, once.

use crate::baton_process::{Running, free_address, serve};
use crate::caller_log::{Acknowledged, action, caller, insist, scrambled};
use crate::checker::complaints;
use crate::machine::{DEADLINE, alone, eventually};
use crate::private_postgres::PrivatePostgres;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use nix::sys::signal::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Raise it for a longer run: the kills are spread over the whole.
const ACTIONS: usize = 2_400;
const ACTIONS_A_SECOND: usize = 300;
const CALLERS: usize = 30;
const TICKETS: u64 = 40;
const SERVER_KILLS: usize = 5;
const DATABASE_KILLS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_after_any_kill() {
    let _machine = alone().await;
    let postgres = PrivatePostgres::start();
    let address = free_address();
    let answered = Arc::new(AtomicUsize::new(0));
    let mut server = start(&postgres, &address);
    let began = Instant::now();

    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(call(number, address.clone(), Arc::clone(&answered))))
        .collect();
    let steps = SERVER_KILLS + DATABASE_KILLS;
    let mut slowest = Duration::ZERO;
    for step in 1..=steps {
        let so_far = ACTIONS * step / (steps + 1);
        let is_done = || answered.load(Ordering::SeqCst) >= so_far;
        while !is_done() {
            assert!(began.elapsed() < 4 * DEADLINE, "too slow");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let killed_at = Instant::now();
        if step % 3 == 0 {
            let pid = postgres.pid().unwrap();
            crate::baton_process::send(pid, Signal::SIGKILL);
            tokio::task::block_in_place(|| {
                eventually("another server process", || {
                    postgres.pid().is_some_and(|other| other != pid)
                });
            });
        } else {
            server.sigkill();
            server = tokio::task::block_in_place(|| start(&postgres, &address));
        }
        let so_far = answered.load(Ordering::SeqCst) + 1;
        while answered.load(Ordering::SeqCst) < so_far {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        slowest = slowest.max(killed_at.elapsed());
    }
    let mut logs = Vec::new();
    for caller in callers {
        logs.push(caller.await.unwrap());
    }
    let took = began.elapsed();
    drop(server);

    let again: u32 = logs.iter().flatten().map(|told| told.unanswered).sum();
    println!(
        "{ACTIONS} actions in {took:.1?}, sent again {again} times; slowest recovery {slowest:.2?}"
    );
    assert_eq!(logs.iter().flatten().count(), ACTIONS);
    assert!(again > 0, "no kill was noticed");
    let conn = &mut PgConnection::establish(&postgres.url()).unwrap();
    assert_eq!(complaints(conn, &logs), Vec::<String>::new());
    the_checker_can_fail(conn, &logs);
}

/// Each caller has the machine's clock, not the answers, as its measure: it is behind after a kill
/// and catches up.
async fn call(number: usize, address: String, answered: Arc<AtomicUsize>) -> Vec<Acknowledged> {
    let caller = caller(&format!("http://{address}"));
    let mut log = Vec::new();
    let began = Instant::now();
    for turn in 0..ACTIONS / CALLERS {
        let place = turn * CALLERS + number;
        let due = Duration::from_micros((place * 1_000_000 / ACTIONS_A_SECOND) as u64);
        tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
        let seed = scrambled(place as u64);
        let ticket = i64::try_from(seed / 7 % TICKETS).unwrap();
        let request = action(ticket, place as i64 + 1, seed);
        let told = insist(&caller, &request, DEADLINE).await;
        answered.fetch_add(1, Ordering::SeqCst);
        if seed.is_multiple_of(16) {
            let again = insist(&caller, &request, DEADLINE).await;
            assert_eq!(again.bytes, told.bytes, "a repeat got another answer");
        }
        log.push(told);
    }
    log
}

/// The database may have been killed just now, so that the server does not start at once.
fn start(postgres: &PrivatePostgres, address: &str) -> Running {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match Running::start(serve(&postgres.url(), address)) {
            Ok((running, _)) => return running,
            Err(reason) => {
                let is_database = reason.contains("database") && Instant::now() < deadline;
                assert!(is_database, "{reason}");
            }
        }
    }
}

fn the_checker_can_fail(conn: &mut PgConnection, logs: &[Vec<Acknowledged>]) {
    let faults = [
        "DELETE FROM action_receipts WHERE key = (SELECT min(key) FROM action_receipts)",
        "UPDATE action_receipts SET answer = answer || ' ' \
         WHERE key = (SELECT min(key) FROM action_receipts)",
        "DELETE FROM decisions d USING conversations c WHERE d.subject = 'thread' \
         AND (d.subject_id, d.position) = (c.thread_id, c.position) AND c.thread_id = 7001",
        "DELETE FROM outbox WHERE event_type = 'control.changed' AND control_version = 2",
        "UPDATE conversations SET position = position + 1, control_version = control_version + 1 \
         WHERE thread_id = 7001",
        "DROP INDEX decisions_versions; UPDATE decisions SET control_version = 1 \
         WHERE changed AND control_version = 2 AND subject_id = 7001",
        "UPDATE decisions SET position = position + 100000 WHERE position = 2 AND subject_id = 7001",
        "UPDATE decisions SET decision_id = gen_random_uuid() \
         WHERE position = 2 AND subject_id = 7001",
        "UPDATE conversations SET holds = '[{}]' WHERE thread_id = 7001",
    ];
    for fault in faults {
        conn.batch_execute(&format!("BEGIN; {fault}")).unwrap();
        let found = complaints(conn, logs);
        conn.batch_execute("ROLLBACK").unwrap();
        assert!(!found.is_empty(), "not noticed: {fault}");
    }
    let mut logs = logs.to_vec();
    let swapped = logs.iter_mut().find(|log| log.len() > 1).unwrap();
    let one_ticket = swapped[0].ticket;
    swapped.retain(|told| told.ticket == one_ticket);
    swapped.reverse();
    swapped.push(swapped[0].clone());
    assert!(!complaints(conn, &logs).is_empty(), "order is not noticed");
}
