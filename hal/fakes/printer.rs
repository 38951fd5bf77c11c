//! A printer that keeps the pictures it was given.

use std::collections::VecDeque;

use senim_domain::Mono;
use senim_hal::receipt_printer::{Command, Event, Paper, Raster, ReceiptPrinter};
use senim_hal::{Error, LineDriver};

/// The double: every print ends at once, well unless a fault is set.
#[derive(Debug)]
pub struct FakePrinter {
    width: u32,
    events: VecDeque<Event>,
    /// What the sensors see.
    pub paper: Paper,
    /// With this every print fails.
    pub fault: Option<Error>,
    /// Pictures printed, oldest first.
    pub printed: Vec<Raster>,
}

impl FakePrinter {
    /// A printer of `width` dots with paper.
    #[must_use]
    pub fn new(width: u32) -> Self {
        Self { width, events: VecDeque::new(), paper: Paper::Full, fault: None, printed: Vec::new() }
    }
}

impl LineDriver for FakePrinter {
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

impl ReceiptPrinter for FakePrinter {
    fn width(&self) -> u32 {
        self.width
    }

    fn begin(&mut self, command: Command, _now: Mono) -> Result<(), Error> {
        self.events.push_back(match (command, self.fault.clone()) {
            (Command::Status, error) => {
                Event::Status { identity: "fake printer".to_owned(), paper: self.paper, error }
            }
            (Command::Print(_), Some(error)) => Event::Failed(error),
            (Command::Print(raster), None) => {
                self.printed.push(raster);
                Event::Printed
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
    fn it_keeps_what_it_printed_and_nothing_of_what_failed() {
        let mut fake = FakePrinter::new(576);
        let raster = Raster { width: 576, rows: vec![1; 72] };
        fake.begin(Command::Print(raster.clone()), Mono(0)).unwrap();
        assert_eq!(fake.poll_event(), Some(Event::Printed));
        fake.fault = Some(Error::new(ErrorKind::UserError, "paper out"));
        fake.begin(Command::Print(raster.clone()), Mono(0)).unwrap();
        assert!(matches!(fake.poll_event(), Some(Event::Failed(_))));
        assert_eq!(fake.printed, vec![raster]);
    }
}
