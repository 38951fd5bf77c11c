//! Keys for sealing: rotated with overlap, revoked, sent to every terminal; what was sealed to a former key still opens.

use senim_domain::UtcMillis;
use senim_operation::attachment::Opener;
use senim_operation::message::{MessageBody, open_message};
use senim_operation::seal_keys::{SealKey, newest};

use crate::support::{Rig, staff, started};

const DAY: i64 = 86_400_000;

fn new_key() -> senim_operation::jws::PublicJwk {
    Opener::generate().unwrap().0.public_jwk()
}

/// The lists in the terminal's inbox, oldest first.
fn sent(rig: &Rig) -> Vec<Vec<SealKey>> {
    let (items, _) = rig.gateway.inbox(&rig.terminal.id, 0, rig.now).unwrap();
    let messages = items.iter().map(|item| open_message(&item.jws, &rig.trust, &rig.terminal.id).unwrap());
    messages
        .filter_map(|message| match message.body {
            MessageBody::SealKeys { keys } => Some(keys),
            _ => None,
        })
        .collect()
}

#[test]
fn a_new_key_is_sent_to_every_terminal_and_the_former_one_ends_after_the_overlap() {
    let rig = started();
    assert!(rig.gateway.seal_keys().unwrap().is_empty());
    let new = new_key();
    let keys = rig.gateway.rotate_seal_key(rig.seal, new, (400, 30), &staff(), rig.now).unwrap();
    assert_eq!(sent(&rig), std::slice::from_ref(&keys));
    let at = |days: i64| newest(&keys, UtcMillis(rig.now.0 + days * DAY)).map(|key| key.jwk);
    assert_eq!((at(0), at(399), at(400)), (Some(new), Some(new), None));
    assert_eq!(keys[0].not_after, UtcMillis(rig.now.0 + 30 * DAY));
    // Enrolled later, told the same.
    let other = rig.second_terminal("t-2");
    let (items, _) = rig.gateway.inbox(&other.id, 0, rig.now).unwrap();
    let kinds = items.iter().map(|item| open_message(&item.jws, &rig.trust, &other.id).unwrap().body);
    assert!(kinds.into_iter().any(|body| body == MessageBody::SealKeys { keys: keys.clone() }));
}

#[test]
fn a_revoked_key_is_said_so_and_the_last_one_is_not_revoked() {
    let rig = started();
    let new = new_key();
    rig.gateway.rotate_seal_key(rig.seal, new, (400, 30), &staff(), rig.now).unwrap();
    let keys = rig.gateway.revoke_seal_key(&new.thumbprint(), &staff(), rig.now).unwrap();
    assert_eq!(newest(&keys, rig.now).map(|key| key.jwk), Some(rig.seal));
    assert!(rig.gateway.revoke_seal_key(&rig.seal.thumbprint(), &staff(), rig.now).is_err());
    assert!(rig.gateway.revoke_seal_key("unknown", &staff(), rig.now).is_err());
    assert!(rig.gateway.rotate_seal_key(rig.seal, new_key(), (30, 30), &staff(), rig.now).is_err());
    assert_eq!(sent(&rig).len(), 2);
    let acts = rig.gateway.trail(UtcMillis(0), None, 50).unwrap().acts;
    let acts: Vec<_> = acts.iter().map(|act| act.record.act.as_str()).collect();
    assert_eq!(acts[..2], ["sealKeyRevoke", "sealKeyRotate"]);
}
