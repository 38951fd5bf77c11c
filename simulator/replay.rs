//! Does again what a recording tells, as soon as the screen is there on which it was done.

use std::time::Duration;

use senim_person::scripted::Behaviour;

use crate::cash::Cassettes;
use crate::clients::{Element, FirmwareClient, Screen};
use crate::config::ConfigPatch;
use crate::error::Trouble;
use crate::player::{Player, code_in, stand_before_camera};
use crate::recording::{Deed, Recording, Step};
use crate::stage::Stage;
use crate::wait::{Look, until};

/// How long a screen may take to come.
const SCREEN: Duration = Duration::from_secs(90);

/// How long a code may take to a phone.
const SMS: Duration = Duration::from_secs(30);

/// Somebody who does what a recording tells.
pub struct Replay<'a> {
    stage: &'a mut Stage,
    player: &'a mut Player,
    /// IIN of whoever stands at the terminal.
    person: String,
    /// Messages of all phones that came before.
    read: usize,
}

impl<'a> Replay<'a> {
    /// On a stage on which everything runs; the recording's person steps before the terminal.
    ///
    /// # Errors
    /// [`Trouble::Http`] for somebody whom the world does not know, [`Trouble::File`].
    pub fn begin(
        stage: &'a mut Stage,
        player: &'a mut Player,
        recording: &Recording,
    ) -> Result<Self, Trouble> {
        let read = stage.world()?.inbox(None)?.len();
        let mut replay = Self { stage, player, person: String::new(), read };
        replay.welcome(&recording.person)?;
        Ok(replay)
    }

    /// Waits until the screen of the step is there, and does it.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] with the screen that is there instead; any [`Trouble`] of what is done.
    pub fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        let there = |shown: &Screen| {
            shown.screen == step.screen && (step.detail.is_empty() || shown.detail == step.detail)
        };
        // A terminal that was switched off showed nothing.
        if !step.screen.is_empty() {
            let wanted = senim_journeys::scene::told(&step.screen, &step.detail);
            self.player.wait_for(&wanted, SCREEN, there)?;
        }
        self.perform(&step.deed)
    }

    /// The firmware, where it runs now.
    #[must_use]
    pub fn terminal(&self) -> Option<FirmwareClient> {
        self.stage.firmware().ok()
    }

    fn perform(&mut self, deed: &Deed) -> Result<(), Trouble> {
        match deed {
            Deed::Tap { id } => self.player.tap(id),
            Deed::Drag { id, from, to } => self.drag(id, *from, *to),
            Deed::Code => self.type_code(),
            Deed::Person { iin } => self.welcome(iin),
            Deed::Behave { like } => {
                let behaviour = Behaviour::named(like)
                    .ok_or_else(|| Trouble::Usage(format!("nobody behaves like {like}")))?;
                self.stage.sitter().behave(behaviour);
                Ok(())
            }
            Deed::Phone => self.player.phone(&self.person).map(drop),
            Deed::Cash => {
                let units = self.stage.options().dispenser.cassettes();
                self.stage.load_cash(&Cassettes::of_journeys().at_most(units)).map(drop)
            }
            Deed::Device { device, change } => self.stage.devices()?.patch(device, change).map(drop),
            Deed::Fault { device, fault, parameters } => {
                self.stage.devices()?.set_fault(device, fault, parameters)
            }
            Deed::Mend { device, fault } => self.stage.devices()?.clear_fault(device, fault),
            Deed::Gateway { up: true } => self.stage.start_gateway().map(drop),
            Deed::Gateway { up: false } => self.stage.stop_gateway(),
            Deed::Firmware { up: true } => {
                self.stage.start_firmware(&ConfigPatch::none())?;
                self.player.attach(self.stage.firmware()?);
                Ok(())
            }
            Deed::Firmware { up: false } => self.stage.kill_firmware(),
        }
    }

    /// Whoever typed an IIN has the phone of that person, who need not be the one before the camera.
    fn type_code(&mut self) -> Result<(), Trouble> {
        let world = self.stage.world()?;
        let read = self.read;
        let (code, read) = until("an SMS with a code", SMS, || {
            let messages = world.inbox(None)?;
            let code = messages.iter().skip(read).rev().find_map(|sms| code_in(&sms.text));
            Ok(match code {
                Some(code) => Look::There((code, messages.len())),
                None => Look::NotYet(format!("{} messages, {read} of them read", messages.len())),
            })
        })?;
        self.read = read;
        self.player.type_digits(&code)
    }

    fn welcome(&mut self, iin: &str) -> Result<(), Trouble> {
        stand_before_camera(&self.stage.world()?, iin, &self.stage.folders().frames())?;
        iin.clone_into(&mut self.person);
        Ok(())
    }

    fn drag(&mut self, id: &str, from: (f32, f32), to: (f32, f32)) -> Result<(), Trouble> {
        let shown = self.player.look()?;
        let (width, height) = self.stage.options().size;
        let screen = Element::screen((f32_of(width), f32_of(height)));
        let element = match id {
            "" => &screen,
            id => shown
                .element(id)
                .ok_or_else(|| Trouble::Finding(format!("there is no {id} on {}", shown.told())))?,
        };
        self.player.drag(element.place(from), element.place(to))
    }
}

#[expect(clippy::cast_precision_loss, reason = "screens are smaller than 2^24 pixels")]
fn f32_of(side: u32) -> f32 {
    side as f32
}
