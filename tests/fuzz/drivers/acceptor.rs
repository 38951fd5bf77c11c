//! The CCNET acceptor. STACK and RESET go out only within such a command, and once; a RETURN that nobody asked for, only for
//! a note in escrow; no note is told as stacked that was not in escrow and asked to be stacked, and each once.

use senim_domain::Mono;
use senim_domain::cash::Denomination;
use senim_drivers::ccnet::codec;
use senim_drivers::{Ccnet, ccnet};
use senim_hal::cash_acceptor::{CashAcceptor, Command, Event};
use senim_hal::{Error, LineDriver};

use super::{Heard, Subject, play};

struct Acceptor {
    driver: Ccnet,
    command: Command,
    /// STACK, RETURN and RESET frames of the command under way.
    written: usize,
    escrowed: usize,
    /// STACK frames of all commands.
    stack_frames: usize,
    stacked: usize,
    /// RETURN frames that no command asked for.
    own_returns: usize,
}

/// With a short or the usual stay in escrow, as the first byte says.
pub fn ccnet(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let escrow_ms_max = if choice & 1 == 0 { 60_000 } else { 5_000 };
    let driver = Ccnet::new(ccnet::Config { escrow_ms_max, ..ccnet::Config::default() }).unwrap();
    let subject = Acceptor {
        driver,
        command: Command::Status,
        written: 0,
        escrowed: 0,
        stack_frames: 0,
        stacked: 0,
        own_returns: 0,
    };
    play(subject, script);
}

impl Subject for Acceptor {
    fn line(&mut self) -> &mut dyn LineDriver {
        &mut self.driver
    }

    fn begin(&mut self, which: u8, now: Mono) -> Result<(), Error> {
        let command = match which & 0x07 {
            0 => Command::Status,
            1 => Command::Reset,
            2 => Command::Enable(vec![Denomination(500), Denomination(1_000)]),
            3 => Command::Enable(
                [200, 20_000].into_iter().take((which >> 4).into()).map(Denomination).collect(),
            ),
            4 => Command::Disable,
            5 | 6 => Command::Stack,
            _ => Command::Return,
        };
        self.driver.begin(command.clone(), now)?;
        (self.command, self.written) = (command, 0);
        Ok(())
    }

    fn hear(&mut self, pending: bool) -> Option<Heard> {
        let event = self.driver.poll_event()?;
        let command = &self.command;
        let moving = pending && matches!(command, Command::Stack | Command::Return);
        let fits = match &event {
            Event::Line { open } => return Some(Heard::Line(*open)),
            Event::Accepting
            | Event::Refused { .. }
            | Event::FoundAtPowerUp(_)
            | Event::Stacker(_)
            | Event::Contradiction { .. }
            | Event::Fault(_) => return Some(Heard::Other),
            Event::Escrowed(_) => {
                self.escrowed += 1;
                return Some(Heard::Other);
            }
            Event::Stacked(_) => {
                self.stacked += 1;
                assert!(self.stacked <= self.escrowed, "more notes stacked than seen in escrow");
                assert!(self.stacked <= self.stack_frames, "a note is stacked that nobody asked to stack");
                moving
            }
            Event::Returned(_) | Event::Jammed { .. } => moving,
            // Of a note that the driver gave back by itself it comes without a command.
            Event::Unanswered(_)
                if !moving && self.own_returns > 0 && !(pending && *command == Command::Reset) =>
            {
                return Some(Heard::Other);
            }
            Event::Unanswered(_) => {
                assert!(
                    pending && self.written == 1,
                    "{command:?} is unanswered, {} times written",
                    self.written
                );
                true
            }
            Event::Failed(_) => {
                assert!(pending && self.written == 0, "{command:?} was written and fails");
                true
            }
            Event::Status { .. } => pending && *command == Command::Status,
            Event::Enabled => pending && matches!(command, Command::Enable(_)),
            Event::Disabled => pending && *command == Command::Disable,
            Event::ResetDone => pending && *command == Command::Reset,
        };
        match event {
            Event::Stacked(_) | Event::Returned(_) | Event::Jammed { .. } if !fits => Some(Heard::Other),
            event => {
                assert!(fits, "{command:?} ends with {event:?}");
                Some(Heard::End)
            }
        }
    }

    fn sent(&mut self, bytes: &[u8], pending: bool) {
        let asked = |command: &Command| pending && self.command == *command;
        let asked_for = match bytes.get(3) {
            Some(0x35) => {
                self.stack_frames += 1;
                asked(&Command::Stack)
            }
            Some(0x30) => asked(&Command::Reset),
            Some(0x36) if asked(&Command::Return) => true,
            Some(0x36) => {
                self.own_returns += 1;
                assert!(self.own_returns <= self.escrowed, "more notes given back than seen in escrow");
                return;
            }
            _ => return,
        };
        assert!(asked_for, "{bytes:02x?} moves cash and nobody asked");
        self.written += 1;
        assert_eq!(self.written, 1, "{bytes:02x?} was written twice");
    }

    fn framed(&self, _last: &[u8], payload: &[u8]) -> Vec<u8> {
        codec::frame(3, payload)
    }

    fn sensible(&self, last: &[u8], which: u8) -> Vec<u8> {
        const STATES: [&[u8]; 29] = [
            &[0x00],
            &[0xFF],
            &[0x30],
            &[0x10],
            &[0x11],
            &[0x12],
            &[0x13],
            &[0x14],
            &[0x15],
            &[0x17],
            &[0x18],
            &[0x19],
            &[0x1A],
            &[0x1B, 5],
            &[0x1C, 0x68],
            &[0x41],
            &[0x42],
            &[0x43],
            &[0x44],
            &[0x45],
            &[0x46],
            &[0x47, 0x50],
            &[0x80, 2],
            &[0x81, 2],
            &[0x82, 2],
            &[0x80, 3],
            &[0x81, 3],
            &[0x80, 23],
            &[],
        ];
        let state = STATES[usize::from(which & 0x1F) % STATES.len()];
        // To a question, mostly what belongs to it.
        match last.get(3) {
            Some(0x31) if which & 0x40 == 0 => codec::frame(3, &[0; 6]),
            Some(0x37) if which & 0x40 == 0 => codec::frame(3, b"SM-KZ0001      123456789012\0\0\0\0\0\0\0"),
            Some(0x41) if which & 0x40 == 0 => {
                let notes = [(2, 2), (5, 2), (1, 3), (2, 3), (5, 3), (1, 4), (2, 4)];
                let mut table: Vec<u8> =
                    notes.iter().flat_map(|(digit, zeros)| [*digit, b'K', b'A', b'Z', *zeros]).collect();
                table.resize(120, 0);
                codec::frame(3, &table)
            }
            Some(0x30 | 0x34..=0x36 | 0x38) if which & 0x40 == 0 => codec::frame(3, &[0x00]),
            _ => codec::frame(3, state),
        }
    }

    fn shown(&self) -> usize {
        format!("{:?}", self.driver).len()
    }
}
