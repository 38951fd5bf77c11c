//! The rule pack: what the MFO may change without new firmware — limits, rates, products, delays, texts.
//!
//! Decides the shape of the pack, whether one makes sense as a whole, and whether it is in force at a moment. Who signed
//! it and whether it is newer than the stored one is decided by `operation` and `runtime`. Every number that stands in
//! the law comes from here and nowhere else (regulation 0.4, B0).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contract_text::validate_contract;
use crate::language::Language;
use crate::loan::{MAX_MONTHS, Method};
use crate::money::Tiyn;
use crate::penalty::PenaltyRules;
use crate::rate::{AnnualRate, DailyRate};
use crate::time::UtcMillis;

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
    /// Oldest firmware that may work with it, as `major.minor.patch`.
    pub minimum_firmware: String,
    /// Services in the MFO's notice to the regulator; what is not here is not offered.
    pub allowed_operations: BTreeSet<Service>,
    /// Monthly calculation index of the year.
    pub mrp_tiyn: Tiyn,
    /// Statutory limits of cost and amount.
    pub caps: Caps,
    /// When a contract has to rest before payout (B6).
    pub cooling_off: CoolingOff,
    /// What a late payment costs.
    pub penalty: PenaltyRules,
    /// What can be borrowed.
    pub products: Vec<Product>,
    /// Youngest borrower in full years.
    pub min_age: u8,
    /// Time given to people at the terminal.
    pub session: SessionTimes,
    /// One-time codes.
    pub otp: OtpRules,
    /// What a portrait must be like before it is sent.
    pub portrait: PortraitRules,
    /// Payout in cash.
    pub payout: PayoutRules,
    /// Who lends.
    pub mfo: Mfo,
    /// Notices shown at the terminal.
    pub texts: Texts,
    /// Paragraphs of the contract with `{placeholders}` of [`crate::contract_text::PLACEHOLDERS`].
    pub contract: ByLanguage<Vec<String>>,
}

/// A service of a terminal that an MFO notifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Applying for a microcredit, contract, payout in banknotes.
    CashLoan,
}

/// Statutory limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// How GESV is compared with its limit.
    pub rule: CapRule,
    /// Largest microcredit in MRP.
    pub max_principal_mrp: u32,
    /// Largest GESV of an ordinary microcredit.
    pub ordinary_gesv_percent: AnnualRate,
    /// Limits of the short small microcredit.
    pub short: ShortCap,
}

/// How GESV is compared with its limit; the law does not say which (B1, B22.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapRule {
    /// The unrounded value: 46.0346 is above 46.
    Strict,
    /// The value as shown, in tenths: 46.0346 passes as 46.0.
    Rounded,
}

/// What makes a microcredit short, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortCap {
    /// Longest term in calendar days.
    pub days: u32,
    /// Largest amount in MRP.
    pub mrp_count: u32,
    /// The daily rate must be below this, not equal.
    pub daily_rate_below_percent: DailyRate,
    /// Largest GESV.
    pub gesv_percent: AnnualRate,
}

/// When a contract has to rest before payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoolingOff {
    /// Above this many MRP, to the tiyn.
    pub above_mrp: u32,
    /// Hours from conclusion of the contract.
    pub hours: u16,
}

/// Something that can be borrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Stable name, `a-z 0-9 -`, 1 to 32 characters.
    pub id: String,
    /// Name for people.
    pub names: ByLanguage<String>,
    /// Nominal rate a year.
    pub annual_rate_percent: AnnualRate,
    /// Smallest amount.
    pub min_principal_tiyn: Tiyn,
    /// Largest amount.
    pub max_principal_tiyn: Tiyn,
    /// Amounts are multiples of this, whole hundreds of tenge.
    pub step_tiyn: Tiyn,
    /// Terms offered, rising.
    pub months: Vec<u16>,
    /// Methods offered side by side.
    pub methods: Vec<Method>,
}

/// Time given to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTimes {
    /// On a screen that asks for something, until the warning.
    pub input_seconds: u32,
    /// On a screen with text to read, until the warning.
    pub reading_seconds: u32,
    /// From the warning to the end of the session.
    pub warning_seconds: u32,
    /// Waiting for an answer of the MFO before the session ends politely.
    pub answer_seconds: u32,
    /// The last screen stays this long.
    pub farewell_seconds: u32,
}

/// One-time codes (B21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtpRules {
    /// Length, 4 to 10.
    pub digits: u8,
    /// Life of a code.
    pub life_seconds: u32,
    /// Wrong entries before the code is dead.
    pub tries: u8,
    /// Codes sent in one session.
    pub sends_per_session: u8,
    /// Codes sent to one number in a day.
    pub sends_per_day: u8,
}

/// What a portrait must be like; design values, not law (B14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortraitRules {
    /// Smallest width of the frame in pixels.
    pub min_width_px: u32,
    /// Smallest height of the frame in pixels.
    pub min_height_px: u32,
    /// Darkest permitted mean luma, 0 to 255.
    pub min_mean_luma: u8,
    /// Brightest permitted mean luma, 0 to 255.
    pub max_mean_luma: u8,
    /// Smallest standard deviation of luma: below it the frame is blank or covered.
    pub min_luma_deviation: u8,
    /// Smallest variance of the Laplacian of luma: below it the frame is blurred.
    pub min_sharpness: u32,
    /// Attempts before the session ends politely.
    pub tries: u8,
    /// How long a comparison counts as fresh.
    pub life_seconds: u32,
}

/// Payout in cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutRules {
    /// Life of an authorisation on the terminal's monotonic clock.
    pub authorisation_life_seconds: u32,
    /// Largest sum paid in one visit.
    pub max_amount_tiyn: Tiyn,
}

/// Who lends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mfo {
    /// Name.
    pub name: ByLanguage<String>,
    /// Licence: number and date.
    pub licence: ByLanguage<String>,
    /// Address.
    pub address: ByLanguage<String>,
    /// Head: name and office.
    pub head: ByLanguage<String>,
    /// Telephones as they are dialled.
    pub phones: Vec<String>,
    /// E-mail address.
    pub email: String,
}

/// Notices shown at the terminal, in paragraphs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Rights and duties that come with a microcredit.
    pub rights: ByLanguage<Vec<String>>,
    /// How to stay safe from fraud and prying eyes.
    pub hygiene: ByLanguage<Vec<String>>,
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

    /// So many MRP in money; [`Tiyn::MAX`] past what money can hold.
    #[must_use]
    pub fn mrp_times(&self, count: u32) -> Tiyn {
        self.mrp_tiyn.times(u64::from(count)).unwrap_or(Tiyn::MAX)
    }

    /// Hours that must pass between contract and payout when one day's loans together are `amount`; `None`: at once.
    #[must_use]
    pub fn cooling_off_hours(&self, amount: Tiyn) -> Option<u16> {
        (amount > self.mrp_times(self.cooling_off.above_mrp)).then_some(self.cooling_off.hours)
    }

    /// Whether firmware `version` (`major.minor.patch`) may work with this pack.
    #[must_use]
    pub fn supports_firmware(&self, version: &str) -> bool {
        match (firmware_version(version), firmware_version(&self.minimum_firmware)) {
            (Some(has), Some(needs)) => has >= needs,
            (None, _) | (_, None) => false,
        }
    }

    /// Checks the pack as a whole; a pack that fails is neither signed nor used.
    ///
    /// # Errors
    /// The first [`RulePackError`] found.
    pub fn validate(&self) -> Result<(), RulePackError> {
        need((1..1 << 53).contains(&self.version), "version", "is 1 or more and below 2^53")?;
        need(self.effective_from < self.expires, "expires", "lies after effective_from")?;
        need(firmware_version(&self.minimum_firmware).is_some(), "minimum_firmware", "is major.minor.patch")?;
        need(self.mrp_tiyn > Tiyn::ZERO, "mrp_tiyn", "is more than zero")?;
        need(self.caps.max_principal_mrp > 0, "caps.max_principal_mrp", "is more than zero")?;
        need((18..=100).contains(&self.min_age), "min_age", "is 18 to 100")?;
        self.validate_people_times()?;
        self.validate_portrait_and_payout()?;
        self.validate_products()?;
        self.validate_texts()
    }

    fn validate_people_times(&self) -> Result<(), RulePackError> {
        let times = &self.session;
        let all = [
            ("session.input_seconds", times.input_seconds),
            ("session.reading_seconds", times.reading_seconds),
            ("session.warning_seconds", times.warning_seconds),
            ("session.answer_seconds", times.answer_seconds),
            ("session.farewell_seconds", times.farewell_seconds),
        ];
        for (field, seconds) in all {
            need((5..=3600).contains(&seconds), field, "is 5 to 3600")?;
        }
        let otp = &self.otp;
        need((4..=10).contains(&otp.digits), "otp.digits", "is 4 to 10")?;
        need((30..=900).contains(&otp.life_seconds), "otp.life_seconds", "is 30 to 900")?;
        need((1..=10).contains(&otp.tries), "otp.tries", "is 1 to 10")?;
        need(otp.sends_per_session > 0, "otp.sends_per_session", "is more than zero")?;
        need(otp.sends_per_day >= otp.sends_per_session, "otp.sends_per_day", "is at least sends_per_session")
    }

    fn validate_portrait_and_payout(&self) -> Result<(), RulePackError> {
        let portrait = &self.portrait;
        need(portrait.min_width_px >= 160, "portrait.min_width_px", "is at least 160")?;
        need(portrait.min_height_px >= 120, "portrait.min_height_px", "is at least 120")?;
        need(
            portrait.min_mean_luma < portrait.max_mean_luma,
            "portrait.max_mean_luma",
            "is above min_mean_luma",
        )?;
        need((1..=10).contains(&portrait.tries), "portrait.tries", "is 1 to 10")?;
        need((30..=3600).contains(&portrait.life_seconds), "portrait.life_seconds", "is 30 to 3600")?;
        let life = self.payout.authorisation_life_seconds;
        need((10..=600).contains(&life), "payout.authorisation_life_seconds", "is 10 to 600")?;
        need(self.payout.max_amount_tiyn > Tiyn::ZERO, "payout.max_amount_tiyn", "is more than zero")
    }

    fn validate_products(&self) -> Result<(), RulePackError> {
        need(!self.products.is_empty(), "products", "has at least one product")?;
        let ids: BTreeSet<&str> = self.products.iter().map(|product| product.id.as_str()).collect();
        need(ids.len() == self.products.len(), "products", "has each id once")?;
        for product in &self.products {
            product.validate(self.mrp_times(self.caps.max_principal_mrp))?;
        }
        Ok(())
    }

    fn validate_texts(&self) -> Result<(), RulePackError> {
        let mfo = &self.mfo;
        for language in Language::ALL {
            for (field, text) in [
                ("mfo.name", mfo.name.get(language)),
                ("mfo.licence", mfo.licence.get(language)),
                ("mfo.address", mfo.address.get(language)),
                ("mfo.head", mfo.head.get(language)),
            ] {
                need(!text.trim().is_empty(), field, "is not empty in any language")?;
            }
            for (field, paragraphs) in [
                ("texts.rights", self.texts.rights.get(language)),
                ("texts.hygiene", self.texts.hygiene.get(language)),
                ("contract", self.contract.get(language)),
            ] {
                let full = !paragraphs.is_empty() && paragraphs.iter().all(|text| !text.trim().is_empty());
                need(full, field, "has paragraphs in every language and no empty one")?;
            }
            validate_contract(language, self.contract.get(language))?;
        }
        need(!mfo.phones.is_empty(), "mfo.phones", "has at least one number")?;
        need(mfo.email.contains('@'), "mfo.email", "is an e-mail address")
    }
}

impl Product {
    /// Whether this amount can be borrowed.
    #[must_use]
    pub fn offers_amount(&self, amount: Tiyn) -> bool {
        let stepped = amount.tiyn().checked_rem(self.step_tiyn.tiyn()) == Some(0);
        stepped && (self.min_principal_tiyn..=self.max_principal_tiyn).contains(&amount)
    }

    /// Whether this term can be chosen.
    #[must_use]
    pub fn offers_months(&self, months: u16) -> bool {
        self.months.contains(&months)
    }

    fn validate(&self, largest: Tiyn) -> Result<(), RulePackError> {
        let need = |holds: bool, field: &str, why| need(holds, &format!("products.{}.{field}", self.id), why);
        let id_fits = (1..=32).contains(&self.id.len())
            && self.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        need(id_fits, "id", "has 1 to 32 of a-z 0-9 -")?;
        for language in Language::ALL {
            need(!self.names.get(language).trim().is_empty(), "names", "is not empty in any language")?;
        }
        let step = self.step_tiyn.tiyn();
        need(step > 0 && step.is_multiple_of(10_000), "step_tiyn", "is a multiple of 100 tenge")?;
        need(self.min_principal_tiyn > Tiyn::ZERO, "min_principal_tiyn", "is more than zero")?;
        need(
            self.min_principal_tiyn <= self.max_principal_tiyn,
            "max_principal_tiyn",
            "is at least the minimum",
        )?;
        need(self.max_principal_tiyn <= largest, "max_principal_tiyn", "is within caps.max_principal_mrp")?;
        need(
            self.offers_amount(self.min_principal_tiyn),
            "min_principal_tiyn",
            "is a multiple of step_tiyn",
        )?;
        need(
            self.offers_amount(self.max_principal_tiyn),
            "max_principal_tiyn",
            "is a multiple of step_tiyn",
        )?;
        let rising = self.months.windows(2).all(|pair| pair.first() < pair.last());
        let fits = self.months.iter().all(|months| (1..=MAX_MONTHS).contains(months));
        need(!self.months.is_empty() && rising && fits, "months", "is a rising list of 1 to 120")?;
        let methods: BTreeSet<Method> = self.methods.iter().copied().collect();
        need(
            !methods.is_empty() && methods.len() == self.methods.len(),
            "methods",
            "has each method at most once",
        )?;
        let lone = self.months.iter().any(|months| *months >= 2)
            && !(methods.contains(&Method::Annuity) && methods.contains(&Method::Differentiated));
        need(!lone, "methods", "has annuity and differentiated when there are two payments or more (R-053)")
    }
}

fn need(holds: bool, field: &str, why: &'static str) -> Result<(), RulePackError> {
    if holds { Ok(()) } else { Err(RulePackError::Bad { field: field.to_owned(), why }) }
}

fn firmware_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok().filter(|n| n.to_string() == part));
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}
