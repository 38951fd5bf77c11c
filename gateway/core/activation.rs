//! From the notice to the regulator to a terminal that serves: one person records the notice, and another activates.
//!
//! The notice names the place; a terminal that is moved needs another one, and serves at its old place until that
//! one's day. A recorded notice never changes: whoever wants another records another. It carries a keyed hash, so
//! that a day that was written into the database by hand activates nothing.

use jiff::civil::Date;
use senim_domain::business_days::Day;
use senim_domain::calendar::local_date;
use senim_domain::location::{LocationError, RegisteredLocation};
use senim_domain::{Secret, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::directives::{Activate, Sent};
use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal};
use crate::settlement::{Signed, same_person};
use crate::store::{self, Collection, Expect, Versioned};
use crate::vault::MacPurpose;

/// Oldest notice that is recorded, in days: an older one is a slip of the keys, and its ten business days would be over at
/// once.
pub const MAX_NOTICE_DAYS: i64 = 366;
/// Longest number of an outgoing letter, in characters.
pub const MAX_NUMBER_CHARS: usize = 60;

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticedPlace {
    /// Number of the outgoing letter.
    pub number: String,
    /// Day on which the regulator was notified.
    pub notified: Day,
    /// The place that it names.
    pub location: RegisteredLocation,
}

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoticeOutcome {
    /// The terminal was activated at its place.
    Activated,
    /// It was put aside.
    Withdrawn,
}

/// A notice on record, and what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationNotice {
    /// Its identity; later ones are greater.
    pub notice: String,
    /// Of which terminal.
    pub terminal: TerminalId,
    /// What it says.
    pub place: NoticedPlace,
    /// Who recorded it and why.
    pub recorded: Signed,
    /// What was decided, and by whom; `None`: nothing yet.
    pub decided: Option<(NoticeOutcome, Signed)>,
    /// Keyed hash over author and what it says, base64url.
    mac: String,
}

/// Why a notice is not recorded, or does not activate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivationRefusal {
    /// No number, or no line of text.
    #[error(
        "give the number of the notice as it stands on the letter, at most {MAX_NUMBER_CHARS} characters"
    )]
    Number,
    /// The day is still to come.
    #[error("the notice is dated {0}, which is still to come")]
    Future(Date),
    /// The day is long past.
    #[error("the notice is dated {0}, more than {MAX_NOTICE_DAYS} days ago; look at the year")]
    TooOld(Date),
    /// The place makes no sense.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// Too few business days have passed.
    #[error("notified on {notified}, so the terminal may serve from {earliest} on")]
    TooEarly {
        /// Day of the notice.
        notified: Date,
        /// First day of service.
        earliest: Date,
    },
    /// No such notice, or it was decided.
    #[error("there is no such notice, or it was decided; look again")]
    Gone,
    /// A later notice was activated: by this one the terminal would move back.
    #[error("a later notice has activated this terminal; record a new one to move it back")]
    Superseded,
    /// The author would activate by their own.
    #[error("whoever recorded the notice does not activate by it; ask a second person")]
    OwnNotice,
    /// It was changed outside the desk.
    #[error("the notice is not what was recorded at the desk; withdraw it and look who changed it")]
    Forged,
}

impl From<ActivationRefusal> for GatewayError {
    fn from(why: ActivationRefusal) -> Self {
        Refusal::Activation(why).into()
    }
}

impl ActivationNotice {
    /// Whether the terminal was activated by this one, and the other was recorded before it.
    #[must_use]
    pub fn supersedes(&self, other: &str) -> bool {
        let activated = matches!(self.decided, Some((NoticeOutcome::Activated, _)));
        activated && self.notice.as_str() > other
    }

    /// What the keyed hash speaks of.
    fn sealed(&self) -> Result<Secret, GatewayError> {
        let place =
            serde_json::to_string(&self.place).map_err(|error| GatewayError::Internal(error.to_string()))?;
        Ok(Secret::new(format!("{}\n{}\n{place}", self.terminal, self.recorded.by.person())))
    }
}

impl Gateway {
    /// Records a notice to the regulator that names a terminal's place.
    ///
    /// # Errors
    /// [`ActivationRefusal`] for what makes no sense, [`Refusal::NotEnrolled`]. The trail keeps that somebody tried.
    pub fn record_notice(
        &self,
        terminal: &TerminalId,
        place: &NoticedPlace,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<ActivationNotice, GatewayError> {
        self.or_told("activationRefused", terminal.as_str(), by, now, || {
            self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
            let chars = place.number.chars().count();
            if place.number.trim().is_empty()
                || chars > MAX_NUMBER_CHARS
                || place.number.contains(char::is_control)
            {
                return Err(ActivationRefusal::Number.into());
            }
            place.location.validate().map_err(ActivationRefusal::Location)?;
            let notified = place.notified.0;
            let Some(today) = local_date(now).filter(|today| notified <= *today) else {
                return Err(ActivationRefusal::Future(notified).into());
            };
            let oldest = today.checked_sub(jiff::Span::new().days(MAX_NOTICE_DAYS));
            if oldest.is_ok_and(|oldest| notified < oldest) {
                return Err(ActivationRefusal::TooOld(notified).into());
            }
            let notice = uuid(self.entropy.as_ref(), now)?.to_string();
            let recorded = Signed { at: now, by: by.clone() };
            let (terminal, place) = (terminal.clone(), place.clone());
            let mut notice =
                ActivationNotice { notice, terminal, place, recorded, decided: None, mac: String::new() };
            notice.mac = self.keys.vault.mac(MacPurpose::Notice, &notice.notice, &notice.sealed()?);
            let key = key(&notice.terminal, &notice.notice);
            let put = store::put(Collection::ActivationNotice, &key, Expect::Absent, &notice)?;
            let act = self.act_record(by, "activationNotice", &key, now)?;
            self.store.commit(&[put, act])?;
            Ok(notice)
        })
    }

    /// Activates a terminal at the place of a notice that another person recorded, not before its day.
    ///
    /// # Errors
    /// [`ActivationRefusal`]: no such notice, decided already, its own author, changed in the database, or too early. The
    /// trail keeps that somebody tried.
    pub fn activate_by_notice(
        &self,
        terminal: &TerminalId,
        notice: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Sent, GatewayError> {
        self.or_told("activationRefused", &key(terminal, notice), by, now, || {
            let mut found = self.open_notice_of(terminal, notice)?;
            if same_person(found.value.recorded.by.person(), by.person()) {
                return Err(ActivationRefusal::OwnNotice.into());
            }
            let sealed = found.value.sealed()?;
            if !self.keys.vault.matches(MacPurpose::Notice, notice, &sealed, &found.value.mac) {
                return Err(ActivationRefusal::Forged.into());
            }
            let notices = self.activation_notices(terminal, now)?;
            if notices.iter().any(|(other, _)| other.supersedes(notice)) {
                return Err(ActivationRefusal::Superseded.into());
            }
            let NoticedPlace { location, notified, .. } = found.value.place.clone();
            found.value.decided = Some((NoticeOutcome::Activated, Signed { at: now, by: by.clone() }));
            let decided = store::put(
                Collection::ActivationNotice,
                &key(terminal, notice),
                found.expect(),
                &found.value,
            )?;
            let activate = Activate { active: true, location, notified };
            self.try_activate(terminal, &activate, vec![decided], by, now)
        })
    }

    /// Puts a notice aside; its author may too.
    ///
    /// # Errors
    /// [`ActivationRefusal::Gone`].
    pub fn withdraw_notice(
        &self,
        terminal: &TerminalId,
        notice: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let key = key(terminal, notice);
        self.or_told("activationRefused", &key, by, now, || {
            let mut found = self.open_notice_of(terminal, notice)?;
            found.value.decided = Some((NoticeOutcome::Withdrawn, Signed { at: now, by: by.clone() }));
            let put = store::put(Collection::ActivationNotice, &key, found.expect(), &found.value)?;
            let act = self.act_record(by, "activationNoticeWithdrawn", &key, now)?;
            Ok(self.store.commit(&[put, act])?)
        })
    }

    /// Notices of a terminal, newest first, each with the first day on which it activates; `None`: beyond the calendar.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn activation_notices(
        &self,
        terminal: &TerminalId,
        now: UtcMillis,
    ) -> Result<Vec<(ActivationNotice, Option<Date>)>, GatewayError> {
        let documents = self.store.documents(Collection::ActivationNotice, &key(terminal, ""))?;
        let read = |document| {
            let notice: ActivationNotice = store::parse(Collection::ActivationNotice, document)?.value;
            let earliest = self.earliest_service(notice.place.notified.0, now)?;
            Ok((notice, earliest))
        };
        documents.iter().rev().map(read).collect()
    }

    fn open_notice_of(
        &self,
        terminal: &TerminalId,
        notice: &str,
    ) -> Result<Versioned<ActivationNotice>, GatewayError> {
        let found = store::load::<ActivationNotice>(
            self.store.as_ref(),
            Collection::ActivationNotice,
            &key(terminal, notice),
        )?;
        let open = found.filter(|found| found.value.decided.is_none() && found.value.terminal == *terminal);
        open.ok_or_else(|| ActivationRefusal::Gone.into())
    }
}

fn key(terminal: &TerminalId, notice: &str) -> String {
    format!("{terminal}/{notice}")
}
