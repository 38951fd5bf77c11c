//! What ended, as the receipt tells it.

use senim_domain::rule_pack::{ByLanguage, Mfo};
use senim_domain::{Language, UtcMillis};
use senim_hal::receipt_printer::Raster;
use senim_operation::body::{DenominationCount, PayoutResult};
use senim_operation::message::CabinetContent;
pub use senim_receipt::Paper;
use senim_receipt::{Content, Notes, Outcome as ReceiptOutcome, RepaymentContent, SlipContent, Used};
use senim_session::access::Changed;
use senim_session::dialogue::cabinet::{Shown, SlipOf};
use senim_session::dialogue::repayment::Paid;
use senim_session::remainder::Claimed;
use senim_session::transfer::Transferred;
use senim_ui_model::view::{
    SlipText, act_text, amended_text, change_text, claim_text, leaflet_text, print_test_text, reference,
    refunded_text, slip_text, transfer_text,
};

use crate::options::{DrawReceipt, Printable};

/// Whose receipts, and on what.
struct Roll {
    terminal: String,
    paper: Paper,
}

/// How receipts are drawn.
#[must_use]
pub fn drawer(terminal: String, paper: Paper) -> DrawReceipt {
    let roll = Roll { terminal, paper };
    Box::new(move |mfo, printable| {
        let ended = match printable {
            Printable::Payout(ended) => ended,
            Printable::Repayment(paid) => return repayment_receipt(mfo, paid, &roll),
            Printable::Slip(of, shown) => return slip(mfo, of, shown, &roll),
            Printable::Claim(claimed) => return claim(mfo, claimed, &roll),
            Printable::Change(changed) => return change(mfo, changed, &roll),
            Printable::Refund(refunded) => {
                let text = |language| refunded_text(refunded, language);
                let number = reference(&refunded.asked.0);
                return of_text(mfo, &roll, refunded.taken.at, number, text, refunded.language);
            }
            Printable::Supplement(amended) => {
                let text = |language| amended_text(amended, language);
                let number = reference(&amended.asked.0);
                return of_text(mfo, &roll, amended.at, number, text, amended.language);
            }
            Printable::Leaflet(leaflet, pack, language, at) => {
                let text = |language| leaflet_text(leaflet, pack, language);
                return of_text(mfo, &roll, at, String::new(), text, language);
            }
            Printable::Transfer(ended) => return transfer(mfo, ended, &roll),
            Printable::Act(done) => {
                let text = |language| act_text(done, language);
                return of_text(mfo, &roll, done.at, reference(&done.counted.order), text, done.language);
            }
            Printable::Test(language, at) => {
                return of_text(mfo, &roll, at, String::new(), print_test_text, language);
            }
        };
        let content = Content {
            mfo: mfo.name.clone(),
            licence: mfo.licence.clone(),
            phone: mfo.phones.first().cloned().unwrap_or_default(),
            terminal: roll.terminal.clone(),
            at: ended.at,
            reference: reference(&ended.request.0),
            requested: ended.amount,
            paid: ended.distributed_tiyn,
            notes: ended
                .distributed
                .iter()
                .map(|count| Notes { face_tenge: count.denomination.0, count: count.notes })
                .collect(),
            outcome: match ended.result {
                PayoutResult::Paid => ReceiptOutcome::Complete,
                PayoutResult::Short | PayoutResult::Nothing => ReceiptOutcome::Short,
                PayoutResult::Uncertain => ReceiptOutcome::Uncertain,
            },
            language: ended.language,
            copy: false,
        };
        senim_receipt::draw(&content, roll.paper).inspect_err(|error| tracing::error!(%error, "receipt")).ok()
    })
}

fn slip(mfo: &Mfo, of: SlipOf<'_>, shown: &Shown<CabinetContent>, roll: &Roll) -> Option<Raster> {
    let text = |language| slip_text(of, shown.at, language);
    of_text(mfo, roll, shown.at, reference(&shown.asked.0), text, shown.language)
}

fn claim(mfo: &Mfo, claimed: &Claimed, roll: &Roll) -> Option<Raster> {
    let text = |language| claim_text(claimed, language);
    of_text(mfo, roll, claimed.at, reference(&claimed.slip.request.0), text, claimed.language)
}

fn change(mfo: &Mfo, changed: &Changed, roll: &Roll) -> Option<Raster> {
    let text = |language| change_text(changed, language);
    of_text(mfo, roll, changed.at, reference(&changed.change.0), text, changed.language)
}

fn of_text(
    mfo: &Mfo,
    roll: &Roll,
    at: UtcMillis,
    reference: String,
    text: impl Fn(Language) -> SlipText,
    language: Language,
) -> Option<Raster> {
    let content = SlipContent {
        mfo: mfo.name.clone(),
        licence: mfo.licence.clone(),
        phone: mfo.phones.first().cloned().unwrap_or_default(),
        terminal: roll.terminal.clone(),
        at,
        reference,
        text: ByLanguage { kk: text(Language::Kk), ru: text(Language::Ru), en: text(Language::En) },
        language,
    };
    senim_receipt::draw_slip(&content, roll.paper).inspect_err(|error| tracing::error!(%error, "slip")).ok()
}

fn transfer(mfo: &Mfo, ended: &Transferred, roll: &Roll) -> Option<Raster> {
    let text = |language| transfer_text(ended, language);
    of_text(mfo, roll, ended.at, reference(&ended.request.0), text, ended.language)
}

fn repayment_receipt(mfo: &Mfo, paid: &Paid, roll: &Roll) -> Option<Raster> {
    let notes = |counts: &[DenominationCount]| {
        let note = |count: &DenominationCount| Notes { face_tenge: count.denomination.0, count: count.notes };
        counts.iter().map(note).collect()
    };
    let content = RepaymentContent {
        mfo: mfo.name.clone(),
        licence: mfo.licence.clone(),
        phone: mfo.phones.first().cloned().unwrap_or_default(),
        terminal: roll.terminal.clone(),
        at: paid.at,
        reference: reference(&paid.repayment.0),
        amount: paid.amount,
        notes: notes(&paid.accepted),
        in_doubt: notes(&paid.in_doubt),
        short: paid.short(),
        delay_costs: paid.delay_costs,
        used: paid.booking.as_ref().map(|booking| Used {
            principal: booking.principal_tiyn,
            interest: booking.interest_tiyn,
            penalty: booking.penalty_tiyn,
            held: booking.held_tiyn,
            overpaid: booking.overpaid_tiyn,
            closed: booking.closed,
        }),
        number: paid.number.clone(),
        language: paid.language,
    };
    senim_receipt::draw_repayment(&content, roll.paper)
        .inspect_err(|error| tracing::error!(%error, "receipt"))
        .ok()
}
