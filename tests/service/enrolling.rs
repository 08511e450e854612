//! The workflows of a recipe in the simulated HubSpot, beside a world that they call and that hears of
//! what people do. HubSpot's clock is moved; what the service knows of that clock moves along.

use crate::world::{Outputs, PORTAL, SECRET, TICKET, World};
use baton::simulator::hubspot::deed::{Assignee, Deed, Hand};
use baton::simulator::hubspot::workflows::enrollment::{Enrollment, ExecutionResult, Stage};
use baton::simulator::hubspot::workflows::workflow::Workflow;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use secrecy::SecretString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a test waits for what has to come: longer than until HubSpot repeats a call that a busy
/// machine answered 503.
const PATIENCE: Duration = Duration::from_secs(150);

/// A person's user id and owner id.
pub const SAM: (i64, i64) = (3_892_001, 81_538_001);

/// A world, its HubSpot, and a recipe's workflows in it.
pub struct Kitchen {
    pub world: World,
    pub hubspot: SimulatedHubSpot,
    workflows: Vec<Workflow>,
}

/// Where the recipes are.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("app-config/recipes")
}

/// A recipe's workflows, as its file has them.
pub fn workflows(recipe: &str) -> Vec<Workflow> {
    let path = folder().join(format!("{recipe}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

impl Kitchen {
    /// HubSpot has this recipe's workflows, and the app is installed.
    pub async fn with(recipe: &str) -> Self {
        let world = World::start().await;
        let mut options = HubSpotOptions::demo();
        options.app.client_secret = SecretString::from(SECRET);
        let hubspot = SimulatedHubSpot::start(options).await.unwrap();
        hubspot.serve_at(&world.url);
        hubspot.install(PORTAL).unwrap();
        let workflows = workflows(recipe);
        for workflow in &workflows {
            hubspot.publish_workflow(workflow.clone()).unwrap();
        }
        let kitchen = Self {
            world,
            hubspot,
            workflows,
        };
        kitchen.tell_the_clock(Duration::ZERO);
        kitchen
    }

    /// [`TICKET`] sets out through a workflow of the recipe, counted from 0.
    pub fn enroll(&self, workflow: usize) -> i64 {
        let workflow = self.workflows[workflow].id;
        self.hubspot.enroll(PORTAL, workflow, TICKET).unwrap()
    }

    /// [`TICKET`] passes through a workflow of the recipe; every action succeeds, since a refusal
    /// is an answer to branch on.
    pub async fn run(&self, workflow: usize) -> Enrollment {
        let ended = self.until(self.enroll(workflow), Stage::Ended).await;
        for execution in &ended.executions {
            assert_eq!(execution.result, ExecutionResult::Succeeded, "{ended:#?}");
        }
        ended
    }

    /// Waits until a passage is there.
    pub async fn until(&self, id: i64, stage: Stage) -> Enrollment {
        let began = Instant::now();
        loop {
            let passage = self.hubspot.enrollment(id).unwrap();
            if passage.stage == stage {
                return passage;
            }
            assert!(began.elapsed() < PATIENCE, "{stage:?}: {passage:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until the service was told everything that happened.
    pub async fn told(&self) {
        let began = Instant::now();
        while self.hubspot.unsettled_webhooks() > 0 {
            assert!(began.elapsed() < PATIENCE, "webhooks never settled");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until an attempt was made: the action no longer waits for the one before.
    pub async fn until_attempted(&self, id: i64) {
        let began = Instant::now();
        while self.hubspot.enrollment(id).unwrap().stage == Stage::Working {
            assert!(began.elapsed() < PATIENCE, "it works for ever");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until a workflow has cleared the ticket's owner, and the service knows.
    pub async fn until_owned_by_nobody(&self) {
        let began = Instant::now();
        while self.world.state().await == "human_active" {
            assert!(began.elapsed() < PATIENCE, "somebody owns it for ever");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.told().await;
    }

    /// So many minutes later by HubSpot's clock.
    pub fn minutes_pass(&self, minutes: u64) {
        let by = Duration::from_secs(minutes * 60);
        // First: workflows go on at once, and tell the service of it.
        self.tell_the_clock(by);
        self.hubspot.advance(by);
    }

    /// A person owns the ticket.
    pub async fn sam_owns_the_ticket(&self) {
        let deed = Deed::AssignTicket {
            ticket: TICKET,
            owner: Some(SAM.1),
            by: Hand::User(SAM.0),
        };
        self.hubspot.carry_out(PORTAL, &deed).unwrap();
        self.told().await;
    }

    /// A person is assigned the conversation.
    pub async fn sam_has_the_conversation(&self) {
        let thread = crate::world::THREAD;
        let sam = Assignee::User(SAM.0);
        self.hubspot.assign_thread(PORTAL, thread, sam).unwrap();
        self.told().await;
    }

    /// What the service would learn from HubSpot's answers once so much has passed.
    fn tell_the_clock(&self, passes: Duration) {
        let ahead = self.hubspot.now() + passes - chrono::Utc::now();
        let ahead = ahead.num_milliseconds();
        self.world.execute(&format!(
            "INSERT INTO hubspot_clock (offset_ms, seen_at) VALUES ({ahead}, now()) \
             ON CONFLICT (is_only) DO UPDATE SET offset_ms = {ahead}, seen_at = now()"
        ));
    }
}

/// What an execution of a passage put out.
pub fn outputs(passage: &Enrollment, execution: usize) -> Outputs {
    let found = passage.executions.get(execution);
    let found = found.unwrap_or_else(|| panic!("no execution {execution}: {passage:#?}"));
    Outputs(found.outputs.clone())
}

/// What the actions of a passage answered as the reason, one after the other.
pub fn reasons(passage: &Enrollment) -> Vec<&str> {
    let executions = passage.executions.iter();
    executions
        .map(|one| one.outputs["reason_code"].as_str())
        .collect()
}
