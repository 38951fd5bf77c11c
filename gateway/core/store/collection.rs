//! What documents are about, and by which key each kind is found.

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Collection {
    /// Enrolled terminals; key: terminal.
    Terminal,
    /// Open sessions; key: terminal/session.
    Session,
    /// Answers to operations, sealed; key: terminal/op_id.
    Answer,
    /// Rows still to be acted on; key: terminal/seq.
    Pending,
    /// Offers and loans; key: loan.
    Loan,
    /// The one open loan of a client; key: client.
    OpenLoan,
    /// The newest note that the gateway cosigned; key: terminal.
    Note,
    /// Rows that speak of a loan or a payout request; key: that id/terminal/seq.
    Related,
    /// Published rule packs; key: version.
    RulePack,
    /// Rule packs that somebody drafted; key: draft.
    PackDraft,
    /// Notices to the regulator that name a terminal's place; key: terminal/notice.
    ActivationNotice,
    /// Published rule packs that terminals get when their time comes; key: version.
    DueRulePack,
    /// Compact ranges of the tree at multiples of 64; key: terminal/size.
    Range,
    /// Counters of a day; key: what/date.
    Daily,
    /// Calls to core lending that must still arrive; key: what/id.
    Outbox,
    /// Openings of sealed data; key: terminal/sha256/moment/id.
    Audit,
    /// Acts of staff, a chain; key: number, 16 digits.
    Act,
    /// What is kept of a person, with its retention; key: terminal/sha256, loan//loan or
    /// registration//registration.
    Archive,
    /// Archived documents by the person or visit they are of; key: owner//document.
    Owned,
    /// Archived documents by the day on which they are looked at; key: date/document.
    Due,
    /// Content keys, wrapped; key: owner.
    ContentKey,
    /// Whose an ended visit was; key: terminal/session.
    Visit,
    /// Events that have no number yet; key: moment/count/id.
    Event,
    /// Events by number; key: block/number.
    Feed,
    /// Events that the webhook has not taken; key: number.
    Delivery,
    /// Events that the webhook did not take in time; key: number.
    DeadLetter,
    /// PINs of clients, as keyed hashes; key: client.
    Pin,
    /// Failed logins of clients and locks; key: client.
    LoginGuard,
    /// Cards that open cabinets, or did; key: SHA-256 of the certificate.
    Card,
    /// The one that opens a client's cabinet; key: client.
    ClientCard,
    /// Changes of phone and account that were made; key: client/change.
    ContactChange,
    /// Registrations of new clients; key: registration.
    Registration,
    /// The newest registration in which a person was proven; key: keyed hash of the IIN.
    Proven,
    /// Repayments and what became of their money; key: repayment.
    Repayment,
    /// Where a client's business is found; key: client.
    Cabinet,
    /// Payouts in doubt; key: loan/request.
    Doubt,
    /// What was done before an operation of somebody whose data leaked; key: client/terminal/session/moment.
    Measures,
    /// Signed results of biometric checks; key: the row that was judged.
    BiometricResult,
    /// The check on a phone that a visit waits for; key: terminal/session.
    OpenPhoneCheck,
    /// What the identification centre signed about checks on phones, sealed; key: the row that was judged.
    CentreResult,
    /// Sequences of movements that were given lately; key: terminal/terminal, client/client or registration/registration.
    Sequences,
    /// What clients have to be told in writing; key: client/what/moment.
    Notice,
    /// Those that were not told yet; key: last day/key of the notice.
    OpenNotice,
    /// Settlements, proposed and confirmed; key: loan/request.
    Settlement,
    /// Loans that staff froze; key: loan.
    Flag,
    /// Staff who may sign in; key: name in lower case.
    Staff,
    /// What is known of a terminal by its rows; key: terminal.
    TerminalView,
    /// Rows that broke a chain, kept as they came; key: terminal/hash.
    Evidence,
    /// Rows that the chain has not reached; key: terminal/seq.
    Ahead,
    /// Attachments that are coming in pieces; key: terminal/hash.
    Partial,
    /// Pieces of them; key: terminal/hash/number.
    Piece,
    /// The last telemetry of a terminal; key: terminal.
    Telemetry,
    /// Certificates that terminals were given; key: terminal/serial.
    Certificate,
    /// One-time codes for enrolment, as keyed hashes; key: terminal.
    EnrolmentCode,
    /// Revoked certificates; key: terminal.
    Revocation,
    /// Electronic signatures from the moment they were asked for; key: signature.
    Signature,
    /// The one that a visit waits for; key: terminal/session.
    OpenSignature,
    /// Signatures by loan; key: loan/signature.
    LoanSignature,
    /// Supplements of contracts from their first draft on; key: loan/supplement.
    Supplement,
    /// Requests for other terms; key: loan/operation.
    Restructuring,
    /// Changes by one side that were judged; key: loan/change.
    OneSided,
    /// How clients want money back after a verdict; key: loan.
    Refund,
    /// Documents laid out for signing; key: terminal/session/sha256.
    LaidOut,
    /// Applications that have not come to a contract; key: client.
    Unfinished,
    /// Consents to state data; key: the consent's number.
    Consent,
    /// Applications for their revocation; key: open/application, or closed/application.
    ConsentRevocation,
    /// Decisions about flags of people whose data leaked; key: case.
    LeakCase,
    /// Keyed hashes of such people; key: their first two characters/case.
    LeakPart,
    /// Lists that do not count for one person any more; key: their keyed hash.
    LeakLifted,
    /// State of the gateway itself; key: name.
    Meta,
}

impl Collection {
    /// Name in a database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Session => "session",
            Self::Answer => "answer",
            Self::Pending => "pending",
            Self::Loan => "loan",
            Self::OpenLoan => "open_loan",
            Self::Note => "note",
            Self::Related => "related",
            Self::RulePack => "rule_pack",
            Self::PackDraft => "pack_draft",
            Self::ActivationNotice => "activation_notice",
            Self::DueRulePack => "due_rule_pack",
            Self::Range => "range",
            Self::Daily => "daily",
            Self::Outbox => "outbox",
            Self::Audit => "audit",
            Self::Act => "act",
            Self::Archive => "archive",
            Self::Owned => "owned",
            Self::Due => "due",
            Self::ContentKey => "content_key",
            Self::Visit => "visit",
            Self::Event => "event",
            Self::Feed => "feed",
            Self::Delivery => "delivery",
            Self::DeadLetter => "dead_letter",
            Self::Pin => "pin",
            Self::LoginGuard => "login_guard",
            Self::Card => "card",
            Self::ClientCard => "client_card",
            Self::ContactChange => "contact_change",
            Self::Registration => "registration",
            Self::Proven => "proven",
            Self::Repayment => "repayment",
            Self::Cabinet => "cabinet",
            Self::Doubt => "doubt",
            Self::Measures => "measures",
            Self::BiometricResult => "biometric_result",
            Self::OpenPhoneCheck => "open_phone_check",
            Self::CentreResult => "centre_result",
            Self::Sequences => "sequences",
            Self::Notice => "notice",
            Self::OpenNotice => "open_notice",
            Self::Settlement => "settlement",
            Self::Flag => "flag",
            Self::Staff => "staff",
            Self::TerminalView => "terminal_view",
            Self::Evidence => "evidence",
            Self::Ahead => "ahead",
            Self::Partial => "partial",
            Self::Piece => "piece",
            Self::Telemetry => "telemetry",
            Self::Certificate => "certificate",
            Self::EnrolmentCode => "enrolment_code",
            Self::Revocation => "revocation",
            Self::Signature => "signature",
            Self::OpenSignature => "open_signature",
            Self::LoanSignature => "loan_signature",
            Self::Supplement => "supplement",
            Self::Restructuring => "restructuring",
            Self::OneSided => "one_sided",
            Self::Refund => "refund",
            Self::LaidOut => "laid_out",
            Self::Unfinished => "unfinished",
            Self::Consent => "consent",
            Self::ConsentRevocation => "consent_revocation",
            Self::LeakCase => "leak_case",
            Self::LeakPart => "leak_part",
            Self::LeakLifted => "leak_lifted",
            Self::Meta => "meta",
        }
    }
}
