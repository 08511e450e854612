//! The AI: what it is called, and a first endpoint to which its events are posted.

use super::ip_range::IpRange;
use super::mistake::{Expected, Mistake};
use super::reader::{Reader, Recorded};
use super::{table, url_text};
use secrecy::SecretString;
use url::Url;

/// The name appears in labels of limited width.
const MAX_NAME_CHARACTERS: usize = 40;

/// Below this a signature could be forged by guessing.
const MIN_SECRET_CHARACTERS: usize = 16;

/// The AI and its platform.
#[derive(Clone, Debug)]
pub struct AiSettings {
    /// What it is called.
    pub name: String,
    /// The endpoint that exists from the start.
    pub webhook: Option<AiWebhook>,
    /// Private addresses that endpoints may have all the same.
    pub allowed_ranges: Vec<IpRange>,
}

/// An endpoint of the AI platform.
#[derive(Clone, Debug)]
pub struct AiWebhook {
    /// Where events are posted.
    pub url: Url,
    /// What the posts are signed with.
    pub secret: SecretString,
}

impl AiSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let name = reader.value(&table::AI_NAME, ai_name);
        let webhook = webhook(reader);
        let allowed_ranges = reader.optional(&table::AI_ALLOWED_RANGES, ip_ranges);
        Ok(Self {
            name: name?,
            webhook: webhook?,
            allowed_ranges: allowed_ranges?.unwrap_or_default(),
        })
    }
}

fn webhook(reader: &mut Reader<'_>) -> Result<Option<AiWebhook>, Recorded> {
    let url = reader.optional(&table::AI_WEBHOOK_URL, url_text::endpoint_url);
    let secret = reader.optional(&table::AI_WEBHOOK_SECRET, webhook_secret);
    match (url?, secret?) {
        (None, None) => Ok(None),
        (Some(url), Some(secret)) => Ok(Some(AiWebhook { url, secret })),
        (Some(_), None) => Err(reader.record(Mistake::missing(&table::AI_WEBHOOK_SECRET))),
        (None, Some(_)) => Err(reader.record(Mistake::missing(&table::AI_WEBHOOK_URL))),
    }
}

fn ai_name(text: &str) -> Result<String, Expected> {
    let is_short = text.chars().count() <= MAX_NAME_CHARACTERS;
    if !text.is_empty() && is_short && !text.contains(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(Expected::new("a name of at most 40 characters in one line"))
}

fn webhook_secret(text: &str) -> Result<SecretString, Expected> {
    let is_word = text.bytes().all(|b| b.is_ascii_graphic());
    if is_word && text.len() >= MIN_SECRET_CHARACTERS {
        return Ok(SecretString::from(text));
    }
    Err(Expected::new("16 ASCII characters or more, without spaces"))
}

fn ip_ranges(text: &str) -> Result<Vec<IpRange>, Expected> {
    text.split(',')
        .map(|range| range.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|error: super::ip_range::NotARange| Expected::new(error.to_string()))
}
