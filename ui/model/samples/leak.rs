//! Measures after a leak, stage by stage.

use senim_domain::{ClientId, Language, MessageId, Secret};
use senim_session::Session;
use senim_session::leak::{After, Leaked, Leaking};
use senim_session::registration::Advice;
use senim_session::state::Errand;

use super::{NOON, SOON, operation, secret, stamp, visit};
use crate::screen::Screen;
use crate::view::{leak, register};

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let Some(pack) = session.facts().rule_pack.as_deref() else { return Vec::new() };
    let stages = stages().into_iter().map(|(name, stage)| {
        (format!("leak-{name}"), Screen::Notice(leak::screen(pack, &stage, &stamp(), language)))
    });
    let ends = [
        ("leak-number-not-yours", Advice::NumberNotYours),
        ("leak-call-denied", Advice::CallDenied),
        ("leak-call-not-reached", Advice::CallNotReached),
    ];
    let ends = ends.into_iter().map(|(name, advice)| {
        (name.to_owned(), Screen::Notice(register::advice(session, advice, visit(), language)))
    });
    let intrusion = ("intrusion".to_owned(), Screen::Notice(leak::intrusion(pack, NOON, language)));
    stages.chain(ends).chain([intrusion]).collect()
}

fn leaked() -> Leaked {
    let client = ClientId(operation().0);
    Leaked { client, notice: Secret::default(), after: After::Errand(Errand::Loan) }
}

fn stages() -> Vec<(&'static str, Leaking)> {
    let asked = operation();
    vec![
        ("notice", Leaking::Notice { leaked: leaked(), shown_at: NOON }),
        ("face", Leaking::Matching { leaked: leaked(), asked }),
        ("number", Leaking::Number { leaked: leaked(), asked }),
        ("further", Leaking::Further { leaked: leaked(), place: 0, shown_at: NOON }),
        ("ordering", Leaking::Ordering { leaked: leaked(), asked }),
        (
            "call",
            Leaking::WaitCallback {
                leaked: leaked(),
                call: MessageId(operation().0),
                phone_masked: secret("+7 7** *** ** 67"),
                until: SOON,
                ask_at: SOON,
                asked: None,
            },
        ),
    ]
}
