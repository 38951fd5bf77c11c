//! A keypad and a jack that report what they were told to.

use std::collections::VecDeque;

use senim_hal::Error;
use senim_hal::assistive::{Assistive, Event};

/// The double: it never waits, and an empty script is a keypad nobody touches.
#[derive(Clone, Debug, Default)]
pub struct FakeAssistive {
    /// What the next calls return, first come first.
    pub script: VecDeque<Result<Event, Error>>,
}

impl FakeAssistive {
    /// Adds an event to the script.
    pub fn event(&mut self, event: Event) {
        self.script.push_back(Ok(event));
    }
}

impl Assistive for FakeAssistive {
    fn wait_event(&mut self, _wait_ms: u64) -> Result<Option<Event>, Error> {
        self.script.pop_front().transpose()
    }
}

#[cfg(test)]
mod tests {
    use senim_hal::ErrorKind;
    use senim_hal::assistive::Key;

    use super::*;

    #[test]
    fn it_tells_its_script_and_then_nothing() {
        let mut fake = FakeAssistive::default();
        fake.event(Event::Pressed(Key::Enter));
        fake.script.push_back(Err(Error::new(ErrorKind::NoDevice, "unplugged")));
        assert_eq!(fake.wait_event(10), Ok(Some(Event::Pressed(Key::Enter))));
        assert_eq!(fake.wait_event(10).unwrap_err().kind, ErrorKind::NoDevice);
        assert_eq!(fake.wait_event(10), Ok(None));
    }
}
