//! Doubles of keys: as long as real ones, believed only in their own worlds, and the same in every run.

use senim_operation::ChainVerifier;
use senim_operation::attachment::MfoSealer;
use senim_operation::jws::verify_raw;
use senim_operation::signer::{RamKey, Sealer as _, Signer, Verifier as _};
use senim_rig::keys::{Double, DoublesToo};
use senim_rig::mfo::{Mfo, pack};
use senim_rig::{World, WorldOptions};

fn visited(mfo: Mfo) -> World {
    let mut world = World::with(WorldOptions::default(), mfo);
    world.visit();
    world
}

#[test]
fn a_world_of_doubles_is_the_same_byte_for_byte_and_as_long_as_one_of_real_keys() {
    let rows = |world: &World| world.rows().into_iter().map(|row| row.compact).collect::<Vec<_>>();
    let (one, other) = (visited(Mfo::of_doubles(pack())), visited(Mfo::of_doubles(pack())));
    assert_eq!(rows(&one), rows(&other));
    assert!(one.count("PayoutEnded") == 1 && rows(&one).len() > 20);

    let real = visited(Mfo::with(pack()));
    assert_ne!(rows(&one), rows(&real));
    for (double, real) in one.rows().iter().zip(real.rows()) {
        assert_eq!(double.envelope.kind, real.envelope.kind);
        // A certificate's own signature is a few bytes longer or shorter each time.
        if !double.envelope.is_key_epoch() {
            assert_eq!(double.compact.len(), real.compact.len(), "{}", double.envelope.kind);
        }
    }
}

#[test]
fn a_chain_of_doubles_is_believed_by_its_own_world_alone_and_a_changed_one_nowhere() {
    let world = visited(Mfo::of_doubles(pack()));
    let rows = world.rows();
    let judge = |trust: senim_operation::trust::Trust, change: bool| {
        let mut chain = ChainVerifier::new(world.terminal.clone(), trust.into());
        let last = rows.len() - 1;
        rows.iter().enumerate().try_for_each(|(place, row)| {
            let end = row.compact.len() - 2;
            let changed = format!("{}AA", &row.compact[..end]);
            chain.accept(if change && place == last { &changed } else { &row.compact }).map(drop)
        })
    };
    let own = (*world.mfo.trust).clone();
    judge(own.clone(), false).unwrap();
    assert_eq!(judge(own, true).unwrap_err().code(), "badSignature");
    let as_programs_have_it = world.mfo.trust_of_programs();
    assert_eq!(judge(as_programs_have_it, false).unwrap_err().code(), "badSignature");
}

#[test]
fn real_keys_are_judged_in_a_world_of_doubles_as_everywhere() {
    let (key, _) = RamKey::generate().unwrap();
    let (public, signature) = (key.public_jwk(), key.sign(b"message").unwrap());
    assert!(DoublesToo.verify(&public, b"message", &signature).is_ok());
    assert!(DoublesToo.verify(&public, b"massage", &signature).is_err());
    let double = Double::named("somebody");
    let (public, signature) = (double.public_jwk(), double.sign(b"message").unwrap());
    assert!(DoublesToo.verify(&public, b"message", &signature).is_ok());
    assert!(DoublesToo.verify(&public, b"massage", &signature).is_err());
    assert!(verify_raw(&public, b"message", &signature).is_err());
    assert_ne!(public, Double::named("somebody else").public_jwk());
}

#[test]
fn what_a_double_seals_opens_as_what_any_terminal_seals() {
    let (opener, _) = senim_operation::attachment::Opener::generate().unwrap();
    let sealer = senim_rig::keys::sealer_of_doubles(&opener.public_jwk(), 1);
    let plain = b"900514300002".repeat(30);
    let jwe = sealer.seal(&plain).unwrap();
    assert_eq!(jwe.len(), MfoSealer::new(opener.public_jwk()).seal(&plain).unwrap().len());
    assert_eq!(opener.open(&jwe).unwrap().expose(), plain);
    assert_ne!(sealer.seal(&plain).unwrap(), jwe);
    let place = jwe.len() - 40;
    let other = if jwe.as_bytes()[place] == b'A' { "B" } else { "A" };
    assert!(opener.open(&format!("{}{other}{}", &jwe[..place], &jwe[place + 1..])).is_err());
}
