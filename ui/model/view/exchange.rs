//! An exchange at the screen: the order, one question after the other, what differs, and the act that is printed.

use senim_domain::cash::{Denomination, UnitNo};
use senim_domain::count::{CountedNotes, CountedPlace, NoteSeries};
use senim_domain::{Language, Secret};
use senim_operation::body::{ExchangeCounted, LoadedNotes, OrderFault};
use senim_session::Session;
use senim_session::exchange::{
    CODE_CHARS, COPIES, Exchange, ExchangePage, Exchanged, NOTES_DIGITS, NUMBER_CHARS, Question, differs,
};
use senim_session::service::Staff;

use super::preparation::secrets;
use super::reference;
use super::slips::SlipText;
use crate::format;
use crate::pages::{Choosable, Entry, Fact, Grouping, Keyboard, Leads, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, exchange as texts, service, settlement};

/// On the home page.
pub(crate) fn task(session: &Session, language: Language) -> Choosable {
    let detail = match &session.durable().exchange {
        Some(open) => texts::TASK_OPEN.with(language, &reference(&open.order)),
        None => texts::TASK_DETAIL.get(language).to_owned(),
    };
    Choosable::new("exchange", texts::TASK.get(language)).with(detail)
}

/// A second officer's card is waited for.
pub(crate) fn second(first: &Staff, language: Language) -> Notice {
    Notice {
        name: "serviceSecondCard",
        title: texts::SECOND.get(language).to_owned(),
        paragraphs: secrets(&[texts::SECOND_TEXT.with(language, &first.number)]),
        busy: true,
        back: true,
        ..Notice::default()
    }
}

pub(crate) fn screen(session: &Session, page: &ExchangePage, language: Language) -> Screen {
    match page {
        ExchangePage::Number { .. } => Screen::Entry(Entry {
            name: "exchangeNumber",
            title: texts::NUMBER.get(language).to_owned(),
            lead: Secret::new(texts::NUMBER_LEAD.with(language, &session.facts().orders.len().to_string())),
            keyboard: Keyboard::Latin,
            grouping: Grouping::Fours,
            least: NUMBER_CHARS,
            most: NUMBER_CHARS,
            back: true,
            ..Entry::default()
        }),
        ExchangePage::Refused { fault, .. } => Screen::Notice(refused(*fault, language)),
        ExchangePage::Order(exchange) => Screen::Notice(order(exchange, language)),
        ExchangePage::Counting(exchange) => match exchange.question() {
            Some(question) => Screen::Entry(ask(question, language)),
            None => Screen::Notice(review(&session.counted(exchange), language)),
        },
        ExchangePage::Review(exchange) => Screen::Notice(review(&session.counted(exchange), language)),
        ExchangePage::Done(done) => Screen::Notice(ended(done, language)),
    }
}

fn refused(fault: OrderFault, language: Language) -> Notice {
    let why = match fault {
        OrderFault::NotHere => texts::NOT_HERE,
        OrderFault::CarriedOut => texts::CARRIED_OUT,
        OrderFault::Expired => texts::EXPIRED,
        OrderFault::OtherUnits => texts::OTHER_UNITS,
        OrderFault::SeriesEnded => texts::SERIES_ENDED,
        OrderFault::NotesInDoubt => texts::NOTES_IN_DOUBT,
        OrderFault::AnotherOpen => texts::ANOTHER_OPEN,
        OrderFault::Journal => texts::NO_JOURNAL,
    };
    // What has to be done first is chosen on the home page.
    let onward = if fault.another_number_helps() { texts::OTHER_NUMBER } else { service::TO_HOME };
    Notice {
        name: match fault {
            OrderFault::NotHere => "exchangeNotHere",
            OrderFault::CarriedOut => "exchangeCarriedOut",
            OrderFault::Expired => "exchangeExpired",
            OrderFault::OtherUnits => "exchangeOtherUnits",
            OrderFault::SeriesEnded => "exchangeSeriesEnded",
            OrderFault::NotesInDoubt => "exchangeNotesInDoubt",
            OrderFault::AnotherOpen => "exchangeAnotherOpen",
            OrderFault::Journal => "exchangeNoJournal",
        },
        tone: Tone::Warn,
        title: texts::REFUSED.get(language).to_owned(),
        paragraphs: secrets(&[why.get(language).to_owned()]),
        primary: Some(onward.get(language).to_owned()),
        back: true,
        ..Notice::default()
    }
}

fn order(exchange: &Exchange, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let order = &exchange.order;
    let mut facts = vec![
        Fact::new(texts::OFFICERS.get(language), exchange.officers.join(", ")),
        Fact::new(texts::UNTIL.get(language), format::moment(order.expires)),
    ];
    facts.extend(order.collect.iter().map(|at| Fact::new(&cassette(*at, language), say(texts::EMPTY_IT))));
    let units = [(order.rejects, texts::REJECT_UNIT), (order.stacker, texts::STACKER)];
    let units = units.into_iter().filter(|(wanted, _)| *wanted);
    facts.extend(units.map(|(_, unit)| Fact::new(unit.get(language), say(texts::EMPTY_IT))));
    facts.extend(order.add.iter().map(|stock| {
        let series = order.series.iter().find(|series| series.unit == stock.unit);
        let notes = format::notes(stock.notes, stock.denomination.0);
        let told = [Some(texts::LOAD_IT.with(language, &notes)), series.map(|one| named(one, language))];
        let told: Vec<String> = told.into_iter().flatten().collect();
        Fact::new(&cassette(stock.unit, language), told.join(" · "))
    }));
    Notice {
        name: if exchange.begun { "exchangeOpen" } else { "exchangeOrder" },
        title: texts::ORDER.with(language, &reference(&exchange.id)),
        paragraphs: secrets(&[say(if exchange.begun { texts::ORDER_OPEN } else { texts::ORDER_TEXT })]),
        facts,
        primary: Some(say(if exchange.begun { texts::GO_ON } else { texts::BEGIN })),
        secondary: exchange.begun.then(|| say(texts::GIVE_UP)),
        back: true,
        ..Notice::default()
    }
}

fn named(series: &NoteSeries, language: Language) -> String {
    let name = texts::SERIES.with(language, &series.series);
    let until = series.valid_until.map(|day| texts::SERIES_UNTIL.with(language, &format::date(day.0)));
    [Some(name), until].into_iter().flatten().collect::<Vec<String>>().join(", ")
}

fn ask(question: &Question, language: Language) -> Entry {
    let (least, most) = CODE_CHARS;
    let code = |name, title: Phrase, lead: Phrase| Entry {
        name,
        title: title.get(language).to_owned(),
        lead: Secret::new(lead.get(language).to_owned()),
        keyboard: Keyboard::Latin,
        least,
        most,
        back: true,
        ..Entry::default()
    };
    let notes = |name, title: String, lead: String| Entry {
        name,
        title,
        lead: Secret::new(lead),
        least: 1,
        most: NOTES_DIGITS,
        back: true,
        ..Entry::default()
    };
    match question {
        Question::Bag => code("exchangeBag", texts::BAG, texts::BAG_LEAD),
        Question::Seal => code("exchangeSeal", texts::SEAL, texts::SEAL_LEAD),
        Question::Taken { place, unit, denomination } => notes(
            match place {
                CountedPlace::Cassette => "exchangeCassette",
                CountedPlace::RejectUnit => "exchangeRejectUnit",
                CountedPlace::RetractUnit => "exchangeRetractUnit",
                CountedPlace::Stacker | CountedPlace::Exit => "exchangeStacker",
            },
            texts::TAKEN.with(language, &place_name(*place, *unit, language)),
            texts::TAKEN_LEAD.with(language, &face(*denomination)),
        ),
        Question::Loaded { stock, series } => {
            let ordered = format::notes(stock.notes, stock.denomination.0);
            let series = series.as_ref().map(|one| named(one, language));
            let told: Vec<String> = [Some(ordered), series].into_iter().flatten().collect();
            notes(
                "exchangeLoaded",
                texts::LOADED.with(language, &cassette(stock.unit, language)),
                texts::LOADED_LEAD.with(language, &told.join(", ")),
            )
        }
    }
}

fn review(counted: &ExchangeCounted, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let differs = differs(counted);
    Notice {
        name: if differs { "exchangeDiffers" } else { "exchangeAgrees" },
        tone: if differs { Tone::Warn } else { Tone::Calm },
        title: say(if differs { texts::DIFFERS } else { texts::AGREES }),
        paragraphs: secrets(&[say(if differs { texts::DIFFERS_TEXT } else { texts::AGREES_TEXT })]),
        facts: facts(counted, language),
        primary: Some(say(texts::CONFIRM)),
        secondary: Some(say(texts::COUNT_AGAIN)),
        // Where something differs it is counted again first.
        leads: if differs { Leads::Secondary } else { Leads::Primary },
        back: true,
        ..Notice::default()
    }
}

fn facts(counted: &ExchangeCounted, language: Language) -> Vec<Fact> {
    let mut facts = vec![Fact::new(texts::OFFICERS.get(language), counted.officers.join(", "))];
    let codes = [(&counted.bag, texts::BAG_FACT), (&counted.seal, texts::SEAL_FACT)];
    let codes = codes.into_iter().filter_map(|(code, label)| Some((code.as_ref()?, label)));
    facts.extend(codes.map(|(code, label)| Fact::new(label.get(language), code)));
    facts.extend(counted.taken.iter().map(|notes| taken(notes, language)));
    facts.extend(counted.loaded.iter().map(|notes| loaded(notes, language)));
    facts
}

fn taken(notes: &CountedNotes, language: Language) -> Fact {
    let unit = place_name(notes.place, notes.unit, language);
    let label = texts::TAKEN.with(language, &format!("{unit}, {}", face(notes.denomination)));
    let expected = texts::BY_BOOKS.with(language, &number(notes.expected));
    Fact::new(&label, compared(expected, notes.counted, notes.difference(), language))
}

fn loaded(notes: &LoadedNotes, language: Language) -> Fact {
    let unit = cassette(notes.stock.unit, language);
    let label = texts::LOADED.with(language, &format!("{unit}, {}", face(notes.stock.denomination)));
    let ordered = texts::BY_ORDER.with(language, &number(notes.ordered));
    let difference = i64::from(notes.stock.notes).saturating_sub(i64::from(notes.ordered));
    Fact::new(&label, compared(ordered, notes.stock.notes, difference, language))
}

/// What should be, what is, and the difference where there is one.
fn compared(expected: String, counted: u32, difference: i64, language: Language) -> String {
    let by_hand = texts::BY_HAND.with(language, &number(counted));
    let how = if difference < 0 { texts::MISSING } else { texts::TOO_MANY };
    let told = format::grouped(difference.unsigned_abs());
    let difference = (difference != 0).then(|| how.with(language, &told));
    [Some(expected), Some(by_hand), difference].into_iter().flatten().collect::<Vec<String>>().join(" · ")
}

fn ended(done: &Exchanged, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let out = done.copies.iter().filter(|printed| **printed).count();
    let differs = differs(&done.counted);
    let (name, told) = if done.copies.len() < usize::from(COPIES) {
        ("exchangePrinting", texts::PRINTING)
    } else if out < usize::from(COPIES) {
        ("exchangeNotPrinted", texts::NOT_PRINTED)
    } else {
        ("exchangeDone", texts::PRINTED)
    };
    let printing = name == "exchangePrinting";
    let printed = name == "exchangeDone";
    // A difference is nothing to be pleased about, whatever came out of the printer.
    let tone = match (printing, printed, differs) {
        (true, _, _) => Tone::Calm,
        (false, true, false) => Tone::Good,
        (false, _, _) => Tone::Warn,
    };
    Notice {
        name,
        tone,
        title: say(if differs { texts::DONE_DIFFERS } else { texts::DONE }),
        paragraphs: secrets(&[say(told)]),
        facts: facts(&done.counted, language),
        primary: (!printing).then(|| say(service::TO_HOME)),
        secondary: (!printing).then(|| say(texts::PRINT_AGAIN)),
        leads: if name == "exchangeNotPrinted" { Leads::Secondary } else { Leads::Primary },
        busy: printing,
        ..Notice::default()
    }
}

/// The act, as it is printed: what was counted, what differs, and room for each officer's signature.
#[must_use]
pub fn act_text(done: &Exchanged, language: Language) -> SlipText {
    let told = differs(&done.counted);
    let verdict = if told { texts::DIFFERS } else { texts::NO_DIFFERENCE }.get(language).to_owned();
    let signatures = done.counted.officers.iter().map(|officer| texts::SIGNATURE.with(language, officer));
    let lines: Vec<String> = std::iter::once(verdict).chain(signatures).collect();
    SlipText {
        title: texts::ACT.with(language, &reference(&done.counted.order)),
        facts: facts(&done.counted, language),
        lines: secrets(&lines),
    }
}

pub(super) fn place_name(place: CountedPlace, unit: Option<UnitNo>, language: Language) -> String {
    match (place, unit) {
        (CountedPlace::Cassette, Some(unit)) => cassette(unit, language),
        (CountedPlace::Cassette, None) => String::new(),
        (CountedPlace::RejectUnit, _) => texts::REJECT_UNIT.get(language).to_owned(),
        (CountedPlace::RetractUnit, _) => texts::RETRACT_UNIT.get(language).to_owned(),
        (CountedPlace::Stacker, _) => texts::STACKER.get(language).to_owned(),
        (CountedPlace::Exit, _) => settlement::EXIT.get(language).to_owned(),
    }
}

fn cassette(unit: UnitNo, language: Language) -> String {
    texts::CASSETTE.with(language, &unit.0.to_string())
}

pub(super) fn face(denomination: Denomination) -> String {
    format!("{}{}₸", format::grouped(denomination.0.into()), format::THIN)
}

fn number(notes: u32) -> String {
    format::grouped(notes.into())
}
