//! SSD1306 bytes: commands, and a picture as the chip's memory holds it (Solomon Systech, SSD1306 Rev 1.1, sections 8.1.5,
//! 8.7, 9 and 10).
//!
//! A transaction on the bus begins with a control byte that says what follows: commands or dots. The memory is cut into
//! pages of eight rows; a byte is eight dots of one column, the lowest bit is the upper dot.

/// Control byte: only commands follow.
const COMMANDS: u8 = 0x00;
/// Control byte: only dots follow.
const DOTS: u8 = 0x40;
/// Columns of the chip and of every panel here.
pub(super) const COLUMNS: u32 = 128;

/// A command with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Does nothing, as often as the longest command has parameters: ends a command that was cut off with the line.
    EndCut,
    /// Shows the memory, or is dark.
    Display { on: bool },
    /// Clock divider 1 at the middle frequency, as after a reset.
    Clock,
    /// Rows that are driven: 32 or 64.
    Rows(u8),
    /// No vertical offset, first row on top.
    NoOffset,
    /// The pump that makes the panel's voltage from 3.3 V.
    ChargePump { on: bool },
    /// The memory is written row of bytes by row of bytes through the window.
    HorizontalAddressing,
    /// Which way round the glass is mounted.
    UpsideDown(bool),
    /// How the rows are wired: a panel of 64 rows alternates sides, one of 32 does not.
    Wiring { alternating: bool },
    /// Brightness, 0 to 255.
    Contrast(u8),
    /// Pre-charge and deselect level for the internal pump.
    Levels,
    /// Shows the memory as it is: not all lit, not inverted, not scrolling.
    Plain,
    /// What the next dots fill: all columns, and these pages.
    Window { last_page: u8 },
}

impl Command {
    fn put(self, bytes: &mut Vec<u8>) {
        match self {
            Self::EndCut => bytes.extend([0xE3; 6]),
            Self::Display { on } => bytes.push(if on { 0xAF } else { 0xAE }),
            Self::Clock => bytes.extend([0xD5, 0x80]),
            Self::Rows(rows) => bytes.extend([0xA8, rows.saturating_sub(1)]),
            Self::NoOffset => bytes.extend([0xD3, 0x00, 0x40]),
            Self::ChargePump { on } => bytes.extend([0x8D, if on { 0x14 } else { 0x10 }]),
            Self::HorizontalAddressing => bytes.extend([0x20, 0x00]),
            Self::UpsideDown(false) => bytes.extend([0xA1, 0xC8]),
            Self::UpsideDown(true) => bytes.extend([0xA0, 0xC0]),
            Self::Wiring { alternating } => bytes.extend([0xDA, if alternating { 0x12 } else { 0x02 }]),
            Self::Contrast(level) => bytes.extend([0x81, level]),
            Self::Levels => bytes.extend([0xD9, 0xF1, 0xDB, 0x20]),
            Self::Plain => bytes.extend([0x2E, 0xA4, 0xA6]),
            Self::Window { last_page } => bytes.extend([0x21, 0x00, 0x7F, 0x22, 0x00, last_page]),
        }
    }
}

/// One transaction of commands.
pub(super) fn commands(commands: &[Command]) -> Vec<u8> {
    let mut bytes = vec![COMMANDS];
    for command in commands {
        command.put(&mut bytes);
    }
    bytes
}

/// Transactions of at most `at_once` bytes of dots each.
pub(super) fn dots(memory: &[u8], at_once: usize) -> impl Iterator<Item = Vec<u8>> {
    memory.chunks(at_once.max(1)).map(|part| [&[DOTS], part].concat())
}

/// Rows of dots (eight a byte, left dot highest) as the chip's memory: pages of eight rows, column by column.
pub(super) fn pages(rows: &[u8], width: u32) -> Vec<u8> {
    let stride = usize::try_from(width / 8).unwrap_or(0).max(1);
    let mut memory = Vec::with_capacity(rows.len());
    for page in rows.chunks(stride.saturating_mul(8)) {
        for column in 0..stride {
            for bit in (0..8).rev() {
                let byte = page.chunks(stride).enumerate().fold(0_u8, |byte, (row, dots)| {
                    let lit = dots.get(column).is_some_and(|dots| dots >> bit & 1 == 1);
                    if lit { byte | 1 << row } else { byte }
                });
                memory.push(byte);
            }
        }
    }
    memory
}
