//! The ESC/POS printer. A print ends as printed only behind a fence that went out.

use senim_domain::Mono;
use senim_drivers::{EscPos, escpos};
use senim_hal::receipt_printer::{Command, Event, Raster, ReceiptPrinter};
use senim_hal::{Error, LineDriver};

use super::{Heard, Subject, play};

const WIDTH: u32 = 64;

struct Printer {
    driver: EscPos,
    printing: bool,
    /// The fence of this print went out.
    fenced: bool,
}

/// With either fence, and with or without pacing, as the first byte says.
pub fn escpos(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let config = escpos::Config {
        width: WIDTH,
        fence: if choice & 1 == 0 { escpos::Fence::ProcessId } else { escpos::Fence::PaperStatus },
        band_interval_ms: if choice & 2 == 0 { 0 } else { 20 },
        ..escpos::Config::default()
    };
    play(Printer { driver: EscPos::new(config).unwrap(), printing: false, fenced: false }, script);
}

impl Subject for Printer {
    fn line(&mut self) -> &mut dyn LineDriver {
        &mut self.driver
    }

    fn begin(&mut self, which: u8, now: Mono) -> Result<(), Error> {
        // Several bands, a part of one, or a picture that does not fit.
        let (width, rows) = match which & 0x07 {
            0 | 1 => (WIDTH, 0),
            7 => (WIDTH * 2, 1),
            _ => (WIDTH, usize::from(which >> 3) * 4),
        };
        let command = if which & 0x07 < 2 {
            Command::Status
        } else {
            Command::Print(Raster { width, rows: vec![which; rows * 8] })
        };
        let printing = command != Command::Status;
        self.driver.begin(command, now)?;
        (self.printing, self.fenced) = (printing, false);
        Ok(())
    }

    fn hear(&mut self, _pending: bool) -> Option<Heard> {
        let event = self.driver.poll_event()?;
        match event {
            Event::Line { open } => return Some(Heard::Line(open)),
            Event::Status { .. } => assert!(!self.printing, "a print ends with a status"),
            Event::Printed => assert!(self.printing && self.fenced, "printed without a fence"),
            Event::Failed(_) => {}
        }
        Some(Heard::End)
    }

    fn sent(&mut self, bytes: &[u8], pending: bool) {
        assert!(pending, "{bytes:02x?} goes out and nobody asked");
        if bytes.starts_with(&[0x1D, 0x28, 0x48]) || bytes == [0x1D, 0x72, 1] {
            assert!(self.printing && !self.fenced, "one fence for one print");
            self.fenced = true;
        }
    }

    /// Answers have no frame: the id of the last fence, or another one.
    fn framed(&self, last: &[u8], payload: &[u8]) -> Vec<u8> {
        let id = if payload.len() >= 4 { &payload[..4] } else { last.get(7..11).unwrap_or(&[0x40; 4]) };
        [&[0x37, 0x22], id, &[0]].concat()
    }

    fn sensible(&self, last: &[u8], which: u8) -> Vec<u8> {
        match which % 16 {
            0..=5 => vec![0x12],
            6 => vec![0x12; 4],
            7 => vec![0x12, 0x12, 0x12, 0x12 | 0x0C],
            8 => vec![0x1A, 0x32, 0x12, 0x7E],
            9 => vec![0x16],
            10 => b"_TM-T88V\0".to_vec(),
            11 => vec![0x00],
            12 => vec![0x0C],
            _ => self.framed(last, &[]),
        }
    }

    fn shown(&self) -> usize {
        format!("{:?}", self.driver).len()
    }
}
