//! `senim run`: the firmware, from configuration to orderly stop.

use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::{Context, Result};
use nix::sys::signal::{SigSet, Signal};
use senim_linux::service::Service;
use senim_runtime::Input;
use senim_runtime::shell::{Observer, Shell, UpkeepEdge};
use senim_ui::App;
use serde_json::json;

use crate::bare::{Bare, Step};
use crate::commands::Outcome;
use crate::config::{Config, DisplayKind, Loaded};
use crate::screen::Display;
use crate::{assemble, devices, identity, log, renewal, speech, stick};

/// Runs until told to stop.
///
/// # Errors
/// A sentence that says what a person has to do before it can run.
pub fn run(path: &Path) -> Result<Outcome> {
    let mut bare = Bare::default();
    let done = serve(path, &mut bare);
    // The window is gone, or there was none.
    bare.not_in_service();
    done
}

fn serve(path: &Path, bare: &mut Bare) -> Result<Outcome> {
    let hardening = senim_linux::process::harden();
    let loaded = Config::load(path)?;
    let tail = log::start(&loaded.config)?;
    bare.starts(&loaded.config);
    tracing::info!(?hardening, terminal = %loaded.config.terminal, profile = ?assemble::profile(), "starting");
    // Before any thread exists, so that every thread leaves these signals to the one that waits for them.
    let signals = SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT]);
    signals.thread_block().context("signals cannot be blocked")?;
    bare.at(Step::Identity);
    let keys = assemble::keys(&loaded.config)?;
    let held = identity::open(&loaded.config, &keys)?;
    bare.at(Step::Uplink);
    let uplink = assemble::uplink(&loaded.config, &keys, &held, assemble::built_at())?;
    bare.at(Step::Journal);
    let (kernel, clean_stop) = assemble::kernel(&loaded, &keys, &held, &uplink)?;
    let (credentials, clock) = (uplink.credentials(), uplink.clock());
    bare.at(Step::Devices);
    let ((enrolment, codes), (export, exports)) = (sync_channel(1), sync_channel(1));
    let upkeep = UpkeepEdge { enrolment, export, log: Box::new(move || tail.lines()) };
    let mut edges = devices::edges(&loaded.config, uplink, upkeep)?;
    bare.at(Step::Window);
    let display = Window::open(&loaded.config)?;
    edges.peripherals = speech::share(edges.peripherals, &display.app.remote());
    let watch = Watch::of(speech::start(&loaded.config, &display.app)?);
    let shell =
        Shell::start(kernel, edges, Display(display.app.remote()), clean_stop, watch.observer(&loaded))?;
    let inputs = shell.inputs();
    let touches = inputs.clone();
    renewal::start(&loaded.config, held, credentials, clock, codes, inputs.clone())?;
    stick::start(&loaded.config, keys.trust, exports, inputs.clone())?;
    display.app.on_action(move |action| {
        // A full queue means a kernel in trouble: the touch is lost, the person touches again.
        if touches.try_send(Input::Action(action)).is_err() {
            tracing::warn!("a touch was lost");
        }
    });
    stop_on(signals, inputs.clone())?;
    let control = display.control(&loaded, inputs, watch)?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{}",
        json!({ "ready": true, "control": control.as_ref().map(|at| at.address().to_string()) })
    )?;
    out.flush()?;
    let service = Service::from_environment();
    tell(service.ready());
    display.app.run()?;
    bare.at(Step::Stopped);
    tell(service.stopping());
    drop(control);
    shell.join();
    Ok(Outcome::Good)
}

/// A service manager that cannot be told changes nothing for the person at the screen.
fn tell(told: Result<(), senim_hal::Error>) {
    if let Err(error) = told {
        tracing::warn!(%error, "service manager");
    }
}

fn stop_on(signals: SigSet, inputs: SyncSender<Input>) -> Result<()> {
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if let Ok(signal) = signals.wait() {
            let _gone = inputs.send(Input::Stop { reason: signal.as_str().to_owned() });
        }
    })?;
    Ok(())
}

/// The window and, in rig builds, what stands in for a display.
struct Window {
    app: App,
    headless: bool,
}

impl Window {
    fn open(config: &Config) -> Result<Self> {
        let headless = match config.display.kind {
            DisplayKind::Window => false,
            #[cfg(feature = "rig")]
            DisplayKind::Headless => {
                senim_ui::headless::Headless::install((config.display.width, config.display.height))?;
                true
            }
        };
        Ok(Self { app: App::new()?, headless })
    }

    #[cfg(not(feature = "rig"))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    fn control(
        &self,
        _loaded: &Loaded,
        _inputs: SyncSender<Input>,
        _watch: Watch,
    ) -> Result<Option<NoControl>> {
        let _ = self.headless;
        Ok(None)
    }

    #[cfg(feature = "rig")]
    fn control(
        &self,
        loaded: &Loaded,
        inputs: SyncSender<Input>,
        watch: Watch,
    ) -> Result<Option<senim_ui::control::Control>> {
        if !self.headless {
            return Ok(None);
        }
        let control = senim_ui::control::Control::start_with(
            loaded.config.display.control,
            senim_linux::clock::set_rig_offset_ms,
            move |method, path, body| watch.answer(&inputs, method, path, &body),
        )?;
        Ok(Some(control))
    }
}

/// A release has no control port.
#[cfg(not(feature = "rig"))]
struct NoControl;

#[cfg(not(feature = "rig"))]
impl NoControl {
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    const fn address(&self) -> &'static str {
        ""
    }
}

/// What the rig may see of the kernel after each step.
#[derive(Clone, Default)]
struct Watch {
    #[cfg(feature = "rig")]
    seen: std::sync::Arc<std::sync::Mutex<serde_json::Value>>,
    #[cfg(feature = "rig")]
    voice: speech::Voice,
}

impl Watch {
    #[cfg(not(feature = "rig"))]
    fn of(_voice: speech::Voice) -> Self {
        Self::default()
    }

    #[cfg(feature = "rig")]
    fn of(voice: speech::Voice) -> Self {
        Self { voice, ..Self::default() }
    }

    #[cfg(not(feature = "rig"))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    fn observer(&self, _loaded: &Loaded) -> Observer {
        Box::new(|_, _| {})
    }

    #[cfg(feature = "rig")]
    fn observer(&self, loaded: &Loaded) -> Observer {
        let seen = self.seen.clone();
        let halted = loaded.config.data_dir.join("halted");
        Box::new(move |kernel, reading| {
            let now = kernel.stamp(reading);
            let session = kernel.session();
            let (checkpoint_size, cosigned_size) = kernel.checkpoint_sizes();
            let durable = session.durable();
            let known: Vec<_> = session.facts().orders.keys().collect();
            let status = json!({
                "next_seq": kernel.next_seq(),
                "acked_seq": kernel.acked_seq(),
                "unacked": kernel.next_seq() - kernel.acked_seq().map_or(0, |acked| acked + 1),
                "attachments": kernel.attachments_waiting(),
                "checkpoint_size": checkpoint_size,
                "cosigned_size": cosigned_size,
                "online": kernel.online(),
                "uplink_cause": session.facts().uplink_cause,
                "out_of_service": session.out_of_service(&now),
                "no_loan": session.no_cash_loan(&now),
                "at_rest": session.at_rest() && kernel.is_settled(),
                "books": durable.books,
                "stopped": durable.stopped,
                "open_payout": durable.open.is_some(),
                "orders": known,
                "dispenser": format!("{:?}", session.facts().dispenser),
                "printer": format!("{:?}", session.facts().printer),
                "peripherals": session.facts().peripherals.iter()
                    .map(|(device, state)| (device.name(), format!("{state:?}")))
                    .collect::<std::collections::BTreeMap<_, _>>(),
                "on_battery": session.facts().on_battery_since.is_some(),
            });
            *seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = status;
            if kernel.halted()
                && let Err(error) = std::fs::write(&halted, b"")
            {
                tracing::error!(%error, "the rig's mark could not be written");
            }
        })
    }

    #[cfg(feature = "rig")]
    fn answer(
        &self,
        inputs: &SyncSender<Input>,
        method: &str,
        path: &str,
        body: &serde_json::Value,
    ) -> Option<(u16, serde_json::Value)> {
        let seen = || self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let sent = |input| match inputs.try_send(input) {
            Ok(()) => (202, json!({})),
            Err(error) => (503, json!({ "error": error.to_string() })),
        };
        match (method, path) {
            ("GET", "status") => Some((200, seen())),
            // Once: what was told is told no more.
            ("GET", "spoken") => {
                let mut said = self.voice.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                Some((200, json!(std::mem::take(&mut *said))))
            }
            ("POST", "checkpoint") => Some(sent(Input::Checkpoint)),
            ("POST", "exchange") => {
                let Some(order) = body.get("order").and_then(|order| order.as_str()?.parse().ok()) else {
                    return Some((400, json!({ "error": "a body {\"order\": uuid} is expected" })));
                };
                let known =
                    seen().get("orders").and_then(|orders| orders.as_array().cloned()).unwrap_or_default();
                if known.contains(&json!(order)) {
                    Some(sent(Input::ExchangeDone(order)))
                } else {
                    Some((409, json!({ "error": "the order is not known here, or was carried out already" })))
                }
            }
            _ => None,
        }
    }
}
