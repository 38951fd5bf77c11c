//! The fault table of `hal/README.md`: every fault of every emulator has a row and a driver test with an outcome, no row names
//! a fault that does not exist, and what a row quotes is in the code. So are the causes in the guide for technicians. Reads files of the tree as text; nothing is run here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use senim_emulators::cards::{icao, piv};
use senim_emulators::faults::FaultKind;
use senim_emulators::{
    cabinet, ccnet, escpos, gempc, keypad, lcdm2000, lcdm4000, nmea, nut, pn532, presenter, ssd1306,
};

/// Faults of a plug, which belong to the rack and not to a device.
const PLUG: &[&str] = &["unplug", "replug"];

/// A section of the table.
struct Device {
    /// How its heading begins.
    heading: &'static str,
    /// Names of its faults.
    faults: Vec<&'static str>,
    /// Files, or folders of files, with the tests of what hears it.
    tests: &'static [&'static str],
}

fn names<F: FaultKind>() -> Vec<&'static str> {
    F::ALL.iter().map(|fault| fault.name()).collect()
}

/// Its faults are set in tests only; a new one has to be named here, or this does not compile.
fn panel_faults() -> Vec<&'static str> {
    let name = |fault| match fault {
        ssd1306::Fault::NoAcknowledge => "no_acknowledge",
        ssd1306::Fault::LostAfter(_) => "lost_after",
    };
    vec![name(ssd1306::Fault::NoAcknowledge), name(ssd1306::Fault::LostAfter(0))]
}

fn devices() -> Vec<Device> {
    let device = |heading, faults, tests| Device { heading, faults, tests };
    vec![
        device("`dispenser`", names::<lcdm4000::Fault>(), &["hal/drivers/lcdm4000/tests.rs"]),
        device("`dispenser2`", names::<lcdm2000::Fault>(), &["hal/drivers/lcdm2000/tests.rs"]),
        device("`presenter`", names::<presenter::Fault>(), &["hal/drivers/presenter/tests.rs"]),
        device("`printer`", names::<escpos::Fault>(), &["hal/drivers/escpos/tests.rs"]),
        device(
            "`acceptor`",
            names::<ccnet::Fault>(),
            &["hal/drivers/ccnet/tests.rs", "hal/drivers/ccnet/tests"],
        ),
        device("`card`", names::<gempc::Fault>(), &["hal/drivers/gempc/tests.rs"]),
        device("`nfc`", names::<pn532::Fault>(), &["hal/drivers/pn532/tests.rs", "hal/drivers/pn532/tests"]),
        device("`piv`", names::<piv::Fault>(), &["hal/cards/piv/tests.rs", "hal/cards/piv/tests"]),
        device("`icao`", names::<icao::Fault>(), &["hal/cards/icao/tests.rs"]),
        device("`supply`", names::<nut::Fault>(), &["hal/drivers/nut/tests.rs"]),
        device("`location`", names::<nmea::Fault>(), &["hal/drivers/nmea/tests.rs"]),
        device("`cabinet`", names::<cabinet::Fault>(), &["hal/linux/cabinet/tests.rs"]),
        device("`keypad`", names::<keypad::Fault>(), &["hal/linux/assistive/tests.rs"]),
        device("`panel`", panel_faults(), &["hal/linux/panel.rs"]),
    ]
}

#[test]
fn every_fault_of_every_emulator_has_a_row_and_no_row_names_another() {
    let table = Table::read();
    let mut wrong = Vec::new();
    for device in devices() {
        let rows = table.section(device.heading);
        let named: BTreeSet<&str> = rows.iter().flat_map(|row| code_words(&row[0])).collect();
        let known: BTreeSet<&str> = device.faults.iter().copied().collect();
        wrong.extend(known.difference(&named).map(|fault| format!("{}: {fault} has no row", device.heading)));
        let strangers = named.difference(&known).filter(|name| !PLUG.contains(name));
        wrong.extend(strangers.map(|name| format!("{}: there is no fault {name}", device.heading)));
    }
    let plug: BTreeSet<&str> =
        table.section("Any device").iter().flat_map(|row| code_words(&row[0])).collect();
    assert_eq!(plug, PLUG.iter().copied().collect());
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(table.0.len(), devices().len() + 1, "sections: {:?}", table.0.keys());
}

#[test]
fn every_row_fills_every_column() {
    for (heading, rows) in Table::read().0 {
        assert!(!rows.is_empty(), "{heading} has no row");
        for row in &rows {
            assert!(row.iter().all(|cell| !cell.is_empty()), "{heading}: {row:?}");
            assert_eq!(row.len(), rows[0].len(), "{heading}: {row:?}");
        }
    }
}

#[test]
fn every_fault_is_struck_by_a_test_with_a_named_outcome() {
    let mut missing = Vec::new();
    for device in devices() {
        let tests: String = device.tests.iter().map(|path| outcomes(&rust_text(path))).collect();
        for fault in &device.faults {
            let variant = format!("Fault::{}", pascal(fault));
            let struck = words(&tests).any(|word| word == variant) || tests.contains(&format!("\"{fault}\""));
            if !struck {
                missing.push(format!("{}: {fault} is in no test of {:?}", device.heading, device.tests));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn what_the_tables_quote_is_in_the_code() {
    let readme = readme();
    assert_eq!(invented(readme.split("## Faults").nth(1).unwrap(), 50), Vec::<String>::new());
}

#[test]
fn causes_and_codes_of_the_technicians_guide_are_in_the_code() {
    let guide = fs::read_to_string(root().join("docs/guides/technician.md")).unwrap();
    assert_eq!(invented(&guide, 30), Vec::<String>::new());
    let code = rust_text("src/session") + &rust_text("src/bare.rs");
    let codes = guide.split("## When it does not serve").nth(1).unwrap();
    let rows = codes.lines().filter(|line| line.starts_with("| `"));
    let codes: Vec<&str> = rows.flat_map(|row| code_words(row.split('|').nth(1).unwrap())).collect();
    assert!(codes.len() > 10, "{codes:?}");
    for told in codes {
        assert!(code.contains(&format!("\"{told}\"")), "no code {told}");
    }
}

#[test]
fn rows_of_the_journal_and_events_of_the_ports_exist() {
    let known = rust_text("hal") + &rust_text("src/operation/body.rs");
    let known: BTreeSet<&str> = words(&known).flat_map(|word| word.split("::")).collect();
    for (heading, rows) in Table::read().0 {
        for word in rows.iter().flat_map(|row| row[1..].iter()).flat_map(|cell| code_words(cell)) {
            if word.starts_with(char::is_uppercase) {
                assert!(known.contains(word), "{heading}: there is no {word}");
            }
        }
    }
}

#[test]
fn outcomes_leave_out_what_strikes_by_chance() {
    let text = "fn any_fault() {\n    Fault::A\n}\n#[test]\nfn x() {\n    Fault::B;\n}\nproptest! {\n    Fault::C\n}\nFault::D\n";
    let left = outcomes(text);
    assert!(left.contains("Fault::B") && left.contains("Fault::D"), "{left}");
    assert!(!left.contains("Fault::A") && !left.contains("Fault::C"), "{left}");
    assert_eq!(pascal("power_loss_past_recall"), "PowerLossPastRecall");
}

/// What a text quotes that is neither in the code, broken over lines or not, nor the heading of the text itself.
fn invented(text: &str, at_least: usize) -> Vec<String> {
    let code: String =
        ["hal", "src", "ui/screens", "ui/model/texts"].iter().map(|path| plain(&rust_text(path))).collect();
    let text = plain(text);
    let quotes: Vec<&str> =
        text.split('“').skip(1).map(|rest| rest.split('”').next().unwrap_or_default()).collect();
    assert!(quotes.len() >= at_least, "{}", quotes.len());
    // What the program fills in stands as an ellipsis.
    let said = |quote: &str| quote.split('…').all(|part| code.contains(part.trim()));
    let known = |quote: &&str| said(quote) || text.contains(&format!("## {quote}"));
    quotes.into_iter().filter(|quote| !known(quote)).map(str::to_owned).collect()
}

/// Rows of each section by its heading, cells without spaces around them.
struct Table(BTreeMap<String, Vec<Vec<String>>>);

impl Table {
    fn read() -> Self {
        let readme = readme();
        let mut sections = BTreeMap::new();
        for section in readme.split("## Faults").nth(1).unwrap().split("\n### ").skip(1) {
            let heading = section.lines().next().unwrap().to_owned();
            let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
            let cells = |line: &str| {
                line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
            };
            sections.insert(heading, lines.map(cells).collect());
        }
        Self(sections)
    }

    fn section(&self, heading: &str) -> &[Vec<String>] {
        let found = self.0.iter().find(|(name, _)| name.starts_with(heading));
        found.map(|(_, rows)| rows).unwrap_or_else(|| panic!("no section {heading}"))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn readme() -> String {
    fs::read_to_string(root().join("hal/README.md")).unwrap()
}

/// Text of a file, or of every source file below a folder.
fn rust_text(path: &str) -> String {
    let path = root().join(path);
    if path.is_file() {
        return fs::read_to_string(path).unwrap();
    }
    let mut text = String::new();
    let mut folders = vec![path];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "slint") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}

/// Without generators of random faults and without property tests: those strike, and name no outcome.
fn outcomes(text: &str) -> String {
    let mut by_chance = false;
    let mut left = String::new();
    for line in text.lines() {
        by_chance |= line.starts_with("fn any_fault") || line.starts_with("proptest! {");
        if !by_chance {
            left.push_str(line);
            left.push('\n');
        }
        by_chance &= line != "}";
    }
    left
}

/// What stands between backticks.
fn code_words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Paths and identifiers of a source text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | ':'))
}

fn pascal(name: &str) -> String {
    let part = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('_').map(part).collect()
}

/// One line, one space: quotations may be broken over lines, in the guide as in the code.
fn plain(text: &str) -> String {
    text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
