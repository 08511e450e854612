//! The inbox page: its forms do what they say, without a script, and nothing typed breaks it.

use crate::receiver::Receiver;
use crate::world::{Answer, CUSTOMER, World};
use serde_json::Value;

const PAGE: &str = "/inbox/50001/7001";
const LIVE: &str = "/inbox/50001/7001/live";

async fn press(world: &World, button: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = world.form(&format!("{PAGE}/{button}"), fields).await;
    assert_eq!(answer.status, 303, "{button}: {}", answer.text);
    world.get(answer.header("location")).await
}

async fn live(world: &World) -> String {
    world.get(LIVE).await.text
}

#[tokio::test]
async fn the_list_shows_who_wrote_what_and_whose_it_is() {
    let world = World::start().await;
    let page = world.get("/inbox").await;
    assert_eq!(page.status, 200);
    for needed in [
        "Casey Customer",
        "Hello, where is my parcel?",
        "Riley Refund",
        "Conversation: Sam Service",
        "Nobody's",
        "Closed",
        "http-equiv=\"refresh\"",
        "The app is not installed here",
    ] {
        assert!(page.text.contains(needed), "{needed}");
    }
    let other = world.get("/inbox/50003").await.text;
    assert!(other.contains("Beispiel GmbH") && other.contains("Robin Reader"));
    assert_eq!(world.get("/inbox/99").await.status, 404);
    assert_eq!(world.get("/inbox/50001/99").await.status, 404);
}

#[tokio::test]
async fn a_conversation_leads_to_the_page_that_says_who_may_answer_it() {
    let world = World::start().await;
    world.hubspot.serve_at("http://127.0.0.1:4711");
    let page = world.get(PAGE).await.text;
    let console = "href=\"http://127.0.0.1:4711/console/portals/50001/conversations/7001\"";
    assert!(page.contains(console), "{page}");
}

#[tokio::test]
async fn a_conversation_is_led_from_its_page_and_told_by_webhook() {
    let world = World::start().await;
    let receiver = Receiver::start().await;
    world.install(CUSTOMER).await;
    world.hubspot.serve_at(&receiver.url);

    press(&world, "customer", &[("text", "Hello?")]).await;
    let take = [
        ("user", "3892001"),
        ("text", "Hi, Sam here."),
        ("as", "reply"),
        ("take", "yes"),
    ];
    let page = press(&world, "agent", &take).await.text;
    assert!(
        page.contains("value=\"3892001\" selected"),
        "the agent stays chosen"
    );
    let note = [("user", "3892002"), ("text", "Be nice."), ("as", "note")];
    press(&world, "agent", &note).await;
    press(&world, "assign", &[("to", "61000009")]).await;
    press(&world, "assign", &[("to", "customer-agent")]).await;
    press(&world, "assign", &[("to", "")]).await;
    press(&world, "own", &[("owner", "81538100")]).await;
    press(&world, "own", &[("owner", "")]).await;
    press(&world, "close", &[]).await;
    press(&world, "reopen", &[]).await;

    let history = live(&world).await;
    for needed in [
        "Hello?",
        "Hi, Sam here.",
        "Sam Service</strong> answered",
        "Nia North</strong> noted",
        "assigned from nobody to Acme Assistant by Ada Admin",
        "to HubSpot&#39;s Customer Agent",
        "closed by Ada Admin",
        "opened by Ada Admin",
        "Ticket: nobody",
    ] {
        let needed = needed.replace("&#39;", "'");
        assert!(history.contains(&needed), "{needed}: {history}");
    }
    let events = receiver.wait_for(11).await;
    let of = |name: &str| -> Vec<&Value> {
        events
            .iter()
            .filter(|event| event["propertyName"] == name)
            .map(|event| &event["propertyValue"])
            .collect()
    };
    let mut owners: Vec<_> = of("hubspot_owner_id");
    owners.sort_by_key(|value| value.as_str());
    assert_eq!(owners, ["", "81538001", "81538100"]);
    let taken = events
        .iter()
        .find(|event| event["propertyValue"] == "81538001");
    assert_eq!(
        taken.unwrap()["sourceId"],
        "userId:3892001",
        "taken by the agent"
    );
    let mut assignees = of("assignedTo");
    assignees.sort_by_key(|value| value.as_str());
    assert_eq!(assignees, ["", "A-61000009", "L-1"]);
    assert_eq!(of("status").len(), 2);
}

#[tokio::test]
async fn a_new_customer_begins_a_conversation_with_or_without_a_ticket() {
    let world = World::start().await;
    let form = world.get("/inbox/50001/new").await;
    assert!(form.text.contains("Help Desk opens a ticket"));
    for (ticket, shown) in [(Some(("ticket", "yes")), true), (None, false)] {
        let mut fields = vec![("customer", "Nova New"), ("text", "Is anybody there?")];
        fields.extend(ticket);
        let answer = world.form("/inbox/50001/new", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let page = world.get(answer.header("location")).await.text;
        assert!(page.contains("<h1>Nova New</h1>"));
        assert_eq!(page.contains(", ticket "), shown);
    }
    let empty = world
        .form("/inbox/50001/new", &[("customer", "Nova"), ("text", " ")])
        .await;
    assert_eq!(empty.status, 400);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_changes_nothing() {
    let world = World::start().await;
    let before = live(&world).await;
    for (button, fields, reason) in [
        ("customer", vec![("text", "   ")], "the text is empty"),
        (
            "agent",
            vec![("user", "5"), ("text", "Hi")],
            "there is no user 5",
        ),
        ("assign", vec![("to", "5")], "there is no user 5"),
        ("own", vec![("owner", "5")], "there is no owner 5"),
        (
            "own",
            vec![("owner", "81538003")],
            "there is no owner 81538003",
        ),
    ] {
        let page = press(&world, button, &fields).await.text;
        assert!(page.contains(reason), "{button}: {page}");
    }
    for (button, fields) in [
        ("explode", vec![]),
        ("assign", vec![("to", "everybody")]),
        ("own", vec![("owner", "me")]),
    ] {
        let answer = world.form(&format!("{PAGE}/{button}"), &fields).await;
        assert_eq!(answer.status, 404, "{button}");
    }
    let cross_site = world
        .form_request(&format!("{PAGE}/close"), &[])
        .header("sec-fetch-site", "cross-site");
    assert_eq!(crate::world::answered(cross_site).await.status, 403);
    assert_eq!(live(&world).await, before);
}

#[tokio::test]
async fn a_conversation_in_the_archive_is_marked_and_can_be_taken_out_again() {
    let world = World::start().await;
    let page = press(&world, "archive", &[]).await.text;
    assert!(page.contains("Take it out of the archive"), "{page}");
    let list = world.get("/inbox/50001").await.text;
    assert!(list.contains("In the archive"), "{list}");

    let page = press(&world, "restore", &[]).await.text;

    assert!(page.contains("Put it into the archive"), "{page}");
    let list = world.get("/inbox/50001").await.text;
    assert!(!list.contains("In the archive"), "{list}");
}

#[tokio::test]
async fn words_are_shown_as_words_and_pages_need_no_script() {
    let world = World::start().await;
    let evil = "</li><img src=x onerror=alert(1)><script>alert(2)</script>";
    press(&world, "customer", &[("text", evil)]).await;
    let begun = [("customer", evil), ("text", evil)];
    world.form("/inbox/50001/new", &begun).await;
    let refused = format!("{PAGE}?refused=%3Cscript%3E&agent=%22%3E%3Cscript%3E");
    for path in ["/inbox", "/inbox/50001/new", PAGE, LIVE, &refused] {
        let page = world.get(path).await;
        // A link that somebody follows loads nothing.
        let loaded = page.text.replace("<a href=\"http://", "<a href=\"");
        for refused in ["<script", "<img", "javascript:", "http://", "https://"] {
            assert!(!loaded.contains(refused), "{path}: {refused}");
        }
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
    }
    assert!(live(&world).await.contains("&lt;script&gt;"));
    let framed = world.get(LIVE).await;
    let policy = framed.header("content-security-policy");
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
}

#[tokio::test]
async fn pages_are_neither_struck_by_faults_nor_logged() {
    let world = World::start().await;
    let fault = baton::simulator::hubspot::fault::Fault::status(503);
    world.hubspot.add_fault(fault);
    assert_eq!(world.get(PAGE).await.status, 200);
    assert_eq!(world.hubspot.requests().len(), 0);
}
