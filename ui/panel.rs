//! Touches are corrected before the screen hears of them.
//!
//! On a bare panel libinput does it, by the calibration matrix of each device that can be touched; the window in memory of rig
//! builds, to which tests say where a crooked panel was touched, does it here by the same numbers. A desktop has its own.

use std::cell::RefCell;

use senim_domain::touch::TouchCorrection;

/// What the thread of the screen knows of the panel.
#[derive(Default)]
struct Panel {
    correction: Option<TouchCorrection>,
    #[cfg(feature = "kms")]
    devices: Vec<input::Device>,
}

thread_local! {
    static PANEL: RefCell<Panel> = RefCell::default();
}

/// Corrects touches by this from now on.
pub(crate) fn correct(correction: TouchCorrection) {
    PANEL.with_borrow_mut(|panel| {
        panel.correction = Some(correction);
        #[cfg(feature = "kms")]
        for device in &mut panel.devices {
            kms::set(device, correction);
        }
    });
}

/// Where a touch is that the panel tells here.
#[cfg(feature = "rig")]
pub(crate) fn corrected(told: senim_domain::touch::DisplayPoint) -> senim_domain::touch::DisplayPoint {
    let correction = PANEL.with_borrow(|panel| panel.correction);
    correction.map_or(told, |correction| correction.of(told))
}

#[cfg(feature = "kms")]
pub(crate) use kms::listen;

#[cfg(feature = "kms")]
mod kms {
    use input::event::{DeviceEvent, EventTrait};
    use input::{Device, Event};
    use senim_domain::touch::TouchCorrection;

    use super::PANEL;
    use crate::error::UiError;

    /// Makes Slint draw on the bare panel and tell of every device that it finds.
    pub(crate) fn listen() -> Result<(), UiError> {
        let selector = slint::BackendSelector::new().with_libinput_event_hook(|event| {
            match event {
                Event::Device(DeviceEvent::Added(added)) => found(added.device()),
                Event::Device(DeviceEvent::Removed(removed)) => lost(&removed.device()),
                _ => {}
            }
            false
        });
        Ok(selector.select()?)
    }

    fn found(mut device: Device) {
        if !device.config_calibration_has_matrix() {
            return;
        }
        PANEL.with_borrow_mut(|panel| {
            if let Some(correction) = panel.correction {
                set(&mut device, correction);
            }
            panel.devices.push(device);
        });
    }

    fn lost(device: &Device) {
        PANEL.with_borrow_mut(|panel| panel.devices.retain(|known| known != device));
    }

    /// Behind what the system corrects already: touches were told with that.
    pub(super) fn set(device: &mut Device, correction: TouchCorrection) {
        let system = device.config_calibration_default_matrix();
        let whole = system.and_then(|system| correction.behind(&TouchCorrection::of_matrix(system)));
        let matrix = whole.unwrap_or(correction).matrix();
        match device.config_calibration_set_matrix(matrix) {
            Ok(()) => tracing::info!(device = device.name().as_ref(), "touches are corrected"),
            Err(error) => {
                tracing::warn!(device = device.name().as_ref(), ?error, "touches are not corrected")
            }
        }
    }
}
