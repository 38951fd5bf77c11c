//! A count at a terminal's screen settles a payout in doubt (decision 0041).
//!
//! It is settled as two people at the desk settle it: the same plan, bounded by the same rows, the same consequences in one
//! transaction. Only who decides differs: the cash officers whose cards the terminal saw. Where they are not those whom the rule
//! pack wants, their count is a proposal, and somebody at the desk confirms it.

use std::collections::{BTreeMap, BTreeSet};

use senim_domain::cash::Denomination;
use senim_domain::doubt::{DoubtfulNotes, judge};
use senim_domain::rule_pack::StaffRole;
use senim_domain::{SettlementId, TerminalId, UtcMillis};
use senim_operation::body::{DenominationCount, PayoutCounted};

use crate::Gateway;
use crate::actor::Actor;
use crate::doubts::{PayoutCase, payout_key};
use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal};
use crate::settlement::{Count, Settlement, Signed, subject};
use crate::store::{self, Change, Collection, Expect};

impl Gateway {
    /// Settles, or proposes to. A count that does not fit what the journal proves changes nothing: the row stays beside the
    /// payout, where people see it.
    pub(crate) fn payout_counted(
        &self,
        terminal: &TerminalId,
        seq: u64,
        body: &PayoutCounted,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        match self.settled_by_count(terminal, seq, body, now) {
            Ok(mut settled) => changes.append(&mut settled),
            Err(GatewayError::Refused(refusal)) => {
                tracing::warn!(%terminal, request = %body.request, %refusal, "a count settles nothing");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn settled_by_count(
        &self,
        terminal: &TerminalId,
        seq: u64,
        body: &PayoutCounted,
        now: UtcMillis,
    ) -> Result<Vec<Change>, GatewayError> {
        let case = self.settleable(body.loan, body.request, now)?;
        if case.doubt.terminal != *terminal {
            return Err(Refusal::BadDirective("another terminal paid this".to_owned()).into());
        }
        let count = count_of(&case, body).map_err(Refusal::BadDirective)?;
        let plan = self.settlement_plan(&case, &count)?;
        let by = |officer: &String| {
            let by = Actor::new(
                &format!("service card {officer}"),
                &format!("counted at terminal {terminal}, row {seq}"),
            );
            Ok::<_, Refusal>(Signed { at: now, by: by? })
        };
        let nobody = || Refusal::BadDirective("nobody counted".to_owned());
        let proposed = by(body.officers.first().ok_or_else(nobody)?)?;
        let mut settlement = Settlement {
            settlement: SettlementId(uuid(self.entropy.as_ref(), now)?),
            doubt: case.doubt,
            count,
            plan,
            proposed,
            confirmed: None,
            message_id: None,
            booked_at: None,
        };
        if !self.may_settle(&body.officers, now)? {
            let act =
                self.act_record(&settlement.proposed.by, "settlePropose", &subject(&settlement)?, now)?;
            let key = payout_key(body.loan, body.request);
            return Ok(vec![store::put(Collection::Settlement, &key, Expect::Any, &settlement)?, act]);
        }
        let last = by(body.officers.last().ok_or_else(nobody)?)?;
        let mut changes = vec![self.act_record(&last.by, "settle", &subject(&settlement)?, now)?];
        settlement.confirmed = Some(last);
        changes.append(&mut self.consequences(&mut settlement, Expect::Any, now)?);
        Ok(changes)
    }

    /// Whether these are as many cash officers of the pack in force as it wants for cash.
    fn may_settle(&self, officers: &[String], now: UtcMillis) -> Result<bool, GatewayError> {
        let Some(staff) = self.rule_pack(now)?.and_then(|pack| pack.staff) else { return Ok(false) };
        let is_officer = |number: &String| {
            staff.cards.iter().any(|card| card.role == StaffRole::CashOfficer && card.staff == *number)
        };
        let people: BTreeSet<&String> = officers.iter().collect();
        let needed = if staff.two_persons_for_cash { 2 } else { 1 };
        Ok(people.len() >= needed && officers.iter().all(is_officer))
    }
}

/// What was counted, as a settlement says it: by this gateway's own account of the payout, which the officers' has to equal.
fn count_of(case: &PayoutCase, body: &PayoutCounted) -> Result<Count, String> {
    let doubts: Vec<DoubtfulNotes> = case
        .notes
        .iter()
        .map(|(denomination, notes)| DoubtfulNotes {
            denomination: *denomination,
            sure: notes.sure,
            doubt: notes.doubt,
        })
        .collect();
    let counted = judge(&doubts, &body.counted).map_err(|fault| fault.to_string())?;
    let given: BTreeMap<Denomination, u32> = counted.given.into_iter().collect();
    let said = body.given.iter().map(|count| (count.denomination, count.notes));
    if said.clone().count() != given.len() || said.collect::<BTreeMap<_, _>>() != given {
        return Err("the terminal makes something else of its own count".to_owned());
    }
    let note = |(denomination, notes)| DenominationCount { denomination, notes };
    Ok(Count { given: given.into_iter().map(note).collect(), found: counted.found })
}
