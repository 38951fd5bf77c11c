//! Repayments through the whole terminal: notes at the emulated acceptor, bytes on its line, rows, gateway, core lending.

use senim_domain::contract_number::ContractNumber;
use senim_domain::rule_pack::Service;
use senim_domain::{Language, Secret, Tiyn};
use senim_emulators::machine::Machine;
use senim_operation::Body;
use senim_operation::body::RepaymentEnded;
use senim_rig::Mfo;
use senim_rig::mfo::pack;
use senim_rig::world::{Eye, Travel, World, WorldOptions};
use senim_runtime::Input;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::repayment::{CodeFault, NumberError, Phase, READ_MS, Repay};
use senim_session::state::{Errand, State};
use senim_world::picture::Picture;

fn world() -> World {
    world_with(WorldOptions::default())
}

fn world_with(options: WorldOptions) -> World {
    let mut pack = pack();
    pack.allowed_operations.insert(Service::Repayment);
    let options = WorldOptions { acceptor: true, ..options };
    let mut world = World::with(options, Mfo::with(pack));
    let well = world.run_until(60_000, |world| world.errand(Errand::Repay).is_some());
    assert!(well, "the acceptor is reset and well");
    world
}

trait Payer {
    fn errand(&self, errand: Errand) -> Option<usize>;
    fn decide(&mut self, decision: Decision);
    fn phase(&self) -> Option<Phase>;
    fn to_code(&mut self);
    fn repay(&self) -> &Repay;
    fn to_insert(&mut self, number: &str);
    fn put(&mut self, value: u32);
    fn ended(&self) -> Vec<RepaymentEnded>;
}

impl Payer for World {
    fn errand(&self, errand: Errand) -> Option<usize> {
        let session = self.kernel().session();
        let errands = session.errands(&self.stamp());
        errands.iter().position(|(offered, why_not)| *offered == errand && why_not.is_none())
    }

    fn decide(&mut self, decision: Decision) {
        let step = self.kernel().session().step_no();
        self.input(Input::Action(Action::Decide { step, decision }));
    }

    fn phase(&self) -> Option<Phase> {
        self.kernel().session().taking().map(|taking| taking.phase)
    }

    fn to_code(&mut self) {
        self.input(Input::Action(Action::ChooseLanguage(Language::Ru)));
        let place = self.errand(Errand::Repay).unwrap();
        self.decide(Decision::Choose(place));
        self.decide(Decision::Choose(2));
    }

    fn repay(&self) -> &Repay {
        match self.kernel().session().state() {
            State::Repay(repay) => repay,
            other => panic!("{other:?}"),
        }
    }

    fn to_insert(&mut self, number: &str) {
        self.input(Input::Action(Action::ChooseLanguage(Language::Ru)));
        let place = self.errand(Errand::Repay).unwrap();
        self.decide(Decision::Choose(place));
        if matches!(self.kernel().session().state(), State::Repay(repay) if matches!(**repay, Repay::Way)) {
            self.decide(Decision::Choose(1));
        }
        self.decide(Decision::Enter(Secret::new(number.to_owned())));
        let told = self.run_until(60_000, |world| {
            matches!(world.kernel().session().state(), State::Repay(repay) if matches!(**repay, Repay::Terms { .. }))
        });
        assert!(told, "{:?}", self.kernel().session().state());
        self.decide(Decision::Confirm);
        assert!(self.run_until(20_000, |world| world.phase() == Some(Phase::Ready)), "{:?}", self.phase());
    }

    fn put(&mut self, value: u32) {
        let now = self.now;
        self.acceptor.insert(value, None, now).unwrap();
        self.run_until(3_000, |_| false);
    }

    fn ended(&self) -> Vec<RepaymentEnded> {
        let ended = |body| match body {
            Body::RepaymentEnded(row) => Some(row),
            _ => None,
        };
        self.bodies().into_iter().filter_map(ended).collect()
    }
}

fn tenge(sum: u64) -> Tiyn {
    Tiyn::from_tenge(sum).unwrap()
}

/// A contract of a loan that was paid out here.
fn number(world: &World) -> String {
    world.mfo.services(|services| services.bookings[0].contract_number.clone())
}

#[test]
fn a_relative_pays_a_loan_by_its_number_and_every_note_is_where_the_books_say() {
    let mut world = world();
    world.visit();
    let number = number(&world);
    assert!(ContractNumber::parse(&number).is_ok());
    world.to_insert(&number);
    for value in [5_000, 10_000, 2_000] {
        world.put(value);
    }
    world.decide(Decision::Confirm);
    let done = world.run_until(60_000, |world| world.count("RepaymentReceiptPrinted") == 1);
    assert!(done, "{:?} {:?}", world.kernel().session().state(), world.log);
    world.settle();
    assert_eq!(world.ended()[0].amount_tiyn, tenge(17_000));
    world.mfo.services(|services| {
        assert_eq!(services.repaid.len(), 1);
        assert_eq!(services.repaid[0].amount_tiyn, tenge(17_000));
    });
    assert!(world.acceptor.ledger().inserted.values().sum::<u64>() == 3);
    assert_eq!(world.acceptor.cassette().notes.values().sum::<u64>(), 3);
    assert_eq!(world.kernel().session().durable().acceptor.in_stacker(), 3);
    assert_eq!(world.acceptor.frames(0x35), 3, "STACK once for each note");
    assert_eq!(world.acceptor.masks().0, 0, "closed when nobody pays");
    // The number is in no row, and in nothing that the gateway keeps in clear.
    assert!(world.rows().iter().all(|row| !row.compact.contains(&number)));
}

#[test]
fn the_receipt_of_a_payment_shown_to_the_camera_pays_the_next_one() {
    let mut world = world_with(WorldOptions { receipts: true, ..WorldOptions::default() });
    world.visit();
    let number = number(&world);
    world.to_insert(&number);
    world.put(5_000);
    while Machine::poll_artifact(&mut world.printer).is_some() {}
    world.decide(Decision::Confirm);
    assert!(world.run_until(60_000, |world| world.count("RepaymentReceiptPrinted") == 1), "{:?}", world.log);
    world.settle();
    world.decide(Decision::Confirm);
    let paper = Machine::poll_artifact(&mut world.printer).expect("the receipt came out");
    world.eye = Eye::Receipt(Picture::from_png(&paper.bytes).unwrap());
    world.to_code();
    let told = world.run_until(60_000, |world| matches!(world.repay(), Repay::Terms { .. }));
    assert!(told, "{:?}", world.repay());
    world.decide(Decision::Confirm);
    assert!(world.run_until(20_000, |world| world.phase() == Some(Phase::Ready)), "{:?}", world.phase());
    world.put(10_000);
    world.decide(Decision::Confirm);
    assert!(world.run_until(60_000, |world| world.count("RepaymentReceiptPrinted") == 2), "{:?}", world.log);
    world.settle();
    world.mfo.services(|services| {
        assert_eq!(services.repaid.len(), 2);
        assert_eq!(services.repaid[1].amount_tiyn, tenge(10_000));
        assert_eq!(services.repaid[0].loan, services.repaid[1].loan);
    });
    assert!(world.rows().iter().all(|row| !row.compact.contains(&number)));
    assert!(world.log.iter().all(|line| !line.contains(&number)));
}

#[test]
fn a_foreign_code_and_no_code_at_all_lead_to_the_typed_number() {
    let mut world = world();
    world.eye = Eye::Code("https://egov.kz".to_owned());
    world.to_code();
    let foreign = world.run_until(
        5_000,
        |world| matches!(world.repay(), Repay::Reading(reading) if reading.fault == Some(CodeFault::Foreign)),
    );
    assert!(foreign, "{:?}", world.repay());
    let over = world.run_until(READ_MS, |world| matches!(world.repay(), Repay::Number { .. }));
    assert!(over);
    assert!(matches!(world.repay(), Repay::Number { error: Some(NumberError::NoCode) }));
    world.eye = Eye::Anything;
    world.decide(Decision::Decline);
    assert!(world.run_until(READ_MS + 1_000, |world| matches!(world.repay(), Repay::Number { .. })));
    assert_eq!(world.count("ContractNumberSubmitted"), 0);
}

#[test]
fn offline_money_is_taken_up_to_the_cap_and_entered_when_the_line_is_back() {
    let mut world = world();
    world.visit();
    let number = number(&world);
    world.line = Box::new(|_| Travel::Lost);
    assert!(world.run_until(300_000, |world| !world.kernel().session().facts().online));
    world.to_insert(&number);
    world.put(20_000);
    world.decide(Decision::Confirm);
    assert!(world.run_until(60_000, |world| world.count("RepaymentReceiptPrinted") == 1));
    world.mfo.services(|services| assert!(services.repaid.is_empty()));
    world.line = Box::new(|_| Travel::Good);
    world.settle();
    world.mfo.services(|services| {
        assert_eq!(services.repaid.len(), 1);
        assert_eq!(services.repaid[0].amount_tiyn, tenge(20_000));
    });
}

#[test]
fn a_power_cut_at_every_row_of_a_repayment_loses_no_note_and_credits_none_twice() {
    for kind in ["RepaymentBegun", "NoteEscrowed", "NoteStacked", "RepaymentEnded"] {
        for side in ["before", "after"] {
            let mut world = world();
            world.visit();
            let number = number(&world);
            world.kill();
            world.start(Some(&format!("{side}:{kind}:1")));
            assert!(world.run_until(300_000, |world| world.errand(Errand::Repay).is_some()), "{side} {kind}");
            pay_until_dark(&mut world, &number);
            assert!(world.halted(), "{side} {kind}");
            world.cut_power();
            world.start(None);
            world.run_until(60_000, |_| false);
            world.settle();
            let credited: u32 =
                world.ended().iter().flat_map(|row| &row.accepted).map(|count| count.notes).sum();
            let doubts: u32 =
                world.ended().iter().flat_map(|row| &row.in_doubt).map(|count| count.notes).sum();
            let kept = u32::try_from(world.acceptor.cassette().notes.values().sum::<u64>()).unwrap();
            assert!(
                credited <= kept && kept <= credited + doubts,
                "{side} {kind}: {credited} {doubts} {kept}"
            );
            assert_eq!(world.count("RepaymentBegun"), world.ended().len(), "{side} {kind}");
            let entered = world.mfo.services(|services| services.repaid.len());
            assert_eq!(entered, usize::from(credited > 0), "{side} {kind}");
        }
    }
}

/// As far as the halting point lets the payer come.
fn pay_until_dark(world: &mut World, number: &str) {
    world.input(Input::Action(Action::ChooseLanguage(Language::Ru)));
    let place = world.errand(Errand::Repay).unwrap();
    world.decide(Decision::Choose(place));
    world.decide(Decision::Choose(1));
    world.decide(Decision::Enter(Secret::new(number.to_owned())));
    world.run_until(60_000, |world| {
        matches!(world.kernel().session().state(), State::Repay(repay) if matches!(**repay, Repay::Terms { .. }))
    });
    world.decide(Decision::Confirm);
    world.run_until(20_000, |world| world.phase() == Some(Phase::Ready));
    if world.halted() {
        return;
    }
    let now = world.now;
    world.acceptor.insert(5_000, None, now).unwrap();
    world.run_until(5_000, |_| false);
    if world.halted() {
        return;
    }
    world.decide(Decision::Confirm);
    world.run_until(60_000, |_| false);
}
