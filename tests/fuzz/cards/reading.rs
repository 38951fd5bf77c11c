//! A whole reading of a travel document: the answers are items, and behind the last one the card is gone.

use senim_cards::exchange::Limits;
use senim_cards::icao::mrz::{AccessNumber, MrzKey};
use senim_cards::icao::{Access, Entropy, Event, Password, Reader, Verdict};
use senim_domain::Secret;

use super::documents::{NOW, trust};
use super::{byte, item};

/// Answers of one reading; more would only repeat them.
const ANSWERS_MAX: usize = 400;

/// The reader that a byte chooses. Its randomness is fixed, so that a recorded reading can be played again.
pub fn reader(choice: u8) -> Reader {
    let secret = |text: &str| Secret::new(text.to_owned());
    let password = if choice & 1 == 0 {
        Password::Mrz(MrzKey::new(&secret("012345678"), &secret("900514"), &secret("350513")).expect("a key"))
    } else {
        Password::Can(AccessNumber::new(&secret("123456")).expect("six digits"))
    };
    let limits = if choice & 2 == 0 {
        Limits::SHORT
    } else {
        Limits { max_command: 2_000, max_response: 2_000, extended: true }
    };
    Reader::new(password, Entropy::new([0x5C; Entropy::LEN].into()), limits, trust(), NOW)
}

/// A reading ends with one event, the last; a document is finished only through an open channel, and genuine only as issued.
pub fn reading(bytes: &[u8]) {
    let mut rest = bytes;
    let Some(choice) = byte(&mut rest) else { return };
    let mut reader = reader(choice);
    let (mut opened, mut ended): (Option<Access>, bool) = (None, false);
    for _ in 0..ANSWERS_MAX {
        let command = reader.poll_command();
        assert!(command.is_some() != ended, "a reading goes on, or has ended");
        if ended {
            break;
        }
        match item(&mut rest) {
            Some(answer) => reader.handle_response(answer),
            None => reader.handle_card_lost(),
        }
        while let Some(event) = reader.poll_event() {
            assert!(!ended, "{event:?} behind the last event");
            match event {
                Event::Opened(access) => assert!(opened.replace(access).is_none(), "opened twice"),
                Event::Progress { read, of, .. } => assert!(read <= of),
                Event::Finished(document) => {
                    ended = true;
                    assert_eq!(Some(document.access), opened);
                    if document.verdict == Verdict::Genuine {
                        assert_eq!(document.mrz.document_number.expose(), "012345678");
                    }
                }
                Event::Failed(_) => ended = true,
            }
        }
    }
}
