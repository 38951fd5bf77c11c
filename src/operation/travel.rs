//! Which rows travel ahead of the chain, because somebody waits for their answer (design section 5).

use crate::body::Body;

impl Body {
    /// Whether the person at the terminal waits for what the MFO says to this row, so that it travels ahead of a backlog.
    ///
    /// Rows about cash never do: leave to pay, and its end, rest on every row before them.
    #[must_use]
    pub const fn is_interactive(&self) -> bool {
        matches!(
            self,
            Self::LoginRequested(_)
                | Self::LoginCodeSubmitted(_)
                | Self::ApplicationSubmitted(_)
                | Self::MethodChosen(_)
                | Self::DocumentShown(_)
                | Self::FaceCaptured(_)
                | Self::ContractAgreed(_)
                | Self::RegistrationRequested(_)
                | Self::ConsentDecided(_)
                | Self::AccessRequested(_)
                | Self::AccessCodeSubmitted(_)
                | Self::AccessAnswerAsked(_)
                | Self::IdentificationSubmitted(_)
                | Self::PhoneSubmitted(_)
                | Self::RegistrationCodeSubmitted(_)
                | Self::RegistrationConcluded(_)
                | Self::PinSubmitted(_)
                | Self::LoginCodeWanted(_)
                | Self::LoginPinSubmitted(_)
                | Self::ContactChangeRequested(_)
                | Self::ContactCodeSubmitted(_)
                | Self::ContactChangeConcluded(_)
                | Self::SignatureRequested(_)
                | Self::SignatureAwaited(_)
                | Self::SignatureCancelled(_)
                | Self::CardSignatureMade(_)
                | Self::QuestionsAnswered(_)
                | Self::TextAcknowledged(_)
                | Self::PressureAnswered(_)
                | Self::MeasureRequested(_)
                | Self::CheckCallAsked(_)
                | Self::FurtherStepAcknowledged(_)
                | Self::LivenessRequested(_)
                | Self::LivenessPerformed(_)
                | Self::LivenessAwaited(_)
                | Self::UnfinishedDecided(_)
                | Self::ConfirmationRequested(_)
                | Self::LoanConfirmed(_)
                | Self::LoanCancelled(_)
                | Self::DebtRequested(_)
                | Self::ContractNumberSubmitted(_)
                | Self::CabinetRequested(_)
                | Self::CabinetLetterSubmitted(_)
                | Self::PayoutWaysRequested(_)
                | Self::PayoutAccountSubmitted(_)
                | Self::PayoutWayChosen(_)
                | Self::LoginCardShown(_)
                | Self::CardBindingRequested(_)
                | Self::CardProofSubmitted(_)
                | Self::CardUnbindingRequested(_)
                | Self::CardSignatureRequested(_)
                | Self::CardNotUsed(_)
                | Self::ChangesRequested(_)
                | Self::SupplementRequested(_)
                | Self::SupplementAgreed(_)
                | Self::SupplementDeclined(_)
                | Self::RestructuringRequested(_)
                | Self::RefundChosen(_)
        )
    }

    /// Whether the visit that was open is over with this row; it travels ahead, so that answers are wiped at once.
    #[must_use]
    pub const fn ends_visit(&self) -> bool {
        matches!(self, Self::SessionClosed(_) | Self::TerminalStarted(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{PayoutResult, TerminalStarted};

    #[test]
    fn rows_about_cash_never_travel_ahead() {
        let id = || uuid::Uuid::from_u128(1);
        let loan = senim_domain::LoanId(id());
        let request = senim_domain::PayoutRequestId(id());
        let amount_tiyn = senim_domain::Tiyn::ZERO;
        let face_check = senim_domain::MessageId(id());
        let asked =
            crate::body::PayoutRequested { request, loan, part: 1, amount_tiyn, face_check, place: None };
        let ended = crate::body::PayoutEnded {
            request,
            authorisation: None,
            loan,
            part: 1,
            distributed: Vec::new(),
            distributed_tiyn: amount_tiyn,
            result: PayoutResult::Nothing,
            reason: None,
            place: None,
        };
        for body in [Body::from(asked), Body::from(ended)] {
            assert!(!body.is_interactive() && !body.ends_visit());
        }
        let started = TerminalStarted { config_sha256: String::new(), clean_stop: true };
        assert!(Body::from(started).ends_visit());
    }
}
