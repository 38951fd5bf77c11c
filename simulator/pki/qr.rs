//! A service for signing by QR code in the manner of SIGEX and eGov Mobile: a document and its titles go in, a code for
//! the screen comes out, a phone that reads the code gets the document and brings its answer. A code works once and for
//! a while. Moments are values in milliseconds.

use std::collections::BTreeMap;

use crate::PkiError;
use crate::authority::Pki;
use crate::cms_writer::sha256;
use crate::phone::{Answer, Phone};

/// What eGov Mobile reads at the beginning of a code for signing.
const SCHEME: &str = "mobileSign:";

/// How an operation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// No phone has answered.
    Waiting,
    /// A phone signed: the CMS.
    Done(Vec<u8>),
    /// The person declined on the phone.
    Declined,
    /// The code's time is over.
    Expired,
    /// Whoever began it has given up.
    Cancelled,
}

impl State {
    /// The state's name, as it is written over HTTP.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done(_) => "done",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Cancelled => "canceled",
        }
    }
}

/// Why a phone gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanFault {
    /// Not a code of this service.
    Unknown,
    /// Read before.
    Used,
    /// Too late.
    Expired,
    /// Given up by whoever began it.
    Cancelled,
}

impl ScanFault {
    /// The fault's code, as it is written over HTTP.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "qr_unknown",
            Self::Used => "qr_used",
            Self::Expired => "qr_expired",
            Self::Cancelled => "qr_cancelled",
        }
    }
}

struct Operation {
    owner: String,
    document: Vec<u8>,
    expires: i64,
    state: State,
    read: bool,
}

/// An operation as it was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its identity.
    pub operation: String,
    /// What the code on the screen holds.
    pub qr: String,
    /// When the code ends, milliseconds.
    pub expires: i64,
}

/// The service.
#[derive(Default)]
pub struct QrService {
    operations: BTreeMap<String, Operation>,
}

impl QrService {
    /// Begins an operation for `owner`, whoever that is at the other side.
    pub fn begin(&mut self, owner: &str, document: &[u8], life_ms: i64, base: &str, now: i64) -> Begun {
        let seed = format!("{owner}/{}/{now}", self.operations.len());
        let operation: String =
            sha256(seed.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let qr = format!("{SCHEME}{base}/egov/{operation}?mgovSign");
        let expires = now.saturating_add(life_ms);
        let kept = Operation {
            owner: owner.to_owned(),
            document: document.to_vec(),
            expires,
            state: State::Waiting,
            read: false,
        };
        self.operations.insert(operation.clone(), kept);
        Begun { operation, qr, expires }
    }

    /// How an operation stands; `None`: there is none of this owner.
    pub fn state(&mut self, owner: &str, operation: &str, now: i64) -> Option<State> {
        let found = self.operations.get_mut(operation).filter(|found| found.owner == owner)?;
        if found.state == State::Waiting && now >= found.expires {
            found.state = State::Expired;
        }
        Some(found.state.clone())
    }

    /// Gives an operation up; an answer that is there stays. `false`: there is none of this owner.
    pub fn cancel(&mut self, owner: &str, operation: &str) -> bool {
        let Some(found) = self.operations.get_mut(operation).filter(|found| found.owner == owner) else {
            return false;
        };
        if found.state == State::Waiting {
            found.state = State::Cancelled;
        }
        true
    }

    /// A phone reads a code and gets the document, once.
    ///
    /// # Errors
    /// [`ScanFault`].
    pub fn scan(&mut self, qr: &str, now: i64) -> Result<(String, Vec<u8>), ScanFault> {
        let operation = qr
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.split("/egov/").nth(1))
            .and_then(|rest| rest.split('?').next())
            .ok_or(ScanFault::Unknown)?;
        let found = self.operations.get_mut(operation).ok_or(ScanFault::Unknown)?;
        match found.state {
            State::Cancelled => Err(ScanFault::Cancelled),
            _ if found.read => Err(ScanFault::Used),
            _ if now >= found.expires => Err(ScanFault::Expired),
            _ => {
                found.read = true;
                Ok((operation.to_owned(), found.document.clone()))
            }
        }
    }

    /// A phone brings its answer. It counts even where the terminal has given up meanwhile: that is how phones are.
    pub fn bring(&mut self, operation: &str, answer: Answer) {
        if let Some(found) = self.operations.get_mut(operation) {
            found.state = match answer {
                Answer::Signed(cms) => State::Done(cms),
                Answer::Refused => State::Declined,
            };
        }
    }

    /// A phone reads a code and answers at once.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails; the inner [`ScanFault`] for a code that gives nothing.
    pub fn play(
        &mut self,
        pki: &Pki,
        phone: &Phone,
        qr: &str,
        now: i64,
    ) -> Result<Result<(), ScanFault>, PkiError> {
        let (operation, document) = match self.scan(qr, now) {
            Ok(read) => read,
            Err(fault) => return Ok(Err(fault)),
        };
        let answer = phone.answer(pki, &document, now)?;
        self.bring(&operation, answer);
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Algorithm, Holder};
    use crate::phone::Manner;

    const NOW: i64 = 1_795_687_200_000;

    fn phone(manner: Manner) -> Phone {
        let holder = Holder {
            iin: "911231400005".into(),
            surname: "Жұмағұлова".into(),
            given_name: "Гүлназ".into(),
            patronymic: None,
        };
        Phone { holder, algorithm: Algorithm::P256, manner }
    }

    #[test]
    fn a_code_works_once_and_brings_a_signature() {
        let (pki, mut service) = (Pki::new().unwrap(), QrService::default());
        let begun = service.begin("lender", b"document", 180_000, "http://service", NOW);
        assert_eq!(service.state("lender", &begun.operation, NOW), Some(State::Waiting));
        assert_eq!(service.play(&pki, &phone(Manner::Signs), &begun.qr, NOW).unwrap(), Ok(()));
        assert!(matches!(service.state("lender", &begun.operation, NOW), Some(State::Done(_))));
        let again = service.play(&pki, &phone(Manner::Signs), &begun.qr, NOW).unwrap();
        assert_eq!(again, Err(ScanFault::Used));
        assert_eq!(service.state("another", &begun.operation, NOW), None);
    }

    #[test]
    fn a_code_ends_by_time_and_by_whoever_began_it() {
        let mut service = QrService::default();
        let late = service.begin("lender", b"document", 1000, "http://service", NOW);
        assert_eq!(service.scan(&late.qr, NOW + 1000), Err(ScanFault::Expired));
        assert_eq!(service.state("lender", &late.operation, NOW + 1000), Some(State::Expired));
        let given_up = service.begin("lender", b"document", 1000, "http://service", NOW);
        assert!(service.cancel("lender", &given_up.operation));
        assert_eq!(service.scan(&given_up.qr, NOW), Err(ScanFault::Cancelled));
        assert_eq!(service.scan("https://example.kz", NOW), Err(ScanFault::Unknown));
    }

    #[test]
    fn a_person_who_declines_is_told_as_such() {
        let (pki, mut service) = (Pki::new().unwrap(), QrService::default());
        let begun = service.begin("lender", b"document", 180_000, "http://service", NOW);
        service.play(&pki, &phone(Manner::Refuses), &begun.qr, NOW).unwrap().unwrap();
        assert_eq!(service.state("lender", &begun.operation, NOW), Some(State::Declined));
    }
}
