//! How the terminal of a stage gets its identity: by files that the gateway writes, or as one in service does, by its own
//! program and a code.

use serde_json::Value;
use toml::Table;

use super::{RULE_PACK, STAFF, Stage};
use crate::config::{self, ConfigPatch, Surroundings};
use crate::error::Trouble;

/// Sections of devices on lines that the terminal's program has to find.
const FOUND: [&str; 6] = ["dispenser", "printer", "acceptor", "card", "nfc", "location"];

/// Telephone of support, as the rules of the stage have it.
const SUPPORT: &str = "+7 727 000 00 00";

impl Stage {
    /// What the gateway is told before it serves for the first time: the rules, and, but for a terminal with a code, the
    /// terminal.
    pub(super) fn prepare_gateway(&self, config: &str) -> Result<(), Trouble> {
        let terminal = self.options.terminal.as_str();
        if !self.options.commissioned {
            let enrol = self.folders.enrol().display().to_string();
            let enrolled = ["enrol", "--config", config, "--terminal", terminal, "--out", &enrol];
            self.gateway_command(&[&enrolled[..], &STAFF].concat())?;
        }
        let pack = self.folders.rules();
        match &self.options.rule_pack {
            Some(given) => {
                std::fs::copy(given, &pack).map_err(Trouble::file("read", given))?;
            }
            None => config::write(&pack, RULE_PACK.as_bytes())?,
        }
        let pack = pack.display().to_string();
        self.gateway_command(&[&["admin", "rule-pack", "--config", config, &pack], &STAFF[..]].concat())?;
        if self.options.commissioned { Ok(()) } else { self.activate(true) }
    }

    /// Commissions the terminal with the stage's answers and activates it; nothing where that was done.
    pub(super) fn commission(&self, around: &Surroundings<'_>) -> Result<(), Trouble> {
        let place = self.folders.commissioned();
        if place.exists() {
            return Ok(());
        }
        let (code, ca_sha256) = self.code()?;
        let mut answers: Table = config::firmware(around, &ConfigPatch::none())?
            .parse()
            .map_err(|error: toml::de::Error| Trouble::Usage(error.to_string()))?;
        answers.remove("create_journal");
        answers.remove("identity");
        ConfigPatch::none()
            .set("ports", "devices")
            .set("display.phone", SUPPORT)
            .set("identity.key_dir", "keys-of-the-terminal")
            .set("identity.est.url", format!("https://{}", self.enrolment()?))
            .set("identity.est.ca_sha256", ca_sha256)
            .apply(&mut answers)?;
        for section in FOUND {
            let line = answers.get_mut(section).and_then(|section| section.get_mut("line"));
            if let Some(line) = line.and_then(toml::Value::as_table_mut) {
                line.remove("path");
            }
        }
        let file = self.folders.work.join("answers.toml");
        config::write(&file, answers.to_string().as_bytes())?;
        let (answers, place) = (file.display().to_string(), place.display().to_string());
        self.firmware_command(&["commission", "--answers", &answers, "--config", &place, "--code", &code])?;
        self.activate(true)
    }

    /// The configuration that commissioning wrote, with a patch for one start.
    pub(super) fn patch_commissioned(&self, patch: &ConfigPatch) -> Result<(), Trouble> {
        let mut config = config::read(&self.folders.commissioned())?;
        patch.apply(&mut config)?;
        config::write(&self.folders.firmware_config(), config.to_string().as_bytes())
    }

    /// A code for the terminal, and whose CA it will meet. A newer one ends the older.
    ///
    /// # Errors
    /// [`Trouble::Ended`], [`Trouble::Answer`].
    pub fn code(&self) -> Result<(String, String), Trouble> {
        let (config, terminal) =
            (self.folders.gateway_config().display().to_string(), self.options.terminal.as_str());
        let made = ["enrol", "--config", &config, "--terminal", terminal, "--code"];
        let made = self.gateway_command(&[&made[..], &STAFF].concat())?;
        let field = |name: &str| made.get(name).and_then(Value::as_str).map(str::to_owned);
        let wrong =
            || Trouble::Answer { from: "senim-gateway enrol --code".to_owned(), why: made.to_string() };
        field("code").zip(field("ca_sha256")).ok_or_else(wrong)
    }

    /// Where the gateway enrols.
    fn enrolment(&self) -> Result<&str, Trouble> {
        self.enrolment_address.as_deref().ok_or(Trouble::NotRunning("the gateway's enrolment"))
    }
}
