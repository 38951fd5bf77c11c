//! Changes of a contract, stage by stage.

use senim_document::{Kind, Paper};
use senim_domain::loan::{Method, Term};
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::{ClientId, Language, LoanId, MessageId, SecretBytes, SupplementId, Tiyn, UtcMillis};
use senim_operation::body::RefundWay;
use senim_operation::message::{
    ChangeableContract, ContractChanges, RefundDue, RefundTaken, WaitingSupplement,
};
use senim_session::Session;
use senim_session::dialogue::cabinet::Slip;
use senim_session::state::Client;
use senim_session::supplement::{
    AmendStage, Amended, Amending, Amendment, NotAmended, RefundFault, Refunded, SupplementFile,
};

use super::{NOON, operation, secret, visit};
use crate::screen::Screen;
use crate::view::supplement;

const DAY_MS: i64 = 86_400_000;

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    stages(session, language)
        .into_iter()
        .map(|(name, stage)| {
            let amending = Amending { client: client(), stage };
            (format!("supplement-{name}"), supplement::screen(session, &amending, language))
        })
        .collect()
}

fn client() -> Client {
    Client {
        id: ClientId(operation().0),
        greeting: secret("Айгүл Серікқызы"),
        products: vec!["simple".to_owned()],
        last_login: None,
    }
}

fn waiting(kind: SupplementKind) -> WaitingSupplement {
    WaitingSupplement {
        supplement: SupplementId(visit().0),
        loan: LoanId(operation().0),
        contract: secret("202603020001235"),
        number: secret("1"),
        kind,
        expires: UtcMillis(NOON.0.saturating_add(7 * DAY_MS)),
    }
}

fn contract(answer_by: Option<&str>) -> ChangeableContract {
    let answer_by = answer_by.map(str::to_owned);
    ChangeableContract { loan: LoanId(operation().0), number: secret("202603020001235"), answer_by }
}

fn due() -> RefundDue {
    RefundDue {
        loan: LoanId(operation().0),
        number: secret("202603020001235"),
        amount_tiyn: Tiyn::from_tenge(15_000).unwrap_or(Tiyn::ZERO),
        ways: vec![RefundWay::Account, RefundWay::CashDesk],
    }
}

fn refunded(way: RefundWay, language: Language) -> AmendStage {
    let desk = way == RefundWay::CashDesk;
    let at_desk = |text: &str| if desk { text.to_owned() } else { String::new() };
    let taken = RefundTaken {
        way,
        amount_tiyn: due().amount_tiyn,
        account_masked: secret(if desk { "" } else { "KZ** 125* **** **** 0100" }),
        number: at_desk("K-000017"),
        until: at_desk("2026-03-12"),
        address: at_desk(match language {
            Language::Kk => "Алматы, Төле би көшесі, 59",
            Language::Ru => "Алматы, улица Толе би, 59",
            Language::En => "59 Tole Bi Street, Almaty",
        }),
        at: NOON,
    };
    let (asked, contract, slip) = (operation(), due().number, Slip::Ended(true));
    AmendStage::Refunded(Box::new(Refunded { asked, contract, taken, slip, language }))
}

fn amendment(session: &Session) -> Option<Amendment> {
    let pack = session.facts().rule_pack.as_deref()?;
    let terms = AmendedTerms {
        principal_tiyn: Tiyn::from_tenge(180_000).ok()?,
        annual_percent: "24.000".parse().ok()?,
        term: Term::Months(12),
        method: Method::Annuity,
        begins: jiff::civil::date(2026, 3, 2),
        interest_tiyn: Tiyn::from_tenge(2_450).ok()?,
        penalty_tiyn: Tiyn::from_tenge(300).ok()?,
    };
    let quoted = terms.quote(pack, pack.product("simple")?).ok()?;
    let paper = Paper {
        kind: Kind::Supplement,
        number: String::new(),
        date: String::new(),
        sections: Vec::new(),
        figures: None,
    };
    Some(Amendment {
        waiting: waiting(SupplementKind::Restructuring),
        terms,
        schedule: terms.schedule(&quoted),
        gesv: quoted.gesv_exact,
        document: SupplementFile { pdf: SecretBytes::new(Vec::new()), sha256: String::new(), paper },
    })
}

fn stages(session: &Session, language: Language) -> Vec<(&'static str, AmendStage)> {
    let (asked, reason) = (operation(), HardshipReason::LostIncome);
    let both = ContractChanges {
        supplements: vec![waiting(SupplementKind::Supplement), waiting(SupplementKind::Restructuring)],
        contracts: vec![contract(None), contract(Some("2026-03-17"))],
        refunds: vec![due()],
    };
    let nothing = ContractChanges { supplements: Vec::new(), contracts: Vec::new(), refunds: Vec::new() };
    let mut stages = vec![
        ("asking", AmendStage::Asking { asked }),
        ("listed", AmendStage::Listed(both)),
        ("nothing", AmendStage::Listed(nothing)),
        ("drafting", AmendStage::Drafting { asked, waiting: waiting(SupplementKind::Supplement) }),
        ("declining", AmendStage::Declining { asked, supplement: SupplementId(visit().0) }),
        ("declined", AmendStage::Declined),
        ("reason", AmendStage::Reason { contract: contract(None) }),
        ("relief", AmendStage::Relief { contract: contract(None), reason }),
        ("months", AmendStage::Months { contract: contract(None), reason, relief: WishedRelief::LongerTerm }),
        ("sending", AmendStage::Sending { asked, loan: LoanId(operation().0) }),
        ("refund-way", AmendStage::RefundWay { due: due() }),
        ("refund-account", AmendStage::RefundAccount { due: due(), fault: None, face_check: None }),
        (
            "refund-account-wrong",
            AmendStage::RefundAccount { due: due(), fault: Some(RefundFault::NotOwned), face_check: None },
        ),
        ("refund-to-account", refunded(RefundWay::Account, language)),
        ("refund-to-desk", refunded(RefundWay::CashDesk, language)),
        ("sent", AmendStage::Sent { request: asked, answer_by: "2026-03-17".to_owned() }),
    ];
    let not = [
        ("try-later", NotAmended::TryLater),
        ("no-answer", NotAmended::NoAnswer),
        ("ended", NotAmended::Ended),
        ("differs", NotAmended::Differs),
        ("not-signed", NotAmended::NotSigned),
        ("not-owed", NotAmended::NotOwed),
        ("already-asked", NotAmended::AlreadyAsked),
        ("no-refund", NotAmended::NoRefund),
        ("too-many", NotAmended::TooMany),
    ];
    stages.extend(not.map(|(name, why)| (name, AmendStage::NotAmended(why))));
    let amendments = || amendment(session).map(Box::new);
    stages.extend(amendments().map(|one| ("terms", AmendStage::Decide(one))));
    stages.extend(amendments().map(|one| ("sure", AmendStage::Sure(one))));
    let face_check = MessageId(visit().0);
    stages.extend(
        amendments().map(|amendment| ("concluding", AmendStage::Concluding { asked, amendment, face_check })),
    );
    stages.extend(amendment(session).map(|one| {
        let amended = Amended {
            asked,
            contract: one.waiting.contract,
            number: one.waiting.number,
            kind: one.waiting.kind,
            terms: one.terms,
            schedule: one.schedule,
            gesv: one.gesv,
            sha256: "7nqkVxC3u0tE5mB1yZ8fRj2wLd4sHpT6aGc9NoXiQkU".to_owned(),
            at: NOON,
            slip: Slip::Ended(true),
            language,
        };
        ("concluded", AmendStage::Concluded(Box::new(amended)))
    }));
    stages
}
