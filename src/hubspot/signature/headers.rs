//! The signature headers of a request, each given at most once and in visible ASCII.

use super::refusal::Refusal;

/// The v2 signature, or for webhooks v1.
pub const SIGNATURE: &str = "x-hubspot-signature";
/// Which version `x-hubspot-signature` holds.
pub const SIGNATURE_VERSION: &str = "x-hubspot-signature-version";
/// The v3 signature.
pub const SIGNATURE_V3: &str = "x-hubspot-signature-v3";
/// When the v3 signature was made, in milliseconds since 1970.
pub const REQUEST_TIMESTAMP: &str = "x-hubspot-request-timestamp";

/// What the request says about its own signature. It has no `Debug`, so that no log shows it.
#[derive(Clone, Copy)]
pub struct SignatureHeaders<'a> {
    pub(super) signature: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) signature_v3: Option<&'a str>,
    pub(super) timestamp: Option<&'a str>,
}

impl<'a> SignatureHeaders<'a> {
    /// Reads the four headers; `values_of` gives all raw values of a header, by lower-case name.
    ///
    /// A header given twice is refused: which one counts would depend on the reader.
    pub fn read<V>(values_of: impl Fn(&'static str) -> V) -> Result<Self, Refusal>
    where
        V: IntoIterator<Item = &'a [u8]>,
    {
        Ok(Self {
            signature: only_value(SIGNATURE, values_of(SIGNATURE))?,
            version: only_value(SIGNATURE_VERSION, values_of(SIGNATURE_VERSION))?,
            signature_v3: only_value(SIGNATURE_V3, values_of(SIGNATURE_V3))?,
            timestamp: only_value(REQUEST_TIMESTAMP, values_of(REQUEST_TIMESTAMP))?,
        })
    }
}

fn only_value<'a>(
    name: &'static str,
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<&'a str>, Refusal> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refusal::DuplicateHeader(name));
    }
    let is_visible = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
    match std::str::from_utf8(value) {
        Ok(text) if is_visible => Ok(Some(text)),
        Ok(_) | Err(_) => Err(Refusal::MalformedHeader(name)),
    }
}
