//! A terminal with real keys and certificates, and what the tests do to its journal.

mod audit;
mod capacity;
mod disk;
mod durability;
mod export;
mod files;
mod groups;
mod migration;
mod model;
mod queue;
mod rewind;
mod second_copy;
mod states;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use senim_domain::time::ClockQuality;
use senim_domain::{Mono, OperationId, SecretBytes, Stamp, UtcMillis};
use senim_operation::attachment::{MfoSealer, Opener};
use senim_operation::body::{LoginRequested, TerminalStopped};
use senim_operation::checkpoint::Note;
use senim_operation::signer::{RamKey, RamKeyMaker};
use senim_operation::trust::{COSIGNER_COMMON_NAME, Trust};
use senim_operation::{Draft, Profile, Row};
use tempfile::TempDir;

use crate::{Entry, Identity, Journal, JournalError, JournalOptions};

/// 2026-11-22T21:23:58.000Z
const NOW: i64 = 1_795_382_638_000;

fn op() -> OperationId {
    static BORN: AtomicU64 = AtomicU64::new(1);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&BORN.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    OperationId(uuid::Builder::from_unix_timestamp_millis(NOW as u64, &random).into_uuid())
}

fn at(seconds: i64) -> Stamp {
    Stamp {
        mono: Mono(1_000_000 + seconds.unsigned_abs() * 1000),
        utc: UtcMillis(NOW + seconds * 1000),
        quality: ClockQuality::Trusted,
    }
}

fn note_of(reason: &str) -> Draft {
    Draft::new(TerminalStopped { reason: reason.into() })
}

fn with_secret(plain: &[u8]) -> Draft {
    Draft::new(LoginRequested {}).with_attachment(SecretBytes::new(plain.to_vec()))
}

struct Bench {
    dir: TempDir,
    trust: Arc<Trust>,
    identity: (Vec<u8>, Vec<String>),
    renewed: (Vec<u8>, Vec<String>),
    cosigner: (Vec<u8>, Vec<String>),
    opener: Opener,
}

impl Bench {
    fn new() -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.distinguished_name.push(DnType::CommonName, "MFO CA");
        let pem = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = Issuer::new(ca, ca_key);
        let issue = |name: &str, client: bool| {
            let key = KeyPair::generate().unwrap();
            let mut leaf = CertificateParams::new(Vec::new()).unwrap();
            leaf.distinguished_name.push(DnType::CommonName, name);
            if client {
                leaf.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
            }
            let certificate = leaf.signed_by(&key, &issuer).unwrap();
            (key.serialize_der(), vec![STANDARD.encode(certificate.der())])
        };
        Self {
            dir: tempfile::tempdir().unwrap(),
            trust: Arc::new(Trust::from_pem(&pem).unwrap()),
            identity: issue("t-1", true),
            renewed: issue("t-1", true),
            cosigner: issue(COSIGNER_COMMON_NAME, false),
            opener: Opener::generate().unwrap().0,
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("journal.db")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        crate::files::beside(&self.path(), suffix)
    }

    fn options(&self, path: &Path) -> JournalOptions {
        let terminal = "t-1".parse().unwrap();
        let mut options = JournalOptions::new(
            path.to_owned(),
            terminal,
            Arc::clone(&self.trust),
            Profile::Rig,
            "0.1.0",
            "b1b2",
            op(),
        );
        options.gateway_keys = vec![self.cosigner.1.clone()];
        options
    }

    fn open_with(&self, options: JournalOptions, stamp: &Stamp) -> Result<Journal, JournalError> {
        let identity = identity_of(&self.identity);
        let sealer = Box::new(MfoSealer::new(self.opener.public_jwk()));
        Journal::open(options, identity, &RamKeyMaker, sealer, stamp)
    }

    fn open_at(&self, path: &Path) -> Result<Journal, JournalError> {
        self.open_with(self.options(path), &at(0))
    }

    fn open(&self) -> Result<Journal, JournalError> {
        self.open_at(&self.path())
    }

    fn commission(&self) -> Journal {
        let mut options = self.options(&self.path());
        options.create = true;
        self.open_with(options, &at(0)).unwrap()
    }

    /// A journal with `rows` rows besides its `KeyEpoch` row.
    fn filled(&self, rows: usize) -> Journal {
        let mut journal = self.commission();
        fill(&mut journal, rows);
        journal
    }

    fn cosign(&self, note: &str, stamp: &Stamp) -> String {
        let mut note = Note::parse(note).unwrap();
        note.cosign(&RamKey::from_pkcs8(&self.cosigner.0).unwrap(), stamp.utc).unwrap();
        note.to_string()
    }

    /// What a disk would hold if the power went now.
    fn image(&self, target: &Path) {
        for suffix in ["", "-wal", "-head.note", "-cosigned.note"] {
            if self.beside(suffix).exists() {
                std::fs::copy(self.beside(suffix), crate::files::beside(target, suffix)).unwrap();
            }
        }
    }

    /// Checkpoint, cosignature and acknowledgement of everything.
    fn settle(&self, journal: &mut Journal, stamp: &Stamp) {
        let note = journal.checkpoint(stamp).unwrap();
        let status = journal.status().unwrap();
        let hash = journal.head_hash().to_owned();
        let cosigned = self.cosign(&note, stamp);
        journal.acknowledge(status.next_seq - 1, &hash, Some(cosigned), stamp).unwrap();
    }
}

fn identity_of((pkcs8, x5c): &(Vec<u8>, Vec<String>)) -> Identity {
    Identity { signer: Box::new(RamKey::from_pkcs8(pkcs8).unwrap()), x5c: x5c.clone() }
}

/// Several rows in one transaction, without anything beside them.
fn append_group(
    journal: &mut Journal,
    drafts: &[(Draft, OperationId)],
    stamp: &Stamp,
) -> Result<Vec<Row>, JournalError> {
    let entries: Vec<Entry<'_>> = drafts
        .iter()
        .map(|(draft, op_id)| Entry { draft, op_id: *op_id, state: Vec::new(), directive: None })
        .collect();
    journal.append_many(&entries, stamp)
}

fn fill(journal: &mut Journal, rows: usize) {
    for number in 0..rows {
        journal.append(note_of(&format!("row {number}")), op(), &at(1), &[]).unwrap();
    }
}

fn hashes(journal: &Journal) -> Vec<String> {
    journal.rows(0, u64::MAX).unwrap().into_iter().map(|row| row.hash).collect()
}
