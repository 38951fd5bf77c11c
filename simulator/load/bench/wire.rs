//! One whole loan on a village modem: its bytes on a real line, and how long a borrower waits there.
//!
//! What a borrower waits for goes ahead with its attachment, the chain follows in a batch for each answer, all over three
//! connections, as sync does it. Waits are computed from the bytes counted: 64 kbit/s and 2 s until an answer begins. The
//! services behind the gateway are away, so the MFO's messages are an allowance: [`MESSAGES_BYTES`].

use senim_domain::TerminalId;
use senim_operation::Body;
use senim_sync::{Answer, Request};
use senim_uplink::Uplink;

use super::far::FarEnd;
use super::{BenchError, Figure, Limit, Line, Scale};
use crate::chain::Terminal;
use crate::pki::Mfo;
use crate::visits::Visit;

/// A portrait as a terminal seals it, bytes: about what 640×480 pixels take as PNG.
const PORTRAIT_BYTES: usize = 500_000;
/// Evidence of a living person as a terminal seals it, bytes: numbers of some 400 frames and five pictures as JPEG.
const EVIDENCE_BYTES: usize = 400_000;
/// Allowance for the MFO's messages of a visit: nine, of which the offer with its contracts has the most.
const MESSAGES_BYTES: f64 = 200_000.0;
/// Of these, those of one answer.
const ANSWER_BYTES: f64 = 150_000.0;
/// 64 kbit/s.
const BYTES_PER_SECOND: f64 = 8_000.0;
/// From a request to the first byte of its answer, seconds.
const DELAY: f64 = 2.0;
/// Design section 9.
const LOAN_BYTES: f64 = 1_500_000.0;
/// The lines of this bench.
///
/// # Errors
/// [`BenchError`].
pub fn run(_: Scale) -> Result<Vec<Line>, BenchError> {
    let mfo = Mfo::new()?;
    let id: TerminalId = "bench-1".parse().map_err(BenchError::failed)?;
    let dir = tempfile::tempdir().map_err(BenchError::failed)?;
    let identity = mfo.enrol(&id)?;
    let mut terminal = Terminal::with_identity(&mfo, &id, &identity)?;
    let far = FarEnd::start(&mfo, dir.path(), &id)?;
    let prompt = far.uplink(&mfo, &id, &identity)?;
    let (bulk, inbox) = (prompt.another(), prompt.another());
    ask(&inbox, &Request::Inbox { after: 0, wait_seconds: 0, awaits: None })?;
    let epoch = terminal.begin_epoch()?.row.compact;
    ask(&bulk, &Request::Operations { rows: vec![epoch] })?;
    let mut visit = Visit::new(1);
    (visit.portrait_bytes, visit.evidence_bytes) = (PORTRAIT_BYTES, EVIDENCE_BYTES);
    let (mut longest, mut waiting) = (0.0_f64, Vec::new());
    for draft in visit.drafts() {
        let written = terminal.write(&draft)?;
        let asks = matches!(
            draft.body,
            Body::LoginRequested(_)
                | Body::LoginCodeSubmitted(_)
                | Body::ApplicationSubmitted(_)
                | Body::LivenessRequested(_)
                | Body::LivenessPerformed(_)
                | Body::FaceCaptured(_)
                | Body::ContractAgreed(_)
                | Body::PayoutRequested(_)
        );
        let before = far.counted().up();
        let mut requests = 1.0;
        if let (Some(jwe), Some(sealed)) = (&written.attachment, &written.row.envelope.sealed) {
            let request = Request::Attachment { sha256: sealed.sha256.clone(), jwe: jwe.clone() };
            ask(&prompt, &request)?;
            requests += 1.0;
        }
        waiting.push(written.row.compact);
        if asks {
            ask(&bulk, &Request::Operations { rows: std::mem::take(&mut waiting) })?;
            let up = bytes(far.counted().up().saturating_sub(before))?;
            longest = longest.max(requests * DELAY + (up + ANSWER_BYTES) / BYTES_PER_SECOND);
        }
    }
    ask(&bulk, &Request::Operations { rows: waiting })?;
    let (up, down) = (bytes(far.counted().up())?, bytes(far.counted().down())?);
    Ok(vec![
        Line {
            name: "one whole loan on the wire, portrait and messages included".into(),
            figure: Figure::new(up + down + MESSAGES_BYTES, "B"),
            reference: None,
            limit: Limit::FigureAtMost(LOAN_BYTES),
        },
        Line {
            name: "longest wait for an answer at 64 kbit/s with 2 s delay (computed)".into(),
            figure: Figure::new(longest, "s"),
            reference: None,
            limit: Limit::None,
        },
    ])
}

fn ask(uplink: &Uplink, request: &Request) -> Result<(), BenchError> {
    match uplink.perform(request) {
        Answer::Failed(failure) => Err(BenchError::failed(failure)),
        _ => Ok(()),
    }
}

fn bytes(count: u64) -> Result<f64, BenchError> {
    Ok(f64::from(u32::try_from(count).map_err(BenchError::failed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_loan_keeps_to_its_bytes() {
        let lines = run(Scale::Trial).unwrap();
        assert!(lines.iter().all(Line::holds), "{lines:?}");
        assert!(lines.iter().all(|line| line.figure.value > 0.0), "{lines:?}");
    }
}
