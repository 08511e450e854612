//! The languages that explanations and labels are written in: those of HubSpot's workflow editor
//! (page "Custom workflow actions", read 2026-11-22).

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English, which HubSpot demands of labels and falls back to.
    En,
    /// French.
    Fr,
    /// German.
    De,
    /// Japanese.
    Ja,
    /// Spanish.
    Es,
    /// Brazilian Portuguese.
    PtBr,
    /// Dutch.
    Nl,
}

impl Language {
    /// All of them, the usual one first.
    pub const ALL: [Self; 7] = [
        Self::En,
        Self::Fr,
        Self::De,
        Self::Ja,
        Self::Es,
        Self::PtBr,
        Self::Nl,
    ];

    /// Its tag, as policies and HubSpot write it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Ja => "ja",
            Self::Es => "es",
            Self::PtBr => "pt-br",
            Self::Nl => "nl",
        }
    }

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Fr => "Français",
            Self::De => "Deutsch",
            Self::Ja => "日本語",
            Self::Es => "Español",
            Self::PtBr => "Português (Brasil)",
            Self::Nl => "Nederlands",
        }
    }

    /// The language of a tag; English for one that is none of ours.
    pub fn of(tag: &str) -> Self {
        let known = Self::ALL.into_iter().find(|it| it.tag() == tag);
        known.unwrap_or(Self::En)
    }
}
