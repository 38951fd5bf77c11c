//! What becomes of batches: repeated, lost, forked, with gaps, of the wrong profile, interrupted at any commit.

use senim_domain::business_days::Day;
use senim_domain::cash::UnitNo;
use senim_domain::count::NoteSeries;
use senim_domain::location::{Point, RegisteredLocation};
use senim_domain::rule_pack::{RulePack, Service};
use senim_domain::{MessageId, OrderId, SecretBytes, TerminalId, UtcMillis};
use senim_gateway_core::directives::Order;
use senim_gateway_core::store::StoreError;
use senim_gateway_core::time_statement::{TIME_TYP, TimeStatement};
use senim_gateway_core::{ActivationRefusal, GatewayError, Refusal};
use senim_operation::attachment::LoginRequest;
use senim_operation::body::*;
use senim_operation::checkpoint::{CompactRange, Note};
use senim_operation::message::{MessageBody, open_message};
use senim_operation::{Draft, Profile, Row, jws};

use crate::support::{self, PRINCIPAL, Rig, Terminal, iin, started};

fn refusal(error: GatewayError) -> Refusal {
    match error {
        GatewayError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn login(rig: &mut Rig) -> (Row, String, String) {
    let sealed = LoginRequest { iin: senim_domain::Secret::new(iin()) }.to_plaintext().unwrap();
    let draft = rig.in_session(LoginRequested {}).with_attachment(sealed);
    let (row, jwe) = rig.terminal.write(draft, rig.now);
    let sha256 = row.envelope.sealed.clone().unwrap().sha256;
    (row, jwe.unwrap(), sha256)
}

#[test]
fn the_same_batch_again_gives_the_same_answers_and_no_second_sms() {
    let mut rig = started();
    rig.open_session();
    let (row, jwe, sha256) = login(&mut rig);
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    let first = rig.send(std::slice::from_ref(&row));
    assert_eq!(first.replies.len(), 1);
    assert_eq!(first.archived, vec![sha256]);
    assert_eq!(rig.send(&[row]), first);
    let everything = rig.terminal.rows.clone();
    assert_eq!(rig.send(&everything).replies, first.replies);
    assert_eq!(rig.services.get(|s| s.sms.len()), 1);
}

#[test]
fn an_interactive_row_waits_for_its_attachment_and_is_answered_by_the_upload() {
    let mut rig = started();
    rig.open_session();
    let (row, jwe, sha256) = login(&mut rig);
    let reply = rig.send(std::slice::from_ref(&row));
    assert_eq!((reply.replies.len(), reply.missing), (0, vec![sha256.clone()]));
    let stored = rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert!(stored.matched && stored.archived);
    assert!(matches!(rig.read(&stored.replies[0], &row).1, MessageBody::LoginCodeSent { .. }));
    assert_eq!(rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap(), stored);
}

#[test]
fn attachments_must_be_what_they_are_called_and_few_without_rows() {
    let rig = started();
    let put = |sha256: &str, jwe: &str| rig.gateway.put_attachment(&rig.terminal.id, sha256, jwe, rig.now);
    assert_eq!(refusal(put(&jws::sha256_b64(b"a"), "b").unwrap_err()), Refusal::HashMismatch);
    for n in 0..32 {
        let text = format!("loose {n}");
        assert!(!put(&jws::sha256_b64(text.as_bytes()), &text).unwrap().matched);
    }
    assert_eq!(refusal(put(&jws::sha256_b64(b"one more"), "one more").unwrap_err()), Refusal::TooManyLoose);
}

#[test]
fn a_production_gateway_never_calls_one_copy_archived_and_refuses_rigs() {
    let mut rig = Rig::with_profile(Profile::Production);
    let row = rig.terminal.begin_epoch(rig.now);
    let reply = rig.send(&[row]);
    assert_eq!(reply.refusal, Some(Refusal::WrongProfile));
    assert_eq!(reply.acked, None);
    rig.terminal = Terminal::new(&rig.ca, &rig.terminal.id.clone(), rig.seal, Profile::Production);
    let row = rig.terminal.begin_epoch(rig.now);
    assert_eq!(rig.send(&[row]).refusal, None, "a wrong profile quarantines nobody");
    rig.open_session();
    let (row, jwe, sha256) = login(&mut rig);
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert!(rig.send(&[row]).archived.is_empty());
}

#[test]
fn production_refuses_a_picture_without_liveness() {
    let mut rig = Rig::with_profile(Profile::Production);
    rig.terminal = Terminal::new(&rig.ca, &rig.terminal.id.clone(), rig.seal, Profile::Production);
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    let (loan, _) = rig.offer();
    let subject = FaceSubject::Loan(loan);
    let captured = FaceCaptured { subject, liveness: support::living::never_asked(), quality: 80 };
    let picture = SecretBytes::new(b"picture of a face".to_vec());
    let (_, body) = rig.say(rig.in_session(captured).with_attachment(picture)).unwrap();
    assert!(matches!(body, MessageBody::FaceRefused { attempts_left: 0, .. }));
}

#[test]
fn production_concludes_no_consumer_contract_by_a_face_alone() {
    let mut rig = Rig::with_profile(Profile::Production);
    rig.terminal = Terminal::new(&rig.ca, &rig.terminal.id.clone(), rig.seal, Profile::Production);
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    let (loan, drafts) = rig.offer();
    rig.show(loan, &drafts[0]);
    let (face, _) = rig.face(loan);
    let MessageBody::ContractRefused { reason, .. } = rig.agree(loan, &drafts[0], face) else { panic!() };
    assert_eq!(reason, "signingNotOffered");
    assert!(rig.services.get(|s| s.bookings.is_empty()));
}

#[test]
fn a_gap_stops_the_batch_and_keeps_the_prefix() {
    let mut rig = started();
    let rows: Vec<Row> = (0..4)
        .map(|n| {
            let body = ServiceChanged { in_service: true, reasons: vec![n.to_string()] };
            rig.terminal.write(Draft::new(body), rig.now).0
        })
        .collect();
    let reply = rig.send(&[rows[0].clone(), rows[2].clone()]);
    assert_eq!(reply.refusal, Some(Refusal::Gap { expected_seq: 2 }));
    assert_eq!(reply.acked.unwrap().seq, 1);
    let reply = rig.send(&rows[1..]);
    assert_eq!((reply.refusal, reply.acked.unwrap().seq), (None, 4));
}

#[test]
fn two_histories_quarantine_the_terminal() {
    let mut rig = started();
    let said = |rig: &mut Rig, reason: &str| {
        let body = ServiceChanged { in_service: false, reasons: vec![reason.into()] };
        rig.terminal.write(Draft::new(body), rig.now).0
    };
    let one = said(&mut rig, "one");
    rig.terminal.rows.pop();
    let other = said(&mut rig, "other");
    assert_eq!(rig.send(&[one]).refusal, None);
    let reply = rig.send(std::slice::from_ref(&other));
    assert_eq!(reply.refusal, Some(Refusal::Fork { seq: 1 }));
    let kept = rig.gateway.evidence(&rig.terminal.id).unwrap();
    assert_eq!((kept.len(), &kept[0].row), (1, &other.compact), "kept as evidence");
    assert!(!rig.store.dump().contains(&other.compact), "and not in clear: anything may stand in it");
    let again = rig.gateway.intake(&rig.terminal.id, &[], rig.now).unwrap_err();
    assert_eq!(refusal(again), Refusal::Quarantined);
}

#[test]
fn a_forged_row_advances_nothing_and_quarantines() {
    let forgeries: [fn(&Row) -> String; 3] = [
        |row| {
            let mut parts: Vec<String> = row.compact.split('.').map(str::to_owned).collect();
            parts[2] = parts[2].chars().rev().collect();
            parts.join(".")
        },
        |row| row.compact.replacen("ey", "eY", 1),
        |_| "not a row".to_owned(),
    ];
    for forge in forgeries {
        let mut rig = started();
        let body = ServiceChanged { in_service: true, reasons: vec![] };
        let row = rig.terminal.write(Draft::new(body), rig.now).0;
        let reply = rig.gateway.intake(&rig.terminal.id, &[&forge(&row)], rig.now).unwrap();
        assert!(
            matches!(reply.refusal, Some(Refusal::BadRow { .. } | Refusal::Fork { .. })),
            "{:?}",
            reply.refusal
        );
        assert_eq!(reply.acked.unwrap().seq, 0);
        assert_eq!(
            refusal(rig.gateway.intake(&rig.terminal.id, &[], rig.now).unwrap_err()),
            Refusal::Quarantined
        );
    }
}

#[test]
fn a_key_epoch_with_another_terminals_certificate_is_refused() {
    let mut rig = Rig::new();
    let (identity, x5c) = rig.ca.certify("t-9", true);
    rig.terminal.identity = identity;
    rig.terminal.x5c = x5c;
    let row = rig.terminal.begin_epoch(rig.now);
    let reply = rig.send(&[row]);
    assert!(
        matches!(reply.refusal, Some(Refusal::BadRow { code: "badKeyEpoch", .. })),
        "{:?}",
        reply.refusal
    );
    assert_eq!(reply.acked, None);
}

#[test]
fn an_unknown_kind_is_kept_and_the_watermark_passes_it() {
    let mut rig = started();
    let body = ServiceChanged { in_service: true, reasons: vec![] };
    let (row, _) = rig.terminal.write(Draft::new(body), rig.now);
    rig.terminal.rows.pop();
    let mut envelope = row.envelope;
    envelope.kind = "SomethingNew".into();
    envelope.public = serde_json::json!({"field": 1});
    let payload = senim_operation::canonical::to_vec(&envelope).unwrap();
    let kid = senim_operation::signer::Signer::public_jwk(&rig.terminal.key).thumbprint();
    let compact = jws::sign_compact(&jws::Header::operation(kid, None), &payload, &rig.terminal.key).unwrap();
    let reply = rig.gateway.intake(&rig.terminal.id, &[&compact], rig.now).unwrap();
    assert_eq!((reply.refusal, reply.acked.unwrap().seq), (None, 1));
}

#[test]
fn a_new_key_epoch_goes_on_in_the_same_chain_also_after_the_gateway_restarted_in_between() {
    let mut rig = started();
    let row = rig.terminal.begin_epoch(rig.now);
    let body = ServiceChanged { in_service: true, reasons: vec![] };
    let next = rig.terminal.write(Draft::new(body), rig.now).0;
    let reply = rig.send(&[row]);
    assert_eq!(reply.acked.unwrap().seq, 1);
    assert_eq!(rig.send(&[next]).acked.unwrap().seq, 2);
}

#[test]
fn killed_between_commit_and_answer_the_same_rows_get_the_answer_afterwards() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let body = rig.payout_request(loan, 1, PRINCIPAL, face);
    let (row, _) = rig.terminal.write(rig.in_session(body), rig.now);
    // The first commit takes the row, the second, with decision and answer, fails: as if the process had died there.
    rig.store.fail_next_commit(StoreError::Unavailable("killed".into()));
    let died = rig.gateway.intake(&rig.terminal.id, &[&row.compact], rig.now);
    assert!(matches!(died, Err(GatewayError::Store(_))), "nothing was taken");
    rig.store.fail_commit_after(1, StoreError::Unavailable("killed".into()));
    let died = rig.gateway.intake(&rig.terminal.id, &[&row.compact], rig.now);
    assert!(matches!(died, Err(GatewayError::Store(_))), "taken and not answered");
    assert_eq!(rig.gateway.terminal(&rig.terminal.id).unwrap().unwrap().head.unwrap().hash, row.hash);
    let reply = rig.send(std::slice::from_ref(&row));
    let (_, answer) = rig.read(&reply.replies[0], &row);
    let MessageBody::PayoutAuthorised(authorisation) = answer else { panic!("{answer:?}") };
    let again = rig.send(std::slice::from_ref(&row));
    assert_eq!(again.replies, reply.replies, "one leave, told twice");
    rig.say(rig.in_session(Rig::ended(&authorisation, 20, PayoutResult::Paid)));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
}

#[test]
fn a_decision_that_another_terminal_overtook_is_made_anew() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let body = rig.payout_request(loan, 1, PRINCIPAL, face);
    let (row, _) = rig.terminal.write(rig.in_session(body), rig.now);
    rig.store.fail_commit_after(1, StoreError::Conflict("loan".into()));
    let reply = rig.send(std::slice::from_ref(&row));
    assert!(matches!(rig.read(&reply.replies[0], &row).1, MessageBody::PayoutAuthorised(_)));
}

#[test]
fn rows_of_a_visit_that_has_ended_are_kept_and_not_acted_on_and_its_answers_are_wiped() {
    let mut rig = started();
    rig.open_session();
    let (row, jwe, sha256) = login(&mut rig);
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert_eq!(rig.send(std::slice::from_ref(&row)).replies.len(), 1);
    rig.say(rig.in_session(SessionClosed { end: SessionEnd::Cancelled }));
    assert!(rig.send(&[row]).replies.is_empty());
    let (late, jwe, sha256) = login(&mut rig);
    rig.gateway.put_attachment(&rig.terminal.id, &sha256, &jwe, rig.now).unwrap();
    assert!(rig.send(&[late]).replies.is_empty());
    assert_eq!(rig.services.get(|s| s.sms.len()), 1);
}

#[test]
fn an_unknown_terminal_is_not_served() {
    let rig = started();
    let stranger: TerminalId = "t-404".parse().unwrap();
    assert_eq!(refusal(rig.gateway.intake(&stranger, &[], rig.now).unwrap_err()), Refusal::NotEnrolled);
    assert_eq!(refusal(rig.gateway.inbox(&stranger, 0, rig.now).unwrap_err()), Refusal::NotEnrolled);
}

#[test]
fn the_inbox_carries_directives_in_order_and_a_new_terminal_finds_the_rule_pack() {
    let mut rig = started();
    let second = rig.second_terminal("t-2");
    let kinds = |id: &TerminalId, after: u64| -> Vec<String> {
        let (messages, _) = rig.gateway.inbox(id, after, rig.now).unwrap();
        messages
            .iter()
            .map(|item| open_message(&item.jws, &rig.trust, id).unwrap().body.kind().to_owned())
            .collect()
    };
    assert_eq!(kinds(&rig.terminal.id, 0), ["RulePack", "Activation"]);
    assert_eq!(kinds(&second.id, 0), ["RulePack", "Activation"]);
    let unit = senim_domain::cash::UnitStock {
        unit: senim_domain::cash::UnitNo(1),
        denomination: senim_domain::cash::Denomination(5000),
        notes: 100,
    };
    let order = Order { add: vec![unit], ..Order::default() };
    let (id, sent): (OrderId, _) =
        rig.gateway.order(&rig.terminal.id, &order, &support::staff(), rig.now).unwrap();
    let (messages, head) = rig.gateway.inbox(&rig.terminal.id, sent.n - 1, rig.now).unwrap();
    assert_eq!((messages.len(), head), (1, sent.n));
    let message = open_message(&messages[0].jws, &rig.trust, &rig.terminal.id).unwrap();
    assert!(matches!(message.body, MessageBody::CashOrder { order, .. } if order == id));
    let twice = Order { add: vec![unit, unit], ..Order::default() };
    let series = |unit, name: &str, last| NoteSeries {
        unit: UnitNo(unit),
        series: name.into(),
        valid_until: Some(Day(last)),
    };
    let of = |series| Order { series, ..order.clone() };
    let (ended, far) = (jiff::civil::date(2020, 1, 1), jiff::civil::date(2099, 1, 1));
    let wrong_series = [
        of(vec![series(1, "old", ended)]),
        of(vec![series(2, "of no cassette", far)]),
        of(vec![series(1, "Saka", far), series(1, "Saka", far)]),
        of(vec![series(1, " ", far)]),
    ];
    let wrong = [Order::default(), twice, Order { hours: Some(0), ..order.clone() }];
    for wrong in wrong.into_iter().chain(wrong_series) {
        let error = rig.gateway.order(&rig.terminal.id, &wrong, &support::staff(), rig.now).unwrap_err();
        assert!(matches!(refusal(error), Refusal::BadDirective(_)));
    }
    let row = rig.terminal.write(Draft::new(ServiceChanged { in_service: true, reasons: vec![] }), rig.now).0;
    assert_eq!(rig.send(&[row]).inbox, sent.n);
}

#[test]
fn a_rule_pack_must_make_sense_and_be_newer() {
    let rig = started();
    let publish = |change: fn(&mut RulePack)| {
        let mut pack = support::pack();
        pack.version += 1;
        change(&mut pack);
        rig.gateway.publish_rule_pack(pack, &support::staff(), rig.now)
    };
    let wrong: [fn(&mut RulePack); 4] = [
        |pack| pack.version -= 1,
        // Services are notified ten business days before they are offered.
        |pack| pack.notified.0 = jiff::civil::date(2025, 12, 20),
        |pack| pack.products.clear(),
        |pack| (pack.effective_from, pack.expires) = (UtcMillis(0), UtcMillis(1)),
    ];
    for change in wrong {
        assert!(matches!(refusal(publish(change).unwrap_err()), Refusal::RulePack(_)));
    }
    assert_eq!(publish(|_| {}).unwrap().len(), 1);
}

#[test]
fn a_pack_with_a_new_service_needs_a_notice_that_names_it() {
    let rig = started();
    let publish = |version, change: fn(&mut RulePack)| {
        let mut pack = support::pack();
        pack.version = version;
        change(&mut pack);
        rig.gateway.publish_rule_pack(pack, &support::staff(), rig.now)
    };
    let merchants = |pack: &mut RulePack| {
        pack.allowed_operations.remove(&Service::MerchantLoan);
    };
    publish(2, merchants).unwrap();
    let refused = refusal(publish(3, |_| {}).unwrap_err());
    assert!(refused.to_string().contains("MerchantLoan"), "{refused:?}");
    // Eleven business days before the pack takes effect.
    publish(3, |pack| pack.notified.0 = jiff::civil::date(2025, 12, 12)).unwrap();
    publish(4, |pack| pack.notified.0 = jiff::civil::date(2025, 12, 12)).unwrap();
}

#[test]
fn a_terminal_is_activated_ten_business_days_after_the_notice_and_at_a_place_that_exists() {
    let rig = started();
    let activate = |notified, change: fn(&mut RegisteredLocation)| {
        let mut activate = support::place(true, "Астана");
        activate.notified.0 = notified;
        change(&mut activate.location);
        rig.gateway.activate(&rig.terminal.id, &activate, &support::staff(), rig.now)
    };
    let today = senim_domain::calendar::local_date(rig.now).unwrap();
    let pack = support::pack();
    let mut notice = today;
    while pack.earliest_after_notice(notice) != Some(today) {
        notice = notice.yesterday().unwrap();
    }
    let too_late = notice.tomorrow().unwrap();
    let earliest = pack.earliest_after_notice(too_late).unwrap();
    assert_eq!(
        refusal(activate(too_late, |_| {}).unwrap_err()),
        Refusal::Activation(ActivationRefusal::TooEarly { notified: too_late, earliest })
    );
    let spoilt: [fn(&mut RegisteredLocation); 3] = [
        |location| location.address = " ".into(),
        |location| location.radius_m = 0,
        |location| location.point = Some(Point { latitude_udeg: 91_000_000, longitude_udeg: 0 }),
    ];
    for change in spoilt {
        assert!(matches!(refusal(activate(notice, change).unwrap_err()), Refusal::BadDirective(_)));
    }
    activate(notice, |_| {}).unwrap();
    // Service is forbidden at once, whatever was notified.
    let mut stop = support::place(false, "Астана");
    stop.notified.0 = today;
    rig.gateway.activate(&rig.terminal.id, &stop, &support::staff(), rig.now).unwrap();
}

#[test]
fn reserved_names_are_not_enrolled() {
    let rig = started();
    let name: TerminalId = "senim-gateway-message".parse().unwrap();
    assert!(matches!(
        refusal(rig.gateway.enrol(&name, &support::staff(), rig.now).unwrap_err()),
        Refusal::BadDirective(_)
    ));
}

fn note(rig: &Rig, size: usize) -> Note {
    let mut range = CompactRange::new();
    rig.terminal.rows[..size].iter().for_each(|row| range.append(row.compact.as_bytes()));
    let mut note = Note::new(&rig.terminal.id, range.size(), range.root());
    note.sign(&rig.terminal.key).unwrap();
    note
}

fn with_rows(rows: usize) -> Rig {
    let mut rig = started();
    for _ in 1..rows {
        let body = ServiceChanged { in_service: true, reasons: vec![] };
        rig.terminal.write(Draft::new(body), rig.now);
    }
    let all = rig.terminal.rows.clone();
    rig.send(&all[..rows]);
    rig
}

#[test]
fn a_checkpoint_over_what_is_here_is_cosigned_at_any_size() {
    let rig = with_rows(150);
    let trust = senim_operation::trust::Trust::from_pem(&rig.ca.pem).unwrap();
    for size in [1, 63, 64, 65, 129, 150] {
        let reply = rig.gateway.checkpoint(&rig.terminal.id, &note(&rig, size).to_string(), rig.now).unwrap();
        let cosigned = Note::parse(&reply.note).unwrap();
        let at = cosigned.verify_cosignature(&rig.cosigner, &trust).unwrap();
        assert_eq!(at.0 / 1000, rig.now.0 / 1000);
    }
}

#[test]
fn a_checkpoint_by_another_key_or_over_another_history_or_ahead_is_refused() {
    let mut rig = with_rows(5);
    let ahead = {
        let body = ServiceChanged { in_service: false, reasons: vec![] };
        rig.terminal.write(Draft::new(body), rig.now);
        note(&rig, 6)
    };
    let check = |note: &Note| {
        refusal(rig.gateway.checkpoint(&rig.terminal.id, &note.to_string(), rig.now).unwrap_err())
    };
    assert_eq!(check(&ahead), Refusal::Gap { expected_seq: 5 });
    let mut stranger = note(&rig, 5);
    stranger.signatures.clear();
    stranger.sign(&senim_operation::signer::RamKey::generate().unwrap().0).unwrap();
    assert!(matches!(check(&stranger), Refusal::BadNote { .. }));
    let mut other = Note::new(&rig.terminal.id, 5, [7; 32]);
    other.sign(&rig.terminal.key).unwrap();
    assert_eq!(check(&other), Refusal::Fork { seq: 4 });
    assert_eq!(check(&note(&rig, 5)), Refusal::Quarantined);
}

#[test]
fn a_store_older_than_its_own_cosignature_authorises_nothing() {
    let mut old = started();
    let (loan, face) = old.conclude();
    let body = ServiceChanged { in_service: true, reasons: vec![] };
    let (row, _) = old.terminal.write(Draft::new(body), old.now);
    let mut ahead = note(&old, old.terminal.rows.len());
    // What this very gateway had cosigned before its store was set back.
    ahead.cosign(&old.cosigner_key, old.now).unwrap();
    let told = old.gateway.checkpoint(&old.terminal.id, &ahead.to_string(), old.now).unwrap_err();
    assert!(matches!(refusal(told), Refusal::Gap { .. }));
    old.send(&[row]);
    assert_eq!(old.request(loan, 1, PRINCIPAL, face).unwrap_err(), "restoring");
}

#[test]
fn time_is_signed_with_the_askers_nonce() {
    let rig = started();
    let nonce = "AAAAAAAAAAAAAAAAAAAAAA";
    let compact = rig.gateway.time(nonce, rig.now).unwrap();
    let parts = jws::split(&compact).unwrap();
    assert_eq!(parts.header.typ, TIME_TYP);
    let trust = senim_operation::trust::Trust::from_pem(&rig.ca.pem).unwrap();
    let identity = trust.verify_chain(parts.header.x5c.as_deref().unwrap(), rig.now).unwrap();
    assert_eq!(identity.common_name, senim_operation::trust::MESSAGE_COMMON_NAME);
    jws::verify(&parts, &identity.jwk).unwrap();
    let statement: TimeStatement = serde_json::from_slice(&parts.payload).unwrap();
    assert_eq!((statement.nonce.as_str(), statement.at), (nonce, rig.now));
    for wrong in ["short", "AAAAAAAAAAAAAAAAAAAAA!", &"A".repeat(65)] {
        assert_eq!(refusal(rig.gateway.time(wrong, rig.now).unwrap_err()), Refusal::BadNonce);
    }
}

#[test]
fn a_face_check_of_another_visit_pays_nothing() {
    let mut rig = started();
    let (loan, face): (_, MessageId) = rig.conclude();
    rig.open_session();
    rig.log_in();
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "faceCheck");
}

#[test]
fn rows_are_never_refused_for_their_time() {
    let ten_years = 10 * 365 * 86_400_000;
    let mut rig = Rig::new();
    for error in [ten_years, -ten_years, 0, 1 - rig.now.0] {
        let at = UtcMillis(rig.now.0 + error);
        let epoch = rig.terminal.begin_epoch(at);
        let body = ServiceChanged { in_service: true, reasons: Vec::new() };
        let row = rig.terminal.write(Draft::new(body), at).0;
        let reply = rig.send(&[epoch, row]);
        assert_eq!(reply.refusal, None, "{error}");
    }
    rig.open_session();
    rig.log_in();
}
