//! The end of the range of keys that begin with a prefix, where keys are ordered by their bytes.

/// The first text behind every text that begins with `prefix`; `None`: there is none, the range has no end.
///
/// UTF-8 orders like the characters' numbers, so raising the last character that can be raised is enough.
pub(super) fn end(prefix: &str) -> Option<String> {
    let mut kept: Vec<char> = prefix.chars().collect();
    while let Some(last) = kept.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other).saturating_add(1)),
        };
        if let Some(next) = next {
            kept.push(next);
            return Some(kept.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_behind_everything_with_the_prefix_and_before_everything_else() {
        for prefix in ["a", "t-1/", "%_", "a\u{d7ff}", "a\u{10ffff}", "\u{10ffff}a\u{10ffff}\u{10ffff}"] {
            let end = end(prefix).unwrap();
            for tail in ["", "\u{0}", "z", "\u{10ffff}", "\u{10ffff}\u{10ffff}"] {
                assert!(format!("{prefix}{tail}") < end, "{prefix:?} {tail:?}");
            }
            assert!(!end.starts_with(prefix));
        }
        assert_eq!((end(""), end("\u{10ffff}")), (None, None));
    }
}
