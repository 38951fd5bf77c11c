//! Where signatures of clients are made, stamped and judged, and whose certificates are believed.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use senim_domain::Secret;
use senim_eds::Trust;
use senim_gateway_core::connectors::{Cards, Eds};
use serde::Deserialize;

use super::settings::secret;
use super::{HttpGost, HttpRevocation, HttpService, HttpSigning, HttpTimestamping};

/// Electronic signatures of clients; without them no consumer contract is concluded and nobody registers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdsConfig {
    /// Signing by QR code.
    pub signing_url: String,
    /// File with the value of the `Authorization` header for it.
    #[serde(default)]
    pub signing_authorization_file: Option<PathBuf>,
    /// Time-stamping authority (RFC 3161); its whole address.
    pub timestamp_url: String,
    /// OCSP responder (RFC 6960); its whole address.
    pub ocsp_url: String,
    /// Revocation lists, asked for while the responder is away; whole addresses.
    #[serde(default)]
    pub crl_urls: Vec<String>,
    /// Judge of GOST signatures in the manner of NCANode 3; without it they are refused politely.
    #[serde(default)]
    pub gost_url: Option<String>,
    /// PEM file with the roots that clients' certificates have to come from.
    pub roots_file: PathBuf,
    /// PEM file with certificates between, where a signature does not bring them.
    #[serde(default)]
    pub intermediates_file: Option<PathBuf>,
    /// PEM file with the roots of time-stamps; absent: the same roots.
    #[serde(default)]
    pub timestamp_roots_file: Option<PathBuf>,
    /// Policies under which time is stamped, as dotted numbers; empty: any.
    #[serde(default)]
    pub timestamp_policies: Vec<String>,
}

impl EdsConfig {
    /// What makes no sense in it.
    pub(super) fn senseless(&self) -> Option<&'static str> {
        let url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        let dotted = |oid: &String| {
            oid.contains('.')
                && oid.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let rules = [
            (url(&self.signing_url), "connectors.eds.signing_url is an http or https address"),
            (url(&self.timestamp_url), "connectors.eds.timestamp_url is an http or https address"),
            (url(&self.ocsp_url), "connectors.eds.ocsp_url is an http or https address"),
            (
                self.crl_urls.iter().all(|list| url(list)),
                "connectors.eds.crl_urls are http or https addresses",
            ),
            (self.gost_url.as_deref().is_none_or(url), "connectors.eds.gost_url is an http or https address"),
            (
                self.timestamp_policies.iter().all(dotted),
                "connectors.eds.timestamp_policies are numbers with dots",
            ),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
    }

    /// Addresses to which documents travel, or from which something comes that is not signed. Requests to the others hold
    /// hashes alone, and what comes from there is signed.
    pub(super) fn confidential(&self) -> impl Iterator<Item = &String> {
        [&self.signing_url].into_iter().chain(self.gost_url.as_ref())
    }

    /// Reads its paths from this directory on.
    pub(super) fn beside(&mut self, base: &Path) {
        self.roots_file = base.join(&self.roots_file);
        for file in [
            &mut self.signing_authorization_file,
            &mut self.intermediates_file,
            &mut self.timestamp_roots_file,
        ] {
            *file = file.take().map(|file| base.join(file));
        }
    }

    /// The connectors of this configuration.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificates, by its name.
    pub(super) fn connect(
        &self,
        service: &impl Fn(&'static str, &str) -> HttpService,
    ) -> Result<Eds, String> {
        let mut signing = service("signing", &self.signing_url);
        if let Some(file) = &self.signing_authorization_file {
            let value: Secret = secret(file)?;
            signing = signing.with_authorization(value);
        }
        let lists = self.crl_urls.iter().map(|list| service("revocation list", list)).collect();
        let gost = self.gost_url.as_ref().map(|url| HttpGost(service("GOST judge", url)));
        Ok(Eds {
            trust: self.trust()?,
            signing: Box::new(HttpSigning(signing)),
            timestamping: Box::new(HttpTimestamping(service("time-stamping", &self.timestamp_url))),
            revocation: Box::new(HttpRevocation::new(service("OCSP", &self.ocsp_url), lists)),
            gost: gost.map(|judge| Box::new(judge) as Box<_>),
        })
    }

    fn trust(&self) -> Result<Trust, String> {
        let roots = certificates(&self.roots_file)?;
        let stamping = match &self.timestamp_roots_file {
            Some(file) => certificates(file)?,
            None => roots.clone(),
        };
        let between = self.intermediates_file.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let mut trust = Trust::new(roots, stamping, between)
            .map_err(|error| format!("the files of [connectors.eds]: {error}"))?;
        trust.timestamp_policies.clone_from(&self.timestamp_policies);
        Ok(trust)
    }
}

/// Cards that the MFO gives its clients to log in with; without them nobody logs in or signs by card.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardsConfig {
    /// PEM file with the roots that cards' certificates have to come from.
    pub roots_file: PathBuf,
    /// PEM file with certificates between.
    #[serde(default)]
    pub intermediates_file: Option<PathBuf>,
    /// OCSP responder (RFC 6960); its whole address.
    pub ocsp_url: String,
    /// Revocation lists, asked for while the responder is away; whole addresses.
    #[serde(default)]
    pub crl_urls: Vec<String>,
}

impl CardsConfig {
    /// What makes no sense in it.
    pub(super) fn senseless(&self) -> Option<&'static str> {
        let mut urls = std::iter::once(&self.ocsp_url).chain(&self.crl_urls);
        let all = urls.all(|url| url.starts_with("http://") || url.starts_with("https://"));
        (!all).then_some("addresses of connectors.cards are http or https addresses")
    }

    /// Reads its paths from this directory on.
    pub(super) fn beside(&mut self, base: &Path) {
        self.roots_file = base.join(&self.roots_file);
        self.intermediates_file = self.intermediates_file.take().map(|file| base.join(file));
    }

    /// The connector of this configuration.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificates, by its name.
    pub(super) fn connect(
        &self,
        service: &impl Fn(&'static str, &str) -> HttpService,
    ) -> Result<Cards, String> {
        let roots = certificates(&self.roots_file)?;
        let between = self.intermediates_file.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let trust = Trust::new(roots.clone(), roots, between)
            .map_err(|error| format!("the files of [connectors.cards]: {error}"))?;
        let lists = self.crl_urls.iter().map(|list| service("revocation list of cards", list)).collect();
        let revocation = HttpRevocation::new(service("OCSP of cards", &self.ocsp_url), lists);
        Ok(Cards { trust, revocation: Box::new(revocation) })
    }
}

fn certificates(file: &Path) -> Result<Vec<Vec<u8>>, String> {
    let text = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    CertificateDer::pem_slice_iter(&text)
        .map(|found| found.map(|der| der.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use senim_pki::Pki;

    use super::*;

    fn pem(der: &[u8]) -> String {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    fn config(dir: &Path) -> EdsConfig {
        let text = "signing_url = 'https://s'\ntimestamp_url = 'http://t'\nocsp_url = 'http://o'\n\
            roots_file = 'roots.pem'\nintermediates_file = 'between.pem'\n";
        let mut config: EdsConfig = toml::from_str(text).unwrap();
        config.beside(dir);
        config
    }

    fn connected(config: &EdsConfig) -> Result<Eds, String> {
        config.connect(&|name, url| HttpService::new(name, url, std::time::Duration::from_secs(1)))
    }

    #[test]
    fn roots_are_read_from_the_files_and_a_file_without_certificates_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        assert!(connected(&config).err().unwrap().contains("roots.pem"));
        let pki = Pki::new().unwrap();
        std::fs::write(dir.path().join("roots.pem"), pem(pki.root())).unwrap();
        std::fs::write(dir.path().join("between.pem"), pem(pki.issuing())).unwrap();
        let eds = connected(&config).unwrap();
        assert_eq!(eds.trust.roots, [pki.root()]);
        assert_eq!(
            (eds.trust.timestamp_roots, eds.trust.intermediates.len()),
            (vec![pki.root().to_vec()], 1)
        );
        assert!(eds.gost.is_none());
        std::fs::write(dir.path().join("roots.pem"), "nothing of the kind").unwrap();
        assert!(connected(&config).err().unwrap().contains("no certificate is in the file of roots"));
        config.timestamp_policies = vec!["1.2.x".to_owned()];
        assert!(config.senseless().is_some());
    }

    #[test]
    fn documents_and_what_is_not_signed_travel_by_tls_alone() {
        let mut config = config(Path::new("."));
        config.gost_url = Some("http://g".to_owned());
        let addresses: Vec<_> = config.confidential().map(String::as_str).collect();
        assert_eq!(addresses, ["https://s", "http://g"]);
    }
}
