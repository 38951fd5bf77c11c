//! How a row's payload is written, and what it says of its attachment.

use proptest::prelude::*;
use senim_domain::time::ClockQuality;
use senim_domain::{Mono, OperationId, SecretBytes, SessionId, Stamp, UtcMillis};
use senim_operation::body::LoginRequested;
use senim_operation::canonical::{self, CanonicalError};
use senim_operation::envelope::{
    By, Context, Draft, Envelope, EnvelopeError, Profile, SealedRef, VERSION, build_sealed, journal_header,
};
use senim_operation::jws;
use senim_operation::signer::RamKey;
use serde_json::{Value, json};

fn envelope(number: u64, public: Value, sealed: bool, session: bool) -> Envelope {
    Envelope {
        at: UtcMillis(1_795_382_638_000),
        boot: "b1b2".into(),
        clock_quality: ClockQuality::Trusted,
        epoch: number,
        firmware: "0.1.0".into(),
        kind: "TerminalStopped".into(),
        mono_ms: number / 2,
        op_id: OperationId(uuid::Uuid::from_u128(number.into())),
        prev: jws::GENESIS_PREV.into(),
        profile: Profile::Rig,
        public,
        rule_pack: number / 3,
        sealed: sealed.then(|| SealedRef {
            bytes: number,
            kid: jws::GENESIS_PREV.into(),
            sha256: jws::GENESIS_PREV.into(),
        }),
        seq: number,
        session: session.then(|| SessionId(uuid::Uuid::from_u128(7))),
        terminal: "t-1".parse().unwrap(),
        ver: VERSION,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_payload_is_written_as_the_canonicaliser_writes_it(
        number in prop_oneof![0_u64..1 << 54, any::<u64>()],
        key in "[a-c\u{e000}\u{fb33}\u{1f600}\"]{1,3}",
        inner in prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from)],
        (sealed, session) in any::<(bool, bool)>(),
    ) {
        let public = json!({ key.as_str(): inner, "\u{fb33}": [key], "z": null });
        let envelope = envelope(number, public, sealed, session);
        match (envelope.to_payload(), canonical::to_vec(&envelope)) {
            (Ok(quick), Ok(slow)) => prop_assert_eq!(quick, slow),
            (Err(CanonicalError::Number(_)), Err(CanonicalError::Number(_))) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn fields_stand_in_canonical_order_so_that_nothing_is_sorted() {
    let envelope = envelope(5, json!({"reason": "x"}), true, true);
    assert_eq!(serde_json::to_vec(&envelope).unwrap(), canonical::to_vec(&envelope).unwrap());
}

#[test]
fn a_row_says_of_its_attachment_neither_more_nor_less_than_there_is() {
    let key = RamKey::generate().unwrap().0;
    let header = journal_header(&key).unwrap();
    let terminal = "t-1".parse().unwrap();
    let context = Context {
        terminal: &terminal,
        profile: Profile::Rig,
        firmware: "0.1.0",
        boot: "b1b2",
        epoch: 0,
        seq: 1,
        prev: jws::GENESIS_PREV,
        op_id: OperationId(uuid::Uuid::from_u128(1)),
        stamp: Stamp { mono: Mono(1), utc: UtcMillis(1_795_382_638_000), quality: ClockQuality::Trusted },
        rule_pack: 0,
    };
    let bare = Draft::new(LoginRequested {});
    let with = bare.clone().with_attachment(SecretBytes::new(b"x".to_vec()));
    let reference = envelope(5, json!({}), true, false).sealed;
    let by = By::Journal(&key, &header);
    for (draft, sealed) in [(&bare, reference), (&with, None)] {
        let refused = build_sealed(&context, draft, sealed, by);
        assert!(matches!(refused, Err(EnvelopeError::Field("sealed"))), "{refused:?}");
    }
}
