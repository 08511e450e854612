//! How a portal is spoken to: in which language, and by which clock.

use super::phrases::Phrases;
use super::{de, en, es, fr, ja, nl, pt_br};
use crate::domain::gate::Portal;
use crate::domain::language::Language;
use crate::domain::time::{Span, Timestamp};
use chrono_tz::Tz;

/// A language and a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    /// The language of the sentences.
    pub language: Language,
    /// The zone of the times in them.
    pub zone: Tz,
}

impl Voice {
    /// English and UTC, where no portal is known.
    pub const PLAIN: Self = Self {
        language: Language::En,
        zone: Tz::UTC,
    };

    /// As the portal's policy says, by its own clock where HubSpot told its zone.
    pub fn of(portal: &Portal) -> Self {
        Self {
            language: Language::of(&portal.policies.language),
            zone: portal.time_zone.unwrap_or(Tz::UTC),
        }
    }

    /// The time of day, with the date unless it is within 12 hours.
    pub(super) fn clock(self, at: Timestamp, now: Timestamp) -> String {
        let near = Span::from_hours(12);
        let is_near = at - now < near && now - at < near;
        let phrases = self.phrases();
        let format = if is_near { phrases.near } else { phrases.far };
        let local = at.to_utc().with_timezone(&self.zone);
        local.format(format).to_string()
    }

    pub(super) const fn phrases(self) -> &'static Phrases {
        match self.language {
            Language::En => &en::PHRASES,
            Language::Fr => &fr::PHRASES,
            Language::De => &de::PHRASES,
            Language::Ja => &ja::PHRASES,
            Language::Es => &es::PHRASES,
            Language::PtBr => &pt_br::PHRASES,
            Language::Nl => &nl::PHRASES,
        }
    }
}
