//! Dispensers. A command that moves cash writes its frame once or not at all, and fails only where nothing was written.

use senim_domain::Mono;
use senim_domain::cash::{Denomination, UnitNo, UnitRequest};
use senim_drivers::{Lcdm2000, Lcdm4000, Presenter, lcdm2000, lcdm4000, presenter};
use senim_hal::cash_dispenser::{CashDispenser, Command, Event};
use senim_hal::{Error, LineDriver};

use super::frames;
use super::{Heard, Subject, play};

/// What differs between the devices on the wire.
struct Wire {
    /// Whether a host frame moves cash.
    moves: fn(&[u8]) -> bool,
    framed: fn(&[u8], &[u8]) -> Vec<u8>,
    sensible: fn(&[u8], u8) -> Vec<u8>,
    /// A present or retract that the device refuses fails although it was written.
    refuses: bool,
}

struct Dispenser<D> {
    driver: D,
    wire: Wire,
    command: Command,
    /// Frames of the command under way that move cash.
    moving: usize,
    on_wire: usize,
    accepted: usize,
}

fn dispenser<D: CashDispenser + std::fmt::Debug>(driver: D, wire: Wire, script: &[u8]) {
    let subject = Dispenser { driver, wire, command: Command::Status, moving: 0, on_wire: 0, accepted: 0 };
    play(subject, script);
}

fn command(which: u8, now: Mono) -> Command {
    let more = which >> 4;
    let later = now.plus_ms(u64::from(more) * 2_000);
    let request = |unit, notes: u8| UnitRequest {
        unit: UnitNo(unit),
        denomination: Denomination(5_000),
        notes: notes.into(),
    };
    match which & 0x0F {
        0 | 1 => Command::Status,
        2 => Command::Mark,
        3 => Command::LastStatus { not_before: later },
        4 => Command::Reset,
        5 => Command::TestDispense(UnitNo(more)),
        6 => Command::Present,
        7 => Command::Retract,
        8 => Command::PresentStatus { not_before: later },
        9 | 10 => Command::Dispense(vec![request(1, more)]),
        11 => Command::Dispense(vec![request(2, more)]),
        12 => Command::Dispense(vec![request(more, 3), request(more, 1)]),
        _ => Command::Dispense(vec![request(1, 2), request(2, more)]),
    }
}

const fn moves_cash(command: &Command) -> bool {
    match command {
        Command::Status | Command::LastStatus { .. } | Command::PresentStatus { .. } => false,
        Command::Mark
        | Command::Dispense(_)
        | Command::TestDispense(_)
        | Command::Present
        | Command::Retract
        | Command::Reset => true,
    }
}

impl<D: CashDispenser + std::fmt::Debug> Subject for Dispenser<D> {
    fn line(&mut self) -> &mut dyn LineDriver {
        &mut self.driver
    }

    fn begin(&mut self, which: u8, now: Mono) -> Result<(), Error> {
        let command = command(which, now);
        self.driver.begin(command.clone(), now)?;
        (self.command, self.moving, self.on_wire, self.accepted) = (command, 0, 0, 0);
        Ok(())
    }

    fn hear(&mut self, pending: bool) -> Option<Heard> {
        let event = self.driver.poll_event()?;
        let command = &self.command;
        let dispensing = pending && matches!(command, Command::Dispense(_));
        let fits = match &event {
            Event::Line { open } => return Some(Heard::Line(*open)),
            Event::OnWire => {
                self.on_wire += 1;
                assert!(
                    dispensing && self.on_wire == 1 && self.moving == 1,
                    "a dispense is on the wire once"
                );
                return Some(Heard::Other);
            }
            Event::Accepted => {
                self.accepted += 1;
                assert!(dispensing && self.accepted == 1 && self.moving == 1, "a dispense is accepted once");
                return Some(Heard::Other);
            }
            // It may be of a present that an earlier run asked for.
            Event::ItemsTaken(_) => return Some(Heard::Other),
            Event::Status { .. } => *command == Command::Status,
            Event::Marked(_) | Event::MarkRefused { .. } => *command == Command::Mark,
            Event::Moved(_) => {
                matches!(command, Command::Dispense(_) | Command::TestDispense(_) | Command::Reset)
            }
            Event::Presented(_) => *command == Command::Present,
            Event::Retracted(_) => *command == Command::Retract,
            Event::PresentStatus(_) => matches!(command, Command::PresentStatus { .. }),
            Event::LastStatus { .. } => matches!(command, Command::LastStatus { .. }),
            Event::Unanswered(_) => moves_cash(command) && self.moving == 1,
            Event::Failed(_) => {
                let refused = self.wire.refuses && matches!(command, Command::Present | Command::Retract);
                self.moving == 0 || refused
            }
        };
        assert!(fits, "{command:?}, of which {} frames were written, ends with {event:?}", self.moving);
        Some(Heard::End)
    }

    fn sent(&mut self, bytes: &[u8], pending: bool) {
        if (self.wire.moves)(bytes) {
            self.moving += 1;
            assert!(pending && moves_cash(&self.command), "{bytes:02x?} moves cash and nobody asked");
            assert_eq!(self.moving, 1, "{bytes:02x?} was written twice");
        }
    }

    fn framed(&self, last: &[u8], payload: &[u8]) -> Vec<u8> {
        (self.wire.framed)(last, payload)
    }

    fn sensible(&self, last: &[u8], which: u8) -> Vec<u8> {
        (self.wire.sensible)(last, which)
    }

    fn shown(&self) -> usize {
        format!("{:?}", self.driver).len()
    }
}

fn code(last: &[u8]) -> u8 {
    last.get(3).copied().unwrap_or(0)
}

/// A reply to the last command, or with an odd first byte to another one.
fn puloon(id: u8, last: &[u8], payload: &[u8]) -> Vec<u8> {
    match payload {
        [choice, other, data @ ..] if choice & 1 == 1 => frames::puloon(id, *other, data),
        [_, data @ ..] => frames::puloon(id, code(last), data),
        [] => frames::puloon(id, code(last), &[]),
    }
}

/// With the reset and dispense dialects that the first byte chooses.
pub fn lcdm4000(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let config = lcdm4000::Config {
        reset: if choice & 1 == 0 {
            lcdm4000::ResetDialect::Silent
        } else {
            lcdm4000::ResetDialect::TwoReplies
        },
        dispense: if choice & 2 == 0 {
            lcdm4000::DispenseDialect::Stock
        } else {
            lcdm4000::DispenseDialect::SerialNumber
        },
        final_eot: choice & 4 == 0,
        ..lcdm4000::Config::default()
    };
    let wire = Wire {
        moves: |bytes| bytes.len() > 1 && matches!(code(bytes), 0x44 | 0x51 | 0x52 | 0x53),
        framed: |last, payload| puloon(0x30, last, payload),
        sensible: four,
        refuses: false,
    };
    dispenser(Lcdm4000::new(config).unwrap(), wire, script);
}

fn four(last: &[u8], which: u8) -> Vec<u8> {
    // Zero counts, or in odd turns one given and one rejected from each slot.
    let (given, turned) = if which & 0x10 == 0 { (0x20, 0x20) } else { (0x21, 0x21) };
    let error = if which & 0x20 == 0 { 0x20 } else { 0x20 + (which >> 6) * 3 + 1 };
    let slots: Vec<u8> = (0x31..=0x34).flat_map(|slot| [given, turned, slot]).collect();
    let moved = [&[error, 0x30], slots.as_slice()].concat();
    let data = match code(last) {
        0x50 => {
            let slots: Vec<u8> = (0x31..=0x34).flat_map(|slot| [0x20, slot, 0x2A, 0x60]).collect();
            [&[error, 0x20], slots.as_slice()].concat()
        }
        0x52 | 0x53 => [moved.as_slice(), &[0x20; 9]].concat(),
        0x55 => [&[if which & 0x40 == 0 { 0x51 } else { 0x52 }], moved.as_slice()].concat(),
        0x67 => vec![error, 0x25],
        0x44 => vec![error],
        _ => moved,
    };
    let reply = frames::puloon(0x30, code(last), &data);
    match which & 0x07 {
        0 => vec![0x06],
        1 => vec![0x15],
        2 => vec![0x04],
        3 | 4 => reply,
        5 => [&[0x06], reply.as_slice(), &[0x04]].concat(),
        6 => [&[0x06], &reply[..reply.len() - 1], &[0xFF]].concat(),
        _ => [reply.as_slice(), &[0xFF], reply.as_slice()].concat(),
    }
}

/// LCDM-2000.
pub fn lcdm2000(bytes: &[u8]) {
    let wire = Wire {
        moves: |bytes| bytes.len() > 1 && matches!(code(bytes), 0x44 | 0x45 | 0x55 | 0x56 | 0x76 | 0x77),
        framed: |last, payload| puloon(0x50, last, payload),
        sensible: two,
        refuses: false,
    };
    dispenser(Lcdm2000::new(lcdm2000::Config::default()).unwrap(), wire, bytes);
}

fn two(last: &[u8], which: u8) -> Vec<u8> {
    let error = if which & 0x20 == 0 { b'0' } else { 0x32 + (which >> 6) * 5 };
    let count = if which & 0x10 == 0 { b'0' } else { b'2' };
    let data = match code(last) {
        0x46 => vec![b'0', error, 0x80, 0x80],
        0x44 => vec![error],
        0x56 => [&[b'0', count].repeat(4), [error, b'0', b'0'].as_slice(), &[b'0'; 4]].concat(),
        0x47 => b"O12T3456".to_vec(),
        _ => vec![b'0', count, b'0', count, error, b'0', b'0', b'0'],
    };
    let reply = frames::puloon(0x50, code(last), &data);
    match which & 0x07 {
        0 => vec![0x06],
        1 => vec![0x15],
        2..=4 => reply,
        5 => [&[0x06], reply.as_slice()].concat(),
        6 => [&[0x06], &reply[..reply.len() - 1], &[0xFF]].concat(),
        _ => [reply.as_slice(), &[0xFF], reply.as_slice()].concat(),
    }
}

/// The presenter.
pub fn presenter(bytes: &[u8]) {
    let wire = Wire {
        moves: |bytes| bytes.len() > 1 && bytes[2] >= 0x10,
        framed: |last, payload| match payload {
            [choice, kind, data @ ..] if choice & 1 == 1 => frames::presenter(*kind, number(last), data),
            [_, data @ ..] => frames::presenter(kind(last), number(last), data),
            [] => vec![0x06],
        },
        sensible: shutter,
        refuses: true,
    };
    dispenser(Presenter::new(presenter::Config::default()).unwrap(), wire, bytes);
}

fn kind(last: &[u8]) -> u8 {
    last.get(2).map_or(0x81, |command| command | 0x80)
}

fn number(last: &[u8]) -> [u8; 2] {
    last.get(3..5).map_or([0, 1], |number| [number[0], number[1]])
}

fn shutter(last: &[u8], which: u8) -> Vec<u8> {
    let result = if which & 0x20 == 0 { 0 } else { [0x01, 0x10, 0x15, 0x23][usize::from(which >> 6)] };
    let one = u8::from(which & 0x10 != 0);
    let data = match kind(last) {
        0x81 => [&[result, 0, one, 3, 1, 1, 1, 1], b"Presenter".as_slice()].concat(),
        0x82 => [&[result, if one == 0 { 0x10 } else { 0x11 }, 0, 1, 0], [0; 8].as_slice()].concat(),
        0x83 | 0x92 | 0x93 => [&[result, one], [one, 0, 0].repeat(4).as_slice()].concat(),
        _ => [&[result], [one, 0].repeat(4).as_slice()].concat(),
    };
    let reply = frames::presenter(kind(last), number(last), &data);
    match which & 0x07 {
        0 => vec![0x06],
        1 => vec![0x15],
        2 => {
            let gone = [&[0, 0], [0, one, 0].repeat(4).as_slice()].concat();
            frames::presenter(0xC0, number(last), &gone)
        }
        3 | 4 => reply,
        5 => [&[0x06], reply.as_slice()].concat(),
        6 => [&[0x06], &reply[..reply.len() - 1], &[0xFF]].concat(),
        _ => [reply.as_slice(), &[0x02], reply.as_slice()].concat(),
    }
}
