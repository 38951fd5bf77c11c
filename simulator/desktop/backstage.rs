//! The stage behind the window: starts it, does what the buttons ask, and tells the window what there is to see. Everything
//! here may take seconds, so none of it runs on the window's thread.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use serde_json::{Value, json};
use slint::{Image, ModelRc, SharedString, VecModel, Weak};

use super::deeds::{self, DEEDS};
use super::generated::{Act, CassetteRow, Desktop, SmsRow};
use super::picture::{Eyes, decode};
use super::{Wish, note};
use crate::cash::Cassettes;
use crate::clients::Somebody;
use crate::config::ConfigPatch;
use crate::error::{Trouble, told};
use crate::player::{code_in, code_on, stand_before_camera};
use crate::stage::{Stage, StageOptions};

/// Between two looks at devices and phone.
const LOOK: Duration = Duration::from_millis(500);
/// Notes after which the next bundle jams.
const JAM_AFTER: u8 = 3;
/// Messages shown.
const MESSAGES: usize = 3;

/// Runs until the window is closed; a stage that cannot be started stays on the curtain.
pub(super) fn run(
    window: &Weak<Desktop>,
    out: &Path,
    options: StageOptions,
    wished: &Receiver<Wish>,
    eyes: &Eyes,
) {
    let started = Backstage::start(window.clone(), out, options, eyes.clone());
    let mut backstage = match started {
        Ok(backstage) => backstage,
        Err(trouble) => {
            let text = told(&trouble);
            tracing::error!("{text}");
            tell(window, move |window| window.set_curtain(text.into()));
            // Nothing else can be done here, but the reason stays readable until the window is closed.
            while wished.recv().is_ok_and(|wish| wish != Wish::End) {}
            return;
        }
    };
    loop {
        match wished.recv_timeout(LOOK) {
            Ok(Wish::End) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(wish) => {
                tell(window, |window| window.set_busy(true));
                let done = backstage.perform(wish);
                backstage.tell_result(done);
                tell(window, |window| window.set_busy(false));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Err(trouble) = backstage.show() {
            tracing::debug!(%trouble, "nothing to show");
        }
    }
}

fn tell(window: &Weak<Desktop>, change: impl FnOnce(Desktop) + Send + 'static) {
    // A window that is closed needs no news.
    let _ = window.upgrade_in_event_loop(change);
}

struct Backstage {
    window: Weak<Desktop>,
    stage: Stage,
    eyes: Eyes,
    people: Vec<Somebody>,
    /// The one of them at the terminal.
    person: usize,
    loaded: Cassettes,
    gateway_up: bool,
    firmware_up: bool,
    receipt: Option<PathBuf>,
    screen: String,
}

impl Backstage {
    fn start(window: Weak<Desktop>, out: &Path, options: StageOptions, eyes: Eyes) -> Result<Self, Trouble> {
        let aspect = f64::from(options.size.0) / f64::from(options.size.1.max(1));
        tell(&window, move |window| {
            #[expect(clippy::cast_possible_truncation, reason = "a ratio of two sides in pixels")]
            window.set_aspect(aspect as f32);
        });
        let mut stage = Stage::new(out, options)?;
        stage.start_world()?;
        let people = stage.world()?.people()?;
        let loaded = Cassettes::of_journeys();
        let mut backstage = Self {
            window,
            stage,
            eyes,
            people,
            person: 0,
            loaded,
            gateway_up: true,
            firmware_up: true,
            receipt: None,
            screen: String::new(),
        };
        backstage.list_people();
        backstage.welcome(0)?;
        backstage.stage.start_gateway()?.start_devices()?.start_firmware(&ConfigPatch::none())?;
        backstage.eyes.on(Some(backstage.stage.firmware()?));
        backstage.note("everything runs; cash is on its way");
        let done = backstage.load_cash();
        backstage.tell_result(done);
        tell(&backstage.window, |window| window.set_busy(false));
        Ok(backstage)
    }

    fn note(&self, text: &str) {
        let text = text.to_owned();
        tracing::info!("{text}");
        tell(&self.window, move |window| note(&window, &text));
    }

    fn tell_result(&self, done: Result<String, Trouble>) {
        match done {
            Ok(text) => self.note(&text),
            Err(trouble) => self.note(&format!("FAILED: {}", told(&trouble))),
        }
    }

    fn perform(&mut self, wish: Wish) -> Result<String, Trouble> {
        match wish {
            Wish::Person(index) => self.welcome(index),
            Wish::Deed(index) => {
                let deed =
                    DEEDS.get(index).ok_or_else(|| Trouble::Usage("there is no such deed".to_owned()))?;
                deed.perform(&self.stage.devices()?)
            }
            Wish::Act(Act::Phone) => self.scan(),
            Wish::Act(Act::Cash) => self.load_cash(),
            Wish::Act(Act::Gateway) => self.gateway(),
            Wish::Act(Act::Firmware) => self.firmware(),
            Wish::Act(Act::Jam) => {
                let jam = json!({ "times": 1, "after_notes": JAM_AFTER });
                self.stage.devices()?.set_fault("dispenser", "jam_after", &jam)?;
                Ok(format!("the next bundle jams after {JAM_AFTER} notes"))
            }
            Wish::Act(Act::Paper) => self.toggle_fault("printer", "paper_out", "paper"),
            Wish::Act(Act::Plug) => self.toggle_fault("dispenser", "unplug", "cable of the dispenser"),
            Wish::Act(Act::DispenserPower) => {
                let devices = self.stage.devices()?;
                let on = devices.state("dispenser")?.get("power") != Some(&Value::Bool(true));
                devices.patch("dispenser", &json!({ "power": on }))?;
                Ok(format!("the dispenser's power is {}", if on { "on" } else { "off" }))
            }
            Wish::End => Ok(String::new()),
        }
    }

    fn toggle_fault(&self, device: &str, fault: &str, thing: &str) -> Result<String, Trouble> {
        let devices = self.stage.devices()?;
        let gone = devices.state(device)?.pointer(&format!("/faults/{fault}")).is_some();
        if gone {
            devices.clear_fault(device, fault)?;
            return Ok(format!("{thing} is back"));
        }
        devices.set_fault(device, fault, &json!({}))?;
        Ok(format!("{thing} is out"))
    }

    fn gateway(&mut self) -> Result<String, Trouble> {
        if self.gateway_up {
            self.stage.stop_gateway()?;
        } else {
            self.stage.start_gateway()?;
        }
        self.gateway_up = !self.gateway_up;
        Ok(format!("the gateway is {}", if self.gateway_up { "up" } else { "down" }))
    }

    fn firmware(&mut self) -> Result<String, Trouble> {
        if self.firmware_up {
            self.eyes.on(None);
            self.stage.kill_firmware()?;
            tell(&self.window, |window| window.set_curtain("The terminal is switched off".into()));
        } else {
            self.stage.start_firmware(&ConfigPatch::none())?;
            self.eyes.on(Some(self.stage.firmware()?));
        }
        self.firmware_up = !self.firmware_up;
        Ok(format!("the firmware {}", if self.firmware_up { "runs" } else { "was killed" }))
    }

    fn load_cash(&mut self) -> Result<String, Trouble> {
        self.note("the cash office orders notes; loading waits until nobody is at the screen");
        let order = self.stage.load_cash(&self.loaded.clone());
        order.map(|_| "cash was ordered, loaded and confirmed".to_owned())
    }

    fn list_people(&self) {
        let names: Vec<SharedString> = self
            .people
            .iter()
            .map(|person| format!("{} {} · {}", person.surname, person.given_name, person.iin).into())
            .collect();
        let deeds: Vec<SharedString> = DEEDS.iter().map(|deed| deed.label.into()).collect();
        tell(&self.window, move |window| window.set_deeds(ModelRc::from(Rc::new(VecModel::from(deeds)))));
        tell(&self.window, move |window| window.set_people(ModelRc::from(Rc::new(VecModel::from(names)))));
    }

    /// This person steps before the terminal.
    fn welcome(&mut self, index: usize) -> Result<String, Trouble> {
        let person = self.people.get(index).ok_or_else(|| Trouble::Usage("there is nobody".to_owned()))?;
        stand_before_camera(&self.stage.world()?, &person.iin, &self.stage.folders().frames())?;
        let about = format!("IIN {} · {} · {}", person.iin, person.phone, about(person));
        tell(&self.window, move |window| window.set_about_person(about.into()));
        let done = format!("{} {} stands before the terminal", person.surname, person.given_name);
        self.person = index;
        Ok(done)
    }

    /// The person's phone reads the code on the screen and does what it asks for.
    fn scan(&self) -> Result<String, Trouble> {
        let person =
            self.people.get(self.person).ok_or_else(|| Trouble::Usage("there is nobody".to_owned()))?;
        let qr = code_on(&self.stage.firmware()?.frame_png()?)?.ok_or_else(|| {
            Trouble::Usage("there is no code on the screen; the phone reads one that is".to_owned())
        })?;
        let (manner, done) = if qr.starts_with("mobileSign:") {
            ("signs", "the phone has signed")
        } else {
            ("confirms", "the phone has confirmed")
        };
        self.stage.world()?.scan(&person.iin, &qr, manner)?;
        Ok(done.to_owned())
    }

    /// Tells the window what there is to see.
    fn show(&mut self) -> Result<(), Trouble> {
        let devices = self.stage.devices()?;
        self.show_dispenser(&devices.state("dispenser")?);
        self.show_printer(&devices.state("printer")?);
        self.show_phone()?;
        let others = deeds::summary(&devices)?;
        tell(&self.window, move |window| window.set_devices_state(others.into()));
        let state = self.program_state();
        let (gateway_up, firmware_up) = (self.gateway_up, self.firmware_up);
        tell(&self.window, move |window| {
            window.set_state(state.into());
            window.set_gateway_up(gateway_up);
            window.set_firmware_up(firmware_up);
        });
        Ok(())
    }

    fn show_dispenser(&self, state: &Value) {
        let flag = |key: &str| state.get(key) == Some(&Value::Bool(true));
        let (power, plugged, busy) = (flag("power"), flag("plugged"), flag("busy"));
        let words = match (power, plugged, busy) {
            (false, _, _) => "no power",
            (true, false, _) => "unplugged",
            (true, true, true) => "moving notes",
            (true, true, false) => "ready",
        };
        let cassettes = state.get("cassettes").and_then(Value::as_array).cloned().unwrap_or_default();
        let rows: Vec<CassetteRow> = cassettes
            .iter()
            .enumerate()
            .map(|(at, cassette)| row(cassette, self.loaded.notes_of(at)))
            .collect();
        tell(&self.window, move |window| {
            window.set_powered(power);
            window.set_plugged(plugged);
            window.set_dispenser_state(words.into());
            window.set_cassettes(ModelRc::from(Rc::new(VecModel::from(rows))));
        });
    }

    fn show_printer(&mut self, state: &Value) {
        let paper = state.get("paper_out") != Some(&Value::Bool(true));
        let receipts = state.get("receipts").and_then(Value::as_u64).unwrap_or_default();
        let words = format!("{}, {receipts} receipts", if paper { "ready" } else { "no paper" });
        let latest = state.get("last_receipt").and_then(Value::as_str).map(PathBuf::from);
        let fresh = latest.filter(|path| self.receipt.as_ref() != Some(path));
        let picture = fresh.as_ref().and_then(|path| std::fs::read(path).ok()).and_then(|png| decode(&png));
        if picture.is_some() {
            self.receipt = fresh;
            self.note("a receipt was printed");
        }
        tell(&self.window, move |window| {
            window.set_paper(paper);
            window.set_printer_state(words.into());
            if let Some(picture) = picture {
                window.set_receipt(Image::from_rgb8(picture));
                window.set_has_receipt(true);
            }
        });
    }

    fn show_phone(&self) -> Result<(), Trouble> {
        let inbox = self.stage.world()?.inbox(None)?;
        let code = inbox.iter().rev().find_map(|sms| code_in(&sms.text)).unwrap_or_default();
        let latest = inbox.iter().rev().take(MESSAGES);
        let rows: Vec<SmsRow> =
            latest.map(|sms| SmsRow { to: sms.to.clone().into(), text: sms.text.clone().into() }).collect();
        tell(&self.window, move |window| {
            window.set_code(code.into());
            window.set_messages(ModelRc::from(Rc::new(VecModel::from(rows))));
        });
        Ok(())
    }

    /// One line about the firmware; a new screen is an event.
    fn program_state(&mut self) -> String {
        let client = self.stage.firmware().ok();
        let seen = client.and_then(|client| Some((client.screen().ok()?, client.status().ok()?)));
        let Some((screen, status)) = seen else { return "the firmware does not answer".to_owned() };
        if screen.told() != self.screen {
            self.screen = screen.told();
            self.note(&format!("screen: {}", self.screen));
        }
        let line = if status.online { "online" } else { "offline" };
        format!("{line}, {} rows, {} not sent", status.next_seq, status.unacked)
    }
}

fn row(cassette: &Value, loaded: u32) -> CassetteRow {
    let number = |key: &str| {
        cassette
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|number| u16::try_from(number).ok())
            .unwrap_or_default()
    };
    let (notes, exited, rejected) = (number("notes"), number("exited"), number("rejected"));
    let whole = u16::try_from(loaded).unwrap_or(u16::MAX).max(notes).max(1);
    CassetteRow {
        unit: number("unit").to_string().into(),
        denomination: format!(
            "{} ₸",
            cassette.get("denomination").and_then(Value::as_u64).unwrap_or_default()
        )
        .into(),
        notes: i32::from(notes),
        share: f32::from(notes) / f32::from(whole),
        left: if rejected == 0 { format!("{exited} given") } else { format!("{exited} + {rejected} rej.") }
            .into(),
    }
}

/// What is special about a person, for the one who plays.
fn about(person: &Somebody) -> String {
    let set = |key: &str| person.quirks.get(key) == Some(&Value::Bool(true));
    let mut words = Vec::new();
    if !person.registered {
        words.push("not registered");
    }
    for (key, word) in [
        ("voluntary_refusal", "voluntary refusal"),
        ("aml_hit", "on the sanctions list"),
        ("face_mismatch", "another face before the camera"),
    ] {
        if set(key) {
            words.push(word);
        }
    }
    let burden = person.quirks.get("kdn_hundredths").and_then(Value::as_u64).unwrap_or_default();
    if words.is_empty() { format!("nothing special, debt burden {burden} %") } else { words.join(", ") }
}
