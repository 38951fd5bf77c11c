//! A card reader and whatever card is put to it: presence, power, APDUs.

use senim_cards::exchange::Limits;
use senim_cards::icao::capabilities::takes_extended;
use senim_domain::SecretBytes;
use senim_hal::card_reader::{Capabilities, CardReader, ChipPower, Command, Event};
use serde_json::{Value, json};

use crate::line::{self, Line};
use crate::rig::{LeftOut, Rig};

/// A reader that has said who it is.
pub struct Reader<'a> {
    pub rig: &'a Rig,
    /// Its section of the configuration, and its emulator.
    pub section: &'static str,
    line: Line<Box<dyn CardReader + Send>>,
    capabilities: Capabilities,
}

impl<'a> Reader<'a> {
    pub fn new(rig: &'a Rig, section: &'static str) -> Result<Self, LeftOut> {
        let (line, capabilities) =
            line::card_reader(&rig.config, section).ok_or_else(|| LeftOut(format!("no {section} reader")))?;
        line.introduced(rig.answer_ms()).unwrap();
        Ok(Self { rig, section, line, capabilities })
    }

    /// A card comes: `card` by the emulator's name, `words` what a person calls it.
    pub fn insert(&self, card: &str, words: &str) {
        let ask = format!("put {words} to the reader of section {}", self.section);
        self.rig.cause(&ask, |control| control.set(self.section, &json!({ "card": card })));
        self.hears("a card", self.rig.cause_ms(), &Event::MediaInserted);
    }

    /// The card goes.
    pub fn remove(&self) {
        let ask = format!("take the card from the reader of section {}", self.section);
        self.rig.cause(&ask, |control| control.set(self.section, &json!({ "card": Value::Null })));
        self.hears("the card to go", self.rig.cause_ms(), &Event::MediaRemoved);
    }

    fn hears(&self, what: &str, wait_ms: u64, expected: &Event) {
        self.line.until(what, wait_ms, |event| (event == expected).then_some(()));
    }

    /// Power for the chip; what goes through between here and this card.
    pub fn power(&self) -> Limits {
        let answer = self.line.ask(
            Command::ChipPower(ChipPower::Cold),
            "the chip to answer",
            self.rig.answer_ms(),
            |event| match event {
                Event::ChipPowered { answer_to_reset } => Some(answer_to_reset.clone()),
                _ => None,
            },
        );
        Limits::of(&self.capabilities, takes_extended(&answer))
    }

    /// Lets go of the chip.
    pub fn release(&self) {
        self.line.send(Command::ChipPower(ChipPower::Off));
        self.hears("the chip to be let go", self.rig.answer_ms(), &Event::ChipReleased);
    }

    /// One APDU and its answer; none when the card left instead.
    pub fn carry(&self, apdu: SecretBytes) -> Option<SecretBytes> {
        self.line.ask(Command::ChipIo(apdu), "the card's answer", self.rig.answer_ms(), |event| match event {
            Event::ChipIo(response) => Some(Some(response.clone())),
            Event::MediaRemoved => Some(None),
            _ => None,
        })
    }
}

/// Tests of scenarios on the contact and on the contactless reader, in both paces.
macro_rules! both_readers {
    ($($scenario:ident),+ $(,)?) => {
        mod contact {
            $(fn $scenario(rig: &$crate::rig::Rig) -> $crate::rig::Outcome {
                super::$scenario(rig, "card")
            })+
            $crate::rig::both_paces!(Any: $($scenario),+);
        }
        mod contactless {
            $(fn $scenario(rig: &$crate::rig::Rig) -> $crate::rig::Outcome {
                super::$scenario(rig, "nfc")
            })+
            $crate::rig::both_paces!(Any: $($scenario),+);
        }
    };
}
pub(crate) use both_readers;
