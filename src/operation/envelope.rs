//! The operation: what one row of the journal says, and how it is built (design section 4).
//!
//! Decides the payload's form and what belongs to a `KeyEpoch` row. Does not decide order or trust: [`crate::chain`].

use senim_domain::time::ClockQuality;
use senim_domain::{Mono, OperationId, SecretBytes, SessionId, Stamp, TerminalId, UtcMillis};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::body::{Body, KeyEpoch};
use crate::canonical::{self, CanonicalError};
use crate::jws::{self, Header, JwsError};
use crate::signer::{KeyError, Sealer, Signer};

/// Version of the payload's form.
pub const VERSION: u32 = 1;

/// Room for nearly every payload.
const PAYLOAD_BYTES: usize = 1024;

/// Whether a terminal serves people or is a rig; the two never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Serves people.
    Production,
    /// Test rig: file cameras, file keys, simulated services.
    Rig,
}

impl Profile {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Rig => "rig",
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Profile {
    type Err = EnvelopeError;
    fn from_str(text: &str) -> Result<Self, EnvelopeError> {
        match text {
            "production" => Ok(Self::Production),
            "rig" => Ok(Self::Rig),
            _ => Err(EnvelopeError::Field("profile")),
        }
    }
}

/// What a part of the program wants on record.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The public part.
    pub body: Body,
    /// The visit it belongs to.
    pub session: Option<SessionId>,
    /// Personal data or a blob, to be sealed.
    pub attachment: Option<SecretBytes>,
}

impl Draft {
    /// A draft of a body alone.
    #[must_use]
    pub fn new(body: impl Into<Body>) -> Self {
        Self { body: body.into(), session: None, attachment: None }
    }

    /// Within a visit.
    #[must_use]
    pub fn in_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// With something to seal.
    #[must_use]
    pub fn with_attachment(mut self, attachment: SecretBytes) -> Self {
        self.attachment = Some(attachment);
        self
    }
}

/// Where in the chain a row will stand.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whose chain.
    pub terminal: &'a TerminalId,
    /// Of which kind of terminal.
    pub profile: Profile,
    /// Version of the program: 1–64 printable ASCII characters without `"` and `\`.
    pub firmware: &'a str,
    /// The kernel's boot id: as `firmware`.
    pub boot: &'a str,
    /// `seq` of the current KeyEpoch row; for a KeyEpoch row its own.
    pub epoch: u64,
    /// Dense from 0.
    pub seq: u64,
    /// Hash of the row before, [`jws::GENESIS_PREV`] for the first.
    pub prev: &'a str,
    /// Fixed when the operation was born.
    pub op_id: OperationId,
    /// Now.
    pub stamp: Stamp,
    /// Version of the rule pack in force, 0 for none.
    pub rule_pack: u64,
}

/// What is sealed beside a row. Fields in canonical order: see [`Envelope`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedRef {
    /// Length of the compact JWE.
    pub bytes: u64,
    /// Thumbprint of the MFO's key.
    pub kid: String,
    /// SHA-256 of the compact JWE, base64url.
    pub sha256: String,
}

/// The payload of an operation. Fields stand in canonical order, so that it is written without being sorted first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// UTC by the best source there is.
    pub at: UtcMillis,
    /// The kernel's boot id.
    pub boot: String,
    /// What `at` is worth.
    pub clock_quality: ClockQuality,
    /// `seq` of the current KeyEpoch row.
    pub epoch: u64,
    /// Version of the program.
    pub firmware: String,
    /// Name of a variant of [`Body`], or one that this version does not know.
    pub kind: String,
    /// CLOCK_BOOTTIME.
    pub mono_ms: u64,
    /// Fixed when the operation was born.
    pub op_id: OperationId,
    /// Hash of the row before.
    pub prev: String,
    /// Of which kind of terminal.
    pub profile: Profile,
    /// Fields of the kind.
    pub public: Value,
    /// Version of the rule pack in force, 0 for none.
    pub rule_pack: u64,
    /// What is sealed beside the row; absent when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedRef>,
    /// Dense from 0.
    pub seq: u64,
    /// The visit; absent outside one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Whose chain.
    pub terminal: TerminalId,
    /// [`VERSION`].
    pub ver: u32,
}

/// What the journal stores and sync sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The compact JWS.
    pub compact: String,
    /// SHA-256 of its bytes, base64url.
    pub hash: String,
    /// Its payload.
    pub envelope: Envelope,
}

/// Why a row cannot be built or read.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// The payload is not canonical JSON.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The fields are not those of an operation, or of its kind.
    #[error("the fields of the operation are not in the agreed form: {0}")]
    Fields(#[source] serde_json::Error),
    /// Written by a newer program.
    #[error("operation format {0} is not known here; update this program")]
    Version(u32),
    /// A field has a value that the format excludes.
    #[error("the operation's field {0} is not in the agreed form")]
    Field(&'static str),
    /// A KeyEpoch row needs a certificate and its own seq as epoch, another row neither.
    #[error("x5c and epoch do not fit the kind of the row")]
    EpochForm,
    /// The JWS cannot be made or read.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// A key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Envelope {
    /// Reads a payload: canonical, closed, version 1.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn from_payload(payload: &[u8]) -> Result<Self, EnvelopeError> {
        let value = canonical::check(payload)?;
        let version = value.get("ver").and_then(Value::as_u64).and_then(|ver| u32::try_from(ver).ok());
        match version {
            Some(VERSION) => {}
            Some(other) => return Err(EnvelopeError::Version(other)),
            None => return Err(EnvelopeError::Field("ver")),
        }
        let envelope: Self = serde_json::from_value(value).map_err(EnvelopeError::Fields)?;
        envelope.check()?;
        Ok(envelope)
    }

    /// Writes the payload canonically.
    ///
    /// # Errors
    /// [`CanonicalError`].
    pub fn to_payload(&self) -> Result<Vec<u8>, CanonicalError> {
        let sealed = self.sealed.as_ref().map_or(0, |sealed| sealed.bytes);
        let numbers = [self.epoch, self.seq, self.mono_ms, self.rule_pack, sealed];
        let exact = numbers.iter().all(|number| *number <= canonical::MAX_INTEGER);
        if !exact || !canonical::is_canonical(&self.public) {
            return canonical::to_vec(self);
        }
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        serde_json::to_writer(&mut payload, self).map_err(CanonicalError::Write)?;
        Ok(payload)
    }

    /// The public part by its kind; `None` for a kind that this version does not know.
    ///
    /// # Errors
    /// [`EnvelopeError::Fields`] when the fields are not those of the kind.
    pub fn body(&self) -> Result<Option<Body>, EnvelopeError> {
        Body::read(&self.kind, &self.public).map_err(EnvelopeError::Fields)
    }

    /// Whether this row begins a key epoch.
    #[must_use]
    pub fn is_key_epoch(&self) -> bool {
        self.kind == Body::KEY_EPOCH
    }

    /// The moment on the terminal's monotonic clock.
    #[must_use]
    pub const fn mono(&self) -> Mono {
        Mono(self.mono_ms)
    }

    fn check(&self) -> Result<(), EnvelopeError> {
        let fields = [
            ("firmware", is_label(&self.firmware)),
            ("boot", is_label(&self.boot)),
            ("kind", is_label(&self.kind)),
            ("prev", jws::is_hash(&self.prev)),
            ("public", self.public.is_object()),
            ("epoch", self.epoch <= self.seq),
            (
                "sealed",
                self.sealed
                    .as_ref()
                    .is_none_or(|sealed| jws::is_hash(&sealed.kid) && jws::is_hash(&sealed.sha256)),
            ),
        ];
        match fields.into_iter().find(|(_, fits)| !fits) {
            Some((field, _)) => Err(EnvelopeError::Field(field)),
            None => Ok(()),
        }
    }
}

/// Text that stock tools can cut out of the payload without a JSON parser.
fn is_label(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\')
}

impl Body {
    /// The kind that begins a key epoch.
    pub const KEY_EPOCH: &'static str = "KeyEpoch";
}

impl Row {
    /// Reads a row without verifying anything: for rows that this process has verified before it stored them.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn read(compact: String) -> Result<Self, EnvelopeError> {
        let parts = jws::split(&compact)?;
        if parts.header.typ != jws::OPERATION_TYP {
            return Err(EnvelopeError::Field("typ"));
        }
        let envelope = Envelope::from_payload(&parts.payload)?;
        let hash = jws::sha256_b64(compact.as_bytes());
        Ok(Self { compact, hash, envelope })
    }
}

/// What the journal key signs in a KeyEpoch row to show that it exists and wants this terminal.
#[must_use]
pub fn epoch_proof_text(terminal: &TerminalId) -> String {
    format!("senim-key-epoch:{terminal}")
}

/// The body of a KeyEpoch row for a fresh journal key.
///
/// # Errors
/// [`KeyError`] when the key does not sign.
pub fn key_epoch(terminal: &TerminalId, journal_key: &dyn Signer) -> Result<KeyEpoch, KeyError> {
    use base64::Engine as _;
    let proof = journal_key.sign(epoch_proof_text(terminal).as_bytes())?;
    Ok(KeyEpoch {
        jwk: journal_key.public_jwk(),
        proof: base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(proof),
    })
}

/// Who signs a row.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// The identity key, for a KeyEpoch row, which alone carries certificates.
    Identity(&'a dyn Signer, &'a [String]),
    /// The journal key, for every other row, with its [`journal_header`].
    Journal(&'a dyn Signer, &'a str),
}

/// The header's text of every row under this journal key.
///
/// # Errors
/// [`EnvelopeError::Jws`].
pub fn journal_header(key: &dyn Signer) -> Result<String, EnvelopeError> {
    Ok(jws::write_header(&Header::operation(key.public_jwk().thumbprint(), None))?)
}

/// Builds a row and seals its attachment. `signer` is the identity key for a KeyEpoch row, which alone carries `x5c`,
/// and the journal key for every other row.
///
/// # Errors
/// [`EnvelopeError`]; nothing was written anywhere, the same draft may be built again.
pub fn build(
    ctx: &Context<'_>,
    draft: &Draft,
    sealer: &dyn Sealer,
    signer: &dyn Signer,
    x5c: Option<Vec<String>>,
) -> Result<(Row, Option<String>), EnvelopeError> {
    match x5c {
        Some(x5c) => build_by(ctx, draft, sealer, By::Identity(signer, &x5c)),
        None => build_by(ctx, draft, sealer, By::Journal(signer, &journal_header(signer)?)),
    }
}

/// As [`build`], for many rows under one journal key.
///
/// # Errors
/// As [`build`].
pub fn build_by(
    ctx: &Context<'_>,
    draft: &Draft,
    sealer: &dyn Sealer,
    by: By<'_>,
) -> Result<(Row, Option<String>), EnvelopeError> {
    check_epoch_form(ctx, draft, by)?;
    let sealed = seal(draft, sealer)?;
    let (jwe, reference) = sealed.map(|sealed| (sealed.jwe, sealed.reference)).unzip();
    Ok((build_sealed(ctx, draft, reference, by)?, jwe))
}

/// An attachment that is sealed, and how its row names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Compact JWE.
    pub jwe: String,
    /// What the row says of it.
    pub reference: SealedRef,
}

/// Seals a draft's attachment, `None` when it has none: the part of [`build`] that needs no place in the chain.
///
/// # Errors
/// [`EnvelopeError::Key`].
pub fn seal(draft: &Draft, sealer: &dyn Sealer) -> Result<Option<Sealed>, EnvelopeError> {
    let Some(plain) = &draft.attachment else { return Ok(None) };
    let jwe = sealer.seal(plain.expose())?;
    let reference =
        SealedRef { bytes: jwe.len() as u64, kid: sealer.kid(), sha256: jws::sha256_b64(jwe.as_bytes()) };
    Ok(Some(Sealed { jwe, reference }))
}

/// As [`build_by`], for a draft whose attachment is sealed already by [`seal`].
///
/// # Errors
/// As [`build`]; [`EnvelopeError::Field`] when only one of draft and `sealed` speaks of an attachment.
pub fn build_sealed(
    ctx: &Context<'_>,
    draft: &Draft,
    sealed: Option<SealedRef>,
    by: By<'_>,
) -> Result<Row, EnvelopeError> {
    check_epoch_form(ctx, draft, by)?;
    if draft.attachment.is_some() != sealed.is_some() {
        return Err(EnvelopeError::Field("sealed"));
    }
    let envelope = Envelope {
        at: ctx.stamp.utc,
        boot: ctx.boot.to_owned(),
        clock_quality: ctx.stamp.quality,
        epoch: ctx.epoch,
        firmware: ctx.firmware.to_owned(),
        kind: draft.body.kind().to_owned(),
        mono_ms: ctx.stamp.mono.0,
        op_id: ctx.op_id,
        prev: ctx.prev.to_owned(),
        profile: ctx.profile,
        public: draft.body.write().map_err(EnvelopeError::Fields)?,
        rule_pack: ctx.rule_pack,
        sealed,
        seq: ctx.seq,
        session: draft.session,
        terminal: ctx.terminal.clone(),
        ver: VERSION,
    };
    envelope.check()?;
    let payload = envelope.to_payload()?;
    let compact = match by {
        By::Identity(signer, x5c) => {
            let header = Header::operation(signer.public_jwk().thumbprint(), Some(x5c.to_vec()));
            jws::sign_compact(&header, &payload, signer)?
        }
        By::Journal(signer, header) => jws::sign_under(header, &payload, signer)?,
    };
    let hash = jws::sha256_b64(compact.as_bytes());
    Ok(Row { compact, hash, envelope })
}

fn check_epoch_form(ctx: &Context<'_>, draft: &Draft, by: By<'_>) -> Result<(), EnvelopeError> {
    let begins_epoch = matches!(draft.body, Body::KeyEpoch(_));
    if begins_epoch != matches!(by, By::Identity(..)) || begins_epoch != (ctx.epoch == ctx.seq) {
        return Err(EnvelopeError::EpochForm);
    }
    Ok(())
}
