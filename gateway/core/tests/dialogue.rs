//! A whole loan by hand-made operations, and every way in which the MFO says no.

use senim_domain::location::{Place, Point, RegisteredLocation};
use senim_domain::rule_pack::ClientType;
use senim_domain::{Language, LoanId, MessageId, PayoutRequestId, SecretBytes, Tiyn};
use senim_gateway_core::connectors::{FaceVerdict, PayoutReport};
use senim_gateway_core::store::{Change, Collection, Expect, Store as _};
use senim_operation::Draft;
use senim_operation::body::*;
use senim_operation::jws::sha256_b64;
use senim_operation::message::{ApplicationRefusal, FaceRefusal, LoginRefusal, MessageBody};
use uuid::Uuid;

use crate::support::{self, PRINCIPAL, Rig, iin, pack, preparation, started};

fn login_refusal(body: &MessageBody) -> (LoginRefusal, bool) {
    match body {
        MessageBody::LoginRefused { reason, may_retry } => (*reason, *may_retry),
        other => panic!("{other:?}"),
    }
}

fn application_refusal(body: &MessageBody) -> ApplicationRefusal {
    match body {
        MessageBody::ApplicationRefused { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

fn contract_refusal(body: &MessageBody) -> &str {
    match body {
        MessageBody::ContractRefused { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_loan_goes_from_iin_to_cash_and_core_lending_hears_of_it_once() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let authorisation = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    let row = rig.terminal.rows.last().unwrap().clone();
    assert_eq!(authorisation.row_sha256, row.hash);
    assert_eq!((authorisation.boot.as_str(), authorisation.epoch, authorisation.part), ("boot-1", 0, 1));
    assert_eq!(authorisation.amount_tiyn.tiyn(), PRINCIPAL);
    assert!(rig.say(rig.in_session(Rig::ended(&authorisation, 20, PayoutResult::Paid))).is_none());
    rig.services.get(|s| {
        assert_eq!((s.bookings.len(), s.payouts.len()), (1, 1));
        assert_eq!(s.bookings[0].annual_rate_hundredths, 3600);
        assert_eq!(s.payouts[0].amount_tiyn.tiyn(), PRINCIPAL);
    });
    assert_eq!(rig.request(loan, 2, PRINCIPAL, face).unwrap_err(), "paidOut");
}

#[test]
fn the_contract_of_each_method_is_a_file_with_its_text_in_kazakh_and_russian() {
    let mut rig = started();
    let (_, drafts) = rig.offer();
    assert_eq!(drafts.len(), 2);
    for draft in &drafts {
        draft.schedule.check().unwrap();
        assert_eq!(draft.schedule.issued.to_string(), "2026-03-02");
        let paper = senim_document::read(&draft.pdf).unwrap();
        let figures = paper.figures.as_ref().unwrap();
        assert_eq!((&figures.schedule, figures.gesv_e8), (&draft.schedule, draft.gesv_e8));
        let [kazakh, russian] = paper.sections.as_slice() else { panic!("{}", paper.sections.len()) };
        assert_eq!((kazakh.language, russian.language), (Language::Kk, Language::Ru));
        for section in [kazakh, russian] {
            let text = section.paragraphs.join("\n");
            assert!(text.contains("100\u{a0}000\u{a0}₸") && text.contains(&iin()), "{text}");
            assert!(text.contains("Серікбаева Айгүл Болатқызы") && !text.contains('{'));
            assert_eq!(section.table.as_ref().unwrap().rows.len(), draft.schedule.instalments.len());
            assert_eq!(section.terms.iter().filter(|term| term.strong).count(), 2, "both rates alike");
        }
        assert_eq!(draft.gesv_e8, senim_domain::gesv::of_schedule(&draft.schedule).unwrap().units());
    }
}

#[test]
fn the_first_page_states_all_key_terms_in_their_order_and_holds_both_languages() {
    let mut rig = started();
    let (_, drafts) = rig.offer();
    let paper = senim_document::read(&drafts[0].pdf).unwrap();
    let wanted = [
        [
            "0,5\u{a0}%",
            "2)\u{a0}мерзімі өткен сыйақы; 3)\u{a0}тұрақсыздық айыбы",
            "қолма-қол",
            "тұтыну",
            "«Сенім Демо",
        ],
        [
            "10\u{a0}%",
            "2)\u{a0}просроченное вознаграждение; 3)\u{a0}неустойка",
            "наличными",
            "потребительские",
            "«Сенім Демо»",
        ],
    ];
    for (section, wanted) in paper.sections.iter().zip(wanted) {
        assert_eq!(section.terms.len(), 12);
        assert!([3, 4].iter().all(|rate| section.terms[*rate].strong));
        for (term, text) in section.terms[7..].iter().zip(wanted) {
            assert!(term.value.contains(text), "{}: {}", term.label, term.value);
        }
        let text = section.paragraphs.join("\n");
        assert!(text.contains("ombudsman.example") && text.contains(wanted[1]), "{text}");
    }
    let second = first_lines_of_page(&drafts[0].pdf, 2);
    assert!(
        second.contains("Микрокредит беру туралы шарт"),
        "both languages are on the first page: {second}"
    );
    let third = paper.sections[0].paragraphs[0].split_whitespace().next().unwrap().to_owned();
    assert!(second.contains(&third), "the second begins with the text in Kazakh: {second}");
}

/// What a stock tool reads at the top of a page.
fn first_lines_of_page(pdf: &SecretBytes, page: u32) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let page = page.to_string();
    let mut child = Command::new("pdftotext")
        .args(["-f", &page, "-l", &page, "-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("apt install poppler-utils");
    child.stdin.take().unwrap().write_all(pdf.expose()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| !line.trim().is_empty()).take(4).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_about_the_person_lies_in_the_store_in_clear() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
    let dump = rig.store.dump();
    let code = rig.last_code();
    for planted in
        [iin().as_str(), "Айгүл", "Серікбаева", "77011234567", &format!("\"{code}\""), "picture of a face"]
    {
        assert!(!dump.contains(planted), "{planted}");
    }
    assert!(dump.contains(&loan.to_string()), "the search looks at the right text");
}

#[test]
fn who_is_no_client_or_is_blocked_gets_the_same_neutral_answer() {
    let mut rig = started();
    rig.open_session();
    let (_, stranger) = rig.ask_login(&support::right_iin("85010130000"));
    rig.services.set(|s| s.blocked = true);
    let (_, blocked) = rig.ask_login(&iin());
    assert_eq!(login_refusal(&stranger), (LoginRefusal::NotAvailable, false));
    assert_eq!(login_refusal(&blocked), (LoginRefusal::NotAvailable, false));
    assert!(rig.services.get(|s| s.sms.is_empty()));
}

#[test]
fn a_wrong_code_may_be_retried_until_the_tries_are_used_up() {
    let mut rig = started();
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let wrong = if rig.last_code() == "000000" { "111111" } else { "000000" };
    assert_eq!(login_refusal(&rig.type_code(login, wrong)), (LoginRefusal::WrongCode, true));
    assert_eq!(login_refusal(&rig.type_code(login, wrong)), (LoginRefusal::WrongCode, true));
    assert_eq!(login_refusal(&rig.type_code(login, wrong)), (LoginRefusal::TooMany, false));
    let right = rig.last_code();
    assert_eq!(login_refusal(&rig.type_code(login, &right)), (LoginRefusal::CodeExpired, false));
}

#[test]
fn a_code_that_is_too_old_used_or_of_another_login_is_refused() {
    let mut rig = started();
    rig.open_session();
    let (old, _) = rig.ask_login(&iin());
    rig.later(121);
    let code = rig.last_code();
    assert_eq!(login_refusal(&rig.type_code(old, &code)), (LoginRefusal::CodeExpired, false));
    let (first, _) = rig.ask_login(&iin());
    let first_code = rig.last_code();
    let (second, _) = rig.ask_login(&iin());
    assert_eq!(login_refusal(&rig.type_code(first, &first_code)).0, LoginRefusal::CodeExpired);
    let code = rig.last_code();
    assert!(matches!(rig.type_code(second, &code), MessageBody::LoggedIn { .. }));
    assert_eq!(login_refusal(&rig.type_code(second, &code)).0, LoginRefusal::CodeExpired);
}

#[test]
fn codes_are_limited_by_session_and_by_day() {
    let mut rig = started();
    rig.open_session();
    for _ in 0..3 {
        assert!(matches!(rig.ask_login(&iin()).1, MessageBody::LoginCodeSent { .. }));
    }
    assert_eq!(login_refusal(&rig.ask_login(&iin()).1).0, LoginRefusal::TooMany);
    rig.open_session();
    for _ in 0..2 {
        assert!(matches!(rig.ask_login(&iin()).1, MessageBody::LoginCodeSent { .. }));
    }
    assert_eq!(login_refusal(&rig.ask_login(&iin()).1).0, LoginRefusal::TooMany);
    rig.later(24 * 3600);
    rig.open_session();
    assert!(matches!(rig.ask_login(&iin()).1, MessageBody::LoginCodeSent { .. }));
}

#[test]
fn services_that_are_away_end_politely_and_a_new_attempt_succeeds() {
    let mut rig = started();
    rig.open_session();
    rig.services.set(|s| s.sms_down = true);
    assert_eq!(login_refusal(&rig.ask_login(&iin()).1).0, LoginRefusal::TryLater);
    rig.services.set(|s| (s.sms_down, s.core_down) = (false, true));
    assert_eq!(login_refusal(&rig.ask_login(&iin()).1).0, LoginRefusal::TryLater);
    rig.services.set(|s| s.core_down = false);
    let client = rig.log_in();
    rig.services.set(|s| s.core_down = true);
    assert_eq!(application_refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::TryLater);
    rig.services.set(|s| (s.core_down, s.faces_down) = (false, true));
    let MessageBody::OfferMade { loan, .. } = rig.apply(client, PRINCIPAL) else { panic!("no offer") };
    let body = rig.face(loan).1;
    assert!(
        matches!(body, MessageBody::FaceRefused { reason: FaceRefusal::TryLater, attempts_left: 3, .. }),
        "{body:?}"
    );
    rig.services.set(|s| s.faces_down = false);
    assert!(matches!(rig.face(loan).1, MessageBody::FaceMatched { .. }));
}

#[test]
fn each_check_speaks_for_itself() {
    let mut rig = started();
    rig.open_session();
    let stranger = senim_domain::ClientId(uuid::Uuid::from_u128(7));
    assert_eq!(application_refusal(&rig.apply(stranger, PRINCIPAL)), ApplicationRefusal::NotApproved);
    let client = rig.log_in();
    for principal in [1_900_000, 30_100_000, 10_050_000] {
        assert_eq!(application_refusal(&rig.apply(client, principal)), ApplicationRefusal::OutsideLimits);
    }
    rig.services.set(|s| s.aml = true);
    assert_eq!(application_refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::NotApproved);
    rig.services.set(|s| (s.aml, s.refusal) = (false, true));
    assert_eq!(application_refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::VoluntaryRefusal);
    rig.services.set(|s| (s.refusal, s.kdn) = (false, 51));
    assert_eq!(application_refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::NotApproved);
    rig.services.set(|s| s.kdn = 50);
    assert!(matches!(rig.apply(client, PRINCIPAL), MessageBody::OfferMade { .. }));
}

#[test]
fn one_client_has_one_open_loan_whichever_terminal_asks() {
    let mut rig = started();
    rig.conclude();
    let second = rig.second_terminal("t-2");
    rig.terminal = second;
    let row = rig.terminal.begin_epoch(rig.now);
    rig.send(&[row]);
    rig.open_session();
    let client = rig.log_in();
    assert_eq!(application_refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::LoanOpen);
}

#[test]
fn of_two_offers_only_the_first_agreed_becomes_a_contract() {
    let mut rig = started();
    let (loan, drafts) = rig.offer();
    let client = senim_domain::ClientId(uuid::Uuid::from_u128(7));
    let MessageBody::OfferMade { loan: other, drafts: others, .. } = rig.apply(client, PRINCIPAL) else {
        panic!()
    };
    rig.says([preparation::pressure(other, false)]);
    let second = rig.choose(other, &others[0]);
    rig.show(loan, &drafts[0]);
    rig.show(other, &second);
    let (face, _) = rig.face(loan);
    let (other_face, _) = rig.face(other);
    assert!(matches!(rig.agree(loan, &drafts[0], face), MessageBody::ContractAccepted { .. }));
    assert_eq!(contract_refusal(&rig.agree(other, &second, other_face)), "loanOpen");
    assert_eq!(rig.services.get(|s| s.bookings.len()), 1);
}

#[test]
fn three_faces_that_do_not_match_are_the_end() {
    let mut rig = started();
    let (loan, _) = rig.offer();
    rig.services.set(|s| s.face = Some(FaceVerdict::Other));
    for left in [2, 1, 0] {
        let body = rig.face(loan).1;
        let as_expected = matches!(body, MessageBody::FaceRefused { reason: FaceRefusal::NoMatch, attempts_left, .. } if attempts_left == left);
        assert!(as_expected, "{body:?}");
    }
    rig.services.set(|s| s.face = Some(FaceVerdict::Same));
    assert!(matches!(rig.face(loan).1, MessageBody::FaceRefused { attempts_left: 0, .. }));
}

#[test]
fn a_contract_needs_the_very_document_shown_and_a_fresh_face() {
    let mut rig = started();
    let (loan, drafts) = rig.offer();
    let nobody = MessageId(uuid::Uuid::from_u128(1));
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[0], nobody)), "documentNotShown");
    rig.show(loan, &drafts[0]);
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[0], nobody)), "faceCheck");
    let (face, _) = rig.face(loan);
    let mut forged = drafts[0].clone();
    forged.contract_sha256 = sha256_b64(b"another text");
    assert_eq!(contract_refusal(&rig.agree(loan, &forged, face)), "documentDiffers");
    let mut crossed = drafts[0].clone();
    crossed.contract_sha256.clone_from(&drafts[1].contract_sha256);
    assert_eq!(contract_refusal(&rig.agree(loan, &crossed, face)), "documentDiffers");
    rig.later(i64::from(support::pack().portrait.life_seconds) + 1);
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[0], face)), "faceCheck");
    rig.later(1800);
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[0], face)), "expired");
    assert!(rig.services.get(|s| s.bookings.is_empty()));
}

#[test]
fn a_lost_booking_answer_leaves_one_contract_and_the_chosen_method() {
    let mut rig = started();
    let (loan, drafts) = rig.offer();
    rig.show(loan, &drafts[0]);
    rig.show(loan, &drafts[1]);
    let (face, _) = rig.face(loan);
    rig.services.set(|s| s.booking_reply_lost = true);
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[0], face)), "tryLater");
    rig.services.set(|s| s.booking_reply_lost = false);
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[1], face)), "agreementPending");
    assert!(matches!(rig.agree(loan, &drafts[0], face), MessageBody::ContractAccepted { .. }));
    assert_eq!(contract_refusal(&rig.agree(loan, &drafts[0], face)), "alreadyConcluded");
    assert_eq!(rig.services.get(|s| s.bookings.len()), 1);
}

#[test]
fn an_offer_made_shortly_before_midnight_ends_with_the_day() {
    let mut rig = started();
    rig.later(11 * 3600 + 50 * 60); // 23:50 in Kazakhstan
    rig.open_session();
    let client = rig.log_in();
    let MessageBody::OfferMade { expires, .. } = rig.apply(client, PRINCIPAL) else { panic!() };
    assert_eq!(expires.0 - rig.now.0, 9 * 60 * 1000);
}

#[test]
fn no_second_leave_while_one_is_live_and_none_for_another_sum_or_part() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    assert_eq!(rig.request(loan, 1, PRINCIPAL - 100, face).unwrap_err(), "wrongAmount");
    assert_eq!(rig.request(loan, 2, PRINCIPAL, face).unwrap_err(), "wrongPart");
    let unknown = senim_domain::LoanId(uuid::Uuid::from_u128(3));
    assert_eq!(rig.request(unknown, 1, PRINCIPAL, face).unwrap_err(), "unknownLoan");
    rig.request(loan, 1, PRINCIPAL, face).unwrap();
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "authorisationLive");
}

#[test]
fn after_a_short_payout_leave_is_given_for_exactly_the_rest() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&first, 8, PayoutResult::Short)));
    assert_eq!(rig.request(loan, 2, PRINCIPAL, face).unwrap_err(), "wrongAmount");
    let second = rig.request(loan, 2, PRINCIPAL - 4_000_000, face).unwrap();
    assert_eq!((second.part, second.amount_tiyn.tiyn()), (2, 6_000_000));
    rig.say(rig.in_session(Rig::ended(&second, 12, PayoutResult::Paid)));
    assert_eq!(rig.request(loan, 3, 0, face).unwrap_err(), "paidOut");
    let paid = rig.services.get(|s| s.payouts.iter().map(|report| report.amount_tiyn.tiyn()).sum::<u64>());
    assert_eq!(paid, PRINCIPAL);
}

#[test]
fn nothing_dispensed_gives_the_whole_sum_another_chance() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&first, 0, PayoutResult::Nothing)));
    assert!(rig.services.get(|s| s.payouts.is_empty()));
    assert_eq!(rig.request(loan, 2, PRINCIPAL, face).unwrap().part, 2);
}

#[test]
fn an_uncertain_payout_freezes_the_loan() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&first, 10, PayoutResult::Uncertain)));
    assert_eq!(rig.request(loan, 2, 5_000_000, face).unwrap_err(), "suspect");
    assert_eq!(rig.services.get(|s| s.payouts[0].amount_tiyn.tiyn()), 5_000_000);
}

#[test]
fn a_payout_that_ends_twice_is_booked_once_and_freezes_the_loan() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&first, 8, PayoutResult::Short)));
    rig.say(rig.in_session(Rig::ended(&first, 12, PayoutResult::Short)));
    assert_eq!(rig.request(loan, 2, 6_000_000, face).unwrap_err(), "suspect");
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
}

#[test]
fn an_outage_is_not_counted_as_the_persons_attempt() {
    let mut rig = started();
    rig.open_session();
    rig.services.set(|s| s.sms_down = true);
    for _ in 0..5 {
        assert_eq!(login_refusal(&rig.ask_login(&iin()).1).0, LoginRefusal::TryLater);
    }
    rig.services.set(|s| s.sms_down = false);
    rig.log_in();
}

#[test]
fn a_person_under_age_is_not_offered_a_loan() {
    let mut rig = started();
    rig.services.set(|s| s.young = true);
    rig.open_session();
    let (login, _) = rig.ask_login(&support::right_iin("10031450000"));
    let code = rig.last_code();
    let MessageBody::LoggedIn { client, .. } = rig.type_code(login, &code) else { panic!() };
    assert_eq!(application_refusal(&rig.apply(client, PRINCIPAL)), ApplicationRefusal::NotApproved);
}

#[test]
fn cash_that_contradicts_the_leave_freezes_the_loan() {
    let contradictions: [fn(&mut PayoutEnded); 4] = [
        |ended| ended.distributed_tiyn = Tiyn::new(1).unwrap(),
        |ended| ended.distributed[0].notes = 19,
        |ended| {
            ended.distributed[0].notes = 21;
            ended.distributed_tiyn = Tiyn::new(10_500_000).unwrap();
        },
        |ended| ended.result = PayoutResult::Nothing,
    ];
    for contradict in contradictions {
        let mut rig = started();
        let (loan, face) = rig.conclude();
        let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
        let mut ended = Rig::ended(&first, 20, PayoutResult::Paid);
        contradict(&mut ended);
        rig.say(rig.in_session(ended));
        assert_eq!(rig.request(loan, 2, 1, face).unwrap_err(), "suspect");
    }
}

#[test]
fn a_payout_end_reaches_the_loan_after_its_visit_has_ended() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(Draft::new(TerminalStarted { config_sha256: sha256_b64(b""), clean_stop: false }));
    rig.say(Draft::new(Rig::ended(&first, 8, PayoutResult::Short)));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
    rig.open_session();
    rig.log_in();
    let (face, _) = rig.face(loan);
    assert_eq!(rig.request(loan, 2, 6_000_000, face).unwrap().part, 2);
}

#[test]
fn payout_is_asked_afresh_for_refusal_face_activation_and_day() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    rig.services.set(|s| s.refusal = true);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "voluntaryRefusal");
    rig.services.set(|s| (s.refusal, s.core_down) = (false, true));
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "tryLater");
    rig.services.set(|s| s.core_down = false);
    rig.gateway
        .activate(&rig.terminal.id.clone(), &support::place(false, "closed"), &support::staff(), rig.now)
        .unwrap();
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "inactive");
    rig.gateway
        .activate(&rig.terminal.id.clone(), &support::place(true, "open"), &support::staff(), rig.now)
        .unwrap();
    rig.later(i64::from(support::pack().portrait.life_seconds) + 1);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "faceCheck");
    rig.later(13 * 3600);
    assert_eq!(rig.request(loan, 1, PRINCIPAL, face).unwrap_err(), "otherDate");
}

#[test]
fn a_terminal_that_measures_itself_elsewhere_gets_no_leave_to_pay() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let here = Point { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709 };
    let far = Point { longitude_udeg: here.longitude_udeg + 10_000, ..here };
    let mut activate = support::place(true, "here");
    activate.location = RegisteredLocation { point: Some(here), radius_m: 200, ..activate.location };
    rig.gateway.activate(&rig.terminal.id.clone(), &activate, &support::staff(), rig.now).unwrap();
    let mut ask = |place| {
        let body = PayoutRequested { place, ..rig.payout_request(loan, 1, PRINCIPAL, face) };
        match rig.say(rig.in_session(body)).unwrap().1 {
            MessageBody::PayoutAuthorised(_) => Ok(()),
            MessageBody::PayoutRefused { reason, .. } => Err(reason),
            other => panic!("{other:?}"),
        }
    };
    let at = |measured| Some(Place::Measured { registered: Some(here), measured });
    assert_eq!(ask(at(far)).unwrap_err(), "elsewhere");
    assert_eq!(ask(at(here)), Ok(()), "where it is on record");
}

#[test]
fn what_waits_for_core_lending_is_not_tried_again_by_rows_that_have_nothing_to_report() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.services.set(|s| s.core_down = true);
    rig.say(rig.in_session(Rig::ended(&leave, 20, PayoutResult::Paid)));
    assert_eq!(rig.services.get(|s| s.reports_tried), 1);
    rig.services.set(|s| s.core_down = false);
    rig.later(3600);
    rig.open_session();
    rig.log_in();
    assert_eq!(rig.services.get(|s| s.reports_tried), 1);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| s.reports_tried), 2);
}

#[test]
fn reports_that_waited_go_out_with_the_first_that_core_lending_takes() {
    let mut rig = started();
    // More than are fetched at once.
    let waiting: Vec<Change> = (0..100)
        .map(|n| {
            let report = PayoutReport {
                loan: LoanId(Uuid::from_u128(n)),
                request: PayoutRequestId(Uuid::from_u128(n)),
                amount_tiyn: Tiyn::new(1).unwrap(),
                terminal: rig.terminal.id.clone(),
            };
            Change::Document {
                collection: Collection::Outbox,
                key: format!("payout/{}", report.request),
                expect: Expect::Absent,
                json: Some(serde_json::to_string(&report).unwrap()),
            }
        })
        .collect();
    rig.store.commit(&waiting).unwrap();
    rig.services.set(|s| s.core_down = true);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 1);
    rig.services.set(|s| s.core_down = false);
    let (loan, face) = rig.conclude();
    let leave = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.say(rig.in_session(Rig::ended(&leave, 10, PayoutResult::Short)));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 0, "it was away a moment ago");
    let rest = rig.request(loan, 2, PRINCIPAL / 2, face).unwrap();
    rig.later(5);
    rig.say(rig.in_session(Rig::ended(&rest, 10, PayoutResult::Paid)));
    assert_eq!(rig.services.get(|s| s.payouts.len()), 102);
    assert!(rig.store.documents(Collection::Outbox, "").unwrap().is_empty());
}

#[test]
fn a_report_that_core_lending_missed_arrives_later_and_once() {
    let mut rig = started();
    let (loan, face) = rig.conclude();
    let first = rig.request(loan, 1, PRINCIPAL, face).unwrap();
    rig.services.set(|s| s.core_down = true);
    rig.say(rig.in_session(Rig::ended(&first, 20, PayoutResult::Paid)));
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 1);
    rig.services.set(|s| s.core_down = false);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(rig.services.get(|s| s.payouts.len()), 1);
}

#[test]
fn each_login_and_each_failed_one_is_told_to_the_client_and_a_login_says_when_the_last_was() {
    let mut rig = started();
    let last_login = |rig: &mut Rig| {
        rig.open_session();
        let (login, _) = rig.ask_login(&iin());
        match rig.type_code(login, &rig.last_code()) {
            MessageBody::LoggedIn { last_login, .. } => last_login,
            other => panic!("{other:?}"),
        }
    };
    let texts = |rig: &Rig| rig.services.get(|s| s.sms.clone());
    let first = rig.now;
    assert_eq!(last_login(&mut rig), None);
    let code = texts(&rig).len();
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    let told = texts(&rig);
    assert_eq!(told.len(), code + 1);
    assert!(told[code].contains(rig.terminal.id.as_str()), "{}", told[code]);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(texts(&rig).len(), code + 1, "told once");
    rig.later(3600);
    let second = last_login(&mut rig);
    assert!(second.is_some_and(|at| at.0.abs_diff(first.0) < 3_600_000), "{second:?}");
    // A text that cannot go now goes later.
    rig.services.set(|s| s.sms_down = true);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 1);
    rig.services.set(|s| s.sms_down = false);
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    let before = texts(&rig).len();
    rig.open_session();
    let (login, _) = rig.ask_login(&iin());
    let wrong = if rig.last_code() == "000000" { "111111" } else { "000000" };
    for _ in 0..3 {
        rig.type_code(login, wrong);
    }
    assert_eq!(rig.gateway.flush_outbox(rig.now).unwrap(), 0);
    assert_eq!(texts(&rig).len(), before + 2, "the code and the notice of the failure");
}

#[test]
fn an_entrepreneur_who_logs_in_is_offered_what_is_for_entrepreneurs_and_a_person_is_not() {
    for entrepreneur in [false, true] {
        let mut rig = started();
        rig.services.set(|s| s.entrepreneur = entrepreneur);
        rig.open_session();
        let (login, _) = rig.ask_login(&iin());
        let MessageBody::LoggedIn { products, .. } = rig.type_code(login, &rig.last_code()) else { panic!() };
        let kind = if entrepreneur { ClientType::IndividualEntrepreneur } else { ClientType::Individual };
        for product in pack().products {
            assert_eq!(
                products.contains(&product.id),
                product.client_types.contains(&kind),
                "{}",
                product.id
            );
        }
    }
    let alone =
        |product: &senim_domain::rule_pack::Product| !product.client_types.contains(&ClientType::Individual);
    assert!(pack().products.iter().any(alone), "the pack has something for entrepreneurs alone");
}
