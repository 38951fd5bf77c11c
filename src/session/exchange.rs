//! An exchange at the screen: which order, what the cash officers take out and put in, what they count, and its act.

use senim_domain::cash::{Denomination, UnitNo, UnitStock};
use senim_domain::count::{CountedNotes, CountedPlace, NoteSeries};
use senim_domain::{Language, OperationId, OrderId, UtcMillis};
use senim_operation::body::{ExchangeCounted, LoadedNotes, OrderFault};
use serde::{Deserialize, Serialize};

use crate::facts::Order;

/// Fewest and most characters of a bag's or a seal's number.
pub const CODE_CHARS: (usize, usize) = (3, 20);
/// Most digits of a number of notes.
pub const NOTES_DIGITS: usize = 5;
/// Characters of an order's number, without the hyphen.
pub const NUMBER_CHARS: usize = 8;
/// Copies of an act: one goes with the bag, one stays with the officers.
pub const COPIES: u8 = 2;

/// An exchange that began and has not ended: no payout begins meanwhile, in this process and the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenExchange {
    /// The order.
    pub order: OrderId,
}

/// Who has shown their card for an exchange, by number; one or two.
pub type Officers = Vec<String>;

/// Where an exchange at the screen is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangePage {
    /// The number on the order is typed.
    Number {
        /// Who.
        officers: Officers,
    },
    /// It cannot be carried out here.
    Refused {
        /// Who.
        officers: Officers,
        /// Why.
        fault: OrderFault,
    },
    /// What the order wants; it begins when the officers say so.
    Order(Box<Exchange>),
    /// One question after the other.
    Counting(Box<Exchange>),
    /// Everything is answered: what differs, before it counts.
    Review(Box<Exchange>),
    /// It is carried out, and its act is printed.
    Done(Box<Exchanged>),
}

/// An order under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Who.
    pub officers: Officers,
    /// Which.
    pub id: OrderId,
    /// What it says.
    pub order: Order,
    /// Whether it began: the row is there.
    pub begun: bool,
    /// What is asked, in order.
    pub questions: Vec<Question>,
    /// What was answered so far.
    pub answers: Vec<Answer>,
}

/// One thing to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Number of the bag.
    Bag,
    /// Number of its seal.
    Seal,
    /// Notes that were taken out of a unit. What the books say is not shown before the answer.
    Taken {
        /// Which unit.
        place: CountedPlace,
        /// Which cassette.
        unit: Option<UnitNo>,
        /// Of which value.
        denomination: Denomination,
    },
    /// Notes that were put into a cassette.
    Loaded {
        /// What the order says.
        stock: UnitStock,
        /// Which notes.
        series: Option<NoteSeries>,
    },
}

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A bag's or a seal's number.
    Code(String),
    /// Notes.
    Notes(u32),
}

/// An exchange that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// Its row, which the act is named after.
    pub asked: OperationId,
    /// When.
    pub at: UtcMillis,
    /// What was counted.
    pub counted: ExchangeCounted,
    /// Language of the first copy's first half.
    pub language: Language,
    /// Copies that came out, and those that did not.
    pub copies: Vec<bool>,
}

impl Exchange {
    /// What is asked now; none: all is answered.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.questions.get(self.answers.len())
    }

    /// What was counted, once all is answered. `expected`: notes by the books.
    #[must_use]
    pub fn counted(
        &self,
        expected: impl Fn(CountedPlace, Option<UnitNo>, Denomination) -> u32,
    ) -> ExchangeCounted {
        let mut counted = ExchangeCounted {
            order: self.id,
            officers: self.officers.clone(),
            bag: None,
            seal: None,
            taken: Vec::new(),
            loaded: Vec::new(),
        };
        for (question, answer) in self.questions.iter().zip(&self.answers) {
            match (question, answer) {
                (Question::Bag, Answer::Code(code)) => counted.bag = Some(code.clone()),
                (Question::Seal, Answer::Code(code)) => counted.seal = Some(code.clone()),
                (Question::Taken { place, unit, denomination }, Answer::Notes(notes)) => {
                    counted.taken.push(CountedNotes {
                        place: *place,
                        unit: *unit,
                        denomination: *denomination,
                        expected: expected(*place, *unit, *denomination),
                        counted: *notes,
                    });
                }
                (Question::Loaded { stock, series }, Answer::Notes(notes)) => {
                    counted.loaded.push(LoadedNotes {
                        stock: UnitStock { notes: *notes, ..*stock },
                        ordered: stock.notes,
                        series: series.as_ref().map(|series| series.series.clone()),
                    });
                }
                (Question::Bag | Question::Seal, Answer::Notes(_))
                | (Question::Taken { .. } | Question::Loaded { .. }, Answer::Code(_)) => {}
            }
        }
        counted
    }
}

impl Question {
    /// What was typed, where it is an answer.
    #[must_use]
    pub fn answer(&self, typed: &str) -> Option<Answer> {
        let (least, most) = CODE_CHARS;
        match self {
            Self::Bag | Self::Seal => {
                let fits = (least..=most).contains(&typed.len())
                    && typed.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                fits.then(|| Answer::Code(typed.to_owned()))
            }
            Self::Taken { .. } | Self::Loaded { .. } => {
                let fits = (1..=NOTES_DIGITS).contains(&typed.len())
                    && typed.bytes().all(|byte| byte.is_ascii_digit());
                typed.parse().ok().filter(|_| fits).map(Answer::Notes)
            }
        }
    }
}

/// Whether something counted is not what it should be.
#[must_use]
pub fn differs(counted: &ExchangeCounted) -> bool {
    counted.taken.iter().any(|notes| notes.difference() != 0)
        || counted.loaded.iter().any(|notes| notes.stock.notes != notes.ordered)
}
