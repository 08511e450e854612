//! `GET /conversations/v3/conversations/threads`: filters, orders and pages.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::{Call, Fields};
use super::super::desk::thread::{Status, Thread};
use super::super::simulation::Simulation;
use super::thread_json::{Associations, INBOX, public_thread};
use super::threads::{READ, associations, wants_archived};
use crate::domain::ids::TicketId;
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const USUAL_PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;

/// Answers a page.
pub fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, READ, |world, caller| {
        let wanted = Wanted::read(&call.query_fields())?;
        let desk = world.desk(caller.portal)?;
        let all = desk.threads_as_of(desk.seen_at(now));
        let fitting = all.filter(|thread| wanted.fits(thread));
        let mut placed: Vec<(Place, &Thread)> = fitting
            .map(|thread| (wanted.order.place(thread), thread.as_ref()))
            .filter(|(place, _)| wanted.after.is_none_or(|after| *place > after))
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        Ok(HttpResponse::Ok().json(wanted.page(&placed, &simulation.url)))
    })
}

/// Where a conversation stands in an order.
type Place = (i64, i64);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Id,
    LatestMessage,
}

impl Order {
    fn place(self, thread: &Thread) -> Place {
        match self {
            Self::Id => (0, thread.id.0),
            Self::LatestMessage => {
                let at = thread.last_message_at().unwrap_or(thread.created_at);
                (at.timestamp_millis(), thread.id.0)
            }
        }
    }
}

struct Wanted {
    contact: Option<i64>,
    status: Option<Status>,
    ticket: Option<TicketId>,
    inbox: Option<String>,
    archived: bool,
    order: Order,
    written_after: Option<DateTime<Utc>>,
    after: Option<Place>,
    limit: usize,
    associations: Associations,
}

impl Wanted {
    fn read(query: &Fields) -> Result<Self, ApiError> {
        let invalid = |what: &str| ApiError::invalid(&format!("Invalid input: {what}"));
        let limit: usize = query
            .get("limit")
            .map_or(Ok(USUAL_PAGE), str::parse)
            .unwrap_or(0);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(invalid("limit must be 1 to 500"));
        }
        let order = match query.get("sort") {
            None | Some("id") => Order::Id,
            Some("latestMessageTimestamp") => Order::LatestMessage,
            Some(_) => return Err(invalid("sort must be one of: [id, latestMessageTimestamp]")),
        };
        let written_after = query.get("latestMessageTimestampAfter").map(str::parse);
        let written_after = written_after.transpose();
        let written_after: Option<DateTime<Utc>> =
            written_after.map_err(|_| invalid("latestMessageTimestampAfter is no time"))?;
        if order == Order::LatestMessage && written_after.is_none() {
            return Err(invalid(
                "sort=latestMessageTimestamp needs latestMessageTimestampAfter",
            ));
        }
        let number = |name: &str| {
            let number = query.get(name).map(str::parse::<i64>).transpose();
            number.map_err(|_| invalid(&format!("{name} must be a whole number")))
        };
        let contact = number("associatedContactId")?;
        let status = query.get("threadStatus").map(|status| {
            Status::read(status).ok_or_else(|| invalid("threadStatus must be OPEN or CLOSED"))
        });
        let status = status.transpose()?;
        if status.is_some() && contact.is_none() {
            return Err(invalid("threadStatus needs associatedContactId"));
        }
        Ok(Self {
            contact,
            status,
            ticket: number("associatedTicketId")?.map(TicketId),
            inbox: query.get("inboxId").map(str::to_owned),
            archived: wants_archived(query),
            order,
            written_after,
            after: query.get("after").map(cursor).transpose()?,
            limit,
            associations: associations(query)?,
        })
    }

    fn fits(&self, thread: &Thread) -> bool {
        let is_late_enough = self
            .written_after
            .is_none_or(|after| thread.last_message_at().is_some_and(|at| at > after));
        thread.is_archived == self.archived
            && is_late_enough
            && self.contact.is_none_or(|contact| thread.contact == contact)
            && self.status.is_none_or(|status| thread.status == status)
            && self
                .ticket
                .is_none_or(|ticket| thread.ticket == Some(ticket))
            && self.inbox.as_deref().is_none_or(|inbox| inbox == INBOX)
    }

    fn page(&self, placed: &[(Place, &Thread)], url: &str) -> Value {
        let here = placed.iter().take(self.limit);
        let results: Vec<Value> = here
            .map(|(_, thread)| public_thread(thread, self.associations))
            .collect();
        let mut page = json!({ "results": results });
        if let (Some(((at, id), _)), Some(fields)) =
            (placed.get(self.limit - 1), page.as_object_mut())
            && placed.len() > self.limit
        {
            let after = format!("{at}:{id}");
            let link = format!("{url}/conversations/v3/conversations/threads?after={after}");
            let next = json!({ "next": { "after": after, "link": link } });
            fields.insert("paging".to_owned(), next);
        }
        page
    }
}

fn cursor(text: &str) -> Result<Place, ApiError> {
    let place = text.split_once(':');
    let place = place.and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    place.ok_or_else(|| ApiError::invalid("Invalid input: after is no cursor"))
}
