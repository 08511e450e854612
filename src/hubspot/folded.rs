//! Texts as a search compares them: without case, accents and other marks.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The text in a form that two spellings of one name share.
pub fn folded(text: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let plain = apart.chars().filter(|letter| !is_mark(*letter));
    let mut folded = String::with_capacity(text.len());
    for letter in plain.flat_map(char::to_lowercase) {
        match letter {
            // Letters of their own, which people without them on the keyboard type like this.
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            _ => folded.push(letter),
        }
    }
    folded
}

/// The combining marks of European scripts, among them the dot that a lower-cased İ leaves.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_alike() {
        for (one, other) in [
            ("José Núñez", "jose nunez"),
            ("STRAẞE", "strasse"),
            ("Søren Łęcki", "soren lecki"),
            ("Ｓａｍ", "sam"),
            ("Jose\u{301}", "josé"),
            ("Đặng", "dang"),
        ] {
            assert_eq!(folded(one), folded(other), "{one}");
        }
        assert_eq!(folded("山田 太郎"), "山田 太郎");
        assert_ne!(folded("Sam"), folded("Tam"));
    }
}
