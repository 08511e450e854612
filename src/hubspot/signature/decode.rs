//! The twelve percent-codes that HubSpot decodes in the URI before it signs with v3.

/// The whole table (page "Validating requests", read 2026-11-22). What is not in it stays as it is:
/// `%20`, `%2B` and `%3D`, for instance, and a code in lower-case hex.
const DECODED: [(&str, char); 12] = [
    ("3A", ':'),
    ("2F", '/'),
    ("3F", '?'),
    ("40", '@'),
    ("21", '!'),
    ("24", '$'),
    ("27", '\''),
    ("28", '('),
    ("29", ')'),
    ("2A", '*'),
    ("2C", ','),
    ("3B", ';'),
];

/// The URI as v3 signs it. One pass: what decoding brings out is not decoded again.
pub(super) fn decode(uri: &str) -> String {
    let mut pieces = uri.split('%');
    let mut decoded = String::with_capacity(uri.len());
    decoded.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let known = |(code, c): &(&str, char)| piece.strip_prefix(*code).map(|rest| (*c, rest));
        match DECODED.iter().find_map(known) {
            Some((c, rest)) => {
                decoded.push(c);
                decoded.push_str(rest);
            }
            None => {
                decoded.push('%');
                decoded.push_str(piece);
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn exactly_the_table_is_decoded() {
        let codes = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B";
        assert_eq!(
            decode(&format!("https://a.example/b?c={codes}&d")),
            "https://a.example/b?c=:/?@!$'()*,;&d"
        );
    }

    #[test]
    fn everything_else_is_left_alone() {
        for same in [
            "%20%22%23%25%26%2B%3D%5B%5D",
            "%3a%2f",
            "%",
            "%%",
            "%3",
            "%C3%A9",
            "é",
            "",
        ] {
            assert_eq!(decode(same), same);
        }
    }

    #[test]
    fn decoding_is_one_pass() {
        assert_eq!(decode("%253A"), "%253A");
        assert_eq!(decode("%%3A"), "%:");
        assert_eq!(decode("%2%3AF"), "%2:F");
    }
}
