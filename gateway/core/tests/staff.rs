//! Who signs in to the desk: name, word and the code of a device, each needed, each code once.

use std::process::Command;

use senim_domain::{Secret, UtcMillis};
use senim_gateway_core::{Credentials, Role, Roles, SignInFault};
use totp_rs::Totp;

use crate::support::{NOON, Rig, staff, started};

const STEP: i64 = 30_000;

fn with(roles: &[Role]) -> (Rig, Credentials) {
    let rig = started();
    let roles: Roles = roles.iter().copied().collect();
    let given = rig.gateway.add_staff("Дана", &roles, &staff(), NOON).unwrap();
    (rig, given)
}

fn code_at(given: &Credentials, at: UtcMillis) -> Secret {
    let codes = Totp::from_url(given.codes.expose()).unwrap();
    Secret::new(codes.generate(u64::try_from(at.0 / 1000).unwrap()).to_string())
}

fn later(ms: i64) -> UtcMillis {
    UtcMillis(NOON.0 + ms)
}

#[test]
fn name_word_and_code_sign_in_and_none_of_them_can_be_missing() {
    let (rig, given) = with(&[Role::Support]);
    let code = code_at(&given, NOON);
    let none = Secret::new(String::new());
    let sign_in =
        |name: &str, word: &Secret, code: &Secret| rig.gateway.sign_in(name, word, code, NOON).unwrap();
    assert_eq!(sign_in("Дана", &given.word, &none), Err(SignInFault::Wrong));
    assert_eq!(sign_in("Дана", &none, &code), Err(SignInFault::Wrong));
    assert_eq!(sign_in("Асқар", &given.word, &code), Err(SignInFault::Wrong));
    assert_eq!(sign_in(" дана ", &given.word, &code), Ok("Дана".to_owned()));
}

#[test]
fn a_code_signs_in_once_and_an_older_one_not_after_it() {
    let (rig, given) = with(&[Role::Support]);
    let sign_in = |code: &Secret, at| rig.gateway.sign_in("Дана", &given.word, code, at).unwrap();
    let (before, now) = (code_at(&given, later(-STEP)), code_at(&given, NOON));
    assert!(sign_in(&now, NOON).is_ok());
    assert_eq!(sign_in(&now, later(1)), Err(SignInFault::Wrong), "read over somebody's shoulder");
    assert_eq!(sign_in(&before, later(1)), Err(SignInFault::Wrong));
    assert!(sign_in(&code_at(&given, later(STEP)), later(STEP)).is_ok());
}

#[test]
fn clocks_may_differ_by_one_code_and_not_by_two() {
    for (by, right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let (rig, given) = with(&[Role::Support]);
        let code = code_at(&given, later(by * STEP));
        assert_eq!(rig.gateway.sign_in("Дана", &given.word, &code, NOON).unwrap().is_ok(), right, "{by}");
    }
}

#[test]
fn five_wrong_codes_lock_the_account_for_a_quarter_of_an_hour_and_the_trail_tells() {
    let (rig, given) = with(&[Role::Support]);
    let wrong = code_at(&given, later(100 * STEP));
    for _ in 0..5 {
        assert_eq!(rig.gateway.sign_in("Дана", &given.word, &wrong, NOON).unwrap(), Err(SignInFault::Wrong));
    }
    let locked = rig.gateway.sign_in("Дана", &given.word, &code_at(&given, NOON), NOON).unwrap();
    assert_eq!(locked, Err(SignInFault::Locked));
    let at = later(15 * 60_000);
    assert!(rig.gateway.sign_in("Дана", &given.word, &code_at(&given, at), at).unwrap().is_ok());
    let acts = rig.gateway.trail(UtcMillis(0), None, 9).unwrap().acts;
    let told: Vec<_> = acts.iter().map(|act| act.record.act.as_str()).take(3).collect();
    assert_eq!(told, ["signIn", "signInLocked", "staffAdd"]);
}

#[test]
fn an_account_that_is_given_anew_has_other_codes_and_only_its_new_roles() {
    let (rig, old) = with(&[Role::Risk, Role::Security]);
    let roles: Roles = [Role::Auditor].into_iter().collect();
    let new = rig.gateway.add_staff("ДАНА", &roles, &staff(), NOON).unwrap();
    assert_eq!(rig.gateway.staff_roles("Дана").unwrap(), Some(roles));
    let sign_in = |word: &Secret, code: &Secret| rig.gateway.sign_in("Дана", word, code, NOON).unwrap();
    assert!(sign_in(&new.word, &code_at(&old, NOON)).is_err());
    assert!(sign_in(&old.word, &code_at(&new, NOON)).is_err());
    assert!(sign_in(&new.word, &code_at(&new, NOON)).is_ok());
}

#[test]
fn an_account_needs_a_job_and_a_name_that_an_authenticator_can_show() {
    let rig = started();
    let some: Roles = [Role::Cash].into_iter().collect();
    for (name, roles) in [("Дана", Roles::default()), ("Да:на", some.clone()), ("", some)] {
        assert!(rig.gateway.add_staff(name, &roles, &staff(), NOON).is_err(), "{name}");
        assert_eq!(rig.gateway.staff_roles(name).unwrap(), None);
    }
}

#[test]
fn nothing_that_makes_codes_lies_in_the_store() {
    let (rig, given) = with(&[Role::Support]);
    let codes = Totp::from_url(given.codes.expose()).unwrap();
    let kept = rig.store.dump();
    assert!(kept.contains("Дана"));
    for secret in [codes.secret().to_base32(), given.word.expose().to_owned()] {
        assert!(!kept.contains(&secret));
    }
}

#[test]
fn a_stock_programs_codes_sign_in() {
    let (rig, given) = with(&[Role::Support]);
    let secret = Totp::from_url(given.codes.expose()).unwrap().secret().to_base32();
    let asked = Command::new("oathtool")
        .args(["--totp", "--base32", &secret, "--now", &format!("@{}", NOON.0 / 1000)])
        .output();
    let Ok(answer) = asked else {
        eprintln!("SKIPPED PEER oathtool: not on this machine; apt-get install oathtool");
        return;
    };
    assert!(answer.status.success(), "{answer:?}");
    let code = Secret::new(String::from_utf8(answer.stdout).unwrap().trim().to_owned());
    assert!(rig.gateway.sign_in("Дана", &given.word, &code, NOON).unwrap().is_ok());
}
