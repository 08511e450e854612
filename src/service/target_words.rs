//! What the list of handoff targets says in each language. HubSpot's question names no language (page
//! "Custom workflow actions", external options, read 2026-11-22), so it is the portal's, as its
//! policy has it. The translations are not yet reviewed by native speakers.

use super::refresh_targets::WhyNot;
use crate::domain::language::Language;

/// The words of a language.
pub(super) struct TargetWords {
    /// The portal's default target.
    pub default: &'static str,
    /// What that is.
    pub as_settings_say: &'static str,
    /// A handoff to no one in particular.
    pub anybody: &'static str,
    /// What that means.
    pub whoever_is_first: &'static str,
    /// Beneath a team's name; before its number where it has none.
    pub team: &'static str,
    /// Before the number of an owner without a name.
    pub owner: &'static str,
    /// What can be done where nobody is listed.
    pub try_again: &'static str,
    nobody_listed: &'static str,
    why_not: WhyNotWords,
}

struct WhyNotWords {
    not_connected: &'static str,
    reconnect: &'static str,
    missing_scope: &'static str,
    rate_limited: &'static str,
    unavailable: &'static str,
}

impl TargetWords {
    /// Those of a language.
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::Fr => &FR,
            Language::De => &DE,
            Language::Ja => &JA,
            Language::Es => &ES,
            Language::PtBr => &PT_BR,
            Language::Nl => &NL,
        }
    }

    /// The label of the only choice there is, and why.
    pub(super) fn only_the_default(&self, why: WhyNot) -> String {
        let why = match why {
            WhyNot::NotConnected => self.why_not.not_connected,
            WhyNot::ReconnectRequired => self.why_not.reconnect,
            WhyNot::MissingScope => self.why_not.missing_scope,
            WhyNot::RateLimited => self.why_not.rate_limited,
            WhyNot::Unavailable => self.why_not.unavailable,
        };
        format!("{} ({}: {why})", self.default, self.nobody_listed)
    }
}

const EN: TargetWords = TargetWords {
    default: "Portal default",
    as_settings_say: "As the portal's settings say",
    anybody: "Nobody in particular",
    whoever_is_first: "Whoever takes it first",
    team: "Team",
    owner: "Owner",
    try_again: "Close the list and open it again to try once more",
    nobody_listed: "people cannot be listed",
    why_not: WhyNotWords {
        not_connected: "the app is not connected to this account",
        reconnect: "the app has to be connected again",
        missing_scope: "the app may not read the account's users",
        rate_limited: "HubSpot allows no more calls for a moment",
        unavailable: "HubSpot does not answer",
    },
};

const FR: TargetWords = TargetWords {
    default: "Valeur par défaut du portail",
    as_settings_say: "Selon les paramètres du portail",
    anybody: "Personne en particulier",
    whoever_is_first: "La première personne qui la prend",
    team: "Équipe",
    owner: "Propriétaire",
    try_again: "Fermez la liste et rouvrez-la pour réessayer",
    nobody_listed: "personnes non disponibles",
    why_not: WhyNotWords {
        not_connected: "l'application n'est pas connectée à ce compte",
        reconnect: "l'application doit être reconnectée",
        missing_scope: "l'application ne peut pas lire les utilisateurs du compte",
        rate_limited: "HubSpot n'accepte plus d'appels pour un moment",
        unavailable: "HubSpot ne répond pas",
    },
};

const DE: TargetWords = TargetWords {
    default: "Standard des Portals",
    as_settings_say: "Wie die Einstellungen des Portals sagen",
    anybody: "Niemand Bestimmtes",
    whoever_is_first: "Wer zuerst übernimmt",
    team: "Team",
    owner: "Inhaber",
    try_again: "Liste schließen und wieder öffnen, um es noch einmal zu versuchen",
    nobody_listed: "Menschen können nicht aufgelistet werden",
    why_not: WhyNotWords {
        not_connected: "die App ist mit diesem Account nicht verbunden",
        reconnect: "die App muss neu verbunden werden",
        missing_scope: "die App darf die Benutzer des Accounts nicht lesen",
        rate_limited: "HubSpot lässt für einen Moment keine Aufrufe mehr zu",
        unavailable: "HubSpot antwortet nicht",
    },
};

const JA: TargetWords = TargetWords {
    default: "ポータルの既定",
    as_settings_say: "ポータルの設定に従います",
    anybody: "特定の担当者なし",
    whoever_is_first: "最初に引き受けた人",
    team: "チーム",
    owner: "担当者",
    try_again: "もう一度試すには、リストを閉じて開き直してください",
    nobody_listed: "担当者を一覧にできません",
    why_not: WhyNotWords {
        not_connected: "アプリはこのアカウントに接続されていません",
        reconnect: "アプリを接続し直す必要があります",
        missing_scope: "アプリにはアカウントのユーザーを読む権限がありません",
        rate_limited: "HubSpotがしばらく呼び出しを受け付けません",
        unavailable: "HubSpotが応答しません",
    },
};

const ES: TargetWords = TargetWords {
    default: "Valor predeterminado del portal",
    as_settings_say: "Según la configuración del portal",
    anybody: "Nadie en particular",
    whoever_is_first: "Quien la tome primero",
    team: "Equipo",
    owner: "Propietario",
    try_again: "Cierra la lista y vuelve a abrirla para intentarlo otra vez",
    nobody_listed: "personas no disponibles",
    why_not: WhyNotWords {
        not_connected: "la aplicación no está conectada a esta cuenta",
        reconnect: "hay que volver a conectar la aplicación",
        missing_scope: "la aplicación no puede leer los usuarios de la cuenta",
        rate_limited: "HubSpot no admite más llamadas por un momento",
        unavailable: "HubSpot no responde",
    },
};

const PT_BR: TargetWords = TargetWords {
    default: "Padrão do portal",
    as_settings_say: "Conforme as configurações do portal",
    anybody: "Ninguém em particular",
    whoever_is_first: "Quem assumir primeiro",
    team: "Equipe",
    owner: "Proprietário",
    try_again: "Feche a lista e abra de novo para tentar mais uma vez",
    nobody_listed: "não é possível listar as pessoas",
    why_not: WhyNotWords {
        not_connected: "o aplicativo não está conectado a esta conta",
        reconnect: "o aplicativo precisa ser conectado de novo",
        missing_scope: "o aplicativo não pode ler os usuários da conta",
        rate_limited: "o HubSpot não permite mais chamadas por um momento",
        unavailable: "o HubSpot não responde",
    },
};

const NL: TargetWords = TargetWords {
    default: "Standaard van de portal",
    as_settings_say: "Zoals de instellingen van de portal zeggen",
    anybody: "Niemand in het bijzonder",
    whoever_is_first: "Wie het als eerste oppakt",
    team: "Team",
    owner: "Eigenaar",
    try_again: "Sluit de lijst en open hem opnieuw om het nog eens te proberen",
    nobody_listed: "mensen kunnen niet worden getoond",
    why_not: WhyNotWords {
        not_connected: "de app is niet met dit account verbonden",
        reconnect: "de app moet opnieuw worden verbonden",
        missing_scope: "de app mag de gebruikers van het account niet lezen",
        rate_limited: "HubSpot staat even geen aanroepen meer toe",
        unavailable: "HubSpot antwoordt niet",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_reason_fits_a_label_in_every_language() {
        for language in Language::ALL {
            let words = TargetWords::of(language);
            for why in [
                WhyNot::NotConnected,
                WhyNot::ReconnectRequired,
                WhyNot::MissingScope,
                WhyNot::RateLimited,
                WhyNot::Unavailable,
            ] {
                let label = words.only_the_default(why);
                let length = label.chars().count();
                assert!(length <= 120, "{} has {length}: {label}", language.tag());
            }
        }
    }
}
