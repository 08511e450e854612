//! How this program was called, so that a hint names what its reader can type.

use std::path::Path;

/// `cargo run --` where cargo runs it, else the program as it was called.
pub fn program() -> String {
    // "Environment variables" in the Cargo book: what cargo runs has `CARGO`.
    let by_cargo = std::env::var_os("CARGO").is_some();
    let called = std::env::args_os().next();
    match (by_cargo, called) {
        (true, _) => "cargo run --".to_owned(),
        (false, Some(called)) => typed(Path::new(&called)),
        (false, None) => "baton".to_owned(),
    }
}

/// A path with a space is one word only in quotes.
fn typed(called: &Path) -> String {
    let text = called.display().to_string();
    if text.contains(char::is_whitespace) {
        return format!("\"{text}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_typed() {
        assert_eq!(typed(Path::new("./target/baton")), "./target/baton");
        assert_eq!(typed(Path::new("/my disk/baton")), "\"/my disk/baton\"");
        // Cargo runs this test.
        assert_eq!(program(), "cargo run --");
    }
}
