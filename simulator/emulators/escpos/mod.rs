//! ESC/POS receipt printer, device side (protocols 6): executes commands in order, at the speed of the paper,
//! answers status, and gives out each cut receipt as PNG.
//!
//! What lies between two cuts is one receipt: ESC @ cannot unprint what a host left unfinished. Commands read while
//! the printer cannot print wait in its buffer; when that is full the line is held, or, off-line, what comes is lost.
//! Text is counted, not drawn.

mod control;
mod paper;
mod parser;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use crate::faults::{FaultSet, FaultSpec, fault_kinds};
use crate::machine::{Artifact, Machine};
use paper::Paper;
use parser::{Parser, Token};

/// Commands held until they can be printed: more than a long receipt has rows.
const BUFFERED_COMMANDS: usize = 4_096;

fault_kinds! {
    /// Faults of the printer.
    Fault {
        /// No paper.
        PaperOut = "paper_out" [],
        /// The roll is nearly used up.
        NearEnd = "near_end" [],
        /// Paper ends after `after_rows` (default 0) more image rows; then as `paper_out`.
        PaperOutMidPrint = "paper_out_mid_print" ["after_rows"],
        /// The cover is open.
        CoverOpen = "cover_open" [],
        /// Off-line for another reason: real-time status is answered, nothing is printed.
        Offline = "offline" [],
        /// Takes bytes, prints nothing, answers nothing.
        Silent = "silent" [],
    }
}

/// Settings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Options {
    /// Printable width in dots, a multiple of 8.
    pub width_dots: u16,
    /// Time of one row in microseconds.
    pub row_us: u64,
    /// Answer to `1D 49 66`.
    pub maker: String,
    /// Answer to `1D 49 67`.
    pub model: String,
    /// Answer to `1D 49 65`.
    pub firmware: String,
    /// Answer to `1D 49 68`.
    pub serial: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width_dots: 576,
            row_us: 250,
            maker: "SENIM".to_owned(),
            model: "EMULATED RECEIPT PRINTER".to_owned(),
            firmware: "1.00".to_owned(),
            serial: "E0000001".to_owned(),
        }
    }
}

/// The printer. See [`Machine`] for how it is driven.
#[derive(Debug)]
pub struct EscPos {
    options: Options,
    faults: FaultSet<Fault>,
    powered: bool,
    parser: Parser,
    waiting: VecDeque<Token>,
    paper: Paper,
    line_dots: u8,
    /// When the mechanics are free again, in microseconds.
    free_us: u64,
    outbox: VecDeque<Vec<u8>>,
    auto_status: bool,
    last_auto_status: [u8; 4],
    artifacts: VecDeque<Artifact>,
    receipts: u64,
    last_receipt: Option<PathBuf>,
    text_bytes: u64,
    lost_commands: u64,
}

impl EscPos {
    /// A printer with power and paper.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let paper = Paper::new(options.width_dots);
        Self {
            options,
            faults: FaultSet::default(),
            powered: true,
            parser: Parser::default(),
            waiting: VecDeque::new(),
            paper,
            line_dots: 30,
            free_us: 0,
            outbox: VecDeque::new(),
            auto_status: false,
            last_auto_status: [0; 4],
            artifacts: VecDeque::new(),
            receipts: 0,
            last_receipt: None,
            text_bytes: 0,
            lost_commands: 0,
        }
    }

    /// Sets or replaces a fault.
    pub fn set_fault(&mut self, fault: Fault, spec: FaultSpec, now_ms: u64) {
        self.faults.set(fault, spec);
        self.run(now_ms);
    }

    /// A fault as it is set now: what it has left to strike.
    #[must_use]
    pub fn fault(&self, fault: Fault) -> Option<FaultSpec> {
        self.faults.peek(fault)
    }

    /// Removes a fault; printing goes on where it stopped. `paper_out` and `paper_out_mid_print`
    /// end together: new paper is new paper.
    pub fn clear_fault(&mut self, fault: Fault, now_ms: u64) {
        self.faults.clear(fault);
        match fault {
            Fault::PaperOut => self.faults.clear(Fault::PaperOutMidPrint),
            Fault::PaperOutMidPrint => self.faults.clear(Fault::PaperOut),
            Fault::NearEnd | Fault::CoverOpen | Fault::Offline | Fault::Silent => {}
        }
        self.free_us = self.free_us.max(now_ms.saturating_mul(1_000));
        self.run(now_ms);
    }

    /// Switches the supply. Buffered commands are lost with it; paper is not.
    pub fn set_power(&mut self, on: bool, now_ms: u64) {
        self.run(now_ms);
        if self.powered && !on {
            self.parser = Parser::default();
            self.waiting.clear();
            self.outbox.clear();
            self.auto_status = false;
        }
        self.powered = on;
    }

    /// Receipts cut off since the emulator started.
    #[must_use]
    pub fn receipts(&self) -> u64 {
        self.receipts
    }

    /// File of the last receipt, once it has been written.
    #[must_use]
    pub fn last_receipt(&self) -> Option<&Path> {
        self.last_receipt.as_deref()
    }

    /// Rows on the paper since the last cut.
    #[must_use]
    pub fn rows_since_cut(&self) -> usize {
        self.paper.rows()
    }

    fn paper_out(&self) -> bool {
        self.faults.peek(Fault::PaperOut).is_some()
    }

    fn cover_open(&self) -> bool {
        self.faults.peek(Fault::CoverOpen).is_some()
    }

    fn offline(&self) -> bool {
        self.paper_out() || self.cover_open() || self.faults.peek(Fault::Offline).is_some()
    }

    fn silent(&self) -> bool {
        !self.powered || self.faults.peek(Fault::Silent).is_some()
    }

    /// Executes buffered commands as far as time and paper allow.
    fn run(&mut self, now_ms: u64) {
        let now_us = now_ms.saturating_mul(1_000);
        while self.powered && !self.offline() && self.free_us <= now_us {
            let Some(token) = self.waiting.pop_front() else {
                // An idle mechanism starts the next command when it comes, not in the past.
                self.free_us = now_us;
                break;
            };
            self.execute(token);
        }
        self.report_change();
    }

    fn execute(&mut self, token: Token) {
        match token {
            Token::RasterRow { row, double_width, double_height } => {
                if let Some(spec) = self.faults.peek(Fault::PaperOutMidPrint) {
                    let left = spec.after_rows.unwrap_or(0);
                    if left == 0 {
                        self.faults.clear(Fault::PaperOutMidPrint);
                        self.faults.set(Fault::PaperOut, FaultSpec::default());
                        self.waiting.push_front(Token::RasterRow { row, double_width, double_height });
                        return;
                    }
                    let spec = FaultSpec { after_rows: Some(left.saturating_sub(1)), ..spec };
                    self.faults.set(Fault::PaperOutMidPrint, spec);
                }
                self.paper.print(&row, double_width, double_height);
                self.spend_rows(if double_height { 2 } else { 1 });
            }
            Token::Feed { dots } => self.feed(dots),
            Token::FeedLines { lines } => {
                self.feed(u32::from(lines).saturating_mul(u32::from(self.line_dots)));
            }
            Token::LineSpacing { dots } => self.line_dots = dots,
            Token::Cut { feed_dots } => {
                self.feed(feed_dots);
                self.cut();
            }
            Token::Init => {
                self.line_dots = 30;
                self.auto_status = false;
            }
            Token::Status(n) => self.answer_status(n),
            Token::Identity(n) => self.answer_identity(n),
            Token::AutoStatus(n) => {
                self.auto_status = n != 0;
                if self.auto_status {
                    self.last_auto_status = self.auto_status_bytes();
                    self.send(self.last_auto_status.to_vec());
                }
            }
            Token::Fence([d1, d2, d3, d4]) => self.send(vec![0x37, 0x22, d1, d2, d3, d4, 0x00]),
            Token::Text => self.text_bytes = self.text_bytes.saturating_add(1),
            Token::RealTimeStatus(_) | Token::Recover { .. } | Token::Ignored => {}
        }
    }

    fn feed(&mut self, dots: u32) {
        self.paper.feed(dots);
        self.spend_rows(dots);
    }

    fn spend_rows(&mut self, rows: u32) {
        self.free_us = self.free_us.saturating_add(self.options.row_us.saturating_mul(u64::from(rows)));
    }

    fn cut(&mut self) {
        match self.paper.cut() {
            Some(Ok(bytes)) => {
                self.receipts = self.receipts.saturating_add(1);
                let name = format!("receipt-{:04}.png", self.receipts);
                self.artifacts.push_back(Artifact { name, bytes });
            }
            Some(Err(error)) => tracing::warn!(%error, "receipt could not be encoded"),
            None => {}
        }
    }

    fn real_time_status(&mut self, n: u8) {
        let set = |on: bool, bits: u8| if on { bits } else { 0 };
        let byte = match n {
            1 => 0x12 | set(self.offline(), 0x08),
            2 => {
                0x12 | set(self.cover_open(), 0x04)
                    | set(self.paper_out(), 0x20)
                    | set(self.faults.peek(Fault::Offline).is_some(), 0x40)
            }
            3 => 0x12,
            4 => 0x12 | self.paper_bits(0x0C, 0x60),
            _ => return,
        };
        self.send(vec![byte]);
    }

    /// Near-end bits, joined by the paper-out bits when there is none.
    fn paper_bits(&self, near_end: u8, out: u8) -> u8 {
        if self.paper_out() {
            near_end | out
        } else if self.faults.peek(Fault::NearEnd).is_some() {
            near_end
        } else {
            0
        }
    }

    fn answer_status(&mut self, n: u8) {
        match n {
            1 | 49 => self.send(vec![self.paper_bits(0x03, 0x0C)]),
            2 | 50 => self.send(vec![0]),
            _ => {}
        }
    }

    fn answer_identity(&mut self, n: u8) {
        let text = match n {
            1 | 49 => return self.send(vec![0x20]),
            2 | 50 => return self.send(vec![0x02]),
            65 => &self.options.firmware,
            66 => &self.options.maker,
            67 => &self.options.model,
            68 => &self.options.serial,
            _ => return,
        };
        let mut answer = vec![0x5F];
        answer.extend_from_slice(text.as_bytes());
        answer.push(0);
        self.send(answer);
    }

    fn auto_status_bytes(&self) -> [u8; 4] {
        let set = |on: bool, bits: u8| if on { bits } else { 0 };
        let first = 0x10 | set(self.offline(), 0x08) | set(self.cover_open(), 0x20);
        [first, 0, self.paper_bits(0x03, 0x0C), 0]
    }

    fn report_change(&mut self) {
        let status = self.auto_status_bytes();
        if self.auto_status && status != self.last_auto_status {
            self.last_auto_status = status;
            self.send(status.to_vec());
        }
    }

    fn send(&mut self, bytes: Vec<u8>) {
        if !self.silent() {
            self.outbox.push_back(bytes);
        }
    }
}

impl Machine for EscPos {
    fn handle_input(&mut self, bytes: &[u8], now_ms: u64) {
        self.run(now_ms);
        if self.silent() {
            return;
        }
        for byte in bytes {
            match self.parser.push(*byte) {
                Some(Token::RealTimeStatus(n)) => self.real_time_status(n),
                Some(Token::Recover { clear }) => {
                    if clear {
                        self.waiting.clear();
                    }
                }
                Some(Token::Ignored) | None => {}
                Some(_) if self.offline() && self.waiting.len() >= BUFFERED_COMMANDS => {
                    self.lost_commands = self.lost_commands.saturating_add(1);
                }
                Some(token) => self.waiting.push_back(token),
            }
        }
        self.run(now_ms);
    }

    fn poll_transmit(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        self.run(now_ms);
        self.outbox.pop_front()
    }

    fn poll_timeout(&self) -> Option<u64> {
        if self.waiting.is_empty() || !self.powered || self.offline() {
            return None;
        }
        Some(self.free_us.div_ceil(1_000))
    }

    fn handle_timeout(&mut self, now_ms: u64) {
        self.run(now_ms);
    }

    fn wants_input(&self) -> bool {
        // Off-line the line stays open: a host must be able to ask for real-time status behind a full buffer.
        self.offline() || self.waiting.len() < BUFFERED_COMMANDS
    }

    fn poll_artifact(&mut self) -> Option<Artifact> {
        self.artifacts.pop_front()
    }

    fn artifact_written(&mut self, path: &Path) {
        self.last_receipt = Some(path.to_path_buf());
    }
}
