//! Attachments that come in pieces over a slow line: what is here stays here through cuts and restarts of either side.
//!
//! A piece lies in a document of its own; with the last one the whole is put together, its hash is compared with its
//! name, and the pieces go. Incomplete ones are few and small for each terminal, and expire.

use std::sync::PoisonError;

use senim_domain::{TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::attachments::AttachmentReply;
use crate::error::{GatewayError, Refusal};
use crate::store::{self, Change, Collection, Expect, StoreError, Versioned};
use crate::{Door, Gateway};

/// Longest attachment.
pub const MAX_ATTACHMENT_BYTES: usize = 4 << 20;
/// Shortest piece, but for the last one: pieces are documents and should be few.
pub const MIN_PIECE_BYTES: usize = 4 << 10;
/// Most incomplete attachments of a terminal.
const MAX_PARTIAL: usize = 8;
/// Most bytes of them as announced.
const MAX_PARTIAL_BYTES: usize = 16 << 20;
/// Life of an incomplete attachment behind its last piece.
const LIFE_SECONDS: u32 = 7 * 24 * 3600;

/// How much of an attachment is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Bytes from its beginning.
    pub bytes: usize,
    /// Whether it is complete.
    pub complete: bool,
    /// Whether it has its second copy: the terminal may delete it.
    pub archived: bool,
}

/// What a piece led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PieceReply {
    /// More is needed.
    Held(Held),
    /// It is complete.
    Stored(AttachmentReply),
}

/// A piece of an attachment.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Where it begins.
    pub offset: usize,
    /// Length of the whole.
    pub size: usize,
    /// Its bytes, a part of a compact JWE.
    pub text: &'a str,
}

/// An incomplete attachment.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Partial {
    size: usize,
    held: usize,
    pieces: u32,
    expires: UtcMillis,
}

impl Gateway {
    /// How much of an attachment is here; 0 of one that is not known.
    ///
    /// # Errors
    /// What [`GatewayError`] says.
    pub fn attachment_held(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        now: UtcMillis,
    ) -> Result<Held, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        self.admitted(terminal, Door::Line)?;
        if self.is_erased(terminal, sha256)? {
            // It was here, and its time is over: the terminal may delete it too.
            return Ok(Held { bytes: 0, complete: true, archived: true });
        }
        if let Some(jwe) = self.as_received(terminal, sha256)? {
            let named = self.store.row_of_attachment(terminal, sha256)?.is_some();
            let archived = named && self.archive(terminal, sha256, now)?;
            return Ok(Held { bytes: jwe.len(), complete: true, archived });
        }
        let partial = self.partial(terminal, sha256)?;
        Ok(Held { bytes: partial.map_or(0, |partial| partial.value.held), complete: false, archived: false })
    }

    /// Keeps the next piece of an attachment; with the last one it is kept as by [`Gateway::put_attachment`].
    ///
    /// # Errors
    /// [`Refusal::Offset`] when it does not begin where the last one ended, [`Refusal::BadPiece`],
    /// [`Refusal::HashMismatch`] (all pieces are gone then, begin anew), [`Refusal::TooManyLoose`]; or what
    /// [`GatewayError`] says.
    pub fn attachment_piece(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        piece: Piece<'_>,
        now: UtcMillis,
    ) -> Result<PieceReply, GatewayError> {
        match self.keep_piece(terminal, sha256, piece, now)? {
            Kept::Held(held) => Ok(PieceReply::Held(held)),
            Kept::Complete { jwe, mut over } => {
                let stored = self.put_attachment_by(Door::Line, terminal, sha256, &jwe, &mut over, now);
                // Put together wrongly it must not be met again; kept well it is not needed any more.
                let done = matches!(stored, Ok(_) | Err(GatewayError::Refused(Refusal::HashMismatch)));
                if done && !over.is_empty() {
                    self.store.commit(&over)?;
                }
                stored.map(PieceReply::Stored)
            }
        }
    }

    fn keep_piece(
        &self,
        terminal: &TerminalId,
        sha256: &str,
        piece: Piece<'_>,
        now: UtcMillis,
    ) -> Result<Kept, GatewayError> {
        let lane = self.lane(terminal);
        let _turn = lane.lock().unwrap_or_else(PoisonError::into_inner);
        self.admitted(terminal, Door::Line)?;
        if let Some(jwe) = self.as_received(terminal, sha256)? {
            return Ok(Kept::Complete { jwe, over: Vec::new() });
        }
        let Piece { offset, size, text } = piece;
        let end = offset.checked_add(text.len()).filter(|end| *end <= size && size <= MAX_ATTACHMENT_BYTES);
        let Some(end) = end else { return Err(Refusal::BadPiece.into()) };
        let last = end == size;
        // Base64url and dots: what else it were, no JWE would come of it.
        let fits = text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        if text.is_empty() || !fits || (text.len() < MIN_PIECE_BYTES && !last) {
            return Err(Refusal::BadPiece.into());
        }
        let partial = match self.partial(terminal, sha256)? {
            Some(partial) if partial.value.size == size => partial,
            Some(_) => return Err(Refusal::BadPiece.into()),
            None => {
                self.make_room(terminal, size, now)?;
                let begun = Partial { size, held: 0, pieces: 0, expires: now };
                Versioned { revision: 0, value: begun }
            }
        };
        if partial.value.held != offset {
            return Err(Refusal::Offset { held: partial.value.held }.into());
        }
        let key = format!("{terminal}/{sha256}");
        if last {
            let (mut jwe, mut over) = self.put_together(&key, &partial.value)?;
            jwe.push_str(text);
            over.push(store::remove(Collection::Partial, &key));
            return Ok(Kept::Complete { jwe, over });
        }
        let grown = Partial {
            held: end,
            pieces: partial.value.pieces.saturating_add(1),
            expires: crate::later(now, LIFE_SECONDS),
            ..partial.value
        };
        self.store.commit(&[
            store::put(Collection::Piece, &place(&key, partial.value.pieces), Expect::Any, &text)?,
            store::put(Collection::Partial, &key, partial.expect(), &grown)?,
        ])?;
        Ok(Kept::Held(Held { bytes: end, complete: false, archived: false }))
    }

    fn partial(&self, terminal: &TerminalId, sha256: &str) -> Result<Option<Versioned<Partial>>, StoreError> {
        store::load(self.store.as_ref(), Collection::Partial, &format!("{terminal}/{sha256}"))
    }

    /// What is here of it, and what removes the pieces.
    fn put_together(&self, key: &str, partial: &Partial) -> Result<(String, Vec<Change>), StoreError> {
        let mut jwe = String::with_capacity(partial.size.min(MAX_ATTACHMENT_BYTES));
        let mut over = Vec::new();
        for number in 0..partial.pieces {
            let place = place(key, number);
            let piece = store::load::<String>(self.store.as_ref(), Collection::Piece, &place)?;
            let Some(piece) = piece else { return Err(StoreError::Corrupt(format!("piece {place}"))) };
            jwe.push_str(&piece.value);
            over.push(store::remove(Collection::Piece, &place));
        }
        Ok((jwe, over))
    }

    /// Room for one more incomplete attachment: what has expired goes first.
    fn make_room(&self, terminal: &TerminalId, size: usize, now: UtcMillis) -> Result<(), GatewayError> {
        let (mut count, mut bytes, mut over) = (0_usize, size, Vec::new());
        for document in self.store.documents(Collection::Partial, &format!("{terminal}/"))? {
            let partial: Partial = store::parse(Collection::Partial, &document)?.value;
            if partial.expires < now {
                let pieces = (0..partial.pieces).map(|number| place(&document.key, number));
                over.extend(pieces.map(|place| store::remove(Collection::Piece, &place)));
                over.push(store::remove(Collection::Partial, &document.key));
            } else {
                count = count.saturating_add(1);
                bytes = bytes.saturating_add(partial.size);
            }
        }
        if !over.is_empty() {
            self.store.commit(&over)?;
        }
        if count >= MAX_PARTIAL || bytes > MAX_PARTIAL_BYTES {
            return Err(Refusal::TooManyLoose.into());
        }
        Ok(())
    }
}

/// What is known once a piece was kept.
enum Kept {
    Held(Held),
    Complete { jwe: String, over: Vec<Change> },
}

fn place(key: &str, number: u32) -> String {
    format!("{key}/{number:04}")
}
