//! What a stage is made with, and what of it may still be changed.

use std::path::PathBuf;

use super::Stage;
use crate::camera::CameraSource;
use crate::config::DispenserKind;
use crate::process::Programs;

/// What a stage is made with.
#[derive(Clone, Debug)]
pub struct StageOptions {
    /// Where the programs are.
    pub programs: Programs,
    /// The terminal's id.
    pub terminal: String,
    /// Size of its screen in pixels.
    pub size: (u32, u32),
    /// Rule pack to publish; absent: the sample of the published formats.
    pub rule_pack: Option<PathBuf>,
    /// People of the world; absent: the built-in ones.
    pub people: Option<PathBuf>,
    /// The dispenser that the firmware is configured for.
    pub dispenser: DispenserKind,
    /// What the terminal's camera looks at.
    pub camera: CameraSource,
    /// Environment of the firmware beyond the stage's own, as a service manager would set it.
    pub firmware_environment: Vec<(String, String)>,
    /// Whether the gateway takes electronic signatures: then contracts need them.
    pub signed: bool,
    /// Whether the gateway takes cards of the MFO, and the terminal reads identity documents.
    pub cards: bool,
    /// Whether the reader for cards has keys of its own.
    pub keypad: bool,
    /// Whether the person hears the screen and presses keys in place of looking and touching.
    pub by_ear: bool,
    /// Whether the terminal is commissioned by its own program, with a code, in place of files that the gateway wrote.
    pub commissioned: bool,
    /// How long its certificates are good then; as long as the gateway's own default.
    pub certificate_days: Option<u16>,
    /// Whether hours and days go by at once: every program then reads a clock that the stage moves (`faketime`).
    pub moving_clock: bool,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self {
            programs: Programs::found(),
            terminal: "t-1".to_owned(),
            size: (1280, 800),
            rule_pack: None,
            people: None,
            dispenser: DispenserKind::Lcdm4000,
            camera: CameraSource::default(),
            firmware_environment: Vec::new(),
            signed: false,
            cards: false,
            keypad: false,
            by_ear: false,
            commissioned: false,
            certificate_days: None,
            moving_clock: false,
        }
    }
}

impl Stage {
    /// Publishes this rule pack instead, when the gateway is started for the first time.
    pub fn publish(&mut self, rule_pack: PathBuf) {
        self.options.rule_pack = Some(rule_pack);
    }

    /// From the firmware's next start on its camera looks at this.
    pub fn look_at(&mut self, camera: CameraSource) {
        self.options.camera = camera;
    }
}
