//! The section `identity`: where the terminal's key is, and who certifies it.

use std::path::PathBuf;

use senim_keystore::{PinSource, Token};
use serde::Deserialize;

use super::ConfigError;

/// Keys and certificates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityConfig {
    /// The key in a token or TPM.
    pub pkcs11: Option<Pkcs11Config>,
    /// Keys in a directory.
    #[cfg(feature = "rig")]
    pub key_dir: Option<PathBuf>,
    /// What enrolment stores: certificates and the MFO's keys; `identity.json` among the data where it is not said.
    pub record: Option<PathBuf>,
    /// Who certifies the key.
    pub est: Option<EstConfig>,
    /// Private key in a file, PKCS#8, mode 0600; with it go the four files below.
    #[cfg(feature = "rig")]
    pub key: Option<PathBuf>,
    /// Certificate chain, PEM, leaf first.
    #[cfg(feature = "rig")]
    pub chain: PathBuf,
    /// The MFO's CA, PEM.
    #[cfg(feature = "rig")]
    pub ca: PathBuf,
    /// The MFO's sealing key, JWK.
    #[cfg(feature = "rig")]
    pub seal: PathBuf,
    /// Certificate of the gateway's cosigner, PEM.
    #[cfg(feature = "rig")]
    pub cosigner: PathBuf,
}

/// A PKCS#11 token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11Config {
    /// The module, an absolute path.
    pub module: PathBuf,
    /// Which token.
    pub token: TokenConfig,
    /// Label of this terminal's keys.
    #[serde(default = "key_label")]
    pub key: String,
    /// The user's PIN in a file of mode 0600.
    pub pin_file: Option<PathBuf>,
    /// The user's PIN as a credential of the service manager.
    pub pin_credential: Option<String>,
}

/// Which token of a module.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenConfig {
    /// By its label.
    Label(String),
    /// By its serial number.
    Serial(String),
}

/// The MFO's enrolment server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstConfig {
    /// `https://host:port`.
    pub url: String,
    /// The MFO's CA, PEM.
    pub ca: Option<PathBuf>,
    /// SHA-256 of the CA's certificate in hexadecimal, where the file is not at hand.
    pub ca_sha256: Option<String>,
}

fn key_label() -> String {
    "senim-identity".into()
}

/// Where the key is.
#[derive(Clone, Copy, Debug)]
pub enum IdentitySource<'a> {
    /// In a token or TPM.
    Pkcs11(&'a Pkcs11Config),
    /// In a directory.
    #[cfg(feature = "rig")]
    KeyDir(&'a PathBuf),
    /// In a file beside its certificates.
    #[cfg(feature = "rig")]
    File(&'a PathBuf),
}

impl IdentityConfig {
    /// Where the key is.
    ///
    /// # Errors
    /// [`ConfigError::Refused`]: not in exactly one place.
    pub fn source(&self) -> Result<IdentitySource<'_>, ConfigError> {
        let places = [
            self.pkcs11.as_ref().map(IdentitySource::Pkcs11),
            #[cfg(feature = "rig")]
            self.key_dir.as_ref().map(IdentitySource::KeyDir),
            #[cfg(feature = "rig")]
            self.key.as_ref().map(IdentitySource::File),
        ];
        let mut places = places.into_iter().flatten();
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(refused("identity", "the key is in one place; name one")),
            (None, _) => Err(refused("identity", "say where the key is: [identity.pkcs11]")),
        }
    }

    pub(super) fn resolve(&mut self, at: impl Fn(&mut PathBuf)) {
        if let Some(pkcs11) = &mut self.pkcs11 {
            pkcs11.pin_file.iter_mut().for_each(&at);
        }
        if let Some(est) = &mut self.est {
            est.ca.iter_mut().for_each(&at);
        }
        self.record.iter_mut().for_each(&at);
        #[cfg(feature = "rig")]
        {
            self.key_dir.iter_mut().for_each(&at);
            self.key.iter_mut().for_each(&at);
            [&mut self.chain, &mut self.ca, &mut self.seal, &mut self.cosigner].into_iter().for_each(at);
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let source = self.source()?;
        #[cfg(feature = "rig")]
        if matches!(source, IdentitySource::File(_)) {
            let named = [&self.chain, &self.ca, &self.seal, &self.cosigner];
            if named.iter().any(|path| path.as_os_str().is_empty()) {
                return Err(refused("identity", "with key go chain, ca, seal and cosigner"));
            }
        }
        match source {
            IdentitySource::Pkcs11(pkcs11) => {
                if !pkcs11.module.is_absolute() {
                    return Err(refused("identity.pkcs11.module", "an absolute path"));
                }
                pkcs11.pin()?;
            }
            #[cfg(feature = "rig")]
            IdentitySource::KeyDir(_) | IdentitySource::File(_) => {}
        }
        match &self.est {
            Some(est) if !est.url.starts_with("https://") => {
                Err(refused("identity.est.url", "begins with https://"))
            }
            Some(est) if est.ca.is_some() == est.ca_sha256.is_some() => {
                Err(refused("identity.est", "either ca or ca_sha256"))
            }
            Some(est) => est.sha256().map(|_| ()),
            None => Ok(()),
        }
    }
}

impl Pkcs11Config {
    /// Which token.
    #[must_use]
    pub fn token(&self) -> Token {
        match &self.token {
            TokenConfig::Label(label) => Token::Label(label.clone()),
            TokenConfig::Serial(serial) => Token::Serial(serial.clone()),
        }
    }

    /// Where the PIN is.
    ///
    /// # Errors
    /// [`ConfigError::Refused`].
    pub fn pin(&self) -> Result<PinSource, ConfigError> {
        match (&self.pin_file, &self.pin_credential) {
            (Some(path), None) => Ok(PinSource::File(path.clone())),
            (None, Some(name)) => Ok(PinSource::Credential(name.clone())),
            (Some(_), Some(_)) | (None, None) => {
                Err(refused("identity.pkcs11", "either pin_file or pin_credential"))
            }
        }
    }
}

impl EstConfig {
    /// The fingerprint.
    ///
    /// # Errors
    /// [`ConfigError::Refused`].
    pub fn sha256(&self) -> Result<Option<[u8; 32]>, ConfigError> {
        let Some(text) = &self.ca_sha256 else { return Ok(None) };
        let bad = || refused("identity.est.ca_sha256", "64 hexadecimal digits");
        let plain: String = text.chars().filter(|character| *character != ':').collect();
        let digits = plain.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
        let digits: Vec<u8> = digits.collect::<Option<_>>().ok_or_else(bad)?;
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0_u8, |byte, digit| (byte << 4) | digit))
            .collect();
        if digits.len() != 64 {
            return Err(bad());
        }
        bytes.try_into().map(Some).map_err(|_| bad())
    }
}

fn refused(key: &'static str, why: &str) -> ConfigError {
    ConfigError::Refused { key, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "[pkcs11]\nmodule = '/m.so'\ntoken.serial = '1'\npin_credential = 'pin'\n";

    fn check(text: &str) -> Result<IdentityConfig, String> {
        let config: IdentityConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn a_key_is_in_one_place_and_its_pin_too() {
        assert!(check(TOKEN).is_ok());
        assert!(check("").unwrap_err().contains("[identity.pkcs11]"));
        assert!(check(&TOKEN.replace("/m.so", "m.so")).unwrap_err().contains("absolute"));
        assert!(check(&format!("{TOKEN}pin_file = 'pin'\n")).unwrap_err().contains("either"));
        assert!(check(&TOKEN.replace("pin_credential = 'pin'\n", "")).unwrap_err().contains("either"));
        assert!(check(&format!("{TOKEN}colour = 1\n")).unwrap_err().contains("colour"));
    }

    #[test]
    fn the_ca_is_pinned_by_its_file_or_by_its_fingerprint() {
        let est = |more: &str| check(&format!("{TOKEN}[est]\nurl = 'https://a:1'\n{more}"));
        let fingerprint = "0A:ff".to_owned() + &"00".repeat(30);
        let config = est(&format!("ca_sha256 = '{fingerprint}'\n")).unwrap();
        assert_eq!(config.est.unwrap().sha256().unwrap().unwrap()[..2], [0x0a, 0xff]);
        assert!(est("ca = 'ca.pem'\n").is_ok());
        assert!(est("").unwrap_err().contains("either"));
        for wrong in ["00", &"0".repeat(63), &"g".repeat(64), &"0".repeat(66)] {
            assert!(est(&format!("ca_sha256 = '{wrong}'\n")).unwrap_err().contains("64"), "{wrong}");
        }
        let plain = check(&format!("{TOKEN}[est]\nurl = 'http://a:1'\nca = 'ca.pem'\n"));
        assert!(plain.unwrap_err().contains("https"));
    }

    #[cfg(feature = "rig")]
    #[test]
    fn a_rig_may_keep_its_key_in_files_whole_or_not_at_all() {
        let files = "key = 'k'\nchain = 'c'\nca = 'a'\nseal = 's'\ncosigner = 'o'\n";
        assert!(check(files).is_ok() && check("key_dir = 'keys'\n").is_ok());
        assert!(check(&files.replace("seal = 's'\n", "")).unwrap_err().contains("seal"));
        assert!(check(&format!("{files}{TOKEN}")).unwrap_err().contains("one place"));
    }

    #[cfg(not(feature = "rig"))]
    #[test]
    fn a_release_knows_no_key_in_a_file() {
        assert!(check("key = 'k'\n").unwrap_err().contains("key"));
        assert!(check("key_dir = 'keys'\n").unwrap_err().contains("key_dir"));
    }
}
