//! What answers hold is what the definitions promise: no more, or a workflow could not branch on
//! it, and no less, or a branch would wait for a value that never comes.

use crate::world::{Outputs, PORTAL, World};
use baton::domain::gate::Mode;
use baton::hubspot::action_kind::ActionKind as Defined;
use baton::hubspot::definition::output::{Form, outputs};
use baton::simulator::action_kind::ActionKind;
use baton::store::portals;
use std::collections::BTreeSet;

/// HubSpot's own word in an answer, which no definition names.
const HUBSPOTS_OWN: &str = "hs_execution_state";

/// Answers of one action in many states of a conversation.
async fn answers(kind: ActionKind) -> Vec<Outputs> {
    let world = World::start().await;
    let mut answers = Vec::new();
    let pauses = [("duration", "1h")];
    let unfit = [("dry_run", "perhaps")];
    let customer = [("target", "user:5"), ("customer_message", "One moment.")];
    let inputs: &[(&str, &str)] = match kind {
        ActionKind::PauseAi => &pauses,
        ActionKind::ResumeAi | ActionKind::SendToAi => &[],
        ActionKind::RequestHandoff => &customer,
    };
    // Beneath a pause with an end.
    world.act(ActionKind::PauseAi, &pauses).await;
    answers.push(world.act(kind, &unfit).await);
    world.act(ActionKind::ResumeAi, &[]).await;
    // Applied, again, tried only, unfit; then beneath a pause and a handoff.
    for inputs in [inputs, inputs, &[("dry_run", "true")], &unfit] {
        answers.push(world.act(kind, inputs).await);
    }
    world.act(ActionKind::PauseAi, &pauses).await;
    answers.push(world.act(kind, &unfit).await);
    answers.push(world.act(kind, inputs).await);
    world.act(ActionKind::RequestHandoff, &customer).await;
    answers.push(world.act(kind, inputs).await);
    portals::set_mode(&mut world.sql(), PORTAL, Mode::Observe).unwrap();
    answers.push(world.act(kind, inputs).await);
    answers
}

fn fits(form: &Form, value: &str) -> bool {
    match form {
        Form::Choice(values) => values.contains(&value),
        Form::Datetime | Form::Number => value.parse::<i64>().is_ok_and(|number| number >= 0),
        Form::Text => value.chars().count() <= 255,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_output_of_an_answer_is_defined_and_every_defined_one_comes() {
    for (kind, defined) in [
        (ActionKind::PauseAi, Defined::PauseAi),
        (ActionKind::ResumeAi, Defined::ResumeAi),
        (ActionKind::SendToAi, Defined::SendToAi),
        (ActionKind::RequestHandoff, Defined::RequestHandoff),
    ] {
        let defined = outputs(defined);
        let mut seen = BTreeSet::new();

        for answer in answers(kind).await {
            for (name, value) in &answer.0 {
                if name == HUBSPOTS_OWN {
                    continue;
                }
                let output = defined.iter().find(|output| output.name == name);
                let output = output.unwrap_or_else(|| panic!("{kind:?}: {name} is not defined"));
                assert!(fits(&output.form, value), "{kind:?}: {name} = {value}");
                seen.insert(output.name);
            }
        }

        let promised: BTreeSet<_> = defined.iter().map(|output| output.name).collect();
        assert_eq!(seen, promised, "{kind:?}");
    }
}
