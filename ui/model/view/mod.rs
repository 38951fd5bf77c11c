//! From the session's state to what is shown. No decision is made here.

pub(crate) mod access;
mod cabinet;
pub(crate) mod card;
mod chip;
mod device_test;
mod enrolment;
pub(crate) mod exchange;
mod export;
pub(crate) mod leak;
pub(crate) mod living;
pub(crate) mod menu;
mod path;
pub(crate) mod payout;
pub(crate) mod preparation;
pub(crate) mod purpose;
pub(crate) mod register;
mod remainder;
pub(crate) mod repayment;
pub(crate) mod service;
mod settlement;
pub(crate) mod sign;
mod slips;
pub(crate) mod supplement;
mod touch;
pub(crate) mod waiting;

use senim_document::Paper;
use senim_domain::calendar::local_date;
use senim_domain::cash::{Denomination, worth};
use senim_domain::gesv::Gesv;
use senim_domain::rule_pack::RulePack;
use senim_domain::time::Stamp;
use senim_domain::{Language, Secret, Tiyn};
use senim_operation::body::PayoutResult;
use senim_session::Session;
use senim_session::durable::OpenPayout;
use senim_session::state::{
    ChosenTerms, CodeError, Ended, Ending, Offer as SessionOffer, PayPhase, Picture, State,
};

pub use senim_domain::ids::reference;

pub use self::access::change_text;
pub use self::device_test::print_test_text;
pub use self::exchange::act_text;
pub use self::menu::leaflet_text;
pub use self::payout::transfer_text;
pub use self::remainder::claim_text;
pub use self::repayment::short as short_text;
pub use self::service::reason;
pub use self::slips::{SlipText, text as slip_text};
pub use self::supplement::{amended_text, refunded_text};

/// Where numbers are entered, loans refused for oneself and consents taken back.
const EGOV: &str = "https://egov.kz";
/// Its name for people.
const EGOV_NAME: &str = "egov.kz";
use crate::format;
use crate::live;
use crate::screen::{
    Camera, Contract, DraftView, EndKind, EnterCode, EnterIin, Header, Help, InputError, Instruction, Money,
    Offer, Payout, PayoutPhase, Receipt, Row, Screen, View, Wait,
};
use crate::terms::{self, KeyTerm};

/// What does not change while the process lives.
#[derive(Clone, Debug)]
pub struct Place {
    /// The terminal's name.
    pub terminal: String,
    /// Rig build.
    pub rig: bool,
}

/// What the display shows now.
#[must_use]
pub fn of(session: &Session, now: &Stamp, place: &Place) -> View {
    let language = session.language();
    View {
        language,
        header: header(session, language, place),
        help: help(session, language, place),
        screen: screen(session, now, language),
        still_there_seconds: session.still_there_seconds(now),
        rig: place.rig,
        step: session.step_no(),
    }
}

pub(crate) fn header(session: &Session, language: Language, place: &Place) -> Header {
    let mfo = session.facts().rule_pack.as_ref().map(|pack| &pack.mfo);
    Header {
        mfo: mfo.map_or_else(String::new, |mfo| mfo.name.get(language).clone()),
        licence: mfo.map_or_else(String::new, |mfo| mfo.licence.get(language).clone()),
        terminal: place.terminal.clone(),
        phone: mfo.and_then(|mfo| mfo.phones.first().cloned()).unwrap_or_default(),
    }
}

pub(crate) fn help(session: &Session, language: Language, place: &Place) -> Help {
    let Some(pack) = session.facts().rule_pack.as_deref() else { return Help::default() };
    menu::help(&pack.mfo, &place.terminal, language)
}

fn screen(session: &Session, now: &Stamp, language: Language) -> Screen {
    match session.state() {
        State::Idle => {
            let reasons = session.out_of_service(now);
            if reasons.is_empty() {
                Screen::Welcome(menu::welcome(
                    &session.errands(now),
                    session.nothing_to_do(now),
                    session.no_cash_loan(now),
                ))
            } else {
                Screen::OutOfService { reasons }
            }
        }
        State::Menu => Screen::Choice(menu::choice(session, now, language)),
        State::Information(reading) => menu::information(session, *reading, language),
        State::EnterIin { invalid, .. } => {
            Screen::EnterIin(EnterIin { error: invalid.then_some(InputError::IinInvalid) })
        }
        State::LoggingIn(stage) => access::login(session, stage, language),
        State::LookingUp { .. } => Screen::Waiting(Wait::Login),
        State::EnterCode { login, error } => Screen::EnterCode(EnterCode {
            phone_masked: login.phone_masked.clone(),
            digits: login.digits,
            tries_left: login.tries_left,
            seconds_left: u32::try_from(login.until.since(now.mono).div_ceil(1000)).unwrap_or(u32::MAX),
            error: error.map(|error| match error {
                CodeError::Wrong => InputError::CodeWrong,
                CodeError::Expired => InputError::CodeExpired,
            }),
        }),
        State::CheckingCode { .. } => Screen::Waiting(Wait::Code),
        State::Amount { client } => {
            let pack = session.facts().pack(now.utc);
            let product = pack.and_then(|pack| {
                let open = pack.products.iter().find(|product| client.products.contains(&product.id));
                open.map(|product| (pack, product))
            });
            match (product, local_date(now.utc)) {
                (Some((pack, product)), Some(issued)) => Screen::Amount(Offer {
                    greeting: client.greeting.clone(),
                    about_login: menu::about_login(client, language),
                    product: product.clone(),
                    payable: session.sums(product, now),
                    calendar: pack.calendar.clone(),
                    issued,
                }),
                (Some(_), None) | (None, _) => Screen::Waiting(Wait::Decision),
            }
        }
        State::Purpose { client } => Screen::Choice(purpose::choice(session, client, now, language)),
        State::Unfinished { client, found } => {
            Screen::Choice(preparation::unfinished(client, found, language))
        }
        State::Prepare(stage) => of_pack(session, |pack| preparation::screen(pack, stage, language)),
        State::Deciding { .. } => Screen::Waiting(Wait::Decision),
        State::Acquaint(stage) => {
            of_pack(session, |pack| Screen::Notice(preparation::text(pack, stage.text, language)))
        }
        State::Drafting { .. } => Screen::Waiting(Wait::Contract),
        State::Schedules { offer } => Screen::Schedules { drafts: draft_views(session, offer) },
        State::Contract { terms } => match terms.contract() {
            Some(contract) => Screen::Contract(Contract {
                kept: None,
                key_terms: key_terms(session, terms, language),
                pdf: contract.pdf.clone(),
                paragraphs: paragraphs(&contract.paper, language),
            }),
            None => Screen::Waiting(Wait::Contract),
        },
        State::Pressure { .. } => {
            of_pack(session, |pack| Screen::Notice(preparation::pressure(pack, language)))
        }
        State::Living(living) => Screen::Notice(living::screen(living, now, language)),
        State::Camera { picture, attempts_left, .. } => Screen::Camera(Camera {
            instruction: match picture {
                Picture::Opening | Picture::Lost { .. } | Picture::Ready => Instruction::StandStill,
                Picture::Taking => Instruction::Hold,
                Picture::NoMatch => Instruction::NoMatch,
                Picture::Poor(told) => Instruction::Poor(*told),
            },
            advice: match picture {
                Picture::Poor(told) => crate::texts::portrait::line(*told).get(language).to_owned(),
                Picture::Opening
                | Picture::Lost { .. }
                | Picture::Ready
                | Picture::Taking
                | Picture::NoMatch => String::new(),
            },
            attempts_left: *attempts_left,
        }),
        State::Matching { .. } => Screen::Waiting(Wait::Face),
        State::Agree { terms, .. } => Screen::Agree { key_terms: key_terms(session, terms, language) },
        State::Concluding { .. } => Screen::Waiting(Wait::Contract),
        State::Signing(signing) => sign::screen(signing, session.takes_any_card(), now, language),
        State::Card(used) => card::screen(used, language),
        State::Service(held) => service::screen(session, held, now, language),
        State::TakeCard => Screen::Notice(card::forgotten(language)),
        State::ReadyToPay { terms, .. } => Screen::ReadyToPay { amount: principal(terms) },
        State::Authorising { .. } => Screen::Waiting(Wait::Authorisation),
        State::Paying { phase, owed } => {
            Screen::Payout(payout(session.durable().open.as_ref(), *phase, format::money(owed.missing())))
        }
        State::Remainder(stage) => remainder::screen(session, stage, now, language),
        State::Repay(repay) => repayment::screen(session, repay, now, language),
        State::Cabinet(cabinet) => cabinet::screen(session, cabinet, now, language),
        State::Access(stage) => access::screen(session, stage, now, language),
        State::Amend(amending) => supplement::screen(session, amending, language),
        State::Receipt(ended) => Screen::Receipt(receipt(ended, language)),
        State::Waiting(stage) => waiting::screen(session, stage, now, language),
        State::Way(way) => payout::way(session, way, now, language),
        State::Transfer(stage) => payout::transfer(session, stage, language),
        State::Leak(stage) => {
            of_pack(session, |pack| Screen::Notice(leak::screen(pack, stage, now, language)))
        }
        State::Intrusion(told) => {
            of_pack(session, |pack| Screen::Notice(leak::intrusion(pack, told.since, language)))
        }
        State::Register(stage) => register::screen(session, stage, now, language),
        State::Advice { advice, session: visit } => {
            Screen::Notice(register::advice(session, *advice, *visit, language))
        }
        State::End { kind, session: visit } => {
            let least_age = session.facts().pack(now.utc).map_or(0, |pack| pack.min_age);
            Screen::End { kind: end_kind(*kind), reference: reference(&visit.0), least_age }
        }
    }
}

/// A screen that is the rule pack's; there is one for as long as a visit lasts.
fn of_pack(session: &Session, screen: impl FnOnce(&RulePack) -> Screen) -> Screen {
    session.facts().rule_pack.as_deref().map_or(Screen::Waiting(Wait::Decision), screen)
}

fn principal(terms: &ChosenTerms) -> Money {
    format::money(terms.draft().map_or(Tiyn::ZERO, |draft| draft.schedule.principal_tiyn))
}

fn draft_views(session: &Session, offer: &SessionOffer) -> Vec<DraftView> {
    let rate = session
        .facts()
        .rule_pack
        .as_ref()
        .and_then(|pack| pack.products.iter().find(|product| offer.client.products.contains(&product.id)))
        .map(|product| product.rate.annual(product.time_base));
    let Some(rate) = rate else { return Vec::new() };
    offer
        .drafts
        .iter()
        .filter_map(|draft| live::view(&draft.schedule, rate, Gesv::from_units(draft.gesv_e8).ok()?).ok())
        .collect()
}

fn key_terms(session: &Session, chosen: &ChosenTerms, language: Language) -> Vec<Row> {
    let Some(draft) = chosen.draft() else { return Vec::new() };
    let Some(view) =
        draft_views(session, &chosen.offer).into_iter().find(|view| view.method == chosen.method)
    else {
        return Vec::new();
    };
    let first = draft.schedule.instalments.first().map(|instalment| format::date(instalment.date));
    let last = draft.schedule.instalments.last().map(|instalment| format::date(instalment.date));
    let row = |term, value| Row { label: terms::label(term, language).to_owned(), value };
    vec![
        row(KeyTerm::Amount, format::money_in_full(draft.schedule.principal_tiyn).0),
        row(KeyTerm::Overpayment, view.overpayment.0),
        row(KeyTerm::Total, view.total.0),
        row(KeyTerm::AnnualRate, view.rate),
        row(KeyTerm::Gesv, view.gesv),
        row(KeyTerm::Term, format::term(chosen.offer.wish.term, language)),
        row(KeyTerm::Method, format::method(chosen.method, language).to_owned()),
        row(KeyTerm::FirstPayment, format!("{} · {}", first.unwrap_or_default(), view.first.0)),
        row(KeyTerm::LastPayment, format!("{} · {}", last.unwrap_or_default(), view.last.0)),
    ]
}

/// The text that the file carries, its schedule a line for each instalment.
fn paragraphs(paper: &Paper, language: Language) -> Vec<Secret> {
    let Some(section) = paper.section(language) else { return Vec::new() };
    let text = section.paragraphs.iter().map(|paragraph| Secret::new(paragraph.clone()));
    let Some(table) = &section.table else { return text.collect() };
    let rows = table.rows.iter().map(|row| {
        let cells: Vec<String> =
            table.columns.iter().zip(row).map(|(column, cell)| format!("{column}: {cell}")).collect();
        Secret::new(cells.join("; "))
    });
    text.chain([Secret::new(table.title.clone())]).chain(rows).collect()
}

fn payout(open: Option<&OpenPayout>, phase: PayPhase, amount: Money) -> Payout {
    let planned = open.filter(|open| open.bundles() > 1);
    let notes = planned.map(|open| open.current().iter().map(|notes| (notes.denomination, notes.notes)));
    Payout {
        portion: notes.and_then(|notes| worth(notes).ok()).map_or_else(|| amount.clone(), format::money),
        amount,
        bundle: open.map_or(1, OpenPayout::bundle_no),
        of: open.map_or(1, |open| open.bundles().max(1)),
        phase: match phase {
            PayPhase::Preparing => PayoutPhase::Preparing,
            PayPhase::Dispensing => PayoutPhase::Dispensing,
            PayPhase::Taking => PayoutPhase::Taking,
            PayPhase::Retracting => PayoutPhase::Retracting,
            PayPhase::Checking => PayoutPhase::Checking,
        },
    }
}

/// The receipt as it is shown and printed.
#[must_use]
pub fn receipt(ended: &Ended, language: Language) -> Receipt {
    let notes = ended
        .distributed
        .iter()
        .map(|count| {
            let worth = count.denomination.times(count.notes).unwrap_or(Tiyn::ZERO);
            let Denomination(face) = count.denomination;
            Row { label: format::notes(count.notes, face), value: format::money(worth).0 }
        })
        .collect();
    Receipt {
        requested: format::money(ended.amount),
        paid: format::money(ended.distributed_tiyn),
        complete: ended.result == PayoutResult::Paid,
        uncertain: ended.result == PayoutResult::Uncertain,
        notes,
        first_payment: ended.first_payment.filter(|_| ended.result == PayoutResult::Paid).map(|instalment| {
            Row {
                label: format!(
                    "{} {}",
                    terms::label(KeyTerm::FirstPayment, language),
                    format::date(instalment.date)
                ),
                value: format::money(instalment.total_tiyn).0,
            }
        }),
        reference: reference(&ended.request.0),
        printed: ended.printed,
    }
}

const fn end_kind(kind: Ending) -> EndKind {
    match kind {
        Ending::Cancelled => EndKind::Cancelled,
        Ending::TimedOut => EndKind::TimedOut,
        Ending::NotAvailable => EndKind::NotAvailable,
        Ending::TooManyCodes => EndKind::TooManyCodes,
        Ending::NotApproved => EndKind::NotApproved,
        Ending::VoluntaryRefusal => EndKind::VoluntaryRefusal,
        Ending::LoanOpen => EndKind::LoanOpen,
        Ending::FaceNotMatched => EndKind::FaceNotMatched,
        Ending::CameraFailed => EndKind::CameraFailed,
        Ending::Unreachable => EndKind::Unreachable,
        Ending::TermsMismatch => EndKind::TermsMismatch,
        Ending::NothingPaid => EndKind::NothingPaid,
        Ending::OnBattery => EndKind::OnBattery,
        Ending::UnderAge => EndKind::UnderAge,
    }
}

#[cfg(test)]
mod tests {
    use senim_domain::cash::{UnitNo, UnitRequest};
    use senim_domain::{LoanId, PayoutRequestId, SessionId};
    use senim_session::durable::Stage;

    use super::*;

    #[test]
    fn of_two_portions_each_is_shown_with_its_own_worth() {
        let notes = |notes| vec![UnitRequest { unit: UnitNo(1), denomination: Denomination(20_000), notes }];
        let open = |plan, bundle| OpenPayout {
            request: PayoutRequestId(Default::default()),
            session: SessionId(Default::default()),
            loan: LoanId(Default::default()),
            part: 1,
            amount_tiyn: Tiyn::ZERO,
            authorisation: None,
            plan,
            bundle,
            stage: Stage::Requested,
            distributed: Vec::new(),
        };
        let whole = || Money("140".to_owned());
        let shown = |open: &OpenPayout| payout(Some(open), PayPhase::Dispensing, whole()).portion;
        let tenge = |sum| format::money(Tiyn::from_tenge(sum).unwrap());
        assert_eq!(shown(&open(vec![notes(5), notes(2)], 0)), tenge(100_000));
        assert_eq!(shown(&open(vec![notes(5), notes(2)], 1)), tenge(40_000));
        assert_eq!(shown(&open(vec![notes(7)], 0)), whole(), "one portion is all of it");
        assert_eq!(payout(None, PayPhase::Preparing, whole()).portion, whole());
    }
}
