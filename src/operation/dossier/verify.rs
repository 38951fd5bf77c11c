//! Verifies a dossier with nothing but the CA.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use senim_domain::{ChallengeId, LoanId, OperationId, SessionId, TerminalId, UtcMillis};

use super::report::DossierReport;
use super::statement::{
    AttachmentState, DOSSIER_TYP, DossierStatement, JWKS_FILE, MEASURES_DIR, OPERATIONS_FILE, PROOFS_FILE,
    Proof, RESULTS_DIR, STATEMENT_FILE, attachment_file, note_file, result_file,
};
use crate::biometric::BiometricResult;
use crate::body::{Body, FaceSubject};
use crate::canonical;
use crate::chain::ChainVerifier;
use crate::checkpoint::{Note, decode_hash, root_by_path};
use crate::envelope::Row;
use crate::export::{ExportError, ExportResult, Finding, JwkSet, cosigned_at, read_file};
use crate::jws;
use crate::performed::MeasuresPerformed;
use crate::stated::{Wrong, stated};
use crate::trust::Trust;

/// Most bytes of a file: a dossier is about one loan, and a portrait has a few MiB.
const MAX_FILE: u64 = 256 << 20;

/// Verifies a dossier directory.
///
/// # Errors
/// [`ExportError`] when the statement or a file that it names cannot be read; everything else is in the report.
pub fn verify_dossier(dir: &Path, trust: Arc<Trust>) -> Result<DossierReport, ExportError> {
    let statement = read(dir, STATEMENT_FILE)?;
    let mut report = DossierReport {
        subject: None,
        at: None,
        rows: 0,
        terminals: 0,
        attachments_present: 0,
        attachments_absent: 0,
        measures: 0,
        results: 0,
        result: ExportResult::Finding,
        findings: Vec::new(),
    };
    match judge(dir, &statement, &trust, &mut report)? {
        Ok(()) => report.result = ExportResult::Good,
        Err((seq, (code, text))) => report.findings.push(Finding { seq, code, text }),
    }
    Ok(report)
}

fn read(dir: &Path, file: &str) -> Result<Vec<u8>, ExportError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(dir.join(file))
        .and_then(|open| open.take(MAX_FILE).read_to_end(&mut bytes))
        .map_err(|source| ExportError::DossierIo { file: file.to_owned(), source })?;
    Ok(bytes)
}

type Judgement = Result<(), (Option<u64>, Wrong)>;

fn judge(
    dir: &Path,
    statement: &[u8],
    trust: &Arc<Trust>,
    report: &mut DossierReport,
) -> Result<Judgement, ExportError> {
    let statement = match believe(statement, trust) {
        Ok(statement) => statement,
        Err(wrong) => return Ok(Err((None, wrong))),
    };
    (report.subject, report.at) = (Some(statement.subject.clone()), Some(statement.at));
    let mut files = BTreeMap::new();
    for (name, sha256) in &statement.files {
        if name.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Ok(Err((None, ("badStatement", format!("{name} is no name of a file")))));
        }
        let bytes = read(dir, name)?;
        if jws::sha256_b64(&bytes) != *sha256 {
            return Ok(Err((
                None,
                ("fileDiffers", format!("{name} is not the file that the gateway signed")),
            )));
        }
        // Sealed parts are not looked into.
        if !name.ends_with(".jwe") {
            files.insert(name.as_str(), bytes);
        }
    }
    Ok(judge_rows(&statement, &files, trust, report))
}

/// The statement, where the MFO's message key has signed it.
fn believe(bytes: &[u8], trust: &Trust) -> Result<DossierStatement, Wrong> {
    let bad = |text: String| ("badStatement", text);
    let compact = bytes.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
    let compact = compact.ok_or_else(|| bad("it is not one line of ASCII".into()))?;
    let statement = stated(compact, DOSSIER_TYP, trust, |statement: &DossierStatement| statement.at)?;
    if statement.ver != 1 {
        return Err(bad(format!("its form {} is not known here; update this program", statement.ver)));
    }
    Ok(statement)
}

fn judge_rows(
    statement: &DossierStatement,
    files: &BTreeMap<&str, Vec<u8>>,
    trust: &Arc<Trust>,
    report: &mut DossierReport,
) -> Judgement {
    let file =
        |name: &str| files.get(name).ok_or((None, ("badStatement", format!("it does not name {name}"))));
    let text = |name: &str| {
        let bytes = file(name)?;
        std::str::from_utf8(bytes).map_err(|_| (None, ("badForm", format!("{name} is not UTF-8"))))
    };
    let keys: JwkSet = read_file(file(JWKS_FILE)?).map_err(|error| (None, ("badKeys", error)))?;
    let (rows, proofs) = (text(OPERATIONS_FILE)?, text(PROOFS_FILE)?);
    if rows.lines().count() != proofs.lines().count() {
        return Err((None, ("badProof", "rows and proofs are not equally many".into())));
    }
    let mut sealed = statement.attachments.iter();
    let (mut terminal, mut subject_seen) = (None::<Chain>, false);
    let mut agreed = BTreeSet::new();
    let mut judged = BTreeMap::new();
    for (compact, proof) in rows.lines().zip(proofs.lines()) {
        let proof = read_proof(proof).map_err(|wrong| (None, wrong))?;
        let at = |wrong| (Some(proof.seq), wrong);
        if terminal.as_ref().is_none_or(|chain| chain.terminal != proof.terminal) {
            let after = terminal.as_ref().is_none_or(|chain| chain.terminal < proof.terminal);
            let note = text(&note_file(&proof.terminal))?;
            terminal = Some(Chain::begin(&proof.terminal, note, &keys, trust, after).map_err(at)?);
            report.terminals = report.terminals.saturating_add(1);
        }
        let Some(chain) = &mut terminal else { continue };
        let row = chain.accept(compact, &proof).map_err(at)?;
        report.rows = report.rows.saturating_add(1);
        let evidence = || row.envelope.sealed.as_ref().map(|sealed| sealed.sha256.clone());
        let session = row.envelope.session;
        match row.envelope.body() {
            Ok(Some(Body::ContractAgreed(body))) => {
                agreed.insert((body.loan, body.contract_sha256));
            }
            Ok(Some(Body::FaceCaptured(body))) => {
                let row_of = (proof.terminal.clone(), session, body.subject, None, evidence());
                judged.insert(row.envelope.op_id, row_of);
            }
            Ok(Some(Body::LivenessPerformed(body))) => {
                let challenge = Some(body.challenge);
                let row_of = (proof.terminal.clone(), session, body.subject, challenge, evidence());
                judged.insert(row.envelope.op_id, row_of);
            }
            Ok(Some(Body::LivenessAwaited(body))) => {
                let challenge = Some(body.challenge);
                let row_of = (proof.terminal.clone(), session, body.subject, challenge, evidence());
                judged.insert(row.envelope.op_id, row_of);
            }
            Ok(Some(_) | None) | Err(_) => {}
        }
        subject_seen |= row.envelope.terminal == statement.subject.terminal
            && row.envelope.seq == statement.subject.seq
            && row.envelope.op_id == statement.subject.op_id;
        if let Some(named) = &row.envelope.sealed {
            let kept = sealed.next().filter(|kept| {
                (&kept.terminal, kept.seq, &kept.sha256) == (&proof.terminal, proof.seq, &named.sha256)
            });
            let kept =
                kept.ok_or_else(|| at(("badStatement", "it does not list the row's sealed part".into())))?;
            let here = statement.files.get(&attachment_file(&kept.sha256));
            match (kept.state, here) {
                (AttachmentState::Present, Some(sha256)) if *sha256 == kept.sha256 => {
                    report.attachments_present = report.attachments_present.saturating_add(1);
                }
                (AttachmentState::Absent, None) => {
                    report.attachments_absent = report.attachments_absent.saturating_add(1);
                }
                _ => return Err(at(("badStatement", "the sealed part is not as the statement says".into()))),
            }
        }
    }
    if sealed.next().is_some() || !subject_seen {
        return Err((None, ("badStatement", "it speaks of rows that are not here".into())));
    }
    let lists = files.iter().filter(|(name, _)| name.starts_with(MEASURES_DIR));
    for (name, bytes) in lists {
        judge_measures(name, bytes, &agreed, trust).map_err(|wrong| (None, wrong))?;
        report.measures = report.measures.saturating_add(1);
    }
    let results = files.iter().filter(|(name, _)| name.starts_with(RESULTS_DIR));
    for (name, bytes) in results {
        judge_result(name, bytes, &judged, trust).map_err(|wrong| (None, wrong))?;
        report.results = report.results.saturating_add(1);
    }
    Ok(())
}

/// What a row says that a biometric check answers: terminal, visit, what for, challenge, sealed part.
type Checked = (TerminalId, Option<SessionId>, FaceSubject, Option<ChallengeId>, Option<String>);

/// The result of a biometric check is the MFO's own, and of a row that is here, with what that row names.
fn judge_result(
    name: &str,
    bytes: &[u8],
    judged: &BTreeMap<OperationId, Checked>,
    trust: &Trust,
) -> Result<(), Wrong> {
    let line = bytes.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
    let line = line.ok_or_else(|| ("badResult", format!("{name} is not one line of ASCII")))?;
    let result =
        BiometricResult::read(line, trust).map_err(|error| (error.code, format!("{name}: {error}")))?;
    let fits = judged.get(&result.row).is_some_and(|(terminal, session, subject, challenge, evidence)| {
        result.terminal == *terminal
            && Some(result.session) == *session
            && result.subject == *subject
            && challenge.is_none_or(|challenge| result.challenge == Some(challenge))
            && result.evidence_sha256 == *evidence
    });
    if !fits || name != result_file(result.row) {
        return Err(("badResult", format!("{name} is of a check that no row here speaks of")));
    }
    Ok(())
}

/// A list of measures is the MFO's own, and of a contract that a row here agrees to.
fn judge_measures(
    name: &str,
    bytes: &[u8],
    agreed: &BTreeSet<(LoanId, String)>,
    trust: &Trust,
) -> Result<(), Wrong> {
    let line = bytes.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
    let line = line.ok_or_else(|| ("badMeasures", format!("{name} is not one line of ASCII")))?;
    let list =
        MeasuresPerformed::read(line, trust).map_err(|error| (error.code, format!("{name}: {error}")))?;
    if !agreed.contains(&(list.loan, list.contract_sha256)) {
        return Err(("badMeasures", format!("{name} is of a contract to which no row here agrees")));
    }
    Ok(())
}

fn read_proof(line: &str) -> Result<Proof, Wrong> {
    let bad = |error: String| ("badProof", error);
    let value = canonical::check(line.as_bytes()).map_err(|error| bad(error.to_string()))?;
    serde_json::from_value(value).map_err(|error| bad(error.to_string()))
}

/// One terminal's rows, rising, with gaps.
struct Chain {
    terminal: TerminalId,
    verifier: ChainVerifier,
    note: Note,
    cosigned_at: UtcMillis,
    epochs: BTreeMap<u64, String>,
    last: Option<(u64, String)>,
}

impl Chain {
    fn begin(
        terminal: &TerminalId,
        note: &str,
        keys: &JwkSet,
        trust: &Arc<Trust>,
        in_order: bool,
    ) -> Result<Self, Wrong> {
        if !in_order {
            return Err(("badForm", "the terminals are not in order".into()));
        }
        let bad = |text: String| ("badCheckpoint", text);
        let note = Note::parse(note).map_err(|error| bad(error.to_string()))?;
        if note.terminal().ok().as_ref() != Some(terminal) {
            return Err(("wrongTerminal", format!("the checkpoint is of {}", note.origin)));
        }
        let cosigned_at = cosigned_at(&note, keys, trust)
            .map_err(|text| ("badCosignature", text))?
            .ok_or_else(|| bad("no key of jwks.json has cosigned it".into()))?;
        let verifier = ChainVerifier::new(terminal.clone(), Arc::clone(trust));
        Ok(Self {
            terminal: terminal.clone(),
            verifier,
            note,
            cosigned_at,
            epochs: BTreeMap::new(),
            last: None,
        })
    }

    fn accept(&mut self, compact: &str, proof: &Proof) -> Result<Row, Wrong> {
        let wrong = |error: crate::chain::ChainError| (error.code(), error.to_string());
        self.verifier.judge_no_later_than(Some(self.cosigned_at));
        let epoch = Row::read(compact.to_owned())
            .map_err(|error| ("badForm", error.to_string()))
            .map(|row| (!row.envelope.is_key_epoch()).then_some(row.envelope.epoch))?;
        let key_epoch = match epoch {
            None => None,
            Some(epoch) => Some(
                self.epochs
                    .get(&epoch)
                    .ok_or_else(|| ("wrongEpoch", format!("the KeyEpoch row {epoch} is not here")))?
                    .as_str(),
            ),
        };
        let row = self.verifier.accept_ahead(compact, key_epoch).map_err(wrong)?;
        let seq = row.envelope.seq;
        if seq != proof.seq || self.last.as_ref().is_some_and(|(last, _)| *last >= seq) {
            return Err(("badProof", "the proof is of another row, or the rows do not rise".into()));
        }
        let linked = match &self.last {
            Some((last, hash)) if last.checked_add(1) == Some(seq) => row.envelope.prev == *hash,
            Some(_) | None => true,
        };
        if !linked {
            return Err(("fork", "it continues another history than the row before".into()));
        }
        let path = proof.path.iter().map(|hash| decode_hash(hash)).collect::<Result<Vec<_>, _>>();
        let path = path.map_err(|error| ("badProof", error.to_string()))?;
        if proof.size != self.note.size
            || root_by_path(compact.as_bytes(), seq, proof.size, &path) != Some(self.note.root)
        {
            return Err(("badProof", "its audit path does not lead to the cosigned root".into()));
        }
        if row.envelope.is_key_epoch() {
            self.epochs.insert(seq, compact.to_owned());
        }
        self.last = Some((seq, row.hash.clone()));
        Ok(row)
    }
}
