//! What workflows do with the record that is enrolled: a ticket or a contact is named, edited, looked
//! at, and written about.

use crate::workflows::{Bench, MINE};
use crate::world::CUSTOMER;
use baton::simulator::demo_world::{THREAD, TICKET};
use baton::simulator::hubspot::deed::{Deed, Hand};
use baton::simulator::hubspot::workflows::enrollment::Stage;
use baton::simulator::hubspot::workflows::object::Object;
use baton::simulator::hubspot::workflows::workflow::{Input, Output, Step, Way};
use serde_json::json;

const OWNER: &str = "hubspot_owner_id";
const SAM: i64 = 81_538_001;

fn edit(property: &str, value: &str) -> Step {
    Step::Edit {
        property: property.to_owned(),
        value: Input::Value(value.to_owned()),
    }
}

fn notify(text: Input) -> Step {
    Step::Notify(text)
}

fn by_owner(values: &[String], steps: Vec<Step>) -> Step {
    Step::Branch {
        on: Input::Property(OWNER.to_owned()),
        ways: vec![Way {
            values: values.to_vec(),
            steps,
        }],
        otherwise: Vec::new(),
    }
}

#[tokio::test]
async fn a_contact_is_called_as_a_contact() {
    let bench = Bench::start().await;
    let hubspot = &bench.world.hubspot;
    let contact = hubspot.contact_of(CUSTOMER, THREAD).unwrap();
    let note = Input::Property("email".to_owned());
    bench.publish(vec![Step::Action {
        uid: "pause_ai".to_owned(),
        called: String::new(),
        inputs: [("note".to_owned(), note)].into(),
    }]);

    let id = hubspot.enroll_contact(CUSTOMER, MINE, contact).unwrap();

    let ended = bench.until(id, Stage::Ended).await;
    assert_eq!(ended.object, Object::Contact(contact));
    let body = bench.service.received()[0].json();
    let named = json!({ "objectId": contact, "objectType": "CONTACT", "properties": {} });
    assert_eq!(body["object"], named);
    let email = body["inputFields"]["note"].as_str().unwrap();
    assert!(email.ends_with("@customer.example"), "{email}");
    let nobody = hubspot.enroll_contact(CUSTOMER, MINE, 5);
    assert_eq!(nobody.unwrap_err(), "there is no contact 5");
}

#[tokio::test]
async fn an_edit_changes_the_ticket_for_what_follows() {
    let bench = Bench::start().await;
    let owned = Deed::AssignTicket {
        ticket: TICKET,
        owner: Some(SAM),
        by: Hand::Admin,
    };
    bench.world.hubspot.carry_out(CUSTOMER, &owned).unwrap();
    let note = |text: &str| notify(Input::Value(text.to_owned()));

    let ended = bench
        .run(vec![
            by_owner(&[SAM.to_string()], vec![note("Sam has it")]),
            edit(OWNER, ""),
            by_owner(&[String::new()], vec![note("nobody has it")]),
        ])
        .await;

    assert_eq!(ended.notified, ["Sam has it", "nobody has it"]);
    assert_eq!(bench.called(), Vec::<String>::new());
}

#[tokio::test]
async fn an_edit_that_cannot_be_is_said_and_the_workflow_goes_on() {
    let bench = Bench::start().await;
    bench.publish(vec![edit(OWNER, "5"), Step::action("pause_ai", &[])]);
    let ended = bench.until(bench.enroll(), Stage::Ended).await;
    let said = "hubspot_owner_id cannot be edited: there is no owner 5";
    assert_eq!(ended.notified, [said]);
    assert_eq!(bench.called(), ["pause-ai"]);

    let hubspot = &bench.world.hubspot;
    let contact = hubspot.contact_of(CUSTOMER, THREAD).unwrap();
    let id = hubspot.enroll_contact(CUSTOMER, MINE, contact).unwrap();
    let ended = bench.until(id, Stage::Ended).await;
    assert_eq!(ended.notified.len(), 1);
    assert_eq!(ended.executions.len(), 1);
}

#[tokio::test]
async fn an_end_in_a_branch_ends_the_whole_passage() {
    let bench = Bench::start().await;
    bench
        .service
        .put_out(200, json!({ "explanation": "it is so" }));
    let told = Input::Output(Output::of("pause_ai", "explanation"));
    let ended = bench
        .run(vec![
            Step::action("pause_ai", &[]),
            by_owner(&[String::new()], vec![notify(told), Step::End]),
            Step::action("resume_ai", &[]),
        ])
        .await;
    assert_eq!(ended.notified, ["it is so"]);
    assert_eq!(bench.called(), ["pause-ai"]);
}
