//! What ended, as the receipt tells it.

use senim_domain::Language;
use senim_domain::rule_pack::{ByLanguage, Mfo};
use senim_hal::receipt_printer::Raster;
use senim_operation::body::{DenominationCount, PayoutResult};
use senim_operation::message::CabinetContent;
use senim_receipt::{Content, Notes, Outcome as ReceiptOutcome, RepaymentContent, SlipContent, Used};
use senim_session::dialogue::cabinet::{Shown, SlipOf};
use senim_session::dialogue::repayment::Paid;
use senim_session::remainder::Claimed;

use crate::options::{DrawReceipt, Printable};

/// How receipts are drawn.
#[must_use]
pub fn drawer(terminal: String) -> DrawReceipt {
    Box::new(move |mfo, printable| {
        let ended = match printable {
            Printable::Payout(ended) => ended,
            Printable::Repayment(paid) => return repayment_receipt(mfo, paid, &terminal),
            Printable::Slip(of, shown) => return slip(mfo, of, shown, &terminal),
            Printable::Claim(claimed) => return claim(mfo, claimed, &terminal),
        };
        let content = Content {
            mfo: mfo.name.clone(),
            licence: mfo.licence.clone(),
            phone: mfo.phones.first().cloned().unwrap_or_default(),
            terminal: terminal.clone(),
            at: ended.at,
            reference: senim_ui_model::view::reference(&ended.request.0),
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
        senim_receipt::draw(&content).inspect_err(|error| tracing::error!(%error, "receipt")).ok()
    })
}

fn slip(mfo: &Mfo, of: SlipOf<'_>, shown: &Shown<CabinetContent>, terminal: &str) -> Option<Raster> {
    let text = |language| senim_ui_model::view::slip_text(of, shown.at, language);
    let content = SlipContent {
        mfo: mfo.name.clone(),
        licence: mfo.licence.clone(),
        phone: mfo.phones.first().cloned().unwrap_or_default(),
        terminal: terminal.to_owned(),
        at: shown.at,
        reference: senim_ui_model::view::reference(&shown.asked.0),
        text: ByLanguage { kk: text(Language::Kk), ru: text(Language::Ru), en: text(Language::En) },
        language: shown.language,
    };
    senim_receipt::draw_slip(&content).inspect_err(|error| tracing::error!(%error, "slip")).ok()
}

fn claim(mfo: &Mfo, claimed: &Claimed, terminal: &str) -> Option<Raster> {
    let text = |language| senim_ui_model::view::claim_text(claimed, language);
    let content = SlipContent {
        mfo: mfo.name.clone(),
        licence: mfo.licence.clone(),
        phone: mfo.phones.first().cloned().unwrap_or_default(),
        terminal: terminal.to_owned(),
        at: claimed.at,
        reference: senim_ui_model::view::reference(&claimed.slip.request.0),
        text: ByLanguage { kk: text(Language::Kk), ru: text(Language::Ru), en: text(Language::En) },
        language: claimed.language,
    };
    senim_receipt::draw_slip(&content).inspect_err(|error| tracing::error!(%error, "slip")).ok()
}

fn repayment_receipt(mfo: &Mfo, paid: &Paid, terminal: &str) -> Option<Raster> {
    let notes = |counts: &[DenominationCount]| {
        let note = |count: &DenominationCount| Notes { face_tenge: count.denomination.0, count: count.notes };
        counts.iter().map(note).collect()
    };
    let content = RepaymentContent {
        mfo: mfo.name.clone(),
        licence: mfo.licence.clone(),
        phone: mfo.phones.first().cloned().unwrap_or_default(),
        terminal: terminal.to_owned(),
        at: paid.at,
        reference: senim_ui_model::view::reference(&paid.repayment.0),
        amount: paid.amount,
        notes: notes(&paid.accepted),
        in_doubt: notes(&paid.in_doubt),
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
    senim_receipt::draw_repayment(&content).inspect_err(|error| tracing::error!(%error, "receipt")).ok()
}
