//! The request by which HubSpot's workflow editor asks for an input's options, read from its raw
//! body. Lenient in all that Baton can do without (page "Custom workflow actions", external
//! options, read 2026-11-22; other apps' code shows further fields, which are ignored).

use super::{lenient, nesting};
use crate::domain::ids::PortalId;
use serde_json::Value;

/// One question for options. The input it is about is in the address that HubSpot signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionsCall {
    /// The account whose workflow is edited.
    pub portal: PortalId,
    /// What the author typed; empty if nothing.
    pub query: String,
    /// Where the page before this one ended.
    pub after: Option<String>,
}

/// Why a body is no question for options. The message quotes nothing of the body.
#[derive(Debug, thiserror::Error)]
pub enum NotAnOptionsCall {
    /// Not JSON, or not UTF-8.
    #[error("the body is not JSON: expected a request for options as a JSON object")]
    NotJson,
    /// Arrays and objects inside each other, too many times.
    #[error("the body nests deeper than {} levels", nesting::MAX_DEPTH)]
    TooDeep,
    /// No usable portal.
    #[error("origin.portalId, or portalId, is missing or not a positive whole number")]
    NoPortal,
}

/// The portal, where the page shows it and where older models have it.
const PORTALS: [&str; 2] = ["/origin/portalId", "/portalId"];
const QUERY: &str = "/fetchOptions/q";
const AFTER: &str = "/fetchOptions/after";

impl OptionsCall {
    /// Reads a body, whose size the caller has bounded and whose signature it has verified.
    ///
    /// # Errors
    /// See [`NotAnOptionsCall`].
    pub fn parse(body: &[u8]) -> Result<Self, NotAnOptionsCall> {
        if nesting::is_too_deep(body) {
            return Err(NotAnOptionsCall::TooDeep);
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| NotAnOptionsCall::NotJson)?;
        if !body.is_object() {
            return Err(NotAnOptionsCall::NotJson);
        }
        let portals = PORTALS.iter().filter_map(|path| body.pointer(path));
        let portal = portals.filter_map(lenient::id).next();
        let text = |path| body.pointer(path).and_then(lenient::text);
        Ok(Self {
            portal: portal.map(PortalId).ok_or(NotAnOptionsCall::NoPortal)?,
            query: text(QUERY).unwrap_or_default(),
            after: text(AFTER),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<OptionsCall, NotAnOptionsCall> {
        OptionsCall::parse(body.as_bytes())
    }

    #[test]
    fn the_documented_body_is_read() {
        let body = r#"{"origin":{"portalId":50001,"actionDefinitionId":2,"actionDefinitionVersion":1},
            "objectTypeId":"0-5","inputFieldName":"target",
            "inputFields":{"note":{"type":"STATIC_VALUE","value":"x"}},
            "fetchOptions":{"q":"sam","after":"7"}}"#;
        let expected = OptionsCall {
            portal: PortalId(50_001),
            query: "sam".to_owned(),
            after: Some("7".to_owned()),
        };
        assert_eq!(parse(body).unwrap(), expected);
    }

    #[test]
    fn the_portal_may_stand_at_the_root_and_the_rest_be_missing() {
        for body in [
            r#"{"portalId":"50001"}"#,
            r#"{"portalId":50001,"origin":null,"fetchOptions":null}"#,
            r#"{"portalId":50001,"origin":{"portalId":0},"fetchOptions":{"q":null,"after":""}}"#,
        ] {
            let call = parse(body).unwrap();
            assert_eq!((call.portal, call.query.as_str()), (PortalId(50_001), ""));
            assert_eq!(call.after, None);
        }
    }

    #[test]
    fn what_is_no_question_for_options_is_refused() {
        for body in ["", "nonsense", "[]", "null", "7", "{\"portalId\":1"] {
            let refused = parse(body);
            assert!(matches!(refused, Err(NotAnOptionsCall::NotJson)), "{body}");
        }
        for body in ["{}", r#"{"origin":{"portalId":-1}}"#, r#"{"portalId":"x"}"#] {
            let refused = parse(body);
            assert!(matches!(refused, Err(NotAnOptionsCall::NoPortal)), "{body}");
        }
        assert!(OptionsCall::parse(&[0xff]).is_err());
        let deep = format!(
            "{{\"portalId\":1,\"a\":{}{}}}",
            "[".repeat(40),
            "]".repeat(40)
        );
        assert!(matches!(parse(&deep), Err(NotAnOptionsCall::TooDeep)));
    }
}
