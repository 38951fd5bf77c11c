//! The reading against emulated documents, in memory.

mod stock_tools;

use proptest::prelude::*;
use senim_domain::Secret;
use senim_emulators::card::Card as _;
use senim_emulators::cards::icao::{Curve, Fault, Options, Suite, TravelDocument, Variant, Ways};
use senim_emulators::faults::FaultSpec;
use zeroize::Zeroizing;

use super::mrz::{AccessNumber, MrzKey};
use super::*;
use crate::exchange::Limits;

/// 26.11.2026.
const NOW: i64 = 1_795_651_200_000;
const EXTENDED: Limits = Limits { max_command: 2_000, max_response: 2_000, extended: true };

#[test]
fn an_identity_card_is_opened_by_pace_and_found_genuine() {
    let (document, progress) = finished(&mut bench(Options::default()));
    assert_eq!((document.verdict, document.access), (Verdict::Genuine, Access::Pace));
    assert_eq!((document.mrz.surname.expose(), document.mrz.given_names.expose()), ("TESTOV", "TEST"));
    assert_eq!(document.mrz.optional_data.expose(), "900514300002");
    let shares: Vec<_> = progress.iter().filter(|(file, ..)| *file == lds::File::SecurityObject).collect();
    assert!(shares.len() > 3 && shares.windows(2).all(|pair| pair[0].1 < pair[1].1));
    assert!(shares.last().is_some_and(|(_, read, of)| read == of));
}

/// no picture of an identity document, not even the one on its chip.
#[test]
fn the_face_on_the_chip_is_never_asked_for() {
    for ways in [Ways::PaceOnly, Ways::BacOnly] {
        let mut bench = bench(Options { ways, ..Options::passport() });
        assert!(bench.card.file([0x01, 0x02]).is_some(), "there is one");
        assert_eq!(finished(&mut bench).0.verdict, Verdict::Genuine);
        let read: Vec<_> = bench.card.selected().iter().filter(|id| **id != [0x01, 0x1C]).collect();
        assert_eq!(read, [&[0x01, 0x01], &[0x01, 0x1D]], "machine-readable zone and signature alone");
    }
}

#[test]
fn every_suite_and_curve_opens() {
    for suite in [Suite::Aes128, Suite::Aes192, Suite::Aes256] {
        for curve in [Curve::P256, Curve::Brainpool256] {
            let (document, _) = finished(&mut bench(Options { suite, curve, ..Options::passport() }));
            assert_eq!(
                (document.verdict, document.access),
                (Verdict::Genuine, Access::Pace),
                "{suite:?} {curve:?}"
            );
        }
    }
}

#[test]
fn an_older_passport_is_opened_by_basic_access_control() {
    for limits in [Limits::SHORT, EXTENDED] {
        let options = Options { ways: Ways::BacOnly, ..Options::passport() };
        let (document, _) = finished(&mut Bench { limits, ..bench(options) });
        assert_eq!((document.verdict, document.access), (Verdict::Genuine, Access::Bac));
        assert_eq!(document.mrz.document_number.expose(), "N12345678");
    }
}

#[test]
fn a_newer_passport_needs_no_basic_access_control() {
    let (document, _) = finished(&mut bench(Options { ways: Ways::PaceOnly, ..Options::passport() }));
    assert_eq!((document.verdict, document.access), (Verdict::Genuine, Access::Pace));
}

#[test]
fn extended_lengths_need_fewer_commands_for_the_same_result() {
    let mut short = bench(Options::default());
    let mut long = Bench { limits: EXTENDED, ..bench(Options::default()) };
    let (by_short, by_long) = (finished(&mut short).0, finished(&mut long).0);
    assert_eq!(by_short, by_long);
    assert!(long.card.commands() < short.card.commands());
}

#[test]
fn a_card_that_takes_short_lengths_alone_says_so_and_is_read() {
    for extended in [true, false] {
        let mut bench = bench(Options { extended, ..Options::default() });
        bench.limits.extended = capabilities::takes_extended(&bench.card.answer_to_reset());
        assert_eq!(bench.limits.extended, extended);
        bench.limits = Limits { max_command: 1_500, max_response: 1_500, ..bench.limits };
        assert_eq!(finished(&mut bench).0.verdict, Verdict::Genuine);
        assert_eq!(bench.longest_answer > 258, extended);
    }
}

#[test]
fn a_reader_with_a_narrow_window_is_not_overrun() {
    for max_response in [100, 200, 257, 258] {
        let limits = Limits { max_response, ..Limits::SHORT };
        let mut bench = Bench { limits, ..bench(Options::default()) };
        assert_eq!(finished(&mut bench).0.verdict, Verdict::Genuine, "{max_response}");
        assert!(bench.longest_answer <= max_response, "{max_response}");
    }
}

#[test]
fn the_access_number_opens_by_pace_only() {
    let can = |ways, number: &str| Bench {
        password: Password::Can(AccessNumber::new(&Secret::new(number.into())).unwrap()),
        ..bench(Options { ways, ..Options::default() })
    };
    assert_eq!(finished(&mut can(Ways::Both, "123456")).0.verdict, Verdict::Genuine);
    assert_eq!(failed(&mut can(Ways::Both, "123457")), Failure::KeysWrong);
    assert_eq!(failed(&mut can(Ways::BacOnly, "123456")), Failure::MrzNeeded);
}

#[test]
fn a_mistyped_number_or_date_is_a_wrong_key() {
    for ways in [Ways::Both, Ways::BacOnly, Ways::PaceOnly] {
        for (number, birth, expiry) in [
            ("012345679", "900514", "350513"),
            ("012345678", "900515", "350513"),
            ("012345678", "900514", "350514"),
        ] {
            let mut bench = Bench {
                password: mrz(number, birth, expiry),
                ..bench(Options { ways, ..Options::default() })
            };
            let failure = failed(&mut bench);
            assert_eq!((failure, failure.remedy()), (Failure::KeysWrong, Remedy::RetypeKeys));
        }
    }
}

#[test]
fn what_was_changed_after_signing_is_a_forgery() {
    let variant = Variant::TamperedName;
    let (document, _) = finished(&mut bench(Options { variant, ..Options::passport() }));
    assert_eq!(document.verdict, Verdict::Forged(Forgery::Changed { group: 1 }));
}

#[test]
fn a_signer_that_borrows_the_authoritys_name_and_key_identifier_is_a_forgery() {
    let (document, _) =
        finished(&mut bench(Options { variant: Variant::ForgedSigner, ..Options::passport() }));
    assert_eq!(document.verdict, Verdict::Forged(Forgery::Signer));
    assert_eq!(document.verdict.remedy(), Some(Remedy::CallStaff));
}

#[test]
fn an_unknown_authority_is_no_forgery_and_no_proof() {
    let unknown = Verdict::NotVerified(Doubt::AuthorityUnknown);
    let (document, _) =
        finished(&mut bench(Options { variant: Variant::ForeignAuthority, ..Options::passport() }));
    assert_eq!((document.verdict, unknown.remedy()), (unknown, Some(Remedy::WithoutChip)));
    let nobody = Bench { trust: TrustList::default(), ..bench(Options::passport()) };
    assert_eq!(finished(&mut { nobody }).0.verdict, unknown);
    let mut other_state = TrustList::default();
    other_state.add("UTO", bench(Options::passport()).card.authority()).unwrap();
    let elsewhere = Bench { trust: other_state, ..bench(Options::passport()) };
    assert_eq!(finished(&mut { elsewhere }).0.verdict, unknown);
}

#[test]
fn certificates_have_to_be_valid_at_the_time_given() {
    let expired = Options { variant: Variant::ExpiredSigner, ..Options::passport() };
    let doubt = Verdict::NotVerified(Doubt::SignerNotValid);
    assert_eq!(finished(&mut bench(expired.clone())).0.verdict, doubt);
    let in_2020 = 1_600_000_000_000;
    assert_eq!(finished(&mut Bench { at: in_2020, ..bench(expired) }).0.verdict, Verdict::Genuine);
    assert_eq!(finished(&mut Bench { at: in_2020, ..bench(Options::passport()) }).0.verdict, doubt);
    let in_2065 = 3_000_000_000_000;
    let verdict = finished(&mut Bench { at: in_2065, ..bench(Options::passport()) }).0.verdict;
    assert_eq!(verdict, Verdict::NotVerified(Doubt::AuthorityNotValid));
}

#[test]
fn a_document_moved_away_after_any_command_says_so() {
    let mut whole = bench(Options::passport());
    assert_eq!(finished(&mut whole).0.verdict, Verdict::Genuine);
    for answered in 0..whole.card.commands() {
        let failure = failed(&mut bench(Options { tear_after: Some(answered), ..Options::passport() }));
        assert_eq!((failure, failure.remedy()), (Failure::CardMoved, Remedy::LayAgain), "after {answered}");
    }
}

#[test]
fn somebody_in_the_channel_is_noticed() {
    for fault in [Fault::WrongChecksum, Fault::WrongContent, Fault::Unprotected, Fault::Repeated] {
        for ways in [Ways::Both, Ways::BacOnly] {
            let mut bench = bench(Options { ways, ..Options::passport() });
            bench.card.set_fault(fault, FaultSpec { command: Some(0xB0), ..FaultSpec::times(1) });
            // The first protected read, not that of EF.CardAccess, which is in the open: nothing is struck there.
            assert_eq!(failed(&mut bench), Failure::ChannelBroken, "{fault:?} {ways:?}");
        }
    }
}

#[test]
fn a_card_that_gives_less_than_asked_for_is_read_all_the_same() {
    let mut bench = bench(Options::passport());
    bench.card.set_fault(Fault::ShortRead, FaultSpec { times: Some(100), ..FaultSpec::default() });
    assert_eq!(finished(&mut bench).0.verdict, Verdict::Genuine);
}

#[test]
fn silence_and_nonsense_end_the_reading() {
    for (fault, expected) in
        [(Fault::Mute, Failure::CardMoved), (Fault::ShortAnswer, Failure::Malformed { file: None })]
    {
        for command in [0x22, 0x86] {
            let mut bench = bench(Options::passport());
            bench.card.set_fault(fault, FaultSpec { command: Some(command), ..FaultSpec::default() });
            assert_eq!(failed(&mut bench), expected);
        }
    }
    let mut bench = bench(Options::passport());
    bench.card.set_fault(Fault::Unprotected, FaultSpec { command: Some(0xA4), ..FaultSpec::default() });
    assert_eq!(failed(&mut bench), Failure::ChannelBroken);
}

#[test]
fn a_bank_card_is_no_travel_document() {
    let mut reader = bench(Options::default()).reader();
    while reader.poll_command().is_some() {
        reader.handle_response(&[0x6A, 0x82]);
    }
    assert_eq!(reader.poll_event(), Some(Event::Failed(Failure::NotTravelDocument)));
    assert_eq!(Failure::NotTravelDocument.remedy(), Remedy::OtherCard);
}

#[test]
fn genuine_data_of_another_document_than_the_one_typed_are_a_forgery() {
    let cloned = Options { variant: Variant::Cloned, ..Options::passport() };
    let (document, _) = finished(&mut bench(cloned));
    assert_eq!(document.verdict, Verdict::Forged(Forgery::OtherDocument));
}

#[test]
fn a_chip_that_refuses_the_pace_it_offers_is_opened_by_basic_access_control() {
    for command in [0x22, 0x86] {
        let refusing = |ways| {
            let mut bench = bench(Options { ways, ..Options::passport() });
            bench
                .card
                .set_fault(Fault::WrongStatus, FaultSpec { command: Some(command), ..FaultSpec::default() });
            bench
        };
        let (document, _) = finished(&mut refusing(Ways::Both));
        assert_eq!((document.verdict, document.access), (Verdict::Genuine, Access::Bac));
        assert_eq!(failed(&mut refusing(Ways::PaceOnly)), Failure::AccessUnknown);
    }
}

#[test]
fn nothing_of_the_person_is_shown_by_debug() {
    let mut bench = bench(Options::passport());
    let mut reader = bench.reader();
    let mut shown = format!("{reader:?} {:?}", bench.password);
    bench.play(&mut reader);
    while let Some(event) = reader.poll_event() {
        shown.push_str(&format!("{event:?}"));
    }
    assert!(shown.contains("Finished"));
    for private in ["TESTOV", "TEST", "N12345678", "900514", "350513", "255, 216"] {
        assert!(!shown.contains(private), "{private}");
    }
}

#[test]
fn the_end_is_final() {
    let mut bench = bench(Options { tear_after: Some(3), ..Options::passport() });
    let mut reader = bench.reader();
    bench.play(&mut reader);
    while reader.poll_event().is_some() {}
    reader.handle_card_lost();
    reader.handle_response(&[0x90, 0x00]);
    assert_eq!((reader.poll_event(), reader.poll_command()), (None, None));
}

proptest! {
    #[test]
    fn any_damage_to_a_security_object_ends_in_a_value(at in 0_usize..816, with in any::<u8>()) {
        let bench = bench(Options::passport());
        let file = |id| bench.card.file([0x01, id]).unwrap();
        let mut damaged = file(0x1D).to_vec();
        damaged[at] = with;
        let groups = [(1, file(0x01)), (2, file(0x02))];
        let at = senim_domain::UtcMillis(NOW);
        let verdict = passive::authenticate(&damaged, &groups, "KAZ", &bench.trust, at);
        if verdict == Ok(Verdict::Genuine) {
            // Versions and lists of algorithms around the signed list are signed by nobody.
            prop_assert_eq!(signed_list(&damaged), signed_list(file(0x1D)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_card_that_turns_mad_at_any_moment_ends_in_one_event(
        sane in 0_usize..20,
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..20),
    ) {
        let mut bench = bench(Options::passport());
        bench.card.power(true);
        let mut reader = bench.reader();
        for _ in 0..sane {
            let Some(apdu) = reader.poll_command() else { break };
            reader.handle_response(&bench.card.transmit(apdu.expose()).unwrap());
        }
        for answer in answers.iter().cycle().take(400) {
            if reader.poll_command().is_none() {
                break;
            }
            reader.handle_response(answer);
        }
        reader.handle_card_lost();
        let mut ends = 0;
        while let Some(event) = reader.poll_event() {
            ends += usize::from(matches!(event, Event::Finished(_) | Event::Failed(_)));
        }
        prop_assert_eq!(ends, 1);
    }
}

/// The digests in EF.SOD.
fn signed_list(security_object: &[u8]) -> Option<&[u8]> {
    let path = [0x77, 0x30, 0xA0, 0x30, 0x30, 0xA0, 0x04].map(crate::tlv::Tag);
    crate::tlv::find(security_object, &path).ok().flatten()
}

/// A document on a reader, and what the terminal knows.
struct Bench {
    card: TravelDocument,
    password: Password,
    trust: TrustList,
    limits: Limits,
    at: i64,
    longest_answer: usize,
}

fn mrz(number: &str, birth: &str, expiry: &str) -> Password {
    let secret = |text: &str| Secret::new(text.into());
    Password::Mrz(MrzKey::new(&secret(number), &secret(birth), &secret(expiry)).unwrap())
}

fn bench(options: Options) -> Bench {
    let password = mrz(&options.holder.number, &options.holder.birth, &options.holder.expiry);
    let card = TravelDocument::new(options).unwrap();
    let mut trust = TrustList::default();
    trust.add("KAZ", card.authority()).unwrap();
    Bench { card, password, trust, limits: Limits::SHORT, at: NOW, longest_answer: 0 }
}

impl Bench {
    fn reader(&self) -> Reader {
        let entropy = Entropy::new(Zeroizing::new([0x5C; Entropy::LEN]));
        let at = senim_domain::UtcMillis(self.at);
        Reader::new(self.password.clone(), entropy, self.limits, self.trust.clone(), at)
    }

    fn play(&mut self, reader: &mut Reader) {
        self.card.power(true);
        while let Some(apdu) = reader.poll_command() {
            match self.card.transmit(apdu.expose()) {
                Some(answer) => {
                    self.longest_answer = self.longest_answer.max(answer.len());
                    reader.handle_response(&answer);
                }
                None => reader.handle_card_lost(),
            }
        }
    }

    fn end(&mut self) -> (Event, Vec<(lds::File, usize, usize)>) {
        let mut reader = self.reader();
        self.play(&mut reader);
        let mut progress = Vec::new();
        loop {
            match reader.poll_event().expect("an end") {
                Event::Progress { file, read, of } => progress.push((file, read, of)),
                Event::Opened(_) => {}
                end => return (end, progress),
            }
        }
    }
}

fn finished(bench: &mut Bench) -> (Document, Vec<(lds::File, usize, usize)>) {
    match bench.end() {
        (Event::Finished(document), progress) => (*document, progress),
        (other, _) => panic!("not finished: {other:?}"),
    }
}

fn failed(bench: &mut Bench) -> Failure {
    match bench.end() {
        (Event::Failed(failure), _) => failure,
        (other, _) => panic!("not failed: {other:?}"),
    }
}
