//! The verdict on one request: HubSpot's, and how it was signed; or the reason why not.
//! Pure: everything it decides from is an argument. No setting turns it off.

use super::diagnose::{self, ClaimedAddress};
use super::headers::SignatureHeaders;
use super::proof::Proof;
use super::public_url::PublicUrl;
use super::refusal::{Hint, Refusal};
use super::secrets::{ClientSecrets, SecretUsed};
use super::version::SignatureVersion;
use super::{v2, v3};
use crate::domain::time::{Span, Timestamp};

/// HubSpot's own limit for the age of a request (page "Validating requests", read 2026-11-22).
pub const MAX_AGE: Span = Span::from_minutes(5);

/// Our own limit: room for two clocks that differ, not for requests signed in advance.
pub const MAX_AHEAD: Span = Span::from_minutes(1);

/// A request as received, not yet believed.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// `POST`, as received.
    pub method: &'a str,
    /// Path and query exactly as received: not decoded, not re-ordered.
    pub path_and_query: &'a str,
    /// The body's bytes exactly as received.
    pub body: &'a [u8],
    /// What the request says about its signature.
    pub headers: SignatureHeaders<'a>,
    /// What its headers claim about our address; used only to explain a refusal.
    pub claimed_address: ClaimedAddress<'a>,
}

/// What requests are held against.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// Where HubSpot reaches us.
    pub public_url: PublicUrl,
    /// What HubSpot signs with.
    pub secrets: ClientSecrets,
    /// The weakest version to accept of an action: v2 or v3.
    pub minimum: SignatureVersion,
    /// The weakest version to accept of a webhook: v1 only if the settings say so.
    pub webhook_minimum: SignatureVersion,
}

/// What HubSpot calls: webhooks may be signed in an older way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// An action, or its options.
    Action,
    /// The webhooks' address.
    Webhooks,
}

/// A request that HubSpot signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How it was signed.
    pub version: SignatureVersion,
    /// With which secret.
    pub secret: SecretUsed,
}

impl Verifier {
    /// Decides whether HubSpot sent this request. With a v3 header only v3 counts, else v2 does;
    /// v1 only for webhooks, and only where their minimum is v1.
    pub fn verify(
        &self,
        request: &SignedRequest<'_>,
        called: Called,
        now: Timestamp,
    ) -> Result<Verified, Refusal> {
        let minimum = match called {
            Called::Action => self.minimum.max(SignatureVersion::V2),
            Called::Webhooks => self.webhook_minimum,
        };
        // What a JSON body begins with has no place in the URL: see the module's description.
        if !request.path_and_query.starts_with('/') || request.path_and_query.contains(['{', '[']) {
            return Err(Refusal::MalformedTarget);
        }
        match (request.headers.signature_v3, request.headers.signature) {
            (Some(signature), _) => self.verify_v3(request, signature, now),
            (None, Some(signature)) => self.verify_hash(request, signature, minimum),
            (None, None) => Err(Refusal::NoSignature),
        }
    }

    fn verify_v3(
        &self,
        request: &SignedRequest<'_>,
        signature: &str,
        now: Timestamp,
    ) -> Result<Verified, Refusal> {
        let version = SignatureVersion::V3;
        let hint = || self.fits_beside(request);
        let malformed = || Refusal::MalformedSignature {
            version,
            hint: hint(),
        };
        let code = v3::parse(signature).ok_or_else(malformed)?;
        let missing = || Refusal::MissingTimestamp { hint: hint() };
        let timestamp = request.headers.timestamp.ok_or_else(missing)?;
        let malformed = || Refusal::MalformedTimestamp { hint: hint() };
        let signed_at = v3::parse_timestamp(timestamp).ok_or_else(malformed)?;
        let proof = Proof::V3 { code, timestamp };
        let fitting = self.fitting_secret(&proof, request);
        let age = now - signed_at;
        let ahead = signed_at - now;
        let signature_fits = fitting.is_some();
        if age > MAX_AGE {
            return Err(Refusal::TimestampTooOld {
                age,
                signature_fits,
            });
        }
        if ahead > MAX_AHEAD {
            return Err(Refusal::TimestampAhead {
                ahead,
                signature_fits,
            });
        }
        match fitting {
            Some(secret) => Ok(Verified { version, secret }),
            None => Err(Refusal::Mismatch {
                version,
                hint: self.hint(&proof, request),
            }),
        }
    }

    /// A signature that is a plain hash: v2, or v1 where that is enough.
    fn verify_hash(
        &self,
        request: &SignedRequest<'_>,
        signature: &str,
        minimum: SignatureVersion,
    ) -> Result<Verified, Refusal> {
        let version = SignatureVersion::V2;
        let malformed = || Refusal::MalformedSignature {
            version,
            hint: None,
        };
        let hash = v2::parse(signature).ok_or_else(malformed)?;
        let named = request.headers.version;
        let is_named_v1 = named == Some(SignatureVersion::V1.as_str());
        let v1 = || self.fitting_secret(&Proof::V1(hash), request);
        if minimum == SignatureVersion::V1 && (named.is_none() || is_named_v1) {
            let version = SignatureVersion::V1;
            match v1() {
                Some(secret) => return Ok(Verified { version, secret }),
                None if is_named_v1 => {
                    let hint = None;
                    return Err(Refusal::Mismatch { version, hint });
                }
                None => {}
            }
        }
        if named.is_some_and(|named| named != version.as_str()) {
            let v1_fits = v1().is_some();
            return Err(Refusal::UnexpectedVersion { v1_fits });
        }
        let proof = Proof::V2(hash);
        let fitting = self.fitting_secret(&proof, request);
        if minimum > version {
            return Err(Refusal::BelowMinimum {
                v2_fits: fitting.is_some(),
            });
        }
        match fitting {
            Some(secret) => Ok(Verified { version, secret }),
            None => Err(Refusal::Mismatch {
                version,
                hint: self.hint(&proof, request),
            }),
        }
    }

    fn fitting_secret(&self, proof: &Proof<'_>, request: &SignedRequest<'_>) -> Option<SecretUsed> {
        let urls = self.public_url.urls_of(request.path_and_query);
        let fits = |secret: &_| urls.iter().any(|url| proof.fits(request, url, secret));
        self.secrets
            .in_order()
            .find_map(|(used, secret)| fits(secret).then_some(used))
    }

    /// What would have matched instead of this proof.
    fn hint(&self, proof: &Proof<'_>, request: &SignedRequest<'_>) -> Option<Hint> {
        let another_address = || {
            self.secrets.in_order().find_map(|(_, secret)| {
                diagnose::another_address(proof, request, &self.public_url, secret).map(Hint::from)
            })
        };
        self.fits_beside(request).or_else(another_address)
    }

    /// What the plain hash is right as, which does not count.
    fn fits_beside(&self, request: &SignedRequest<'_>) -> Option<Hint> {
        let hash = request.headers.signature.and_then(v2::parse);
        let fits = |proof| self.fitting_secret(&proof, request).is_some();
        if request.headers.signature_v3.is_some() && hash.map(Proof::V2).is_some_and(fits) {
            return Some(Hint::V2Fits);
        }
        hash.map(Proof::V1)
            .is_some_and(fits)
            .then_some(Hint::V1Fits)
    }
}
