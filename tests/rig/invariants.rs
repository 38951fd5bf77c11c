//! What must hold whatever happened; each with its name.

use std::collections::BTreeMap;

use senim_domain::cash::{BundleResult, Denomination, FoundPlace};
use senim_emulators::lcdm4000::{Command, Unit};
use senim_gateway_core::store::Store as _;
use senim_operation::Body;
use senim_operation::body::{OutcomeSource, PayoutResult};
use senim_operation::chain::ChainVerifier;

use crate::far::Far;
use crate::world::World;

/// All of them, for a world that has come to rest.
pub fn all(world: &World) {
    of_the_terminal(world);
    invariant_the_gateway_has_every_row_once(world);
    invariant_core_lending_heard_what_was_paid(world);
}

/// Those that hold at every moment, also in the middle of a payout.
pub fn at_every_step<F: Far>(world: &World<F>) {
    invariant_a_bundle_is_dispensed_at_most_once(world);
    invariant_no_note_leaves_unarmed(world);
    invariant_an_authorisation_pays_its_part_once(world);
    invariant_one_end_per_request(world);
    invariant_nobody_is_paid_more_than_the_loan(world);
    invariant_uncertain_only_between_arming_and_outcome(world);
    invariant_uncertain_stops_cash_service(world);
}

/// Those that only whoever has seen the whole story can judge, for a world that has come to rest.
pub fn at_rest(world: &World) {
    at_every_step(world);
    invariant_no_durable_row_is_lost(world);
    invariant_nothing_personal_lies_on_the_disk(world);
    if world.options.acceptor {
        invariant_notes_taken_are_credited_or_in_doubt(world);
        invariant_core_lending_heard_what_was_repaid(world);
    }
}

/// Those that can be seen at the terminal alone.
pub fn of_the_terminal<F: Far>(world: &World<F>) {
    invariant_books_cover_the_truth(world);
    invariant_a_bundle_is_dispensed_at_most_once(world);
    invariant_one_end_per_request(world);
    invariant_ends_say_what_left(world);
    invariant_nobody_is_paid_more_than_the_loan(world);
    invariant_the_chain_verifies(world);
    invariant_uncertain_stops_cash_service(world);
}

/// Books and the device's own notes, per denomination.
pub fn invariant_books_cover_the_truth<F: Far>(world: &World<F>) {
    let books = &world.kernel().session().durable().books;
    assert!(books.balance(), "{books:?}");
    for (unit, (tenge, _)) in Unit::ALL.into_iter().zip(world.options.stock()) {
        let denomination = Denomination(tenge);
        // What was never brought is in no book.
        let Some(sums) = books.denominations.get(&denomination) else { continue };
        let truth = world.dispenser.cassette(unit);
        let exited = u32::try_from(truth.exited).unwrap();
        let rejected = u32::try_from(truth.rejected).unwrap();
        let inside = truth.notes + u32::from(*world.dispenser.on_path().at(unit));
        if sums.uncertain == 0 {
            assert_eq!(sums.distributed, exited, "{tenge}: distributed and left, {books:?}");
            assert_eq!(sums.in_reject, rejected, "{tenge}: rejected");
            assert_eq!(books.in_cassettes(denomination), inside, "{tenge}: in cassette and on the path");
        } else {
            assert!(
                (sums.distributed..=sums.distributed + sums.uncertain).contains(&exited),
                "{tenge}: {exited} left, the books say {} and {} uncertain",
                sums.distributed,
                sums.uncertain
            );
        }
    }
}

/// DISPENSE is on the wire at most once per armed bundle, the marker once per intended one.
pub fn invariant_a_bundle_is_dispensed_at_most_once<F: Far>(world: &World<F>) {
    let armed = world.count("PayoutArmed");
    let intended = world.count("PayoutIntended");
    let frames = |code: u8| world.dispenser.frames_seen().get(&code).copied().unwrap_or(0);
    assert!(frames(0x52) <= armed as u64, "{} DISPENSE for {armed} armed bundles", frames(0x52));
    assert!(frames(0x51) <= intended as u64, "{} PURGE for {intended} intended bundles", frames(0x51));
    assert!(world.dispenser.executed(Command::Dispense) <= armed as u64);
    assert_eq!(world.dispenser.executed(Command::Reset), 0);
    let tested = world.count("TestDispenseIntended");
    assert!(world.dispenser.executed(Command::TestDispense) <= tested as u64);
}

/// Every `PayoutRequested` has exactly one `PayoutEnded`.
pub fn invariant_one_end_per_request<F: Far>(world: &World<F>) {
    let mut ends = BTreeMap::new();
    for body in world.told().iter() {
        match body {
            Body::PayoutRequested(row) => assert_eq!(ends.insert(row.request, 0), None),
            Body::PayoutEnded(row) => *ends.get_mut(&row.request).expect("an end without a request") += 1,
            _ => {}
        }
    }
    let session = world.kernel().session();
    let open = session.durable().open.as_ref().map(|open| open.request);
    // The end of a payout may wait for room on the disk; a start before that finds the payout open.
    let waits = session.facts().journal_full;
    for (request, ends) in ends {
        let ended = i32::from(open != Some(request));
        assert!(ends == ended || waits && ends < ended, "{ends} ends of {request}, open {open:?}");
    }
}

/// What ended rows say left, left.
pub fn invariant_ends_say_what_left<F: Far>(world: &World<F>) {
    let (mut said, mut uncertain) = (0, false);
    for body in world.told().iter() {
        if let Body::PayoutEnded(row) = body {
            said += row.distributed_tiyn.tenge();
            uncertain |= row.result == PayoutResult::Uncertain;
        }
    }
    let left = left_tenge(world);
    if uncertain {
        assert!(said <= left || said == left, "{said} said, {left} left");
    } else {
        assert_eq!(said, left, "tenge said to have been given, and tenge that left");
    }
}

/// Worth of all notes that left the machine.
#[must_use]
pub fn left_tenge<F: Far>(world: &World<F>) -> u64 {
    world.dispenser.dispensed_total().into_iter().map(|(tenge, notes)| u64::from(tenge) * notes).sum()
}

/// A loan is paid once.
pub fn invariant_nobody_is_paid_more_than_the_loan<F: Far>(world: &World<F>) {
    let loans: std::collections::BTreeSet<_> = world
        .told()
        .iter()
        .filter_map(|body| match body {
            Body::PayoutRequested(row) => Some(row.loan),
            _ => None,
        })
        .collect();
    let most = world.options.sum * loans.len() as u64;
    assert!(left_tenge(world) <= most, "{} left for loans of {most}", left_tenge(world));
}

/// The journal verifies from its first row to its last.
pub fn invariant_the_chain_verifies<F: Far>(world: &World<F>) {
    let mut verifier = ChainVerifier::new(world.terminal.clone(), world.mfo.trust());
    verifier.judge_no_later_than(Some(world.utc()));
    // From the disk, not from what was read when it was written.
    for row in world.kernel().journal().rows(0, world.kernel().next_seq()).unwrap() {
        verifier.accept(&row.compact).unwrap();
    }
    assert_eq!(verifier.next_seq(), world.kernel().next_seq());
}

/// Row for row the same chain at the gateway, nothing quarantined.
pub fn invariant_the_gateway_has_every_row_once(world: &World) {
    let record = world.mfo.gateway.terminal(&world.terminal).unwrap().expect("enrolled");
    assert!(record.quarantined.is_none());
    for row in world.rows() {
        let stored = world.mfo.store.row(&world.terminal, row.envelope.seq).unwrap();
        assert_eq!(stored.map(|stored| stored.hash), Some(row.hash), "row {}", row.envelope.seq);
    }
    assert_eq!(world.mfo.store.row(&world.terminal, world.kernel().next_seq()).unwrap(), None);
}

/// Core lending knows each payout once, with what was given.
pub fn invariant_core_lending_heard_what_was_paid(world: &World) {
    world.mfo.gateway.flush_outbox(world.utc()).unwrap();
    let heard: u64 =
        world.mfo.services(|services| services.payouts.iter().map(|payout| payout.amount_tiyn.tenge()).sum());
    let said: u64 = world
        .told()
        .iter()
        .map(|body| match body {
            Body::PayoutEnded(row) => row.distributed_tiyn.tenge(),
            Body::PayoutSettled(row) => {
                let given = row.notes.iter().filter(|found| found.place == FoundPlace::Distributed);
                given.map(|found| u64::from(found.denomination.0) * u64::from(found.notes)).sum()
            }
            _ => 0,
        })
        .sum();
    let sent = world.mfo.outside.state(|outside| outside.model.sent());
    let sent: u64 = sent.into_iter().map(|(.., tiyn)| tiyn / 100).sum();
    assert_eq!(heard, said + sent, "tenge that core lending heard of");
}

/// Nobody is paid after an uncertain bundle, until a settlement allows it.
pub fn invariant_uncertain_stops_cash_service<F: Far>(world: &World<F>) {
    let mut stopped = false;
    for body in world.told().iter() {
        match body {
            Body::PayoutOutcome(row) if row.result == BundleResult::Uncertain => stopped = true,
            Body::CashServiceChanged(row) => stopped = !row.available,
            Body::PayoutIntended(row) => assert!(!stopped, "{} begins after uncertain", row.request),
            _ => {}
        }
    }
    assert_eq!(world.kernel().session().durable().stopped.is_some(), stopped);
}

/// Notes that left the machine.
#[must_use]
pub fn notes_left<F: Far>(world: &World<F>) -> u64 {
    world.dispenser.dispensed_total().into_values().sum()
}

/// A note leaves only for a bundle whose arming is durable, and no more notes of a kind than were asked for.
pub fn invariant_no_note_leaves_unarmed<F: Far>(world: &World<F>) {
    let told = world.told();
    let (mut intended, mut armed) = (BTreeMap::new(), BTreeMap::<u32, u64>::new());
    for body in told.iter() {
        match body {
            Body::PayoutIntended(row) => {
                intended.insert((row.request, row.bundle), &row.mix);
            }
            Body::PayoutArmed(row) => {
                let mix = intended.get(&(row.request, row.bundle)).expect("armed after it was intended");
                for unit in mix.iter() {
                    *armed.entry(unit.denomination.0).or_default() += u64::from(unit.notes);
                }
            }
            _ => {}
        }
    }
    for (tenge, left) in world.dispenser.dispensed_total() {
        let most = armed.get(&tenge).copied().unwrap_or(0) + world.stray_notes;
        assert!(left <= most, "{left} notes of {tenge} left, {most} were armed");
    }
}

/// A leave of the gateway is used for one request, one part and no more than its sum.
pub fn invariant_an_authorisation_pays_its_part_once<F: Far>(world: &World<F>) {
    let (mut sums, mut used) = (BTreeMap::new(), BTreeMap::new());
    let mut intended = BTreeMap::<_, u64>::new();
    for body in world.told().iter() {
        match body {
            Body::PayoutRequested(row) => {
                sums.insert(row.request, row.amount_tiyn.tenge());
            }
            Body::PayoutIntended(row) => {
                let by = used.entry(row.authorisation).or_insert((row.request, row.part));
                assert_eq!(*by, (row.request, row.part), "{} is used again", row.authorisation);
                let worth = row.mix.iter().map(|unit| u64::from(unit.denomination.0) * u64::from(unit.notes));
                let sum = intended.entry(row.request).or_default();
                *sum += worth.sum::<u64>();
                let most = sums.get(&row.request).copied().unwrap_or(0);
                assert!(*sum <= most, "{}: {sum} intended of {most}", row.request);
            }
            _ => {}
        }
    }
}

/// What became of a bundle is a question only once it was armed, and is answered once.
pub fn invariant_uncertain_only_between_arming_and_outcome<F: Far>(world: &World<F>) {
    let (mut armed, mut answered) = (BTreeMap::new(), BTreeMap::new());
    for body in world.told().iter() {
        match body {
            Body::PayoutArmed(row) => {
                let again = armed.insert((row.request, row.bundle), ());
                assert!(again.is_none(), "bundle {} of {} is armed again", row.bundle, row.request);
            }
            Body::PayoutOutcome(row) => {
                let key = (row.request, row.bundle);
                let again = answered.insert(key, ());
                assert!(again.is_none(), "bundle {} of {} ended again", row.bundle, row.request);
                let moved = row.units.iter().any(|unit| unit.distributed > 0);
                let doubtful = row.result != BundleResult::NotDispensed || moved;
                // A marker that was written and of which the device tells nothing, not even asked for its last status.
                let silent =
                    row.result == BundleResult::Uncertain && row.source == OutcomeSource::Nothing && !moved;
                assert!(!doubtful || silent || armed.contains_key(&key) || world.stray_notes > 0, "{row:?}");
            }
            _ => {}
        }
    }
}

/// A row that was durable once is there for ever: nothing that was acted on is forgotten.
pub fn invariant_no_durable_row_is_lost<F: Far>(world: &World<F>) {
    let kept = world.kernel().journal().rows(0, world.kernel().next_seq()).unwrap();
    let seen = world.rows();
    assert!(kept.len() >= seen.len(), "{} rows of {} are left", kept.len(), seen.len());
    for (kept, seen) in kept.iter().zip(&seen) {
        assert_eq!(kept.hash, seen.hash, "row {} is another than it was", seen.envelope.seq);
    }
}

/// Nothing by which a person is known is in any file of the terminal.
pub fn invariant_nothing_personal_lies_on_the_disk<F: Far>(world: &World<F>) {
    let iin = world.mfo.iin();
    for entry in std::fs::read_dir(world.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(iin.len()).any(|window| window == iin.as_bytes());
            assert!(!found, "the IIN is in {}", path.display());
        }
    }
}

/// Each note in the stacker was credited to somebody or is said to be in doubt, and none was credited that is not there;
/// of each value by itself.
pub fn invariant_notes_taken_are_credited_or_in_doubt(world: &World) {
    let (mut begun, mut ended) = (0_u64, 0_u64);
    let mut notes: BTreeMap<Denomination, Taken> = BTreeMap::new();
    for (tenge, kept) in &world.acceptor.cassette().notes {
        notes.entry(Denomination(*tenge)).or_default().kept = *kept;
    }
    for body in world.told().iter() {
        match body {
            Body::RepaymentBegun(_) => begun += 1,
            Body::RepaymentEnded(row) => {
                ended += 1;
                for count in &row.accepted {
                    notes.entry(count.denomination).or_default().credited += u64::from(count.notes);
                }
                for count in &row.in_doubt {
                    notes.entry(count.denomination).or_default().in_doubt += u64::from(count.notes);
                }
            }
            Body::NoteFoundLate(row) => {
                let taken = notes.entry(row.denomination).or_default();
                taken.in_doubt = taken.in_doubt.checked_sub(1).expect("found, and never in doubt");
                taken.credited += u64::from(row.in_stacker);
            }
            _ => {}
        }
    }
    assert_eq!(begun, ended, "repayments begun and ended");
    for (Denomination(tenge), taken) in notes {
        let Taken { kept, credited, in_doubt } = taken;
        assert!((credited..=credited + in_doubt).contains(&kept), "notes of {tenge}: {taken:?}");
    }
}

/// Notes of one value that were taken.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    /// In the stacker.
    kept: u64,
    credited: u64,
    in_doubt: u64,
}

/// Core lending entered each repayment once, with what was taken.
pub fn invariant_core_lending_heard_what_was_repaid(world: &World) {
    world.mfo.gateway.flush_outbox(world.utc()).unwrap();
    let entered: u64 =
        world.mfo.services(|services| services.repaid.iter().map(|repaid| repaid.amount_tiyn.tenge()).sum());
    let taken: u64 = world
        .told()
        .iter()
        .filter_map(|body| match body {
            Body::RepaymentEnded(row) => Some(row.amount_tiyn.tenge()),
            // What was in doubt when its repayment ended, and lies in the stacker.
            Body::NoteFoundLate(row) => row.in_stacker.then_some(u64::from(row.denomination.0)),
            _ => None,
        })
        .sum();
    assert_eq!(entered, taken, "tenge entered, and tenge taken");
}
