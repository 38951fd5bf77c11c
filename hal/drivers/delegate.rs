//! A driver is its machine behind a port: towards the line it only passes on.

/// Implements [`senim_hal::LineDriver`] by the field `machine`. `timeless` where the machine does not ask when the line opened
/// or closed, `listens` where it never writes.
macro_rules! line_driver {
    ($driver:ty) => {
        $crate::delegate::line_driver!(@ $driver,
            |machine| machine.poll_transmit(), |machine, open, now| machine.handle_line(open, now));
    };
    ($driver:ty, timeless) => {
        $crate::delegate::line_driver!(@ $driver,
            |machine| machine.poll_transmit(), |machine, open, _now| machine.handle_line(open));
    };
    ($driver:ty, listens) => {
        $crate::delegate::line_driver!(@ $driver,
            |_machine| None, |machine, open, now| machine.handle_line(open, now));
    };
    (@ $driver:ty, |$writer:ident| $transmit:expr, |$machine:ident, $open:ident, $now:ident| $line:expr) => {
        impl senim_hal::LineDriver for $driver {
            fn handle_input(&mut self, bytes: &[u8], now: senim_domain::Mono) {
                self.machine.handle_input(bytes, now);
            }

            fn poll_transmit(&mut self) -> Option<Vec<u8>> {
                let $writer = &mut self.machine;
                $transmit
            }

            fn poll_timeout(&self) -> Option<senim_domain::Mono> {
                self.machine.poll_timeout()
            }

            fn handle_timeout(&mut self, now: senim_domain::Mono) {
                self.machine.handle_timeout(now);
            }

            fn handle_line(&mut self, $open: bool, $now: senim_domain::Mono) {
                let $machine = &mut self.machine;
                $line;
            }
        }
    };
}

pub(crate) use line_driver;
