//! The gateway's configuration file: TOML, unknown keys refused, relative paths counted from the file.

use std::path::{Path, PathBuf};

use senim_gateway_core::{OpeningLimits, Retention};
use senim_operation::Profile;
use serde::Deserialize;

use crate::connectors::ConnectorConfig;
use crate::custody::{self, FeedConfig, WebhookConfig};
use crate::guard::Limits;
use crate::store::{PostgresOptions, StoreAddress};

/// What the file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port; port 0 takes a free one.
    pub listen: std::net::SocketAddr,
    /// `sqlite:PATH`, or `postgres://USER@HOST/DATABASE`.
    pub store: StoreAddress,
    /// Certificates (PEM) of whom a PostgreSQL server on another machine must have its own from.
    #[serde(default)]
    pub store_ca: Option<PathBuf>,
    /// Most connections to PostgreSQL, 1 to 200.
    #[serde(default = "sixteen")]
    pub store_connections: usize,
    /// Directory of the MFO's keys.
    pub keys: PathBuf,
    /// Whose terminals are accepted.
    #[serde(default = "production")]
    pub profile: Profile,
    /// Directory of the attachments' second copy.
    #[serde(default)]
    pub second_copy: Option<PathBuf>,
    /// Further names of this server.
    #[serde(default)]
    pub names: Vec<String>,
    /// Filter of the log on stderr.
    #[serde(default = "info")]
    pub log: String,
    /// Life of an offer in seconds, 60 to 86,400.
    #[serde(default = "half_an_hour")]
    pub offer_life_seconds: u32,
    /// Enrolment of terminals over the network; without it, only into directories.
    #[serde(default)]
    pub est: Option<EstConfig>,
    /// Where staff see the desk's pages and Prometheus its numbers; absent: nowhere.
    #[serde(default)]
    pub staff: Option<StaffConfig>,
    /// Services behind the MFO.
    pub connectors: ConnectorConfig,
    /// Days of keeping.
    #[serde(default)]
    pub archive: Retention,
    /// Openings of sealed documents by people.
    #[serde(default)]
    pub openings: OpeningLimits,
    /// Where events are posted.
    #[serde(default)]
    pub webhook: Option<WebhookConfig>,
    /// Where events are fetched.
    #[serde(default)]
    pub feed: Option<FeedConfig>,
    /// Limits against hostile input.
    #[serde(default)]
    pub limits: Limits,
}

/// Enrolment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstConfig {
    /// Address and port; port 0 takes a free one.
    pub listen: std::net::SocketAddr,
    /// Life of a terminal's certificate in days, 1 to 1,825.
    #[serde(default = "certificate_days")]
    pub certificate_days: u16,
}

/// The staff listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffConfig {
    /// Address and port. Beyond this machine it speaks TLS with the server's certificate.
    pub listen: std::net::SocketAddr,
    /// File with the token that Prometheus shows; absent: `/metrics` is for this machine alone.
    #[serde(default)]
    pub metrics_token_file: Option<PathBuf>,
}

const fn certificate_days() -> u16 {
    crate::certificates::TERMINAL_DAYS
}
const fn production() -> Profile {
    Profile::Production
}
fn info() -> String {
    "info".to_owned()
}
const fn half_an_hour() -> u32 {
    1800
}
const fn sixteen() -> usize {
    16
}

/// Why the file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration {0} cannot be read: {1}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It is not in the agreed form.
    #[error("the configuration {0} is not in the agreed form: {1}")]
    Form(PathBuf, #[source] Box<toml::de::Error>),
    /// A value makes no sense.
    #[error("the configuration's {0}")]
    Value(&'static str),
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        let mut config: Self =
            toml::from_str(&text).map_err(|error| ConfigError::Form(path.to_owned(), Box::new(error)))?;
        config.check()?;
        let base = path.parent().unwrap_or(Path::new("."));
        config.keys = base.join(&config.keys);
        if let Some(staff) = &mut config.staff {
            staff.metrics_token_file = staff.metrics_token_file.take().map(|file| base.join(file));
        }
        config.connectors.beside(base);
        config.second_copy = config.second_copy.map(|second| base.join(second));
        if let Some(feed) = &mut config.feed {
            feed.token_file = base.join(&feed.token_file);
        }
        config.store = config.store.beside(base);
        config.store_ca = config.store_ca.map(|ca| base.join(ca));
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let rules = [
            ((1..=200).contains(&self.store_connections), "store_connections is 1 to 200"),
            ((60..=86_400).contains(&self.offer_life_seconds), "offer_life_seconds is 60 to 86400"),
            (
                self.est.as_ref().is_none_or(|est| (1..=1825).contains(&est.certificate_days)),
                "est.certificate_days is 1 to 1825",
            ),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule);
        let (archive, openings) = (&self.archive, &self.openings);
        let broken = broken
            .or_else(|| custody::senseless(archive, openings, self.webhook.as_ref(), self.feed.as_ref()))
            .or_else(|| self.connectors.senseless())
            .or_else(|| self.limits.senseless())
            .or_else(|| self.unfit_for_production());
        broken.map_or(Ok(()), |rule| Err(ConfigError::Value(rule)))
    }

    /// What a rig may do and a production gateway may not.
    fn unfit_for_production(&self) -> Option<&'static str> {
        let in_clear = |hook: &WebhookConfig| !hook.url.starts_with("https://");
        let rules = [
            (
                self.archive.keeps_five_years(),
                "archive keeps something of a client for less than five years (1827 days), which only the profile rig may",
            ),
            (
                !self.connectors.speaks_in_clear(),
                "connectors have an address that begins with http://, which only the profile rig may: give its https address",
            ),
            (
                !self.webhook.as_ref().is_some_and(in_clear),
                "webhook.url begins with http://, which only the profile rig may: give its https address",
            ),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule);
        broken.filter(|_| self.profile == Profile::Production)
    }

    /// Life of a terminal's certificate in days.
    #[must_use]
    pub fn certificate_days(&self) -> u16 {
        self.est.as_ref().map_or_else(certificate_days, |est| est.certificate_days)
    }

    /// How PostgreSQL is used, where it is.
    #[must_use]
    pub fn postgres(&self) -> PostgresOptions {
        PostgresOptions { connections: self.store_connections, ca: self.store_ca.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "listen = '127.0.0.1:0'\nstore = 'sqlite:g.db'\nkeys = 'keys'\n[connectors]\n\
        core_url = 'https://a'\nmatch_url = 'https://b'\nsms_url = 'https://c'\n";

    fn read(text: &str) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gateway.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    #[test]
    fn a_short_file_is_a_production_gateway_with_paths_beside_it() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.profile, Profile::Production);
        assert!(matches!(config.store, StoreAddress::Sqlite(path) if path.is_absolute()));
        assert!(config.keys.is_absolute());
    }

    fn told(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_production_gateway_that_keeps_something_of_a_client_for_less_than_five_years_does_not_start() {
        for class in ["login", "face", "contract", "offer", "other"] {
            let archive = |days: u32| format!("{GOOD}[archive]\n{class}_days = {days}\n");
            assert!(told(&archive(1826)).contains("five years"), "{class}");
            read(&archive(1827)).unwrap();
            read(&format!("profile = 'rig'\n{}", archive(1))).unwrap();
        }
        read(&format!("{GOOD}[archive]\nstranger_days = 1\nloose_days = 1\n")).unwrap();
    }

    #[test]
    fn a_production_gateway_that_would_speak_to_a_service_without_tls_does_not_start() {
        let further = [
            "coid_url",
            "numbers_url",
            "bureau_url",
            "aml_url",
            "anti_fraud_url",
            "entrepreneurs_url",
            "bank_url",
            "merchants_url",
            "calls_url",
        ];
        let mut clear: Vec<String> =
            ["a", "b", "c"].map(|name| GOOD.replace(&format!("https://{name}"), "http://127.0.0.1:9")).into();
        clear.extend(further.map(|name| format!("{GOOD}{name} = 'http://localhost'\n{CENTRE}")));
        clear.push(format!(
            "{GOOD}[connectors.personal_data]\nurl = 'http://k'\nlogin = 'l'\npassword_file = 'p'\ntoken_file = 't'\n\
             bin = '123456789012'\n"
        ));
        for (signing, gost) in [("http://s", "https://g"), ("https://s", "http://g")] {
            clear.push(format!(
                "{GOOD}[connectors.eds]\nsigning_url = '{signing}'\ngost_url = '{gost}'\ntimestamp_url = 'https://t'\n\
                 ocsp_url = 'https://o'\nroots_file = 'r'\n"
            ));
        }
        clear.push(format!("{GOOD}[webhook]\nurl = 'http://a'\n"));
        for text in clear {
            assert!(told(&text).contains("https address"), "{text}");
            read(&format!("profile = 'rig'\n{text}")).unwrap();
        }
    }

    const CENTRE: &str = "coid_roots_file = 'c.pem'\ncoid_signer = 'C'\n";

    #[test]
    fn a_centre_whose_signature_is_not_known_is_not_connected() {
        let text = |more: &str| format!("{GOOD}coid_url = 'https://c'\n{more}");
        for missing in ["", "coid_roots_file = 'c.pem'\n", "coid_signer = 'C'\n"] {
            assert!(told(&text(missing)).contains("coid_roots_file and coid_signer"), "{missing}");
        }
        read(&text(CENTRE)).unwrap();
    }

    /// Time-stamps, OCSP answers and lists are signed, and the authority offers them in clear alone.
    #[test]
    fn what_is_signed_itself_may_come_without_tls() {
        let eds = format!(
            "{GOOD}[connectors.eds]\nsigning_url = 'https://s'\ntimestamp_url = 'http://t'\nocsp_url = 'http://o'\n\
             crl_urls = ['http://c']\nroots_file = 'roots.pem'\n"
        );
        let eds = read(&eds).unwrap().connectors.eds.unwrap();
        assert!(eds.roots_file.is_absolute());
    }

    #[test]
    fn unknown_keys_and_senseless_values_are_refused() {
        assert!(matches!(read(&format!("typo = 1\n{GOOD}")), Err(ConfigError::Form(..))));
        assert!(matches!(read(&GOOD.replace("sqlite:g.db", "mysql:x")), Err(ConfigError::Form(..))));
        assert!(matches!(read(&format!("store_connections = 0\n{GOOD}")), Err(ConfigError::Value(_))));
        assert!(matches!(read(&GOOD.replace("https://a", "ftp://a")), Err(ConfigError::Value(_))));
        assert!(matches!(read(&format!("{GOOD}timeout_ms = 5\n")), Err(ConfigError::Value(_))));
        assert!(matches!(read(&format!("{GOOD}bank_url = 'ftp://a'\n")), Err(ConfigError::Value(_))));
        for section in [
            "[archive]\nface_days = 0",
            "[openings]\nper_person = 50\ntotal = 10",
            "[webhook]\nurl = 'ftp://a'",
            "[webhook]\nurl = 'https://a'\ndead_after_days = 40",
            "[feed]\nlisten = '0.0.0.0:1'\ntoken_file = 't'",
            "[limits]\nbody_bytes = 1",
            "[limits]\nthreads = 0",
            "[connectors.eds]\nsigning_url = 'https://s'\ntimestamp_url = 't'\nocsp_url = 'http://o'\nroots_file = 'r'",
            "[connectors.personal_data]\nurl = 'https://k'\nlogin = 'l'\npassword_file = 'p'\ntoken_file = 't'\nbin = '1'",
        ] {
            assert!(matches!(read(&format!("{GOOD}{section}\n")), Err(ConfigError::Value(_))), "{section}");
        }
        let est = "[est]\nlisten = '127.0.0.1:0'\n";
        assert_eq!(read(&format!("{GOOD}{est}")).unwrap().est.unwrap().certificate_days, 1095);
        assert!(matches!(read(&format!("{GOOD}{est}certificate_days = 0\n")), Err(ConfigError::Value(_))));
    }
}
