//! A small MFO with a CA, a terminal and its chain, for tests and for the samples in `docs/formats`.

use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use senim_domain::acceptor_books::AcceptorBooks;
use senim_domain::business_days::Day;
use senim_domain::cash::{
    BundleResult, CashBooks, Denomination, FoundPlace, SettledNotes, UnitMoved, UnitNo, UnitRequest,
    UnitStock,
};
use senim_domain::count::{CountedNotes, CountedPlace, NoteSeries};
use senim_domain::identity_document::{ChipVerdict, IdentityDocumentKind};
use senim_domain::liveness::{
    self, Amplitudes, Challenge, Colour, Flash, LivenessFailure, ModelHash, Movement,
};
use senim_domain::loan::{self, Method, Term};
use senim_domain::location::{Place, Point, RegisteredLocation};
use senim_domain::rule_pack::{AccessMethod, ClientType, ConsentKind, PayoutMethod, StaffRole, TextId};
use senim_domain::supplement::{AmendedTerms, HardshipReason, SupplementKind, WishedRelief};
use senim_domain::time::ClockQuality;
use senim_domain::touch::TouchCorrection;
use senim_domain::{
    ApplicationId, AuthorisationId, ChallengeId, ChangeId, ClientId, Language, LoanId, MessageId, Mono,
    OperationId, OrderId, PayoutRequestId, PayoutTargetId, RegistrationId, RepaymentId, RewindId, Secret,
    SecretBytes, SessionId, SettlementId, SignatureId, Stamp, SupplementId, TerminalId, Tiyn, UtcMillis,
};
use senim_operation::attachment::{
    AccountEntry, CabinetLetter, CardProof, CardSignature, ChipDocument, GivenAnswer, LoginCode,
    LoginRequest, MerchantInvoice, MfoSealer, Opener, PayoutAccount, PhoneEntry, PinEntry, Questionnaire,
    RegistrationEntry, RepaymentNumber, RestructuringWish, ShownCard,
};
use senim_operation::body::*;
use senim_operation::checkpoint::{COSIGNER_NAME, CompactRange, Note};
use senim_operation::envelope::{self, Context, Draft, Profile, Row};
use senim_operation::export::{self, ExportRange, JwkEntry, JwkSet};
use senim_operation::jws::{self, GENESIS_PREV};
use senim_operation::message::{
    Address, ApplicationRefusal, ApplicationStanding, ApplicationState, Authorisation, Booking,
    CabinetContent, CabinetRefusal, CallAnnounced, CancellationRefusal, CardChallenge, CardRefusal,
    CardSignatureToMake, ChallengeGiven, ClaimSlip, Command, Comparison, ConfirmationOffer,
    ConfirmationRefusal, ConsentOutcome, ConsentStanding, ConsentStatus, ContactChange, ContactCode,
    ContactRefusal, ContactStatement, ContractDebt, ContractFacts, ContractFile, ContractState, DebtStanding,
    DocumentConfirmation, DocumentKind, FaceRefusal, FurtherQuestion, Letter, LivenessRefusal,
    LivenessRefused, LoanStatement, LoginRefusal, LoginWay, MeasureRefusal, MeasureRefused, MessageBody,
    MessageEnvelope, OfferDraft, PaymentDetails, PaymentDone, PayoutTarget, PayoutWays, PhoneCheckOffered,
    PinRefusal, QuestionForm, QuestionOption, RegistrationRefusal, RegistrationStep, Remainder,
    RepaymentRefusal, Rest, TransferAnswer, TransferOutcome, UnfinishedApplication, UnfinishedWish,
    UpcomingPayment, WaitingLoan, WayAnswer, WayOutcome, WayRefusal, seal_message,
};
use senim_operation::message::{
    ChangeableContract, ContractChanges, RefundAnswer, RefundDue, RefundOutcome, RefundRefusal, RefundTaken,
    RestructuringAnswer, RestructuringOutcome, RestructuringRefusal, SupplementAnswer, SupplementDraft,
    SupplementOutcome, SupplementRefusal, WaitingSupplement,
};
use senim_operation::seal_keys::SealKey;
use senim_operation::signature::{SignaturePurpose, SignatureRefusal};
use senim_operation::signer::{RamKey, Signer};
use senim_operation::trust::{COSIGNER_COMMON_NAME, MESSAGE_COMMON_NAME, Trust};
use uuid::Uuid;

/// When the samples happen.
pub const NOW: UtcMillis = UtcMillis(1_795_382_638_000);

pub fn terminal(name: &str) -> TerminalId {
    name.parse().unwrap()
}

/// A UUID of version 7 that says where it comes from.
pub fn id(number: u64) -> Uuid {
    Uuid::from_u128(0x019a_bcde_f000_7000_8000_0000_0000_0000 | u128::from(number))
}

/// Keys of samples are always the same: PKCS#8 of SHA-256 of a label.
pub fn fixed_pkcs8(label: &str) -> Vec<u8> {
    use p256::pkcs8::EncodePrivateKey as _;
    let secret =
        p256::SecretKey::from_slice(&jws::sha256(format!("senim sample {label}").as_bytes())).unwrap();
    // An explicit public key is what ring demands.
    secret.to_pkcs8_der().unwrap().as_bytes().to_vec()
}

fn rcgen_key(pkcs8: &[u8]) -> KeyPair {
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.to_vec());
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

/// The MFO: one CA and the gateway's keys.
pub struct Mfo {
    pub ca_pem: String,
    pub trust: Arc<Trust>,
    pub message_key: RamKey,
    pub message_x5c: Vec<String>,
    pub cosigner: RamKey,
    pub cosigner_x5c: Vec<String>,
    pub opener: Opener,
    issuer: Issuer<'static, KeyPair>,
    label: String,
}

impl Mfo {
    pub fn new(label: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("Sample MFO CA {label}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2046, 1, 1);
        let key = rcgen_key(&fixed_pkcs8(&format!("{label} ca")));
        let certificate = params.self_signed(&key).unwrap();
        let ca_pem = certificate.pem();
        let issuer = Issuer::new(params, key);
        let key = |name: &str| RamKey::from_pkcs8(&fixed_pkcs8(&format!("{label} {name}"))).unwrap();
        let mut mfo = Self {
            trust: Arc::new(Trust::from_pem(&ca_pem).unwrap()),
            ca_pem,
            message_key: key("message"),
            message_x5c: Vec::new(),
            cosigner: key("cosigner"),
            cosigner_x5c: Vec::new(),
            opener: Opener::from_pkcs8(&fixed_pkcs8(&format!("{label} opener"))).unwrap(),
            issuer,
            label: label.to_owned(),
        };
        mfo.message_x5c = mfo.certify(MESSAGE_COMMON_NAME, "message", None, (2026, 2046));
        mfo.cosigner_x5c = mfo.certify(COSIGNER_COMMON_NAME, "cosigner", None, (2026, 2046));
        mfo
    }

    /// A certificate of this CA over the key of that label.
    pub fn certify(
        &self,
        common_name: &str,
        key_label: &str,
        usage: Option<ExtendedKeyUsagePurpose>,
        years: (i32, i32),
    ) -> Vec<String> {
        use base64::Engine as _;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = usage.into_iter().collect();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = rcgen_key(&fixed_pkcs8(&format!("{} {key_label}", self.label)));
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        vec![base64::engine::general_purpose::STANDARD.encode(certificate.der())]
    }

    /// As [`Self::certify`] for a terminal, by an intermediate CA without any usage of its own.
    pub fn certify_by_an_intermediate(&self, common_name: &str, key_label: &str) -> Vec<String> {
        use base64::Engine as _;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Sample MFO issuing CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2046, 1, 1);
        let key = rcgen_key(&fixed_pkcs8("intermediate"));
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let below = Self { issuer: Issuer::new(params, key), ..Self::new(&self.label) };
        let mut chain =
            below.certify(common_name, key_label, Some(ExtendedKeyUsagePurpose::ClientAuth), (2026, 2046));
        chain.push(base64::engine::general_purpose::STANDARD.encode(certificate.der()));
        chain
    }

    /// Identity key and certificate of a terminal.
    pub fn enrol(&self, name: &str) -> (RamKey, Vec<String>) {
        let label = format!("identity {name}");
        let x5c = self.certify(name, &label, Some(ExtendedKeyUsagePurpose::ClientAuth), (2026, 2046));
        (RamKey::from_pkcs8(&fixed_pkcs8(&format!("{} {label}", self.label))).unwrap(), x5c)
    }

    pub fn send(&self, address: &Address, body: &MessageBody) -> String {
        seal_message(address, body, &self.message_key, Some(self.message_x5c.clone())).unwrap()
    }
}

/// A terminal writing its chain.
pub struct Terminal<'a> {
    pub mfo: &'a Mfo,
    pub name: TerminalId,
    pub profile: Profile,
    pub identity: RamKey,
    pub x5c: Vec<String>,
    pub journal_key: Box<dyn Signer>,
    pub epoch: u64,
    pub tree: CompactRange,
    pub rows: Vec<Row>,
    pub attachments: Vec<String>,
}

impl<'a> Terminal<'a> {
    /// Begins a chain with a KeyEpoch row.
    pub fn new(mfo: &'a Mfo, name: &str) -> Self {
        let (identity, x5c) = mfo.enrol(name);
        let mut terminal = Self {
            mfo,
            name: terminal(name),
            profile: Profile::Rig,
            identity,
            x5c,
            journal_key: Box::new(RamKey::generate().unwrap().0),
            epoch: 0,
            tree: CompactRange::new(),
            rows: Vec::new(),
            attachments: Vec::new(),
        };
        terminal.begin_epoch();
        terminal
    }

    pub fn begin_epoch(&mut self) {
        self.begin_epoch_with(Box::new(RamKey::generate().unwrap().0));
    }

    pub fn begin_epoch_with(&mut self, key: Box<dyn Signer>) {
        self.journal_key = key;
        self.epoch = self.rows.len() as u64;
        let body = envelope::key_epoch(&self.name, self.journal_key.as_ref()).unwrap();
        let prev = self.head();
        let context = self.context(&prev);
        let built = envelope::build(
            &context,
            &Draft::new(body),
            &MfoSealer::new(self.mfo.opener.public_jwk()),
            &self.identity,
            Some(self.x5c.clone()),
        );
        self.keep(built.unwrap());
    }

    pub fn append(&mut self, draft: &Draft) -> &Row {
        let prev = self.head();
        let context = self.context(&prev);
        let sealer = MfoSealer::new(self.mfo.opener.public_jwk());
        let built = envelope::build(&context, draft, &sealer, self.journal_key.as_ref(), None).unwrap();
        self.keep(built);
        self.rows.last().unwrap()
    }

    /// A row of a known kind whose fields are not those of the kind: only a program gone wrong signs it.
    pub fn append_misshapen(&mut self) {
        let prev = self.head();
        let context = self.context(&prev);
        let sealer = MfoSealer::new(self.mfo.opener.public_jwk());
        let draft = Draft::new(TerminalStopped { reason: "x".into() });
        let key = self.journal_key.as_ref();
        let mut envelope = envelope::build(&context, &draft, &sealer, key, None).unwrap().0.envelope;
        envelope.public = serde_json::json!({});
        let header = jws::Header::operation(key.public_jwk().thumbprint(), None);
        let payload = senim_operation::canonical::to_vec(&envelope).unwrap();
        let compact = jws::sign_compact(&header, &payload, key).unwrap();
        self.keep((Row::read(compact).unwrap(), None));
    }

    pub fn context<'b>(&'b self, prev: &'b str) -> Context<'b> {
        let seq = self.rows.len() as u64;
        Context {
            terminal: &self.name,
            profile: self.profile,
            firmware: "0.1.0",
            boot: "6f1c2a52-9d2e-4f0b-8a52-9d2e4f0b8a52",
            epoch: self.epoch,
            seq,
            prev,
            op_id: OperationId(id(0x1000 + seq)),
            stamp: Stamp {
                mono: Mono(60_000 + seq * 250),
                utc: UtcMillis(NOW.0 + i64::try_from(seq).unwrap() * 250),
                quality: ClockQuality::Trusted,
            },
            rule_pack: 7,
        }
    }

    pub fn head(&self) -> String {
        self.rows.last().map_or_else(|| GENESIS_PREV.to_owned(), |row| row.hash.clone())
    }

    fn keep(&mut self, (row, attachment): (Row, Option<String>)) {
        self.tree.append(row.compact.as_bytes());
        self.rows.push(row);
        self.attachments.extend(attachment);
    }

    pub fn lines(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.compact.clone()).collect()
    }

    /// A note over everything so far, signed and cosigned.
    pub fn note(&self) -> Note {
        let mut note = Note::new(&self.name, self.tree.size(), self.tree.root());
        note.sign(self.journal_key.as_ref()).unwrap();
        note.cosign(&self.mfo.cosigner, UtcMillis(NOW.0 + 60_000)).unwrap();
        note
    }

    /// The identity's key, and the cosigner's where the note is cosigned.
    pub fn jwks(&self, note: Option<&Note>) -> JwkSet {
        let mut keys = vec![JwkEntry::new(self.identity.public_jwk(), self.x5c.clone())];
        if note.is_some_and(|note| note.signatures.iter().any(|line| line.name == COSIGNER_NAME)) {
            keys.push(JwkEntry::new(self.mfo.cosigner.public_jwk(), self.mfo.cosigner_x5c.clone()));
        }
        JwkSet { keys }
    }

    /// The range that begins at this row.
    pub fn range(&self, first: usize) -> ExportRange {
        let mut pruned = CompactRange::new();
        for row in &self.rows[..first] {
            pruned.append(row.compact.as_bytes());
        }
        ExportRange {
            ver: 1,
            terminal: self.name.clone(),
            profile: self.profile,
            first_seq: first as u64,
            next_seq: self.rows.len() as u64,
            prev: first
                .checked_sub(1)
                .map_or_else(|| GENESIS_PREV.to_owned(), |last| self.rows[last].hash.clone()),
            pruned,
        }
    }

    pub fn export(&self, dir: &Path, first: usize, note: Option<&Note>) {
        std::fs::create_dir_all(dir).unwrap();
        let mut rows = self.lines()[first..].join("\n");
        rows.push('\n');
        std::fs::write(dir.join(export::OPERATIONS_FILE), rows).unwrap();
        std::fs::write(dir.join(export::JWKS_FILE), pretty(&self.jwks(note))).unwrap();
        std::fs::write(dir.join(export::RANGE_FILE), pretty(&self.range(first))).unwrap();
        if let Some(note) = note {
            std::fs::write(dir.join(export::CHECKPOINT_FILE), note.to_string()).unwrap();
        }
    }
}

pub fn pretty<T: serde::Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

pub fn session() -> SessionId {
    SessionId(id(1))
}

fn client() -> ClientId {
    ClientId(id(2))
}

fn application() -> ApplicationId {
    ApplicationId(id(3))
}

fn the_loan() -> LoanId {
    LoanId(id(4))
}

fn request() -> PayoutRequestId {
    PayoutRequestId(id(5))
}

fn authorisation() -> AuthorisationId {
    AuthorisationId(id(6))
}

fn order() -> OrderId {
    OrderId(id(7))
}

fn signature() -> SignatureId {
    SignatureId(id(9))
}

fn settlement() -> SettlementId {
    SettlementId(id(8))
}

fn settled() -> Vec<SettledNotes> {
    let found = |notes, place, unit| SettledNotes { denomination: Denomination(10_000), notes, place, unit };
    vec![
        found(3, FoundPlace::Distributed, None),
        found(1, FoundPlace::RejectUnit, None),
        found(1, FoundPlace::Cassette, Some(UnitNo(1))),
    ]
}

/// Of five notes in doubt two lie in the machine.
fn stuck(notes: u32) -> Vec<UnitRequest> {
    vec![UnitRequest { unit: UnitNo(1), denomination: Denomination(10_000), notes }]
}

fn lying() -> Vec<CountedNotes> {
    let lies = |place, unit, expected, counted| CountedNotes {
        place,
        unit,
        denomination: Denomination(10_000),
        expected,
        counted,
    };
    vec![
        lies(CountedPlace::Exit, None, 0, 1),
        lies(CountedPlace::RejectUnit, None, 2, 2),
        lies(CountedPlace::Cassette, Some(UnitNo(1)), 90, 91),
    ]
}

fn registration() -> RegistrationId {
    RegistrationId(id(10))
}

fn rewind() -> RewindId {
    RewindId(id(9))
}

fn answer(number: u64) -> MessageId {
    MessageId(id(0x100 + number))
}

fn tenge(amount: u64) -> Tiyn {
    Tiyn::from_tenge(amount).unwrap()
}

/// A sequence, as it may come.
fn challenge() -> Challenge {
    let command = |movement| liveness::Command { movement, pause_ms: 640, window_ms: 6_000 };
    let amplitudes = Amplitudes {
        turn_degrees: 13,
        nod_degrees: 9,
        blink_percent: 30,
        mouth_percent: 20,
        smile_percent: 10,
        closer_percent: 18,
        away_percent: 13,
        gaze_percent: 35,
    };
    Challenge {
        challenge: ChallengeId(id(41)),
        nonce: "c2VuaW0tc2FtcGxlLW5vbg".into(),
        calm_ms: 1_000,
        calm_within_ms: 15_000,
        deadline_ms: 60_000,
        min_inter_ocular_px: 80,
        commands: [Movement::OpenMouth, Movement::TurnLeft, Movement::Blink].map(command).to_vec(),
        flashes: vec![Flash { at_ms: 1_250, lasts_ms: 600, colour: Colour::Green }],
        flash_permille: 8,
        amplitudes,
    }
}

fn place() -> Place {
    let at = |longitude_udeg| Point { latitude_udeg: 43_238_949, longitude_udeg };
    Place::Measured { registered: Some(at(76_889_709)), measured: at(76_889_800) }
}

fn books() -> CashBooks {
    let mut books = CashBooks::default();
    for stock in cassettes() {
        books.add(stock).unwrap();
    }
    books
}

fn cassettes() -> Vec<UnitStock> {
    vec![
        UnitStock { unit: UnitNo(1), denomination: Denomination(10_000), notes: 100 },
        UnitStock { unit: UnitNo(2), denomination: Denomination(2_000), notes: 100 },
    ]
}

fn schedule(method: Method) -> loan::Schedule {
    let terms = loan::Terms::new(
        tenge(50_000),
        loan::Rate::Annual("40".parse().unwrap()),
        loan::Term::Months(3),
        method,
        jiff::civil::date(2026, 11, 22),
    );
    loan::schedule(&terms).unwrap()
}

pub fn repayment() -> RepaymentId {
    RepaymentId(id(61))
}

fn number() -> SecretBytes {
    RepaymentNumber { number: Secret::new("202603020001235".into()) }.to_plaintext().unwrap()
}

fn stacker() -> AcceptorBooks {
    let mut books = AcceptorBooks::default();
    books.stack(Denomination(10_000)).unwrap();
    books.collect().unwrap();
    books
}

/// A loan journey and some incidents: every kind at least once, the KeyEpoch row apart.
pub fn journey() -> Vec<Draft> {
    let hash = |what: &str| jws::sha256_b64(what.as_bytes());
    let here = |body: Body| Draft::new(body).in_session(session());
    let received = |number: u64, kind: &str| {
        here(AnswerReceived { message_id: answer(number), kind: kind.into(), sha256: hash(kind) }.into())
    };
    let sealed = |body: Body, text: SecretBytes| here(body).with_attachment(text);
    let iin = LoginRequest { iin: Secret::new("900514300002".into()) }.to_plaintext().unwrap();
    let card =
        CardSignature { certificate: Secret::new("MIIB".into()), signature: Secret::new("MEUC".into()) };
    let card = card.to_plaintext().unwrap();
    let code = LoginCode { code: Secret::new("482913".into()) }.to_plaintext().unwrap();
    let answer_given = GivenAnswer { question: "own-behalf".into(), answer: Secret::new("yes".into()) };
    let questionnaire = Questionnaire { answers: vec![answer_given] }.to_plaintext().unwrap();
    let portrait = SecretBytes::new(b"\x89PNG\r\n\x1a\n and so on".repeat(40));
    let moved = |notes| UnitMoved { unit: UnitNo(1), distributed: notes, rejected: 0 };
    let counted = |notes| DenominationCount { denomination: Denomination(10_000), notes };
    vec![
        Draft::new(TerminalStarted { config_sha256: hash("config"), clean_stop: true }),
        Draft::new(DirectiveStored {
            message_id: answer(1),
            kind: "RulePack".into(),
            sha256: hash("RulePack"),
        }),
        Draft::new(DirectiveRefused {
            kind: "CashOrder".into(),
            sha256: hash("x"),
            reason: "badSignature".into(),
        }),
        Draft::new(RewindObeyed { rewind: rewind(), from_seq: 1, head_seq: 2, pruned: 0 }),
        Draft::new(UplinkChanged { usable: true, cause: "connected".into() }),
        Draft::new(DeviceChanged {
            device: "printer".into(),
            usable: false,
            cause: "paper low: \"3C\"".into(),
        }),
        Draft::new(PowerChanged { source: PowerSource::Battery, low: false, charge_percent: Some(97) }),
        Draft::new(CabinetChanged { input: CabinetInput::SafeDoor, active: true }),
        Draft::new(NoteFound { position: NotePosition::Stacker }),
        Draft::new(TestDispenseIntended { unit: UnitNo(1) }),
        Draft::new(TestDispenseEnded {
            unit: UnitNo(1),
            result: BundleResult::Dispensed,
            units: vec![UnitMoved { unit: UnitNo(1), distributed: 0, rejected: 1 }],
            device_error: None,
        }),
        Draft::new(CashExchange {
            order: order(),
            order_sha256: hash("CashOrder"),
            collected: Vec::new(),
            added: cassettes(),
            books_after: books(),
        }),
        Draft::new(ServiceChanged { in_service: true, reasons: Vec::new() }),
        here(SessionOpened { language: Language::Kk }.into()),
        sealed(LoginRequested {}.into(), iin),
        received(2, "LoginCodeSent"),
        sealed(LoginCodeSubmitted { login: answer(2) }.into(), code),
        received(3, "LoggedIn"),
        here(
            ConsentDecided {
                subject: ConsentSubject::Client(client()),
                consent: ConsentKind::BureauReport,
                text_sha256: hash("consent"),
                language: Language::Kk,
                agreed: true,
            }
            .into(),
        ),
        sealed(
            QuestionsAnswered {
                client: client(),
                questions: vec!["own-behalf".into()],
                application: Some(application()),
            }
            .into(),
            questionnaire,
        ),
        here(UnfinishedDecided { client: client(), go_on: true }.into()),
        here(
            ApplicationSubmitted {
                application: application(),
                client: client(),
                product: "express".into(),
                principal_tiyn: tenge(50_000),
                term: senim_domain::loan::Term::Months(3),
                language: Language::Kk,
            }
            .into(),
        ),
        received(4, "OfferMade"),
        here(
            TextAcknowledged {
                client: client(),
                text: TextId::Rights,
                text_sha256: hash("rights"),
                language: Language::Kk,
                shown_at: NOW,
            }
            .into(),
        ),
        here(
            PressureAnswered {
                loan: the_loan(),
                text_sha256: hash("scam_question"),
                language: Language::Kk,
                pressed: false,
            }
            .into(),
        ),
        here(
            MethodChosen { loan: the_loan(), method: Method::Annuity, offer_sha256: hash("OfferMade") }
                .into(),
        ),
        here(
            DocumentShown {
                loan: the_loan(),
                document: "contract".into(),
                sha256: hash("contract"),
                language: Language::Kk,
            }
            .into(),
        ),
        here(
            LivenessRequested {
                subject: FaceSubject::Loan(the_loan()),
                slow: true,
                cannot: Some(Movement::TurnLeft),
            }
            .into(),
        ),
        received(23, "ChallengeGiven"),
        sealed(
            LivenessPerformed {
                subject: FaceSubject::Loan(the_loan()),
                challenge: challenge().challenge,
                outcome: LivenessOutcome::Failed(LivenessFailure::TooLate),
                tries: 1,
                models: vec![ModelHash { name: "mesh".into(), sha256: hash("mesh") }],
            }
            .into(),
            SecretBytes::new(b"{\"frames\":[]}".to_vec()),
        ),
        sealed(
            LivenessPerformed {
                subject: FaceSubject::Loan(the_loan()),
                challenge: challenge().challenge,
                outcome: LivenessOutcome::Passed,
                tries: 2,
                models: vec![ModelHash { name: "mesh".into(), sha256: hash("mesh") }],
            }
            .into(),
            SecretBytes::new(b"{\"frames\":[1]}".to_vec()),
        ),
        here(
            LivenessAwaited { subject: FaceSubject::Loan(the_loan()), challenge: challenge().challenge }
                .into(),
        ),
        sealed(
            FaceCaptured {
                subject: FaceSubject::Loan(the_loan()),
                liveness: Liveness::Passed(challenge().challenge),
                quality: 91,
            }
            .into(),
            portrait,
        ),
        received(5, "FaceMatched"),
        here(
            SignatureRequested {
                signature: signature(),
                purpose: SignaturePurpose::Contract,
                loan: Some(the_loan()),
                document_sha256: hash("contract"),
            }
            .into(),
        ),
        received(7, "SignatureOffered"),
        here(SignatureAwaited { signature: signature() }.into()),
        here(SignatureCancelled { signature: signature(), reason: "renewed".into() }.into()),
        sealed(
            CardSignatureMade {
                signature: SignatureId(id(10)),
                purpose: SignaturePurpose::Contract,
                loan: Some(the_loan()),
                document_sha256: hash("contract"),
                signed_at: NOW,
            }
            .into(),
            card,
        ),
        received(8, "SignatureAccepted"),
        here(
            ContractAgreed {
                loan: the_loan(),
                method: Method::Annuity,
                contract_sha256: hash("contract"),
                face_check: answer(5),
            }
            .into(),
        ),
        here(MeasureRequested { client: client(), measure: Measure::Call }.into()),
        here(CheckCallAsked { client: client(), call: answer(22) }.into()),
        here(
            FurtherStepAcknowledged {
                client: client(),
                step: "banks-and-passwords".into(),
                text_sha256: hash("further step"),
                language: Language::Kk,
                shown_at: NOW,
            }
            .into(),
        ),
        here(ConfirmationRequested { loan: the_loan() }.into()),
        received(20, "ConfirmationOffered"),
        here(
            LoanConfirmed {
                loan: the_loan(),
                offer: answer(20),
                offer_sha256: hash("ConfirmationOffered"),
                face_check: answer(5),
            }
            .into(),
        ),
        received(21, "ConfirmationAccepted"),
        here(LoanCancelled { loan: the_loan(), client: client() }.into()),
        here(
            PayoutRequested {
                request: request(),
                loan: the_loan(),
                part: 1,
                amount_tiyn: tenge(50_000),
                face_check: answer(5),
                place: Some(place()),
            }
            .into(),
        ),
        received(6, "PayoutAuthorised"),
        here(
            PayoutIntended {
                request: request(),
                loan: the_loan(),
                authorisation: authorisation(),
                part: 1,
                bundle: 1,
                of: 1,
                mix: vec![UnitRequest { unit: UnitNo(1), denomination: Denomination(10_000), notes: 5 }],
                books_before: books(),
            }
            .into(),
        ),
        here(
            PayoutArmed { request: request(), bundle: 1, marker: vec![moved(0)], latch_losses: None }.into(),
        ),
        here(PayoutPresented { request: request(), bundle: 1, units: vec![moved(5)] }.into()),
        here(PayoutRetractIntended { request: request(), bundle: 1 }.into()),
        here(PayoutRetracted { request: request(), bundle: 1, units: Vec::new(), counted: true }.into()),
        here(PayoutTaken { request: request(), bundle: 1 }.into()),
        here(
            PayoutOutcome {
                request: request(),
                bundle: 1,
                result: BundleResult::Dispensed,
                units: vec![moved(5)],
                device_error: None,
                source: OutcomeSource::Answer,
            }
            .into(),
        ),
        here(
            PayoutEnded {
                request: request(),
                loan: the_loan(),
                part: 1,
                authorisation: Some(authorisation()),
                distributed: vec![counted(5)],
                distributed_tiyn: tenge(50_000),
                result: PayoutResult::Paid,
                reason: None,
                place: Some(place()),
            }
            .into(),
        ),
        here(ReceiptPrinted { request: request(), printed: true, sha256: hash("receipt") }.into()),
    ]
    .into_iter()
    .chain(registration_rows())
    .chain([
        here(DebtRequested { client: client() }.into()),
        sealed(ContractNumberSubmitted {}.into(), number()),
        sealed(
            RepaymentBegun {
                repayment: repayment(),
                loan: Some(the_loan()),
                basis: RepaymentBasis::Number,
                limit_tiyn: tenge(1_000_000),
                early: EarlyWish::Hold,
                place: Some(place()),
            }
            .into(),
            number(),
        ),
        here(
            NoteEscrowed {
                repayment: Some(repayment()),
                note: 1,
                denomination: Denomination(10_000),
                decision: NoteDecision::Stack,
            }
            .into(),
        ),
        here(
            NoteStacked {
                repayment: repayment(),
                note: 1,
                denomination: Denomination(10_000),
                source: NoteSource::Answer,
            }
            .into(),
        ),
        here(
            NoteReturned { repayment: Some(repayment()), note: 2, denomination: Denomination(20_000) }.into(),
        ),
        here(
            NoteInDoubt {
                repayment: repayment(),
                note: 3,
                denomination: Denomination(5_000),
                decision: NoteDecision::Stack,
                device_error: Some("note jammed at the cassette (44)".into()),
            }
            .into(),
        ),
        here(
            RepaymentEnded {
                repayment: repayment(),
                loan: Some(the_loan()),
                accepted: vec![counted(1)],
                amount_tiyn: tenge(10_000),
                in_doubt: vec![DenominationCount { denomination: Denomination(5_000), notes: 1 }],
                early: EarlyWish::Hold,
                result: RepaymentResult::Uncertain,
                reason: Some("device".into()),
                place: Some(place()),
            }
            .into(),
        ),
        here(
            RepaymentReceiptPrinted { repayment: repayment(), printed: true, sha256: hash("receipt") }.into(),
        ),
        here(CabinetRequested::of(client(), CabinetPart::Debt).into()),
        here(
            CabinetRequested::file(client(), DocumentAsked { loan: the_loan(), sha256: hash("contract") })
                .into(),
        ),
        sealed(
            CabinetLetterSubmitted { client: client(), subject: LetterSubject::Payment }.into(),
            CabinetLetter { text: Secret::new("Төлем түсті ме?".into()) }.to_plaintext().unwrap(),
        ),
        here(SlipPrinted { of: operation(1), printed: true, sha256: hash("slip") }.into()),
    ])
    .chain(access_rows())
    .chain(card_rows())
    .chain([
        here(
            RemainderClaimed {
                request: PayoutRequestId(id(31)),
                loan: the_loan(),
                amount_tiyn: Tiyn::from_tenge(15_000).unwrap(),
            }
            .into(),
        ),
        here(PayoutWaysRequested { loan: the_loan() }.into()),
        sealed(
            PayoutAccountSubmitted { loan: the_loan() }.into(),
            PayoutAccount { iban: Secret::new("KZ86125KZT5004100100".into()) }.to_plaintext().unwrap(),
        ),
        sealed(
            PayoutWayChosen {
                loan: the_loan(),
                way: PayoutMethod::Merchant,
                target: Some(PayoutTargetId(id(42))),
            }
            .into(),
            MerchantInvoice { invoice: Secret::new("A1204".into()) }.to_plaintext().unwrap(),
        ),
        here(
            TransferRequested {
                request: PayoutRequestId(id(43)),
                loan: the_loan(),
                part: 1,
                amount_tiyn: Tiyn::from_tenge(50_000).unwrap(),
                way: PayoutMethod::Account,
                target: PayoutTargetId(id(41)),
                face_check: answer(3),
                place: Some(place()),
            }
            .into(),
        ),
        here(SessionClosed { end: SessionEnd::Completed }.into()),
        Draft::new(NoteFoundLate {
            repayment: repayment(),
            loan: Some(the_loan()),
            note: 3,
            denomination: Denomination(5_000),
            in_stacker: true,
        }),
        Draft::new(StackerCollected {
            order: order(),
            order_sha256: hash("CashOrder"),
            collected: vec![counted(1)],
            books_after: stacker(),
        }),
        Draft::new(ExchangeRefused {
            number: "09C27F3A".into(),
            officers: vec!["c-004".into()],
            fault: OrderFault::Expired,
        }),
        Draft::new(ExchangeStarted {
            order: order(),
            order_sha256: hash("CashOrder"),
            officers: vec!["c-004".into(), "c-011".into()],
        }),
        Draft::new(ExchangeAbandoned { order: order(), officers: vec!["c-004".into()] }),
        Draft::new(ExchangeCounted {
            order: order(),
            officers: vec!["c-004".into(), "c-011".into()],
            bag: Some("B0012345".into()),
            seal: Some("S778899".into()),
            taken: vec![CountedNotes {
                place: CountedPlace::Cassette,
                unit: Some(UnitNo(1)),
                denomination: Denomination(10_000),
                expected: 95,
                counted: 94,
            }],
            loaded: cassettes()
                .into_iter()
                .map(|stock| LoadedNotes { ordered: stock.notes, stock, series: Some("Saka".into()) })
                .collect(),
        }),
        Draft::new(CashCountAdjusted { expected: vec![counted(95)], counted: vec![counted(94)] }),
        Draft::new(PayoutCounted {
            request: request(),
            loan: the_loan(),
            officers: vec!["c-004".into(), "c-011".into()],
            counted: lying(),
            given: vec![counted(3)],
        }),
        Draft::new(PathCleared { staff: "t-017".into(), stuck: stuck(3), found: stuck(1) }),
        Draft::new(CashServiceChanged { available: false, cause: "countDiffers".into() }),
        Draft::new(BooksContradicted {
            request: Some(request()),
            detail: "unit 1: 96 by the device, 95".into(),
        }),
        Draft::new(PayoutSettled {
            settlement: settlement(),
            message_id: answer(20),
            message_sha256: hash("settlement"),
            request: request(),
            loan: the_loan(),
            notes: settled(),
            books_after: books(),
        }),
        Draft::new(CommandCarriedOut {
            message_id: answer(21),
            command: "restart".into(),
            result: "done".into(),
        }),
        Draft::new(TerminalStopped { reason: "maintenance".into() }),
    ])
    .collect()
}

/// Everything a new client says.
fn change() -> ChangeId {
    ChangeId(id(62))
}

/// Other ways to log in, and a change of the phone.
fn access_rows() -> Vec<Draft> {
    let here = |body: Body| Draft::new(body).in_session(session());
    let sealed = |body: Body, text: SecretBytes| here(body).with_attachment(text);
    let pin = PinEntry { pin: Secret::new("740295".into()) }.to_plaintext().unwrap();
    let phone = PhoneEntry { phone: Secret::new("+77019990001".into()) }.to_plaintext().unwrap();
    let account = AccountEntry { iban: Secret::new("KZ86125KZT5004100100".into()) }.to_plaintext().unwrap();
    let code = LoginCode { code: Secret::new("482913".into()) }.to_plaintext().unwrap();
    let wants = |contact| ContactChangeRequested {
        change: change(),
        client: client(),
        contact,
        language: Language::Kk,
    };
    vec![
        here(LoginCodeWanted { login: answer(22) }.into()),
        sealed(LoginPinSubmitted { login: answer(22) }.into(), pin),
        sealed(wants(Contact::Phone).into(), phone),
        sealed(ContactCodeSubmitted { change: change(), code: answer(23) }.into(), code),
        sealed(wants(Contact::Account).into(), account),
        here(ContactChangeConcluded { change: change(), face_check: answer(24) }.into()),
    ]
    .into_iter()
    .chain(change_rows())
    .collect()
}

/// A contract is changed.
fn change_rows() -> Vec<Draft> {
    let here = |body: Body| Draft::new(body).in_session(session());
    let (client, loan, supplement) = (client(), the_loan(), supplement());
    let wish = RestructuringWish {
        reason: HardshipReason::Illness,
        relief: WishedRelief::LongerTerm,
        months: Some(6),
    };
    let own = PayoutAccount { iban: Secret::new("KZ86125KZT5004100100".into()) };
    let agreed = SupplementAgreed {
        client,
        loan,
        supplement,
        supplement_sha256: jws::sha256_b64(b"%PDF-1.7\n"),
        face_check: answer(25),
    };
    vec![
        here(ChangesRequested { client }.into()),
        here(SupplementRequested { client, loan, supplement }.into()),
        here(agreed.into()),
        here(SupplementDeclined { client, loan, supplement }.into()),
        here(RestructuringRequested { client, loan }.into()).with_attachment(wish.to_plaintext().unwrap()),
        here(RefundChosen { client, loan, way: RefundWay::Account, face_check: answer(26) }.into())
            .with_attachment(own.to_plaintext().unwrap()),
    ]
}

/// A card is bound, opens the cabinet, signs, and is left behind.
fn card_rows() -> Vec<Draft> {
    let here = |body: Body| Draft::new(body).in_session(session());
    let sealed = |body: Body, text: SecretBytes| here(body).with_attachment(text);
    let secret = |text: &str| Secret::new(text.into());
    let shown =
        || ShownCard { authentication: secret("MIIB"), signature: secret("") }.to_plaintext().unwrap();
    let proof = CardProof { signature: secret("MEUC") }.to_plaintext().unwrap();
    let (client, face_check) = (client(), answer(24));
    let to_sign = CardSignatureRequested {
        signature: SignatureId(id(63)),
        purpose: SignaturePurpose::Contract,
        loan: Some(the_loan()),
        document_sha256: jws::sha256_b64(b"contract"),
        pin_on: PinPlace::Screen,
    };
    vec![
        sealed(LoginCardShown { login: answer(22) }.into(), shown()),
        here(CardNotUsed { act: CardAct::Login, fault: CardFault::PinWrong }.into()),
        sealed(CardProofSubmitted { challenge: answer(25) }.into(), proof),
        sealed(CardBindingRequested { client, face_check }.into(), shown()),
        here(CardUnbindingRequested { client, face_check }.into()),
        sealed(to_sign.into(), shown()),
        Draft::new(CardLeftBehind {}),
        Draft::new(ServiceCardRefused { staff: None, fault: ServiceCardFault::NotOfStaff }),
        Draft::new(ServiceModeOpened { staff: "t-017".into(), role: StaffRole::Technician }),
        Draft::new(EnrolmentTried {
            staff: "t-017".into(),
            outcome: EnrolmentOutcome::Failed(EnrolmentFault::WrongCode),
        }),
        Draft::new(EnrolmentTried {
            staff: "t-017".into(),
            outcome: EnrolmentOutcome::Certified { ends: UtcMillis(1_827_000_000_000) },
        }),
        Draft::new(DeviceTestBegun { staff: "t-017".into(), device: TestedDevice::Printer }),
        Draft::new(DeviceTestEnded {
            staff: "t-017".into(),
            device: TestedDevice::Dispenser(UnitNo(1)),
            result: TestResult::Passed,
        }),
        Draft::new(JournalExported {
            staff: "t-017".into(),
            outcome: ExportOutcome::Verified { rows: 12, cosigned: 10, attachments: 1 },
        }),
        Draft::new(JournalExported {
            staff: "t-017".into(),
            outcome: ExportOutcome::Failed(ExportFault::NoStick),
        }),
        Draft::new(DeviceTestBegun { staff: "t-017".into(), device: TestedDevice::Display }),
        Draft::new(TouchCalibrated {
            staff: "t-017".into(),
            outcome: TouchOutcome::Corrected(TouchCorrection {
                x: [1_010_000, 0, -5_000],
                y: [2_000, 990_000, 4_000],
            }),
        }),
        Draft::new(TouchCalibrated { staff: "t-017".into(), outcome: TouchOutcome::Missed }),
        Draft::new(ServiceModeClosed { staff: "t-017".into(), end: ServiceEnd::Finished }),
    ]
}

fn registration_rows() -> Vec<Draft> {
    let hash = |what: &str| jws::sha256_b64(what.as_bytes());
    let here = |body: Body| Draft::new(body).in_session(session());
    let sealed = |body: Body, text: SecretBytes| here(body).with_attachment(text);
    let registration = registration();
    let document = Some(ChipDocument {
        kind: IdentityDocumentKind::Card,
        number: Secret::new("012345678".into()),
        expires: Secret::new("2035-05-13".into()),
    });
    let iin = Secret::new("900514300002".into());
    let entry = RegistrationEntry { iin, document }.to_plaintext().unwrap();
    let code = || LoginCode { code: Secret::new("482913".into()) }.to_plaintext().unwrap();
    let phone = PhoneEntry { phone: Secret::new("+77011234567".into()) }.to_plaintext().unwrap();
    let pin = PinEntry { pin: Secret::new("740295".into()) }.to_plaintext().unwrap();
    let asked = ClientType::Individual;
    vec![
        sealed(
            RegistrationRequested {
                registration,
                client_type: asked,
                language: Language::Ru,
                chip: Some(ChipVerdict::Genuine),
            }
            .into(),
            entry,
        ),
        here(
            ConsentDecided {
                subject: ConsentSubject::Registration(registration),
                consent: ConsentKind::StateData,
                text_sha256: hash("consent"),
                language: Language::Ru,
                agreed: true,
            }
            .into(),
        ),
        here(
            AccessRequested {
                registration,
                method: AccessMethod::OneTimeCode,
                directory_id: "SENIM-DEMO-0001".into(),
            }
            .into(),
        ),
        sealed(AccessCodeSubmitted { registration }.into(), code()),
        here(AccessAnswerAsked { registration }.into()),
        here(
            IdentificationSubmitted { registration, data_sha256: hash("PersonFound"), confirmed: true }
                .into(),
        ),
        sealed(PhoneSubmitted { registration }.into(), phone),
        sealed(RegistrationCodeSubmitted { registration, code: answer(7) }.into(), code()),
        here(RegistrationConcluded { registration }.into()),
        sealed(PinSubmitted { client: client() }.into(), pin),
    ]
}

fn seal_key(label: &str) -> SealKey {
    let jwk = Opener::from_pkcs8(&fixed_pkcs8(label)).unwrap().public_jwk();
    let not_after = UtcMillis(NOW.0 + 365 * 86_400_000);
    SealKey { jwk, kid: jwk.thumbprint(), not_before: NOW, not_after, revoked: false }
}

/// Every message once.
pub fn messages(rule_pack: senim_domain::rule_pack::RulePack) -> Vec<MessageBody> {
    let drafts = [Method::Annuity, Method::Differentiated, Method::Single]
        .map(|method| OfferDraft { schedule: schedule(method), gesv_e8: 4_819_000_000 });
    let confirmed = drafts[0].clone();
    vec![
        MessageBody::RulePack(Box::new(rule_pack)),
        MessageBody::Activation {
            active: true,
            location: RegisteredLocation {
                address: "Алматы, Абай 1".into(),
                point: Some(Point { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709 }),
                radius_m: 300,
            },
            notified: Day(jiff::civil::date(2026, 11, 2)),
            activated: Day(jiff::civil::date(2026, 11, 22)),
        },
        MessageBody::CashOrder {
            order: order(),
            collect: vec![UnitNo(3)],
            add: cassettes(),
            expires: UtcMillis(NOW.0 + 86_400_000),
            stacker: true,
            rejects: true,
            series: vec![NoteSeries {
                unit: UnitNo(1),
                series: "Saka".into(),
                valid_until: Some(Day(jiff::civil::date(2027, 3, 27))),
            }],
        },
        MessageBody::Settlement {
            settlement: settlement(),
            request: request(),
            loan: the_loan(),
            notes: settled(),
        },
        MessageBody::Command {
            command: Command::OutOfService { reason: "the place is being painted".into() },
            expires: UtcMillis(NOW.0 + 86_400_000),
        },
        MessageBody::Rewind { rewind: rewind(), from_seq: 3 },
        MessageBody::Succession {
            predecessor: "almaty-00".parse().unwrap(),
            rows: 3,
            head_sha256: jws::sha256_b64(b"row"),
        },
        MessageBody::SealKeys { keys: vec![seal_key("sample opener"), seal_key("sample opener 2")] },
        MessageBody::LoginCodeSent {
            phone_masked: Secret::new("+7 7•• ••• •• 45".into()),
            life_seconds: 180,
            digits: 6,
        },
        MessageBody::LoginRefused { reason: LoginRefusal::WrongCode, may_retry: true },
        MessageBody::LoggedIn {
            client: client(),
            greeting: Secret::new("Үлгі Үлгіұлы".into()),
            products: vec!["express".into()],
            last_login: Some(UtcMillis(NOW.0 - 86_400_000)),
            remainder: Some(Remainder {
                loan: the_loan(),
                principal_tiyn: Tiyn::from_tenge(50_000).unwrap(),
                received_tiyn: Tiyn::from_tenge(35_000).unwrap(),
                part: 2,
                claimed: false,
            }),
            waiting: Some(WaitingLoan {
                loan: the_loan(),
                principal_tiyn: tenge(400_000),
                concluded: NOW,
                rests_until: Some(UtcMillis(NOW.0 + 86_400_000)),
                way: Some(PayoutMethod::Account),
                target: Some(own_account()),
            }),
            unfinished: Some(Box::new(UnfinishedApplication {
                at: NOW,
                wish: Some(UnfinishedWish {
                    application: application(),
                    product: "express".into(),
                    principal_tiyn: Tiyn::from_tenge(50_000).unwrap(),
                    term: senim_domain::loan::Term::Months(6),
                }),
                consents: vec![ConsentKind::BureauSupply, ConsentKind::BureauReport],
                answered: true,
                read: vec![TextId::Rules],
                chosen: Some(Method::Annuity),
                draft_sha256: Some(jws::sha256_b64(b"draft")),
            })),
            unauthorised_access: Some(UtcMillis(NOW.0 - 3_600_000)),
        },
        MessageBody::MeasuresNeeded {
            client: client(),
            since: UtcMillis(NOW.0 - 86_400_000),
            notice: Secret::new("Үлгі".into()),
        },
        MessageBody::MeasureTaken { client: client(), measure: Measure::Number },
        MessageBody::CallAnnounced(CallAnnounced {
            client: client(),
            phone_masked: Secret::new("+7 7•• ••• •• 45".into()),
            wait_seconds: 300,
        }),
        MessageBody::MeasureRefused(MeasureRefused {
            client: client(),
            measure: Measure::Call,
            reason: MeasureRefusal::CallNotReached,
            attempts_left: 0,
        }),
        MessageBody::OfferMade {
            application: application(),
            loan: the_loan(),
            drafts: drafts.into(),
            expires: UtcMillis(NOW.0 + 3_600_000),
        },
        MessageBody::QuestionsAsked {
            application: application(),
            questions: vec![
                further("public-official", QuestionForm::YesNo),
                further(
                    "source-of-funds",
                    QuestionForm::Choice {
                        options: ["wage", "business"]
                            .map(|code| QuestionOption {
                                code: code.into(),
                                text: in_each("Жалақы", "Зарплата", "Wage"),
                            })
                            .into(),
                    },
                ),
                further("employer", QuestionForm::Text { max: 100 }),
            ],
        },
        MessageBody::ContractDrafted {
            loan: the_loan(),
            method: Method::Annuity,
            pdf: Secret::new("JVBERi0xLjcK".into()),
            sha256: jws::sha256_b64(b"%PDF-1.7\n"),
        },
        MessageBody::ApplicationRefused {
            application: application(),
            reason: ApplicationRefusal::NotApproved,
        },
        MessageBody::ChallengeGiven(Box::new(ChallengeGiven {
            subject: FaceSubject::Loan(the_loan()),
            challenge: challenge(),
            life_seconds: 180,
            tries_left: 3,
            replacements_left: 2,
        })),
        MessageBody::PhoneCheckOffered(Box::new(PhoneCheckOffered {
            subject: FaceSubject::Loan(the_loan()),
            challenge: challenge().challenge,
            qr: Secret::new("https://finid.example.kz/c/3f9c".into()),
            life_seconds: 180,
            tries_left: 3,
        })),
        MessageBody::LivenessConfirmed { challenge: challenge().challenge },
        MessageBody::LivenessRefused(LivenessRefused {
            subject: FaceSubject::Loan(the_loan()),
            challenge: Some(challenge().challenge),
            reason: LivenessRefusal::NotShown,
            tries_left: 2,
        }),
        MessageBody::FaceMatched { loan: the_loan() },
        MessageBody::FaceRefused { loan: the_loan(), reason: FaceRefusal::Unusable, attempts_left: 2 },
        MessageBody::ContractAccepted { loan: the_loan(), rests_until: Some(UtcMillis(NOW.0 + 86_400_000)) },
        MessageBody::ContractRefused { loan: the_loan(), reason: "expired".into() },
        MessageBody::ConfirmationOffered(Box::new(ConfirmationOffer {
            loan: the_loan(),
            product: "express".into(),
            term: senim_domain::loan::Term::Months(3),
            draft: confirmed,
            part: 1,
        })),
        MessageBody::ConfirmationAccepted { loan: the_loan() },
        MessageBody::ConfirmationRefused { loan: the_loan(), reason: ConfirmationRefusal::TooEarly },
        MessageBody::CancellationAccepted { loan: the_loan() },
        MessageBody::CancellationRefused { loan: the_loan(), reason: CancellationRefusal::PaidOut },
        MessageBody::SignatureOffered {
            signature: signature(),
            qr: Secret::new("mobileSign:https://qr.example.kz/egov/3f9c?mgovSign".into()),
            life_seconds: 180,
        },
        MessageBody::SignatureAccepted {
            signature: signature(),
            cms_sha256: jws::sha256_b64(b"cms"),
            signed_at: NOW,
        },
        MessageBody::SignatureRefused {
            signature: signature(),
            reason: SignatureRefusal::OtherPerson,
            may_retry: true,
        },
        MessageBody::PayoutAuthorised(Authorisation {
            authorisation: authorisation(),
            request: request(),
            loan: the_loan(),
            part: 1,
            amount_tiyn: tenge(50_000),
            boot: "6f1c2a52-9d2e-4f0b-8a52-9d2e4f0b8a52".into(),
            epoch: 0,
            row_sha256: jws::sha256_b64(b"row"),
            life_seconds: 90,
        }),
        MessageBody::PayoutRefused { request: request(), reason: "faceTooOld".into() },
        MessageBody::Debts {
            contracts: vec![ContractDebt {
                loan: the_loan(),
                number: Secret::new("202603020001235".into()),
                standing: DebtStanding::Suspended,
                since: Some("2026-04-01".into()),
                on: "2026-04-02".into(),
                principal_tiyn: tenge(40_000),
                interest_tiyn: tenge(1_200),
                penalty_tiyn: Tiyn::ZERO,
                total_tiyn: tenge(41_200),
                due_tiyn: tenge(18_000),
                next_date: Some("2026-05-02".into()),
                next_tiyn: tenge(18_000),
                suspension_interest_tiyn: Tiyn::ZERO,
            }],
        },
        MessageBody::ContractFound {
            loan: the_loan(),
            holder_masked: Secret::new("Ү. Ү.".into()),
            due_tiyn: tenge(18_000),
        },
        MessageBody::RepaymentRefused { reason: RepaymentRefusal::UnknownNumber },
        MessageBody::RepaymentBooked {
            repayment: repayment(),
            booking: Some(Booking {
                principal_tiyn: tenge(8_800),
                interest_tiyn: tenge(1_200),
                penalty_tiyn: Tiyn::ZERO,
                held_tiyn: Tiyn::ZERO,
                overpaid_tiyn: Tiyn::ZERO,
                closed: false,
                rest: Some(Rest {
                    total_tiyn: tenge(31_200),
                    next_date: Some("2026-05-02".into()),
                    next_tiyn: tenge(18_000),
                }),
            }),
        },
    ]
    .into_iter()
    .chain(cabinet_messages())
    .chain(registration_messages())
    .collect()
}

fn operation(number: u64) -> OperationId {
    OperationId(id(0x1000 + number))
}

/// Every part of the cabinet.
fn cabinet_messages() -> Vec<MessageBody> {
    let hash = |what: &str| jws::sha256_b64(what.as_bytes());
    let number = || Secret::new("202603020001235".into());
    let debt = ContractDebt {
        loan: the_loan(),
        number: number(),
        standing: DebtStanding::Running,
        since: None,
        on: "2026-04-02".into(),
        principal_tiyn: tenge(40_000),
        interest_tiyn: tenge(1_200),
        penalty_tiyn: Tiyn::ZERO,
        total_tiyn: tenge(41_200),
        due_tiyn: tenge(18_000),
        next_date: Some("2026-05-02".into()),
        next_tiyn: tenge(18_000),
        suspension_interest_tiyn: Tiyn::ZERO,
    };
    let upcoming = UpcomingPayment {
        date: "2026-05-02".into(),
        principal_tiyn: tenge(17_000),
        interest_tiyn: tenge(1_000),
        total_tiyn: tenge(18_000),
        paid_tiyn: Tiyn::ZERO,
    };
    let made = PaymentDone {
        date: "2026-03-30".into(),
        amount_tiyn: tenge(10_000),
        principal_tiyn: tenge(8_800),
        interest_tiyn: tenge(1_200),
        penalty_tiyn: Tiyn::ZERO,
        held_tiyn: Tiyn::ZERO,
        overpaid_tiyn: Tiyn::ZERO,
    };
    [
        CabinetContent::Applications(vec![ApplicationStanding {
            application: application(),
            at: Some(NOW),
            amount_tiyn: tenge(50_000),
            term: Term::Months(6),
            state: ApplicationState::PaidOut,
        }]),
        CabinetContent::Contracts(vec![ContractFacts {
            loan: the_loan(),
            number: number(),
            state: ContractState::Running,
            principal_tiyn: tenge(50_000),
            issued: "2026-03-02".into(),
            concluded: Some(NOW),
            annual_rate_hundredths: Some(2_400),
            term: Some(Term::Days(30)),
            method: Some(Method::Annuity),
            documents: vec![hash("contract")],
        }]),
        CabinetContent::Document(ContractFile {
            loan: the_loan(),
            pdf: Secret::new("JVBERi0xLjc=".into()),
            sha256: hash("contract"),
        }),
        CabinetContent::Debt(vec![LoanStatement { debt, upcoming: vec![upcoming], made: vec![made] }]),
        CabinetContent::WaysToPay(PaymentDetails {
            name: "«Сенім» МҚҰ ЖШС".into(),
            bin: "990140004654".into(),
            iban: "KZ770000000000000001".into(),
            bank: "Банк «Ойын»".into(),
            bic: "OYINKZKA".into(),
            purpose_code: "421".into(),
        }),
        CabinetContent::Letters(vec![Letter {
            letter: operation(2),
            from_client: false,
            at: NOW,
            subject: Secret::new("Төлем".into()),
            text: Secret::new("Төлеміңіз түсті.".into()),
        }]),
        CabinetContent::Consents(vec![ConsentStanding {
            number: "c-1".into(),
            given: NOW,
            expires: NOW,
            status: ConsentStatus::UnderReview,
            decided_until: Some(NOW),
            outcome: Some(ConsentOutcome::Kept {
                at: NOW,
                ground_type: "contract".into(),
                doc_number: Secret::new("MK-1".into()),
                doc_date: "2026-03-02".into(),
                doc_name: "Договор о предоставлении микрокредита".into(),
            }),
        }]),
        CabinetContent::Confirmations(vec![DocumentConfirmation {
            document: DocumentKind::Contract,
            id: operation(3),
            from_client: true,
            at: NOW,
            sha256: Some(hash("contract")),
        }]),
    ]
    .into_iter()
    .map(MessageBody::CabinetShown)
    .chain([
        MessageBody::CabinetRefused { reason: CabinetRefusal::TryLater },
        MessageBody::LetterTaken { letter: operation(2) },
        MessageBody::ClaimSlipIssued(ClaimSlip {
            request: PayoutRequestId(id(31)),
            amount_tiyn: Tiyn::from_tenge(15_000).unwrap(),
            number: "2026-000017".into(),
            until: "2026-12-22".into(),
            address: "Алматы, Абай 1".into(),
        }),
        MessageBody::ClaimRefused { request: PayoutRequestId(id(31)), reason: "suspect".into() },
    ])
    .chain(transfer_messages())
    .collect()
}

fn own_account() -> PayoutTarget {
    PayoutTarget {
        target: PayoutTargetId(id(41)),
        way: PayoutMethod::Account,
        name: Secret::new("KZ** 125* **** **** 0100".into()),
    }
}

/// How a loan may be paid out otherwise, and what becomes of a transfer.
fn transfer_messages() -> Vec<MessageBody> {
    let merchant = PayoutTarget {
        target: PayoutTargetId(id(42)),
        way: PayoutMethod::Merchant,
        name: Secret::new("«Үй жиһазы» ЖШС, Алматы".into()),
    };
    let answered = |outcome| MessageBody::PayoutWayAnswered(WayAnswer { loan: the_loan(), outcome });
    let transfer =
        |outcome| MessageBody::TransferAnswered(TransferAnswer { request: PayoutRequestId(id(43)), outcome });
    let statement = "Өтініш: KZ86125KZT5004100100.";
    vec![
        MessageBody::PayoutWaysFound(PayoutWays {
            loan: the_loan(),
            ways: vec![PayoutMethod::Cash, PayoutMethod::Account, PayoutMethod::Merchant],
            targets: vec![merchant],
        }),
        answered(WayOutcome::Confirmed(own_account())),
        answered(WayOutcome::Accepted),
        answered(WayOutcome::Refused(WayRefusal::NotOwned)),
        transfer(TransferOutcome::ToSign {
            statement: Secret::new(statement.into()),
            statement_sha256: jws::sha256_b64(statement.as_bytes()),
        }),
        transfer(TransferOutcome::Paid),
        transfer(TransferOutcome::UnderWay),
        transfer(TransferOutcome::Refused { reason: "not_theirs".into() }),
    ]
    .into_iter()
    .chain(change_messages())
    .collect()
}

fn supplement() -> SupplementId {
    SupplementId(id(51))
}

/// What is said of changes of a contract.
fn change_messages() -> Vec<MessageBody> {
    let (contract, number) = (Secret::new("202603020001235".into()), Secret::new("1".into()));
    let answered =
        |outcome| MessageBody::SupplementAnswered(SupplementAnswer { supplement: supplement(), outcome });
    let restructuring =
        |outcome| MessageBody::RestructuringAnswered(RestructuringAnswer { loan: the_loan(), outcome });
    let refund = |outcome| MessageBody::RefundAnswered(RefundAnswer { loan: the_loan(), outcome });
    let answer_by = "2026-12-07".to_owned();
    vec![
        MessageBody::ChangesFound(ContractChanges {
            supplements: vec![WaitingSupplement {
                supplement: supplement(),
                loan: the_loan(),
                contract: contract.clone(),
                number,
                kind: SupplementKind::Restructuring,
                expires: UtcMillis(NOW.0 + 86_400_000),
            }],
            contracts: vec![ChangeableContract {
                loan: the_loan(),
                number: contract,
                answer_by: Some(answer_by.clone()),
            }],
            refunds: vec![RefundDue {
                loan: the_loan(),
                number: Secret::new("202603020001235".into()),
                amount_tiyn: tenge(15_000),
                ways: vec![RefundWay::Account, RefundWay::CashDesk],
            }],
        }),
        MessageBody::SupplementDrafted(Box::new(SupplementDraft {
            supplement: supplement(),
            loan: the_loan(),
            product: "express".into(),
            terms: AmendedTerms {
                principal_tiyn: tenge(40_000),
                annual_percent: "24.000".parse().unwrap(),
                term: Term::Months(9),
                method: Method::Annuity,
                begins: jiff::civil::date(2026, 11, 23),
                interest_tiyn: tenge(1_200),
                penalty_tiyn: Tiyn::ZERO,
            },
            pdf: Secret::new("JVBERi0xLjcK".into()),
            sha256: jws::sha256_b64(b"%PDF-1.7\n"),
        })),
        answered(SupplementOutcome::Concluded { at: NOW, sha256: jws::sha256_b64(b"%PDF-1.7\n") }),
        answered(SupplementOutcome::Declined),
        answered(SupplementOutcome::Refused(SupplementRefusal::TermsChanged)),
        restructuring(RestructuringOutcome::Taken { request: operation(4), answer_by }),
        restructuring(RestructuringOutcome::Refused(RestructuringRefusal::AlreadyAsked)),
        refund(RefundOutcome::Taken(RefundTaken {
            way: RefundWay::CashDesk,
            amount_tiyn: tenge(15_000),
            account_masked: Secret::default(),
            number: "2026-000018".into(),
            until: "2026-12-22".into(),
            address: "Алматы, Абай 1".into(),
            at: NOW,
        })),
        refund(RefundOutcome::Refused(RefundRefusal::NotOwned)),
    ]
}

/// Everything a new client is told.
fn registration_messages() -> Vec<MessageBody> {
    let registration = registration();
    vec![
        MessageBody::RegistrationAdvanced { registration, next: RegistrationStep::Consent },
        MessageBody::RegistrationCodeSent {
            registration,
            phone_masked: Secret::new("+7 7** *** ** 67".into()),
            life_seconds: 120,
            digits: 6,
        },
        MessageBody::RegistrationRefused {
            registration,
            reason: RegistrationRefusal::WrongCode,
            may_retry: true,
        },
        MessageBody::AccessAsked {
            registration,
            method: AccessMethod::OneTimeCode,
            already_in_process: false,
            life_seconds: 300,
            tries_left: 3,
        },
        MessageBody::PersonFound {
            registration,
            client_type: ClientType::Individual,
            surname: Secret::new("Үлгіева".into()),
            given_name: Secret::new("Үлгі".into()),
            patronymic: Secret::new(String::new()),
            document: "identityCard".into(),
            document_tail: Secret::new("678".into()),
            document_expires: "2035-05-13".into(),
            consent_number: "kdp-000123".into(),
        },
        MessageBody::AuthenticationResult {
            registration,
            name: Comparison::Match,
            iin: Comparison::Match,
            photo: Comparison::Mismatch,
            attempts_left: 2,
        },
        MessageBody::StatementToSign {
            registration,
            statement: Secret::new("Өтініш: Үлгіева Үлгі.".into()),
            statement_sha256: jws::sha256_b64("Өтініш: Үлгіева Үлгі.".as_bytes()),
            language: Language::Kk,
        },
        MessageBody::Registered {
            registration,
            client: client(),
            greeting: Secret::new("Үлгі".into()),
            products: vec!["express".into()],
        },
        MessageBody::PinAccepted { client: client() },
        MessageBody::PinRefused { client: client(), reason: PinRefusal::Simple },
        MessageBody::LoginWaysOffered { ways: vec![LoginWay::Card, LoginWay::Pin, LoginWay::Code] },
        MessageBody::HolderMatched { client: client() },
        MessageBody::HolderRefused { client: client(), reason: FaceRefusal::NoMatch, attempts_left: 2 },
        MessageBody::ContactCodeSent(ContactCode {
            change: change(),
            phone_masked: Secret::new("+7 7** *** ** 01".into()),
            life_seconds: 120,
            digits: 6,
        }),
        MessageBody::ContactChangeAdvanced { change: change() },
        MessageBody::ContactStatementToSign(ContactStatement {
            change: change(),
            statement: Secret::new("Өтініш: жаңа нөмір +77019990001.".into()),
            statement_sha256: jws::sha256_b64("Өтініш: жаңа нөмір +77019990001.".as_bytes()),
            language: Language::Kk,
        }),
        MessageBody::ContactChanged(ContactChange {
            change: change(),
            contact: Contact::Phone,
            old_masked: Secret::new("+7 7** *** ** 67".into()),
            new_masked: Secret::new("+7 7** *** ** 01".into()),
            statement_sha256: jws::sha256_b64(b"statement"),
            at: NOW,
        }),
        MessageBody::ContactChangeRefused {
            change: change(),
            reason: ContactRefusal::NotOwned,
            may_retry: true,
        },
        MessageBody::CardChallenged(CardChallenge {
            challenge: jws::sha256_b64(b"random"),
            life_seconds: 120,
        }),
        MessageBody::CardBound { client: client() },
        MessageBody::CardUnbound { client: client() },
        MessageBody::CardSignaturePrepared(CardSignatureToMake {
            signature: SignatureId(id(63)),
            attributes: "MYGB".into(),
            signed_at: NOW,
        }),
        MessageBody::CardRefused { reason: CardRefusal::NotBound, may_retry: true },
    ]
}

/// Where a message goes.
pub fn address(to: &TerminalId, body: &MessageBody, number: u64) -> Address {
    Address {
        message_id: answer(number),
        terminal: to.clone(),
        session: (!body.is_durable()).then(session),
        in_reply_to: (!body.is_durable()).then(|| OperationId(id(0x1000 + number))),
        at: NOW,
    }
}

/// The envelope as it stands in the JWS.
pub fn decoded(compact: &str) -> serde_json::Value {
    serde_json::from_slice(&jws::split(compact).unwrap().payload).unwrap()
}

/// Also for readers of samples.
pub fn envelope_of(compact: &str) -> MessageEnvelope {
    serde_json::from_value(decoded(compact)).unwrap()
}

fn in_each(kk: &str, ru: &str, en: &str) -> senim_domain::rule_pack::ByLanguage<String> {
    senim_domain::rule_pack::ByLanguage { kk: kk.into(), ru: ru.into(), en: en.into() }
}

fn further(code: &str, form: QuestionForm) -> FurtherQuestion {
    let text = in_each("Қарызды қайдан қайтарасыз?", "Из чего вы вернёте заём?", "From what will you repay?");
    FurtherQuestion { code: code.into(), text, form }
}
