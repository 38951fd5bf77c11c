//! What watches the kernel and what the cabinet's panel shows of it.

use std::sync::mpsc::SyncSender;

use senim_domain::Mono;
use senim_hal::status_panel::{Picture, StatusPanel};
use senim_hal::watchdog::Watchdog;
use senim_session::event::{Device, Peripheral};

use super::{NoThread, peripherals};
use crate::kernel::{Input, Kernel};
use crate::moment::Reading;

/// The watchdogs of the terminal. A step that hangs does not feed them, and the board starts anew.
pub(super) struct Dogs {
    dogs: Vec<(Box<dyn Watchdog>, u64)>,
    inputs: SyncSender<Input>,
    patience_ms: u64,
    fed_at: Mono,
}

impl Dogs {
    pub(super) const fn new(dogs: Vec<(Box<dyn Watchdog>, u64)>, inputs: SyncSender<Input>) -> Self {
        Self { dogs, inputs, patience_ms: u64::MAX, fed_at: Mono(0) }
    }

    pub(super) fn arm(&mut self) {
        let (inputs, mut patience_ms) = (&self.inputs, u64::MAX);
        self.dogs.retain_mut(|(dog, timeout_ms)| {
            let armed = dog.arm(*timeout_ms);
            if let Ok(timeout_ms) = &armed {
                // Three chances before it bites.
                patience_ms = patience_ms.min(timeout_ms / 3);
            }
            let works = armed.is_ok();
            let health = Peripheral::Health(Device::Watchdog, armed.map(drop));
            if inputs.try_send(Input::Peripheral(health)).is_err() {
                tracing::error!("the kernel's inputs are full");
            }
            works
        });
        self.patience_ms = patience_ms;
    }

    /// Longest pause between two feedings, ms.
    pub(super) const fn patience_ms(&self) -> u64 {
        self.patience_ms
    }

    /// Behind a completed step. A busy terminal does not flood whoever listens: a manager that reads slowly would hold up
    /// the kernel's thread.
    pub(super) fn feed(&mut self, now: Mono) {
        if now.since(self.fed_at) < self.patience_ms / 2 {
            return;
        }
        self.fed_at = now;
        for (dog, _) in &mut self.dogs {
            if let Err(error) = dog.feed() {
                tracing::error!(%error, "watchdog not fed");
            }
        }
    }

    pub(super) fn disarm(&mut self) {
        for (dog, _) in &mut self.dogs {
            if let Err(error) = dog.disarm() {
                tracing::error!(%error, "watchdog not disarmed: the board will start anew");
            }
        }
    }
}

/// What the panel shows, in values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelNews {
    /// Whether borrowers are served.
    pub in_service: bool,
    /// Whether the mains are off.
    pub on_battery: bool,
    /// Codes of what is in the way, the most important first; empty when nothing is.
    pub causes: Vec<String>,
}

/// Draws news; `ui/receipt` in the product. Nothing where it cannot be drawn.
pub type DrawPanel = Box<dyn Fn(&PanelNews) -> Option<Picture> + Send>;

/// A panel, not started yet.
pub struct Panel {
    /// The display.
    pub display: Box<dyn StatusPanel>,
    /// Draws its pictures.
    pub draw: DrawPanel,
}

/// A running panel and what it shows.
pub(super) struct RunningPanel {
    pictures: SyncSender<Picture>,
    draw: DrawPanel,
    shown: Option<PanelNews>,
}

impl RunningPanel {
    pub(super) fn start(panel: Panel, inputs: SyncSender<Input>) -> Result<Self, NoThread> {
        let pictures = peripherals::spawn_panel(panel.display, inputs)?;
        Ok(Self { pictures, draw: panel.draw, shown: None })
    }

    /// Draws anew when something changed.
    pub(super) fn show(&mut self, kernel: &Kernel, reading: Reading) {
        let now = kernel.stamp(reading);
        let session = kernel.session();
        let mut causes = session.out_of_service(&now);
        let in_service = causes.is_empty();
        causes.extend(session.no_cash_loan(&now));
        let on_battery = session.facts().on_battery_since.is_some();
        let news = PanelNews { in_service, on_battery, causes };
        if self.shown.as_ref() == Some(&news) {
            return;
        }
        // A panel that takes no picture now gets the next one.
        if let Some(picture) = (self.draw)(&news)
            && self.pictures.try_send(picture).is_ok()
        {
            self.shown = Some(news);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc::sync_channel;

    use senim_hal::Error;

    use super::*;

    struct Hungry(Arc<AtomicU32>);

    impl Watchdog for Hungry {
        fn arm(&mut self, timeout_ms: u64) -> Result<u64, Error> {
            Ok(timeout_ms)
        }

        fn feed(&mut self) -> Result<(), Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }

        fn disarm(&mut self) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn a_busy_kernel_feeds_its_dogs_more_often_than_they_bite_and_not_at_every_step() {
        let meals = Arc::new(AtomicU32::new(0));
        let (inputs, _inbox) = sync_channel(4);
        let mut dogs = Dogs::new(vec![(Box::new(Hungry(Arc::clone(&meals))), 3_000)], inputs);
        dogs.arm();
        (1_000..=7_000).for_each(|ms| dogs.feed(Mono(ms)));
        let meals = meals.load(Ordering::Relaxed);
        assert!((6..=13).contains(&meals), "{meals} meals in 6 s");
    }
}
