//! Changes of a contract on the screen and on the slip.

use senim_domain::gesv::Gesv;
use senim_domain::loan::Schedule;
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::{Language, Secret, Tiyn};
use senim_operation::body::RefundWay;
use senim_operation::message::{ChangeableContract, ContractChanges, RefundDue, WaitingSupplement};
use senim_session::Session;
use senim_session::dialogue::cabinet::Slip;
use senim_session::dialogue::supplement::WISHED_MONTHS;
use senim_session::supplement::{
    AmendStage, Amended, Amending, Amendment, NotAmended, RefundFault, Refunded,
};

use super::preparation::secrets;
use super::slips::{SlipText, apart};
use super::{paragraphs, reference, slips};
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Grouping, Keyboard, Notice, Tone};
use crate::screen::{Contract, Row, Screen, Wait};
use crate::terms::{self, KeyTerm};
use crate::texts::{Phrase, cabinet, payout, supplement as texts};

/// Screens of changes.
pub(crate) fn screen(session: &Session, amending: &Amending, language: Language) -> Screen {
    let busy = |name, title: Phrase, cancel| {
        let title = title.get(language).to_owned();
        Screen::Notice(Notice { name, title, busy: true, cancel, ..Notice::default() })
    };
    match &amending.stage {
        AmendStage::Asking { .. } => busy("changesAsking", texts::ASKING, true),
        AmendStage::Listed(changes) => listed(changes, language),
        AmendStage::Drafting { .. } => busy("supplementDrafting", texts::DRAFTING, true),
        AmendStage::Reading(amendment) => Screen::Contract(Contract {
            kept: None,
            key_terms: rows(amendment, language),
            pdf: amendment.document.pdf.clone(),
            paragraphs: paragraphs(&amendment.document.paper, language),
        }),
        AmendStage::Decide(amendment) => Screen::Notice(Notice {
            name: "supplementTerms",
            title: texts::DECIDE.get(language).to_owned(),
            paragraphs: secrets(&[texts::DECIDE_TEXT.get(language).to_owned()]),
            facts: rows(amendment, language).into_iter().map(fact).collect(),
            primary: Some(texts::AGREE.get(language).to_owned()),
            secondary: Some(texts::DISAGREE.get(language).to_owned()),
            equal: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        AmendStage::Sure(_) => Screen::Notice(Notice {
            name: "supplementDecline",
            title: texts::SURE.get(language).to_owned(),
            paragraphs: secrets(&[texts::SURE_TEXT.get(language).to_owned()]),
            primary: Some(texts::YES.get(language).to_owned()),
            secondary: Some(texts::NO.get(language).to_owned()),
            equal: true,
            back: true,
            cancel: true,
            ..Notice::default()
        }),
        AmendStage::Matching { .. } | AmendStage::RefundMatching { .. } => Screen::Waiting(Wait::Face),
        AmendStage::RefundWay { due } => refund_way(due, language),
        AmendStage::RefundAccount { fault, .. } => Screen::Entry(Entry {
            name: "refundAccount",
            title: payout::YOUR_ACCOUNT.get(language).to_owned(),
            lead: Secret::new(payout::YOUR_ACCOUNT_LEAD.get(language).to_owned()),
            keyboard: Keyboard::Latin,
            grouping: Grouping::Fours,
            least: 20,
            most: 20,
            error: fault.map(|fault| refund_fault(fault).get(language).to_owned()),
            back: true,
            cancel: true,
            ..Entry::default()
        }),
        AmendStage::RefundSending { .. } => busy("refundSending", texts::REFUND_SENDING, false),
        AmendStage::Refunded(refunded) => {
            let text = refunded_text(refunded, language);
            Screen::Notice(printed("refundTaken", session, text, refunded.slip, language))
        }
        AmendStage::Concluding { .. } => busy("supplementConcluding", texts::CONCLUDING, false),
        AmendStage::Concluded(amended) => {
            let text = amended_text(amended, language);
            Screen::Notice(printed("supplementConcluded", session, text, amended.slip, language))
        }
        AmendStage::Declining { .. } => busy("supplementDeclining", texts::DECLINING, false),
        AmendStage::Declined => Screen::Notice(ending(
            "supplementDeclined",
            Tone::Calm,
            (texts::DECLINED, texts::DECLINED_TEXT),
            language,
        )),
        AmendStage::NotAmended(why) => Screen::Notice(not_amended(*why, language)),
        AmendStage::Reason { .. } => {
            let options = HardshipReason::ALL.map(|reason| of_reason(reason, language));
            choice("hardshipReason", texts::WHY, texts::WHY_LEAD.get(language), options.into(), language)
        }
        AmendStage::Relief { .. } => {
            let options = WishedRelief::ALL.map(|relief| of_relief(relief, language));
            choice("wishedRelief", texts::WHAT, "", options.into(), language)
        }
        AmendStage::Months { .. } => {
            let option = |months: u16| {
                let label = format::months(u32::from(months), language);
                Choosable::new(format!("months-{months}"), label)
            };
            choice("wishedMonths", texts::HOW_LONG, "", WISHED_MONTHS.map(option).into(), language)
        }
        AmendStage::Sending { .. } => busy("restructuringSending", texts::SENDING, false),
        AmendStage::Sent { request, answer_by } => {
            let day = slips::day(answer_by);
            Screen::Notice(Notice {
                name: "restructuringSent",
                tone: Tone::Good,
                title: texts::SENT.get(language).to_owned(),
                paragraphs: secrets(&[texts::SENT_TEXT.with(language, &day)]),
                facts: vec![Fact::new(texts::REQUEST_NUMBER.get(language), reference(&request.0))],
                primary: Some(cabinet::TO_CABINET.get(language).to_owned()),
                cancel: true,
                ..Notice::default()
            })
        }
    }
}

fn choice(
    name: &'static str,
    title: Phrase,
    lead: &str,
    options: Vec<Choosable>,
    language: Language,
) -> Screen {
    Screen::Choice(Choice {
        name,
        title: title.get(language).to_owned(),
        lead: Secret::new(lead.to_owned()),
        options,
        back: true,
        cancel: true,
    })
}

fn listed(changes: &ContractChanges, language: Language) -> Screen {
    let empty = changes.supplements.is_empty() && changes.contracts.is_empty();
    if empty && changes.refunds.is_empty() {
        let (title, text) = (texts::NOTHING, texts::NOTHING_TEXT);
        return Screen::Notice(ending("changesNone", Tone::Calm, (title, text), language));
    }
    let waiting = |(at, one): (usize, &WaitingSupplement)| {
        let label = match one.kind {
            SupplementKind::Supplement => texts::READ_SUPPLEMENT,
            SupplementKind::Restructuring => texts::READ_RESTRUCTURING,
        };
        let until = texts::WAITS_UNTIL.with(language, &format::moment(one.expires));
        Choosable::new(format!("supplement-{at}"), label.with(language, apart(&one.contract).expose()))
            .with(until)
    };
    let contract = |(at, one): (usize, &ChangeableContract)| {
        let label = texts::ASK.with(language, apart(&one.number).expose());
        let option = Choosable::new(format!("contract-{at}"), label);
        match &one.answer_by {
            Some(day) => option.not_now(texts::ASKED_ALREADY.with(language, &slips::day(day))),
            None => option.with(texts::ASK_DETAIL.get(language)),
        }
    };
    let supplements = changes.supplements.iter().enumerate().map(waiting);
    let contracts = changes.contracts.iter().enumerate().map(contract);
    let refund = |(at, due): (usize, &RefundDue)| {
        let sum = format::money(due.amount_tiyn).0;
        Choosable::new(format!("refund-{at}"), texts::REFUND.with(language, apart(&due.number).expose()))
            .with(texts::REFUND_DETAIL.with(language, &sum))
    };
    let refunds = changes.refunds.iter().enumerate().map(refund);
    let options = supplements.chain(contracts).chain(refunds).collect();
    choice("changes", texts::WHICH, texts::WHICH_LEAD.get(language), options, language)
}

fn of_reason(reason: HardshipReason, language: Language) -> Choosable {
    let (id, label) = match reason {
        HardshipReason::LostIncome => ("lostIncome", texts::LOST_INCOME),
        HardshipReason::Illness => ("illness", texts::ILLNESS),
        HardshipReason::Family => ("family", texts::FAMILY),
        HardshipReason::Emergency => ("emergency", texts::EMERGENCY),
        HardshipReason::Other => ("other", texts::OTHER),
    };
    Choosable::new(id, label.get(language))
}

fn of_relief(relief: WishedRelief, language: Language) -> Choosable {
    let (id, label) = match relief {
        WishedRelief::LongerTerm => ("longerTerm", texts::LONGER_TERM),
        WishedRelief::Deferral => ("deferral", texts::DEFERRAL),
        WishedRelief::LowerRate => ("lowerRate", texts::LOWER_RATE),
        WishedRelief::NoPenalty => ("noPenalty", texts::NO_PENALTY),
    };
    Choosable::new(id, label.get(language))
}

fn fact(row: Row) -> Fact {
    Fact { label: row.label, value: Secret::new(row.value) }
}

fn rows(amendment: &Amendment, language: Language) -> Vec<Row> {
    key_terms(&amendment.terms, &amendment.schedule, amendment.gesv, language)
}

/// The key terms of a supplement: what is left, what it costs from then on, when it is paid.
fn key_terms(terms: &AmendedTerms, schedule: &Schedule, gesv: Gesv, language: Language) -> Vec<Row> {
    let of = |label: &str, value: String| Row { label: label.to_owned(), value };
    let key = |term, value| of(terms::label(term, language), value);
    let money = |sum: Tiyn| format::money_in_full(sum).0;
    let edge = |one: Option<&senim_domain::loan::Instalment>| {
        one.map(|one| format!("{} · {}", format::date(one.date), money(one.total_tiyn))).unwrap_or_default()
    };
    let before = terms.interest_tiyn.plus(terms.penalty_tiyn).unwrap_or(Tiyn::MAX);
    vec![
        of(texts::BEGINS.get(language), format::date(terms.begins)),
        of(texts::LEFT.get(language), money(terms.principal_tiyn)),
        key(KeyTerm::Overpayment, money(schedule.overpayment().unwrap_or(Tiyn::ZERO))),
        key(KeyTerm::Total, money(schedule.total().unwrap_or(Tiyn::ZERO))),
        key(KeyTerm::AnnualRate, format::annual_rate(terms.annual_percent)),
        key(KeyTerm::Gesv, format::gesv(gesv)),
        key(KeyTerm::Term, format::term(terms.term, language)),
        key(KeyTerm::Method, format::method(terms.method, language).to_owned()),
        key(KeyTerm::FirstPayment, edge(schedule.instalments.first())),
        key(KeyTerm::LastPayment, edge(schedule.instalments.last())),
        of(texts::BEFORE.get(language), money(before)),
    ]
}

/// What the slip of a supplement says, and the screen that it is printed from.
#[must_use]
pub fn amended_text(amended: &Amended, language: Language) -> SlipText {
    let mut facts = vec![
        Fact::new(texts::CONTRACT_NUMBER.get(language), apart(&amended.contract).expose()),
        Fact::new(texts::NUMBER.get(language), amended.number.expose()),
    ];
    let terms = key_terms(&amended.terms, &amended.schedule, amended.gesv, language);
    facts.extend(terms.into_iter().map(fact));
    let lines = secrets(&[
        texts::CONCLUDED_TEXT.get(language).to_owned(),
        cabinet::DOCUMENT_SHA.with(language, &amended.sha256),
    ]);
    SlipText { title: texts::CONCLUDED.get(language).to_owned(), facts, lines }
}

/// What the slip of a refund says, and the screen that it is printed from.
#[must_use]
pub fn refunded_text(refunded: &Refunded, language: Language) -> SlipText {
    let taken = &refunded.taken;
    let mut facts = vec![
        Fact::new(texts::CONTRACT_NUMBER.get(language), apart(&refunded.contract).expose()),
        Fact::new(texts::REFUND_SUM.get(language), format::money(taken.amount_tiyn).0),
    ];
    let told = match taken.way {
        RefundWay::Account => {
            facts.push(Fact::new(texts::ACCOUNT.get(language), taken.account_masked.expose()));
            texts::REFUNDED_ACCOUNT
        }
        RefundWay::CashDesk => {
            facts.extend([
                Fact::new(texts::DESK_NUMBER.get(language), taken.number.clone()),
                Fact::new(texts::DESK_UNTIL.get(language), slips::day(&taken.until)),
                Fact::new(texts::DESK_ADDRESS.get(language), taken.address.clone()),
            ]);
            texts::REFUNDED_DESK
        }
    };
    let lines = secrets(&[told.get(language).to_owned()]);
    SlipText { title: texts::REFUNDED.get(language).to_owned(), facts, lines }
}

/// A screen whose slip is printed.
fn printed(
    name: &'static str,
    session: &Session,
    SlipText { title, facts, lines }: SlipText,
    slip: Slip,
    language: Language,
) -> Notice {
    let told = match slip {
        Slip::Unwanted => None,
        slip => super::cabinet::told_of_slip(session, slip).0,
    };
    let told = told.map(|phrase| Secret::new(phrase.get(language).to_owned()));
    Notice {
        name,
        tone: Tone::Good,
        title,
        paragraphs: lines.into_iter().take(1).chain(told).collect(),
        facts,
        primary: Some(cabinet::TO_CABINET.get(language).to_owned()),
        cancel: true,
        ..Notice::default()
    }
}

fn refund_way(due: &RefundDue, language: Language) -> Screen {
    let option = |way: &RefundWay| match way {
        RefundWay::Account => Choosable::new("account", texts::TO_ACCOUNT.get(language))
            .with(texts::TO_ACCOUNT_DETAIL.get(language)),
        RefundWay::CashDesk => {
            Choosable::new("cashDesk", texts::TO_DESK.get(language)).with(texts::TO_DESK_DETAIL.get(language))
        }
    };
    Screen::Choice(Choice {
        name: "refundWay",
        title: texts::REFUND_WAY.with(language, &format::money(due.amount_tiyn).0),
        lead: Secret::new(texts::REFUND_LEAD.get(language).to_owned()),
        options: due.ways.iter().map(option).collect(),
        back: true,
        cancel: true,
    })
}

const fn refund_fault(fault: RefundFault) -> Phrase {
    match fault {
        RefundFault::NotUsable => texts::REFUND_NOT_USABLE,
        RefundFault::NotOwned => texts::REFUND_NOT_OWNED,
        RefundFault::OwnerUnknown => texts::REFUND_OWNER_UNKNOWN,
    }
}

fn ending(name: &'static str, tone: Tone, (title, text): (Phrase, Phrase), language: Language) -> Notice {
    Notice {
        name,
        tone,
        title: title.get(language).to_owned(),
        paragraphs: secrets(&[text.get(language).to_owned()]),
        primary: Some(cabinet::TO_CABINET.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

fn not_amended(why: NotAmended, language: Language) -> Notice {
    let said = match why {
        NotAmended::NoAnswer => (texts::NO_ANSWER, texts::NO_ANSWER_TEXT),
        NotAmended::TryLater => (texts::NOT_CHANGED, texts::TRY_LATER),
        NotAmended::Ended => (texts::NOT_CHANGED, texts::ENDED),
        NotAmended::Differs => (texts::NOT_CHANGED, texts::DIFFERS),
        NotAmended::NotSigned => (texts::NOT_CHANGED, texts::NOT_SIGNED),
        NotAmended::NotOwed => (texts::NOT_CHANGED, texts::NOT_OWED),
        NotAmended::AlreadyAsked => (texts::NOT_CHANGED, texts::ALREADY),
        NotAmended::NoRefund => (texts::NOT_CHANGED, texts::NO_REFUND),
        NotAmended::TooMany => (texts::NOT_CHANGED, texts::TOO_MANY),
    };
    ending("notAmended", Tone::Warn, said, language)
}
