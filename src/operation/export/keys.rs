//! The keys of an export, each needed by something in it: whatever proves nothing is refused.
//!
//! Order: identities in the order of the first KeyEpoch row that shows them, then the keys that cosigned the note in the
//! order of its lines. So every byte of `jwks.json` is bound to a row or to the note.

use senim_domain::UtcMillis;

use super::format::{JWKS_FILE, JwkEntry, JwkSet};
use crate::checkpoint::{self, COSIGNER_NAME, Note, NoteError};
use crate::jws::PublicJwk;
use crate::trust::{self, COSIGNER_COMMON_NAME, Trust};

/// Follows which keys have been accounted for.
pub(super) struct ExportKeys<'a> {
    entries: &'a [JwkEntry],
    /// Entries that KeyEpoch rows have shown.
    identities: usize,
    /// Per entry: the line of the note that it cosigned.
    lines: Vec<Option<usize>>,
    /// Time of the first cosignature that verifies.
    pub cosigned_at: Option<UtcMillis>,
}

impl<'a> ExportKeys<'a> {
    /// Judges every entry by itself and against the note; tells `find` what is wrong.
    pub fn begin(
        set: &'a JwkSet,
        note: Option<&Note>,
        trust: &Trust,
        mut find: impl FnMut(&'static str, String),
    ) -> Self {
        let (mut lines, mut cosigned_at) = (Vec::with_capacity(set.keys.len()), None);
        for entry in &set.keys {
            let mut line = None;
            match key_of(entry) {
                Err(text) => find("badKeys", format!("{JWKS_FILE}: {}: {text}", entry.kid)),
                Ok(key) => match note.map(|note| cosignature_of(note, &key, entry, trust)) {
                    Some(Ok(Some((at, place)))) => {
                        line = Some(place);
                        cosigned_at = cosigned_at.or(Some(at));
                    }
                    Some(Err(text)) => find("badCosignature", text),
                    Some(Ok(None)) | None => {}
                },
            }
            lines.push(line);
        }
        Self { entries: &set.keys, identities: 0, lines, cosigned_at }
    }

    /// A KeyEpoch row showed these certificates.
    pub fn show(&mut self, kid: &str, x5c: &[String]) -> Result<(), String> {
        let is_it = |entry: &JwkEntry| entry.kid == kid && entry.x5c == x5c;
        if self.entries.iter().take(self.identities).any(is_it) {
            return Ok(());
        }
        if self.entries.get(self.identities).is_some_and(is_it) {
            self.identities = self.identities.saturating_add(1);
            return Ok(());
        }
        Err(format!("{JWKS_FILE} does not hold the identity {kid} at its place"))
    }

    /// After the last row: the rest are the note's cosigners, all of them, in the order of its lines.
    pub fn end(&self, note: Option<&Note>) -> Result<(), String> {
        let cosigners = self.lines.get(self.identities..).unwrap_or_default();
        let lines = note.map_or(&[][..], |note| note.signatures.as_slice());
        let places = lines.iter().enumerate().filter(|(_, line)| line.name == COSIGNER_NAME);
        if places.map(|(place, _)| Some(place)).eq(cosigners.iter().copied()) {
            return Ok(());
        }
        Err(format!(
            "{JWKS_FILE} does not hold the identities of the rows and the cosigners of the note, in order"
        ))
    }
}

/// When the first of these keys cosigned the note; `None`: none has. For a dossier, whose keys are cosigners all.
pub(crate) fn cosigned_at(note: &Note, keys: &JwkSet, trust: &Trust) -> Result<Option<UtcMillis>, String> {
    let mut first = None;
    for entry in &keys.keys {
        let key = key_of(entry).map_err(|text| format!("{JWKS_FILE}: {}: {text}", entry.kid))?;
        first = first.or(cosignature_of(note, &key, entry, trust)?.map(|(at, _)| at));
    }
    Ok(first)
}

/// The key of an entry, where entry and certificate agree.
fn key_of(entry: &JwkEntry) -> Result<PublicJwk, String> {
    use base64::Engine as _;
    let leaf = entry.x5c.first().map(|leaf| base64::engine::general_purpose::STANDARD.decode(leaf));
    let Some(Ok(leaf)) = leaf else { return Err("x5c holds no certificate".into()) };
    let key = trust::identity_of(&leaf).map_err(|error| error.to_string())?.jwk;
    if *entry == JwkEntry::new(key, entry.x5c.clone()) {
        Ok(key)
    } else {
        Err("key, kid and certificate differ".into())
    }
}

/// Time and line of this key's cosignature; `None` when it has not cosigned.
fn cosignature_of(
    note: &Note,
    key: &PublicJwk,
    entry: &JwkEntry,
    trust: &Trust,
) -> Result<Option<(UtcMillis, usize)>, String> {
    let at = match note.verify_cosignature(key, trust) {
        Ok(at) => at,
        Err(NoteError::NotSigned) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let identity = trust.verify_chain(&entry.x5c, at).map_err(|error| error.to_string())?;
    if identity.common_name != COSIGNER_COMMON_NAME {
        return Err(format!("{} has cosigned and is no cosigner", identity.common_name));
    }
    let key_id = checkpoint::cosigner_key_id(key);
    let is_it = |line: &checkpoint::NoteSignature| line.name == COSIGNER_NAME && line.key_id == key_id;
    Ok(note.signatures.iter().position(is_it).map(|place| (at, place)))
}
