//! What an emulated document is like, and whose.

use super::{Curve, Suite};

/// Shape of the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// Identity card, TD1.
    #[default]
    Card,
    /// Passport, TD3.
    Passport,
}

/// Which ways in the chip has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ways {
    /// PACE and Basic Access Control.
    #[default]
    Both,
    /// An older chip.
    BacOnly,
    /// A newer one.
    PaceOnly,
}

/// How the document was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// As the issuer does.
    #[default]
    Good,
    /// The name in DG1 was changed afterwards; no check digit covers it.
    TamperedName,
    /// A bit of DG2 was changed afterwards.
    TamperedPortrait,
    /// The signer belongs to another authority of the same name.
    ForeignAuthority,
    /// The same, and it claims the key identifier of the true authority.
    ForgedSigner,
    /// The signer's certificate ended on 01.01.2024.
    ExpiredSigner,
    /// The files of another document, genuine and whole, on a chip that opens with this one's number and dates.
    Cloned,
}

/// Whose document it is. A person who does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Issuing state and nationality as the MRZ writes them.
    pub state: String,
    /// Document number, at most nine characters.
    pub number: String,
    /// YYMMDD.
    pub birth: String,
    /// YYMMDD.
    pub expiry: String,
    /// M or F.
    pub sex: char,
    /// Latin capitals.
    pub surname: String,
    /// Latin capitals.
    pub given_names: String,
    /// Goes into the optional data.
    pub iin: String,
}

impl Default for Holder {
    fn default() -> Self {
        Self {
            state: "KAZ".into(),
            number: "012345678".into(),
            birth: "900514".into(),
            expiry: "350513".into(),
            sex: 'M',
            surname: "TESTOV".into(),
            given_names: "TEST".into(),
            iin: "900514300002".into(),
        }
    }
}

impl Holder {
    /// Somebody else who does not exist.
    pub(super) fn other() -> Self {
        Self { number: "N87654321".into(), surname: "OTHER".into(), ..Self::default() }
    }
}

/// How a document is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the control interface calls it.
    pub name: &'static str,
    /// Passport or card.
    pub form: Form,
    /// Whose it is.
    pub holder: Holder,
    /// Country of the authority, two letters.
    pub country: String,
    /// Card access number printed on the front.
    pub access_number: String,
    /// Ways in.
    pub ways: Ways,
    /// Genuine, or in what way not.
    pub variant: Variant,
    /// Cipher of PACE.
    pub suite: Suite,
    /// Curve of PACE.
    pub curve: Curve,
    /// Whether extended lengths are taken, and announced in the ATR.
    pub extended: bool,
    /// Bytes of the face image; at least what the picture needs.
    pub portrait_size: usize,
    /// Commands after a power-on that are answered before the document is moved away.
    pub tear_after: Option<u32>,
    /// Where keys and random bytes come from.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "id-card",
            form: Form::Card,
            holder: Holder::default(),
            country: "KZ".into(),
            access_number: "123456".into(),
            ways: Ways::Both,
            variant: Variant::Good,
            suite: Suite::Aes128,
            curve: Curve::P256,
            extended: true,
            portrait_size: 12_000,
            tear_after: None,
            seed: 1,
        }
    }
}

impl Options {
    /// A passport of the same person.
    #[must_use]
    pub fn passport() -> Self {
        let holder = Holder { number: "N12345678".into(), ..Holder::default() };
        Self { name: "passport", form: Form::Passport, holder, ..Self::default() }
    }
}
