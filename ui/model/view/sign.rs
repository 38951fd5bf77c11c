//! Signing with the phone: the code with its countdown, and why a signature does not count.

use senim_domain::time::Stamp;
use senim_domain::{Language, Secret};
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_session::Session;
use senim_session::state::{Signing, SigningPhase};

use super::card;
use crate::pages::{Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, sign as texts};

pub(crate) fn screen(signing: &Signing, any_card: bool, now: &Stamp, language: Language) -> Screen {
    match &signing.phase {
        SigningPhase::Choosing => {
            Screen::Choice(card::signing_way(any_card, Session::leaves_signing(signing), language))
        }
        _ => Screen::Notice(notice(signing, now, language)),
    }
}

pub(crate) fn notice(signing: &Signing, now: &Stamp, language: Language) -> Notice {
    let read = |phrases: &[Phrase]| {
        phrases.iter().map(|phrase| Secret::new(phrase.get(language).to_owned())).collect::<Vec<_>>()
    };
    match &signing.phase {
        SigningPhase::Choosing | SigningPhase::Asking { .. } => Notice {
            name: "signAsking",
            title: texts::PREPARING.get(language).to_owned(),
            busy: true,
            cancel: true,
            ..Notice::default()
        },
        SigningPhase::Shown { qr, until, .. } => {
            let left = until.since(now.mono).div_ceil(1000);
            Notice {
                name: "signByQr",
                title: title(signing.purpose).get(language).to_owned(),
                paragraphs: read(&[texts::STEP_OPEN, texts::STEP_SCAN, texts::STEP_SIGN, texts::KEY_STAYS]),
                qr: (left > 0).then(|| qr.clone()),
                seconds_left: Some(u32::try_from(left).unwrap_or(u32::MAX)),
                secondary: Some(texts::DO_NOT_SIGN.get(language).to_owned()),
                busy: true,
                cancel: true,
                ..Notice::default()
            }
        }
        SigningPhase::Refused { reason, may_retry } => {
            let (said, help) = said(*reason);
            Notice {
                name: "signRefused",
                tone: if *may_retry { Tone::Warn } else { Tone::Error },
                title: said.get(language).to_owned(),
                paragraphs: read(&[help]),
                // Where it cannot be signed there is nothing to refuse.
                primary: Some(
                    if *may_retry { texts::NEW_CODE } else { texts::LEAVE }.get(language).to_owned(),
                ),
                secondary: may_retry.then(|| texts::DO_NOT_SIGN.get(language).to_owned()),
                cancel: *may_retry,
                ..Notice::default()
            }
        }
    }
}

const fn title(purpose: SignaturePurpose) -> Phrase {
    match purpose {
        SignaturePurpose::RegistrationStatement => texts::SIGN_REGISTRATION,
        SignaturePurpose::DataAccess => texts::SIGN_ACCESS,
        SignaturePurpose::Contract => texts::SIGN_CONTRACT,
        SignaturePurpose::Supplement => texts::SIGN_SUPPLEMENT,
        SignaturePurpose::PhoneChange => texts::SIGN_PHONE,
        SignaturePurpose::AccountChange => texts::SIGN_ACCOUNT,
    }
}

/// What happened, and what helps.
const fn said(reason: SignatureRefusal) -> (Phrase, Phrase) {
    match reason {
        SignatureRefusal::Declined => (texts::DECLINED, texts::DECLINED_HELP),
        SignatureRefusal::Expired => (texts::EXPIRED, texts::EXPIRED_HELP),
        SignatureRefusal::OtherPerson => (texts::OTHER_PERSON, texts::OTHER_PERSON_HELP),
        SignatureRefusal::WrongKey => (texts::WRONG_KEY, texts::WRONG_KEY_HELP),
        SignatureRefusal::Organisation => (texts::ORGANISATION, texts::ORGANISATION_HELP),
        SignatureRefusal::CertificateExpired => (texts::CERTIFICATE_EXPIRED, texts::CERTIFICATE_HELP),
        SignatureRefusal::CertificateNotYetValid => (texts::CERTIFICATE_NOT_YET, texts::CERTIFICATE_HELP),
        SignatureRefusal::CertificateRevoked => (texts::CERTIFICATE_REVOKED, texts::CERTIFICATE_HELP),
        SignatureRefusal::CertificateUnknown => (texts::CERTIFICATE_UNKNOWN, texts::CERTIFICATE_HELP),
        SignatureRefusal::OtherDocument => (texts::OTHER_DOCUMENT, texts::EXPIRED_HELP),
        SignatureRefusal::NotVerified => (texts::NOT_VERIFIED, texts::EXPIRED_HELP),
        SignatureRefusal::KeyNotAccepted => (texts::KEY_NOT_ACCEPTED, texts::CERTIFICATE_HELP),
        SignatureRefusal::NotOffered => (texts::NOT_OFFERED, texts::NOT_OFFERED_HELP),
        SignatureRefusal::TryLater => (texts::TRY_LATER, texts::TRY_LATER_HELP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONS: [SignatureRefusal; 14] = [
        SignatureRefusal::Declined,
        SignatureRefusal::Expired,
        SignatureRefusal::OtherPerson,
        SignatureRefusal::WrongKey,
        SignatureRefusal::Organisation,
        SignatureRefusal::CertificateExpired,
        SignatureRefusal::CertificateNotYetValid,
        SignatureRefusal::CertificateRevoked,
        SignatureRefusal::CertificateUnknown,
        SignatureRefusal::OtherDocument,
        SignatureRefusal::NotVerified,
        SignatureRefusal::KeyNotAccepted,
        SignatureRefusal::NotOffered,
        SignatureRefusal::TryLater,
    ];

    #[test]
    fn every_refusal_is_said_in_words_of_its_own() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            let texts: std::collections::BTreeSet<_> =
                REASONS.iter().map(|reason| said(*reason).0.get(language)).collect();
            assert_eq!(texts.len(), REASONS.len());
        }
    }
}
