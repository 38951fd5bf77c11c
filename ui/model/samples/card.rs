//! A card in the reader, stage by stage.

use senim_domain::{Language, MessageId, SecretBytes};
use senim_hal::token::NotTyped;
use senim_operation::message::{CardRefusal, MessageBody};
use senim_session::card::{CardProblem, CardPurpose, CardStage, CardUse, Proof, Task};
use senim_session::state::Errand;

use super::{SOON, operation, secret, visit};
use crate::screen::Screen;
use crate::view::card;

pub(super) fn all(language: Language) -> Vec<(String, Screen)> {
    let used = |stage| CardUse {
        purpose: CardPurpose::Login { errand: Errand::Cabinet, login: MessageId(visit().0) },
        stage,
    };
    let stages = stages()
        .into_iter()
        .map(|(name, stage)| (format!("card-{name}"), card::screen(&used(stage), language)));
    let others = [
        ("card-forgotten".to_owned(), Screen::Notice(card::forgotten(language))),
        ("card-sign-way".to_owned(), Screen::Choice(card::signing_way(false, false, language))),
        ("card-sign-way-any".to_owned(), Screen::Choice(card::signing_way(true, true, language))),
    ];
    stages.chain(others).collect()
}

fn stages() -> Vec<(&'static str, CardStage)> {
    let task = || Task {
        message: SecretBytes::default(),
        until: SOON,
        proof: Proof::Challenge(MessageId(visit().0)),
    };
    let pin = |tries_left, wrong| CardStage::Pin { task: task(), tries_left, wrong };
    let keypad = |tries_left, wrong| CardStage::Keypad { task: task(), tries_left, wrong };
    let problem = |problem, may_retry| CardStage::Problem { problem, may_retry };
    let refused = |reason| problem(CardProblem::Refused(reason), true);
    let asked = operation();
    let then = Box::new(MessageBody::CardBound { client: senim_domain::ClientId(asked.0) });
    vec![
        ("insert", CardStage::Insert),
        ("reading", CardStage::Reading),
        ("checking", CardStage::Shown { asked, signer: secret(""), tries_left: 3 }),
        ("pin", pin(3, false)),
        ("pin-wrong", pin(2, true)),
        ("pin-last", pin(1, true)),
        ("keypad", keypad(3, false)),
        ("keypad-wrong", keypad(2, true)),
        ("keypad-last", keypad(1, true)),
        ("keypad-timed-out", problem(CardProblem::NotTyped(NotTyped::TimedOut), true)),
        ("keypad-cancelled", problem(CardProblem::NotTyped(NotTyped::Cancelled), true)),
        ("working", CardStage::Working { task: task() }),
        ("take-back", CardStage::TakeBack { then }),
        ("withdrawn", problem(CardProblem::Withdrawn, true)),
        ("pin-blocked", problem(CardProblem::PinBlocked, false)),
        ("unclear", problem(CardProblem::Unclear, true)),
        ("reader", problem(CardProblem::Reader, false)),
        ("not-a-token", problem(CardProblem::NotAToken, true)),
        ("not-bound", refused(CardRefusal::NotBound)),
        ("other-person", refused(CardRefusal::OtherPerson)),
        ("expired", refused(CardRefusal::Expired)),
        ("revoked", refused(CardRefusal::Revoked)),
        ("needs-pin-pad", refused(CardRefusal::NeedsPinPad)),
    ]
}
