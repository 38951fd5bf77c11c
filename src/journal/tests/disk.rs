//! A disk that lies as disks do: what was not synced is kept, dropped, torn or written in another order when the power goes,
//! and calls fail. Whatever was promised must be there afterwards, unchanged, and nothing that was never written.
//!
//! A life of a journal is played once; every call on its files is noted. Then, for every place between two calls, a disk is made
//! from what a power cut there may leave, and a journal is opened on it.

use std::collections::BTreeMap;

use senim_test_disk::{Call, Chance, Disk, Fault, Op, survivors, watch};

use super::*;
use crate::{JournalReader, StateKey};

/// What was promised at one moment: rows, state, and the notes beside the database as they lay there.
struct Promised {
    hashes: Vec<String>,
    acked: Option<u64>,
    notes: BTreeMap<&'static str, Vec<u8>>,
}

/// A life and what was noted of it.
struct Life {
    bench: Bench,
    ops: Vec<Op>,
    promises: Vec<Promised>,
    /// Every row that was ever written, promised or not.
    written: Vec<String>,
}

/// How the disk is treated by SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syncs {
    /// As the journal has it.
    Full,
    /// Not at every commit.
    Normal,
    /// Never.
    Off,
}

impl Life {
    /// Rows with and without attachments, groups, notes, acknowledgements, a crash and an orderly stop; the log is folded
    /// into the database every few rows.
    fn play(syncs: Syncs) -> Self {
        let bench = Bench::new();
        let disk = watch(bench.dir.path());
        let mut life = Self { bench, ops: Vec::new(), promises: Vec::new(), written: Vec::new() };
        let mut journal = life.bench.commission();
        treat(&journal, syncs);
        life.promise(&disk, &journal);
        for number in 0..28_i64 {
            let stamp = at(number);
            match number {
                9 => {
                    drop(journal);
                    journal = life.bench.open_with(life.bench.options(&life.bench.path()), &stamp).unwrap();
                    treat(&journal, syncs);
                }
                19 => {
                    journal.close(&stamp).unwrap();
                    journal = life.bench.open_with(life.bench.options(&life.bench.path()), &stamp).unwrap();
                    treat(&journal, syncs);
                }
                _ => {}
            }
            let state = [(StateKey("last"), number.to_string())];
            match number % 7 {
                2 => drop(journal.append(with_secret(&[7; 5000]), op(), &stamp, &state).unwrap()),
                4 => {
                    let group: Vec<_> = (0..3).map(|_| (note_of("group"), op())).collect();
                    append_group(&mut journal, &group, &stamp).unwrap();
                }
                5 => life.bench.settle(&mut journal, &stamp),
                6 => drop(journal.checkpoint(&stamp).unwrap()),
                _ => drop(journal.append(note_of(&format!("row {number}")), op(), &stamp, &state).unwrap()),
            }
            life.promise(&disk, &journal);
        }
        life.written = hashes(&journal);
        drop(journal);
        life.ops = std::mem::take(&mut disk.lock().unwrap().ops);
        life
    }

    fn promise(&mut self, disk: &Disk, journal: &Journal) {
        let notes = ["-head.note", "-cosigned.note"].into_iter();
        let notes = notes.filter_map(|note| Some((note, std::fs::read(self.bench.beside(note)).ok()?)));
        self.promises.push(Promised {
            hashes: hashes(journal),
            acked: journal.status().unwrap().acked_seq,
            notes: notes.collect(),
        });
        disk.lock().unwrap().ops.push(Op::Promise(self.promises.len() - 1));
    }

    /// Cuts the power before this call, with `chance` for what was not synced, and says what does not hold then.
    fn cut(&self, place: usize, chance: &mut Chance) -> Result<(), String> {
        let done = &self.ops[..place];
        let promised = done.iter().rev().find_map(|op| match op {
            Op::Promise(number) => Some(&self.promises[*number]),
            _ => None,
        });
        // Commissioning is repeated by the person who does it.
        let Some(promised) = promised else { return Ok(()) };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        for (file, bytes) in survivors(done, chance) {
            std::fs::write(folder.path().join(file), bytes).unwrap();
        }
        for (note, bytes) in &promised.notes {
            // A note is a hint that nobody syncs.
            if chance.of(2) == 0 {
                std::fs::write(crate::files::beside(&path, note), bytes).unwrap();
            }
        }
        self.holds(&path, promised)
    }

    fn holds(&self, path: &Path, promised: &Promised) -> Result<(), String> {
        let mut journal = self.bench.open_at(path).map_err(|error| format!("it does not open: {error}"))?;
        let rows = hashes(&journal);
        let before = rows.len() - 1; // the new key epoch
        if !rows.starts_with(&promised.hashes) {
            return Err(format!("{before} rows, {} were promised", promised.hashes.len()));
        }
        if !self.written.starts_with(&rows[..before]) {
            return Err("a row was never written like this".to_owned());
        }
        let acked = journal.status().unwrap().acked_seq;
        if acked < promised.acked {
            return Err(format!("acknowledged {acked:?}, {:?} was promised", promised.acked));
        }
        journal.append(note_of("on it goes"), op(), &at(99), &[]).map_err(|error| error.to_string())?;
        drop(journal);
        let verified = JournalReader::open(path).unwrap().verify(&self.bench.trust);
        verified.map(drop).map_err(|error| format!("the chain does not verify: {error}"))
    }

    /// Every `each`th place between two calls, this often with other luck; how many cuts, and what did not hold.
    fn cuts(&self, each: usize, lucks: u64) -> (usize, Vec<String>) {
        let (mut cuts, mut failures) = (0, Vec::new());
        for place in (1..=self.ops.len()).step_by(each) {
            for luck in 0..lucks {
                let mut chance = Chance::new(luck, place);
                cuts += 1;
                if let Err(told) = self.cut(place, &mut chance) {
                    failures.push(format!("cut before call {place}, luck {luck}: {told}"));
                }
            }
        }
        (cuts, failures)
    }
}

fn treat(journal: &Journal, syncs: Syncs) {
    journal.db.pragma_update(None, "wal_autocheckpoint", 12).unwrap();
    match syncs {
        Syncs::Full => {}
        Syncs::Normal => journal.db.pragma_update(None, "synchronous", "NORMAL").unwrap(),
        Syncs::Off => journal.db.pragma_update(None, "synchronous", "OFF").unwrap(),
    }
}

#[test]
fn power_cut_before_any_call_leaves_what_was_promised_whatever_happens_to_the_rest() {
    let life = Life::play(Syncs::Full);
    let (cuts, failures) = life.cuts(5, 4);
    assert!(cuts > 300, "{cuts} cuts in {} calls", life.ops.len());
    assert_eq!(failures, Vec::<String>::new(), "{cuts} cuts");
}

/// Every place and more luck; `SENIM_LUCKS` says how much.
#[test]
#[ignore = "minutes"]
fn power_cut_before_every_call_leaves_what_was_promised() {
    let lucks = std::env::var("SENIM_LUCKS").ok().and_then(|lucks| lucks.parse().ok()).unwrap_or(12);
    let life = Life::play(Syncs::Full);
    let (cuts, failures) = life.cuts(1, lucks);
    println!("{cuts} cuts at {} places", life.ops.len());
    assert_eq!(failures, Vec::<String>::new(), "{cuts} cuts");
}

#[test]
fn without_a_sync_at_every_commit_rows_that_were_promised_are_lost_and_it_is_seen() {
    for syncs in [Syncs::Normal, Syncs::Off] {
        let (cuts, failures) = Life::play(syncs).cuts(3, 3);
        let lost = failures.iter().filter(|told| told.contains("were promised")).count();
        assert!(lost > 20, "{syncs:?}: {lost} of {cuts} cuts");
    }
}

#[test]
fn a_disk_that_is_full_or_broken_for_a_while_loses_nothing_that_was_promised() {
    let (mut struck, mut refused) = (0, 0);
    for (call, fault) in [
        (Call::Write, Fault::Full),
        (Call::Write, Fault::Broken),
        (Call::Sync, Fault::Broken),
        (Call::Read, Fault::Broken),
    ] {
        for (nth, times) in [(0, 1), (1, 1), (2, 3), (5, 2), (9, 40)] {
            let bench = Bench::new();
            let disk = watch(bench.dir.path());
            let mut journal = bench.filled(3);
            treat(&journal, Syncs::Full);
            let mut promised = hashes(&journal);
            disk.lock().unwrap().fails(call, nth, times, fault);
            for number in 0..12 {
                match journal.append(note_of(&format!("row {number}")), op(), &at(number), &[]) {
                    Ok(row) => promised.push(row.hash),
                    Err(_) => refused += 1,
                }
            }
            struck += disk.lock().unwrap().struck;
            disk.lock().unwrap().fault = None;
            drop(journal);
            let mut journal = bench.open().unwrap();
            let rows = hashes(&journal);
            // What was refused may have reached the disk; what was promised stands in its order.
            let mut all = rows.iter();
            assert!(
                promised.iter().all(|row| all.any(|other| other == row)),
                "{call:?} {fault:?} {nth} {times}"
            );
            journal.append(note_of("on it goes"), op(), &at(50), &[]).unwrap();
            drop(journal);
            JournalReader::open(&bench.path()).unwrap().verify(&bench.trust).unwrap();
        }
    }
    assert!(struck > 30 && refused > 20, "{struck} calls failed, {refused} rows were refused");
}

#[test]
fn a_bit_that_is_read_wrong_changes_no_row_in_silence() {
    let (mut struck, mut noticed) = (0, 0);
    for fault in [Fault::Flipped, Fault::Short] {
        for nth in 0..60 {
            let bench = Bench::new();
            let disk = watch(bench.dir.path());
            let journal = bench.filled(12);
            let promised = hashes(&journal);
            journal.close(&at(5)).unwrap();
            disk.lock().unwrap().fails(Call::Read, nth, 1, fault);
            let opened = bench.open();
            struck += disk.lock().unwrap().struck;
            match opened {
                Err(_) => noticed += 1,
                Ok(journal) => match journal.rows(0, u64::MAX) {
                    Err(_) => noticed += 1,
                    Ok(rows) => {
                        let rows: Vec<String> = rows.into_iter().map(|row| row.hash).collect();
                        assert_eq!(rows[..promised.len()], promised[..], "{fault:?} {nth}");
                    }
                },
            }
        }
    }
    assert!(struck > 20 && noticed > 10, "{struck} reads were wrong, {noticed} were noticed");
}
