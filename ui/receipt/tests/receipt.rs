//! The printed picture: its geometry, that each outcome says something else, and that somebody else's program, PyPI's
//! `python-escpos`, gets it through the emulated printer bit for bit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may stop them"
)]

use std::path::Path;
use std::time::Duration;

use senim_domain::rule_pack::ByLanguage;
use senim_domain::{Language, Tiyn, UtcMillis};
use senim_emulators::escpos::{EscPos, Options};
use senim_emulators::peers::Host;
use senim_emulators::pty::PtyDevice;
use senim_receipt::{Content, Notes, Outcome, Paper, draw, png};
use serde_json::json;

fn content(outcome: Outcome, language: Language) -> Content {
    let name = |kk: &str, ru: &str, en: &str| ByLanguage { kk: kk.into(), ru: ru.into(), en: en.into() };
    Content {
        mfo: name("«Сенім Қаржы» МҚҰ» ЖШС", "ТОО «МФО «Сенім Қаржы»", "Senim Qarzhy MFO LLP"),
        licence: name(
            "№ 02.21.0042.М, 01.03.2021",
            "№ 02.21.0042.М от 01.03.2021",
            "№ 02.21.0042.M of 01.03.2021",
        ),
        phone: "+7 727 300 00 42".into(),
        terminal: "almaty-001".into(),
        at: UtcMillis(1_795_382_638_000),
        reference: "almaty-001/4711".into(),
        requested: Tiyn::from_tenge(150_000).unwrap(),
        paid: Tiyn::from_tenge(if outcome == Outcome::Complete { 150_000 } else { 140_000 }).unwrap(),
        notes: vec![
            Notes { face_tenge: 20_000, count: 7 },
            Notes { face_tenge: 5_000, count: if outcome == Outcome::Complete { 2 } else { 0 } },
        ],
        outcome,
        language,
        copy: false,
    }
}

#[test]
fn a_receipt_is_as_wide_as_the_paper_with_white_margins_and_ink_between() {
    for (paper, row, height) in [(Paper::Mm80, 72, 900..2600), (Paper::Mm58, 48, 1100..3600)] {
        for outcome in [Outcome::Complete, Outcome::Short, Outcome::Uncertain] {
            for language in Language::ALL {
                let raster = draw(&content(outcome, language), paper).unwrap();
                assert_eq!(raster.width, paper.dots());
                assert_eq!(raster.rows.len() % row, 0);
                assert!(
                    height.contains(&raster.height()),
                    "{paper:?} {outcome:?} {language:?} {}",
                    raster.height()
                );
                let black: u32 = raster.rows.iter().map(|byte| byte.count_ones()).sum();
                assert!(black > 20_000, "{black}");
                for row in raster.rows.chunks(row) {
                    assert_eq!((row[0], row[row.len() - 1]), (0, 0), "ink in the margin");
                }
                assert!(raster.rows[..row * 20].iter().all(|byte| *byte == 0));
                if let Some(folder) = std::env::var_os("RECEIPT_PNG_DIR") {
                    let name = format!("{paper:?}-{outcome:?}-{}.png", language.code());
                    std::fs::write(std::path::Path::new(&folder).join(name), png(&raster).unwrap()).unwrap();
                }
            }
        }
    }
}

#[test]
fn each_outcome_and_a_copy_look_different() {
    let complete = draw(&content(Outcome::Complete, Language::Ru), Paper::Mm80).unwrap();
    let short = draw(&content(Outcome::Short, Language::Ru), Paper::Mm80).unwrap();
    let uncertain = draw(&content(Outcome::Uncertain, Language::Ru), Paper::Mm80).unwrap();
    let copy =
        draw(&Content { copy: true, ..content(Outcome::Complete, Language::Ru) }, Paper::Mm80).unwrap();
    assert!(complete != short && short != uncertain && complete != copy);
    assert!(copy.height() > complete.height());
    assert_eq!(
        complete,
        draw(&content(Outcome::Complete, Language::Ru), Paper::Mm80).unwrap(),
        "drawing is repeatable"
    );
}

#[test]
fn the_picture_can_be_read_back() {
    let raster = draw(&content(Outcome::Short, Language::En), Paper::Mm80).unwrap();
    let bytes = png(&raster).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (raster.width, raster.height()));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let ink: Vec<u8> = pixels.iter().map(|byte| !byte).collect();
    assert_eq!(ink, raster.rows);
}

#[test]
fn a_stock_host_prints_every_receipt_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let machine = EscPos::new(Options { row_us: 10, ..Options::default() });
    let printer = PtyDevice::start(dir.path(), "printer", dir.path(), machine).unwrap();
    let started = Host::start("python-escpos", "python_escpos.py", printer.path()).unwrap();
    let Some(mut host) = started else { return };
    let picture = dir.path().join("picture.png");
    let mut receipts = 0;
    for outcome in [Outcome::Complete, Outcome::Short, Outcome::Uncertain] {
        for language in Language::ALL {
            let raster = draw(&content(outcome, language), Paper::Mm80).unwrap();
            std::fs::write(&picture, png(&raster).unwrap()).unwrap();
            host.tell(&json!(["image", picture])).unwrap();
            host.tell(&json!(["cut"])).unwrap();
            receipts += 1;
            let printed = rows(&awaited(&printer, receipts));
            let (image, fed) = printed.split_at(raster.rows.len());
            assert!(image == raster.rows, "the print differs from what was drawn: {outcome:?} {language:?}");
            assert!(fed.iter().all(|byte| *byte == 0), "the host feeds before it cuts");
        }
    }
}

/// The printer's last receipt, once it has cut so many.
#[expect(clippy::disallowed_methods, reason = "the printer works in a thread of its own and gives no signal")]
fn awaited(printer: &PtyDevice<EscPos>, receipts: u64) -> Vec<u8> {
    for _ in 0..10_000 {
        let last = printer.with(|machine, _| machine.last_receipt().map(Path::to_path_buf));
        if let Some(path) = last.filter(|path| path.ends_with(format!("receipt-{receipts:04}.png"))) {
            return std::fs::read(path).unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("waited in vain for receipt {receipts}");
}

/// The dots of a printed receipt as a raster has them: 1 is black.
fn rows(printed: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(printed)).read_info().unwrap();
    let mut white_is_one = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut white_is_one).unwrap();
    assert_eq!((info.width, info.bit_depth), (Paper::Mm80.dots(), png::BitDepth::One));
    white_is_one.into_iter().map(|byte| !byte).collect()
}
