//! BER-TLV and the chaining of one command's APDUs.

use senim_cards::apdu::Command;
use senim_cards::exchange::{Exchange, Limits, Progress, RESPONSE_MAX};
use senim_cards::tlv::{Tag, elements, encode, find, header};
use senim_domain::SecretBytes;

use super::{byte, item};

/// Data objects lie in the bytes one behind the other, and what is written is read back.
pub fn tlv(bytes: &[u8]) {
    if let Ok(header) = header(bytes) {
        assert!(header.header_len <= bytes.len() && header.value_len < 1 << 24, "{header:?}");
    }
    let mut rest = bytes.len();
    let mut path = Vec::new();
    for element in elements(bytes) {
        let Ok(element) = element else { break };
        rest = rest.checked_sub(element.whole.len()).expect("objects do not overlap");
        assert!(element.whole.ends_with(element.value));
        let again = encode(element.tag, element.value);
        assert!(again.len() <= element.whole.len(), "{element:?} can be written shorter than it stands");
        let read = elements(&again).next().expect("an object").expect("a good one");
        assert_eq!((read.tag, read.value, read.whole), (element.tag, element.value, again.as_slice()));
        assert_eq!(element.tag.is_constructed(), element.whole[0] & 0x20 != 0);
        path.push(element.tag);
        for inner in elements(element.value).map_while(Result::ok) {
            let found = find(bytes, &[element.tag, inner.tag]);
            // The first of its tag counts, which may be another one.
            assert!(
                found.is_err() || found.is_ok_and(|found| found.is_some()) || path.contains(&element.tag)
            );
        }
    }
    if let Some(first) = path.first() {
        assert!(find(bytes, &[*first]).expect("the first is good").is_some());
    }
    let _ = find(bytes, &path);
    let _ = find(bytes, &[Tag(0x30), Tag(0xA0), Tag(0x30)]);
}

/// One command and any answers: it ends, nothing is handed out that the reader does not take, a command without an expected
/// answer goes once, and the answer stays bounded.
pub fn exchange(bytes: &[u8]) {
    let mut rest = bytes;
    let (Some(choice), Some(size)) = (byte(&mut rest), byte(&mut rest)) else { return };
    let max_command = [261, 60, 2_000, 65_544][usize::from(choice & 3)];
    let max_response = [258, 20, 2_000, 65_538][usize::from(choice >> 2 & 3)];
    let limits = Limits { max_command, max_response, extended: choice & 0x10 != 0 };
    let ne = [0, 1, 256, 65_536][usize::from(choice >> 5 & 3)];
    let data = vec![0x5A; usize::from(size) * if choice & 0x80 == 0 { 1 } else { 40 }];
    let whole = data.len();
    let command = Command::new(0x00, 0x20, 0x00, 0x80).with_data(SecretBytes::new(data)).expecting(ne);
    let mut exchange = Exchange::new(&command, &limits);
    assert!(matches!(exchange.handle_response(&[0x90, 0x00]), Progress::Failed(_)), "nothing was sent yet");
    let (mut carried, mut taken) = (0, 0);
    loop {
        let apdu = exchange.poll_command().expect("an APDU to carry");
        let apdu = apdu.expose();
        assert!(
            apdu.len() <= max_command.max(7),
            "{} bytes for a reader that takes {max_command}",
            apdu.len()
        );
        assert_eq!(exchange.poll_command(), None, "each is handed out once");
        carried += apdu.iter().skip(5).filter(|byte| **byte == 0x5A).count();
        if ne == 0 {
            assert!(carried <= whole, "data that may be a PIN goes twice");
        }
        let Some(answer) = item(&mut rest) else { return };
        taken += answer.len();
        match exchange.handle_response(answer) {
            Progress::More => {}
            Progress::Failed(_) => return,
            Progress::Done(response) => {
                let length = response.data.expose().len();
                assert!(length <= RESPONSE_MAX && length <= taken);
                return;
            }
        }
    }
}
