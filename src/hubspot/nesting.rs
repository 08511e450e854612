//! How deeply a JSON text nests, found by one pass over its bytes: no recursion, so that a body of
//! nothing but brackets costs no stack. Run it before any parser.

/// Deeper than any body HubSpot was seen to send (5), and shallow enough for every parser.
pub const MAX_DEPTH: usize = 32;

/// Whether arrays and objects stand inside each other more than [`MAX_DEPTH`] deep.
///
/// Brackets inside strings do not count. On bytes that are no JSON the answer may be either;
/// the parser refuses those anyway.
pub fn is_too_deep(json: &[u8]) -> bool {
    let mut depth: usize = 0;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn the_limit_is_exact() {
        assert!(!is_too_deep(nested(MAX_DEPTH).as_bytes()));
        assert!(is_too_deep(nested(MAX_DEPTH + 1).as_bytes()));
        assert!(is_too_deep("{\"a\":".repeat(MAX_DEPTH + 1).as_bytes()));
    }

    #[test]
    fn values_side_by_side_are_not_deep() {
        assert!(!is_too_deep("[],{}".repeat(1_000).as_bytes()));
    }

    #[test]
    fn brackets_inside_strings_do_not_count() {
        let brackets = "[".repeat(MAX_DEPTH + 1);
        for string in [
            format!("\"{brackets}\""),
            format!("\"\\\"{brackets}\""),
            format!("\"\\\\\\\"{brackets}"),
        ] {
            assert!(!is_too_deep(string.as_bytes()), "{string}");
        }
        for after_a_string in [format!("\"\"{brackets}"), format!("\"\\\\\"{brackets}")] {
            assert!(is_too_deep(after_a_string.as_bytes()), "{after_a_string}");
        }
    }
}
