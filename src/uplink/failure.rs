//! Sorts what can go wrong with a request into the failures of sync. What follows from each is decided there.
//!
//! Texts name causes, never content: an answer may speak of a person.

use std::error::Error as _;
use std::io;

use rustls::AlertDescription;
use senim_sync::wire::Failure;
use serde::Deserialize;

/// Longest code of an error document; the longest of the interface has 22 characters.
const MAX_CODE: usize = 40;

/// A failure before there was an answer.
pub(crate) fn of_transport(transport: &ureq::Transport) -> Failure {
    match transport.kind() {
        ureq::ErrorKind::BadStatus | ureq::ErrorKind::BadHeader => {
            Failure::Unreadable("it is not HTTP".into())
        }
        kind => {
            let cause = transport.source().and_then(|source| source.downcast_ref::<io::Error>());
            cause.map_or_else(|| Failure::Unreachable(kind.to_string()), of_io)
        }
    }
}

/// A failure of the connection.
pub(crate) fn of_io(error: &io::Error) -> Failure {
    // `source()` of an `io::Error` passes over the error inside, `get_ref` does not; errors may be wrapped twice.
    let mut inner = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    while let Some(cause) = inner {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return of_tls(tls);
        }
        inner = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(deeper) => Some(deeper),
            None => cause.source(),
        };
    }
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Failure::Unreachable("no answer in time".into())
        }
        _ => Failure::Unreachable(error.to_string()),
    }
}

/// What a person has to cure is [`Failure::Certificate`]; what another attempt may cure is [`Failure::Unreachable`].
fn of_tls(error: &rustls::Error) -> Failure {
    use AlertDescription as Alert;
    let to_be_cured = match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::PeerIncompatible(_)
        | rustls::Error::UnsupportedNameType => true,
        rustls::Error::AlertReceived(alert) => matches!(
            alert,
            Alert::NoCertificate
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::CertificateRequired
                | Alert::UnknownCA
                | Alert::AccessDenied
                // Our signature does not fit our certificate.
                | Alert::DecryptError
                // A gateway that does not speak TLS 1.3.
                | Alert::ProtocolVersion
                | Alert::HandshakeFailure
                | Alert::InsufficientSecurity
                | Alert::UnrecognisedName
        ),
        _ => false,
    };
    if to_be_cured {
        Failure::Certificate(error.to_string())
    } else {
        Failure::Unreachable(error.to_string())
    }
}

/// Reads the error document; whatever else came with the status is a refusal without a code.
pub(crate) fn of_status(status: u16, body: &[u8]) -> Failure {
    #[derive(Default, Deserialize)]
    struct Document {
        code: String,
        expected_seq: Option<u64>,
        acked_seq: Option<u64>,
        acked_hash: Option<String>,
        held: Option<u32>,
        rewind: Option<String>,
    }
    let Document { code, expected_seq, acked_seq, acked_hash, held, rewind } =
        serde_json::from_slice(body).unwrap_or_default();
    // The code goes into the journal and before the technician.
    let is_code = code.len() <= MAX_CODE && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    Failure::Refused {
        status,
        code: if is_code { code } else { String::new() },
        expected_seq,
        acked_seq,
        acked_hash,
        held,
        rewind,
    }
}
