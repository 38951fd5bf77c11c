//! A document between the MFO and a client: one PDF/A-3 file whose bytes are shown, hashed and signed.
//!
//! The same file carries its text as data ([`Paper`]), which the terminal reads out, enlarges and compares with what it
//! computed itself. [`write()`] makes the file at the MFO (feature `write`), [`read()`] finds the text in it and
//! [`Pages`](show::Pages) draws its pages (feature `show`). Nothing here signs, stores or sends.
//!
//! Kazakh stands first, then Russian, in the same size (Language Law art. 21, R-051); the first page has the key terms with
//! the nominal and the effective rate alike (B1 rule 7, B4).

mod paper;
mod read;
#[cfg(feature = "show")]
pub mod show;
#[cfg(feature = "write")]
mod write;

pub use paper::{Figures, Kind, Paper, Section, Table, Term};
pub use read::{ReadError, read};
#[cfg(feature = "write")]
pub use write::{WriteError, write};

/// Name of the file with the text inside the PDF.
const TEXT_FILE: &str = "senim-document.json";
