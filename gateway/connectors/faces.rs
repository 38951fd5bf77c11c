//! The face matcher over HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use senim_domain::{ClientId, SecretBytes};
use senim_gateway_core::connectors::{ConnectorError, FaceMatch, FaceMatcher, FaceVerdict};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::http::HttpService;

/// The face matcher over HTTP.
pub struct HttpFaces(pub HttpService);

#[derive(Serialize)]
struct Asked<'a> {
    client_id: ClientId,
    image_png_base64: &'a str,
}

#[derive(Deserialize)]
struct Verdict {
    #[serde(rename = "match")]
    matched: bool,
    /// Likeness, 0 to 100.
    score: u8,
    reason: String,
}

impl FaceMatcher for HttpFaces {
    fn compare(&self, client: ClientId, picture: &SecretBytes) -> Result<FaceMatch, ConnectorError> {
        let image = Zeroizing::new(STANDARD.encode(picture.expose()));
        let found: Verdict = self.0.ask("/match", &Asked { client_id: client, image_png_base64: &image })?;
        let verdict = match (found.matched, found.reason.as_str()) {
            (true, "same_person") => FaceVerdict::Same,
            (false, "other_person") => FaceVerdict::Other,
            (false, "undecodable" | "too_dark" | "too_bright" | "blank") => FaceVerdict::Unusable,
            (_, _) => return Err(self.0.unavailable("its verdict is not as agreed")),
        };
        Ok(FaceMatch { verdict, score_permille: Some(u16::from(found.score.min(100)) * 10) })
    }
}
