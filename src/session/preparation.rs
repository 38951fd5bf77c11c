//! What is asked and read between the wish for a microcredit and its contract: each stage carries exactly what is valid there.

use senim_domain::rule_pack::{ConsentKind, TextId};
use senim_domain::{ApplicationId, UtcMillis};
use senim_operation::attachment::GivenAnswer;
use senim_operation::message::FurtherQuestion;

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
        /// The application to be.
        application: ApplicationId,
        /// Which.
        kind: ConsentKind,
    },
    /// A question of due diligence is being answered.
    Question {
        /// Who.
        client: Client,
        /// What was asked for.
        wish: Wish,
        /// The application to be.
        application: ApplicationId,
        /// What was answered so far; the next question is the one behind them.
        answers: Vec<GivenAnswer>,
    },
    /// A question of the screening is being answered.
    Further {
        /// Who.
        client: Client,
        /// What was asked for.
        wish: Wish,
        /// The application that waits for it.
        application: ApplicationId,
        /// Everything that is asked, 1 or more.
        asked: Vec<FurtherQuestion>,
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
