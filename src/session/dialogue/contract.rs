//! The contract comes: it is what was offered, or the visit stops.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_document::Kind;
use senim_domain::loan::Method;
use senim_domain::{Language, Secret, SecretBytes};
use senim_operation::jws;
use senim_operation::message::{Message, MessageBody, OfferDraft};

use super::{Session, Step};
use crate::state::{Basis, ChosenTerms, Contract, Ending, Offer, State};

impl Session {
    pub(super) fn contract_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        offer: Offer,
        method: Method,
    ) {
        match &message.body {
            MessageBody::ContractDrafted { loan, method: of, pdf, sha256 }
                if *loan == offer.loan && *of == method =>
            {
                let draft = offer.drafts.iter().find(|draft| draft.schedule.method == method);
                match draft.and_then(|draft| contract(draft, pdf, sha256)) {
                    Some(contract) => {
                        let basis = Basis::Contract(contract);
                        let terms = Box::new(ChosenTerms { offer, method, basis });
                        self.enter(step, State::Contract { terms });
                    }
                    None => self.end(step, Ending::TermsMismatch),
                }
            }
            MessageBody::ContractRefused { .. } => self.end(step, Ending::NotApproved),
            _ => self.end(step, Ending::Unreachable),
        }
    }
}

/// The contract, when its bytes have the hash that was told, carry their text in both languages of the country, and
/// state the figures of the draft that this terminal computed itself.
fn contract(draft: &OfferDraft, pdf: &Secret, told: &str) -> Option<Contract> {
    let pdf = SecretBytes::new(STANDARD.decode(pdf.expose()).ok()?);
    let sha256 = jws::sha256_b64(pdf.expose());
    let paper = senim_document::read(&pdf).ok().filter(|paper| paper.kind == Kind::Contract)?;
    let speaks = |language| paper.sections.iter().any(|section| section.language == language);
    let figures = paper.figures.as_ref()?;
    let same = figures.schedule == draft.schedule && figures.gesv_e8 == draft.gesv_e8;
    let whole = sha256 == told && same && speaks(Language::Kk) && speaks(Language::Ru);
    whole.then_some(Contract { pdf, sha256, paper })
}
