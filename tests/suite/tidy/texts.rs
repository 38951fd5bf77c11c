//! What each file must begin with and what none may hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::none;
use crate::root;

/// Longest file of a product crate: beyond that it tells more than one story.
const LINES_MAX: usize = 600;

/// Folders of product crates.
const PRODUCT: &[&str] = &["src", "hal", "ui", "gateway", "simulator"];

/// Folders of crates that decide and do not act, and what they do not name.
const PURE: &[&str] = &["src/domain", "src/session", "src/sync", "src/biometrics", "hal", "ui/model"];
const NOT_IN_PURE: &[&str] =
    &["std::fs", "std::net", "std::thread", "std::process", "std::env", "std::io::stdin"];

/// Folders of crates that read no clock: moments are handed in. Pure ones among them.
const CLOCKLESS: &[&str] = &[
    "src/domain",
    "src/session",
    "src/sync",
    "src/biometrics",
    "src/operation",
    "src/journal",
    "hal",
    "ui/model",
    "gateway/core",
];
const CLOCKS: &[&str] = &["SystemTime", "time::Instant", "Instant::now", "Timestamp::now", "Zoned::now"];

/// Under `hal`, but an edge: it is what reads clocks and opens files.
const EDGES: &[&str] = &["hal/keystore", "hal/linux"];

/// How a world of the rig has doubles of keys believed: no program may.
const OTHER_VERIFIER: &[&str] = &[".with_verifier("];

/// Marks of unfinished work, and paths of one machine. Written in two pieces, or this file would hold them.
const NOWHERE: &[(&str, &str)] =
    &[("TO", "DO"), ("FIX", "ME"), ("to", "do!("), ("unimple", "mented!("), ("/wo", "rk/"), ("/tm", "p/")];

#[test]
fn every_rust_file_opens_with_what_it_decides() {
    let files = files();
    none(&files.iter().filter_map(no_opening).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished_or_bound_to_one_machine() {
    none(&files().iter().flat_map(unfinished).collect::<Vec<_>>());
}

#[test]
fn files_of_product_crates_tell_one_story() {
    let product = files().into_iter().filter(|file| file.under(PRODUCT) && !file.is_test);
    none(&product.filter_map(|file| too_long(&file)).collect::<Vec<_>>());
}

#[test]
fn pure_crates_touch_no_file_network_thread_or_process() {
    let pure = files().into_iter().filter(|file| file.under(PURE) && !file.under(EDGES));
    none(&pure.flat_map(|file| names(&file, NOT_IN_PURE)).collect::<Vec<_>>());
}

#[test]
fn only_edges_read_clocks() {
    let clockless = files().into_iter().filter(|file| file.under(CLOCKLESS) && !file.under(EDGES));
    none(&clockless.flat_map(|file| names(&file, CLOCKS)).collect::<Vec<_>>());
}

#[test]
fn no_program_judges_signatures_otherwise() {
    let product = files().into_iter().filter(|file| file.under(PRODUCT));
    none(&product.flat_map(|file| names(&file, OTHER_VERIFIER)).collect::<Vec<_>>());
    let world = files().into_iter().filter(|file| file.path == Path::new("tests/rig/keys.rs"));
    let text: String = world.map(|file| file.text).collect();
    assert!(text.contains(OTHER_VERIFIER[0]), "the rig does it otherwise, so its absence proves nothing");
}

#[test]
fn the_tree_that_is_searched_is_the_whole_tree() {
    let files = files();
    for known in [
        "src/main.rs",
        "src/domain/money.rs",
        "hal/drivers/lcdm4000/codec.rs",
        "tests/suite/tidy/texts.rs",
        "run",
        "test",
    ] {
        assert!(files.iter().any(|file| file.path == Path::new(known)), "{known} was not searched");
    }
    assert!(files.iter().all(|file| !file.under(&["target"])), "build products were searched");
}

#[test]
fn each_rule_finds_its_violation_and_spares_tests() {
    let file = |path: &str, text: &str| File { path: path.into(), text: text.to_owned(), is_test: false };

    assert_eq!(
        no_opening(&file("src/a.rs", "fn main() {}")),
        Some("src/a.rs does not open with //!".to_owned())
    );
    assert_eq!(no_opening(&file("src/a.rs", "//! A.\n")), None);

    let mark = ["TO", "DO"].concat();
    assert_eq!(
        unfinished(&file("ui/a.slint", &format!("// ok\n// {mark} later\n"))),
        [format!("ui/a.slint:2 holds \"{mark}\"")]
    );

    let long = "//! Long.\n".repeat(LINES_MAX + 1);
    assert_eq!(too_long(&file("src/a.rs", &long)), Some("src/a.rs has 601 lines".to_owned()));

    let text = "//! Like std::fs.\nuse std::fs;\n#[cfg(test)]\nmod tests {\n    use std::net;\n}\n";
    assert_eq!(names(&file("src/session/a.rs", text), NOT_IN_PURE), ["src/session/a.rs:2 names std::fs"]);
}

#[test]
fn a_module_declared_for_tests_is_a_test_wherever_it_stands() {
    let text = "//! Crate.\n#[cfg(test)]\nmod formats;\npub mod money;\n";
    let declared = test_modules(Path::new("src/domain/lib.rs"), text);
    assert!(declared.contains(Path::new("src/domain/formats.rs")));
    assert!(!declared.contains(Path::new("src/domain/money.rs")));
    assert!(
        test_modules(Path::new("hal/drivers/escpos/codec.rs"), text)
            .contains(Path::new("hal/drivers/escpos/codec/formats.rs"))
    );
}

struct File {
    /// From the root of the tree.
    path: PathBuf,
    text: String,
    /// Compiled for tests only.
    is_test: bool,
}

impl File {
    fn under(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    fn is_rust(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "rs")
    }
}

fn no_opening(file: &File) -> Option<String> {
    (file.is_rust() && !file.text.starts_with("//!"))
        .then(|| format!("{} does not open with //!", file.path.display()))
}

fn unfinished(file: &File) -> Vec<String> {
    let marks: Vec<String> = NOWHERE.iter().map(|(start, end)| format!("{start}{end}")).collect();
    let lines = file.text.lines().enumerate();
    lines
        .flat_map(|(number, line)| {
            marks.iter().filter(move |mark| line.contains(*mark)).map(move |mark| (number, mark))
        })
        .map(|(number, mark)| format!("{}:{} holds \"{mark}\"", file.path.display(), number + 1))
        .collect()
}

fn too_long(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    (file.is_rust() && lines > LINES_MAX).then(|| format!("{} has {lines} lines", file.path.display()))
}

/// Lines of product code, comments left out, that name one of the words.
fn names(file: &File, words: &[&str]) -> Vec<String> {
    if file.is_test || !file.is_rust() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in product_lines(&file.text) {
        for word in words.iter().filter(|word| line.contains(**word)) {
            found.push(format!("{}:{number} names {word}", file.path.display()));
        }
    }
    found
}

/// Lines with their numbers up to an inline module of tests, without comments.
fn product_lines(text: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| {
            pair[0].trim() == "#[cfg(test)]"
                && pair[1].trim_start().starts_with("mod ")
                && pair[1].ends_with('{')
        })
        .unwrap_or(lines.len());
    let numbered = lines.into_iter().take(end).enumerate();
    numbered
        .map(|(number, line)| (number + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect()
}

/// Files that `#[cfg(test)] mod name;` in this file declares.
fn test_modules(path: &Path, text: &str) -> BTreeSet<PathBuf> {
    let folder = path.parent().unwrap();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
    let base = if matches!(stem, "lib" | "main" | "mod") { folder.to_path_buf() } else { folder.join(stem) };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_prefix("mod ")?.strip_suffix(';'))
        .flat_map(|name| [base.join(format!("{name}.rs")), base.join(name).join("mod.rs")])
        .collect()
}

/// All files that people write and machines run.
fn files() -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    let declared: BTreeSet<PathBuf> =
        found.iter().flat_map(|file| test_modules(&file.path, &file.text)).collect();
    for file in &mut found {
        let in_test_folder = file
            .path
            .components()
            .any(|part| ["tests", "examples", "benches"].iter().any(|name| part.as_os_str() == *name));
        file.is_test = in_test_folder || declared.contains(&file.path);
    }
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<File>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        if path.is_dir() {
            let not_ours =
                name.starts_with('.') || name.starts_with("target") || (folder == root && name == "out");
            if !not_ours {
                collect(root, &path, found);
            }
        } else if is_searched(&path, name) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(File { path: path.strip_prefix(root).unwrap().to_path_buf(), text, is_test: false });
        }
    }
}

fn is_searched(path: &Path, name: &str) -> bool {
    let written_in = path.extension().and_then(|extension| extension.to_str());
    matches!(written_in, Some("rs" | "slint" | "sh")) || matches!(name, "run" | "test")
}
