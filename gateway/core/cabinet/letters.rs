//! Letters between client and MFO: shown as core lending keeps them; a new one is handed over, however long that
//! takes. Its text stays where it was received, sealed; nothing waits in clear.

use senim_domain::{ClientId, Language, OperationId, Secret, TerminalId, UtcMillis};
use senim_operation::attachment::CabinetLetter;
use senim_operation::body::{CabinetLetterSubmitted, LetterSubject};
use senim_operation::message::{CabinetRefusal, Letter, MessageBody};
use serde::{Deserialize, Serialize};

use super::{Fault, SHOWN, offered, refused};
use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{CabinetMessage, ConnectorError};
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::store::{self, Collection, Expect};

pub(crate) const LETTER: &str = "letter/";
/// Letters that one visit may bring.
const LETTERS_PER_VISIT: u32 = 5;
/// Most characters of a letter.
const LONGEST: usize = 500;

/// A letter on its way to core lending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LetterReport {
    pub operation: OperationId,
    pub terminal: TerminalId,
    pub client: ClientId,
    /// SHA-256 of the sealed part that holds the text.
    pub text_sha256: String,
    pub subject: LetterSubject,
    pub at: UtcMillis,
}

impl Act<'_> {
    pub(super) fn letters(&self, client: ClientId) -> Result<Vec<Letter>, Fault> {
        let mut letters: Vec<Letter> = offered(self.gateway.connectors.core.messages(client))?
            .into_iter()
            .map(|one| Letter {
                letter: one.message,
                from_client: one.from_client,
                at: one.at,
                subject: one.subject,
                text: one.text,
            })
            .collect();
        letters.truncate(SHOWN);
        Ok(letters)
    }

    pub(crate) fn letter_submitted(
        &mut self,
        body: &CabinetLetterSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        if self.session.client != Some(body.client) {
            tracing::warn!(terminal = %self.terminal, "letter without a login of this visit");
            return Ok(refused(CabinetRefusal::NotAvailable));
        }
        self.session.letters = self.session.letters.saturating_add(1);
        let plain = self.open_sealed(attachment, Purpose::Letter)?;
        let letter = plain.and_then(|plain| CabinetLetter::from_plaintext(&plain).ok());
        let fits = letter.is_some_and(|letter| {
            let text = letter.text.expose();
            !text.trim().is_empty() && text.chars().count() <= LONGEST
        });
        if !fits || self.session.letters > LETTERS_PER_VISIT {
            return Ok(refused(CabinetRefusal::NotAvailable));
        }
        let operation = self.envelope.op_id;
        let report = LetterReport {
            operation,
            terminal: self.terminal.clone(),
            client: body.client,
            text_sha256: attachment.to_owned(),
            subject: body.subject,
            at: self.envelope.at,
        };
        let key = format!("{LETTER}{operation}");
        self.changes.push(store::put(Collection::Outbox, &key, Expect::Any, &report)?);
        Ok(MessageBody::LetterTaken { letter: operation })
    }
}

impl Gateway {
    /// Hands a letter over; the same again changes nothing there.
    pub(crate) fn post_letter(
        &self,
        report: &LetterReport,
        now: UtcMillis,
    ) -> Result<Result<(), ConnectorError>, GatewayError> {
        let (terminal, operation) = (&report.terminal, report.operation);
        let plain = self.open_sealed(terminal, &report.text_sha256, Purpose::Letter, operation, now)?;
        let Some(letter) = plain.and_then(|plain| CabinetLetter::from_plaintext(&plain).ok()) else {
            tracing::error!(%terminal, %operation, "a letter was erased before it was handed over");
            return Ok(Ok(()));
        };
        let core = &self.connectors.core;
        let language = match core.client(report.client) {
            Ok(client) => client.language,
            Err(error) => return Ok(Err(error)),
        };
        let message = CabinetMessage {
            message: operation,
            from_client: true,
            at: report.at,
            subject: Secret::new(subject(report.subject, language).to_owned()),
            text: letter.text,
        };
        Ok(core.post_message(report.client, &message))
    }
}

const fn subject(subject: LetterSubject, language: Language) -> &'static str {
    match (subject, language) {
        (LetterSubject::Contract, Language::Kk) => "Шарт немесе өтінім",
        (LetterSubject::Contract, Language::Ru) => "Договор или заявка",
        (LetterSubject::Contract, Language::En) => "Contract or application",
        (LetterSubject::Payment, Language::Kk) => "Төлем",
        (LetterSubject::Payment, Language::Ru) => "Платёж",
        (LetterSubject::Payment, Language::En) => "Payment",
        (LetterSubject::PersonalData, Language::Kk) => "Дербес деректер",
        (LetterSubject::PersonalData, Language::Ru) => "Персональные данные",
        (LetterSubject::PersonalData, Language::En) => "Personal data",
        (LetterSubject::Terminal, Language::Kk) => "Терминалдың жұмысы",
        (LetterSubject::Terminal, Language::Ru) => "Работа терминала",
        (LetterSubject::Terminal, Language::En) => "This terminal",
        (LetterSubject::Complaint, Language::Kk) => "Шағым",
        (LetterSubject::Complaint, Language::Ru) => "Жалоба",
        (LetterSubject::Complaint, Language::En) => "Complaint",
        (LetterSubject::Other, Language::Kk) => "Басқа",
        (LetterSubject::Other, Language::Ru) => "Другое",
        (LetterSubject::Other, Language::En) => "Something else",
    }
}
