//! Every opening of what was received sealed: written down before it happens, with person and reason; in bulk, stopped.
//!
//! The program itself opens to act on a row; people open by the document. Only people are counted: the program's openings
//! are bounded by the rows it acts on.

use senim_domain::{OperationId, SecretBytes, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::actor::Actor;
use crate::archive::of_attachment;
use crate::entropy::uuid;
use crate::error::{GatewayError, Refusal, bad_directive};
use crate::events::EventBody;
use crate::store::{self, Change, Collection, Expect, Versioned};

/// Who opens where no person does.
pub const GATEWAY: &str = "gateway";
/// Where the last openings by people are counted.
const RECENT: &str = "openings";
/// How far back is counted.
const WINDOW_MS: i64 = 3_600_000;

/// What the program opens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To find the client of an IIN.
    Login,
    /// To compare a one-time code.
    LoginCode,
    /// To write a contract.
    Contract,
    /// To compare a face.
    Face,
    /// To set a PIN.
    Pin,
    /// To know whose card was shown, and whether it signed.
    Card,
    /// To register a client.
    Registration,
    /// To send or compare a code of a registration.
    RegistrationCode,
    /// To judge an electronic signature.
    Signature,
    /// To find the contract that money is for.
    Repayment,
    /// To show a client their own business.
    Cabinet,
    /// To hand a client's letter over.
    Letter,
    /// To screen an applicant.
    Screening,
    /// To change a phone or an account.
    ContactChange,
    /// To know where a payout goes.
    Payout,
    /// To ask whose a number is after a leak.
    Measures,
    /// To judge the evidence of a check for somebody living again.
    Liveness,
}

impl Purpose {
    const fn reason(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginCode => "login code",
            Self::Contract => "contract",
            Self::Face => "face",
            Self::Pin => "PIN",
            Self::Card => "card",
            Self::Registration => "registration",
            Self::RegistrationCode => "registration code",
            Self::Signature => "signature",
            Self::Repayment => "repayment",
            Self::Cabinet => "cabinet",
            Self::Letter => "letter",
            Self::Screening => "screening",
            Self::ContactChange => "change of phone or account",
            Self::Payout => "payout",
            Self::Measures => "measures",
            Self::Liveness => "liveness",
        }
    }
}

/// One opening, as the audit keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// When.
    pub at: UtcMillis,
    /// Who and why.
    #[serde(flatten)]
    pub actor: Actor,
    /// Operation that made it necessary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op_id: Option<OperationId>,
    /// Which document of the archive.
    pub document: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Recent {
    openings: Vec<(UtcMillis, String)>,
    /// When the alarm was last given, and for whom: once an hour is enough to be heard.
    #[serde(default)]
    alarm: Option<(UtcMillis, String)>,
}

impl Gateway {
    pub(crate) fn audit_automatic_opening(
        &self,
        document: &str,
        purpose: Purpose,
        op_id: OperationId,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        let actor = Actor::new(GATEWAY, purpose.reason())?;
        let opening = self.opening(actor, Some(op_id), document, now)?;
        Ok(self.store.commit(&[opening])?)
    }

    fn opening(
        &self,
        actor: Actor,
        op_id: Option<OperationId>,
        document: &str,
        now: UtcMillis,
    ) -> Result<Change, GatewayError> {
        let opening = Opening { at: now, actor, op_id, document: document.to_owned() };
        let key = format!("{document}/{now}/{}", uuid(self.entropy.as_ref(), now)?);
        Ok(store::put(Collection::Audit, &key, Expect::Absent, &opening)?)
    }

    /// Opens an attachment for a person, who is counted.
    ///
    /// # Errors
    /// [`Refusal::OpeningLimit`] when too much was opened within the hour; [`Refusal::BadDirective`] for a document that
    /// is not here, erased, or does not open; or what [`GatewayError`] says.
    pub fn open_document(
        &self,
        actor: &Actor,
        terminal: &TerminalId,
        sha256: &str,
        now: UtcMillis,
    ) -> Result<SecretBytes, GatewayError> {
        if self.is_erased(terminal, sha256)? {
            return Err(bad_directive("the document is erased"));
        }
        let Some(jwe) = self.as_received(terminal, sha256)? else {
            return Err(bad_directive("no such document is here; check terminal and sha256"));
        };
        self.count_opening(actor, &of_attachment(terminal, sha256), now)?;
        self.keys
            .open(&jwe)
            .map_err(|_| bad_directive("the document does not open: it is sealed to another key"))
    }

    /// Counts and writes down in one transaction, or refuses and gives the alarm.
    pub(crate) fn count_opening(
        &self,
        actor: &Actor,
        document: &str,
        now: UtcMillis,
    ) -> Result<(), GatewayError> {
        self.deciding(|| self.try_count_opening(actor, document, now))
    }

    fn try_count_opening(&self, actor: &Actor, document: &str, now: UtcMillis) -> Result<(), GatewayError> {
        let loaded = store::load::<Recent>(self.store.as_ref(), Collection::Meta, RECENT)?;
        let mut recent = loaded.unwrap_or(Versioned { revision: 0, value: Recent::default() });
        let (expect, value) = (recent.expect(), &mut recent.value);
        // Those of a clock that was ahead count until that hour is over: setting it back opens nothing.
        value.openings.retain(|(at, _)| at.0 > now.0.saturating_sub(WINDOW_MS));
        let of_person = value.openings.iter().filter(|(_, person)| person == actor.person()).count();
        let limits = self.custody.openings;
        let reached = |count: usize, most: u32| u32::try_from(count).unwrap_or(u32::MAX) >= most;
        if reached(of_person, limits.per_person) || reached(value.openings.len(), limits.total) {
            let told = value.alarm.as_ref().is_some_and(|(at, person)| {
                person == actor.person() && at.0 > now.0.saturating_sub(WINDOW_MS)
            });
            tracing::error!(person = actor.person(), document, "opening in bulk refused");
            let mut changes = vec![self.act_record(actor, "openRefused", document, now)?];
            if !told {
                value.alarm = Some((now, actor.person().to_owned()));
                changes.push(store::put(Collection::Meta, RECENT, expect, value)?);
                changes.push(self.event(EventBody::alarm("bulkOpening"), now)?);
            }
            self.store.commit(&changes)?;
            self.alarms.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            return Err(Refusal::OpeningLimit.into());
        }
        value.openings.push((now, actor.person().to_owned()));
        let counted = store::put(Collection::Meta, RECENT, expect, value)?;
        let opening = self.opening(actor.clone(), None, document, now)?;
        Ok(self.store.commit(&[counted, opening])?)
    }

    /// How often an opening in bulk was refused since this process began: for a metric.
    #[must_use]
    pub fn refused_openings(&self) -> u64 {
        self.alarms.load(std::sync::atomic::Ordering::Relaxed)
    }
}
