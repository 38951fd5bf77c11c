//! The service mode: opened by the operator switch, a service card of the rule pack and its PIN; its pages, and its end.
//!
//! It begins only at a terminal where nobody is and no cash moves: a visit goes on to its end whatever the switch says. While
//! it is open nobody else can begin. A card is believed by its signature over bytes that were never seen before, checked
//! against the certificate whose hash the rule pack names: it opens without a line to the MFO, and after the pack's end too,
//! or nobody could cure a terminal that has none.

use senim_domain::SecretBytes;
use senim_domain::rule_pack::{StaffRole, StaffRules};
use senim_domain::time::Mono;
use senim_hal::cabinet::Input;
use senim_hal::card_reader::NotTyped;
use senim_hal::token::{self, Event, Fault, Key, LastTry, Pin};
use senim_operation::body::{
    ServiceCardFault, ServiceCardRefused, ServiceEnd, ServiceModeClosed, ServiceModeOpened, TestResult,
};
use senim_operation::jws::sha256_b64;

use super::{Session, Step};
use crate::action::Decision;
use crate::card::CardProblem;
use crate::effect::Effect;
use crate::exchange::Officers;
use crate::facts::DeviceState;
use crate::path::{Clearing, PathPage};
use crate::service::{
    CashWork, FirstOfficer, Service, ServicePage, ServiceStage, ServiceTask, Staff, StaffCardProblem,
    StaffCardStage, TestPage, TouchPage,
};
use crate::state::State;

/// An open service mode ends when nobody touched the screen for this long, ms: long enough to change a roll of paper.
const QUIET_MS: u64 = 600_000;
/// A PIN is typed, and a card answers, within this time, ms.
const CARD_MS: u64 = 90_000;
/// How long a reader with keys waits for a PIN, s.
const KEYPAD_SECONDS: u8 = 60;

impl Session {
    /// Whether the service mode is up, or its card is waited for.
    #[must_use]
    pub const fn is_in_service_mode(&self) -> bool {
        matches!(self.state, State::Service(_))
    }

    fn staff_rules(&self) -> Option<&StaffRules> {
        self.facts.rule_pack.as_deref()?.staff.as_ref()
    }

    /// Follows the operator switch, at the end of every step.
    pub(super) fn follow_switch(&mut self, step: &mut Step<'_>) {
        let turned = self.facts.cabinet.get(&Input::OperatorSwitch) == Some(&true);
        match &self.state {
            State::Idle if turned => {
                let free = self.started && !self.stopping && self.at_rest();
                if free && self.takes_cards() && self.staff_rules().is_some() {
                    self.ask_for_staff_card(step);
                }
            }
            State::Service(_) if !turned => self.close_service(step, ServiceEnd::SwitchedBack),
            _ => {}
        }
    }

    fn service(&mut self, step: &Step<'_>, stage: ServiceStage) {
        self.enter(step, State::Service(Box::new(Service { stage, active_at: step.now.mono })));
    }

    fn staff_card(&mut self, step: &Step<'_>, stage: StaffCardStage) {
        self.service(step, ServiceStage::Card(stage));
    }

    fn ask_for_staff_card(&mut self, step: &mut Step<'_>) {
        step.effects.push(Effect::Token(token::Command::Open { up_to: Key::Authentication }));
        self.staff_card(step, StaffCardStage::Insert);
    }

    /// Ends it: the row where somebody had it open, and the terminal is free.
    pub(super) fn close_service(&mut self, step: &mut Step<'_>, end: ServiceEnd) {
        if !self.is_in_service_mode() {
            return;
        }
        self.leave_device_test(step, TestResult::NotDone);
        self.leave_touch(step);
        let State::Service(service) = self.take() else { return };
        let first = self.first_officer.take();
        let open = match service.stage {
            ServiceStage::Open { staff, .. } => Some(staff),
            ServiceStage::Card(_) => first.map(|first| first.staff),
        };
        if let Some(staff) = open {
            self.record(step, ServiceModeClosed { staff: staff.number, end });
        }
        self.close_card(step);
        self.free(step);
        // Whatever was cured is seen at once.
        self.devices_due = step.now.mono;
    }

    fn staff_card_refused(
        &mut self,
        step: &mut Step<'_>,
        staff: Option<&Staff>,
        fault: ServiceCardFault,
        problem: StaffCardProblem,
    ) {
        self.record(step, ServiceCardRefused { staff: staff.map(|staff| staff.number.clone()), fault });
        self.close_card(step);
        self.staff_card(step, StaffCardStage::Problem { problem });
    }

    /// What a service card or its reader tells.
    pub(super) fn on_staff_token(&mut self, step: &mut Step<'_>, event: Event) {
        if self.is_trying_card() {
            return self.on_tried_card(step, &event);
        }
        let State::Service(service) = self.take() else { return };
        let Service { stage, active_at } = *service;
        let ServiceStage::Card(stage) = stage else {
            self.state = State::Service(Box::new(Service { stage, active_at }));
            return;
        };
        match (event, stage) {
            (Event::Reading, StaffCardStage::Insert) => self.staff_card(step, StaffCardStage::Reading),
            (Event::Opened { authentication, tries_left, .. }, StaffCardStage::Reading) => {
                self.look_at_staff_card(step, &authentication, tries_left);
            }
            (
                Event::PinWrong { tries_left },
                StaffCardStage::Working { staff, challenge }
                | StaffCardStage::Keypad { staff, challenge, .. },
            ) => {
                let (number, fault) = (Some(staff.number.clone()), ServiceCardFault::PinWrong);
                self.record(step, ServiceCardRefused { staff: number, fault });
                self.ask_for_staff_pin(step, staff, challenge, tries_left, true);
            }
            (Event::PinNotTyped(why), StaffCardStage::Keypad { .. }) => self.staff_pin_not_typed(step, why),
            (
                Event::Signed(_),
                StaffCardStage::Working { staff, .. } | StaffCardStage::Keypad { staff, .. },
            ) => self.open_service(step, staff),
            (Event::Removed, stage @ (StaffCardStage::Insert | StaffCardStage::Problem { .. })) => {
                self.state =
                    State::Service(Box::new(Service { stage: ServiceStage::Card(stage), active_at }));
            }
            (Event::Removed, stage) => {
                let problem = StaffCardProblem::Card(CardProblem::Withdrawn);
                self.staff_card_refused(step, stage.staff(), ServiceCardFault::Withdrawn, problem);
            }
            (Event::Failed(fault), stage) => {
                let (fault, problem) = failed(fault);
                self.staff_card_refused(step, stage.staff(), fault, StaffCardProblem::Card(problem));
            }
            // An answer to what is no longer asked.
            (_, stage) => {
                self.state =
                    State::Service(Box::new(Service { stage: ServiceStage::Card(stage), active_at }));
            }
        }
    }

    /// It was read: no PIN is asked for of a card that the rule pack does not name.
    fn look_at_staff_card(&mut self, step: &mut Step<'_>, certificate: &SecretBytes, tries_left: u8) {
        let hash = sha256_b64(certificate.expose());
        let staff = self.staff_rules().and_then(|rules| rules.card(&hash)).map(Staff::from);
        let Some(staff) = staff else {
            let fault = ServiceCardFault::NotOfStaff;
            return self.staff_card_refused(step, None, fault, StaffCardProblem::NotOfStaff);
        };
        let is_second =
            |first: &FirstOfficer| staff.role == StaffRole::CashOfficer && staff.number != first.staff.number;
        if self.first_officer.as_ref().is_some_and(|first| !is_second(first)) {
            let fault = ServiceCardFault::NotASecondOfficer;
            let problem = StaffCardProblem::NotASecondOfficer;
            return self.staff_card_refused(step, Some(&staff), fault, problem);
        }
        let nonce = [step.ids.next(&step.now), step.ids.next(&step.now)];
        let challenge = format!("senim service mode\n{}\n{}", nonce[0], nonce[1]).into_bytes();
        self.ask_for_staff_pin(step, staff, SecretBytes::new(challenge), tries_left, false);
    }

    fn ask_for_staff_pin(
        &mut self,
        step: &mut Step<'_>,
        staff: Staff,
        challenge: SecretBytes,
        tries_left: u8,
        wrong: bool,
    ) {
        if self.has_keypad() {
            self.sign_challenge(step, Pin::OnReader { seconds: KEYPAD_SECONDS }, tries_left, &challenge);
            self.staff_card(step, StaffCardStage::Keypad { staff, tries_left, wrong, challenge });
        } else {
            self.staff_card(step, StaffCardStage::Pin { staff, tries_left, wrong, challenge });
        }
    }

    fn sign_challenge(&self, step: &mut Step<'_>, pin: Pin, tries_left: u8, challenge: &SecretBytes) {
        let last_try = if tries_left <= 1 { LastTry::Use } else { LastTry::Keep };
        let (key, message) = (Key::Authentication, challenge.clone());
        step.effects.push(Effect::Token(token::Command::Sign { key, pin, last_try, message }));
    }

    fn staff_pin_not_typed(&mut self, step: &mut Step<'_>, why: NotTyped) {
        self.close_card(step);
        let problem = StaffCardProblem::Card(CardProblem::NotTyped(why));
        self.staff_card(step, StaffCardStage::Problem { problem });
    }

    fn open_service(&mut self, step: &mut Step<'_>, staff: Staff) {
        self.close_card(step);
        if let Some(FirstOfficer { staff: first, work }) = self.first_officer.take() {
            let officers = vec![first.number.clone(), staff.number];
            return self.begin_cash_work(step, first, officers, work);
        }
        self.record(step, ServiceModeOpened { staff: staff.number.clone(), role: staff.role });
        self.page(step, staff, ServicePage::Home);
        self.look_at_devices(step);
    }

    /// Cash is about to be touched: by whoever opened the service mode, and by a second officer where the pack wants two.
    fn approach_cash(&mut self, step: &mut Step<'_>, staff: Staff, work: CashWork) {
        if self.staff_rules().is_some_and(|rules| rules.two_persons_for_cash) {
            self.first_officer = Some(FirstOfficer { staff, work });
            self.ask_for_staff_card(step);
        } else {
            let officers = vec![staff.number.clone()];
            self.begin_cash_work(step, staff, officers, work);
        }
    }

    fn begin_cash_work(&mut self, step: &Step<'_>, staff: Staff, officers: Officers, work: CashWork) {
        match work {
            CashWork::Exchange => self.name_order(step, staff, officers),
            CashWork::Settlement => self.name_doubt(step, staff, officers),
        }
    }

    /// The cash officer whose second is waited for.
    #[must_use]
    pub fn first_officer(&self) -> Option<&Staff> {
        self.first_officer.as_ref().map(|first| &first.staff)
    }

    pub(super) fn page(&mut self, step: &Step<'_>, staff: Staff, page: ServicePage) {
        self.service(step, ServiceStage::Open { staff, page });
    }

    /// What can be turned to has changed: a touch of the list before it means nothing any more.
    pub(super) fn renew_service_home(&mut self, step: &Step<'_>) {
        self.turn_page(step, |page| *page == ServicePage::Home, ServicePage::Home);
    }

    /// Where such a page is up still, the next one follows it: what it is told by may come late.
    pub(super) fn turn_page(
        &mut self,
        step: &Step<'_>,
        is_up: impl Fn(&ServicePage) -> bool,
        next: ServicePage,
    ) {
        if let State::Service(service) = &self.state
            && let ServiceStage::Open { staff, page } = &service.stage
            && is_up(page)
        {
            let staff = staff.clone();
            self.page(step, staff, next);
        }
    }

    /// Every device is asked how it is now.
    pub(super) fn look_at_devices(&mut self, step: &Step<'_>) {
        self.devices_due = step.now.mono;
    }

    /// The end of the log, as it is now.
    pub(super) fn on_log(&mut self, step: &Step<'_>, lines: Vec<String>) {
        self.turn_page(step, |page| matches!(page, ServicePage::Log(_)), ServicePage::Log(lines));
    }

    /// Each device that the terminal has, and how it is, in the order in which it is looked at.
    #[must_use]
    pub fn health(&self) -> Vec<(&'static str, &DeviceState)> {
        let facts = &self.facts;
        let main = [("dispenser", &facts.dispenser), ("printer", &facts.printer), ("camera", &facts.camera)];
        let others = facts.peripherals.iter().map(|(device, state)| (device.name(), state));
        main.into_iter().chain(others).collect()
    }

    /// What can be turned to on the home page, in order.
    #[must_use]
    pub fn service_tasks(&self, role: StaffRole) -> Vec<ServiceTask> {
        let officer = role == StaffRole::CashOfficer;
        let doubt = (officer && self.countable_doubt().is_some()).then_some(ServiceTask::Settlement);
        let cash = officer.then_some(ServiceTask::Exchange);
        let stuck = self.is_stuck().then_some(ServiceTask::Path);
        let looks = [ServiceTask::Devices, ServiceTask::Upkeep];
        let works = stuck.into_iter().chain(doubt).chain(cash);
        let technical = [
            Some(ServiceTask::Tests),
            self.setup.calibrates.then_some(ServiceTask::Touch),
            self.setup.enrols.then_some(ServiceTask::Enrolment),
            Some(ServiceTask::Log),
            self.setup.exports.then_some(ServiceTask::Export),
        ];
        let technical = technical.into_iter().flatten().filter(|_| !officer);
        looks.into_iter().chain(works).chain(technical).chain([ServiceTask::Finish]).collect()
    }

    /// What is decided on a page of the service mode.
    pub(super) fn decide_service(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Service(service) = self.take() else { return };
        let Service { stage, active_at } = *service;
        match (stage, decision) {
            (
                ServiceStage::Card(StaffCardStage::Pin { staff, tries_left, challenge, .. }),
                Decision::Enter(pin),
            ) => {
                self.sign_challenge(step, Pin::Typed(pin), tries_left, &challenge);
                self.staff_card(step, StaffCardStage::Working { staff, challenge });
            }
            (ServiceStage::Card(StaffCardStage::Problem { .. }), Decision::Confirm) => {
                self.ask_for_staff_card(step);
            }
            (ServiceStage::Open { staff, page: ServicePage::Home }, Decision::Choose(place)) => {
                match self.service_tasks(staff.role).get(place) {
                    Some(ServiceTask::Devices) => {
                        self.page(step, staff, ServicePage::Devices);
                        self.look_at_devices(step);
                    }
                    Some(ServiceTask::Upkeep) => self.page(step, staff, ServicePage::Upkeep),
                    Some(ServiceTask::Path) => {
                        let clearing = Clearing::of(&self.durable.stuck);
                        self.page(step, staff, ServicePage::Path(PathPage::Open(clearing)));
                    }
                    Some(ServiceTask::Enrolment) => self.approach_enrolment(step, staff),
                    Some(ServiceTask::Tests) => self.list_device_tests(step, staff),
                    Some(ServiceTask::Log) => {
                        self.page(step, staff, ServicePage::Log(Vec::new()));
                        step.effects.push(Effect::ReadLog);
                    }
                    Some(ServiceTask::Export) => self.approach_export(step, staff),
                    Some(ServiceTask::Touch) => self.approach_touch(step, staff),
                    Some(ServiceTask::Exchange) => self.approach_cash(step, staff, CashWork::Exchange),
                    Some(ServiceTask::Settlement) => self.approach_cash(step, staff, CashWork::Settlement),
                    Some(ServiceTask::Finish) => {
                        self.page(step, staff, ServicePage::Home);
                        self.close_service(step, ServiceEnd::Finished);
                    }
                    None => self.page(step, staff, ServicePage::Home),
                }
            }
            (
                ServiceStage::Open {
                    staff,
                    page: ServicePage::Devices | ServicePage::Upkeep | ServicePage::Log(_),
                },
                Decision::Confirm,
            ) => self.page(step, staff, ServicePage::Home),
            (ServiceStage::Open { staff, page: ServicePage::Log(lines) }, Decision::Decline) => {
                self.page(step, staff, ServicePage::Log(lines));
                step.effects.push(Effect::ReadLog);
            }
            (ServiceStage::Open { staff, page: ServicePage::Tests(page) }, decision) => {
                self.decide_device_test(step, staff, page, decision);
            }
            (ServiceStage::Open { staff, page: ServicePage::Export(page) }, decision) => {
                self.decide_export(step, staff, page, decision);
            }
            (ServiceStage::Open { staff, page: ServicePage::Touch(page) }, decision) => {
                self.decide_touch(step, staff, page, decision);
            }
            (ServiceStage::Open { staff, page: ServicePage::Exchange(page) }, decision) => {
                self.decide_exchange(step, staff, page, decision);
            }
            (ServiceStage::Open { staff, page: ServicePage::Settlement(page) }, decision) => {
                self.decide_settlement(step, staff, page, decision);
            }
            (ServiceStage::Open { staff, page: ServicePage::Path(page) }, decision) => {
                self.decide_path(step, staff, page, decision);
            }
            (ServiceStage::Open { staff, page: ServicePage::Enrolment(page) }, decision) => {
                self.decide_enrolment(step, staff, page, decision);
            }
            (stage, _) => self.state = State::Service(Box::new(Service { stage, active_at })),
        }
    }

    /// One step back.
    pub(super) fn back_in_service(&mut self, step: &mut Step<'_>, service: Service) {
        match service.stage {
            ServiceStage::Card(StaffCardStage::Pin { .. }) => self.ask_for_staff_card(step),
            ServiceStage::Card(StaffCardStage::Insert | StaffCardStage::Problem { .. })
                if self.first_officer.is_some() =>
            {
                if let Some(first) = self.first_officer.take() {
                    self.close_card(step);
                    self.page(step, first.staff, ServicePage::Home);
                }
            }
            ServiceStage::Card(StaffCardStage::Problem { .. }) => self.ask_for_staff_card(step),
            ServiceStage::Open { staff, page: ServicePage::Exchange(page) } => {
                let page = Self::back_in_exchange(page).map_or(ServicePage::Home, ServicePage::Exchange);
                self.page(step, staff, page);
            }
            ServiceStage::Open { staff, page: ServicePage::Settlement(page) } => {
                let page = Self::back_in_settlement(page);
                self.page(step, staff, page.map_or(ServicePage::Home, ServicePage::Settlement));
            }
            ServiceStage::Open { staff, page: ServicePage::Path(page) } => {
                let page = Self::back_on_path(page);
                self.page(step, staff, page.map_or(ServicePage::Home, ServicePage::Path));
            }
            ServiceStage::Open { staff, page: ServicePage::Tests(page) } => {
                self.back_in_device_test(step, staff, page);
            }
            ServiceStage::Open { staff, page: ServicePage::Touch(page) } => {
                self.back_in_touch(step, staff, page);
            }
            ServiceStage::Open {
                staff,
                page:
                    ServicePage::Devices
                    | ServicePage::Upkeep
                    | ServicePage::Enrolment(_)
                    | ServicePage::Log(_)
                    | ServicePage::Export(_),
            } => self.page(step, staff, ServicePage::Home),
            stage @ (ServiceStage::Card(_) | ServiceStage::Open { .. }) => {
                self.state = State::Service(Box::new(Service { stage, active_at: service.active_at }));
            }
        }
    }

    /// The screen was touched.
    pub(super) fn service_touched(&mut self, now: Mono) {
        if let State::Service(service) = &mut self.state {
            service.active_at = now;
        }
    }

    /// When [`Self::service_time`] has something to do.
    pub(super) fn service_due(&self) -> Option<Mono> {
        let State::Service(service) = &self.state else { return None };
        match &service.stage {
            // The first officer's mode does not stay open for a second who never comes.
            ServiceStage::Card(StaffCardStage::Insert | StaffCardStage::Problem { .. })
                if self.first_officer.is_some() =>
            {
                Some(service.active_at.plus_ms(QUIET_MS))
            }
            // The switch is turned, and whoever turned it has all the time there is.
            ServiceStage::Card(StaffCardStage::Insert | StaffCardStage::Problem { .. }) => None,
            ServiceStage::Card(_) => Some(service.active_at.plus_ms(CARD_MS)),
            ServiceStage::Open {
                page:
                    ServicePage::Tests(TestPage::Running { until, .. })
                    | ServicePage::Touch(TouchPage::Marks { until, .. } | TouchPage::Trial { until, .. }),
                ..
            } => Some(*until),
            ServiceStage::Open { .. } => Some(service.active_at.plus_ms(QUIET_MS)),
        }
    }

    /// Whatever the clock asks for: nobody leaves a service mode open, nor a card that says nothing any more.
    pub(super) fn service_time(&mut self, step: &mut Step<'_>) {
        if self.service_due().is_none_or(|due| step.now.mono < due) {
            return;
        }
        if self.tried().is_some() {
            return self.device_tested(step, TestResult::NotDone);
        }
        if self.calibrating().is_some() {
            return self.give_up_touch(step);
        }
        let State::Service(service) = self.take() else { return };
        match service.stage {
            ServiceStage::Card(StaffCardStage::Pin { .. }) => self.ask_for_staff_card(step),
            stage @ ServiceStage::Card(StaffCardStage::Insert | StaffCardStage::Problem { .. }) => {
                self.state = State::Service(Box::new(Service { stage, active_at: service.active_at }));
                self.close_service(step, ServiceEnd::TimedOut);
            }
            ServiceStage::Card(stage) => {
                let problem = StaffCardProblem::Card(CardProblem::Unclear);
                self.staff_card_refused(step, stage.staff(), ServiceCardFault::Unclear, problem);
            }
            stage @ ServiceStage::Open { .. } => {
                self.state = State::Service(Box::new(Service { stage, active_at: service.active_at }));
                self.close_service(step, ServiceEnd::TimedOut);
            }
        }
    }
}

impl StaffCardStage {
    /// Whose card it is, where that is known.
    const fn staff(&self) -> Option<&Staff> {
        match self {
            Self::Pin { staff, .. } | Self::Keypad { staff, .. } | Self::Working { staff, .. } => Some(staff),
            Self::Insert | Self::Reading | Self::Problem { .. } => None,
        }
    }
}

/// As a row and as the screen name it.
const fn failed(fault: Fault) -> (ServiceCardFault, CardProblem) {
    match fault {
        Fault::PinBlocked => (ServiceCardFault::PinBlocked, CardProblem::PinBlocked),
        Fault::PinForm => (ServiceCardFault::Unusable, CardProblem::PinForm),
        Fault::NotAToken => (ServiceCardFault::Unusable, CardProblem::NotAToken),
        Fault::Unusable => (ServiceCardFault::Unusable, CardProblem::Unusable),
        Fault::LastTryKept | Fault::Unclear => (ServiceCardFault::Unclear, CardProblem::Unclear),
        Fault::Reader => (ServiceCardFault::Reader, CardProblem::Reader),
    }
}
