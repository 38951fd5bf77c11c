//! Random lives of a journal against a list of what was accepted.

use proptest::prelude::*;

use super::*;
use crate::{JournalReader, StateKey};

#[derive(Clone, Debug)]
enum Step {
    Append,
    Seal(u16),
    Group(u8),
    Epoch,
    Acknowledge(u8),
    Settle,
    Archive,
    Prune,
    Crash,
    Stop,
    NoRoom(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Append),
        2 => (0..6000_u16).prop_map(Step::Seal),
        2 => (0..5_u8).prop_map(Step::Group),
        1 => Just(Step::Epoch),
        2 => any::<u8>().prop_map(Step::Acknowledge),
        2 => Just(Step::Settle),
        1 => Just(Step::Archive),
        1 => Just(Step::Prune),
        2 => Just(Step::Crash),
        1 => Just(Step::Stop),
        1 => (0..6_u8).prop_map(Step::NoRoom),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What must be true whatever happened.
struct Model {
    hashes: Vec<String>,
    acked: Option<u64>,
    state: Option<String>,
    sealed: Vec<String>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn every_accepted_row_stays_in_its_place_through_crashes_full_disks_and_pruning(steps in steps()) {
        let bench = Bench::new();
        let mut journal = bench.commission();
        let mut model = Model { hashes: hashes(&journal), acked: None, state: None, sealed: Vec::new() };
        for (number, step) in steps.into_iter().enumerate() {
            let stamp = at(number as i64 * 1000);
            journal = live(&bench, journal, &mut model, step, &stamp);
            let status = journal.status().unwrap();
            prop_assert_eq!(status.next_seq, model.hashes.len() as u64);
            prop_assert_eq!(status.acked_seq, model.acked);
            prop_assert_eq!(status.attachments, model.sealed.len() as u64);
            prop_assert_eq!(journal.state(StateKey("last")).unwrap(), model.state.clone());
            let kept = usize::try_from(status.pruned).unwrap();
            prop_assert_eq!(hashes(&journal), model.hashes[kept..].to_vec());
            let pending = journal.pending(usize::MAX, usize::MAX).unwrap();
            let first = model.acked.map_or(0, |seq| seq + 1) as usize;
            prop_assert_eq!(pending.into_iter().map(|row| row.hash).collect::<Vec<_>>(), model.hashes[first..].to_vec());
        }
        let verified = JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
        prop_assert_eq!(verified.rows + verified.pruned, model.hashes.len() as u64);
    }
}

fn live(bench: &Bench, mut journal: Journal, model: &mut Model, step: Step, stamp: &Stamp) -> Journal {
    match step {
        Step::Append => {
            let state = format!("{}", model.hashes.len());
            let row =
                journal.append(note_of("x"), op(), stamp, &[(StateKey("last"), state.clone())]).unwrap();
            model.hashes.push(row.hash);
            model.state = Some(state);
        }
        Step::Seal(length) => {
            let row = journal.append(with_secret(&vec![3; length.into()]), op(), stamp, &[]).unwrap();
            model.sealed.push(row.envelope.sealed.unwrap().sha256);
            model.hashes.push(row.hash);
        }
        Step::Group(count) => {
            let drafts: Vec<_> = (0..count).map(|_| (note_of("group"), op())).collect();
            let rows = append_group(&mut journal, &drafts, stamp).unwrap();
            model.hashes.extend(rows.into_iter().map(|row| row.hash));
        }
        Step::Epoch => model.hashes.push(journal.renew_epoch(&RamKeyMaker, op(), stamp).unwrap().hash),
        Step::Acknowledge(place) => {
            let seq = u64::from(place) % model.hashes.len() as u64;
            if seq >= journal.status().unwrap().pruned {
                journal.acknowledge(seq, &model.hashes[seq as usize], None, stamp).unwrap();
                model.acked = model.acked.max(Some(seq));
            }
        }
        Step::Settle => {
            bench.settle(&mut journal, stamp);
            model.acked = Some(model.hashes.len() as u64 - 1);
        }
        Step::Archive => {
            if let Some(sha256) = model.sealed.pop() {
                assert!(journal.attachment_archived(&sha256).unwrap());
            }
        }
        Step::Prune => {
            journal.prune(2_000_000, stamp).unwrap();
        }
        Step::Crash => {
            drop(journal);
            journal = bench.open_with(bench.options(&bench.path()), stamp).unwrap();
            model.hashes.push(journal.head_hash().to_owned());
        }
        Step::Stop => {
            journal.close(stamp).unwrap();
            journal = bench.open_with(bench.options(&bench.path()), stamp).unwrap();
            model.hashes.push(journal.head_hash().to_owned());
        }
        Step::NoRoom(pages) => {
            let used: u32 = journal.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
            journal.set_max_pages(Some(used + u32::from(pages))).unwrap();
            for _ in 0..20 {
                let state = format!("[{}]", model.hashes.len());
                match journal.append(note_of("tight"), op(), stamp, &[(StateKey("last"), state.clone())]) {
                    Ok(row) => {
                        model.hashes.push(row.hash);
                        model.state = Some(state);
                    }
                    Err(error) => assert!(error.is_retryable(), "{error}"),
                }
            }
            journal.set_max_pages(None).unwrap();
        }
    }
    journal
}
