//! What applies when little or nothing is set, and what right values become.

use super::world::{settings, source};
use baton::config::Settings;
use baton::config::admin::AdminPassword;
use baton::config::api_keys::ApiKeyRole;
use baton::config::hubspot::MinSignature;
use baton::config::logging::LogFormat;
use baton::config::portals::AllowedPortals;
use baton::domain::ids::PortalId;
use secrecy::ExposeSecret;
use std::path::Path;

#[test]
fn nothing_set_is_a_valid_start() {
    let settings = settings(&[]);

    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.http.public_url(), "http://127.0.0.1:8080");
    assert!(settings.database.url.is_none());
    assert_eq!(
        settings.database.data_dir,
        Path::new("/home/ann/.local/share/baton")
    );
    assert_eq!(settings.hubspot.min_signature, MinSignature::V2);
    assert!(!settings.hubspot.webhooks_accept_v1);
    assert_eq!(settings.hubspot.api_url.as_str(), "https://api.hubapi.com/");
    assert_eq!(
        settings.hubspot.auth_url.as_str(),
        "https://app.hubspot.com/"
    );
    assert_eq!(settings.portals.allowed, AllowedPortals::ConnectedByAdmin);
    assert_eq!(settings.portals.return_url_hosts, [""; 0]);
    assert!(settings.api_keys.is_empty());
    assert_eq!(settings.ai.name, "AI");
    assert!(settings.ai.webhook.is_none());
    assert!(settings.ai.allowed_ranges.is_empty());
    assert!(settings.encryption_keys.is_empty());
    assert!(settings.admin.password.is_none());
    assert_eq!(settings.hubspot.private_app_rollback_days, 7);
    assert_eq!(settings.writers.count, 2);
    assert_eq!(settings.log.filter, "info");
    assert_eq!(settings.log.format, LogFormat::Text);
}

#[test]
fn an_empty_value_counts_as_unset() {
    let settings = settings(&[
        ("BATON_ALLOWED_PORTALS", ""),
        ("BATON_API_KEYS", ""),
        ("BATON_LISTEN", ""),
    ]);

    assert_eq!(settings.portals.allowed, AllowedPortals::ConnectedByAdmin);
    assert!(settings.api_keys.is_empty());
    assert_eq!(settings.http.listen.port(), 8080);
}

#[test]
fn data_lives_where_the_user_and_the_system_expect_it() {
    let data_dir = |variables: &[(&str, &str)], is_root, is_macos| {
        let mut source = source(variables);
        source.host.is_root = is_root;
        source.host.is_macos = is_macos;
        Settings::read(&source, &[]).unwrap().database.data_dir
    };
    let xdg = ("XDG_DATA_HOME", "/data");
    let relative_xdg = ("XDG_DATA_HOME", "data");
    for (variables, is_root, is_macos, expected) in [
        (&[xdg][..], false, false, "/data/baton"),
        (
            &[relative_xdg],
            false,
            false,
            "/home/ann/.local/share/baton",
        ),
        (&[xdg], true, false, "/var/lib/baton"),
        (
            &[],
            false,
            true,
            "/home/ann/Library/Application Support/baton",
        ),
        (&[("HOME", "")], false, false, "/var/lib/baton"),
        (&[("BATON_DATA_DIR", "./here")], true, false, "/srv/./here"),
        (&[("BATON_DATA_DIR", "/srv/b")], false, true, "/srv/b"),
    ] {
        assert_eq!(
            data_dir(variables, is_root, is_macos),
            Path::new(expected),
            "{variables:?}"
        );
    }
}

#[test]
fn the_public_url_is_kept_as_written_or_made_from_the_address() {
    for url in [
        "https://hooks.example.com",
        "https://bücher.example:8443/baton/",
        "HTTP://x/a%20b",
    ] {
        assert_eq!(
            settings(&[("BATON_PUBLIC_URL", url)]).http.public_url(),
            url
        );
    }
    for (listen, url) in [
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:8080", "http://[::1]:8080"),
        ("10.1.2.3:8080", "http://10.1.2.3:8080"),
    ] {
        assert_eq!(settings(&[("BATON_LISTEN", listen)]).http.public_url(), url);
    }
    let http = settings(&[("BATON_LISTEN", "127.0.0.1:0")]).http;
    assert_eq!(
        http.public_url_at("127.0.0.1:4711".parse().unwrap()),
        "http://127.0.0.1:4711"
    );
}

#[test]
fn writers_follow_the_cores_up_to_sixteen() {
    for (cores, count) in [(0, 1), (1, 1), (8, 8), (64, 16)] {
        let mut source = source(&[]);
        source.host.cores = cores;
        assert_eq!(Settings::read(&source, &[]).unwrap().writers.count, count);
    }
}

#[test]
fn each_form_of_an_api_key_is_understood() {
    let text = "plain-key-0123456, bound.key_0123456@62515, admin~key+01234/6=:admin,both-key-01234567@7:admin";
    let keys = settings(&[("BATON_API_KEYS", text)]).api_keys;

    let read: Vec<_> = keys
        .iter()
        .map(|key| (key.secret.expose_secret(), key.portal, key.role))
        .collect();
    let expected = [
        ("plain-key-0123456", None, ApiKeyRole::Ai),
        ("bound.key_0123456", Some(PortalId(62515)), ApiKeyRole::Ai),
        ("admin~key+01234/6=", None, ApiKeyRole::Admin),
        ("both-key-01234567", Some(PortalId(7)), ApiKeyRole::Admin),
    ];
    assert_eq!(read, expected);
}

#[test]
fn portals_hosts_and_ranges_are_lists() {
    let settings = settings(&[
        ("BATON_ALLOWED_PORTALS", " 62515, 7 "),
        ("BATON_RETURN_URL_HOSTS", "App.Example.com, bücher.example"),
        ("BATON_AI_ALLOWED_RANGES", "10.1.0.0/16, ::1"),
    ]);

    let listed = AllowedPortals::Listed([PortalId(7), PortalId(62515)].into());
    assert_eq!(settings.portals.allowed, listed);
    assert_eq!(
        settings.portals.return_url_hosts,
        ["app.example.com", "xn--bcher-kva.example"]
    );
    assert!(settings.ai.allowed_ranges[0].contains("10.1.2.3".parse().unwrap()));
    assert!(settings.ai.allowed_ranges[1].contains("::1".parse().unwrap()));
    let any = super::world::settings(&[("BATON_ALLOWED_PORTALS", "*")])
        .portals
        .allowed;
    assert_eq!(any, AllowedPortals::All);
}

#[test]
fn the_hubspot_app_is_read_whole() {
    let hubspot = settings(&[
        ("HUBSPOT_APP_ID", "1234567"),
        ("HUBSPOT_CLIENT_ID", "c1"),
        ("HUBSPOT_CLIENT_SECRET", "new"),
        ("HUBSPOT_CLIENT_SECRET_PREVIOUS", "old"),
        ("HUBSPOT_MIN_SIGNATURE", "v3"),
        ("HUBSPOT_WEBHOOKS_ACCEPT_V1", "true"),
        ("HUBSPOT_API_URL", "http://127.0.0.1:8090/api"),
    ])
    .hubspot;

    assert_eq!(hubspot.app_id, Some(1_234_567));
    assert_eq!(hubspot.client_id.as_deref(), Some("c1"));
    assert_eq!(hubspot.required_for_serve().unwrap().expose_secret(), "new");
    assert_eq!(
        hubspot.client_secret_previous.unwrap().expose_secret(),
        "old"
    );
    assert_eq!(hubspot.min_signature, MinSignature::V3);
    assert!(hubspot.webhooks_accept_v1);
    assert_eq!(
        hubspot.api_url.join("oauth/v1/token").unwrap().as_str(),
        "http://127.0.0.1:8090/api/oauth/v1/token"
    );
}

#[test]
fn the_keyring_keeps_its_order() {
    let text = format!("2026:{}=,old:{}A=", "A".repeat(43), "B".repeat(42));
    let keys = settings(&[("BATON_ENCRYPTION_KEYS", &text)]).encryption_keys;

    let ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, ["2026", "old"]);
    assert_eq!(keys[0].key.expose_secret(), [0_u8; 32]);
}

#[test]
fn the_admin_password_comes_in_either_form() {
    let plain = settings(&[("BATON_ADMIN_PASSWORD", "correct horse battery")])
        .admin
        .password;
    assert!(matches!(plain, Some(AdminPassword::Plain(_))));
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g";
    let hashed = settings(&[("BATON_ADMIN_PASSWORD_HASH", hash)])
        .admin
        .password;
    assert!(matches!(hashed, Some(AdminPassword::Hash(_))));
}

#[test]
fn the_database_url_may_be_anything_that_libpq_reads() {
    for url in [
        "postgres://a:b@host/db",
        "postgresql://h1:5432,h2:5433/db?target_session_attrs=any",
        "postgres:///db?host=/run",
    ] {
        let read = settings(&[("DATABASE_URL", url)]).database.url.unwrap();
        assert_eq!(read.expose_secret(), url);
    }
}

#[test]
fn the_log_filter_may_name_modules() {
    for filter in ["debug", "warn,baton::http=trace", "OFF", "info, hyper=warn"] {
        assert_eq!(settings(&[("RUST_LOG", filter)]).log.filter, filter);
    }
    assert_eq!(
        settings(&[("BATON_LOG_FORMAT", "json")]).log.format,
        LogFormat::Json
    );
}

#[test]
fn the_endpoint_is_read_with_its_secret() {
    let webhook = settings(&[
        (
            "BATON_AI_WEBHOOK_URL",
            "https://ai.example.com/hook?from=baton",
        ),
        ("BATON_AI_WEBHOOK_SECRET", "0123456789abcdef"),
    ])
    .ai
    .webhook
    .unwrap();
    assert_eq!(
        webhook.url.as_str(),
        "https://ai.example.com/hook?from=baton"
    );
    assert_eq!(webhook.secret.expose_secret(), "0123456789abcdef");
}
