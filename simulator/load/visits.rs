//! What a terminal in service writes: a person's visit with a payout, and rows that ask nothing of the MFO.

use senim_domain::cash::{BundleResult, CashBooks, Denomination, UnitMoved, UnitNo, UnitRequest};
use senim_domain::liveness::ModelHash;
use senim_domain::loan::Method;
use senim_domain::{
    ApplicationId, AuthorisationId, ChallengeId, ClientId, Language, LoanId, MessageId, PayoutRequestId,
    SecretBytes, SessionId, Tiyn,
};
use senim_operation::body::{
    AnswerReceived, ApplicationSubmitted, Body, ContractAgreed, DenominationCount, DocumentShown,
    FaceCaptured, FaceSubject, Liveness, LivenessOutcome, LivenessPerformed, LivenessRequested,
    LoginCodeSubmitted, LoginRequested, MethodChosen, OutcomeSource, PayoutArmed, PayoutEnded,
    PayoutIntended, PayoutOutcome, PayoutRequested, PayoutResult, PowerChanged, PowerSource, ReceiptPrinted,
    SessionClosed, SessionEnd, SessionOpened,
};
use senim_operation::envelope::Draft;
use senim_operation::jws;
use uuid::Uuid;

/// Sum of a visit's loan: 50,000 tenge in tiyn.
const PRINCIPAL_TIYN: u64 = 5_000_000;
/// Rows of [`Visit::drafts`].
pub const VISIT_ROWS: usize = 25;

/// A row that is kept and acted on by nobody; its content depends on the number.
#[must_use]
pub fn quiet(number: u64) -> Draft {
    let percent = u8::try_from(number % 101).unwrap_or_default();
    Draft::new(PowerChanged { source: PowerSource::Mains, low: false, charge_percent: Some(percent) })
}

/// One visit: every identity in it follows from its number.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    number: u64,
    /// Bytes of the portrait.
    pub portrait_bytes: usize,
    /// Bytes of the evidence of a living person.
    pub evidence_bytes: usize,
}

impl Visit {
    /// The visit of that number, with a small portrait and little evidence.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self { number, portrait_bytes: 600, evidence_bytes: 600 }
    }

    /// Its session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        SessionId(self.id(1))
    }

    /// Its loan.
    #[must_use]
    pub fn loan(&self) -> LoanId {
        LoanId(self.id(2))
    }

    /// Its payout request.
    #[must_use]
    pub fn request(&self) -> PayoutRequestId {
        PayoutRequestId(self.id(3))
    }

    /// The identity of that place in this visit: a UUID of version 7.
    #[must_use]
    pub fn id(&self, place: u16) -> Uuid {
        let hash = jws::sha256(format!("{}/{place}", self.number).as_bytes());
        let mut random = [0; 10];
        random.copy_from_slice(hash.get(..10).unwrap_or_default());
        uuid::Builder::from_unix_timestamp_millis(1_795_382_638_000, &random).into_uuid()
    }

    /// The rows from the first touch to the end.
    #[must_use]
    pub fn drafts(&self) -> Vec<Draft> {
        let mut drafts = self.identification();
        drafts.extend(self.contract());
        drafts.extend(self.payout());
        drafts.push(self.row(SessionClosed { end: SessionEnd::Completed }));
        drafts
    }

    fn row(&self, body: impl Into<Body>) -> Draft {
        Draft::new(body).in_session(self.session())
    }

    fn answer(&self, place: u16, kind: &str) -> Draft {
        let message_id = MessageId(self.id(place));
        let sha256 = jws::sha256_b64(format!("{kind} {}", self.number).as_bytes());
        self.row(AnswerReceived { message_id, kind: kind.to_owned(), sha256 })
    }

    fn identification(&self) -> Vec<Draft> {
        let sealed = |text: &str| SecretBytes::new(text.as_bytes().to_vec());
        vec![
            self.row(SessionOpened { language: Language::Kk }),
            self.row(LoginRequested {}).with_attachment(sealed(r#"{"iin":"900514300002"}"#)),
            self.answer(10, "LoginCodeSent"),
            self.row(LoginCodeSubmitted { login: MessageId(self.id(10)) })
                .with_attachment(sealed(r#"{"code":"482913"}"#)),
            self.answer(11, "LoggedIn"),
        ]
    }

    fn contract(&self) -> Vec<Draft> {
        let loan = self.loan();
        let contract = jws::sha256_b64(format!("contract {}", self.number).as_bytes());
        let application = ApplicationSubmitted {
            application: ApplicationId(self.id(4)),
            client: ClientId(self.id(5)),
            product: "simple".into(),
            principal_tiyn: principal(),
            term: senim_domain::loan::Term::Months(6),
            language: Language::Kk,
        };
        let portrait = SecretBytes::new(vec![0x5a; self.portrait_bytes]);
        let evidence = SecretBytes::new(vec![0xa5; self.evidence_bytes]);
        let (subject, challenge) = (FaceSubject::Loan(loan), ChallengeId(self.id(7)));
        vec![
            self.row(application),
            self.answer(12, "OfferMade"),
            self.row(MethodChosen { loan, method: Method::Annuity, offer_sha256: contract.clone() }),
            self.row(DocumentShown {
                loan,
                document: "contract".into(),
                sha256: contract.clone(),
                language: Language::Kk,
            }),
            self.row(LivenessRequested { subject, slow: false, cannot: None }),
            self.answer(16, "ChallengeGiven"),
            self.row(LivenessPerformed {
                subject,
                challenge,
                outcome: LivenessOutcome::Passed,
                tries: 1,
                models: vec![ModelHash { name: "mesh".into(), sha256: jws::sha256_b64(b"mesh") }],
            })
            .with_attachment(evidence),
            self.answer(17, "LivenessConfirmed"),
            self.row(FaceCaptured { subject, liveness: Liveness::Passed(challenge), quality: 91 })
                .with_attachment(portrait),
            self.answer(13, "FaceMatched"),
            self.row(ContractAgreed {
                loan,
                method: Method::Annuity,
                contract_sha256: contract,
                face_check: MessageId(self.id(13)),
            }),
            self.answer(14, "ContractAccepted"),
        ]
    }

    fn payout(&self) -> Vec<Draft> {
        let (request, loan) = (self.request(), self.loan());
        let authorisation = AuthorisationId(self.id(6));
        let denomination = Denomination(10_000);
        let moved = |distributed| vec![UnitMoved { unit: UnitNo(1), distributed, rejected: 0 }];
        vec![
            self.row(PayoutRequested {
                request,
                loan,
                part: 1,
                amount_tiyn: principal(),
                face_check: MessageId(self.id(13)),
                place: None,
            }),
            self.answer(15, "PayoutAuthorised"),
            self.row(PayoutIntended {
                request,
                loan,
                authorisation,
                part: 1,
                bundle: 1,
                of: 1,
                mix: vec![UnitRequest { unit: UnitNo(1), denomination, notes: 5 }],
                books_before: CashBooks::default(),
            }),
            self.row(PayoutArmed { request, bundle: 1, marker: moved(0), latch_losses: None }),
            self.row(PayoutOutcome {
                request,
                bundle: 1,
                result: BundleResult::Dispensed,
                units: moved(5),
                device_error: None,
                source: OutcomeSource::Answer,
            }),
            self.row(PayoutEnded {
                request,
                loan,
                part: 1,
                authorisation: Some(authorisation),
                distributed: vec![DenominationCount { denomination, notes: 5 }],
                distributed_tiyn: principal(),
                result: PayoutResult::Paid,
                reason: None,
                place: None,
            }),
            self.row(ReceiptPrinted { request, printed: true, sha256: jws::sha256_b64(b"receipt") }),
        ]
    }
}

fn principal() -> Tiyn {
    Tiyn::new(PRINCIPAL_TIYN).unwrap_or_default()
}
