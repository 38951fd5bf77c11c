//! One-time codes, renewal and revocation: who gets a certificate, and when it stops counting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use senim_domain::{Secret, TerminalId, UtcMillis};
use senim_gateway_core::enrolment::{CertificateAuthority, EnrolmentError, Issuance, Issued};
use senim_gateway_core::store::{Collection, Store as _};
use senim_gateway_core::{Actor, Gateway, GatewayError, Refusal};
use senim_operation::Draft;
use senim_operation::body::TerminalStopped;
use senim_operation::jws::PublicJwk;
use senim_operation::signer::{KeyError, RamKey, Signer as _};

use crate::support::{Rig, Terminal, started};

const HOUR: u32 = 3600;

/// Counts instead of signing.
#[derive(Default)]
struct Counting(AtomicU64);

impl CertificateAuthority for Counting {
    fn certify(&self, terminal: &TerminalId, key: &PublicJwk, now: UtcMillis) -> Result<Issued, KeyError> {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Issued {
            serial: format!("c{n}"),
            der: format!("{terminal} {} {n}", key.thumbprint()).into_bytes(),
            not_before: now,
            not_after: UtcMillis(now.0 + 1000),
        })
    }
}

struct Desk {
    gateway: Gateway,
    store: Arc<senim_gateway_core::MemoryStore>,
    now: UtcMillis,
    terminal: TerminalId,
}

impl Desk {
    fn new() -> Self {
        let Rig { gateway, store, now, .. } = Rig::new();
        let gateway = gateway.with_authority(Box::<Counting>::default());
        Self { gateway, store, now, terminal: "t-9".parse().unwrap() }
    }

    fn code(&self) -> Secret {
        self.gateway.enrolment_code(&self.terminal, &actor(), HOUR, self.now).unwrap().0
    }

    fn enrol(&self, code: &Secret, key: &PublicJwk) -> Result<Issued, EnrolmentError> {
        self.gateway.enrol_by_code(&self.terminal, code, key, self.now)
    }

    fn later(&mut self, seconds: i64) {
        self.now = UtcMillis(self.now.0 + seconds * 1000);
    }

    /// What Dana did, in order.
    fn acts(&self) -> Vec<String> {
        let trail = self.gateway.trail(UtcMillis(0), None, 100).unwrap();
        assert!(trail.broken.is_empty());
        let hers = trail.acts.into_iter().rev().filter(|act| act.record.actor.person() == "Dana");
        hers.map(|act| act.record.act).collect()
    }
}

fn actor() -> Actor {
    Actor::new("Dana", "new terminal").unwrap()
}

fn key() -> PublicJwk {
    RamKey::generate().unwrap().0.public_jwk()
}

fn wrong() -> Secret {
    Secret::new("0000000000000000".into())
}

#[test]
fn a_code_enrols_its_name_once_and_the_trail_says_who_allowed_it() {
    let mut desk = Desk::new();
    let code = desk.code();
    assert_eq!(code.expose().len(), 16);
    desk.later(1);
    let key = key();
    let issued = desk.enrol(&code, &key).unwrap();
    assert_eq!(desk.acts(), ["enrol", "enrolmentCode", "enrolled"]);
    let records = desk.gateway.certificates(&desk.terminal).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].0.as_str(), records[0].1.how), (issued.serial.as_str(), Issuance::Code));
    assert_eq!(records[0].1.key, key.thumbprint());
    assert!(desk.gateway.terminal(&desk.terminal).unwrap().is_some());
}

#[test]
fn the_answer_to_a_used_code_is_repeated_for_its_key_and_for_no_other() {
    let desk = Desk::new();
    let (code, ours) = (desk.code(), key());
    let first = desk.enrol(&code, &ours).unwrap();
    assert_eq!(desk.enrol(&code, &ours).unwrap(), first, "the first answer may have been lost");
    assert!(matches!(desk.enrol(&code, &key()), Err(EnrolmentError::WrongCode)));
    assert_eq!(desk.gateway.certificates(&desk.terminal).unwrap().len(), 1);
}

#[test]
fn a_code_enrols_no_other_name() {
    let mut desk = Desk::new();
    let code = desk.code();
    desk.terminal = "t-8".parse().unwrap();
    assert!(matches!(desk.enrol(&code, &key()), Err(EnrolmentError::WrongCode)), "no code of its own");
    let _own = desk.code();
    assert!(matches!(desk.enrol(&code, &key()), Err(EnrolmentError::WrongCode)), "another one of its own");
}

#[test]
fn a_code_ends_and_is_ended_by_the_next_one() {
    let mut desk = Desk::new();
    let first = desk.code();
    let second = desk.code();
    assert!(matches!(desk.enrol(&first, &key()), Err(EnrolmentError::WrongCode)));
    desk.later(i64::from(HOUR));
    assert!(matches!(desk.enrol(&second, &key()), Err(EnrolmentError::WrongCode)));
}

#[test]
fn wrong_codes_lock_the_name_longer_and_longer_even_for_the_right_one() {
    let mut desk = Desk::new();
    let code = desk.code();
    for lock in [60, 120, 240] {
        for _ in 0..3 {
            match desk.enrol(&wrong(), &key()) {
                Err(EnrolmentError::WrongCode) => {}
                Err(EnrolmentError::Locked { .. }) => break,
                other => panic!("{other:?}"),
            }
        }
        let Err(EnrolmentError::Locked { retry_seconds }) = desk.enrol(&code, &key()) else {
            panic!("not locked");
        };
        assert!((lock..=lock + 1).contains(&retry_seconds), "{retry_seconds}");
        desk.later(i64::from(retry_seconds));
    }
    assert!(desk.enrol(&code, &key()).is_ok(), "the lock is over");
}

#[test]
fn a_new_code_of_the_staff_unlocks_the_name() {
    let desk = Desk::new();
    let _ = desk.code();
    for _ in 0..3 {
        let _ = desk.enrol(&wrong(), &key());
    }
    assert!(matches!(desk.enrol(&wrong(), &key()), Err(EnrolmentError::Locked { .. })));
    assert!(desk.enrol(&desk.code(), &key()).is_ok());
}

#[test]
fn the_store_does_not_know_the_code() {
    let desk = Desk::new();
    let code = desk.code();
    let document = desk.store.document(Collection::EnrolmentCode, "t-9").unwrap().unwrap();
    assert!(!document.json.contains(code.expose()));
}

#[test]
fn senseless_lives_and_reserved_names_get_no_code() {
    let desk = Desk::new();
    let ask = |name: &str, life| {
        desk.gateway.enrolment_code(&name.parse().unwrap(), &actor(), life, desk.now).unwrap_err()
    };
    for error in [ask("t-9", 59), ask("t-9", 8 * 86_400), ask("senim-gateway", HOUR)] {
        assert!(matches!(error, GatewayError::Refused(Refusal::BadDirective(_))), "{error}");
    }
}

#[test]
fn a_certificate_renews_itself_until_it_is_revoked() {
    let mut desk = Desk::new();
    let first = desk.enrol(&desk.code(), &key()).unwrap();
    desk.later(10);
    let second = desk.gateway.renew_certificate(&desk.terminal, &first.serial, &key(), desk.now).unwrap();
    assert_ne!(first.serial, second.serial);
    desk.later(10);
    desk.gateway.revoke(&desk.terminal, Some(&first.serial), &actor(), desk.now).unwrap();
    let renew = |serial: &str| desk.gateway.renew_certificate(&desk.terminal, serial, &key(), desk.now);
    assert!(matches!(renew(&first.serial), Err(EnrolmentError::Revoked)));
    assert!(renew(&second.serial).is_ok());
    let unknown = desk.gateway.revoke(&desk.terminal, Some("beef"), &actor(), desk.now).unwrap_err();
    assert!(matches!(unknown, GatewayError::Refused(Refusal::BadDirective(_))));
}

#[test]
fn revoking_a_terminal_ends_all_that_it_has_and_a_new_code_begins_anew() {
    let mut desk = Desk::new();
    let first = desk.enrol(&desk.code(), &key()).unwrap();
    let open = desk.code();
    desk.later(10);
    let revoked_at = desk.now;
    desk.gateway.revoke(&desk.terminal, None, &actor(), desk.now).unwrap();
    let since = |serial: &str| desk.gateway.revoked_since(&desk.terminal, serial).unwrap();
    assert_eq!(since(&first.serial), Some(revoked_at));
    assert_eq!(since("made-before-there-were-records"), Some(revoked_at));
    assert!(matches!(desk.enrol(&open, &key()), Err(EnrolmentError::WrongCode)), "its code ended too");
    desk.later(10);
    let again = desk.enrol(&desk.code(), &key()).unwrap();
    assert_eq!(desk.gateway.revoked_since(&desk.terminal, &again.serial).unwrap(), None);
    assert_eq!(desk.gateway.revoked_since(&desk.terminal, &first.serial).unwrap(), Some(revoked_at));
    assert_eq!(desk.acts().iter().filter(|act| *act == "revoked").count(), 1);
}

#[test]
fn a_stranger_is_not_renewed_and_cannot_be_revoked() {
    let desk = Desk::new();
    let renewed = desk.gateway.renew_certificate(&desk.terminal, "c1", &key(), desk.now).unwrap_err();
    assert!(matches!(renewed, EnrolmentError::Gateway(GatewayError::Refused(Refusal::NotEnrolled))));
    let revoked = desk.gateway.revoke(&desk.terminal, None, &actor(), desk.now).unwrap_err();
    assert!(matches!(revoked, GatewayError::Refused(Refusal::NotEnrolled)));
}

#[test]
fn a_quarantined_terminal_gets_neither_a_renewal_nor_a_certificate_by_code() {
    let mut rig = started();
    let mut forked = Terminal::new(&rig.ca, &rig.terminal.id, rig.seal, rig.terminal.profile);
    let row = forked.begin_epoch(rig.now);
    assert!(matches!(rig.send(&[row]).refusal, Some(Refusal::Fork { .. })));
    rig.later(1);
    let Rig { gateway, terminal, now, .. } = rig;
    let gateway = gateway.with_authority(Box::<Counting>::default());
    let refused = gateway.renew_certificate(&terminal.id, "c1", &key(), now).unwrap_err();
    assert!(matches!(refused, EnrolmentError::Gateway(GatewayError::Refused(Refusal::Quarantined))));
    let (code, _) = gateway.enrolment_code(&terminal.id, &actor(), HOUR, now).unwrap();
    let refused = gateway.enrol_by_code(&terminal.id, &code, &key(), now).unwrap_err();
    assert!(matches!(refused, EnrolmentError::Gateway(GatewayError::Refused(Refusal::Quarantined))));
}

#[test]
fn a_gateway_without_a_ca_certifies_nobody() {
    let rig = Rig::new();
    let (code, _) = rig.gateway.enrolment_code(&rig.terminal.id, &actor(), HOUR, rig.now).unwrap();
    let refused = rig.gateway.enrol_by_code(&rig.terminal.id, &code, &key(), rig.now).unwrap_err();
    assert!(matches!(refused, EnrolmentError::NoAuthority));
}

#[test]
fn rows_of_an_epoch_from_before_the_revocation_count_and_a_later_epoch_does_not() {
    let mut rig = started();
    let stopped =
        |rig: &mut Rig| rig.terminal.write(Draft::new(TerminalStopped { reason: "x".into() }), rig.now).0;
    // Written before, and sent only afterwards.
    rig.later(10);
    let (epoch, row) = (rig.terminal.begin_epoch(rig.now), stopped(&mut rig));
    rig.later(10);
    rig.gateway.revoke(&rig.terminal.id, None, &actor(), rig.now).unwrap();
    let reply = rig.send(&[epoch, row]);
    assert_eq!((reply.refusal, reply.acked.unwrap().seq), (None, 2));
    rig.later(10);
    let (row, epoch) = (stopped(&mut rig), rig.terminal.begin_epoch(rig.now));
    let reply = rig.send(&[row, epoch]);
    assert_eq!(reply.refusal, Some(Refusal::BadRow { seq: Some(4), code: "revoked" }));
    assert_eq!(reply.acked.unwrap().seq, 3);
    let record = rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap();
    assert_eq!(record.key.unwrap().0, 1, "the epoch before is the current one");
    assert!(record.quarantined.is_some());
}
