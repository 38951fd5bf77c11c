//! Wire codecs: the first byte says how the stream behind it is cut, the rest is the stream.
//!
//! Checked of each: the same tokens for any cut, a small rest kept, and that every good frame, written again by an
//! encoder, stands in the stream, each behind the one before and none overlapping.

pub mod dispensers;
pub mod lines;
pub mod readers;

use std::fmt::Debug;

use senim_drivers::ccnet::codec as ccnet_codec;
use senim_drivers::escpos::codec as escpos_codec;

/// The largest piece pushed at once; codecs with a bounded buffer promise to lose nothing of such pieces.
const PIECE_MAX: usize = 256;

/// A decoder under test.
pub trait Codec {
    type Token: PartialEq + Debug;

    fn push(&mut self, bytes: &[u8]);

    fn next(&mut self) -> Option<Self::Token>;

    /// The line fell silent: drops the beginning of what waits. False when nothing waits or the codec has no such word.
    fn give_up(&mut self) -> bool {
        false
    }

    /// Bytes kept once all tokens are taken.
    fn kept(&self) -> usize;

    /// The token's bytes on the wire, where an encoder can tell.
    fn written(token: &Self::Token) -> Option<Vec<u8>>;
}

/// Runs the checks. `kept_max` is the longest beginning of a frame.
pub fn check<C: Codec>(bytes: &[u8], kept_max: usize, new: impl Fn() -> C) {
    let Some((how, stream)) = bytes.split_first() else { return };
    let whole = tokens(&mut new(), stream.chunks(PIECE_MAX), kept_max);
    let cut_up = tokens(&mut new(), pieces(stream, *how), kept_max);
    assert_eq!(whole, cut_up, "a cut changes what is read");
    let mut rest = stream;
    for token in &whole {
        let Some(written) = C::written(token) else { continue };
        let Some(at) = rest.windows(written.len()).position(|window| window == written) else {
            panic!("{token:?} was read, and {written:02x?} is not in what is left: {rest:02x?}");
        };
        rest = &rest[at + written.len()..];
    }
}

fn tokens<'a, C: Codec>(
    decoder: &mut C,
    pieces: impl Iterator<Item = &'a [u8]>,
    kept_max: usize,
) -> Vec<C::Token> {
    let mut found = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        found.extend(std::iter::from_fn(|| decoder.next()));
    }
    let kept = decoder.kept();
    assert!(kept <= kept_max, "{kept} bytes are kept");
    for left in (0..=kept_max).rev() {
        if !decoder.give_up() {
            break;
        }
        assert!(left > 0, "giving up does not end");
        found.extend(std::iter::from_fn(|| decoder.next()));
    }
    found
}

/// Cuts by equal pieces up to 127 bytes, or by pieces whose lengths differ.
fn pieces(stream: &[u8], how: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = stream;
    let mut turn = u32::from(how);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let length = if how < 0x80 {
            usize::from(how).max(1)
        } else {
            turn = turn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(turn >> 27).unwrap() + 1
        };
        let (piece, left) = rest.split_at(length.min(rest.len()));
        rest = left;
        Some(piece)
    })
}

/// Elements of the list that a derived `Debug` shows as `buffer: […]`: the buffers themselves are private.
pub fn buffered(decoder: &impl Debug) -> usize {
    let shown = format!("{decoder:?}");
    let list = shown.split_once("buffer: [").expect("a decoder with a buffer").1.split_once(']').unwrap().0;
    if list.is_empty() { 0 } else { list.split(',').count() }
}

struct Ccnet(ccnet_codec::Decoder);

impl Codec for Ccnet {
    type Token = ccnet_codec::Token;

    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.0.next_token()
    }

    fn give_up(&mut self) -> bool {
        self.0.cut();
        self.0.is_partial()
    }

    fn kept(&self) -> usize {
        buffered(&self.0)
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        match token {
            ccnet_codec::Token::Data(data) => Some(ccnet_codec::frame(3, data)),
            ccnet_codec::Token::Damaged => None,
        }
    }
}

/// CCNET at the address of a bill validator.
pub fn ccnet(bytes: &[u8]) {
    check(bytes, 254, || Ccnet(ccnet_codec::Decoder::new(3)));
}

struct EscPos {
    decoder: escpos_codec::Decoder,
    awaited: escpos_codec::Awaited,
}

impl Codec for EscPos {
    type Token = escpos_codec::Answer;

    fn push(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
    }

    fn next(&mut self) -> Option<Self::Token> {
        self.decoder.next_answer(self.awaited)
    }

    fn kept(&self) -> usize {
        buffered(&self.decoder)
    }

    fn written(token: &Self::Token) -> Option<Vec<u8>> {
        use escpos_codec::Answer;
        Some(match token {
            Answer::RealTime(byte) | Answer::Buffered(byte) => vec![*byte],
            Answer::Name(name) => [&[0x5F], name.as_bytes(), &[0]].concat(),
            Answer::Process(id) => [&[0x37, 0x22], id.as_slice(), &[0]].concat(),
        })
    }
}

/// Answers of an ESC/POS printer, under each of the questions.
pub fn escpos(bytes: &[u8]) {
    use escpos_codec::Awaited;
    for awaited in [Awaited::RealTime, Awaited::Name, Awaited::Fence] {
        check(bytes, 80, || EscPos { decoder: escpos_codec::Decoder::default(), awaited });
    }
}
