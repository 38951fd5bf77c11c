//! What the MFO says to changes of a contract. A supplement whose bytes or figures are not this terminal's own is not shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_document::Kind;
use senim_domain::rule_pack::RulePack;
use senim_domain::{Language, SecretBytes};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    FaceRefusal, Message, MessageBody, RestructuringOutcome, RestructuringRefusal, SupplementDraft,
    SupplementOutcome, SupplementRefusal, WaitingSupplement,
};

use super::super::cabinet::Slip;
use super::super::{Session, Step};
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::state::{Client, Ending, Picture, Sitter, State};
use crate::supplement::{
    AmendStage, Amended, Amender, Amending, Amendment, Amends, NotAmended, SupplementFile, ToAmend,
};

impl Session {
    pub(in crate::dialogue) fn amending_answer(
        &mut self,
        step: &mut Step<'_>,
        message: &Message,
        amending: Amending,
    ) {
        let Amending { client, stage } = amending;
        let next = match (stage, &message.body) {
            (AmendStage::Asking { .. }, MessageBody::ChangesFound(changes)) => {
                AmendStage::Listed(changes.clone())
            }
            (AmendStage::Drafting { waiting, .. }, MessageBody::SupplementDrafted(draft)) => {
                let pack = self.facts.pack(step.now.utc);
                match pack.and_then(|pack| amendment(pack, waiting, draft)) {
                    Some(amendment) => AmendStage::Reading(Box::new(amendment)),
                    None => return self.end(step, Ending::TermsMismatch),
                }
            }
            (AmendStage::Drafting { waiting, .. }, MessageBody::SupplementAnswered(answer))
                if answer.supplement == waiting.supplement =>
            {
                AmendStage::NotAmended(match &answer.outcome {
                    SupplementOutcome::Refused(reason) => why(*reason),
                    SupplementOutcome::Concluded { .. } | SupplementOutcome::Declined => NotAmended::Ended,
                })
            }
            (AmendStage::Matching { amendment, .. }, _) => {
                let amends = Amends::Supplement(amendment);
                return self.amender_answer(step, message, Amender { client, amends });
            }
            (AmendStage::RefundMatching { wish, .. }, _) => {
                return self.amender_answer(step, message, Amender { client, amends: Amends::Refund(wish) });
            }
            (AmendStage::RefundSending { asked, wish, face_check }, body) => {
                return self.refund_answer(step, body, client, (asked, wish, face_check));
            }
            (AmendStage::Concluding { asked, amendment, face_check }, body) => {
                let to_amend = ToAmend { client, amendment, face_check };
                return self.conclusion_answer(step, body, asked, to_amend);
            }
            (AmendStage::Declining { supplement, .. }, MessageBody::SupplementAnswered(answer))
                if answer.supplement == supplement =>
            {
                match &answer.outcome {
                    SupplementOutcome::Declined => AmendStage::Declined,
                    SupplementOutcome::Refused(reason) => AmendStage::NotAmended(why(*reason)),
                    SupplementOutcome::Concluded { .. } => AmendStage::NotAmended(NotAmended::Ended),
                }
            }
            (AmendStage::Sending { loan, .. }, MessageBody::RestructuringAnswered(answer))
                if answer.loan == loan =>
            {
                match &answer.outcome {
                    RestructuringOutcome::Taken { request, answer_by } => {
                        AmendStage::Sent { request: *request, answer_by: answer_by.clone() }
                    }
                    RestructuringOutcome::Refused(reason) => AmendStage::NotAmended(match reason {
                        RestructuringRefusal::NotOwed => NotAmended::NotOwed,
                        RestructuringRefusal::AlreadyAsked => NotAmended::AlreadyAsked,
                        RestructuringRefusal::NotOffered => NotAmended::Ended,
                        RestructuringRefusal::TryLater => NotAmended::TryLater,
                    }),
                }
            }
            (AmendStage::Declining { .. } | AmendStage::Sending { .. }, _) => {
                AmendStage::NotAmended(NotAmended::NoAnswer)
            }
            (_, _) => AmendStage::NotAmended(NotAmended::TryLater),
        };
        self.amend(step, client, next);
    }

    fn amender_answer(&mut self, step: &mut Step<'_>, message: &Message, amender: Amender) {
        match &message.body {
            MessageBody::HolderMatched { client } if *client == amender.client.id => {
                let face_check = message.envelope.message_id;
                let Amender { client, amends } = amender;
                match amends {
                    Amends::Supplement(amendment) => {
                        self.conclude_supplement(step, ToAmend { client, amendment, face_check });
                    }
                    Amends::Refund(wish) => self.send_refund(step, client, wish, face_check),
                }
            }
            MessageBody::HolderRefused { reason: FaceRefusal::TryLater, .. } => {
                self.amend(step, amender.client, AmendStage::NotAmended(NotAmended::TryLater));
            }
            MessageBody::HolderRefused { attempts_left: 0, .. } => self.end(step, Ending::FaceNotMatched),
            MessageBody::HolderRefused { reason: FaceRefusal::NoMatch | FaceRefusal::Unusable, .. } => {
                self.before_camera(step, Sitter::Amender(Box::new(amender)), Picture::NoMatch);
            }
            _ => self.end(step, Ending::Unreachable),
        }
    }

    fn conclusion_answer(
        &mut self,
        step: &mut Step<'_>,
        body: &MessageBody,
        asked: senim_domain::OperationId,
        to_amend: ToAmend,
    ) {
        let MessageBody::SupplementAnswered(answer) = body else {
            return self.amend(step, to_amend.client, AmendStage::NotAmended(NotAmended::NoAnswer));
        };
        let ours = answer.supplement == to_amend.amendment.waiting.supplement;
        match &answer.outcome {
            SupplementOutcome::Concluded { at, sha256 }
                if ours && *sha256 == to_amend.amendment.document.sha256 =>
            {
                let at = *at;
                self.supplement_concluded(step, asked, to_amend.client, *to_amend.amendment, at);
            }
            SupplementOutcome::Refused(SupplementRefusal::NotSigned) if ours => {
                self.sign_supplement(step, to_amend);
            }
            // Finding and unlocking the phone took longer than a face check lives.
            SupplementOutcome::Refused(SupplementRefusal::FaceCheck) if ours => {
                let ToAmend { client, amendment, .. } = to_amend;
                let amends = Amends::Supplement(amendment);
                let sitter = Sitter::Amender(Box::new(Amender { client, amends }));
                self.before_camera(step, sitter, Picture::Opening);
            }
            SupplementOutcome::Refused(reason) if ours => {
                self.amend(step, to_amend.client, AmendStage::NotAmended(why(*reason)));
            }
            _ => self.amend(step, to_amend.client, AmendStage::NotAmended(NotAmended::NoAnswer)),
        }
    }

    fn supplement_concluded(
        &mut self,
        step: &mut Step<'_>,
        asked: senim_domain::OperationId,
        client: Client,
        amendment: Amendment,
        at: senim_domain::UtcMillis,
    ) {
        let prints = !matches!(self.facts.printer, DeviceState::Failed(_));
        let Amendment { waiting, terms, schedule, gesv, document } = amendment;
        let amended = Amended {
            asked,
            contract: waiting.contract,
            number: waiting.number,
            kind: waiting.kind,
            terms,
            schedule,
            gesv,
            sha256: document.sha256,
            at,
            slip: if prints { Slip::Printing } else { Slip::Ended(false) },
            language: self.language,
        };
        self.amend(step, client, AmendStage::Concluded(Box::new(amended)));
        if prints {
            step.effects.push(Effect::Print(Paper::Slip(asked)));
        }
    }

    /// The slip of a supplement came out, or did not.
    pub(in crate::dialogue) fn supplement_printed(&mut self, of: senim_domain::OperationId, printed: bool) {
        if let State::Amend(amending) = &mut self.state
            && let AmendStage::Concluded(amended) = &mut amending.stage
            && amended.asked == of
        {
            amended.slip = Slip::Ended(printed);
        }
    }
}

/// The supplement, when its bytes have the hash that was told, carry their text in both languages of the country, and state
/// the schedule and the effective rate that this terminal reckons itself, within the limits of the law.
fn amendment(pack: &RulePack, waiting: WaitingSupplement, draft: &SupplementDraft) -> Option<Amendment> {
    let product = pack.product(&draft.product)?;
    let own = draft.terms.quote(pack, product).ok().filter(|own| own.caps.within)?;
    let schedule = draft.terms.schedule(&own);
    let pdf = SecretBytes::new(STANDARD.decode(draft.pdf.expose()).ok()?);
    let sha256 = sha256_b64(pdf.expose());
    let paper = senim_document::read(&pdf).ok().filter(|paper| paper.kind == Kind::Supplement)?;
    let speaks = |language| paper.sections.iter().any(|section| section.language == language);
    let figures = paper.figures.as_ref()?;
    let same = figures.schedule == schedule && figures.gesv_e8 == own.gesv_exact.units();
    let ours = draft.supplement == waiting.supplement && draft.loan == waiting.loan;
    let whole = ours && sha256 == draft.sha256 && same && speaks(Language::Kk) && speaks(Language::Ru);
    let document = SupplementFile { pdf, sha256, paper };
    let (terms, gesv) = (draft.terms, own.gesv_exact);
    whole.then_some(Amendment { waiting, terms, schedule, gesv, document })
}

const fn why(reason: SupplementRefusal) -> NotAmended {
    match reason {
        SupplementRefusal::NotWaiting
        | SupplementRefusal::Expired
        | SupplementRefusal::TermsChanged
        | SupplementRefusal::FaceCheck => NotAmended::Ended,
        SupplementRefusal::OutsideLimits | SupplementRefusal::DocumentDiffers => NotAmended::Differs,
        SupplementRefusal::NotSigned | SupplementRefusal::SigningNotOffered => NotAmended::NotSigned,
        SupplementRefusal::TryLater => NotAmended::TryLater,
    }
}
