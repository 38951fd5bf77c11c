//! Rows of a token card: shown to log in, bound to a cabinet, unbound, not usable, left behind.
//!
//! A card is named by what it showed, sealed; in public there is nothing by which somebody could follow it.

use senim_domain::{ClientId, LoanId, MessageId, SignatureId};
use serde::{Deserialize, Serialize};

use crate::signature::SignaturePurpose;

/// A card was put in to log in with it. Sealed: [`crate::attachment::ShownCard`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginCardShown {
    /// The message that offered the ways.
    pub login: MessageId,
}

/// A client wants a card to open their cabinet from now on. Sealed: [`crate::attachment::ShownCard`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardBindingRequested {
    /// Whose cabinet.
    pub client: ClientId,
    /// The face check that it rests on.
    pub face_check: MessageId,
}

/// The card signed the MFO's challenge after its PIN. Sealed: [`crate::attachment::CardProof`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardProofSubmitted {
    /// The message that gave the challenge.
    pub challenge: MessageId,
}

/// A client wants their card to open nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardUnbindingRequested {
    /// Whose cabinet.
    pub client: ClientId,
    /// The face check that it rests on.
    pub face_check: MessageId,
}

/// A client wants to sign a document with a card: the MFO says what the card has to sign. Sealed:
/// [`crate::attachment::ShownCard`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSignatureRequested {
    /// Its identity, born here.
    pub signature: SignatureId,
    /// What for.
    pub purpose: SignaturePurpose,
    /// The loan it belongs to, where there is one.
    pub loan: Option<LoanId>,
    /// SHA-256 of exactly the bytes shown, base64url.
    pub document_sha256: String,
    /// Where its PIN would be typed.
    pub pin_on: PinPlace,
}

/// Where the PIN of a card is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PinPlace {
    /// On the terminal's screen: for cards of the MFO alone.
    Screen,
    /// On the reader's own keys: it never comes into the terminal.
    Reader,
}

/// A card was not usable, or its PIN was wrong. The PIN never leaves the terminal; that it was wrong does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardNotUsed {
    /// What it was to be used for.
    pub act: CardAct,
    /// Why not.
    pub fault: CardFault,
}

/// A card still lay in the reader when its visit was long over and nobody took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardLeftBehind {}

/// What a card is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CardAct {
    /// To log in.
    Login,
    /// To be bound.
    Binding,
    /// To sign a document.
    Signing,
}

/// Why a card was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CardFault {
    /// The PIN was wrong; a try of it is lost.
    PinWrong,
    /// No try of the PIN is left.
    PinBlocked,
    /// It was taken out in the middle.
    Withdrawn,
    /// Another kind of card.
    NotAToken,
    /// Its certificate, key or signature cannot be used.
    Unusable,
    /// Its answers make no sense.
    Unclear,
    /// The reader does not work.
    Reader,
}
