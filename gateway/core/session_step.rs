//! Which rows begin and end a visit.

use senim_operation::Body;

/// What a row does to the open visit.
pub(crate) enum SessionStep {
    /// It begins.
    Opens,
    /// It ends.
    Ends,
    /// Neither.
    None,
}

impl SessionStep {
    /// What this row does.
    pub(crate) const fn of(body: &Body) -> Self {
        match body {
            Body::SessionOpened(_) => Self::Opens,
            Body::SessionClosed(_) | Body::TerminalStarted(_) | Body::TerminalStopped(_) => Self::Ends,
            Body::KeyEpoch(_)
            | Body::DirectiveStored(_)
            | Body::DirectiveRefused(_)
            | Body::RewindObeyed(_)
            | Body::AnswerReceived(_)
            | Body::ServiceChanged(_)
            | Body::LoginRequested(_)
            | Body::LoginCodeSubmitted(_)
            | Body::ApplicationSubmitted(_)
            | Body::MethodChosen(_)
            | Body::DocumentShown(_)
            | Body::FaceCaptured(_)
            | Body::ContractAgreed(_)
            | Body::RegistrationRequested(_)
            | Body::ConsentDecided(_)
            | Body::AccessRequested(_)
            | Body::AccessCodeSubmitted(_)
            | Body::AccessAnswerAsked(_)
            | Body::IdentificationSubmitted(_)
            | Body::PhoneSubmitted(_)
            | Body::RegistrationCodeSubmitted(_)
            | Body::RegistrationConcluded(_)
            | Body::PinSubmitted(_)
            | Body::LoginCodeWanted(_)
            | Body::LoginPinSubmitted(_)
            | Body::ContactChangeRequested(_)
            | Body::ContactCodeSubmitted(_)
            | Body::ContactChangeConcluded(_)
            | Body::SignatureRequested(_)
            | Body::SignatureAwaited(_)
            | Body::SignatureCancelled(_)
            | Body::CardSignatureMade(_)
            | Body::PayoutRequested(_)
            | Body::PayoutIntended(_)
            | Body::PayoutArmed(_)
            | Body::PayoutOutcome(_)
            | Body::PayoutEnded(_)
            | Body::ReceiptPrinted(_)
            | Body::CashExchange(_)
            | Body::CashCountAdjusted(_)
            | Body::CashServiceChanged(_)
            | Body::DeviceChanged(_)
            | Body::BooksContradicted(_)
            | Body::UplinkChanged(_)
            | Body::PowerChanged(_)
            | Body::CabinetChanged(_)
            | Body::NoteFound(_)
            | Body::TestDispenseIntended(_)
            | Body::TestDispenseEnded(_)
            | Body::PayoutPresented(_)
            | Body::PayoutTaken(_)
            | Body::PayoutRetractIntended(_)
            | Body::PayoutSettled(_)
            | Body::QuestionsAnswered(_)
            | Body::TextAcknowledged(_)
            | Body::PressureAnswered(_)
            | Body::MeasureRequested(_)
            | Body::CheckCallAsked(_)
            | Body::FurtherStepAcknowledged(_)
            | Body::LivenessRequested(_)
            | Body::LivenessPerformed(_)
            | Body::LivenessAwaited(_)
            | Body::UnfinishedDecided(_)
            | Body::ConfirmationRequested(_)
            | Body::LoanConfirmed(_)
            | Body::LoanCancelled(_)
            | Body::DebtRequested(_)
            | Body::ContractNumberSubmitted(_)
            | Body::RepaymentBegun(_)
            | Body::NoteEscrowed(_)
            | Body::NoteStacked(_)
            | Body::NoteReturned(_)
            | Body::NoteInDoubt(_)
            | Body::NoteFoundLate(_)
            | Body::RepaymentEnded(_)
            | Body::RepaymentReceiptPrinted(_)
            | Body::StackerCollected(_)
            | Body::CabinetRequested(_)
            | Body::CabinetLetterSubmitted(_)
            | Body::SlipPrinted(_)
            | Body::RemainderClaimed(_)
            | Body::PayoutWaysRequested(_)
            | Body::PayoutAccountSubmitted(_)
            | Body::PayoutWayChosen(_)
            | Body::ChangesRequested(_)
            | Body::SupplementRequested(_)
            | Body::SupplementAgreed(_)
            | Body::SupplementDeclined(_)
            | Body::RestructuringRequested(_)
            | Body::RefundChosen(_)
            | Body::TransferRequested(_)
            | Body::CommandCarriedOut(_)
            | Body::LoginCardShown(_)
            | Body::CardBindingRequested(_)
            | Body::CardProofSubmitted(_)
            | Body::CardUnbindingRequested(_)
            | Body::CardSignatureRequested(_)
            | Body::CardNotUsed(_)
            | Body::CardLeftBehind(_)
            | Body::PayoutRetracted(_) => Self::None,
        }
    }
}
