//! What staff see of a restoring and decide in it. The command line and the desk's pages call the same functions.

use senim_domain::{TerminalId, UtcMillis};
use serde::Serialize;

use super::{RESTORED, Restoring};
use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, Refusal};
use crate::flags::LoanFlag;
use crate::records::{Loan, LoanState, RewindCall, TerminalRecord, WriteOff};
use crate::store::{self, Change, Collection, Expect, StoreError};

/// So many different members of staff write a terminal off.
const WRITE_OFFS: usize = 2;

/// How a restoring stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoreStatus {
    /// The one under way; none: payouts are not held back.
    pub restoring: Option<Restoring>,
    /// The last one that has ended.
    pub last: Option<Restoring>,
    /// Terminals that are waited for, or that have still to obey a call.
    pub terminals: Vec<OpenTerminal>,
}

/// A terminal that has not sent everything again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenTerminal {
    /// Which.
    pub terminal: TerminalId,
    /// Whether payouts wait for it.
    pub waited_for: bool,
    /// When it was called; none: it has not spoken since.
    pub called: Option<UtcMillis>,
    /// First row that was missing here.
    pub from_seq: u64,
    /// Why it cannot answer: it is quarantined.
    pub quarantined: Option<String>,
    /// Who has written it off so far.
    pub write_offs: Vec<WriteOff>,
}

impl Gateway {
    /// How the restoring stands, terminal by terminal.
    ///
    /// # Errors
    /// What [`GatewayError`] says.
    pub fn restore_status(&self) -> Result<RestoreStatus, GatewayError> {
        let restoring = self.restoring()?.map(|restoring| restoring.value);
        let mut terminals = Vec::new();
        for document in self.store.documents(Collection::Terminal, "")? {
            let record: TerminalRecord = store::parse(Collection::Terminal, &document)?.value;
            let Ok(terminal) = document.key.parse::<TerminalId>() else { continue };
            terminals.extend(open_terminal(terminal, record, restoring.as_ref()));
        }
        let last = store::load(self.store.as_ref(), Collection::Meta, RESTORED)?.map(|last| last.value);
        Ok(RestoreStatus { restoring, last, terminals })
    }

    /// One member of staff stops waiting for a terminal; the second, another one, makes it final. Loans that were offered
    /// there and are not paid out are frozen then: what that terminal may have paid is not known.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] when nothing is waited for or the same person comes twice, [`Refusal::NotEnrolled`], or
    /// what [`GatewayError`] says.
    pub fn write_off(
        &self,
        terminal: &TerminalId,
        actor: &Actor,
        now: UtcMillis,
    ) -> Result<RestoreStatus, GatewayError> {
        let bad = |why: &str| GatewayError::from(Refusal::BadDirective(why.to_owned()));
        let restoring = self.restoring()?.ok_or_else(|| bad("no restoring is under way"))?.value;
        self.attend(terminal, now)?;
        self.change_terminal(terminal, |record, changes| {
            let call = record.rewind.as_mut().filter(|call| call.restore == Some(restoring.rewind));
            let call = call.ok_or_else(|| bad("this terminal was not called; ask again"))?;
            if call.settled.is_some() {
                return Err(bad("this terminal is not waited for any more"));
            }
            let name = |actor: &Actor| actor.person().to_lowercase();
            if call.write_offs.iter().any(|known| name(&known.actor) == name(actor)) {
                return Err(bad("a second, different member of staff has to write it off"));
            }
            call.write_offs.push(WriteOff { at: now, actor: actor.clone() });
            changes.push(self.act_record(actor, "rewind.write-off", terminal.as_str(), now)?);
            if call.write_offs.len() >= WRITE_OFFS {
                call.settled = Some(now);
                self.freeze_loans_of(terminal, actor, now, changes)?;
                self.count_one_less(Some(restoring.rewind), now, changes)?;
            }
            Ok(())
        })?;
        self.restore_status()
    }

    fn freeze_loans_of(
        &self,
        terminal: &TerminalId,
        by: &Actor,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), StoreError> {
        for document in self.store.documents(Collection::Loan, "")? {
            let mut loan = store::parse::<Loan>(Collection::Loan, &document)?;
            let expect = loan.expect();
            let value = &mut loan.value;
            let payable = matches!(value.state, LoanState::Concluded(_) | LoanState::Agreed(_))
                && value.paid < value.principal;
            if value.terminal == *terminal && payable && !value.suspect {
                value.suspect = true;
                changes.push(store::put(Collection::Loan, &document.key, expect, value)?);
                let flag = LoanFlag { at: now, by: by.clone() };
                changes.push(store::put(Collection::Flag, &document.key, Expect::Any, &flag)?);
            }
        }
        Ok(())
    }
}

fn open_terminal(
    terminal: TerminalId,
    record: TerminalRecord,
    restoring: Option<&Restoring>,
) -> Option<OpenTerminal> {
    let current = restoring.map(|restoring| restoring.rewind);
    let from_seq = record.head.as_ref().map_or(0, |head| head.seq.saturating_add(1));
    let of_this = |call: &RewindCall| current.is_some() && call.restore == current;
    match record.rewind {
        Some(call) if of_this(&call) || current.is_none() => {
            let waited_for = current.is_some() && call.settled.is_none();
            (waited_for || call.obeyed.is_none()).then_some(OpenTerminal {
                terminal,
                waited_for,
                called: Some(call.asked),
                from_seq: call.from_seq,
                quarantined: record.quarantined,
                write_offs: call.write_offs,
            })
        }
        Some(_) | None => current.is_some().then_some(OpenTerminal {
            terminal,
            waited_for: true,
            called: None,
            from_seq,
            quarantined: record.quarantined,
            write_offs: Vec::new(),
        }),
    }
}
