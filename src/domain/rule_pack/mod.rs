//! The rule pack: what the MFO may change without new firmware — limits, rates, products, delays, texts.
//!
//! Decides the shape of the pack, whether one makes sense as a whole, and whether it is in force at a moment. Who signed
//! it and whether it is newer than the stored one is decided by `operation` and `runtime`. Every number that stands in
//! the law comes from here and nowhere else (regulation 0.4, B0).

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::business_days::{BusinessCalendar, Day};
use crate::calendar::local_date;
use crate::contract_text::validate_contract;
use crate::debt::DebtPart;
use crate::language::Language;
use crate::money::Tiyn;
use crate::penalty::PenaltyRules;
use crate::phone::MobileCode;
use crate::quote::Limits;
use crate::time::UtcMillis;

mod changes;
mod consent;
mod leak;
mod limits;
mod liveness;
mod money;
mod people;
mod product;
mod service;
mod staff;
mod texts;

pub use changes::ChangeRules;
pub use consent::{AccessAgreement, AccessRules, Answer, Consent, ConsentKind, Question};
pub use leak::{FurtherStep, LeakRules};
pub use limits::{CapRule, Caps, CoolingOff, Deadlines, DebtBurden, ShortCap, YearlyMrp};
pub use liveness::{LivenessRules, ProvenBy};
pub use money::{AcceptedNote, EarlyRepayment, Overpayment, PayoutRules, RepaymentRules};
pub use people::{LoginRules, OtpRules, PinRules, PortraitRules, SessionTimes};
pub use product::{OfferedTerms, OwnMethod, OwnTable, Product};
pub use service::{AccessMethod, ClientType, PayoutMethod, Purpose, Service};
pub use staff::{StaffCard, StaffRole, StaffRules};
pub use texts::{Mfo, TextId, Texts};

/// One thing in each language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByLanguage<T> {
    /// Kazakh.
    pub kk: T,
    /// Russian.
    pub ru: T,
    /// English.
    pub en: T,
}

impl<T> ByLanguage<T> {
    /// The one in `language`.
    #[must_use]
    pub const fn get(&self, language: Language) -> &T {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// Everything the MFO decides for its terminals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// Rises with each pack of an MFO, from 1, below 2^53.
    pub version: u64,
    /// First moment of its force.
    pub effective_from: UtcMillis,
    /// First moment when it is no longer in force.
    pub expires: UtcMillis,
    /// Oldest firmware that may lend with it, as `major.minor.patch`; older firmware informs and takes repayments.
    pub minimum_firmware: String,
    /// Services in the MFO's notice to the regulator; what is not here is not offered.
    pub allowed_operations: BTreeSet<Service>,
    /// Day of the notice that names these services.
    pub notified: Day,
    /// Days off and days worked.
    pub calendar: BusinessCalendar,
    /// Monthly calculation index by year, rising.
    pub mrp: Vec<YearlyMrp>,
    /// Statutory limits of cost and amount.
    pub caps: Caps,
    /// When a contract has to rest before payout (B6).
    pub cooling_off: CoolingOff,
    /// How much of the income may go into debt (B5).
    pub debt_burden: DebtBurden,
    /// What a late payment costs.
    pub penalty: PenaltyRules,
    /// What a payment goes to, first to last (B3.5).
    pub allocation: Vec<DebtPart>,
    /// Paying back before the time.
    pub early_repayment: EarlyRepayment,
    /// Delays in business days.
    pub deadlines: Deadlines,
    /// What can be borrowed.
    pub products: Vec<Product>,
    /// Youngest borrower in full years.
    pub min_age: u8,
    /// First three digits of the mobile numbers that codes may be sent to (B10).
    pub mobile_codes: BTreeSet<MobileCode>,
    /// Time given to people at the terminal.
    pub session: SessionTimes,
    /// One-time codes.
    pub otp: OtpRules,
    /// Locks of the cabinet's login, and its PIN.
    pub login: LoginRules,
    /// What a portrait must be like before it is sent.
    pub portrait: PortraitRules,
    /// What shows that somebody living is before the camera; a pack of before asks for nothing.
    #[serde(default)]
    pub liveness: LivenessRules,
    /// Payout.
    pub payout: PayoutRules,
    /// Repayment in cash.
    pub repayment: RepaymentRules,
    /// Access to state data.
    pub access: AccessRules,
    /// What is done before an operation of a client whose data leaked; a pack of before has none of the MFO's own steps.
    #[serde(default)]
    pub leak: LeakRules,
    /// What people consent to, one entry of each kind.
    pub consents: Vec<Consent>,
    /// Questions of due diligence.
    pub aml: Vec<Question>,
    /// Who lends.
    pub mfo: Mfo,
    /// What is said at the terminal.
    pub texts: Texts,
    /// Paragraphs of the contract with `{placeholders}` of [`crate::contract_text::PLACEHOLDERS`].
    pub contract: ByLanguage<Vec<String>>,
    /// How contracts are changed; absent: not at terminals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeRules>,
    /// Service cards of the MFO's staff; absent: no service mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffRules>,
}

/// Why a rule pack or a use of it is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulePackError {
    /// A value that makes no sense.
    #[error("rule pack: {field}: {why}")]
    Bad {
        /// Path of the field.
        field: String,
        /// What is expected.
        why: &'static str,
    },
    /// A contract text asks for something that nobody fills in.
    #[error("contract text: {{{0}}} is not a known placeholder or its brace is not closed")]
    UnknownPlaceholder(String),
    /// A contract text without something that the borrower must be told.
    #[error("contract text in {language}: {{{placeholder}}} is missing")]
    MissingPlaceholder {
        /// Language code.
        language: &'static str,
        /// Name without braces.
        placeholder: &'static str,
    },
    /// No value was given for a placeholder.
    #[error("contract text: no value for {{{0}}}")]
    NoValue(String),
}

impl RulePack {
    /// Whether the pack is in force at `now`.
    #[must_use]
    pub fn in_force(&self, now: UtcMillis) -> bool {
        self.effective_from <= now && now < self.expires
    }

    /// The product of that name.
    #[must_use]
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// Whether the service may be offered.
    #[must_use]
    pub fn allows(&self, service: Service) -> bool {
        self.allowed_operations.contains(&service)
    }

    /// Ways in which a product may be paid out: the product's, as far as the MFO works with them and has notified them.
    #[must_use]
    pub fn payout_methods(&self, product: &Product) -> BTreeSet<PayoutMethod> {
        let both = product.payout_methods.intersection(&self.payout.methods);
        both.copied().filter(|method| self.allows(method.service())).collect()
    }

    /// The entry of the consent directory for a kind.
    #[must_use]
    pub fn consent(&self, kind: ConsentKind) -> Option<&Consent> {
        self.consents.iter().find(|consent| consent.kind == kind)
    }

    /// The monthly calculation index of the year of a date. A year that the pack does not name has the index of the
    /// last year before it: the index rises, so limits are rather too low; zero before the first year.
    #[must_use]
    pub fn mrp_on(&self, date: Date) -> Tiyn {
        let known = self.mrp.iter().rev().find(|year| year.year <= date.year());
        known.map_or(Tiyn::ZERO, |year| year.mrp_tiyn)
    }

    /// So many MRP of a date in money; [`Tiyn::MAX`] past what money can hold.
    #[must_use]
    pub fn mrp_times(&self, count: u32, date: Date) -> Tiyn {
        self.mrp_on(date).times(u64::from(count)).unwrap_or(Tiyn::MAX)
    }

    /// The limits that a microcredit of this product is judged by when its contract is of `date`.
    #[must_use]
    pub fn limits(&self, product: &Product, date: Date) -> Limits<'_> {
        Limits {
            caps: &self.caps,
            mrp: self.mrp_on(date),
            purpose: product.purpose,
            secured: product.secured,
        }
    }

    /// Hours that must pass between contract and payout when one day's loans together are `amount`; `None`: at once.
    /// `date` is the day of the contract. A product that the pack no longer has counts as unsecured and for consumers.
    #[must_use]
    pub fn cooling_off_hours(
        &self,
        amount: Tiyn,
        date: Date,
        product: &str,
        payout: PayoutMethod,
    ) -> Option<u16> {
        let (purpose, secured) =
            self.product(product).map_or((Purpose::Consumer, false), |known| (known.purpose, known.secured));
        let rests = self.cooling_off.concerns(purpose, secured, payout)
            && amount > self.mrp_times(self.cooling_off.above_mrp, date);
        rests.then_some(self.cooling_off.hours)
    }

    /// Whether firmware `version` (`major.minor.patch`) may lend with this pack.
    #[must_use]
    pub fn supports_firmware(&self, version: &str) -> bool {
        match (firmware_version(version), firmware_version(&self.minimum_firmware)) {
            (Some(has), Some(needs)) => has >= needs,
            (None, _) | (_, None) => false,
        }
    }

    /// First day on which a change notified on `notice` may take effect; `None` past the calendar.
    #[must_use]
    pub fn earliest_after_notice(&self, notice: Date) -> Option<Date> {
        self.calendar.after_business_days(notice, self.deadlines.notice)
    }

    /// Checks the pack as a whole; a pack that fails is neither signed nor used.
    ///
    /// # Errors
    /// The first [`RulePackError`] found.
    pub fn validate(&self) -> Result<(), RulePackError> {
        need((1..1 << 53).contains(&self.version), "version", "is 1 or more and below 2^53")?;
        need(self.effective_from < self.expires, "expires", "lies after effective_from")?;
        need(firmware_version(&self.minimum_firmware).is_some(), "minimum_firmware", "is major.minor.patch")?;
        need(
            self.calendar.is_consistent(),
            "calendar",
            "has no day both off and worked, and works weekends only",
        )?;
        limits::validate_mrp(&self.mrp)?;
        let begins = local_date(self.effective_from);
        let covered = begins.is_some_and(|begins| self.mrp_on(begins) > Tiyn::ZERO);
        need(covered, "mrp", "has the year of effective_from or one before it")?;
        self.caps.validate()?;
        self.debt_burden.validate()?;
        self.deadlines.validate()?;
        let earliest = self.earliest_after_notice(self.notified.0);
        let noticed = earliest.is_some_and(|earliest| begins.is_some_and(|begins| earliest <= begins));
        need(
            noticed,
            "notified",
            "lies deadlines.notice business days or more before effective_from (R-015)",
        )?;
        money::validate_allocation(&self.allocation)?;
        self.early_repayment.validate()?;
        need((18..=100).contains(&self.min_age), "min_age", "is 18 to 100")?;
        need(!self.mobile_codes.is_empty(), "mobile_codes", "has at least one")?;
        self.session.validate()?;
        self.otp.validate()?;
        self.login.validate()?;
        self.portrait.validate()?;
        self.liveness.validate()?;
        self.payout.validate()?;
        self.repayment.validate()?;
        self.access.validate()?;
        self.leak.validate()?;
        consent::validate_consents(&self.consents)?;
        consent::validate_questions(&self.aml)?;
        self.validate_products(begins)?;
        self.mfo.validate()?;
        self.texts.validate()?;
        need(
            paragraphs_filled(&self.contract),
            "contract",
            "has paragraphs in every language and no empty one",
        )?;
        Language::ALL
            .iter()
            .try_for_each(|language| validate_contract(*language, self.contract.get(*language)))?;
        self.changes.as_ref().map_or(Ok(()), ChangeRules::validate)?;
        self.staff.as_ref().map_or(Ok(()), StaffRules::validate)
    }

    fn validate_products(&self, begins: Option<Date>) -> Result<(), RulePackError> {
        need(!self.products.is_empty(), "products", "has at least one product")?;
        let ids: BTreeSet<&str> = self.products.iter().map(|product| product.id.as_str()).collect();
        need(ids.len() == self.products.len(), "products", "has each id once")?;
        let largest = begins.map_or(Tiyn::ZERO, |begins| self.mrp_times(self.caps.max_principal_mrp, begins));
        let longest = self.caps.max_unsecured_consumer_months;
        self.products.iter().try_for_each(|product| product.validate(largest, longest))
    }
}

pub(crate) fn need(holds: bool, field: &str, why: &'static str) -> Result<(), RulePackError> {
    if holds { Ok(()) } else { Err(RulePackError::Bad { field: field.to_owned(), why }) }
}

/// Whether a text says something in every language.
fn filled(text: &ByLanguage<String>) -> bool {
    Language::ALL.iter().all(|language| !text.get(*language).trim().is_empty())
}

/// Whether there are paragraphs in every language, and none is empty.
fn paragraphs_filled(paragraphs: &ByLanguage<Vec<String>>) -> bool {
    Language::ALL.iter().all(|language| {
        let list = paragraphs.get(*language);
        !list.is_empty() && list.iter().all(|text| !text.trim().is_empty())
    })
}

/// Whether a text is a stable name: 1 to 32 of `a-z 0-9 -`.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(plain)
}

fn firmware_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok().filter(|n| n.to_string() == part));
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}
