//! What is wrong with a screen as it stands (rig): words that are cut or lie on each other, buttons without a name of their
//! own, an order of hearing that is not that of reading, ink that does not stand out, a letter that the font does not have.
//!
//! Looks at the live elements and at the picture; whether a finger can hit is the tests' business (`tests/screen/layout.rs`).

use std::sync::OnceLock;

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementRoot};
use rusttype::{Font, GlyphId};

use crate::bind::App;
use crate::elements::{self, Element};
use crate::headless::Frame;
use crate::listen::OVER;

/// Pixels that a layout may round away.
const SLACK: f32 = 1.5;
/// Contrast of letters, hundredths (WCAG 2.1, 1.4.6).
const CONTRAST: u32 = 700;
/// And of large letters on the light for the face, which has to be a pure colour.
const CONTRAST_LIGHT: u32 = 450;

/// What turns pages of its own where it is longer than its room, the innermost first.
const AREAS: [&str; 4] = ["table-rows", "help-text", "read", "content"];
/// The buttons that turn those pages.
const TURNS: [&str; 2] = ["help-page-down", "page-down"];

/// Something that a person would stumble over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Words that end outside of what they belong to.
    #[error("“{text}” reaches beyond {of}")]
    Beyond {
        /// The words.
        text: String,
        /// Id of what they belong to, `window` or `content` among them.
        of: String,
    },
    /// Words that lie on others, or on a button that they do not belong to.
    #[error("“{text}” lies on {other}")]
    Over {
        /// The words.
        text: String,
        /// Other words, or the id of a button.
        other: String,
    },
    /// A button that cannot be named to whoever listens.
    #[error("{0} has no name to be spoken")]
    Unnamed(String),
    /// Two buttons with one name.
    #[error("{one} and {other} are spoken alike: “{label}”")]
    Alike {
        /// Id.
        one: String,
        /// Id.
        other: String,
        /// The name.
        label: String,
    },
    /// Two buttons that are heard in another order than they are read.
    #[error("{later} is heard after {earlier}, and stands before it")]
    Order {
        /// Id of the one that is heard first.
        earlier: String,
        /// Id of the one that is heard next.
        later: String,
    },
    /// Words that are hard to see.
    #[error("“{text}” stands out {hundredths} hundredths to 1")]
    Faint {
        /// The words.
        text: String,
        /// The contrast.
        hundredths: u32,
    },
    /// Words with a letter that is drawn as a box, or by a font that is not in the terminal.
    #[error("“{text}” has {letter:?} ({}), which the font does not have", .letter.escape_unicode())]
    Glyph {
        /// The words.
        text: String,
        /// The letter.
        letter: char,
    },
}

/// A place, in pixels of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Place {
    fn of(handle: &ElementHandle) -> Self {
        let (at, size) = (handle.absolute_position(), handle.size());
        Self { left: at.x, top: at.y, right: at.x + size.width, bottom: at.y + size.height }
    }

    fn of_element(element: &Element) -> Self {
        let (right, bottom) = (element.x + element.width, element.y + element.height);
        Self { left: element.x, top: element.y, right, bottom }
    }

    fn inside(&self, other: &Self) -> bool {
        self.left >= other.left - SLACK
            && self.right <= other.right + SLACK
            && self.top >= other.top - SLACK
            && self.bottom <= other.bottom + SLACK
    }

    fn meets(&self, other: &Self) -> bool {
        let wide = self.right.min(other.right) - self.left.max(other.left);
        let high = self.bottom.min(other.bottom) - self.top.max(other.top);
        wide > SLACK && high > SLACK
    }

    fn holds_the_middle_of(&self, other: &Self) -> bool {
        let (x, y) = (other.left.midpoint(other.right), other.top.midpoint(other.bottom));
        x >= self.left && x < self.right && y >= self.top && y < self.bottom
    }
}

/// Words on the screen.
#[derive(Clone, Debug, PartialEq)]
struct Words {
    text: String,
    place: Place,
}

fn written(under: &ElementHandle) -> Vec<Words> {
    let found = under.query_descendants().match_inherits("Text").find_all();
    let words = found.iter().map(|handle| Words {
        text: handle.accessible_label().map(String::from).unwrap_or_default(),
        place: Place::of(handle),
    });
    let mut written: Vec<Words> = Vec::new();
    for words in words.filter(|words| !words.text.trim().is_empty()) {
        // A component and what it inherits are one thing.
        if !written.contains(&words) {
            written.push(words);
        }
    }
    written
}

fn named(under: &ElementHandle, id: &str) -> Option<ElementHandle> {
    let id = id.to_owned();
    let is = move |element: &ElementHandle| element.accessible_id().is_some_and(|own| own == id.as_str());
    under.query_descendants().match_predicate(is).find_first()
}

/// What can be seen and touched now: the uppermost layer, its words and its buttons.
struct Seen {
    window: Place,
    content: Option<Place>,
    /// Words that stand still.
    fixed: Vec<Words>,
    /// Words of the content.
    content_words: Vec<Words>,
    buttons: Vec<Element>,
    /// Ids of the buttons of the content.
    content_buttons: Vec<String>,
    /// Whether the content has pages.
    pages: bool,
}

impl Seen {
    fn of(app: &App) -> Self {
        let root = app.inner.window.root_element();
        let layer = OVER.iter().find_map(|name| named(&root, name));
        let scope = layer.as_ref().unwrap_or(&root);
        let content = AREAS.iter().find_map(|name| named(scope, name));
        let content_words = content.as_ref().map(written).unwrap_or_default();
        let fixed = written(scope);
        let ids = buttons_of(scope);
        let shown = elements::all(app).into_iter();
        let buttons: Vec<Element> =
            shown.filter(|element| element.role == "button" && ids.contains(&element.id)).collect();
        Self {
            window: Place::of(&root),
            content: content.as_ref().map(Place::of),
            fixed: fixed.into_iter().filter(|words| !content_words.contains(words)).collect(),
            content_buttons: content.as_ref().map(buttons_of).unwrap_or_default(),
            pages: has_pages(&buttons),
            content_words,
            buttons,
        }
    }

    /// Words that are whole in view: what is scrolled away is not.
    fn in_view(&self) -> impl Iterator<Item = &Words> {
        let content = self.content.filter(|_| self.pages);
        let whole = move |words: &&Words| content.is_none_or(|content| words.place.inside(&content));
        self.fixed.iter().chain(self.content_words.iter().filter(whole))
    }

    fn cut(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let beyond = |words: &Words, of: &str| Fault::Beyond { text: words.text.clone(), of: of.to_owned() };
        if let (Some(content), false) = (self.content, self.pages) {
            let outside = self.content_words.iter().filter(|words| !words.place.inside(&content));
            faults.extend(outside.map(|words| beyond(words, "content")));
        }
        for words in self.in_view() {
            if !words.place.inside(&self.window) {
                faults.push(beyond(words, "the window"));
            }
            for button in self.buttons.iter().filter(|button| !self.is_scrolled_away(button)) {
                let place = Place::of_element(button);
                if place.holds_the_middle_of(&words.place) {
                    if !words.place.inside(&place) {
                        faults.push(beyond(words, &button.id));
                    }
                } else if place.meets(&words.place) {
                    faults.push(Fault::Over { text: words.text.clone(), other: button.id.clone() });
                }
            }
        }
        let seen: Vec<&Words> = self.in_view().collect();
        for (at, one) in seen.iter().enumerate() {
            for other in seen.iter().skip(at + 1).filter(|other| one.place.meets(&other.place)) {
                faults.push(Fault::Over { text: one.text.clone(), other: other.text.clone() });
            }
        }
        faults
    }

    /// Whether a button of the content lies outside of what is shown of it.
    fn is_scrolled_away(&self, button: &Element) -> bool {
        self.pages
            && self.content_buttons.contains(&button.id)
            && self.content.is_some_and(|content| !Place::of_element(button).inside(&content))
    }

    /// Letters that are drawn, here and on other pages, and are not in the font.
    fn glyphs(&self) -> Vec<Fault> {
        let all = self.fixed.iter().chain(&self.content_words);
        all.filter_map(|words| {
            let letter = missing(&words.text)?;
            Some(Fault::Glyph { text: words.text.clone(), letter })
        })
        .collect()
    }

    fn names(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (at, one) in self.buttons.iter().enumerate() {
            if one.label.trim().is_empty() {
                faults.push(Fault::Unnamed(one.id.clone()));
            }
            let alike = |other: &&Element| other.label == one.label && other.id != one.id;
            faults.extend(self.buttons.iter().skip(at + 1).filter(alike).map(|other| Fault::Alike {
                one: one.id.clone(),
                other: other.id.clone(),
                label: one.label.clone(),
            }));
        }
        faults
    }

    /// Rows from the top, each from the left; what stands to the right begins a column of its own.
    fn order(&self, heard: &[String]) -> Vec<Fault> {
        let places: Vec<(&String, Place)> = heard
            .iter()
            .filter_map(|id| {
                let button = self.buttons.iter().find(|button| button.id == *id)?;
                Some((id, Place::of_element(button)))
            })
            .collect();
        let wrong = |one: &Place, next: &Place| {
            let above = next.bottom <= one.top + SLACK;
            let beside = next.top < one.bottom - SLACK && one.top < next.bottom - SLACK;
            let to_the_right = next.left >= one.right - SLACK;
            (above || beside) && !to_the_right
        };
        let pairs = places.iter().zip(places.iter().skip(1));
        pairs
            .filter(|((_, one), (_, next))| wrong(one, next))
            .map(|((earlier, _), (later, _))| Fault::Order {
                earlier: (*earlier).clone(),
                later: (*later).clone(),
            })
            .collect()
    }
}

fn buttons_of(under: &ElementHandle) -> Vec<String> {
    let is_button = |element: &ElementHandle| element.accessible_role() == Some(AccessibleRole::Button);
    let found = under.query_descendants().match_predicate(is_button).find_all();
    found.iter().filter_map(|button| button.accessible_id().map(String::from)).collect()
}

fn has_pages(buttons: &[Element]) -> bool {
    buttons.iter().any(|button| TURNS.contains(&button.id.as_str()))
}

/// The first letter that one of the two weights has no picture of.
fn missing(text: &str) -> Option<char> {
    static FONTS: OnceLock<[Option<Font<'static>>; 2]> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| [senim_fonts::REGULAR, senim_fonts::BOLD].map(Font::try_from_bytes));
    let has = |letter: char| {
        fonts.iter().all(|font| font.as_ref().is_some_and(|font| font.glyph(letter).id() != GlyphId(0)))
    };
    text.chars().find(|letter| *letter != '\n' && !has(*letter))
}

/// What is wrong with where words stand and what they are written with, what buttons are called and in which order they are heard.
#[must_use]
pub fn layout(app: &App) -> Vec<Fault> {
    let seen = Seen::of(app);
    let mut faults = seen.cut();
    faults.extend(seen.glyphs());
    faults.extend(seen.names());
    let root = app.inner.window.root_element();
    // What stands on every screen is heard last, wherever it stands.
    let header: Vec<String> = named(&root, "header")
        .map(|header| header.query_descendants().find_all())
        .unwrap_or_default()
        .iter()
        .filter_map(|element| element.accessible_id().map(String::from))
        .collect();
    let heard = app.heard().elements.into_iter().map(|element| element.id);
    faults.extend(seen.order(&heard.filter(|id| !header.contains(id)).collect::<Vec<_>>()));
    faults
}

/// Words of a picture that do not stand out from what is behind them.
#[must_use]
pub fn contrast(app: &App, frame: &Frame) -> Vec<Fault> {
    let seen = Seen::of(app);
    let faint = |words: &Words| faint(&words.text, &words.place, frame, CONTRAST);
    seen.in_view().filter_map(faint).collect()
}

/// The instruction on a screen that is light for the face.
#[must_use]
pub fn contrast_of_light(frame: &Frame) -> Option<Fault> {
    #[expect(clippy::cast_precision_loss, reason = "windows are smaller than 2^24 pixels")]
    let (right, bottom) = (frame.width as f32, frame.height as f32);
    faint("the instruction", &Place { left: 0.0, top: 0.0, right, bottom }, frame, CONTRAST_LIGHT)
}

fn faint(text: &str, place: &Place, frame: &Frame, least: u32) -> Option<Fault> {
    let hundredths = strongest(frame, place)?;
    (hundredths < least).then(|| Fault::Faint { text: text.to_owned(), hundredths })
}

/// Of a place in the picture.
fn strongest(frame: &Frame, place: &Place) -> Option<u32> {
    let columns = pixel(place.left)..pixel(place.right);
    senim_pixels::contrast_hundredths(&frame.rgb, frame.width, columns, pixel(place.top)..pixel(place.bottom))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side of a window, not below 0"
)]
fn pixel(at: f32) -> usize {
    at.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(left: f32, top: f32, right: f32, bottom: f32) -> Place {
        Place { left, top, right, bottom }
    }

    fn words(text: &str, place: Place) -> Words {
        Words { text: text.to_owned(), place }
    }

    fn button(id: &str, label: &str, at: Place) -> Element {
        Element {
            id: id.to_owned(),
            label: label.to_owned(),
            value: None,
            role: "button".to_owned(),
            x: at.left,
            y: at.top,
            width: at.right - at.left,
            height: at.bottom - at.top,
            enabled: true,
            covered: false,
        }
    }

    fn seen(words: Vec<Words>, buttons: Vec<Element>) -> Seen {
        Seen {
            window: place(0.0, 0.0, 800.0, 600.0),
            content: Some(place(0.0, 100.0, 800.0, 500.0)),
            fixed: Vec::new(),
            content_words: words,
            content_buttons: vec!["key".to_owned()],
            pages: has_pages(&buttons),
            buttons,
        }
    }

    #[test]
    fn words_below_the_content_are_a_fault_unless_pages_can_be_turned() {
        let low = words("low", place(10.0, 480.0, 100.0, 510.0));
        let beyond = Fault::Beyond { text: "low".to_owned(), of: "content".to_owned() };
        assert_eq!(seen(vec![low.clone()], Vec::new()).cut(), [beyond]);
        let pager = button("page-down", "Page down", place(700.0, 300.0, 800.0, 500.0));
        assert!(seen(vec![low], vec![pager]).cut().is_empty());
    }

    #[test]
    fn a_key_that_is_scrolled_away_hides_nothing_and_a_decision_below_it_does() {
        let pager = button("page-down", "Page down", place(700.0, 300.0, 800.0, 500.0));
        let key = button("key", "Key", place(10.0, 480.0, 100.0, 560.0));
        let go = button("go", "Go", place(120.0, 480.0, 300.0, 560.0));
        let mut seen = seen(Vec::new(), vec![pager, key, go]);
        seen.fixed = vec![words("foot", place(20.0, 505.0, 90.0, 530.0))];
        assert_eq!(seen.cut(), []);
        seen.content_words = vec![words("low", place(80.0, 470.0, 150.0, 498.0))];
        assert_eq!(seen.cut(), [Fault::Over { text: "low".to_owned(), other: "go".to_owned() }]);
    }

    #[test]
    fn a_letter_that_the_font_lacks_is_told_with_its_words_on_any_page() {
        assert_eq!(missing("Әлішер Құлқыбайұлы\n150\u{202f}000\u{202f}₸ · № 7 — «»…"), None);
        assert_eq!(missing("Ақша 漢"), Some('漢'));
        assert_eq!(missing("←"), Some('←'), "Noto Sans has no arrows");
        let seen = seen(vec![words("Ақша 漢", place(10.0, 900.0, 100.0, 930.0))], Vec::new());
        let faults: Vec<String> = seen.glyphs().iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["“Ақша 漢” has '漢' (\\u{6f22}), which the font does not have"]);
    }

    #[test]
    fn words_wider_than_their_button_on_another_one_or_on_each_other_are_faults() {
        let go = button("go", "Go", place(100.0, 200.0, 200.0, 300.0));
        let wide = words("wide", place(90.0, 230.0, 260.0, 260.0));
        let beside = words("beside", place(20.0, 210.0, 120.0, 240.0));
        let told: Vec<String> =
            seen(vec![wide, beside], vec![go]).cut().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["“wide” reaches beyond go", "“beside” lies on go", "“wide” lies on beside"]);
    }

    #[test]
    fn a_name_is_there_and_of_one_button_only() {
        let at = |row: f32| place(0.0, 110.0 + row * 100.0, 100.0, 200.0 + row * 100.0);
        let buttons =
            vec![button("a", "Choose", at(0.0)), button("b", "Choose", at(1.0)), button("c", "", at(2.0))];
        let alike = Fault::Alike { one: "a".into(), other: "b".into(), label: "Choose".into() };
        assert_eq!(seen(Vec::new(), buttons).names(), [alike, Fault::Unnamed("c".into())]);
    }

    #[test]
    fn what_is_heard_next_stands_below_or_to_the_right() {
        let buttons = vec![
            button("one", "1", place(0.0, 100.0, 100.0, 200.0)),
            button("two", "2", place(110.0, 100.0, 200.0, 200.0)),
            button("under", "3", place(0.0, 210.0, 100.0, 300.0)),
            button("column", "4", place(300.0, 100.0, 400.0, 200.0)),
        ];
        let seen = seen(Vec::new(), buttons);
        let order = |ids: &[&str]| seen.order(&ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(order(&["one", "two", "under", "column"]).is_empty());
        let wrong =
            |earlier: &str, later: &str| Fault::Order { earlier: earlier.into(), later: later.into() };
        assert_eq!(order(&["two", "one", "under"]), [wrong("two", "one")]);
        assert_eq!(order(&["under", "one"]), [wrong("under", "one")]);
    }
}
