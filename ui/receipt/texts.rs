//! The words of a receipt and their order.

use senim_domain::{Language, Tiyn};
use senim_ui_model::format;

use crate::fonts::Weight;
use crate::layout::{Block, Side};
use crate::{Content, Head, Notes, Outcome};

/// Height of ordinary lines in dots: letters as large as in print, the same in both languages (B16).
pub(crate) const BODY: u32 = 33;
/// Height of the sum.
pub(crate) const SUM: u32 = 62;
/// Height of the MFO's name.
pub(crate) const NAME: u32 = 42;

struct Words {
    title: &'static str,
    copy: &'static str,
    licence: &'static str,
    help: &'static str,
    terminal: &'static str,
    at: &'static str,
    operation: &'static str,
    requested: &'static str,
    paid: &'static str,
    paid_certain: &'static str,
    finality: &'static str,
    short: &'static str,
    uncertain: &'static str,
}

const KK: Words = Words {
    title: "Қолма-қол ақша беру",
    copy: "КӨШІРМЕ",
    licence: "Лицензия",
    help: "Анықтама",
    terminal: "Терминал",
    at: "Күні, уақыты (UTC+5)",
    operation: "Операция №",
    requested: "Сұралған сома",
    paid: "Берілді",
    paid_certain: "Анық берілгені",
    finality: "Терминалдан шыққан банкноттар берілген болып саналады: құрылғы оларды қайтарып ала алмайды.",
    short: "Ақша толық берілмеді. Тек берілген сома есептеледі. Қалғаны сізге тиесілі: оны терминалда немесе біздің кассадан ала аласыз.",
    uncertain: "Қанша банкнот шыққаны нақты белгісіз. Қызметкерлеріміз терминалдағы ақшаны санап, сізге қоңырау шалады. \
                Сіз тек алған сомаңыз үшін төлейсіз.",
};

const RU: Words = Words {
    title: "Выдача наличных",
    copy: "КОПИЯ",
    licence: "Лицензия",
    help: "Помощь",
    terminal: "Терминал",
    at: "Дата, время (UTC+5)",
    operation: "Операция №",
    requested: "Запрошено",
    paid: "Выдано",
    paid_certain: "Точно выдано",
    finality: "Банкноты, вышедшие из терминала, считаются выданными: устройство не может забрать их обратно.",
    short: "Выдана не вся сумма. Учитывается только выданное. Остальное причитается вам: его можно получить в терминале или в нашей кассе.",
    uncertain: "Точно неизвестно, сколько банкнот вышло. Наши сотрудники пересчитают наличные в терминале и позвонят вам. \
                Вы платите только за полученное.",
};

const EN: Words = Words {
    title: "Payout in cash",
    copy: "COPY",
    licence: "Licence",
    help: "Help",
    terminal: "Terminal",
    at: "Date, time (UTC+5)",
    operation: "Operation №",
    requested: "Asked for",
    paid: "Given",
    paid_certain: "Given for certain",
    finality: "Notes that have left the terminal count as given: the device cannot take them back.",
    short: "Not all of the money was given. You are charged only for what was given. The rest is yours: you can have it \
            at a terminal or at our cash desk.",
    uncertain: "It is not certain how many notes came out. Our staff will count the cash in the terminal and call you. \
                You pay only for what you received.",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Kk => &KK,
        Language::Ru => &RU,
        Language::En => &EN,
    }
}

/// Kazakh, then what the person reads besides.
pub(crate) const fn languages(visit: Language) -> [Language; 2] {
    match visit {
        Language::Kk | Language::Ru => [Language::Kk, Language::Ru],
        Language::En => [Language::Kk, Language::En],
    }
}

/// Everything that is printed, from the top.
pub(crate) fn blocks(content: &Content) -> Vec<Block> {
    let mut blocks = Vec::new();
    for language in languages(content.language) {
        half(content, language, &mut blocks);
        blocks.push(Block::Rule);
    }
    blocks.push(Block::Qr(qr(&content.reference)));
    blocks.push(centre(&content.reference, BODY, Weight::Bold));
    blocks
}

fn half(content: &Content, language: Language, blocks: &mut Vec<Block>) {
    let words = words(language);
    let top = Head {
        mfo: content.mfo.get(language),
        licence: content.licence.get(language),
        phone: &content.phone,
        terminal: &content.terminal,
        at: content.at,
        reference: &content.reference,
    };
    head(&top, words.title, content.copy, language, blocks);
    blocks.push(Block::Space(8));
    money(content, words, blocks);
    blocks.push(Block::Space(8));
    blocks.push(paragraph(words.finality));
    match content.outcome {
        Outcome::Complete => {}
        Outcome::Short => blocks.push(strong(words.short)),
        Outcome::Uncertain => blocks.push(strong(words.uncertain)),
    }
}

/// Who, where, when and which operation.
pub(crate) fn head(top: &Head<'_>, title: &str, copy: bool, language: Language, blocks: &mut Vec<Block>) {
    let words = words(language);
    blocks.push(centre(top.mfo, NAME, Weight::Bold));
    blocks.push(centre(&format!("{}: {}", words.licence, top.licence), BODY, Weight::Regular));
    blocks.push(centre(&format!("{}: {}", words.help, no_break(top.phone)), BODY, Weight::Regular));
    blocks.push(Block::Space(12));
    blocks.push(centre(title, NAME, Weight::Bold));
    if copy {
        blocks.push(centre(words.copy, NAME, Weight::Bold));
    }
    blocks.push(Block::Space(6));
    blocks.push(pair(words.terminal, top.terminal, Weight::Regular));
    blocks.push(pair(words.at, &format::moment(top.at), Weight::Regular));
    if !top.reference.is_empty() {
        blocks.push(pair(words.operation, top.reference, Weight::Regular));
    }
}

/// Notes and their worth.
pub(crate) fn worth(notes: Notes) -> Block {
    let face = Tiyn::from_tenge(u64::from(notes.face_tenge));
    let worth = face.and_then(|face| face.times(u64::from(notes.count)));
    let value = worth.map(|worth| format::money(worth).0).unwrap_or_default();
    pair(&format::notes(notes.count, notes.face_tenge), &value, Weight::Regular)
}

fn money(content: &Content, words: &Words, blocks: &mut Vec<Block>) {
    let paid = match content.outcome {
        Outcome::Complete | Outcome::Short => words.paid,
        Outcome::Uncertain => words.paid_certain,
    };
    if content.outcome != Outcome::Complete {
        blocks.push(pair(words.requested, &format::money(content.requested).0, Weight::Regular));
    }
    blocks.push(centre(paid, BODY, Weight::Regular));
    blocks.push(centre(&format::money(content.paid).0, SUM, Weight::Bold));
    blocks.extend(content.notes.iter().filter(|notes| notes.count > 0).map(|notes| worth(*notes)));
}

/// What the QR code holds; everything beyond plain ASCII is percent-encoded, since readers guess at other bytes.
fn qr(reference: &str) -> String {
    let mut text = String::from("senim-operation:");
    for byte in reference.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn no_break(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

pub(crate) fn centre(text: &str, size: u32, weight: Weight) -> Block {
    Block::Text { text: text.to_owned(), size, weight, side: Side::Centre }
}

pub(crate) fn paragraph(text: &str) -> Block {
    Block::Text { text: text.to_owned(), size: BODY, weight: Weight::Regular, side: Side::Left }
}

pub(crate) fn strong(text: &str) -> Block {
    Block::Text { text: text.to_owned(), size: BODY, weight: Weight::Bold, side: Side::Left }
}

pub(crate) fn pair(label: &str, value: &str, weight: Weight) -> Block {
    Block::Pair { label: label.to_owned(), value: value.to_owned(), size: BODY, weight }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::Fonts;
    use rusttype::GlyphId;

    #[test]
    fn every_letter_that_is_printed_has_a_glyph_in_both_weights() {
        let fonts = Fonts::load().unwrap();
        // B16: each letter and sign that a Kazakh text needs and old code pages lack.
        let vector: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/letters.json")).unwrap();
        let mut text = vector["line"].as_str().filter(|line| line.contains('Ә')).unwrap().to_owned();
        text.push_str("«» — × %,.:/+0123456789\u{202f}\u{a0}");
        for words in [&KK, &RU, &EN] {
            for word in [
                words.title,
                words.copy,
                words.licence,
                words.help,
                words.terminal,
                words.at,
                words.operation,
                words.requested,
                words.paid,
                words.paid_certain,
                words.finality,
                words.short,
                words.uncertain,
            ] {
                text.push_str(word);
            }
        }
        for weight in [Weight::Regular, Weight::Bold] {
            for letter in text.chars() {
                assert_ne!(fonts.font(weight).glyph(letter).id(), GlyphId(0), "{letter:?} in {weight:?}");
            }
        }
        assert_eq!(fonts.font(Weight::Bold).glyph('\u{10ffff}').id(), GlyphId(0), "the test can fail");
    }

    #[test]
    fn kazakh_stands_first_and_english_visits_get_english_second() {
        assert_eq!(languages(Language::Ru), [Language::Kk, Language::Ru]);
        assert_eq!(languages(Language::En), [Language::Kk, Language::En]);
    }

    #[test]
    fn the_qr_code_holds_ascii_only() {
        assert_eq!(qr("almaty-001/4711"), "senim-operation:almaty-001/4711");
        assert_eq!(qr("№ 1"), "senim-operation:%E2%84%96%201");
    }
}
