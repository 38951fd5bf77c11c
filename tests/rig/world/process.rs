//! The life of the firmware's process and of the cabinet's power.

use senim_domain::OperationId;
use senim_domain::time::{ClockQuality, Stamp};
use senim_emulators::machine::Machine;
use senim_hal::LineDriver as _;
use senim_hal::card_reader::CardReader as _;
use senim_hal::cash_acceptor::CashAcceptor as _;
use senim_hal::cash_dispenser::CashDispenser as _;
use senim_hal::power::DispenserLatch;
use senim_hal::receipt_printer::Raster;
use senim_journal::{Identity, Journal, JournalOptions};
use senim_operation::Profile;
use senim_runtime::{HaltAt, Input, Kernel, KernelOptions, KernelParts};
use senim_session::event::Device;
use senim_session::facts::{BatteryRules, CardReader, Setup};
use senim_sync::SyncOptions;
use senim_ui_model::view::Place;
use uuid::Uuid;

use super::devices::{acceptor_driver, card_driver, dispenser_driver, printer_driver};
use super::{IDLE_WAIT_MS, World};
use crate::far::Far;
use crate::keys::Hands;
use crate::planted::{Bug, Forgetful, Unsealed};

impl<F: Far> World<F> {
    /// Starts the firmware; `halt_at` stops it dead there.
    pub fn start(&mut self, halt_at: Option<&str>) {
        self.starts += 1;
        self.mistake_of_a_start();
        let path = self.journal_path();
        let boot = format!("boot-{}", self.boot);
        let stamp = Stamp {
            mono: self.mono(),
            utc: self.rtc().max(self.options.began),
            quality: ClockQuality::Estimated,
        };
        let epoch =
            OperationId(Uuid::from_u128(0x019a_0000_0000_7000_8000_ee00_0000_0000 | u128::from(self.starts)));
        let mut options = JournalOptions::new(
            path,
            self.terminal.clone(),
            self.mfo.trust(),
            Profile::Rig,
            "0.1.0",
            &boot,
            epoch,
        );
        options.create = self.starts == 1;
        options.second_copy = self.options.second_copy.then(|| self.dir.path().join("copy"));
        if let Some((capacity, reserve)) = self.options.journal_rows {
            (options.capacity_rows, options.reserve_rows) = (capacity, reserve);
        }
        options.gateway_keys = vec![self.mfo.cosigner_x5c()];
        let hands = Hands::of(&self.identity.0, self.mfo.seal(), self.starts);
        let signer = match self.options.bug {
            Some(Bug::SignsOtherBytes) => Box::new(Forgetful(hands.identity)),
            _ => hands.identity,
        };
        let identity = Identity { signer, x5c: self.identity.1.clone() };
        let sealer = match self.options.bug {
            Some(Bug::NotSealed) => Box::new(Unsealed(hands.sealer)),
            _ => hands.sealer,
        };
        let journal = Journal::open(options, identity, hands.maker.as_ref(), sealer, &stamp).unwrap();
        self.dispenser_driver = dispenser_driver();
        self.printer_driver = printer_driver();
        self.acceptor_driver = acceptor_driver();
        self.card_driver = card_driver(self.options.keypad);
        let mut seed = [self.options.seed; 32];
        seed[0] = self.starts;
        let options = KernelOptions {
            terminal: self.terminal.clone(),
            setup: Setup {
                boot,
                firmware: env!("CARGO_PKG_VERSION").to_owned(),
                dispenser: self.dispenser_driver.capabilities(),
                acceptor: self.options.acceptor.then(|| self.acceptor_driver.capabilities()),
                card: self.options.card.then(|| CardReader {
                    device: Device::Card,
                    capabilities: self.card_driver.capabilities(),
                }),
                identity_document: self.options.card.then(|| CardReader {
                    device: Device::Card,
                    capabilities: self.card_driver.capabilities(),
                }),
                last_status: self.options.last_status,
                idle_wait_ms: IDLE_WAIT_MS,
                battery: BatteryRules::default(),
                enrols: true,
                exports: true,
                calibrates: true,
                device_poll_ms: 30_000,
            },
            place: Place { terminal: self.terminal.to_string(), rig: true },
            sync: SyncOptions::default(),
            config_sha256: senim_operation::jws::sha256_b64(b"config"),
            time_floor: self.options.began,
            certificate_ends: Some(self.certificate_ends),
            seed,
            epoch_life_ms: 24 * 3_600_000,
            halt_at: halt_at.map(|text| text.parse::<HaltAt>().unwrap()),
        };
        let parts = KernelParts {
            journal,
            trust: self.mfo.trust(),
            authorities: crate::wallet::authorities(),
            power: Box::new(self.latch.clone()),
            keys: hands.maker,
            certificate_clock: None,
            draw_receipt: if self.options.receipts {
                senim_runtime::receipt::drawer(
                    self.terminal.to_string(),
                    senim_runtime::receipt::Paper::default(),
                )
            } else {
                Box::new(|_, _| Some(Raster { width: 576, rows: vec![0x55; 72 * 40] }))
            },
        };
        self.kernel = Some(Kernel::new(options, parts).unwrap());
        self.show_latch();
        self.input(Input::Start { clean_stop: false });
        let mono = self.mono();
        self.dispenser_driver.handle_line(true, mono);
        self.printer_driver.handle_line(true, mono);
        if self.options.acceptor {
            self.acceptor_driver.handle_line(true, mono);
        }
        if self.options.card {
            self.card_driver.handle_line(true, mono);
        }
    }

    /// Where the journal lies.
    #[must_use]
    pub fn journal_path(&self) -> std::path::PathBuf {
        self.dir.path().join("journal.db")
    }

    /// The folder that everything of the terminal lies in.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Brings the second copy up to the journal, as its thread does.
    pub fn copy_journal(&self) {
        std::fs::create_dir_all(self.dir.path().join("copy")).unwrap();
        self.kernel().journal().second_copy().unwrap().catch_up().unwrap();
    }

    /// The process dies where it stands; files, devices and gateway stay.
    pub fn kill(&mut self) {
        self.kernel = None;
        self.fuse.mend();
        self.queue.clear();
        self.to_dispenser.clear();
        self.to_printer.clear();
        self.to_acceptor.clear();
        self.to_card_reader.clear();
        self.borrower_acts_at = None;
    }

    /// The whole cabinet loses power, host and dispenser alike.
    pub fn cut_power(&mut self) {
        self.kill();
        self.dispenser.set_power(false, self.now);
        self.acceptor.set_power(false, self.now);
        self.pass(3_000);
        self.dispenser.set_power(true, self.now);
        self.acceptor.set_power(true, self.now);
        self.pass(20_000);
        self.boot += 1;
        self.booted_at = self.now - 500;
    }

    /// Time passes for the devices while nobody speaks to them.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        let due = |world: &Self| {
            [Machine::poll_timeout(&world.dispenser), Machine::poll_timeout(&world.acceptor)]
                .into_iter()
                .flatten()
                .min()
        };
        while let Some(at) = due(self).filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.acceptor.handle_timeout(self.now);
            while self.acceptor.poll_transmit(self.now).is_some() {}
            self.dispenser.handle_timeout(self.now);
            while self.dispenser.poll_transmit(self.now).is_some() {}
        }
        self.now = end;
    }

    /// Fills the journal's disk to the last page.
    pub fn fill_disk(&mut self) {
        self.kernel.as_mut().unwrap().journal_mut().set_max_pages(Some(1)).unwrap();
    }

    /// Gives the journal's disk room again.
    pub fn make_room(&mut self) {
        self.kernel.as_mut().unwrap().journal_mut().set_max_pages(None).unwrap();
    }

    pub(super) fn show_latch(&mut self) {
        let seen = self.dispenser.latch();
        let shown = DispenserLatch { losses: seen.losses, powered: seen.powered };
        *self.latch.0.lock().unwrap() = self.options.latch.then_some(shown);
    }
}
