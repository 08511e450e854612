//! The import of a portal's open conversations, and the sweep that finds what no webhook told.

use crate::alone::{Alone, FAST, fill, thread};
use crate::behind::execute;
use crate::desk::{Desk, DeskThread, connect, inbox, message, until};
use crate::wire::now_ms;
use crate::world::{PORTAL, THREAD, World, new_database};
use baton::domain::ids::{PortalId, ThreadId, TicketId};
use baton::domain::time::Span;
use baton::service::import_conversations::{Imported, import_conversations};
use baton::service::paced_reading::Pace;
use baton::service::sweep::{Swept, sweep};
use baton::store::followed_portals::{self, Followed, RoundEnded, Sample};
use baton::store::heard_webhooks;
use diesel::prelude::*;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn an_import_knows_every_open_conversation_with_its_ticket_and_says_how_far_it_is() {
    let alone = Alone::new().await;
    fill(&alone.desk, 1_100);
    alone.desk.thread(ThreadId(1), |thread| {
        thread.assigned_to = "A-3892001".to_owned()
    });
    alone
        .desk
        .thread(ThreadId(2), |thread| thread.closed_at = Some(now_ms()));
    let owner = serde_json::json!({"id": "81538001", "userId": 3_892_001, "type": "PERSON"});
    alone
        .desk
        .change(|held| held.owners.insert(81_538_001, owner));
    alone
        .desk
        .ticket(TicketId(3), |ticket| ticket.owner = "81538001".to_owned());

    alone.import().await;

    assert_eq!(alone.count("conversations"), 1_099);
    assert_eq!(
        alone.count("conversations WHERE ticket_id = thread_id"),
        550
    );
    let silent = "SELECT thread_id FROM conversations WHERE state = 'human_active' ORDER BY 1";
    assert_eq!(alone.texts(silent), ["1", "3"]);
    let progress = followed_portals::progress(&mut alone.sql(), PORTAL)
        .unwrap()
        .unwrap();
    assert_eq!(
        (progress.threads_read, progress.threads_open),
        (1_100, 1_099)
    );
    assert!(progress.began_at.is_some() && progress.ended_at.is_some());
    assert_eq!(alone.desk.calls("/threads?").len(), 3);
    assert!(alone.claim().is_imported);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_cut_short_goes_on_where_it_ended_and_a_new_connecting_begins_anew() {
    let alone = Alone::new().await;
    fill(&alone.desk, 1_100);
    let followed = alone.claim();
    let one_page = Pace { calls: 1, ..FAST };
    let imported = import_conversations(&alone.follower, &followed, one_page).await;
    assert_eq!(imported.unwrap(), Imported::Some);
    alone.release();
    assert_eq!(alone.claim().import_after.as_deref(), Some("500"));
    alone.release();

    alone.import().await;
    assert_eq!(alone.count("conversations"), 1_100);
    let lists = alone.desk.calls("/threads?");
    assert_eq!(
        lists.iter().filter(|call| !call.contains("after=")).count(),
        1,
        "{lists:?}"
    );

    execute(
        &mut alone.sql(),
        "UPDATE portals SET connected_at = now() + interval '1 second'",
    );
    let again = alone.claim();
    assert!(!again.is_imported && again.import_from().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_place_hubspot_does_not_know_any_more_begins_again_once() {
    const PLACE: &str = "after=500";
    let alone = Alone::new().await;
    fill(&alone.desk, 600);
    let one_page = Pace { calls: 1, ..FAST };
    let imported = import_conversations(&alone.follower, &alone.claim(), one_page).await;
    assert_eq!(imported.unwrap(), Imported::Some);
    alone.release();
    alone.desk.break_for_good(PLACE, "", 400);
    let refused = import_conversations(&alone.follower, &alone.claim(), FAST).await;
    refused.unwrap_err();
    let asked = alone.desk.calls(PLACE).len();
    assert_eq!(
        asked, 2,
        "a place that is never taken is no reason to go on and on"
    );
    alone.release();

    alone.desk.mend();
    alone.desk.fail(PLACE, 400);
    let imported = import_conversations(&alone.follower, &alone.claim(), FAST).await;

    assert_eq!(imported.unwrap(), Imported::All);
    assert_eq!(alone.count("conversations"), 600);
    let progress = followed_portals::progress(&mut alone.sql(), PORTAL);
    let progress = progress.unwrap().unwrap();
    assert_eq!((progress.threads_read, progress.threads_open), (600, 600));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_after_a_dead_time_finds_the_replies_of_it() {
    let desk = Desk::start().await;
    desk.thread(THREAD, |thread| {
        let reply = message("m-1", "OUTGOING", "A-3892001", inbox());
        thread.messages.push(reply);
    });
    let database_url = new_database();
    connect(&database_url);
    let mut conn = PgConnection::establish(&database_url).unwrap();
    let dead = "UPDATE portals SET missed_from = now() - interval '30 minutes', \
                missed_until = now() - interval '1 minute'";
    execute(&mut conn, dead);

    let world = World::start_on(database_url, desk.setup()).await;

    let silent = "conversations WHERE state = 'human_active'";
    until("who replied is known", async || world.count(silent) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_tickets_say_how_many_were_assigned_automatically() {
    let alone = Alone::new().await;
    fill(&alone.desk, 20);
    for (ticket, source) in [
        (1, "CRM_UI"),
        (3, "AUTOMATION_PLATFORM"),
        (5, "CONVERSATION_ROUTING"),
    ] {
        alone.desk.ticket(TicketId(ticket), |ticket| {
            ticket.owner = "81538001".to_owned();
            ticket.owner_sources = vec![source.to_owned()];
        });
    }

    alone.import().await;

    let numbers = "SELECT concat_ws(' ', tickets_sampled, tickets_assigned, \
                   tickets_assigned_by_automation) FROM followed_portals";
    assert_eq!(alone.texts(numbers), ["10 3 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_is_of_the_newest_hundred_tickets_also_of_closed_conversations() {
    let alone = Alone::new().await;
    fill(&alone.desk, 4);
    for ticket in 1_001..=1_120 {
        alone.desk.ticket(TicketId(ticket), |it| {
            it.owner = "81538001".to_owned();
            let by_routing = ticket > 1_037;
            let source = if by_routing {
                "CONVERSATION_ROUTING"
            } else {
                "CRM_UI"
            };
            it.owner_sources = vec![source.to_owned()];
        });
    }
    alone.import().await;
    let numbers = "SELECT concat_ws(' ', tickets_sampled, tickets_assigned, \
                   tickets_assigned_by_automation) FROM followed_portals";
    assert_eq!(alone.texts(numbers), ["100 100 83"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_hubspot_does_not_search_the_sample_is_of_the_imported_conversations() {
    let alone = Alone::new().await;
    fill(&alone.desk, 20);
    alone.desk.ticket(TicketId(5), |ticket| {
        ticket.owner = "81538001".to_owned();
        ticket.owner_sources = vec!["AUTOMATION_PLATFORM".to_owned()];
    });
    alone.desk.ticket(TicketId(999), |_| ());
    alone.desk.fail("tickets/search", 403);
    alone.import().await;
    let numbers = "SELECT concat_ws(' ', tickets_sampled, tickets_assigned, \
                   tickets_assigned_by_automation) FROM followed_portals";
    assert_eq!(alone.texts(numbers), ["10 1 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_minutes_without_webhooks_the_sweep_finds_every_change_of_owner() {
    let alone = Alone::new().await;
    fill(&alone.desk, 400);
    let ann = serde_json::json!({"id": "81538001", "userId": 3_892_001, "type": "PERSON"});
    alone
        .desk
        .change(|held| held.owners.insert(81_538_001, ann));
    for n in 1..=20 {
        alone.desk.thread(ThreadId(n), |thread| {
            thread.assigned_to = "A-3892001".to_owned()
        });
    }
    alone.import().await;
    assert_eq!(
        alone.count("conversations WHERE state = 'human_active'"),
        20
    );
    alone.sweep().await;
    let calls = alone.desk.calls("").len();

    // None of this is told.
    for n in 1..=20 {
        alone
            .desk
            .thread(ThreadId(n), |thread| thread.assigned_to = String::new());
    }
    for n in (101..=300).step_by(3) {
        alone.desk.thread(ThreadId(n), |thread| {
            thread.assigned_to = "A-3892002".to_owned()
        });
    }
    for n in (301..=399).step_by(2) {
        alone
            .desk
            .ticket(TicketId(n), |ticket| ticket.owner = "81538001".to_owned());
    }
    alone.desk.thread(ThreadId(500), |thread| {
        *thread = DeskThread {
            assigned_to: "A-3892001".to_owned(),
            latest_at: now_ms(),
            ..DeskThread::open()
        };
    });
    alone.ten_minutes_pass();

    alone.sweep().await;

    let taken = |from: i64, to: i64, step: usize| (from..=to).step_by(step).count();
    let found = taken(101, 300, 3) + taken(301, 399, 2);
    let silent = "conversations WHERE state = 'human_active' AND thread_id > 100";
    let silent = alone.count(&format!("{silent} AND thread_id < 500"));
    assert_eq!(silent, found, "every takeover, by one reading");
    let kept = "conversations WHERE state = 'human_active' AND thread_id <= 20";
    assert_eq!(alone.count(kept), 20, "one reading ends no ownership");
    alone.verify().await;
    assert_eq!(alone.count(kept), 0, "two that agree do");
    let handed = "conversations WHERE state = 'handoff_requested' AND thread_id <= 20";
    assert_eq!(alone.count(handed), 20);
    println!("calls of the sweep: {}", alone.desk.calls("").len() - calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_that_began_without_a_webhook_are_taken_in_by_the_sweep() {
    let alone = Alone::new().await;
    fill(&alone.desk, 50);
    alone.import().await;
    alone.desk.thread(ThreadId(501), |thread| {
        thread.assigned_to = "A-3892001".to_owned()
    });
    alone
        .desk
        .thread(ThreadId(502), |begun| *begun = thread(Some(601)));
    alone
        .desk
        .ticket(TicketId(601), |ticket| ticket.owner = "81538001".to_owned());
    alone
        .desk
        .thread(ThreadId(503), |thread| thread.closed_at = Some(now_ms()));
    alone.ten_minutes_pass();

    alone.sweep().await;

    let begun = "SELECT concat_ws(' ', thread_id, ticket_id, state) FROM conversations \
                 WHERE thread_id > 500 ORDER BY 1";
    let expected = ["501 human_active", "502 601 human_active"];
    assert_eq!(alone.texts(begun), expected, "and none that is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn takeovers_of_ten_minutes_without_webhooks_are_found_in_a_period_and_within_the_budget() {
    const PERIOD_MINUTES: i64 = 5;
    /// 5 % of HubSpot's 110 calls in 10 s, in a minute.
    const MOST_CALLS: usize = 33;
    let alone = Alone::new().await;
    fill(&alone.desk, 2_000);
    let ann = serde_json::json!({"id": "81538001", "userId": 3_892_001, "type": "PERSON"});
    alone
        .desk
        .change(|held| held.owners.insert(81_538_001, ann));
    alone.import().await;
    let found_of = |minute: i64| {
        let of_minute = format!("thread_id % 100 IN ({minute}, {})", minute + 50);
        alone.count(&format!(
            "conversations WHERE state = 'human_active' AND {of_minute}"
        ))
    };

    for minute in 1..=10 + PERIOD_MINUTES {
        // None of this is told: a conversation in a hundred is taken, and as many tickets.
        for n in (minute..=2_000).step_by(50).filter(|_| minute <= 10) {
            match n % 2 {
                0 => alone.desk.thread(ThreadId(n), |thread| {
                    thread.assigned_to = "A-3892001".to_owned()
                }),
                _ => alone
                    .desk
                    .ticket(TicketId(n), |ticket| ticket.owner = "81538001".to_owned()),
            }
        }
        alone.pass(Span::from_minutes(1));
        let before = alone.desk.calls("").len();
        // As often as a worker at its usual pace comes to it.
        let rounds = [Pace::USUAL.calls, Pace::USUAL.calls / 2];
        for calls in rounds {
            let pace = Pace { calls, ..FAST };
            sweep(&alone.follower, PORTAL, pace).await.unwrap();
        }

        let calls = alone.desk.calls("").len() - before;
        assert!(calls <= MOST_CALLS, "{calls} calls in minute {minute}");
        for earlier in 1..=(minute - PERIOD_MINUTES).min(10) {
            assert_eq!(found_of(earlier), 40, "of minute {earlier} in {minute}");
        }
    }

    let all = "conversations WHERE state = 'human_active'";
    assert_eq!(alone.count(all), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sweep_finds_that_no_webhook_told_is_noted_and_what_was_told_is_not() {
    let alone = Alone::new().await;
    fill(&alone.desk, 4);
    alone.desk.change(|held| {
        for thread in held.threads.values_mut() {
            thread.latest_at -= 7_200_000;
        }
    });
    alone.import().await;
    let missed = "followed_portals WHERE missed_since IS NOT NULL";
    let two_hours_pass = "UPDATE portals SET connected_at = now() - interval '2 hours'; \
        UPDATE followed_portals SET heard_at = now() - interval '2 hours', missed_since = NULL, \
        import_of = (SELECT connected_at FROM portals)";
    execute(&mut alone.sql(), two_hours_pass);
    alone.ten_minutes_pass();
    alone.sweep().await;
    assert_eq!(alone.count(missed), 0, "nothing changed");

    type Untold = fn(&Desk);
    let changes: [(&str, Untold); 3] = [
        ("an assignee", |desk| {
            desk.thread(ThreadId(2), |thread| {
                thread.assigned_to = "A-3892001".to_owned()
            });
        }),
        ("an owner", |desk| {
            desk.ticket(TicketId(3), |ticket| ticket.owner = "81538001".to_owned());
        }),
        ("a message", |desk| {
            desk.thread(ThreadId(4), |thread| thread.latest_at = now_ms());
        }),
    ];
    for (what, change) in changes {
        execute(&mut alone.sql(), two_hours_pass);
        change(&alone.desk);
        alone.ten_minutes_pass();
        alone.sweep().await;
        assert_eq!(alone.count(missed), 1, "{what}");
        alone.verify().await;
    }
    heard_webhooks::note(&mut alone.sql(), &[PORTAL]).unwrap();
    execute(
        &mut alone.sql(),
        "UPDATE followed_portals SET missed_since = NULL",
    );
    alone.ten_minutes_pass();
    alone.sweep().await;
    assert_eq!(alone.count(missed), 0, "a webhook came just now");
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_with_messages_are_read_by_pages() {
    let alone = Alone::new().await;
    fill(&alone.desk, 700);
    alone.import().await;
    let wrote = format!(
        "UPDATE conversations SET facts = jsonb_set(facts, '{{last_ai_reply_at}}', '{}')",
        now_ms() - 3_600_000
    );
    execute(&mut alone.sql(), &wrote);
    alone.ten_minutes_pass();
    alone.desk.thread(ThreadId(650), |thread| {
        thread.assigned_to = "A-3892001".to_owned()
    });
    let before = alone.desk.calls("").len();

    alone.sweep().await;

    let of_threads = alone.desk.calls("/threads").len();
    assert_eq!(
        alone.desk.calls("/threads?").len(),
        4,
        "two of the import, two now"
    );
    assert_eq!(of_threads, 4, "none was read alone");
    assert_eq!(alone.desk.calls("").len() - before, 2 + 4);
    let silent = "SELECT thread_id FROM conversations WHERE state = 'human_active'";
    assert_eq!(alone.texts(silent), ["650"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_is_gone_is_closed_and_not_asked_for_again() {
    let alone = Alone::new().await;
    fill(&alone.desk, 2);
    alone.import().await;
    alone.ten_minutes_pass();
    alone.desk.change(|held| held.threads.remove(&2));

    alone.sweep().await;
    let open = "SELECT thread_id FROM conversations WHERE is_open ORDER BY 1";
    assert_eq!(alone.texts(open), ["1", "2"], "one reading ends no hold");
    alone.verify().await;

    assert_eq!(alone.texts(open), ["1"]);
    let calls = alone.desk.calls("/threads/2").len();
    alone.ten_minutes_pass();
    alone.sweep().await;
    assert_eq!(alone.desk.calls("/threads/2").len(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_one_replica_does_not_show_keeps_its_holds() {
    let alone = Alone::new().await;
    fill(&alone.desk, 2);
    alone.import().await;
    alone.ten_minutes_pass();
    let shown = alone.desk.change(|held| held.threads.remove(&2)).unwrap();
    alone.sweep().await;
    let doubted = "conversations WHERE facts ? 'status_doubt'";
    assert_eq!(alone.count(doubted), 1);

    alone.desk.change(|held| held.threads.insert(2, shown));
    alone.verify().await;

    assert_eq!(alone.count("conversations WHERE is_open"), 2);
    assert_eq!(alone.count(doubted), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_keeps_to_its_share_of_the_budget() {
    let alone = Alone::new().await;
    fill(&alone.desk, 8);
    alone.import().await;
    alone.ten_minutes_pass();
    let before = alone.desk.calls("").len();
    let pace = Pace {
        calls: 4,
        ..Pace::USUAL
    };
    let began = Instant::now();

    assert_eq!(
        sweep(&alone.follower, PORTAL, pace).await.unwrap(),
        Swept::Some
    );

    assert_eq!(alone.desk.calls("").len() - before, 4);
    // 5.5 calls in 10 s are 5 % of 110.
    assert!(began.elapsed() >= Duration::from_secs(4) * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_is_read_for_by_one_replica_at_a_time() {
    let alone = Alone::new().await;
    let first = followed_portals::claim(&mut alone.sql(), &[]).unwrap();
    let second = followed_portals::claim(&mut alone.sql(), &[]).unwrap();
    assert_eq!((first.len(), second.len()), (1, 0));
    alone.release();
    assert_eq!(
        followed_portals::claim(&mut alone.sql(), &[])
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_outlived_its_claim_changes_nothing_of_the_next_one() {
    let alone = Alone::new().await;
    let old = alone.claim().claim();
    followed_portals::begin_import(&mut alone.sql(), old, Span::from_days(1)).unwrap();
    assert!(followed_portals::renew(&mut alone.sql(), old).unwrap());
    // The claim lapses, and the portal is connected anew.
    alone.release();
    execute(&mut alone.sql(), "UPDATE portals SET connected_at = now()");
    let next = alone.claim();
    assert_ne!(next.claim(), old);
    followed_portals::begin_import(&mut alone.sql(), next.claim(), Span::from_days(1)).unwrap();
    let row = "SELECT to_jsonb(f) FROM followed_portals AS f";
    let before = alone.texts(row);

    let ended = RoundEnded {
        next_after: followed_portals::AHEAD_OF_IDLE,
        failure: Some("late".to_owned()),
    };
    let conn = &mut alone.sql();
    followed_portals::release(conn, old, &ended).unwrap();
    assert!(!followed_portals::renew(conn, old).unwrap());
    followed_portals::begin_import(conn, old, Span::from_days(1)).unwrap_err();
    followed_portals::note_page(conn, old, Some("9"), (1, 1)).unwrap_err();
    followed_portals::end_import(conn, old, Sample::default()).unwrap_err();

    assert_eq!(alone.texts(row), before);
    assert!(followed_portals::renew(conn, next.claim()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_more_is_to_be_read_the_next_turn_comes_before_those_of_idle_portals() {
    let alone = Alone::new().await;
    let busy = alone.claim().claim();
    execute(
        &mut alone.sql(),
        "INSERT INTO portals (portal_id, connection, connected_at) \
            SELECT n, 'connected', now() FROM generate_series(1, 1000) AS n; \
         INSERT INTO followed_portals (portal_id, claimed_until) \
            SELECT n, now() - n * interval '50 milliseconds' FROM generate_series(1, 1000) AS n",
    );
    let ended = RoundEnded {
        next_after: followed_portals::AHEAD_OF_IDLE,
        failure: None,
    };
    followed_portals::release(&mut alone.sql(), busy, &ended).unwrap();

    let under_way = [PortalId(1_000)];
    let claimed = followed_portals::claim(&mut alone.sql(), &under_way).unwrap();

    let claimed: Vec<PortalId> = claimed.iter().map(Followed::portal).collect();
    assert!(claimed.contains(&PORTAL), "{claimed:?}");
    assert!(!claimed.contains(&under_way[0]), "it is read for here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_imports_and_sweeps_by_itself() {
    let desk = Desk::start().await;
    fill(&desk, 2);
    let world = desk.world().await;
    until("both are known", async || world.count("conversations") == 2).await;
    let done = "followed_portals WHERE import_ended_at IS NOT NULL";
    until("the import is over", async || world.count(done) == 1).await;

    desk.thread(ThreadId(2), |thread| {
        thread.assigned_to = "A-3892001".to_owned()
    });
    world.execute("UPDATE conversations SET facts = facts - 'owner_checked_at'");

    let silent = "conversations WHERE thread_id = 2 AND state = 'human_active'";
    until("the takeover is found", async || world.count(silent) == 1).await;
}
