//! A dispenser with a shutter: stacked, presented, taken; or left and taken back.

use senim_hal::cash_dispenser::{Command, Event, Presentation, Shutter};
use senim_linux::clock::boottime;
use serde_json::json;

use crate::dispenser::{Bench, request};
use crate::rig::{Outcome, Rig, both_paces};

both_paces!(Presenter: notes_are_stacked_presented_and_taken, notes_left_are_taken_back);

/// Notes of the bundle.
const NOTES: u32 = 3;

impl Bench<'_> {
    fn presentation(&self, command: Command) -> Presentation {
        let what = format!("the end of {command:?}");
        let told = self.line.ask(command, &what, self.rig.mechanics_ms(), |event| match event {
            Event::Presented(told) | Event::Retracted(told) | Event::PresentStatus(told) => {
                Some(Ok(told.clone()))
            }
            Event::Unanswered(error) => Some(Err(error.clone())),
            _ => None,
        });
        let told = told.unwrap();
        assert_eq!((&told.error, told.counts_in_doubt), (&None, false));
        told
    }

    fn asked(&self) -> Presentation {
        self.presentation(Command::PresentStatus { not_before: boottime() })
    }

    /// Stacks the bundle and opens the shutter.
    fn present(&self) {
        self.moved(Command::Mark);
        let movement = self.moved(Command::Dispense(request(&[(1, 1), (3, NOTES - 1)])));
        assert_eq!((movement.distributed(), &movement.error), (NOTES, &None));
        let stacked = self.asked();
        assert_eq!((stacked.shutter, stacked.lying(), stacked.taken()), (Shutter::Closed, NOTES, 0));
        let presented = self.presentation(Command::Present);
        assert_eq!((presented.shutter, presented.lying()), (Shutter::Open, NOTES));
    }
}

fn notes_are_stacked_presented_and_taken(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    rig.may_pay()?;
    let device = rig.dispenser();
    rig.cause("take the notes that are presented now", |control| {
        control.set(device, &json!({ "people": "take", "take_after_ms": 600 }));
    });
    let counters = || ["/cassettes/0/taken", "/cassettes/2/taken"].map(|pointer| bench.number(pointer));
    let before = counters();
    bench.present();
    let taken = bench.line.until("the notes to be taken", rig.cause_ms(), |event| match event {
        Event::ItemsTaken(told) => Some(told.clone()),
        _ => None,
    });
    assert_eq!((taken.shutter, taken.lying(), taken.taken()), (Shutter::Closed, 0, NOTES));
    assert_eq!(bench.asked(), taken);
    if let [Some(first), Some(third)] = before {
        assert_eq!(counters(), [Some(first + 1), Some(third + u64::from(NOTES - 1))]);
    }
    Ok(())
}

fn notes_left_are_taken_back(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    rig.may_pay()?;
    let device = rig.dispenser();
    rig.cause("leave the notes that are presented now", |control| {
        control.set(device, &json!({ "people": "leave" }));
    });
    let counters =
        || ["/commands/retract_count", "/cassettes/2/retracted"].map(|pointer| bench.number(pointer));
    let before = counters();
    bench.present();
    let retracted = bench.presentation(Command::Retract);
    assert_eq!((retracted.shutter, retracted.lying()), (Shutter::Closed, 0));
    assert_eq!((retracted.retracted(), retracted.taken()), (NOTES, 0));
    assert_eq!(bench.asked(), retracted);
    if let [Some(retracts), Some(third)] = before {
        assert_eq!(counters(), [Some(retracts + 1), Some(third + u64::from(NOTES - 1))]);
    }
    Ok(())
}
