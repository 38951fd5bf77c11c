//! The stage: world, gateway, devices and firmware as processes of their own, in one work folder. It starts, stops, kills
//! and restarts each of them and hands out clients; it plays nobody and judges nothing.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cash::Cassettes;
use crate::clients::{DevicesClient, FirmwareClient, Status, WorldClient};
use crate::config::{self, ConfigPatch, Judged, Surroundings};
use crate::ear::Ear;
use crate::error::Trouble;
use crate::folders::Folders;
use crate::moving_clock::MovingClock;
use crate::player::Player;
use crate::pocket;
use crate::process::{Running, run};
use crate::sitter::Sitter;
use crate::wait::{Look, rest, until};

mod commission;
mod intruder;
mod options;
mod staff;

pub use intruder::Intruder;
pub use options::StageOptions;

/// The rule pack that stages publish unless told otherwise: the sample of the published formats.
pub const RULE_PACK: &str = include_str!("../docs/formats/rule-pack.sample.json");
/// The notice of the terminal, like that of the rule pack: long before anybody plays.
const NOTIFIED: (&str, &str) = ("--notified", "2025-12-01");
/// Folder in the work folder with the authorities of identity documents that the terminal believes.
const AUTHORITIES: &str = "authorities";
/// Where the terminal is registered.
const ADDRESS: &str = "Алматы, Үлгі көшесі, 1";
/// The same as measured, where the location receiver of the rack is: north and east, millionths of a degree.
pub const PLACE: (i32, i32) = (43_238_949, 76_889_709);
/// Any port of this machine.
const ANY: &str = "127.0.0.1:0";
/// Who decides for the MFO here, as the gateway's commands want to know.
pub const STAFF: [&str; 4] = ["--by", "simulator", "--reason", "the stage is set"];
/// How long a program may take to be ready: a debug build on a busy machine.
pub const START: Duration = Duration::from_secs(60);
/// How long a program may take to end in order.
pub const STOP: Duration = Duration::from_secs(30);
/// What passes as it is where the clock moves.
const WAITED: Duration = Duration::from_secs(60);
/// Until the terminal has heard of a clock that was moved: the file's second, its own, and the way.
const HEARD: Duration = Duration::from_secs(5);
/// How long rows, orders and messages may take between terminal and gateway.
pub const EXCHANGE: Duration = Duration::from_secs(60);

/// A started program and where it listens (`127.0.0.1:port`).
#[derive(Debug)]
struct Service {
    process: Running,
    address: String,
    ready: Value,
}

/// The stage. Dropping it kills what runs.
#[derive(Debug)]
pub struct Stage {
    folders: Folders,
    options: StageOptions,
    clock: Option<MovingClock>,
    patch: ConfigPatch,
    gateway_address: Option<String>,
    enrolment_address: Option<String>,
    devices_address: Option<String>,
    sitter: Sitter,
    // Dropped in this order: the firmware first, so that it meets no vanished devices in its log.
    firmware: Option<Service>,
    devices: Option<Service>,
    gateway: Option<Service>,
    world: Option<Service>,
}

impl Stage {
    /// An empty stage in `out` (made if missing; what an earlier stage left there is removed).
    ///
    /// # Errors
    /// [`Trouble::NotOurs`], [`Trouble::File`].
    pub fn new(out: &Path, options: StageOptions) -> Result<Self, Trouble> {
        let folders = Folders::make(out)?;
        let clock = if options.moving_clock { Some(MovingClock::begin(&folders.work)?) } else { None };
        Ok(Self {
            folders,
            clock,
            options,
            patch: ConfigPatch::none(),
            gateway_address: None,
            enrolment_address: None,
            devices_address: None,
            sitter: Sitter::come()?,
            firmware: None,
            devices: None,
            gateway: None,
            world: None,
        })
    }

    /// Its folders.
    #[must_use]
    pub fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Puts a stick into the terminal's port for sticks.
    pub(crate) fn put_stick(&self) -> Result<(), Trouble> {
        let stick = self.folders.work.join(config::STICK);
        std::fs::create_dir_all(&stick).map_err(Trouble::file("create", stick))
    }

    /// Whoever stands before the camera.
    #[must_use]
    pub const fn sitter(&self) -> &Sitter {
        &self.sitter
    }

    /// What it was made with.
    #[must_use]
    pub fn options(&self) -> &StageOptions {
        &self.options
    }

    /// Starts the world.
    ///
    /// # Errors
    /// Any [`Trouble`] of starting a process.
    pub fn start_world(&mut self) -> Result<&mut Self, Trouble> {
        let people = self.options.people.as_ref().map(|path| path.display().to_string());
        let mut arguments = vec!["world", "--listen", ANY];
        if let Some(people) = &people {
            arguments.extend(["--people", people]);
        }
        self.world = Some(self.start("world", "senim-simulator", &arguments, "listening")?);
        Ok(self)
    }

    /// Starts the gateway; the first time it enrols the terminal, publishes the rule pack and activates the terminal.
    /// Started again it listens where it did before.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`] without a world, any [`Trouble`] of starting a process.
    pub fn start_gateway(&mut self) -> Result<&mut Self, Trouble> {
        let world = self.world()?.url().to_owned();
        let listen = self.gateway_address.clone().unwrap_or_else(|| ANY.to_owned());
        let config = self.folders.gateway_config();
        let judged = Judged { signatures: self.options.signed, cards: self.options.cards };
        config::write_gateway(&config, &listen, &world, judged)?;
        let centre = self.world()?.certificate("centre")?;
        config::write(&config.with_file_name(config::CENTRE_ROOTS), &centre)?;
        if judged.signatures || judged.cards {
            for (name, file) in [("root", config::ROOTS), ("issuing", config::INTERMEDIATES)] {
                config::write(&config.with_file_name(file), &self.world()?.certificate(name)?)?;
            }
        }
        if self.options.commissioned {
            let listen = self.enrolment_address.as_deref().unwrap_or(ANY);
            config::let_enrol(&config, listen, self.options.certificate_days)?;
        }
        let config = config.display().to_string();
        if !self.folders.rules().exists() {
            self.prepare_gateway(&config)?;
        }
        let gateway = self.start("gateway", "senim-gateway", &["serve", "--config", &config], "listening")?;
        self.gateway_address = Some(gateway.address.clone());
        self.enrolment_address = gateway.ready.get("est").and_then(Value::as_str).map(str::to_owned);
        self.gateway = Some(gateway);
        Ok(self)
    }

    /// Starts the devices in the work folder, with empty cassettes. Started again the control listens where it did before.
    ///
    /// # Errors
    /// Any [`Trouble`] of starting a process.
    pub fn start_devices(&mut self) -> Result<&mut Self, Trouble> {
        let dir = self.folders.devices().display().to_string();
        let control = self.devices_address.clone().unwrap_or_else(|| ANY.to_owned());
        let arguments = ["devices", "--dir", &dir, "--control", &control];
        let devices = self.start("devices", "senim-simulator", &arguments, "control")?;
        self.devices_address = Some(devices.address.clone());
        self.devices = Some(devices);
        let kind = self.options.dispenser;
        let empty: Vec<Value> =
            (1..=kind.cassettes()).map(|unit| json!({ "unit": unit, "notes": 0 })).collect();
        self.devices()?.patch(kind.device(), &json!({ "cassettes": empty }))?;
        self.devices()?.patch("card", &json!({ "keypad": self.options.keypad }))?;
        Ok(self)
    }

    /// Starts the firmware with the stage's configuration and `patch` on top; the patch holds for this start only.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`] when gateway or devices were never started, any [`Trouble`] of starting a process.
    pub fn start_firmware(&mut self, patch: &ConfigPatch) -> Result<&mut Self, Trouble> {
        self.patch = patch.clone();
        // Left by a firmware that was halted and killed.
        let halted = self.folders.halted();
        if halted.exists() {
            std::fs::remove_file(&halted).map_err(Trouble::file("remove", &halted))?;
        }
        let config = self.write_firmware_config()?;
        let arguments = ["run", "--config", &config];
        self.firmware = Some(self.start("firmware", "senim", &arguments, "control")?);
        Ok(self)
    }

    fn write_firmware_config(&self) -> Result<String, Trouble> {
        let gateway = self.gateway_address.as_deref().ok_or(Trouble::NotRunning("the gateway"))?;
        let devices = self.devices()?;
        let supply = self.folders.devices().join("supply.addr");
        let supply = std::fs::read_to_string(&supply).map_err(Trouble::file("read", &supply))?;
        let around = Surroundings {
            terminal: &self.options.terminal,
            gateway,
            devices: devices.url(),
            supply: supply.trim(),
            models: &self.options.programs.models(),
            camera: &self.options.camera,
            person: self.sitter.address(),
            size: self.options.size,
            dispenser: self.options.dispenser,
            intruder: &self.intruder(),
            authorities: self.options.cards.then_some(AUTHORITIES),
            keypad: self.options.keypad,
        };
        if self.options.cards {
            pocket::write_authority(&self.folders.work.join(AUTHORITIES))?;
        }
        let path = self.folders.firmware_config();
        let patch = self.patch_of_the_clock();
        if self.options.commissioned {
            self.commission(&around)?;
            self.patch_commissioned(&patch)?;
        } else {
            config::write(&path, config::firmware(&around, &patch)?.as_bytes())?;
        }
        Ok(path.display().to_string())
    }

    /// Starts everything: a commissioned terminal without cash.
    ///
    /// # Errors
    /// Any [`Trouble`] of the single steps.
    pub fn start_all(&mut self, patch: &ConfigPatch) -> Result<&mut Self, Trouble> {
        self.start_world()?.start_gateway()?.start_devices()?.start_firmware(patch)
    }

    /// Fills the cassettes as the cash office does: a signed order, the notes in the dispenser, the officer's word that it
    /// was done; then waits until a loan is offered.
    ///
    /// # Errors
    /// Any [`Trouble`] of the single steps; [`Trouble::Deadline`].
    pub fn load_cash(&mut self, cassettes: &Cassettes) -> Result<&mut Self, Trouble> {
        let order = self.order(cassettes)?;
        let (client, devices) = (self.firmware()?, self.devices()?);
        let dispenser = self.options.dispenser.device();
        devices.patch(dispenser, &cassettes.onto(&devices.state(dispenser)?))?;
        until("the signed cash order to reach the terminal", EXCHANGE, || {
            self.check()?;
            if client.exchange(&order)? {
                return Ok(Look::There(()));
            }
            Ok(Look::NotYet(format!("{:?}", client.status()?)))
        })?;
        self.wait_for_offer()?;
        Ok(self)
    }

    /// Has the gateway sign an order to add these notes; returns its id.
    ///
    /// # Errors
    /// [`Trouble::Ended`], [`Trouble::Answer`].
    pub fn order(&self, cassettes: &Cassettes) -> Result<String, Trouble> {
        let config = self.folders.gateway_config().display().to_string();
        let terminal = self.options.terminal.as_str();
        let mut arguments = vec!["admin", "order", "--config", &config, "--terminal", terminal];
        arguments.extend(STAFF);
        let added = cassettes.as_order();
        for unit in &added {
            arguments.extend(["--add", unit]);
        }
        let answer = self.gateway_command(&arguments)?;
        let order = answer.get("order").and_then(Value::as_str).map(str::to_owned);
        order.ok_or_else(|| Trouble::Answer {
            from: "senim-gateway admin order".to_owned(),
            why: answer.to_string(),
        })
    }

    /// Waits until the welcome screen offers a loan.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] with the terminal's status; [`Trouble::Ended`] if a process ends.
    pub fn wait_for_offer(&mut self) -> Result<(), Trouble> {
        self.wait_for_status("the terminal to offer loans", EXCHANGE, |status| {
            status.out_of_service.is_empty() && status.no_loan.is_null() && status.online
        })?;
        let client = self.firmware()?;
        until("the welcome screen", EXCHANGE, || {
            let screen = client.screen()?;
            Ok(if screen.screen == "Welcome" && screen.detail.is_empty() {
                Look::There(())
            } else {
                Look::NotYet(screen.told())
            })
        })
    }

    /// Waits until the firmware's status is as asked.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] with the last status, [`Trouble::Ended`] if a process ends.
    pub fn wait_for_status(
        &mut self,
        what: &str,
        patience: Duration,
        holds: impl Fn(&Status) -> bool,
    ) -> Result<Status, Trouble> {
        let client = self.firmware()?;
        until(what, patience, || {
            self.check()?;
            let status = client.status()?;
            Ok(if holds(&status) { Look::There(status) } else { Look::NotYet(format!("{status:?}")) })
        })
    }

    /// Waits until the firmware has stopped dead at the point named by `rig.halt_at`.
    ///
    /// # Errors
    /// [`Trouble::Deadline`], [`Trouble::Ended`] if a process ends.
    pub fn wait_for_halt(&mut self) -> Result<(), Trouble> {
        let halted = self.folders.halted();
        until("the firmware to halt", EXCHANGE, || {
            self.check()?;
            Ok(if halted.exists() { Look::There(()) } else { Look::NotYet("it goes on".to_owned()) })
        })
    }

    /// Fails if a process that should run has ended.
    ///
    /// # Errors
    /// [`Trouble::Ended`] with its last words.
    pub fn check(&mut self) -> Result<(), Trouble> {
        let services = [&mut self.firmware, &mut self.devices, &mut self.gateway, &mut self.world];
        services.into_iter().flatten().try_for_each(|service| service.process.check())
    }

    /// Waits until the firmware has stopped by itself, in order.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`], [`Trouble::Ended`] for another code than 0, [`Trouble::Deadline`].
    pub fn wait_for_end(&mut self) -> Result<(), Trouble> {
        self.firmware.take().ok_or(Trouble::NotRunning("the firmware"))?.process.end(EXCHANGE)
    }

    /// Stops the firmware in order.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`], [`Trouble::Ended`] for another code than 0, [`Trouble::Deadline`].
    pub fn stop_firmware(&mut self) -> Result<(), Trouble> {
        stop(&mut self.firmware, "the firmware")
    }

    /// Stops the gateway in order.
    ///
    /// # Errors
    /// As [`Stage::stop_firmware`].
    pub fn stop_gateway(&mut self) -> Result<(), Trouble> {
        stop(&mut self.gateway, "the gateway")
    }

    /// Stops the devices in order.
    ///
    /// # Errors
    /// As [`Stage::stop_firmware`].
    pub fn stop_devices(&mut self) -> Result<(), Trouble> {
        stop(&mut self.devices, "the devices")
    }

    /// Stops the world in order.
    ///
    /// # Errors
    /// As [`Stage::stop_firmware`].
    pub fn stop_world(&mut self) -> Result<(), Trouble> {
        stop(&mut self.world, "the world")
    }

    /// Kills the firmware with SIGKILL; it can be started again.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`], [`Trouble::Process`].
    pub fn kill_firmware(&mut self) -> Result<(), Trouble> {
        kill(&mut self.firmware, "the firmware")
    }

    /// Kills the gateway with SIGKILL.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`], [`Trouble::Process`].
    pub fn kill_gateway(&mut self) -> Result<(), Trouble> {
        kill(&mut self.gateway, "the gateway")
    }

    /// Kills the devices with SIGKILL, all at once, as when their supply is cut.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`], [`Trouble::Process`].
    pub fn kill_devices(&mut self) -> Result<(), Trouble> {
        kill(&mut self.devices, "the devices")
    }

    /// The firmware's process, for its id and its end.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`].
    pub fn firmware_process(&mut self) -> Result<&mut Running, Trouble> {
        self.firmware.as_mut().map(|service| &mut service.process).ok_or(Trouble::NotRunning("the firmware"))
    }

    /// A client of the world.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`].
    pub fn world(&self) -> Result<WorldClient, Trouble> {
        address(self.world.as_ref(), "the world").map(WorldClient::at)
    }

    /// A client of the devices' control.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`].
    pub fn devices(&self) -> Result<DevicesClient, Trouble> {
        address(self.devices.as_ref(), "the rack of devices").map(DevicesClient::at)
    }

    /// State of the dispenser that the firmware is configured for.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`], [`Trouble::Http`].
    pub fn dispenser(&self) -> Result<Value, Trouble> {
        self.devices()?.state(self.options.dispenser.device())
    }

    /// A client of the firmware's rig control.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`].
    pub fn firmware(&self) -> Result<FirmwareClient, Trouble> {
        address(self.firmware.as_ref(), "the firmware").map(FirmwareClient::at)
    }

    /// Somebody at the screen, who speaks `language` and keeps pictures in the output folder.
    ///
    /// # Errors
    /// [`Trouble::NotRunning`].
    pub fn player(&self, language: &str) -> Result<Player, Trouble> {
        let player = Player::new(self.firmware()?, self.world()?, language, &self.folders);
        if self.options.by_ear {
            return Ok(player.by_ear(Ear::put_in(self.firmware()?, self.devices()?)?));
        }
        Ok(player)
    }

    /// Runs a command of the gateway program and returns its document.
    ///
    /// # Errors
    /// [`Trouble::Ended`].
    pub fn gateway_command(&self, arguments: &[&str]) -> Result<Value, Trouble> {
        let program = self.options.programs.path("senim-gateway")?;
        run("gateway-commands", &program, arguments, &self.clock_environment(), &self.folders.logs)
    }

    /// Rows of the terminal's journal from this number on, as its program shows them beside the running firmware.
    ///
    /// # Errors
    /// [`Trouble::Ended`].
    pub fn rows(&self, first: u64) -> Result<Vec<Value>, Trouble> {
        let config = self.folders.firmware_config().display().to_string();
        let program = self.options.programs.path("senim")?;
        let first = first.to_string();
        let arguments = ["journal", "show", "--config", &config, "--from", &first];
        let environment = self.clock_environment();
        crate::process::run_lines("firmware-commands", &program, &arguments, &environment, &self.folders.logs)
    }

    /// Runs a command of the firmware program and returns its document.
    ///
    /// # Errors
    /// [`Trouble::Ended`].
    pub fn firmware_command(&self, arguments: &[&str]) -> Result<Value, Trouble> {
        let program = self.options.programs.path("senim")?;
        run("firmware-commands", &program, arguments, &self.clock_environment(), &self.folders.logs)
    }

    /// Lets time go by in which nobody does anything: as it is, or at once for what is longer than a person waits, where the
    /// clock moves.
    ///
    /// # Errors
    /// [`Trouble::File`] of the clock.
    pub fn pass(&mut self, time: Duration) -> Result<(), Trouble> {
        match &mut self.clock {
            Some(clock) if time > WAITED => {
                clock.forward(time)?;
                rest(HEARD);
                Ok(())
            }
            Some(_) | None => {
                rest(time);
                Ok(())
            }
        }
    }

    /// Where the clock moves, the firmware asks for the MFO's time often.
    fn patch_of_the_clock(&self) -> ConfigPatch {
        let patch = self.patch.clone();
        if self.clock.is_some() { patch.set("gateway.time_life_ms", 1_000) } else { patch }
    }

    fn clock_environment(&self) -> Vec<(String, String)> {
        self.clock.as_ref().map(MovingClock::environment).unwrap_or_default()
    }

    fn start(
        &self,
        name: &str,
        program: &'static str,
        arguments: &[&str],
        address_at: &str,
    ) -> Result<Service, Trouble> {
        let tie = self.options.programs.path("senim-simulator")?;
        let program = self.options.programs.path(program)?;
        let own: &[_] = match name {
            "firmware" => &self.options.firmware_environment,
            _ => &[],
        };
        let environment = [&self.clock_environment(), own].concat();
        let mut process = Running::start(&tie, name, &program, arguments, &environment, &self.folders.logs)?;
        let ready = process.ready(START)?;
        let address = ready.get(address_at).and_then(Value::as_str).map(str::to_owned);
        let address =
            address.ok_or_else(|| Trouble::Answer { from: name.to_owned(), why: ready.to_string() })?;
        Ok(Service { process, address, ready })
    }
}

fn address<'a>(service: Option<&'a Service>, name: &'static str) -> Result<&'a str, Trouble> {
    service.map(|service| service.address.as_str()).ok_or(Trouble::NotRunning(name))
}

fn stop(service: &mut Option<Service>, name: &'static str) -> Result<(), Trouble> {
    service.take().ok_or(Trouble::NotRunning(name))?.process.stop(STOP)
}

fn kill(service: &mut Option<Service>, name: &'static str) -> Result<(), Trouble> {
    service.take().ok_or(Trouble::NotRunning(name))?.process.kill9()
}
