//! A receipt that is known to be printed, and paper that ends.

use std::path::Path;

use senim_hal::ErrorKind;
use senim_hal::receipt_printer::{Command, Event, Paper, Raster, ReceiptPrinter};
use senim_linux::clock::boottime;
use serde_json::json;

use crate::hands::Control;
use crate::line::{self, Line};
use crate::rig::{LeftOut, Outcome, Rig, both_paces};

both_paces!(Any: a_receipt_is_printed_and_proved, paper_that_ends_is_told_and_new_paper_is_used);

/// Between two looks at the paper's sensor.
const LOOK_MS: u64 = 500;
/// Rows of the test receipt: 8 mm.
const ROWS: u32 = 64;

/// A frame with a diagonal: lost rows, shifted rows and lost bytes are seen at once.
fn receipt(width: u32) -> Raster {
    let black =
        |x: u32, y: u32| x == 0 || x == width - 1 || y == 0 || y == ROWS - 1 || x / 8 == y % (width / 8);
    let byte = |y: u32, at: u32| (0..8).fold(0, |byte, bit| byte << 1 | u8::from(black(at * 8 + bit, y)));
    let rows = (0..ROWS).flat_map(|y| (0..width / 8).map(move |at| byte(y, at)));
    Raster { width, rows: rows.collect() }
}

struct Bench<'a> {
    rig: &'a Rig,
    line: Line<Box<dyn ReceiptPrinter + Send>>,
    receipt: Raster,
}

impl<'a> Bench<'a> {
    fn new(rig: &'a Rig) -> Result<Self, LeftOut> {
        let line = line::printer(&rig.config);
        line.introduced(rig.answer_ms()).unwrap();
        Ok(Self { rig, line, receipt: receipt(rig.config.printer.escpos.width) })
    }

    fn print(&self) -> Result<(), senim_hal::Error> {
        self.line.send(Command::Print(self.receipt.clone()));
        let wait_ms = self.rig.config.printer.escpos.print_wait_ms + self.rig.answer_ms();
        self.line.wait("the print's end", wait_ms, |event| matches!(event, Event::Printed).then_some(()))
    }

    fn paper(&self) -> Paper {
        self.line.ask(Command::Status, "the status", self.rig.answer_ms(), |event| match event {
            Event::Status { paper, .. } => Some(*paper),
            _ => None,
        })
    }

    /// Where the emulator put its receipt, which it writes beside its work.
    fn last_receipt(&self, control: &Control) -> String {
        let until = boottime().plus_ms(self.rig.cause_ms());
        loop {
            if let Some(path) = control.state("printer")["last_receipt"].as_str() {
                return path.to_owned();
            }
            assert!(boottime() < until, "no receipt was written");
            assert!(self.line.next(LOOK_MS).is_none(), "nothing was asked");
        }
    }

    /// A printer tells its paper only when asked.
    fn until_paper(&self, expected: fn(Paper) -> bool) {
        let until = boottime().plus_ms(self.rig.cause_ms());
        loop {
            let paper = self.paper();
            if expected(paper) {
                return;
            }
            assert!(boottime() < until, "the paper stays {paper:?}");
            assert!(self.line.next(LOOK_MS).is_none(), "nothing was asked");
        }
    }
}

fn a_receipt_is_printed_and_proved(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    let receipts = || rig.control().map(|control| control.number("printer", "/receipts"));
    let before = receipts();
    bench.print().unwrap();
    if let Some(control) = rig.control() {
        assert_eq!(receipts(), before.map(|receipts| receipts + 1));
        assert_eq!(control.number("printer", "/rows_since_cut"), 0, "cut");
        let printed = dots(Path::new(&bench.last_receipt(control)));
        assert!(printed.starts_with(&bench.receipt.rows), "dot for dot");
    }
    Ok(())
}

/// The emulator's receipt, 1 black.
fn dots(path: &Path) -> Vec<u8> {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    bytes.truncate(info.buffer_size());
    bytes.into_iter().map(|byte| !byte).collect()
}

fn paper_that_ends_is_told_and_new_paper_is_used(rig: &Rig) -> Outcome {
    let bench = Bench::new(rig)?;
    match rig.control() {
        Some(control) => {
            control.fault("printer", "paper_out_mid_print", &json!({ "after_rows": 20 }));
        }
        None => {
            rig.cause("take the paper out of the printer and close it", |_| {});
            bench.until_paper(|paper| paper == Paper::Out);
        }
    }
    let error = bench.print().unwrap_err();
    assert_eq!(error.kind, ErrorKind::UserError, "{error}");
    assert_eq!(bench.paper(), Paper::Out);
    rig.cause("put paper into the printer", |control| control.cure("printer", "paper_out"));
    bench.until_paper(|paper| paper != Paper::Out);
    bench.print().unwrap();
    Ok(())
}
