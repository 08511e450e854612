//! Tickets through the API.

use crate::world::{Answer, CUSTOMER, World, answered};
use baton::simulator::demo_world::{THREAD, TICKET};
use baton::simulator::hubspot::deed::Deed;
use serde_json::{Value, json};
use std::time::Duration;

const TICKETS: &str = "/crm/objects/2026-03/tickets";
/// Those of the last weeks, which have no conversation.
const PAST: usize = 24;
const ONE: &str = "/crm/objects/2026-03/tickets/15384000001";
const OLDER: &str = "/crm/v3/objects/tickets/15384000001";

struct Installed {
    world: World,
    token: String,
}

impl Installed {
    async fn start() -> Self {
        let world = World::start().await;
        let token = world.install(CUSTOMER).await.access;
        Self { world, token }
    }

    async fn get(&self, path: &str) -> Answer {
        self.world.call("GET", path, &self.token).await
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = self.world.request(method, path).bearer_auth(&self.token);
        answered(request.json(&body)).await
    }
}

fn names(properties: &Value) -> Vec<&str> {
    properties
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn a_ticket_shows_the_properties_that_are_asked_for() {
    let app = Installed::start().await;
    let asked = "hubspot_owner_id,hs_conversations_originating_thread_id,no_such_property";
    for path in [ONE, OLDER] {
        let answer = app.get(&format!("{path}?properties={asked}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let ticket = answer.json();
        assert_eq!(ticket["id"], "15384000001");
        assert_eq!(ticket["archived"], false);
        assert!(ticket["createdAt"].is_string() && ticket["updatedAt"].is_string());
        let properties = &ticket["properties"];
        let expected = [
            "createdate",
            "hs_conversations_originating_thread_id",
            "hs_lastmodifieddate",
            "hs_object_id",
            "hubspot_owner_id",
        ];
        assert_eq!(names(properties), expected);
        assert_eq!(properties["hs_conversations_originating_thread_id"], "7001");
        assert_eq!(properties["hubspot_owner_id"], "");
        assert!(ticket.get("associations").is_none());
    }
    let usual = app.get(ONE).await.json();
    assert_eq!(names(&usual["properties"]).len(), 9);
    assert!(usual["properties"]["hs_ticket_category"].is_null());
}

#[tokio::test]
async fn a_ticket_names_its_conversations_and_its_contact() {
    let app = Installed::start().await;
    let asked = app
        .get(&format!("{ONE}?associations=threads,contacts"))
        .await
        .json();
    let expected = json!({
        "threads": { "results": [{ "id": "7001", "type": "ticket_to_thread" }] },
        "contacts": { "results": [{ "id": "301", "type": "ticket_to_contact" }] },
    });
    assert_eq!(asked["associations"], expected);
    for (kind, number, id) in [
        ("thread", 32, 7001),
        ("conversation", 278, 7001),
        ("contacts", 16, 301),
    ] {
        let path = format!("/crm/v4/objects/tickets/15384000001/associations/{kind}");
        let results = app.get(&path).await.json()["results"].clone();
        let types = json!([{ "category": "HUBSPOT_DEFINED", "typeId": number, "label": null }]);
        assert_eq!(
            results,
            json!([{ "toObjectId": id, "associationTypes": types }]),
            "{kind}"
        );
    }
    let unknown = "/crm/v4/objects/tickets/15384000001/associations/pigeons";
    assert_eq!(app.get(unknown).await.status, 400);
}

#[tokio::test]
async fn a_batch_answers_what_there_is_and_names_what_is_missing() {
    let app = Installed::start().await;
    let path = format!("{TICKETS}/batch/read");
    let body = |ids: Vec<String>| {
        let inputs: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        json!({ "inputs": inputs, "properties": ["hubspot_owner_id"], "propertiesWithHistory": [] })
    };
    let hundred = (0..100)
        .map(|place| (TICKET.0 + place).to_string())
        .collect();
    let all = app.send("POST", &path, body(hundred)).await;
    assert_eq!(all.status, 200, "{}", all.text);
    assert_eq!(all.json()["results"].as_array().unwrap().len(), 100);
    let some = vec![TICKET.to_string(), "5".to_owned(), "x".to_owned()];
    let some = app.send("POST", &path, body(some)).await;
    assert_eq!(some.status, 207);
    assert_eq!(some.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(
        some.json()["errors"][0]["context"]["ids"],
        json!(["5", "x"])
    );

    let too_many = (0..101)
        .map(|place| (TICKET.0 + place).to_string())
        .collect();
    for refused in [
        body(too_many),
        body(Vec::new()),
        json!({ "inputs": [{ "id": "15384000001" }] }),
        json!({}),
    ] {
        assert_eq!(
            app.send("POST", &path, refused.clone()).await.status,
            400,
            "{refused}"
        );
    }
}

#[tokio::test]
async fn the_newest_tickets_are_found_by_searching_and_other_searches_are_refused() {
    let app = Installed::start().await;
    let path = format!("{TICKETS}/search");
    let body = |sort: &str, limit: i32| {
        json!({ "filterGroups": [], "properties": ["createdate"], "limit": limit, "after": "0",
            "sorts": [{ "propertyName": sort, "direction": "DESCENDING" }] })
    };
    let found = app.send("POST", &path, body("createdate", 2)).await;
    assert_eq!(found.status, 200, "{}", found.text);
    let results = found.json()["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2);
    let at = |place: usize| results[place]["properties"]["createdate"].to_string();
    assert!(at(0) >= at(1), "{results:?}");
    for refused in [
        body("subject", 2),
        body("createdate", 0),
        body("createdate", 201),
        json!({}),
    ] {
        let answer = app.send("POST", &path, refused.clone()).await;
        assert_eq!(answer.status, 400, "{refused}");
    }
}

#[tokio::test]
async fn an_owner_is_changed_by_owner_id_only() {
    let app = Installed::start().await;
    let owner = |owner: &str| json!({ "properties": { "hubspot_owner_id": owner } });
    let read = async || {
        let answer = app.get(&format!("{ONE}?properties=hubspot_owner_id")).await;
        answer.json()["properties"]["hubspot_owner_id"].clone()
    };
    for wanted in ["81538001", "81538100", ""] {
        let answer = app.send("PATCH", ONE, owner(wanted)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(read().await, wanted);
    }
    let stage = json!({ "properties": { "hs_pipeline_stage": "4" } });
    assert_eq!(app.send("PATCH", OLDER, stage).await.status, 200);
    for refused in [
        owner("3892001"),
        owner("81538003"),
        owner("A-3892001"),
        owner("nobody"),
        json!({ "properties": { "no_such_property": "1" } }),
        json!({ "properties": { "hs_object_id": "1" } }),
        json!({ "properties": { "hubspot_owner_id": 81_538_001 } }),
        json!({}),
    ] {
        assert_eq!(
            app.send("PATCH", ONE, refused.clone()).await.status,
            400,
            "{refused}"
        );
    }
    assert_eq!(read().await, "");
    assert_eq!(
        app.send("PATCH", &format!("{TICKETS}/5"), owner(""))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn tickets_are_listed_in_pages() {
    let app = Installed::start().await;
    let first = app.get(&format!("{TICKETS}?limit=2")).await.json();
    assert_eq!(first["results"].as_array().unwrap().len(), 2);
    let after = first["paging"]["next"]["after"].as_str().unwrap();
    let rest = app
        .get(&format!("{TICKETS}?limit=100&after={after}"))
        .await
        .json();
    assert_eq!(rest["results"].as_array().unwrap().len(), 2 + PAST);
    assert!(rest.get("paging").is_none());
    for refused in ["limit=101", "limit=0", "after=x", "associations=pigeons"] {
        assert_eq!(
            app.get(&format!("{TICKETS}?{refused}")).await.status,
            400,
            "{refused}"
        );
    }
    assert_eq!(app.get(&format!("{TICKETS}/5")).await.status, 404);
    assert_eq!(app.get(&format!("{TICKETS}/one")).await.status, 400);
}

#[tokio::test]
async fn a_merged_ticket_is_gone_and_its_conversations_moved() {
    let app = Installed::start().await;
    let begun = app
        .world
        .hubspot
        .customer_begins(CUSTOMER, "Pat", "Hi")
        .unwrap();
    let (thread, merged) = (begun.thread.unwrap(), begun.ticket.unwrap());
    let deed = Deed::Merge {
        into: TICKET,
        merged,
    };
    app.world.hubspot.carry_out(CUSTOMER, &deed).unwrap();

    assert_eq!(app.get(&format!("{TICKETS}/{merged}")).await.status, 404);
    let path = format!("/conversations/v3/conversations/threads/{thread}?association=TICKET");
    let moved = app.get(&path).await.json();
    let of = &moved["threadAssociations"]["associatedTicketId"];
    assert_eq!(of, &json!(TICKET.to_string()));
    let path =
        format!("{ONE}?associations=threads&properties=hs_conversations_originating_thread_id");
    let kept = app.get(&path).await.json();
    let originating = &kept["properties"]["hs_conversations_originating_thread_id"];
    assert_eq!(originating, &json!(THREAD.to_string()), "stamped once");
    assert_eq!(
        kept["associations"]["threads"]["results"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_replica_that_lags_shows_the_owner_before() {
    let app = Installed::start().await;
    app.world.hubspot.lag(CUSTOMER, Duration::from_secs(1_000));
    app.world
        .hubspot
        .assign_ticket(CUSTOMER, TICKET, Some(81_538_001))
        .unwrap();
    let path = format!("{ONE}?properties=hubspot_owner_id");
    assert_eq!(
        app.get(&path).await.json()["properties"]["hubspot_owner_id"],
        ""
    );
    let input = json!({ "inputs": [{ "id": TICKET.to_string() }],
        "properties": ["hubspot_owner_id"], "propertiesWithHistory": [] });
    let batch = app
        .send("POST", &format!("{TICKETS}/batch/read"), input)
        .await
        .json();
    assert_eq!(batch["results"][0]["properties"]["hubspot_owner_id"], "");

    app.world.hubspot.lag(CUSTOMER, Duration::ZERO);

    let ticket = app.get(&path).await.json();
    assert_eq!(ticket["properties"]["hubspot_owner_id"], "81538001");
}

#[tokio::test]
async fn a_ticket_tells_how_it_came_by_its_owners() {
    use baton::simulator::hubspot::deed::Hand;
    let app = Installed::start().await;
    let before = app
        .get(&format!("{ONE}?propertiesWithHistory=hubspot_owner_id"))
        .await
        .json();
    assert_eq!(
        before["propertiesWithHistory"]["hubspot_owner_id"],
        json!([])
    );
    for (owner, by) in [
        (
            81_538_001,
            Hand::Workflow(baton::simulator::demo_world::WORKFLOW),
        ),
        (81_538_002, Hand::User(3_892_001)),
        (81_538_001, Hand::App(7)),
    ] {
        let (ticket, owner) = (TICKET, Some(owner));
        let deed = Deed::AssignTicket { ticket, owner, by };
        app.world.hubspot.carry_out(CUSTOMER, &deed).unwrap();
    }

    let body = |count: i64| {
        let inputs = (0..count).map(|place| json!({ "id": (TICKET.0 + place).to_string() }));
        json!({ "inputs": inputs.collect::<Vec<_>>(), "properties": [],
            "propertiesWithHistory": ["hubspot_owner_id", "subject"] })
    };
    let path = format!("{TICKETS}/batch/read");
    let batch = app.send("POST", &path, body(1)).await;

    assert_eq!(batch.status, 200, "{}", batch.text);
    let histories = batch.json()["results"][0]["propertiesWithHistory"].clone();
    assert_eq!(names(&histories), ["hubspot_owner_id"]);
    let mut history = histories["hubspot_owner_id"].as_array().unwrap().clone();
    for change in &mut history {
        let at = change.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(chrono::DateTime::parse_from_rfc3339(at.as_str().unwrap()).is_ok());
    }
    let workflow = "enrollmentId:2384000000000;actionExecutionIndex:0";
    assert_eq!(
        json!(history),
        json!([
            { "value": "81538001", "sourceType": "INTEGRATION", "sourceId": "7" },
            { "value": "81538002", "sourceType": "CRM_UI", "sourceId": "userId:3892001",
              "updatedByUserId": 3_892_001 },
            { "value": "81538001", "sourceType": "AUTOMATION_PLATFORM", "sourceId": workflow },
        ]),
        "the newest first"
    );
    assert_eq!(app.send("POST", &path, body(50)).await.status, 200);
    assert_eq!(app.send("POST", &path, body(51)).await.status, 400);
}
