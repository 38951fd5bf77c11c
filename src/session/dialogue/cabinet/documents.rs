//! Files of contracts and supplements, as they were shown and signed, read again in the cabinet.
//!
//! A file is asked for by its hash and read only when it has that hash, so that nobody is shown another text than the one
//! that counts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_document::Paper;
use senim_domain::{Secret, SecretBytes};
use senim_operation::body::{CabinetRequested, DocumentAsked};
use senim_operation::jws;
use senim_operation::message::{CabinetContent, CabinetRefusal, MessageBody};

use super::{NotShown, Session, Shown, Slip, Stage, Step};
use crate::state::{Client, State};

/// A file that is being read.
#[derive(Debug)]
pub struct DocumentFile {
    /// Its bytes.
    pub pdf: SecretBytes,
    /// The text that it carries.
    pub paper: Paper,
    /// Its place among the documents of the contract.
    pub document: usize,
}

/// Whether the contract on the screen has documents to read.
pub(super) fn are_of(stage: &Stage) -> bool {
    stage.contract().is_some_and(|contract| !contract.documents.is_empty())
}

/// What the MFO's answer leads to.
pub(super) fn answered(stage: Stage, body: &MessageBody) -> Stage {
    let asked = match &stage {
        Stage::Opening { document, .. } => {
            stage.contract().and_then(|of| Some((of.loan, of.documents.get(*document)?.clone())))
        }
        _ => None,
    };
    let (Stage::Opening { list, at, document, .. }, Some((loan, sha256))) = (stage, asked) else {
        return Stage::NotShown(NotShown::TryLater);
    };
    match body {
        MessageBody::CabinetShown(CabinetContent::Document(file)) if file.loan == loan => {
            match open(&file.pdf, &sha256) {
                Some((pdf, paper)) => {
                    Stage::Reading { list, at, file: Box::new(DocumentFile { pdf, paper, document }) }
                }
                None => Stage::NotShown(NotShown::NotTheFile),
            }
        }
        MessageBody::CabinetRefused { reason: CabinetRefusal::NotAvailable } => {
            Stage::NotShown(NotShown::NotKept)
        }
        _ => Stage::NotShown(NotShown::TryLater),
    }
}

/// The file, when it is the one of this hash and carries its text.
fn open(pdf: &Secret, sha256: &str) -> Option<(SecretBytes, Paper)> {
    let pdf = SecretBytes::new(STANDARD.decode(pdf.expose()).ok()?);
    if jws::sha256_b64(pdf.expose()) != sha256 {
        return None;
    }
    let paper = senim_document::read(&pdf).ok()?;
    Some((pdf, paper))
}

impl Session {
    /// The only document at once, or a choice.
    pub(super) fn open_documents(&mut self, step: &mut Step<'_>, client: Client, stage: Stage) {
        let several = stage.contract().is_some_and(|contract| contract.documents.len() > 1);
        match stage {
            Stage::One { list, at } if several => {
                self.cabinet_at(step, client, Stage::Documents { list: unprinted(list), at });
            }
            Stage::One { list, at } => self.open_document(step, client, list, at, 0),
            stage => self.put_cabinet_back(client, stage),
        }
    }

    pub(super) fn open_document(
        &mut self,
        step: &mut Step<'_>,
        client: Client,
        list: Shown<CabinetContent>,
        at: usize,
        document: usize,
    ) {
        let stage = Stage::Documents { list, at };
        let asked = stage.contract().and_then(|of| {
            Some(DocumentAsked { loan: of.loan, sha256: of.documents.get(document)?.clone() })
        });
        match (stage, asked) {
            (Stage::Documents { list, at }, Some(wanted)) => {
                let asked = self.record(step, CabinetRequested::file(client.id, wanted));
                self.cabinet_at(step, client, Stage::Opening { asked, list: unprinted(list), at, document });
            }
            (stage, _) => self.put_cabinet_back(client, stage),
        }
    }

    /// Back to the choice of documents, or to the contract's terms.
    pub(super) fn leave_document(
        &mut self,
        step: &Step<'_>,
        client: Client,
        list: Shown<CabinetContent>,
        at: usize,
    ) {
        let stage = Stage::Documents { list, at };
        let several = stage.contract().is_some_and(|contract| contract.documents.len() > 1);
        let stage = match stage {
            Stage::Documents { list, at } if !several => Stage::One { list, at },
            stage => stage,
        };
        self.cabinet_at(step, client, stage);
    }

    /// A document of the cabinet was looked at.
    pub(in crate::dialogue) fn document_read(&mut self, step: &Step<'_>) {
        let State::Cabinet(cabinet) = self.take() else { return };
        match (cabinet.client, cabinet.stage) {
            (client, Stage::Reading { list, at, .. }) => self.leave_document(step, client, list, at),
            (client, stage) => self.put_cabinet_back(client, stage),
        }
    }
}

fn unprinted(list: Shown<CabinetContent>) -> Shown<CabinetContent> {
    Shown { slip: Slip::Unwanted, ..list }
}
