//! Settling a payout in doubt: one person proposes by a count, another confirms, and everything follows at once
//! (design section 3, "a count settles it by a new operation").
//!
//! A settlement says how many notes the borrower received in all, and where the others were found. It must fit what the
//! journal proves: not fewer than left for certain, not more than were in doubt, not more than was allowed. Confirmed, one
//! transaction corrects the sum paid, closes the leave, lifts the suspicion, tells core lending and tells the terminal,
//! which then moves the notes in its books and resumes cash service if that was why it stopped.

use std::collections::BTreeMap;

use senim_domain::cash::{Denomination, FoundPlace, SettledNotes, worth};
use senim_domain::{LoanId, MessageId, PayoutRequestId, SettlementId, Tiyn, UtcMillis};
use senim_operation::body::{DenominationCount, PayoutSettled};
use senim_operation::jws::sha256_b64;
use senim_operation::message::MessageBody;
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::connectors::PayoutReport;
use crate::doubts::{Doubt, PayoutCase, is_found, payout_key};
use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal};
use crate::records::Loan;
use crate::store::{self, Change, Collection, Expect};

/// How long a leave must have been out before it is settled without the terminal's account.
const SILENCE_MS: i64 = 3_600_000;

/// What a count showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Notes of this payout that the borrower received in all.
    pub given: Vec<DenominationCount>,
    /// Notes in doubt that were found in the machine. Those neither given nor found are missing.
    #[serde(default)]
    pub found: Vec<SettledNotes>,
}

/// What a settlement will do, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What the borrower received in this payout.
    pub given_tiyn: Tiyn,
    /// Paid of the loan before.
    pub paid_before_tiyn: Tiyn,
    /// Paid of the loan after.
    pub paid_after_tiyn: Tiyn,
    /// What may still be paid after.
    pub missing_tiyn: Tiyn,
    /// What core lending is told in addition to what it knows.
    pub correction_tiyn: Tiyn,
    /// What the terminal is told; `None`: it never said how the payout ended, so its books do not have it in doubt.
    pub notes: Option<Vec<SettledNotes>>,
}

/// Who, why and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// When.
    pub at: UtcMillis,
    /// Who and why.
    #[serde(flatten)]
    pub by: Actor,
}

/// A settlement, proposed or confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Identity.
    pub settlement: SettlementId,
    /// What was in doubt.
    pub doubt: Doubt,
    /// The count.
    pub count: Count,
    /// What follows from it.
    pub plan: Plan,
    /// Who proposed it, with the evidence.
    pub proposed: Signed,
    /// Who confirmed it; `None`: a proposal.
    pub confirmed: Option<Signed>,
    /// The message to the terminal.
    pub message_id: Option<MessageId>,
    /// When the terminal's row about it came.
    pub booked_at: Option<UtcMillis>,
}

impl Gateway {
    /// What a count would lead to; changes nothing.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] with what does not fit the journal.
    pub fn settlement_plan(&self, case: &PayoutCase, count: &Count) -> Result<Plan, Refusal> {
        plan(case, count).map_err(Refusal::BadDirective)
    }

    /// Proposes a settlement, in place of an earlier proposal. The reason of `by` names the evidence.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] with what does not fit the journal.
    pub fn propose_settlement(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        count: &Count,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Settlement, GatewayError> {
        self.deciding(|| {
            let case = self.settleable(loan, request, now)?;
            let plan = self.settlement_plan(&case, count)?;
            let settlement = Settlement {
                settlement: SettlementId(uuid(self.entropy.as_ref(), now)?),
                doubt: case.doubt,
                count: count.clone(),
                plan,
                proposed: Signed { at: now, by: by.clone() },
                confirmed: None,
                message_id: None,
                booked_at: None,
            };
            let act = self.act_record(by, "settlePropose", &subject(&settlement)?, now)?;
            let key = payout_key(loan, request);
            self.store.commit(&[store::put(Collection::Settlement, &key, Expect::Any, &settlement)?, act])?;
            Ok(settlement)
        })
    }

    /// Confirms what another person proposed: everything follows in one transaction.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`]: nothing proposed, the same person, or the facts have changed since.
    pub fn confirm_settlement(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        proposal: SettlementId,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Settlement, GatewayError> {
        let settled = self.deciding(|| self.try_confirm(loan, request, proposal, by, now))?;
        // Core lending may be away; the report waits with the fact.
        if let Err(error) = self.flush_outbox(now) {
            tracing::warn!(%error, "the correction is reported later");
        }
        Ok(settled)
    }

    fn try_confirm(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        proposal: SettlementId,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Settlement, GatewayError> {
        let refused = |why: &str| GatewayError::from(Refusal::BadDirective(why.to_owned()));
        let key = payout_key(loan, request);
        let stored = store::load::<Settlement>(self.store.as_ref(), Collection::Settlement, &key)?
            .filter(|stored| stored.value.confirmed.is_none() && stored.value.settlement == proposal)
            .ok_or_else(|| refused("there is no such proposal, or another took its place; look again"))?;
        let expect = stored.expect();
        let mut settlement = stored.value;
        if same_person(settlement.proposed.by.person(), by.person()) {
            return Err(refused("whoever proposed a settlement cannot confirm it; ask a second person"));
        }
        let case = self.settleable(loan, request, now)?;
        if self.settlement_plan(&case, &settlement.count)? != settlement.plan {
            return Err(refused("the facts have changed since this was proposed; propose it again"));
        }
        settlement.confirmed = Some(Signed { at: now, by: by.clone() });
        let mut changes = vec![self.act_record(by, "settle", &subject(&settlement)?, now)?];
        changes.append(&mut self.consequences(&mut settlement, expect, now)?);
        self.store.commit(&changes)?;
        Ok(settlement)
    }

    /// What follows of a settlement that is confirmed, for one transaction. `expect`: the settlement as it is stored.
    pub(crate) fn consequences(
        &self,
        settlement: &mut Settlement,
        expect: Expect,
        now: UtcMillis,
    ) -> Result<Vec<Change>, GatewayError> {
        let Doubt { loan, request, terminal, .. } = settlement.doubt.clone();
        let key = payout_key(loan, request);
        let mut changes = Vec::new();
        if let Some(notes) = settlement.plan.notes.clone() {
            let body = MessageBody::Settlement { settlement: settlement.settlement, request, loan, notes };
            let (message_id, message) = self.durable(&terminal, &body, now)?;
            settlement.message_id = Some(message_id);
            changes.push(message);
        }
        if settlement.plan.correction_tiyn > Tiyn::ZERO {
            let report = PayoutReport {
                loan,
                request: PayoutRequestId(settlement.settlement.0),
                amount_tiyn: settlement.plan.correction_tiyn,
                terminal,
            };
            let outbox = format!("payout/{}", settlement.settlement);
            changes.push(store::put(Collection::Outbox, &outbox, Expect::Any, &report)?);
        }
        changes.push(self.settled_loan(settlement)?);
        changes.push(store::remove(Collection::Doubt, &key));
        changes.push(store::put(Collection::Settlement, &key, expect, settlement)?);
        tracing::info!(loan = %loan, request = %request, paid = settlement.plan.paid_after_tiyn.tiyn(), "payout settled");
        Ok(changes)
    }

    fn settled_loan(&self, settlement: &Settlement) -> Result<Change, GatewayError> {
        let Doubt { loan, request, .. } = settlement.doubt;
        let key = loan.to_string();
        let missing = || Refusal::BadDirective("this gateway has no such loan".into());
        let stored = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &key)?.ok_or_else(missing)?;
        let expect = stored.expect();
        let mut value = stored.value;
        value.book(request, settlement.plan.given_tiyn);
        if value.live.take_if(|live| live.request == request).is_some() {
            value.parts = value.parts.saturating_add(1);
        }
        let waiting = value.presumed.len();
        value.presumed.retain(|presumed| presumed.request != request);
        // Nobody knows whether it had leave; where money was given, it did.
        if value.presumed.len() < waiting && settlement.plan.given_tiyn > Tiyn::ZERO {
            value.parts = value.parts.saturating_add(1);
        }
        if !value.ended.contains(&request) {
            value.ended.push(request);
        }
        let others = self.store.documents(Collection::Doubt, &format!("{loan}/"))?;
        let flagged = self.store.document(Collection::Flag, &key)?.is_some();
        value.suspect = flagged || others.iter().any(|other| other.key != payout_key(loan, request));
        Ok(store::put(Collection::Loan, &key, expect, &value)?)
    }

    /// The case, if people may decide it now.
    pub(crate) fn settleable(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        now: UtcMillis,
    ) -> Result<PayoutCase, GatewayError> {
        let refused = |why: &str| GatewayError::from(Refusal::BadDirective(why.to_owned()));
        let case = self.payout_case(loan, request)?;
        let open = self.store.document(Collection::Doubt, &payout_key(loan, request))?.is_some();
        if !open && case.settlement.as_ref().is_some_and(|settlement| settlement.confirmed.is_some()) {
            return Err(refused("this payout is settled already"));
        }
        if case.doubt.to_seq.is_some() {
            return Ok(case);
        }
        let record = self.terminal(&case.doubt.terminal)?;
        if record.is_some_and(|record| record.active && record.quarantined.is_none()) {
            return Err(refused(
                "the terminal has not said how this payout ended and is still active; deactivate it first",
            ));
        }
        let asked = request.0.get_timestamp().map_or(0, |moment| {
            let (seconds, nanos) = moment.to_unix();
            i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1000)
                .saturating_add(i64::from(nanos / 1_000_000))
        });
        if now.0.saturating_sub(asked) < SILENCE_MS {
            return Err(refused("the payout began less than an hour ago and may still go on; wait"));
        }
        Ok(case)
    }

    /// The terminal booked a settlement.
    pub(crate) fn settlement_booked(
        &self,
        body: &PayoutSettled,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let key = payout_key(body.loan, body.request);
        let stored = store::load::<Settlement>(self.store.as_ref(), Collection::Settlement, &key)?;
        match stored.filter(|stored| stored.value.settlement == body.settlement) {
            Some(stored) => {
                let expect = stored.expect();
                let settlement = Settlement { booked_at: Some(now), ..stored.value };
                changes.push(store::put(Collection::Settlement, &key, expect, &settlement)?);
            }
            None => tracing::warn!(settlement = %body.settlement, "booked, and not known here"),
        }
        Ok(())
    }

    /// Whether staff settled this payout, and the terminal now says the same.
    pub(crate) fn agrees_with_settlement(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        said: Tiyn,
    ) -> Result<bool, GatewayError> {
        let key = payout_key(loan, request);
        let stored = store::load::<Settlement>(self.store.as_ref(), Collection::Settlement, &key)?;
        Ok(stored
            .is_some_and(|stored| stored.value.confirmed.is_some() && stored.value.plan.given_tiyn == said))
    }
}

/// Whether two names are one person's, however they are written.
pub(crate) fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// What the trail says was decided: the payout and the hash of count and consequences.
pub(crate) fn subject(settlement: &Settlement) -> Result<String, GatewayError> {
    let decided = serde_json::to_string(&(settlement.settlement, &settlement.count, &settlement.plan))
        .map_err(|error| GatewayError::Internal(error.to_string()))?;
    let Doubt { loan, request, .. } = settlement.doubt;
    Ok(format!("{loan}/{request}/{}", sha256_b64(decided.as_bytes())))
}

fn plan(case: &PayoutCase, count: &Count) -> Result<Plan, String> {
    let given = given(count)?;
    let given_tiyn = worth(given.iter().map(|(denomination, notes)| (*denomination, *notes)))
        .map_err(|error| error.to_string())?;
    let most = case.doubt.leave.max(case.sure_tiyn()).max(case.booked_tiyn);
    if given_tiyn > most {
        return Err(format!("{} tenge were allowed; {} would be more", tenge(most), tenge(given_tiyn)));
    }
    if given_tiyn < case.booked_tiyn {
        let text = "are booked already and reported to core lending; less cannot be settled";
        return Err(format!("{} tenge {text}", tenge(case.booked_tiyn)));
    }
    let notes = match case.doubt.to_seq {
        Some(_) => Some(fates(case, count, &given)?),
        None if count.found.is_empty() => None,
        None => {
            return Err(
                "the terminal's books do not have these notes in doubt; say only what was given".into()
            );
        }
    };
    let others = case.paid_tiyn.minus(case.booked_tiyn).unwrap_or(Tiyn::ZERO);
    let paid_after_tiyn = others.plus(given_tiyn).map_err(|error| error.to_string())?;
    Ok(Plan {
        given_tiyn,
        paid_before_tiyn: case.paid_tiyn,
        paid_after_tiyn,
        missing_tiyn: case.principal_tiyn.minus(paid_after_tiyn).unwrap_or(Tiyn::ZERO),
        correction_tiyn: given_tiyn.minus(case.booked_tiyn).unwrap_or(Tiyn::ZERO),
        notes,
    })
}

fn given(count: &Count) -> Result<BTreeMap<Denomination, u32>, String> {
    let mut given = BTreeMap::new();
    for DenominationCount { denomination, notes } in &count.given {
        if given.insert(*denomination, *notes).is_some() {
            return Err(format!("notes of {} are given twice; add them up", denomination.0));
        }
    }
    Ok(given)
}

/// Where each note in doubt is: given, found, or missing.
fn fates(
    case: &PayoutCase,
    count: &Count,
    given: &BTreeMap<Denomination, u32>,
) -> Result<Vec<SettledNotes>, String> {
    let mut fates = Vec::new();
    for (denomination, notes) in given {
        if *notes > 0 && !case.notes.contains_key(denomination) {
            return Err(format!("no note of {} was asked for in this payout", denomination.0));
        }
    }
    for found in &count.found {
        let known = case.cassettes.iter().find(|stock| Some(stock.unit) == found.unit);
        let fits = match found.place {
            FoundPlace::Cassette => known.is_some_and(|stock| stock.denomination == found.denomination),
            FoundPlace::RejectUnit
            | FoundPlace::RetractUnit
            | FoundPlace::Distributed
            | FoundPlace::Missing => found.unit.is_none(),
        };
        if !is_found(found.place) || !fits || !case.notes.contains_key(&found.denomination) {
            return Err(format!("notes of {} cannot have been found there", found.denomination.0));
        }
    }
    for (denomination, notes) in &case.notes {
        let given = given.get(denomination).copied().unwrap_or(0);
        let name = denomination.0;
        let from_doubt = given.checked_sub(notes.sure).ok_or_else(|| {
            format!(
                "the device counted {} notes of {name} out for certain; fewer cannot be settled",
                notes.sure
            )
        })?;
        let found: u64 = count
            .found
            .iter()
            .filter(|found| found.denomination == *denomination)
            .map(|found| u64::from(found.notes))
            .sum();
        let accounted = u64::from(from_doubt).saturating_add(found);
        let missing = u64::from(notes.doubt)
            .checked_sub(accounted)
            .and_then(|missing| u32::try_from(missing).ok())
            .ok_or_else(|| format!("only {} notes of {name} are in doubt, not {accounted}", notes.doubt))?;
        let fate = |notes, place| SettledNotes { denomination: *denomination, notes, place, unit: None };
        let found = count.found.iter().filter(|found| found.denomination == *denomination).copied();
        let all = [fate(from_doubt, FoundPlace::Distributed)]
            .into_iter()
            .chain(found)
            .chain([fate(missing, FoundPlace::Missing)]);
        fates.extend(all.filter(|fate| fate.notes > 0));
    }
    Ok(fates)
}

fn tenge(sum: Tiyn) -> u64 {
    sum.tiyn() / 100
}
