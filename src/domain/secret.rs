//! Secrets and personal data: on the heap, wiped when dropped, silent in logs.
//!
//! They implement neither `Display` nor `Serialize`, and their `Debug` says nothing. [`Secret::expose`] is the one
//! way to the content, so that every use can be found by its name.

use zeroize::{Zeroize, Zeroizing};

/// Text about a person or giving access: IIN, name, phone, one-time code.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// Bytes about a person: a portrait, a decoded attachment.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the text; the heap block itself becomes the secret, no copy is made.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The content, to be used and not kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Adds a character without leaving an old copy behind when the block has to grow.
    pub fn push(&mut self, character: char) {
        if self.0.capacity() < self.0.len().saturating_add(4) {
            let mut grown =
                Zeroizing::new(String::with_capacity(self.0.capacity().saturating_mul(2).max(32)));
            grown.push_str(&self.0);
            self.0 = grown;
        }
        self.0.push(character);
    }

    /// Removes the last character.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Characters held.
    #[must_use]
    pub fn chars_count(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Overwrites and empties.
    pub fn wipe(&mut self) {
        self.0.zeroize();
    }
}

impl SecretBytes {
    /// Takes ownership of the bytes; no copy is made.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The content, to be used and not kept.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

/// Reading personal data from a message keeps it in one heap block.
impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// `Debug` without the content and reading by `parse` for a type around a number about a person.
macro_rules! personal_number {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = $crate::secret::Secret::deserialize(deserializer)?;
                Self::parse(text.expose()).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use personal_number;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_nothing_of_the_content() {
        let secret = Secret::new("900514300002".into());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn typing_and_deleting_keeps_the_text() {
        let mut typed = Secret::default();
        for c in "900514300002".repeat(5).chars() {
            typed.push(c);
        }
        typed.pop();
        assert_eq!(typed.chars_count(), 59);
        assert!(typed.expose().starts_with("9005143000029005"));
    }
}
