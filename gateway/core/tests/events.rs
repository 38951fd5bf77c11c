//! Events: committed with their facts, numbered without gaps, brought at least once and in order per subject.

use std::sync::Mutex;

use senim_gateway_core::store::{Collection, Store as _, StoreError};
use senim_gateway_core::{Actor, Custody, Delivered, FeedPage, HookFault, Numbered, Webhook};
use senim_operation::Draft;
use senim_operation::body::*;

use crate::support::{PRINCIPAL, Rig, iin, started};

fn hooked() -> Rig {
    let rig = started();
    let custody = Custody { webhook: true, dead_after_days: 2, ..Custody::default() };
    Rig { gateway: rig.gateway.with_custody(custody), ..rig }
}

fn open_and_close_the_cabinet(rig: &mut Rig, times: usize) {
    for n in 0..times {
        rig.say(Draft::new(CabinetChanged { input: CabinetInput::SafeDoor, active: n % 2 == 0 }));
    }
}

/// A receiver that fails as it is told.
#[derive(Default)]
struct Receiver {
    taken: Mutex<Vec<Numbered>>,
    tried: Mutex<u32>,
    fault: Mutex<Option<HookFault>>,
    /// Only of this subject.
    fails_for: Mutex<Option<String>>,
}

impl Receiver {
    fn fails(&self, fault: Option<HookFault>, subject: Option<&str>) {
        *self.fault.lock().unwrap() = fault;
        *self.fails_for.lock().unwrap() = subject.map(str::to_owned);
    }
    fn numbers(&self) -> Vec<u64> {
        self.taken.lock().unwrap().iter().map(|taken| taken.n).collect()
    }
}

impl Webhook for Receiver {
    fn post(&self, id: &str, jws: &str) -> Result<(), HookFault> {
        *self.tried.lock().unwrap() += 1;
        let (header, payload) = decoded(jws);
        assert_eq!(header["typ"], "senim-event+jws");
        let event: Numbered = serde_json::from_value(payload).unwrap();
        assert_eq!(event.event.id.to_string(), id);
        let fault = self.fault.lock().unwrap().clone();
        let of_all = self.fails_for.lock().unwrap().clone();
        match fault {
            Some(fault) if of_all.is_none_or(|subject| subject == event.event.subject) => Err(fault),
            Some(_) | None => {
                self.taken.lock().unwrap().push(event);
                Ok(())
            }
        }
    }
}

fn decoded(jws: &str) -> (serde_json::Value, serde_json::Value) {
    use base64::Engine as _;
    let decode = |part: &str| {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let mut parts = jws.split('.');
    (decode(parts.next().unwrap()), decode(parts.next().unwrap()))
}

#[test]
fn a_payout_is_told_in_order_and_without_the_person() {
    let mut rig = hooked();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    let page = rig.gateway.feed(0, 500).unwrap();
    let text = serde_json::to_string(&page).unwrap();
    for kind in ["loanChanged", "payoutEnded", "operationCommitted"] {
        assert!(text.contains(kind), "{kind}: {text}");
    }
    let states = page.events.iter().filter(|told| told.event.subject == format!("loan/{loan}"));
    let states: Vec<String> = states.map(|told| serde_json::to_string(&told.event.body).unwrap()).collect();
    assert!(states[0].contains("agreed") && states[1].contains("concluded"), "{states:?}");
    assert!(states[2].contains("payoutEnded") && states[2].contains("10000000"), "{states:?}");
    for planted in [iin().as_str(), "Айгүл", "Серікбаева", "77011234567"] {
        assert!(!text.contains(planted), "{planted}");
    }
}

#[test]
fn a_fact_that_was_not_committed_is_not_told_and_one_that_was_is_told_once() {
    let mut rig = hooked();
    let (row, _) = rig
        .terminal
        .write(Draft::new(CabinetChanged { input: CabinetInput::SafeDoor, active: true }), rig.now);
    rig.store.fail_next_commit(StoreError::Unavailable("disk".into()));
    assert!(rig.gateway.intake(&rig.terminal.id, &[&row.compact], rig.now).is_err());
    assert!(rig.gateway.feed(0, 10).unwrap().events.is_empty());
    for _ in 0..3 {
        rig.send(std::slice::from_ref(&row));
    }
    assert_eq!(rig.gateway.feed(0, 10).unwrap().events.len(), 1);
}

#[test]
fn a_reader_that_goes_on_from_its_last_number_sees_every_event_once_in_order() {
    let mut rig = hooked();
    open_and_close_the_cabinet(&mut rig, 600);
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = rig.gateway.feed(after, 7).unwrap();
        if page.events.is_empty() {
            break;
        }
        assert!(page.events.len() <= 7);
        seen.extend(page.events.iter().map(|told| told.n));
        after = page.next;
    }
    assert_eq!(seen, (1..=600).collect::<Vec<u64>>());
    assert_eq!(rig.gateway.feed(600, 7).unwrap().next, 600);
}

#[test]
fn numbers_given_by_several_readers_at_once_are_dense_and_never_given_twice() {
    let mut rig = hooked();
    open_and_close_the_cabinet(&mut rig, 300);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut after = 0;
                while after < 300 {
                    let page = rig.gateway.feed(after, 50).unwrap();
                    let dense = page.events.iter().zip(after + 1..).all(|(told, n)| told.n == n);
                    assert!(dense);
                    after = page.next;
                }
            });
        }
    });
    let ids: std::collections::BTreeSet<_> =
        rig.gateway.feed(0, 500).unwrap().events.iter().map(|told| told.event.id).collect();
    assert_eq!(ids.len(), 300);
}

#[test]
fn another_nodes_numbering_in_between_costs_nothing() {
    let mut rig = hooked();
    open_and_close_the_cabinet(&mut rig, 3);
    rig.store.fail_next_commit(StoreError::Conflict("feed".into()));
    assert_eq!(rig.gateway.feed(0, 10).unwrap().events.len(), 3);
}

#[test]
fn events_are_taken_once_and_in_order() {
    let (mut rig, receiver) = (hooked(), Receiver::default());
    open_and_close_the_cabinet(&mut rig, 5);
    let round = rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap();
    assert_eq!(round, Delivered { taken: 5, waiting: 0, dead: 0 });
    assert_eq!(rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap().taken, 0);
    assert_eq!(receiver.numbers(), [1, 2, 3, 4, 5]);
}

#[test]
fn a_receiver_that_is_away_is_tried_again_with_growing_pauses_and_order_is_kept() {
    for fault in [HookFault::Away("silence".into()), HookFault::Status(500), HookFault::Status(404)] {
        let (mut rig, receiver) = (hooked(), Receiver::default());
        open_and_close_the_cabinet(&mut rig, 3);
        receiver.fails(Some(fault), None);
        let mut tries = Vec::new();
        for _ in 0..20 {
            rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap();
            tries.push(*receiver.tried.lock().unwrap());
            rig.later(1);
        }
        // At 0, after 2, then 4, then 8 seconds: one try each, since later events of the subject wait behind it.
        assert_eq!(tries[19], 4, "{tries:?}");
        receiver.fails(None, None);
        rig.later(3600);
        rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap();
        assert_eq!(receiver.numbers(), [1, 2, 3]);
    }
}

#[test]
fn a_subject_that_is_refused_holds_up_no_other() {
    let (mut rig, receiver) = (hooked(), Receiver::default());
    open_and_close_the_cabinet(&mut rig, 2);
    let (loan, _) = rig.conclude();
    receiver.fails(Some(HookFault::Status(422)), Some("terminal/t-1"));
    let round = rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap();
    assert!(round.taken >= 2 && round.waiting >= 2, "{round:?}");
    let taken = receiver.taken.lock().unwrap();
    assert!(taken.iter().all(|taken| taken.event.subject == format!("loan/{loan}")));
}

#[test]
fn what_is_not_taken_for_days_is_put_aside_visibly_and_can_be_tried_once_more() {
    let (mut rig, receiver) = (hooked(), Receiver::default());
    open_and_close_the_cabinet(&mut rig, 1);
    receiver.fails(Some(HookFault::Status(400)), None);
    rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap();
    rig.later(2 * 86_400 - 1);
    assert_eq!(rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap().dead, 0);
    rig.later(3600);
    assert_eq!(rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap().dead, 1);
    let dead = rig.gateway.dead_letters().unwrap();
    assert_eq!((dead[0].n, dead[0].attempts, dead[0].fault.contains("400")), (1, 3, true));
    receiver.fails(None, None);
    assert_eq!(rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap().taken, 0);
    let actor = Actor::new("Дана", "the receiver is mended").unwrap();
    rig.gateway.retry_dead_letter(&actor, 1, rig.now).unwrap();
    assert!(rig.gateway.retry_dead_letter(&actor, 1, rig.now).is_err());
    assert_eq!(rig.gateway.deliver_events(&receiver, "a", rig.now).unwrap().taken, 1);
    assert!(rig.gateway.dead_letters().unwrap().is_empty());
}

#[test]
fn a_node_that_dies_with_the_lease_is_replaced_and_two_never_deliver_at_once() {
    struct Dies<'a>(&'a Rig, &'a Receiver);
    impl Webhook for Dies<'_> {
        fn post(&self, _: &str, _: &str) -> Result<(), HookFault> {
            // While this one posts, another node comes by.
            let other = self.0.gateway.deliver_events(self.1, "b", self.0.now).unwrap();
            assert_eq!(other, Delivered::default());
            Ok(())
        }
    }
    let (mut rig, receiver) = (hooked(), Receiver::default());
    open_and_close_the_cabinet(&mut rig, 1);
    assert_eq!(rig.gateway.deliver_events(&Dies(&rig, &receiver), "a", rig.now).unwrap().taken, 1);
    open_and_close_the_cabinet(&mut rig, 2);
    let lease = rig.store.document(Collection::Meta, "webhook").unwrap().unwrap().json;
    assert!(lease.contains("\"until\":null"), "given back: {lease}");
    assert_eq!(rig.gateway.deliver_events(&receiver, "b", rig.now).unwrap().taken, 2);
}

#[test]
fn old_events_leave_the_feed_by_whole_blocks_and_the_rest_stays_readable() {
    let mut rig = hooked();
    open_and_close_the_cabinet(&mut rig, 600);
    rig.gateway.feed(0, 1).unwrap();
    for _ in 0..31 {
        rig.later(86_400);
        rig.gateway.erase_due(None, rig.now).unwrap();
    }
    let page = rig.gateway.feed(0, 500).unwrap();
    assert_eq!((page.oldest, page.events[0].n, page.events.len()), (512, 512, 89));
}

#[test]
fn a_signature_is_part_of_what_is_posted() {
    struct Keeps(Mutex<String>);
    impl Webhook for Keeps {
        fn post(&self, _: &str, jws: &str) -> Result<(), HookFault> {
            jws.clone_into(&mut self.0.lock().unwrap());
            Ok(())
        }
    }
    let (mut rig, kept) = (hooked(), Keeps(Mutex::default()));
    open_and_close_the_cabinet(&mut rig, 1);
    rig.gateway.deliver_events(&kept, "a", rig.now).unwrap();
    assert_eq!(kept.0.lock().unwrap().split('.').count(), 3);
}

#[test]
fn the_feeds_sample_fits_type_and_schema_and_so_does_a_real_page() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/formats/feed.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut sample: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/formats/feed.sample.json")).unwrap();
    assert!(validator.is_valid(&sample));
    let page: FeedPage = serde_json::from_value(sample.clone()).unwrap();
    assert_eq!(serde_json::to_value(page).unwrap(), sample);
    sample["events"][0]["client"] = serde_json::json!("somebody");
    assert!(!validator.is_valid(&sample));

    let mut rig = hooked();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    open_and_close_the_cabinet(&mut rig, 1);
    let page = serde_json::to_value(rig.gateway.feed(0, 500).unwrap()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&page).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}: {page}");
}
