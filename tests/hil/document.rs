//! A passport or identity card: opened, read, judged; and torn away while it is read.

use senim_cards::icao::{self, Doubt, Entropy, Event, Failure, Verdict};
use senim_linux::clock::utc_rtc;
use serde_json::json;
use zeroize::Zeroizing;

use crate::hands::say;
use crate::owner::{self, Document};
use crate::reader::{Reader, both_readers};
use crate::rig::{Outcome, Rig};

both_readers!(a_document_is_opened_read_and_judged, a_document_torn_away_is_read_when_it_comes_back);

/// One reading to its end.
fn read(reader: &Reader<'_>, document: &Document) -> Result<Box<icao::Document>, Failure> {
    let limits = reader.power();
    let mut entropy = Zeroizing::new([0; Entropy::LEN]);
    getrandom::fill(entropy.as_mut()).unwrap();
    let mut reading = icao::Reader::new(
        document.password.clone(),
        Entropy::new(entropy),
        limits,
        document.trust.clone(),
        utc_rtc(),
    );
    while let Some(apdu) = reading.poll_command() {
        match reader.carry(apdu) {
            Some(response) => reading.handle_response(response.expose()),
            None => reading.handle_card_lost(),
        }
    }
    loop {
        match reading.poll_event().expect("an end") {
            Event::Finished(read) => return Ok(read),
            Event::Failed(failure) => return Err(failure),
            Event::Opened(_) | Event::Progress { .. } => {}
        }
    }
}

/// A real document may be of a state whose authority nobody named.
fn judged(rig: &Rig, document: &Document, verdict: Verdict) {
    match verdict {
        Verdict::NotVerified(Doubt::AuthorityUnknown)
            if rig.control().is_none() && document.trust.is_empty() =>
        {
            say("the document was read; whether it is genuine was not judged without its authority");
        }
        verdict => assert_eq!(verdict, Verdict::Genuine),
    }
}

fn a_document_is_opened_read_and_judged(rig: &Rig, section: &'static str) -> Outcome {
    let document = owner::document(rig, section)?;
    let reader = Reader::new(rig, section)?;
    reader.insert(document.name, "the passport or identity card");
    let told = read(&reader, &document).unwrap();
    judged(rig, &document, told.verdict);
    assert!(!told.mrz.surname.expose().is_empty() || !told.mrz.given_names.expose().is_empty());
    if rig.control().is_some() {
        assert_eq!(told.mrz.surname.expose(), "TESTOV");
    }
    reader.release();
    reader.remove();
    Ok(())
}

fn a_document_torn_away_is_read_when_it_comes_back(rig: &Rig, section: &'static str) -> Outcome {
    let document = owner::document(rig, section)?;
    let reader = Reader::new(rig, section)?;
    rig.cause("take the document away as soon as its reading has begun", |control| match section {
        // In the middle of its files, either way.
        "card" => control.fault(section, "torn", &json!({ "after_blocks": 20, "times": 1 })),
        _ => control.fault(section, "card_torn", &json!({ "after_bytes": 200, "times": 1 })),
    });
    reader.insert(document.name, "the passport or identity card");
    assert_eq!(read(&reader, &document).unwrap_err(), Failure::CardMoved);
    reader.insert(document.name, "the same document, and leave it,");
    judged(rig, &document, read(&reader, &document).unwrap().verdict);
    reader.release();
    reader.remove();
    Ok(())
}
