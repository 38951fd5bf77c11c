//! The personal cabinet through the whole terminal: rows, line, gateway, core lending, and paper from the emulated printer.

use senim_domain::{Language, OperationId, Secret};
use senim_gateway_core::connectors::CabinetMessage;
use senim_operation::Body;
use senim_operation::body::CabinetPart;
use senim_operation::message::CabinetContent;
use senim_rig::services::iin;
use senim_rig::world::{Travel, World, WorldOptions};
use senim_runtime::Input;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::cabinet::{Function, NotShown, Slip, Stage};
use senim_session::state::{Errand, State};
use uuid::Uuid;

trait Visitor {
    fn decide(&mut self, decision: Decision);
    fn stage(&self) -> &Stage;
    fn until(&mut self, what: &str, holds: impl Fn(&World) -> bool);
    fn to_cabinet(&mut self);
    fn open(&mut self, function: Function);
}

impl Visitor for World {
    fn decide(&mut self, decision: Decision) {
        let step = self.kernel().session().step_no();
        self.input(Input::Action(Action::Decide { step, decision }));
    }

    fn stage(&self) -> &Stage {
        match self.kernel().session().state() {
            State::Cabinet(cabinet) => &cabinet.stage,
            other => panic!("no cabinet: {other:?}"),
        }
    }

    fn until(&mut self, what: &str, holds: impl Fn(&World) -> bool) {
        assert!(self.run_until(120_000, holds), "{what}: {:?}", self.kernel().session().state());
    }

    fn to_cabinet(&mut self) {
        self.input(Input::Action(Action::ChooseLanguage(Language::Ru)));
        let errands = self.kernel().session().errands(&self.stamp());
        let place = errands.iter().position(|(errand, _)| *errand == Errand::Cabinet).unwrap();
        self.decide(Decision::Choose(place));
        self.input(Input::Action(Action::SubmitIin(Secret::new(iin()))));
        self.until("a code is sent", |world| {
            matches!(world.kernel().session().state(), State::EnterCode { .. })
        });
        let code = self.mfo.last_code().unwrap();
        self.input(Input::Action(Action::SubmitCode(Secret::new(code))));
        self.until("logged in", |world| matches!(world.kernel().session().state(), State::Cabinet(_)));
    }

    fn open(&mut self, function: Function) {
        let functions = self.kernel().session().functions(&self.stamp());
        let place = functions.iter().position(|(one, _)| *one == function).unwrap();
        self.decide(Decision::Choose(place));
        self.until("the part has come", |world| world.stage().asked().is_none());
    }
}

fn looks(world: &World) -> Vec<CabinetPart> {
    let look = |body| match body {
        Body::CabinetRequested(row) => Some(row.part),
        _ => None,
    };
    world.bodies().into_iter().filter_map(look).collect()
}

/// A terminal at which somebody has borrowed, and stands before the cabinet again.
fn borrowed() -> World {
    let mut world = World::new(WorldOptions::default());
    world.visit();
    world.to_cabinet();
    world
}

#[test]
fn a_borrower_sees_debt_contract_and_application_and_takes_a_slip_home() {
    let mut world = borrowed();
    let receipts = world.printer.receipts();
    world.open(Function::Debt);
    let Stage::One { list, at: 0 } = world.stage() else { panic!("{:?}", world.stage()) };
    let CabinetContent::Debt(statements) = &list.content else { panic!() };
    assert_eq!(statements[0].debt.total_tiyn.tenge(), 100_000);
    world.decide(Decision::Confirm);
    world.until("the slip is out", |world| world.count("SlipPrinted") == 1);
    assert!(matches!(world.stage().slip(), Some((_, shown)) if shown.slip == Slip::Ended(true)));
    assert_eq!(world.printer.receipts(), receipts + 1);
    world.decide(Decision::Decline);
    world.open(Function::Contracts);
    assert!(matches!(world.stage(), Stage::One { .. }));
    // The very file that was signed, read again.
    let signed = world.mfo.services(|services| services.bookings[0].contract_sha256.clone());
    world.decide(Decision::Confirm);
    world.until("the file has come", |world| matches!(world.stage(), Stage::Reading { .. }));
    let Stage::Reading { file, .. } = world.stage() else { panic!() };
    assert_eq!(senim_operation::jws::sha256_b64(file.pdf.expose()), signed);
    world.input(Input::Action(Action::ContractRead));
    world.input(Input::Action(Action::Back));
    world.open(Function::Applications);
    let Stage::Listed(shown) = world.stage() else { panic!("{:?}", world.stage()) };
    let CabinetContent::Applications(all) = &shown.content else { panic!() };
    assert_eq!(all[0].state, senim_operation::message::ApplicationState::PaidOut);
    let number = world.mfo.services(|services| services.bookings[0].contract_number.clone());
    world.input(Input::Action(Action::Cancel));
    world.settle();
    use CabinetPart::{Applications, Contracts, Debt, Document};
    assert_eq!(looks(&world), [Debt, Contracts, Document, Applications]);
    assert!(world.rows().iter().all(|row| !row.compact.contains(&number)));
    assert!(matches!(world.kernel().session().state(), State::Idle));
}

#[test]
fn a_letter_goes_to_the_mfo_and_its_answer_is_read_at_the_next_look() {
    let mut world = borrowed();
    world.open(Function::Letters);
    world.decide(Decision::Choose(0));
    world.decide(Decision::Choose(1));
    world.decide(Decision::Enter(Secret::new("ТҮСТІ МЕ?".into())));
    world.until("the letter is received", |world| matches!(world.stage(), Stage::Sent { .. }));
    world.mfo.services(|services| {
        let (whose, letter) = services.letters[0].clone();
        assert_eq!(letter.text.expose(), "ТҮСТІ МЕ?");
        let answer = CabinetMessage {
            message: OperationId(Uuid::from_u128(0xa)),
            from_client: false,
            text: Secret::new("Түсті.".into()),
            ..letter
        };
        services.letters.insert(0, (whose, answer));
    });
    world.decide(Decision::Confirm);
    world.open(Function::Letters);
    world.decide(Decision::Choose(1));
    assert_eq!(world.stage().letter().unwrap().text.expose(), "Түсті.");
    assert!(world.rows().iter().all(|row| !row.compact.contains("ТҮСТІ")));
}

#[test]
fn with_the_line_lost_a_part_is_not_shown_and_nothing_late_appears() {
    let mut world = borrowed();
    world.line = Box::new(|_| Travel::Lost);
    let functions = world.kernel().session().functions(&world.stamp());
    let place = functions.iter().position(|(one, _)| *one == Function::Debt).unwrap();
    world.decide(Decision::Choose(place));
    world.until("given up", |world| matches!(world.stage(), Stage::NotShown(NotShown::TryLater)));
    world.line = Box::new(|_| Travel::Good);
    world.run_until(20_000, |_| false);
    assert!(matches!(world.stage(), Stage::NotShown(NotShown::TryLater)), "{:?}", world.stage());
    world.decide(Decision::Confirm);
    world.open(Function::Debt);
    assert!(matches!(world.stage(), Stage::One { .. }));
}
