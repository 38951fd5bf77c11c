//! Changes of a contract, by both sides alone: drafted like a contract, read, signed and concluded once (R-060, R-061, B2.4).
//!
//! Core lending offers terms; what is left to pay is asked afresh before anything is drafted, so that nobody signs a schedule
//! for money that was paid meanwhile. A supplement is concluded here, over exactly the bytes that were shown; core lending
//! hears of it, or that it is declined, once, however long it is away.

mod record;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::calendar::local_date;
use senim_domain::loan::Schedule;
use senim_domain::rule_pack::RulePack;
use senim_domain::{LoanId, Secret, SecretBytes, SupplementId};
use senim_operation::body::{SupplementAgreed, SupplementDeclined, SupplementRequested};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    MessageBody, SupplementAnswer, SupplementDraft, SupplementOutcome, SupplementRefusal,
};
use senim_operation::signature::SignaturePurpose;

use crate::acting::Act;
use crate::archive::Class;
use crate::connectors::{
    ConnectorError, ContractStanding, Instalment, SupplementConcluded, SupplementDeclined as Declined,
    SupplementOffer,
};
use crate::content_keys::Owner;
use crate::contract::{self, SupplementFacts};
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::openings::Purpose;
use crate::records::Loan;
use crate::store::{self, Collection, Expect, Versioned};

pub(crate) use record::SupplementRecord;
use record::{Conclusion, SupplementState, document_of, key};

/// Beginning of the key under which core lending's notice of a concluded supplement waits.
pub(crate) const CONCLUDED: &str = "supplement/";
/// The same of one that is declined.
pub(crate) const DECLINED: &str = "supplementDeclined/";

fn answered(supplement: SupplementId, outcome: SupplementOutcome) -> MessageBody {
    MessageBody::SupplementAnswered(SupplementAnswer { supplement, outcome })
}

/// What was said of a supplement while nobody can tell whether it may be.
pub(crate) fn not_now(supplement: SupplementId) -> MessageBody {
    answered(supplement, SupplementOutcome::Refused(SupplementRefusal::TryLater))
}

fn of_service(error: &ConnectorError) -> SupplementRefusal {
    tracing::warn!(%error, "supplement not possible");
    match error {
        ConnectorError::Unavailable { .. } => SupplementRefusal::TryLater,
        ConnectorError::Refused { .. } => SupplementRefusal::NotWaiting,
    }
}

/// A supplement that waits, of a contract that it may change.
struct Waiting {
    loan: Versioned<Loan>,
    offer: SupplementOffer,
    pack: RulePack,
}

impl Act<'_> {
    pub(crate) fn supplement_requested(
        &mut self,
        body: &SupplementRequested,
    ) -> Result<MessageBody, GatewayError> {
        let found = match self.waiting_supplement(body.loan, body.supplement)? {
            Ok(found) if self.session.client == Some(body.client) => self.draft_supplement(&found)?,
            Ok(_) => Err(SupplementRefusal::NotWaiting),
            Err(reason) => Err(reason),
        };
        Ok(match found {
            Ok(draft) => MessageBody::SupplementDrafted(Box::new(draft)),
            Err(reason) => answered(body.supplement, SupplementOutcome::Refused(reason)),
        })
    }

    /// The supplement as core lending offers it now, of a contract of this visit's client that is being paid.
    fn waiting_supplement(
        &self,
        loan: LoanId,
        supplement: SupplementId,
    ) -> Result<Result<Waiting, SupplementRefusal>, GatewayError> {
        let Some(own) = self.own_loan(loan)? else { return Ok(Err(SupplementRefusal::NotWaiting)) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(Err(SupplementRefusal::TryLater));
        };
        let Some(today) = local_date(self.now) else { return Ok(Err(SupplementRefusal::TryLater)) };
        let core = &self.gateway.connectors.core;
        let offered = match core.supplements(own.value.client) {
            Ok(offered) => offered,
            Err(error) => return Ok(Err(of_service(&error))),
        };
        let offer = offered.into_iter().find(|one| one.supplement == supplement && one.loan == loan);
        let Some(offer) = offer else { return Ok(Err(SupplementRefusal::NotWaiting)) };
        if self.now >= offer.expires || offer.terms.begins < today {
            return Ok(Err(SupplementRefusal::Expired));
        }
        let running = |standing: &ContractStanding| matches!(standing, ContractStanding::Running);
        match core.contracts(own.value.client) {
            Ok(all) if all.iter().any(|one| one.loan == loan && running(&one.standing)) => {}
            Ok(_) => return Ok(Err(SupplementRefusal::NotWaiting)),
            Err(error) => return Ok(Err(of_service(&error))),
        }
        match core.debt(loan, &offer.terms.begins.to_string()) {
            Ok(debt) if debt.principal_tiyn == offer.terms.principal_tiyn => {}
            Ok(_) => return Ok(Err(SupplementRefusal::TermsChanged)),
            Err(error) => return Ok(Err(of_service(&error))),
        }
        Ok(Ok(Waiting { loan: own, offer, pack }))
    }

    /// Whether its client has agreed to it or declined it, and core lending may not know yet.
    pub(crate) fn is_decided(&self, offer: &SupplementOffer) -> Result<bool, GatewayError> {
        let kept = self.gateway.load_supplement(offer.loan, offer.supplement)?;
        Ok(kept.is_some_and(|kept| !matches!(kept.value.state, SupplementState::Drafted)))
    }

    fn draft_supplement(
        &mut self,
        found: &Waiting,
    ) -> Result<Result<SupplementDraft, SupplementRefusal>, GatewayError> {
        let Waiting { loan, offer, pack } = found;
        let (supplement, loan_id) = (offer.supplement, offer.loan);
        let kept = self.gateway.load_supplement(loan_id, supplement)?;
        if kept.as_ref().is_some_and(|kept| !matches!(kept.value.state, SupplementState::Drafted)) {
            return Ok(Err(SupplementRefusal::NotWaiting));
        }
        let pdf = match self.supplement_pdf(&loan.value, offer, pack)? {
            Ok(pdf) => pdf,
            Err(reason) => return Ok(Err(reason)),
        };
        let document = document_of(supplement);
        let sealer = match (self.gateway.document_key(&document)?, &kept) {
            (Some(sealer), _) => sealer,
            // What its client let be erased does not come back.
            (None, Some(_)) => return Ok(Err(SupplementRefusal::NotWaiting)),
            (None, None) => {
                let (owner, now) = (Owner::client(loan.value.client), self.now);
                self.gateway.enter_document(&document, owner, Class::Offer, now, &mut self.changes)?
            }
        };
        let sha256 = sha256_b64(pdf.expose());
        let encoded = Secret::new(STANDARD.encode(pdf.expose()));
        let record = SupplementRecord {
            supplement,
            loan: loan_id,
            client: loan.value.client,
            number: offer.number.clone(),
            kind: offer.kind,
            terms: offer.terms,
            sha256: sha256.clone(),
            sealed: sealer.seal(self.gateway, &sha256, encoded.expose())?,
            drafted: self.now,
            state: SupplementState::Drafted,
        };
        let expect = kept.map_or(Expect::Absent, |kept| kept.expect());
        let name = key(loan_id, supplement);
        self.changes.push(store::put(Collection::Supplement, &name, expect, &record)?);
        let (product, terms) = (loan.value.product.clone(), offer.terms);
        Ok(Ok(SupplementDraft { supplement, loan: loan_id, product, terms, pdf: encoded, sha256 }))
    }

    /// The file; why there is none.
    fn supplement_pdf(
        &self,
        loan: &Loan,
        offer: &SupplementOffer,
        pack: &RulePack,
    ) -> Result<Result<SecretBytes, SupplementRefusal>, GatewayError> {
        let internal = |error: &dyn std::fmt::Display| GatewayError::Internal(format!("supplement: {error}"));
        let (Some(rules), Some(product)) = (&pack.changes, pack.product(&loan.product)) else {
            return Ok(Err(SupplementRefusal::NotWaiting));
        };
        let quoted = match offer.terms.quote(pack, product) {
            Ok(quoted) if quoted.caps.within => quoted,
            Ok(_) => return Ok(Err(SupplementRefusal::OutsideLimits)),
            Err(error) => {
                tracing::error!(%error, "core lending offers a supplement that cannot be reckoned");
                return Ok(Err(SupplementRefusal::OutsideLimits));
            }
        };
        let iin = match &self.session.iin_attachment {
            Some(attachment) => self.sealed_iin(attachment, Purpose::Contract)?,
            None => None,
        };
        let (Some(iin), Some(date)) = (iin, local_date(self.now)) else {
            return Ok(Err(SupplementRefusal::TryLater));
        };
        let borrower = match self.gateway.connectors.core.client(loan.client) {
            Ok(borrower) => borrower,
            Err(error) => return Ok(Err(of_service(&error))),
        };
        let paper = contract::supplement(&SupplementFacts {
            mfo: &pack.mfo,
            text: &rules.supplement,
            product,
            borrower: &borrower,
            iin: &iin.into_secret(),
            contract_number: &loan.contract_number,
            number: &offer.number,
            terms: &offer.terms,
            date,
            schedule: &offer.terms.schedule(&quoted),
            gesv: quoted.gesv_exact,
            language: loan.language,
        })?;
        Ok(Ok(senim_document::write(&paper).map_err(|error| internal(&error))?))
    }

    pub(crate) fn supplement_agreed(&mut self, body: &SupplementAgreed) -> Result<MessageBody, GatewayError> {
        let outcome = match self.conclude_supplement(body)? {
            Ok(at) => SupplementOutcome::Concluded { at, sha256: body.supplement_sha256.clone() },
            Err(reason) => SupplementOutcome::Refused(reason),
        };
        Ok(answered(body.supplement, outcome))
    }

    fn conclude_supplement(
        &mut self,
        body: &SupplementAgreed,
    ) -> Result<Result<senim_domain::UtcMillis, SupplementRefusal>, GatewayError> {
        let kept = self.gateway.load_supplement(body.loan, body.supplement)?;
        let theirs = |client| self.session.client == Some(client) && client == body.client;
        let Some(mut kept) = kept.filter(|kept| theirs(kept.value.client)) else {
            return Ok(Err(SupplementRefusal::NotWaiting));
        };
        if kept.value.sha256 != body.supplement_sha256 {
            return Ok(Err(SupplementRefusal::DocumentDiffers));
        }
        match &kept.value.state {
            SupplementState::Drafted => {}
            // The same word again.
            SupplementState::Concluded(conclusion) => return Ok(Ok(conclusion.at)),
            SupplementState::Declined { .. } => return Ok(Err(SupplementRefusal::NotWaiting)),
        }
        let shown = |(of, sha256): &(LoanId, String)| *of == body.loan && *sha256 == body.supplement_sha256;
        if !self.session.shown.iter().any(shown) {
            return Ok(Err(SupplementRefusal::DocumentDiffers));
        }
        let found = match self.waiting_supplement(body.loan, body.supplement)? {
            Ok(found) if found.offer.terms == kept.value.terms => found,
            Ok(_) => return Ok(Err(SupplementRefusal::TermsChanged)),
            Err(reason) => return Ok(Err(reason)),
        };
        let entrepreneur = self.business_report(&found.loan.value)?;
        let signature = self.signature_of(SignaturePurpose::Supplement, &body.supplement_sha256);
        if entrepreneur.is_none() && signature.is_none() {
            if self.gateway.connectors.eds.is_some() {
                return Ok(Err(SupplementRefusal::NotSigned));
            }
            if self.would_rest_on_a_face_alone() {
                tracing::error!(
                    "a supplement needs a signature, and no service for signatures is configured"
                );
                return Ok(Err(SupplementRefusal::SigningNotOffered));
            }
        }
        if !self.holder_was_seen(body.face_check, &found.pack) {
            return Ok(Err(SupplementRefusal::FaceCheck));
        }
        let Some(schedule) = schedule_of(&found) else { return Ok(Err(SupplementRefusal::OutsideLimits)) };
        let (at, op_id) = (self.now, self.envelope.op_id);
        let conclusion = Conclusion { at, op_id, face_check: body.face_check, signature, entrepreneur };
        let expect = kept.expect();
        kept.value.state = SupplementState::Concluded(conclusion);
        let owner = Owner::client(kept.value.client);
        let document = document_of(body.supplement);
        self.gateway.settle_document(&document, Class::Contract, &owner, at, &mut self.changes)?;
        let told = SupplementConcluded {
            supplement: body.supplement,
            loan: body.loan,
            sha256: body.supplement_sha256.clone(),
            operation: op_id,
            schedule: instalments(&schedule),
        };
        let name = key(body.loan, body.supplement);
        let waits = format!("{CONCLUDED}{}", body.supplement);
        self.changes.push(store::put(Collection::Supplement, &name, expect, &kept.value)?);
        self.changes.push(store::put(Collection::Outbox, &waits, Expect::Absent, &told)?);
        self.changes.push(self.gateway.event(EventBody::loan(body.loan, self.terminal, "amended"), at)?);
        Ok(Ok(at))
    }

    pub(crate) fn supplement_declined(
        &mut self,
        body: &SupplementDeclined,
    ) -> Result<MessageBody, GatewayError> {
        let refused = |reason| Ok(answered(body.supplement, SupplementOutcome::Refused(reason)));
        let kept = self.gateway.load_supplement(body.loan, body.supplement)?;
        let theirs = |client| self.session.client == Some(client) && client == body.client;
        let Some(mut kept) = kept.filter(|kept| theirs(kept.value.client)) else {
            return refused(SupplementRefusal::NotWaiting);
        };
        match &kept.value.state {
            SupplementState::Drafted => {}
            SupplementState::Declined { .. } => {
                return Ok(answered(body.supplement, SupplementOutcome::Declined));
            }
            SupplementState::Concluded(_) => return refused(SupplementRefusal::NotWaiting),
        }
        let expect = kept.expect();
        kept.value.state = SupplementState::Declined { at: self.now, op_id: self.envelope.op_id };
        let (supplement, loan, operation) = (body.supplement, body.loan, self.envelope.op_id);
        let told = Declined { supplement, loan, operation };
        let waits = format!("{DECLINED}{supplement}");
        self.changes.push(store::put(Collection::Supplement, &key(loan, supplement), expect, &kept.value)?);
        self.changes.push(store::put(Collection::Outbox, &waits, Expect::Absent, &told)?);
        Ok(answered(supplement, SupplementOutcome::Declined))
    }
}

/// The schedule of an offer, reckoned anew.
fn schedule_of(found: &Waiting) -> Option<Schedule> {
    let product = found.pack.product(&found.loan.value.product)?;
    let terms = &found.offer.terms;
    let quoted = terms.quote(&found.pack, product).ok().filter(|quoted| quoted.caps.within)?;
    Some(terms.schedule(&quoted))
}

fn instalments(schedule: &Schedule) -> Vec<Instalment> {
    let one = |one: &senim_domain::loan::Instalment| Instalment {
        no: one.no,
        date: one.date.to_string(),
        principal_tiyn: one.principal_tiyn,
        interest_tiyn: one.interest_tiyn,
        paid_tiyn: senim_domain::Tiyn::ZERO,
    };
    schedule.instalments.iter().map(one).collect()
}
