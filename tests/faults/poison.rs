//! A command whose data the database refuses takes no other with it; an error that passes is
//! tried again.

use crate::machine::shared;
use crate::straight::{self, WITHIN, output};
use crate::world::{THREAD, TICKET, World, insist, request};
use baton::decider::command::NotDecided;
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::Enrolled;
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;

const CULPRIT: i64 = 23;

/// Refuses every line about one ticket.
fn refuse(world: &World) {
    let culprit = TICKET.0 + CULPRIT;
    let sql = format!("ALTER TABLE decisions ADD CHECK (ticket_id <> {culprit})");
    world.sql().batch_execute(&sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_makes_its_batch_fail_fails_alone_and_the_others_keep_their_order() {
    let _machine = shared().await;
    let world = World::start().await;
    refuse(&world);
    let decider = straight::decider(&world.database_url);

    // Pushed before the writer can have taken more than the first of them.
    let commands = (0..4).flat_map(|turn| (0..40).map(move |place| (place, turn)));
    let replies = commands.map(|(place, turn)| {
        let reply = decider.decide(straight::command(place, turn), WITHIN);
        async move { (place, turn, reply.await) }
    });
    let replies = join_all(replies).await;

    for (place, turn, reply) in replies {
        if place == CULPRIT {
            assert!(matches!(reply, Err(NotDecided::Faulty(_))), "{reply:?}");
        } else {
            assert_eq!(output(&reply, "control_version"), (turn + 1).to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_for_an_unknown_cause_is_still_to_be_decided_and_takes_no_other_along()
{
    let _machine = shared().await;
    let world = World::start().await;
    let culprit = TICKET.0 + CULPRIT;
    let damage = format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           RAISE EXCEPTION 'invalid page in block 7 of relation base/5/16385' \
             USING ERRCODE = 'XX001'; END $$; \
         CREATE TRIGGER fail BEFORE INSERT ON decisions FOR EACH ROW \
         WHEN (NEW.ticket_id = {culprit}) EXECUTE FUNCTION fail()"
    );
    world.sql().batch_execute(&damage).unwrap();
    let decider = straight::decider(&world.database_url);

    let replies = (0..40).map(|place| decider.decide(straight::command(place, 0), WITHIN));
    let replies = join_all(replies).await;

    for (place, reply) in replies.into_iter().enumerate() {
        if place as i64 == CULPRIT {
            assert!(matches!(reply, Err(NotDecided::Failed(_))), "{reply:?}");
        } else {
            assert_eq!(output(&reply, "control_version"), "1");
        }
    }
    let repaired = "DROP TRIGGER fail ON decisions";
    world.sql().batch_execute(repaired).unwrap();
    let again = decider.decide(straight::command(CULPRIT, 0), WITHIN).await;
    assert_eq!(output(&again, "control_version"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_culprit_is_answered_500_and_the_rest_200() {
    let _machine = shared().await;
    let world = World::start().await;
    refuse(&world);
    let caller = world.hubspot();
    let requests: Vec<_> = (0..48)
        .map(|place| {
            let (ticket, thread) = (TicketId(TICKET.0 + place), ThreadId(THREAD.0 + place));
            let enrolled = Enrolled::Ticket(ticket, Some(thread));
            request(ActionKind::PauseAi, enrolled, &[])
        })
        .collect();

    let answers = join_all(requests.iter().map(|request| insist(&caller, request))).await;

    for (place, answer) in answers.into_iter().enumerate() {
        let expected = if place as i64 == CULPRIT { 500 } else { 200 };
        assert_eq!(answer.status, expected, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_passes_is_tried_again() {
    let _machine = shared().await;
    // 57P05 and the like end the session; these leave it.
    for state in ["40001", "40P01", "55P03", "53200", "57014"] {
        let message = match state {
            "40001" => "could not serialize access due to concurrent update",
            "40P01" => "deadlock detected",
            "55P03" => "canceling statement due to lock timeout",
            "53200" => "out of memory",
            _ => "canceling statement due to statement timeout",
        };
        let world = World::start().await;
        let trigger = format!(
            "CREATE SEQUENCE failures; \
             CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               IF nextval('failures') <= 2 THEN \
                 RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; \
               END IF; RETURN NEW; END $$; \
             CREATE TRIGGER fail_twice BEFORE INSERT ON outbox \
             FOR EACH ROW EXECUTE FUNCTION fail_twice()"
        );
        world.sql().batch_execute(&trigger).unwrap();

        let outputs = world.act(ActionKind::PauseAi, &[]).await;

        assert_eq!(outputs.get("control_version"), "1", "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_before_its_commit_is_followed_by_another() {
    let _machine = shared().await;
    let world = World::start().await;
    // Deferred, so that it is the COMMIT that is cut off.
    let trigger = "CREATE SEQUENCE ends; \
         CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF nextval('ends') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; \
           RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER end_session AFTER INSERT ON outbox \
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_session()";
    world.sql().batch_execute(trigger).unwrap();

    let outputs = world.act(ActionKind::PauseAi, &[]).await;

    assert_eq!(outputs.get("control_version"), "1");
}
