//! The simulated HubSpot that runs beside a Baton. It is told what a triggered event says, so that
//! what Baton reads later agrees with it; the event itself is sent by `trigger`.

use super::request_options::RequestOptions;
use crate::domain::ids::PortalId;
use crate::simulator::caller::{CallError, Caller, Target};
use crate::simulator::hubspot::deed::{Deed, Done, Known};
use serde::Deserialize;

/// One that was found.
pub struct HubSpotBeside {
    caller: Caller,
    portal: PortalId,
    /// What it knows of the conversation or ticket that was named.
    pub known: Known,
}

/// Why an event is sent alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// HubSpot would not sign so.
    #[error("nothing is told to it that is not signed as it signs (--secret, --signature)")]
    SignedOtherwise,
    /// There is none.
    #[error("no simulated HubSpot answers at {0} (--hubspot)")]
    NoAnswer(String),
    /// It tells another Baton.
    #[error("the one at {url} belongs to the Baton at {service} (--url, --hubspot)")]
    OfAnother {
        /// Its address.
        url: String,
        /// The other Baton.
        service: String,
    },
    /// It knows no such conversation, person or the like.
    #[error("the one at {url} says: {why}")]
    Refused {
        /// Its address.
        url: String,
        /// In its words.
        why: String,
    },
    /// It has no such thing to do.
    #[error("{0}")]
    CannotDo(&'static str),
}

impl HubSpotBeside {
    /// Asks for the one that sends webhooks to this Baton.
    pub async fn find(options: &RequestOptions, asked: &str) -> Result<Self, NotTold> {
        if !options.is_signed_as_the_demo_signs() {
            return Err(NotTold::SignedOtherwise);
        }
        let url = options.hubspot.trim_end_matches('/').to_owned();
        let silent = || NotTold::NoAnswer(url.clone());
        let caller = unsigned(options, &url).map_err(|_| silent())?;
        let path = format!("/_simulator/desk/{}/{asked}", options.portal);
        let answer = caller.get(&path, None).await.map_err(|_| silent())?;
        let known = serde_json::from_slice::<Known>(&answer.body).map_err(|_| silent())?;
        if !same_address(&known.service, options.signed_url()) {
            let service = known.service;
            return Err(NotTold::OfAnother { url, service });
        }
        Ok(Self {
            caller,
            portal: options.portal,
            known,
        })
    }

    /// Has it happen there, without a webhook of it.
    pub async fn carry_out(&self, deed: &Deed) -> Result<Done, NotTold> {
        let path = format!("/_simulator/desk/{}/untold", self.portal);
        let url = self.caller.called_url("");
        let silent = || NotTold::NoAnswer(url.clone());
        let body = serde_json::to_vec(deed).map_err(|_| silent())?;
        let answer = self.caller.post(&path, Vec::new(), body).await;
        let answer = answer.map_err(|_| silent())?;
        if answer.status == 200 {
            return serde_json::from_slice(&answer.body).map_err(|_| silent());
        }
        let why = serde_json::from_slice::<Refusal>(&answer.body);
        let why = why.map_err(|_| silent())?.message;
        Err(NotTold::Refused { url, why })
    }
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

fn unsigned(options: &RequestOptions, url: &str) -> Result<Caller, CallError> {
    Caller::new(Target {
        base_url: url.to_owned(),
        signed_base_url: url.to_owned(),
        secret: crate::simulator::demo_world::CLIENT_SECRET.into(),
        versions: options.signature,
    })
}

/// `localhost` is the address of this machine, and a slash at the end is nothing.
fn same_address(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim_end_matches('/').to_lowercase();
        text.replacen("//localhost", "//127.0.0.1", 1)
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baton_is_known_by_its_address_however_it_is_written() {
        assert!(same_address(
            "http://127.0.0.1:8080",
            "http://LOCALHOST:8080/"
        ));
        assert!(!same_address(
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8081"
        ));
    }
}
