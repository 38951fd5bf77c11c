//! Status panel with an SSD1306 on I²C, 128 × 64 or 128 × 32: decodes what is written to it and shows what a person would see
//! on the glass (Solomon Systech, SSD1306 Rev 1.1). Written from the command table; every command is understood, scrolling
//! only stops and starts.
//!
//! The glass is mounted as on the usual modules: its left column hangs on SEG127, its top row on the last COM line.

mod command;

use command::{Addressing, Command, Parser};

/// Columns of memory and glass.
const COLUMNS: u8 = 128;
/// Pages of memory, eight rows each.
const PAGES: u8 = 8;
/// What the memory holds when power comes: nothing sensible.
const NOISE: [u8; 2] = [0xA5, 0x3C];

/// Nobody acknowledged on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no acknowledge")]
pub struct NoAcknowledge;

/// Glass that is mounted on the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glass {
    /// 128 × 64, rows wired to both sides of the chip in turn.
    Rows64,
    /// 128 × 32, rows wired in sequence.
    Rows32,
}

impl Glass {
    /// Rows of dots.
    #[must_use]
    pub const fn rows(self) -> u8 {
        match self {
            Self::Rows64 => 64,
            Self::Rows32 => 32,
        }
    }
}

/// What can be wrong with the panel or its cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not acknowledge its address.
    NoAcknowledge,
    /// It acknowledges this many bytes more, address not counted, and is then gone.
    LostAfter(u32),
}

/// The panel.
#[derive(Clone, Debug)]
pub struct Ssd1306 {
    address: u8,
    glass: Glass,
    external_supply: bool,
    powered: bool,
    fault: Option<Fault>,
    transactions: u64,
    chip: Chip,
}

/// What is lost with the power.
#[derive(Clone, Debug)]
struct Chip {
    memory: Vec<u8>,
    parser: Parser,
    on: bool,
    pump: bool,
    all_lit: bool,
    inverted: bool,
    scrolling: bool,
    segments_remapped: bool,
    rows_remapped: bool,
    rows: u8,
    start_row: u8,
    offset: u8,
    alternating: bool,
    sides_swapped: bool,
    contrast: u8,
    addressing: Addressing,
    columns: (u8, u8),
    pages: (u8, u8),
    column: u8,
    page: u8,
}

impl Chip {
    /// Section 8.9: after power-on reset.
    fn reset() -> Self {
        let memory = NOISE.iter().copied().cycle().take(usize::from(COLUMNS) * usize::from(PAGES)).collect();
        Self {
            memory,
            parser: Parser::default(),
            on: false,
            pump: false,
            all_lit: false,
            inverted: false,
            scrolling: false,
            segments_remapped: false,
            rows_remapped: false,
            rows: 64,
            start_row: 0,
            offset: 0,
            alternating: true,
            sides_swapped: false,
            contrast: 0x7F,
            addressing: Addressing::Page,
            columns: (0, COLUMNS - 1),
            pages: (0, PAGES - 1),
            column: 0,
            page: 0,
        }
    }
}

impl Ssd1306 {
    /// A panel under power at a 7-bit address.
    #[must_use]
    pub fn new(address: u8, glass: Glass) -> Self {
        Self {
            address,
            glass,
            external_supply: false,
            powered: true,
            fault: None,
            transactions: 0,
            chip: Chip::reset(),
        }
    }

    /// Takes the power away or gives it back; the chip forgets everything.
    pub fn set_power(&mut self, on: bool) {
        self.powered = on;
        self.chip = Chip::reset();
    }

    /// With this the glass has its own supply and needs no pump.
    pub fn set_external_supply(&mut self, there: bool) {
        self.external_supply = there;
    }

    /// Sets, replaces or (with `None`) removes the fault.
    pub fn set_fault(&mut self, fault: Option<Fault>) {
        self.fault = fault;
    }

    /// Transactions whose address was acknowledged.
    #[must_use]
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// Contrast as last set.
    #[must_use]
    pub const fn contrast(&self) -> u8 {
        self.chip.contrast
    }

    /// A write transaction: what reached the chip before it was gone has its effect.
    ///
    /// # Errors
    /// [`NoAcknowledge`] for another address, without power, or by a fault.
    pub fn write(&mut self, address: u8, bytes: &[u8]) -> Result<(), NoAcknowledge> {
        if address != self.address || !self.powered || self.fault == Some(Fault::NoAcknowledge) {
            return Err(NoAcknowledge);
        }
        self.transactions = self.transactions.saturating_add(1);
        let mut control = None;
        for byte in bytes {
            if let Some(Fault::LostAfter(left)) = &mut self.fault {
                *left = left.checked_sub(1).ok_or(NoAcknowledge)?;
            }
            control = self.chip.take(control, *byte);
        }
        Ok(())
    }

    /// What a person sees: rows from the top, eight dots a byte, the left dot highest, 1 is lit; `None` when it is dark.
    #[must_use]
    pub fn shown(&self) -> Option<Vec<u8>> {
        let chip = &self.chip;
        if !self.powered || !chip.on || !(chip.pump || self.external_supply) {
            return None;
        }
        let dots = (0..self.glass.rows()).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
        let lit: Vec<bool> = dots.map(|(row, column)| self.lit(row, column)).collect();
        let byte = |dots: &[bool]| dots.iter().fold(0_u8, |byte, lit| byte << 1 | u8::from(*lit));
        Some(lit.chunks(8).map(byte).collect())
    }

    /// Whether the dot of the glass is lit, from the top left.
    fn lit(&self, row: u8, column: u8) -> bool {
        let chip = &self.chip;
        let line = (self.glass.rows() - 1).saturating_sub(row);
        let com = chip.com(self.glass, line);
        if com >= chip.rows {
            return false;
        }
        if chip.all_lit {
            return true;
        }
        let scanned = if chip.rows_remapped { chip.rows - 1 - com } else { com };
        let memory_row = (scanned + chip.start_row + chip.offset) % 64;
        let segment = (COLUMNS - 1).saturating_sub(column);
        let memory_column = if chip.segments_remapped { COLUMNS - 1 - segment } else { segment };
        let byte = chip.memory.get(at(memory_row / 8, memory_column)).copied().unwrap_or(0);
        (byte >> (memory_row % 8) & 1 == 1) != chip.inverted
    }
}

impl Chip {
    /// Which COM signal drives line `line` of the glass: the glass is wired for one setting of the pins, the host may have
    /// chosen the other.
    fn com(&self, glass: Glass, line: u8) -> u8 {
        let pad = match glass {
            Glass::Rows64 if line.is_multiple_of(2) => line / 2,
            Glass::Rows64 => 32 + line / 2,
            Glass::Rows32 => line,
        };
        let pad = if self.sides_swapped { (pad + 32) % 64 } else { pad };
        match (self.alternating, pad) {
            (false, pad) => pad,
            (true, pad @ 0..32) => pad * 2,
            (true, pad) => (pad - 32) * 2 + 1,
        }
    }

    /// Takes a byte of a transaction; `control` is the control byte in force, and what is returned is in force for the next.
    fn take(&mut self, control: Option<u8>, byte: u8) -> Option<u8> {
        let Some(control) = control else { return Some(byte) };
        let (single, dots) = (control & 0x80 != 0, control & 0x40 != 0);
        if dots {
            self.dot(byte);
        } else if let Some(command) = self.parser.push(byte) {
            self.obey(command);
        }
        if single { None } else { Some(control) }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Display(on) => self.on = on,
            Command::Pump(on) => self.pump = on,
            Command::AllLit(on) => self.all_lit = on,
            Command::Inverted(on) => self.inverted = on,
            Command::Scroll(on) => self.scrolling = on,
            Command::Segments { remapped } => self.segments_remapped = remapped,
            Command::Scan { remapped } => self.rows_remapped = remapped,
            Command::Rows(rows) => self.rows = rows,
            Command::StartRow(row) => self.start_row = row,
            Command::Offset(rows) => self.offset = rows,
            Command::Pins { alternating, swapped } => {
                self.alternating = alternating;
                self.sides_swapped = swapped;
            }
            Command::Contrast(level) => self.contrast = level,
            Command::Addressing(mode) => self.addressing = mode,
            Command::Columns(first, last) => {
                self.columns = (first, last);
                self.column = first;
            }
            Command::Pages(first, last) => {
                self.pages = (first, last);
                self.page = first;
            }
            Command::PageStart(page) => self.page = page,
            Command::ColumnLow(nibble) => self.column = self.column & 0xF0 | nibble,
            Command::ColumnHigh(nibble) => self.column = (self.column & 0x0F | nibble << 4) % COLUMNS,
            Command::Nothing => {}
        }
    }

    /// Writes a byte of memory and moves on.
    fn dot(&mut self, byte: u8) {
        if let Some(cell) = self.memory.get_mut(at(self.page, self.column)) {
            *cell = byte;
        }
        let (column_ends, page_ends) = (self.column == self.columns.1, self.page == self.pages.1);
        let next_column = if column_ends { self.columns.0 } else { (self.column + 1) % COLUMNS };
        let next_page = if page_ends { self.pages.0 } else { (self.page + 1) % PAGES };
        match self.addressing {
            Addressing::Page => self.column = (self.column + 1) % COLUMNS,
            Addressing::Horizontal => {
                self.column = next_column;
                if column_ends {
                    self.page = next_page;
                }
            }
            Addressing::Vertical => {
                self.page = next_page;
                if page_ends {
                    self.column = next_column;
                }
            }
        }
    }
}

/// Where a byte of memory lies.
fn at(page: u8, column: u8) -> usize {
    usize::from(page) * usize::from(COLUMNS) + usize::from(column)
}
