//! What is heard of a screen is what is on it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use senim_domain::Language;
use senim_ui::samples;
use senim_ui::{elements, gallery};
use senim_ui_model::hand::Comfort;
use senim_ui_model::speech::{Event, Key, Kind, Order};

use super::{sample, with};

#[test]
fn everything_that_can_be_touched_on_any_screen_is_heard_with_a_name_and_pressed_by_it() {
    with(|app, headless| {
        for language in Language::ALL {
            for sample in samples::all(language) {
                gallery::place(app, headless, &sample, Comfort::default()).unwrap();
                let heard = app.heard();
                let name = format!("{} {}", language.code(), sample.name);
                let said: BTreeSet<(&str, bool)> = heard
                    .elements
                    .iter()
                    .filter(|element| element.kind != Kind::Text)
                    .map(|element| (element.id.as_str(), element.enabled))
                    .collect();
                let shown = elements::all(app);
                // What lies under something else can be neither touched nor heard.
                let touched: BTreeSet<(&str, bool)> = shown
                    .iter()
                    .filter(|element| {
                        ["button", "slider"].contains(&element.role.as_str()) && !element.covered
                    })
                    .map(|element| (element.id.as_str(), element.enabled))
                    .collect();
                let missing: Vec<_> = touched.difference(&said).collect();
                assert!(missing.is_empty(), "{name}: {missing:?} of {said:?}");
                assert!(heard.elements.iter().all(|element| !element.label.is_empty()), "{name}");
                let first = heard.elements.first().map(|element| element.kind);
                let quiet = heard.elements.iter().all(|element| element.kind != Kind::Text);
                assert!(first == Some(Kind::Text) || quiet, "{name} begins with something to press");
            }
        }
    });
}

#[test]
fn headphones_read_the_screen_and_keys_do_what_a_finger_does() {
    with(|app, headless| {
        let said = Rc::new(RefCell::new(Vec::new()));
        let hears = Rc::clone(&said);
        app.on_speech(move |order| hears.borrow_mut().push(order));
        let last = || match said.borrow().last() {
            Some(Order::Say(utterance)) => utterance.text.expose().to_owned(),
            Some(Order::Silence) => "<silence>".to_owned(),
            other => panic!("{other:?}"),
        };
        let sample = sample(Language::En, "enter-iin");
        gallery::place(app, headless, &sample, Comfort::default()).unwrap();
        app.assistive(&Event::Pressed(Key::Down));
        assert!(said.borrow().is_empty(), "nobody listens");
        app.assistive(&Event::Headphones { plugged: true });
        assert!(last().contains("Typing. Find the sign"), "{}", last());
        for key in [Key::Right, Key::Right, Key::Enter] {
            app.assistive(&Event::Pressed(key));
        }
        assert_eq!(
            app.heard().elements.iter().find(|element| element.id == "iin").unwrap().label.expose(),
            "1 digit entered"
        );
        assert_eq!(last(), "one digit entered");
        app.assistive(&Event::Pressed(Key::Help));
        headless.lay_out();
        app.assistive(&Event::Pressed(Key::Down));
        assert!(
            app.heard().elements.iter().all(|element| !element.id.starts_with("digit-")),
            "help lies over it"
        );
        app.assistive(&Event::Pressed(Key::Back));
        headless.lay_out();
        assert!(app.heard().elements.iter().any(|element| element.id == "digit-7"));
        app.assistive(&Event::Connected { there: false });
        assert_eq!(last(), "<silence>", "a keypad that is gone says nothing");
    });
}
