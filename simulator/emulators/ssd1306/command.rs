//! The command table: how many parameters follow each command, and what it means.

/// How the memory pointer moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressing {
    Horizontal,
    Vertical,
    Page,
}

/// A command that is complete. Values are already within range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Display(bool),
    Pump(bool),
    AllLit(bool),
    Inverted(bool),
    Scroll(bool),
    Segments {
        remapped: bool,
    },
    Scan {
        remapped: bool,
    },
    Rows(u8),
    StartRow(u8),
    Offset(u8),
    Pins {
        alternating: bool,
        swapped: bool,
    },
    Contrast(u8),
    Addressing(Addressing),
    Columns(u8, u8),
    Pages(u8, u8),
    PageStart(u8),
    ColumnLow(u8),
    ColumnHigh(u8),
    /// Accepted without an effect that can be seen here.
    Nothing,
}

/// Collects a command and its parameters, also over several transactions.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    code: Option<u8>,
    parameters: Vec<u8>,
}

impl Parser {
    pub(super) fn push(&mut self, byte: u8) -> Option<Command> {
        let code = match self.code {
            Some(code) => {
                self.parameters.push(byte);
                code
            }
            None => byte,
        };
        if self.parameters.len() < parameters_of(code) {
            self.code = Some(code);
            return None;
        }
        self.code = None;
        Some(meaning(code, &std::mem::take(&mut self.parameters)))
    }
}

/// Bytes that follow a command.
fn parameters_of(code: u8) -> usize {
    match code {
        0x20 | 0x81 | 0x8D | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => 1,
        0x21 | 0x22 | 0xA3 => 2,
        0x29 | 0x2A => 5,
        0x26 | 0x27 => 6,
        _ => 0,
    }
}

fn meaning(code: u8, parameters: &[u8]) -> Command {
    let first = parameters.first().copied().unwrap_or(0);
    let second = parameters.get(1).copied().unwrap_or(0);
    match code {
        0x00..=0x0F => Command::ColumnLow(code & 0x0F),
        0x10..=0x1F => Command::ColumnHigh(code & 0x0F),
        0x20 => match first & 3 {
            0 => Command::Addressing(Addressing::Horizontal),
            1 => Command::Addressing(Addressing::Vertical),
            2 => Command::Addressing(Addressing::Page),
            _ => Command::Nothing,
        },
        0x21 => Command::Columns(first & 0x7F, second & 0x7F),
        0x22 => Command::Pages(first & 7, second & 7),
        0x2E | 0x2F => Command::Scroll(code & 1 == 1),
        0x40..=0x7F => Command::StartRow(code & 0x3F),
        0x81 => Command::Contrast(first),
        0x8D => Command::Pump(first & 4 != 0),
        0xA0 | 0xA1 => Command::Segments { remapped: code & 1 == 1 },
        0xA4 | 0xA5 => Command::AllLit(code & 1 == 1),
        0xA6 | 0xA7 => Command::Inverted(code & 1 == 1),
        // Fewer than 16 rows are invalid: the setting stays.
        0xA8 if first & 0x3F >= 15 => Command::Rows((first & 0x3F) + 1),
        0xAE | 0xAF => Command::Display(code & 1 == 1),
        0xB0..=0xB7 => Command::PageStart(code & 7),
        0xC0..=0xCF => Command::Scan { remapped: code & 8 != 0 },
        0xD3 => Command::Offset(first & 0x3F),
        0xDA => Command::Pins { alternating: first & 0x10 != 0, swapped: first & 0x20 != 0 },
        _ => Command::Nothing,
    }
}
