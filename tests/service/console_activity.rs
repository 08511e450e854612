//! The console's activity log: what came in and went out, narrowed, by pages and as a file.

use crate::browsing::{Browser, Seen};
use crate::delivering::{ANN, assigned};
use crate::wire::now_ms;
use crate::world::{ADMIN_KEY, PATIENCE, World};
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::signing::Versions;
use baton::simulator::webhook_event::delivery;
use serde_json::json;
use std::time::Instant;

const OF_PORTAL: &str = "/console/portals/50001/activity";
const OF_ALL: &str = "/console/activity";

/// Writes lines of these kinds and statuses, the last one newest.
fn write(world: &World, portal: i64, lines: &[(&str, i16)]) {
    for (kind, status) in lines {
        world.execute(&format!(
            "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, duration_us) \
             SELECT {portal}, ('019aa9d5-0000-7000-8000-' || lpad(to_hex(count(*)), 12, '0'))::uuid, \
             '2026-11-20T10:00:00Z'::timestamptz + count(*) * interval '1 minute', '{kind}', 'what', {status}, 1500 FROM activity"
        ));
    }
}

fn count(page: &Seen) -> usize {
    page.body.matches(" · 1.5 ms").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_appears_with_its_subjects_and_a_failure_with_what_was_received() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    assert!(browser.get(OF_PORTAL).await.says("Nothing happened yet"));
    world.act(PauseAi, &[]).await;
    world.deliver(&[assigned(ANN)]).await;
    let misfit = json!({"duration": "<script>alert(1)</script>"});
    world.post(ADMIN_KEY, "pause", misfit).await;
    let deadline = Instant::now() + PATIENCE;
    let mut page = browser.get(OF_PORTAL).await;
    while !(page.says("POST /hubspot/webhooks")
        && page.says("/pause</code>")
        && page.says("Workflow action"))
    {
        assert!(Instant::now() < deadline, "{}", page.body);
        page = browser.get(OF_PORTAL).await;
    }
    for words in [
        "ticket 15384000001",
        "conversation 7001",
        ">200<",
        ">400<",
        "What was received",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    assert!(!page.says("<script>alert"));
    assert!(!page.says(ADMIN_KEY), "no secret");
    assert!(browser.get("/console/portals/50001").await.says(OF_PORTAL));
    assert!(browser.get("/console").await.says(OF_ALL));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_does_is_one_line_done_or_refused_and_what_a_stranger_tries_is_none() {
    const PORTAL: &str = "/console/portals/50001";
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let switch = format!("{PORTAL}/ai-enabled");
    let csrf = browser.get(PORTAL).await.csrf();
    let ours = [("csrf", csrf.as_str()), ("enabled", "false")];

    let mut stranger = Browser::new(&world);
    assert_eq!(stranger.post(&switch, &ours).await.status, 303);
    assert_eq!(browser.post(&switch, &ours).await.status, 303);
    let expired = [("csrf", "x"), ("enabled", "true")];
    assert_eq!(browser.post(&switch, &expired).await.status, 403);
    let hold = format!("{PORTAL}/conversations/7001/pause");
    assert_eq!(browser.post(&hold, &ours).await.status, 404);

    let page = until_lines(&mut browser, &format!("{OF_PORTAL}?kind=console"), 3).await;
    for words in [
        "POST /console/portals/{portal}/ai-enabled",
        "POST /console/portals/{portal}/conversations/{thread}/{command}",
        "conversation 7001",
        ">303<",
        ">403<",
        ">404<",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
    let with_secret = format!("activity WHERE activity::text LIKE '%{csrf}%'");
    assert_eq!(world.count(&with_secret), 0);
    let kept = world.texts("SELECT DISTINCT kind || ' ' || portal_id FROM activity");
    assert_eq!(kept, ["console 50001"]);
}

/// The page once it shows this many lines.
async fn until_lines(browser: &mut Browser, path: &str, lines: usize) -> Seen {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = browser.get(path).await;
        let shown = page.body.matches("POST /").count();
        if shown == lines {
            return page;
        }
        assert!(Instant::now() < deadline, "{shown} lines: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_by_kind_status_time_and_portal() {
    let world = World::start().await;
    write(
        &world,
        50_001,
        &[
            ("action", 200),
            ("action", 503),
            ("webhook", 401),
            ("call", 0),
        ],
    );
    write(&world, 50_002, &[("api", 200), ("console", 303)]);
    write(&world, 0, &[("webhook", 400)]);
    let mut browser = Browser::signed_in(&world).await;
    for (path, query, expected) in [
        (OF_PORTAL, "", 4),
        (OF_ALL, "", 7),
        (OF_ALL, "portal=50002", 2),
        (OF_PORTAL, "portal=50002", 4),
        (OF_PORTAL, "kind=action", 2),
        (OF_PORTAL, "status=ok", 1),
        (OF_PORTAL, "status=failed", 2),
        (OF_PORTAL, "status=5xx&kind=action", 1),
        (OF_PORTAL, "status=none", 1),
        (OF_ALL, "from=2026-11-20T10:04&to=2026-11-20T10:06", 2),
        (OF_PORTAL, "kind=console", 0),
    ] {
        let page = browser.get(&format!("{path}?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert_eq!(count(&page), expected, "{path}?{query}: {}", page.body);
        assert_eq!(page.says("Nothing fits"), expected == 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_the_file_hold_every_line_once_and_test_runs_are_marked() {
    let world = World::start().await;
    write(&world, 50_001, &[("action", 200); 120]);
    world.execute("UPDATE activity SET is_test = true, what = '=1+1' WHERE happened_at = '2026-11-20T10:00:00Z'");
    write(&world, 50_002, &[("action", 200)]);
    let mut browser = Browser::signed_in(&world).await;
    let (mut lines, mut pages, mut path) = (0, 0, format!("{OF_PORTAL}?kind=action"));
    loop {
        let page = browser.get(&path).await;
        lines += count(&page);
        pages += 1;
        let Some((before, _)) = page.body.split_once("\">Older<") else {
            assert!(page.says("test run"), "{}", page.body);
            break;
        };
        path = before
            .rsplit_once("href=\"")
            .unwrap()
            .1
            .replace("&amp;", "&");
    }
    assert_eq!((lines, pages), (120, 3));

    let file = browser.get(&format!("{OF_PORTAL}.csv?kind=action")).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.headers["content-disposition"].starts_with("attachment"));
    assert_eq!(file.body.lines().count(), 121);
    assert!(file.says("\"'=1+1\""), "no formula: {}", file.body);
    assert!(!file.says(",50002,"));
    let all = browser.get("/console/activity.csv").await;
    assert_eq!(all.body.lines().count(), 122);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_hold_every_line_says_so_and_where_the_rest_is() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, duration_us) \
         SELECT 50001, ('019aa9d5-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, now(), \
         'action', 'what', 200, 1500 FROM generate_series(1, 10001) AS n",
    );
    let mut browser = Browser::signed_in(&world).await;
    assert!(
        browser
            .get(OF_PORTAL)
            .await
            .says("At most 10000 lines a file")
    );

    let file = browser.get(&format!("{OF_PORTAL}.csv?kind=action")).await;

    let last = file.body.lines().last().unwrap();
    assert_eq!(file.body.lines().count(), 1 + 10_000 + 1);
    assert_eq!(last.matches(',').count(), 11, "as many cells as the others");
    let rest = last.split_once("begin at ").unwrap().1;
    let rest = rest.split_once(' ').unwrap().0;
    assert!(rest.starts_with(&format!("{OF_PORTAL}.csv?kind=action&before=")));
    let rest = browser.get(rest).await;
    assert_eq!(rest.body.lines().count(), 2);
    assert!(!rest.says("Not all"), "{}", rest.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_filters_and_foreign_portals_get_nothing() {
    let world = World::start().await;
    write(&world, 50_002, &[("action", 200)]);
    let mut browser = Browser::signed_in(&world).await;
    for query in [
        "kind=%3Cscript%3E",
        "kind=ACTION",
        "status=200",
        "status=' OR 1=1",
        "from=yesterday",
        "from=%3Cscript%3E",
        "to=99999999-01-01T00:00",
        "portal=-1",
        "portal=x",
        "before=1",
        "before=%00",
    ] {
        let page = browser.get(&format!("{OF_ALL}?{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.says("role=\"alert\""), "{query}");
        assert!(!page.says("<script>"), "{query}");
        let file = browser.get(&format!("{OF_ALL}.csv?{query}")).await;
        assert_eq!(file.status, 400, "{query}");
        assert!(!file.says("<script>"), "{query}");
    }
    for path in [
        "/console/portals/50002/activity",
        "/console/portals/50002/activity.csv",
        "/console/portals/x/activity.csv",
    ] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    let mut stranger = Browser::new(&world);
    for path in [
        OF_ALL,
        OF_PORTAL,
        "/console/activity.csv",
        "/console/portals/50001/activity.csv",
    ] {
        let seen = stranger.get(path).await;
        assert_eq!(seen.status, 303, "{path}");
        assert!(!seen.says("happened_at"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portals_page_says_how_fast_webhooks_became_decisions() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let portal = "/console/portals/50001";
    assert!(!browser.get(portal).await.says("From receipt to decision"));
    world.deliver(&[assigned(ANN)]).await;
    let deadline = Instant::now() + PATIENCE;
    while !browser.get(portal).await.says("From receipt to decision") {
        assert!(Instant::now() < deadline, "no latency is shown");
    }

    let page = browser.get(portal).await;

    for words in [
        "Conversation assigned",
        "<th scope=\"col\">Events</th>",
        "<th scope=\"col\">99 %</th>",
        "<th scope=\"col\">Longest</th>",
        "<td>1</td>",
    ] {
        assert!(page.says(words), "{words}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_for_refused_signatures_is_told_where_they_are() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let body = delivery(&[assigned(ANN)]);
    let headers =
        world
            .webhook_signer("another app's secret")
            .headers(Versions::Both, &body, now_ms());
    assert_eq!(world.deliver_with(headers, body).await.status, 401);

    for path in [OF_PORTAL, OF_ALL] {
        let page = browser
            .get(&format!("{path}?kind=webhook&status=4xx"))
            .await;

        assert!(page.says("Nothing fits"), "{path}: {}", page.body);
        assert!(page.says("whose signature was refused (401) are not here"));
        assert!(page.says("baton_signature_failures_total"));
    }
}
