//! Cuts the byte stream of an ESC/POS host into commands (protocols 6). Keeps no printer state beyond the command
//! being read; raster data is handed on row by row, so that a long image needs no buffer of its own size.

/// One command, or one row of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `10 04 n`, executed at once.
    RealTimeStatus(u8),
    /// `10 05 n` and `10 14 8 …`, executed at once.
    Recover { clear: bool },
    /// `1B 40`
    Init,
    /// One row of `1D 76 30`, MSB left, 1 = black, with the scale asked for.
    RasterRow { row: Vec<u8>, double_width: bool, double_height: bool },
    /// Paper moves by that many dots.
    Feed { dots: u32 },
    /// Paper moves by that many lines.
    FeedLines { lines: u8 },
    /// `1B 33 n`, `1B 32`: height of a line in dots.
    LineSpacing { dots: u8 },
    /// `1D 56`, after feeding that many dots.
    Cut { feed_dots: u32 },
    /// `1D 72 n`
    Status(u8),
    /// `1D 49 n`
    Identity(u8),
    /// `1D 61 n`
    AutoStatus(u8),
    /// `1D 28 48` function 48: answered once everything before it has been done.
    Fence([u8; 4]),
    /// A byte of text; the emulator has no fonts and only counts it.
    Text,
    /// A command that was read whole and has no effect here.
    Ignored,
}

const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;
const FS: u8 = 0x1C;
const LF: u8 = 0x0A;

#[derive(Debug, Default)]
enum State {
    /// Reading the bytes that say what the command is and how long.
    #[default]
    Head,
    /// Inside an image.
    Raster { bytes_per_row: usize, rows_left: u32, double_width: bool, double_height: bool },
    /// Reading the parameters of `1D 28 x`.
    Block { function: u8, length: usize },
    /// Passing over parameters that have no effect.
    Skip { left: usize },
    /// Passing over parameters that end with 00h.
    SkipToNul,
}

/// The reader.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    bytes: Vec<u8>,
}

/// What the bytes of a head amount to.
enum Head {
    NeedsMore,
    Token(Token),
    Enter(State),
}

impl Parser {
    /// Takes one byte and returns the command it completes. Real-time commands are seen only where a command may
    /// start, not inside image data.
    pub(super) fn push(&mut self, byte: u8) -> Option<Token> {
        match &mut self.state {
            State::Head => {
                self.bytes.push(byte);
                match head(&self.bytes) {
                    Head::NeedsMore => None,
                    Head::Token(token) => {
                        self.bytes.clear();
                        Some(token)
                    }
                    Head::Enter(state) => {
                        self.bytes.clear();
                        self.state = state;
                        None
                    }
                }
            }
            State::Raster { bytes_per_row, rows_left, double_width, double_height } => {
                self.bytes.push(byte);
                if self.bytes.len() < *bytes_per_row {
                    return None;
                }
                let (double_width, double_height) = (*double_width, *double_height);
                *rows_left = rows_left.saturating_sub(1);
                if *rows_left == 0 {
                    self.state = State::Head;
                }
                let row = std::mem::take(&mut self.bytes);
                Some(Token::RasterRow { row, double_width, double_height })
            }
            State::Block { function, length } => {
                self.bytes.push(byte);
                if self.bytes.len() < *length {
                    return None;
                }
                let function = *function;
                self.state = State::Head;
                let data = std::mem::take(&mut self.bytes);
                Some(match (function, data.as_slice()) {
                    (b'H', [0x30, 0x30, d1, d2, d3, d4]) => Token::Fence([*d1, *d2, *d3, *d4]),
                    _ => Token::Ignored,
                })
            }
            State::Skip { left } => {
                *left = left.saturating_sub(1);
                if *left > 0 {
                    return None;
                }
                self.state = State::Head;
                Some(Token::Ignored)
            }
            State::SkipToNul => {
                if byte != 0 {
                    return None;
                }
                self.state = State::Head;
                Some(Token::Ignored)
            }
        }
    }
}

fn head(bytes: &[u8]) -> Head {
    match bytes {
        [] | [DLE | ESC | GS | FS] => Head::NeedsMore,
        [DLE, rest @ ..] => real_time(rest),
        [ESC, rest @ ..] => escape(rest),
        [GS, rest @ ..] => group(rest),
        // FS commands choose Kanji modes; their one parameter is passed over.
        [FS, rest @ ..] => take(rest, 2),
        [LF, ..] => Head::Token(Token::FeedLines { lines: 1 }),
        [byte, ..] => Head::Token(if *byte >= 0x20 { Token::Text } else { Token::Ignored }),
    }
}

fn real_time(rest: &[u8]) -> Head {
    match rest {
        [0x04, n] => Head::Token(Token::RealTimeStatus(*n)),
        [0x05, n] => Head::Token(Token::Recover { clear: *n == 2 }),
        [0x14, 8, 1, 3, 20, 1, 6, 2, 8] => Head::Token(Token::Recover { clear: true }),
        [0x14, 8, parameters @ ..] => take(parameters, 7),
        [0x14, _, parameters @ ..] => take(parameters, 2),
        [0x04 | 0x05 | 0x14] => Head::NeedsMore,
        _ => Head::Token(Token::Ignored),
    }
}

fn escape(rest: &[u8]) -> Head {
    match rest {
        [b'@'] => Head::Token(Token::Init),
        [b'2'] => Head::Token(Token::LineSpacing { dots: 30 }),
        [b'3', n] => Head::Token(Token::LineSpacing { dots: *n }),
        [b'J', n] => Head::Token(Token::Feed { dots: u32::from(*n) }),
        [b'd', n] => Head::Token(Token::FeedLines { lines: *n }),
        [b'D'] => Head::Enter(State::SkipToNul),
        [b'*', m, low, high] => {
            let columns = usize::from(u16::from_le_bytes([*low, *high]));
            let per_column = if matches!(m, 32 | 33) { 3 } else { 1 };
            skip(columns.saturating_mul(per_column))
        }
        [b'*', ..] => Head::NeedsMore,
        [b'$' | b'\\', parameters @ ..] => take(parameters, 2),
        [b'p', parameters @ ..] => take(parameters, 3),
        [b'c', parameters @ ..] => take(parameters, 2),
        [b'<' | b'i' | b'm' | b'S' | b'L'] => Head::Token(Token::Ignored),
        [_, parameters @ ..] => take(parameters, 1),
        [] => Head::NeedsMore,
    }
}

fn group(rest: &[u8]) -> Head {
    match rest {
        [b'v', b'0', m, x_low, x_high, y_low, y_high] => {
            let bytes_per_row = usize::from(u16::from_le_bytes([*x_low, *x_high]));
            let rows_left = u32::from(u16::from_le_bytes([*y_low, *y_high]));
            if bytes_per_row == 0 || rows_left == 0 {
                return Head::Token(Token::Ignored);
            }
            let (double_width, double_height) = (m & 1 != 0, m & 2 != 0);
            Head::Enter(State::Raster { bytes_per_row, rows_left, double_width, double_height })
        }
        [b'v', ..] => Head::NeedsMore,
        [b'V', 65 | 66, n] => Head::Token(Token::Cut { feed_dots: u32::from(*n) }),
        [b'V', 65 | 66] | [b'V'] => Head::NeedsMore,
        [b'V', ..] => Head::Token(Token::Cut { feed_dots: 0 }),
        [b'r', n] => Head::Token(Token::Status(*n)),
        [b'I', n] => Head::Token(Token::Identity(*n)),
        [b'a', n] => Head::Token(Token::AutoStatus(*n)),
        [b'(', function, low, high] => match usize::from(u16::from_le_bytes([*low, *high])) {
            0 => Head::Token(Token::Ignored),
            length => Head::Enter(State::Block { function: *function, length }),
        },
        [b'(', ..] => Head::NeedsMore,
        [b'k', 0..=6] => Head::Enter(State::SkipToNul),
        [b'k', _, length] => skip(usize::from(*length)),
        [b'k', ..] => Head::NeedsMore,
        [b'L' | b'W' | b'P' | b'$' | b'\\', parameters @ ..] => take(parameters, 2),
        [_, parameters @ ..] => take(parameters, 1),
        [] => Head::NeedsMore,
    }
}

fn take(parameters: &[u8], count: usize) -> Head {
    if parameters.len() < count { Head::NeedsMore } else { Head::Token(Token::Ignored) }
}

fn skip(count: usize) -> Head {
    if count == 0 { Head::Token(Token::Ignored) } else { Head::Enter(State::Skip { left: count }) }
}
