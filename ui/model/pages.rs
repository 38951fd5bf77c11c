//! Screens made of a few forms: something to read and confirm, something to choose, something to type.
//!
//! Most of the dialogue asks one question at a time, so most of it is one of these three. What is said comes from
//! [`crate::texts`] in the language of the visit; whatever could tell a bystander who stands here is a [`Secret`].

use senim_domain::liveness::{Colour, Hint, Movement};
use senim_domain::{Secret, written};

/// Something to read, facts, perhaps a QR code, and at most two decisions.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    /// Its name, for tests and the rig: `consent`, `signByQr`.
    pub name: &'static str,
    /// How it is meant.
    pub tone: Tone,
    /// The one question or message.
    pub title: String,
    /// What is to be read, in order; a page button appears when it is longer than the screen.
    pub paragraphs: Vec<Secret>,
    /// Facts beside it.
    pub facts: Vec<Fact>,
    /// What a phone is to read from the screen.
    pub qr: Option<Secret>,
    /// The site that it opens, where any camera reads it; empty where the text says how it is read.
    pub qr_opens: &'static str,
    /// What the camera sees stands beside the text: something is to be held before it.
    pub camera: bool,
    /// A picture to try the display with stands beside the text, and a frame around the whole window.
    pub test_picture: bool,
    /// A movement is asked for before the camera: drawn large, with how many are done.
    pub cue: Option<Cue>,
    /// Seconds until the offer on this screen ends.
    pub seconds_left: Option<u32>,
    /// The main decision ([`Decision::Confirm`](senim_session::action::Decision)); none while something is waited for.
    pub primary: Option<String>,
    /// The other decision ([`Decision::Decline`](senim_session::action::Decision)).
    pub secondary: Option<String>,
    /// Which decision stands out.
    pub leads: Leads,
    /// Both decisions look alike: a consent must be as easy to refuse as to give.
    pub equal: bool,
    /// The main decision is there only at the end of the text.
    pub to_the_end: bool,
    /// Whether something is under way and the screen says so.
    pub busy: bool,
    /// Whether one can go back.
    pub back: bool,
    /// Whether the visit can be ended here.
    pub cancel: bool,
}

/// Which of two decisions stands out: the one that helps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leads {
    /// The main one.
    #[default]
    Primary,
    /// The other one: what the main one does again would fail again.
    Secondary,
    /// Neither: what is wanted is done elsewhere.
    Neither,
}

/// Movements before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cue {
    /// The one to do now; `None`: still, facing the camera.
    pub movement: Option<Movement>,
    /// What keeps the sequence from beginning.
    pub hint: Option<Hint>,
    /// How many are done.
    pub done: u32,
    /// Of how many.
    pub of: u32,
    /// Colour of the whole screen.
    pub flash: Option<Colour>,
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Information.
    #[default]
    Calm,
    /// It went well.
    Good,
    /// Attention.
    Warn,
    /// It went wrong.
    Error,
}

/// A fact with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// What it is here.
    pub value: Secret,
}

impl Fact {
    /// A fact.
    #[must_use]
    pub fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.to_owned(), value: Secret::new(value.into()) }
    }
}

/// One of several.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Its name, for tests and the rig: `menu`, `payoutWay`.
    pub name: &'static str,
    /// The question.
    pub title: String,
    /// What to know before choosing; may be empty.
    pub lead: Secret,
    /// What can be chosen, in order; the index is the decision.
    pub options: Vec<Choosable>,
    /// Whether one can go back.
    pub back: bool,
    /// Whether the visit can be ended here.
    pub cancel: bool,
}

impl Choice {
    /// The options with their places, as they stand on the screen: what cannot be chosen now comes last, but for what stays.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Choosable)> {
        let all = || self.options.iter().enumerate();
        let first = |option: &Choosable| option.enabled || option.stays;
        all().filter(move |(_, option)| first(option)).chain(all().filter(move |(_, option)| !first(option)))
    }
}

/// Something that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choosable {
    /// Stable within the choice, the element is called `option-<id>`: `loan`, `contract-0`.
    pub id: String,
    /// What it is.
    pub label: Secret,
    /// A second line; may be empty.
    pub detail: Secret,
    /// Whether it can be chosen now; the detail then says why not.
    pub enabled: bool,
    /// What people come for: it keeps its place also while it cannot be chosen.
    pub stays: bool,
}

impl Choosable {
    /// Something that can be chosen now.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        let label = Secret::new(label.into());
        Self { id: id.into(), label, detail: Secret::default(), enabled: true, stays: false }
    }

    /// With a second line.
    #[must_use]
    pub fn with(self, detail: impl Into<String>) -> Self {
        Self { detail: Secret::new(detail.into()), ..self }
    }

    /// What people come for.
    #[must_use]
    pub fn staying(self) -> Self {
        Self { stays: true, ..self }
    }

    /// Not now; the second line says why.
    #[must_use]
    pub fn not_now(self, why: impl Into<String>) -> Self {
        Self { enabled: false, ..self.with(why) }
    }
}

/// Something to type.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name, for tests and the rig: `phone`, `contractNumber`.
    pub name: &'static str,
    /// The question.
    pub title: String,
    /// What helps to answer; may be empty.
    pub lead: Secret,
    /// Which keys.
    pub keyboard: Keyboard,
    /// How what is typed is written.
    pub grouping: Grouping,
    /// Dots only.
    pub masked: bool,
    /// Least number of characters.
    pub least: usize,
    /// Most characters.
    pub most: usize,
    /// Why the last one was not taken.
    pub error: Option<String>,
    /// Seconds until what is asked for ends.
    pub seconds_left: Option<u32>,
    /// Another way on ([`Decision::Decline`](senim_session::action::Decision)): "send again", "no patronymic".
    pub secondary: Option<String>,
    /// Whether one can go back.
    pub back: bool,
    /// Whether the visit can be ended here.
    pub cancel: bool,
}

/// The keys of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyboard {
    /// As on a telephone.
    #[default]
    Digits,
    /// Latin capitals and digits.
    Latin,
    /// Kazakh and Russian letters, hyphen and space.
    Cyrillic,
    /// As [`Cyrillic`](Self::Cyrillic), with the signs that end a sentence, and digits and Latin letters on a second board: for
    /// letters to the MFO.
    Text,
}

/// Which board of a keyboard lies open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Board {
    /// The one that an entry begins with.
    #[default]
    First,
    /// The one behind it.
    Second,
}

impl Keyboard {
    /// The keys of a board in rows of [`columns`](Self::columns); empty for [`Keyboard::Digits`], which has its own block.
    #[must_use]
    pub fn keys(self, board: Board) -> Vec<char> {
        match self {
            Self::Digits => Vec::new(),
            Self::Latin => "1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars().collect(),
            Self::Text if board == Board::Second => {
                "1234567890-/ABCDEFGHIJKLMNOPQRSTUVWXYZ@_:№().! ".chars().collect()
            }
            Self::Text => "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ.,? ".chars().collect(),
            Self::Cyrillic => "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ- ".chars().collect(),
        }
    }

    /// What the key says that opens the other board; `None`: there is one board only.
    #[must_use]
    pub const fn other(self, board: Board) -> Option<&'static str> {
        match (self, board) {
            (Self::Text, Board::First) => Some("123 ABC"),
            (Self::Text, Board::Second) => Some("АӘБ"),
            (Self::Digits | Self::Latin | Self::Cyrillic, _) => None,
        }
    }

    /// Keys in a row.
    #[must_use]
    pub const fn columns(self) -> usize {
        match self {
            Self::Digits => 3,
            Self::Latin | Self::Cyrillic | Self::Text => 12,
        }
    }
}

/// How what is typed is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// As it is.
    #[default]
    None,
    /// `900514 300002`.
    Iin,
    /// `+7 701 123 45 67`; the `+7` stands there already and is not typed.
    Phone,
    /// In fours, as an IBAN and an enrolment code: `1234 5678 9012 3456`.
    Fours,
    /// A contract's number: `12345 67890 12343`.
    Contract,
    /// `14.05.1990`.
    Date,
}

impl Grouping {
    /// What is typed, as it is shown.
    #[must_use]
    pub fn show(self, typed: &Secret) -> Secret {
        let cuts: &[(usize, &str)] = match self {
            Self::None => &[],
            Self::Iin => &[(6, " ")],
            Self::Phone => &[(0, "+7 "), (3, " "), (6, " "), (8, " ")],
            Self::Contract => written::CONTRACT,
            Self::Fours => written::FOURS,
            Self::Date => &[(2, "."), (4, ".")],
        };
        let mut shown = written::apart(typed, cuts);
        if shown.is_empty() && self == Self::Phone {
            "+7 ".chars().for_each(|sign| shown.push(sign));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(grouping: Grouping, typed: &str) -> String {
        grouping.show(&Secret::new(typed.to_owned())).expose().to_owned()
    }

    #[test]
    fn what_is_typed_is_grouped_as_people_read_it() {
        assert_eq!(shown(Grouping::None, "1234567"), "1234567");
        assert_eq!(shown(Grouping::Iin, "900514300002"), "900514 300002");
        assert_eq!(shown(Grouping::Phone, ""), "+7 ");
        assert_eq!(shown(Grouping::Phone, "7011234567"), "+7 701 123 45 67");
        assert_eq!(shown(Grouping::Fours, "KZ86125KZT5004100100"), "KZ86 125K ZT50 0410 0100");
        assert_eq!(shown(Grouping::Contract, "123456789012343"), "12345 67890 12343");
        assert_eq!(shown(Grouping::Date, "1405"), "14.05");
        assert_eq!(shown(Grouping::Date, "14051990"), "14.05.1990");
    }

    #[test]
    fn what_cannot_be_chosen_comes_last_but_for_what_people_come_for() {
        let order = |options: Vec<Choosable>| -> Vec<String> {
            let choice = Choice { options, ..Choice::default() };
            choice.shown().map(|(_, option)| option.id.clone()).collect()
        };
        let one = |id: &str| Choosable::new(id, id);
        assert_eq!(order(vec![one("a").not_now("later"), one("b")]), ["b", "a"]);
        assert_eq!(order(vec![one("a").staying().not_now("later"), one("b")]), ["a", "b"]);
    }

    #[test]
    fn keyboards_have_every_letter_of_both_languages_once() {
        let keys = Keyboard::Cyrillic.keys(Board::First);
        for letter in "АӘБВГҒДЕЁЖЗИЙКҚЛМНҢОӨПРСТУҰҮФХҺЦЧШЩЪЫІЬЭЮЯ".chars()
        {
            assert_eq!(keys.iter().filter(|key| **key == letter).count(), 1, "{letter}");
        }
        assert!(keys.len() <= 4 * Keyboard::Cyrillic.columns());
        assert_eq!(Keyboard::Latin.keys(Board::First).len(), 3 * Keyboard::Latin.columns());
        assert!(Keyboard::Text.keys(Board::First).len() < 4 * Keyboard::Text.columns(), "the space is wider");
        let second = Keyboard::Text.keys(Board::Second);
        assert!(second.len() < 4 * Keyboard::Text.columns(), "the space is wider");
        assert!(Keyboard::Latin.keys(Board::First).iter().chain(&[' ']).all(|key| second.contains(key)));
    }
}
