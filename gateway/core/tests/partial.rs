//! Attachments in pieces: resumed where they were left, judged as a whole, few at a time; and telemetry, closed and last.

use senim_domain::TerminalId;
use senim_gateway_core::store::StoreError;
use senim_gateway_core::{
    GatewayError, Held, MAX_ATTACHMENT_BYTES, MIN_PIECE_BYTES, Piece, PieceReply, Refusal,
};
use senim_operation::attachment::sha256_of;
use senim_operation::telemetry::{MAX_LINES, Telemetry};

use crate::support::{NOON, Rig, started};

fn blob(bytes: usize, letter: char) -> (String, String) {
    let jwe = String::from(letter).repeat(bytes);
    (sha256_of(&jwe), jwe)
}

fn piece(
    rig: &Rig,
    sha256: &str,
    offset: usize,
    size: usize,
    text: &str,
) -> Result<PieceReply, GatewayError> {
    rig.gateway.attachment_piece(&rig.terminal.id, sha256, Piece { offset, size, text }, rig.now)
}

fn held(rig: &Rig, sha256: &str) -> Held {
    rig.gateway.attachment_held(&rig.terminal.id, sha256, rig.now).unwrap()
}

fn refusal<T: std::fmt::Debug>(reply: Result<T, GatewayError>) -> Refusal {
    match reply.unwrap_err() {
        GatewayError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pieces_are_put_together_and_leave_nothing_behind() {
    let rig = started();
    let (sha256, jwe) = blob(20_000, 'p');
    assert_eq!(held(&rig, &sha256), Held { bytes: 0, complete: false, archived: false });
    for (at, text) in [(0, &jwe[..8_000]), (8_000, &jwe[8_000..16_000])] {
        let reply = piece(&rig, &sha256, at, jwe.len(), text).unwrap();
        let bytes = at + text.len();
        assert_eq!(reply, PieceReply::Held(Held { bytes, complete: false, archived: false }));
        assert_eq!(held(&rig, &sha256).bytes, bytes);
    }
    let reply = piece(&rig, &sha256, 16_000, jwe.len(), &jwe[16_000..]).unwrap();
    assert!(matches!(reply, PieceReply::Stored(stored) if !stored.matched));
    assert_eq!(held(&rig, &sha256), Held { bytes: 20_000, complete: true, archived: false });
    assert!(!rig.store.dump().contains("pppp"), "no piece, and the whole under a key of its own");
}

#[test]
fn a_piece_that_was_kept_and_whose_answer_was_lost_is_not_kept_twice() {
    let rig = started();
    let (sha256, jwe) = blob(12_000, 'r');
    piece(&rig, &sha256, 0, jwe.len(), &jwe[..5_000]).unwrap();
    let again = refusal(piece(&rig, &sha256, 0, jwe.len(), &jwe[..5_000]));
    assert_eq!(again, Refusal::Offset { held: 5_000 });
    assert_eq!(refusal(piece(&rig, &sha256, 9_000, jwe.len(), &jwe[9_000..])), again);
    piece(&rig, &sha256, 5_000, jwe.len(), &jwe[5_000..]).unwrap();
    let complete = piece(&rig, &sha256, 5_000, jwe.len(), &jwe[5_000..]).unwrap();
    assert!(matches!(complete, PieceReply::Stored(_)), "the last piece again is welcome");
}

#[test]
fn whatever_commit_fails_the_attachment_arrives_whole() {
    for failing in 0..5 {
        let rig = started();
        let (sha256, jwe) = blob(15_000, 'f');
        rig.store.fail_commit_after(failing, StoreError::Unavailable("planted".into()));
        let mut rounds = 0;
        while !held(&rig, &sha256).complete {
            let from = held(&rig, &sha256).bytes;
            let to = (from + 6_000).min(jwe.len());
            let _lost = piece(&rig, &sha256, from, jwe.len(), &jwe[from..to]);
            rounds += 1;
            assert!(rounds < 9, "{failing}");
        }
    }
}

#[test]
fn pieces_of_something_else_are_thrown_away_and_it_begins_anew() {
    let rig = started();
    let (sha256, jwe) = blob(10_000, 'g');
    piece(&rig, &sha256, 0, jwe.len(), &"x".repeat(5_000)).unwrap();
    assert_eq!(refusal(piece(&rig, &sha256, 5_000, jwe.len(), &jwe[5_000..])), Refusal::HashMismatch);
    assert_eq!(held(&rig, &sha256).bytes, 0);
    piece(&rig, &sha256, 0, jwe.len(), &jwe[..5_000]).unwrap();
    piece(&rig, &sha256, 5_000, jwe.len(), &jwe[5_000..]).unwrap();
    assert!(held(&rig, &sha256).complete);
}

#[test]
fn pieces_that_make_no_sense_are_refused() {
    let rig = started();
    let (sha256, jwe) = blob(10_000, 'h');
    let long = MAX_ATTACHMENT_BYTES + 1;
    for (offset, size, text) in [
        (0, jwe.len(), ""),
        (0, jwe.len(), &jwe[..MIN_PIECE_BYTES - 1]),
        (0, 100, jwe.as_str()),
        (usize::MAX, jwe.len(), jwe.as_str()),
        (0, long, jwe.as_str()),
        (0, jwe.len(), "{\"a\":1}"),
    ] {
        assert_eq!(refusal(piece(&rig, &sha256, offset, size, text)), Refusal::BadPiece);
    }
    piece(&rig, &sha256, 0, jwe.len(), &jwe[..5_000]).unwrap();
    assert_eq!(refusal(piece(&rig, &sha256, 5_000, 11_000, &jwe[5_000..])), Refusal::BadPiece);
}

#[test]
fn incomplete_attachments_are_few_and_expire() {
    let mut rig = started();
    let names: Vec<String> = (0..9).map(|n| sha256_of(&n.to_string())).collect();
    for sha256 in &names[..8] {
        piece(&rig, sha256, 0, 9_000, &"a".repeat(5_000)).unwrap();
    }
    let more = |rig: &Rig| piece(rig, &names[8], 0, 9_000, &"a".repeat(5_000));
    assert_eq!(refusal(more(&rig)), Refusal::TooManyLoose);
    rig.later(8 * 24 * 3600);
    more(&rig).unwrap();
    assert_eq!(held(&rig, &names[0]).bytes, 0);
    assert_eq!(rig.store.dump().matches(&"a".repeat(5_000)).count(), 1, "expired pieces are gone");
    let size = MAX_ATTACHMENT_BYTES;
    for sha256 in &names[..3] {
        piece(&rig, sha256, 0, size, &"a".repeat(5_000)).unwrap();
    }
    assert_eq!(
        refusal(piece(&rig, &names[3], 0, size, &"a".repeat(5_000))),
        Refusal::TooManyLoose,
        "by bytes"
    );
}

fn sample() -> String {
    include_str!("../../../docs/formats/telemetry.sample.jsonl").to_owned()
}

#[test]
fn the_last_telemetry_of_a_terminal_is_kept() {
    let rig = started();
    let lines = sample();
    let taken = rig.gateway.telemetry(&rig.terminal.id, &lines, rig.now).unwrap();
    assert_eq!(taken, lines.lines().count());
    let kept = rig.gateway.last_telemetry(&rig.terminal.id).unwrap().unwrap();
    let last: Telemetry = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((kept.received_at, kept.last), (NOON, last));
}

#[test]
fn telemetry_of_any_other_form_is_refused_as_a_whole() {
    let rig = started();
    let good = sample().lines().next().unwrap().to_owned();
    let mut with_name: serde_json::Value = serde_json::from_str(&good).unwrap();
    with_name["name"] = "Айгүл".into();
    let mut long: serde_json::Value = serde_json::from_str(&good).unwrap();
    long["reasons"] = serde_json::json!(["Серікбаева Айгүл Болатқызы"]);
    let many = format!("{good}\n").repeat(MAX_LINES + 1);
    for bad in [
        String::new(),
        format!("{good}\n\n"),
        format!("{good}\n{with_name}\n"),
        format!("{long}\n"),
        good.replace("\"ver\":1", "\"ver\":2"),
        many,
        "x".repeat(5_000),
    ] {
        let refused = rig.gateway.telemetry(&rig.terminal.id, &bad, rig.now);
        assert!(matches!(refusal(refused), Refusal::BadTelemetry(_)), "{bad}");
    }
    assert!(rig.gateway.last_telemetry(&rig.terminal.id).unwrap().is_none());
    let stranger: TerminalId = "t-9".parse().unwrap();
    assert_eq!(refusal(rig.gateway.telemetry(&stranger, &good, rig.now)), Refusal::NotEnrolled);
}
