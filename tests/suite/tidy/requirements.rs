//! Whether the table of requirements tells the truth about the tree: files, tests, states, numbers and its own figures.
//!
//! Not whether a test shows what its row says: that takes a reader.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::none;
use crate::root;

/// The index; chapters are in the folder of the same name.
const INDEX: &str = "docs/requirements.md";
const CHAPTERS: &str = "docs/requirements";

/// Every R-number there is: 164.
const NUMBERS: &[&str] = &[
    "1-15", "20-26", "32-47", "50-57", "60-68", "70-71", "75-78", "80-86", "100", "105-126", "127a", "127b",
    "127", "128a", "128b", "128-131", "132a", "132-141", "220-248", "250-258", "260-266", "300-307",
];

/// Statements of Part B that bind, by section.
const FACTS: &[(&str, u32)] = &[
    ("B2", 7),
    ("B4", 8),
    ("B5", 8),
    ("B6", 8),
    ("B7", 4),
    ("B14", 9),
    ("B15", 5),
    ("B18", 3),
    ("B20", 2),
    ("B21", 7),
];

const SHOWN: &str = "shown";
const MFO: &str = "MFO";
/// Whose duty a requirement is, where it is not shown, and what the index says of it.
const DUTIES: &[(&str, &str)] = &[
    (MFO, "a duty of the MFO"),
    ("state", "a duty of the state's service"),
    ("not the kiosk", "for another channel or somebody else"),
];
/// Parts of the work that a row may wait for.
const PARTS: &[&str] = &["lending", "liveness", "screens", "appliance", "desk"];

/// One requirement.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    /// Kiosk and server.
    cells: String,
    state: String,
}

/// What a row's state says.
#[derive(Debug, Default, PartialEq, Eq)]
struct State<'a> {
    word: Option<&'a str>,
    to_come: Vec<&'a str>,
}

#[test]
fn every_requirement_has_one_row_that_names_what_exists() {
    let (rows, mut findings) = read();
    findings.extend(numbers(&rows));
    for row in &rows {
        findings.extend(wrong(row, &|path| {
            let path = root().join(path);
            if path.is_dir() { Some(String::new()) } else { std::fs::read_to_string(path).ok() }
        }));
    }
    none(&findings);
}

#[test]
fn the_index_counts_the_rows_by_their_state() {
    let (rows, _) = read();
    let counted = counts(&rows);
    eprintln!("{counted}");
    let index = std::fs::read_to_string(root().join(INDEX)).unwrap();
    assert!(index.contains(&counted), "{INDEX} should say:\n{counted}");
}

#[test]
fn the_index_names_every_chapter() {
    let index = std::fs::read_to_string(root().join(INDEX)).unwrap();
    for chapter in chapters() {
        assert!(index.contains(&format!("(requirements/{chapter})")), "{chapter} is not in the index");
    }
}

#[test]
fn a_wrong_row_a_missing_number_and_a_number_twice_are_found() {
    let tree = |path: &str| match path {
        "a/b.rs" => Some("#[test]\n#[ignore = \"long\"]\nfn shows() {}\nfn helps() {}\n".to_owned()),
        "docs/c.md" => Some(String::new()),
        _ => None,
    };
    let row = |cells: &str, state: &str| Row { id: "R-001".into(), cells: cells.into(), state: state.into() };
    let found = |cells: &str, state: &str| wrong(&row(cells, state), &tree).join("; ");
    assert_eq!(found("does it: `a/b.rs::shows`, `coolingOff`", "shown"), "");
    assert_eq!(found("`docs/c.md`", "MFO"), "");
    assert_eq!(found("—", "MFO; to come: desk"), "");
    assert_eq!(found("`a/b.rs`", "shown"), "R-001: is shown by no test");
    assert_eq!(found("`a/b.rs::shows` `a/d.rs`", "shown"), "R-001: a/d.rs does not exist");
    assert_eq!(found("`a/b.rs::hides`", "to come: desk"), "R-001: a/b.rs has no test hides");
    assert_eq!(found("`a/b.rs::helps`", "to come: desk"), "R-001: a/b.rs has no test helps");
    assert_eq!(found("`a/b.rs`", "MFO"), "R-001: names no document that helps");
    for state in ["", "done", "to come: later", "shown; to come: desk", "to come: desk, desk", "MFO; state"] {
        assert_eq!(found("`a/b.rs::shows`", state), format!("R-001: \"{state}\" is no state"));
    }

    let all: Vec<Row> = every_number().into_iter().map(|id| Row { id, ..row("", "") }).collect();
    assert_eq!(numbers(&all), Vec::<String>::new());
    assert_eq!(numbers(&all[1..]), ["R-001 has no row"]);
    let mut more = all.clone();
    more.extend([Row { id: "R-127a".into(), ..row("", "") }, Row { id: "R-249".into(), ..row("", "") }]);
    assert_eq!(numbers(&more), ["R-127a stands twice", "R-249 is no requirement"]);
    assert_eq!(parse("x.md", "| R-001 | a | b | c |\n").1, ["x.md:1 has not five cells, each filled"]);
    assert_eq!(parse("x.md", "| R-001 | a | | c | shown |\n").1, ["x.md:1 has not five cells, each filled"]);
}

#[test]
fn there_are_164_numbers() {
    assert_eq!(every_number().iter().filter(|id| id.starts_with("R-")).count(), 164);
}

fn every_number() -> Vec<String> {
    let mut all = Vec::new();
    for range in NUMBERS {
        match range.split_once('-') {
            Some((first, last)) => {
                let (first, last): (u32, u32) = (first.parse().unwrap(), last.parse().unwrap());
                all.extend((first..=last).map(|number| format!("R-{number:03}")));
            }
            None => all.push(format!("R-{range}")),
        }
    }
    for (section, statements) in FACTS {
        all.extend((1..=*statements).map(|number| format!("{section}.{number}")));
    }
    all
}

fn numbers(rows: &[Row]) -> Vec<String> {
    let known = every_number();
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for row in rows {
        if !seen.insert(row.id.as_str()) {
            findings.push(format!("{} stands twice", row.id));
        } else if !known.contains(&row.id) {
            findings.push(format!("{} is no requirement", row.id));
        }
    }
    findings
        .extend(known.iter().filter(|id| !seen.contains(id.as_str())).map(|id| format!("{id} has no row")));
    findings
}

/// What is wrong with a row; `tree` gives the text of a file, an empty one for a folder, nothing for what is not there.
fn wrong(row: &Row, tree: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let (mut tests, mut documents) = (0, 0);
    for reference in references(&row.cells) {
        let (path, test) =
            reference.split_once("::").map_or((reference, None), |(path, test)| (path, Some(test)));
        let Some(text) = tree(path) else {
            findings.push(format!("{path} does not exist"));
            continue;
        };
        documents += usize::from(path.ends_with(".md"));
        if let Some(test) = test {
            tests += 1;
            if !has_test(&text, test) {
                findings.push(format!("{path} has no test {test}"));
            }
        }
    }
    match state(&row.state) {
        None => findings.push(format!("\"{}\" is no state", row.state)),
        Some(State { word: Some(SHOWN), .. }) if tests == 0 => {
            findings.push("is shown by no test".to_owned())
        }
        Some(State { word: Some(MFO), to_come }) if to_come.is_empty() && documents == 0 => {
            findings.push("names no document that helps".to_owned());
        }
        Some(_) => {}
    }
    findings.into_iter().map(|finding| format!("{}: {finding}", row.id)).collect()
}

/// What stands between backquotes and is a path, with the test behind it.
fn references(cells: &str) -> impl Iterator<Item = &str> {
    let quoted = cells.split('`').skip(1).step_by(2);
    let files = [".md", ".toml", ".lock", ".json", ".rs"];
    quoted.filter(move |text| text.contains('/') || files.iter().any(|end| text.ends_with(end)))
}

/// Whether a function of that name stands there under an attribute of tests.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let start = format!("fn {name}(");
    let of = |line: &str| line.strip_prefix("async ").unwrap_or(line).starts_with(&start);
    lines.iter().position(|line| of(line)).is_some_and(|at| {
        let before =
            lines.iter().take(at).rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        before.clone().any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"))
    })
}

fn state(text: &str) -> Option<State<'_>> {
    let (word, to_come) = match text.strip_prefix("to come: ") {
        Some(parts) => (None, Some(parts)),
        None => text
            .split_once("; to come: ")
            .map_or((Some(text), None), |(word, parts)| (Some(word), Some(parts))),
    };
    let to_come: Vec<&str> = to_come.map_or_else(Vec::new, |parts| parts.split(", ").collect());
    let once = to_come.iter().collect::<BTreeSet<_>>().len() == to_come.len();
    let duty = word.is_some_and(|word| DUTIES.iter().any(|(duty, _)| *duty == word));
    let shown = word == Some(SHOWN) && to_come.is_empty();
    let known = to_come.iter().all(|part| PARTS.contains(part));
    (once && known && (word.is_none() || duty || shown)).then_some(State { word, to_come })
}

/// Lines of the index: rows by state, R and B apart.
fn counts(rows: &[Row]) -> String {
    let mut found: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for row in rows {
        let Some(State { word, to_come }) = state(&row.state) else { continue };
        let mut keys: Vec<String> = to_come.iter().map(|part| format!("to come: {part}")).collect();
        keys.push(if to_come.is_empty() {
            word.unwrap_or_default().to_owned()
        } else {
            "to come".to_owned()
        });
        for key in keys {
            let (r, b) = found.entry(key).or_default();
            *(if row.id.starts_with('R') { r } else { b }) += 1;
        }
    }
    let mut table = String::new();
    let mut line = |key: &str, says: &str| {
        let (r, b) = found.get(key).copied().unwrap_or_default();
        writeln!(table, "| {key} | {says} | {r} | {b} |").unwrap();
    };
    line(SHOWN, "done at each side that it concerns");
    for (duty, says) in DUTIES {
        line(duty, says);
    }
    line("to come", "something is missing");
    for part in PARTS {
        line(&format!("to come: {part}"), "of these");
    }
    table
}

fn chapters() -> Vec<String> {
    let entries = std::fs::read_dir(root().join(CHAPTERS)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Rows of every chapter, and lines that are none.
fn read() -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for chapter in chapters() {
        let path = format!("{CHAPTERS}/{chapter}");
        let (of_chapter, wrong) = parse(&path, &std::fs::read_to_string(root().join(&path)).unwrap());
        rows.extend(of_chapter);
        findings.extend(wrong);
    }
    (rows, findings)
}

fn parse(path: &str, text: &str) -> (Vec<Row>, Vec<String>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let numbered = |start: &str| {
            line.strip_prefix(start)
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
        };
        if !numbered("| R-") && !numbered("| B") {
            continue;
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells.as_slice() {
            [id, _, kiosk, server, state] if cells.iter().all(|cell| !cell.is_empty()) => rows.push(Row {
                id: (*id).to_owned(),
                cells: format!("{kiosk} {server}"),
                state: (*state).to_owned(),
            }),
            _ => findings.push(format!("{path}:{} has not five cells, each filled", number + 1)),
        }
    }
    (rows, findings)
}
