//! The guide to the rig against the control itself: fields, faults with their parameters, values at start, states, cards, and
//! every example with curl, which is carried out here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use senim_emulators::cards::registry;
use senim_emulators::cards::{icao, piv};
use senim_emulators::faults::FaultKind;
use senim_emulators::{
    cabinet, ccnet, escpos, gempc, keypad, lcdm2000, lcdm4000, nmea, nut, pn532, presenter,
};
use serde_json::{Map, Value, json};

use crate::rack::Control;

/// In the state of every device, and told of in the text above the tables.
const COMMON: &[&str] = &["address", "faults", "model", "options", "pacing", "path", "plugged", "plugs"];
/// What the rack takes for every device on a PTY.
const PACING: &[&str] = &["pacing", "baud"];

#[test]
fn every_field_of_every_device_is_in_the_guide_and_no_other() {
    let (control, guide) = (Control::start(), Guide::read());
    let mut devices = Vec::new();
    for device in control.get("/devices")["devices"].as_array().unwrap() {
        let name = device["name"].as_str().unwrap();
        let fields = guide.fields(name);
        assert_eq!(
            fields.keys().copied().collect::<BTreeSet<_>>(),
            taken(&control, name, json!({})),
            "{name}"
        );
        devices.push(name.to_owned());
    }
    assert_eq!(devices.len(), 11);
    for (name, body, nested) in [
        ("dispenser", json!({"cassettes": [{}]}), "cassettes"),
        ("dispenser2", json!({"cassettes": [{}]}), "cassettes"),
        ("presenter", json!({"cassettes": [{}]}), "cassettes"),
        ("acceptor", json!({"bills": [{}]}), "bills"),
    ] {
        let like = guide.text(if nested == "bills" { "acceptor" } else { "dispenser" });
        for field in taken(&control, name, body) {
            assert!(like.contains(&format!("`{field}`")), "{name}: {nested} takes {field}");
        }
    }
    for field in PACING {
        assert!(guide.0.contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn what_a_card_can_be_told_is_in_the_guide_and_every_card_has_a_name_there() {
    let (control, guide) = (Control::start(), Guide::read());
    for (card, section) in [("piv-p256", "piv-p256"), ("passport", "passport")] {
        control.ask("PATCH", "/devices/nfc", json!({ "card": card }));
        let fields: BTreeSet<&str> = guide.fields(section).keys().copied().collect();
        assert_eq!(fields, taken(&control, "nfc", json!({"card_settings": {}})), "{card}");
    }
    let named: BTreeSet<&str> = guide.rows("Cards").iter().flat_map(|row| code_words(row[0])).collect();
    assert_eq!(named, registry::NAMES.iter().copied().collect());
}

#[test]
fn values_at_start_are_those_of_a_fresh_rack() {
    let (control, guide) = (Control::start(), Guide::read());
    let mut compared = 0;
    for device in control.get("/devices")["devices"].as_array().unwrap() {
        let name = device["name"].as_str().unwrap();
        let state = control.get(&format!("/devices/{name}"));
        for (field, told) in guide.fields(name) {
            let places = ["options", "sky", "supply", "inputs"].map(|place| &state[place][field]);
            let at_start = places.into_iter().chain([&state[field]]).find(|value| !value.is_null());
            let (Some(value), Some(told)) = (at_start, told) else { continue };
            if !value.is_object() && !value.is_array() {
                assert_eq!(value.to_string(), told, "{name}: {field}");
                compared += 1;
            }
        }
    }
    assert!(compared > 80, "{compared}");
}

#[test]
fn every_fault_is_in_the_guide_with_the_parameters_that_it_takes() {
    let guide = Guide::read();
    let devices: [(&str, BTreeMap<&str, &[&str]>); 13] = [
        ("acceptor", faults::<ccnet::Fault>()),
        ("cabinet", faults::<cabinet::Fault>()),
        ("card", faults::<gempc::Fault>()),
        ("dispenser", faults::<lcdm4000::Fault>()),
        ("dispenser2", faults::<lcdm2000::Fault>()),
        ("keypad", faults::<keypad::Fault>()),
        ("location", faults::<nmea::Fault>()),
        ("nfc", faults::<pn532::Fault>()),
        ("passport", faults::<icao::Fault>()),
        ("piv-p256", faults::<piv::Fault>()),
        ("presenter", faults::<presenter::Fault>()),
        ("printer", faults::<escpos::Fault>()),
        ("supply", faults::<nut::Fault>()),
    ];
    for (name, known) in devices {
        let told = guide.faults(name);
        let told: BTreeMap<&str, &[&str]> =
            told.iter().map(|(name, fields)| (*name, fields.as_slice())).collect();
        assert_eq!(told, known, "{name}");
    }
    let control = Control::start();
    let (_, refused) = control.ask("PUT", "/devices/dispenser/faults/nak", json!({"stranger": 1}));
    let parameters: BTreeSet<&str> = guide
        .rows("Requests")
        .iter()
        .filter(|row| row.len() == 2)
        .flat_map(|row| code_words(row[0]))
        .collect();
    let known = expected(&refused);
    assert_eq!(known.difference(&parameters).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn states_tell_what_the_guide_says() {
    let (control, guide) = (Control::start(), Guide::read());
    for device in control.get("/devices")["devices"].as_array().unwrap() {
        let name = device["name"].as_str().unwrap();
        let state = control.get(&format!("/devices/{name}"));
        let keys: BTreeSet<&str> = state.as_object().unwrap().keys().map(String::as_str).collect();
        let own: BTreeSet<&str> = keys.into_iter().filter(|key| !COMMON.contains(key)).collect();
        let told: BTreeSet<&str> = code_words(guide.line(name, "Tells: ")).collect();
        assert_eq!(told, own, "{name}");
    }
}

#[test]
fn every_example_is_carried_out() {
    let (control, guide) = (Control::start(), Guide::read());
    let mut carried_out = 0;
    for line in guide.0.lines().filter(|line| line.starts_with("curl ")) {
        let method = line.split("-X ").nth(1).map_or("GET", |rest| rest.split(' ').next().unwrap());
        let body = line.split('\'').nth(1).map_or(Value::Null, |body| serde_json::from_str(body).unwrap());
        let path = line.rsplit("$C").next().unwrap();
        let (code, answer) = control.ask(method, path, body);
        assert_eq!(code, 200, "{line}: {answer}");
        carried_out += 1;
    }
    assert!(carried_out > 20, "{carried_out}");
}

/// Fields that a body, or the innermost object of it, takes: a strange one is refused with all their names.
fn taken(control: &Control, name: &str, mut body: Value) -> BTreeSet<&'static str> {
    innermost(&mut body).insert("stranger".to_owned(), json!(1));
    let (code, answer) = control.ask("PATCH", &format!("/devices/{name}"), body);
    assert_eq!(code, 400, "{answer}");
    expected(&answer).into_iter().map(|field| &*field.to_owned().leak()).collect()
}

fn innermost(value: &mut Value) -> &mut Map<String, Value> {
    if value.as_object().is_some_and(Map::is_empty) {
        return value.as_object_mut().unwrap();
    }
    let inner = value.as_object_mut().unwrap().values_mut().next().unwrap();
    innermost(if inner.is_array() { &mut inner[0] } else { inner })
}

fn expected(refusal: &Value) -> BTreeSet<&str> {
    let words = refusal["error"].as_str().unwrap().split("expected").nth(1).unwrap();
    code_words(words).collect()
}

fn faults<F: FaultKind>() -> BTreeMap<&'static str, &'static [&'static str]> {
    F::ALL.iter().map(|fault| (fault.name(), fault.fields())).collect()
}

/// What stands between backticks.
fn code_words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

struct Guide(String);

impl Guide {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/rig.md");
        Self(std::fs::read_to_string(path).unwrap())
    }

    /// The section of a device, or with a heading of these words.
    fn text(&self, name: &str) -> &str {
        let section = self.0.split("\n### ").find(|section| {
            section.starts_with(&format!("`{name}`")) || section.lines().next() == Some(name)
        });
        section
            .and_then(|section| section.split("\n## ").next())
            .unwrap_or_else(|| panic!("no section {name}"))
    }

    /// Cells of the section's tables.
    fn rows(&self, name: &str) -> Vec<Vec<&str>> {
        let lines =
            self.text(name).lines().filter(|line| line.starts_with('|') && !line.starts_with("| ---"));
        lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
    }

    /// Fields, and the value at start where it stands as JSON.
    fn fields(&self, name: &str) -> BTreeMap<&str, Option<&str>> {
        let rows = self.rows(name).into_iter().filter(|row| row[0].starts_with('`'));
        rows.map(|row| (code_words(row[0]).next().unwrap(), code_words(row[2]).next())).collect()
    }

    fn line(&self, name: &str, start: &str) -> &str {
        let found = self.text(name).split("\n\n").find_map(|paragraph| paragraph.trim().strip_prefix(start));
        found.unwrap_or_else(|| panic!("{name} has no line {start}"))
    }

    /// `a`, `b` (`parameter`); `c`.
    fn faults(&self, name: &str) -> BTreeMap<&str, Vec<&str>> {
        let line = self.line(name, "Faults: ").split(". ").next().unwrap();
        let mut faults = BTreeMap::new();
        for group in line.split(';') {
            let (names, parameters) = group.split_once('(').unwrap_or((group, ""));
            for fault in code_words(names) {
                faults.insert(fault, code_words(parameters).collect());
            }
        }
        faults
    }
}
