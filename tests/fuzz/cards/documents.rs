//! What stands on a travel document: its files, and the protected channel that they come through.

use senim_cards::apdu::Response;
use senim_cards::icao::cipher::{Cipher, Purpose, pad};
use senim_cards::icao::mrz::{Mrz, MrzKey};
use senim_cards::icao::pace::Variant;
use senim_cards::icao::secure_messaging::SecureMessaging;
use senim_cards::icao::{TrustList, Verdict, capabilities, lds, passive};
use senim_cards::tlv::{Tag, push};
use senim_domain::{Secret, UtcMillis};

use super::{byte, item};

/// 26.11.2026, within the validity of the fixture's certificates.
pub const NOW: UtcMillis = UtcMillis(1_795_651_200_000);
/// The emulated issuing state's authority and a document of it.
pub const AUTHORITY: &[u8] = include_bytes!("../fixtures/authority.der");
const DATA_GROUP_1: &[u8] = include_bytes!("../fixtures/dg1.bin");
const DATA_GROUP_2: &[u8] = include_bytes!("../fixtures/dg2.bin");

/// The fixture's authority, believed for its state.
pub fn trust() -> TrustList {
    let mut trust = TrustList::default();
    trust.add("KAZ", AUTHORITY).expect("an authority");
    trust
}

/// A machine-readable zone that is read has lines of its own characters and opens with its own key or none.
pub fn mrz(bytes: &[u8]) {
    if let Ok(mrz) = Mrz::parse(bytes) {
        assert!(bytes.len() == 88 || bytes.len() == 90);
        if let Ok(key) = MrzKey::new(&mrz.document_number, &mrz.birth_date, &mrz.expiry_date) {
            assert!(key.opens(&mrz));
        }
        for part in [&mrz.surname, &mrz.given_names] {
            assert!(part.expose().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' '));
        }
    }
    // What a person types.
    let typed = String::from_utf8_lossy(bytes);
    let mut parts = typed.split('\n').map(|part| Secret::new(part.to_owned()));
    if let (Some(number), Some(birth), Some(expiry)) = (parts.next(), parts.next(), parts.next()) {
        let _ = MrzKey::new(&number, &birth, &expiry);
        let _ = senim_cards::icao::mrz::AccessNumber::new(&birth);
    }
    let _ = lds::mrz(bytes);
}

/// Files that hold no signature, and answers to reset.
pub fn files(bytes: &[u8]) {
    let _ = lds::mrz(bytes);
    let _ = Variant::choose(bytes);
    let _ = capabilities::takes_extended(bytes);
}

/// EF.SOD, DG1, DG2 as items. Nothing but the issuer's own data groups is ever genuine.
pub fn passive(bytes: &[u8]) {
    let mut rest = bytes;
    let Some(security_object) = item(&mut rest) else { return };
    let one = item(&mut rest).unwrap_or_default();
    let two = item(&mut rest).unwrap_or_default();
    let verdict = passive::authenticate(security_object, &[(1, one), (2, two)], "KAZ", &trust(), NOW);
    if verdict == Ok(Verdict::Genuine) {
        assert!(one == DATA_GROUP_1 && two == DATA_GROUP_2, "data that nobody signed are genuine");
    }
    let other = passive::authenticate(security_object, &[(1, one), (2, two)], "D", &trust(), NOW);
    assert_ne!(other, Ok(Verdict::Genuine), "an authority vouches for another state");
}

/// Protected answers as items: a byte that says whether the right checksum is put behind the objects, then an item of
/// objects. Without the key no answer is taken.
pub fn secure_messaging(bytes: &[u8]) {
    let mut rest = bytes;
    let Some(choice) = byte(&mut rest) else { return };
    let cipher = [Cipher::TripleDes, Cipher::Aes128, Cipher::Aes192, Cipher::Aes256][usize::from(choice & 3)];
    let secret = [0x42; 32];
    let mut channel = SecureMessaging::new(cipher, &secret, &[]);
    let key = cipher.derive(&secret, Purpose::Mac);
    let mut counter = vec![0; cipher.block_len()];
    while let (Some(how), Some(objects)) = (byte(&mut rest), item(&mut rest)) {
        *counter.last_mut().unwrap() += 1;
        let mut data = objects.to_vec();
        let right = how & 1 == 0;
        if right {
            let message = pad(&[counter.as_slice(), objects].concat(), cipher.block_len());
            push(&mut data, Tag(0x8E), &cipher.mac(&key, &message).expect("whole blocks"));
        }
        data.extend([0x90, 0x00]);
        let response = Response::parse(&data).expect("two bytes are there");
        let opened = channel.open(&response);
        assert!(right || opened.is_err(), "an answer without the key is taken: {opened:?}");
        if let Ok(opened) = opened {
            assert!(opened.data.expose().len() < objects.len().max(1));
        }
        if counter.last() == Some(&0xFF) {
            return;
        }
    }
}
