//! The receipt of a repayment: what was taken, what it was used for, and the number to pay for again.

use senim_domain::rule_pack::ByLanguage;
use senim_domain::{Language, Secret, Tiyn, UtcMillis, payment_code};
use senim_ui_model::format;
use senim_ui_model::texts::{Phrase, repayment as said};

use crate::fonts::Weight;
use crate::layout::Block;
use crate::texts::{BODY, NAME, SUM, centre, head, languages, pair, paragraph, strong, worth};
use crate::{Head, Notes};

/// What the receipt of a repayment says.
#[derive(Clone, Debug)]
pub struct RepaymentContent {
    /// Name of the MFO.
    pub mfo: ByLanguage<String>,
    /// Its licence: number and date.
    pub licence: ByLanguage<String>,
    /// Support phone.
    pub phone: String,
    /// Terminal's name.
    pub terminal: String,
    /// When the repayment ended.
    pub at: UtcMillis,
    /// Number of the operation, as on the screen; ASCII.
    pub reference: String,
    /// What was credited.
    pub amount: Tiyn,
    /// Notes credited.
    pub notes: Vec<Notes>,
    /// Notes of which nobody knows where they are.
    pub in_doubt: Vec<Notes>,
    /// What the money was used for; none: entered after verification.
    pub used: Option<Used>,
    /// The contract's number, in clear: whoever pays has it already. Also the text of the QR code for paying again.
    pub number: Secret,
    /// Language of the visit; decides the second language.
    pub language: Language,
}

/// What money was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Principal.
    pub principal: Tiyn,
    /// Interest.
    pub interest: Tiyn,
    /// Penalty.
    pub penalty: Tiyn,
    /// Waits for the next due day.
    pub held: Tiyn,
    /// Above everything owed.
    pub overpaid: Tiyn,
    /// Nothing is owed any more.
    pub closed: bool,
}

const TITLE: Phrase =
    Phrase::new("Микрокредитті өтеу", "Погашение микрокредита", "Repayment of a microcredit");
const TAKEN: Phrase = Phrase::new("Қабылданды", "Принято", "Taken");
const PAY_AGAIN: Phrase = Phrase::new(
    "Келесі төлем үшін: осы QR-кодты терминалға көрсетіңіз",
    "Для следующего платежа: покажите этот QR-код терминалу",
    "For the next payment: show this QR code to the terminal",
);

/// Everything that is printed, from the top.
pub(crate) fn blocks(content: &RepaymentContent) -> Vec<Block> {
    let mut blocks = Vec::new();
    for language in languages(content.language) {
        half(content, language, &mut blocks);
        blocks.push(Block::Rule);
    }
    if !content.number.is_empty() {
        for language in languages(content.language) {
            blocks.push(paragraph(PAY_AGAIN.get(language)));
        }
        blocks.push(Block::Qr(payment_code::text(&content.number).expose().to_owned()));
    }
    blocks.push(centre(&content.reference, BODY, Weight::Bold));
    blocks
}

fn half(content: &RepaymentContent, language: Language, blocks: &mut Vec<Block>) {
    let top = Head {
        mfo: content.mfo.get(language),
        licence: content.licence.get(language),
        phone: &content.phone,
        terminal: &content.terminal,
        at: content.at,
        reference: &content.reference,
    };
    head(&top, TITLE.get(language), false, language, blocks);
    blocks.push(pair(said::FACT_NUMBER.get(language), content.number.expose(), Weight::Regular));
    blocks.push(Block::Space(8));
    blocks.push(centre(TAKEN.get(language), BODY, Weight::Regular));
    blocks.push(centre(&format::money(content.amount).0, SUM, Weight::Bold));
    blocks.extend(content.notes.iter().filter(|notes| notes.count > 0).map(|notes| worth(*notes)));
    blocks.push(Block::Space(8));
    match content.used {
        Some(used) => used_for(used, language, blocks),
        None if content.amount > Tiyn::ZERO => blocks.push(strong(said::AFTER_VERIFICATION.get(language))),
        None => {}
    }
    for notes in &content.in_doubt {
        let face = Tiyn::from_tenge(u64::from(notes.face_tenge));
        let sum = face.and_then(|face| face.times(u64::from(notes.count))).unwrap_or(Tiyn::ZERO);
        blocks.push(strong(&said::IN_DOUBT.with(language, &format::money(sum).0)));
    }
}

fn used_for(used: Used, language: Language, blocks: &mut Vec<Block>) {
    let rows = [
        (said::FACT_PRINCIPAL, used.principal),
        (said::FACT_INTEREST, used.interest),
        (said::FACT_PENALTY, used.penalty),
        (said::FACT_HELD, used.held),
        (said::FACT_OVERPAID, used.overpaid),
    ];
    for (label, sum) in rows.into_iter().filter(|(_, sum)| *sum > Tiyn::ZERO) {
        blocks.push(pair(label.get(language), &format::money(sum).0, Weight::Regular));
    }
    if used.overpaid > Tiyn::ZERO {
        blocks.push(paragraph(said::OVERPAID.get(language)));
    }
    if used.closed {
        blocks.push(Block::Text {
            text: said::CLOSED.get(language).to_owned(),
            size: NAME,
            weight: Weight::Bold,
            side: crate::layout::Side::Centre,
        });
    }
}
