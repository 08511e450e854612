//! The rules, as data. ARCHITECTURE.md says why.

/// The layers, from the top. A layer imports any layer below; layers of one line are strangers.
pub const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["startup"],
    &["http"],
    &["worker"],
    &["service"],
    &["decider"],
    &["hubspot", "store", "delivery"],
    &["config", "encryption", "metrics"],
    &["domain"],
];

/// A module beside the layers.
pub struct Side {
    pub name: &'static str,
    /// What of ours it may import, as paths from the root.
    pub imports: &'static [&'static str],
    /// Who may import it. Tests may import anything.
    pub imported_by: &'static [&'static str],
}

/// The simulator plays HubSpot with code of its own: what it signs with must not be what verifies.
pub const SIDES: &[Side] = &[
    Side {
        name: "embedded",
        imports: &[],
        imported_by: &["startup", "cli"],
    },
    Side {
        name: "simulator",
        imports: &["domain::ids"],
        imported_by: &["startup", "cli"],
    },
];

/// Imports that the layers allow and that are refused all the same: `(from, to, why)`.
pub const REFUSED: &[(&str, &str, &str)] = &[
    (
        "cli::trigger",
        "hubspot",
        "it signs with code of its own, so that the two check each other",
    ),
    (
        "cli::bench",
        "hubspot",
        "it signs with code of its own, so that the two check each other",
    ),
];

/// What the thin binary may import.
pub const MAIN_IMPORTS: &[&str] = &["cli"];

/// Where something from outside may be used; paths of modules, from the root.
pub enum Fence {
    OnlyIn(&'static [&'static str]),
    NotIn(&'static [&'static str]),
}

/// Paths that begin like this stay behind their fence. A crate stands for the crates that come
/// with it: `actix` for `actix_web`, `diesel` for `diesel_migrations`.
pub const FENCES: &[(&str, Fence)] = &[
    ("actix", Fence::OnlyIn(&["http", "startup", "simulator"])),
    ("diesel", Fence::OnlyIn(&["store"])),
    (
        "reqwest",
        Fence::OnlyIn(&["hubspot", "delivery", "simulator"]),
    ),
    ("hyper", Fence::OnlyIn(&["cli::bench", "simulator"])),
    ("prometheus", Fence::OnlyIn(&["metrics"])),
    ("std::env", Fence::OnlyIn(&["config"])),
    // The domain is pure: what it decides, it decides from its arguments.
    ("std::fs", Fence::NotIn(&["domain"])),
    ("std::net", Fence::NotIn(&["domain"])),
    ("std::process", Fence::NotIn(&["domain"])),
    ("std::thread", Fence::NotIn(&["domain"])),
    ("tokio", Fence::NotIn(&["domain", "config"])),
    ("log", Fence::NotIn(&["domain", "config"])),
];

/// Part of a fenced path that is free: it reads no setting.
pub const UNFENCED: &[&str] = &["std::env::current_exe"];

/// Reading the clock, as the end of a path. Elsewhere `now` is an argument.
pub const CLOCK_READS: &[&str] = &["Utc::now", "Local::now", "SystemTime::now", "Instant::now"];

/// Who may read the clock.
pub const CLOCK_READERS: &[&str] = &[
    "http",
    "worker",
    "decider",
    "startup",
    "cli",
    "simulator",
    "embedded",
];

/// Who may write `unsafe`.
pub const UNSAFE_IN: &[&str] = &["embedded"];

/// Lines of a file outside its tests.
pub const MAX_LINES: usize = 400;

/// Names that say nothing.
pub const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "helpers", "common", "misc", "types", "manager",
];
