//! Electronic travel documents: passports and identity cards by ICAO Doc 9303.
//!
//! The way in is PACE where the chip offers a variant that is known here ([`pace`]), else Basic Access Control
//! ([`bac`]); either needs what is printed on the document ([`mrz`]). Behind it everything runs through a protected
//! channel ([`secure_messaging`]). Ciphers and curves are put together in [`cipher`] and [`curve`] from RustCrypto's
//! blocks; randomness and time come in as values.
//!
//! [`Reader`] does one reading: hand `poll_command` to the card reader port and its answer to `handle_response` until
//! there is no command, then take the events; [`Reader::handle_card_lost`] says that there will be no answer. Whether
//! the card takes extended lengths is in its answer to reset ([`capabilities`]).
//!
//! Not done: Chip and Active Authentication. Passive authentication shows that the data are the issuer's, not that
//! this chip is the one they were written to.

pub mod bac;
pub mod capabilities;
pub mod cipher;
pub mod curve;
mod entropy;
mod failure;
pub mod key_curve;
pub mod lds;
pub mod mrz;
pub mod pace;
pub mod passive;
mod reader;
pub mod secure_messaging;
pub mod signature;
pub mod trust;

pub use entropy::Entropy;
pub use failure::{Failure, Remedy};
pub use mrz::Password;
pub use passive::{Doubt, Forgery, Verdict};
pub use reader::{Access, Document, Event, Reader};
pub use trust::{TrustError, TrustList};

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) mod test_bytes {
    /// Bytes from digits; spaces are for the reader.
    pub fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        assert!(digits.len().is_multiple_of(2));
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}
