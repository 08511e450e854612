//! No secret shows in `Debug`, whichever setting it came through.

use super::world::settings;
use base64::Engine;
use baton::config::table;

#[test]
fn no_secret_shows_when_the_settings_are_printed() {
    // given: every secret set to a canary, in two rounds, since one password excludes the other
    let key = base64::engine::general_purpose::STANDARD.encode("canary-canary-canary-canary-cana");
    let common = [
        ("DATABASE_URL", "postgres://u:canary@host/db"),
        ("HUBSPOT_CLIENT_SECRET", "canary-secret"),
        ("HUBSPOT_CLIENT_SECRET_PREVIOUS", "canary-previous"),
        ("BATON_API_KEYS", "canary-key-0123456@7:admin"),
        ("BATON_ENCRYPTION_KEYS", &format!("k1:{key}")),
        ("BATON_AI_WEBHOOK_SECRET", "canary-webhook-secret"),
        ("BATON_AI_WEBHOOK_URL", "https://ai.example.com"),
    ];
    let password = ("BATON_ADMIN_PASSWORD", "canary-password");
    let hash = (
        "BATON_ADMIN_PASSWORD_HASH",
        "$argon2id$v=19$m=19456,t=2,p=1$canary$canary",
    );
    for one in [password, hash] {
        let variables: Vec<_> = common.into_iter().chain([one]).collect();
        let missing = table::all()
            .filter(|s| s.is_secret && !variables.iter().any(|(name, _)| *name == s.name))
            .count();
        assert_eq!(missing, 1, "a new secret wants its canary here");

        // when
        let settings = settings(&variables);
        let shown = format!("{settings:?}{settings:#?}");

        // then
        assert!(shown.contains("REDACTED"));
        assert!(
            !shown.contains("canary") && !shown.contains(&key),
            "{shown}"
        );
        let first_bytes = format!("{:?}", &b"canary"[..]);
        assert!(
            !shown.contains(first_bytes.trim_end_matches(']')),
            "{shown}"
        );
    }
}
