//! A location receiver that is put somewhere by hand.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::location::{Command, Event, Fix, Location};
use senim_hal::{Error, LineDriver};

/// The double: it answers at once and tells each place that it is given.
#[derive(Debug, Default)]
pub struct FakeLocation {
    fix: Option<Fix>,
    fault: Option<Error>,
    events: VecDeque<Event>,
}

impl FakeLocation {
    /// A receiver that has this position, or none.
    #[must_use]
    pub const fn at(fix: Option<Fix>) -> Self {
        Self { fix, fault: None, events: VecDeque::new() }
    }

    /// Moves the receiver or takes its sky away, cures a fault, and tells it.
    pub fn move_to(&mut self, fix: Option<Fix>) {
        self.fault = None;
        self.fix = fix;
        self.events.push_back(fix.map_or(Event::Lost, Event::Fix));
    }

    /// Nothing understandable comes from now on, and it says so.
    pub fn fail(&mut self, error: Error) {
        self.fault = Some(error.clone());
        self.events.push_back(Event::Failed(error));
    }
}

impl LineDriver for FakeLocation {
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

impl Location for FakeLocation {
    fn begin(&mut self, command: Command, _now: Mono) -> Result<(), Error> {
        self.events.push_back(match (command, self.fault.clone()) {
            (Command::Status, Some(error)) => Event::Failed(error),
            (Command::Status, None) => Event::Status { identity: "fake receiver".to_owned(), fix: self.fix },
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
    fn a_move_a_loss_and_a_fault_are_told_and_status_agrees() {
        let there =
            Fix { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709, satellites: 9, hdop_centi: None };
        let mut fake = FakeLocation::at(None);
        fake.move_to(Some(there));
        assert_eq!(fake.poll_event(), Some(Event::Fix(there)));
        fake.begin(Command::Status, Mono(0)).unwrap();
        assert!(matches!(fake.poll_event(), Some(Event::Status { fix: Some(fix), .. }) if fix == there));
        fake.move_to(None);
        assert_eq!(fake.poll_event(), Some(Event::Lost));
        fake.fail(Error::new(ErrorKind::Offline, "silent"));
        fake.begin(Command::Status, Mono(0)).unwrap();
        assert!(matches!(fake.poll_event(), Some(Event::Failed(_))));
        assert!(matches!(fake.poll_event(), Some(Event::Failed(_))));
    }
}
