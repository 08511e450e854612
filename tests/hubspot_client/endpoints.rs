//! What the endpoints read from answers, written as HubSpot writes them.

use crate::scripted::{Scripted, json};
use crate::world::{api, look_up, secret};
use baton::domain::ids::{ChannelId, ThreadId, TicketId};
use baton::domain::time::Timestamp;
use baton::hubspot::actor_id::ActorId;
use baton::hubspot::api::error::HubSpotError;
use baton::hubspot::api::messages::{Address, Client, Content, Direction, Party};
use baton::hubspot::api::request::Request;
use baton::hubspot::api::send_message::NewMessage;
use baton::hubspot::api::threads::{ThreadFilter, ThreadStatus};
use baton::hubspot::api::tickets::TicketOwner;
use baton::hubspot::api::{messages, owners, send_message, threads, tickets};

/// The request's line and body, and what is read from this answer.
async fn asked<T>(request: &Request<T>, answer: &str) -> (String, String, Result<T, HubSpotError>) {
    let hubspot = Scripted::start(vec![json(200, answer)]).await;
    let token = secret("token-1");
    let read = api(&hubspot.url).send(look_up(&token), request).await;
    let seen = hubspot.seen().remove(0);
    (seen.line, seen.body, read)
}

const THREAD: &str = r#"{"id":"6065000001","createdAt":"2026-11-22T09:00:00Z","closedAt":null,"status":"OPEN","originalChannelId":"1000","originalChannelAccountId":"245678","latestMessageTimestamp":"2026-11-22T10:00:00.250Z","latestMessageSentTimestamp":"2026-11-22T09:59:00Z","latestMessageReceivedTimestamp":"2026-11-22T10:00:00.250Z","assignedTo":"A-3892001","spam":false,"inboxId":"431200","associatedContactId":"15301","archived":false,"threadAssociations":{"associatedTicketId":"15384000001"},"newField":1}"#;

#[tokio::test]
async fn a_thread_is_read_with_its_ticket() {
    let (line, _, thread) = asked(&threads::get(ThreadId(6_065_000_001)), THREAD).await;
    assert_eq!(
        line,
        "GET /conversations/v3/conversations/threads/6065000001?association=TICKET"
    );
    let thread = thread.unwrap();
    assert_eq!(thread.id, ThreadId(6_065_000_001));
    assert_eq!(thread.ticket, Some(TicketId(15_384_000_001)));
    assert_eq!(thread.status, Some(ThreadStatus::Open));
    assert_eq!(thread.assigned_to, Some(ActorId::User(3_892_001)));
    assert_eq!(thread.channel, Some(ChannelId(1_000)));
    assert_eq!(thread.contact, Some(15_301));
    assert_eq!(thread.closed_at, None);
    let newest = Timestamp::from_millis(1_795_341_600_250);
    assert_eq!(thread.latest_received_at, Some(newest));
}

#[tokio::test]
async fn a_thread_may_say_almost_nothing() {
    for (answer, assigned_to) in [
        (r#"{"id":7}"#, None),
        (r#"{"id":"7","assignedTo":""}"#, None),
        (
            r#"{"id":"7","assignedTo":null,"status":"SNOOZED","spam":"no"}"#,
            None,
        ),
        (
            r#"{"id":"7","assignedTo":"L-12"}"#,
            Some(ActorId::CustomerAgent("12".to_owned())),
        ),
        (
            r#"{"id":"7","assignedTo":"X-12"}"#,
            Some(ActorId::Unknown("X-12".to_owned())),
        ),
    ] {
        let (_, _, thread) = asked(&threads::get(ThreadId(7)), answer).await;
        let thread = thread.unwrap();
        assert_eq!(thread.assigned_to, assigned_to, "{answer}");
        assert_eq!(
            (thread.status, thread.ticket, thread.is_spam),
            (None, None, false)
        );
    }
    for answer in ["{}", "[]", "null", r#"{"id":""}"#, r#"{"id":"x"}"#] {
        let (_, _, thread) = asked(&threads::get(ThreadId(7)), answer).await;
        assert!(
            matches!(thread, Err(HubSpotError::Unreadable { .. })),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn threads_are_listed_in_pages_by_any_filter() {
    let page = format!(
        r#"{{"results":[{THREAD}],"paging":{{"next":{{"after":"NTI1Cg==","link":"x"}}}}}}"#
    );
    let since = ThreadFilter::MessageSince(Timestamp::from_millis(1_795_341_600_250));
    for (filter, query) in [
        (
            since,
            "sort=latestMessageTimestamp&latestMessageTimestampAfter=2026-11-22T10%3A00%3A00.250Z",
        ),
        (ThreadFilter::OfTicket(TicketId(9)), "associatedTicketId=9"),
        (
            ThreadFilter::OfContact(8, ThreadStatus::Closed),
            "associatedContactId=8&threadStatus=CLOSED",
        ),
        (ThreadFilter::OfInbox(3), "inboxId=3&sort=id"),
    ] {
        let (line, _, read) = asked(&threads::list(filter, Some("MQ==")), &page).await;
        let path = "GET /conversations/v3/conversations/threads?association=TICKET&limit=500&after=MQ%3D%3D";
        assert_eq!(line, format!("{path}&{query}"));
        let read = read.unwrap();
        assert_eq!(
            (read.results.len(), read.after.as_deref()),
            (1, Some("NTI1Cg=="))
        );
    }
}

#[tokio::test]
async fn one_item_that_cannot_be_read_spoils_the_page() {
    for answer in [
        r#"{"results":[{"id":"1"},{"createdAt":"2026-11-22T09:00:00Z"}]}"#,
        r#"{"results":[7]}"#,
        r#"{"results":{}}"#,
        r#"{"paging":{}}"#,
        "[]",
    ] {
        let list = threads::list(ThreadFilter::OfInbox(3), None);
        let (_, _, read) = asked(&list, answer).await;
        assert!(
            matches!(read, Err(HubSpotError::Unreadable { .. })),
            "{answer}: {read:?}"
        );
    }
    let empty = threads::list(ThreadFilter::OfInbox(3), None);
    let (_, _, read) = asked(&empty, r#"{"results":[],"paging":null}"#).await;
    assert_eq!(read.unwrap().after, None);
}

#[tokio::test]
async fn a_history_holds_every_kind_of_item() {
    let history = r#"{"results":[
        {"id":"m1","type":"MESSAGE","createdAt":"2026-11-22T10:00:00Z","createdBy":"V-77","client":{"clientType":"HUBSPOT"},"senders":[{"actorId":"V-77","name":"Kim","senderField":"FROM","deliveryIdentifier":{"type":"HS_EMAIL_ADDRESS","value":"kim@example.com"}}],"recipients":[{"deliveryIdentifier":{"type":"HS_EMAIL_ADDRESS","value":"help@example.com"},"recipientField":"TO"}],"archived":false,"text":"help","richText":"<p>help</p>","attachments":[],"subject":"Broken","channelId":"1002","channelAccountId":"245678","direction":"INCOMING","status":{"statusType":"RECEIVED"},"truncationStatus":"TRUNCATED_TO_MOST_RECENT_REPLY","conversationsThreadId":"7"},
        {"id":"m2","type":"MESSAGE","createdAt":"2026-11-22T10:01:00Z","createdBy":"A-9","client":{"clientType":"INTEGRATION","integrationAppId":2438001},"direction":"OUTGOING","text":"hello"},
        {"id":"c1","type":"COMMENT","client":{"clientType":"INTEGRATION","integrationAppId":"2438001"},"text":"a note"},
        {"id":"w1","type":"WELCOME_MESSAGE","client":{"clientType":"SYSTEM"},"text":"Hi!"},
        {"id":"a1","type":"ASSIGNMENT","createdBy":"S-hubspot","assignedTo":"A-3892001"},
        {"id":"a2","type":"ASSIGNMENT","assignedFrom":"A-3892001","assignedTo":""},
        {"id":"s1","type":"THREAD_STATUS_CHANGE","newStatus":"CLOSED"},
        {"id":"i1","type":"THREAD_INBOX_CHANGE","fromInboxId":"1","toInboxId":"2"},
        {"id":"x1","type":"SOMETHING_NEW","client":{"clientType":"ROBOT"}},
        {"id":"x2"}]}"#;
    let (line, _, page) = asked(
        &messages::list(ThreadId(7), None, messages::MAX_PAGE),
        history,
    )
    .await;
    assert_eq!(
        line,
        "GET /conversations/v3/conversations/threads/7/messages?limit=100&sort=-createdAt"
    );
    let items = page.unwrap().results;
    let Content::Message(first) = &items[0].content else {
        panic!("{:?}", items[0]);
    };
    assert_eq!(first.direction, Some(Direction::Incoming));
    assert_eq!(
        (first.text.as_str(), first.subject.as_deref()),
        ("help", Some("Broken"))
    );
    assert!(first.is_truncated);
    assert_eq!(
        items[0].senders[0].address.as_ref().unwrap().value,
        "kim@example.com"
    );
    assert_eq!(items[1].client, Client::Integration(Some(2_438_001)));
    assert_eq!(items[2].client, Client::Integration(Some(2_438_001)));
    assert_eq!(
        items[2].content,
        Content::Comment {
            text: "a note".to_owned()
        }
    );
    assert_eq!(items[3].client, Client::System);
    let person = ActorId::User(3_892_001);
    assert_eq!(
        items[4].content,
        Content::Assignment {
            from: None,
            to: Some(person.clone())
        }
    );
    assert_eq!(
        items[5].content,
        Content::Assignment {
            from: Some(person),
            to: None
        }
    );
    assert_eq!(
        items[6].content,
        Content::StatusChange(Some(ThreadStatus::Closed))
    );
    assert_eq!(
        items[7].content,
        Content::InboxChange {
            from: Some(1),
            to: Some(2)
        }
    );
    assert_eq!(items[8].content, Content::Other("SOMETHING_NEW".to_owned()));
    assert_eq!(items[8].client, Client::Unknown);
    assert_eq!(items[9].content, Content::Other(String::new()));
}

#[tokio::test]
async fn nobody_and_not_said_are_two_things() {
    for (owner, expected) in [
        (
            r#""hubspot_owner_id":"81538001""#,
            TicketOwner::Owner(81_538_001),
        ),
        (
            r#""hubspot_owner_id":81538001"#,
            TicketOwner::Owner(81_538_001),
        ),
        (r#""hubspot_owner_id":"""#, TicketOwner::Nobody),
        (r#""hubspot_owner_id":null"#, TicketOwner::Nobody),
        (r#""hubspot_owner_id":"REDACTED""#, TicketOwner::NotSaid),
        (r#""hubspot_owner_id":0"#, TicketOwner::NotSaid),
        (r#""x":1"#, TicketOwner::NotSaid),
    ] {
        let answer = format!(r#"{{"id":"9","properties":{{{owner}}}}}"#);
        let (_, _, ticket) = asked(&tickets::get(TicketId(9)), &answer).await;
        assert_eq!(ticket.unwrap().owner, expected, "{owner}");
    }
}

#[tokio::test]
async fn a_ticket_is_read_with_its_contacts() {
    let answer = r#"{"id":"9","properties":{"hubspot_owner_id":null,"hs_conversations_originating_thread_id":"7750001","hs_pipeline":"0","hs_pipeline_stage":"2","hs_lastmodifieddate":"2026-11-22T10:00:00.250Z"},"associations":{"contacts":{"results":[{"id":"15301","type":"ticket_to_contact"}]}},"createdAt":"x","updatedAt":"y","archived":false}"#;
    let (line, _, ticket) = asked(&tickets::get(TicketId(9)), answer).await;
    assert_eq!(
        line,
        "GET /crm/objects/2026-03/tickets/9?properties=hubspot_owner_id%2C\
         hs_conversations_originating_thread_id%2Chs_pipeline_stage%2Chs_pipeline%2C\
         hs_lastmodifieddate&associations=contacts"
    );
    let ticket = ticket.unwrap();
    assert_eq!(ticket.originating_thread, Some(ThreadId(7_750_001)));
    assert_eq!(ticket.pipeline_stage.as_deref(), Some("2"));
    assert_eq!(
        ticket.modified_at,
        Some(Timestamp::from_millis(1_795_341_600_250))
    );
    assert_eq!(ticket.contacts, [15_301]);
}

#[tokio::test]
async fn a_batch_tells_what_is_not_there_from_what_was_not_read() {
    let answer = r#"{"status":"COMPLETE","results":[{"id":"1","properties":{"hubspot_owner_id":""}}],"numErrors":2,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","message":"Could not get some TICKET objects","context":{"ids":["2"]}},{"status":"error","category":"INTERNAL","context":{"ids":["3"]}}]}"#;
    let ids: Vec<TicketId> = (1..=150).map(TicketId).collect();
    let (line, body, batch) = asked(&tickets::batch(&ids), answer).await;
    assert_eq!(line, "POST /crm/objects/2026-03/tickets/batch/read");
    assert_eq!(body.matches(r#"{"id":"#).count(), tickets::MAX_BATCH);
    let batch = batch.unwrap();
    assert_eq!(batch.found.len(), 1);
    assert_eq!(batch.not_found, [TicketId(2)]);
}

#[tokio::test]
async fn the_newest_tickets_are_asked_for_by_their_creation() {
    let answer = r#"{"total":5,"results":[{"id":"9","properties":{}},{"id":7}]}"#;
    let (line, body, newest) = asked(&tickets::newest(), answer).await;
    assert_eq!(line, "POST /crm/objects/2026-03/tickets/search");
    for part in [
        r#""limit":100"#,
        r#""propertyName":"createdate""#,
        r#""direction":"DESCENDING""#,
    ] {
        assert!(body.contains(part), "{body}");
    }
    assert_eq!(newest.unwrap(), [TicketId(9), TicketId(7)]);
    let (.., broken) = asked(&tickets::newest(), r#"{"results":[{"id":null}]}"#).await;
    assert!(broken.is_err());
}

#[tokio::test]
async fn a_message_is_sent_as_a_user_over_the_newest_messages_channel() {
    let message = NewMessage {
        sender_user_id: 3_892_009,
        text: "hello".to_owned(),
        rich_text: None,
        subject: Some("Re: Broken".to_owned()),
        channel: ChannelId(1_002),
        channel_account: 245_678,
        recipients: vec![Party {
            actor: Some(ActorId::Visitor("77".to_owned())),
            name: None,
            field: Some("TO".to_owned()),
            address: Some(Address {
                kind: "HS_EMAIL_ADDRESS".to_owned(),
                value: "kim@example.com".to_owned(),
            }),
        }],
    };
    let sent = r#"{"id":"m9","type":"MESSAGE","text":"hello"}"#;
    let (line, body, item) = asked(&send_message::send(ThreadId(7), &message), sent).await;
    assert_eq!(
        line,
        "POST /conversations/v3/conversations/threads/7/messages"
    );
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "type": "MESSAGE",
            "text": "hello",
            "subject": "Re: Broken",
            "senderActorId": "A-3892009",
            "channelId": "1002",
            "channelAccountId": "245678",
            "recipients": [{
                "actorId": "V-77",
                "recipientField": "TO",
                "deliveryIdentifiers": [{"type": "HS_EMAIL_ADDRESS", "value": "kim@example.com"}],
            }],
            "attachments": [],
        })
    );
    assert_eq!(item.unwrap().id, "m9");

    let note = send_message::comment(ThreadId(7), "for people");
    let (_, body, item) = asked(&note, r#"{"id":"c9","type":"COMMENT","text":"for people"}"#).await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = serde_json::json!({"type":"COMMENT","text":"for people","attachments":[]});
    assert_eq!(body, expected);
    assert_eq!(
        item.unwrap().content,
        Content::Comment {
            text: "for people".to_owned()
        }
    );
}

#[tokio::test]
async fn owners_come_in_pages_and_may_say_almost_nothing() {
    let page = r#"{"results":[{"id":"81538001","userId":3892001,"type":"PERSON","email":"sam@example.com","firstName":"Sam","lastName":"","teams":[{"id":"4","name":"First","primary":true},{"id":"x"}],"archived":false},{"id":5},{"id":"6","type":"ROBOT","archived":true}],"paging":{"next":{"after":"6"}}}"#;
    let list = owners::list(owners::Archived::Yes, None);
    let (line, _, read) = asked(&list, page).await;
    assert_eq!(line, "GET /crm/owners/2026-03?limit=500&archived=true");
    let read = read.unwrap();
    assert_eq!(read.after.as_deref(), Some("6"));
    let [sam, bare, robot] = &read.results[..] else {
        panic!("{read:?}");
    };
    assert_eq!((sam.last_name.as_deref(), sam.teams.len()), (None, 1));
    assert_eq!(bare.kind, owners::OwnerKind::Unknown(String::new()));
    assert_eq!(robot.kind, owners::OwnerKind::Unknown("ROBOT".to_owned()));
}
