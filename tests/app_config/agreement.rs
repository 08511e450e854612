//! What the definitions offer is what calls are read by and answered with.

use baton::hubspot::action_kind::ActionKind;
use baton::hubspot::asks::{SHARED, own_inputs};
use baton::hubspot::definition::input::{Form, NOT_OFFERED, inputs};
use baton::hubspot::definition::output::outputs;
use baton::hubspot::{asks, definition};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_input_the_server_reads_is_offered_or_left_out_for_a_reason() {
    for kind in ActionKind::ALL {
        let read: BTreeSet<_> = SHARED.iter().chain(own_inputs(kind)).copied().collect();
        let left_out = NOT_OFFERED.iter().map(|(name, _)| *name);
        let offered: BTreeSet<_> = inputs(kind).iter().map(|input| input.name).collect();
        let expected: BTreeSet<_> = offered
            .iter()
            .copied()
            .chain(left_out.filter(|name| read.contains(name)))
            .collect();
        assert_eq!(read, expected, "{kind:?}");
    }
}

#[test]
fn every_value_that_is_offered_is_understood() {
    for kind in ActionKind::ALL {
        for input in inputs(kind) {
            let Form::Choice(values) = &input.form else {
                continue;
            };
            for value in values {
                let mut given = BTreeMap::from([(input.name.to_owned(), (*value).to_owned())]);
                // The inputs that belong to a choice, as the editor then shows them.
                for (companion, words) in [
                    ("duration_minutes", "30"),
                    ("message_text", "words"),
                    ("instruction", "words"),
                ] {
                    given.insert(companion.to_owned(), words.to_owned());
                }
                let by = baton::domain::actor::Requester::workflow(None);
                let read = asks::read(kind, &given, by);
                assert!(read.is_ok(), "{kind:?} {}={value}: {read:?}", input.name);
            }
        }
    }
}

#[test]
fn outputs_have_no_name_twice_and_each_action_has_the_shared_ones() {
    for kind in ActionKind::ALL {
        let names: Vec<_> = outputs(kind).iter().map(|output| output.name).collect();
        let unique: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(names.len(), unique.len(), "{kind:?}");
        for shared in ["outcome", "ai_state", "ai_may_reply", "explanation"] {
            assert!(unique.contains(shared), "{kind:?} lacks {shared}");
        }
    }
}

#[test]
fn a_product_name_goes_into_every_name_a_person_sees() {
    let labels = definition::labels::Labels::load("Acme AI").unwrap();
    let files = definition::project::shared_files(&labels, "Acme AI");
    let names: Vec<_> = files
        .iter()
        .flat_map(|file| file.content["config"]["labels"].as_object())
        .flatten()
        .map(|(_, labels)| labels["actionName"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 4 * 7);
    for name in names {
        assert!(name.contains("Acme AI"), "{name}");
    }
    let text = serde_json::to_string(&files.iter().map(|file| &file.content).collect::<Vec<_>>());
    assert!(!text.unwrap().contains("{ai}"));
}
