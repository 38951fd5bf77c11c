//! The receipt of a repayment: what was taken, what it was used for, and the number to pay for again.

use senim_domain::rule_pack::ByLanguage;
use senim_domain::{Language, Secret, Tiyn, UtcMillis, payment_code};
use senim_ui_model::format;
use senim_ui_model::texts::{Phrase, repayment as said};
use senim_ui_model::view::short_text;

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
    /// What is still due on that day; none: nothing, or not known.
    pub short: Option<Tiyn>,
    /// Whether a delay costs a penalty.
    pub delay_costs: bool,
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
    let of_value = |notes: &Notes| {
        Tiyn::from_tenge(u64::from(notes.face_tenge)).ok()?.times(u64::from(notes.count)).ok()
    };
    let in_doubt =
        content.in_doubt.iter().filter_map(of_value).try_fold(Tiyn::ZERO, Tiyn::plus).unwrap_or(Tiyn::ZERO);
    if in_doubt > Tiyn::ZERO {
        blocks.push(strong(&said::IN_DOUBT.with(language, &format::money(in_doubt).0)));
    }
    if let Some(left) = content.short {
        blocks.push(strong(&short_text(left, in_doubt, content.delay_costs, content.at, language)));
        blocks.push(Block::Space(8));
    }
    match content.used {
        Some(used) => used_for(used, language, blocks),
        None if content.amount > Tiyn::ZERO => blocks.push(strong(said::AFTER_VERIFICATION.get(language))),
        None => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(short: Option<Tiyn>, delay_costs: bool) -> Vec<String> {
        let name = |text: &str| ByLanguage { kk: text.to_owned(), ru: text.to_owned(), en: text.to_owned() };
        let content = RepaymentContent {
            mfo: name("Сенім"),
            licence: name("№ 1"),
            phone: String::new(),
            terminal: "almaty-001".to_owned(),
            at: UtcMillis(1_772_434_800_000),
            reference: "4A7C-19E2".to_owned(),
            amount: Tiyn::from_tenge(17_000).unwrap_or_default(),
            notes: Vec::new(),
            in_doubt: Vec::new(),
            short,
            delay_costs,
            used: None,
            number: Secret::default(),
            language: Language::Ru,
        };
        let text = |block| {
            if let Block::Text { text, .. } = block { Some(text.replace(format::THIN, " ")) } else { None }
        };
        blocks(&content).into_iter().filter_map(text).collect()
    }

    #[test]
    fn a_receipt_of_less_than_was_due_names_the_rest_its_day_and_the_penalty_in_each_of_its_languages() {
        let rest = told(Tiyn::from_tenge(250).ok(), true);
        for language in languages(Language::Ru) {
            let penalty = said::DELAY_COSTS.get(language);
            let found =
                rest.iter().find(|text| text.contains(penalty)).map(String::as_str).unwrap_or_default();
            assert!(found.contains("250 ₸") && found.contains("02.03.2026"), "{language:?}: {rest:?}");
        }
        let free = told(Tiyn::from_tenge(250).ok(), false).concat();
        assert!(free.contains("250 ₸") && !free.contains(said::DELAY_COSTS.ru), "{free}");
        assert!(!told(None, true).concat().contains("02.03.2026 нужно"));
    }
}
