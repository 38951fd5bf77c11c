//! Every screen with made-up people and sums (rig): for the gallery and the tests.

use jiff::civil::Date;
use senim_document::{Kind, Paper, Section};
use senim_domain::business_days::WEEKENDS_ONLY;
use senim_domain::loan::{DueDateRule, Method, MonthEnd, Rate, Term, TimeBase};
use senim_domain::portrait;
use senim_domain::rule_pack::{ByLanguage, ClientType, OfferedTerms, PayoutMethod, Product, Purpose};
use senim_domain::{Language, Secret, SecretBytes, Tiyn};
use senim_ui_model::terms::{KeyTerm, label};
use senim_ui_model::texts::{self, menu};
use senim_ui_model::{
    Camera, Choice, Choosable, Contract, DraftView, EndKind, EnterCode, EnterIin, Entry, Fact, Grouping,
    Header, Help, InputError, Instruction, Keyboard, Money, Notice, Offer, Payout, PayoutPhase, Receipt, Row,
    Screen, Tone, View, Wait, Welcome, format, live,
};

use crate::samples_cabinet;

/// A screen with a name that sorts in the order of a visit.
pub struct Sample {
    /// Such as `003-enter-iin`.
    pub name: String,
    /// What is shown.
    pub view: View,
    /// Elements to tap before the picture, so that echo is seen too.
    pub taps: Vec<&'static str>,
}

const WAITS: [(Wait, &str); 6] = [
    (Wait::Login, "login"),
    (Wait::Code, "code"),
    (Wait::Decision, "decision"),
    (Wait::Face, "face"),
    (Wait::Contract, "contract"),
    (Wait::Authorisation, "authorisation"),
];

const INSTRUCTIONS: [(Instruction, &str); 7] = [
    (Instruction::StandStill, "stand-still"),
    (Instruction::Hold, "hold"),
    (Instruction::Poor(portrait::Instruction::UncoverLens), "covered"),
    (Instruction::Poor(portrait::Instruction::RaiseFace), "raise-face"),
    (Instruction::Poor(portrait::Instruction::AvoidGlare), "glare"),
    (Instruction::Poor(portrait::Instruction::BeSerious), "smile"),
    (Instruction::NoMatch, "no-match"),
];

const ENDS: [(EndKind, &str); 14] = [
    (EndKind::Cancelled, "cancelled"),
    (EndKind::TimedOut, "timed-out"),
    (EndKind::NotAvailable, "not-available"),
    (EndKind::TooManyCodes, "too-many-codes"),
    (EndKind::NotApproved, "not-approved"),
    (EndKind::VoluntaryRefusal, "voluntary-refusal"),
    (EndKind::LoanOpen, "loan-open"),
    (EndKind::FaceNotMatched, "face-not-matched"),
    (EndKind::CameraFailed, "camera-failed"),
    (EndKind::Unreachable, "unreachable"),
    (EndKind::TermsMismatch, "terms-mismatch"),
    (EndKind::NothingPaid, "nothing-paid"),
    (EndKind::OnBattery, "on-battery"),
    (EndKind::UnderAge, "under-age"),
];

const TYPE_IIN: [&str; 9] =
    ["digit-9", "digit-0", "digit-0", "digit-5", "digit-1", "digit-4", "digit-3", "digit-0", "digit-0"];

/// Every variant of every screen in a language.
#[must_use]
pub fn all(language: Language) -> Vec<Sample> {
    let mut samples = Samples { language, list: Vec::new() };
    samples.entry();
    samples.terms();
    samples.camera_and_payout();
    samples.receipts();
    samples.forms();
    samples.stages();
    for (name, screen, taps) in samples_cabinet::all(language) {
        samples.add_tapped(name, screen, taps);
    }
    samples.helped();
    samples.ends();
    samples.list
}

/// The header of the samples.
#[must_use]
pub fn header(language: Language) -> Header {
    senim_ui_model::samples::header(language)
}

/// What lies under the button of help.
#[must_use]
pub fn help(language: Language) -> Help {
    senim_ui_model::samples::help(language)
}

/// The product of the samples.
#[must_use]
pub fn product() -> Product {
    Product {
        id: "cash".to_owned(),
        names: ByLanguage {
            kk: "Қолма-қол".to_owned(), ru: "Наличными".to_owned(), en: "Cash".to_owned()
        },
        rate: Rate::Annual("36".parse().unwrap_or_default()),
        min_principal_tiyn: tenge(20_000),
        max_principal_tiyn: tenge(300_000),
        step_tiyn: tenge(1_000),
        terms: OfferedTerms::Months(vec![3, 6, 9, 12, 18, 24]),
        methods: vec![Method::Annuity, Method::Differentiated],
        own_method: None,
        time_base: TimeBase::Thirty360,
        due_dates: DueDateRule::Keep,
        month_end: MonthEnd::Clamp,
        inclusive_end: false,
        purpose: Purpose::Consumer,
        secured: false,
        client_types: [ClientType::Individual].into(),
        payout_methods: [PayoutMethod::Cash].into(),
    }
}

fn tenge(tenge: u64) -> Tiyn {
    Tiyn::from_tenge(tenge).unwrap_or_default()
}

fn day() -> Date {
    Date::constant(2026, 3, 2)
}

fn drafts(months: u16) -> Vec<DraftView> {
    live::drafts(&product(), &WEEKENDS_ONLY, tenge(150_000), Term::Months(months), day()).unwrap_or_default()
}

struct Samples {
    language: Language,
    list: Vec<Sample>,
}

impl Samples {
    fn add(&mut self, name: &str, screen: Screen) {
        self.add_tapped(name, screen, &[]);
    }

    fn add_tapped(&mut self, name: &str, screen: Screen, taps: &[&'static str]) {
        let view = View {
            language: self.language,
            header: header(self.language),
            help: help(self.language),
            screen,
            still_there_seconds: None,
            rig: true,
            step: 0,
        };
        let name = format!("{:03}-{name}", self.list.len() + 1);
        self.list.push(Sample { name, view, taps: taps.to_vec() });
    }

    fn pick<'a>(&self, kk: &'a str, ru: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Kk => kk,
            Language::Ru => ru,
            Language::En => en,
        }
    }

    fn entry(&mut self) {
        self.add(
            "out-of-service",
            Screen::OutOfService { reasons: vec!["noRulePack".to_owned(), "noSealKey".to_owned()] },
        );
        let everything = Welcome { repayment: true, registration: true, ..Welcome::default() };
        let code = |code: &str| Some(code.to_owned());
        let only_pays = |no_loan: &str| Welcome { no_loan: code(no_loan), ..everything.clone() };
        for (name, welcome) in [
            ("welcome", everything.clone()),
            ("welcome-loans", Welcome::default()),
            ("welcome-without-notes", Welcome { without_notes: code("noCash"), ..everything.clone() }),
            ("welcome-offline", only_pays("offline")),
            ("welcome-noCash", only_pays("noCash")),
            (
                "welcome-other",
                Welcome { unavailable: code("other"), no_loan: code("other"), ..Welcome::default() },
            ),
        ] {
            self.add(name, Screen::Welcome(welcome));
        }
        self.add_tapped("enter-iin", Screen::EnterIin(EnterIin { error: None }), &TYPE_IIN);
        self.add("enter-iin-invalid", Screen::EnterIin(EnterIin { error: Some(InputError::IinInvalid) }));
        let code = |seconds_left, error| {
            let phone_masked = Secret::new("+7 7** *** ** 67".to_owned());
            Screen::EnterCode(EnterCode { phone_masked, digits: 6, seconds_left, tries_left: 2, error })
        };
        self.add_tapped("enter-code", code(97, None), &["digit-1", "digit-2", "digit-3"]);
        self.add("enter-code-wrong", code(61, Some(InputError::CodeWrong)));
        self.add("enter-code-expired", code(0, Some(InputError::CodeExpired)));
        for (wait, name) in WAITS {
            self.add(&format!("waiting-{name}"), Screen::Waiting(wait));
        }
    }

    fn terms(&mut self) {
        let about_login = menu::LAST_LOGIN.with(self.language, "28.02.2026 18:40");
        let offer = |product| Offer {
            greeting: Secret::new("Айгүл Серікқызы".to_owned()),
            about_login: about_login.clone(),
            product,
            payable: (20..=300).map(|thousand| tenge(thousand * 1000)).collect(),
            calendar: WEEKENDS_ONLY.clone(),
            issued: day(),
        };
        self.add_tapped("amount", Screen::Amount(offer(product())), &["amount-slider", "term-12"]);
        let single =
            Product { methods: vec![Method::Single], terms: OfferedTerms::Months(vec![1]), ..product() };
        self.add("amount-one-method", Screen::Amount(offer(single)));
        let days = Product {
            methods: vec![Method::Single],
            rate: Rate::Daily("0.28".parse().unwrap_or_default()),
            terms: OfferedTerms::Days(vec![10, 15, 20, 30, 45]),
            time_base: TimeBase::Actual365,
            ..product()
        };
        self.add("amount-days", Screen::Amount(offer(days)));
        let many = Product {
            methods: vec![Method::Annuity, Method::Differentiated, Method::Single],
            terms: OfferedTerms::Months(vec![1, 3, 6, 9, 12, 18, 24, 36]),
            ..product()
        };
        self.add_tapped(
            "amount-three-methods",
            Screen::Amount(offer(many.clone())),
            &["amount-slider", "term-24"],
        );
        self.add("schedules", Screen::Schedules { drafts: drafts(12) });
        self.add_tapped("schedules-chosen", Screen::Schedules { drafts: drafts(12) }, &["choose-1"]);
        self.add_tapped(
            "schedules-table",
            Screen::Schedules { drafts: drafts(24) },
            &["table-0", "page-down"],
        );
        let three =
            live::drafts(&many, &WEEKENDS_ONLY, tenge(150_000), Term::Months(12), day()).unwrap_or_default();
        self.add("schedules-three", Screen::Schedules { drafts: three });
        let one = Product { methods: vec![Method::Single], ..many };
        let one =
            live::drafts(&one, &WEEKENDS_ONLY, tenge(150_000), Term::Months(1), day()).unwrap_or_default();
        self.add("schedules-one", Screen::Schedules { drafts: one });
        let contract =
            Contract { kept: None, pdf: self.pdf(), key_terms: self.key_terms(), paragraphs: self.secrets() };
        let name = texts::cabinet::CONTRACT.with(self.language, "20260 30200 01235");
        let kept = Contract { kept: Some(Secret::new(name)), ..contract.clone() };
        self.add("contract-kept", Screen::Contract(kept));
        let contract = Screen::Contract(contract);
        self.add("contract", contract.clone());
        self.add_tapped("contract-end", contract.clone(), &["page-down"; 12]);
        self.add_tapped("contract-turned", contract, &["secondary"]);
    }

    fn camera_and_payout(&mut self) {
        for (instruction, name) in INSTRUCTIONS {
            let advice = match instruction {
                Instruction::Poor(told) => texts::portrait::line(told).get(self.language).to_owned(),
                Instruction::StandStill | Instruction::Hold | Instruction::NoMatch => String::new(),
            };
            self.add(
                &format!("camera-{name}"),
                Screen::Camera(Camera { instruction, advice, attempts_left: 2 }),
            );
        }
        let key_terms = self.key_terms();
        self.add("agree", Screen::Agree { key_terms });
        self.add("ready-to-pay", Screen::ReadyToPay { amount: format::money(tenge(150_000)) });
        for (phase, name) in [
            (PayoutPhase::Preparing, "preparing"),
            (PayoutPhase::Dispensing, "dispensing"),
            (PayoutPhase::Taking, "taking"),
            (PayoutPhase::Retracting, "retracting"),
            (PayoutPhase::Checking, "checking"),
        ] {
            let (amount, portion) = (format::money(tenge(150_000)), format::money(tenge(100_000)));
            let payout = Payout { amount, portion, bundle: 1, of: 2, phase };
            self.add(&format!("payout-{name}"), Screen::Payout(payout));
        }
        let question = Screen::Camera(Camera {
            instruction: Instruction::StandStill,
            advice: String::new(),
            attempts_left: 1,
        });
        self.add("still-there", question);
        if let Some(last) = self.list.last_mut() {
            last.view.still_there_seconds = Some(14);
        }
    }

    fn receipts(&mut self) {
        let notes: Vec<Row> = [(7, 20_000, 140_000), (2, 5_000, 10_000)]
            .map(|(count, face, worth)| Row {
                label: format::notes(count, face),
                value: format::money(tenge(worth)).0,
            })
            .into();
        let first = format!("{} 02.04.2026", label(KeyTerm::FirstPayment, self.language));
        let full = Receipt {
            requested: format::money(tenge(150_000)),
            paid: format::money(tenge(150_000)),
            complete: true,
            uncertain: false,
            notes: notes.clone(),
            first_payment: Some(Row {
                label: first,
                value: format::money(Tiyn::new(1_506_931).unwrap_or_default()).0,
            }),
            reference: "4A7C-19E2".to_owned(),
            printed: Some(true),
        };
        self.add("receipt", Screen::Receipt(full.clone()));
        self.add("receipt-printing", Screen::Receipt(Receipt { printed: None, ..full.clone() }));
        let less = format::money(tenge(140_000));
        let short = Receipt {
            paid: less,
            complete: false,
            notes: notes.into_iter().take(1).collect(),
            printed: Some(false),
            first_payment: None,
            ..full
        };
        self.add("receipt-short", Screen::Receipt(short.clone()));
        self.add(
            "receipt-uncertain",
            Screen::Receipt(Receipt { uncertain: true, printed: Some(true), ..short }),
        );
    }

    fn forms(&mut self) {
        let language = self.language;
        let menu = [
            ("loan", menu::LOAN, menu::LOAN_DETAIL),
            ("information", menu::INFORMATION, menu::INFORMATION_DETAIL),
        ]
        .map(|(id, label, detail)| Choosable::new(id, label.get(language)).with(detail.get(language)));
        let choice = |options: Vec<Choosable>| {
            Screen::Choice(Choice {
                name: "menu",
                title: menu::WHAT_FOR.get(language).to_owned(),
                options,
                cancel: true,
                ..Choice::default()
            })
        };
        let [loan, information] = menu.clone();
        self.add("choice-two", choice(vec![loan.not_now(menu::OFFLINE.get(language)), information]));
        let eight: Vec<Choosable> = menu
            .iter()
            .cycle()
            .take(8)
            .enumerate()
            .map(|(place, option)| Choosable {
                id: format!("{place}"),
                label: Secret::new(format!("{}. {}", place.saturating_add(1), option.label.expose())),
                ..option.clone()
            })
            .collect();
        self.add_tapped("choice-eight", choice(eight), &["page-down"]);
        let paragraphs = self.secrets();
        let facts = self.key_terms().into_iter().map(|row| Fact::new(&row.label, row.value)).collect();
        let read = Notice {
            name: "information",
            title: menu::WHO_WE_ARE.get(language).to_owned(),
            paragraphs: paragraphs.clone(),
            facts,
            primary: Some(menu::BACK_TO_MENU.get(language).to_owned()),
            back: true,
            cancel: true,
            ..Notice::default()
        };
        self.add("notice-long", Screen::Notice(read.clone()));
        let few: Vec<Secret> = paragraphs.into_iter().take(1).collect();
        let two = self.pick("Келісемін|Бас тартамын", "Даю согласие|Отказываюсь", "I agree|I refuse");
        let (agree, refuse) = two.split_once('|').unwrap_or_default();
        self.add(
            "notice-equal",
            Screen::Notice(Notice {
                paragraphs: few.clone(),
                facts: Vec::new(),
                primary: Some(agree.to_owned()),
                secondary: Some(refuse.to_owned()),
                equal: true,
                tone: Tone::Warn,
                back: false,
                ..read.clone()
            }),
        );
        self.add(
            "notice-qr",
            Screen::Notice(Notice {
                paragraphs: few,
                facts: Vec::new(),
                qr: Some(Secret::new("mobileSign:https://mgovsign.kz/api/7f0a5a5e-sample".to_owned())),
                seconds_left: Some(170),
                busy: true,
                primary: None,
                ..read
            }),
        );
        for (name, keyboard, grouping, most, masked) in [
            ("digits", Keyboard::Digits, Grouping::Phone, 10, false),
            ("masked", Keyboard::Digits, Grouping::None, 6, true),
            ("latin", Keyboard::Latin, Grouping::Fours, 20, false),
            ("cyrillic", Keyboard::Cyrillic, Grouping::None, 40, false),
        ] {
            let taps: &[&'static str] = match keyboard {
                Keyboard::Digits => &["digit-7", "digit-0", "digit-1", "digit-4"],
                Keyboard::Latin => &["letter-K", "letter-Z", "letter-8", "letter-6", "letter-1"],
                Keyboard::Cyrillic | Keyboard::Text => &["letter-Ә", "letter-Й", "letter-Г", "letter-Е"],
            };
            let entry = Entry {
                name: "sample",
                title: self.pick("Енгізіңіз", "Введите", "Enter").to_owned(),
                keyboard,
                grouping,
                masked,
                least: 4,
                most,
                back: true,
                cancel: true,
                ..Entry::default()
            };
            self.add_tapped(&format!("entry-{name}"), Screen::Entry(entry), taps);
        }
    }

    /// What registration, signing and repayment show, by the model's own hand.
    /// Help over a screen with something typed into it.
    fn helped(&mut self) {
        let taps: Vec<&'static str> = TYPE_IIN.into_iter().chain(["help"]).collect();
        self.add_tapped("help", Screen::EnterIin(EnterIin { error: None }), &taps);
    }

    fn stages(&mut self) {
        for (name, screen) in senim_ui_model::samples::all(self.language) {
            self.add(&name, screen);
        }
    }

    fn ends(&mut self) {
        for (kind, name) in ENDS {
            let reference = "4A7C-19E2".to_owned();
            self.add(&format!("end-{name}"), Screen::End { kind, reference, least_age: 18 });
        }
    }

    fn key_terms(&self) -> Vec<Row> {
        let draft = drafts(12).into_iter().next();
        let money = |of: fn(&DraftView) -> &Money| {
            draft.as_ref().map(|draft| of(draft).0.clone()).unwrap_or_default()
        };
        let rate =
            |of: fn(&DraftView) -> &String| draft.as_ref().map(|draft| of(draft).clone()).unwrap_or_default();
        let payment = |on: &str, of: fn(&DraftView) -> &Money| format!("{on} · {}", money(of));
        [
            (KeyTerm::Amount, format::money_in_full(tenge(150_000)).0),
            (KeyTerm::Overpayment, money(|draft| &draft.overpayment)),
            (KeyTerm::Total, money(|draft| &draft.total)),
            (KeyTerm::AnnualRate, rate(|draft| &draft.rate)),
            (KeyTerm::Gesv, rate(|draft| &draft.gesv)),
            (KeyTerm::Term, format::months(12, self.language)),
            (KeyTerm::Method, format::method(Method::Annuity, self.language).to_owned()),
            (KeyTerm::FirstPayment, payment("02.04.2026", |draft| &draft.first)),
            (KeyTerm::LastPayment, payment("02.03.2027", |draft| &draft.last)),
        ]
        .map(|(term, value)| Row { label: label(term, self.language).to_owned(), value })
        .into()
    }

    fn secrets(&self) -> Vec<Secret> {
        self.paragraphs().into_iter().map(Secret::new).collect()
    }

    /// A contract of two pages.
    fn pdf(&self) -> SecretBytes {
        let terms = self
            .key_terms()
            .into_iter()
            .map(|row| senim_document::Term { label: row.label, value: row.value, strong: false })
            .collect();
        let section = Section {
            language: self.language,
            title: self.pick("Шарт", "Договор", "Contract").to_owned(),
            terms,
            paragraphs: self.paragraphs(),
            table: None,
        };
        let paper = Paper {
            kind: Kind::Contract,
            number: "202603020001235".to_owned(),
            date: "2026-03-02".to_owned(),
            sections: vec![section],
            figures: None,
        };
        senim_document::write(&paper).unwrap_or_default()
    }

    fn paragraphs(&self) -> Vec<String> {
        let text = self.pick(
            "Микроқаржы ұйымы қарыз алушыға шартта көрсетілген мөлшерде микрокредит береді, ал қарыз алушы оны \
             кестеге сәйкес қайтарып, сыйақы төлеуге міндеттенеді. Қарыз алушы микрокредитті мерзімінен бұрын, \
             айыппұлсыз толық немесе ішінара өтеуге құқылы.",
            "Микрофинансовая организация предоставляет заёмщику микрокредит в указанной в договоре сумме, а заёмщик \
             обязуется вернуть его по графику и уплатить вознаграждение. Заёмщик вправе погасить микрокредит досрочно, \
             полностью или частично, без штрафа.",
            "The microfinance organisation gives the borrower a microcredit of the amount stated in the contract, and \
             the borrower undertakes to return it by the schedule and to pay interest. The borrower may repay early, \
             in whole or in part, without penalty.",
        );
        (1..=9).map(|number| format!("{number}. {text}")).collect()
    }
}
