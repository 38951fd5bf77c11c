//! Batches: the same rows come out, and whatever else is sent costs little and breaks nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use senim_operation::batch::{BatchError, MAX_BATCH_BYTES, MAX_RATIO, decode, encode};

use crate::fixture::{Mfo, Terminal, journey};

const MANY: usize = 1_024;

/// Rows of every kind, of two key epochs.
fn rows() -> Vec<String> {
    let mfo = Mfo::new("batch");
    let mut terminal = Terminal::new(&mfo, "t-1");
    for draft in journey() {
        terminal.append(&draft);
    }
    terminal.begin_epoch();
    terminal.lines()
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(plain, 3).unwrap()
}

/// A row as it is laid out, with a header.
fn laid_out(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[1][..], &length(header), header, &length(payload), payload, &[7; 64]].concat()
}

#[test]
fn every_kind_of_row_comes_out_identical_and_in_fewer_bytes() {
    let rows = rows();
    let bytes = encode(&rows).unwrap();
    assert_eq!(decode(&bytes, MANY).unwrap(), rows);
    let jws: usize = rows.iter().map(String::len).sum();
    assert!(bytes.len() * 10 < jws * 6, "{} bytes for {jws}", bytes.len());
}

#[test]
fn no_rows_are_a_batch_too() {
    let bytes = encode::<&str>(&[]).unwrap();
    assert!(decode(&bytes, MANY).unwrap().is_empty());
}

#[test]
fn a_row_that_would_be_written_otherwise_is_not_sent_this_way() {
    let good = rows().remove(0);
    let (front, _) = good.rsplit_once('.').unwrap();
    let short = format!("{front}.{}", URL_SAFE_NO_PAD.encode([1; 63]));
    for bad in
        ["", "a", "a.b", "..", "a.b.c.d", &format!("{good}="), &format!("{good}\n"), &good[1..], &short]
    {
        assert_eq!(encode(&[good.as_str(), bad]), Err(BatchError::NotRebuilt { at: 1 }), "{bad}");
    }
    // The last character of 64 bytes has four bits that say nothing: another spelling of the same signature.
    let mut spelled = good.clone();
    let last = spelled.pop().unwrap();
    assert!("AQgw".contains(last));
    spelled.push(char::from(u8::try_from(last).unwrap() + 1));
    assert_eq!(encode(&[spelled]), Err(BatchError::NotRebuilt { at: 0 }));
}

#[test]
fn more_rows_than_are_taken_are_refused() {
    let rows = rows();
    let bytes = encode(&rows).unwrap();
    assert_eq!(decode(&bytes, rows.len() - 1), Err(BatchError::TooManyRows { max: rows.len() - 1 }));
}

#[test]
fn a_bomb_is_refused_when_it_has_grown_to_its_allowance() {
    let payload = vec![b' '; 500_000];
    let bomb: Vec<u8> = std::iter::repeat_n(laid_out(b"{}", &payload), 200).flatten().collect();
    let bytes = compressed(&bomb);
    assert!(bytes.len() * MAX_RATIO < bomb.len());
    assert_eq!(decode(&bytes, MANY), Err(BatchError::TooLarge));
}

#[test]
fn a_long_header_said_once_and_written_often_is_refused() {
    let noise: Vec<u8> =
        (0_u32..60_000).flat_map(|n| senim_operation::jws::sha256(&n.to_be_bytes())[..1].to_vec()).collect();
    let mut plain = laid_out(&noise, b"");
    for _ in 0..900 {
        plain.extend_from_slice(&[0, 0, 0, 0, 0]);
        plain.extend_from_slice(&[7; 64]);
    }
    let bytes = compressed(&plain);
    assert!(plain.len() < bytes.len() * MAX_RATIO, "within its allowance");
    assert_eq!(decode(&bytes, MANY), Err(BatchError::TooLarge));
}

#[test]
fn a_length_that_lies_is_refused_before_memory_is_taken() {
    for length in [u32::MAX, 2 << 20, 1 << 20] {
        let plain = [&[1][..], &length.to_be_bytes(), b"{}"].concat();
        assert_eq!(decode(&compressed(&plain), MANY), Err(BatchError::TooLarge), "{length}");
    }
    let plain = [&[1][..], &60_000_u32.to_be_bytes(), b"{}"].concat();
    assert_eq!(decode(&compressed(&plain), MANY), Err(BatchError::BrokenOff));
}

#[test]
fn a_window_larger_than_anybody_needs_is_refused() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    std::io::Write::write_all(&mut encoder, &laid_out(b"{}", b"{}")).unwrap();
    assert_eq!(decode(&encoder.finish().unwrap(), MANY), Err(BatchError::NotZstd));
}

#[test]
fn a_batch_cut_anywhere_gives_no_row_at_all() {
    let bytes = encode(&rows()).unwrap();
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end], MANY).is_err(), "{end}");
    }
}

#[test]
fn what_stands_behind_the_end_and_what_is_laid_out_otherwise_is_refused() {
    let whole = encode(&rows()).unwrap();
    let twice = [whole.as_slice(), whole.as_slice()].concat();
    assert_eq!(decode(&twice, MANY), Err(BatchError::Layout("bytes behind its end")));
    let first_without_header = [&[0, 0, 0, 0, 0][..], &[7; 64]].concat();
    for plain in [first_without_header, vec![2], laid_out(b"", b"{}")] {
        assert!(matches!(decode(&compressed(&plain), MANY), Err(BatchError::Layout(_))), "{plain:?}");
    }
    assert_eq!(decode(b"{\"rows\":[]}", MANY), Err(BatchError::NotZstd));
    assert_eq!(decode(&vec![0; MAX_BATCH_BYTES + 1], MANY), Err(BatchError::TooLarge));
}

proptest! {
    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = decode(&bytes, MANY);
    }

    #[test]
    fn any_bytes_that_decompress_are_rows_or_an_error(plain in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(rows) = decode(&compressed(&plain), MANY) {
            let again = encode(&rows).unwrap();
            prop_assert_eq!(decode(&again, MANY).unwrap(), rows);
        }
    }

    #[test]
    fn a_batch_with_a_flipped_byte_never_panics(at in 0_usize..4_000, to in any::<u8>()) {
        let mut bytes = encode(&rows()[..4]).unwrap();
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = decode(&bytes, MANY);
    }

    #[test]
    fn rows_of_any_content_come_out_identical(
        parts in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 1..80), proptest::collection::vec(any::<u8>(), 0..300)), 0..12)
    ) {
        let rows: Vec<String> = parts
            .iter()
            .map(|(header, payload)| {
                let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
                format!("{}.{}.{}", part(header), part(payload), part(&[9; 64]))
            })
            .collect();
        prop_assert_eq!(decode(&encode(&rows).unwrap(), MANY).unwrap(), rows);
    }
}
