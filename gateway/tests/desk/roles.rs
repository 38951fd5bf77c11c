//! Every page and every act before every role: what the job allows is done, all else is refused and told in the trail.

use senim_gateway_core::{Right, Role, Roles};

use super::{Credentials, Site, csrf};
use crate::support::{NOON, staff};

/// What can be asked for: method, path before `PAYOUT` is put in, fields, and the right that it needs.
type Action = (&'static str, &'static str, &'static [(&'static str, &'static str)], Right);

const ACTIONS: [Action; 25] = [
    ("GET", "/fleet", &[], Right::SeeFleet),
    ("GET", "/terminals/t-1", &[], Right::SeeFleet),
    ("GET", "/payouts", &[], Right::SeePayouts),
    ("GET", "/payouts/PAYOUT", &[], Right::SeePayouts),
    ("POST", "/payouts/PAYOUT/preview", &[("given_5000", "14")], Right::SettlePayouts),
    ("POST", "/payouts/PAYOUT/propose", &[("given_5000", "14"), ("reason", "counted")], Right::SettlePayouts),
    (
        "POST",
        "/payouts/PAYOUT/confirm",
        &[("settlement", "0190f6c0-0000-7000-8000-000000000000"), ("reason", "checked")],
        Right::SettlePayouts,
    ),
    (
        "POST",
        "/terminals/t-1/command",
        &[("command", "takeCheckpoint"), ("minutes", "60"), ("reason", "checking")],
        Right::CommandTerminals,
    ),
    ("POST", "/terminals/t-1/flag", &[("quarantined", "yes"), ("reason", "odd")], Right::QuarantineTerminals),
    (
        "POST",
        "/terminals/t-1/notices",
        &[
            ("number", "17"),
            ("notified", "2026-01-05"),
            ("address", "Shelek"),
            ("radius", "300"),
            ("reason", "letter"),
        ],
        Right::ActivateTerminals,
    ),
    ("POST", "/terminals/t-1/notices/0/activate", &[("reason", "checked")], Right::ActivateTerminals),
    ("POST", "/terminals/t-1/notices/0/withdraw", &[("reason", "a wrong letter")], Right::ActivateTerminals),
    ("GET", "/leaks", &[], Right::SeeLeaks),
    ("MULTIPART", "/leaks/lists", &[("reason", "letter"), ("people", "900514300002")], Right::FlagLeaks),
    ("POST", "/leaks/lists/0/withdraw", &[("reason", "a wrong list")], Right::FlagLeaks),
    ("POST", "/leaks/lift", &[("iin", "900514300002"), ("reason", "asked for")], Right::FlagLeaks),
    ("POST", "/leaks/0/confirm", &[("reason", "checked")], Right::FlagLeaks),
    ("POST", "/leaks/0/decline", &[("reason", "a wrong list")], Right::FlagLeaks),
    ("GET", "/rules", &[], Right::SeeRulePacks),
    ("GET", "/rules/new", &[], Right::ChangeRulePacks),
    ("MULTIPART", "/rules/drafts", &[("reason", "minutes 4"), ("text", "{}")], Right::ChangeRulePacks),
    ("GET", "/rules/drafts/0", &[], Right::SeeRulePacks),
    ("POST", "/rules/drafts/0/approve", &[("seen", "0"), ("reason", "checked")], Right::ChangeRulePacks),
    ("POST", "/rules/drafts/0/decline", &[("reason", "too early")], Right::ChangeRulePacks),
    ("GET", "/trail", &[], Right::SeeTrail),
];

/// Who may what, as the MFO's jobs are described; written apart from the code that decides.
const MAY: [(Role, &[Right]); 6] = [
    (Role::Support, &[Right::SeeFleet, Right::SeePayouts]),
    (
        Role::Risk,
        &[
            Right::SeeFleet,
            Right::SeePayouts,
            Right::SettlePayouts,
            Right::ActivateTerminals,
            Right::SeeLeaks,
            Right::FlagLeaks,
            Right::SeeRulePacks,
            Right::ChangeRulePacks,
        ],
    ),
    (Role::Cash, &[Right::SeeFleet, Right::SeePayouts, Right::SettlePayouts]),
    (Role::Technician, &[Right::SeeFleet, Right::CommandTerminals]),
    (
        Role::Security,
        &[
            Right::SeeFleet,
            Right::SeePayouts,
            Right::CommandTerminals,
            Right::ActivateTerminals,
            Right::QuarantineTerminals,
            Right::SeeLeaks,
            Right::FlagLeaks,
            Right::SeeRulePacks,
            Right::ChangeRulePacks,
            Right::SeeTrail,
        ],
    ),
    (
        Role::Auditor,
        &[Right::SeeFleet, Right::SeePayouts, Right::SeeLeaks, Right::SeeRulePacks, Right::SeeTrail],
    ),
];

impl Site {
    fn hire(&mut self, name: &'static str, roles: &[Role]) -> String {
        let roles: Roles = roles.iter().copied().collect();
        let given: Credentials = self.rig.gateway.add_staff(name, &roles, &staff(), NOON).unwrap();
        self.staff.insert(name, given);
        self.signs_in(name)
    }

    fn tries(&self, cookie: &str, token: &str, (method, path, fields, _): Action) -> u16 {
        let (loan, leave) = self.payout.clone().unwrap();
        let path = path.replace("PAYOUT", &format!("{loan}/{}", leave.request));
        if method == "GET" {
            return self.get(&path, Some(cookie)).0;
        }
        if method == "MULTIPART" {
            return self.uploads(&path, cookie, token, fields).0;
        }
        let form: Vec<_> = fields.iter().copied().chain([("csrf", token)]).collect();
        self.post(&path, cookie, &form).0
    }
}

#[test]
fn every_page_and_act_that_the_desk_serves_is_tried_before_every_role() {
    let fits = |served: &str, tried: &str| {
        let (served, tried): (Vec<_>, Vec<_>) = (served.split('/').collect(), tried.split('/').collect());
        let alike = |(served, tried): (&&str, &&str)| served == tried || served.starts_with('{');
        served.len() == tried.len() && served.iter().zip(&tried).all(alike)
    };
    let served = senim_gateway::desk::actions();
    assert_eq!(served.len(), ACTIONS.len());
    for (method, path, right) in served {
        let tried = |(by, at, _, needs): &Action| {
            let by = if *by == "GET" { "GET" } else { "POST" };
            by == method.as_str() && fits(path, &at.replace("PAYOUT", "loan/request")) && *needs == right
        };
        assert!(ACTIONS.iter().any(tried), "{method} {path} is tried before nobody");
    }
}

#[test]
fn each_role_does_what_its_job_allows_and_nothing_else() {
    for (role, allowed) in MAY {
        let mut site = Site::with_doubt();
        let cookie = site.hire("Бибігүл", &[role]);
        let token = csrf(&site.page("/fleet", &cookie));
        for action in ACTIONS {
            let (_, path, _, right) = action;
            let before = site.gateway.trail_head().unwrap().n;
            let status = site.tries(&cookie, &token, action);
            let acts = site.gateway.trail(senim_domain::UtcMillis(0), None, 1).unwrap();
            let last = &acts.acts[0].record;
            if allowed.contains(&right) {
                assert!(matches!(status, 200 | 303 | 409), "{role} {path}: {status}");
                assert_ne!(last.act, "denied", "{role} {path}");
            } else {
                assert_eq!(status, 403, "{role} {path}");
                assert_eq!(acts.head.n, before + 1, "{role} {path}: the refusal is all that happened");
                assert_eq!((last.act.as_str(), last.subject.as_str()), ("denied", right.code()));
                assert_eq!(last.actor.person(), "Бибігүл");
                // The refusal would hide the next one's absence.
                site.rig
                    .gateway
                    .command(
                        &site.rig.terminal.id,
                        &senim_operation::message::Command::TakeCheckpoint,
                        60,
                        &staff(),
                        NOON,
                    )
                    .unwrap();
            }
        }
    }
}

#[test]
fn a_page_offers_nobody_what_their_job_does_not_allow() {
    for (role, allowed) in MAY {
        let mut site = Site::with_doubt();
        let cookie = site.hire("Бибігүл", &[role]);
        let (loan, leave) = site.payout.clone().unwrap();
        let fleet = site.page("/fleet", &cookie);
        let terminal = site.page("/terminals/t-1", &cookie);
        let offers = |page: &str, what: &str, right| {
            assert_eq!(page.contains(what), allowed.contains(&right), "{role} {what}");
        };
        offers(&fleet, "href=\"/payouts\"", Right::SeePayouts);
        offers(&fleet, "href=\"/trail\"", Right::SeeTrail);
        offers(&fleet, "href=\"/leaks\"", Right::SeeLeaks);
        if allowed.contains(&Right::SeeLeaks) {
            let leaks = site.page("/leaks", &cookie);
            offers(&leaks, "action=\"/leaks/", Right::FlagLeaks);
        }
        offers(&terminal, "/command\"", Right::CommandTerminals);
        offers(&terminal, "/notices\"", Right::ActivateTerminals);
        if allowed.contains(&Right::SeePayouts) {
            let payout = site.page(&format!("/payouts/{loan}/{}", leave.request), &cookie);
            offers(&payout, "/preview\"", Right::SettlePayouts);
        }
    }
}

#[test]
fn a_role_that_is_taken_away_is_gone_at_the_next_click() {
    let mut site = Site::with_doubt();
    let cookie = site.hire("Бибігүл", &[Role::Risk]);
    assert_eq!(site.get("/payouts", Some(&cookie)).0, 200);
    let roles: Roles = [Role::Technician].into_iter().collect();
    site.rig.gateway.add_staff("Бибігүл", &roles, &staff(), NOON).unwrap();
    assert_eq!(site.get("/payouts", Some(&cookie)).0, 403);
    assert_eq!(site.get("/fleet", Some(&cookie)).0, 200);
}
