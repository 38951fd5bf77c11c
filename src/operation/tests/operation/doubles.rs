//! Doubles of keys: as long as real ones, and believed only where the feature is on.

use senim_operation::jws::{self, PublicJwk};

#[cfg(feature = "doubles")]
mod with_the_feature {
    use senim_domain::SecretBytes;
    use senim_operation::attachment::MfoSealer;
    use senim_operation::body::{LoginRequested, TerminalStopped};
    use senim_operation::chain::ChainVerifier;
    use senim_operation::envelope::{self, Draft};
    use senim_operation::signer::{DeterministicKeyMaker, DeterministicSealer, KeyMaker as _, Sealer as _};

    use crate::fixture::{Mfo, Terminal};

    #[test]
    fn a_chain_of_doubles_is_as_long_as_a_real_one_verifies_and_repeats() {
        let mfo = Mfo::new("a");
        let draft = Draft::new(TerminalStopped { reason: "x".into() });
        let mut real = Terminal::new(&mfo, "almaty-01");
        let length = real.append(&draft).compact.len();
        let write = || {
            let mut writer = Terminal::new(&mfo, "almaty-01");
            writer.begin_epoch_with(DeterministicKeyMaker::new(7).make().unwrap());
            writer.append(&draft);
            writer
        };
        let (one, other) = (write(), write());
        let mut chain = ChainVerifier::new(one.name.clone(), mfo.trust.clone());
        for row in &one.rows {
            chain.accept(&row.compact).unwrap();
        }
        assert_eq!(one.rows[2].compact.len(), length);
        // The identity's signatures stay random; everything by the double is the same given the same row before.
        assert_eq!(
            one.rows[1].envelope.public, other.rows[1].envelope.public,
            "the same seed makes the same key and proof"
        );
        let last = one.rows[2].compact.clone();
        let changed = format!("{}AA", &last[..last.len() - 2]);
        let mut chain = ChainVerifier::new(one.name.clone(), mfo.trust.clone());
        chain.accept(&one.rows[0].compact).unwrap();
        chain.accept(&one.rows[1].compact).unwrap();
        assert_eq!(chain.accept(&changed).unwrap_err().code(), "badSignature");
    }

    #[test]
    fn different_seeds_and_numbers_make_different_keys() {
        let maker = DeterministicKeyMaker::new(1);
        let keys = [maker.make(), maker.make(), DeterministicKeyMaker::new(2).make()];
        let kids: std::collections::BTreeSet<String> =
            keys.into_iter().map(|key| key.unwrap().public_jwk().thumbprint()).collect();
        assert_eq!(kids.len(), 3);
    }

    #[test]
    fn the_usual_opener_opens_what_a_double_sealed() {
        let mfo = Mfo::new("a");
        let sealer = DeterministicSealer::new(1, mfo.opener.public_jwk()).unwrap();
        let real = MfoSealer::new(mfo.opener.public_jwk());
        let plain = b"900514300002".repeat(30);
        let jwe = sealer.seal(&plain).unwrap();
        assert_eq!(jwe.len(), real.seal(&plain).unwrap().len());
        assert_eq!(mfo.opener.open(&jwe).unwrap().expose(), plain);
        assert!(!jwe.contains("OTAwNTE0MzAwMDAy"), "the plaintext stands there in base64");
        let place = jwe.len() - 40;
        let other = if jwe.as_bytes()[place] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &jwe[..place], &jwe[place + 1..]);
        assert!(mfo.opener.open(&changed).is_err());
        assert_ne!(sealer.seal(&plain).unwrap(), jwe);

        let writer = Terminal::new(&mfo, "almaty-01");
        let prev = writer.head();
        let draft = Draft::new(LoginRequested {}).with_attachment(SecretBytes::new(plain.clone()));
        let context = writer.context(&prev);
        let (_, jwe) = envelope::build(&context, &draft, &sealer, writer.journal_key.as_ref(), None).unwrap();
        assert_eq!(mfo.opener.open(&jwe.unwrap()).unwrap().expose(), plain);
    }
}

#[test]
fn only_a_build_with_the_feature_believes_a_double() {
    let mut point = vec![4];
    point.extend_from_slice(b"senim-double");
    point.extend_from_slice(&[0; 52]);
    let key = PublicJwk::from_sec1(&point).unwrap();
    let mut text = point.clone();
    text.extend_from_slice(&jws::sha256(b"message"));
    let first = jws::sha256(&text);
    let signature: [u8; 64] = [first, jws::sha256(&first)].concat().try_into().unwrap();
    assert_eq!(jws::verify_raw(&key, b"message", &signature).is_ok(), cfg!(feature = "doubles"));
    assert!(jws::verify_raw(&key, b"massage", &signature).is_err());
}
