//! A technician tries devices: the list, what is to be done, how it ended.

use senim_domain::{Language, Secret};
use senim_operation::body::{TestResult, TestedDevice};
use senim_session::service::TestPage;

use super::preparation::secrets;
use super::service::named;
use super::slips::SlipText;
use crate::pages::{Choice, Choosable, Leads, Notice, Tone};
use crate::screen::Screen;
use crate::texts::{Phrase, device_test as texts, service, touch};

pub(crate) fn screen(page: &TestPage, language: Language) -> Screen {
    let say = |phrase: Phrase| phrase.get(language).to_owned();
    match page {
        TestPage::List(devices) => Screen::Choice(Choice {
            name: "deviceTests",
            title: say(texts::LIST),
            lead: Secret::new(say(texts::LIST_LEAD)),
            options: devices.iter().map(|device| option(*device, language)).collect(),
            back: true,
            ..Choice::default()
        }),
        TestPage::Running { device, .. } => {
            let camera = *device == TestedDevice::Camera;
            let (seen, not_seen) = match device {
                TestedDevice::Camera => (Some(texts::SEEN), Some(texts::NOT_SEEN)),
                TestedDevice::Display => (Some(touch::DISPLAY_SEEN), Some(touch::DISPLAY_NOT_SEEN)),
                _ => (None, None),
            };
            Screen::Notice(Notice {
                name: "deviceTestRunning",
                title: name(*device, language),
                paragraphs: secrets(&[say(runs(*device))]),
                camera,
                test_picture: *device == TestedDevice::Display,
                busy: seen.is_none(),
                primary: seen.map(say),
                secondary: not_seen.map(say),
                back: true,
                ..Notice::default()
            })
        }
        TestPage::Ended { device, result } => Screen::Notice(ended(*device, *result, language)),
    }
}

fn ended(device: TestedDevice, result: TestResult, language: Language) -> Notice {
    let (notice, tone, title) = match result {
        TestResult::Passed => ("deviceTestPassed", Tone::Good, texts::PASSED),
        TestResult::Failed => ("deviceTestFailed", Tone::Warn, texts::FAILED),
        TestResult::NotDone => ("deviceTestNotDone", Tone::Calm, texts::NOT_DONE),
    };
    let text = match (result, device) {
        (TestResult::Passed, TestedDevice::Dispenser(_)) => Some(texts::DISPENSER_PASSED),
        (TestResult::Passed, _) => None,
        (TestResult::Failed, _) => Some(named(section(device)).1),
        (TestResult::NotDone, _) => Some(texts::NOT_DONE_TEXT),
    };
    let text: Vec<String> = text.map(|phrase| phrase.get(language).to_owned()).into_iter().collect();
    Notice {
        name: notice,
        tone,
        title: title.with(language, &name(device, language)),
        paragraphs: secrets(&text),
        primary: Some(texts::TO_LIST.get(language).to_owned()),
        secondary: Some(service::AGAIN.get(language).to_owned()),
        leads: if result == TestResult::Passed { Leads::Primary } else { Leads::Secondary },
        back: true,
        ..Notice::default()
    }
}

fn option(device: TestedDevice, language: Language) -> Choosable {
    let id = match device {
        TestedDevice::Dispenser(unit) => format!("cassette-{}", unit.0),
        other => section(other).to_owned(),
    };
    let does = match device {
        TestedDevice::Dispenser(_) => texts::DISPENSER_DOES,
        TestedDevice::Printer => texts::PRINTER_DOES,
        TestedDevice::Camera => texts::CAMERA_DOES,
        TestedDevice::Acceptor => texts::ACCEPTOR_DOES,
        TestedDevice::Card => texts::CARD_DOES,
        TestedDevice::Nfc => texts::NFC_DOES,
        TestedDevice::Display => touch::DISPLAY_DOES,
    };
    Choosable::new(id, name(device, language)).with(does.get(language))
}

fn name(device: TestedDevice, language: Language) -> String {
    match device {
        TestedDevice::Dispenser(unit) => texts::CASSETTE.with(language, &unit.0.to_string()),
        other => named(section(other)).0.get(language).to_owned(),
    }
}

/// The device's section in the configuration.
const fn section(device: TestedDevice) -> &'static str {
    match device {
        TestedDevice::Dispenser(_) => "dispenser",
        TestedDevice::Printer => "printer",
        TestedDevice::Acceptor => "acceptor",
        TestedDevice::Card => "card",
        TestedDevice::Nfc => "nfc",
        TestedDevice::Camera => "camera",
        TestedDevice::Display => "display",
    }
}

const fn runs(device: TestedDevice) -> Phrase {
    match device {
        TestedDevice::Dispenser(_) => texts::DISPENSER_RUNS,
        TestedDevice::Printer => texts::PRINTER_RUNS,
        TestedDevice::Camera => texts::CAMERA_RUNS,
        TestedDevice::Acceptor => texts::ACCEPTOR_RUNS,
        TestedDevice::Card => texts::CARD_RUNS,
        TestedDevice::Nfc => texts::NFC_RUNS,
        TestedDevice::Display => touch::DISPLAY_RUNS,
    }
}

/// What the printer prints when it is tried: every letter that a receipt may hold.
#[must_use]
pub fn print_test_text(language: Language) -> SlipText {
    SlipText {
        title: texts::SLIP.get(language).to_owned(),
        facts: Vec::new(),
        lines: secrets(&texts::SLIP_LETTERS.map(str::to_owned)),
    }
}
