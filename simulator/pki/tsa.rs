//! The time-stamping service (RFC 3161).

use std::time::Duration;

use cmpv2::status::{PkiStatus, PkiStatusInfo};
use cms::content_info::ContentInfo;
use der::asn1::{GeneralizedTime, Int, ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

use crate::PkiError;
use crate::authority::{Key, Pki};
use crate::cms_writer::{Content, SHA256, Signature, sha256, sign};

const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// The example of the НУЦ РК's policy in B12.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.398.3.3.2.6.1");

impl Pki {
    /// Answers a request for a time-stamp; what cannot be read is rejected in the answer.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn timestamp(&self, request: &[u8], now: i64) -> Result<Vec<u8>, PkiError> {
        let Ok(request) = TimeStampReq::from_der(request) else {
            let status = PkiStatusInfo { status: PkiStatus::Rejection, status_string: None, fail_info: None };
            return Ok(TimeStampResp { status, time_stamp_token: None }.to_der()?);
        };
        let (by, key) = (&self.tsa.der, &self.tsa.key);
        let token = self.token(request.message_imprint, request.nonce, now, by, key)?;
        let status = PkiStatusInfo { status: PkiStatus::Accepted, status_string: None, fail_info: None };
        let time_stamp_token = Some(ContentInfo::from_der(&token)?);
        Ok(TimeStampResp { status, time_stamp_token }.to_der()?)
    }

    /// A token over some bytes, as a phone gets it.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn token_over(&self, over: &[u8], now: i64) -> Result<Vec<u8>, PkiError> {
        self.token_by(over, now, &self.tsa.der, &self.tsa.key)
    }

    /// The same token signed by somebody else, who has no right to.
    ///
    /// # Errors
    /// [`PkiError`] when the library fails.
    pub fn token_by(&self, over: &[u8], now: i64, by: &[u8], key: &Key) -> Result<Vec<u8>, PkiError> {
        let imprint = MessageImprint {
            hash_algorithm: AlgorithmIdentifierOwned { oid: SHA256, parameters: None },
            hashed_message: OctetString::new(sha256(over))?,
        };
        self.token(imprint, None, now, by, key)
    }

    fn token(
        &self,
        message_imprint: MessageImprint,
        nonce: Option<Int>,
        now: i64,
        by: &[u8],
        key: &Key,
    ) -> Result<Vec<u8>, PkiError> {
        let seconds = u64::try_from(now / 1000).map_err(PkiError::of)?;
        let info = TstInfo {
            version: TspVersion::V1,
            policy: POLICY,
            message_imprint,
            serial_number: Int::new(&[1, 0x23, 0x45])?,
            gen_time: GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))?,
            accuracy: None,
            ordering: false,
            nonce,
            tsa: None,
            extensions: None,
        };
        let info = info.to_der()?;
        let others = [self.issuing.der.clone()];
        let who = Signature { certificate: by, others: &others, content_type: TST_INFO, at: now };
        sign(Content::Attached(&info), &who, key, |_| Ok(None))
    }
}
