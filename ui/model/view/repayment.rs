//! Repayment: from naming the contract to the receipt.

use senim_domain::cash::{Denomination, worth};
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret, Tiyn, UtcMillis, calendar};
use senim_hal::cash_acceptor::Refusal;
use senim_operation::body::{EarlyWish, RepaymentBasis};
use senim_operation::message::{ContractDebt, DebtStanding};
use senim_session::Session;
use senim_session::cash_in;
use senim_session::dialogue::repayment::{
    CodeFault, Deal, NothingTaken, NumberError, Paid, Phase, Reading, Repay, Taking, WayKind, WayToPay,
};

use super::reference;
use super::slips::apart;
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Grouping, Keyboard, Leads, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, repayment as texts};

/// Digits of a contract's number, the check digit among them.
const NUMBER_DIGITS: usize = 15;

/// What a repayment shows.
pub(crate) fn screen(session: &Session, repay: &Repay, now: &Stamp, language: Language) -> Screen {
    match repay {
        Repay::Way => Screen::Choice(way(language)),
        Repay::Number { error } => Screen::Entry(number(session, *error, language)),
        Repay::Reading(reading) => Screen::Notice(code(reading, now, language)),
        Repay::Looking { .. } => Screen::Notice(busy("repaymentLooking", texts::LOOKING, language)),
        Repay::Asking { .. } => Screen::Notice(busy("repaymentAsking", texts::ASKING, language)),
        Repay::Contracts { contracts } => Screen::Choice(which(contracts, language)),
        Repay::Wish { contracts, at } => match contracts.get(*at) {
            Some(contract) => Screen::Choice(how_much(session, contract, now, language)),
            None => Screen::Notice(Notice::default()),
        },
        Repay::Terms { deal, .. } => Screen::Notice(before(session, deal, language)),
        Repay::Cash(deal) => Screen::Notice(match session.taking() {
            Some(taking) => cash(deal, &Mouth::of(session, taking), now, language),
            None => busy("repaymentClosing", texts::CLOSING, language),
        }),
        Repay::Booking { .. } => Screen::Notice(busy("repaymentBooking", texts::BOOKING, language)),
        Repay::Done(paid) => Screen::Notice(done(paid, language)),
        Repay::Nothing(why) => Screen::Notice(nothing(*why, language)),
    }
}

fn busy(name: &'static str, title: Phrase, language: Language) -> Notice {
    Notice { name, title: title.get(language).to_owned(), busy: true, ..Notice::default() }
}

fn secret(text: impl Into<String>) -> Secret {
    Secret::new(text.into())
}

fn way(language: Language) -> Choice {
    let option = |id, label: Phrase, detail: Phrase| {
        Choosable::new(id, label.get(language)).with(detail.get(language))
    };
    Choice {
        name: "repaymentWay",
        title: texts::WHICH_WAY.get(language).to_owned(),
        lead: Secret::default(),
        options: vec![
            option("login", texts::BY_LOGIN, texts::BY_LOGIN_DETAIL),
            option("number", texts::BY_NUMBER, texts::BY_NUMBER_DETAIL),
            option("code", texts::BY_CODE, texts::BY_CODE_DETAIL),
        ],
        back: true,
        cancel: true,
    }
}

fn number(session: &Session, error: Option<NumberError>, language: Language) -> Entry {
    let lead = if session.facts().online { texts::NUMBER_LEAD } else { texts::NUMBER_OFFLINE };
    Entry {
        name: "contractNumber",
        title: texts::NUMBER.get(language).to_owned(),
        lead: secret(lead.get(language)),
        keyboard: Keyboard::Digits,
        grouping: Grouping::Contract,
        least: NUMBER_DIGITS,
        most: NUMBER_DIGITS,
        error: error.map(|error| match error {
            NumberError::Digits => texts::NUMBER_WRONG.get(language).to_owned(),
            NumberError::Unknown => texts::NUMBER_UNKNOWN.get(language).to_owned(),
            NumberError::NoCode => texts::NO_CODE.get(language).to_owned(),
            NumberError::NoCamera => texts::NO_CAMERA.get(language).to_owned(),
        }),
        // Nothing could read it.
        secondary: (error != Some(NumberError::NoCamera)).then(|| texts::SHOW_CODE.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Entry::default()
    }
}

fn code(reading: &Reading, now: &Stamp, language: Language) -> Notice {
    // Another try reads no better what is damaged.
    let looked_for = reading.fault != Some(CodeFault::Digits);
    let told = match reading.fault {
        None => texts::HOLD_CODE,
        Some(CodeFault::Foreign) => texts::OTHER_CODE,
        Some(CodeFault::Digits) => texts::DAMAGED_CODE,
    };
    Notice {
        name: match reading.fault {
            None => "showCode",
            Some(CodeFault::Foreign) => "showCodeOther",
            Some(CodeFault::Digits) => "showCodeDamaged",
        },
        tone: if reading.fault.is_some() { Tone::Warn } else { Tone::Calm },
        title: texts::CODE.get(language).to_owned(),
        paragraphs: [Some(told), looked_for.then_some(texts::WHERE_CODE)]
            .into_iter()
            .flatten()
            .map(|phrase| secret(phrase.get(language)))
            .collect(),
        camera: true,
        seconds_left: u32::try_from(reading.until.since(now.mono).div_ceil(1000)).ok(),
        secondary: Some(texts::TYPE_INSTEAD.get(language).to_owned()),
        leads: if looked_for { Leads::Primary } else { Leads::Secondary },
        busy: true,
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

fn which(contracts: &[ContractDebt], language: Language) -> Choice {
    let options = contracts
        .iter()
        .enumerate()
        .map(|(at, contract)| {
            let label = texts::CONTRACT.with(language, apart(&contract.number).expose());
            let option = Choosable::new(format!("contract-{at}"), label);
            match contract.standing {
                DebtStanding::Running => {
                    option.with(texts::DEBT.with(language, &format::money(contract.total_tiyn).0))
                }
                DebtStanding::Suspended => option.with(suspended(contract, language)),
                DebtStanding::WrittenOff => option.not_now(texts::WRITTEN_OFF.get(language)),
            }
        })
        .collect();
    Choice {
        name: "repaymentContract",
        title: texts::WHICH_CONTRACT.get(language).to_owned(),
        lead: Secret::default(),
        options,
        back: true,
        cancel: true,
    }
}

fn suspended(contract: &ContractDebt, language: Language) -> String {
    texts::SUSPENDED.with(language, &day(contract.since.as_deref()))
}

/// `2026-03-02` as `02.03.2026`.
fn day(text: Option<&str>) -> String {
    let date = text.and_then(|text| text.parse::<jiff::civil::Date>().ok());
    date.map(format::date).unwrap_or_default()
}

/// The debt by its parts, with the day.
fn parts(contract: &ContractDebt, language: Language) -> String {
    let values = [
        day(Some(&contract.on)),
        format::money(contract.total_tiyn).0,
        format::money(contract.principal_tiyn).0,
        format::money(contract.interest_tiyn).0,
        format::money(contract.penalty_tiyn).0,
    ];
    let mut text = String::new();
    let mut values = values.iter();
    for (at, piece) in texts::PARTS.get(language).split("{}").enumerate() {
        if at > 0 {
            text.push_str(values.next().map_or("", String::as_str));
        }
        text.push_str(piece);
    }
    if contract.suspension_interest_tiyn > Tiyn::ZERO {
        text.push(' ');
        let interest = format::money(contract.suspension_interest_tiyn).0;
        text.push_str(&texts::SUSPENSION_INTEREST.with(language, &interest));
    }
    if contract.standing == DebtStanding::Suspended {
        text.push(' ');
        text.push_str(&suspended(contract, language));
        text.push('.');
    }
    text
}

fn how_much(session: &Session, contract: &ContractDebt, now: &Stamp, language: Language) -> Choice {
    let options =
        session.ways_to_pay(contract, now).iter().map(|way| way_to_pay(way, contract, language)).collect();
    Choice {
        name: "repaymentSum",
        title: texts::HOW_MUCH.get(language).to_owned(),
        lead: secret(parts(contract, language)),
        options,
        back: true,
        cancel: true,
    }
}

fn way_to_pay(way: &WayToPay, contract: &ContractDebt, language: Language) -> Choosable {
    let amount = format::money(way.amount.unwrap_or(Tiyn::ZERO)).0;
    // Of a suspended contract there is more to say above, and nothing is required.
    let free = if contract.standing == DebtStanding::Suspended { "" } else { texts::FREE.get(language) };
    match way.kind {
        WayKind::Due => Choosable::new("due", texts::DUE.with(language, &amount)),
        WayKind::Next => Choosable::new("next", texts::NEXT.with(language, &amount))
            .with(texts::NEXT_DETAIL.with(language, &day(contract.next_date.as_deref()))),
        WayKind::Full => Choosable::new("full", texts::FULL.with(language, &amount)).with(free),
        WayKind::PartShorter => Choosable::new("shorter", texts::SHORTER.get(language)).with(free),
        WayKind::PartSmaller => Choosable::new("smaller", texts::SMALLER.get(language)).with(free),
    }
}

fn values(notes: &[Denomination]) -> String {
    let shown: Vec<String> = notes.iter().map(|note| format::grouped(u64::from(note.0))).collect();
    format!("{}{}₸", shown.join(" · "), format::THIN)
}

/// What to put in where notes cannot make `sum`.
fn in_notes(sum: Tiyn, notes: &[Denomination], limit: Tiyn, language: Language) -> Option<Fact> {
    let covering = cash_in::covering(sum, notes, limit).filter(|covering| *covering > sum)?;
    Some(Fact::new(texts::FACT_COVERING.get(language), format::money(covering).0))
}

fn before(session: &Session, deal: &Deal, language: Language) -> Notice {
    let number = Fact { label: texts::FACT_NUMBER.get(language).to_owned(), value: apart(&deal.number) };
    let mut facts = vec![number];
    if let Some(holder) = &deal.holder {
        facts.push(Fact::new(texts::FACT_HOLDER.get(language), holder.expose()));
    }
    if let Some(target) = deal.target {
        facts.push(Fact::new(texts::FACT_TARGET.get(language), format::money(target).0));
    }
    facts.extend(deal.target.and_then(|target| in_notes(target, &deal.notes, deal.limit, language)));
    facts.push(Fact::new(texts::FACT_LIMIT.get(language), format::money(deal.limit).0));
    facts.push(Fact::new(texts::FACT_NOTES.get(language), values(&deal.notes)));
    let mut rules = vec![texts::ONE_BY_ONE];
    rules.push(of_more(deal));
    if !session.prints() {
        rules.push(texts::NO_PAPER);
    }
    let no_paper = !session.prints();
    Notice {
        name: "repaymentTerms",
        tone: if no_paper { Tone::Warn } else { Tone::Calm },
        title: texts::BEFORE.get(language).to_owned(),
        paragraphs: rules.into_iter().map(|rule| secret(rule.get(language))).collect(),
        facts,
        primary: Some(texts::START.get(language).to_owned()),
        secondary: Some(texts::NOT_NOW.get(language).to_owned()),
        back: true,
        cancel: true,
        ..Notice::default()
    }
}

/// What becomes of money above what is to be paid.
fn of_more(deal: &Deal) -> Phrase {
    if deal.basis == RepaymentBasis::OfflineNumber {
        return texts::OFFLINE;
    }
    match (deal.early, deal.target) {
        (EarlyWish::Hold, _) => texts::MORE_THAN_DUE,
        (EarlyWish::ShorterTerm | EarlyWish::SmallerPayments, None) => texts::MORE_IS_EARLY,
        (EarlyWish::ShorterTerm | EarlyWish::SmallerPayments, Some(_)) => texts::MORE_THAN_DEBT,
    }
}

/// What the payer sees of the acceptor.
pub(crate) struct Mouth<'a> {
    /// What happens.
    pub phase: Phase,
    /// Values that are taken now.
    pub notes: &'a [Denomination],
    /// Credited so far.
    pub credited: Tiyn,
    /// Why the last note was refused.
    pub refused: Option<Refusal>,
    /// The last note went back because it passes the limit.
    pub over_limit: bool,
}

impl<'a> Mouth<'a> {
    fn of(session: &Session, taking: &'a Taking) -> Self {
        Self {
            phase: taking.phase,
            notes: &taking.bounds.notes,
            credited: session.durable().cash_in.as_ref().map_or(Tiyn::ZERO, |open| open.amount()),
            refused: taking.refused,
            over_limit: taking.over_limit,
        }
    }
}

pub(crate) fn cash(deal: &Deal, mouth: &Mouth<'_>, now: &Stamp, language: Language) -> Notice {
    let credited = mouth.credited;
    let mut facts = vec![Fact::new(texts::FACT_INSERTED.get(language), format::money(credited).0)];
    let left = |of: Tiyn| of.minus(credited).unwrap_or(Tiyn::ZERO);
    if deal.due > Tiyn::ZERO {
        facts.push(Fact::new(texts::FACT_LEFT_TODAY.get(language), format::money(left(deal.due)).0));
    }
    // What is still to come, where that is known; else how much may come.
    match deal.target {
        Some(target) => {
            if target != deal.due {
                facts.push(Fact::new(texts::FACT_LEFT.get(language), format::money(left(target)).0));
            }
            facts.extend(in_notes(left(target), mouth.notes, left(deal.limit), language));
        }
        None => facts.push(Fact::new(texts::FACT_LIMIT.get(language), format::money(deal.limit).0)),
    }
    let plain = |name, title: Phrase| Notice { facts: facts.clone(), ..busy(name, title, language) };
    match mouth.phase {
        Phase::Opening { .. } => plain("repaymentOpening", texts::OPENING),
        Phase::Moving { .. } => plain("repaymentMoving", texts::MOVING),
        Phase::Closing { .. } => plain("repaymentClosing", texts::CLOSING),
        Phase::Checking { .. } => Notice {
            tone: Tone::Warn,
            paragraphs: vec![secret(texts::CHECKING_LEAD.get(language))],
            ..plain("repaymentChecking", texts::CHECKING)
        },
        Phase::Ready => {
            facts.push(Fact::new(texts::FACT_NOTES.get(language), values(mouth.notes)));
            let limit = format::money(deal.limit).0;
            let told = why_it_came_back(mouth).map(|phrase| secret(phrase.with(language, &limit)));
            let nothing = credited == Tiyn::ZERO;
            Notice {
                name: "repaymentInsert",
                tone: if told.is_some() { Tone::Warn } else { Tone::Calm },
                title: texts::INSERT.get(language).to_owned(),
                // Why it came back has to be seen at once; the rule was read before.
                paragraphs: vec![told.unwrap_or_else(|| secret(texts::ONE_BY_ONE.get(language)))],
                facts,
                primary: (!nothing).then(|| texts::FINISH.get(language).to_owned()),
                leads: if deal.target.is_some_and(|target| credited < target) {
                    Leads::Neither
                } else {
                    Leads::Primary
                },
                cancel: nothing,
                ..Notice::default()
            }
        }
        Phase::Asking { denomination, until, .. } => {
            let worth = denomination.times(1).unwrap_or(Tiyn::ZERO);
            let sum = credited.plus(worth).unwrap_or(Tiyn::MAX);
            let above = sum.minus(deal.target.unwrap_or(Tiyn::ZERO)).unwrap_or(Tiyn::ZERO);
            Notice {
                name: "repaymentTakeNote",
                tone: Tone::Warn,
                title: texts::TAKE_IT.with(language, &format::money(worth).0),
                paragraphs: vec![
                    secret(texts::TAKE_IT_WHY.with(language, &format::money(above).0)),
                    secret(of_more(deal).get(language)),
                ],
                seconds_left: u32::try_from(until.since(now.mono).div_ceil(1000)).ok(),
                primary: Some(texts::TAKE.get(language).to_owned()),
                secondary: Some(texts::GIVE_BACK.get(language).to_owned()),
                equal: true,
                ..Notice::default()
            }
        }
    }
}

const fn why_it_came_back(mouth: &Mouth<'_>) -> Option<Phrase> {
    if mouth.over_limit {
        return Some(texts::OVER_LIMIT);
    }
    match mouth.refused {
        None => None,
        Some(Refusal::Insertion) => Some(texts::REFUSED_HELD),
        Some(Refusal::NotRecognised | Refusal::Device) => Some(texts::REFUSED_UNKNOWN),
        Some(Refusal::NotEnabled) => Some(texts::REFUSED_VALUE),
    }
}

/// That not all was paid which is due on the day of `at`, as the screen and the receipt say it; `in_doubt` is what a note
/// is worth that counts as of that day if it is found.
#[must_use]
pub fn short(left: Tiyn, in_doubt: Tiyn, delay_costs: bool, at: UtcMillis, language: Language) -> String {
    let day = calendar::local_date(at).map(format::date).unwrap_or_default();
    let rest = left.minus(in_doubt).unwrap_or(Tiyn::ZERO);
    let phrase = match (in_doubt > Tiyn::ZERO, rest > Tiyn::ZERO) {
        (false, _) => texts::SHORT,
        (true, true) => texts::SHORT_IN_DOUBT,
        (true, false) => texts::COVERED_IN_DOUBT,
    };
    let sums = [("{on}", day), ("{sum}", format::money(left).0), ("{rest}", format::money(rest).0)];
    let mut text = phrase.get(language).to_owned();
    for (mark, value) in &sums {
        text = text.replace(mark, value);
    }
    if delay_costs {
        text.push(' ');
        text.push_str(texts::DELAY_COSTS.get(language));
    }
    text
}

fn done(paid: &Paid, language: Language) -> Notice {
    let money = |sum: Tiyn| format::money(sum).0;
    let mut facts = vec![Fact::new(texts::FACT_OPERATION.get(language), reference(&paid.repayment.0))];
    let mut told = Vec::new();
    if let Some(booking) = &paid.booking {
        let rows = [
            (texts::FACT_PRINCIPAL, booking.principal_tiyn),
            (texts::FACT_INTEREST, booking.interest_tiyn),
            (texts::FACT_PENALTY, booking.penalty_tiyn),
            (texts::FACT_HELD, booking.held_tiyn),
            (texts::FACT_OVERPAID, booking.overpaid_tiyn),
        ];
        let moved = rows.into_iter().filter(|(_, sum)| *sum > Tiyn::ZERO);
        facts.extend(moved.map(|(label, sum)| Fact::new(label.get(language), money(sum))));
        if booking.closed {
            told.push(secret(texts::CLOSED.get(language)));
        } else if let Some(rest) = &booking.rest {
            facts.push(Fact::new(texts::FACT_REST.get(language), money(rest.total_tiyn)));
            if let Some(date) = &rest.next_date {
                let next = format!("{} · {}", day(Some(date)), money(rest.next_tiyn));
                facts.push(Fact::new(texts::FACT_NEXT.get(language), next));
            }
        }
        if booking.overpaid_tiyn > Tiyn::ZERO {
            told.push(secret(texts::OVERPAID.get(language)));
        }
    } else if paid.amount > Tiyn::ZERO {
        told.push(secret(texts::AFTER_VERIFICATION.get(language)));
    }
    let doubtful = paid.in_doubt.iter().map(|count| (count.denomination, count.notes));
    let in_doubt = worth(doubtful).unwrap_or(Tiyn::ZERO);
    if in_doubt > Tiyn::ZERO {
        told.push(secret(texts::IN_DOUBT.with(language, &money(in_doubt))));
    }
    if let Some(left) = paid.short() {
        told.push(secret(short(left, in_doubt, paid.delay_costs, paid.at, language)));
    }
    match paid.printed {
        None => {}
        Some(true) => told.push(secret(texts::PRINTED.get(language))),
        Some(false) => told.push(secret(texts::NOT_PRINTED.get(language))),
    }
    let title = if paid.amount > Tiyn::ZERO {
        texts::RECEIVED.with(language, &money(paid.amount))
    } else {
        texts::IN_DOUBT_TITLE.get(language).to_owned()
    };
    let warns = !paid.in_doubt.is_empty() || paid.printed == Some(false) || paid.short().is_some();
    Notice {
        name: "repaymentDone",
        tone: if warns { Tone::Warn } else { Tone::Good },
        title,
        paragraphs: told,
        facts,
        primary: Some(texts::DONE.get(language).to_owned()),
        ..Notice::default()
    }
}

fn nothing(why: NothingTaken, language: Language) -> Notice {
    let (title, told) = match why {
        NothingTaken::Cancelled => (texts::NOTHING_TAKEN, texts::NOTHING_CANCELLED),
        NothingTaken::TimedOut => (texts::NOTHING_TAKEN, texts::NOTHING_TIMED_OUT),
        NothingTaken::Device => (texts::NOTHING_TAKEN, texts::NOTHING_DEVICE),
        NothingTaken::NoDebt => (texts::NO_DEBT, texts::NO_DEBT_TEXT),
        NothingTaken::NotPayable => (texts::NOT_PAYABLE, texts::NOT_PAYABLE_TEXT),
    };
    Notice {
        name: "repaymentNothing",
        title: title.get(language).to_owned(),
        paragraphs: vec![secret(told.get(language))],
        primary: Some(texts::DONE.get(language).to_owned()),
        ..Notice::default()
    }
}
