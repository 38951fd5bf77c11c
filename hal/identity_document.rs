//! Port: the chip of a person's identity document, by what a registration needs of it.
//!
//! **For whoever answers** (`hal/cards`, over a [`CardReader`](crate::card_reader::CardReader)): nothing is read but the
//! machine-readable zone and the signature over it. There is no picture, and none is asked for. An access number goes to
//! the chip once for each [`Command::Open`].
//!
//! **For session authors.** [`Command::Open`] waits for a document where there is none and reads one; it ends with
//! [`Event::Read`], [`Event::WrongAccess`], [`Event::Removed`] or [`Event::Failed`], and another one begins anew. After its
//! end nothing of the document is known here any more.

use senim_domain::Secret;
use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::iin::{Iin, Sex};

/// Digits of a card access number (CAN).
pub const ACCESS_NUMBER_DIGITS: usize = 6;

/// What opens a chip: something that is printed on the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The six digits on its front.
    AccessNumber(Secret),
    /// What its machine-readable zone begins with.
    Printed {
        /// Number of the document: Latin letters and digits.
        number: Secret,
        /// Date of birth, YYMMDD.
        birth_date: Secret,
        /// Last day of validity, YYMMDD.
        expiry_date: Secret,
    },
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Read whatever document is there or comes.
    Open {
        /// What opens it.
        access: Access,
    },
    /// Let go of the document and forget it.
    Close,
}

/// What may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A document is there and is being read.
    Reading,
    /// It was read and judged.
    Read(Box<Read>),
    /// The chip does not know the access number, or number and dates.
    WrongAccess,
    /// The document left before everything was read.
    Removed,
    /// It cannot be done.
    Failed(Fault),
}

/// What a chip told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Passport or card.
    pub kind: IdentityDocumentKind,
    /// Number of the document.
    pub number: Secret,
    /// Last day of validity, `YYYY-MM-DD`.
    pub expires: Secret,
    /// Date of birth, YYMMDD; `<` for what is not known.
    pub birth_date: Secret,
    /// As it stands there; `None`: neither.
    pub sex: Option<Sex>,
    /// The holder's IIN, where one stands there that checks and fits date of birth and sex.
    pub iin: Option<Iin>,
    /// Whether the data are the issuer's.
    pub verdict: ChipVerdict,
}

impl Read {
    /// Whether a typed IIN can be that of the document's holder: the same one, or one of the same date of birth and sex
    /// where the chip holds none.
    #[must_use]
    pub fn can_be_of(&self, iin: &Iin) -> bool {
        match &self.iin {
            Some(own) => own == iin,
            None => fits(iin, &self.birth_date, self.sex),
        }
    }
}

/// Whether an IIN states this date of birth (YYMMDD) and sex.
#[must_use]
pub fn fits(iin: &Iin, birth_date: &Secret, sex: Option<Sex>) -> bool {
    iin.expose().get(..6) == Some(birth_date.expose()) && sex.is_none_or(|sex| sex == iin.sex())
}

/// Why a document cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The chip takes no access number: it opens only with number and dates.
    PrintedNeeded,
    /// What was typed cannot be what is printed on any document; nothing was sent.
    AccessForm,
    /// Another kind of card.
    NotADocument,
    /// Its way in or its content is not known here.
    Unusable,
    /// Its answers make no sense: it lies badly, or is on its way out.
    Unclear,
    /// The reader does not work.
    Reader,
}
