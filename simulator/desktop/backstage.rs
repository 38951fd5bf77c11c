//! The stage behind the window: starts it, does what the buttons ask, and tells the window what there is to see. Everything
//! here may take seconds, so none of it runs on the window's thread.

mod hands;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use senim_domain::Language;
use senim_person::scripted::Behaviour;
use senim_ui_model::format::grouped;
use serde_json::{Value, json};
use slint::{Image, ModelRc, SharedString, VecModel, Weak};

use super::deeds::{self, DEEDS};
use super::generated::{Act, CassetteRow, Desktop, SmsRow, Tab};
use super::picture::{Eyes, decode};
use super::recorder::{Recorder, recordings};
use super::story::{self, Story};
use super::{Wish, note, notes};
use crate::cash::Cassettes;
use crate::clients::Somebody;
use crate::config::{self, ConfigPatch};
use crate::error::{Trouble, told};
use crate::player::{code_in, stand_before_camera};
use crate::recording::{Deed, Recording};
use crate::replay::Replay;
use crate::stage::{Stage, StageOptions};
use crate::timeline;

/// Between two looks at devices and phone.
const LOOK: Duration = Duration::from_millis(500);
/// Notes after which the next bundle jams.
const JAM_AFTER: u8 = 3;
/// Where the last visit is written as a diagram, in the output folder.
const DIAGRAM: &str = "last-visit.mmd";
/// Messages shown.
const MESSAGES: usize = 3;

/// Runs until the window is closed; a stage that cannot be started stays on the curtain.
pub(super) fn run(
    window: &Weak<Desktop>,
    out: &Path,
    options: StageOptions,
    wished: &Receiver<Wish>,
    (eyes, recorder): &(Eyes, Recorder),
) {
    let started = Backstage::start(window.clone(), out, options, (eyes.clone(), recorder.clone()));
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
            Ok(Wish::Tab(tab)) => backstage.tab = tab,
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
    recorder: Recorder,
    story: Story,
    tab: Tab,
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
    fn start(
        window: Weak<Desktop>,
        out: &Path,
        options: StageOptions,
        (eyes, recorder): (Eyes, Recorder),
    ) -> Result<Self, Trouble> {
        let aspect = f64::from(options.size.0) / f64::from(options.size.1.max(1));
        let stacks: Vec<SharedString> =
            notes::STACKS.iter().map(|value| grouped((*value).into()).into()).collect();
        tell(&window, move |window| {
            #[expect(clippy::cast_possible_truncation, reason = "a ratio of two sides in pixels")]
            window.set_aspect(aspect as f32);
            window.set_stacks(ModelRc::from(Rc::new(VecModel::from(stacks))));
            window.set_notes_a_stack(i32::try_from(notes::NOTES).unwrap_or_default());
        });
        let mut stage = Stage::new(out, options)?;
        stage.start_world()?;
        let people = stage.world()?.people()?;
        let loaded = Cassettes::of_journeys().at_most(stage.options().dispenser.cassettes());
        let mut backstage = Self {
            window,
            stage,
            eyes,
            recorder,
            story: Story::default(),
            tab: Tab::Devices,
            people,
            person: 0,
            loaded,
            gateway_up: true,
            firmware_up: true,
            receipt: None,
            screen: String::new(),
        };
        backstage.list_people();
        backstage.list_recordings();
        backstage.show_camera();
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
                let done = deed.perform(&self.stage.devices()?)?;
                self.record(deed.recorded());
                Ok(done)
            }
            Wish::Act(act) => self.act(act),
            Wish::Put(stack, place) => self.put(stack, place),
            Wish::Empty(place) => self.empty(place),
            Wish::Behave(index) => self.behave(index),
            Wish::Camera(source) => self.look_at(&source),
            Wish::Replay(index) => self.replay(index),
            Wish::Tab(_) | Wish::End => Ok(String::new()),
        }
    }

    fn act(&mut self, act: Act) -> Result<String, Trouble> {
        match act {
            Act::Phone => self.scan(),
            Act::Cash => {
                self.record(Deed::Cash);
                self.load_cash()
            }
            Act::Gateway => self.gateway(),
            Act::Firmware => self.firmware(),
            Act::Jam => {
                let jam = json!({ "times": 1, "after_notes": JAM_AFTER });
                self.stage.devices()?.set_fault(self.dispenser(), "jam_after", &jam)?;
                self.record(fault(self.dispenser(), "jam_after", jam));
                Ok(format!("the next bundle jams after {JAM_AFTER} notes"))
            }
            Act::Paper => self.toggle_fault("printer", "paper_out", "paper"),
            Act::Plug => self.toggle_fault(self.dispenser(), "unplug", "cable of the dispenser"),
            Act::DispenserPower => {
                let devices = self.stage.devices()?;
                let on = devices.state(self.dispenser())?.get("power") != Some(&Value::Bool(true));
                self.change(self.dispenser(), json!({ "power": on }))?;
                Ok(format!("the dispenser's power is {}", if on { "on" } else { "off" }))
            }
            Act::Record => self.toggle_recording(),
            Act::Diagram => self.save_diagram(),
            Act::Verify => self.verify(),
        }
    }

    /// The dispenser's name on the rack.
    fn dispenser(&self) -> &'static str {
        self.stage.options().dispenser.device()
    }

    /// Writes it down if that is asked for; what was on the screen is what is there now.
    fn record(&self, deed: Deed) {
        self.recorder.add_beside(self.stage.firmware().ok().as_ref(), deed);
    }

    fn toggle_recording(&mut self) -> Result<String, Trouble> {
        if self.recorder.runs() {
            let path = self.recorder.end(&self.stage.folders().out)?;
            self.list_recordings();
            return Ok(format!("recorded: {}", path.display()));
        }
        let person = self.people.get(self.person).map(|person| person.iin.clone()).unwrap_or_default();
        self.recorder.begin(&person);
        Ok("what is done from now on is recorded".to_owned())
    }

    fn list_recordings(&self) {
        let names: Vec<SharedString> = recordings(&self.stage.folders().out)
            .iter()
            .map(|path| path.file_name().unwrap_or_default().to_string_lossy().as_ref().into())
            .collect();
        tell(&self.window, move |window| {
            window.set_recordings(ModelRc::from(Rc::new(VecModel::from(names))));
        });
    }

    /// Does on this stage what a recording tells.
    fn replay(&mut self, index: usize) -> Result<String, Trouble> {
        let files = recordings(&self.stage.folders().out);
        let path = files.get(index).ok_or_else(|| Trouble::Usage("there is no recording".to_owned()))?;
        let recording = Recording::read(path)?;
        let mut player = self.stage.player(Language::Kk.code())?.without_pictures();
        let done = {
            let mut replay = Replay::begin(&mut self.stage, &mut player, &recording)?;
            recording.steps.iter().try_for_each(|step| {
                let done = replay.step(step);
                match step.deed {
                    Deed::Gateway { up } => self.gateway_up = up,
                    Deed::Firmware { up } => {
                        self.firmware_up = up;
                        self.eyes.on(replay.terminal());
                    }
                    _ => {}
                }
                done
            })
        };
        done.map(|()| format!("{} was played to its end", path.display()))
    }

    /// Writes the last visit as a diagram.
    fn save_diagram(&mut self) -> Result<String, Trouble> {
        self.read_story()?;
        let arrows = self.story.arrows();
        if arrows.is_empty() {
            return Err(Trouble::Usage("nobody was at the terminal yet".to_owned()));
        }
        let path = self.stage.folders().out.join(DIAGRAM);
        config::write(&path, timeline::mermaid(&arrows).as_bytes())?;
        Ok(format!("the last visit is in {} (Mermaid)", path.display()))
    }

    /// Every signature and every link, by the terminal's own program beside the running one.
    fn verify(&self) -> Result<String, Trouble> {
        let config = self.stage.folders().firmware_config().display().to_string();
        let told = self.stage.firmware_command(&["journal", "verify", "--json", "--config", &config])?;
        let rows = told.pointer("/report/rows").and_then(Value::as_u64).unwrap_or_default();
        Ok(format!("verified: {rows} rows, every signature and every link"))
    }

    fn read_story(&mut self) -> Result<(), Trouble> {
        let rows = self.stage.rows(self.story.next())?;
        self.story.add(rows);
        Ok(())
    }

    fn show_story(&mut self) -> Result<(), Trouble> {
        self.read_story()?;
        let (rows, arrows) = (self.story.journal(), self.story.arrows());
        tell(&self.window, move |window| {
            let arrows: Vec<_> = arrows.iter().map(story::drawn).collect();
            window.set_journal(ModelRc::from(Rc::new(VecModel::from(rows))));
            window.set_arrows(ModelRc::from(Rc::new(VecModel::from(arrows))));
        });
        Ok(())
    }

    fn toggle_fault(&self, device: &str, name: &str, thing: &str) -> Result<String, Trouble> {
        let devices = self.stage.devices()?;
        let gone = devices.state(device)?.pointer(&format!("/faults/{name}")).is_some();
        if gone {
            devices.clear_fault(device, name)?;
            self.record(Deed::Mend { device: device.to_owned(), fault: name.to_owned() });
            return Ok(format!("{thing} is back"));
        }
        devices.set_fault(device, name, &json!({}))?;
        self.record(fault(device, name, json!({})));
        Ok(format!("{thing} is out"))
    }

    fn gateway(&mut self) -> Result<String, Trouble> {
        self.record(Deed::Gateway { up: !self.gateway_up });
        if self.gateway_up {
            self.stage.stop_gateway()?;
        } else {
            self.stage.start_gateway()?;
        }
        self.gateway_up = !self.gateway_up;
        Ok(format!("the gateway is {}", if self.gateway_up { "up" } else { "down" }))
    }

    fn firmware(&mut self) -> Result<String, Trouble> {
        let there = self.stage.firmware().ok().filter(|_| self.firmware_up);
        self.recorder.add_beside(there.as_ref(), Deed::Firmware { up: !self.firmware_up });
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
        let behaviours: Vec<SharedString> =
            Behaviour::ALL.iter().map(|(name, _)| hands::in_words(name).into()).collect();
        tell(&self.window, move |window| {
            window.set_behaviours(ModelRc::from(Rc::new(VecModel::from(behaviours))));
        });
        tell(&self.window, move |window| window.set_deeds(ModelRc::from(Rc::new(VecModel::from(deeds)))));
        tell(&self.window, move |window| window.set_people(ModelRc::from(Rc::new(VecModel::from(names)))));
    }

    /// This person steps before the terminal.
    fn welcome(&mut self, index: usize) -> Result<String, Trouble> {
        let person = self.people.get(index).ok_or_else(|| Trouble::Usage("there is nobody".to_owned()))?;
        stand_before_camera(&self.stage.world()?, &person.iin, &self.stage.folders().frames())?;
        self.record(Deed::Person { iin: person.iin.clone() });
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
        self.record(Deed::Phone);
        let signed = self.stage.player(Language::Kk.code())?.phone(&person.iin)?;
        Ok(format!("the phone has {}", if signed { "signed" } else { "confirmed" }))
    }

    /// Tells the window what there is to see.
    fn show(&mut self) -> Result<(), Trouble> {
        let devices = self.stage.devices()?;
        self.show_dispenser(&devices.state(self.dispenser())?);
        self.show_printer(&devices.state("printer")?);
        self.show_phone()?;
        if matches!(self.tab, Tab::Journal | Tab::Visit) {
            self.show_story()?;
        }
        let recording = self.recorder.runs();
        tell(&self.window, move |window| window.set_recording(recording));
        let acceptor = notes::acceptor(&devices.state("acceptor")?);
        tell(&self.window, move |window| window.set_acceptor_state(acceptor.into()));
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
        let trays = notes::trays(state);
        let rows: Vec<CassetteRow> = cassettes
            .iter()
            .enumerate()
            .map(|(at, cassette)| row(cassette, self.loaded.notes_of(at)))
            .collect();
        tell(&self.window, move |window| {
            window.set_powered(power);
            window.set_plugged(plugged);
            window.set_dispenser_state(words.into());
            window.set_trays(trays.into());
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
        self.recorder.code_came(&code);
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

fn fault(device: &str, fault: &str, parameters: Value) -> Deed {
    Deed::Fault { device: device.to_owned(), fault: fault.to_owned(), parameters }
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
            grouped(cassette.get("denomination").and_then(Value::as_u64).unwrap_or_default())
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
