//! What is asked and read between the wish for a microcredit and its contract: each stage carries exactly what is valid there.

use senim_domain::UtcMillis;
use senim_domain::rule_pack::{ConsentKind, TextId};
use senim_operation::attachment::GivenAnswer;

use crate::state::{Client, Offer, Wish};

/// Before the application is decided.
#[derive(Debug)]
pub enum Preparing {
    /// A consent for credit bureaux is being read (B18).
    Consent {
        /// Who.
        client: Client,
        /// What was asked for.
        wish: Wish,
        /// Which.
        kind: ConsentKind,
    },
    /// A question of due diligence is being answered.
    Question {
        /// Who.
        client: Client,
        /// What was asked for.
        wish: Wish,
        /// What was answered so far; the next question is the one behind them.
        answers: Vec<GivenAnswer>,
    },
}

/// A text is being read before the drafts are compared.
#[derive(Debug)]
pub struct Acquainting {
    /// What is offered.
    pub offer: Offer,
    /// Which text.
    pub text: TextId,
    /// When it came on the screen.
    pub shown_at: UtcMillis,
}
