//! A slip of the personal cabinet: what the MFO answered, as on the screen, in two languages.

use senim_domain::rule_pack::ByLanguage;
use senim_domain::{Language, UtcMillis};
use senim_ui_model::view::SlipText;

use crate::Head;
use crate::fonts::Weight;
use crate::layout::Block;
use crate::texts::{BODY, centre, head, languages, pair, paragraph};

/// What a slip says.
#[derive(Clone, Debug)]
pub struct SlipContent {
    /// Name of the MFO.
    pub mfo: ByLanguage<String>,
    /// Its licence: number and date.
    pub licence: ByLanguage<String>,
    /// Support phone.
    pub phone: String,
    /// Terminal's name.
    pub terminal: String,
    /// The moment for which it holds.
    pub at: UtcMillis,
    /// Number of the request, as the MFO finds it; ASCII. Empty: nobody asked the MFO for anything.
    pub reference: String,
    /// What is said, without a name or an IIN.
    pub text: ByLanguage<SlipText>,
    /// Language of the visit; decides the second language.
    pub language: Language,
}

/// Everything that is printed, from the top.
pub(crate) fn blocks(content: &SlipContent) -> Vec<Block> {
    let mut blocks = Vec::new();
    for language in languages(content.language) {
        let text = content.text.get(language);
        let top = Head {
            mfo: content.mfo.get(language),
            licence: content.licence.get(language),
            phone: &content.phone,
            terminal: &content.terminal,
            at: content.at,
            reference: &content.reference,
        };
        head(&top, &text.title, false, language, &mut blocks);
        for fact in &text.facts {
            blocks.push(pair(&fact.label, fact.value.expose(), Weight::Regular));
        }
        blocks.push(Block::Space(8));
        blocks.extend(text.lines.iter().map(|line| paragraph(line.expose())));
        blocks.push(Block::Rule);
    }
    if !content.reference.is_empty() {
        blocks.push(centre(&content.reference, BODY, Weight::Bold));
    }
    blocks
}
