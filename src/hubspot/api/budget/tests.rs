//! The budget under a simulated clock: shares, order, the window, closures, a clock set back.

use super::*;

const WINDOW: i64 = 10_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + millis)
}

/// Queues this many calls and says which were let through.
fn ask(budget: &mut Budget, lane: Lane, count: usize, now: Timestamp) -> Vec<Ticket> {
    let tickets: Vec<Ticket> = (0..count).map(|_| budget.queue(lane)).collect();
    budget.admit(now);
    tickets
        .into_iter()
        .filter(|ticket| budget.is_admitted(*ticket))
        .collect()
}

fn answer(budget: &mut Budget, tickets: Vec<Ticket>, now: Timestamp) {
    for ticket in tickets {
        budget.leave(ticket, now);
    }
}

#[test]
fn no_window_ever_holds_more_calls_than_are_allowed() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    // When HubSpot may have counted each call: anywhere from sending to answering.
    let mut sent: Vec<(i64, i64)> = Vec::new();
    let mut under_way: Vec<(i64, Ticket, i64)> = Vec::new();
    for tick in 0..6_000 {
        let now = tick * 10;
        let (over, still): (Vec<_>, Vec<_>) =
            under_way.into_iter().partition(|(ends, _, _)| *ends <= now);
        under_way = still;
        for (_, ticket, began) in over {
            budget.leave(ticket, at(now));
            sent.push((began, now));
        }
        for (number, lane) in (0_i64..).zip(Lane::ALL) {
            for ticket in ask(&mut budget, lane, 1, at(now)) {
                let takes = 30 + (tick * 7 + number * 131) % 900;
                under_way.push((now + takes, ticket, now));
            }
        }
        // What still waits goes away, so that each tick asks afresh.
        for lane in Lane::ALL {
            budget.waiting.of_mut(lane).clear();
        }
    }
    assert!(sent.len() > 500, "{}", sent.len());
    for counted in [
        |(began, _): &(i64, i64)| *began,
        |(_, ended): &(i64, i64)| *ended,
        |(began, ended): &(i64, i64)| began + (ended - began) / 2,
    ] {
        let mut times: Vec<i64> = sent.iter().map(counted).collect();
        times.sort_unstable();
        for (first, later) in times.iter().zip(times.iter().skip(110)) {
            assert!(later - first >= WINDOW, "111 calls from {first} to {later}");
        }
    }
}

#[test]
fn a_lane_that_floods_leaves_every_other_its_share() {
    for flooding in Lane::ALL {
        let mut budget = Budget::new(Allowance::HUBSPOT);
        let flood = ask(&mut budget, flooding, 1_000, at(0));
        assert!(flood.len() >= 43, "{flooding:?}: {}", flood.len());

        for lane in Lane::ALL.into_iter().filter(|lane| *lane != flooding) {
            let share = 110 * usize::try_from(lane.kept_percent()).unwrap() / 100;
            let got = ask(&mut budget, lane, 1_000, at(1)).len();
            assert_eq!(got, share, "{flooding:?} floods, {lane:?} asks");
        }
    }
}

#[test]
fn with_every_lane_flooded_each_gets_at_least_its_share_in_every_window() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    let mut let_through: Vec<(i64, Lane)> = Vec::new();
    let mut tickets: Vec<(Ticket, Lane)> = Vec::new();
    for lane in Lane::ALL {
        tickets.extend((0..2_000).map(|_| (budget.queue(lane), lane)));
    }
    for now in (0..100_000).step_by(50) {
        budget.admit(at(now));
        let (gone, waiting): (Vec<_>, Vec<_>) = tickets
            .into_iter()
            .partition(|(ticket, _)| budget.is_admitted(*ticket));
        tickets = waiting;
        for (ticket, lane) in gone {
            let_through.push((now, lane));
            budget.leave(ticket, at(now));
        }
    }
    for lane in Lane::ALL {
        let share = 110 * usize::try_from(lane.kept_percent()).unwrap() / 100;
        for start in (0..90_000).step_by(5_000) {
            let window = start..start + WINDOW;
            let got = let_through
                .iter()
                .filter(|(when, of)| *of == lane && window.contains(when))
                .count();
            assert!(got >= share, "{lane:?} got {got} of {share} from {start}");
        }
    }
    let most_urgent = let_through
        .iter()
        .filter(|(_, lane)| *lane == Lane::VerifySilence)
        .count();
    assert!(most_urgent >= 10 * 60, "what is shared goes to it first");
}

#[test]
fn one_lane_alone_may_use_what_no_other_is_owed() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    assert_eq!(ask(&mut budget, Lane::VerifySilence, 200, at(0)).len(), 61);
    let mut budget = Budget::new(Allowance::HUBSPOT);
    let sweep = ask(&mut budget, Lane::PropertiesAndSweep, 200, at(0));
    assert_eq!(sweep.len(), 44);
}

#[test]
fn a_place_is_free_one_window_after_its_answer() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    let calls = ask(&mut budget, Lane::Replies, 200, at(0));
    assert_eq!(budget.changes_at(), None, "only an answer changes anything");
    let many = calls.len();

    answer(&mut budget, calls, at(4_000));
    assert_eq!(budget.changes_at(), Some(at(14_000)));
    budget.waiting.of_mut(Lane::Replies).clear();
    assert!(ask(&mut budget, Lane::Replies, 200, at(13_999)).is_empty());
    assert_eq!(budget.admit(at(14_000)), many);
}

#[test]
fn within_a_lane_the_first_to_ask_is_the_first_to_go() {
    let mut budget = Budget::new(Allowance {
        calls: 5,
        window: Span::from_secs(10),
    });
    let tickets: Vec<Ticket> = (0..3).map(|_| budget.queue(Lane::LookUps)).collect();
    budget.admit(at(0));
    let admitted: Vec<bool> = tickets.iter().map(|t| budget.is_admitted(*t)).collect();
    assert_eq!(admitted, [true, false, false], "one place each of five");

    budget.leave(tickets[1], at(1));
    budget.leave(tickets[0], at(1));
    assert_eq!(budget.admit(at(10_001)), 1);
    assert!(
        budget.is_admitted(tickets[2]),
        "who gave up is not let through"
    );
}

#[test]
fn a_closed_portal_lets_nobody_through_until_the_later_of_its_closures() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    budget.close(at(5_000), Closure::Migrating);
    budget.close(at(2_000), Closure::RateLimited);
    assert_eq!(budget.closed(), Some((at(5_000), Closure::Migrating)));
    assert!(ask(&mut budget, Lane::VerifySilence, 1, at(4_999)).is_empty());
    assert_eq!(budget.changes_at(), Some(at(5_000)));
    assert_eq!(budget.admit(at(5_000)), 1);
    assert_eq!(budget.closed(), None);
}

#[test]
fn what_another_replica_uses_counts_until_its_window_is_over() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    let own = ask(&mut budget, Lane::VerifySilence, 10, at(0)).len();
    assert_eq!(own, 10);
    budget.observe(at(10), 110, 10); // 100 used: 10 by us, 90 by others

    let mut granted = 0;
    for lane in Lane::ALL {
        granted += ask(&mut budget, lane, 200, at(20)).len();
    }
    assert_eq!(granted, 10);
    assert_eq!(budget.changes_at(), Some(at(10_010)));
    assert!(budget.admit(at(10_010)) >= 80);
}

#[test]
fn a_smaller_limit_is_taken_up_and_a_larger_one_is_not() {
    for (max, expected) in [(100, 100), (190, 110), (0, 20), (u32::MAX, 110)] {
        let mut budget = Budget::new(Allowance::HUBSPOT);
        budget.observe(at(0), max, max);
        let granted: usize = Lane::ALL
            .into_iter()
            .map(|lane| ask(&mut budget, lane, 300, at(1)).len())
            .sum();
        assert_eq!(granted, expected, "{max}");
    }
}

#[test]
fn a_clock_that_is_set_back_an_hour_delays_nobody() {
    let hour = 3_600_000;
    let mut budget = Budget::new(Allowance::HUBSPOT);
    let calls = ask(&mut budget, Lane::Replies, 200, at(hour));
    let many = calls.len();
    answer(&mut budget, calls, at(hour));
    budget.close(at(hour + 3_000), Closure::RateLimited);

    assert_eq!(budget.admit(at(0)), 0);
    assert_eq!(budget.closed(), Some((at(3_000), Closure::RateLimited)));
    assert_eq!(budget.admit(at(10_000)), many);
}

#[test]
fn a_budget_that_remembers_nothing_is_idle() {
    let mut budget = Budget::new(Allowance::HUBSPOT);
    assert!(budget.is_idle(at(0)));
    let calls = ask(&mut budget, Lane::LookUps, 1, at(0));
    assert!(!budget.is_idle(at(0)));
    answer(&mut budget, calls, at(0));
    assert!(!budget.is_idle(at(9_999)));
    assert!(budget.is_idle(at(10_000)));
    let waiting = budget.queue(Lane::LookUps);
    assert!(!budget.is_idle(at(10_000)));
    budget.leave(waiting, at(10_000));
    assert!(budget.is_idle(at(10_000)));
}
