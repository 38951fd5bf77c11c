//! What cases on the real programs share: a stage with short times, somebody at the screen without a camera for pictures, the words of the
//! command line, the rows, and the comparison of the books with the notes that are really there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use senim_journeys::borrower::answer_to;
use senim_simulator::cash::Cassettes;
use senim_simulator::clients::{Screen, Somebody, Status};
use senim_simulator::config::ConfigPatch;
use senim_simulator::error::Trouble;
use senim_simulator::evidence;
use senim_simulator::player::{code_in, stand_before_camera};
use senim_simulator::process::Programs;
use senim_simulator::stage::{Stage, StageOptions};
use senim_simulator::wait::{Look, until};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for anything that has to come.
pub(super) const SOON: Duration = Duration::from_secs(60);
/// Command byte of DISPENSE, as the emulator counts frames.
pub(super) const DISPENSE: &str = "52";
/// Sum that nobody changes on the screen: the least that the product gives.
pub(super) const LOAN_TIYN: u64 = 2_000_000;
/// Rows that a failing case tells.
const LAST_ROWS: usize = 20;
/// Everybody whom the lender knows; their oddities are taken away first.
const PEOPLE: [&str; 7] = [
    "900514300002",
    "911231400005",
    "580908400021",
    "040229600001",
    "900514300305",
    "911231400609",
    "850317300010",
];

/// A stage and what it stands on.
pub(super) struct Stand {
    pub(super) stage: Stage,
    /// Removed with everything in it at the end.
    _place: TempDir,
    people: Vec<Somebody>,
}

/// What a command said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: Option<i32>,
    /// JSON documents of its stdout.
    pub(super) lines: Vec<Value>,
    pub(super) stderr: String,
}

impl Said {
    /// The line about one thing of `check` or `devices`.
    pub(super) fn about(&self, what: &str) -> &Value {
        self.lines
            .iter()
            .find(|line| line["check"] == what)
            .unwrap_or_else(|| panic!("nothing about {what}: {self:?}"))
    }

    /// Asserts that this thing is a finding whose cause has all these words.
    pub(super) fn finds(&self, what: &str, words: &[&str]) {
        let line = self.about(what);
        let cause = line["cause"].as_str().unwrap_or_default();
        let all = words.iter().all(|word| cause.contains(word));
        assert!(line["ok"] == false && all, "{what} should say {words:?}: {line}");
        assert_eq!(self.code, Some(1), "{self:?}");
    }
}

/// Times that suit an emulator in a hurry.
pub(super) fn quick() -> ConfigPatch {
    ConfigPatch::none()
        .set("gateway.inbox_ms", 200)
        .set("dispenser.idle_wait_ms", 2_500)
        .set("dispenser.lcdm4000.response_wait_ms", 2_000)
        .set("dispenser.lcdm4000.query_wait_ms", 500)
}

impl Stand {
    /// World, commissioned gateway and devices run; the firmware does not yet.
    pub(super) fn new() -> Self {
        Self::with(StageOptions::default())
    }

    pub(super) fn with(options: StageOptions) -> Self {
        let place = tempfile::tempdir().unwrap();
        let options = StageOptions { rule_pack: Some(rule_pack(place.path())), ..options };
        let mut stage = Stage::new(&place.path().join("stage"), options).unwrap();
        stage.start_world().unwrap();
        let world = stage.world().unwrap();
        let good = json!({ "voluntary_refusal": false, "aml_hit": false, "kdn_hundredths": 10, "face_mismatch": false });
        for iin in PEOPLE {
            world.set_quirks(iin, &good).unwrap();
        }
        let people = PEOPLE.iter().map(|iin| world.person(iin).unwrap()).collect();
        stage.start_gateway().unwrap().start_devices().unwrap();
        Self { stage, _place: place, people }
    }

    /// The same with a running firmware and cash: 100 notes of 2,000 ₸ and 40 of 1,000 ₸.
    pub(super) fn open() -> Self {
        let mut stand = Self::new();
        stand.stage.start_firmware(&quick()).unwrap();
        stand.load();
        stand
    }

    pub(super) fn load(&mut self) {
        self.stage.load_cash(&Cassettes::of(&[(2_000, 100), (1_000, 40)])).unwrap();
    }

    // The screen.

    pub(super) fn screen(&self) -> Screen {
        self.stage.firmware().unwrap().screen().unwrap()
    }

    /// What the named device of the rack tells of itself.
    pub(super) fn device(&self, name: &str) -> Value {
        self.stage.devices().unwrap().state(name).unwrap()
    }

    pub(super) fn unplug(&self, device: &str) {
        self.fault(device, "unplug", &json!({}));
    }

    pub(super) fn replug(&self, device: &str) {
        self.fault(device, "replug", &json!({}));
    }

    /// Waits for a screen, and for what is special on it.
    pub(super) fn sees(&mut self, name: &str, detail: &str) {
        let firmware = self.stage.firmware().unwrap();
        until(&format!("the screen {name} ({detail})"), SOON, || {
            self.stage.check()?;
            let screen = firmware.screen()?;
            let there = screen.screen == name && screen.detail == detail && screen.settled;
            if !there
                && matches!(screen.screen.as_str(), "End" | "OutOfService")
                && matches!(name, "Amount" | "Agree")
            {
                return Err(Trouble::Finding(format!("{} instead of {name}", screen.told())));
            }
            Ok(if there { Look::There(()) } else { Look::NotYet(screen.told()) })
        })
        .unwrap();
    }

    /// Touches as soon as a person could.
    pub(super) fn tap(&mut self, id: &str) {
        let firmware = self.stage.firmware().unwrap();
        until(&format!("{id} to take a touch"), SOON, || match firmware.tap(id) {
            Ok(()) => Ok(Look::There(())),
            Err(Trouble::Http { status: Some(409), answer, .. }) => {
                let shown = firmware.screen()?;
                // What is decided is seen to its end before.
                if id == "primary" && shown.element(id).is_none() && shown.element("further").is_some() {
                    firmware.tap("further")?;
                }
                Ok(Look::NotYet(format!("{answer} on {}", shown.told())))
            }
            Err(trouble) => Err(trouble),
        })
        .unwrap();
    }

    /// Touches the main button.
    pub(super) fn go_on(&mut self) {
        self.tap("primary");
    }

    /// A visit of this person up to a screen; who has concluded a contract cannot come again.
    pub(super) fn visit(&mut self, person: usize, last: &str) {
        self.sees("Welcome", "");
        self.someone_before_the_camera(person);
        let person = self.people[person].clone();
        self.begins();
        let world = self.stage.world().unwrap();
        world.empty_inbox().unwrap();
        self.digits(&person.iin);
        self.go_on();
        self.sees("EnterCode", "");
        let code = until("an SMS with the code", SOON, || {
            let inbox = world.inbox(Some(&person.phone))?;
            Ok(inbox
                .iter()
                .find_map(|sms| code_in(&sms.text))
                .map_or(Look::NotYet(String::new()), Look::There))
        });
        self.digits(&code.unwrap());
        for screen in ["Amount", "Schedules", "Contract", "Camera", "Agree", "ReadyToPay"] {
            self.go_on();
            self.goes_through_forms_to(screen);
            match screen {
                "Camera" => self.sees(screen, "StandStill"),
                _ => self.sees(screen, ""),
            }
            if screen == last {
                return;
            }
            match screen {
                "Schedules" => self.tap("choose-0"),
                "Contract" => self.read(),
                _ => {}
            }
        }
        panic!("no visit comes to {last}");
    }

    /// Agrees to, answers and reads whatever comes before this screen.
    pub(super) fn goes_through_forms_to(&mut self, last: &str) {
        let firmware = self.stage.firmware().unwrap();
        until("the forms to end", SOON, || {
            let screen = firmware.screen()?;
            if screen.screen == last {
                return Ok(Look::There(()));
            }
            let form = matches!(screen.screen.as_str(), "Notice" | "Choice");
            let wanted = match screen.screen.as_str() {
                "Choice" => {
                    let options = screen.elements.iter().map(|element| element.id.as_str());
                    answer_to(&screen.detail, options).into_iter().collect()
                }
                _ => vec!["page-down", "primary"],
            };
            let enabled = |id: &&str| screen.element(id).is_some_and(|element| element.enabled);
            if let Some(id) = wanted.iter().find(|id| form && screen.settled && enabled(id)) {
                // The screen may have gone on between look and touch.
                let _ = firmware.tap(id);
            }
            Ok(Look::NotYet(screen.told()))
        })
        .unwrap();
    }

    /// Touches a language until the visit begins: a touch in the moment in which the terminal takes nobody is lost, and
    /// whoever stands there touches again.
    fn begins(&mut self) {
        let firmware = self.stage.firmware().unwrap();
        let mut quiet = 0_u32;
        until("the visit to begin", SOON, || {
            let screen = firmware.screen()?;
            if screen.screen == "EnterIin" && screen.settled {
                return Ok(Look::There(()));
            }
            if screen.screen == "Welcome" && quiet.is_multiple_of(32) {
                // Somebody else may have been faster: the screen is looked at again.
                let _refused = firmware.tap("language-en");
            }
            quiet += 1;
            Ok(Look::NotYet(screen.told()))
        })
        .unwrap();
    }

    pub(super) fn someone_before_the_camera(&self, person: usize) {
        let (world, frames) = (self.stage.world().unwrap(), self.stage.folders().frames());
        stand_before_camera(&world, &self.people[person].iin, &frames).unwrap();
    }

    /// Waits until the journal tells it.
    pub(super) fn written(&mut self, kind: &str, told: impl Fn(&Value) -> bool) {
        until(&format!("a row {kind}"), SOON, || {
            self.stage.check()?;
            let rows = self.rows_of(kind);
            Ok(if rows.iter().any(&told) { Look::There(()) } else { Look::NotYet(format!("{rows:?}")) })
        })
        .unwrap();
    }

    fn digits(&mut self, digits: &str) {
        digits.chars().for_each(|digit| self.tap(&format!("digit-{digit}")));
    }

    /// Reads the contract to its end.
    pub(super) fn read(&mut self) {
        let firmware = self.stage.firmware().unwrap();
        until("the end of the contract", SOON, || {
            let screen = firmware.screen()?;
            if screen.element("primary").is_some_and(|button| button.enabled) {
                return Ok(Look::There(()));
            }
            if screen.element("page-down").is_some_and(|button| button.enabled) {
                // The text may have come to its end between look and touch.
                let _ = firmware.tap("page-down");
            }
            Ok(Look::NotYet(screen.told()))
        })
        .unwrap();
    }

    // The technician.

    pub(super) fn status(&mut self, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
        self.stage.wait_for_status(what, SOON, holds).unwrap()
    }

    pub(super) fn config(&self) -> PathBuf {
        self.stage.folders().firmware_config()
    }

    /// Runs `senim` beside or instead of the firmware.
    pub(super) fn senim(&self, arguments: &[&str]) -> Said {
        let config = self.config();
        let mut all = arguments.to_vec();
        all.extend(["--config", config.to_str().unwrap()]);
        said(&self.stage.options().programs, &all)
    }

    // The journal.

    pub(super) fn rows(&self) -> Vec<Value> {
        let said = self.senim(&["journal", "show"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        said.lines
    }

    /// Public parts of the rows of a kind, in order.
    pub(super) fn rows_of(&self, kind: &str) -> Vec<Value> {
        let rows = self.rows().into_iter().filter(|row| row["kind"] == kind);
        rows.map(|row| row["public"].clone()).collect()
    }

    /// The last row about a device: whether it can be used, and why not.
    pub(super) fn device_row(&self, device: &str) -> (bool, String) {
        let rows = self.rows_of("DeviceChanged");
        let row = rows
            .iter()
            .rev()
            .find(|row| row["device"] == device)
            .unwrap_or_else(|| panic!("no row about {device}"));
        (row["usable"] == true, row["cause"].as_str().unwrap().to_owned())
    }

    /// Asserts that the last row about the device says that it failed, with these words.
    pub(super) fn failed_row(&self, device: &str, words: &[&str]) {
        let (usable, cause) = self.device_row(device);
        assert!(!usable && words.iter().all(|word| cause.contains(word)), "{device}: {usable} {cause}");
    }

    /// All rows about a device in order: when on the terminal's clock in ms, whether it can be used, and why not.
    pub(super) fn told_of(&self, device: &str) -> Vec<(u64, bool, String)> {
        let rows = self.rows().into_iter();
        rows.filter(|row| row["kind"] == "DeviceChanged" && row["public"]["device"] == device)
            .map(|row| {
                let cause = row["public"]["cause"].as_str().unwrap().to_owned();
                (row["mono_ms"].as_u64().unwrap(), row["public"]["usable"] == true, cause)
            })
            .collect()
    }

    /// Waits until the last row about the device says that it failed, with these words.
    pub(super) fn fails(&mut self, device: &str, words: &[&str]) {
        until(&format!("{device} to fail with {words:?}"), SOON, || {
            self.stage.check()?;
            let (usable, cause) = self.device_row(device);
            let told = !usable && words.iter().all(|word| cause.contains(word));
            Ok(if told { Look::There(()) } else { Look::NotYet(format!("{usable} {cause}")) })
        })
        .unwrap();
    }

    /// Outcome and end of the newest payout.
    pub(super) fn last_payout(&self) -> (Value, Value) {
        let last = |kind| self.rows_of(kind).pop().unwrap_or(Value::Null);
        (last("PayoutOutcome"), last("PayoutEnded"))
    }

    // The cash.

    pub(super) fn dispenser(&self) -> Value {
        self.stage.devices().unwrap().state("dispenser").unwrap()
    }

    pub(super) fn frames(&self, command: &str) -> u64 {
        self.dispenser()["frames"][command].as_u64().unwrap_or(0)
    }

    pub(super) fn fault(&self, device: &str, fault: &str, parameters: &Value) {
        self.stage.devices().unwrap().set_fault(device, fault, parameters).unwrap();
    }

    pub(super) fn cured(&self, device: &str, fault: &str) {
        self.stage.devices().unwrap().clear_fault(device, fault).unwrap();
    }

    /// Waits until the dispenser can be used, after a fault was taken away; a plug pulled and put back asks it anew.
    pub(super) fn replugged(&mut self) {
        self.fault("dispenser", "unplug", &json!({}));
        self.fault("dispenser", "replug", &json!({}));
        self.status("the dispenser to be usable", |status| status.no_loan.is_null());
        self.sees("Welcome", "");
    }

    /// The notes that are really there and gone are those of the books; where the books say "uncertain", the truth lies
    /// within. Each payout has ended once, and DISPENSE was on the wire at most once per armed bundle.
    pub(super) fn no_note_is_lost_or_doubled(&mut self) {
        let status = self.status("everything settled and acknowledged", |status| {
            !status.open_payout && status.unacked == 0 && status.online
        });
        let truth = self.dispenser();
        let of = |map: &Value, denomination: &str| map[denomination].as_u64().unwrap_or(0);
        for (number, unit) in status.books["units"].as_object().unwrap() {
            let real = &truth["cassettes"][number.parse::<usize>().unwrap() - 1];
            let (booked, there) = (unit["notes"].as_u64().unwrap(), real["notes"].as_u64().unwrap());
            let denomination = unit["denomination"].to_string();
            let books = &status.books["denominations"][&denomination];
            let uncertain = books["uncertain"].as_u64().unwrap();
            let given = books["distributed"].as_u64().unwrap();
            let left = of(&truth["dispensed"], &denomination);
            let tray = of(&truth["rejected"], &denomination);
            assert!(
                (given..=given + uncertain).contains(&left),
                "{denomination} ₸: {left} left, books {books}"
            );
            assert!(
                (booked..=booked + uncertain).contains(&there),
                "{denomination} ₸: {there} there, {booked} in the books"
            );
            assert!(
                tray <= books["in_reject"].as_u64().unwrap() + uncertain,
                "{denomination} ₸: {tray} rejected, {books}"
            );
            assert_eq!(
                given + uncertain + booked + books["in_reject"].as_u64().unwrap(),
                books["added"].as_u64().unwrap()
            );
        }
        let rows = self.rows();
        let of_kind = |kind: &str| -> Vec<&Value> { rows.iter().filter(|row| row["kind"] == kind).collect() };
        for request in of_kind("PayoutRequested") {
            let request = &request["public"]["request"];
            let ends =
                of_kind("PayoutEnded").iter().filter(|end| end["public"]["request"] == *request).count();
            assert_eq!(ends, 1, "{request} ends once");
        }
        let armed = of_kind("PayoutArmed").len();
        assert!(self.frames(DISPENSE) <= armed as u64, "{} DISPENSE, {armed} armed", self.frames(DISPENSE));
        let tests = of_kind("TestDispenseIntended").len();
        assert_eq!(truth["commands"]["test_dispense_count"], tests);
    }

    /// Everything holds, the gateway has every row, and every verifier is content with the journal.
    pub(super) fn closes(&mut self) {
        self.no_note_is_lost_or_doubled();
        evidence::close(&mut self.stage).unwrap();
    }
}

/// A case that fails tells what the terminal wrote down last, and what its programs complained of.
impl Drop for Stand {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = self.senim(&["journal", "show"]);
            for row in said.lines.iter().rev().take(LAST_ROWS).rev() {
                eprintln!("{} {} {}", row["seq"], row["kind"], row["public"]);
            }
            for name in ["firmware", "gateway", "devices"] {
                let log = self.stage.folders().logs.join(format!("{name}.log"));
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let grave = log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR"));
                let grave: Vec<&str> = grave.collect();
                grave.iter().rev().take(LAST_ROWS).rev().for_each(|line| eprintln!("{name}: {line}"));
            }
        }
    }
}

/// Runs `senim` with these arguments.
pub(super) fn said(programs: &Programs, arguments: &[&str]) -> Said {
    let output = Command::new(programs.path("senim").unwrap()).args(arguments).output().unwrap();
    Said {
        code: output.status.code(),
        lines: String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The sample of the published formats, with a shorter patience for answers.
fn rule_pack(folder: &Path) -> PathBuf {
    let sample = crate::root().join("docs/formats/rule-pack.sample.json");
    let mut pack: Value = serde_json::from_slice(&std::fs::read(sample).unwrap()).unwrap();
    pack["session"]["answer_seconds"] = json!(15);
    // Loans alone: a visit begins with the IIN, and what prevents a loan is said on the first screen.
    pack["allowed_operations"] = json!(["cash_loan"]);
    let path = folder.join("rule-pack.json");
    std::fs::write(&path, pack.to_string()).unwrap();
    path
}
