//! Whatever the dispenser, the MFO, the journal and the power do: cash is never paid twice and never lost.

use std::collections::BTreeMap;

use proptest::prelude::*;
use senim_domain::cash::{BundleResult, CashBooks, UnitRequest};
use senim_domain::{PayoutRequestId, UtcMillis};
use senim_hal::cash_dispenser::{Event as Dispenser, LastCommand, Movement};
use senim_hal::{Error, ErrorKind};
use senim_operation::body::{Body, PayoutResult};
use senim_operation::message::{Authorisation, MessageBody};
use senim_session::Action;
use senim_session::effect::{CashCommand, Effect};
use senim_session::event::Event;
use senim_session::facts::Setup;
use senim_session::state::State;

use crate::desk::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Happening {
    Marked {
        rejected: u32,
        exit: u32,
    },
    MarkRefused {
        counted: bool,
        exit: u32,
    },
    Moved {
        short: u32,
        rejected: u32,
        error: bool,
        doubt: bool,
        extra: bool,
    },
    Unanswered,
    Failed,
    LastStatus {
        command: u8,
        short: u32,
        error: bool,
        doubt: bool,
    },
    OnWire,
    Line(bool),
    Touch(u8),
    Allow,
    Refuse,
    Wait(u32),
    Latch(Option<u64>),
    /// The row that would move cash next cannot be written.
    DiskFull,
    /// The process dies after so many rows of the last step were durable.
    Kill {
        rows: usize,
        boot: bool,
    },
    NextPerson,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..3_u32, 0..12_u32).prop_map(|(rejected, exit)| Happening::Marked { rejected, exit: u32::from(exit == 0) }),
        1 => (any::<bool>(), 0..4_u32).prop_map(|(counted, exit)| Happening::MarkRefused { counted, exit: u32::from(exit == 0) }),
        5 => (0..4_u32, 0..3_u32, any::<bool>(), 0..10_u32, 0..10_u32).prop_map(|(short, rejected, error, doubt, extra)| {
            Happening::Moved { short: short.saturating_sub(1), rejected, error, doubt: doubt == 0, extra: extra == 0 }
        }),
        2 => Just(Happening::Unanswered),
        1 => Just(Happening::Failed),
        3 => (0..3_u8, 0..3_u32, any::<bool>(), 0..10_u32).prop_map(|(command, short, error, doubt)| {
            Happening::LastStatus { command, short, error, doubt: doubt == 0 }
        }),
        1 => Just(Happening::OnWire),
        1 => any::<bool>().prop_map(Happening::Line),
        2 => (0..8_u8).prop_map(Happening::Touch),
        6 => Just(Happening::Allow),
        1 => Just(Happening::Refuse),
        1 => (0..100_000_u32).prop_map(Happening::Wait),
        1 => prop::option::of(0..3_u64).prop_map(Happening::Latch),
        1 => Just(Happening::DiskFull),
        2 => (0..4_usize, any::<bool>()).prop_map(|(rows, boot)| Happening::Kill { rows, boot }),
        5 => Just(Happening::NextPerson),
    ]
}

/// The world over several processes: everything that became durable, every command given out.
#[derive(Default)]
struct Chronicle {
    rows: Vec<Body>,
    commands: Vec<(PayoutRequestId, u32, CashCommand)>,
    last_latch: Option<u64>,
}

impl Chronicle {
    /// Takes over rows and commands of a desk from `first` on, in their order, and looks at that order.
    fn take(&mut self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Record(record) = effect else { continue };
            let body = record.draft.body.clone();
            if let Some(command) = &record.then {
                let (request, bundle) = match (&body, command) {
                    (Body::PayoutIntended(row), CashCommand::Mark) => (row.request, row.bundle),
                    (Body::PayoutArmed(row), CashCommand::Dispense(notes)) => {
                        let intended = self.rows.iter().any(|earlier| {
                            matches!(earlier, Body::PayoutIntended(intent)
                                if intent.request == row.request && intent.bundle == row.bundle && intent.mix == *notes)
                        });
                        assert!(intended, "DISPENSE of notes that no row intended");
                        (row.request, row.bundle)
                    }
                    (other, command) => panic!("{command:?} behind {}", other.kind()),
                };
                assert!(!self.uncertain(), "a payout begins after uncertain");
                self.commands.push((request, bundle, command.clone()));
            }
            self.rows.push(body);
        }
    }

    fn uncertain(&self) -> bool {
        self.rows
            .iter()
            .any(|body| matches!(body, Body::PayoutOutcome(row) if row.result == BundleResult::Uncertain))
    }

    fn invariant_one_dispense_and_one_marker_per_bundle(&self) {
        let mut seen: BTreeMap<(PayoutRequestId, u32), (u32, u32)> = BTreeMap::new();
        for (request, bundle, command) in &self.commands {
            let (marks, dispenses) = seen.entry((*request, *bundle)).or_default();
            match command {
                CashCommand::Mark => *marks += 1,
                CashCommand::Dispense(_) => *dispenses += 1,
                other => panic!("a dispenser without shutter, without a technician, is told {other:?}"),
            }
            assert!(
                *marks <= 1 && *dispenses <= 1,
                "{request} bundle {bundle}: {marks} markers, {dispenses} dispenses"
            );
        }
    }

    fn invariant_the_next_bundle_follows_a_whole_one_only(&self) {
        for row in &self.rows {
            let Body::PayoutIntended(intent) = row else { continue };
            let whole = intent.bundle == 1
                || self.rows.iter().any(|earlier| {
                    matches!(earlier, Body::PayoutOutcome(outcome) if outcome.request == intent.request
                        && outcome.bundle + 1 == intent.bundle && outcome.result == BundleResult::Dispensed)
                });
            assert!(whole, "bundle {} of {}", intent.bundle, intent.request);
        }
    }

    fn invariant_one_end_per_request(&self, open: Option<PayoutRequestId>) {
        let count = |kind: fn(&Body) -> Option<PayoutRequestId>, of| {
            self.rows.iter().filter(|row| kind(row) == Some(of)).count()
        };
        let asked = |row: &Body| match row {
            Body::PayoutRequested(row) => Some(row.request),
            _ => None,
        };
        let ended = |row: &Body| match row {
            Body::PayoutEnded(row) => Some(row.request),
            _ => None,
        };
        for request in self.rows.iter().filter_map(asked) {
            let ends = usize::from(open != Some(request));
            assert_eq!(count(ended, request), ends, "ends of {request}, open: {open:?}");
        }
        for request in self.rows.iter().filter_map(ended) {
            assert_eq!(count(asked, request), 1, "an end without a request");
        }
    }

    fn invariant_ends_say_what_outcomes_said(&self) {
        for row in &self.rows {
            let Body::PayoutEnded(ended) = row else { continue };
            let outcomes: Vec<_> = self
                .rows
                .iter()
                .filter_map(|row| match row {
                    Body::PayoutOutcome(outcome) if outcome.request == ended.request => Some(outcome),
                    _ => None,
                })
                .collect();
            let given: u32 = outcomes
                .iter()
                .filter(|outcome| outcome.result != BundleResult::Uncertain)
                .flat_map(|outcome| &outcome.units)
                .map(|moved| moved.distributed)
                .sum();
            assert_eq!(ended.distributed.iter().map(|count| count.notes).sum::<u32>(), given);
            let uncertain = outcomes.iter().any(|outcome| outcome.result == BundleResult::Uncertain);
            assert_eq!(ended.result == PayoutResult::Uncertain, uncertain);
            let bundles: Vec<_> = outcomes.iter().map(|outcome| outcome.bundle).collect();
            assert!(
                bundles.windows(2).all(|pair| pair[0] + 1 == pair[1]),
                "one outcome per bundle: {bundles:?}"
            );
        }
    }
}

fn invariant_books_balance(books: &CashBooks) {
    assert!(books.balance(), "{books:?}");
    for (denomination, sums) in &books.denominations {
        let is = books.in_cassettes(*denomination) + sums.in_reject + sums.distributed + sums.uncertain;
        assert_eq!(is, 100, "of the hundred notes of {denomination:?} brought");
    }
}

fn movement(
    notes: &[UnitRequest],
    short: u32,
    rejected: u32,
    error: bool,
    doubt: bool,
    extra: bool,
) -> Movement {
    let mut movement = all_of(notes);
    if let Some(moved) = movement.units.iter_mut().find(|moved| moved.distributed > 0) {
        moved.distributed = moved.distributed.saturating_sub(short) + u32::from(extra);
        moved.rejected = rejected;
    }
    if error || doubt || short > 0 {
        movement.error = error.then(|| Error::new(ErrorKind::HardwareError, "03"));
    }
    movement.counts_in_doubt = doubt;
    movement
}

fn to_the_money(desk: &mut Desk) {
    desk.act(Action::Done);
    desk.now.utc = UtcMillis(NOON.0 + 1);
    desk.send(Event::Uplink { online: true, cause: String::new() });
    desk.act(begin());
    if matches!(desk.session.state(), State::EnterIin { .. })
        && desk.session.durable().books.stock()[0].notes > 50
    {
        desk.act(Action::Cancel);
        desk.act(Action::Done);
        desk.to_authorising_of(200_000);
    }
}

fn play(happenings: &[Happening]) {
    let mut desk = Desk::open();
    let mut chronicle = Chronicle::default();
    let mut last: usize = desk.effects.len();
    chronicle.take(&desk.effects);
    for happening in happenings {
        let notes = desk.bundle();
        let mut killed = None;
        match happening.clone() {
            Happening::Marked { rejected, exit } => {
                desk.dispenser(Dispenser::Marked(moved(&[(1, exit, rejected)])));
            }
            Happening::MarkRefused { counted, exit } => {
                let movement = counted.then(|| moved(&[(1, exit, 1)]));
                desk.dispenser(Dispenser::MarkRefused { error: offline(), movement });
            }
            Happening::Moved { short, rejected, error, doubt, extra } => {
                desk.dispenser(Dispenser::Moved(movement(&notes, short, rejected, error, doubt, extra)));
            }
            Happening::Unanswered => {
                desk.dispenser(Dispenser::Unanswered(offline()));
            }
            Happening::Failed => {
                desk.dispenser(Dispenser::Failed(offline()));
            }
            Happening::LastStatus { command, short, error, doubt } => {
                let command =
                    [LastCommand::Marker, LastCommand::Dispense, LastCommand::Other][usize::from(command)];
                desk.last_status(command, movement(&notes, short, 0, error, doubt, false));
            }
            Happening::OnWire => {
                desk.dispenser(Dispenser::OnWire);
            }
            Happening::Line(open) => {
                desk.dispenser(Dispenser::Line { open });
            }
            Happening::Touch(which) => {
                let actions = [
                    Action::Cancel,
                    Action::Back,
                    Action::Done,
                    Action::PayOut,
                    Action::Agree,
                    begin(),
                    Action::Stay,
                    Action::ContractRead,
                ];
                desk.act(actions[usize::from(which)].clone());
            }
            Happening::Allow => {
                if matches!(desk.session.state(), State::Authorising { .. }) {
                    let leave = desk.leave();
                    desk.answer(MessageBody::PayoutAuthorised(Authorisation {
                        boot: desk_boot(&desk),
                        ..leave
                    }));
                }
            }
            Happening::Refuse => {
                if matches!(desk.session.state(), State::Authorising { .. }) {
                    let request = desk.leave().request;
                    desk.answer(MessageBody::PayoutRefused { request, reason: "x".into() });
                }
            }
            Happening::Wait(ms) => {
                desk.wait_ms(u64::from(ms));
            }
            Happening::Latch(losses) => {
                chronicle.last_latch = losses;
                desk.send(Event::Latch(losses.and_then(latch)));
            }
            Happening::DiskFull => {
                // The kernel gives the row back and nothing behind it is lost.
                let event = match desk.session.durable().open.as_ref().map(|open| open.stage.clone()) {
                    Some(senim_session::durable::Stage::Intended) => {
                        Some(Event::Dispenser(Dispenser::Marked(nothing_moved())))
                    }
                    _ => None,
                };
                if let Some(event) = event {
                    let mut held = desk.send_raw(event);
                    let refused = held.iter().find_map(|effect| match effect {
                        Effect::Record(record) if record.then.is_some() => Some(record.op_id),
                        _ => None,
                    });
                    held.retain(|effect| !matches!(effect, Effect::Record(record) if record.then.is_some()));
                    desk.make_durable(held);
                    if let Some(op_id) = refused {
                        desk.send(Event::RecordRefused { op_id });
                    }
                }
            }
            Happening::Kill { rows, boot } => {
                // The step under way: only its first rows are durable.
                let effects = desk.send_raw(Event::Dispenser(Dispenser::Moved(movement(
                    &notes, 0, 0, false, false, false,
                ))));
                let mut left = rows;
                let kept = effects
                    .into_iter()
                    .take_while(|effect| {
                        if matches!(effect, Effect::Record(_)) {
                            left = left.checked_sub(1).unwrap_or(usize::MAX);
                        }
                        left != usize::MAX
                    })
                    .collect();
                desk.make_durable_only(kept);
                killed = Some(boot);
            }
            Happening::NextPerson => {
                if desk.session.at_rest() {
                    to_the_money(&mut desk);
                }
            }
        }
        chronicle.take(&desk.effects[last..]);
        if let Some(boot) = killed {
            let boot = if boot { "boot-2" } else { BOOT };
            desk = desk.restart(Setup { boot: boot.into(), ..setup() }, chronicle.last_latch.and_then(latch));
            desk.dispenser(Dispenser::Status {
                identity: "x".into(),
                units: (1..=4)
                    .map(|no| senim_hal::cash_dispenser::UnitReport {
                        unit: senim_domain::cash::UnitNo(no),
                        present: true,
                        low: false,
                    })
                    .collect(),
                error: None,
            });
            chronicle.take(&desk.effects);
        }
        last = desk.effects.len();
        chronicle.invariant_one_dispense_and_one_marker_per_bundle();
        chronicle
            .invariant_one_end_per_request(desk.session.durable().open.as_ref().map(|open| open.request));
        chronicle.invariant_ends_say_what_outcomes_said();
        chronicle.invariant_the_next_bundle_follows_a_whole_one_only();
        invariant_books_balance(&desk.session.durable().books);
        assert_eq!(desk.disk.books, desk.session.durable().books, "the books are what is durable");
        assert_eq!(desk.disk.open, desk.session.durable().open);
    }
}

fn desk_boot(desk: &Desk) -> String {
    desk.boot.clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn cash_is_never_paid_twice_and_never_lost(happenings in prop::collection::vec(happening(), 1..60)) {
        play(&happenings);
    }
}
