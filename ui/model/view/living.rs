//! Movements before the camera.

use senim_domain::liveness::{Colour, Hint, LivenessFailure, Movement, Phase};
use senim_domain::portrait::Instruction;
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_operation::message::LivenessRefusal;
use senim_session::living::{Living, LivingStage};

use super::preparation::secrets;
use crate::pages::{Cue, Leads, Notice, Tone};
use crate::texts::{Phrase, living as texts, portrait};

/// Screens of a proof.
pub(crate) fn screen(living: &Living, now: &Stamp, language: Language) -> Notice {
    let busy = |name, title: Phrase, text: &[Phrase]| {
        let paragraphs: Vec<String> = text.iter().map(|phrase| phrase.get(language).to_owned()).collect();
        Notice {
            name,
            title: title.get(language).to_owned(),
            paragraphs: secrets(&paragraphs),
            busy: true,
            cancel: true,
            ..Notice::default()
        }
    };
    match &living.stage {
        LivingStage::Asking { .. } => busy("livingAsking", texts::ASKING, &[texts::ASKING_TEXT]),
        LivingStage::Judging { .. } => busy("livingJudging", texts::JUDGING, &[]),
        LivingStage::Doing { phase, flash, movements, done, .. } => {
            let exchange = living.stage.exchangeable().is_some();
            Notice {
                name: "livingDoing",
                title: instruction(phase).get(language).to_owned(),
                camera: true,
                cue: Some(cue(phase, *flash, (*done, *movements))),
                seconds_left: match phase {
                    Phase::Command { left_ms, .. } => Some(left_ms.div_ceil(1_000)),
                    _ => None,
                },
                secondary: exchange.then(|| texts::CANNOT.get(language).to_owned()),
                cancel: true,
                ..Notice::default()
            }
        }
        LivingStage::BeforePhone => Notice {
            name: "livingBeforePhone",
            title: texts::ON_PHONE.get(language).to_owned(),
            paragraphs: read(language, &[texts::PHONE_NEEDS, texts::PHONE_LIGHT, texts::PHONE_ALONE]),
            primary: Some(texts::SHOW_CODE.get(language).to_owned()),
            secondary: Some(texts::DO_NOT_CHECK.get(language).to_owned()),
            cancel: true,
            ..Notice::default()
        },
        LivingStage::Phone { qr, until, .. } => {
            let left = until.since(now.mono).div_ceil(1000);
            Notice {
                name: "livingPhone",
                title: texts::ON_PHONE.get(language).to_owned(),
                paragraphs: read(language, &[texts::PHONE_SCAN, texts::PHONE_DO, texts::PHONE_RETURN]),
                qr: (left > 0).then(|| qr.clone()),
                seconds_left: Some(u32::try_from(left).unwrap_or(u32::MAX)),
                secondary: Some(texts::DO_NOT_CHECK.get(language).to_owned()),
                busy: true,
                cancel: true,
                ..Notice::default()
            }
        }
        LivingStage::PhoneAgain { reason, tries_left } => Notice {
            name: "livingPhoneAgain",
            tone: Tone::Warn,
            title: on_phone(*reason).get(language).to_owned(),
            paragraphs: secrets(&[texts::PHONE_AGAIN_TEXT.with(language, &tries_left.to_string())]),
            primary: Some(texts::NEW_CODE.get(language).to_owned()),
            secondary: Some(texts::DO_NOT_CHECK.get(language).to_owned()),
            cancel: true,
            ..Notice::default()
        },
        LivingStage::Again { missed, tries_left } => {
            let cure = missed.and_then(cure).map(|phrase| phrase.get(language).to_owned());
            let tone = if cure.is_some() { Tone::Warn } else { Tone::Calm };
            let again = texts::AGAIN_TEXT.with(language, &tries_left.to_string());
            Notice {
                name: "livingAgain",
                tone,
                title: texts::AGAIN.get(language).to_owned(),
                paragraphs: secrets(&cure.into_iter().chain([again]).collect::<Vec<_>>()),
                primary: Some(texts::TRY_AGAIN.get(language).to_owned()),
                secondary: Some(texts::SLOWER.get(language).to_owned()),
                leads: match missed {
                    Some(LivenessFailure::TooLate | LivenessFailure::TimeUp) => Leads::Secondary,
                    _ => Leads::Primary,
                },
                cancel: true,
                ..Notice::default()
            }
        }
    }
}

fn read(language: Language, phrases: &[Phrase]) -> Vec<Secret> {
    phrases.iter().map(|phrase| Secret::new(phrase.get(language).to_owned())).collect()
}

/// What a person can do about what was missed. How a deception was noticed is nobody's business.
const fn cure(missed: LivenessFailure) -> Option<Phrase> {
    match missed {
        LivenessFailure::FaceCovered => Some(portrait::line(Instruction::UncoverFace)),
        LivenessFailure::EyesCovered => Some(portrait::line(Instruction::TakeOffGlasses)),
        LivenessFailure::BackLight => Some(portrait::line(Instruction::LightFromFront)),
        LivenessFailure::SeveralFaces => Some(texts::ONE_PERSON),
        LivenessFailure::NotCalm => Some(texts::STILL),
        LivenessFailure::FaceLost => Some(texts::STAY_IN_SIGHT),
        LivenessFailure::TooEarly => Some(texts::TOO_EARLY),
        LivenessFailure::TooLate | LivenessFailure::TimeUp => Some(texts::TOO_LATE),
        LivenessFailure::NotReturned => Some(texts::NOT_RETURNED),
        LivenessFailure::Mismatch
        | LivenessFailure::NotMeasured
        | LivenessFailure::FaceSwapped
        | LivenessFailure::Cut
        | LivenessFailure::Frozen
        | LivenessFailure::Repeated
        | LivenessFailure::Implausible
        | LivenessFailure::TooFewFrames
        | LivenessFailure::ClockWrong
        | LivenessFailure::FlashMissing
        | LivenessFailure::FlashDelayed
        | LivenessFailure::FlashEverywhere
        | LivenessFailure::Unfinished => None,
    }
}

/// Why the phone has shown nothing.
const fn on_phone(reason: LivenessRefusal) -> Phrase {
    match reason {
        LivenessRefusal::Declined => texts::PHONE_DECLINED,
        LivenessRefusal::Expired | LivenessRefusal::Stale => texts::PHONE_EXPIRED,
        LivenessRefusal::OtherPerson => texts::PHONE_OTHER_PERSON,
        LivenessRefusal::NotShown
        | LivenessRefusal::NotConfirmed
        | LivenessRefusal::OtherChallenge
        | LivenessRefusal::NoTriesLeft
        | LivenessRefusal::NotAvailable
        | LivenessRefusal::TryLater => texts::PHONE_NOT_SHOWN,
    }
}

/// What is drawn of it.
fn cue(phase: &Phase, flash: Option<Colour>, (done, movements): (usize, usize)) -> Cue {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let movement = match phase {
        Phase::Command { movement, back: false, .. } => Some(*movement),
        Phase::Command { back: true, .. }
        | Phase::Pause
        | Phase::Waiting
        | Phase::Passed
        | Phase::Calm { .. }
        | Phase::Failed(_) => None,
    };
    let hint = match phase {
        Phase::Calm { hint, .. } => *hint,
        Phase::Command { .. } | Phase::Pause | Phase::Waiting | Phase::Passed | Phase::Failed(_) => None,
    };
    Cue { movement, hint, done: number(done), of: number(movements), flash }
}

/// The one thing to do now.
const fn instruction(phase: &Phase) -> Phrase {
    match phase {
        Phase::Calm { hint, .. } => match hint {
            Some(Hint::NoFace) => texts::NO_FACE,
            Some(Hint::OnePerson) => texts::ONE_PERSON,
            Some(Hint::ComeCloser) => texts::NEARER,
            Some(Hint::RaiseFace) => texts::RAISE,
            Some(Hint::LowerFace) => texts::LOWER,
            Some(Hint::GoLeft) => texts::GO_LEFT,
            Some(Hint::GoRight) => texts::GO_RIGHT,
            Some(Hint::LookStraight) => texts::STRAIGHT,
            Some(Hint::UncoverFace) => portrait::line(Instruction::UncoverFace),
            Some(Hint::TakeOffGlasses) => portrait::line(Instruction::TakeOffGlasses),
            Some(Hint::LightFromFront) => portrait::line(Instruction::LightFromFront),
            Some(Hint::HoldStill) | None => texts::STILL,
        },
        Phase::Command { back: true, .. } => texts::BACK,
        Phase::Command { movement, .. } => match movement {
            Movement::TurnLeft => texts::TURN_LEFT,
            Movement::TurnRight => texts::TURN_RIGHT,
            Movement::LookUp => texts::LOOK_UP,
            Movement::LookDown => texts::LOOK_DOWN,
            Movement::Blink => texts::BLINK,
            Movement::OpenMouth => texts::OPEN_MOUTH,
            Movement::Smile => texts::SMILE,
            Movement::ComeCloser => texts::COME_CLOSER,
            Movement::MoveAway => texts::MOVE_AWAY,
            Movement::FollowDotLeft => texts::DOT_LEFT,
            Movement::FollowDotRight => texts::DOT_RIGHT,
        },
        Phase::Pause | Phase::Waiting | Phase::Passed | Phase::Failed(_) => texts::WAIT,
    }
}
