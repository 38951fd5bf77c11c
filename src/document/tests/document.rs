//! Documents are written, read back, drawn, and opened by a stock tool.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests may stop them")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use senim_document::show::Pages;
use senim_document::{Kind, Paper, ReadError, Section, Table, Term, read, write};
use senim_domain::{Language, SecretBytes};

fn section(language: Language, title: &str, paragraph: &str) -> Section {
    let term = |label: &str, value: &str, strong| Term { label: label.into(), value: value.into(), strong };
    Section {
        language,
        title: title.into(),
        terms: vec![
            term("1", "150 000 ₸", false),
            term("ЖТСМ / ГЭСВ", "42,8 %", true),
            term("№", "20260115-7Q2", false),
        ],
        paragraphs: (1..=40).map(|no| format!("{no}. {paragraph}")).collect(),
        table: Some(Table {
            title: title.into(),
            columns: ["№", "Күні", "Төлем", "Негізгі борыш", "Сыйақы", "Қалдық"].map(Into::into).into(),
            rows: (1..=24).map(|no| vec![no.to_string(); 6]).collect(),
        }),
    }
}

fn contract() -> Paper {
    Paper {
        figures: None,
        kind: Kind::Contract,
        number: "20260115-7Q2".into(),
        date: "2026-01-15".into(),
        sections: vec![
            section(
                Language::Kk,
                "Микрокредит беру туралы шарт",
                "Қарыз алушы Әлиева Ғазиза Өмірқызы микрокредитті һәм сыйақыны кестеге сәйкес қайтарады.",
            ),
            section(
                Language::Ru,
                "Договор о предоставлении микрокредита",
                "Заёмщик Алиева Газиза Омировна возвращает микрокредит и вознаграждение по графику.",
            ),
        ],
    }
}

fn pdf() -> SecretBytes {
    write(&contract()).unwrap()
}

/// What a stock tool says to the file on its standard input.
fn peer(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("apt install poppler-utils");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_is_written_is_read_back_from_the_same_bytes() {
    assert!(read(&pdf()).unwrap() == contract());
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    assert_eq!(pdf().expose(), pdf().expose());
}

#[test]
fn the_file_calls_itself_pdf_a_3u_and_is_small_enough_for_a_village_line() {
    let pdf = pdf();
    let text = String::from_utf8_lossy(pdf.expose());
    assert!(text.contains("<pdfaid:part>3</pdfaid:part>"));
    assert!(text.contains("<pdfaid:conformance>U</pdfaid:conformance>"));
    assert!(pdf.expose().len() < 120_000, "{} bytes", pdf.expose().len());
}

#[test]
fn kazakh_comes_first_and_a_stock_tool_reads_every_letter() {
    let text = peer("pdftotext", &["-layout", "-", "-"], pdf().expose());
    let kazakh = text.find("Әлиева Ғазиза Өмірқызы").expect("Kazakh text");
    let russian = text.find("Алиева Газиза Омировна").expect("Russian text");
    assert!(kazakh < russian);
    assert!(text.contains("150 000 ₸") && text.contains("һәм"));
}

#[test]
fn key_terms_of_kazakh_and_russian_share_the_first_page_also_where_they_are_long() {
    for words in [1, 3, 4] {
        let mut paper = contract();
        for section in &mut paper.sections {
            section.terms = (1..=10)
                .map(|no| Term {
                    label: format!("term {no}"),
                    value: "мерзімі өткен ".repeat(words),
                    strong: no == 4,
                })
                .collect();
        }
        let second = peer("pdftotext", &["-f", "2", "-l", "2", "-", "-"], write(&paper).unwrap().expose());
        assert!(second.contains("Микрокредит беру") && !second.contains("term 10"), "{words}: {second}");
    }
}

#[test]
fn every_page_is_drawn_with_ink_on_white() {
    let pages = Pages::open(&pdf()).unwrap();
    assert!((4..=12).contains(&pages.count()), "{}", pages.count());
    for page in 0..pages.count() {
        let picture = pages.draw(page, 400).unwrap();
        assert_eq!(picture.width, 400);
        assert_eq!(picture.rgb.expose().len() as u32, picture.width * picture.height * 3);
        let dark = picture.rgb.expose().chunks(3).filter(|pixel| pixel[0] < 100).count();
        assert!(dark > 100, "page {page}: {dark} dark pixels");
    }
    assert!(pages.draw(pages.count(), 400).is_none());
}

#[test]
fn a_file_that_is_no_document_of_ours_is_refused_with_its_reason() {
    let refused = |bytes: &[u8]| read(&SecretBytes::new(bytes.to_vec())).err().unwrap();
    assert_eq!(refused(b""), ReadError::NotPdf);
    assert_eq!(refused(b"plain text"), ReadError::NotPdf);
    let whole = pdf().expose().to_vec();
    let half = SecretBytes::new(whole[..whole.len() / 2].to_vec());
    assert!(read(&half).is_err());
    let renamed: Vec<u8> =
        String::from_utf8_lossy(b"senim-document.json").replace("senim", "other").into_bytes();
    let at = whole.windows(19).position(|window| window == b"senim-document.json").unwrap();
    let mut foreign = whole.clone();
    foreign[at..at + 19].copy_from_slice(&renamed);
    assert!(read(&SecretBytes::new(foreign)).is_err());
}

#[test]
fn a_long_word_is_cut_and_an_impossible_day_is_refused() {
    let mut paper = contract();
    paper.sections[0].paragraphs = vec!["Ә".repeat(500)];
    assert!(Pages::open(&write(&paper).unwrap()).unwrap().count() >= 4);
    paper.date = "2026-02-30".into();
    assert!(write(&paper).is_err());
}
