//! Cards at APDU level, and the place in a reader where one can lie. Reader emulators speak the reader's protocol and the
//! block layer; what a card answers is decided here behind [`Card`], be it a card of this crate or a program elsewhere.

use serde_json::Value;

use crate::control::ControlError;

/// A card as the reader's chip interface sees it.
pub trait Card: Send + std::fmt::Debug {
    /// Short name for the control interface.
    fn name(&self) -> &'static str;

    /// ATR (ISO/IEC 7816-3), asked for after each power-on or reset. A contactless reader builds the ATS from its
    /// historical bytes.
    fn answer_to_reset(&mut self) -> Vec<u8>;

    /// Power came (`true`) or went. What was verified before is forgotten.
    fn power(&mut self, on: bool);

    /// A reset under power. What was verified before is forgotten.
    fn reset(&mut self);

    /// A whole command APDU in, a whole response APDU (status word last) out; `None`: the card is mute.
    fn transmit(&mut self, command: &[u8]) -> Option<Vec<u8>>;

    /// State for the control interface of the reader that holds it; null where there is nothing to tell.
    fn state(&self) -> Value {
        Value::Null
    }

    /// Applies settings from there, all of them or none.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] for fields that the card does not have; by default it has none.
    fn patch(&mut self, _body: &Value) -> Result<(), ControlError> {
        Err(ControlError::Invalid(format!("card {} has no settings", self.name())))
    }
}

/// The slot or field of a reader.
#[derive(Debug, Default)]
pub struct Slot {
    card: Option<Box<dyn Card>>,
}

impl Slot {
    /// Lays a card on the reader; one that lay there before is taken away.
    pub fn insert(&mut self, card: Box<dyn Card>) {
        self.remove();
        self.card = Some(card);
    }

    /// Takes the card away, tearing it from whatever it was doing.
    pub fn remove(&mut self) -> Option<Box<dyn Card>> {
        let mut card = self.card.take()?;
        card.power(false);
        Some(card)
    }

    /// The card there.
    pub fn card(&mut self) -> Option<&mut (dyn Card + 'static)> {
        self.card.as_deref_mut()
    }

    /// Its name for the control interface.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.card.as_deref().map(Card::name)
    }
}
