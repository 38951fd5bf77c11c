//! A payout in doubt settled by a count at the screen: the payout, one unit after the other, what follows.

use std::collections::BTreeMap;

use senim_domain::cash::Denomination;
use senim_domain::count::CountedPlace;
use senim_domain::doubt::{CountFault, Counted};
use senim_domain::{Language, PayoutRequestId, Secret};
use senim_session::Session;
use senim_session::exchange::NOTES_DIGITS;
use senim_session::settlement::{DoubtfulPayout, Settling, SettlingPage, UnitOf};

use super::exchange::{face, place_name};
use super::preparation::secrets;
use super::reference;
use crate::format;
use crate::pages::{Choosable, Entry, Fact, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, exchange as exchange_texts, remainder, service, settlement as texts};

/// On the home page.
pub(crate) fn task(doubt: Option<&DoubtfulPayout>, language: Language) -> Choosable {
    let choosable = Choosable::new("settlement", texts::TASK.get(language));
    match doubt {
        Some(doubt) => choosable.with(texts::TASK_DETAIL.with(language, &reference(&doubt.request))),
        None => choosable,
    }
}

pub(crate) fn screen(session: &Session, page: &SettlingPage, language: Language) -> Screen {
    match page {
        SettlingPage::Payout(settling) => Screen::Notice(payout(settling, language)),
        SettlingPage::Counting(settling) => match settling.asked() {
            Some(of) => Screen::Entry(ask(of, language)),
            None => Screen::Notice(review(session, settling, language)),
        },
        SettlingPage::Review(settling) => Screen::Notice(review(session, settling, language)),
        SettlingPage::Sent { request } => {
            let open = session.durable().doubts.iter().any(|doubt| doubt.request == *request);
            Screen::Notice(sent(*request, open, language))
        }
    }
}

fn payout(settling: &Settling, language: Language) -> Notice {
    let DoubtfulPayout { request, amount_tiyn, notes, .. } = &settling.doubt;
    let mut facts = vec![
        Fact::new(exchange_texts::OFFICERS.get(language), settling.officers.join(", ")),
        Fact::new(texts::AMOUNT.get(language), format::money(*amount_tiyn).0),
    ];
    for notes in notes {
        let face = face(notes.denomination);
        let lines = [(notes.sure, texts::SURE), (notes.doubt, texts::DOUBT)];
        let lines = lines.into_iter().filter(|(number, _)| *number > 0);
        facts.extend(
            lines.map(|(number, label)| {
                Fact::new(&label.with(language, &face), format::grouped(number.into()))
            }),
        );
    }
    Notice {
        name: "settlementPayout",
        tone: Tone::Warn,
        title: texts::PAYOUT.with(language, &reference(request)),
        paragraphs: secrets(&[texts::PAYOUT_TEXT.get(language).to_owned()]),
        facts,
        primary: Some(texts::BEGIN.get(language).to_owned()),
        back: true,
        ..Notice::default()
    }
}

fn ask(of: &UnitOf, language: Language) -> Entry {
    let (name, lead) = match of.place {
        CountedPlace::Cassette => ("settlementCassette", exchange_texts::TAKEN_LEAD),
        CountedPlace::RetractUnit => ("settlementRetractUnit", exchange_texts::TAKEN_LEAD),
        CountedPlace::RejectUnit => ("settlementRejectUnit", texts::REJECT_LEAD),
        CountedPlace::Exit | CountedPlace::Stacker => ("settlementExit", texts::EXIT_LEAD),
    };
    Entry {
        name,
        title: texts::LYING.with(language, &place_name(of.place, of.unit, language)),
        lead: Secret::new(lead.with(language, &face(of.denomination))),
        least: 1,
        most: NOTES_DIGITS,
        back: true,
        ..Entry::default()
    }
}

fn review(session: &Session, settling: &Settling, language: Language) -> Notice {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let counted = session.counted_for(settling);
    let mut facts = vec![Fact::new(exchange_texts::OFFICERS.get(language), settling.officers.join(", "))];
    let verdict = settling.verdict(&counted);
    if let Ok(verdict) = &verdict {
        let found = verdict.found.iter().map(|found| (found.denomination, found.notes));
        let lines = [(texts::GIVEN, told(verdict.given.iter().copied())), (texts::FOUND, told(found))];
        facts.extend(lines.map(|(label, notes)| Fact::new(label.get(language), notes)));
    }
    facts.extend(counted.iter().map(|notes| {
        let place = place_name(notes.place, notes.unit, language);
        let label = format!("{place}, {}", face(notes.denomination));
        let expected = exchange_texts::BY_BOOKS.with(language, &format::grouped(notes.expected.into()));
        let by_hand = exchange_texts::BY_HAND.with(language, &format::grouped(notes.counted.into()));
        Fact::new(&label, format!("{expected} · {by_hand}"))
    }));
    let notice = Notice { tone: Tone::Warn, facts, back: true, ..Notice::default() };
    match verdict {
        Ok(verdict) => {
            let (name, title) = named(&verdict);
            Notice {
                name,
                title: say(title),
                paragraphs: secrets(&[say(texts::VERDICT_TEXT)]),
                primary: Some(say(texts::CONFIRM)),
                secondary: Some(say(exchange_texts::COUNT_AGAIN)),
                ..notice
            }
        }
        Err(fault) => Notice {
            name: "settlementDoesNotFit",
            title: say(texts::DOES_NOT_FIT),
            paragraphs: secrets(&[why(fault, language)]),
            secondary: Some(say(exchange_texts::COUNT_AGAIN)),
            ..notice
        },
    }
}

/// What follows from a count, as the screen is called and as it says it.
const fn named(verdict: &Counted) -> (&'static str, Phrase) {
    match (verdict.given.is_empty(), verdict.found.is_empty()) {
        (true, _) => ("settlementNothing", texts::NOTHING),
        (false, true) => ("settlementPaid", texts::PAID),
        (false, false) => ("settlementPart", texts::PART),
    }
}

fn why(fault: CountFault, language: Language) -> String {
    match fault {
        CountFault::Missing { denomination, notes } => {
            texts::MISSING.with(language, &format::notes(notes, denomination.0))
        }
        CountFault::Surplus { denomination, notes } => {
            texts::SURPLUS.with(language, &format::notes(notes, denomination.0))
        }
        CountFault::Incomplete(denomination) => texts::MISSING.with(language, &face(denomination)),
        CountFault::Overflow => texts::DOES_NOT_FIT.get(language).to_owned(),
    }
}

/// Notes and their worth: `2 × 10 000 ₸, 1 × 5 000 ₸`; a dash for none.
fn told(notes: impl Iterator<Item = (Denomination, u32)>) -> String {
    // What lay in several places is one sum.
    let mut sums = BTreeMap::<Denomination, u32>::new();
    for (denomination, notes) in notes {
        let sum = sums.entry(denomination).or_default();
        *sum = sum.saturating_add(notes);
    }
    let each: Vec<String> =
        sums.into_iter().rev().map(|(denomination, notes)| format::notes(notes, denomination.0)).collect();
    if each.is_empty() { "–".to_owned() } else { each.join(", ") }
}

fn sent(request: PayoutRequestId, open: bool, language: Language) -> Notice {
    let (name, tone, title, text) = if open {
        ("settlementSent", Tone::Calm, texts::SENT, texts::SENT_TEXT)
    } else {
        ("settlementDone", Tone::Good, texts::SETTLED, texts::SETTLED_TEXT)
    };
    Notice {
        name,
        tone,
        title: title.get(language).to_owned(),
        paragraphs: secrets(&[text.get(language).to_owned()]),
        facts: vec![Fact::new(remainder::OPERATION.get(language), reference(&request))],
        primary: Some(service::TO_HOME.get(language).to_owned()),
        busy: open,
        ..Notice::default()
    }
}
