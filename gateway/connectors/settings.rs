//! Where the services are, and the connectors that this makes. A service without an address is left out, and what
//! needs it is not offered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use senim_domain::Secret;
use senim_gateway_core::connectors::{Centre, Connectors, SigningOrganisation};
use senim_operation::signer::RamKey;
use senim_operation::trust::Trust;
use serde::Deserialize;

use super::trust::{CardsConfig, EdsConfig};
use super::{
    HttpAml, HttpAntiFraud, HttpBank, HttpCheckCall, HttpCore, HttpCreditBureau, HttpEntrepreneurs,
    HttpFaces, HttpIdentification, HttpMerchants, HttpNumberOwner, HttpPersonalData, HttpService, HttpSms,
    Organisation,
};

/// Where the services are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectorConfig {
    /// Core lending.
    pub core_url: String,
    /// Face matcher.
    pub match_url: String,
    /// SMS.
    pub sms_url: String,
    /// ЦОИД.
    #[serde(default)]
    pub coid_url: Option<String>,
    /// PEM file with the roots of the certificates by which ЦОИД signs its results; needed with its address.
    #[serde(default)]
    pub coid_roots_file: Option<PathBuf>,
    /// Common name of that certificate; needed with its address.
    #[serde(default)]
    pub coid_signer: Option<String>,
    /// Base of numbers of the e-government.
    #[serde(default)]
    pub numbers_url: Option<String>,
    /// The operators' own base of numbers, with the same interface; it is asked first.
    #[serde(default)]
    pub operators_url: Option<String>,
    /// Credit bureau.
    #[serde(default)]
    pub bureau_url: Option<String>,
    /// AML screening.
    #[serde(default)]
    pub aml_url: Option<String>,
    /// Anti-fraud centre.
    #[serde(default)]
    pub anti_fraud_url: Option<String>,
    /// Register of entrepreneurs.
    #[serde(default)]
    pub entrepreneurs_url: Option<String>,
    /// The MFO's bank.
    #[serde(default)]
    pub bank_url: Option<String>,
    /// Merchants.
    #[serde(default)]
    pub merchants_url: Option<String>,
    /// Check calls.
    #[serde(default)]
    pub calls_url: Option<String>,
    /// КДП.
    #[serde(default)]
    pub personal_data: Option<PersonalDataConfig>,
    /// Electronic signatures of clients.
    #[serde(default)]
    pub eds: Option<EdsConfig>,
    /// Cards that the MFO gives its clients.
    #[serde(default)]
    pub cards: Option<CardsConfig>,
    /// Longest wait for one answer in milliseconds, repetitions included, 100 to 20,000.
    #[serde(default = "five_seconds")]
    pub timeout_ms: u64,
    /// Most requests to one service in a second; 0: without a limit.
    #[serde(default = "hundred")]
    pub requests_per_second: u32,
}

/// КДП.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalDataConfig {
    /// Address, without the path of the service.
    pub url: String,
    /// Login of the information system.
    pub login: String,
    /// File with its password.
    pub password_file: PathBuf,
    /// File with its authentication token.
    pub token_file: PathBuf,
    /// BIN of the MFO.
    pub bin: String,
    /// File with the key of the organisation's EDS (P-256, PKCS#8, DER) under verification tokens; without it method 2 is
    /// not served.
    #[serde(default)]
    pub signing_key_file: Option<PathBuf>,
}

const fn five_seconds() -> u64 {
    5000
}

const fn hundred() -> u32 {
    100
}

impl ConnectorConfig {
    /// What makes no sense in it.
    #[must_use]
    pub fn senseless(&self) -> Option<&'static str> {
        let url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        let optional = |address: &Option<String>| address.as_deref().is_none_or(url);
        let rules = [
            ((100..=20_000).contains(&self.timeout_ms), "connectors.timeout_ms is 100 to 20000"),
            (url(&self.core_url), "connectors.core_url is an http or https address"),
            (url(&self.match_url), "connectors.match_url is an http or https address"),
            (url(&self.sms_url), "connectors.sms_url is an http or https address"),
            (optional(&self.coid_url), "connectors.coid_url is an http or https address"),
            (
                self.coid_url.is_none() || self.coid_roots_file.is_some() && self.coid_signer.is_some(),
                "connectors.coid_url needs coid_roots_file and coid_signer: results of the centre count by its signature",
            ),
            (optional(&self.numbers_url), "connectors.numbers_url is an http or https address"),
            (optional(&self.operators_url), "connectors.operators_url is an http or https address"),
            (optional(&self.bureau_url), "connectors.bureau_url is an http or https address"),
            (optional(&self.aml_url), "connectors.aml_url is an http or https address"),
            (optional(&self.anti_fraud_url), "connectors.anti_fraud_url is an http or https address"),
            (optional(&self.entrepreneurs_url), "connectors.entrepreneurs_url is an http or https address"),
            (optional(&self.bank_url), "connectors.bank_url is an http or https address"),
            (optional(&self.merchants_url), "connectors.merchants_url is an http or https address"),
            (optional(&self.calls_url), "connectors.calls_url is an http or https address"),
            (
                self.personal_data.as_ref().is_none_or(|kdp| url(&kdp.url)),
                "connectors.personal_data.url is an http or https address",
            ),
            (
                self.personal_data.as_ref().is_none_or(|kdp| {
                    kdp.bin.len() == 12 && kdp.bin.bytes().all(|digit| digit.is_ascii_digit())
                }),
                "connectors.personal_data.bin is 12 digits",
            ),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule);
        broken
            .or_else(|| self.eds.as_ref().and_then(EdsConfig::senseless))
            .or_else(|| self.cards.as_ref().and_then(CardsConfig::senseless))
    }

    /// Whether a service is spoken to without TLS, on whatever machine it is. Those whose answers are signed do not count.
    #[must_use]
    pub fn speaks_in_clear(&self) -> bool {
        let further = [
            &self.coid_url,
            &self.numbers_url,
            &self.operators_url,
            &self.bureau_url,
            &self.aml_url,
            &self.anti_fraud_url,
            &self.entrepreneurs_url,
            &self.bank_url,
            &self.merchants_url,
            &self.calls_url,
        ];
        let further = further.into_iter().filter_map(Option::as_ref);
        let kdp = self.personal_data.as_ref().map(|kdp| &kdp.url);
        let eds = self.eds.iter().flat_map(EdsConfig::confidential);
        let all = [&self.core_url, &self.match_url, &self.sms_url];
        let all = all.into_iter().chain(further).chain(kdp).chain(eds);
        all.into_iter().any(|url| !url.starts_with("https://"))
    }

    /// Reads its paths from this directory on.
    pub fn beside(&mut self, base: &Path) {
        if let Some(kdp) = &mut self.personal_data {
            kdp.password_file = base.join(&kdp.password_file);
            kdp.token_file = base.join(&kdp.token_file);
            if let Some(file) = &mut kdp.signing_key_file {
                *file = base.join(&*file);
            }
        }
        self.coid_roots_file = self.coid_roots_file.take().map(|file| base.join(file));
        if let Some(eds) = &mut self.eds {
            eds.beside(base);
        }
        if let Some(cards) = &mut self.cards {
            cards.beside(base);
        }
    }
}

pub(super) fn secret(file: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(file).map(zeroize::Zeroizing::new);
    let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The key of the organisation's EDS.
fn organisation_key(file: &Path) -> Result<RamKey, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = std::fs::read(file).map(zeroize::Zeroizing::new).map_err(|error| told(&error))?;
    RamKey::from_pkcs8(&bytes).map_err(|error| told(&error))
}

/// The connectors of a configuration, without a second copy.
///
/// # Errors
/// A file of КДП or of the authorities for signatures that cannot be used, by its name.
pub fn connect(config: &ConnectorConfig) -> Result<Connectors, String> {
    let timeout = Duration::from_millis(config.timeout_ms);
    let rate = config.requests_per_second;
    let service = |name: &'static str, base: &str| HttpService::new(name, base, timeout).with_rate(rate);
    let mut connectors = Connectors::new(
        Box::new(HttpCore(service("core lending", &config.core_url))),
        Box::new(HttpFaces(service("face matcher", &config.match_url))),
        Box::new(HttpSms(service("SMS", &config.sms_url))),
    );
    let centre =
        config.coid_url.as_ref().zip(config.coid_roots_file.as_ref()).zip(config.coid_signer.as_ref());
    if let Some(((url, roots), signer)) = centre {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", roots.display());
        let pem = std::fs::read_to_string(roots).map_err(|error| told(&error))?;
        let trust = Trust::from_pem(&pem).map_err(|error| told(&error))?;
        let service = Box::new(HttpIdentification(service("identification", url)));
        connectors.identification = Some(Centre::new(service, trust, signer.clone()));
    }
    if let Some(url) = &config.numbers_url {
        connectors.number_owner = Some(Box::new(HttpNumberOwner(service("number owner", url))));
    }
    if let Some(url) = &config.operators_url {
        connectors.operators = Some(Box::new(HttpNumberOwner(service("operators", url))));
    }
    if let Some(url) = &config.bureau_url {
        connectors.credit_bureau = Some(Box::new(HttpCreditBureau(service("credit bureau", url))));
    }
    if let Some(url) = &config.aml_url {
        connectors.aml = Some(Box::new(HttpAml(service("AML", url))));
    }
    if let Some(url) = &config.anti_fraud_url {
        connectors.anti_fraud = Some(Box::new(HttpAntiFraud(service("anti-fraud", url))));
    }
    if let Some(url) = &config.entrepreneurs_url {
        connectors.entrepreneurs = Some(Box::new(HttpEntrepreneurs(service("entrepreneurs", url))));
    }
    if let Some(url) = &config.bank_url {
        connectors.bank = Some(Box::new(HttpBank(service("bank", url))));
    }
    if let Some(url) = &config.merchants_url {
        connectors.merchants = Some(Box::new(HttpMerchants(service("merchants", url))));
    }
    if let Some(url) = &config.calls_url {
        connectors.check_call = Some(Box::new(HttpCheckCall(service("check call", url))));
    }
    if let Some(kdp) = &config.personal_data {
        let who = Organisation {
            login: kdp.login.clone(),
            password: secret(&kdp.password_file)?,
            authentication_token: secret(&kdp.token_file)?,
            bin: kdp.bin.clone(),
        };
        connectors.personal_data = Some(Box::new(HttpPersonalData::new(&kdp.url, timeout, rate, &who)));
        if let Some(file) = &kdp.signing_key_file {
            let key = Box::new(organisation_key(file)?);
            connectors.organisation = Some(SigningOrganisation::new(kdp.bin.clone(), key));
        }
    }
    if let Some(eds) = &config.eds {
        connectors.eds = Some(eds.connect(&service)?);
    }
    if let Some(cards) = &config.cards {
        connectors.cards = Some(cards.connect(&service)?);
    }
    Ok(connectors)
}
