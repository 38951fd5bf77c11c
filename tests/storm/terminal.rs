//! One terminal in the storm: business, quiet rows, power cuts, until it has written its share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use senim_domain::{SecretBytes, TerminalId};
use senim_hal::{Error, ErrorKind};
use senim_operation::Body;
use senim_operation::body::PayoutResult;
use senim_rig::{World, WorldOptions, invariants};
use senim_runtime::Input;
use senim_session::event::{Device, Peripheral};
use senim_session::state::State;

use crate::remote::Remote;

/// Notes in each cassette: more than a storm pays out.
pub const BROUGHT: u32 = 40_000;
/// Unacknowledged rows at which a terminal writes nothing before some have gone.
const BACKLOG: u64 = 3_000;
/// Devices whose state changes make quiet rows.
const DEVICES: [Device; 3] = [Device::Location, Device::Nfc, Device::Assistive];

/// What all terminals tell while they work.
#[derive(Default)]
pub struct Progress {
    /// Rows that are durable at terminals.
    pub rows: AtomicU64,
    pub cuts: AtomicU64,
    pub kills: AtomicU64,
    pub visits: AtomicU64,
}

/// One row as it became durable.
pub struct Witness {
    pub hash: String,
    pub op_id: String,
    /// SHA-256 of what is sealed beside it.
    pub attachment: Option<String>,
}

/// What a terminal has seen in the end.
pub struct Account {
    pub terminal: TerminalId,
    pub rows: Vec<Witness>,
    /// `(loan, request, authorisation, tiyn distributed)` of every end of a payout.
    pub ends: Vec<(String, String, Option<String>, u64)>,
    /// `(loan, authorisation)` of every payout that was begun.
    pub authorised: Vec<(String, String)>,
    pub paid: usize,
}

/// A terminal and its borrower.
pub struct Player {
    world: World<Remote>,
    random: fastrand::Rng,
    progress: Arc<Progress>,
    told: u64,
    faulty: [bool; 3],
}

/// The sizes of loans that a borrower asks for: in cassettes of 5,000 and 1,000.
fn options(seed: u8) -> WorldOptions {
    WorldOptions {
        brought: BROUGHT,
        began: senim_gateway::clock::now(),
        seed,
        sum: if seed.is_multiple_of(3) { 200_000 } else { 100_000 },
        ..WorldOptions::default()
    }
}

impl Player {
    /// A terminal before its first start.
    #[must_use]
    pub fn new(
        index: usize,
        terminal: TerminalId,
        remote: Remote,
        identity: (SecretBytes, Vec<String>),
        dir: tempfile::TempDir,
        random: fastrand::Rng,
        progress: Arc<Progress>,
    ) -> Self {
        let seed = u8::try_from(index % 250 + 1).unwrap();
        let world = World::before_its_first_start(options(seed), remote, terminal, identity, dir);
        Self { world, random, progress, told: 0, faulty: [false; 3] }
    }

    /// Starts, takes its first cash, works until `share` rows are written, then lets everything come to rest.
    pub fn play(mut self, order: senim_domain::OrderId, share: u64, calm: &dyn Fn() -> bool) -> Account {
        self.world.start(None);
        self.world.mfo.stormy.set(false);
        self.world.load(order);
        self.world.mfo.stormy.set(true);
        while self.told < share {
            self.do_something();
            self.tell();
        }
        while !calm() {
            self.world.run_until(2_000, |_| false);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.world.mfo.stormy.set(false);
        self.come_to_rest();
        self.tell();
        invariants::of_the_terminal(&self.world);
        self.account()
    }

    fn tell(&mut self) {
        let rows = self.world.kernel().next_seq();
        self.progress.rows.fetch_add(rows - self.told, Ordering::Relaxed);
        self.told = rows;
    }

    fn do_something(&mut self) {
        let backlog =
            self.world.kernel().acked_seq().map_or(self.told, |acked| self.told - acked.min(self.told));
        match self.random.u32(..100) {
            _ if backlog > BACKLOG => {
                self.world.run_until(5_000, |_| false);
            }
            0..55 => self.quiet_rows(),
            55..85 => self.visit(),
            85..93 => {
                let ms = self.random.u64(100..20_000);
                self.world.run_until(ms, |_| false);
            }
            93..97 => self.lose_process(),
            _ => self.lose_power(),
        }
    }

    fn quiet_rows(&mut self) {
        for _ in 0..self.random.u32(50..600) {
            let at = self.random.usize(..DEVICES.len());
            self.faulty[at] = !self.faulty[at];
            let state = if self.faulty[at] { Err(Error::new(ErrorKind::NoDevice, "pulled")) } else { Ok(()) };
            self.world.input(Input::Peripheral(Peripheral::Health(DEVICES[at], state)));
        }
        self.world.run_until(200, |_| false);
    }

    fn visit(&mut self) {
        self.progress.visits.fetch_add(1, Ordering::Relaxed);
        self.world.mfo.next_person();
        self.world.borrower = true;
        // One visit in eight ends by a cut wherever it has come to.
        let cut = self.random.u32(..8) == 0;
        let limit = if cut { self.random.u64(1_000..60_000) } else { 600_000 };
        self.world.run_until(limit, |world| {
            matches!(world.kernel().session().state(), State::Receipt(_) | State::End { .. })
        });
        if cut && self.random.bool() {
            self.lose_process();
        } else if cut {
            self.lose_power();
        }
        // The borrower reads the receipt and leaves.
        self.world.run_until(120_000, |world| world.kernel().session().at_rest());
        self.world.borrower = false;
    }

    fn lose_process(&mut self) {
        self.tell();
        self.progress.kills.fetch_add(1, Ordering::Relaxed);
        self.world.borrower = false;
        self.world.kill();
        self.start_again();
    }

    fn start_again(&mut self) {
        // While this process starts another one, that one holds each of its files for a moment, locks included.
        let lock = self.world.journal_path().with_file_name("journal.db-lock");
        while std::fs::File::open(&lock).is_ok_and(|lock| lock.try_lock().is_err()) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.world.start(None);
        self.faulty = [false; 3];
        self.tell();
    }

    fn lose_power(&mut self) {
        self.tell();
        self.progress.cuts.fetch_add(1, Ordering::Relaxed);
        self.world.borrower = false;
        self.world.cut_power();
        self.start_again();
    }

    fn come_to_rest(&mut self) {
        let mut rounds = 0;
        while !self.world.run_until(900_000, World::settled) {
            rounds += 1;
            // The gateway may still wait for another terminal's answer to a rewind.
            std::thread::sleep(std::time::Duration::from_millis(100));
            let kernel = self.world.kernel();
            let log = &self.world.log[self.world.log.len().saturating_sub(5)..];
            assert!(
                rounds < 100,
                "{} does not come to rest: {:?}, acked {:?} of {}, attachments wait: {}, {log:?}",
                self.world.terminal,
                kernel.session().state(),
                kernel.acked_seq(),
                kernel.next_seq(),
                kernel.attachments_waiting(),
            );
        }
    }

    fn account(self) -> Account {
        let rows = self.world.rows();
        let (mut ends, mut authorised, mut paid) = (Vec::new(), Vec::new(), 0);
        for row in &rows {
            match row.envelope.body().unwrap() {
                Some(Body::PayoutEnded(end)) => {
                    paid += usize::from(end.result == PayoutResult::Paid);
                    ends.push((
                        end.loan.to_string(),
                        end.request.to_string(),
                        end.authorisation.map(|authorisation| authorisation.to_string()),
                        end.distributed_tiyn.tiyn(),
                    ));
                }
                Some(Body::PayoutIntended(intended)) if intended.bundle == 1 => {
                    authorised.push((intended.loan.to_string(), intended.authorisation.to_string()));
                }
                _ => {}
            }
        }
        let rows = rows
            .into_iter()
            .map(|row| Witness {
                hash: row.hash,
                op_id: row.envelope.op_id.to_string(),
                attachment: row.envelope.sealed.map(|sealed| sealed.sha256),
            })
            .collect();
        Account { terminal: self.world.terminal.clone(), rows, ends, authorised, paid }
    }
}
