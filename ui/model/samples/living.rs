//! Movements before the camera, stage by stage.

use senim_domain::liveness::{Colour, Hint, LivenessFailure, Movement, Phase};
use senim_domain::{ChallengeId, ClientId, Language, Secret};
use senim_operation::message::LivenessRefusal;
use senim_session::Session;
use senim_session::leak::{After, Leaked};
use senim_session::living::{Living, LivingStage};
use senim_session::registration::Advice;
use senim_session::state::{Errand, Picture, Sitter};

use super::{operation, stamp, visit};
use crate::screen::Screen;
use crate::view::{living, register};

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let shown = stages().into_iter().map(|(name, stage)| {
        let client = ClientId(operation().0);
        let leaked = Leaked { client, notice: Secret::default(), after: After::Errand(Errand::Loan) };
        let sitter = Sitter::Leaked(Box::new(leaked));
        let sample = Living { sitter, picture: Picture::Opening, slow: false, stage };
        (format!("living-{name}"), Screen::Notice(living::screen(&sample, &stamp(), language)))
    });
    let end = register::advice(session, Advice::NotLiving, visit(), language);
    shown.chain([("living-not-shown".to_owned(), Screen::Notice(end))]).collect()
}

fn stages() -> Vec<(&'static str, LivingStage)> {
    let asked = operation();
    let challenge = ChallengeId(asked.0);
    let qr = Secret::new("https://finid.kz/c/3f9c1a7e5b2d4c6f8091a2b3c4d5e6f7".to_owned());
    let lit = |phase, flash| LivingStage::Doing {
        challenge,
        seconds: 80,
        movements: 4,
        done: 1,
        phase,
        flash,
        tries_left: 3,
        replacements_left: 2,
    };
    let doing = |phase| lit(phase, None);
    let command = |movement, back| Phase::Command {
        index: 1,
        movement,
        percent: 40,
        back,
        since_ms: 900,
        left_ms: 5_100,
    };
    vec![
        ("asking", LivingStage::Asking { asked }),
        ("calm", doing(Phase::Calm { hint: Some(Hint::NoFace), percent: 0 })),
        ("raise-face", doing(Phase::Calm { hint: Some(Hint::RaiseFace), percent: 0 })),
        ("uncover-face", doing(Phase::Calm { hint: Some(Hint::UncoverFace), percent: 0 })),
        ("take-off-glasses", doing(Phase::Calm { hint: Some(Hint::TakeOffGlasses), percent: 0 })),
        ("light-behind", doing(Phase::Calm { hint: Some(Hint::LightFromFront), percent: 0 })),
        ("go-left", doing(Phase::Calm { hint: Some(Hint::GoLeft), percent: 0 })),
        ("one-person", doing(Phase::Calm { hint: Some(Hint::OnePerson), percent: 0 })),
        ("turn-left", doing(command(Movement::TurnLeft, false))),
        ("blink", doing(command(Movement::Blink, false))),
        ("back", doing(command(Movement::TurnLeft, true))),
        ("smile", doing(command(Movement::Smile, false))),
        ("come-closer", doing(command(Movement::ComeCloser, false))),
        ("dot-right", doing(command(Movement::FollowDotRight, false))),
        ("flash-red", lit(command(Movement::LookUp, false), Some(Colour::Red))),
        ("flash-green", lit(command(Movement::OpenMouth, false), Some(Colour::Green))),
        ("pause", doing(Phase::Pause)),
        ("judging", LivingStage::Judging { asked, challenge, missed: None }),
        ("again", LivingStage::Again { missed: None, tries_left: 2 }),
        ("again-late", LivingStage::Again { missed: Some(LivenessFailure::TooLate), tries_left: 2 }),
        ("again-back-light", LivingStage::Again { missed: Some(LivenessFailure::BackLight), tries_left: 1 }),
        ("before-phone", LivingStage::BeforePhone),
        ("phone", LivingStage::Phone { check: challenge, qr, until: stamp().mono.plus_ms(171_000), asked }),
        ("phone-again", LivingStage::PhoneAgain { reason: LivenessRefusal::OtherPerson, tries_left: 2 }),
    ]
}
