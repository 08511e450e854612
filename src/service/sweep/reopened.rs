//! Looks for conversations that HubSpot shows open and that are known as closed: their reopening, or
//! their coming out of the archive, was not told. One walk after the other through HubSpot's list, a
//! few pages in a round: nothing that is closed is ever asked for by itself.

use super::Sweep;
use super::walks::{AFAR, newest_message};
use crate::service::paced_reading::NotRead;
use crate::store::pool::read;
use crate::store::reopened_walks;
use std::collections::BTreeSet;

/// In one round, 500 conversations each: 27,000 in two thirds of a sweep period of 5 minutes.
const PAGES_IN_ROUND: u32 = 5;

impl Sweep<'_> {
    /// Goes on with the walk that is under way, or begins one if the last began long enough ago and
    /// anything is closed.
    pub(super) async fn look_for_reopened(&mut self) -> Result<(), NotRead> {
        let (portal, age) = (self.round.portal, self.age);
        let from = read(&self.round.follower.store, move |conn| {
            reopened_walks::go_on_from(conn, portal, age, AFAR)
        });
        let Some(from) = from.await? else {
            return Ok(());
        };
        let nothing_due = BTreeSet::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_IN_ROUND {
            if self.round.is_half_over() {
                break;
            }
            let Some((page, began_at)) = self.page(from, after.as_deref()).await? else {
                break;
            };
            let reached = newest_message(&page.results);
            let news = self.of_use(page.results, &nothing_due, began_at).await?;
            self.take_in(&news, began_at).await?;
            after = page.after;
            let goes_on_from = reached.filter(|_| after.is_some());
            read(&self.round.follower.store, move |conn| {
                reopened_walks::note_reached(conn, portal, goes_on_from)
            })
            .await?;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }
}
