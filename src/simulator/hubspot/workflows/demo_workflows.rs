//! The workflows of the demo's account.

use super::workflow::{Input, Output, Step, Way, Workflow};
use crate::domain::ids::WorkflowId;
use crate::simulator::demo_world;

/// All of them.
pub fn workflows() -> Vec<Workflow> {
    let id = |place: i64| WorkflowId(demo_world::WORKFLOW.0 + place);
    vec![
        Workflow {
            id: id(0),
            name: "VIP: pause the AI for 15 minutes, then resume".to_owned(),
            steps: vec![
                Step::action("pause_ai", &[("duration", "15m"), ("note", "A VIP wrote")]),
                Step::DelayUntil(Output::of("pause_ai", "pause_expires_at")),
                Step::action("resume_ai", &[]),
            ],
        },
        Workflow {
            id: id(1),
            name: "Unhappy customer: ask for a person; back to the AI if nobody comes".to_owned(),
            steps: vec![
                Step::action(
                    "request_handoff",
                    &[("target", "default"), ("note", "The customer is unhappy")],
                ),
                Step::DelaySeconds(30 * 60),
                Step::action("send_to_ai", &[("response_mode", "answer_latest")]),
            ],
        },
        Workflow {
            id: id(2),
            name: "After a sale: the AI answers, unless a person does".to_owned(),
            steps: vec![
                Step::action("resume_ai", &[]),
                Step::Branch {
                    on: Input::Output(Output::of("resume_ai", "ai_state")),
                    ways: vec![Way {
                        values: vec!["ai_active".to_owned()],
                        steps: vec![Step::action(
                            "send_to_ai",
                            &[("response_mode", "answer_latest")],
                        )],
                    }],
                    otherwise: Vec::new(),
                },
            ],
        },
    ]
}
