//! Dispensers without a shutter: the marker, one note to the reject unit, a small mix out through the exit, and what the
//! device says of it afterwards.

use senim_domain::cash::{Denomination, UnitMoved, UnitNo, UnitRequest};
use senim_hal::cash_dispenser::{CashDispenser, Command, Event, LastCommand, Movement};
use senim_hal::{Error, ErrorKind};
use senim_linux::clock::boottime;

use crate::line::{self, Line};
use crate::rig::{Outcome, Rig};

mod lcdm4000 {
    use super::{a_note_goes_to_the_reject_unit, a_small_mix_is_paid_and_remembered};
    use crate::rig::both_paces;

    both_paces!(Lcdm4000: a_note_goes_to_the_reject_unit, a_small_mix_is_paid_and_remembered);
}

mod lcdm2000 {
    use super::{a_note_goes_to_the_reject_unit, a_small_mix_is_paid_and_not_remembered};
    use crate::rig::both_paces;

    both_paces!(Lcdm2000: a_note_goes_to_the_reject_unit, a_small_mix_is_paid_and_not_remembered);
}

/// Notes asked for in the mix, by cassette.
const MIX: [(u8, u32); 2] = [(1, 1), (2, 2)];

/// A dispenser on its line, which has said who it is.
pub struct Bench<'a> {
    pub rig: &'a Rig,
    pub line: Line<Box<dyn CashDispenser + Send>>,
}

impl<'a> Bench<'a> {
    pub fn new(rig: &'a Rig) -> Result<Self, crate::rig::LeftOut> {
        rig.may_ask_dispenser()?;
        let line = line::dispenser(&rig.config);
        line.introduced(rig.answer_ms()).unwrap();
        Ok(Self { rig, line })
    }

    /// A command that moves notes, to its end.
    pub fn moved(&self, command: Command) -> Movement {
        let what = format!("the end of {command:?}");
        self.line
            .ask(command, &what, self.rig.mechanics_ms(), |event| match event {
                Event::Moved(movement) | Event::Marked(movement) => Some(Ok(movement.clone())),
                Event::MarkRefused { error, .. } | Event::Unanswered(error) => Some(Err(error.clone())),
                _ => None,
            })
            .unwrap()
    }

    pub fn number(&self, pointer: &str) -> Option<u64> {
        self.rig.control().map(|control| control.number(self.rig.dispenser(), pointer))
    }
}

/// What came of a command by cassette: (distributed, rejected), without cassettes that nothing came from.
fn counts(movement: &Movement) -> Vec<(u8, u32, u32)> {
    assert_eq!((&movement.error, movement.counts_in_doubt), (&None, false));
    let some = |unit: &&UnitMoved| unit.distributed + unit.rejected > 0;
    let counts = |unit: &UnitMoved| (unit.unit.0, unit.distributed, unit.rejected);
    movement.units.iter().filter(some).map(counts).collect()
}

pub fn request(units: &[(u8, u32)]) -> Vec<UnitRequest> {
    let request = |&(unit, notes): &(u8, u32)| UnitRequest {
        unit: UnitNo(unit),
        // The device knows places, not values.
        denomination: Denomination(0),
        notes,
    };
    units.iter().map(request).collect()
}

fn a_note_goes_to_the_reject_unit(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    rig.may_reject()?;
    assert_eq!(counts(&bench.moved(Command::Mark)), []);
    let counters = || {
        [
            "/cassettes/0/notes",
            "/cassettes/0/rejected",
            "/commands/test_dispense_count",
            "/commands/dispense_count",
        ]
        .map(|pointer| bench.number(pointer))
    };
    let before = counters();
    let movement = bench.moved(Command::TestDispense(UnitNo(1)));
    assert_eq!(counts(&movement), [(1, 0, 1)]);
    if let [Some(notes), Some(rejected), Some(tests), dispenses] = before {
        assert_eq!(counters(), [Some(notes - 1), Some(rejected + 1), Some(tests + 1), dispenses]);
    }
    Ok(())
}

/// Marks and pays the mix; a note that the device rejects on the way is replaced by it.
fn pay_mix(bench: &Bench<'_>) -> Movement {
    assert_eq!(counts(&bench.moved(Command::Mark)), []);
    let before = [0, 1].map(|unit| bench.number(&format!("/cassettes/{unit}/notes")));
    let executed = bench.number("/commands/dispense_count");
    let movement = bench.moved(Command::Dispense(request(&MIX)));
    let paid: Vec<_> =
        counts(&movement).into_iter().map(|(unit, distributed, _)| (unit, distributed)).collect();
    assert_eq!(paid, MIX);
    for ((unit, notes), before) in MIX.into_iter().zip(before) {
        let at = format!("/cassettes/{}/notes", unit - 1);
        assert_eq!(bench.number(&at), before.map(|before| before - u64::from(notes)));
    }
    assert_eq!(
        bench.number("/commands/dispense_count"),
        executed.map(|executed| executed + 1),
        "written once"
    );
    movement
}

fn last_status(bench: &Bench<'_>) -> Result<(LastCommand, Movement), Error> {
    bench.line.send(Command::LastStatus { not_before: boottime() });
    bench.line.wait("the last status", bench.rig.answer_ms(), |event| match event {
        Event::LastStatus { command, movement } => Some((*command, movement.clone())),
        _ => None,
    })
}

fn a_small_mix_is_paid_and_remembered(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    rig.may_pay()?;
    let movement = pay_mix(&bench);
    let (command, remembered) = last_status(&bench).unwrap();
    assert_eq!((command, remembered.units), (LastCommand::Dispense, movement.units));
    Ok(())
}

fn a_small_mix_is_paid_and_not_remembered(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    rig.may_pay()?;
    pay_mix(&bench);
    let refused = last_status(&bench).unwrap_err();
    assert_ne!(refused.kind, ErrorKind::Offline, "refused here, not by silence: {refused}");
    Ok(())
}
