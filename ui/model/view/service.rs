//! The service mode: its card, and its pages. Nothing personal is on any of them.

use senim_domain::rule_pack::StaffRole;
use senim_domain::time::{ClockQuality, Stamp};
use senim_domain::{Language, Secret};
use senim_hal::ErrorKind;
use senim_session::Session;
use senim_session::card::CardProblem;
use senim_session::facts::DeviceState;
use senim_session::service::{
    Service, ServicePage, ServiceStage, ServiceTask, Staff, StaffCardProblem, StaffCardStage,
};

use super::preparation::secrets;
use super::{card, device_test, enrolment, exchange, export, path, settlement, touch};
use crate::format;
use crate::pages::{Choice, Choosable, Entry, Fact, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{
    Phrase, card as card_texts, device_test as test_texts, enrolment as enrolment_texts,
    exchange as exchange_texts, export as export_texts, path as path_texts, service as texts,
    touch as touch_texts,
};

pub(crate) fn screen(session: &Session, service: &Service, now: &Stamp, language: Language) -> Screen {
    match &service.stage {
        ServiceStage::Card(stage) => match (stage, session.first_officer()) {
            (StaffCardStage::Insert, Some(first)) => Screen::Notice(exchange::second(first, language)),
            (stage, _) => staff_card(stage, language),
        },
        ServiceStage::Open { staff, page: ServicePage::Home } => {
            Screen::Choice(home(session, staff, language))
        }
        ServiceStage::Open { page: ServicePage::Devices, .. } => {
            Screen::Notice(devices(&session.health(), language))
        }
        ServiceStage::Open { page: ServicePage::Upkeep, .. } => {
            Screen::Notice(upkeep(session, now, language))
        }
        ServiceStage::Open { page: ServicePage::Exchange(page), .. } => {
            exchange::screen(session, page, language)
        }
        ServiceStage::Open { page: ServicePage::Settlement(page), .. } => {
            settlement::screen(session, page, language)
        }
        ServiceStage::Open { page: ServicePage::Path(page), .. } => path::screen(session, page, language),
        ServiceStage::Open { page: ServicePage::Enrolment(page), .. } => enrolment::screen(*page, language),
        ServiceStage::Open { page: ServicePage::Tests(page), .. } => device_test::screen(page, language),
        ServiceStage::Open { page: ServicePage::Log(lines), .. } => {
            Screen::Notice(export::log(lines, language))
        }
        ServiceStage::Open { page: ServicePage::Export(page), .. } => {
            Screen::Notice(export::export(*page, language))
        }
        ServiceStage::Open { page: ServicePage::Touch(page), .. } => touch::screen(page, language),
    }
}

fn staff_card(stage: &StaffCardStage, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match stage {
        StaffCardStage::Insert => Screen::Notice(Notice {
            name: "serviceCard",
            title: say(texts::INSERT),
            paragraphs: secrets(&[say(texts::INSERT_TEXT)]),
            busy: true,
            ..Notice::default()
        }),
        StaffCardStage::Reading => Screen::Notice(working("serviceReading", card_texts::READING, language)),
        StaffCardStage::Working { .. } => {
            Screen::Notice(working("serviceWorking", card_texts::WORKING, language))
        }
        StaffCardStage::Keypad { tries_left, wrong, .. } => {
            let keypad = card::keypad(*tries_left, *wrong, language);
            Screen::Notice(Notice {
                name: "serviceKeypad",
                secondary: None,
                back: false,
                cancel: false,
                ..keypad
            })
        }
        StaffCardStage::Pin { tries_left, wrong, .. } => Screen::Entry(Entry {
            name: if *tries_left <= 1 { "servicePinLast" } else { "servicePin" },
            ..card::pin((texts::PIN_LEAD, texts::LAST_TRY), *tries_left, *wrong, language)
        }),
        StaffCardStage::Problem { problem } => {
            let (title, help) = match problem {
                StaffCardProblem::NotOfStaff => texts::NOT_OF_STAFF,
                StaffCardProblem::NotASecondOfficer => exchange_texts::NOT_A_SECOND,
                StaffCardProblem::Card(problem @ CardProblem::PinBlocked) => {
                    (card::said(*problem).0, texts::CARD_BLOCKED_HELP)
                }
                StaffCardProblem::Card(problem) => (card::said(*problem).0, texts::CARD_HELP),
            };
            let again = match problem {
                StaffCardProblem::NotOfStaff
                | StaffCardProblem::NotASecondOfficer
                | StaffCardProblem::Card(CardProblem::PinBlocked) => card_texts::ANOTHER_CARD,
                StaffCardProblem::Card(_) => texts::AGAIN,
            };
            Screen::Notice(Notice {
                name: "serviceCardProblem",
                tone: Tone::Warn,
                title: say(title),
                paragraphs: secrets(&[say(help)]),
                primary: Some(say(again)),
                ..Notice::default()
            })
        }
    }
}

fn working(name: &'static str, title: Phrase, language: Language) -> Notice {
    Notice { name, title: title.get(language).to_owned(), busy: true, ..Notice::default() }
}

fn home(session: &Session, staff: &Staff, language: Language) -> Choice {
    let role = match staff.role {
        StaffRole::Technician => texts::TECHNICIAN,
        StaffRole::CashOfficer => texts::CASH_OFFICER,
    };
    let health = session.health();
    let option = |task| match task {
        ServiceTask::Devices => {
            Choosable::new("devices", texts::DEVICES.get(language)).with(summary(&health, language))
        }
        ServiceTask::Upkeep => {
            let waiting = format::grouped(session.facts().upkeep.waiting);
            Choosable::new("upkeep", texts::UPKEEP.get(language))
                .with(texts::WAITING.with(language, &waiting))
        }
        ServiceTask::Exchange => exchange::task(session, language),
        ServiceTask::Path => {
            Choosable::new("path", path_texts::TASK.get(language)).with(path_texts::TASK_DETAIL.get(language))
        }
        ServiceTask::Enrolment => Choosable::new("enrolment", enrolment_texts::TASK.get(language))
            .with(enrolment_texts::TASK_DETAIL.get(language)),
        ServiceTask::Tests => Choosable::new("tests", test_texts::TASK.get(language))
            .with(test_texts::TASK_DETAIL.get(language)),
        ServiceTask::Log => Choosable::new("log", export_texts::LOG.get(language))
            .with(export_texts::LOG_DETAIL.get(language)),
        ServiceTask::Export => Choosable::new("export", export_texts::TASK.get(language))
            .with(export_texts::TASK_DETAIL.get(language)),
        ServiceTask::Touch => Choosable::new("touch", touch_texts::TASK.get(language))
            .with(touch_texts::TASK_DETAIL.get(language)),
        ServiceTask::Settlement => settlement::task(session.countable_doubt(), language),
        ServiceTask::Finish => {
            Choosable::new("finish", texts::FINISH.get(language)).with(texts::FINISH_DETAIL.get(language))
        }
    };
    Choice {
        name: "serviceHome",
        title: texts::HOME.with(language, &staff.number),
        lead: Secret::new(role.get(language).to_owned()),
        options: session.service_tasks(staff.role).into_iter().map(option).collect(),
        ..Choice::default()
    }
}

const fn is_failed(state: &DeviceState) -> bool {
    matches!(state, DeviceState::Failed(_))
}

/// What is known of all devices: a device that was not looked at yet is not said to work.
fn summary(health: &[(&str, &DeviceState)], language: Language) -> String {
    let count = |wanted: fn(&DeviceState) -> bool| health.iter().filter(|(_, state)| wanted(state)).count();
    match (count(is_failed), count(is_unknown)) {
        (0, 0) => texts::ALL_WELL.get(language).to_owned(),
        (0, unknown) => texts::NONE_FAILED.with(language, &unknown.to_string()),
        (failed, _) => texts::ATTENTION.with(language, &failed.to_string()),
    }
}

const fn is_unknown(state: &DeviceState) -> bool {
    matches!(state, DeviceState::Unknown)
}

/// What is wrong first, each with what the device says and what cures most of its faults; then each device's state.
pub(crate) fn devices(health: &[(&str, &DeviceState)], language: Language) -> Notice {
    let mut paragraphs = Vec::new();
    for (device, state) in health {
        if let DeviceState::Failed(cause) = state {
            let (name, usual) = named(device);
            let cure = match cause.kind {
                Some(ErrorKind::MediaJam) if *device == "dispenser" => path_texts::CURE,
                Some(ErrorKind::NoDevice) if *device != "camera" => texts::CABLE_CURE,
                Some(_) | None => usual,
            };
            let name = name.get(language);
            let told = cause.kind.map(|kind| format!("{name}: {}.", fault(kind).get(language)));
            paragraphs.push(Secret::new(told.unwrap_or_else(|| format!("{name}."))));
            paragraphs.push(Secret::new(cure.get(language).to_owned()));
            paragraphs.push(Secret::new(texts::IN_ITS_WORDS.with(language, &cause.text)));
        }
    }
    let facts = health.iter().map(|(device, state)| {
        let told = match state {
            DeviceState::Usable => texts::WORKS,
            DeviceState::Failed(_) => texts::FAILED,
            DeviceState::Unknown => texts::NOT_ASKED,
        };
        Fact::new(named(device).0.get(language), told.get(language))
    });
    let any = |wanted: fn(&DeviceState) -> bool| health.iter().any(|(_, state)| wanted(state));
    Notice {
        name: if any(is_failed) { "serviceDevices" } else { "serviceDevicesWell" },
        tone: match (any(is_failed), any(is_unknown)) {
            (true, _) => Tone::Warn,
            (false, true) => Tone::Calm,
            (false, false) => Tone::Good,
        },
        title: summary(health, language),
        paragraphs,
        facts: facts.collect(),
        primary: Some(texts::TO_HOME.get(language).to_owned()),
        back: true,
        ..Notice::default()
    }
}

fn upkeep(session: &Session, now: &Stamp, language: Language) -> Notice {
    let facts = session.facts();
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    let line = match (facts.online, facts.uplink_cause.as_str()) {
        (true, _) => say(texts::ONLINE),
        (false, "") => say(texts::OFFLINE),
        (false, cause) => format!("{}: {cause}", texts::OFFLINE.get(language)),
    };
    let ends = facts.upkeep.certificate_ends;
    let time = format::moment(now.utc);
    // The service mode itself is no reason that anybody has to cure.
    let reasons: Vec<String> =
        session.out_of_service(now).into_iter().filter(|reason| reason != "serviceMode").collect();
    let has = |code: &str| reasons.iter().any(|reason| reason == code);
    let cures = [
        (!facts.online, texts::LINE_CURE),
        (ends.is_some_and(|ends| ends <= now.utc), texts::CERTIFICATE_CURE),
        (facts.reserve_reached || has("journal"), texts::JOURNAL_CURE),
        (has("relocated"), texts::RELOCATED_CURE),
    ];
    let cures = cures.into_iter().filter(|(wanted, _)| *wanted).map(|(_, cure)| say(cure));
    let ended = session.ended_series(now.utc).into_iter();
    let ended = ended.map(|unit| texts::SERIES_CURE.with(language, &unit.0.to_string()));
    let cures: Vec<String> = cures.chain(ended).collect();
    let pack =
        facts.rule_pack.as_deref().map(|pack| format!("{} · {}", pack.version, format::moment(pack.expires)));
    let mut shown = vec![
        Fact::new(texts::LINE.get(language), line),
        Fact::new(texts::ROWS.get(language), format::grouped(facts.upkeep.rows)),
        Fact::new(texts::ROWS_WAITING.get(language), format::grouped(facts.upkeep.waiting)),
        Fact::new(texts::CERTIFICATE.get(language), ends.map_or_else(|| say(texts::UNKNOWN), format::moment)),
        Fact::new(
            texts::TIME.get(language),
            match now.quality {
                ClockQuality::Trusted => time,
                _ => texts::ESTIMATED.with(language, &time),
            },
        ),
        Fact::new(texts::RULES.get(language), pack.unwrap_or_else(|| say(texts::UNKNOWN))),
    ];
    if !reasons.is_empty() {
        let reasons: Vec<&str> = reasons.iter().map(|code| reason(code, language)).collect();
        shown.push(Fact::new(texts::OUT_OF_SERVICE.get(language), reasons.join(", ")));
    }
    Notice {
        name: if cures.is_empty() { "serviceUpkeepWell" } else { "serviceUpkeep" },
        tone: if cures.is_empty() { Tone::Calm } else { Tone::Warn },
        title: say(texts::UPKEEP),
        paragraphs: secrets(&cures),
        facts: shown,
        primary: Some(say(texts::TO_HOME)),
        back: true,
        ..Notice::default()
    }
}

/// Why it does not serve, in words; the code of what has none.
#[must_use]
pub fn reason(code: &str, language: Language) -> &str {
    let known = texts::REASONS.into_iter().find(|(known, _)| *known == code);
    known.map_or(code, |(_, phrase)| phrase.get(language))
}

const fn fault(kind: ErrorKind) -> Phrase {
    match kind {
        ErrorKind::Offline => texts::OFFLINE_FAULT,
        ErrorKind::PowerOff => texts::POWER_OFF,
        ErrorKind::NoDevice => texts::NO_DEVICE,
        ErrorKind::HardwareError => texts::HARDWARE_ERROR,
        ErrorKind::MediaJam => texts::MEDIA_JAM,
        ErrorKind::UserError => texts::USER_ERROR,
        ErrorKind::DeviceBusy => texts::DEVICE_BUSY,
        ErrorKind::FraudAttempt => texts::FRAUD_ATTEMPT,
        ErrorKind::PotentialFraud => texts::POTENTIAL_FRAUD,
        ErrorKind::Starting => texts::STARTING,
    }
}

/// A device's name, and what cures most of its faults.
pub(super) fn named(device: &str) -> (Phrase, Phrase) {
    match device {
        "dispenser" => texts::DISPENSER,
        "printer" => texts::PRINTER,
        "camera" => texts::CAMERA,
        "acceptor" => texts::ACCEPTOR,
        "card" => texts::CARD,
        "nfc" => texts::NFC,
        "supply" => texts::SUPPLY,
        "location" => texts::LOCATION,
        "cabinet" => texts::CABINET,
        "assistive" => texts::ASSISTIVE,
        "panel" => texts::PANEL,
        "watchdog" => texts::WATCHDOG,
        "display" => (touch_texts::DISPLAY, touch_texts::DISPLAY_CURE),
        "journal" => texts::JOURNAL,
        "journalCopy" => texts::JOURNAL_COPY,
        _ => texts::BOARD,
    }
}
