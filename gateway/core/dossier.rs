//! Dossiers: one operation in, everything about it out, in files that a stranger can verify (`docs/verify.md`).
//!
//! Decides what is related: the visit of the operation, every other visit that speaks of the same loans or payout
//! requests, at whatever terminal, the key epochs that their signatures need, and what the gateway and its staff have
//! done about it. Personal data goes out only as it lies here: sealed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use senim_domain::{LoanId, OperationId, TerminalId, UtcMillis};
use senim_operation::body::FaceSubject;
use senim_operation::checkpoint::Note;
use senim_operation::dossier::{
    AttachmentState, DOSSIER_TYP, DossierAttachment, DossierStatement, DossierSubject, JWKS_FILE,
    OPERATIONS_FILE, PROOFS_FILE, Proof, STATEMENT_FILE, attachment_file, measures_file, note_file,
    result_file,
};
use senim_operation::export::{JwkEntry, JwkSet, encode_root, write_file};
use senim_operation::{Body, Row, canonical, jws};
use serde_json::{Value, json};

use crate::Gateway;
use crate::actor::Actor;
use crate::error::{GatewayError, Refusal};
use crate::records::{Loan, LoanState};
use crate::store::{self, Collection, StoreError};
use crate::tree::Tree;

/// Most rows of one visit that are followed in each direction.
const MAX_VISIT: u64 = 5_000;
/// Rows before a payout's end that recovery wrote for it.
const RECOVERY_ROWS: u64 = 64;
/// Most rows of a dossier.
const MAX_ROWS: usize = 20_000;

/// How an operation is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By its number in the terminal's chain.
    Seq(u64),
    /// By its own identity, or that of a loan or payout request that it speaks of: what a receipt shows.
    Id(uuid::Uuid),
}

impl std::str::FromStr for Which {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        text.parse()
            .map(Self::Seq)
            .or_else(|_| text.parse().map(Self::Id))
            .map_err(|_| Refusal::BadDirective("name the operation by its number or its UUID".into()))
    }
}

/// A dossier, ready to be written.
#[derive(Debug)]
pub struct Dossier {
    /// About what.
    pub subject: DossierSubject,
    /// Rows in it.
    pub rows: usize,
    /// Terminals they come from.
    pub terminals: usize,
    /// Files by their names, which may name a folder.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// The loan and the payout request that a row speaks of, as far as rows are found by them.
pub(crate) fn spoken_of(body: &Body) -> [Option<uuid::Uuid>; 2] {
    match body {
        Body::FaceCaptured(body) => of_face(body.subject),
        Body::LivenessPerformed(body) => of_face(body.subject),
        Body::LivenessAwaited(body) => of_face(body.subject),
        Body::ContractAgreed(body) => [Some(body.loan.0), None],
        Body::SignatureRequested(body) => [body.loan.map(|loan| loan.0), None],
        Body::CardSignatureMade(body) => [body.loan.map(|loan| loan.0), None],
        Body::PayoutRequested(body) => [Some(body.loan.0), Some(body.request.0)],
        Body::PayoutEnded(body) => [Some(body.loan.0), Some(body.request.0)],
        _ => [None, None],
    }
}

const fn of_face(subject: FaceSubject) -> [Option<uuid::Uuid>; 2] {
    match subject {
        FaceSubject::Loan(loan) => [Some(loan.0), None],
        FaceSubject::Registration(registration) => [Some(registration.0), None],
        FaceSubject::Client(_) | FaceSubject::DataLeak(_) => [None, None],
    }
}

/// Rows by terminal and number.
type Rows = BTreeMap<(TerminalId, u64), Row>;

impl Gateway {
    /// Puts together everything about one operation. The trail says who asked for it.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`] when there is no such operation, or what [`GatewayError`] says.
    pub fn dossier(
        &self,
        terminal: &TerminalId,
        which: &Which,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Dossier, GatewayError> {
        let subject = self.subject(terminal, which)?;
        let mut rows = Rows::new();
        let loans = self.gather(&subject, &mut rows)?;
        self.add_key_epochs(&mut rows)?;
        let mut files = BTreeMap::new();
        let (mut operations, mut proofs) = (String::new(), String::new());
        let terminals: BTreeSet<TerminalId> = rows.keys().map(|(terminal, _)| terminal.clone()).collect();
        for terminal in &terminals {
            let own = || rows.range((terminal.clone(), 0)..=(terminal.clone(), u64::MAX)).map(|(_, row)| row);
            let newest = own().next_back().map_or(0, |row| row.envelope.seq);
            let note = self.note_over(terminal, newest, now)?;
            let mut tree = Tree::new(self, terminal);
            for row in own() {
                let path = tree.path(row.envelope.seq, note.size)?;
                let proof = Proof {
                    terminal: terminal.clone(),
                    seq: row.envelope.seq,
                    size: note.size,
                    path: path.iter().map(encode_root).collect(),
                };
                push_line(&mut proofs, &text(&proof)?);
                push_line(&mut operations, &row.compact);
            }
            files.insert(note_file(terminal), note.to_string().into_bytes());
        }
        files.insert(OPERATIONS_FILE.to_owned(), operations.into_bytes());
        files.insert(PROOFS_FILE.to_owned(), proofs.into_bytes());
        files.insert(JWKS_FILE.to_owned(), self.cosigner_keys()?.into_bytes());
        for loan in &loans {
            let kept = self.kept_loan(*loan)?.map(|kept| kept.measures).unwrap_or_default();
            for (list, number) in kept.into_iter().zip(1..) {
                files.insert(measures_file(*loan, number), format!("{list}\n").into_bytes());
            }
        }
        for row in rows.values() {
            if let Some(result) = self.biometric_result(row.envelope.op_id)? {
                files.insert(result_file(row.envelope.op_id), format!("{result}\n").into_bytes());
            }
        }
        let attachments = self.sealed_parts(&rows, &mut files)?;
        let statement = DossierStatement {
            ver: 1,
            at: now,
            person: by.person().to_owned(),
            reason: by.reason().to_owned(),
            subject: subject.clone(),
            files: files.iter().map(|(name, bytes)| (name.clone(), jws::sha256_b64(bytes))).collect(),
            openings: self.openings(&attachments)?,
            attachments,
            loans: loans.iter().map(|loan| self.loan_facts(*loan)).collect::<Result<Vec<_>, _>>()?,
            acts: self.acts_about(&loans, &terminals)?,
        };
        let mut compact = self.keys.sign(DOSSIER_TYP, text(&statement)?.as_bytes())?;
        compact.push('\n');
        files.insert(STATEMENT_FILE.to_owned(), compact.into_bytes());
        let about = format!("{}/{}", subject.terminal, subject.op_id);
        self.deciding(|| Ok(self.store.commit(&[self.act_record(by, "dossier", &about, now)?])?))?;
        Ok(Dossier { subject, rows: rows.len(), terminals: terminals.len(), files })
    }

    fn subject(&self, terminal: &TerminalId, which: &Which) -> Result<DossierSubject, GatewayError> {
        let unknown = || Refusal::BadDirective("no such operation of this terminal is here".into());
        let row = match which {
            Which::Seq(seq) => self.store.row(terminal, *seq)?,
            Which::Id(id) => match self.store.row_of_operation(terminal, &id.to_string())? {
                Some(row) => Some(row),
                None => {
                    let related = self.related(*id)?;
                    let seq = related.iter().rev().find(|(other, _)| other == terminal).map(|(_, seq)| *seq);
                    seq.map(|seq| self.store.row(terminal, seq)).transpose()?.flatten()
                }
            },
        };
        let row = row.ok_or_else(unknown)?;
        let op_id: OperationId = row
            .op_id
            .parse()
            .map(OperationId)
            .map_err(|_| StoreError::Corrupt(format!("row {}", row.seq)))?;
        Ok(DossierSubject { terminal: terminal.clone(), seq: row.seq, op_id })
    }

    /// Where rows speak of a loan or request.
    fn related(&self, id: uuid::Uuid) -> Result<Vec<(TerminalId, u64)>, StoreError> {
        let prefix = format!("{id}/");
        let documents = self.store.documents(Collection::Related, &prefix)?;
        let read = |key: &str| {
            let (terminal, seq) = key.strip_prefix(&prefix)?.split_once('/')?;
            Some((terminal.parse().ok()?, seq.parse().ok()?))
        };
        documents
            .iter()
            .map(|document| {
                read(&document.key).ok_or_else(|| StoreError::Corrupt(format!("related {}", document.key)))
            })
            .collect()
    }

    /// Follows visits and loans until nothing new comes; gives the loans.
    fn gather(&self, subject: &DossierSubject, rows: &mut Rows) -> Result<BTreeSet<LoanId>, GatewayError> {
        let (mut loans, mut followed) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![(subject.terminal.clone(), subject.seq)];
        while let Some((terminal, seq)) = open.pop() {
            for row in self.visit(&terminal, seq)? {
                for (name, id) in ids_of(&row.envelope.public) {
                    if name == "loan" {
                        loans.insert(LoanId(id));
                    }
                    if followed.insert(id) {
                        open.extend(self.related(id)?);
                    }
                }
                rows.insert((terminal.clone(), row.envelope.seq), row);
            }
            if rows.len() > MAX_ROWS {
                return Err(Refusal::BadDirective(format!("more than {MAX_ROWS} rows are related")).into());
            }
            // Visits that are here already need not be read again.
            open.retain(|place| !rows.contains_key(place));
        }
        Ok(loans)
    }

    /// The rows from the visit's beginning to its end, with what devices reported meanwhile; for a row outside a visit,
    /// the row and what recovery wrote about the same request before it.
    fn visit(&self, terminal: &TerminalId, seq: u64) -> Result<Vec<Row>, GatewayError> {
        let here = self.stored_row(terminal, seq)?;
        let Some(session) = here.envelope.session else {
            let request = here.envelope.public.get("request").cloned();
            let mut rows = Vec::new();
            if request.is_some() {
                for earlier in seq.saturating_sub(RECOVERY_ROWS)..seq {
                    let row = self.stored_row(terminal, earlier)?;
                    if row.envelope.public.get("request") == request.as_ref() {
                        rows.push(row);
                    }
                }
            }
            rows.push(here);
            return Ok(rows);
        };
        let ends = |row: &Row| row.envelope.session.is_some_and(|other| other != session);
        let (mut rows, mut loose) = (Vec::new(), Vec::new());
        for earlier in (seq.saturating_sub(MAX_VISIT)..seq).rev() {
            let row = self.stored_row(terminal, earlier)?;
            if ends(&row) || row.envelope.kind == "TerminalStarted" {
                break;
            }
            let (own, begins) = (row.envelope.session.is_some(), row.envelope.kind == "SessionOpened");
            loose.push(row);
            if own {
                rows.append(&mut loose);
            }
            if begins {
                break;
            }
        }
        rows.push(here);
        loose.clear();
        for later in seq.saturating_add(1)..seq.saturating_add(MAX_VISIT) {
            let Some(stored) = self.store.row(terminal, later)? else { break };
            let row = Row::read(stored.compact)
                .map_err(|_| StoreError::Corrupt(format!("row {later} of {terminal}")))?;
            if ends(&row) || row.envelope.kind == "SessionOpened" {
                break;
            }
            let (own, closes) = (row.envelope.session.is_some(), row.envelope.kind == "SessionClosed");
            loose.push(row);
            if own {
                rows.append(&mut loose);
            }
            if closes {
                break;
            }
        }
        Ok(rows)
    }

    fn add_key_epochs(&self, rows: &mut Rows) -> Result<(), GatewayError> {
        let epochs: BTreeSet<_> =
            rows.iter().map(|((terminal, _), row)| (terminal.clone(), row.envelope.epoch)).collect();
        for (terminal, epoch) in epochs {
            if !rows.contains_key(&(terminal.clone(), epoch)) {
                let row = self.stored_row(&terminal, epoch)?;
                rows.insert((terminal, epoch), row);
            }
        }
        Ok(())
    }

    /// The terminal's newest cosigned note, or a cosignature of this moment where that does not cover the row yet.
    fn note_over(&self, terminal: &TerminalId, seq: u64, now: UtcMillis) -> Result<Note, GatewayError> {
        let kept = store::load::<String>(self.store.as_ref(), Collection::Note, terminal.as_str())?;
        if let Some(note) = kept.and_then(|kept| Note::parse(&kept.value).ok()).filter(|note| note.size > seq)
        {
            return Ok(note);
        }
        let record = self.load_terminal(terminal)?.ok_or(Refusal::NotEnrolled)?;
        let range = crate::intake::range_of(&record.value)?;
        let mut note = Note::new(terminal, range.size(), range.root());
        let cosigner = self.keys.cosigner.lock().unwrap_or_else(PoisonError::into_inner);
        note.cosign(cosigner.as_ref(), now).map_err(|error| GatewayError::Internal(error.to_string()))?;
        Ok(note)
    }

    fn cosigner_keys(&self) -> Result<String, GatewayError> {
        let key = self.keys.cosigner.lock().unwrap_or_else(PoisonError::into_inner).public_jwk();
        let keys = JwkSet { keys: vec![JwkEntry::new(key, self.keys.cosigner_x5c.clone())] };
        write_file(&keys).map_err(|error| GatewayError::Internal(error.to_string()))
    }

    fn sealed_parts(
        &self,
        rows: &Rows,
        files: &mut BTreeMap<String, Vec<u8>>,
    ) -> Result<Vec<DossierAttachment>, GatewayError> {
        let mut parts = Vec::new();
        for ((terminal, seq), row) in rows {
            let Some(sealed) = &row.envelope.sealed else { continue };
            let state = match self.as_received(terminal, &sealed.sha256)? {
                Some(jwe) => {
                    files.insert(attachment_file(&sealed.sha256), jwe.into_bytes());
                    AttachmentState::Present
                }
                None => AttachmentState::Absent,
            };
            let (terminal, sha256) = (terminal.clone(), sealed.sha256.clone());
            parts.push(DossierAttachment { terminal, seq: *seq, sha256, state });
        }
        Ok(parts)
    }

    fn openings(&self, parts: &[DossierAttachment]) -> Result<Vec<Value>, GatewayError> {
        let mut openings = Vec::new();
        for part in parts {
            let prefix = format!("{}/{}/", part.terminal, part.sha256);
            for document in self.store.documents(Collection::Audit, &prefix)? {
                openings.push(store::parse::<Value>(Collection::Audit, &document)?.value);
            }
        }
        Ok(openings)
    }

    fn acts_about(
        &self,
        loans: &BTreeSet<LoanId>,
        terminals: &BTreeSet<TerminalId>,
    ) -> Result<Vec<Value>, GatewayError> {
        let loans: Vec<String> = loans.iter().map(|loan| loan.0.to_string()).collect();
        let about = |subject: &str| {
            let mut parts = subject.split('/');
            parts.clone().any(|part| loans.iter().any(|loan| loan == part))
                || parts.next().is_some_and(|part| terminals.iter().any(|terminal| terminal.as_str() == part))
        };
        let trail = self.trail(UtcMillis(0), None, usize::MAX)?;
        let acts = trail.acts.iter().filter(|act| about(&act.record.subject));
        acts.map(|act| serde_json::to_value(act).map_err(|error| GatewayError::Internal(error.to_string())))
            .collect()
    }

    /// What the gateway has decided about a loan: no contract text, nothing about the person but an opaque id.
    fn loan_facts(&self, loan: LoanId) -> Result<Value, GatewayError> {
        let kept = store::load::<Loan>(self.store.as_ref(), Collection::Loan, &loan.0.to_string())?;
        let Some(kept) = kept.map(|kept| kept.value) else {
            return Ok(json!({"loan": loan, "known": false}));
        };
        let (state, agreement) = match &kept.state {
            LoanState::Offered => ("offered", None),
            LoanState::Agreed(agreement) => ("agreed", Some(agreement)),
            LoanState::Concluded(agreement) => ("concluded", Some(agreement)),
            LoanState::Cancelled(cancelled) => ("cancelled", Some(&cancelled.agreement)),
        };
        Ok(json!({
            "loan": loan,
            "known": true,
            "application": kept.application,
            "client": kept.client,
            "terminal": kept.terminal,
            "session": kept.session,
            "product": kept.product,
            "rule_pack": kept.rule_pack,
            "contract_number": kept.contract_number,
            "principal_tiyn": kept.principal,
            "annual_rate_thousandths": kept.annual_rate_thousandths,
            "term": kept.term,
            "issued": kept.issued,
            "offer_expires": kept.expires,
            "state": state,
            "agreement": agreement,
            "rests_until": kept.rests_until,
            "confirmed": kept.confirmed,
            "paid_tiyn": kept.paid,
            "parts": kept.parts,
            "ended_requests": kept.ended,
            "live_authorisation": kept.live,
            "suspect": kept.suspect,
            "signatures": self.signature_facts(loan)?,
        }))
    }
}

/// Loans and payout requests that a row's public part names.
fn ids_of(public: &Value) -> Vec<(&'static str, uuid::Uuid)> {
    ["loan", "request"]
        .into_iter()
        .filter_map(|name| Some((name, public.get(name)?.as_str()?.parse().ok()?)))
        .collect()
}

fn push_line(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, GatewayError> {
    let bytes = canonical::to_vec(value).map_err(|error| GatewayError::Internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| GatewayError::Internal(error.to_string()))
}
