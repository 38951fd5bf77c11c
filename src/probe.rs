//! `senim check` and `senim devices`: what a technician asks at the open cabinet. One JSON line for each thing asked.
//!
//! Both keep their hands off the dispenser while a payout is open in the journal, or while the firmware holds the port:
//! until the open payout is read, nothing may go to the device (design section 3).

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use anyhow::Result;
use senim_biometrics::{Picture, measure};
use senim_domain::rule_pack::RulePack;
use senim_hal::{cash_dispenser, receipt_printer};
use senim_journal::{JournalError, JournalReader, StateKey};
use senim_linux::line::spawn_line;
use senim_linux::tty::{LineConfig, SerialLine};
use senim_session::durable::DurableState;
use senim_sync::{Answer, Request};
use serde_json::{Value, json};

use crate::assemble;
use crate::commands::{Outcome, line};
use crate::config::{Config, Loaded};

/// Longest wait for a device's answer, opening of the port included.
const DEVICE_WAIT: Duration = Duration::from_secs(8);
/// Mean luma below which no lens looks into a lit room.
const BRIGHTNESS_MIN: u8 = 8;

/// Checks configuration, keys, clock, journal, gateway and devices.
///
/// # Errors
/// The configuration cannot be read at all.
pub fn check(path: &Path) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    let mut tally = Tally::default();
    tally
        .tell("configuration", Ok(json!({ "terminal": loaded.config.terminal, "sha256": loaded.sha256 })))?;
    tally.tell("clock", clock())?;
    let keys = assemble::keys(&loaded.config);
    match &keys {
        Ok(_) => tally.tell("keys", Ok(json!({})))?,
        Err(error) => tally.tell("keys", Err(format!("{error:#}")))?,
    }
    tally.tell("journal", journal(&loaded))?;
    if let Ok(keys) = &keys {
        let identity = assemble::identity(&loaded.config, keys);
        tally.tell("identity", identity.map(|_| json!({})).map_err(|error| format!("{error:#}")))?;
        tally.tell("gateway", gateway(&loaded, keys))?;
        tally.tell("rule_pack", rule_pack(&loaded, keys))?;
    }
    ask_devices(&loaded, &mut tally)?;
    Ok(tally.outcome())
}

/// Asks each device who it is and how it is.
///
/// # Errors
/// The configuration cannot be read at all.
pub fn devices(path: &Path) -> Result<Outcome> {
    let loaded = Config::load(path)?;
    let mut tally = Tally::default();
    ask_devices(&loaded, &mut tally)?;
    Ok(tally.outcome())
}

#[derive(Default)]
struct Tally {
    findings: u32,
}

impl Tally {
    fn tell(&mut self, what: &str, found: Result<Value, String>) -> Result<()> {
        match found {
            Ok(detail) => line(&json!({ "check": what, "ok": true, "detail": detail })),
            Err(cause) => {
                self.findings = self.findings.saturating_add(1);
                line(&json!({ "check": what, "ok": false, "cause": cause }))
            }
        }
    }

    const fn outcome(&self) -> Outcome {
        if self.findings == 0 { Outcome::Good } else { Outcome::Finding }
    }
}

fn clock() -> Result<Value, String> {
    let stamp = assemble::first_stamp(assemble::built_at());
    let rtc = senim_runtime::shell::rtc();
    if rtc < assemble::built_at() {
        return Err(format!(
            "the clock says {rtc}, which is before this program was built; replace the battery"
        ));
    }
    let boot = senim_linux::clock::boot_id().map_err(|error| error.to_string())?;
    Ok(json!({ "utc": stamp.utc, "boot": boot }))
}

fn journal(loaded: &Loaded) -> Result<Value, String> {
    match JournalReader::open(&loaded.config.journal_path()) {
        Ok(reader) => {
            let status = reader.status().map_err(|error| error.to_string())?;
            serde_json::to_value(status).map_err(|error| error.to_string())
        }
        Err(JournalError::Missing { .. }) if loaded.config.create_journal => Ok(json!({ "new": true })),
        Err(error) => Err(error.to_string()),
    }
}

fn gateway(loaded: &Loaded, keys: &assemble::Keys) -> Result<Value, String> {
    let uplink =
        assemble::uplink(&loaded.config, keys, assemble::built_at()).map_err(|error| format!("{error:#}"))?;
    let nonce = "checkcheckcheckcheckcheckcheck00".to_owned();
    match uplink.perform(&Request::Time { nonce: nonce.clone() }) {
        Answer::Time(token) => {
            let at = senim_uplink::verify_time(&token, &nonce, &keys.trust, assemble::built_at())
                .map_err(|error| error.to_string())?;
            Ok(json!({ "time": at }))
        }
        Answer::Failed(failure) => Err(failure.to_string()),
        _ => Err("another answer than asked for".into()),
    }
}

fn rule_pack(loaded: &Loaded, keys: &assemble::Keys) -> Result<Value, String> {
    use senim_operation::message::{MessageBody, MessageTrust, open_message};
    let reader = JournalReader::open(&loaded.config.journal_path()).map_err(|error| error.to_string())?;
    let stored = reader.directive("RulePack").map_err(|error| error.to_string())?;
    let compact = stored.ok_or("none is stored yet; the MFO has to publish one")?;
    let trust = MessageTrust::new(keys.trust.clone());
    let message =
        open_message(&compact, &trust, &loaded.config.terminal).map_err(|error| error.to_string())?;
    let MessageBody::RulePack(pack) = message.body else { return Err("the stored message is none".into()) };
    let pack: &RulePack = &pack;
    let now = assemble::first_stamp(assemble::built_at()).utc;
    if !pack.in_force(now) {
        return Err(format!(
            "version {} is in force from {} to {}",
            pack.version, pack.effective_from, pack.expires
        ));
    }
    Ok(json!({ "version": pack.version, "expires": pack.expires }))
}

/// Why the dispenser must not be asked now.
fn dispenser_is_taboo(config: &Config) -> Result<(), String> {
    let reader = match JournalReader::open(&config.journal_path()) {
        Ok(reader) => reader,
        Err(JournalError::Missing { .. }) => return Ok(()),
        Err(error) => return Err(format!("the journal cannot be read, so a payout may be open: {error}")),
    };
    let stored = reader.state(StateKey("durable")).map_err(|error| error.to_string())?;
    let Some(json) = stored else { return Ok(()) };
    let durable: DurableState = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    match durable.open {
        Some(open) => {
            Err(format!("payout {} is open: start the firmware, it settles it first", open.request))
        }
        None => Ok(()),
    }
}

fn ask_devices(loaded: &Loaded, tally: &mut Tally) -> Result<()> {
    let config = &loaded.config;
    let found = dispenser_is_taboo(config).and_then(|()| ask_dispenser(config));
    tally.tell("dispenser", found)?;
    tally.tell("printer", ask_printer(config))?;
    tally.tell("camera", ask_camera(config))
}

/// Takes one frame and looks whether there is light in it. The frame goes nowhere.
fn ask_camera(config: &Config) -> Result<Value, String> {
    let told = |error: senim_hal::Error| format!("{error}: {}", error.kind.action());
    let mut camera = assemble::camera(config);
    camera.open().map_err(told)?;
    let frame = camera.frame();
    camera.close();
    let frame = frame.map_err(told)?;
    let picture =
        Picture::new(frame.width, frame.height, frame.rgb.expose()).map_err(|error| error.to_string())?;
    let brightness = measure(&picture).mean_luma;
    if brightness < BRIGHTNESS_MIN {
        return Err(format!(
            "the picture is black (brightness {brightness} of 255): uncover the lens, switch on the light"
        ));
    }
    Ok(json!({ "width": frame.width, "height": frame.height, "brightness": brightness }))
}

/// Whether the port can be had, in the words of the system where not. The line's own thread would only try on.
fn try_port(line: &LineConfig) -> Result<(), String> {
    SerialLine::open(line).map(drop).map_err(|error| error.to_string())
}

fn ask_dispenser(config: &Config) -> Result<Value, String> {
    use cash_dispenser::{Command, Event};
    try_port(&config.dispenser.line)?;
    let driver = assemble::dispenser(config).map_err(|error| error.to_string())?;
    let (sender, events) = sync_channel(8);
    let handle = spawn_line("dispenser", config.dispenser.line.clone(), driver, move |event| {
        sender.send(event).is_ok()
    })
    .map_err(|error| error.to_string())?;
    loop {
        match events.recv_timeout(DEVICE_WAIT) {
            Ok(Event::Line { open: true }) => {
                handle.send(Command::Status).map_err(|error| error.to_string())?
            }
            Ok(Event::Status { identity, units, error }) => {
                return match error {
                    None => Ok(json!({ "identity": identity, "cassettes": units })),
                    Some(error) => Err(format!("{error}: {}", error.kind.action())),
                };
            }
            Ok(Event::Failed(error)) => return Err(format!("{error}: {}", error.kind.action())),
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(no_answer(&config.dispenser.line.path));
            }
        }
    }
}

fn ask_printer(config: &Config) -> Result<Value, String> {
    use receipt_printer::{Command, Event};
    try_port(&config.printer.line)?;
    let driver = assemble::printer(config).map_err(|error| error.to_string())?;
    let (sender, events) = sync_channel(8);
    let handle =
        spawn_line("printer", config.printer.line.clone(), driver, move |event| sender.send(event).is_ok())
            .map_err(|error| error.to_string())?;
    loop {
        match events.recv_timeout(DEVICE_WAIT) {
            Ok(Event::Line { open: true }) => {
                handle.send(Command::Status).map_err(|error| error.to_string())?
            }
            Ok(Event::Status { identity, paper, error }) => {
                return match error {
                    None => Ok(json!({ "identity": identity, "paper": paper })),
                    Some(error) => Err(format!("{error}: {}", error.kind.action())),
                };
            }
            Ok(Event::Failed(error)) => return Err(format!("{error}: {}", error.kind.action())),
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(no_answer(&config.printer.line.path));
            }
        }
    }
}

fn no_answer(port: &Path) -> String {
    format!(
        "{} opens but nothing answers: is the port right, is the device switched on, is the cable in?",
        port.display()
    )
}
