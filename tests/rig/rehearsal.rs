//! Journeys played in one thread: real drivers on emulated devices byte for byte, the kernel, the gateway's core, and
//! time that jumps. A day passes at once.

use senim_domain::business_days::Day;
use senim_domain::rule_pack::RulePack;
use senim_domain::touch::{DisplayPoint, TouchCorrection};
use senim_domain::{ClientId, Language, UtcMillis, calendar};
use senim_emulators::control::{ControlError, Controlled};
use senim_emulators::gempc::Press;
use senim_emulators::lcdm4000::Command;
use senim_emulators::lying;
use senim_hal::integrity::Sign;
use senim_hal::location::{Event as Position, Fix};
use senim_journeys::people::{self, KNOWN};
use senim_journeys::scene::{Act, Answers, Key, Look, Scene, Shown, Stop};
use senim_journeys::{Journey, LOAN_TENGE, Left, Setting};
use senim_person::scripted::Behaviour;
use senim_pki::Holder;
use senim_pki::phone::Manner;
use senim_runtime::Input;
use senim_session::Action;
use senim_session::event::{Device, Peripheral};
use senim_ui_model::touch::{TouchError, touch, touchables};
use senim_ui_model::{Screen, View};
use senim_world::people::CallAnswer;
use serde_json::{Value, json};

use crate::cashier;
use crate::lender;
use crate::mfo::{self, Mfo, pack};
use crate::newcomers::known_to_the_state;
use crate::phones::Phones;
use crate::wallet::Wallet;
use crate::world::{Eye, World, WorldOptions, person};
use crate::{far::Far, invariants};

/// Noon in Kazakhstan, 1 December 2026: people who are of age where real processes play are of age here.
const BEGAN: UtcMillis = UtcMillis(1_796_108_400_000);
/// How long a screen may take to come, ms of virtual time.
const PATIENCE_MS: u64 = 300_000;
/// How long an element may take until it takes a touch, ms.
const TOUCHABLE_MS: u64 = 15_000;
/// How long a person looks before they touch, ms.
const HESITATES_MS: u64 = 400;
/// How long the acceptor may take until it draws a note in, ms.
const MOUTH_MS: u64 = 5_000;
/// How long the reader may take until it asks for a PIN, ms.
const KEYS_MS: u64 = 30_000;
/// A village further, millionths of a degree: some 11 km.
const AWAY_UDEG: i32 = 100_000;
/// How much of a long time passes at once, ms.
const AT_ONCE_MS: u64 = 3_600_000;
/// How long the host is without power, ms.
const OFF_MS: u64 = 5_000;

/// A journey under way.
pub struct Rehearsal {
    world: World,
    speech: Language,
    /// Messages that were read.
    read: usize,
    /// Cards that were issued.
    cards: Wallet,
}

/// Plays a journey; what it finds wrong is told in words.
///
/// # Errors
/// [`Stop`] with what did not come, or what was left behind against the script.
pub fn play(journey: &Journey, speech: Language) -> Result<(), Stop> {
    let mut rehearsal = Rehearsal::new(&journey.setting, speech);
    let left = (journey.play)(&mut rehearsal)?;
    rehearsal.close(left)
}

impl Rehearsal {
    /// A terminal in service with cash by a signed order, nobody there.
    #[must_use]
    pub fn new(setting: &Setting, speech: Language) -> Self {
        let options = WorldOptions {
            sum: LOAN_TENGE,
            cassettes: Some(setting.cassettes),
            began: BEGAN,
            acceptor: true,
            card: true,
            keypad: setting.keypad,
            journal_rows: setting.journal_rows,
            certificate_days: setting.certificate_days,
            ..WorldOptions::default()
        };
        let phones = setting.signed.then(|| Phones::new(Vec::new()));
        let mfo = Mfo::with_signatures(rules(setting), phones);
        let world = World::halting(options, mfo, setting.halt_at);
        world.mfo.services(|services| services.state.people = known_to_the_state());
        Self { world, speech, read: 0, cards: Wallet::default() }
    }

    /// The world it is played in.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    fn view(&self) -> Result<&View, Stop> {
        self.world.shown.as_deref().ok_or_else(|| Stop("nothing was drawn yet".to_owned()))
    }

    fn told(&self) -> Shown {
        self.world.shown.as_deref().map_or_else(Shown::default, |view| seen(&self.world, view))
    }

    /// A finger at a panel that tells touches like this. Marks have a place here; any other button stands low at the right.
    fn press_through(&mut self, id: &str, panel: TouchCorrection) -> Result<(), Stop> {
        const BUTTON: DisplayPoint = DisplayPoint { x: 800_000, y: 900_000 };
        let mark = match &self.view()?.screen {
            Screen::Target(target) => Some(target.mark),
            _ => None,
        };
        let at = mark.unwrap_or(BUTTON);
        let told = self.world.touch.of(panel.of(at));
        if mark.is_some() {
            let action = self.world.hand.aim(told);
            self.press(action);
            return Ok(());
        }
        let beside = told.x.abs_diff(at.x).max(told.y.abs_diff(at.y));
        Stop::unless(beside < 20_000, || format!("a touch of {id} at {at:?} comes as {told:?}"))?;
        self.tap(id)
    }

    fn press(&mut self, action: Action) {
        self.world.input(Input::Action(Action::Touched));
        self.world.input(Input::Action(action));
    }

    fn device(&mut self, name: &str) -> Result<&mut dyn Controlled, Stop> {
        match name {
            "dispenser" => Ok(&mut self.world.dispenser),
            "printer" => Ok(&mut self.world.printer),
            "acceptor" => Ok(&mut self.world.acceptor),
            "card" => Ok(&mut self.world.card_reader),
            other => Err(Stop(format!("there is no device {other} in this world"))),
        }
    }

    fn patch(&mut self, device: &str, patch: &Value) -> Result<(), Stop> {
        let now = self.world.now;
        self.device(device)?.patch(patch, now).map_err(refused)
    }

    /// The acceptor says when its mouth is free.
    fn insert(&mut self, tenge: u32, refused: Option<u8>) -> Result<(), Stop> {
        let end = self.world.now + MOUTH_MS;
        loop {
            let now = self.world.now;
            match self.world.acceptor.insert(tenge, refused, now) {
                Ok(()) => return Ok(()),
                Err(why) if now >= end => return Err(Stop(why)),
                Err(_) => self.world.run_until(HESITATES_MS, |_| false),
            };
        }
    }

    /// The reader says when it asks for a PIN.
    fn presses(&mut self, digits: &str, press: Key) -> Result<(), Stop> {
        let end = self.world.now + KEYS_MS;
        let press = match press {
            Key::Ok => Press::Ok,
            Key::Cancel => Press::Cancel,
        };
        loop {
            let now = self.world.now;
            match self.world.card_reader.press(digits, Some(press), now) {
                Ok(()) => return Ok(()),
                Err(why) if now >= end => return Err(Stop(why.to_owned())),
                Err(_) => self.world.run_until(HESITATES_MS, |_| false),
            };
        }
    }

    fn scan(&self, somebody: &people::Person, manner: &str) -> Result<(), Stop> {
        if let Some((qr, _)) = self.world.kernel().session().check_code() {
            let confirm = |state: &mut senim_test_services::State| {
                state.model.confirm_on_phone(somebody.iin, qr.expose(), manner)
            };
            return self.world.mfo.outside.state(confirm).map_err(|denial| Stop(denial.code.to_owned()));
        }
        let manner = Manner::named(manner).ok_or_else(|| Stop(format!("no phone does {manner}")))?;
        let drawn = person(somebody.iin).ok_or_else(|| Stop("nobody has this phone".to_owned()))?;
        let holder = Holder {
            iin: drawn.iin,
            surname: drawn.surname,
            given_name: drawn.given_name,
            patronymic: drawn.patronymic,
        };
        let (phones, code) = (self.world.mfo.phones.as_ref(), self.world.kernel().session().signing_code());
        let (Some(phones), Some((qr, _))) = (phones, code) else {
            return Err(Stop("there is no code to be read".to_owned()));
        };
        phones.scan_by(holder, manner, qr).map_err(|fault| Stop(fault.code().to_owned()))
    }

    /// Worth of the notes in the stacker, tenge.
    fn taken(&self) -> u64 {
        let notes = &self.world.acceptor.cassette().notes;
        notes.iter().map(|(tenge, count)| u64::from(*tenge) * count).sum()
    }

    /// Everything comes to rest; nothing is lost, doubled or told to anybody, and what was left is what the script says.
    fn close(mut self, left: Left) -> Result<(), Stop> {
        self.world.settle();
        invariants::all(&self.world);
        let found = self.world.mfo.services(|services| Left {
            given: invariants::left_tenge(&self.world),
            booked: services.payouts.iter().map(|payout| payout.amount_tiyn.tenge()).sum(),
            receipts: self.world.printer.receipts(),
            taken: self.taken(),
            repaid: services.repaid.iter().map(|money| money.amount_tiyn.tenge()).sum(),
            held: services.held.iter().map(|money| money.amount_tiyn.tenge()).sum(),
        });
        Stop::unless(found == left, || format!("the script leaves {left:?}, found {found:?}"))?;
        self.tells_nothing_personal()
    }

    /// No row has the number, phone or name of anybody.
    fn tells_nothing_personal(&self) -> Result<(), Stop> {
        let names: Vec<String> = KNOWN
            .iter()
            .filter_map(|somebody| person(somebody.iin))
            .flat_map(|person| [person.iin, person.phone, person.surname])
            .collect();
        for row in self.world.rows() {
            let text = serde_json::to_string(&row.envelope.public).unwrap();
            let told = names.iter().any(|name| text.contains(name.trim_start_matches('+')));
            Stop::unless(!told, || {
                format!("row {} ({}) names somebody", row.envelope.seq, row.envelope.kind)
            })?;
        }
        Ok(())
    }
}

fn client_of(somebody: &people::Person) -> Result<ClientId, Stop> {
    let known = person(somebody.iin).filter(|person| person.registered);
    let known = known.ok_or_else(|| Stop("this person is no client".to_owned()))?;
    Ok(ClientId(known.client_id))
}

fn rules(setting: &Setting) -> RulePack {
    let mut rules = serde_json::to_value(pack()).unwrap();
    for (place, value) in setting.rule_pack {
        *rules.pointer_mut(place).expect("a place of the rule pack") = serde_json::from_str(value).unwrap();
    }
    serde_json::from_value(rules).unwrap()
}

fn seen<F: Far>(world: &World<F>, view: &View) -> Shown {
    let touchable = touchables(view, &world.hand).into_iter().filter(|element| element.enabled);
    Shown {
        screen: view.screen.name().to_owned(),
        detail: view.screen.detail(),
        step: view.step,
        touchable: touchable.map(|element| element.id).collect(),
        still_there: view.still_there_seconds.is_some(),
    }
}

fn refused(error: ControlError) -> Stop {
    Stop(error.to_string())
}

impl Scene for Rehearsal {
    fn speech(&self) -> Language {
        self.speech
    }

    fn see(&mut self) -> Result<Shown, Stop> {
        self.world.run_until(HESITATES_MS, |_| false);
        Ok(self.told())
    }

    fn wait_for(&mut self, what: &str, wanted: &dyn Fn(&Shown) -> bool) -> Result<Shown, Stop> {
        let came = self.world.run_until(PATIENCE_MS, |world| {
            world.shown.as_deref().is_some_and(|view| wanted(&seen(world, view)))
        });
        let shown = self.told();
        if came {
            return Ok(shown);
        }
        let halted = if self.world.halted() { ", the firmware has halted" } else { "" };
        Err(Stop(format!("waited for {what} in vain; there is {}{halted}", shown.told())))
    }

    fn tap(&mut self, id: &str) -> Result<(), Stop> {
        self.world.run_until(HESITATES_MS, |_| false);
        let free = |world: &World| {
            let view = world.shown.as_deref();
            view.is_some_and(|view| {
                touchables(view, &world.hand).iter().any(|element| element.id == id && element.enabled)
            })
        };
        self.world.run_until(TOUCHABLE_MS, free);
        let view = self.world.shown.take().ok_or_else(|| Stop("nothing was drawn yet".to_owned()))?;
        let touched = touch(&view, &mut self.world.hand, id);
        let told = format!("{} ({})", view.screen.name(), view.screen.detail());
        self.world.shown = Some(view);
        match touched {
            Ok(Some(action)) => self.press(action),
            Ok(None) => self.world.input(Input::Action(Action::Touched)),
            Err(error @ (TouchError::None(_) | TouchError::Disabled(_))) => {
                return Err(Stop(format!("{error}: {told}")));
            }
        }
        Ok(())
    }

    fn tap_twice(&mut self, id: &str) -> Result<(), Stop> {
        self.world.run_until(HESITATES_MS, |_| false);
        // The second touch is made of what was on the screen at the first.
        let view = self.world.shown.take().ok_or_else(|| Stop("nothing was drawn yet".to_owned()))?;
        let touches = [touch(&view, &mut self.world.hand, id), touch(&view, &mut self.world.hand, id)];
        self.world.shown = Some(view);
        for touched in touches {
            if let Some(action) = touched.map_err(|error| Stop(error.to_string()))? {
                self.press(action);
            }
        }
        Ok(())
    }

    fn choose_amount(&mut self, tenge: u64) -> Result<(), Stop> {
        self.world.run_until(HESITATES_MS, |_| false);
        let Screen::Amount(offer) = &self.view()?.screen else {
            return Err(Stop(format!("there is no slider for the sum on {}", self.told().told())));
        };
        let place = offer.payable.iter().position(|sum| sum.tenge() == tenge);
        let place = place.ok_or_else(|| Stop(format!("{tenge} ₸ cannot be reached")))?;
        self.world.hand.move_amount(place);
        self.world.input(Input::Action(Action::Touched));
        Ok(())
    }

    fn read_to_the_end(&mut self) -> Result<(), Stop> {
        if self.told().can("page-down") { self.tap("page-down") } else { Ok(()) }
    }

    fn read_sms(&mut self, phone: &str, purpose: &str) -> Result<String, Stop> {
        // The lender's upkeep has come by meanwhile: what it sends is no code.
        self.world.mfo.gateway.flush_outbox(self.world.utc()).map_err(|error| Stop(error.to_string()))?;
        let read = self.read;
        let unread = |world: &World| {
            world.mfo.services(|services| {
                let mut newer = services.sms.iter().enumerate().skip(read);
                newer
                    .find(|(_, sms)| sms.to == phone && sms.purpose == purpose)
                    .map(|(place, sms)| (place, sms.text.clone()))
            })
        };
        self.world.run_until(TOUCHABLE_MS, |world| unread(world).is_some());
        let (place, text) = unread(&self.world).ok_or_else(|| {
            let sent: Vec<_> = self
                .world
                .mfo
                .services(|services| services.sms.iter().map(|sms| (sms.to.clone(), sms.purpose)).collect());
            Stop(format!("no SMS of {purpose} came to {phone}; of {sent:?} {read} are read"))
        })?;
        self.read = place + 1;
        Ok(text)
    }

    fn contract_number(&mut self) -> Result<String, Stop> {
        let newest = self
            .world
            .mfo
            .services(|services| services.bookings.last().map(|booking| booking.contract_number.clone()));
        newest.ok_or_else(|| Stop("there is no contract".to_owned()))
    }

    fn today(&mut self) -> Result<Day, Stop> {
        let today = calendar::local_date(self.world.utc());
        today.map(Day).ok_or_else(|| Stop("there is no day".to_owned()))
    }

    fn order(&mut self, order: &str) -> Result<String, Stop> {
        cashier::order(&mut self.world, order)
    }

    fn enrolment_code(&mut self) -> Result<String, Stop> {
        lender::enrolment_code(&self.world)
    }

    fn act(&mut self, act: Act<'_>) -> Result<(), Stop> {
        match act {
            // Nobody has drawn the newcomers of this world; whoever looks at their picture asks the state.
            Act::Stand(somebody) => {
                let drawn = person(somebody.iin).is_some();
                self.world.eye = if drawn { Eye::Person(somebody.iin.to_owned()) } else { Eye::Anything };
            }
            Act::Behave(name) => {
                let behaviour = Behaviour::named(name);
                self.world.manner = behaviour.ok_or_else(|| Stop(format!("nobody behaves like {name}")))?;
            }
            Act::CoverLens => self.world.eye = Eye::Covered,
            Act::StopGateway => self.world.away = true,
            Act::StartGateway => self.world.away = false,
            Act::Service { name: "bank", up } => self.world.mfo.outside.state(|state| {
                if up {
                    state.down.remove("bank")
                } else {
                    state.down.insert("bank")
                };
            }),
            Act::Service { name, up } => self.world.mfo.services(|services| match (name, up) {
                ("core", up) => services.core_down = !up,
                (name, true) => drop(services.down.remove(name)),
                (name, false) => drop(services.down.insert(name.to_owned())),
            }),
            Act::Fault { device, fault, parameters } => {
                let now = self.world.now;
                let parameters = match parameters {
                    "" => Value::Null,
                    text => serde_json::from_str(text).map_err(|error| Stop(error.to_string()))?,
                };
                self.device(device)?.set_fault_json(fault, &parameters, now).map_err(refused)?;
            }
            Act::Mend { device, fault } => {
                let now = self.world.now;
                self.device(device)?.clear_fault_json(fault, now).map_err(refused)?;
            }
            Act::Pass(seconds) => {
                let mut left = seconds * 1_000;
                while left > 0 {
                    // So much at once that a terminal which asks for the same moment again and again is found.
                    let some = left.min(AT_ONCE_MS);
                    self.world.run_until(some, |_| false);
                    left -= some;
                }
            }
            Act::Restart { with_dispenser } => {
                self.world.run_until(PATIENCE_MS, World::halted);
                Stop::unless(self.world.halted(), || "the firmware does not halt".to_owned())?;
                if with_dispenser {
                    self.world.cut_power();
                } else {
                    self.world.kill();
                    self.world.pass(OFF_MS);
                }
                self.world.start(None);
            }
            Act::Activate(active) => {
                self.world.mfo.activate(&self.world.terminal, active, self.world.utc());
            }
            Act::Insert { tenge, refused } => self.insert(tenge, refused)?,
            Act::Stands(stands) => lender::stands(&self.world, stands)?,
            Act::OffersTerms { restructuring, percent, months } => {
                lender::offers(&self.world, restructuring, percent, months)?;
            }
            Act::Leak(somebody) => {
                let client = client_of(somebody)?;
                let now = self.world.utc();
                self.world.mfo.services(|services| services.leaked.insert(client, now));
            }
            Act::EnterAccount(somebody) => {
                let client = client_of(somebody)?;
                let now = self.world.utc();
                self.world.mfo.services(|services| services.intruded.insert(client, now));
                lender::upkeep(&self.world)?;
            }
            Act::NumberOfAnother(somebody) => {
                self.world
                    .mfo
                    .services(|services| services.foreign_numbers.insert(somebody.phone.to_owned()));
            }
            Act::Answer(somebody, answers) => {
                let call = match answers {
                    Answers::Confirms => CallAnswer::Confirm,
                    Answers::Denies => CallAnswer::Deny,
                    Answers::Silent => CallAnswer::Silent,
                };
                self.world.mfo.outside.set_quirks(somebody.iin, |quirks| quirks.call = call);
            }
            Act::Carry { home } => {
                let latitude_udeg = mfo::PLACE.latitude_udeg + if home { 0 } else { AWAY_UDEG };
                let longitude_udeg = mfo::PLACE.longitude_udeg;
                let fix = Fix { latitude_udeg, longitude_udeg, satellites: 8, hdop_centi: None };
                self.world.input(Input::Peripheral(Peripheral::Location(Position::Fix(fix))));
            }
            Act::Intrude => {
                let sign = Sign::RemoteControl("x11vnc".to_owned()).to_string();
                self.world.input(Input::Peripheral(Peripheral::Storage(Device::Board, Err(sign))));
            }
            Act::TakesBack(somebody) => {
                let now = self.world.utc();
                self.world.mfo.services(|services| services.state.takes_back(somebody.iin, now));
                let round = self.world.mfo.gateway.look_at_revocations(now);
                Stop::unless(round.is_ok_and(|round| round.received == 1), || {
                    "the application to take a consent back does not arrive".to_owned()
                })?;
            }
            Act::DecidesOnConsent { keep } => self.world.mfo.decide_on_consents(keep, self.world.utc())?,
            Act::Refill { unit, notes } => cashier::refill(&mut self.world, unit, notes)?,
            Act::ClearPath => cashier::clear_path(&mut self.world)?,
            Act::FreeShutter => return Err(Stop("the dispenser of this world has no shutter".to_owned())),
            Act::PressThrough { id, panel } => self.press_through(id, panel)?,
            Act::PutStick => self.world.put_stick(),
            Act::TakeNote => self.patch("acceptor", &json!({ "remove_note": true }))?,
            Act::Cycle { device } => {
                self.patch(device, &json!({ "power": false }))?;
                self.world.run_until(OFF_MS, |_| false);
                self.patch(device, &json!({ "power": true }))?;
            }
            Act::SwapCables { swapped } => self.world.swap_cables(swapped),
            Act::WantFirmware(firmware) => {
                self.world.mfo.want_firmware(firmware, self.world.utc());
            }
            Act::Scan { person, manner } => self.scan(person, manner)?,
            Act::PutCard { person, kind } => {
                let card = self.cards.card(&self.world.mfo.office, person, kind)?;
                let now = self.world.now;
                self.world.card_reader.insert(card, now);
            }
            Act::StaffCard { person, staff, role } => {
                let employed = self.cards.employ(&self.world.mfo.office, person, (staff, role))?;
                let before = self.world.count("DirectiveStored");
                self.world.mfo.employ(employed, self.world.utc());
                let came = |world: &World| world.count("DirectiveStored") > before;
                let came = self.world.run_until(PATIENCE_MS, came);
                Stop::unless(came, || "the rules that name the card do not come".to_owned())?;
            }
            Act::OperatorSwitch(active) => self.world.turn_operator_switch(active),
            Act::TakeCard => {
                let now = self.world.now;
                self.world.card_reader.remove(now);
            }
            Act::RevokeCard(somebody) => {
                self.cards.revoke(&self.world.mfo.office, somebody, self.world.utc())?;
            }
            Act::LoseCard(somebody) => {
                let (client, now) = (client_of(somebody)?, self.world.utc());
                let lost = self.world.mfo.gateway.report_card_lost(client, &mfo::staff(), now);
                lost.map_err(|error| Stop(error.to_string()))?;
            }
            Act::CardReader { plugged } => self.world.plug_card_reader(plugged),
            Act::Keys { digits, press } => self.presses(digits, press)?,
        }
        Ok(())
    }

    fn count(&mut self, what: Look<'_>) -> Result<u64, Stop> {
        Ok(match what {
            Look::Rows(kind) => self.world.count(kind) as u64,
            Look::Given => invariants::left_tenge(&self.world),
            Look::InCassette(unit) => lying::in_cassette(&self.world.dispenser.state(), unit),
            Look::InRejectTray(tenge) => lying::in_reject_tray(&self.world.dispenser.state(), tenge),
            Look::OnPath(tenge) => lying::on_path(&self.world.dispenser.state(), tenge),
            Look::Messages => self.world.mfo.services(|services| {
                services.sms.iter().filter(|sms| sms.purpose != "notice").count() as u64
            }),
            Look::Dispenses => self.world.dispenser.executed(Command::Dispense),
            Look::Taken => self.taken(),
            Look::Supplements => self.world.mfo.services(|services| services.concluded.len() as u64),
        })
    }
}
