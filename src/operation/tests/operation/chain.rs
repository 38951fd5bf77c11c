//! Rows, key epochs, and whom the chain's verifier believes.

use std::sync::Arc;

use rcgen::ExtendedKeyUsagePurpose;
use senim_domain::time::ClockQuality;
use senim_domain::{OperationId, SecretBytes, UtcMillis};
use senim_operation::attachment::MfoSealer;
use senim_operation::body::{Body, LoginRequested, TerminalStopped};
use senim_operation::chain::{ChainError, ChainVerifier};
use senim_operation::envelope::{self, Draft, Envelope, Profile};
use senim_operation::jws::{self, Header};
use senim_operation::signer::RamKey;
use senim_operation::trust::Trust;

use crate::fixture::{Mfo, NOW, Terminal, id, journey, terminal};

fn stopped(reason: &str) -> Draft {
    Draft::new(TerminalStopped { reason: reason.into() })
}

fn verifier(terminal: &Terminal<'_>) -> ChainVerifier {
    ChainVerifier::new(terminal.name.clone(), terminal.mfo.trust.clone())
}

fn follow(chain: &mut ChainVerifier, lines: &[String]) -> Result<(), ChainError> {
    lines.iter().try_for_each(|line| chain.accept(line).map(drop))
}

#[test]
fn a_journey_over_two_key_epochs_is_accepted_and_read_back() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    for (place, draft) in journey().iter().enumerate() {
        if place == 12 {
            writer.begin_epoch();
        }
        writer.append(draft);
    }
    let mut chain = verifier(&writer);
    let mut bodies = Vec::new();
    for row in &writer.rows {
        let accepted = chain.accept(&row.compact).unwrap();
        assert_eq!(&accepted, row);
        bodies.push(accepted.envelope.body().unwrap().unwrap());
    }
    let drafts: Vec<Body> = journey().into_iter().map(|draft| draft.body).collect();
    bodies.retain(|body| !matches!(body, Body::KeyEpoch(_)));
    assert_eq!(bodies, drafts);
    assert_eq!((chain.next_seq(), chain.head()), (writer.rows.len() as u64, writer.head().as_str()));
}

#[test]
fn a_verifier_resumes_from_what_it_remembers() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    writer.append(&stopped("one"));
    let mut chain = verifier(&writer);
    follow(&mut chain, &writer.lines()).unwrap();
    let key = chain.key().map(|key| (key.epoch, key.jwk));
    let mut resumed = ChainVerifier::resume(
        writer.name.clone(),
        mfo.trust.clone(),
        chain.next_seq(),
        chain.head().into(),
        key,
    );
    writer.append(&stopped("two"));
    resumed.accept(&writer.rows[2].compact).unwrap();
}

#[test]
fn a_key_epoch_learnt_only_from_a_certified_row() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let row = writer.append(&stopped("one")).clone();
    let mut chain =
        ChainVerifier::resume(writer.name.clone(), mfo.trust.clone(), 1, writer.rows[0].hash.clone(), None);
    assert_eq!(chain.accept(&row.compact).unwrap_err().code(), "wrongKey");
}

#[test]
fn rows_of_a_foreign_mfo_are_not_trusted() {
    let (ours, theirs) = (Mfo::new("a"), Mfo::new("b"));
    let writer = Terminal::new(&theirs, "almaty-01");
    let mut chain = ChainVerifier::new(writer.name.clone(), ours.trust.clone());
    assert_eq!(follow(&mut chain, &writer.lines()).unwrap_err().code(), "untrusted");
}

#[test]
fn a_certificate_of_another_name_usage_or_year_certifies_no_epoch() {
    let mfo = Mfo::new("a");
    let label = "identity almaty-01";
    let cases = [
        ("almaty-02", Some(ExtendedKeyUsagePurpose::ClientAuth), (2026, 2046), "badKeyEpoch"),
        ("almaty-01", None, (2026, 2046), "badKeyEpoch"),
        ("almaty-01", Some(ExtendedKeyUsagePurpose::ServerAuth), (2026, 2046), "untrusted"),
        ("almaty-01", Some(ExtendedKeyUsagePurpose::ClientAuth), (2020, 2021), "untrusted"),
    ];
    for (name, usage, years, code) in cases {
        let mut writer = Terminal::new(&mfo, "almaty-01");
        writer.x5c = mfo.certify(name, label, usage, years);
        writer.begin_epoch();
        let error = follow(&mut verifier(&writer), &writer.lines()).unwrap_err();
        assert_eq!((error.seq, error.code()), (Some(1), code), "{name} {years:?}");
    }
}

#[test]
fn a_chain_through_an_intermediate_ca_is_trusted_and_not_without_it() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    writer.x5c = mfo.certify_by_an_intermediate("almaty-01", "identity almaty-01");
    writer.begin_epoch();
    follow(&mut verifier(&writer), &writer.lines()).unwrap();
    writer.x5c.pop();
    writer.begin_epoch();
    assert_eq!(follow(&mut verifier(&writer), &writer.lines()).unwrap_err().code(), "untrusted");
}

#[test]
fn certificates_are_judged_at_the_rows_time_or_at_the_moment_given() {
    let mfo = Mfo::new("a");
    let writer = Terminal::new(&mfo, "almaty-01");
    let after_expiry = senim_domain::UtcMillis(NOW.0 + 30 * 366 * 86_400_000);
    let mut judged = verifier(&writer).judged_at(Some(after_expiry));
    assert_eq!(follow(&mut judged, &writer.lines()).unwrap_err().code(), "untrusted");
    assert!(follow(&mut verifier(&writer), &writer.lines()).is_ok());
}

#[test]
fn an_epoch_whose_key_does_not_prove_itself_is_refused() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    // The proof of this key was given to another terminal.
    let key = RamKey::generate().unwrap().0;
    let body = envelope::key_epoch(&terminal("almaty-02"), &key).unwrap();
    let prev = writer.head();
    writer.epoch = 1;
    let (row, _) = envelope::build(
        &writer.context(&prev),
        &Draft::new(body),
        &MfoSealer::new(mfo.opener.public_jwk()),
        &writer.identity,
        Some(writer.x5c.clone()),
    )
    .unwrap();
    let mut chain = verifier(&writer);
    chain.accept(&writer.rows[0].compact).unwrap();
    assert_eq!(chain.accept(&row.compact).unwrap_err().code(), "badKeyEpoch");
}

#[test]
fn the_key_of_a_former_epoch_signs_no_more() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let (old, pkcs8) = RamKey::generate().unwrap();
    writer.begin_epoch_with(Box::new(old));
    writer.begin_epoch();
    let mut chain = verifier(&writer);
    follow(&mut chain, &writer.lines()).unwrap();
    let newest = writer.epoch;
    for (epoch, code) in [(newest, "wrongKey"), (1, "wrongEpoch")] {
        writer.journal_key = Box::new(RamKey::from_pkcs8(pkcs8.expose()).unwrap());
        writer.epoch = epoch;
        let row = writer.append(&stopped("retired")).compact.clone();
        writer.rows.pop();
        assert_eq!(chain.accept(&row).unwrap_err().code(), code);
    }
}

#[test]
fn each_break_of_the_chain_has_its_name_and_leaves_the_verifier_where_it_was() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    for reason in ["one", "two", "three"] {
        writer.append(&stopped(reason));
    }
    let lines = writer.lines();
    let mut chain = verifier(&writer);
    follow(&mut chain, &lines[..2]).unwrap();
    let head = chain.head().to_owned();

    assert_eq!(chain.accept(&lines[3]).unwrap_err().code(), "gap");
    assert_eq!(chain.accept(&lines[1]).unwrap_err().code(), "repeated");
    let other = Terminal::new(&mfo, "almaty-02");
    assert_eq!(chain.accept(&other.rows[0].compact).unwrap_err().code(), "wrongTerminal");
    assert_eq!(chain.accept(&format!("{}=", lines[2])).unwrap_err().code(), "badForm");
    // A second history under the same key: the same disk restored.
    let mut forked = Terminal { rows: writer.rows[..1].to_vec(), ..writer };
    forked.append(&stopped("another one"));
    let row = forked.append(&stopped("another two")).compact.clone();
    assert_eq!(chain.accept(&row).unwrap_err().code(), "fork");

    assert_eq!((chain.next_seq(), chain.head()), (2, head.as_str()));
    chain.accept(&lines[2]).unwrap();
}

#[test]
fn profiles_never_mix() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let mut demanding = verifier(&writer).demanding(Profile::Production);
    assert_eq!(follow(&mut demanding, &writer.lines()).unwrap_err().code(), "wrongProfile");
    writer.profile = Profile::Production;
    writer.append(&stopped("x"));
    assert_eq!(follow(&mut verifier(&writer), &writer.lines()).unwrap_err().code(), "wrongProfile");
}

#[test]
fn an_interactive_row_is_verified_ahead_of_its_turn() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    for reason in ["one", "two"] {
        writer.append(&stopped(reason));
    }
    writer.begin_epoch();
    let row = writer.append(&stopped("ahead")).clone();
    let chain = verifier(&writer);
    let epoch = writer.rows[3].compact.clone();
    assert_eq!(chain.accept_ahead(&row.compact, Some(&epoch)).unwrap(), row);
    // A plain row makes no key known, nor does the epoch of another key.
    assert!(chain.accept_ahead(&row.compact, None).is_err());
    assert!(chain.accept_ahead(&row.compact, Some(&writer.rows[1].compact)).is_err());
    assert!(chain.accept_ahead(&row.compact, Some(&writer.rows[0].compact)).is_err());
}

#[test]
fn a_kind_that_is_not_known_yet_continues_the_chain() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let mut future = writer.append(&stopped("x")).envelope.clone();
    future.kind = "TakenToTheMoon".into();
    let header = Header::operation(writer.journal_key.public_jwk().thumbprint(), None);
    let compact = sign_payload(&future, &header, &writer);
    let mut chain = verifier(&writer);
    chain.accept(&writer.rows[0].compact).unwrap();
    assert!(matches!(chain.accept(&compact).unwrap().envelope.body(), Ok(None)));
}

fn sign_payload(envelope: &Envelope, header: &Header, writer: &Terminal<'_>) -> String {
    let payload = senim_operation::canonical::to_vec(envelope).unwrap();
    jws::sign_compact(header, &payload, writer.journal_key.as_ref()).unwrap()
}

#[test]
fn payloads_outside_the_closed_form_are_refused_although_signed() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let good = writer.append(&stopped("x")).clone();
    let text = String::from_utf8(jws::split(&good.compact).unwrap().payload).unwrap();
    let header = Header::operation(writer.journal_key.public_jwk().thumbprint(), None);
    let sign =
        |payload: &str| jws::sign_compact(&header, payload.as_bytes(), writer.journal_key.as_ref()).unwrap();
    let mut chain = verifier(&writer);
    chain.accept(&writer.rows[0].compact).unwrap();
    for (from, to) in [
        ("\"ver\":1", "\"ver\":2"),
        ("\"ver\":1", "\"ver\":1,\"zz\":0"),
        ("\"seq\":1", "\"seq\":1.0"),
        ("\"mono_ms\":", "\"mono_ms\":9007199254740992,\"mono_ms2\":"),
        ("\"rule_pack\":7", "\"rule_pack\":9007199254740993"),
        ("\"firmware\":\"0.1.0\"", "\"firmware\":\"\""),
        ("\"at\":\"2026-11-22T21:23:58.250Z\"", "\"at\":\"2026-11-22T21:23:58Z\""),
        ("\"profile\":\"rig\"", "\"profile\":\"Rig\""),
        ("{\"at\"", "{ \"at\""),
    ] {
        assert!(text.contains(from), "{from} is not in {text}");
        let error = chain.accept(&sign(&text.replacen(from, to, 1))).unwrap_err();
        assert_eq!(error.code(), "badForm", "{to}: {error}");
    }
    chain.accept(&sign(&text)).unwrap();
}

#[test]
fn other_headers_algorithms_and_spellings_are_refused() {
    use base64::Engine as _;
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let good = writer.append(&stopped("x")).compact.clone();
    let (header, rest) = good.split_once('.').unwrap();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let text = String::from_utf8(engine.decode(header).unwrap()).unwrap();
    for (from, to) in [
        ("ES256", "none"),
        ("ES256", "HS256"),
        ("senim-op+jws", "senim-msg+jws"),
        ("\"typ\"", "\"crit\":[\"b64\"],\"typ\""),
        ("{\"alg\"", "{ \"alg\""),
    ] {
        let changed = format!("{}.{rest}", engine.encode(text.replacen(from, to, 1)));
        assert_ne!(changed, good);
        assert_eq!(verifier(&writer).accept(&changed).unwrap_err().code(), "badForm", "{to}");
    }
    for changed in [format!("{good}\n"), format!(" {good}"), good.replacen('.', "=.", 1), format!("{good}.")]
    {
        assert_eq!(verifier(&writer).accept(&changed).unwrap_err().code(), "badForm");
    }
    let too_long = "A".repeat(jws::MAX_COMPACT_BYTES + 1);
    assert!(matches!(jws::split(&too_long), Err(jws::JwsError::Form(_))));
}

#[test]
fn base64_with_stray_bits_in_its_last_character_is_refused() {
    let mfo = Mfo::new("a");
    let writer = Terminal::new(&mfo, "almaty-01");
    let row = &writer.rows[0].compact;
    // 64 bytes take 86 characters: the last one carries two bits and four that must be zero.
    let (start, last) = row.split_at(row.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let stray = alphabet.as_bytes()[alphabet.find(last).unwrap() + 1] as char;
    assert_eq!(verifier(&writer).accept(&format!("{start}{stray}")).unwrap_err().code(), "badForm");
}

#[test]
fn build_refuses_what_does_not_fit_the_kind() {
    let mfo = Mfo::new("a");
    let writer = Terminal::new(&mfo, "almaty-01");
    let prev = writer.head();
    let sealer = MfoSealer::new(mfo.opener.public_jwk());
    let build = |context: &envelope::Context<'_>, x5c| {
        envelope::build(context, &stopped("x"), &sealer, writer.journal_key.as_ref(), x5c).is_ok()
    };
    let context = writer.context(&prev);
    assert!(build(&context, None));
    assert!(!build(&context, Some(writer.x5c.clone())));
    assert!(!build(&envelope::Context { epoch: 1, ..context }, None));
    assert!(!build(&envelope::Context { boot: "quote\"d", ..context }, None));
    assert!(!build(&envelope::Context { prev: "short", ..context }, None));
    assert!(!build(&envelope::Context { rule_pack: 1 << 53, ..context }, None));
    assert!(build(&envelope::Context { op_id: OperationId(id(9)), rule_pack: 0, ..context }, None));
}

#[test]
fn a_row_names_its_sealed_part_by_hash_and_length() {
    let mfo = Mfo::new("a");
    let mut writer = Terminal::new(&mfo, "almaty-01");
    let draft = Draft::new(LoginRequested {}).with_attachment(SecretBytes::new(b"900514300002".to_vec()));
    let row = writer.append(&draft).clone();
    let jwe = &writer.attachments[0];
    let sealed = row.envelope.sealed.clone().unwrap();
    assert_eq!(sealed.sha256, jws::sha256_b64(jwe.as_bytes()));
    assert_eq!((sealed.bytes, sealed.kid), (jwe.len() as u64, mfo.opener.public_jwk().thumbprint()));
    assert!(!row.compact.contains("900514300002") && !jwe.contains("900514300002"));
    assert_eq!(mfo.opener.open(jwe).unwrap().expose(), b"900514300002");
}

#[test]
fn a_trust_file_without_certificates_is_refused() {
    assert!(Trust::from_pem("").is_err());
    assert!(Trust::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
    let mfo = Mfo::new("a");
    let trust = Arc::clone(&mfo.trust);
    assert!(trust.verify_chain(&[], NOW).is_err());
    assert!(trust.verify_chain(&["no base64".into()], NOW).is_err());
    assert!(trust.verify_chain(&vec![mfo.message_x5c[0].clone(); 6], NOW).is_err());
}

/// A first KeyEpoch row of a clock that shows that time, by a certificate of 2026 to 2028.
fn epoch_at(mfo: &Mfo, at: UtcMillis, quality: ClockQuality) -> (Terminal<'_>, String) {
    let mut writer = Terminal::new(mfo, "almaty-01");
    writer.rows.clear();
    let usage = Some(ExtendedKeyUsagePurpose::ClientAuth);
    writer.x5c = mfo.certify("almaty-01", "identity almaty-01", usage, (2026, 2028));
    let body = envelope::key_epoch(&writer.name, writer.journal_key.as_ref()).unwrap();
    let prev = writer.head();
    let mut context = writer.context(&prev);
    (context.epoch, context.stamp.utc, context.stamp.quality) = (0, at, quality);
    let sealer = MfoSealer::new(mfo.opener.public_jwk());
    let x5c = Some(writer.x5c.clone());
    let (row, _) = envelope::build(&context, &Draft::new(body), &sealer, &writer.identity, x5c).unwrap();
    (writer, row.compact)
}

const TEN_YEARS_MS: i64 = 10 * 365 * 86_400_000;

#[test]
fn a_clock_that_nobody_vouches_for_does_not_make_a_certificate_bad() {
    let mfo = Mfo::new("a");
    for error in [0, TEN_YEARS_MS, -TEN_YEARS_MS, 1 - NOW.0] {
        let at = UtcMillis(NOW.0 + error);
        let (writer, row) = epoch_at(&mfo, at, ClockQuality::Estimated);
        verifier(&writer).accept(&row).unwrap();
        let (writer, row) = epoch_at(&mfo, at, ClockQuality::Trusted);
        let judged = verifier(&writer).accept(&row);
        assert_eq!(judged.is_ok(), error == 0, "{error}: the MFO's own time judges");
    }
}

#[test]
fn a_certificate_that_began_after_a_row_was_cosigned_is_refused_whatever_the_clock() {
    let mfo = Mfo::new("a");
    let (writer, row) = epoch_at(&mfo, UtcMillis(NOW.0 - TEN_YEARS_MS), ClockQuality::Estimated);
    let mut chain = verifier(&writer);
    chain.judge_no_later_than(Some(UtcMillis(NOW.0 - TEN_YEARS_MS)));
    assert_eq!(chain.accept(&row).unwrap_err().code(), "untrusted");
    chain.judge_no_later_than(Some(NOW));
    chain.accept(&row).unwrap();
    let judged_now = verifier(&writer).judged_at(Some(UtcMillis(NOW.0 + TEN_YEARS_MS))).accept(&row);
    assert_eq!(judged_now.unwrap_err().code(), "untrusted", "a moment that is demanded counts");
}
