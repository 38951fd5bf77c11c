//! Payouts about which people have to decide, and the facts that the journal holds about them.
//!
//! Decides what is certain and what is in doubt, by the rows alone. What people make of it is decided in
//! [`crate::settlement`].

use std::collections::BTreeMap;

use senim_domain::cash::{BundleResult, FoundPlace, worth};
use senim_domain::cash::{CashBooks, Denomination, UnitMoved, UnitNo, UnitRequest, UnitStock};
use senim_domain::{LoanId, PayoutRequestId, TerminalId, Tiyn, UtcMillis};
use senim_operation::{Body, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Gateway;
use crate::error::{GatewayError, Refusal};
use crate::records::Loan;
use crate::settlement::Settlement;
use crate::store::{self, Collection};

/// Most rows that are read for one payout: a visit has fewer.
const MOST_ROWS: u64 = 1000;
/// Rows read behind the end of a payout: a count may follow it.
const ROWS_BEHIND: u64 = 200;

/// A payout that froze its loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Since when.
    pub at: UtcMillis,
    /// Where.
    pub terminal: TerminalId,
    /// The loan.
    pub loan: LoanId,
    /// The payout.
    pub request: PayoutRequestId,
    /// Why, a technician's text.
    pub why: String,
    /// Row with which the payout began, where it is known.
    pub from_seq: Option<u64>,
    /// Row with which it ended; `None`: the terminal never said how.
    pub to_seq: Option<u64>,
    /// What was allowed; zero where nothing was.
    pub leave: Tiyn,
}

/// One row of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseRow {
    /// Its number.
    pub seq: u64,
    /// When, by the terminal's clock.
    pub at: UtcMillis,
    /// Kind.
    pub kind: String,
    /// Its public fields.
    pub public: Value,
}

/// What the rows say about the notes of one denomination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CaseNotes {
    /// Left the device for certain.
    pub sure: u32,
    /// May have left.
    pub doubt: u32,
}

/// A payout with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PayoutCase {
    /// What, where and why.
    pub doubt: Doubt,
    /// Number of the contract.
    pub contract_number: String,
    /// Sum of the loan.
    pub principal_tiyn: Tiyn,
    /// Paid by the loan's account, this payout included as far as it is booked.
    pub paid_tiyn: Tiyn,
    /// Booked of this payout.
    pub booked_tiyn: Tiyn,
    /// The rows.
    pub rows: Vec<CaseRow>,
    /// Notes by denomination.
    pub notes: BTreeMap<Denomination, CaseNotes>,
    /// Cassettes of the device by the last books.
    pub cassettes: Vec<UnitStock>,
    /// What somebody proposed, or what was settled last.
    pub settlement: Option<Settlement>,
}

impl PayoutCase {
    /// Worth of what left for certain.
    #[must_use]
    pub fn sure_tiyn(&self) -> Tiyn {
        worth(self.notes.iter().map(|(denomination, notes)| (*denomination, notes.sure))).unwrap_or(Tiyn::MAX)
    }
}

/// Key of whatever belongs to one payout of a loan.
pub(crate) fn payout_key(loan: LoanId, request: PayoutRequestId) -> String {
    format!("{loan}/{request}")
}

impl Gateway {
    /// Payouts in doubt, in order of their loans, behind a key, at most `limit`; each with its key.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn doubts(&self, after: &str, limit: usize) -> Result<Vec<(String, Doubt)>, GatewayError> {
        let documents = self.store.documents_after(Collection::Doubt, after, limit)?;
        let read = |document| Ok((store::parse(Collection::Doubt, document)?.value, document));
        let doubts = documents.iter().map(read).collect::<Result<Vec<_>, store::StoreError>>()?;
        Ok(doubts.into_iter().map(|(doubt, document)| (document.key.clone(), doubt)).collect())
    }

    /// A payout in doubt, or one whose leave is out and of whose end nothing was heard.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] where there is nothing to settle.
    pub fn payout_case(&self, loan: LoanId, request: PayoutRequestId) -> Result<PayoutCase, GatewayError> {
        let refused = |why: &str| GatewayError::from(Refusal::BadDirective(why.to_owned()));
        let record: Loan = store::load(self.store.as_ref(), Collection::Loan, &loan.to_string())?
            .ok_or_else(|| refused("this gateway has no such loan"))?
            .value;
        let key = payout_key(loan, request);
        let doubt = store::load::<Doubt>(self.store.as_ref(), Collection::Doubt, &key)?;
        let settlement = store::load::<Settlement>(self.store.as_ref(), Collection::Settlement, &key)?;
        let live = record.live.as_ref().filter(|live| live.request == request);
        let presumed = record.presumed.iter().find(|presumed| presumed.request == request);
        let presumed = presumed.map(|presumed| Doubt {
            at: record.expires,
            terminal: presumed.terminal.clone(),
            loan,
            request,
            why: "its answer was forgotten and its end never reported".to_owned(),
            from_seq: Some(presumed.seq),
            to_seq: None,
            leave: presumed.amount,
        });
        let doubt = match (doubt, live, presumed, &settlement) {
            (Some(doubt), ..) => doubt.value,
            (None, Some(live), ..) => Doubt {
                at: record.expires,
                terminal: live.terminal.clone(),
                loan,
                request,
                why: "its end was never reported".to_owned(),
                from_seq: Some(live.seq),
                to_seq: None,
                leave: live.amount,
            },
            (None, None, Some(presumed), _) => presumed,
            (None, None, None, Some(settled)) => settled.value.doubt.clone(),
            (None, None, None, None) => return Err(refused("this payout is not in doubt")),
        };
        let rows = self.rows_of(&doubt)?;
        let account = Account::of(request, &rows);
        Ok(PayoutCase {
            contract_number: record.contract_number.clone(),
            principal_tiyn: record.principal,
            paid_tiyn: record.paid,
            booked_tiyn: record.booked_of(request),
            rows: rows.iter().filter_map(|row| case_row(request, row)).collect(),
            notes: account.notes,
            cassettes: account.books.map(|books| books.stock()).unwrap_or_default(),
            settlement: settlement.map(|settlement| settlement.value),
            doubt,
        })
    }

    fn rows_of(&self, doubt: &Doubt) -> Result<Vec<Row>, GatewayError> {
        let head = self.terminal(&doubt.terminal)?.and_then(|record| record.head).map(|head| head.seq);
        let Some(head) = head else { return Ok(Vec::new()) };
        let to = doubt.to_seq.map_or(head, |to| to.saturating_add(ROWS_BEHIND)).min(head);
        let from = match (doubt.from_seq, doubt.to_seq) {
            (Some(from), _) => from,
            (None, Some(to)) => self.beginning_of(doubt, to)?,
            (None, None) => to.saturating_sub(MOST_ROWS),
        };
        let mut rows = Vec::new();
        for seq in from..=to.min(from.saturating_add(MOST_ROWS)) {
            let Some(stored) = self.store.row(&doubt.terminal, seq)? else { break };
            rows.extend(Row::read(stored.compact).ok());
        }
        Ok(rows)
    }

    /// Looks back from the end of a payout for the row that began it.
    fn beginning_of(&self, doubt: &Doubt, to: u64) -> Result<u64, GatewayError> {
        let last = to.saturating_sub(MOST_ROWS);
        for seq in (last..=to).rev() {
            let Some(stored) = self.store.row(&doubt.terminal, seq)? else { break };
            let body = Row::read(stored.compact).ok().and_then(|row| row.envelope.body().ok().flatten());
            if matches!(body, Some(Body::PayoutRequested(body)) if body.request == doubt.request) {
                return Ok(seq);
            }
        }
        Ok(last)
    }
}

/// What the rows of one payout add up to.
#[derive(Default)]
struct Account {
    notes: BTreeMap<Denomination, CaseNotes>,
    books: Option<CashBooks>,
    mix: Vec<UnitRequest>,
    open: bool,
}

impl Account {
    fn of(request: PayoutRequestId, rows: &[Row]) -> Self {
        let mut account = Self::default();
        for body in rows.iter().filter_map(|row| row.envelope.body().ok().flatten()) {
            account.take(request, body);
        }
        if account.open {
            account.doubt(&[]);
        }
        account
    }

    fn take(&mut self, request: PayoutRequestId, body: Body) {
        match body {
            Body::PayoutIntended(row) if row.request == request => {
                self.books = Some(row.books_before);
                self.mix = row.mix;
                self.open = true;
            }
            Body::PayoutArmed(row) if row.request == request => self.book(&row.marker),
            Body::PayoutRetracted(row) if row.request == request => {
                if let Some(books) = &mut self.books {
                    // What the books cannot hold is in doubt below.
                    let _ = books.book_retracted(&row.units);
                }
            }
            Body::PayoutOutcome(row) if row.request == request => {
                self.open = false;
                if row.result == BundleResult::Uncertain {
                    self.doubt(&row.units);
                } else {
                    for moved in &row.units {
                        if let Some(denomination) = self.denomination(moved.unit) {
                            let notes = self.notes.entry(denomination).or_default();
                            notes.sure = notes.sure.saturating_add(moved.distributed);
                        }
                    }
                    self.book(&row.units);
                }
            }
            Body::PayoutEnded(row) if row.request == request => {
                // The end may name notes of which no bundle tells.
                for count in row.distributed {
                    let notes = self.notes.entry(count.denomination).or_default();
                    notes.sure = notes.sure.max(count.notes);
                }
            }
            _ => {}
        }
    }

    fn book(&mut self, moved: &[UnitMoved]) {
        if let Some(books) = &mut self.books {
            let _ = books.book_moved(moved);
        }
    }

    fn doubt(&mut self, moved: &[UnitMoved]) {
        let Some(books) = &mut self.books else { return };
        let doubts = books.in_question(&self.mix, moved);
        let _ = books.book_uncertain(&doubts);
        for doubt in doubts {
            let notes = self.notes.entry(doubt.denomination).or_default();
            notes.doubt = notes.doubt.saturating_add(doubt.notes);
        }
    }

    fn denomination(&self, unit: UnitNo) -> Option<Denomination> {
        let asked = self.mix.iter().find(|request| request.unit == unit).map(|request| request.denomination);
        asked.or_else(|| Some(self.books.as_ref()?.units.get(&unit)?.denomination))
    }
}

/// A row as evidence: those of the payout, and those around it that tell of cash, devices and power.
fn case_row(request: PayoutRequestId, row: &Row) -> Option<CaseRow> {
    let envelope = &row.envelope;
    let named = envelope.public.get("request").and_then(Value::as_str);
    let around = matches!(
        envelope.kind.as_str(),
        "CashServiceChanged"
            | "CashCountAdjusted"
            | "CashExchange"
            | "ExchangeCounted"
            | "DeviceChanged"
            | "PowerChanged"
            | "CabinetChanged"
            | "TerminalStarted"
            | "TerminalStopped"
            | "PayoutSettled"
    );
    let belongs = named.map_or(around, |named| named == request.to_string());
    belongs.then(|| CaseRow {
        seq: envelope.seq,
        at: envelope.at,
        kind: envelope.kind.clone(),
        public: envelope.public.clone(),
    })
}

/// Whether a place is one where staff may find notes.
#[must_use]
pub(crate) const fn is_found(place: FoundPlace) -> bool {
    match place {
        FoundPlace::RejectUnit | FoundPlace::RetractUnit | FoundPlace::Cassette => true,
        FoundPlace::Distributed | FoundPlace::Missing => false,
    }
}
