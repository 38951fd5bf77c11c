//! `senim commission`: from what a technician answers to a terminal that waits for its activation and nothing else.
//!
//! Answers are a configuration in which the lines of devices may say no `path`, without `create_journal` and with the telephone
//! of support (`display.phone`), which nobody could ask for once it is needed. In this order, so that the code of the MFO is used
//! only when everything else is right: find each such line by asking who is there, look at clock, models and every device, enrol,
//! reach the MFO with the new certificate, create the journal, and last of all put the configuration in its place. What ends early
//! may be repeated with the same answers; a board with a journal or a configuration is refused.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use senim_journal::{JournalError, JournalReader};
use serde_json::{Value, json};
use toml::Table;

use crate::commands::Outcome;
use crate::config::{Config, Loaded};
use crate::enrol::certified;
use crate::probe::{self, Tally};
use crate::{assemble, identity};

/// Where a board's serial lines are by the sockets that they are plugged into, unless the answers say `ports`.
const PORTS: &str = "/dev/serial/by-path";
/// Sections with a line.
const WITH_LINES: [&str; 6] = ["dispenser", "printer", "acceptor", "card", "nfc", "location"];
/// Most rows of a journal that nobody used: a key for each try.
const FIRST_ROWS: u64 = 8;
/// Owner and group of the configuration read it: the technician and the service.
const MODE: u32 = 0o640;

/// Commissions this board; one line for each thing looked at.
///
/// # Errors
/// A sentence that says what a person has to do. What is wrong with the board is told as a finding.
pub fn commission(answers: &Path, place: &Path, code: &str) -> Result<Outcome> {
    if place.exists() {
        bail!("{} is there: this board has its configuration", place.display());
    }
    let mut table = read(answers)?;
    let folder = ports(&mut table, place)?;
    let lost: Vec<&'static str> =
        WITH_LINES.into_iter().filter(|section| path_of(&table, section) == Some(None)).collect();
    // A mistake in the answers, and a board with a journal, before any port is asked.
    refuse_a_journal(&with_lines_at(&table, &lost, "/dev/null", place)?.config)?;
    let mut tally = Tally::default();
    let found = find_lines(&mut table, lost, &folder, place);
    let whole = found.is_ok();
    tally.tell("ports", found)?;
    if !whole {
        return Ok(tally.outcome());
    }
    let text = toml::to_string(&table).context("the configuration cannot be written")?;
    let mut loaded = Config::of_text(&text, place)?;
    probe::look(&loaded, &mut tally)?;
    if tally.outcome() != Outcome::Good {
        return Ok(tally.outcome());
    }
    let enrolled = enrol(&loaded.config, code);
    let held = enrolled.is_ok();
    tally.tell("identity", enrolled.map_err(|error| format!("{error:#}")))?;
    if held && tell_gateway(&loaded, &mut tally)? {
        loaded.config.create_journal = true;
        create_journal(&loaded)?;
        write(place, &text)?;
        let told = json!({ "terminal": loaded.config.terminal, "sha256": loaded.sha256 });
        tally.tell("configuration", Ok(told))?;
    }
    Ok(tally.outcome())
}

fn read(answers: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(answers).with_context(|| answers.display().to_string())?;
    let table: Table = toml::from_str(&text).with_context(|| answers.display().to_string())?;
    if table.contains_key("create_journal") {
        bail!("create_journal: the journal is created when all else is right; leave it out");
    }
    let phone = table.get("display").and_then(|display| display.get("phone")?.as_str());
    if phone.is_none_or(|phone| phone.trim().is_empty()) {
        bail!("display.phone: say the telephone of support; people read it while the program cannot start");
    }
    Ok(table)
}

/// A journal tells of money: whoever has one is not commissioned, but repaired. One that holds nothing but the key it was
/// created with is left of a try that was cut short.
fn refuse_a_journal(config: &Config) -> Result<()> {
    let place = config.journal_path();
    let reader = match JournalReader::open(&place) {
        Err(JournalError::Missing { .. }) => return Ok(()),
        opened => opened.with_context(|| place.display().to_string())?,
    };
    let next = reader.status()?.next_seq;
    if next > FIRST_ROWS || reader.rows(0, next)?.iter().any(|row| row.envelope.kind != "KeyEpoch") {
        bail!("{} is there: this board was commissioned before", place.display());
    }
    Ok(())
}

/// Where lines without a path are looked for.
fn ports(table: &mut Table, place: &Path) -> Result<PathBuf> {
    match table.remove("ports") {
        None => Ok(PathBuf::from(PORTS)),
        Some(toml::Value::String(folder)) => Ok(base(place).join(folder)),
        Some(other) => bail!("ports: {other} is no folder"),
    }
}

/// The configuration if all these devices were at one port.
fn with_lines_at(table: &Table, lost: &[&str], port: &str, place: &Path) -> Result<Loaded> {
    let mut tried = table.clone();
    for section in lost {
        put_path(&mut tried, section, port);
    }
    let text = toml::to_string(&tried).context("the configuration cannot be written")?;
    Ok(Config::of_text(&text, place)?)
}

/// Fills in the path of each line that has none, by asking at every free port who is there; tells what was filled in.
fn find_lines(
    table: &mut Table,
    mut lost: Vec<&'static str>,
    folder: &Path,
    place: &Path,
) -> Result<Value, String> {
    let mut found = BTreeMap::new();
    if lost.is_empty() {
        return Ok(json!(found));
    }
    let mut heard: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for port in free_ports(table, folder, base(place))? {
        let loaded = with_lines_at(table, &lost, &port, place).map_err(|error| format!("{error:#}"))?;
        let mut answered = None;
        for section in lost.iter().copied() {
            match probe::on_its_line(&loaded.config, section) {
                Some(Ok(_)) => {
                    answered = Some(section);
                    break;
                }
                Some(Err(cause)) => heard.entry(section).or_default().push(cause),
                None => {}
            }
        }
        if let Some(section) = answered {
            put_path(table, section, &port);
            lost.retain(|other| *other != section);
            found.insert(section, port);
        }
    }
    if lost.is_empty() {
        return Ok(json!(found));
    }
    let causes: Vec<String> = lost
        .iter()
        .map(|section| format!("{section}: {}", heard.remove(section).unwrap_or_default().join("; ")))
        .collect();
    Err(format!(
        "no port of {} answers as what is missing. Power, cable, driver? {}",
        folder.display(),
        causes.join(". ")
    ))
}

fn base(place: &Path) -> &Path {
    place.parent().unwrap_or_else(|| Path::new("."))
}

/// `None`: there is no such section; `Some(None)`: its line says no path.
fn path_of(table: &Table, section: &str) -> Option<Option<PathBuf>> {
    let section = table.get(section)?.as_table()?;
    let line = section.get("line").and_then(toml::Value::as_table);
    Some(line.and_then(|line| line.get("path")?.as_str()).map(PathBuf::from))
}

fn put_path(table: &mut Table, section: &str, port: &str) {
    let Some(section) = table.get_mut(section).and_then(toml::Value::as_table_mut) else { return };
    let line = section.entry("line").or_insert_with(|| toml::Value::Table(Table::new()));
    if let Some(line) = line.as_table_mut() {
        line.insert("path".to_owned(), port.into());
    }
}

/// Ports of the folder that the answers give to no device, in the order of their names.
fn free_ports(table: &Table, folder: &Path, base: &Path) -> Result<Vec<String>, String> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let given: Vec<PathBuf> = WITH_LINES
        .into_iter()
        .filter_map(|section| path_of(table, section).flatten())
        .map(|path| real(&base.join(path)))
        .collect();
    let unreadable = |error: std::io::Error| {
        format!(
            "{}: {error}: no serial line is plugged in, or `ports` names another folder",
            folder.display()
        )
    };
    let mut names: Vec<OsString> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name());
    }
    names.sort();
    let ports = names.into_iter().map(|name| folder.join(name));
    let free = ports.filter(|port| !port.is_dir() && !given.contains(&real(port)));
    Ok(free.map(|port| port.display().to_string()).collect())
}

/// With the code, unless an earlier try was cut short behind it.
fn enrol(config: &Config, code: &str) -> Result<Value> {
    if let Ok(keys) = assemble::keys(config)
        && let Ok(held) = identity::open(config, &keys)
    {
        let (_, not_after, serial) = held.life()?;
        return Ok(json!({ "custody": held.custody.name(), "serial": serial, "not_after": not_after }));
    }
    certified(config, code)
}

/// Whether the MFO answers whoever shows the new certificate.
fn tell_gateway(loaded: &Loaded, tally: &mut Tally) -> Result<bool> {
    let keys = assemble::keys(&loaded.config)?;
    let held = identity::open(&loaded.config, &keys)?;
    let answered = probe::gateway(loaded, &keys, &held);
    let good = answered.is_ok();
    tally.tell("gateway", answered)?;
    Ok(good)
}

/// An empty journal of this identity; the firmware finds it at its first start.
fn create_journal(loaded: &Loaded) -> Result<()> {
    let keys = assemble::keys(&loaded.config)?;
    let held = identity::open(&loaded.config, &keys)?;
    let uplink = assemble::uplink(&loaded.config, &keys, &held, assemble::built_at())?;
    assemble::kernel(loaded, &keys, &held, &uplink).map(drop)
}

/// All of it or nothing, also when the power goes.
fn write(place: &Path, text: &str) -> Result<()> {
    let mut name = place.file_name().context("the configuration needs a name")?.to_owned();
    name.push(".new");
    let fresh = place.with_file_name(name);
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, place)?;
        File::open(base(place))?.sync_all()
    };
    write().with_context(|| place.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_line_without_a_path_is_to_be_found_and_one_with_a_path_is_not_asked() {
        let mut answers = table("[dispenser]\ndriver = 'lcdm4000'\n[printer]\nline.path = '/p'\n");
        assert_eq!(path_of(&answers, "dispenser"), Some(None));
        assert_eq!(path_of(&answers, "printer"), Some(Some("/p".into())));
        assert_eq!(path_of(&answers, "nfc"), None);
        put_path(&mut answers, "dispenser", "/d");
        assert_eq!(path_of(&answers, "dispenser"), Some(Some("/d".into())));
        assert_eq!(answers["dispenser"]["driver"].as_str(), Some("lcdm4000"));
    }

    #[test]
    fn ports_that_a_device_has_are_free_for_no_other_by_whatever_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("b"), folder.path().join("z")).unwrap();
        let answers = table("[dispenser]\n[printer]\nline.path = 'z'\n");
        let free = free_ports(&answers, folder.path(), folder.path()).unwrap();
        let names: Vec<_> = free.iter().map(|port| port.rsplit('/').next().unwrap()).collect();
        assert_eq!(names, ["a", "c"]);
        let gone = free_ports(&answers, &folder.path().join("gone"), folder.path()).unwrap_err();
        assert!(gone.contains("gone") && gone.contains("ports"), "{gone}");
    }

    #[test]
    fn a_configuration_is_written_whole_and_for_nobody_else_to_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("senim.toml");
        write(&place, "a = 1\n").unwrap();
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "a = 1\n");
        assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o007, 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let asked = commission(&place, &place, "-").unwrap_err().to_string();
        assert!(asked.contains("has its configuration"), "{asked}");
    }

    #[test]
    fn answers_do_not_decide_about_the_journal_and_say_whom_people_call() {
        let folder = tempfile::tempdir().unwrap();
        let answers = folder.path().join("answers.toml");
        for (text, why) in [
            ("create_journal = true\n[display]\nphone = '1414'\n", "create_journal"),
            ("terminal = 't-1'\n", "display.phone"),
            ("[display]\nphone = ' '\n", "display.phone"),
        ] {
            std::fs::write(&answers, text).unwrap();
            let asked = commission(&answers, &folder.path().join("senim.toml"), "-").unwrap_err().to_string();
            assert!(asked.contains(why), "{text}: {asked}");
        }
    }
}
