//! Whole drivers: the input is a little script of what a line, a clock and a session do to one.
//!
//! Checked of each, whatever happens:
//! - It returns, and what it keeps stays small.
//! - An accepted command ends with exactly one event that may end it, and a second one is refused as busy until then.
//!   It also ends when nothing is heard any more.
//! - `poll_timeout` moves on when `handle_timeout` was called: no thread spins.
//! - Nothing goes out before the first command on an open line but an ACK, and nothing at all on a closed one.
//! - Whatever moves cash goes out only within a command that moves cash, and once in it; a PIN goes out once.

pub mod acceptor;
pub mod dispensers;
pub mod frames;
pub mod lines;
pub mod printer;
pub mod readers;

use senim_domain::Mono;
use senim_hal::{Error, ErrorKind, LineDriver};

/// What an event of a driver means to a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The command under way has ended.
    End,
    /// Something by the way.
    Other,
    /// The line opened or closed.
    Line(bool),
}

/// A driver with the counters of what it promised.
pub trait Subject {
    /// The driver as its line's owner sees it.
    fn line(&mut self) -> &mut dyn LineDriver;

    /// Begins the command that a byte names.
    fn begin(&mut self, which: u8, now: Mono) -> Result<(), Error>;

    /// The next event, judged. `pending`: a command is under way.
    fn hear(&mut self, pending: bool) -> Option<Heard>;

    /// Bytes went out. `pending`: a command is under way.
    fn sent(&mut self, bytes: &[u8], pending: bool);

    /// What the device's end would send around these bytes in answer to what was sent last.
    fn framed(&self, last: &[u8], payload: &[u8]) -> Vec<u8>;

    /// An answer that makes sense, chosen by a byte.
    fn sensible(&self, last: &[u8], which: u8) -> Vec<u8>;

    /// Length of what it shows of itself: a stand-in for what it keeps.
    fn shown(&self) -> usize;
}

/// Received well, in every protocol that knows it as one byte.
const ACK: u8 = 0x06;
/// Calls of `handle_timeout` at one moment until `poll_timeout` lies ahead.
const CALLS_AT_ONCE_MAX: usize = 64;
/// Pieces written or events told in one go.
const IN_ONE_GO_MAX: usize = 4_096;
/// Steps and time in which a command ends when nothing is heard any more.
const LAST_STEPS_MAX: usize = 20_000;
const LAST_MS_MAX: u64 = 3_600_000;
/// What a driver may show of itself after the script; the largest frame and picture are below.
const SHOWN_MAX: usize = 60_000;

struct Player<S> {
    subject: S,
    now: Mono,
    open: bool,
    /// A command was accepted since the line opened.
    awake: bool,
    /// The line takes no bytes.
    stalled: bool,
    pending: bool,
    last: Vec<u8>,
    /// Tells each step: how a failing input is read.
    tells: bool,
}

/// Plays a script.
///
/// An op is a byte and its parameters: 0 bytes as they are (count, bytes); 1 the same in a device's frame; 2 a sensible answer (which); 3 time until the next
/// deadline; 4, 5 time in ms and tenths of a second; 6 a command (which); 7, 8 the line closes, opens; 9 the line takes no
/// bytes, or takes them again; 10 a sensible answer byte by byte. What is cut off at the end is left out.
pub fn play<S: Subject>(subject: S, script: &[u8]) {
    let mut player = Player {
        subject,
        now: Mono(1_000),
        open: false,
        awake: false,
        stalled: false,
        pending: false,
        last: Vec::new(),
        tells: std::env::var_os("SENIM_FUZZ_TELL").is_some(),
    };
    player.switch(true);
    let mut script = script.iter().copied();
    while player.step(&mut script).is_some() {}
    player.finish();
}

impl<S: Subject> Player<S> {
    fn tell(&self, what: impl FnOnce() -> String) {
        if self.tells {
            eprintln!("{:>8} {}", self.now.0, what());
        }
    }

    fn step(&mut self, script: &mut impl Iterator<Item = u8>) -> Option<()> {
        match script.next()? % 11 {
            0 => {
                let payload = payload(script)?;
                self.deliver(&payload);
            }
            1 => {
                let payload = payload(script)?;
                let bytes = self.subject.framed(&self.last, &payload);
                self.deliver(&bytes);
            }
            2 => {
                let bytes = self.subject.sensible(&self.last, script.next()?);
                self.deliver(&bytes);
            }
            3 => {
                let until = self.subject.line().poll_timeout().unwrap_or(self.now.plus_ms(100));
                // A deadline far off would be thousands of looks at a device.
                self.pass(until.max(self.now).min(self.now.plus_ms(70_000)));
            }
            4 => self.pass(self.now.plus_ms(script.next()?.into())),
            5 => self.pass(self.now.plus_ms(u64::from(script.next()?) * 100)),
            6 => self.begin(script.next()?),
            7 => self.switch(false),
            8 => self.switch(true),
            9 => {
                self.stalled = !self.stalled;
                self.tell(|| format!("line stalled: {}", self.stalled));
                self.settle();
            }
            _ => {
                let bytes = self.subject.sensible(&self.last, script.next()?);
                for byte in bytes {
                    self.deliver(&[byte]);
                    self.pass(self.now.plus_ms(1));
                }
            }
        }
        Some(())
    }

    fn deliver(&mut self, bytes: &[u8]) {
        self.tell(|| format!("< {bytes:02x?}"));
        // An owner without a port has nothing to deliver.
        if self.open {
            self.subject.line().handle_input(bytes, self.now);
        }
        self.settle();
    }

    fn begin(&mut self, which: u8) {
        let answer = self.subject.begin(which, self.now);
        self.tell(|| format!("command {which:02x}: {answer:?}"));
        match answer {
            Ok(()) => {
                assert!(!self.pending, "a second command was accepted");
                (self.pending, self.awake) = (true, self.awake || self.open);
            }
            Err(error) => assert_eq!(error.kind == ErrorKind::DeviceBusy, self.pending, "{error}"),
        }
        self.settle();
    }

    fn switch(&mut self, open: bool) {
        if open == self.open {
            return self.settle();
        }
        self.tell(|| format!("line {}", if open { "opens" } else { "closes" }));
        (self.open, self.awake, self.stalled) = (open, false, false);
        self.subject.line().handle_line(open, self.now);
        let mut told = false;
        self.hear(|line| {
            assert!(line == open && !told, "the line is told once and as it is");
            told = true;
        });
        assert!(told, "the line is told");
        // A question that waits for its moment lives on.
        self.awake = self.pending;
        self.settle();
    }

    /// Takes what goes out, then what is told.
    fn settle(&mut self) {
        if !self.stalled {
            for turn in 0.. {
                let Some(bytes) = self.subject.line().poll_transmit() else { break };
                assert!(turn < IN_ONE_GO_MAX, "writing does not end");
                self.tell(|| format!("> {bytes:02x?}"));
                assert!(self.open, "written to a closed line: {bytes:02x?}");
                // A device that repeats an old reply is told to stop; its check byte was right, so it is the device.
                assert!(self.awake || bytes == [ACK], "written before the first command: {bytes:02x?}");
                self.subject.sent(&bytes, self.pending);
                self.last = bytes;
            }
        }
        self.hear(|line| panic!("the line is said to be open: {line}"));
    }

    fn hear(&mut self, mut on_line: impl FnMut(bool)) {
        for turn in 0.. {
            let Some(heard) = self.subject.hear(self.pending) else { break };
            assert!(turn < IN_ONE_GO_MAX, "telling does not end");
            self.tell(|| format!("heard {heard:?}"));
            match heard {
                Heard::End => {
                    assert!(self.pending, "an end without a command");
                    self.pending = false;
                }
                Heard::Other => {}
                Heard::Line(open) => on_line(open),
            }
        }
    }

    /// Lets time pass, stopping at every deadline on the way.
    fn pass(&mut self, until: Mono) {
        let mut at_once = 0;
        while let Some(at) = self.subject.line().poll_timeout().filter(|at| *at <= until) {
            at_once = if at > self.now { 0 } else { at_once + 1 };
            assert!(at_once < CALLS_AT_ONCE_MAX, "the deadline {at:?} does not move at {:?}", self.now);
            self.now = self.now.max(at);
            self.subject.line().handle_timeout(self.now);
            self.settle();
        }
        self.now = until;
    }

    fn finish(&mut self) {
        self.stalled = false;
        self.settle();
        let end = self.now.plus_ms(LAST_MS_MAX);
        for turn in 0.. {
            if !self.pending {
                break;
            }
            assert!(turn < LAST_STEPS_MAX && self.now < end, "a command does not end");
            let at = self.subject.line().poll_timeout().expect("a deadline for the command under way");
            self.pass(at.max(self.now));
        }
        let shown = self.subject.shown();
        assert!(shown < SHOWN_MAX, "a driver at rest shows {shown} bytes of itself");
        self.switch(false);
    }
}

/// A count up to 127 and as many bytes.
fn payload(script: &mut impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let count = usize::from(script.next()? & 0x7F);
    let payload: Vec<u8> = script.take(count).collect();
    (payload.len() == count).then_some(payload)
}
