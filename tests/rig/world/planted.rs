//! Where a mistake of [`crate::planted`] sits: between kernel and drivers, between the line and the far end, on the disk.

use std::path::PathBuf;

use senim_domain::cash::{UnitMoved, UnitNo, UnitRequest};
use senim_hal::cash_acceptor::{self, CashAcceptor as _};
use senim_hal::cash_dispenser::{self, CashDispenser as _, Command, LastCommand, Movement};
use senim_runtime::Input;
use senim_session::Action;
use senim_session::event::Peripheral;
use senim_sync::wire::Acknowledgement;
use senim_sync::{Answer, Request};

use super::{Due, World};
use crate::far::Far;
use crate::planted::Bug;

/// What a mistake remembers.
#[derive(Default)]
pub(super) struct Mistake {
    /// The cash command under way at the dispenser.
    under_way: Option<Command>,
    /// It was done once more already, or too early.
    done: bool,
    /// An event that is told later.
    held: Option<cash_dispenser::Event>,
    /// The same of the acceptor.
    note: Option<cash_acceptor::Event>,
    /// The kernel's next Stack is not for the device.
    stacked: bool,
    /// The disk before its last transaction, or at its last start, and the rows on it.
    disk: Option<(u64, Files)>,
    newer: Option<(u64, Files)>,
}

type Files = Vec<(PathBuf, Vec<u8>)>;

fn nothing() -> Movement {
    let units = (1..=4).map(|unit| UnitMoved { unit: UnitNo(unit), distributed: 0, rejected: 0 }).collect();
    Movement { units, error: None, counts_in_doubt: false }
}

fn all(notes: &[UnitRequest]) -> Movement {
    let mut movement = nothing();
    for request in notes {
        let unit = movement.units.iter_mut().find(|moved| moved.unit == request.unit);
        unit.expect("one of four").distributed += request.notes;
    }
    movement
}

const fn other(unit: UnitNo) -> UnitNo {
    match unit.0 {
        1 => UnitNo(2),
        2 => UnitNo(1),
        _ => unit,
    }
}

impl<F: Far> World<F> {
    fn has(&self, bug: Bug) -> bool {
        self.options.bug == Some(bug)
    }

    fn open_bundle(&self) -> Vec<UnitRequest> {
        let open = self.kernel().session().durable().open.as_ref();
        open.map(|open| open.current().to_vec()).unwrap_or_default()
    }

    fn dispenser_says(&mut self, event: cash_dispenser::Event) {
        self.later(0, Due::Input(Input::Dispenser(event)));
    }

    /// What the driver is told instead, if anything.
    pub(super) fn mistaken_command(&mut self, command: Command) -> Option<Command> {
        let Some(bug) = self.options.bug else { return Some(command) };
        let told = match (bug, command) {
            (Bug::DispenseNotSent, Command::Dispense(notes)) => {
                self.dispenser_says(cash_dispenser::Event::Moved(all(&notes)));
                None
            }
            (Bug::DispenseBeforeArming, Command::Dispense(_)) => None,
            (Bug::MarkerNotSent, Command::Mark) => {
                self.dispenser_says(cash_dispenser::Event::Marked(nothing()));
                None
            }
            (Bug::LastStatusNothing, Command::LastStatus { .. }) => {
                let (command, movement) = (LastCommand::Marker, nothing());
                self.dispenser_says(cash_dispenser::Event::LastStatus { command, movement });
                None
            }
            (Bug::LastStatusAll, Command::LastStatus { .. }) => {
                let (command, movement) = (LastCommand::Dispense, all(&self.open_bundle()));
                self.dispenser_says(cash_dispenser::Event::LastStatus { command, movement });
                None
            }
            (Bug::DispenseAfterStart, Command::LastStatus { .. }) => {
                Some(Command::Dispense(self.open_bundle()))
            }
            (Bug::ResetAtStart, Command::Status) if !std::mem::replace(&mut self.mistake.done, true) => {
                Some(Command::Reset)
            }
            (Bug::CassettesSwapped, Command::Dispense(notes)) => {
                let swapped = notes.into_iter().map(|note| UnitRequest { unit: other(note.unit), ..note });
                Some(Command::Dispense(swapped.collect()))
            }
            (_, command) => Some(command),
        };
        if matches!(told, Some(Command::Dispense(_) | Command::Mark)) {
            self.mistake.under_way.clone_from(&told);
            self.mistake.done = false;
        }
        told
    }

    /// What the kernel hears of it.
    pub(super) fn mistaken_event(&mut self, event: cash_dispenser::Event) -> Vec<cash_dispenser::Event> {
        use cash_dispenser::Event;
        let Some(bug) = self.options.bug else { return vec![event] };
        let again = match (bug, &event) {
            (Bug::DispenseTwice, Event::Moved(_)) | (Bug::DispenseAfterSilence, Event::Unanswered(_)) => {
                matches!(self.mistake.under_way, Some(Command::Dispense(_)))
            }
            (Bug::DispenseAfterError, Event::Moved(movement)) => movement.error.is_some(),
            (Bug::MarkerTwice, Event::Marked(_)) => true,
            _ => false,
        };
        if again
            && !self.mistake.done
            && let Some(command) = self.mistake.under_way.clone()
        {
            self.mistake.done = true;
            self.dispenser_driver.begin(command, self.mono()).unwrap();
            return Vec::new();
        }
        match (bug, event) {
            (Bug::DispenseBeforeArming, marked @ Event::Marked(_)) => {
                self.mistake.held = Some(marked);
                let notes = self.open_bundle();
                self.dispenser_driver.begin(Command::Dispense(notes), self.mono()).unwrap();
                Vec::new()
            }
            (Bug::DispenseBeforeArming, event) => {
                self.mistake.held.take().into_iter().chain([event]).collect()
            }
            (Bug::SilenceIsNothing, Event::Unanswered(_)) => vec![Event::Moved(nothing())],
            (_, Event::Moved(movement)) => vec![Event::Moved(counted(bug, movement))],
            (Bug::StaleLastStatus, Event::LastStatus { command: LastCommand::Marker, .. }) => {
                let error = Some(senim_hal::Error::new(senim_hal::ErrorKind::HardwareError, "it says so"));
                let movement = Movement { error, ..nothing() };
                vec![Event::LastStatus { command: LastCommand::Dispense, movement }]
            }
            (_, Event::LastStatus { command, movement }) => {
                vec![Event::LastStatus { command, movement: counted(bug, movement) }]
            }
            (_, event) => vec![event],
        }
    }

    /// What the acceptor's driver is told instead, if anything.
    pub(super) fn mistaken_acceptance(
        &mut self,
        command: cash_acceptor::Command,
    ) -> Option<cash_acceptor::Command> {
        if command == cash_acceptor::Command::Stack && std::mem::take(&mut self.mistake.stacked) {
            if let Some(event) = self.mistake.note.take() {
                self.later(0, Due::Input(Input::Peripheral(Peripheral::Acceptor(event))));
            }
            return None;
        }
        Some(command)
    }

    /// What the kernel hears of the acceptor.
    pub(super) fn mistaken_note(&mut self, event: cash_acceptor::Event) -> Vec<cash_acceptor::Event> {
        use cash_acceptor::Event;
        match (self.options.bug, event) {
            // The device says "stacked" again, and the driver takes it for another note.
            (Some(Bug::CreditedTwice), Event::Stacked(note)) => {
                self.mistake.stacked = true;
                self.mistake.note = Some(Event::Stacked(note));
                vec![Event::Stacked(note), Event::Escrowed(note)]
            }
            (Some(Bug::StackedBeforeRow), Event::Escrowed(_)) => {
                self.acceptor_driver.begin(cash_acceptor::Command::Stack, self.mono()).unwrap();
                Vec::new()
            }
            (Some(Bug::StackedBeforeRow), Event::Stacked(note)) => {
                self.mistake.stacked = true;
                self.mistake.note = Some(Event::Stacked(note));
                vec![Event::Escrowed(note)]
            }
            (_, event) => vec![event],
        }
    }

    /// What comes back for a request, mistakes of the far end with it.
    pub(super) fn far_answers(&mut self, request: &Request) -> Answer {
        let paid = self.options.bug.is_some() && self.count("PayoutEnded") > 0;
        if let Request::Operations { rows } = request
            && self.has(Bug::AckedBeforeCommit)
            && paid
            && !std::mem::replace(&mut self.mistake.done, true)
        {
            let last = self.rows().into_iter().rfind(|row| rows.contains(&row.compact));
            let (acked_seq, acked_hash) = last.map(|row| (row.envelope.seq, row.hash)).unzip();
            return Answer::Operations(Acknowledgement {
                acked_seq,
                acked_hash,
                replies: Vec::new(),
                missing: Vec::new(),
                archived: Vec::new(),
                inbox: 0,
                rewind: None,
            });
        }
        match self.mfo.answer(&self.terminal, request, self.utc()) {
            Answer::Operations(ack) if self.has(Bug::WatermarkAhead) && paid => {
                Answer::Operations(Acknowledgement { acked_seq: ack.acked_seq.map(|seq| seq + 1), ..ack })
            }
            answer => answer,
        }
    }

    /// Before a step: what was typed, and the disk as it is.
    pub(super) fn mistake_of_the_disk(&mut self, input: &Input) {
        if self.has(Bug::TypedIsKept)
            && let Input::Action(Action::SubmitIin(iin)) = input
        {
            std::fs::write(self.dir.path().join("typed.log"), iin.expose()).unwrap();
        }
        if self.has(Bug::NoSync) {
            let rows = self.kernel().next_seq();
            if self.mistake.newer.as_ref().is_none_or(|(seen, _)| *seen < rows) {
                let files = self.files();
                self.mistake.disk = self.mistake.newer.replace((rows, files));
            }
        }
    }

    /// When a process begins.
    pub(super) fn mistake_of_a_start(&mut self) {
        if !self.has(Bug::NoSync) && !self.has(Bug::DiskPutBack) {
            return;
        }
        self.mistake.newer = None;
        if let Some((_, files)) = self.mistake.disk.take() {
            for (path, _) in self.files() {
                std::fs::remove_file(path).unwrap();
            }
            files.into_iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
        }
        if self.has(Bug::DiskPutBack) && self.starts > 1 {
            self.mistake.disk = Some((0, self.files()));
        }
    }

    fn files(&self) -> Files {
        let entries = std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }
}

/// Counts as a mistaken driver tells them.
fn counted(bug: Bug, mut movement: Movement) -> Movement {
    match bug {
        Bug::OneNoteLess => {
            if let Some(unit) = movement.units.iter_mut().find(|unit| unit.distributed > 0) {
                unit.distributed -= 1;
            }
        }
        Bug::RejectsNotTold => movement.units.iter_mut().for_each(|unit| unit.rejected = 0),
        Bug::CassettesSwapped => {
            movement.units.iter_mut().for_each(|unit| unit.unit = other(unit.unit));
            movement.units.sort_by_key(|unit| unit.unit);
        }
        _ => {}
    }
    movement
}
