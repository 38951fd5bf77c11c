//! Reports that core lending must get, however long it is away: kept with the fact they tell of, removed on success.
//!
//! What an act has just committed is reported at once. What waits is gone through from time to time and when core lending
//! is found back, never for each act: after an outage every terminal brings acts, and every report may be waiting.

use std::sync::atomic::Ordering;

use senim_domain::{ClientId, LoanId, UtcMillis};

use crate::Gateway;
use crate::access_notice::{ACCESS, AccessNotice};
use crate::cabinet::{LETTER, LetterReport};
use crate::connectors::{
    ConnectorError, LoanCancellation, PayoutReport, SupplementConcluded, SupplementDeclined,
};
use crate::error::GatewayError;
use crate::measures::{MEASURES, MeasuresReport};
use crate::notices::{DUTY, Delivery, Way};
use crate::one_sided::{VERDICT, Verdict};
use crate::refund::REFUND;
use crate::remainder::{CLAIM, ClaimDue};
use crate::repayment::{NOTICE, PaymentNotice, REPORT, RepaymentReport};
use crate::restructuring::{RESTRUCTURING, RestructuringRecord};
use crate::store::{self, Change, Collection, StoreError};
use crate::supplement;
use crate::transfer::{TRANSFER, TRANSFER_NOTICE, TransferDue, TransferNotice};
use crate::waiting::CANCELLATION;

/// Reports that are fetched together.
const REPORTS_AT_ONCE: usize = 64;
/// How long acts leave core lending alone after it was found away, ms.
const AWAY_MS: u64 = 5_000;
/// What stands in place of a moment while core lending is there.
pub(crate) const THERE: i64 = i64::MIN;

/// What waits to be told.
enum Report {
    /// Cash that left a terminal.
    Payout(PayoutReport),
    /// Cash that a terminal took.
    Repayment(RepaymentReport),
    /// A text to the borrower.
    Notice(PaymentNotice),
    /// A text about the access to a cabinet.
    Access(AccessNotice),
    /// A client's letter.
    Letter(LetterReport),
    /// A contract that its client took back before any money.
    Cancellation(LoanCancellation),
    /// A transfer that is pursued until it is known what became of it.
    Transfer(TransferDue),
    /// A text about a transfer.
    TransferNotice(TransferNotice),
    /// A slip of the cash desk that nobody is known to have used.
    Claim(ClaimDue),
    /// What was done after a leak.
    Measures(MeasuresReport),
    /// What a client has to be told in writing.
    Duty(Delivery),
    /// A supplement that is in force.
    Supplement(SupplementConcluded),
    /// A supplement that its client does not want.
    Declined(SupplementDeclined),
    /// A client asks for other terms.
    Restructuring(RestructuringRecord),
    /// Whether a change by one side stands.
    OneSided(Verdict),
    /// How a client wants money back, as long as nobody knows whether core lending has it.
    Refund(LoanId),
}

impl Report {
    /// By its key.
    fn read(key: &str, json: &str) -> Result<Self, GatewayError> {
        let read = if key.starts_with(REPORT) {
            serde_json::from_str(json).map(Self::Repayment)
        } else if key.starts_with(NOTICE) {
            serde_json::from_str(json).map(Self::Notice)
        } else if key.starts_with(ACCESS) {
            serde_json::from_str(json).map(Self::Access)
        } else if key.starts_with(LETTER) {
            serde_json::from_str(json).map(Self::Letter)
        } else if key.starts_with(TRANSFER) {
            serde_json::from_str(json).map(Self::Transfer)
        } else if key.starts_with(TRANSFER_NOTICE) {
            serde_json::from_str(json).map(Self::TransferNotice)
        } else if key.starts_with(CLAIM) {
            serde_json::from_str(json).map(Self::Claim)
        } else if key.starts_with(CANCELLATION) {
            serde_json::from_str(json).map(Self::Cancellation)
        } else if key.starts_with(MEASURES) {
            serde_json::from_str(json).map(Self::Measures)
        } else if key.starts_with(DUTY) {
            serde_json::from_str(json).map(Self::Duty)
        } else if key.starts_with(supplement::CONCLUDED) {
            serde_json::from_str(json).map(Self::Supplement)
        } else if key.starts_with(supplement::DECLINED) {
            serde_json::from_str(json).map(Self::Declined)
        } else if key.starts_with(RESTRUCTURING) {
            serde_json::from_str(json).map(Self::Restructuring)
        } else if key.starts_with(VERDICT) {
            serde_json::from_str(json).map(Self::OneSided)
        } else if key.starts_with(REFUND) {
            serde_json::from_str(json).map(Self::Refund)
        } else {
            serde_json::from_str(json).map(Self::Payout)
        };
        read.map_err(|error| StoreError::Corrupt(format!("report {key}: {error}")).into())
    }
}

/// What became of a report.
enum Told {
    /// It arrived and waits no more.
    Arrived,
    /// Core lending is there and does not want it, or a text cannot be sent now.
    Refused,
    /// Core lending is away.
    Away,
}

impl Gateway {
    /// Delivers what can be delivered now. To be called from time to time; returns how many reports still wait: all that
    /// were refused, or at least one where core lending is away.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn flush_outbox(&self, now: UtcMillis) -> Result<usize, GatewayError> {
        let (mut waiting, mut after) = (0_usize, String::new());
        loop {
            let page = self.store.documents_after(Collection::Outbox, &after, REPORTS_AT_ONCE)?;
            for document in &page {
                let report = Report::read(&document.key, &document.json)?;
                match self.tell(&document.key, &report, now)? {
                    Told::Arrived => {}
                    Told::Refused => waiting = waiting.saturating_add(1),
                    Told::Away => return Ok(waiting.max(1)),
                }
            }
            match page.last() {
                Some(last) if page.len() == REPORTS_AT_ONCE => after.clone_from(&last.key),
                Some(_) | None => return Ok(waiting),
            }
        }
    }

    /// Delivers the reports that were committed with these changes; and, where core lending was away and is back, the rest.
    pub(crate) fn report_committed(&self, changes: &[Change], now: UtcMillis) -> Result<(), GatewayError> {
        let mut reports = changes.iter().filter_map(|change| match change {
            Change::Document { collection: Collection::Outbox, key, json: Some(json), .. } => {
                // A text is the upkeep's: nobody waits for it at a terminal. So is what was asked just now.
                let later = [ACCESS, DUTY, TRANSFER, TRANSFER_NOTICE, CLAIM];
                (!later.iter().any(|begin| key.starts_with(begin))).then_some((key, json))
            }
            _ => None,
        });
        let found_away = self.core_away.load(Ordering::Relaxed);
        if found_away != THERE && now.0.abs_diff(found_away) < AWAY_MS {
            return Ok(());
        }
        let mut arrived = false;
        for (key, json) in &mut reports {
            let report = Report::read(key, json)?;
            match self.tell(key, &report, now)? {
                Told::Arrived => arrived = true,
                Told::Refused => {}
                Told::Away => return Ok(()),
            }
        }
        if arrived && found_away != THERE {
            self.flush_outbox(now)?;
        }
        Ok(())
    }

    fn tell(&self, key: &str, report: &Report, now: UtcMillis) -> Result<Told, GatewayError> {
        let mut more = Vec::new();
        let told = match report {
            Report::Payout(report) => self.connectors.core.report_payout(report),
            Report::Repayment(report) => self.enter_report(report, now)?.map(|follows| more = follows),
            Report::Letter(letter) => self.post_letter(letter, now)?,
            Report::Cancellation(cancellation) => self.connectors.core.cancel_loan(cancellation),
            Report::Supplement(concluded) => self.connectors.core.conclude_supplement(concluded),
            Report::Declined(declined) => self.connectors.core.decline_supplement(declined),
            Report::OneSided(of) => self.connectors.core.judge_one_sided(of.change, of.verdict),
            Report::Refund(loan) => self.bring_refund(*loan, now)?.map(|follows| more = follows),
            Report::Restructuring(record) => self.bring_restructuring(record, now)?,
            Report::Measures(taken) => {
                self.connectors.core.leak_measures_taken(taken.client, taken.operation)
            }
            Report::Duty(delivery) => {
                let delivered = self.deliver_notice(delivery, now)?;
                match (delivered, delivery.way) {
                    (Ok(follows), _) => {
                        more = follows;
                        Ok(())
                    }
                    // A phone that takes no text, or a service that is away, holds up no other report.
                    (Err(error), Way::Text) => {
                        tracing::warn!(%error, key, "a client is not texted");
                        match error {
                            ConnectorError::Refused { .. } => Ok(()),
                            ConnectorError::Unavailable { .. } => return Ok(Told::Refused),
                        }
                    }
                    (Err(error), Way::Letter) => Err(error),
                }
            }
            Report::Transfer(due) => match self.pursue_transfer(due, now)? {
                Some(follows) => {
                    more = follows;
                    Ok(())
                }
                None => return Ok(Told::Refused),
            },
            Report::Claim(due) => match self.pursue_claim(due, now)? {
                Some(follows) => {
                    more = follows;
                    Ok(())
                }
                None => return Ok(Told::Refused),
            },
            Report::TransferNotice(notice) => {
                match texted(self.send_transfer_notice(notice, now), notice.client, key) {
                    Some(sent) => sent,
                    None => return Ok(Told::Refused),
                }
            }
            Report::Notice(notice) => match texted(self.send_notice(notice, now), notice.client, key) {
                Some(sent) => sent,
                None => return Ok(Told::Refused),
            },
            Report::Access(notice) => {
                match texted(self.send_access_notice(notice, now), notice.client, key) {
                    Some(sent) => sent,
                    None => return Ok(Told::Refused),
                }
            }
        };
        match told {
            Ok(()) => {
                self.core_away.store(THERE, Ordering::Relaxed);
                let removed = store::remove(Collection::Outbox, key);
                let changes: Vec<Change> = more.iter().cloned().chain([removed]).collect();
                match self.store.commit(&changes) {
                    // A terminal has come between; what became of it is found in the next round.
                    Err(StoreError::Conflict(_)) if !more.is_empty() => return Ok(Told::Refused),
                    committed => committed?,
                }
                // What follows from it is told at once as well.
                if !more.is_empty() {
                    self.report_committed(&more, now)?;
                }
                Ok(Told::Arrived)
            }
            Err(error @ ConnectorError::Unavailable { .. }) => {
                self.core_away.store(now.0, Ordering::Relaxed);
                tracing::warn!(%error, at = %now, key, "not reported yet");
                Ok(Told::Away)
            }
            Err(error @ ConnectorError::Refused { .. }) => {
                tracing::error!(%error, key, "core lending refuses what took place");
                Ok(Told::Refused)
            }
        }
    }
}

/// What became of a text to a client; `None`: it waits, for no text must hold up money.
fn texted(
    sent: Result<(), ConnectorError>,
    client: ClientId,
    key: &str,
) -> Option<Result<(), ConnectorError>> {
    match sent {
        // A phone that takes no text is no reason to try for ever.
        Err(error @ ConnectorError::Refused { .. }) => {
            tracing::warn!(%error, %client, key, "the client is not told");
            Some(Ok(()))
        }
        Err(error @ ConnectorError::Unavailable { .. }) => {
            tracing::warn!(%error, key, "not told yet");
            None
        }
        Ok(()) => Some(Ok(())),
    }
}
