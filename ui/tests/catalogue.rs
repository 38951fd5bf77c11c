//! The catalogues, the font and the colours, read from the sources that are built in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may stop them"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Source text, with its plural where it has one.
type Message = (String, Option<String>);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every `@tr(…)` of the screens.
fn messages() -> Vec<Message> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder("screens")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "slint") {
            let text = std::fs::read_to_string(&path).unwrap();
            for call in text.split("@tr(").skip(1) {
                let (source, rest) = quoted(call.trim_start()).unwrap();
                let plural = rest.trim_start().strip_prefix('|').and_then(|rest| quoted(rest.trim_start()));
                found.push((source, plural.map(|(plural, _)| plural)));
            }
        }
    }
    assert!(found.len() > 120, "only {} messages were found", found.len());
    found
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('"')?;
    let end = rest.find('"')?;
    assert!(!rest[..end].contains('\\'), "escapes are not used in texts");
    Some((rest[..end].to_owned(), &rest[end + 1..]))
}

/// `msgid` → translations of a catalogue; panics on anything fuzzy.
fn catalogue(language: &str) -> BTreeMap<String, Vec<String>> {
    let path = folder("lang").join(language).join("LC_MESSAGES/senim-ui.po");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(!text.contains("fuzzy"));
    let mut entries = BTreeMap::new();
    for entry in text.split("\n\n").skip(1) {
        let field = |line: &str| quoted(line.split_once(' ').unwrap().1).unwrap().0;
        let source = entry.lines().find(|line| line.starts_with("msgid ")).map(field).unwrap();
        let texts: Vec<String> = entry.lines().filter(|line| line.starts_with("msgstr")).map(field).collect();
        assert!(entries.insert(source.clone(), texts).is_none(), "{source} stands twice");
    }
    entries
}

#[test]
fn every_text_of_the_screens_is_in_both_catalogues_and_nothing_else_is() {
    for (language, forms) in [("kk", 1), ("ru", 3)] {
        let mut catalogue = catalogue(language);
        let mut seen = BTreeMap::new();
        for (source, plural) in messages() {
            let texts = seen.entry(source.clone()).or_insert_with(|| catalogue.remove(&source));
            let texts = texts.as_ref().unwrap_or_else(|| panic!("{language}: {source} is missing"));
            assert_eq!(texts.len(), if plural.is_some() { forms } else { 1 }, "{language}: {source}");
            assert!(texts.iter().all(|text| !text.trim().is_empty()), "{language}: {source} is empty");
            for mark in ["{0}", "{1}", "{n}"] {
                assert!(
                    texts.iter().all(|text| text.contains(mark) == source.contains(mark)),
                    "{language}: {source}"
                );
            }
        }
        assert!(catalogue.is_empty(), "{language}: no longer used: {:?}", catalogue.keys());
    }
}

#[test]
fn the_font_has_a_glyph_for_every_letter_that_is_shown() {
    let fonts =
        std::env::var("SENIM_FONT_DIR").unwrap_or_else(|_| "/usr/share/fonts/truetype/noto".to_owned());
    let mut letters: String = messages().into_iter().map(|(text, _)| text).collect();
    for language in ["kk", "ru"] {
        letters.extend(catalogue(language).into_values().flatten());
    }
    letters.push_str("ӘәҒғҚқҢңӨөҰұҮүҺһІі ₸ № × • \u{202f}\u{a0}\u{2002}0123456789,.%+");
    for file in ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"] {
        let bytes = std::fs::read(Path::new(&fonts).join(file)).unwrap();
        let font = rusttype::Font::try_from_vec(bytes).unwrap();
        for letter in letters.chars() {
            assert_ne!(
                font.glyph(letter).id(),
                rusttype::GlyphId(0),
                "{letter:?} ({:x}) in {file}",
                u32::from(letter)
            );
        }
    }
}

#[test]
fn inks_stand_out_from_their_grounds_at_least_seven_to_one() {
    let theme = std::fs::read_to_string(folder("screens/theme.slint")).unwrap();
    // `root.contrast ? #strong : #day`
    let colour = |name: &str, strong: bool| {
        let (_, value) = theme
            .split_once(&format!("<color> {name}: root.contrast ? #"))
            .unwrap_or_else(|| panic!("no {name}"));
        let value = if strong { value } else { value.split_once('#').unwrap().1 };
        u32::from_str_radix(&value[..6], 16).unwrap()
    };
    let grounds = ["ground", "card", "tint", "warn-ground", "error-ground", "good-ground", "plain-pressed"];
    let mut pairs: Vec<(&str, &str)> =
        grounds.iter().flat_map(|ground| [("ink", *ground), ("accent", *ground)]).collect();
    pairs.extend([
        ("soft", "ground"),
        ("soft", "card"),
        ("soft", "tint"),
        ("error", "error-ground"),
        ("error", "card"),
        ("warn", "warn-ground"),
        ("good", "good-ground"),
        ("good", "card"),
        ("on-primary", "primary"),
        ("on-primary", "primary-pressed"),
        ("on-off", "off"),
    ]);
    for strong in [false, true] {
        // Letters, and what shows where a button ends (WCAG 2.1, 1.4.11).
        let edges = [("border", "ground"), ("border", "card")];
        let all = pairs.iter().map(|pair| (*pair, 7.0)).chain(edges.map(|pair| (pair, 3.0)));
        for ((ink, ground), least) in all {
            let ratio = contrast(colour(ink, strong), colour(ground, strong));
            assert!(ratio >= least, "{ink} on {ground}, strong {strong}: {ratio:.2}");
        }
    }
}

#[test]
fn colours_and_sizes_of_letters_stand_in_one_place() {
    for entry in std::fs::read_dir(folder("screens")).unwrap() {
        let path = entry.unwrap().path();
        // Beside the screens lie their pictures; what is allowed in the theme is what this is about.
        if path.extension().is_none_or(|extension| extension != "slint") || path.ends_with("theme.slint") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let size = line.contains("font-size:") && line.contains("Theme.u");
            let code = line.split("//").next().unwrap_or_default();
            let own = code
                .split(['#'])
                .skip(1)
                .any(|rest| rest.len() >= 6 && rest.as_bytes()[..6].iter().all(u8::is_ascii_hexdigit));
            assert!(!size && !own, "{}: {line}", path.display());
        }
    }
}

/// Contrast by WCAG 2.
fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}
