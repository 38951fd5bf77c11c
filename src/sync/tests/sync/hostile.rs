//! A gateway that drops, repeats, reorders and lies for a while, then behaves: no row is skipped, no answer counts twice,
//! and everything arrives in the end.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use senim_domain::time::Mono;
use senim_sync::wire::{Acknowledgement, AttachmentStored, Cosigned, InboxMessage, InboxPage, SeenAhead};
use senim_sync::{Ahead, Answer, Backlog, Failure, Lease, Line, News, Order, Sync, SyncOptions, Want};

/// Until then the gateway is hostile, ms.
const HOSTILE_MS: u64 = 1_200_000;
/// Then it has so long to take everything: twice the longest rest and some batches.
const PATIENCE_MS: u64 = 1_800_000;
/// Rows of a batch of the model.
const BATCH: u64 = 7;

fn hash(seq: u64) -> String {
    format!("hash of {seq}")
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Terminal and gateway, as far as the exchange knows them.
struct Model {
    sync: Sync,
    dice: Dice,
    now: u64,
    // terminal
    next: u64,
    acked: Option<u64>,
    waits: BTreeSet<u64>,
    attachments: u64,
    directives: u64,
    under_way: BTreeMap<Lease, (Line, Order, u64)>,
    // gateway
    stored: u64,
    messages: u64,
    // on the way
    answers: BTreeMap<(u64, u64), (Lease, Answer)>,
    sent: u64,
    spoken: BTreeSet<Lease>,
}

impl Model {
    fn new(seed: u64) -> Self {
        Self {
            sync: Sync::new(SyncOptions::default(), seed, 0),
            dice: Dice(seed),
            now: 0,
            next: 40,
            acked: None,
            waits: BTreeSet::new(),
            attachments: 3,
            directives: 0,
            under_way: BTreeMap::new(),
            stored: 0,
            messages: 5,
            answers: BTreeMap::new(),
            sent: 0,
            spoken: BTreeSet::new(),
        }
    }

    fn first(&self) -> u64 {
        self.acked.map_or(0, |acked| acked + 1)
    }

    fn backlog(&self) -> Backlog {
        Backlog {
            first: self.first(),
            next: self.next,
            ahead: self.waits.first().map(|seq| Ahead { seq: *seq, attachment: false }),
            attachments: self.attachments > 0,
            ..Backlog::default()
        }
    }

    fn poll(&mut self) {
        self.sync.expire(Mono(self.now));
        self.under_way.retain(|_, (_, _, since)| self.now - *since < SyncOptions::default().lease_ms);
        for line in Line::ALL {
            let backlog = self.backlog();
            let Some(order) = self.sync.poll(line, &backlog, Mono(self.now)) else { continue };
            assert!(self.under_way.values().all(|(other, _, _)| *other != line), "one request on a line");
            let end = (self.first() + BATCH).min(self.next);
            self.sync.filled(order.lease, 1_000, end);
            self.under_way.insert(order.lease, (line, order, self.now));
            let chains =
                self.under_way.values().filter(|way| matches!(way.1.want, Want::Rows { .. })).count();
            assert!(chains <= 1, "a second drain");
            self.travel(order);
        }
    }

    fn answer_in(&mut self, ms: u64, lease: Lease, answer: Answer) {
        self.sent += 1;
        self.answers.insert((self.now + ms, self.sent), (lease, answer));
    }

    fn travel(&mut self, order: Order) {
        let hostile = self.now < HOSTILE_MS;
        let lost = || Answer::Failed(Failure::Unreachable("lost".into()));
        match if hostile { self.dice.roll(12) } else { 11 } {
            // It never arrives, and that shows now, late, or never.
            0 => self.answer_in(30_000, order.lease, lost()),
            1 => {}
            // The answer is lost.
            2 => {
                let _unheard = self.judge(order);
                self.answer_in(2_000, order.lease, lost());
            }
            // It comes twice, or far too late.
            3 => {
                let answer = self.judge(order);
                self.answer_in(100, order.lease, answer.clone());
                self.answer_in(5_000, order.lease, answer);
            }
            4 => {
                let answer = self.judge(order);
                let late = 200_000 + self.dice.roll(400_000);
                self.answer_in(late, order.lease, answer);
            }
            5 | 6 => {
                let lie = self.lie(order);
                self.answer_in(50, order.lease, lie);
            }
            // An answer to somebody else's question, and then the right one.
            7 => {
                let other = Lease(self.dice.roll(order.lease.0 + 3));
                let answer = self.judge(order);
                if other != order.lease {
                    self.answer_in(10, other, answer.clone());
                }
                self.answer_in(60, order.lease, answer);
            }
            _ => {
                let answer = self.judge(order);
                let ms = 20 + self.dice.roll(3_000);
                self.answer_in(ms, order.lease, answer);
            }
        }
    }

    /// What an honest gateway does and says.
    fn judge(&mut self, order: Order) -> Answer {
        let acked = |stored: u64| stored.checked_sub(1);
        match order.want {
            Want::Time => Answer::Time("t".into()),
            Want::Rows { .. } => {
                // The request was filled when it was made.
                let from = self.first();
                let end = (from + BATCH).min(self.next);
                assert!(from <= self.stored, "rows {from} would be skipped past {}", self.stored);
                self.stored = self.stored.max(end);
                let acked_seq = acked(self.stored);
                let inbox = self.messages;
                Answer::Operations(Acknowledgement {
                    acked_seq,
                    acked_hash: acked_seq.map(hash),
                    inbox,
                    ..Acknowledgement::default()
                })
            }
            Want::Ahead { .. } => Answer::Ahead(SeenAhead::default()),
            Want::Attachment { .. } => {
                Answer::Attachment(AttachmentStored { stored: true, ..AttachmentStored::default() })
            }
            Want::Checkpoint | Want::Proof => {
                Answer::Checkpoint(Cosigned { note: "n".into(), archived: Vec::new() })
            }
            Want::Telemetry => Answer::Telemetry,
            Want::Inbox { after, .. } => {
                let messages =
                    (after + 1..=self.messages).map(|n| InboxMessage { n, jws: n.to_string() }).collect();
                Answer::Inbox(InboxPage { messages, head: self.messages, replies: Vec::new() })
            }
        }
    }

    /// What a gateway may say that is not so, short of what contradicts the journal (a fork stops the exchange for good).
    fn lie(&mut self, order: Order) -> Answer {
        let gap = |acked_seq: Option<u64>| {
            Answer::Failed(Failure::Refused {
                status: 409,
                code: "gap".into(),
                expected_seq: acked_seq.map(|seq| seq + 1),
                acked_hash: acked_seq.map(hash),
                acked_seq,
                held: None,
                rewind: None,
            })
        };
        match self.dice.roll(9) {
            0 => Answer::Failed(Failure::refused(503, "try_later")),
            1 => Answer::Failed(Failure::refused(413, "too_large")),
            2 => Answer::Failed(Failure::refused(403, "quarantined")),
            3 => gap(self.stored.checked_sub(1 + self.dice.roll(9))),
            4 => Answer::Failed(Failure::Unreadable("noise".into())),
            // An acknowledgement of long ago.
            5 => {
                let acked_seq = self.stored.checked_sub(1 + self.dice.roll(20));
                let acked_hash = acked_seq.map(hash);
                Answer::Operations(Acknowledgement {
                    acked_seq,
                    acked_hash,
                    inbox: u64::MAX,
                    ..Acknowledgement::default()
                })
            }
            6 => {
                let messages = [3, 1, 2, 2, 5].map(|n| InboxMessage { n, jws: n.to_string() }).to_vec();
                Answer::Inbox(InboxPage { messages, head: u64::MAX, replies: Vec::new() })
            }
            7 => Answer::Telemetry,
            _ => {
                let mut other = order;
                other.want = Want::Time;
                self.judge(other)
            }
        }
    }

    fn hear(&mut self, lease: Lease, answer: Answer) {
        let known = self.under_way.remove(&lease);
        let news = self.sync.handle(lease, answer, Mono(self.now));
        if !news.is_empty() {
            assert!(known.is_some(), "an answer without a lease counted");
            assert!(self.spoken.insert(lease), "an answer counted twice");
        }
        for news in news {
            match news {
                News::Time(_) => {
                    self.sync.time_is_trusted(Mono(self.now));
                }
                News::Acknowledged { seq, hash: theirs } => {
                    assert!(seq < self.next && theirs == hash(seq));
                    if self.acked.is_none_or(|acked| acked < seq) {
                        self.acked = Some(seq);
                        self.waits.retain(|waiting| *waiting > seq);
                    }
                    assert!(self.first() <= self.stored, "acknowledged what is not there");
                }
                News::SeenAhead { seq } | News::AheadRefused { seq } => {
                    self.waits.remove(&seq);
                }
                News::Expects(seq) if self.acked.is_some_and(|acked| seq <= acked) => {
                    self.sync.gateway_forgot(Mono(self.now));
                }
                News::InboxForgotten => {
                    self.sync.gateway_forgot(Mono(self.now));
                }
                News::AttachmentStored => self.attachments = self.attachments.saturating_sub(1),
                News::Directive(message) => {
                    assert!(message.n > self.directives, "a directive came twice or backwards");
                    self.directives = message.n;
                }
                _ => {}
            }
        }
    }

    /// One moment: whatever is due.
    fn step(&mut self) {
        self.poll();
        let next_answer = self.answers.keys().next().map(|(at, _)| *at);
        let timeout = self.sync.poll_timeout().map(|at| at.0.max(self.now + 1));
        let writes = self.now + 5_000;
        self.now = [next_answer, timeout, Some(writes)].into_iter().flatten().min().unwrap().max(self.now);
        if self.now >= writes && self.now < HOSTILE_MS {
            self.next += self.dice.roll(4);
            if self.dice.roll(3) == 0 {
                self.waits.insert(self.next);
                self.next += 1;
            }
        }
        while let Some(entry) = self.answers.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (lease, answer) = entry.remove();
            self.hear(lease, answer);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_gateway_did_everything_arrives_once_it_behaves(seed in any::<u64>()) {
        let mut model = Model::new(seed);
        while model.now < HOSTILE_MS + PATIENCE_MS {
            model.step();
        }
        prop_assert!(!model.sync.stopped());
        prop_assert_eq!(model.first(), model.next, "every row");
        prop_assert_eq!(model.stored, model.next);
        prop_assert!(model.waits.is_empty());
        prop_assert_eq!(model.attachments, 0);
        prop_assert!(model.directives >= model.messages);
        prop_assert!(model.sync.online());
    }

    #[test]
    fn a_contradiction_stops_everything_for_good(seed in any::<u64>(), at in 0_u64..HOSTILE_MS) {
        let mut model = Model::new(seed);
        while model.now < at {
            model.step();
        }
        model.sync.stop();
        for later in [0, 1, 1_000_000, u64::MAX / 2] {
            for line in Line::ALL {
                prop_assert!(model.sync.poll(line, &model.backlog(), Mono(model.now + later)).is_none());
            }
        }
        prop_assert!(!model.sync.online());
    }
}
