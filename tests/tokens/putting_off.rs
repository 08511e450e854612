//! A refresh that fails although the grant stands is tried again later and later, while whoever needs
//! the token asks all the same.

use crate::endpoint::Scripted;
use crate::portal::{OTHER, Portal, text};
use crate::world::PORTAL;
use baton::domain::time::Span;
use baton::service::access_token::AccessTokens;
use baton::store::credentials::claim::{Due, due_for_refresh};
use baton::store::credentials::put_off::{Failed, Known, put_off};
use log::{Level, Log, Metadata, Record};
use std::sync::Mutex;
use std::time::Duration;

const BAD_SECRET: &str = r#"{"error":"invalid_client","status":"BAD_CLIENT_SECRET"}"#;
const AS_USUAL: &str = "UPDATE credentials SET put_off_until = clock_timestamp()";

fn due(portal: &Portal) -> Due {
    due_for_refresh(&mut portal.sql(), 100).unwrap()
}

/// Refreshes ahead until HubSpot was asked and failed, past the pause after the last failure.
async fn fails(portal: &Portal, tokens: &AccessTokens) {
    let asked = portal.endpoint.seen().len();
    while portal.endpoint.seen().len() == asked {
        tokens.refresh_ahead(PORTAL).await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_puts_the_next_try_off_for_twice_as_long_up_to_five_minutes() {
    let portal = Portal::new();
    let tokens = portal.tokens();
    let kinds = [(401, BAD_SECRET), (503, "")];
    let answers = (0..13).map(|turn| kinds[turn % 2]);
    portal
        .endpoint
        .script(answers.map(|(status, body)| Scripted::new(status, body)));
    let mut expected = 500;
    for attempt in 1..=13 {
        fails(&portal, &tokens).await;

        let put_off = due(&portal);
        // The first ones may be over by the time that they are looked at.
        if expected >= 16_000 {
            assert!(put_off.now.is_empty(), "{attempt}");
            let next = put_off.next_in.unwrap().as_millis();
            assert!(
                (expected / 2..=expected).contains(&next),
                "{attempt}: {next}"
            );
        }
        portal.execute(AS_USUAL);
        assert_eq!(due(&portal).now, [PORTAL], "{attempt}");
        expected = (expected * 2).min(300_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspots_own_word_of_how_long_counts_up_to_five_minutes() {
    for (retry_after, expected) in [("100", 100_000), ("86400", 300_000)] {
        let portal = Portal::new();
        let mut busy = Scripted::new(429, "{}");
        busy.headers.push(("retry-after", retry_after));
        portal.endpoint.script([busy]);

        fails(&portal, &portal.tokens()).await;

        let next = due(&portal).next_in.unwrap().as_millis();
        assert!((expected - 60_000..=expected).contains(&next), "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_keeps_no_other_portal_from_its_turn() {
    let portal = Portal::new();
    portal.execute(&format!(
        "INSERT INTO credentials SELECT (jsonb_populate_record(c, jsonb_build_object('portal_id', {OTHER}, \
         'expires_at', c.expires_at + interval '30 seconds'))).* FROM credentials AS c"
    ));
    let conn = &mut portal.sql();
    assert_eq!(due_for_refresh(conn, 1).unwrap().now, [PORTAL]);
    portal.endpoint.script([Scripted::new(401, BAD_SECRET)]);

    fails(&portal, &portal.tokens()).await;

    portal.execute(
        "UPDATE credentials SET put_off_until = 'infinity' WHERE put_off_until IS NOT NULL",
    );
    assert_eq!(due_for_refresh(conn, 1).unwrap().now, [OTHER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_the_token_asks_all_the_same_and_a_new_one_is_due_as_ever() {
    let portal = Portal::new();
    portal.endpoint.script([Scripted::new(401, BAD_SECRET)]);
    let failed = portal.tokens();
    failed.token_for(PORTAL).await.unwrap_err();
    portal.execute("UPDATE credentials SET put_off_until = clock_timestamp() + interval '1 hour'");
    assert!(due(&portal).now.is_empty());

    // Another replica, which knows of no pause.
    let token = portal.tokens().token_for(PORTAL).await.unwrap();

    assert_eq!(text(&token), "access-1");
    portal.run_out();
    assert_eq!(due(&portal).now, [PORTAL]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_a_generation_that_is_over_puts_nothing_off() {
    let portal = Portal::new();
    let failed = Failed {
        portal: PORTAL,
        generation: portal.row().generation - 1,
        because: "it failed".to_owned(),
        at_least: Span::from_secs(60),
        at_most: Span::from_minutes(5),
    };

    let known = put_off(&mut portal.sql(), &failed).unwrap();

    assert_eq!(known, Known::Over);
    assert_eq!(due(&portal).now, [PORTAL]);
}

/// What was logged as a warning or an error.
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Recording;

impl Log for Recording {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            LOGGED.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn logged(words: &str) -> usize {
    let logged = LOGGED.lock().unwrap();
    logged.iter().filter(|line| line.contains(words)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_stays_is_logged_once_whoever_asks() {
    log::set_logger(&Recording).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let portal = Portal::new();
    let answer = |word: &str| {
        let body = format!("{{\"error\":\"invalid_client\",\"status\":\"{word}\"}}");
        Scripted::new(401, &body)
    };
    let of_one_kind = ["ONE_WORD"; 5].into_iter().chain(["ANOTHER_WORD"; 2]);
    portal.endpoint.script(of_one_kind.map(answer));

    for _ in 0..4 {
        fails(&portal, &portal.tokens()).await;
    }
    portal.tokens().token_for(PORTAL).await.unwrap_err();
    assert_eq!(logged("ONE_WORD"), 1);
    for _ in 0..2 {
        fails(&portal, &portal.tokens()).await;
    }

    assert_eq!((logged("ONE_WORD"), logged("ANOTHER_WORD")), (1, 1));
}
