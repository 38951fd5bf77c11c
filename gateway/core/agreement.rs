//! Fresh face and agreement: the contract is concluded over exactly the bytes that were shown.

use senim_domain::rule_pack::Purpose as LentFor;
use senim_domain::{ClientId, LoanId, MessageId, UtcMillis, calendar};
use senim_operation::Profile;
use senim_operation::body::{ContractAgreed, FaceCaptured, FaceSubject};
use senim_operation::message::{FaceRefusal, MessageBody};
use senim_operation::signature::SignaturePurpose;
use serde::{Deserialize, Serialize};

use crate::acting::Act;
use crate::archive::{self, Class};
use crate::connectors::LoanBooking;
use crate::content_keys::Owner;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::later;
use crate::openings::Purpose;
use crate::records::{Agreement, FaceCheck, Loan, LoanState};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// The one open loan of a client.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenLoan {
    /// Which.
    pub loan: LoanId,
}

impl Act<'_> {
    /// A loan that the client of this visit has, at whatever terminal it was offered.
    pub(crate) fn own_loan(&self, loan: LoanId) -> Result<Option<Versioned<Loan>>, GatewayError> {
        let found = store::load::<Loan>(self.gateway.store.as_ref(), Collection::Loan, &loan.to_string())?;
        Ok(found.filter(|found| self.session.client == Some(found.value.client)))
    }

    pub(crate) fn face_captured(
        &mut self,
        body: &FaceCaptured,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let of_loan = match body.subject {
            FaceSubject::Loan(loan) => loan,
            FaceSubject::Registration(id) => return self.applicant_captured(id, body, attachment),
            FaceSubject::Client(client) => return self.holder_captured(client, body, attachment),
            FaceSubject::DataLeak(client) => return self.leaked_captured(client, body, attachment),
        };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(self.face_refused(of_loan, FaceRefusal::TryLater, 3));
        };
        let tries = u32::from(pack.portrait.tries);
        let client = self.own_loan(of_loan)?.map(|loan| loan.value.client);
        Ok(match self.judge_face(client, body, attachment, &pack)? {
            Ok(result) => {
                let check =
                    FaceCheck { check: self.message_id, loan: of_loan, at: self.now, result: Some(result) };
                self.session.faces.push(check);
                MessageBody::FaceMatched { loan: of_loan }
            }
            Err(reason) => self.face_refused(of_loan, reason, tries),
        })
    }

    fn face_refused(&self, loan: LoanId, reason: FaceRefusal, tries: u32) -> MessageBody {
        let attempts_left = tries.saturating_sub(self.session.face_failures);
        MessageBody::FaceRefused { loan, reason, attempts_left }
    }

    /// Whether a picture of this visit was this client's, for this loan, not long ago.
    pub(crate) fn face_is_fresh(&self, loan: LoanId, check: MessageId) -> Result<bool, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(false) };
        Ok(self.session.faces.iter().any(|face| {
            face.check == check && face.loan == loan && self.now <= later(face.at, pack.portrait.life_seconds)
        }))
    }

    pub(crate) fn contract_agreed(&mut self, body: &ContractAgreed) -> Result<MessageBody, GatewayError> {
        match self.conclude(body)? {
            Ok(rests_until) => Ok(MessageBody::ContractAccepted { loan: body.loan, rests_until }),
            Err(reason) => Ok(MessageBody::ContractRefused { loan: body.loan, reason: reason.to_owned() }),
        }
    }

    /// Concludes the contract; gives the moment from which it may be confirmed, where it has to rest (B6).
    fn conclude(
        &mut self,
        body: &ContractAgreed,
    ) -> Result<Result<Option<UtcMillis>, &'static str>, GatewayError> {
        let Some(mut loan) = self.own_loan(body.loan)? else { return Ok(Err("unknownLoan")) };
        let entrepreneur = self.confirmed_business(&loan.value)?;
        let without_signature = entrepreneur.is_some();
        let agreement = match &loan.value.state {
            LoanState::Concluded(_) | LoanState::Cancelled(_) => return Ok(Err("alreadyConcluded")),
            LoanState::Agreed(agreement)
                if agreement.method == body.method && agreement.contract_sha256 == body.contract_sha256 =>
            {
                agreement.clone()
            }
            LoanState::Agreed(_) => return Ok(Err("agreementPending")),
            LoanState::Offered => Agreement {
                method: body.method,
                contract_sha256: body.contract_sha256.clone(),
                at: self.now,
                op_id: self.envelope.op_id,
                entrepreneur,
                face_check: Some(body.face_check),
                signed: self.signature_of(SignaturePurpose::Contract, &body.contract_sha256),
            },
        };
        if let Err(reason) = self.may_conclude(&loan.value, body, without_signature)? {
            return Ok(Err(reason));
        }
        // The choice is pinned before core lending hears of it: should its answer be lost, no other contract of the
        // same loan can be booked.
        let key = body.loan.to_string();
        loan.value.state = LoanState::Agreed(agreement.clone());
        let expect = loan.expect();
        let open = self.claim(loan.value.client, body.loan)?;
        let Ok(claim) = open else { return Ok(Err("loanOpen")) };
        let mut pinned = vec![store::put(Collection::Loan, &key, expect, &loan.value)?];
        pinned.extend(claim);
        pinned.push(self.gateway.event(EventBody::loan(body.loan, self.terminal, "agreed"), self.now)?);
        self.gateway.store.commit(&pinned)?;
        if let Err(error) =
            self.gateway.connectors.core.book_loan(&booking(body.loan, &loan.value, &agreement))
        {
            tracing::warn!(%error, loan = key, "contract not booked");
            return Ok(Err("tryLater"));
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err("tryLater")) };
        let way = loan.value.chosen();
        let Loan { client, ref product, principal, .. } = loan.value;
        let about = (body.loan, way);
        let rests_until = self.gateway.rest_of(&pack, about, client, product, principal, agreement.at)?;
        self.changes.push(self.gateway.lent(body.loan, client, principal, agreement.at)?);
        loan.value.rests_until = rests_until;
        loan.value.measures = vec![self.performed_before(body.loan, &loan.value, &agreement)?];
        loan.value.state = LoanState::Concluded(agreement);
        let changes = &mut self.changes;
        let (document, owner) = (archive::of_loan(body.loan), Owner::client(loan.value.client));
        self.gateway.settle_document(&document, Class::Contract, &owner, self.now, changes)?;
        changes.push(self.gateway.event(EventBody::loan(body.loan, self.terminal, "concluded"), self.now)?);
        let revision = loan.revision.saturating_add(1);
        self.changes.push(store::put(Collection::Loan, &key, Expect::Revision(revision), &loan.value)?);
        Ok(Ok(rests_until))
    }

    fn may_conclude(
        &self,
        loan: &Loan,
        body: &ContractAgreed,
        without_signature: bool,
    ) -> Result<Result<(), &'static str>, GatewayError> {
        let offered = loan
            .drafts
            .iter()
            .any(|draft| draft.method == body.method && draft.contract_sha256 == body.contract_sha256);
        let shown = |(of, sha256): &(LoanId, String)| *of == body.loan && *sha256 == body.contract_sha256;
        Ok(if loan.session != self.session_id {
            Err("unknownLoan")
        } else if self.now >= loan.expires || !self.begins_in_time(body.loan, loan)? {
            Err("expired")
        } else if !offered {
            Err("documentDiffers")
        } else if !self.session.shown.iter().any(shown) {
            Err("documentNotShown")
        } else if !self.session.prepared.acquainted() {
            Err("textsNotRead")
        } else if !self.session.prepared.unpressed(body.loan) {
            Err("pressed")
        } else if !without_signature
            && self.gateway.connectors.eds.is_some()
            && self.signature_of(SignaturePurpose::Contract, &body.contract_sha256).is_none()
        {
            Err("notSigned")
        } else if !without_signature && self.would_rest_on_a_face_alone() {
            tracing::error!(
                "a consumer contract needs a signature, and no service for signatures is configured (R-060)"
            );
            Err("signingNotOffered")
        } else if !self.face_is_fresh(body.loan, body.face_check)? {
            Err("faceCheck")
        } else {
            Ok(())
        })
    }

    /// Whether production would conclude a contract without an electronic signature, since nobody here takes any.
    pub(crate) fn would_rest_on_a_face_alone(&self) -> bool {
        self.gateway.settings.profile == Profile::Production && self.gateway.connectors.eds.is_none()
    }

    /// The report by which a contract needs no signature: it serves a business, and the register confirms at this moment
    /// that its client has one. Neither the client's word nor the register's silence confirms it.
    fn confirmed_business(&self, loan: &Loan) -> Result<Option<String>, GatewayError> {
        // Whoever names an account signs, whatever it is for.
        if crate::payout_way::names_account(loan.chosen()) {
            return Ok(None);
        }
        self.business_report(loan)
    }

    /// The same of a change of its contract, which names no account.
    pub(crate) fn business_report(&self, loan: &Loan) -> Result<Option<String>, GatewayError> {
        let pack = self.gateway.rule_pack(self.now)?;
        let product = pack.as_ref().and_then(|pack| pack.product(&loan.product));
        if product.is_none_or(|product| product.purpose != LentFor::Business) {
            return Ok(None);
        }
        let Some(attachment) = &self.session.iin_attachment else { return Ok(None) };
        let Some(iin) = self.sealed_iin(attachment, Purpose::Contract)? else { return Ok(None) };
        let register = self.gateway.connectors.entrepreneurs();
        Ok(match register.and_then(|register| register.status(&iin.into_secret())) {
            Ok(status) => status.since.map(|_| status.report_id),
            Err(error) => {
                tracing::warn!(%error, "entrepreneur not confirmed; a signature is needed");
                None
            }
        })
    }

    /// Whether the loan's schedules begin on the first day on which it may be paid out, were it concluded now.
    pub(crate) fn begins_in_time(&self, id: LoanId, loan: &Loan) -> Result<bool, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(false) };
        let (client, product, now) = (loan.client, loan.product.as_str(), self.now);
        let about = (id, loan.chosen());
        let rests_until = self.gateway.rest_of(&pack, about, client, product, loan.principal, now)?;
        let first = calendar::local_date(rests_until.unwrap_or(now));
        Ok(first.is_some_and(|first| first.to_string() == loan.issued))
    }

    /// Whether today is the day on which the loan's schedules begin.
    pub(crate) fn is_day_of(&self, loan: &Loan) -> bool {
        calendar::local_date(self.now).is_some_and(|today| today.to_string() == loan.issued)
    }

    /// Claims the one place for an open loan that a client has; nothing to do where this loan holds it already.
    fn claim(&self, client: ClientId, loan: LoanId) -> Result<Result<Option<Change>, ()>, GatewayError> {
        let key = client.to_string();
        let held = store::load::<OpenLoan>(self.gateway.store.as_ref(), Collection::OpenLoan, &key)?;
        match held {
            Some(held) if held.value.loan == loan => Ok(Ok(None)),
            Some(_) => Ok(Err(())),
            None => {
                let claim = store::put(Collection::OpenLoan, &key, Expect::Absent, &OpenLoan { loan })?;
                Ok(Ok(Some(claim)))
            }
        }
    }
}

fn booking(id: LoanId, loan: &Loan, agreement: &Agreement) -> LoanBooking {
    LoanBooking {
        loan: id,
        client: loan.client,
        contract_number: loan.contract_number.clone(),
        principal_tiyn: loan.principal,
        annual_rate_hundredths: loan.annual_rate_thousandths / 10,
        term: loan.term,
        method: agreement.method,
        issued: loan.issued.clone(),
        contract_sha256: agreement.contract_sha256.clone(),
    }
}
