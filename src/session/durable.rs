//! What a restart begins with: books, open payout, open visit. It is written with the rows that it follows from, in the
//! same transaction. Nothing about a person is in it.

use senim_domain::acceptor_books::AcceptorBooks;
use senim_domain::cash::{BundleResult, CashBooks, UnitMoved, UnitNo, UnitRequest};
use senim_domain::count::NoteSeries;
use senim_domain::time::Mono;
use senim_domain::touch::TouchCorrection;
use senim_domain::{
    AuthorisationId, LoanId, MessageId, OrderId, PayoutRequestId, SessionId, SettlementId, Tiyn, UtcMillis,
};
use senim_operation::body::DenominationCount;
use senim_operation::message::Command;
use serde::{Deserialize, Serialize};

use crate::cash_in::{LostNote, OpenRepayment};
use crate::exchange::OpenExchange;
use crate::settlement::DoubtfulPayout;

/// Everything that must survive a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DurableState {
    /// Notes, wherever they are.
    pub books: CashBooks,
    /// The payout under way.
    pub open: Option<OpenPayout>,
    /// Why no payout may start until a person has acted; `None` when it may.
    pub stopped: Option<String>,
    /// The visit that has not been closed.
    pub visit: Option<SessionId>,
    /// A test dispense whose end is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub testing: Option<UnitNo>,
    /// The repayment under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_in: Option<OpenRepayment>,
    /// The last note of an ended repayment, if nobody knows where it is and no other note has passed it since: only of that
    /// one the acceptor can still tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_note: Option<LostNote>,
    /// Notes that the acceptor took.
    pub acceptor: AcceptorBooks,
    /// Orders carried out, newest last, at most [`EXECUTED_ORDERS_KEPT`].
    pub executed_orders: Vec<OrderId>,
    /// Of which series the notes in the cassettes are, as the orders stated that brought them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<NoteSeries>,
    /// Where the next order is stored, counted round and round below [`ORDERS_STORED`].
    pub next_order: u8,
    /// An exchange that began at the screen and has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<OpenExchange>,
    /// Payouts of which nobody knows how they ended, until the MFO has settled them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<DoubtfulPayout>,
    /// Notes that may lie on the dispenser's way since it stuck, as many as were asked for and not given: until a technician has
    /// taken them out and counted them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<UnitRequest>,
    /// Settlements carried out, newest last, at most [`REMEMBERED`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<SettlementId>,
    /// Commands of the MFO that wait for their moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<PendingCommand>,
    /// Commands carried out, newest last, at most [`REMEMBERED`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obeyed: Vec<MessageId>,
    /// How touches of the panel are corrected; `None`: they are right as they come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touch: Option<TouchCorrection>,
    /// Why the MFO withdrew the terminal from service; `None` when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
}

/// A command of the MFO that waits for its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingCommand {
    /// The message that gave it.
    pub message_id: MessageId,
    /// What.
    pub command: Command,
    /// Not after.
    pub expires: UtcMillis,
}

/// Settlements and commands that are remembered: one older than this many others does not come again.
pub const REMEMBERED: usize = 64;

/// Orders that a restart finds: those that came last, carried out or not.
pub const ORDERS_STORED: u8 = 8;

/// Name under which an order is stored, of `place` below [`ORDERS_STORED`].
#[must_use]
pub fn order_place(place: u8) -> String {
    // The first is called as the only one was once.
    if place == 0 { "CashOrder".to_owned() } else { format!("CashOrder/{place}") }
}

/// An order older than this many others has long expired.
pub const EXECUTED_ORDERS_KEPT: usize = 64;

/// A payout request that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenPayout {
    /// The request.
    pub request: PayoutRequestId,
    /// Visit in which it was made.
    pub session: SessionId,
    /// The loan.
    pub loan: LoanId,
    /// Part of the loan.
    pub part: u32,
    /// Sum of the part.
    pub amount_tiyn: Tiyn,
    /// Leave of the gateway, once given.
    pub authorisation: Option<AuthorisationId>,
    /// The bundles, once planned.
    pub plan: Vec<Vec<UnitRequest>>,
    /// Bundle under way, index into `plan`.
    pub bundle: usize,
    /// How far it is.
    pub stage: Stage,
    /// Notes that left the device so far.
    pub distributed: Vec<DenominationCount>,
}

/// How far a bundle is, by the last durable row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Stage {
    /// `PayoutRequested` is durable, no bundle was begun.
    Requested,
    /// `PayoutIntended` is durable; the marker may be on its way, DISPENSE cannot be.
    Intended,
    /// `PayoutArmed` is durable; DISPENSE may be on its way.
    Armed {
        /// Kernel boot id of the host at arming.
        boot: String,
        /// Monotonic time at arming.
        mono: Mono,
        /// Power latch at arming.
        latch_losses: Option<u64>,
    },
    /// `PayoutPresented` is durable: counted notes lie behind the shutter, or were shown. Only where the dispenser has one.
    Presented {
        /// Kernel boot id of the host then.
        boot: String,
        /// Monotonic time then.
        mono: Mono,
        /// Power latch then.
        latch_losses: Option<u64>,
        /// What the device stacked and rejected.
        stacked: Vec<UnitMoved>,
        /// `PayoutRetractIntended` is durable; the device may be taking notes back.
        retracting: bool,
        /// `PayoutRetracted` is durable, and the books have its notes.
        #[serde(default)]
        taken_back: bool,
    },
    /// `PayoutOutcome` is durable.
    Settled(BundleResult),
}

impl DurableState {
    /// As it is stored. Every field is a number, a name or a list of those, which JSON always holds.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[expect(
            clippy::expect_used,
            reason = "the types above have no value that JSON cannot write; a test writes all"
        )]
        serde_json::to_string(self).expect("plain data is JSON")
    }
}

impl DurableState {
    /// Notes may lie on the dispenser's way from now on.
    pub(crate) fn remember_stuck(&mut self, stuck: &[UnitRequest]) {
        for notes in stuck {
            match self.stuck.iter_mut().find(|known| known.unit == notes.unit) {
                Some(known) => known.notes = known.notes.saturating_add(notes.notes),
                None => self.stuck.push(*notes),
            }
        }
    }
}

impl OpenPayout {
    /// Notes requested in the bundle under way.
    #[must_use]
    pub fn current(&self) -> &[UnitRequest] {
        self.plan.get(self.bundle).map_or(&[], Vec::as_slice)
    }

    /// Number of the bundle under way, from 1.
    #[must_use]
    pub fn bundle_no(&self) -> u32 {
        u32::try_from(self.bundle).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Bundles in all.
    #[must_use]
    pub fn bundles(&self) -> u32 {
        u32::try_from(self.plan.len()).unwrap_or(u32::MAX)
    }

    /// Worth of what left the device.
    #[must_use]
    pub fn distributed_tiyn(&self) -> Tiyn {
        senim_domain::cash::worth(self.distributed.iter().map(|count| (count.denomination, count.notes)))
            .unwrap_or(Tiyn::ZERO)
    }
}
