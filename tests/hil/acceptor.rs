//! Notes at the acceptor's mouth, and its cassette.

use senim_domain::cash::Denomination;
use senim_hal::cash_acceptor::{CashAcceptor, Command, Event, Refusal, Stacker};
use serde_json::json;

use crate::line::{self, Line};
use crate::rig::{LeftOut, Outcome, Rig, both_paces};

both_paces!(
    Any: a_note_in_escrow_goes_back, a_note_in_escrow_is_stacked_once, a_note_that_is_not_enabled_is_refused,
    the_cassette_goes_out_and_comes_back,
);

/// An acceptor at rest, and the two smallest notes that it knows.
struct Bench<'a> {
    rig: &'a Rig,
    line: Line<Box<dyn CashAcceptor + Send>>,
    notes: [Denomination; 2],
}

impl<'a> Bench<'a> {
    fn new(rig: &'a Rig) -> Result<Self, LeftOut> {
        let line = line::acceptor(&rig.config).ok_or_else(|| LeftOut("no acceptor".to_owned()))?;
        let known = line.ask(Command::Status, "the status", rig.answer_ms(), |event| match event {
            Event::Status { denominations, .. } => Some(denominations.clone()),
            _ => None,
        });
        let [a, b, ..] = known[..] else { panic!("{known:?}") };
        let bench = Self { rig, line, notes: [a, b] };
        // A device that got its power takes no note before a reset.
        bench.ask(Command::Reset, |event| (*event == Event::ResetDone).then_some(()));
        Ok(bench)
    }

    fn ask<T>(&self, command: Command, take: impl FnMut(&Event) -> Option<T>) -> T {
        let what = format!("the end of {command:?}");
        self.line.ask(command, &what, self.rig.mechanics_ms(), take)
    }

    fn enable(&self, notes: &[Denomination]) {
        self.ask(Command::Enable(notes.to_vec()), |event| (*event == Event::Enabled).then_some(()));
    }

    fn insert(&self, note: Denomination) {
        let ask = format!("put a note of {} tenge into the acceptor", note.0);
        self.rig.cause(&ask, |control| control.set("acceptor", &json!({ "insert": note.0 })));
    }

    /// Inserts a note and waits for it in escrow.
    fn escrow(&self, note: Denomination) {
        self.insert(note);
        let came = self.line.until("a note in escrow", self.rig.cause_ms(), |event| match event {
            Event::Escrowed(came) => Some(*came),
            _ => None,
        });
        assert_eq!(came, note);
    }

    /// The end of Stack or Return.
    fn settled(&self, command: Command) -> Event {
        self.ask(command, |event| match event {
            Event::Stacked(_) | Event::Returned(_) | Event::Jammed { .. } | Event::Unanswered(_) => {
                Some(event.clone())
            }
            _ => None,
        })
    }

    /// Takes no more notes; nothing more was told of any.
    fn disable(&self) {
        self.ask(Command::Disable, |event| match event {
            Event::Disabled => Some(()),
            Event::Stacked(_) | Event::Returned(_) | Event::Escrowed(_) | Event::Contradiction { .. } => {
                panic!("told beyond the end: {event:?}")
            }
            _ => None,
        });
    }

    /// Notes in the emulator's cassette.
    fn in_cassette(&self) -> Option<u64> {
        let state = self.rig.control()?.state("acceptor");
        let notes = state["cassette"]["notes"].as_object().unwrap();
        Some(notes.values().map(|count| count.as_u64().unwrap()).sum())
    }
}

fn a_note_in_escrow_goes_back(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    let [note, other] = bench.notes;
    let before = bench.in_cassette();
    bench.enable(&[note, other]);
    bench.escrow(note);
    assert_eq!(bench.settled(Command::Return), Event::Returned(note));
    bench.disable();
    assert_eq!(bench.in_cassette(), before);
    Ok(())
}

fn a_note_in_escrow_is_stacked_once(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    rig.may_pay()?;
    let [_, note] = bench.notes;
    let before = bench.in_cassette();
    bench.enable(&[note]);
    bench.escrow(note);
    assert_eq!(bench.settled(Command::Stack), Event::Stacked(note));
    bench.disable();
    assert_eq!(bench.in_cassette(), before.map(|notes| notes + 1));
    Ok(())
}

fn a_note_that_is_not_enabled_is_refused(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    let [note, other] = bench.notes;
    bench.enable(&[note]);
    bench.insert(other);
    let reason = bench.line.until("a refusal", rig.cause_ms(), |event| match event {
        Event::Refused { reason, .. } => Some(*reason),
        Event::Escrowed(_) => panic!("taken: {event:?}"),
        _ => None,
    });
    assert_eq!(reason, Refusal::NotEnabled);
    bench.disable();
    Ok(())
}

fn the_cassette_goes_out_and_comes_back(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    for (ask, seated, told) in [
        ("take the acceptor's cassette out", false, Stacker::Missing),
        ("put the acceptor's cassette back", true, Stacker::Ok),
    ] {
        rig.cause(ask, |control| control.set("acceptor", &json!({ "cassette": seated })));
        let what = format!("the cassette to be {told:?}");
        bench.line.until(&what, rig.cause_ms(), |event| (*event == Event::Stacker(told)).then_some(()));
    }
    // It is in its work again.
    bench.ask(Command::Reset, |event| (*event == Event::ResetDone).then_some(()));
    bench.enable(&bench.notes);
    bench.disable();
    Ok(())
}
