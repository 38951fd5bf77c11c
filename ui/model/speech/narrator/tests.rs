//! What is said of screens, and what keys do on them.

use super::*;

fn element(id: &str, kind: Kind, label: &str) -> Element {
    Element {
        id: id.to_owned(),
        kind,
        label: Secret::new(label.to_owned()),
        value: Secret::default(),
        enabled: true,
    }
}

fn text(label: &str) -> Element {
    element("", Kind::Text, label)
}

fn button(id: &str, label: &str) -> Element {
    element(id, Kind::Button, label)
}

fn page(name: &str, elements: Vec<Element>) -> Page {
    Page { name: name.to_owned(), language: Some(Language::En), elements, secret: false }
}

fn code(typed: usize) -> Page {
    let mut elements = vec![text("The code from the message"), {
        let typed = format!("{typed} digits entered");
        element("code", Kind::Text, &typed)
    }];
    // As on a telephone: zero stands last.
    elements.extend(
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map(|digit| button(&format!("digit-{digit}"), &digit.to_string())),
    );
    elements
        .extend([button("back", "Back"), Element { enabled: typed == 4, ..button("primary", "Continue") }]);
    Page { secret: true, ..page("EnterCode", elements) }
}

fn said(orders: &[Order]) -> String {
    let said = orders.iter().map(|order| match order {
        Order::Say(utterance) => utterance.text.expose().to_owned(),
        Order::Silence => "<silence>".to_owned(),
        Order::Press(id) => format!("<{id}>"),
    });
    said.collect::<Vec<_>>().join(" ")
}

/// Somebody who listens to a page.
fn listening(page: Page) -> Narrator {
    let mut narrator = Narrator::default();
    narrator.headphones(true, page);
    narrator
}

#[test]
fn without_headphones_nothing_is_said_and_no_key_does_anything() {
    let mut narrator = Narrator::default();
    assert!(narrator.shown(code(0)).is_empty());
    for key in [Key::Down, Key::Enter, Key::Back, Key::Help, Key::Repeat, Key::VolumeUp] {
        assert!(narrator.key(key, code(0)).is_empty(), "{key:?}");
    }
}

#[test]
fn headphones_are_greeted_with_the_screen_and_pulled_out_they_end_it_in_the_middle_of_a_word() {
    let shown =
        page("Notice", vec![text("Your debt"), text("150\u{202f}000\u{202f}₸"), button("primary", "Pay")]);
    let mut narrator = Narrator::default();
    let hello = said(&narrator.headphones(true, shown.clone()));
    assert!(hello.starts_with("The terminal reads the screen to you."));
    assert!(hello.ends_with("Your debt. one hundred fifty thousand tenge. Pay. button"), "{hello}");
    assert_eq!(said(&narrator.headphones(false, Page::default())), "<silence>");
    assert!(narrator.shown(page("Other", vec![text("Secret")])).is_empty());
    assert!(!narrator.is_listening());
}

#[test]
fn a_new_screen_is_read_to_the_first_thing_that_can_be_pressed() {
    let mut narrator = listening(page("A", vec![text("First"), button("primary", "Go on")]));
    let next = page("B", vec![text("Title"), text("Paragraph"), button("one", "One"), button("two", "Two")]);
    assert_eq!(said(&narrator.shown(next.clone())), "Title. Paragraph. One. button");
    assert_eq!(said(&narrator.shown(next.clone())), "", "a screen that is drawn again says nothing");
    assert_eq!(said(&narrator.key(Key::Down, next.clone())), "Two. button");
    assert_eq!(said(&narrator.key(Key::Down, next.clone())), "Two. button", "there is no further");
    for words in ["One. button", "Paragraph", "Title", "Title"] {
        assert_eq!(said(&narrator.key(Key::Up, next.clone())), words);
    }
    assert_eq!(said(&narrator.key(Key::Repeat, next.clone())), "Title");
    assert_eq!(said(&narrator.key(Key::Enter, next)), "Title", "a text is said again");
}

#[test]
fn what_is_chosen_is_pressed_and_what_cannot_be_says_so() {
    let shown = page("A", vec![button("one", "One"), Element { enabled: false, ..button("two", "Two") }]);
    let mut narrator = listening(shown.clone());
    assert_eq!(said(&narrator.key(Key::Enter, shown.clone())), "<one>");
    assert_eq!(said(&narrator.key(Key::Down, shown.clone())), "Two. button. not available yet");
    assert_eq!(said(&narrator.key(Key::Enter, shown)), "not available yet");
}

#[test]
fn a_secret_is_dialled_by_counting_and_no_digit_is_ever_said() {
    let mut narrator = listening(code(0));
    assert_eq!(narrator.stands_on(), Some("dial"));
    let mut heard = String::new();
    let mut typed = 0;
    for digit in [3, 0, 9, 1] {
        let presses = if digit == 0 { 10 } else { digit };
        for _ in 0..presses {
            heard += &said(&narrator.key(Key::Right, code(typed)));
        }
        assert_eq!(said(&narrator.key(Key::Enter, code(typed))), format!("<digit-{digit}>"));
        typed += 1;
        let answer = said(&narrator.shown(code(typed)));
        assert!(answer.starts_with(&format!("{} digits entered", cardinal_of(typed))), "{answer}");
        assert_eq!(narrator.stands_on(), Some("dial"), "the next digit is dialled at once");
    }
    assert_eq!(heard.replace("tick", ""), "");
    assert_eq!(said(&narrator.key(Key::Enter, code(4))), "No digit was chosen");
}

fn cardinal_of(count: usize) -> String {
    super::super::cardinal(u64::try_from(count).unwrap(), Language::En)
}

#[test]
fn a_dial_that_went_too_far_goes_back_and_left_behind_begins_anew() {
    let mut narrator = listening(code(0));
    for _ in 0..5 {
        narrator.key(Key::Right, code(0));
    }
    narrator.key(Key::Left, code(0));
    assert_eq!(said(&narrator.key(Key::Enter, code(0))), "<digit-4>");
    narrator.key(Key::Right, code(1));
    narrator.key(Key::Down, code(1));
    narrator.key(Key::Up, code(1));
    assert_eq!(said(&narrator.key(Key::Enter, code(1))), "No digit was chosen");
}

#[test]
fn what_is_not_secret_is_said_key_by_key_in_order() {
    let shown = Page { secret: false, ..code(0) };
    let mut narrator = listening(shown.clone());
    assert_eq!(said(&narrator.key(Key::Right, shown.clone())), "one");
    assert_eq!(said(&narrator.key(Key::Left, shown.clone())), "zero");
    assert_eq!(said(&narrator.key(Key::Left, shown.clone())), "nine");
    assert_eq!(said(&narrator.key(Key::Enter, shown)), "<digit-9>");
}

#[test]
fn seconds_that_go_by_are_not_said_and_another_heading_is() {
    let wait = |seconds: u32, title: &str| {
        page("Notice", vec![text(title), text(&format!("{seconds} seconds left")), button("cancel", "End")])
    };
    let mut narrator = listening(wait(60, "Look at the camera"));
    assert_eq!(said(&narrator.shown(wait(59, "Look at the camera"))), "");
    assert_eq!(said(&narrator.shown(wait(58, "Turn your head to the left"))), "Turn your head to the left");
}

#[test]
fn a_slider_goes_by_its_two_buttons_and_says_where_it_stands() {
    let offer = |sum: &str, more: bool| {
        let slider =
            Element { value: Secret::new(sum.to_owned()), ..element("amount-slider", Kind::Slider, "Sum") };
        let more = Element { enabled: more, ..button("amount-more", "More") };
        page("Amount", vec![text("How much?"), slider, button("amount-less", "Less"), more])
    };
    let mut narrator = listening(offer("5\u{202f}000\u{202f}₸", true));
    assert_eq!(said(&narrator.key(Key::Right, offer("5\u{202f}000\u{202f}₸", true))), "<amount-more>");
    let answer = said(&narrator.shown(offer("10\u{202f}000\u{202f}₸", false)));
    assert!(answer.starts_with("Sum. ten thousand tenge"), "{answer}");
    let end = said(&narrator.key(Key::Right, offer("10\u{202f}000\u{202f}₸", false)));
    assert!(end.starts_with("Sum. ten thousand tenge"), "at the end it says where it stands: {end}");
}

#[test]
fn a_long_way_on_a_slider_takes_longer_strides_until_the_direction_changes() {
    let shown = page(
        "Amount",
        vec![
            element("amount-slider", Kind::Slider, "Sum"),
            button("amount-less", "Less"),
            button("amount-more", "More"),
        ],
    );
    let mut narrator = listening(shown.clone());
    let strides: Vec<usize> = (0..12).map(|_| narrator.key(Key::Right, shown.clone()).len()).collect();
    assert_eq!(strides, [1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 20, 20]);
    assert_eq!(said(&narrator.key(Key::Left, shown)), "<amount-less>");
}

#[test]
fn back_closes_what_lies_over_the_screen_first_and_says_where_there_is_no_way() {
    let over = page("A+help", vec![text("Help"), button("close-help", "Close"), button("back", "Back")]);
    let mut narrator = listening(over.clone());
    assert_eq!(said(&narrator.key(Key::Back, over.clone())), "<close-help>");
    assert_eq!(said(&narrator.key(Key::Help, over)), "<close-help>");
    let under = page("A", vec![text("Title"), button("help", "Help"), button("cancel", "End visit")]);
    assert_eq!(said(&narrator.key(Key::Back, under.clone())), "<cancel>");
    assert_eq!(said(&narrator.key(Key::Help, under)), "<help>");
    let none = page("Payout", vec![text("Take the money")]);
    assert_eq!(said(&narrator.key(Key::Back, none)), "There is no way back here");
}

#[test]
fn loudness_has_ends_and_is_the_next_persons_own() {
    let shown = page("A", vec![text("Title")]);
    let volume = |orders: &[Order]| match orders {
        [Order::Say(utterance)] => utterance.volume,
        _ => panic!("nothing was said"),
    };
    let mut narrator = listening(shown.clone());
    for _ in 0..20 {
        narrator.key(Key::VolumeDown, shown.clone());
    }
    assert_eq!(volume(&narrator.key(Key::Repeat, shown.clone())), 20);
    for _ in 0..20 {
        narrator.key(Key::VolumeUp, shown.clone());
    }
    assert_eq!(volume(&narrator.key(Key::Repeat, shown.clone())), 100);
    narrator.headphones(false, Page::default());
    assert_eq!(volume(&narrator.headphones(true, shown)), 60);
}
