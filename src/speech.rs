//! What is said in the headphones, and the keypad that asks for it: between the display's thread and the devices.

use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context, Result};
use senim_hal::assistive::{Assistive, Event};
use senim_hal::speech::Speech;
use senim_linux::speech::Espeak;
use senim_runtime::shell::PeripheralEdge;
use senim_ui::{App, Remote};
use senim_ui_model::speech::Order;

use crate::config::{Config, VoiceConfig};

/// What was said, for tests of the rig.
#[cfg(feature = "rig")]
pub type Said = std::sync::Arc<std::sync::Mutex<Vec<serde_json::Value>>>;

/// A keypad that the screen hears too.
struct Shared {
    keypad: Box<dyn Assistive>,
    screen: Remote,
}

impl Assistive for Shared {
    fn wait_event(&mut self, wait_ms: u64) -> Result<Option<Event>, senim_hal::Error> {
        let event = self.keypad.wait_event(wait_ms)?;
        if let Some(event) = &event
            && let Err(error) = self.screen.assistive(event.clone())
        {
            tracing::error!(%error, "the display does not take the keypad's keys");
        }
        Ok(event)
    }
}

/// Lets the screen hear the keypad, where there is one.
pub fn share(peripherals: Vec<PeripheralEdge>, screen: &Remote) -> Vec<PeripheralEdge> {
    let shared = |edge| match edge {
        PeripheralEdge::Assistive(keypad) => {
            PeripheralEdge::Assistive(Box::new(Shared { keypad, screen: screen.clone() }))
        }
        other => other,
    };
    peripherals.into_iter().map(shared).collect()
}

/// Gives the screen its voice, on a thread of its own. Without one in the configuration it says nothing.
///
/// # Errors
/// Settings that do not fit, no thread.
pub fn start(config: &Config, app: &App) -> Result<Voice> {
    let Some(settings) = &config.speech else { return Ok(Voice::default()) };
    let (orders, inbox): (Sender<Order>, Receiver<Order>) = channel();
    let (mut speaker, voice) = open(settings)?;
    std::thread::Builder::new()
        .name("voice".to_owned())
        .spawn(move || {
            for order in inbox {
                match order {
                    Order::Say(utterance) => {
                        let said = speaker.say(&utterance.text, utterance.language, utterance.volume);
                        if let Err(error) = said {
                            tracing::warn!(%error, "nothing was said");
                        }
                    }
                    Order::Silence => speaker.silence(),
                    // The screen's own.
                    Order::Press(_) => {}
                }
            }
        })
        .context("no thread for the voice")?;
    app.on_speech(move |order| {
        // A voice that is gone says nothing; the keypad still works.
        let _unheard = orders.send(order);
    });
    Ok(voice)
}

/// What the rig may know of the voice.
#[derive(Clone, Default)]
pub struct Voice {
    /// Utterances since the start, as `{language, text}`.
    #[cfg(feature = "rig")]
    pub said: Said,
}

fn open(settings: &VoiceConfig) -> Result<(Box<dyn Speech>, Voice)> {
    Ok(match settings {
        VoiceConfig::Espeak(espeak) => (Box::new(Espeak::new(espeak.clone())?), Voice::default()),
        #[cfg(feature = "rig")]
        VoiceConfig::Recorded => {
            let voice = Voice::default();
            (Box::new(Recorder(Said::clone(&voice.said))), voice)
        }
    })
}

/// Writes down what would be said.
#[cfg(feature = "rig")]
struct Recorder(Said);

#[cfg(feature = "rig")]
impl Speech for Recorder {
    fn say(
        &mut self,
        text: &senim_domain::Secret,
        language: senim_domain::Language,
        volume: u8,
    ) -> Result<(), senim_hal::Error> {
        let said =
            serde_json::json!({ "language": language.code(), "text": text.expose(), "volume": volume });
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(said);
        Ok(())
    }

    fn silence(&mut self) {}
}
