//! Seeds from emulated cards: readings and log-ins as they go well, for fuzzing to begin behind the door. Written anew with
//! `cargo test -p senim-fuzz --test seeds -- --ignored` when an emulated card changes: first the fixtures, and once more
//! the corpus, whose targets have the fixtures built in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests, and a tool that says what it wrote"
)]

use std::path::Path;

use senim_cards::exchange::Limits;
use senim_cards::icao::Event;
use senim_cards::piv::{Config, Piv};
use senim_emulators::card::Card;
use senim_emulators::cards::icao::{Curve, Options, Suite, TravelDocument, Ways};
use senim_emulators::cards::piv::{Algorithm, Options as PivOptions, PivCard};
use senim_fuzz::cards::{piv, reading};

/// The smallest face that the picture allows: inputs that are short are mutated well.
const PORTRAIT: usize = 0;

#[test]
#[ignore = "writes the fixtures and a part of the corpus"]
fn seeds_of_cards_are_written() {
    let document = TravelDocument::new(document(0)).unwrap();
    let file = |id| document.file(id).unwrap().to_vec();
    let (one, two, object) = (file([1, 1]), file([1, 2]), file([1, 0x1D]));
    write("fixtures/authority.der", document.authority());
    write("fixtures/dg1.bin", &one);
    write("fixtures/dg2.bin", &two);
    let files = [&object, &one, &two].map(|bytes| item(bytes)).concat();
    write("corpus/passive/genuine", &files);
    write("corpus/passive/without-face", &[item(&object), item(&one)].concat());
    for (name, bytes) in [("sod", &object), ("dg1", &one), ("dg2", &two)] {
        write(&format!("corpus/document_files/{name}"), bytes);
        write(&format!("corpus/tlv/{name}"), bytes);
    }
    for id in [[1, 0x1C], [1, 0x1E]] {
        write(&format!("corpus/document_files/ef-{:02x}", id[1]), &file(id));
    }
    for way in 0..6 {
        for choice in 0..4 {
            read(way, choice);
        }
    }
    for algorithm in [Algorithm::P256, Algorithm::Rsa2048] {
        for (compressed, choice) in [(false, 0), (true, 0x12), (false, 1)] {
            log_in(PivOptions { algorithm, compressed, ..PivOptions::default() }, choice);
        }
    }
}

fn document(way: u8) -> Options {
    let plain = Options { portrait_size: PORTRAIT, ..Options::default() };
    match way {
        0 => plain,
        1 => Options { ways: Ways::BacOnly, ..plain },
        2 => Options { suite: Suite::Aes256, curve: Curve::Brainpool256, ..plain },
        3 => Options { suite: Suite::Aes192, ..plain },
        4 => Options { ways: Ways::PaceOnly, extended: false, ..plain },
        _ => Options { tear_after: Some(9), ..plain },
    }
}

/// A recorded reading.
fn read(way: u8, choice: u8) {
    let mut card = TravelDocument::new(document(way)).unwrap();
    card.power(true);
    let mut reader = reading::reader(choice);
    let mut input = vec![choice];
    while let Some(apdu) = reader.poll_command() {
        match card.transmit(apdu.expose()) {
            Some(answer) => {
                input.extend(item(&answer));
                reader.handle_response(&answer);
            }
            None => reader.handle_card_lost(),
        }
    }
    let end = std::iter::from_fn(|| reader.poll_event()).last();
    println!(
        "document {way} {choice}: {} bytes, {}",
        input.len(),
        match end {
            Some(Event::Finished(document)) => format!("{:?}", document.verdict),
            other => format!("{other:?}"),
        }
    );
    write(&format!("corpus/document_reading/way-{way}-{choice}"), &input);
}

/// A recorded log-in and signature with either key.
fn log_in(options: PivOptions, choice: u8) {
    let name = format!("corpus/piv/{:?}-{choice:02x}", options.algorithm).to_lowercase();
    let mut card = PivCard::new(options).unwrap();
    card.power(true);
    let limits = match choice & 3 {
        0 => Limits::SHORT,
        1 => Limits { max_command: 60, max_response: 20, extended: false },
        _ => Limits { max_command: 2_000, max_response: 2_000, extended: true },
    };
    let mut machine = Piv::new(Config { tries_kept: choice >> 4, ..Config::default() }, limits);
    let mut input = vec![choice];
    for which in [0, 2, 0x12, 4, 6, 10, 6, 0x1A, 4] {
        input.extend([0, which]);
        if machine.begin(piv::operation(which)).is_err() {
            continue;
        }
        while let Some(apdu) = machine.poll_command() {
            let answer = card.transmit(apdu.expose()).unwrap();
            input.push(1);
            input.extend(item(&answer));
            machine.handle_response(&answer);
        }
        println!("{name} {which:02x}: {:?}", machine.poll_event());
    }
    write(&name, &input);
}

/// As the targets read it.
fn item(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    assert!(length < 0x1000, "an item of {length} bytes");
    let [high, low] = length.to_be_bytes();
    let mut item = if length < 0xF0 { vec![low] } else { vec![0xF0 | high, low] };
    item.extend_from_slice(bytes);
    item
}

fn write(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
