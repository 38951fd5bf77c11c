//! The service mode, page by page, at a terminal whose printer has no paper.

use senim_domain::rule_pack::StaffRole;
use senim_domain::{Language, SecretBytes};
use senim_session::Session;
use senim_session::card::CardProblem;
use senim_session::service::{Service, ServicePage, ServiceStage, Staff, StaffCardProblem, StaffCardStage};

use super::{SOON, stamp};
use crate::screen::Screen;
use crate::view::service;

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    let stages = cards().into_iter().map(|(name, stage)| (name, ServiceStage::Card(stage)));
    let pages = [
        ("service-home", StaffRole::Technician, ServicePage::Home),
        ("service-home-cash", StaffRole::CashOfficer, ServicePage::Home),
        ("service-devices", StaffRole::Technician, ServicePage::Devices),
        ("service-upkeep", StaffRole::Technician, ServicePage::Upkeep),
    ];
    let pages = pages.map(|(name, role, page)| (name, ServiceStage::Open { staff: staff(role), page }));
    stages
        .chain(pages)
        .map(|(name, stage)| {
            let held = Service { stage, active_at: SOON };
            (name.to_owned(), service::screen(session, &held, &stamp(), language))
        })
        .collect()
}

fn staff(role: StaffRole) -> Staff {
    Staff { number: "t-017".to_owned(), role }
}

fn cards() -> Vec<(&'static str, StaffCardStage)> {
    let staff = || staff(StaffRole::Technician);
    let challenge = SecretBytes::default;
    let pin =
        |tries_left, wrong| StaffCardStage::Pin { staff: staff(), tries_left, wrong, challenge: challenge() };
    let problem = |problem| StaffCardStage::Problem { problem };
    vec![
        ("service-card", StaffCardStage::Insert),
        ("service-card-reading", StaffCardStage::Reading),
        ("service-card-pin", pin(3, false)),
        ("service-card-pin-wrong", pin(2, true)),
        ("service-card-pin-last", pin(1, true)),
        (
            "service-card-keypad",
            StaffCardStage::Keypad { staff: staff(), tries_left: 3, wrong: false, challenge: challenge() },
        ),
        ("service-card-working", StaffCardStage::Working { staff: staff(), challenge: challenge() }),
        ("service-card-not-of-staff", problem(StaffCardProblem::NotOfStaff)),
        ("service-card-blocked", problem(StaffCardProblem::Card(CardProblem::PinBlocked))),
    ]
}
