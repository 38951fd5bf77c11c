//! The certificate is renewed under a running terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use senim_domain::UtcMillis;
use senim_journal::Identity;
use senim_operation::Body;
use senim_operation::jws::{self, PublicJwk};
use senim_operation::signer::{KeyError, RamKey, Signer};
use senim_rig::mfo::staff;
use senim_rig::{World, WorldOptions, invariants};
use senim_runtime::Input;

/// A key of the same terminal with a certificate of its own, in a store that can be away.
struct Token {
    key: RamKey,
    away: Arc<AtomicBool>,
}

impl Signer for Token {
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(KeyError::Store("the token is not there; plug it in again".into()));
        }
        self.key.sign(message)
    }

    fn public_jwk(&self) -> PublicJwk {
        self.key.public_jwk()
    }
}

fn renewed(world: &World) -> (Identity, Arc<AtomicBool>, String) {
    let (pkcs8, x5c) = world.mfo.certify(&"t-1".parse().unwrap(), world.utc());
    let key = RamKey::from_pkcs8(pkcs8.expose()).unwrap();
    let (away, kid) = (Arc::new(AtomicBool::new(false)), key.public_jwk().thumbprint());
    let signer = Box::new(Token { key, away: Arc::clone(&away) });
    (Identity { signer, x5c }, away, kid)
}

fn renews(world: &mut World, identity: Identity) {
    let at = world.utc();
    world.input(Input::IdentityRenewed { identity, at, ends: UtcMillis(i64::MAX) });
}

/// Who certified the epochs, in order.
fn epochs(world: &World) -> Vec<String> {
    let rows = world.rows();
    let epochs = rows.iter().filter(|row| row.envelope.is_key_epoch());
    epochs.map(|row| jws::split(&row.compact).unwrap().header.kid).collect()
}

#[test]
fn a_renewed_identity_begins_an_epoch_at_once_when_nobody_is_there() {
    let mut world = World::new(WorldOptions::default());
    world.settle();
    let before = epochs(&world);
    let (identity, _, kid) = renewed(&world);
    renews(&mut world, identity);
    assert!(world.run_until(10_000, |world| epochs(world).len() == before.len() + 1));
    assert_eq!(epochs(&world).last(), Some(&kid));
    world.visit();
    invariants::all(&world);
}

#[test]
fn a_renewed_identity_waits_for_the_end_of_business_under_way() {
    let mut world = World::new(WorldOptions::default());
    world.settle();
    let before = epochs(&world).len();
    world.borrower = true;
    assert!(world.run_until(900_000, |world| world.count("PayoutIntended") == 1));
    let (identity, _, kid) = renewed(&world);
    renews(&mut world, identity);
    world.visit();
    invariants::all(&world);
    assert!(world.run_until(60_000, |world| epochs(world).len() == before + 1));
    assert_eq!(epochs(&world).last(), Some(&kid));
    let ended = world.bodies().iter().position(|body| matches!(body, Body::PayoutEnded(_))).unwrap();
    let renewed = world.rows().iter().rposition(|row| row.envelope.is_key_epoch()).unwrap();
    assert!(ended < renewed, "the payout kept its epoch");
}

#[test]
fn a_token_that_is_away_costs_the_new_epoch_a_minute_and_no_business() {
    let mut world = World::new(WorldOptions::default());
    world.settle();
    let before = epochs(&world).len();
    let (identity, away, kid) = renewed(&world);
    away.store(true, Ordering::SeqCst);
    renews(&mut world, identity);
    world.run_until(30_000, |_| false);
    assert_eq!(epochs(&world).len(), before);
    world.visit();
    assert_eq!(world.count("PayoutEnded"), 1, "the journal key in RAM goes on");
    away.store(false, Ordering::SeqCst);
    assert!(world.run_until(120_000, |world| epochs(world).len() == before + 1));
    assert_eq!(epochs(&world).last(), Some(&kid));
    world.settle();
    invariants::all(&world);
}

#[test]
fn no_epoch_begins_under_a_certificate_that_has_ended_and_a_restart_finds_its_way_back_all_the_same() {
    let mut world = World::new(WorldOptions { certificate_days: Some(1), ..WorldOptions::default() });
    world.settle();
    let before = epochs(&world).len();
    world.away = true;
    world.run_until(2 * 86_400_000, |_| false);
    assert_eq!(epochs(&world).len(), before, "the key before goes on");
    world.kill();
    world.pass(1_000);
    world.start(None);
    world.run_until(60_000, |_| false);
    assert_eq!(epochs(&world).len(), before + 1, "no clock is vouched for at a start");
    world.away = false;
    let code = world.mfo.gateway.enrolment_code(&world.terminal, &staff(), 3_600, world.utc()).unwrap().0;
    let first = world.rows().len() as u64;
    assert!(world.run_until(900_000, |world| world.kernel().acked_seq().is_none_or(|seq| seq < first)));
    world.enrol(&code);
    assert!(world.run_until(60_000, |world| world.kernel().acked_seq().is_some_and(|seq| seq + 1 >= first)));
    world.settle();
    invariants::all(&world);
}
