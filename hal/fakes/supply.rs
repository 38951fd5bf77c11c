//! A power supply whose state is set by hand.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::supply::{Command, Event, PowerSupply, Source, Supply};
use senim_hal::{Error, LineDriver};

/// The double: it answers at once and tells each change that it is given.
#[derive(Debug)]
pub struct FakeSupply {
    supply: Supply,
    fault: Option<Error>,
    events: VecDeque<Event>,
}

impl FakeSupply {
    /// On mains, battery full, half an hour of it.
    #[must_use]
    pub const fn on_mains() -> Self {
        let supply = Supply {
            source: Source::Mains,
            low: false,
            charge_percent: Some(100),
            runtime_s: Some(1_800),
            replace_battery: false,
        };
        Self { supply, fault: None, events: VecDeque::new() }
    }

    /// Sets the state, cures a fault, and tells it.
    pub fn change(&mut self, supply: Supply) {
        self.fault = None;
        self.supply = supply;
        self.events.push_back(Event::Changed(supply));
    }

    /// Nothing is known from now on, and it says so.
    pub fn fail(&mut self, error: Error) {
        self.fault = Some(error.clone());
        self.events.push_back(Event::Failed(error));
    }
}

impl LineDriver for FakeSupply {
    fn handle_input(&mut self, _bytes: &[u8], _now: Mono) {}

    fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn poll_timeout(&self) -> Option<Mono> {
        None
    }

    fn handle_timeout(&mut self, _now: Mono) {}

    fn handle_line(&mut self, open: bool, _now: Mono) {
        self.events.push_back(Event::Line { open });
    }
}

impl PowerSupply for FakeSupply {
    fn begin(&mut self, command: Command, _now: Mono) -> Result<(), Error> {
        self.events.push_back(match (command, self.fault.clone()) {
            (Command::Status, Some(error)) => Event::Failed(error),
            (Command::Status, None) => {
                Event::Status { identity: "fake supply".to_owned(), supply: self.supply }
            }
        });
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use senim_hal::ErrorKind;

    use super::*;

    #[test]
    fn a_change_is_told_once_and_a_fault_lasts_until_the_next_change() {
        let mut fake = FakeSupply::on_mains();
        let battery = Supply { source: Source::Battery, ..fake.supply };
        fake.fail(Error::new(ErrorKind::Offline, "stale"));
        fake.begin(Command::Status, Mono(0)).unwrap();
        assert!(matches!(fake.poll_event(), Some(Event::Failed(_))));
        assert!(matches!(fake.poll_event(), Some(Event::Failed(_))));
        fake.change(battery);
        assert_eq!(fake.poll_event(), Some(Event::Changed(battery)));
        fake.begin(Command::Status, Mono(0)).unwrap();
        assert!(matches!(fake.poll_event(), Some(Event::Status { supply, .. }) if supply == battery));
        assert_eq!(fake.poll_event(), None);
    }
}
