//! The way of payout and transfers, stage by stage.

use senim_domain::iban::IbanError;
use senim_domain::rule_pack::PayoutMethod;
use senim_domain::{Language, LoanId, MessageId, PayoutRequestId, PayoutTargetId, Secret, Tiyn};
use senim_operation::message::{PayoutTarget, WayRefusal};
use senim_session::Session;
use senim_session::dialogue::cabinet::Slip;
use senim_session::remainder::Owed;
use senim_session::transfer::{Payment, Transferred, Transferring};
use senim_session::way::{WayFor, WayStage, Wayfinding, Ways};

use super::{NOON, operation, secret, stamp, waiting};
use crate::screen::Screen;
use crate::view::payout;

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let ways = stages(language).into_iter().filter_map(|(name, stage)| {
        let offer = Box::new(waiting::offer(session)?);
        let method = senim_domain::loan::Method::Annuity;
        let way = Wayfinding { bound: WayFor::Contract { offer, method }, stage };
        Some((format!("payout-{name}"), payout::way(session, &way, &stamp(), language)))
    });
    let transfers = transfers(language)
        .into_iter()
        .map(|(name, stage)| (format!("transfer-{name}"), payout::transfer(session, &stage, language)));
    ways.chain(transfers).collect()
}

fn target(way: PayoutMethod, name: &str) -> PayoutTarget {
    PayoutTarget { target: PayoutTargetId(operation().0), way, name: secret(name) }
}

fn account() -> PayoutTarget {
    target(PayoutMethod::Account, "KZ** 125* **** **** 0100")
}

fn merchant(language: Language) -> PayoutTarget {
    let name = match language {
        Language::Kk => "«Үй жиһазы» ЖШС, Алматы, Абай даңғылы, 10",
        Language::Ru => "ТОО «Үй жиһазы», Алматы, проспект Абая, 10",
        Language::En => "Ui Zhihazy LLP, 10 Abai Avenue, Almaty",
    };
    target(PayoutMethod::Merchant, name)
}

fn known(language: Language) -> Ways {
    let card = |name| target(PayoutMethod::Card, name);
    let second = match language {
        Language::Kk => "«Тұрмыстық техника» ЖШС, Астана, Республика даңғылы, 5",
        Language::Ru => "ТОО «Тұрмыстық техника», Астана, проспект Республики, 5",
        Language::En => "Turmystyq Tekhnika LLP, 5 Republic Avenue, Astana",
    };
    let second = target(PayoutMethod::Merchant, second);
    Ways {
        ways: PayoutMethod::ALL.to_vec(),
        targets: vec![card("•••• 1234"), card("•••• 9876"), merchant(language), second],
    }
}

fn stages(language: Language) -> Vec<(&'static str, WayStage)> {
    let asked = operation();
    let (known, merchant) = (|| known(language), || merchant(language));
    let refused = |reason| WayStage::Refused { known: known(), reason };
    vec![
        ("choosing", WayStage::Choosing { known: known() }),
        ("cards", WayStage::Listing { known: known(), way: PayoutMethod::Card }),
        ("merchants", WayStage::Listing { known: known(), way: PayoutMethod::Merchant }),
        ("account", WayStage::Iban { known: known(), fault: None }),
        ("account-wrong", WayStage::Iban { known: known(), fault: Some(IbanError::Checksum) }),
        ("account-foreign", WayStage::Iban { known: known(), fault: Some(IbanError::NotKazakh) }),
        ("checking", WayStage::Checking { asked, known: known() }),
        ("sure", WayStage::Sure { known: known(), target: account() }),
        ("invoice", WayStage::Invoice { known: known(), target: merchant(), invalid: false }),
        ("not-owned", refused(WayRefusal::NotOwned)),
        ("owner-unknown", refused(WayRefusal::OwnerUnknown)),
        ("bank-away", refused(WayRefusal::TryLater)),
    ]
}

fn owed() -> Owed {
    Owed {
        loan: LoanId(operation().0),
        principal: Tiyn::from_tenge(150_000).unwrap_or(Tiyn::ZERO),
        received: Tiyn::ZERO,
        part: 1,
        face_check: Some(MessageId(operation().0)),
        first_payment: None,
        avoided: Vec::new(),
        claimed: false,
        refused: None,
        untransferred: false,
    }
}

fn transfers(language: Language) -> Vec<(&'static str, Transferring)> {
    let payment = |target| Payment { owed: owed(), target };
    let ended = |paid, printed| {
        Transferring::Ended(Box::new(Transferred {
            asked: operation(),
            request: PayoutRequestId(operation().0),
            at: NOON,
            amount: owed().principal,
            target: account(),
            paid,
            first_payment: None,
            printed,
            language,
        }))
    };
    let request = PayoutRequestId(operation().0);
    let mut statement = "Өтініш\n\n№ 20260 30200 01235 шарт бойынша 150\u{a0}000\u{a0}теңгені менің шотыма немесе картама аударуды \
                     сұраймын: KZ86 125K ZT50 0410 0100\n\nЗаявление\n\nПрошу перевести 150\u{a0}000\u{a0}тенге по договору № \
                     20260 30200 01235 на мой счёт или карту: KZ86 125K ZT50 0410 0100"
        .to_owned();
    if language == Language::En {
        statement.push_str(
            "\n\nApplication\n\nI ask to transfer 150\u{a0}000\u{a0}tenge under contract No. 20260 30200 01235 to my \
             account or card: KZ86 125K ZT50 0410 0100",
        );
    }
    vec![
        ("ready", Transferring::Ready(payment(account()))),
        ("ready-merchant", Transferring::Ready(payment(merchant(language)))),
        ("ordering", Transferring::Ordering { asked: operation(), request, payment: payment(account()) }),
        (
            "statement",
            Transferring::Statement {
                request,
                payment: payment(account()),
                statement: Secret::new(statement),
                sha256: String::new(),
            },
        ),
        ("done", ended(true, Slip::Ended(true))),
        ("under-way", ended(false, Slip::Ended(false))),
    ]
}
