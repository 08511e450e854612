//! What workflows and HubSpot do while a browser looks.

use crate::base;
pub use crate::base::ADMIN_PASSWORD as PASSWORD;
pub use crate::beside::World;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::demo_world;
use baton::simulator::signing::{UrlSigner, Versions};
use baton::simulator::webhook_event::{Change, PATH, WebhookEvent, delivery};
use secrecy::SecretString;
use std::sync::atomic::{AtomicI64, Ordering};

impl World {
    /// A workflow acts on the demo's ticket.
    pub async fn act(&self, kind: ActionKind, inputs: &[(&str, &str)]) {
        assert_eq!(self.call(kind, inputs).await.status, 200);
    }

    /// HubSpot tells of a change, as of now.
    pub async fn tell(&self, change: Change) {
        static IDS: AtomicI64 = AtomicI64::new(1);
        let now = chrono::Utc::now().timestamp_millis();
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let body = delivery(&[WebhookEvent::new(demo_world::PORTAL, change, now, id)]);
        let url = format!("{}{PATH}", self.url);
        let signer = UrlSigner::new(&SecretString::from(base::SECRET), "POST", &url);
        let mut request = base::client().post(url);
        for (name, value) in signer.headers(Versions::Both, &body, now) {
            request = request.header(name, value);
        }
        assert_eq!(request.body(body).send().await.unwrap().status(), 200);
    }

    /// An address of the service.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}
