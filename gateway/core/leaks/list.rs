//! Reading a list of people, piece by piece as it arrives: of each nothing stays but a keyed hash.

use senim_domain::Secret;
use senim_domain::iin::{Iin, IinError};
use zeroize::Zeroizing;

use crate::Gateway;
use crate::error::{GatewayError, bad_directive};
use crate::vault::MacPurpose;

/// Most people of one list.
const MOST_PEOPLE: usize = 5_000_000;
/// Longest line that is looked at, in bytes: an IIN and what a spreadsheet puts around it.
const LONGEST_LINE: usize = 256;
/// Lines that are named when they are no IINs.
const NAMED_LINES: usize = 10;
/// Characters of a person's hash that are kept: 132 bits.
const KEPT: usize = 22;

/// A person's keyed hash, shortened, in base64url.
pub(super) type Person = [u8; KEPT];

/// A list that is being read.
#[derive(Default)]
pub struct LeakList {
    line: Zeroizing<Vec<u8>>,
    /// Lines begun so far.
    lines: u64,
    too_long: bool,
    too_many: bool,
    wrong: Vec<u64>,
    wrong_count: u64,
    people: Vec<Person>,
}

impl LeakList {
    /// Where a field or a file ends, with or without the end of a line; lines are counted anew.
    pub fn end(&mut self, gateway: &Gateway) {
        self.end_line(gateway);
        self.lines = 0;
    }

    fn end_line(&mut self, gateway: &Gateway) {
        self.lines = self.lines.saturating_add(1);
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.too_long) {
            return self.refuse_line();
        }
        match std::str::from_utf8(&line).map(iin_of) {
            Ok(Read::Iin(iin)) if self.people.len() < MOST_PEOPLE => {
                self.people.extend(gateway.leaked_person(&iin));
            }
            Ok(Read::Iin(_)) => self.too_many = true,
            Ok(Read::Nothing) => {}
            // What a column is called.
            Ok(Read::Words) if self.lines == 1 => {}
            Ok(Read::Words | Read::Wrong) | Err(_) => self.refuse_line(),
        }
    }

    /// Takes the next bytes of a file.
    pub fn read(&mut self, gateway: &Gateway, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(gateway),
                _ if self.line.len() >= LONGEST_LINE => self.too_long = true,
                _ => {
                    // Grown by hand it would leave copies behind.
                    if self.line.capacity() == 0 {
                        self.line.reserve_exact(LONGEST_LINE);
                    }
                    self.line.push(*byte);
                }
            }
        }
    }

    fn refuse_line(&mut self) {
        self.wrong_count = self.wrong_count.saturating_add(1);
        if self.wrong.len() < NAMED_LINES {
            self.wrong.push(self.lines);
        }
    }

    /// Everybody once, in order.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective) with the lines that are no IINs: a list is taken whole or
    /// not at all.
    pub(super) fn people(mut self) -> Result<Vec<Person>, GatewayError> {
        if self.wrong_count > 0 {
            let lines: Vec<_> = self.wrong.iter().map(u64::to_string).collect();
            let (count, lines) = (self.wrong_count, lines.join(", "));
            let text = format!("{count} lines are no IINs, among them {lines}; nothing was taken");
            return Err(bad_directive(&text));
        }
        if self.too_many {
            return Err(bad_directive("more than 5,000,000 people in one list; divide it"));
        }
        if self.people.is_empty() {
            return Err(bad_directive("there is nobody in this list"));
        }
        self.people.sort_unstable();
        self.people.dedup();
        Ok(self.people)
    }
}

enum Read {
    Iin(Secret),
    Nothing,
    Words,
    Wrong,
}

/// The IIN of a line: its first column, with or without quotes.
fn iin_of(line: &str) -> Read {
    let line = line.trim_start_matches('\u{feff}').trim();
    let first = line.split([';', ',', '\t']).next().unwrap_or_default();
    let first = first.trim().trim_matches('"').trim();
    if first.is_empty() {
        return if line.is_empty() { Read::Nothing } else { Read::Wrong };
    }
    match Iin::parse(first) {
        Ok(iin) => Read::Iin(iin.into_secret()),
        // Well formed, though a terminal would not take it.
        Err(IinError::NeedsConfirmation) => {
            Read::Iin(Secret::new(first.chars().filter(|character| *character != ' ').collect()))
        }
        Err(_) if !first.bytes().any(|byte| byte.is_ascii_digit()) => Read::Words,
        Err(_) => Read::Wrong,
    }
}

impl Gateway {
    /// How somebody stands in the lists.
    pub(super) fn leaked_person(&self, iin: &Secret) -> Option<Person> {
        let mac = self.keys.vault.mac(MacPurpose::Iin, "leak", iin);
        mac.as_bytes().first_chunk().copied()
    }

    /// The same as text, for the visit.
    pub(crate) fn leak_person(&self, iin: &Secret) -> Option<String> {
        self.leaked_person(iin).map(|person| String::from_utf8_lossy(&person).into_owned())
    }
}
