//! Devices of the cabinet: commands to their drivers, bytes to their emulators, and the camera.

use senim_drivers::gempc::{Config as CardConfig, Notification};
use senim_drivers::{
    Ccnet as AcceptorDriver, EscPos as PrinterDriver, GemPc as CardDriver, Lcdm4000 as DispenserDriver,
};
use senim_emulators::machine::Machine;
use senim_hal::LineDriver as _;
use senim_hal::cabinet::{self, Change};
use senim_hal::card_reader::{self, CardReader as _};
use senim_hal::cash_acceptor::{self, CashAcceptor as _};
use senim_hal::cash_dispenser::{self, CashDispenser as _, Command};
use senim_hal::receipt_printer::{self, ReceiptPrinter as _};
use senim_runtime::kernel::CameraCommand;
use senim_runtime::{Input, Output};
use senim_session::event::{CameraEvent, Device, Peripheral};

use super::{Due, World, living};
use crate::far::Far;

pub(super) fn dispenser_driver() -> DispenserDriver {
    DispenserDriver::new(senim_drivers::lcdm4000::Config::default()).unwrap()
}

pub(super) fn printer_driver() -> PrinterDriver {
    PrinterDriver::new(senim_drivers::escpos::Config::default()).unwrap()
}

pub(super) fn acceptor_driver() -> AcceptorDriver {
    AcceptorDriver::new(senim_drivers::ccnet::Config::default()).unwrap()
}

/// It looks at its slot when the reader tells that something moved: days of virtual time pass without a look.
pub(super) fn card_driver(keypad: bool) -> CardDriver {
    let config =
        CardConfig { notification: Notification::Asynchronous, poll_ms: 0, keypad, ..CardConfig::default() };
    CardDriver::new(config).unwrap()
}

impl<F: Far> World<F> {
    fn tell_card_reader(&mut self, command: card_reader::Command) {
        let mono = self.mono();
        if let Err(error) = self.card_driver.begin(command, mono) {
            let event = Peripheral::CardReader(Device::Card, card_reader::Event::Failed(error));
            self.later(0, Due::Input(Input::Peripheral(event)));
        }
    }

    /// The reader's cable is pulled, or put back.
    pub fn plug_card_reader(&mut self, plugged: bool) {
        let mono = self.mono();
        self.to_card_reader.clear();
        self.card_driver.handle_line(plugged, mono);
    }

    /// The cables of dispenser and printer change places, or are put back.
    pub fn swap_cables(&mut self, swapped: bool) {
        let mono = self.mono();
        self.to_dispenser.clear();
        self.to_printer.clear();
        for open in [false, true] {
            self.swapped = swapped;
            self.dispenser_driver.handle_line(open, mono);
            self.printer_driver.handle_line(open, mono);
        }
    }

    /// The operator's key switch is turned on supervisor, or back.
    pub fn turn_operator_switch(&mut self, active: bool) {
        let change = Change { input: cabinet::Input::OperatorSwitch, active };
        self.input(Input::Peripheral(Peripheral::Cabinet(change)));
    }

    fn tell_acceptor(&mut self, command: cash_acceptor::Command) {
        let Some(command) = self.mistaken_acceptance(command) else { return };
        let mono = self.mono();
        if let Err(error) = self.acceptor_driver.begin(command, mono) {
            let event = cash_acceptor::Event::Failed(error);
            self.later(0, Due::Input(Input::Peripheral(Peripheral::Acceptor(event))));
        }
    }

    pub(super) fn carry_out(&mut self, output: Output) {
        let mono = self.mono();
        match output {
            Output::Dispenser(command) => {
                let Some(command) = self.mistaken_command(command) else { return };
                if matches!(
                    command,
                    Command::Mark
                        | Command::Dispense(_)
                        | Command::TestDispense(_)
                        | Command::Present
                        | Command::Retract
                        | Command::Reset
                ) {
                    self.cash_commands.push(command.clone());
                }
                if let Err(error) = self.dispenser_driver.begin(command, mono) {
                    self.later(0, Due::Input(Input::Dispenser(cash_dispenser::Event::Failed(error))));
                }
            }
            Output::Printer(command) => {
                if let Err(error) = self.printer_driver.begin(command, mono) {
                    self.later(0, Due::Input(Input::Printer(receipt_printer::Event::Failed(error))));
                }
            }
            Output::Camera(CameraCommand::Open) => {
                self.later(200, Due::Input(Input::Camera(CameraEvent::Opened)));
            }
            Output::Camera(CameraCommand::Read) => {
                self.later(200, Due::Input(Input::Camera(CameraEvent::Opened)));
                if let Some(code) = self.eye.read() {
                    self.later(500, Due::Input(Input::Camera(code)));
                }
            }
            Output::Camera(CameraCommand::Take(rules)) => {
                let seen = self.eye.take(&rules, self.options.picture_bytes);
                self.later(400, Due::Input(Input::Camera(seen)));
            }
            Output::Camera(CameraCommand::Prove(challenge)) => {
                self.later(200, Due::Input(Input::Camera(CameraEvent::Opened)));
                for (after, event) in living::prove(&challenge, self.manner) {
                    self.later(after, Due::Input(Input::Camera(event)));
                }
            }
            Output::Uplink { lease, request, .. } => self.later(20, Due::Ask(lease, request)),
            Output::Enrol(code) => self.enrol(&code),
            Output::ReadLog => self.later(0, Due::Input(Input::Log(vec!["a line of the log".into()]))),
            Output::ExportJournal => self.export_journal(),
            Output::Draw(view) => {
                self.hand.show(&view);
                self.shown = Some(view);
            }
            Output::Wipe => self.hand.forget(),
            Output::Acceptor(command) => self.tell_acceptor(command),
            Output::CardReader(_, command) => self.tell_card_reader(command),
            Output::AskPeripherals { but } => {
                if self.options.acceptor {
                    self.tell_acceptor(cash_acceptor::Command::Status);
                }
                if self.options.card && but != Some(Device::Card) {
                    self.tell_card_reader(card_reader::Command::Status);
                }
            }
            Output::CorrectTouch(correction) => self.touch = correction,
            Output::Camera(CameraCommand::Close) | Output::Stopped | Output::Halt => {}
        }
    }

    /// Moves bytes until both lines are quiet now, and gives the kernel what the drivers tell.
    pub(super) fn exchange_bytes(&mut self) {
        loop {
            let mono = self.mono();
            let mut moved = false;
            while let Some(bytes) = self.dispenser_driver.poll_transmit() {
                let to = if self.swapped { &mut self.to_printer } else { &mut self.to_dispenser };
                to.extend(bytes);
            }
            if !self.to_dispenser.is_empty() && self.dispenser.wants_input() {
                let bytes = std::mem::take(&mut self.to_dispenser);
                let through = self.fuse.pass(bytes.len());
                self.dispenser.handle_input(&bytes[..through], self.now);
                moved = true;
            }
            while let Some(bytes) = self.dispenser.poll_transmit(self.now) {
                let through = self.fuse.pass(bytes.len());
                if self.swapped {
                    self.printer_driver.handle_input(&bytes[..through], mono);
                } else {
                    self.dispenser_driver.handle_input(&bytes[..through], mono);
                }
                moved = true;
            }
            if self.fuse.blown() {
                return;
            }
            while let Some(bytes) = self.printer_driver.poll_transmit() {
                let to = if self.swapped { &mut self.to_dispenser } else { &mut self.to_printer };
                to.extend(bytes);
            }
            if !self.to_printer.is_empty() && self.printer.wants_input() {
                let bytes = std::mem::take(&mut self.to_printer);
                self.printer.handle_input(&bytes, self.now);
                moved = true;
            }
            while let Some(bytes) = self.printer.poll_transmit(self.now) {
                if self.swapped {
                    self.dispenser_driver.handle_input(&bytes, mono);
                } else {
                    self.printer_driver.handle_input(&bytes, mono);
                }
                moved = true;
            }
            while let Some(bytes) = self.acceptor_driver.poll_transmit() {
                self.to_acceptor.extend(bytes);
            }
            if !self.to_acceptor.is_empty() && self.acceptor.wants_input() {
                let bytes = std::mem::take(&mut self.to_acceptor);
                let through = self.fuse.pass(bytes.len());
                self.acceptor.handle_input(&bytes[..through], self.now);
                moved = true;
            }
            while let Some(bytes) = self.acceptor.poll_transmit(self.now) {
                let through = self.fuse.pass(bytes.len());
                self.acceptor_driver.handle_input(&bytes[..through], mono);
                moved = true;
            }
            if self.fuse.blown() {
                return;
            }
            while let Some(bytes) = self.card_driver.poll_transmit() {
                self.to_card_reader.extend(bytes);
            }
            if !self.to_card_reader.is_empty() && self.card_reader.wants_input() {
                let bytes = std::mem::take(&mut self.to_card_reader);
                self.card_reader.handle_input(&bytes, self.now);
                moved = true;
            }
            while let Some(bytes) = self.card_reader.poll_transmit(self.now) {
                self.card_driver.handle_input(&bytes, mono);
                moved = true;
            }
            while let Some(event) = self.card_driver.poll_event() {
                self.input(Input::Peripheral(Peripheral::CardReader(Device::Card, event)));
                moved = true;
            }
            while let Some(event) = self.acceptor_driver.poll_event() {
                for event in self.mistaken_note(event) {
                    self.input(Input::Peripheral(Peripheral::Acceptor(event)));
                }
                moved = true;
            }
            while let Some(event) = self.dispenser_driver.poll_event() {
                for event in self.mistaken_event(event) {
                    self.input(Input::Dispenser(event));
                }
                moved = true;
            }
            while let Some(event) = self.printer_driver.poll_event() {
                self.input(Input::Printer(event));
                moved = true;
            }
            if !moved {
                return;
            }
        }
    }
}
