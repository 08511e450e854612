//! Names that look like settings of ours and are none: most often a typing mistake, which would
//! otherwise be a setting silently not applied.

use super::mistake::Mistake;
use super::table;
use std::ffi::OsStr;

const OUR_PREFIXES: [&str; 2] = ["BATON_", "HUBSPOT_"];

/// The mistake of a variable in the environment, if its name is one.
pub(super) fn in_environment(name: &str, value: &OsStr) -> Option<Mistake> {
    let is_ours = OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if !is_ours || is_known(name) || is_service_link(name, value) {
        return None;
    }
    // HubSpot's own tools have variables of the same prefix; only one that is nearly ours is a
    // mistake there.
    let is_foreign = name.starts_with("HUBSPOT_") && closest(name).is_none();
    (!is_foreign).then(|| unknown(name))
}

/// The mistake of a name in the settings file. Other programs' names are let be, unless one is
/// nearly ours: `DATABSE_URL`.
pub(super) fn in_file(name: &str) -> Option<Mistake> {
    if name == table::CONFIG.name {
        return Some(Mistake::of(
            name,
            "to find it in the environment, not in the file it names",
        ));
    }
    let is_ours = OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_mistake = !is_known(name) && (is_ours || closest(name).is_some());
    is_mistake.then(|| unknown(name))
}

fn is_known(name: &str) -> bool {
    table::find(name).is_some() || table::find_file_form(name).is_some()
}

/// Kubernetes gives every pod such variables for each service beside it, one named `baton` too:
/// <https://kubernetes.io/docs/concepts/containers/container-environment/>.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let is_address = value
        .to_str()
        .is_some_and(|v| ["tcp://", "udp://"].iter().any(|s| v.starts_with(s)));
    let has_port_number = name.split_once("_PORT_").is_some_and(|(_, rest)| {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < rest.len() && (digits.starts_with("_TCP") || digits.starts_with("_UDP"))
    });
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.ends_with("_PORT") && is_address)
        || has_port_number
}

/// The value is not shown: the name may be a mistyped secret's.
fn unknown(name: &str) -> Mistake {
    let plain = name.strip_suffix("_FILE").and_then(table::find);
    let expected = match (plain, closest(name)) {
        (Some(setting), _) => {
            format!(
                "{} itself, since only secrets are read from a file",
                setting.name
            )
        }
        (None, Some(close)) => format!("a known name; did you mean {close}?"),
        (None, None) => "a known name; .env.example lists them".to_owned(),
    };
    Mistake::of(name, expected)
}

fn closest(name: &str) -> Option<&'static str> {
    // A fifth of the letters wrong is still a typing mistake; more is another word.
    let limit = (name.len() / 5).max(2);
    table::all()
        .map(|setting| (distance(name, setting.name), setting.name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, close)| close)
}

/// How many letters must be added, dropped or changed to turn one into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for ((b, above_left), above) in to.bytes().zip(&row).zip(row.iter().skip(1)) {
            left = (above_left + usize::from(a != b))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_environment(name: &str, value: &str) -> Option<String> {
        super::in_environment(name, OsStr::new(value)).map(|mistake| mistake.to_string())
    }

    #[test]
    fn the_distance_counts_changed_letters() {
        for (from, to, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_right_one_and_without_its_value() {
        for (name, meant) in [
            ("BATON_LISTN", "BATON_LISTEN"),
            ("HUBSPOT_CLIENT_SECRT", "HUBSPOT_CLIENT_SECRET"),
            ("BATON_ALLOWED_PORTAL", "BATON_ALLOWED_PORTALS"),
            ("BATON_API_KEY", "BATON_API_KEYS"),
        ] {
            let mistake = in_environment(name, "hunter2").unwrap();
            assert_eq!(
                mistake,
                format!("{name}: expected a known name; did you mean {meant}?")
            );
        }
    }

    #[test]
    fn an_unknown_name_of_ours_is_a_mistake_even_if_nothing_is_close() {
        let mistake = in_environment("BATON_FRUIT", "apple").unwrap();
        assert_eq!(
            mistake,
            "BATON_FRUIT: expected a known name; .env.example lists them"
        );
    }

    #[test]
    fn what_hubspots_own_tools_read_is_let_be() {
        for name in ["HUBSPOT_PERSONAL_ACCESS_KEY", "HUBSPOT_DEFAULT_PORTAL"] {
            assert_eq!(in_environment(name, "anything"), None, "{name}");
        }
    }

    #[test]
    fn a_setting_that_is_no_secret_has_no_file_form() {
        let mistake = in_environment("BATON_LISTEN_FILE", "/x").unwrap();
        assert!(
            mistake.contains("expected BATON_LISTEN itself"),
            "{mistake}"
        );
    }

    #[test]
    fn what_kubernetes_adds_for_a_service_of_our_name_is_let_be() {
        for (name, value) in [
            ("BATON_SERVICE_HOST", "10.0.0.1"),
            ("BATON_SERVICE_PORT", "8080"),
            ("BATON_SERVICE_PORT_HTTP", "8080"),
            ("BATON_PORT", "tcp://10.0.0.1:8080"),
            ("BATON_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("BATON_DB_PORT_5432_TCP_ADDR", "10.0.0.2"),
        ] {
            assert_eq!(in_environment(name, value), None, "{name}");
        }
        assert!(in_environment("BATON_PORT", "8080").is_some());
        assert!(in_environment("BATON_PORT_X", "8080").is_some());
    }

    #[test]
    fn other_programs_names_are_let_be_unless_nearly_ours_in_our_file() {
        assert_eq!(in_environment("DATABSE_URL", "x"), None);
        assert_eq!(in_file("POSTGRES_PASSWORD"), None);
        assert!(in_file("DATABSE_URL").is_some());
        assert!(in_file("BATON_CONFIG").is_some());
    }
}
