//! Making the file: A4, Noto Sans, Kazakh first, then the other languages, PDF/A-3 with Unicode text.

mod sheet;

use krilla::configure::ConfigurationBuilder;
use krilla::configure::validate::Archival;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::{DateTime, Metadata};
use krilla::{Document, SerializeSettings};
use zeroize::Zeroizing;

use senim_domain::SecretBytes;

use crate::TEXT_FILE;
use crate::paper::{Paper, Section, Table};
use sheet::{Face, Fonts, Sheet};

/// Why a document could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A font is missing or damaged.
    #[error("the fonts of documents cannot be used; install fonts-noto-core and build again")]
    Font,
    /// The text is not fit for an archive: a letter that the font lacks, an impossible date.
    #[error("the document cannot be made ({0}); correct the rule pack's texts")]
    Text(String),
}

/// Makes the file. The same paper gives the same bytes.
///
/// # Errors
/// [`WriteError`].
pub fn write(paper: &Paper) -> Result<SecretBytes, WriteError> {
    let date = day(&paper.date)?;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_U)
        .finish()
        .map_err(|error| WriteError::Text(format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let title = paper.sections.first().map_or_else(String::new, |section| section.title.clone());
    document.set_metadata(
        Metadata::new()
            .title(title)
            .language(paper.sections.first().map_or("kk", |section| section.language.code()).to_owned())
            .creation_date(date)
            .document_id(format!("senim:{:?}:{}", paper.kind, paper.number)),
    );
    embed_text(&mut document, paper, date)?;
    let fonts = Fonts::load()?;
    let mut sheet = Sheet::new(&fonts, &paper.number);
    first_page(&mut sheet, &fonts, paper);
    for section in &paper.sections {
        body(&mut sheet, section);
    }
    sheet.print(&mut document).ok_or(WriteError::Font)?;
    let bytes = document.finish().map_err(|error| WriteError::Text(format!("{error:?}")))?;
    Ok(SecretBytes::new(bytes))
}

fn embed_text(document: &mut Document, paper: &Paper, date: DateTime) -> Result<(), WriteError> {
    let text =
        Zeroizing::new(serde_json::to_vec(paper).map_err(|error| WriteError::Text(error.to_string()))?);
    document
        .embed_file(EmbeddedFile {
            path: TEXT_FILE.to_owned(),
            mime_type: MimeType::new("application/json"),
            description: Some("Text of this document as data".to_owned()),
            association_kind: AssociationKind::Data,
            data: text.to_vec().into(),
            modification_date: Some(date),
            compress: Some(true),
            location: None,
        })
        .ok_or_else(|| WriteError::Text("text stands twice".to_owned()))
}

fn day(date: &str) -> Result<DateTime, WriteError> {
    let bad = || WriteError::Text(format!("date {date}"));
    let date: jiff::civil::Date = date.parse().map_err(|_| bad())?;
    let number = |part: i8| u8::try_from(part).map_err(|_| bad());
    let year = u16::try_from(date.year()).map_err(|_| bad())?;
    Ok(DateTime::new(year).month(number(date.month())?).day(number(date.day())?).hour(0).minute(0).second(0))
}

/// Sizes of key terms, the first that lets Kazakh and Russian stand together on the first page (B4).
const TERMS: [f32; 4] = [sheet::BODY, 11.0, sheet::FIGURES, 10.0];
/// How much larger what is strong is than the rest.
const STRONG: f32 = 1.2;
/// Languages that share the first page; a translation may follow on the next.
const TOGETHER: usize = 2;

/// Title and key terms of every language side by side in reading order (B4).
fn first_page(sheet: &mut Sheet<'_>, fonts: &Fonts, paper: &Paper) {
    let fits = |size: &f32| {
        let mut trial = Sheet::new(fonts, &paper.number);
        key_terms(&mut trial, paper.sections.iter().take(TOGETHER), *size);
        trial.pages() == 1
    };
    let size = TERMS.into_iter().find(fits).unwrap_or(sheet::SMALL);
    key_terms(sheet, paper.sections.iter(), size);
    if paper.sections.iter().any(|section| !section.terms.is_empty()) {
        sheet.new_page();
    }
}

fn key_terms<'a>(sheet: &mut Sheet<'_>, sections: impl Iterator<Item = &'a Section>, size: f32) {
    for (at, section) in sections.enumerate() {
        if at > 0 {
            sheet.gap();
        }
        sheet.heading(&section.title);
        for term in &section.terms {
            let size = if term.strong { size * STRONG } else { size };
            sheet.fact(&term.label, &term.value, size);
        }
    }
}

fn body(sheet: &mut Sheet<'_>, section: &Section) {
    if section.paragraphs.is_empty() && section.table.is_none() {
        return;
    }
    sheet.heading(&section.title);
    for paragraph in &section.paragraphs {
        sheet.paragraph(paragraph, Face::Regular, sheet::BODY);
    }
    if let Some(table) = &section.table {
        figures(sheet, table);
    }
    sheet.new_page();
}

fn figures(sheet: &mut Sheet<'_>, table: &Table) {
    sheet.gap();
    sheet.heading(&table.title);
    sheet.row(&table.columns, Face::Bold);
    for row in &table.rows {
        // Figures without the names of their columns help nobody.
        if sheet.row_needs_a_page() {
            sheet.new_page();
            sheet.row(&table.columns, Face::Bold);
        }
        sheet.row(row, Face::Regular);
    }
}
