//! The screens in Slint and the hand that presses by name agree: what can be touched, when, and what it decides.

use std::collections::BTreeMap;

use senim_domain::{Language, Secret};
use senim_ui::elements;
use senim_ui::headless::Headless;
use senim_ui::{App, samples};
use senim_ui_model::hand::Hand;
use senim_ui_model::touch::{touch, touchables};
use senim_ui_model::{EnterCode, Screen, View};

use super::{decisions, with};

/// How far a text is scrolled and which table is open is the screen's own affair.
const ITS_OWN: [&str; 4] = ["page-up", "page-down", "further", "close-table"];

/// Options that stand on the first page of a choice.
const OPTIONS: usize = 6;

fn in_slint(app: &App) -> BTreeMap<String, bool> {
    let all = elements::all(app).into_iter();
    // What lies under the question cannot be touched.
    all.filter(|element| (element.role == "button" || element.role == "slider") && !element.covered)
        .filter(|element| !ITS_OWN.contains(&element.id.as_str()))
        .map(|element| (element.id, element.enabled))
        .collect()
}

fn in_the_model(view: &View, hand: &Hand) -> BTreeMap<String, bool> {
    let later: Vec<String> = match &view.screen {
        Screen::Choice(choice) => {
            choice.shown().skip(OPTIONS).map(|(_, option)| format!("option-{}", option.id)).collect()
        }
        _ => Vec::new(),
    };
    let all = touchables(view, hand).into_iter();
    all.filter(|element| !ITS_OWN.contains(&element.id.as_str()) && !later.contains(&element.id))
        .map(|element| (element.id, element.enabled))
        .collect()
}

fn shown(app: &App, headless: &Headless, view: &View) -> Hand {
    app.wipe();
    // Whoever looks makes what is gone go: nothing scrolled or opened before is still there.
    let _ = elements::all(app);
    app.show(view).unwrap();
    headless.lay_out();
    let mut hand = Hand::default();
    hand.show(view);
    hand
}

#[test]
fn the_model_names_everything_that_can_be_touched_and_when() {
    with(|app, headless| {
        for sample in samples::all(Language::En) {
            let mut hand = shown(app, headless, &sample.view);
            read_to_the_end(app, headless, &sample.view.screen);
            hand.turn_page();
            assert_eq!(in_slint(app), in_the_model(&sample.view, &hand), "{}", sample.name);
        }
    });
}

/// What one page is in the model has several here.
fn read_to_the_end(app: &App, headless: &Headless, screen: &Screen) {
    if matches!(screen, Screen::Choice(_)) {
        return;
    }
    while elements::tap(app, "further").is_ok() {
        headless.lay_out();
    }
    // That it was read is noticed a moment later, and not forgotten.
    match screen {
        Screen::Contract(_) => {
            headless.rest(60);
            while elements::tap(app, "page-up").is_ok() {
                headless.lay_out();
            }
        }
        Screen::Notice(notice) if notice.to_the_end => headless.rest(60),
        _ => {}
    }
}

#[test]
fn a_finger_and_a_hand_decide_the_same_by_every_element() {
    with(|app, headless| {
        for sample in samples::all(Language::En) {
            let ids: Vec<String> = {
                let hand = shown(app, headless, &sample.view);
                let model = in_the_model(&sample.view, &hand);
                in_slint(app).into_keys().filter(|id| model.contains_key(id) && is_tried(id)).collect()
            };
            for id in ids {
                let mut hand = shown(app, headless, &sample.view);
                // Echo first, so that a press has something to send.
                for before in before(&sample.view.screen) {
                    let _ = elements::tap(app, &before);
                    let _ = touch(&sample.view, &mut hand, &before);
                }
                if id == "primary" {
                    read_to_the_end(app, headless, &sample.view.screen);
                    hand.turn_page();
                }
                decisions();
                let tapped = elements::tap(app, &id).is_ok();
                let heard = decisions();
                match touch(&sample.view, &mut hand, &id) {
                    Ok(action) => {
                        assert!(tapped, "{} {id}", sample.name);
                        assert_eq!(heard, Vec::from_iter(action), "{} {id}", sample.name);
                    }
                    // Where the text is short Slint has read it already.
                    Err(_) if matches!(sample.view.screen, Screen::Contract(_)) => {}
                    Err(error) => assert!(!tapped, "{} {id}: {error}", sample.name),
                }
            }
        }
    });
}

/// Keys of one kind are alike: a few stand for all.
fn is_tried(id: &str) -> bool {
    let key = ["digit-", "letter-", "language-"].into_iter().find_map(|kind| id.strip_prefix(kind));
    key.is_none_or(|key| ["7", "B", "Қ", "kk"].contains(&key))
}

/// What is typed and chosen before a press.
fn before(screen: &Screen) -> Vec<String> {
    match screen {
        Screen::EnterIin(_) | Screen::EnterCode(_) | Screen::Entry(_) => (0..12)
            .flat_map(|digit| [format!("digit-{}", digit % 10), "letter-A".into(), "letter-А".into()])
            .collect(),
        Screen::Amount(_) => vec!["amount-more".into(), "term-6".into()],
        Screen::Schedules { .. } => vec!["choose-1".into()],
        _ => Vec::new(),
    }
}

#[test]
fn a_second_that_goes_by_answers_no_decision_and_another_screen_does() {
    with(|app, headless| {
        let code = |seconds_left, step| View {
            step,
            ..super::view(Screen::EnterCode(EnterCode {
                phone_masked: Secret::new("+7 *** 00 01".to_owned()),
                digits: 4,
                seconds_left,
                tries_left: 3,
                error: None,
            }))
        };
        app.show(&code(100, 1)).unwrap();
        headless.step();
        for digit in ["digit-1", "digit-2", "digit-3", "digit-4"] {
            elements::tap(app, digit).unwrap();
        }
        elements::tap(app, "primary").unwrap();
        app.show(&code(99, 1)).unwrap();
        assert!(!elements::screen(app, headless).settled, "the answer has not come");
        app.show(&code(99, 2)).unwrap();
        assert!(elements::screen(app, headless).settled);
    });
}
