//! The languages that HubSpot shows labels in (page "Custom workflow actions", read 2026-11-22).

/// A language of HubSpot's workflow editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Locale {
    /// English, which HubSpot demands and falls back to.
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

impl Locale {
    /// All of them, English first.
    pub const ALL: [Self; 7] = [
        Self::En,
        Self::Fr,
        Self::De,
        Self::Ja,
        Self::Es,
        Self::PtBr,
        Self::Nl,
    ];

    /// HubSpot's name.
    pub const fn name(self) -> &'static str {
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

    /// The texts in this language, as they are kept in `app-config/labels`.
    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("../../../app-config/labels/en.json"),
            Self::Fr => include_str!("../../../app-config/labels/fr.json"),
            Self::De => include_str!("../../../app-config/labels/de.json"),
            Self::Ja => include_str!("../../../app-config/labels/ja.json"),
            Self::Es => include_str!("../../../app-config/labels/es.json"),
            Self::PtBr => include_str!("../../../app-config/labels/pt-br.json"),
            Self::Nl => include_str!("../../../app-config/labels/nl.json"),
        }
    }
}
