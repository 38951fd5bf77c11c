//! What a person at the screen can mean. Typing, sliding and scrolling stay on the screen; these are decisions.

use senim_domain::loan::{Method, Term};
use senim_domain::touch::DisplayPoint;
use senim_domain::{Language, Secret, Tiyn};

/// A decision of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The screen was touched: somebody is there. Resets the idle clock and nothing else.
    Touched,
    /// Speak this language from now on; where nobody is at the terminal it begins a visit.
    ChooseLanguage(Language),
    /// The IIN is typed.
    SubmitIin(Secret),
    /// The one-time code is typed.
    SubmitCode(Secret),
    /// Ask for another code.
    ResendCode,
    /// Apply for this sum and term.
    Apply {
        /// Sum.
        principal: Tiyn,
        /// How long.
        term: Term,
    },
    /// Take the offer with this method of repayment.
    ChooseMethod(Method),
    /// The contract was read to its end.
    ContractRead,
    /// Take the picture now (the person stands in place).
    TakePicture,
    /// Agree to the contract.
    Agree,
    /// Pay the cash now.
    PayOut,
    /// One step back.
    Back,
    /// End the visit.
    Cancel,
    /// "I am still here."
    Stay,
    /// Leave the last screen.
    Done,
    /// What was decided on a screen made of a form.
    Decide {
        /// The screen on which it was decided ([`Session::step_no`](crate::Session::step_no)): a touch that arrives
        /// when another screen is already up decides nothing there.
        step: u64,
        /// What.
        decision: Decision,
    },
}

/// A decision on a notice, a choice or an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The main one.
    Confirm,
    /// The other one.
    Decline,
    /// The option at this place, from 0.
    Choose(usize),
    /// What was typed.
    Enter(Secret),
    /// The display was touched here, while a mark was to be touched.
    Touch(DisplayPoint),
}
