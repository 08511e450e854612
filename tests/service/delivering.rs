//! HubSpot's webhooks as a world receives them, and what is seen of their effect.

use crate::wire::{Response, now_ms, send};
use crate::world::{PORTAL, SECRET, THREAD, TICKET, World, client, while_503};
use baton::domain::ids::{PortalId, ThreadId, TicketId};
use baton::simulator::signing::{UrlSigner, Versions};
use baton::simulator::webhook_event::{Change, PATH, WebhookEvent, delivery};
use secrecy::SecretString;
use std::sync::atomic::{AtomicI64, Ordering};

/// A teammate, as an actor.
pub const ANN: &str = "A-3892001";
/// Another one.
pub const BEN: &str = "A-3892002";
/// The teammate the AI sends as.
pub const AI: &str = "A-61000009";

/// An event of the usual portal with an id of its own, as of now.
pub fn event(change: Change) -> WebhookEvent {
    event_of(PORTAL, change)
}

/// The same in some portal.
pub fn event_of(portal: PortalId, change: Change) -> WebhookEvent {
    static IDS: AtomicI64 = AtomicI64::new(3_269_000_001);
    WebhookEvent::new(
        portal,
        change,
        now_ms(),
        IDS.fetch_add(1, Ordering::Relaxed),
    )
}

/// [`THREAD`] is assigned to an actor, or to nobody.
pub fn assigned(actor: &str) -> WebhookEvent {
    event(Change::Assignee(THREAD, actor.to_owned()))
}

/// [`TICKET`] gets an owner, or none.
pub fn owned(owner: &str) -> WebhookEvent {
    event(Change::TicketOwner(TICKET, owner.to_owned()))
}

/// [`THREAD`] is opened or closed.
pub fn status(status: &str) -> WebhookEvent {
    event(Change::Status(THREAD, status.to_owned()))
}

/// Somebody wrote in [`THREAD`].
pub fn message(id: &str) -> WebhookEvent {
    event(Change::Message(THREAD, id.to_owned(), "MESSAGE".to_owned()))
}

/// The same event some seconds earlier, or later.
pub fn moved(mut event: WebhookEvent, seconds: i64) -> WebhookEvent {
    event.occurred_at_ms += seconds * 1_000;
    event
}

/// The same events about another conversation and tickets of their own.
pub fn about(events: &[WebhookEvent], place: i64) -> Vec<WebhookEvent> {
    let thread = ThreadId(THREAD.0 + place);
    let ticket = |of: TicketId| TicketId(of.0 + place);
    let moved_to = |event: &WebhookEvent| {
        let change = match event.change.clone() {
            Change::Assignee(_, value) => Change::Assignee(thread, value),
            Change::TicketOwner(of, value) => Change::TicketOwner(ticket(of), value),
            Change::ObjectOwner(of, value) => Change::ObjectOwner(ticket(of), value),
            Change::Status(_, value) => Change::Status(thread, value),
            Change::Message(_, id, kind) => Change::Message(thread, id, kind),
            Change::Linked(of, _) => Change::Linked(ticket(of), thread),
            Change::Created(_) => Change::Created(thread),
            Change::Deleted(_) => Change::Deleted(thread),
            Change::Restored(_) => Change::Restored(thread),
            other @ (Change::Erased(_) | Change::ContactErased(_) | Change::Merged(..)) => other,
        };
        WebhookEvent {
            change,
            ..event.clone()
        }
    };
    events.iter().map(moved_to).collect()
}

impl World {
    /// Delivers events, which have to be received: again, as HubSpot does, while the answer is 503.
    pub async fn deliver(&self, events: &[WebhookEvent]) {
        let deliver = async || self.try_to_deliver(events).await;
        let response = while_503(deliver, |response| response.status).await;
        assert_eq!(
            response.status,
            200,
            "{:?}",
            String::from_utf8_lossy(&response.body)
        );
    }

    /// Delivers events.
    pub async fn try_to_deliver(&self, events: &[WebhookEvent]) -> Response {
        self.deliver_bytes(delivery(events)).await
    }

    /// Delivers any bytes, rightly signed.
    pub async fn deliver_bytes(&self, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let headers = self
            .webhook_signer(SECRET)
            .headers(Versions::Both, &body, now_ms());
        self.deliver_with(headers, body).await
    }

    /// Delivers any bytes under any headers.
    pub async fn deliver_with(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Response {
        let mut request = client().post(format!("{}{PATH}", self.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        send(request.body(body)).await
    }

    /// Signs deliveries to this world.
    pub fn webhook_signer(&self, secret: &str) -> UrlSigner {
        let url = format!("{}{PATH}", self.url);
        UrlSigner::new(&SecretString::from(secret.to_owned()), "POST", &url)
    }

    /// Links [`THREAD`] to [`TICKET`].
    pub async fn link(&self) {
        self.link_to(TICKET, THREAD).await;
    }

    /// Links a conversation to a ticket.
    pub async fn link_to(&self, ticket: TicketId, thread: ThreadId) {
        self.deliver(&[moved(event(Change::Linked(ticket, thread)), -3_600)])
            .await;
    }

    /// Knows the owners 81538001 (Ann), 81538009 (the AI's sender) and 81538100 (a queue).
    pub fn know_owners(&self) {
        self.execute(
            "INSERT INTO owners (portal_id, owner_id, user_id, kind, is_archived, read_at) VALUES \
             (50001, 81538001, 3892001, 'PERSON', false, now()), \
             (50001, 81538009, 61000009, 'PERSON', false, now()), \
             (50001, 81538100, NULL, 'QUEUE', false, now())",
        );
    }

    /// The state the API shows of [`THREAD`].
    pub async fn state(&self) -> String {
        let shown = self.conversation().await;
        shown["state"].as_str().unwrap_or_default().to_owned()
    }
}
