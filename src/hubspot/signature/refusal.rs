//! Why a request is not taken for HubSpot's. For the log and the metric, never for the caller,
//! who gets one answer for all of these; and never with a signature or a secret in it.

use super::version::SignatureVersion;
use crate::domain::time::Span;
use std::fmt;

/// The true reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither signature header is there.
    #[error("no signature: expected x-hubspot-signature-v3 or x-hubspot-signature")]
    NoSignature,
    /// A signature header, here by name, is there more than once.
    #[error("header {0} is given more than once")]
    DuplicateHeader(&'static str),
    /// A signature header, here by name, is empty or holds more than visible ASCII.
    #[error("header {0} is malformed: expected visible ASCII")]
    MalformedHeader(&'static str),
    /// The path and query do not begin with `/`, or hold what a JSON body begins with.
    #[error(
        "the request's path and query are malformed: expected a leading / and, in the app's URL, \
         any {{ or [ percent-encoded"
    )]
    MalformedTarget,
    /// The signature is not of its version's form.
    #[error("the {version} signature is malformed{}", what_fits(hint.as_ref()))]
    MalformedSignature {
        /// The version that counted.
        version: SignatureVersion,
        /// What beside it would have matched.
        hint: Option<Hint>,
    },
    /// v3 without a timestamp.
    #[error(
        "a v3 signature without x-hubspot-request-timestamp{}",
        what_fits(hint.as_ref())
    )]
    MissingTimestamp {
        /// What beside it would have matched.
        hint: Option<Hint>,
    },
    /// The timestamp is not a plain decimal number.
    #[error(
        "x-hubspot-request-timestamp is malformed: expected milliseconds in decimal digits{}",
        what_fits(hint.as_ref())
    )]
    MalformedTimestamp {
        /// What beside it would have matched.
        hint: Option<Hint>,
    },
    /// The request was signed too long ago.
    #[error("signed {} ms ago{}", age.as_millis(), clock_hint(*signature_fits))]
    TimestampTooOld {
        /// By our clock.
        age: Span,
        /// Whether the signature is right otherwise: a slow delivery, a replay, or a wrong clock.
        signature_fits: bool,
    },
    /// The request was signed too far in the future.
    #[error("signed {} ms in the future{}", ahead.as_millis(), clock_hint(*signature_fits))]
    TimestampAhead {
        /// By our clock.
        ahead: Span,
        /// Whether the signature is right otherwise, which means a wrong clock.
        signature_fits: bool,
    },
    /// `x-hubspot-signature-version` names another version than v2.
    #[error("x-hubspot-signature-version is not v2{}", v1_hint(*v1_fits))]
    UnexpectedVersion {
        /// Whether the signature is right as v1.
        v1_fits: bool,
    },
    /// Only v2 is there, and the settings ask for v3.
    #[error("signed with v2 only, but HUBSPOT_MIN_SIGNATURE is v3{}", v2_hint(*v2_fits))]
    BelowMinimum {
        /// Whether the v2 signature is right.
        v2_fits: bool,
    },
    /// The signature is not that of this request under our secrets.
    #[error("the {version} signature does not match{}", what_fits(hint.as_ref()))]
    Mismatch {
        /// The version that counted.
        version: SignatureVersion,
        /// What would have matched.
        hint: Option<Hint>,
    },
}

impl Refusal {
    /// True if whoever signed knows one of our secrets: HubSpot, held up by a setting, an address
    /// or a clock; or somebody who repeats what it sent. A stranger cannot cause one.
    pub fn is_of_hubspot(&self) -> bool {
        match self {
            Self::NoSignature
            | Self::DuplicateHeader(_)
            | Self::MalformedHeader(_)
            | Self::MalformedTarget => false,
            Self::TimestampTooOld { signature_fits, .. }
            | Self::TimestampAhead { signature_fits, .. } => *signature_fits,
            Self::UnexpectedVersion { v1_fits } => *v1_fits,
            Self::BelowMinimum { v2_fits } => *v2_fits,
            Self::MalformedSignature { hint, .. }
            | Self::MissingTimestamp { hint }
            | Self::MalformedTimestamp { hint }
            | Self::Mismatch { hint, .. } => hint.is_some(),
        }
    }

    /// True if the signature is right as v1: the app's webhooks are signed in the older way.
    pub fn fits_as_v1(&self) -> bool {
        matches!(
            self,
            Self::UnexpectedVersion { v1_fits: true }
                | Self::Mismatch {
                    hint: Some(Hint::V1Fits),
                    ..
                }
        )
    }

    /// A short name for metrics. It stays the same from release to release.
    pub fn label(&self) -> &'static str {
        match self {
            Self::NoSignature => "no_signature",
            Self::DuplicateHeader(_) => "duplicate_header",
            Self::MalformedHeader(_) => "malformed_header",
            Self::MalformedTarget => "malformed_target",
            Self::MalformedSignature { .. } => "malformed_signature",
            Self::MissingTimestamp { .. } => "missing_timestamp",
            Self::MalformedTimestamp { .. } => "malformed_timestamp",
            Self::TimestampTooOld { .. } => "timestamp_too_old",
            Self::TimestampAhead { .. } => "timestamp_ahead",
            Self::UnexpectedVersion { .. } => "unexpected_version",
            Self::BelowMinimum { .. } => "below_minimum",
            Self::Mismatch { hint, .. } => match hint {
                None => "mismatch",
                Some(Hint::V2Fits) => "mismatch_v2_fits",
                Some(Hint::V1Fits) => "mismatch_v1_fits",
                Some(Hint::AnotherAddress(_)) => "mismatch_address",
            },
        }
    }
}

/// What would have matched instead: the reason behind most mismatches that are not attacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hint {
    /// The v2 signature beside the v3 one is right.
    #[error("the v2 signature beside it matches, but with v3 present only v3 counts")]
    V2Fits,
    /// The signature is right as v1.
    #[error("as v1, which is not accepted here, it would match")]
    V1Fits,
    /// The signature is right for another address than the configured public URL.
    #[error(transparent)]
    AnotherAddress(#[from] AnotherAddress),
}

/// The address that HubSpot signed, where it is not the configured one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it would match for {signed_for}, which differs from BATON_PUBLIC_URL in {}",
    in_words(differs_in)
)]
pub struct AnotherAddress {
    /// Scheme, host, port and path prefix as signed.
    pub signed_for: String,
    /// What differs; empty when only the spelling does.
    pub differs_in: Vec<AddressPart>,
}

/// A part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPart {
    /// `https` or `http`.
    Scheme,
    /// The host's name.
    Host,
    /// The port.
    Port,
    /// The path that stands before Baton's own.
    Prefix,
}

impl fmt::Display for AddressPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::Port => "port",
            Self::Prefix => "path prefix",
        })
    }
}

fn clock_hint(signature_fits: bool) -> &'static str {
    if signature_fits {
        "; the signature itself matches, so if this repeats compare this machine's clock"
    } else {
        ""
    }
}

fn v1_hint(v1_fits: bool) -> &'static str {
    if v1_fits {
        "; as v1, which is not accepted here, the signature would match"
    } else {
        ""
    }
}

fn v2_hint(v2_fits: bool) -> &'static str {
    if v2_fits {
        "; as v2 it matches"
    } else {
        "; as v2 it does not match either"
    }
}

fn what_fits(hint: Option<&Hint>) -> String {
    hint.map(|hint| format!("; {hint}")).unwrap_or_default()
}

fn in_words(parts: &[AddressPart]) -> String {
    if parts.is_empty() {
        return "spelling".to_owned();
    }
    let words: Vec<String> = parts.iter().map(AddressPart::to_string).collect();
    words.join(", ")
}
