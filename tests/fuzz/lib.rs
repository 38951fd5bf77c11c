//! Fuzz targets: everything that reads a stranger's bytes, as total functions of those bytes.
//!
//! A target returns or panics; a panic is a finding. What each checks beyond "it returns" stands where it is written.
//! Nothing here knows who makes the bytes: `main.rs` hands in those of libFuzzer, `tests/corpus.rs` those of the corpus
//! and of plain mutation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a target that fails has found something"
)]

mod batches;
pub mod cards;
mod codecs;
mod drivers;
mod faces;

/// A target: any bytes in; it panics when what reads them breaks a promise.
pub type Target = fn(&[u8]);

/// All targets by name. The name is also that of the corpus directory.
pub const TARGETS: &[(&str, Target)] = &[
    ("batch", batches::batch),
    ("lcdm4000_codec", codecs::dispensers::lcdm4000),
    ("lcdm2000_codec", codecs::dispensers::lcdm2000),
    ("presenter_codec", codecs::dispensers::presenter),
    ("ccnet_codec", codecs::ccnet),
    ("escpos_codec", codecs::escpos),
    ("pn532_codec", codecs::readers::pn532),
    ("gempc_codec", codecs::readers::gempc),
    ("nut_codec", codecs::lines::nut),
    ("nmea_codec", codecs::lines::nmea),
    ("lcdm4000_driver", drivers::dispensers::lcdm4000),
    ("lcdm2000_driver", drivers::dispensers::lcdm2000),
    ("presenter_driver", drivers::dispensers::presenter),
    ("ccnet_driver", drivers::acceptor::ccnet),
    ("escpos_driver", drivers::printer::escpos),
    ("pn532_driver", drivers::readers::pn532),
    ("gempc_driver", drivers::readers::gempc),
    ("nut_driver", drivers::lines::nut),
    ("nmea_driver", drivers::lines::nmea),
    ("tlv", cards::apdu::tlv),
    ("exchange", cards::apdu::exchange),
    ("piv", cards::piv::piv),
    ("mrz", cards::documents::mrz),
    ("document_files", cards::documents::files),
    ("passive", cards::documents::passive),
    ("secure_messaging", cards::documents::secure_messaging),
    ("document_reading", cards::reading::reading),
    ("camera_frame", faces::camera_frame),
    ("living_evidence", faces::living_evidence),
];

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
