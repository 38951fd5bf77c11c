//! A key store without a key: its signatures are the digest twice, worthless and always the same.

use senim_hal::key_store::{Custody, KeyStore};
use senim_hal::{Error, ErrorKind};

/// The double.
#[derive(Clone, Debug, Default)]
pub struct FakeKeyStore {
    /// The chain it shows, leaf first.
    pub certificates: Vec<Vec<u8>>,
    /// Signatures given; they are what costs.
    pub signatures: u64,
    /// With this the token is not there.
    pub missing: bool,
    /// With this it refuses to sign.
    pub dead: bool,
}

impl KeyStore for FakeKeyStore {
    fn custody(&self) -> Custody {
        Custody::File
    }

    fn certificates(&self) -> Vec<Vec<u8>> {
        self.certificates.clone()
    }

    fn sign(&mut self, digest: &[u8; 32]) -> Result<[u8; 64], Error> {
        if self.missing {
            return Err(Error::new(ErrorKind::NoDevice, "the fake token is missing"));
        }
        if self.dead {
            return Err(Error::new(ErrorKind::HardwareError, "the fake token refuses"));
        }
        self.signatures = self.signatures.saturating_add(1);
        let mut signature = [0; 64];
        for (to, from) in signature.iter_mut().zip(digest.iter().chain(digest)) {
            *to = *from;
        }
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_in_one_way_counts_and_can_fail() {
        let mut fake = FakeKeyStore { certificates: vec![vec![0x30]], ..FakeKeyStore::default() };
        assert_eq!(fake.sign(&[7; 32]).unwrap(), [7; 64]);
        fake.missing = true;
        assert_eq!(fake.sign(&[7; 32]).unwrap_err().kind, ErrorKind::NoDevice);
        fake.missing = false;
        fake.dead = true;
        assert_eq!(fake.sign(&[7; 32]).unwrap_err().kind, ErrorKind::HardwareError);
        assert_eq!((fake.signatures, fake.certificates().len()), (1, 1));
    }
}
