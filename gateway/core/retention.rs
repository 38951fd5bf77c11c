//! The end of keeping: what is due is erased, with the key first, so that no copy anywhere can be read any more.
//!
//! Decides when something is due and by which clock. The clock of the archive never goes back, and does not follow a
//! clock that jumps ahead until a person says that it is right: a wrong clock erases nothing early. A document under a
//! hold, and every document of a client with an open loan, waits.

use jiff::civil::Date;
use senim_domain::{ClientId, LoanId, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::agreement::OpenLoan;
use crate::archive::{ArchiveRecord, Class, Mark, day_of, days_later, of_attachment};
use crate::content_keys::Owner;
use crate::error::{GatewayError, bad_directive};
use crate::events::EventBody;
use crate::kept::TOLD;
use crate::openings::GATEWAY;
use crate::records::{Loan, LoanState};
use crate::registration::Registration;
use crate::signing::{SignatureRecord, SignatureState};
use crate::store::{self, Change, Collection, StoreError, Versioned};

/// Furthest that the archive's clock follows in one step without a person.
const MAX_STEP_MS: i64 = 3 * 86_400_000;
/// Most documents erased in one round.
const ROUND: usize = 500;
/// Days after which something that waits is looked at again.
const WAIT_DAYS: u32 = 30;
const CLOCK: &str = "archive_clock";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ArchiveClock {
    /// Latest moment that was believed.
    at: UtcMillis,
    /// Day up to which the index was worked off, `YYYY-MM-DD`.
    day: String,
    /// Set while a jump ahead waits for a person.
    #[serde(default)]
    jump: bool,
}

/// A document whose time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueDocument {
    /// Its name in the archive.
    pub document: String,
    /// What it is.
    pub class: Class,
    /// When its time was over.
    pub retain_until: UtcMillis,
    /// `hold` or `openLoan`: why it waits all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<&'static str>,
}

/// What a round of erasing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErasureReport {
    /// Documents that were erased.
    pub erased: Vec<String>,
    /// Documents that are due and wait for a hold or a loan to end.
    pub waiting: u64,
    /// Documents whose file in the second copy could not be removed yet; it cannot be read any more.
    pub files_left: u64,
    /// Whether the clock is ahead of what is believed: nothing was erased, a person has to say that it is right.
    pub clock_ahead: bool,
}

impl Gateway {
    fn archive_clock(&self, now: UtcMillis) -> Result<Versioned<ArchiveClock>, GatewayError> {
        let clock = store::load(self.store.as_ref(), Collection::Meta, CLOCK)?;
        let fresh = ArchiveClock { at: now, day: day_of(now), jump: false };
        Ok(clock.unwrap_or(Versioned { revision: 0, value: fresh }))
    }

    /// Now by the archive's clock, which never goes back.
    pub(crate) fn archive_now(&self, now: UtcMillis) -> Result<UtcMillis, GatewayError> {
        Ok(self.archive_clock(now)?.value.at.max(now))
    }

    /// Documents whose time is over, by the archive's clock.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn archive_due(&self, now: UtcMillis) -> Result<Vec<DueDocument>, GatewayError> {
        let clock = self.archive_clock(now)?.value;
        let until = clock.at.max(now);
        let mut due = Vec::new();
        for (_, document) in self.indexed(&clock.day, until)? {
            let Some(record) = self.archive_record(&document)? else { continue };
            if record.erased.is_some() || record.retain_until > until {
                continue;
            }
            let waits_for = self.waits_for(&record)?;
            due.push(DueDocument {
                document,
                class: record.class,
                retain_until: record.retain_until,
                waits_for,
            });
        }
        Ok(due)
    }

    /// Erases what is due; to be called from time to time, without an actor. A person with a reason may call it too, and
    /// says with that that the clock is right.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn erase_due(&self, actor: Option<&Actor>, now: UtcMillis) -> Result<ErasureReport, GatewayError> {
        let mut report = ErasureReport::default();
        let mut clock = self.archive_clock(now)?;
        if actor.is_none() && now.0.saturating_sub(clock.value.at.0) > MAX_STEP_MS {
            report.clock_ahead = true;
            if !clock.value.jump {
                tracing::error!(at = %clock.value.at, %now, "the archive does not follow the clock");
                let expect = clock.expect();
                clock.value.jump = true;
                let put = store::put(Collection::Meta, CLOCK, expect, &clock.value)?;
                self.store.commit(&[put, self.event(EventBody::alarm("clockJump"), now)?])?;
            }
            return Ok(report);
        }
        let until = clock.value.at.max(now);
        let by_clock = Actor::new(GATEWAY, "time of keeping is over")?;
        let actor = actor.unwrap_or(&by_clock);
        let today = day_of(until);
        if clock.value.day != today {
            self.forget_counters(&today)?;
        }
        let mut reached = clock.value.day.clone();
        let mut whole = true;
        for (day, document) in self.indexed(&clock.value.day, until)? {
            if report.erased.len() >= ROUND {
                whole = false;
                break;
            }
            reached = day;
            self.work_off(&document, actor, until, now, &mut report)?;
        }
        let day = if whole { today } else { reached };
        let expect = clock.expect();
        let next = ArchiveClock { at: until, day, jump: false };
        if next.at != clock.value.at || next.day != clock.value.day || clock.value.jump || clock.revision == 0
        {
            match self.store.commit(&[store::put(Collection::Meta, CLOCK, expect, &next)?]) {
                Ok(()) | Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.prune_feed(until)?;
        Ok(report)
    }

    /// Every document in the index of the days from `first` to the day of `until`.
    fn indexed(&self, first: &str, until: UtcMillis) -> Result<Vec<(String, String)>, GatewayError> {
        let last = day_of(until);
        let corrupt = || StoreError::Corrupt(format!("day {first} of the archive's clock"));
        let mut date: Date = first.parse().map_err(|_| corrupt())?;
        let mut found = Vec::new();
        while date.to_string() <= last {
            let prefix = format!("{date}/");
            for entry in self.store.documents(Collection::Due, &prefix)? {
                if let Some(document) = entry.key.strip_prefix(&prefix) {
                    found.push((date.to_string(), document.to_owned()));
                }
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        Ok(found)
    }

    fn work_off(
        &self,
        document: &str,
        actor: &Actor,
        until: UtcMillis,
        now: UtcMillis,
        report: &mut ErasureReport,
    ) -> Result<(), GatewayError> {
        let Some(old) = self.load_archive(document)? else { return Ok(()) };
        if old.value.erased.is_some() {
            let left = self.remove_file(document, &old, until)?;
            report.files_left = report.files_left.saturating_add(u64::from(left));
            return Ok(());
        }
        if old.value.retain_until > until {
            return Ok(());
        }
        if self.waits_for(&old.value)?.is_some() {
            report.waiting = report.waiting.saturating_add(1);
            return self.put_off(document, &old, days_later(until, WAIT_DAYS));
        }
        match self.erase(document, &old, actor, until, now) {
            Ok(left) => {
                report.files_left = report.files_left.saturating_add(u64::from(left));
                report.erased.push(document.to_owned());
                Ok(())
            }
            // Changed meanwhile, by a hold perhaps: the next round looks at it again.
            Err(GatewayError::Store(StoreError::Conflict(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn put_off(
        &self,
        document: &str,
        old: &Versioned<ArchiveRecord>,
        moment: UtcMillis,
    ) -> Result<(), GatewayError> {
        let new = ArchiveRecord { due: Some(day_of(moment)), ..old.value.clone() };
        let mut changes = Vec::new();
        self.rewrite_record(document, old, &new, &mut changes)?;
        match self.store.commit(&changes) {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn waits_for(&self, record: &ArchiveRecord) -> Result<Option<&'static str>, GatewayError> {
        if record.hold.is_some() {
            return Ok(Some("hold"));
        }
        // A PIN is no evidence of a loan.
        if record.class == Class::Pin {
            return Ok(None);
        }
        let Some(client) = record.owner.as_client() else { return Ok(None) };
        let open = self.store.document(Collection::OpenLoan, client)?.is_some();
        Ok(open.then_some("openLoan"))
    }

    /// Erases one document: the key, the bytes and the trail of it in one transaction, then the file of the second copy.
    /// Gives whether that file is left.
    fn erase(
        &self,
        document: &str,
        old: &Versioned<ArchiveRecord>,
        actor: &Actor,
        until: UtcMillis,
        now: UtcMillis,
    ) -> Result<bool, GatewayError> {
        let mut changes = vec![self.act_record(actor, "erase", document, now)?];
        self.erasure(document, old, actor, (until, now), &mut changes)?;
        self.forget_key(&old.value.owner, &[document], &mut changes)?;
        self.store.commit(&changes)?;
        let Some(erased) = self.load_archive(document)? else { return Ok(false) };
        self.remove_file(document, &erased, until)
    }

    /// What changes in the store when a document is erased, but for the key of its owner.
    fn erasure(
        &self,
        document: &str,
        old: &Versioned<ArchiveRecord>,
        actor: &Actor,
        (until, now): (UtcMillis, UtcMillis),
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let tomorrow = day_of(days_later(until, 1));
        let new = ArchiveRecord {
            key: None,
            erased: Some(Mark { at: now, actor: actor.clone() }),
            due: Some(tomorrow),
            ..old.value.clone()
        };
        self.rewrite_record(document, old, &new, changes)?;
        match parts(document) {
            Parts::Attachment(terminal, sha256) => {
                changes.push(Change::EraseAttachment { terminal, sha256 });
            }
            Parts::Loan(loan) => self.erase_drafts(loan, changes)?,
            Parts::Registration(registration) => self.erase_registration(registration, changes)?,
            Parts::Signature(signature) => self.erase_signature(signature, changes)?,
            Parts::Unknown => {}
        }
        changes.push(
            self.event(EventBody::DocumentErased { document: document.to_owned(), class: new.class }, now)?,
        );
        Ok(())
    }

    /// Erases a code of the state service together with the answer to whoever typed it: it is neither made nor kept here
    /// (B21, R-254).
    pub(crate) fn drop_code(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<(), GatewayError> {
        let document = of_attachment(terminal, sha256);
        let Some(mut old) = self.load_archive(&document)? else { return Ok(()) };
        if old.value.erased.is_some() {
            return Ok(());
        }
        let by = Actor::new(GATEWAY, "a code of the state service is not kept")?;
        // Its row may be ahead of the chain: when that brings it, nothing is asked for again.
        old.value.class = Class::StateCode;
        self.erasure(&document, &old, &by, (self.archive_now(now)?, now), changes)
    }

    /// Removes the second copy of a code that was dropped; what cannot be removed now is removed the next day.
    pub(crate) fn forget_code_copy(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let document = of_attachment(terminal, sha256);
        match self.load_archive(&document)? {
            Some(dropped) if dropped.value.erased.is_some() => {
                self.remove_file(&document, &dropped, self.archive_now(now)?).map(drop)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn erase_registration(&self, id: &str, changes: &mut Vec<Change>) -> Result<(), GatewayError> {
        let found = store::load::<Registration>(self.store.as_ref(), Collection::Registration, id)?;
        let Some(mut found) = found else { return Ok(()) };
        found.value.erase();
        changes.push(store::put(Collection::Registration, id, found.expect(), &found.value)?);
        Ok(())
    }

    fn erase_drafts(&self, loan: &str, changes: &mut Vec<Change>) -> Result<(), GatewayError> {
        let Some(mut found) = store::load::<Loan>(self.store.as_ref(), Collection::Loan, loan)? else {
            return Ok(());
        };
        found.value.drafts.iter_mut().for_each(|draft| draft.contract_sealed.clear());
        changes.push(store::put(Collection::Loan, loan, found.expect(), &found.value)?);
        Ok(())
    }

    fn erase_signature(&self, signature: &str, changes: &mut Vec<Change>) -> Result<(), GatewayError> {
        let found = store::load::<SignatureRecord>(self.store.as_ref(), Collection::Signature, signature)?;
        let Some(mut found) = found else { return Ok(()) };
        let expect = found.expect();
        if let SignatureState::Accepted(accepted) = &mut found.value.state {
            accepted.cms_sealed.clear();
            accepted.evidence_sealed.clear();
            changes.push(store::put(Collection::Signature, signature, expect, &found.value)?);
        }
        Ok(())
    }

    /// Removes the second copy's file of an erased document; gives whether it is left, to be tried again tomorrow.
    fn remove_file(
        &self,
        document: &str,
        erased: &Versioned<ArchiveRecord>,
        until: UtcMillis,
    ) -> Result<bool, GatewayError> {
        if let (Parts::Attachment(terminal, sha256), Some(second)) =
            (parts(document), &self.connectors.second_copy)
            && let Err(cause) = second.erase(&terminal, &sha256)
        {
            tracing::warn!(document, cause, "file of the second copy not removed");
            self.put_off(document, erased, days_later(until, 1))?;
            return Ok(true);
        }
        let mut changes = Vec::new();
        if erased.value.class == Class::Loose {
            // Its row may still come, and then it with it: nothing is to stand in its way.
            if let Some(day) = &erased.value.due {
                changes.push(store::remove(Collection::Due, &format!("{day}/{document}")));
            }
            changes.push(store::remove(Collection::Archive, document));
        } else {
            let new = ArchiveRecord { due: None, ..erased.value.clone() };
            self.rewrite_record(document, erased, &new, &mut changes)?;
        }
        match self.store.commit(&changes) {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A document that a person wants to act on: one that is here and not erased.
    fn kept(&self, document: &str) -> Result<Versioned<ArchiveRecord>, GatewayError> {
        let old = self
            .load_archive(document)?
            .ok_or_else(|| bad_directive("no such document is in the archive"))?;
        if old.value.erased.is_some() {
            return Err(bad_directive("the document is erased already"));
        }
        Ok(old)
    }

    /// Erases a document because a person says so: one whose time is over or, with `early`, one whose is not.
    ///
    /// # Errors
    /// [`crate::Refusal::BadDirective`] for one that is not here, under a hold, of an open loan, or too early.
    pub fn erase_document(
        &self,
        actor: &Actor,
        document: &str,
        early: bool,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        self.deciding(|| self.try_erase(actor, document, early, now))
    }

    fn try_erase(
        &self,
        actor: &Actor,
        document: &str,
        early: bool,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let old = self.kept(document)?;
        let until = self.archive_now(now)?;
        match self.waits_for(&old.value)? {
            Some("hold") => return Err(bad_directive("the document is under a hold; lift it first")),
            Some(_) => return Err(bad_directive("the client has an open loan")),
            None if old.value.retain_until > until && !early => {
                return Err(bad_directive(
                    "the document must be kept longer; say --early if the law allows it",
                ));
            }
            None => {}
        }
        self.erase(document, &old, actor, until, now).map(drop)
    }

    /// Puts a document under a hold, or lifts it: held, it is not erased whatever its time.
    ///
    /// # Errors
    /// [`crate::Refusal::BadDirective`] for one that is not here or erased.
    pub fn hold_document(
        &self,
        actor: &Actor,
        document: &str,
        hold: bool,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        self.deciding(|| self.try_hold(actor, document, hold, now))
    }

    fn try_hold(
        &self,
        actor: &Actor,
        document: &str,
        hold: bool,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let old = self.kept(document)?;
        let until = self.archive_now(now)?;
        let mark = Mark { at: now, actor: actor.clone() };
        let new = ArchiveRecord {
            hold: hold.then_some(mark),
            due: Some(day_of(old.value.retain_until.max(until))),
            ..old.value.clone()
        };
        let act = if hold { "hold" } else { "liftHold" };
        let mut changes = vec![self.act_record(actor, act, document, now)?];
        self.rewrite_record(document, &old, &new, &mut changes)?;
        Ok(self.store.commit(&changes)?)
    }

    /// Says that the obligations of a loan have ended: from now on the documents of its client are kept for their days.
    ///
    /// # Errors
    /// [`crate::Refusal::BadDirective`] for a loan that is not concluded here.
    pub fn close_loan(&self, actor: &Actor, loan: LoanId, now: UtcMillis) -> Result<(), GatewayError> {
        self.deciding(|| self.try_close_loan(actor, loan, now))
    }

    fn try_close_loan(&self, actor: &Actor, loan: LoanId, now: UtcMillis) -> Result<(), GatewayError> {
        let found = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &loan.to_string())?;
        let Some(found) = found.filter(|found| matches!(found.value.state, LoanState::Concluded(_))) else {
            return Err(bad_directive("no such loan was concluded here"));
        };
        let client = found.value.client;
        let mut changes = Vec::new();
        if !self.release_place(client, loan, now, &mut changes)? {
            return Err(bad_directive("the loan is closed already"));
        }
        changes.extend([
            self.act_record(actor, "closeLoan", &loan.to_string(), now)?,
            self.event(EventBody::loan(loan, &found.value.terminal, "closed"), now)?,
        ]);
        Ok(self.store.commit(&changes)?)
    }

    /// The client's place for an open loan is free again, and the days begin for which their documents are kept; false
    /// where the loan does not hold it.
    pub(crate) fn release_place(
        &self,
        client: ClientId,
        loan: LoanId,
        now: UtcMillis,
        changes: &mut Vec<Change>,
    ) -> Result<bool, GatewayError> {
        let open = store::load::<OpenLoan>(self.store.as_ref(), Collection::OpenLoan, &client.to_string())?;
        let Some(open) = open.filter(|open| open.value.loan == loan) else { return Ok(false) };
        changes.push(store::remove_at(Collection::OpenLoan, &client.to_string(), open.revision));
        let from = self.archive_now(now)?;
        for document in self.documents_of(&Owner::client(client))? {
            let Some(old) = self.load_archive(&document)? else { continue };
            let days = old.value.class.days(&self.custody.retention, true);
            let retain_until = days_later(from, days).max(old.value.retain_until);
            let due = Some(day_of(retain_until));
            let new = ArchiveRecord { retain_until, due, ..old.value.clone() };
            self.rewrite_record(&document, &old, &new, changes)?;
        }
        Ok(true)
    }

    /// Removes the counters by phone of days before yesterday.
    fn forget_counters(&self, today: &str) -> Result<(), GatewayError> {
        let Ok(today) = today.parse::<Date>() else { return Ok(()) };
        let keep = [today.yesterday(), Ok(today), today.tomorrow()];
        let keep: Vec<String> = keep.into_iter().flatten().map(|day| day.to_string()).collect();
        let counters = self.store.documents(Collection::Daily, "")?;
        let over = |key: &str| key.rsplit('/').next().is_some_and(|day| !keep.iter().any(|kept| kept == day));
        let old: Vec<Change> = counters
            .iter()
            .filter(|counter| over(&counter.key))
            .map(|counter| store::remove(Collection::Daily, &counter.key))
            .collect();
        for some in old.chunks(ROUND) {
            self.store.commit(some)?;
        }
        Ok(())
    }
}

enum Parts<'a> {
    Attachment(TerminalId, String),
    Loan(&'a str),
    Registration(&'a str),
    Signature(&'a str),
    Unknown,
}

fn parts(document: &str) -> Parts<'_> {
    if let Some(loan) = document.strip_prefix("loan//") {
        return Parts::Loan(loan);
    }
    if let Some(registration) = document.strip_prefix("registration//") {
        return Parts::Registration(registration);
    }
    if let Some(signature) = document.strip_prefix("signature//") {
        return Parts::Signature(signature);
    }
    let sealed = ["paper//", "supplement//"].iter().any(|begin| document.starts_with(begin));
    if sealed || document.starts_with(TOLD) {
        // Its text is nothing without its key.
        return Parts::Unknown;
    }
    match document.split_once('/').map(|(terminal, sha256)| (terminal.parse(), sha256)) {
        Some((Ok(terminal), sha256)) => Parts::Attachment(terminal, sha256.to_owned()),
        Some((Err(_), _)) | None => Parts::Unknown,
    }
}
