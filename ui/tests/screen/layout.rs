//! Where things stand, in every mode and on every panel. Nothing is drawn here, and not the whole product is tried: the
//! smallest panel with the longest words and the largest letters has the least room. The gallery draws all of it.

use std::collections::BTreeSet;

use senim_domain::Language;
use senim_ui::App;
use senim_ui::elements::{self, Element};
use senim_ui::gallery;
use senim_ui::headless::Headless;
use senim_ui::samples::{self, Sample};
use senim_ui_model::hand::{Comfort, Hand};
use senim_ui_model::touch::touchables;
use senim_ui_model::{Keyboard, Screen};

use super::{LARGE, find, sample, with};

const PLAIN: Comfort = Comfort { large: false, contrast: false, low: false };
const LOW: Comfort = Comfort { large: false, contrast: false, low: true };

/// Of a 10.1 inch panel, as many pixels a millimetre.
const SMALL: ((u32, u32), f32) = ((1024, 600), 4.673);
const USUAL: ((u32, u32), f32) = ((1280, 800), 5.943);
/// Of 19 and 21.5 inches.
const SQUARE: ((u32, u32), f32) = ((1280, 1024), 3.402);
const UPRIGHT: ((u32, u32), f32) = ((1080, 1920), 4.034);

/// Width and height of everything that a finger has to hit.
const FINGER_MM: f32 = 15.0;

/// What stands outside of what is scrolled.
const FIXED: [&str; 12] = [
    "help",
    "comfort",
    "language-kk",
    "language-ru",
    "language-en",
    "back",
    "cancel",
    "secondary",
    "further",
    "primary",
    "page-down",
    "mark",
];

fn touchable(app: &App) -> Vec<Element> {
    let all = elements::all(app).into_iter();
    all.filter(|element| element.role == "button" || element.role == "slider").collect()
}

fn each(
    app: &App,
    headless: &Headless,
    size: (u32, u32),
    language: Language,
    comfort: Comfort,
    mut look: impl FnMut(&Sample, &str),
) {
    headless.resize(size);
    headless.lay_out();
    for sample in samples::all(language) {
        gallery::place(app, headless, &sample, comfort).unwrap();
        let name = format!("{}x{} {} {comfort:?} {}", size.0, size.1, language.code(), sample.name);
        look(&sample, &name);
    }
}

fn is_whole(element: &Element, size: (u32, u32)) -> bool {
    element.x >= -0.5
        && element.y >= -0.5
        && element.x + element.width <= size.0 as f32 + 0.5
        && element.y + element.height <= size.1 as f32 + 0.5
}

/// What is wrong with a screen on which everything has room.
fn faults(app: &App, sample: &Sample, name: &str, (size, pixels_per_mm): ((u32, u32), f32)) -> Vec<String> {
    let (mut faults, touchable) = (Vec::new(), touchable(app));
    let wanted = if sample.name.contains("welcome") { 4 } else { 4 + 1 };
    let quiet =
        ["out-of-service", "payout", "waiting-authorisation"].iter().any(|quiet| sample.name.contains(quiet));
    // While notes move there is nothing to decide.
    let quiet = quiet
        || matches!(&sample.view.screen, Screen::Notice(notice)
            if notice.busy && !notice.cancel && notice.secondary.is_none());
    // A mark stands alone: a panel that is off reaches nothing else.
    let quiet = quiet || matches!(sample.view.screen, Screen::Target(_));
    if !quiet && touchable.len() < wanted {
        faults.push(format!("{name}: found {}", touchable.len()));
    }
    let asked = sample.view.still_there_seconds.is_some();
    for element in &touchable {
        let id = &element.id;
        let least = FINGER_MM * pixels_per_mm;
        if element.width < least || element.height < least {
            faults.push(format!("{name} {id}: {}x{} is small", element.width, element.height));
        }
        if !is_whole(element, size) {
            faults.push(format!("{name} {id}: beside the panel: {element:?}"));
        }
        if element.label.is_empty() {
            faults.push(format!("{name} {id}: has no name to be spoken"));
        }
        let over = id == "stay" || id == "leave";
        if element.covered != (asked && !over) {
            faults.push(format!("{name} {id}: covered is {}", element.covered));
        }
    }
    let pages = matches!(sample.view.screen, Screen::Contract(_) | Screen::Notice(_) | Screen::Choice(_));
    if !pages && touchable.iter().any(|element| element.id == "page-down") {
        faults.push(format!("{name}: does not fit"));
    }
    for (at, one) in touchable.iter().enumerate().filter(|_| !asked) {
        for other in &touchable[at + 1..] {
            let apart = one.x + one.width <= other.x + 0.5
                || other.x + other.width <= one.x + 0.5
                || one.y + one.height <= other.y + 0.5
                || other.y + other.height <= one.y + 0.5;
            if !apart {
                faults.push(format!("{name}: {} lies on {}", one.id, other.id));
            }
        }
    }
    faults
}

fn no_faults(panel: ((u32, u32), f32), language: Language, comfort: Comfort) {
    let faults = with(move |app, headless| {
        let mut found = Vec::new();
        each(app, headless, panel.0, language, comfort, |sample, name| {
            found.extend(faults(app, sample, name, panel));
        });
        found
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn all_that_can_be_touched_is_whole_free_and_fifteen_millimetres_in_kazakh_on_the_smallest_panel() {
    no_faults(SMALL, Language::Kk, PLAIN);
}

#[test]
fn all_that_can_be_touched_is_whole_free_and_fifteen_millimetres_in_russian_on_the_smallest_panel() {
    no_faults(SMALL, Language::Ru, PLAIN);
}

#[test]
fn all_that_can_be_touched_is_whole_free_and_fifteen_millimetres_in_english_on_the_usual_panel() {
    no_faults(USUAL, Language::En, PLAIN);
}

#[test]
fn all_that_can_be_touched_is_whole_free_and_fifteen_millimetres_on_a_square_panel() {
    no_faults(SQUARE, Language::Kk, PLAIN);
}

#[test]
fn all_that_can_be_touched_is_whole_free_and_fifteen_millimetres_on_an_upright_panel() {
    no_faults(UPRIGHT, Language::Kk, PLAIN);
}

#[test]
fn all_that_can_be_touched_is_whole_free_and_fifteen_millimetres_low_down() {
    no_faults(USUAL, Language::Ru, LOW);
}

#[test]
fn in_large_letters_all_that_can_be_touched_is_got_by_turning_pages() {
    let missed = with(|app, headless| {
        let mut missed = Vec::new();
        for language in [Language::Kk, Language::Ru] {
            each(app, headless, SMALL.0, language, LARGE, |sample, name| {
                let asked = sample.view.still_there_seconds.is_some();
                let mut hand = Hand::default();
                hand.show(&sample.view);
                let named = touchables(&sample.view, &hand).into_iter().map(|element| element.id);
                // A text that is not longer than the screen has no pages.
                let named = named.filter(|id| !id.starts_with("page-"));
                let got = paged(app, headless, SMALL.0, asked);
                missed.extend(named.filter(|id| !got.contains(id)).map(|id| {
                    let at = elements::all(app).into_iter().find(|element| element.id == id);
                    let at = at.map(|element| (element.x, element.y, element.width, element.height));
                    format!("{name} {id}: {at:?}")
                }));
            });
        }
        missed
    });
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Everything that stood there free, and all but whole, on any page.
fn paged(app: &App, headless: &Headless, size: (u32, u32), asked: bool) -> BTreeSet<String> {
    let (mut known, mut rested) = (BTreeSet::new(), false);
    for _ in 0..60 {
        let content = elements::all(app).into_iter().find(|element| element.id == "content");
        for element in touchable(app) {
            let over = element.id == "stay" || element.id == "leave";
            let inside = FIXED.contains(&element.id.as_str())
                || over
                || content.as_ref().is_some_and(|content| {
                    // A fifth of a key may be cut: it is seen and its middle takes the finger.
                    let slack = element.height / 5.0;
                    element.y >= content.y - slack
                        && element.y + element.height <= content.y + content.height + slack
                });
            let got = is_whole(&element, size) && inside && !element.covered;
            if got || (asked && !over) {
                known.insert(element.id);
            }
        }
        if elements::tap(app, "page-down").is_err() {
            if rested || !touchable(app).iter().any(|element| element.id == "further") {
                break;
            }
            // That a text was read to its end is noticed a moment later.
            headless.rest(60);
            rested = true;
        }
        headless.lay_out();
    }
    known
}

#[test]
fn no_key_of_digits_lies_under_the_edge_of_its_area_in_any_mode() {
    let (seen, hidden) = with(|app, headless| {
        let (mut seen, mut hidden) = (0, Vec::new());
        for mode in gallery::MODES {
            headless.resize(mode.size);
            headless.lay_out();
            for language in mode.languages {
                for sample in samples::all(*language).into_iter().filter(has_keypad) {
                    gallery::place(app, headless, &sample, mode.comfort).unwrap();
                    let name = format!("{} {} {}", mode.name, language.code(), sample.name);
                    hidden.extend(hidden_keys(app).into_iter().map(|key| format!("{name}: {key}")));
                    seen += 1;
                }
            }
        }
        (seen, hidden)
    });
    assert!(seen > gallery::MODES.len());
    assert!(hidden.is_empty(), "{}", hidden.join("\n"));
}

fn has_keypad(sample: &Sample) -> bool {
    sample.view.still_there_seconds.is_none()
        && match &sample.view.screen {
            Screen::EnterIin(_) | Screen::EnterCode(_) => true,
            Screen::Entry(entry) => entry.keyboard == Keyboard::Digits,
            _ => false,
        }
}

fn hidden_keys(app: &App) -> Vec<String> {
    let all = elements::all(app);
    let area = all.iter().find(|element| element.id == "content").unwrap();
    let keys = (0..=9).map(|digit| format!("digit-{digit}")).chain(["clear".to_owned(), "erase".to_owned()]);
    let hidden = |id: &String| {
        !all.iter().any(|key| {
            key.id == *id
                && key.x >= area.x - 0.5
                && key.y >= area.y - 0.5
                && key.x + key.width <= area.x + area.width + 0.5
                && key.y + key.height <= area.y + area.height + 0.5
                && !key.covered
        })
    };
    keys.filter(hidden).collect()
}

#[test]
fn low_buttons_are_low_and_those_of_an_upright_panel_in_its_lower_part() {
    let high = with(|app, headless| {
        let mut high = Vec::new();
        // On a panel of the usual kind the upper sixth is out of reach, on an upright one nearly the upper half.
        for ((size, _), comfort, part) in [(USUAL, LOW, 1.0 / 6.0), (UPRIGHT, LOW, 0.45)] {
            each(app, headless, size, Language::Kk, comfort, |sample, name| {
                let letters =
                    matches!(&sample.view.screen, Screen::Entry(entry) if entry.keyboard != Keyboard::Digits);
                // Five rows of letters have no room to spare on it: only the top row is gone from above them.
                let part = if letters && size == USUAL.0 { 0.05 } else { part };
                let least = size.1 as f32 * part;
                // A page is turned back by scrolling too, and a whole panel is calibrated by whoever can reach it.
                let elsewhere = |id: &str| ["page-up", "mark"].contains(&id);
                for element in touchable(app).into_iter().filter(|element| !elsewhere(&element.id)) {
                    let (_, y) = element.centre();
                    if y < least {
                        high.push(format!("{name} {}: {y}", element.id));
                    }
                }
            });
        }
        high
    });
    assert!(high.is_empty(), "{}", high.join("\n"));
}

#[test]
fn the_mode_is_changed_under_what_was_typed_and_chosen_and_everything_is_still_there() {
    with(|app, headless| {
        for name in ["enter-iin", "amount", "contract", "agree", "menu", "receipt"] {
            gallery::place(app, headless, &sample(Language::Ru, name), PLAIN).unwrap();
            let ids = || touchable(app).into_iter().map(|element| element.id).collect::<BTreeSet<String>>();
            let before = ids();
            if name == "enter-iin" {
                super::type_digits(app, "9005");
            }
            for ease in ["comfort-contrast", "comfort-low"] {
                elements::tap(app, "comfort").unwrap();
                headless.lay_out();
                assert!(!find(app, ease).covered);
                if before.contains("primary") {
                    assert!(find(app, "primary").covered, "{name}: the finger does not reach through");
                }
                elements::tap(app, ease).unwrap();
                elements::tap(app, "close-comfort").unwrap();
                headless.lay_out();
            }
            assert_eq!(ids(), before, "{name}");
            if name == "enter-iin" {
                assert_eq!(find(app, "iin").label, "Введено 4 цифры");
                assert!(find(app, "help").y > find(app, "primary").y, "the top row is at the bottom");
                headless.step();
                assert_eq!(headless.frame().rgb[..3], [0, 0, 0], "the ground is black");
            }
        }
        app.show(&sample(Language::Ru, "welcome").view).unwrap();
        headless.lay_out();
        headless.step();
        assert_ne!(headless.frame().rgb[..3], [0, 0, 0], "the next person begins as everybody");
        assert!(find(app, "help").y < 100.0);
    });
}
