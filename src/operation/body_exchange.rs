//! Rows of an exchange: cash that comes and goes against a signed order, and what was counted (B11).
//!
//! A count of a payout in doubt is one too: nothing comes or goes, and the MFO settles by it.
//!
//! Begun at the terminal's screen it is `ExchangeStarted` … `ExchangeCounted`, `CashExchange`, with `CashCountAdjusted` and
//! `StackerCollected` where there is something to say; staff are numbers of the rule pack, never names.

use senim_domain::cash::{CashBooks, UnitRequest, UnitStock};
use senim_domain::count::CountedNotes;
use senim_domain::{LoanId, OrderId, PayoutRequestId};
use serde::{Deserialize, Serialize};

use crate::body_values::DenominationCount;

/// Cash was brought or taken against a signed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashExchange {
    /// The order.
    pub order: OrderId,
    /// SHA-256 of the order message, base64url.
    pub order_sha256: String,
    /// Notes taken out of cassettes.
    pub collected: Vec<UnitStock>,
    /// Notes put in.
    pub added: Vec<UnitStock>,
    /// The books after.
    pub books_after: CashBooks,
}

/// A person counted; the difference is a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashCountAdjusted {
    /// By the books.
    pub expected: Vec<DenominationCount>,
    /// By hand.
    pub counted: Vec<DenominationCount>,
}

/// An exchange against a signed order began at the terminal: no payout begins until it has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeStarted {
    /// The order.
    pub order: OrderId,
    /// SHA-256 of the order message, base64url.
    pub order_sha256: String,
    /// Numbers of the one or two cash officers.
    pub officers: Vec<String>,
}

/// The number of an order that cannot be carried out here was typed; nothing began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRefused {
    /// The number as typed: eight hexadecimal digits.
    pub number: String,
    /// Numbers of the cash officers.
    pub officers: Vec<String>,
    /// Why.
    pub fault: OrderFault,
}

/// Why an order cannot be carried out at this terminal now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderFault {
    /// No order of this number has come to this terminal: it is another one's, or still on its way.
    NotHere,
    /// It was carried out already.
    CarriedOut,
    /// Its time is over.
    Expired,
    /// It does not fit the cassettes, or asks for a stacker that there is not.
    OtherUnits,
    /// Notes that it brings are no money any more.
    SeriesEnded,
    /// Notes are in doubt, or stuck on the way: where they are is settled first.
    NotesInDoubt,
    /// The exchange of another order is open.
    AnotherOpen,
    /// The journal takes no rows.
    Journal,
}

impl OrderFault {
    /// Whether another order's number can help: else something at the terminal is to be done first.
    #[must_use]
    pub const fn another_number_helps(self) -> bool {
        match self {
            Self::NotHere | Self::CarriedOut | Self::Expired | Self::OtherUnits | Self::SeriesEnded => true,
            Self::NotesInDoubt | Self::AnotherOpen | Self::Journal => false,
        }
    }
}

/// An exchange ended with nothing brought and nothing taken, by the officers' word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeAbandoned {
    /// The order.
    pub order: OrderId,
    /// Numbers of the cash officers.
    pub officers: Vec<String>,
}

/// What the cash officers counted in an exchange; the books follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeCounted {
    /// The order.
    pub order: OrderId,
    /// Numbers of the one or two cash officers.
    pub officers: Vec<String>,
    /// Number of the bag that takes what was taken out; none where nothing was.
    pub bag: Option<String>,
    /// Number of the bag's seal.
    pub seal: Option<String>,
    /// What was taken out, each unit by itself.
    pub taken: Vec<CountedNotes>,
    /// What was put in, beside what the order says.
    pub loaded: Vec<LoadedNotes>,
}

/// Notes put into a cassette.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadedNotes {
    /// Cassette, denomination and notes by hand.
    pub stock: UnitStock,
    /// Notes by the order.
    pub ordered: u32,
    /// Their series, where the order states it.
    pub series: Option<String>,
}

/// Cash officers counted what lies in the machine after a payout of which nobody knows how it ended. Notes in doubt that do not
/// lie there are the borrower's. The MFO settles by it; units whose notes only lie elsewhere than the books say are corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutCounted {
    /// The request.
    pub request: PayoutRequestId,
    /// The loan.
    pub loan: LoanId,
    /// Numbers of the one or two cash officers.
    pub officers: Vec<String>,
    /// What lies there, each unit by itself, beside what the books say without the notes in doubt.
    pub counted: Vec<CountedNotes>,
    /// What follows, as the officers confirmed it: notes of this payout that the borrower has in all.
    pub given: Vec<DenominationCount>,
}

/// Whoever opened the dispenser's way counted the notes that stuck there and put them into the reject unit: the books move them
/// out of their cassettes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathCleared {
    /// Number of the member of staff.
    pub staff: String,
    /// Notes that could lie there: asked for and, by the device's counters, not given.
    pub stuck: Vec<UnitRequest>,
    /// Notes that lay there; none: nothing did.
    pub found: Vec<UnitRequest>,
}
