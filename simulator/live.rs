//! A script's scene in real processes: somebody at the headless screen, a stage around them, real time.

use std::time::Duration;

use senim_domain::business_days::Day;
use senim_domain::calendar::local_date;
use senim_domain::{Language, UtcMillis};
use senim_emulators::lying;
use senim_journeys::scene::{Act, Answers, Key, Look, Scene, Shown, Stands, Stop};
use senim_journeys::{Journey, Left};
use senim_person::scripted::Behaviour;
use senim_world::picture::Picture;
use serde_json::{Value, json};

use crate::clients::Screen;
use crate::config::{self, ConfigPatch};
use crate::error::{Trouble, told};
use crate::evidence;
use crate::player::{FRAMES, Player};
use crate::pocket;
use crate::stage::{Intruder, PLACE, Stage};
use crate::wait::{Look as Found, rest, until};

/// How long a screen may take to come: a minute for an answer, half of one for a person, and the way there.
const PATIENCE: Duration = Duration::from_secs(150);
/// How long an SMS may take: the gateway looks every minute whom something has to be told.
const SMS: Duration = Duration::from_secs(100);
/// How long the gateway may take until it asks core lending what clients have to be told.
const UPKEEP: Duration = Duration::from_secs(90);
/// How long the acceptor may take until it draws a note in.
const MOUTH: Duration = Duration::from_secs(10);
/// How long rules may take from the gateway to a terminal that asks for them.
const RULES: Duration = Duration::from_secs(60);
/// The row about a message of the gateway that the terminal keeps.
const DIRECTIVE: &str = "DirectiveStored";
/// How long the reader may take until it asks for a PIN.
const KEYS: Duration = Duration::from_secs(30);
/// How long the terminal may take to see that a card left: it looks at the slot every 400 ms.
const NOTICED: Duration = Duration::from_secs(1);
/// A village further, millionths of a degree: some 11 km.
const AWAY_UDEG: i64 = 100_000;
/// How long the host is without power.
const OFF: Duration = Duration::from_secs(1);

/// The scene.
pub struct Live<'a> {
    stage: &'a mut Stage,
    player: &'a mut Player,
    speech: Language,
    /// Messages that were read.
    read: usize,
    /// Whoever has a hand in the board.
    intruder: Option<Intruder>,
    /// What went wrong, with its kind.
    trouble: Option<Trouble>,
}

impl<'a> Live<'a> {
    /// Somebody on a stage, who speaks this language.
    pub const fn new(stage: &'a mut Stage, player: &'a mut Player, speech: Language) -> Self {
        Self { stage, player, speech, read: 0, intruder: None, trouble: None }
    }

    /// Plays a script.
    ///
    /// # Errors
    /// What stopped it.
    pub fn play(mut self, journey: &Journey) -> Result<Left, Trouble> {
        (journey.play)(&mut self).map_err(|stop| self.trouble.unwrap_or(Trouble::Finding(stop.0)))
    }

    /// An error in words; its kind is kept.
    fn heard<T>(&mut self, result: Result<T, Trouble>) -> Result<T, Stop> {
        result.map_err(|trouble| {
            let stop = Stop(told(&trouble));
            self.trouble = Some(trouble);
            stop
        })
    }

    fn cover_lens(&self) -> Result<(), Trouble> {
        let (width, height) = (640, 480);
        let dark = Picture { width, height, rgb: vec![4; width * height * 3] };
        let png = dark.to_png().map_err(|error| Trouble::Finding(error.to_string()))?;
        let folder = self.stage.folders().frames();
        (0..FRAMES).try_for_each(|n| config::write_frame(&folder, n, &png))
    }

    fn restart(&mut self, with_dispenser: bool) -> Result<(), Trouble> {
        self.stage.wait_for_halt()?;
        let cash = [self.stage.options().dispenser.device(), "acceptor"];
        let cash = cash.into_iter().filter(|_| with_dispenser);
        let power = |device: &str, on: bool| self.stage.devices()?.patch(device, &json!({ "power": on }));
        cash.clone().try_for_each(|device| power(device, false).map(drop))?;
        self.stage.kill_firmware()?;
        rest(OFF);
        let power = |device: &str, on: bool| self.stage.devices()?.patch(device, &json!({ "power": on }));
        cash.clone().try_for_each(|device| power(device, true).map(drop))?;
        self.stage.start_firmware(&ConfigPatch::none())?;
        self.player.attach(self.stage.firmware()?);
        Ok(())
    }

    fn perform(&mut self, act: Act<'_>) -> Result<(), Trouble> {
        match act {
            Act::Stand(person) => self.player.stand_before_camera(person.iin),
            Act::Behave(name) => {
                let behaviour = Behaviour::named(name)
                    .ok_or_else(|| Trouble::Usage(format!("nobody behaves like {name}")))?;
                self.stage.sitter().behave(behaviour);
                Ok(())
            }
            Act::CoverLens => self.cover_lens(),
            Act::StopGateway => self.stage.stop_gateway(),
            Act::StartGateway => self.stage.start_gateway().map(drop),
            Act::Service { name, up: false } => {
                self.stage.world()?.set_fault(name, &json!({ "mode": "down" }))
            }
            Act::Service { name, up: true } => self.stage.world()?.clear_fault(name),
            Act::Fault { device, fault, parameters } => {
                let parameters = match parameters {
                    "" => json!({}),
                    text => serde_json::from_str(text)
                        .map_err(|error| Trouble::Usage(format!("{fault}: {error}")))?,
                };
                self.stage.devices()?.set_fault(self.real(device), fault, &parameters)
            }
            Act::Mend { device, fault } => self.stage.devices()?.clear_fault(self.real(device), fault),
            Act::Pass(seconds) => {
                self.stage.pass(Duration::from_secs(seconds))?;
                self.stage.check()
            }
            Act::Restart { with_dispenser } => self.restart(with_dispenser),
            Act::Activate(active) => self.stage.activate(active),
            Act::Insert { tenge, refused } => self.insert(tenge, refused),
            Act::Stands(stands) => self.stands(stands),
            Act::OffersTerms { restructuring, percent, months } => {
                let kind = if restructuring { "restructuring" } else { "supplement" };
                let proposal =
                    json!({ "kind": kind, "annual_rate_hundredths": percent * 100, "months": months });
                self.stage.world()?.propose(&self.newest("loan_id")?, &proposal)
            }
            Act::Leak(somebody) => self.becomes(somebody.iin, "data_leak", json!(true)),
            Act::EnterAccount(somebody) => self.intruded(somebody.iin),
            Act::NumberOfAnother(somebody) => self.becomes(somebody.iin, "bmg", json!("other")),
            Act::Answer(somebody, answers) => {
                let call = match answers {
                    Answers::Confirms => "confirm",
                    Answers::Denies => "deny",
                    Answers::Silent => "silent",
                };
                self.becomes(somebody.iin, "call", json!(call))
            }
            Act::Carry { home } => {
                let latitude = i64::from(PLACE.0) + if home { 0 } else { AWAY_UDEG };
                self.stage.devices()?.patch("location", &json!({ "latitude_udeg": latitude })).map(drop)
            }
            Act::Intrude => {
                self.intruder = Some(self.stage.intrude()?);
                Ok(())
            }
            Act::WantFirmware(firmware) => self.stage.want_firmware(firmware),
            Act::Scan { person, manner } => self.player.scan(person.iin, manner),
            Act::TakesBack(somebody) => {
                self.stage.world()?.take_consents_back(somebody.iin)?;
                self.stage.revocations().map(drop)
            }
            Act::DecidesOnConsent { keep } => self.stage.decide_on_consents(keep),
            Act::PutCard { person, kind } => {
                let (reader, card) = pocket::card(&self.stage.world()?, person, kind)?;
                self.stage.devices()?.patch(reader, &card).map(drop)
            }
            Act::StaffCard { person, staff, role } => {
                let (_, card) = pocket::card(&self.stage.world()?, person, "own")?;
                let certificate_sha256 = pocket::fingerprint(&card)?;
                let card = json!({ "staff": staff, "role": role, "certificate_sha256": certificate_sha256 });
                self.employs(&card)
            }
            Act::Refill { unit, notes } => {
                let patch = json!({ "cassettes": [{ "unit": unit, "notes": notes }] });
                self.stage.devices()?.patch("dispenser", &patch).map(drop)
            }
            Act::ClearPath => {
                self.stage.devices()?.patch("dispenser", &json!({ "clear_path": true })).map(drop)
            }
            Act::FreeShutter => {
                let device = self.real("dispenser");
                self.stage.devices()?.patch(device, &json!({ "free_shutter": true })).map(drop)
            }
            Act::PressThrough { id, panel } => self.player.press_through(id, panel),
            Act::PutStick => self.stage.put_stick(),
            Act::TakeNote => {
                self.stage.devices()?.patch("acceptor", &json!({ "remove_note": true })).map(drop)
            }
            Act::Cycle { device } => {
                let device = self.real(device);
                let power = |on: bool| self.stage.devices()?.patch(device, &json!({ "power": on })).map(drop);
                power(false)?;
                rest(OFF);
                power(true)
            }
            Act::SwapCables { swapped } => self.swap_cables(swapped),
            Act::OperatorSwitch(active) => {
                self.stage.devices()?.patch("cabinet", &json!({ "operator_switch": active })).map(drop)
            }
            Act::TakeCard => {
                let take = |reader| self.stage.devices()?.patch(reader, &json!({ "card": null })).map(drop);
                pocket::READERS.into_iter().try_for_each(take)?;
                rest(NOTICED);
                Ok(())
            }
            Act::RevokeCard(somebody) => self.stage.world()?.revoke_card(somebody.iin, "own"),
            Act::LoseCard(somebody) => {
                self.stage.card_lost(&self.stage.world()?.person(somebody.iin)?.client_id)
            }
            Act::CardReader { plugged } => {
                let cable = if plugged { "replug" } else { "unplug" };
                self.stage.devices()?.set_fault("card", cable, &json!({}))
            }
            Act::Keys { digits, press } => self.presses(digits, press),
        }
    }

    /// The device that plays this part on the stage.
    fn real<'d>(&self, device: &'d str) -> &'d str {
        if device == "dispenser" { self.stage.options().dispenser.device() } else { device }
    }

    /// With the terminal off the links to the two ports change places; each device puts its own back when it is plugged in anew.
    fn swap_cables(&mut self, swapped: bool) -> Result<(), Trouble> {
        let cables = [self.stage.options().dispenser.device(), "printer"];
        if !swapped {
            let each = |fault: &str| {
                let set = |device| self.stage.devices()?.set_fault(device, fault, &json!({}));
                cables.into_iter().try_for_each(set)
            };
            each("unplug")?;
            return each("replug");
        }
        self.stage.stop_firmware()?;
        let [one, other] = cables.map(|device| self.stage.folders().devices().join(device));
        let aside = one.with_file_name("aside");
        for (from, to) in [(&one, &aside), (&other, &one), (&aside, &other)] {
            std::fs::rename(from, to).map_err(Trouble::file("rename", from))?;
        }
        self.stage.start_firmware(&ConfigPatch::none())?;
        self.player.attach(self.stage.firmware()?);
        Ok(())
    }

    /// The reader says when it asks for a PIN.
    fn presses(&self, digits: &str, press: Key) -> Result<(), Trouble> {
        let press = match press {
            Key::Ok => "ok",
            Key::Cancel => "cancel",
        };
        until("the reader to ask for a PIN", KEYS, || {
            match self.stage.devices()?.patch("card", &json!({ "digits": digits, "press": press })) {
                Ok(_) => Ok(Found::There(())),
                Err(Trouble::Http { status: Some(400), answer, .. }) => Ok(Found::NotYet(answer)),
                Err(trouble) => Err(trouble),
            }
        })
    }

    fn insert(&self, tenge: u32, refused: Option<u8>) -> Result<(), Trouble> {
        let mut note = json!({ "insert": tenge });
        if let (Some(refused), Some(note)) = (refused, note.as_object_mut()) {
            note.insert("refuse".to_owned(), json!(refused));
        }
        until("the acceptor to draw a note in", MOUTH, || {
            match self.stage.devices()?.patch("acceptor", &note) {
                Ok(_) => Ok(Found::There(())),
                Err(Trouble::Http { status: Some(400), answer, .. }) => Ok(Found::NotYet(answer)),
                Err(trouble) => Err(trouble),
            }
        })
    }

    /// The contract that was paid out last, as core lending holds it.
    fn newest_loan(&self) -> Result<Value, Trouble> {
        let newest = self.stage.world()?.loans()?.pop();
        newest.ok_or_else(|| Trouble::Finding("there is no contract".to_owned()))
    }

    fn newest(&self, field: &str) -> Result<String, Trouble> {
        let loan = self.newest_loan()?;
        let text = loan.get(field).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| Trouble::Answer { from: "core lending".to_owned(), why: loan.to_string() })
    }

    /// Changes how somebody of the world is.
    fn becomes(&self, iin: &str, quirk: &str, value: Value) -> Result<(), Trouble> {
        let world = self.stage.world()?;
        let mut quirks = world.quirks(iin)?;
        if let Some(quirks) = quirks.as_object_mut() {
            quirks.insert(quirk.to_owned(), value);
        }
        world.set_quirks(iin, &quirks)
    }

    /// Somebody else was in this person's account: waits until the lender told them so by a text, which goes out with its letter.
    fn intruded(&self, iin: &str) -> Result<(), Trouble> {
        let world = self.stage.world()?;
        let phone = world.person(iin)?.phone;
        let before = world.inbox(Some(&phone))?.len();
        self.becomes(iin, "intruded", json!(true))?;
        until("the text about the account", UPKEEP, || {
            let messages = world.inbox(Some(&phone))?.len();
            let seen = format!("{messages} messages");
            Ok(if messages > before { Found::There(()) } else { Found::NotYet(seen) })
        })
    }

    /// The card opens something once the terminal holds the rules that name it.
    fn employs(&self, card: &Value) -> Result<(), Trouble> {
        let before = self.rows_of(DIRECTIVE)?;
        self.stage.employ(card)?;
        until("the terminal to hold the rules that name the card", RULES, || {
            let rows = self.rows_of(DIRECTIVE)?;
            let seen = format!("{rows} rows {DIRECTIVE}");
            Ok(if rows > before { Found::There(()) } else { Found::NotYet(seen) })
        })
    }

    fn stands(&self, stands: Stands) -> Result<(), Trouble> {
        let (world, loan) = (self.stage.world()?, self.newest("loan_id")?);
        let now = world.now_ms()?;
        match stands {
            Stands::Resumed => world.reset_standing(&loan),
            Stands::Suspended => world.set_standing(
                &loan,
                &json!({ "standing": "suspended", "since_ms": now, "ground": "article71" }),
            ),
            Stands::WrittenOff => {
                world.set_standing(&loan, &json!({ "standing": "written_off", "at_ms": now }))
            }
        }
    }

    fn rows_of(&self, kind: &str) -> Result<u64, Trouble> {
        let rows = self.stage.rows(0)?;
        Ok(count(rows.iter().filter(|row| row.get("kind").and_then(Value::as_str) == Some(kind))))
    }

    fn ask(&self, what: Look<'_>) -> Result<u64, Trouble> {
        let dispenser = || self.stage.dispenser();
        Ok(match what {
            Look::Rows(kind) => self.rows_of(kind)?,
            Look::Given => evidence::given(&dispenser()?),
            Look::InCassette(unit) => lying::in_cassette(&dispenser()?, unit),
            Look::InRejectTray(tenge) => lying::in_reject_tray(&dispenser()?, tenge),
            Look::OnPath(tenge) => lying::on_path(&dispenser()?, tenge),
            Look::Messages => {
                let sent = self.stage.world()?.inbox(None)?;
                count(sent.iter().filter(|sms| sms.purpose != "notice"))
            }
            Look::Supplements => self.stage.world()?.concluded_supplements()?,
            Look::Taken => evidence::taken(&self.stage.devices()?.state("acceptor")?),
            Look::Dispenses => {
                let state = dispenser()?;
                state.pointer("/commands/dispense_count").and_then(Value::as_u64).unwrap_or_default()
            }
        })
    }
}

fn count(all: impl Iterator) -> u64 {
    u64::try_from(all.count()).unwrap_or(u64::MAX)
}

fn seen(screen: &Screen) -> Shown {
    let touchable = screen.elements.iter().filter(|element| element.enabled && !element.covered);
    Shown {
        screen: screen.screen.clone(),
        detail: screen.detail.clone(),
        step: screen.step,
        touchable: touchable.map(|element| element.id.clone()).collect(),
        still_there: screen.still_there,
    }
}

impl Scene for Live<'_> {
    fn speech(&self) -> Language {
        self.speech
    }

    fn see(&mut self) -> Result<Shown, Stop> {
        let screen = self.player.wait_for("the screen to stand still", PATIENCE, |_| true);
        self.heard(screen).map(|screen| seen(&screen))
    }

    fn wait_for(&mut self, what: &str, wanted: &dyn Fn(&Shown) -> bool) -> Result<Shown, Stop> {
        let screen = self.player.wait_for(what, PATIENCE, |screen| wanted(&seen(screen)));
        self.heard(screen).map(|screen| seen(&screen))
    }

    fn tap(&mut self, id: &str) -> Result<(), Stop> {
        let tapped = self.player.tap(id);
        self.heard(tapped)
    }

    fn tap_twice(&mut self, id: &str) -> Result<(), Stop> {
        let tapped = self.player.tap(id).and_then(|()| match self.player.tap_now(id) {
            // The button was busy already: that is what keeps a second touch away.
            Err(Trouble::Http { status: Some(409), .. }) | Ok(()) => Ok(()),
            Err(trouble) => Err(trouble),
        });
        self.heard(tapped)
    }

    fn choose_amount(&mut self, tenge: u64) -> Result<(), Stop> {
        let chosen = self.player.choose_amount(tenge);
        self.heard(chosen)
    }

    fn read_to_the_end(&mut self) -> Result<(), Stop> {
        let shown = self.see()?;
        let read = match shown.screen.as_str() {
            "Contract" => self.player.read_to_the_end(),
            _ if shown.can("page-down") => self.player.page_down(),
            _ => Ok(()),
        };
        self.heard(read)
    }

    fn read_sms(&mut self, phone: &str, purpose: &str) -> Result<String, Stop> {
        let (read, world) = (self.read, self.stage.world());
        let found = world.and_then(|world| {
            until("an SMS", SMS, || {
                let messages = world.inbox(None)?;
                let mut newer = messages.iter().enumerate().skip(read);
                let found = newer.find(|(_, sms)| sms.to == phone && sms.purpose == purpose);
                Ok(found.map_or_else(
                    || Found::NotYet(format!("{} messages", messages.len())),
                    |(place, sms)| Found::There((place, sms.text.clone())),
                ))
            })
        });
        let (place, text) = self.heard(found)?;
        self.read = place + 1;
        Ok(text)
    }

    fn contract_number(&mut self) -> Result<String, Stop> {
        let number = self.newest("contract_number");
        self.heard(number)
    }

    fn today(&mut self) -> Result<Day, Stop> {
        let now = self.stage.world().and_then(|world| world.now_ms());
        let now = UtcMillis(self.heard(now)?);
        local_date(now).map(Day).ok_or_else(|| Stop("there is no day".to_owned()))
    }

    fn order(&mut self, order: &str) -> Result<String, Stop> {
        let number = self.stage.order_by_paper(order);
        self.heard(number)
    }

    fn enrolment_code(&mut self) -> Result<String, Stop> {
        let made = self.stage.code();
        // It is told in fours; what separates them is not typed.
        self.heard(made.map(|(code, _)| code.chars().filter(char::is_ascii_digit).collect()))
    }

    fn act(&mut self, act: Act<'_>) -> Result<(), Stop> {
        let done = self.perform(act);
        self.heard(done)
    }

    fn count(&mut self, what: Look<'_>) -> Result<u64, Stop> {
        let answer = self.ask(what);
        self.heard(answer)
    }

    fn picture(&mut self, detail: &str) -> Result<(), Stop> {
        // The receipt is printed while one looks at it.
        let kept = match detail {
            "printed" => self.player.picture_when_changed(detail),
            _ => self.player.picture(detail),
        };
        self.heard(kept)
    }
}
