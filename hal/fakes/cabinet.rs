//! Cabinet inputs that report what they were told to.

use std::collections::VecDeque;

use senim_hal::Error;
use senim_hal::cabinet::{Cabinet, Change, Input};

/// The double: it never waits, and an empty script is a quiet cabinet.
#[derive(Clone, Debug, Default)]
pub struct FakeCabinet {
    /// What the next calls return, first come first.
    pub script: VecDeque<Result<Change, Error>>,
}

impl FakeCabinet {
    /// Adds a change to the script.
    pub fn change(&mut self, input: Input, active: bool) {
        self.script.push_back(Ok(Change { input, active }));
    }
}

impl Cabinet for FakeCabinet {
    fn wait_change(&mut self, _wait_ms: u64) -> Result<Option<Change>, Error> {
        self.script.pop_front().transpose()
    }
}

#[cfg(test)]
mod tests {
    use senim_hal::ErrorKind;

    use super::*;

    #[test]
    fn it_tells_its_script_and_then_nothing() {
        let mut fake = FakeCabinet::default();
        fake.change(Input::SafeDoor, true);
        fake.script.push_back(Err(Error::new(ErrorKind::Offline, "cut")));
        assert_eq!(fake.wait_change(10), Ok(Some(Change { input: Input::SafeDoor, active: true })));
        assert_eq!(fake.wait_change(10).unwrap_err().kind, ErrorKind::Offline);
        assert_eq!(fake.wait_change(10), Ok(None));
    }
}
