//! Threads of the devices beside dispenser, printer and camera. Each tells the kernel by [`Input::Peripheral`].
//!
//! A device on a line has the line's thread; one that is waited for (cabinet, keypad) has a loop of its own here, which
//! tells the device's health only when it changes, and ends when the kernel is gone.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use senim_hal::assistive::Assistive;
use senim_hal::cabinet::Cabinet;
use senim_hal::card_reader::{self, CardReader};
use senim_hal::cash_acceptor::{self, CashAcceptor};
use senim_hal::location::{self, Location};
use senim_hal::status_panel::{Picture, StatusPanel};
use senim_hal::supply::{self, PowerSupply};
use senim_hal::{Error, ErrorKind};
use senim_linux::line::{Guard, LineHandle, spawn_identified, spawn_tcp};
use senim_linux::tcp::TcpConfig;
use senim_linux::tty::LineConfig;
use senim_session::event::{Device, Peripheral};

use super::NoThread;
use crate::kernel::Input;

/// Longest wait in one go; how soon a thread notices that the kernel is gone.
const WAIT_MS: u64 = 500;
/// Pictures waiting for the panel; only the newest counts.
const PICTURES_MAX: usize = 4;

/// A device, not started yet.
pub enum PeripheralEdge {
    /// Cash acceptor and its line.
    Acceptor(LineConfig, Guard, Box<dyn CashAcceptor + Send>),
    /// Card reader and its line.
    CardReader(Device, LineConfig, Guard, Box<dyn CardReader + Send>),
    /// Power supply behind a service.
    Supply(TcpConfig, Box<dyn PowerSupply + Send>),
    /// Location receiver and its line.
    Location(LineConfig, Guard, Box<dyn Location + Send>),
    /// Cabinet inputs.
    Cabinet(Box<dyn Cabinet>),
    /// Keypad and jack.
    Assistive(Box<dyn Assistive>),
}

/// The running threads of all peripherals.
pub(super) struct Peripherals {
    acceptor: Option<LineHandle<cash_acceptor::Command>>,
    readers: Vec<(Device, LineHandle<card_reader::Command>)>,
    supply: Option<LineHandle<supply::Command>>,
    location: Option<LineHandle<location::Command>>,
}

impl Peripherals {
    pub(super) fn start(edges: Vec<PeripheralEdge>, inputs: &SyncSender<Input>) -> Result<Self, NoThread> {
        let mut started = Self { acceptor: None, readers: Vec::new(), supply: None, location: None };
        for edge in edges {
            started.add(edge, inputs.clone())?;
        }
        Ok(started)
    }

    fn add(&mut self, edge: PeripheralEdge, to: SyncSender<Input>) -> Result<(), NoThread> {
        match edge {
            PeripheralEdge::Acceptor(line, guard, driver) => {
                let name = Device::Acceptor.name();
                let tell = move |event| send(&to, Peripheral::Acceptor(event));
                let handle = spawn_identified(name, line, driver, guard, tell);
                self.acceptor = Some(handle.map_err(|source| NoThread { name, source })?);
            }
            PeripheralEdge::CardReader(device, line, guard, driver) => {
                let name = device.name();
                let tell = move |event| send(&to, Peripheral::CardReader(device, event));
                let handle = spawn_identified(name, line, driver, guard, tell);
                self.readers.push((device, handle.map_err(|source| NoThread { name, source })?));
            }
            PeripheralEdge::Supply(tcp, driver) => {
                let name = Device::Supply.name();
                let tell = move |event| send(&to, Peripheral::Supply(event));
                let handle = spawn_tcp(name, tcp, driver, tell);
                self.supply = Some(handle.map_err(|source| NoThread { name, source })?);
            }
            PeripheralEdge::Location(line, guard, driver) => {
                let name = Device::Location.name();
                let tell = move |event| send(&to, Peripheral::Location(event));
                let handle = spawn_identified(name, line, driver, guard, tell);
                self.location = Some(handle.map_err(|source| NoThread { name, source })?);
            }
            PeripheralEdge::Cabinet(mut cabinet) => {
                wait_for(Device::Cabinet, Silence::IsHealth, to, move || {
                    Ok(cabinet.wait_change(WAIT_MS)?.map(Peripheral::Cabinet))
                })?;
            }
            PeripheralEdge::Assistive(mut keypad) => {
                wait_for(Device::Assistive, Silence::SaysNothing, to, move || {
                    Ok(keypad.wait_event(WAIT_MS)?.map(Peripheral::Assistive))
                })?;
            }
        }
        Ok(())
    }

    /// Gives the acceptor a command.
    pub(super) fn accept(&self, command: cash_acceptor::Command, tell: impl Fn(Peripheral)) {
        let Some(handle) = &self.acceptor else { return };
        let resets = command == cash_acceptor::Command::Reset;
        if let Err(error) = handle.send(command) {
            let event = if resets { cash_acceptor::Event::Unanswered } else { cash_acceptor::Event::Failed };
            tell(Peripheral::Acceptor(event(error)));
        }
    }

    /// Gives a card reader a command.
    pub(super) fn use_card(&self, of: Device, command: card_reader::Command, tell: impl Fn(Peripheral)) {
        let reader = self.readers.iter().find(|(device, _)| *device == of);
        if let Some((_, handle)) = reader
            && let Err(error) = handle.send(command)
        {
            tell(Peripheral::CardReader(of, card_reader::Event::Failed(error)));
        }
    }

    /// Asks each device that can be asked; who is busy is asked next time.
    pub(super) fn ask(&self, but: Option<Device>, tell: impl Fn(Peripheral)) {
        if let Some(handle) = &self.acceptor
            && let Err(error) = handle.send(cash_acceptor::Command::Status)
        {
            tell(Peripheral::Acceptor(cash_acceptor::Event::Failed(error)));
        }
        for (device, handle) in self.readers.iter().filter(|(device, _)| Some(*device) != but) {
            if let Err(error) = handle.send(card_reader::Command::Status) {
                tell(Peripheral::CardReader(*device, card_reader::Event::Failed(error)));
            }
        }
        if let Some(handle) = &self.supply
            && let Err(error) = handle.send(supply::Command::Status)
        {
            tell(Peripheral::Supply(supply::Event::Failed(error)));
        }
        if let Some(handle) = &self.location
            && let Err(error) = handle.send(location::Command::Status)
        {
            tell(Peripheral::Location(location::Event::Failed(error)));
        }
    }
}

fn send(to: &SyncSender<Input>, event: Peripheral) -> bool {
    to.send(Input::Peripheral(event)).is_ok()
}

/// What it means that a device that is waited for has nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// It is there: one that is gone fails at each wait.
    IsHealth,
    /// Nothing: one that is gone fails once and tells by an event that it is back.
    SaysNothing,
}

/// A device that is waited for: tells what it tells, and its health when that changes.
fn wait_for<F>(device: Device, silence: Silence, to: SyncSender<Input>, mut wait: F) -> Result<(), NoThread>
where
    F: FnMut() -> Result<Option<Peripheral>, Error> + Send + 'static,
{
    let mut health: Option<Option<ErrorKind>> = None;
    let run = move || {
        loop {
            let (now, event, error) = match wait() {
                Ok(event) => (None, event, None),
                Err(error) => (Some(error.kind), None, Some(error)),
            };
            let speaks = now.is_some() || silence == Silence::IsHealth;
            let changed = speaks && health.replace(now) != Some(now);
            if silence == Silence::SaysNothing {
                // The next failure is another one.
                health = None;
            }
            let told = !changed || send(&to, Peripheral::Health(device, error.map_or(Ok(()), Err)));
            if !told || !event.is_none_or(|event| send(&to, event)) {
                return;
            }
            if now.is_some() {
                // A device that fails at once is not asked in a tight loop.
                std::thread::park_timeout(std::time::Duration::from_millis(WAIT_MS));
            }
        }
    };
    spawn(device.name(), run)
}

/// Starts the panel's thread. A picture that comes while one is being shown replaces those that wait.
pub(super) fn spawn_panel(
    mut panel: Box<dyn StatusPanel>,
    to: SyncSender<Input>,
) -> Result<SyncSender<Picture>, NoThread> {
    let (pictures, inbox): (_, Receiver<Picture>) = sync_channel(PICTURES_MAX);
    let run = move || {
        let mut health: Option<Option<ErrorKind>> = None;
        while let Ok(mut picture) = inbox.recv() {
            while let Ok(newer) = inbox.try_recv() {
                picture = newer;
            }
            let shown = panel.show(&picture);
            let now = shown.as_ref().err().map(|error| error.kind);
            let changed = health.replace(now) != Some(now);
            if changed && !send(&to, Peripheral::Health(Device::Panel, shown)) {
                return;
            }
        }
    };
    spawn(Device::Panel.name(), run)?;
    Ok(pictures)
}

fn spawn(name: &'static str, run: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(run)
        .map(drop)
        .map_err(|source| NoThread { name, source })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// What the kernel hears of a device that fails, is silent, and fails again: whether it is well.
    fn heard(silence: Silence) -> Vec<bool> {
        let gone = || Err(Error::new(ErrorKind::NoDevice, "gone"));
        let mut script = VecDeque::from([gone(), Ok(None), Ok(None), gone()]);
        let (to, inputs) = sync_channel(8);
        let (over, end) = sync_channel(1);
        wait_for(Device::Assistive, silence, to, move || {
            script.pop_front().unwrap_or_else(|| {
                let _ended = over.try_send(());
                std::thread::park();
                Ok(None)
            })
        })
        .unwrap();
        end.recv().unwrap();
        inputs
            .try_iter()
            .filter_map(|input| match input {
                Input::Peripheral(Peripheral::Health(_, health)) => Some(health.is_ok()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_keypad_that_is_gone_is_not_well_because_it_says_nothing() {
        assert_eq!(heard(Silence::SaysNothing), [false, false]);
        assert_eq!(heard(Silence::IsHealth), [false, true, false]);
    }
}
