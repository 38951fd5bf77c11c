//! A session at a desk: the test is the person, the MFO, the dispenser and the journal.

use std::collections::BTreeMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_document::{Figures, Kind, Paper, Section};
use senim_domain::business_days::Day;
use senim_domain::cash::{BundleResult, Denomination, UnitMoved, UnitNo, UnitRequest, UnitStock};
use senim_domain::iin::Iin;
use senim_domain::liveness::{Challenge, Colour, Command, Flash, ModelHash, Movement as Moving};
use senim_domain::loan::{self, Method, Term, Terms};
use senim_domain::location::{Point, RegisteredLocation};
use senim_domain::rule_pack::{RulePack, Service};
use senim_domain::time::ClockQuality;
use senim_domain::{
    AuthorisationId, ChallengeId, ClientId, Language, LoanId, MessageId, Mono, OperationId, OrderId, Secret,
    SecretBytes, SessionId, Stamp, Tiyn, UtcMillis, calendar, gesv,
};
use senim_hal::cash_acceptor;
use senim_hal::cash_dispenser::{self, Capabilities, LastCommand, Movement, UnitReport};
use senim_hal::power::DispenserLatch;
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, PayoutEnded, PayoutOutcome};
use senim_operation::jws;
use senim_operation::message::{
    Authorisation, ChallengeGiven, LoginWay, Message, MessageBody, MessageEnvelope, OfferDraft,
};
use senim_session::action::Decision;
use senim_session::dialogue::Ids;
use senim_session::durable::DurableState;
use senim_session::effect::{CashCommand, Effect, Record};
use senim_session::event::{CameraEvent, Event};
use senim_session::facts::{BatteryRules, Setup};
use senim_session::living::LivingStage;
use senim_session::preparation::Preparing;
use senim_session::saga::LastStatusMode;
use senim_session::state::{Ending, Errand, State};
use senim_session::{Action, Session};
use uuid::Uuid;

/// Noon in Kazakhstan, 2 March 2026.
pub const NOON: UtcMillis = UtcMillis(1_772_434_800_000);
pub const BOOT: &str = "boot-1";
pub const IDLE_WAIT_MS: u64 = 65_000;
/// Sum that the people here borrow: 20 notes of 5,000.
pub const SUM: u64 = 100_000;

#[derive(Default)]
pub struct Counting(u128);

impl Ids for Counting {
    fn next(&mut self, _: &Stamp) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0000 | self.0)
    }
}

/// The sample's pack, with loans in cash alone: whoever tests another service adds it.
pub fn pack() -> RulePack {
    let sample = include_str!("../../../../docs/formats/rule-pack.sample.json");
    let mut pack: RulePack = serde_json::from_str(sample).unwrap();
    pack.allowed_operations = [Service::CashLoan].into();
    pack
}

/// Leave to serve in Almaty, or not.
pub fn activation(active: bool) -> MessageBody {
    MessageBody::Activation {
        active,
        location: RegisteredLocation {
            address: "Алматы".into(),
            point: Some(Point { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709 }),
            radius_m: 300,
        },
        notified: Day(jiff::civil::date(2026, 1, 5)),
        activated: Day(jiff::civil::date(2026, 2, 2)),
    }
}

pub fn setup() -> Setup {
    Setup {
        boot: BOOT.into(),
        firmware: "0.1.0".into(),
        dispenser: Capabilities {
            present: false,
            retract: false,
            taken_sensor: false,
            last_status: true,
            max_notes_per_dispense: 40,
            max_notes_per_unit: 20,
            device_token: false,
        },
        acceptor: None,
        card: None,
        identity_document: None,
        last_status: LastStatusMode::Unknown,
        idle_wait_ms: IDLE_WAIT_MS,
        device_poll_ms: 30_000,
        enrols: true,
        exports: true,
        calibrates: true,
        battery: BatteryRules::default(),
    }
}

/// The pack of a terminal with these devices: one with an acceptor takes repayments.
pub fn pack_for(setup: &Setup) -> RulePack {
    let mut pack = pack();
    if setup.acceptor.is_some() {
        pack.allowed_operations.insert(senim_domain::rule_pack::Service::Repayment);
    }
    pack
}

/// A dispenser with shutter, retract and taken sensor.
pub fn presenter() -> Setup {
    let plain = setup();
    let dispenser = Capabilities { present: true, retract: true, taken_sensor: true, ..plain.dispenser };
    Setup { dispenser, ..plain }
}

/// With an acceptor beside the plain dispenser.
pub fn with_acceptor() -> Setup {
    let acceptor = cash_acceptor::Capabilities { escrow: true, escrow_ms_max: 60_000 };
    Setup { acceptor: Some(acceptor), ..setup() }
}

pub fn latch(losses: u64) -> Option<DispenserLatch> {
    Some(DispenserLatch { losses, powered: true })
}

pub fn stock() -> Vec<UnitStock> {
    vec![
        UnitStock { unit: UnitNo(1), denomination: Denomination(5_000), notes: 100 },
        UnitStock { unit: UnitNo(2), denomination: Denomination(1_000), notes: 100 },
    ]
}

/// A sequence with this number.
pub fn challenge(number: u128) -> Challenge {
    let command = |movement| Command { movement, pause_ms: 500, window_ms: 6_000 };
    Challenge {
        challenge: ChallengeId(Uuid::from_u128(number)),
        nonce: "AAAAAAAAAAAAAAAAAAAAAA".into(),
        calm_ms: 1_000,
        calm_within_ms: 15_000,
        deadline_ms: 60_000,
        min_inter_ocular_px: 80,
        commands: [Moving::Smile, Moving::TurnLeft, Moving::Blink].map(command).to_vec(),
        flashes: vec![Flash { at_ms: 900, lasts_ms: 600, colour: Colour::Red }],
        flash_permille: 8,
        amplitudes: pack().liveness.amplitudes,
    }
}

/// An IIN of somebody born in that year of the twentieth (`3`) or twenty-first (`5`) century.
pub fn iin(born: &str, century: char) -> Secret {
    let text = (0..1000)
        .map(|tail| format!("{born}{century}00{tail:03}"))
        .find(|text| Iin::parse(text).is_ok())
        .unwrap();
    Secret::new(text)
}

/// Somebody begins, in Kazakh.
pub fn begin() -> Action {
    Action::ChooseLanguage(Language::Kk)
}

pub fn adult() -> Secret {
    iin("900514", '3')
}

pub fn offline() -> Error {
    Error::new(ErrorKind::Offline, "the test stays silent")
}

pub fn moved(units: &[(u8, u32, u32)]) -> Movement {
    let count =
        |unit: u8| units.iter().find(|(no, ..)| *no == unit).map_or((0, 0), |(_, out, rej)| (*out, *rej));
    let units = (1..=4)
        .map(|unit| UnitMoved { unit: UnitNo(unit), distributed: count(unit).0, rejected: count(unit).1 })
        .collect();
    Movement { units, error: None, counts_in_doubt: false }
}

pub fn nothing_moved() -> Movement {
    moved(&[])
}

/// Exactly what was asked for.
pub fn all_of(notes: &[UnitRequest]) -> Movement {
    moved(&notes.iter().map(|request| (request.unit.0, request.notes, 0)).collect::<Vec<_>>())
}

/// A dispenser that has nothing to complain of.
pub fn healthy() -> cash_dispenser::Event {
    cash_dispenser::Event::Status {
        identity: "test".into(),
        units: (1..=4).map(|no| UnitReport { unit: UnitNo(no), present: true, low: false }).collect(),
        error: None,
    }
}

pub struct Desk {
    pub session: Session,
    pub now: Stamp,
    pub ids: Counting,
    /// Every effect so far.
    pub effects: Vec<Effect>,
    /// The durable state as the last row left it: what a restart would find.
    pub disk: DurableState,
    /// Language in which the next person begins.
    pub language: Language,
    /// Boot in which this process runs.
    pub boot: String,
    /// Whether whoever is there does what is asked before the camera, and the MFO believes it, without more ado.
    pub obliging: bool,
    messages: u128,
}

impl Desk {
    /// A terminal that has not started, over these durable facts.
    pub fn over(setup: Setup, durable: DurableState) -> Self {
        let now = Stamp { mono: Mono(1_000_000), utc: NOON, quality: ClockQuality::Trusted };
        let boot = setup.boot.clone();
        Self {
            boot,
            language: Language::Kk,
            session: Session::new(setup, durable.clone()),
            now,
            ids: Counting::default(),
            effects: Vec::new(),
            disk: durable,
            obliging: true,
            messages: 0,
        }
    }

    /// A terminal in service with stock, nobody there.
    pub fn open() -> Self {
        Self::open_with(setup(), stock())
    }

    pub fn open_with(setup: Setup, stock: Vec<UnitStock>) -> Self {
        let pack = pack_for(&setup);
        let mut desk = Self::over(setup, DurableState::default());
        let order = OrderId(Uuid::from_u128(77));
        let mut stored = |body| desk.send(Event::Stored(Box::new(durable_message(body))));
        stored(MessageBody::RulePack(Box::new(pack)));
        stored(activation(true));
        stored(MessageBody::CashOrder {
            order,
            collect: Vec::new(),
            add: stock,
            expires: UtcMillis(NOON.0 + 3_600_000),
            stacker: false,
            rejects: false,
            series: Vec::new(),
        });
        desk.send(Event::Latch(latch(0)));
        desk.start();
        desk.send(Event::Uplink { online: true, cause: String::new() });
        desk.dispenser(healthy());
        desk.send(Event::ExchangeDone(order));
        // Asked again behind the exchange.
        desk.dispenser(healthy());
        assert_eq!(desk.session.out_of_service(&desk.now), Vec::<String>::new());
        assert_eq!(desk.session.no_cash_loan(&desk.now), None);
        desk
    }

    pub fn start(&mut self) -> usize {
        self.send(Event::Started { clean_stop: true, config_sha256: jws::sha256_b64(b"config") })
    }

    /// What a restart finds: only what was durable. Time has gone on.
    pub fn restart(self, setup: Setup, latch: Option<DispenserLatch>) -> Self {
        let pack = pack_for(&setup);
        let mut desk = Self::over(setup, self.disk.clone());
        desk.now = self.now;
        desk.ids = self.ids;
        desk.messages = self.messages + 1_000;
        desk.send(Event::Stored(Box::new(durable_message(MessageBody::RulePack(Box::new(pack))))));
        desk.send(Event::Stored(Box::new(durable_message(activation(true)))));
        desk.send(Event::Latch(latch));
        desk.start();
        desk
    }

    /// Feeds an event; each row it asks for becomes durable at once. Gives the index of its first effect.
    pub fn send(&mut self, event: Event) -> usize {
        let first = self.effects.len();
        self.feed(event);
        if self.obliging {
            self.oblige();
        }
        first
    }

    /// Nobody does anything before all that a step asks for is done.
    fn feed(&mut self, event: Event) {
        let effects = self.session.handle(event, self.now, &mut self.ids);
        self.make_durable(effects);
    }

    /// Does a sequence that is asked for, as if at once.
    fn oblige(&mut self) {
        let State::Living(living) = self.session.state() else { return };
        let subject = living.sitter.subject();
        let challenge = challenge(u128::from(self.now.mono.0));
        match living.stage {
            LivingStage::Asking { .. } => {
                self.answer(MessageBody::ChallengeGiven(Box::new(ChallengeGiven {
                    subject,
                    challenge,
                    life_seconds: 180,
                    tries_left: 3,
                    replacements_left: 1,
                })))
            }
            LivingStage::Doing { challenge, .. } => self.send(Event::Camera(CameraEvent::Proof {
                challenge,
                outcome: Ok(()),
                models: vec![ModelHash { name: "mesh".into(), sha256: "A".repeat(43) }],
                evidence: SecretBytes::new(vec![1, 2, 3]),
            })),
            LivingStage::Judging { challenge, .. } => {
                self.answer(MessageBody::LivenessConfirmed { challenge })
            }
            LivingStage::Again { .. }
            | LivingStage::BeforePhone
            | LivingStage::Phone { .. }
            | LivingStage::PhoneAgain { .. } => return,
        };
    }

    /// Feeds an event and gives its effects to the test before anything is durable.
    pub fn send_raw(&mut self, event: Event) -> Vec<Effect> {
        self.session.handle(event, self.now, &mut self.ids)
    }

    pub fn make_durable(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let row = match &effect {
                Effect::Record(record) => {
                    if let Some(durable) = &record.durable {
                        self.disk = (**durable).clone();
                    }
                    Some(record.op_id)
                }
                _ => None,
            };
            self.effects.push(effect);
            if let Some(op_id) = row {
                self.feed(Event::Recorded { op_id, sha256: row_hash(op_id), epoch: 3 });
            }
        }
    }

    /// As [`Self::make_durable`], then the process dies: nobody hears that the rows are durable.
    pub fn make_durable_only(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Record(record) = &effect
                && let Some(durable) = &record.durable
            {
                self.disk = (**durable).clone();
            }
            self.effects.push(effect);
        }
    }

    pub fn act(&mut self, action: Action) -> usize {
        self.send(Event::Action(action))
    }

    pub fn dispenser(&mut self, event: cash_dispenser::Event) -> usize {
        self.send(Event::Dispenser(event))
    }

    pub fn pass_ms(&mut self, ms: u64) {
        self.now.mono = self.now.mono.plus_ms(ms);
        self.now.utc = UtcMillis(self.now.utc.0 + i64::try_from(ms).unwrap());
    }

    /// Lets time pass and tells the session, as the kernel does when `poll_timeout` has come.
    pub fn wait_ms(&mut self, ms: u64) -> usize {
        self.pass_ms(ms);
        self.send(Event::Timeout)
    }

    /// The operation whose answer is awaited.
    pub fn asked(&self) -> OperationId {
        let awaited = self.session.awaited();
        awaited.unwrap_or_else(|| panic!("nothing is awaited in {:?}", self.session.state()))
    }

    pub fn message(
        &mut self,
        body: MessageBody,
        session: Option<SessionId>,
        to: Option<OperationId>,
    ) -> Message {
        self.messages += 1;
        message(MessageId(Uuid::from_u128(0xa000 + self.messages)), body, session, to)
    }

    /// The MFO answers what was asked.
    pub fn answer(&mut self, body: MessageBody) -> usize {
        let (session, asked) = (self.session.session_id(), self.asked());
        let message = self.message(body, session, Some(asked));
        self.send(Event::Answer(Box::new(message)))
    }

    pub fn rows(&self) -> Vec<&Body> {
        self.rows_from(0)
    }

    pub fn rows_from(&self, first: usize) -> Vec<&Body> {
        self.records_from(first).into_iter().map(|record| &record.draft.body).collect()
    }

    pub fn records_from(&self, first: usize) -> Vec<&Record> {
        self.effects[first..]
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record(record) => Some(record),
                _ => None,
            })
            .collect()
    }

    pub fn kinds_from(&self, first: usize) -> Vec<&'static str> {
        self.rows_from(first).into_iter().map(Body::kind).collect()
    }

    pub fn count(&self, kind: &str) -> usize {
        self.rows().into_iter().filter(|body| body.kind() == kind).count()
    }

    pub fn commands(&self) -> Vec<&CashCommand> {
        self.records_from(0).into_iter().filter_map(|record| record.then.as_ref()).collect()
    }

    pub fn dispenses(&self) -> usize {
        self.commands().into_iter().filter(|command| matches!(command, CashCommand::Dispense(_))).count()
    }

    pub fn marks(&self) -> usize {
        self.commands().into_iter().filter(|command| matches!(command, CashCommand::Mark)).count()
    }

    pub fn outcomes(&self) -> Vec<&PayoutOutcome> {
        self.rows()
            .into_iter()
            .filter_map(|body| match body {
                Body::PayoutOutcome(outcome) => Some(outcome),
                _ => None,
            })
            .collect()
    }

    pub fn results(&self) -> Vec<BundleResult> {
        self.outcomes().into_iter().map(|outcome| outcome.result).collect()
    }

    /// The one end of the one payout.
    pub fn ended(&self) -> &PayoutEnded {
        let ends: Vec<_> = self
            .rows()
            .into_iter()
            .filter_map(|body| match body {
                Body::PayoutEnded(ended) => Some(ended),
                _ => None,
            })
            .collect();
        assert_eq!(ends.len(), 1, "one PayoutEnded per request");
        ends[0]
    }

    pub fn asks_last_status(&self, first: usize) -> Option<Mono> {
        self.effects[first..].iter().find_map(|effect| match effect {
            Effect::AskLastStatus { not_before } => Some(*not_before),
            _ => None,
        })
    }

    pub fn wiped_from(&self, first: usize) -> bool {
        self.effects[first..].iter().any(|effect| matches!(effect, Effect::Wipe))
    }

    pub fn ending(&self) -> Ending {
        match self.session.state() {
            State::End { kind, .. } => *kind,
            other => panic!("the visit has not ended: {other:?}"),
        }
    }

    /// The visit is over: nothing personal is left and the journal says how.
    pub fn assert_ended(&self, kind: Ending) {
        assert_eq!(self.ending(), kind);
        assert_eq!(self.session.session_id(), None);
        assert_eq!(self.session.durable().visit, None);
        assert_eq!(self.count("SessionOpened"), self.count("SessionClosed"));
        assert!(self.wiped_from(0));
        assert!(self.session.at_rest());
    }

    /// A decision on the screen that is up.
    pub fn decide(&mut self, decision: Decision) -> usize {
        let step = self.session.step_no();
        self.act(Action::Decide { step, decision })
    }

    /// Types into the entry that is up.
    pub fn enter(&mut self, text: &str) -> usize {
        self.decide(Decision::Enter(Secret::new(text.into())))
    }

    /// Chooses from the menu, where there is one.
    pub fn choose(&mut self, errand: Errand) -> usize {
        let errands = self.session.errands(&self.now);
        let place = errands.iter().position(|(offered, _)| *offered == errand).unwrap();
        if matches!(self.session.state(), State::Menu) {
            self.decide(Decision::Choose(place))
        } else {
            self.effects.len()
        }
    }

    // The way of a loan, step by step.

    pub fn to_iin(&mut self) {
        let language = self.language;
        self.act(Action::ChooseLanguage(language));
        self.choose(Errand::Loan);
        assert!(
            matches!(self.session.state(), State::EnterIin { invalid: false, .. }),
            "{:?}",
            self.session.state()
        );
    }

    pub fn to_looking_up(&mut self) {
        self.to_iin();
        self.act(Action::SubmitIin(adult()));
        // Where cards are taken, this client has one and wants a code.
        if self.session.takes_cards() {
            let ways = vec![LoginWay::Card, LoginWay::Code];
            self.answer(MessageBody::LoginWaysOffered { ways });
            self.decide(Decision::Choose(1));
        }
        assert!(matches!(self.session.state(), State::LookingUp { .. }), "{:?}", self.session.state());
    }

    pub fn to_code(&mut self) {
        self.to_looking_up();
        self.answer(MessageBody::LoginCodeSent {
            phone_masked: Secret::new("+7 701 ••• •• 67".into()),
            life_seconds: 120,
            digits: 6,
        });
        assert!(matches!(self.session.state(), State::EnterCode { .. }));
    }

    pub fn to_checking_code(&mut self) {
        self.to_code();
        self.act(Action::SubmitCode(Secret::new("123456".into())));
        assert!(matches!(self.session.state(), State::CheckingCode { .. }));
    }

    pub fn to_amount(&mut self) {
        self.to_checking_code();
        self.answer(MessageBody::LoggedIn {
            client: ClientId(Uuid::from_u128(5)),
            greeting: Secret::new("Айгүл Болатқызы".into()),
            products: vec!["simple".into()],
            last_login: None,
            remainder: None,
            waiting: None,
            unfinished: None,
            unauthorised_access: None,
        });
        assert!(matches!(self.session.state(), State::Amount { .. }));
    }

    pub fn to_deciding(&mut self, tenge: u64) {
        self.to_amount();
        self.apply(tenge);
        assert!(matches!(self.session.state(), State::Deciding { .. }), "{:?}", self.session.state());
    }

    /// Applies, agrees to both consents and answers whatever is asked.
    pub fn apply(&mut self, tenge: u64) -> usize {
        self.apply_for(Tiyn::from_tenge(tenge).unwrap(), Term::Months(6))
    }

    /// The same with this sum and term.
    pub fn apply_for(&mut self, principal: Tiyn, term: Term) -> usize {
        let mut first = self.act(Action::Apply { principal, term });
        while let State::Prepare(stage) = self.session.state() {
            first = match stage.as_ref() {
                Preparing::Consent { .. } => self.decide(Decision::Confirm),
                Preparing::Question { .. } | Preparing::Further { .. } => self.decide(Decision::Choose(0)),
            };
        }
        first
    }

    /// Answers the application with an offer, and acknowledges the texts before it.
    pub fn offered(&mut self, offer: MessageBody) -> usize {
        let first = self.answer(offer);
        while matches!(self.session.state(), State::Acquaint(_)) {
            self.decide(Decision::Confirm);
        }
        first
    }

    /// The contract was read, and nobody tells the client to borrow.
    pub fn contract_read(&mut self) -> usize {
        let first = self.act(Action::ContractRead);
        if matches!(self.session.state(), State::Pressure { .. }) {
            self.decide(Decision::Confirm);
        }
        first
    }

    pub fn offer(&self, tenge: u64, months: u16) -> MessageBody {
        let State::Deciding { application, .. } = self.session.state() else { panic!("not deciding") };
        MessageBody::OfferMade {
            application: *application,
            loan: LoanId(Uuid::from_u128(6)),
            drafts: drafts(tenge, months),
            expires: UtcMillis(NOON.0 + 1_800_000),
        }
    }

    pub fn to_schedules_of(&mut self, tenge: u64) {
        self.to_deciding(tenge);
        let offer = self.offer(tenge, 6);
        self.offered(offer);
        assert!(matches!(self.session.state(), State::Schedules { .. }), "{:?}", self.session.state());
    }

    pub fn to_contract_of(&mut self, tenge: u64) {
        self.to_drafting_of(tenge);
        let contract = self.contract();
        self.answer(contract);
        self.assert_contract();
    }

    pub fn to_drafting_of(&mut self, tenge: u64) {
        self.to_schedules_of(tenge);
        self.act(Action::ChooseMethod(Method::Annuity));
        assert!(matches!(self.session.state(), State::Drafting { .. }));
    }

    pub fn assert_contract(&self) {
        assert!(matches!(self.session.state(), State::Contract { .. }), "{:?}", self.session.state());
    }

    /// The contract that is waited for.
    pub fn contract(&self) -> MessageBody {
        let State::Drafting { offer, method, .. } = self.session.state() else { panic!("not drafting") };
        let draft = offer.drafts.iter().find(|draft| draft.schedule.method == *method).unwrap();
        let paper = paper(draft);
        drafted(offer.loan, *method, &paper)
    }

    pub fn to_camera_of(&mut self, tenge: u64) {
        self.to_contract_of(tenge);
        self.contract_read();
        self.send(Event::Camera(CameraEvent::Opened));
        assert!(matches!(self.session.state(), State::Camera { .. }));
    }

    pub fn picture(&mut self) {
        self.act(Action::TakePicture);
        self.send(Event::Camera(CameraEvent::Picture { png: SecretBytes::new(vec![1, 2, 3]), quality: 80 }));
    }

    pub fn to_matching_of(&mut self, tenge: u64) {
        self.to_camera_of(tenge);
        self.picture();
        assert!(matches!(self.session.state(), State::Matching { .. }));
    }

    pub fn loan(&self) -> LoanId {
        LoanId(Uuid::from_u128(6))
    }

    pub fn to_agree_of(&mut self, tenge: u64) {
        self.to_matching_of(tenge);
        self.answer(MessageBody::FaceMatched { loan: self.loan() });
        assert!(matches!(self.session.state(), State::Agree { .. }));
    }

    pub fn to_concluding_of(&mut self, tenge: u64) {
        self.to_agree_of(tenge);
        self.act(Action::Agree);
        assert!(matches!(self.session.state(), State::Concluding { .. }));
    }

    pub fn to_ready_of(&mut self, tenge: u64) {
        self.to_concluding_of(tenge);
        self.answer(MessageBody::ContractAccepted { loan: self.loan(), rests_until: None });
        assert!(matches!(self.session.state(), State::ReadyToPay { .. }));
    }

    pub fn to_authorising_of(&mut self, tenge: u64) {
        self.to_ready_of(tenge);
        self.act(Action::PayOut);
        assert!(matches!(self.session.state(), State::Authorising { .. }));
    }

    /// The leave that a good gateway gives now.
    pub fn leave(&self) -> Authorisation {
        let open = self.session.durable().open.as_ref().expect("a payout is open");
        Authorisation {
            authorisation: AuthorisationId(Uuid::from_u128(9)),
            request: open.request,
            loan: open.loan,
            part: open.part,
            amount_tiyn: open.amount_tiyn,
            boot: BOOT.into(),
            epoch: 3,
            row_sha256: row_hash(self.asked()),
            life_seconds: 120,
        }
    }

    /// Until the marker is on its way.
    pub fn to_intended_of(&mut self, tenge: u64) {
        self.to_authorising_of(tenge);
        let leave = self.leave();
        self.answer(MessageBody::PayoutAuthorised(leave));
        assert_eq!(self.commands(), [&CashCommand::Mark]);
    }

    /// Until DISPENSE of the first bundle is on its way.
    pub fn to_armed_of(&mut self, tenge: u64) {
        self.to_intended_of(tenge);
        self.dispenser(cash_dispenser::Event::Marked(nothing_moved()));
        assert_eq!(self.dispenses(), 1);
    }

    pub fn armed() -> Self {
        let mut desk = Self::open();
        desk.to_armed_of(SUM);
        desk
    }

    /// Notes of the bundle under way.
    pub fn bundle(&self) -> Vec<UnitRequest> {
        self.session.durable().open.as_ref().map(|open| open.current().to_vec()).unwrap_or_default()
    }

    pub fn last_status(&mut self, command: LastCommand, movement: Movement) -> usize {
        self.dispenser(cash_dispenser::Event::LastStatus { command, movement })
    }
}

pub fn drafts(tenge: u64, months: u16) -> Vec<OfferDraft> {
    [Method::Annuity, Method::Differentiated]
        .into_iter()
        .map(|method| {
            let rate = pack().products[0].rate;
            let principal = Tiyn::from_tenge(tenge).unwrap();
            let issued = calendar::local_date(NOON).unwrap();
            let terms = Terms::new(principal, rate, Term::Months(months), method, issued);
            let schedule = loan::schedule(&terms).unwrap();
            let gesv_e8 = gesv::of_schedule(&schedule).unwrap().units();
            OfferDraft { schedule, gesv_e8 }
        })
        .collect()
}

/// What the MFO writes into a contract, as short as it may be.
pub fn paper(draft: &OfferDraft) -> Paper {
    let section = |language, title: &str| Section {
        language,
        title: title.to_owned(),
        terms: Vec::new(),
        paragraphs: vec![format!("{title} {:?}", draft.schedule.method)],
        table: None,
    };
    Paper {
        kind: Kind::Contract,
        number: "20260302-1".to_owned(),
        date: draft.schedule.issued.to_string(),
        sections: vec![section(Language::Kk, "Шарт"), section(Language::Ru, "Договор")],
        figures: Some(Figures { schedule: draft.schedule.clone(), gesv_e8: draft.gesv_e8 }),
    }
}

/// The message with it. Making a file takes a while, and the tests make the same ones thousands of times.
pub fn drafted(loan: LoanId, method: Method, paper: &Paper) -> MessageBody {
    static MADE: Mutex<BTreeMap<String, SecretBytes>> = Mutex::new(BTreeMap::new());
    let text = serde_json::to_string(paper).unwrap();
    let mut made = MADE.lock().unwrap();
    let pdf = made.entry(text).or_insert_with(|| senim_document::write(paper).unwrap());
    let sha256 = jws::sha256_b64(pdf.expose());
    MessageBody::ContractDrafted { loan, method, pdf: Secret::new(STANDARD.encode(pdf.expose())), sha256 }
}

pub fn row_hash(op_id: OperationId) -> String {
    jws::sha256_b64(op_id.0.as_bytes())
}

pub fn durable_message(body: MessageBody) -> Message {
    message(MessageId(Uuid::from_u128(1)), body, None, None)
}

fn message(id: MessageId, body: MessageBody, session: Option<SessionId>, to: Option<OperationId>) -> Message {
    Message {
        envelope: MessageEnvelope {
            ver: 1,
            message_id: id,
            terminal: "t-1".parse().unwrap(),
            session,
            in_reply_to: to,
            at: NOON,
            kind: body.kind().to_owned(),
            body: serde_json::Value::Null,
        },
        body,
        sha256: jws::sha256_b64(id.0.as_bytes()),
        compact: Secret::new("compact".into()),
    }
}
