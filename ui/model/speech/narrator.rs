//! Where the person is on the screen, and what is said next.

use senim_domain::{Language, Secret};
use senim_hal::assistive::Key;

use super::say::aloud;
use crate::texts::speech as texts;

/// Loudness to begin with, and how far one press changes it, hundredths.
const VOLUME: u8 = 60;
const LOUDER: u8 = 10;
/// Never silent: whoever hears nothing cannot find the key that helps.
const QUIETEST: u8 = 20;
/// Whoever goes on in one direction goes farther with each press: so many presses, so many steps.
const STRIDES: [(u32, usize); 3] = [(5, 1), (10, 5), (u32::MAX, 20)];
/// A secret digit has so many presses at the most: zero.
const ZERO: usize = 10;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something to hear.
    Text,
    /// Something to press.
    Button,
    /// Something with less and more: elements `…-less` and `…-more` stand beside it.
    Slider,
}

/// Something on the screen, as assistive technology is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name; a text may have none.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// What is said.
    pub label: Secret,
    /// What it stands at.
    pub value: Secret,
    /// Whether it takes a press now.
    pub enabled: bool,
}

/// A screen as it is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Another name is another screen, which is read from its beginning.
    pub name: String,
    /// Of everything on it.
    pub language: Option<Language>,
    /// In the order of reading.
    pub elements: Vec<Element>,
    /// What is typed on it is secret.
    pub secret: bool,
}

/// Something to be said. It takes the place of what is being said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// In words.
    pub text: Secret,
    /// Which voice.
    pub language: Language,
    /// Loudness, hundredths of the most.
    pub volume: u8,
}

/// What is to be done for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Say something.
    Say(Utterance),
    /// Say nothing any more, in the middle of a word.
    Silence,
    /// Press the element of this name, as a finger would.
    Press(String),
}

/// A place that one can stand on.
enum Stop {
    One(Element),
    /// All the keys of a board.
    Dial(Vec<Element>),
}

/// Reads screens to one person with headphones.
pub struct Narrator {
    listening: bool,
    volume: u8,
    page: Page,
    stops: Vec<Stop>,
    at: usize,
    /// Key of a dial; of a secret one how often it was pressed.
    dialled: usize,
    /// A key did something: what changes now is its answer.
    pressed: bool,
    /// Presses in a row that went to more, or to less.
    run: (bool, u32),
}

impl Default for Narrator {
    fn default() -> Self {
        Self {
            listening: false,
            volume: VOLUME,
            page: Page::default(),
            stops: Vec::new(),
            at: 0,
            dialled: 0,
            pressed: false,
            run: (false, 0),
        }
    }
}

impl Narrator {
    /// Whether somebody listens: nothing needs to be told of the screen while nobody does.
    #[must_use]
    pub const fn is_listening(&self) -> bool {
        self.listening
    }

    /// Name of the element that the person stands on; `dial` for the keys of a board.
    #[must_use]
    pub fn stands_on(&self) -> Option<&str> {
        self.stops.get(self.at).map(|stop| match stop {
            Stop::One(element) => element.id.as_str(),
            Stop::Dial(_) => "dial",
        })
    }

    /// A headphone was put in or taken out. The next person begins anew, also with the loudness.
    pub fn headphones(&mut self, plugged: bool, page: Page) -> Vec<Order> {
        if !plugged {
            *self = Self::default();
            return vec![Order::Silence];
        }
        self.listening = true;
        self.turn_to(page);
        let hello = self.language().map(|language| texts::HELLO.get(language).to_owned());
        let mut words = Secret::new(hello.unwrap_or_default());
        append(&mut words, self.opening().expose());
        self.say(words)
    }

    /// The screen is shown, perhaps as it was.
    pub fn shown(&mut self, page: Page) -> Vec<Order> {
        if !self.listening || page == self.page {
            return Vec::new();
        }
        if page.name != self.page.name || page.language != self.page.language {
            self.turn_to(page);
            let words = self.opening();
            return self.say(words);
        }
        let news = self.news(&page);
        self.stay_on(page);
        news.map_or_else(Vec::new, |words| {
            self.pressed = false;
            self.say(words)
        })
    }

    /// A key. `page` is the screen as it is now.
    pub fn key(&mut self, key: Key, page: Page) -> Vec<Order> {
        if !self.listening {
            return Vec::new();
        }
        if page.name == self.page.name && page.language == self.page.language {
            self.stay_on(page);
        } else {
            self.turn_to(page);
        }
        self.pressed = false;
        self.run = match key {
            Key::Left | Key::Right if self.run.0 == (key == Key::Right) => (self.run.0, self.run.1 + 1),
            Key::Left | Key::Right => (key == Key::Right, 1),
            _ => (false, 0),
        };
        match key {
            Key::Down => self.go((self.at + 1).min(self.stops.len().saturating_sub(1))),
            Key::Up => self.go(self.at.saturating_sub(1)),
            Key::Right => self.turn(true),
            Key::Left => self.turn(false),
            Key::Enter => self.choose(),
            Key::Repeat => self.here(),
            Key::Back => {
                let way = ["close-help", "close-comfort", "close-table", "back", "cancel"];
                match way.into_iter().find(|id| self.enabled(id)) {
                    Some(id) => self.press(id.to_owned()),
                    None => self.phrase(texts::NO_WAY_BACK),
                }
            }
            Key::Help => {
                let id = if self.enabled("close-help") { "close-help" } else { "help" };
                self.press(id.to_owned())
            }
            Key::VolumeUp => self.louder(self.volume.saturating_add(LOUDER).min(100)),
            Key::VolumeDown => self.louder(self.volume.saturating_sub(LOUDER).max(QUIETEST)),
        }
    }

    fn turn_to(&mut self, page: Page) {
        self.stops = stops(&page.elements);
        self.page = page;
        // What is read first is what stands before everything that can be pressed.
        self.at = self.stops.iter().position(|stop| !stop.is_text()).unwrap_or(0);
        (self.dialled, self.pressed) = (0, false);
    }

    /// The same screen, on which something may have changed, come or gone.
    fn stay_on(&mut self, page: Page) {
        let here = self.stands_on().unwrap_or_default().to_owned();
        self.stops = stops(&page.elements);
        self.page = page;
        let named = self.stops.iter().position(|stop| !here.is_empty() && stop.id() == here);
        self.at = named.unwrap_or(self.at).min(self.stops.len().saturating_sub(1));
    }

    /// What has to be said of a change: another heading always, and what a key's press did.
    fn news(&self, page: &Page) -> Option<Secret> {
        let heading = |page: &Page| page.elements.first().map(|element| element.label.clone());
        let language = self.language()?;
        if heading(page) != heading(&self.page) {
            return Some(aloud(heading(page)?.expose(), language));
        }
        if !self.pressed {
            return None;
        }
        let before = |element: &Element| {
            self.page
                .elements
                .iter()
                .any(|old| (&old.id, &old.label, &old.value) == (&element.id, &element.label, &element.value))
        };
        let mut words = Secret::default();
        let changed = page.elements.iter().filter(|element| !element.is_key() && !before(element));
        for element in changed {
            append(&mut words, element.words(language).expose());
        }
        (!words.is_empty()).then_some(words)
    }

    fn opening(&self) -> Secret {
        let mut words = Secret::default();
        for stop in self.stops.iter().take(self.at + 1) {
            append(&mut words, self.words_of(stop).expose());
        }
        words
    }

    fn words_of(&self, stop: &Stop) -> Secret {
        let Some(language) = self.language() else { return Secret::default() };
        match stop {
            Stop::One(element) => element.words(language),
            Stop::Dial(_) if self.page.secret => Secret::new(texts::SECRET_DIAL.get(language).to_owned()),
            Stop::Dial(_) => Secret::new(texts::DIAL.get(language).to_owned()),
        }
    }

    fn language(&self) -> Option<Language> {
        self.page.language
    }

    fn go(&mut self, at: usize) -> Vec<Order> {
        if at != self.at {
            self.dialled = 0;
        }
        self.at = at;
        self.here()
    }

    fn here(&mut self) -> Vec<Order> {
        let words = self.stops.get(self.at).map(|stop| self.words_of(stop));
        words.map_or_else(Vec::new, |words| self.say(words))
    }

    /// More or less of what one stands on.
    fn turn(&mut self, more: bool) -> Vec<Order> {
        match self.stops.get(self.at) {
            Some(Stop::Dial(_)) if self.page.secret => {
                self.dialled = if more { self.dialled % ZERO + 1 } else { self.dialled.saturating_sub(1) };
                self.phrase(texts::TICK)
            }
            Some(Stop::Dial(keys)) => {
                let count = keys.len().max(1);
                self.dialled = (self.dialled + if more { 1 } else { count - 1 }) % count;
                let label = keys.get(self.dialled).map(|key| key.label.clone());
                let said =
                    self.language().zip(label).map(|(language, label)| aloud(label.expose(), language));
                said.map_or_else(Vec::new, |words| self.say(words))
            }
            Some(Stop::One(element)) if element.kind == Kind::Slider => {
                let name = element.id.trim_end_matches("-slider");
                let id = format!("{name}-{}", if more { "more" } else { "less" });
                if !self.enabled(&id) {
                    return self.here();
                }
                let stride = STRIDES.into_iter().find(|(presses, _)| self.run.1 <= *presses);
                let steps = stride.map_or(1, |(_, steps)| steps);
                self.pressed = true;
                vec![Order::Press(id); steps]
            }
            Some(Stop::One(_)) | None => self.here(),
        }
    }

    fn choose(&mut self) -> Vec<Order> {
        match self.stops.get(self.at) {
            Some(Stop::Dial(keys)) if self.page.secret => {
                let digit = format!("digit-{}", self.dialled % ZERO);
                let none = self.dialled == 0 || keys.iter().all(|key| key.id != digit);
                self.dialled = 0;
                if none { self.phrase(texts::NOTHING_DIALLED) } else { self.press(digit) }
            }
            Some(Stop::Dial(keys)) => {
                let id = keys.get(self.dialled).map(|key| key.id.clone());
                id.map_or_else(Vec::new, |id| self.press(id))
            }
            Some(Stop::One(element)) if element.kind == Kind::Button && element.enabled => {
                let id = element.id.clone();
                self.press(id)
            }
            Some(Stop::One(element)) if element.kind == Kind::Button => self.phrase(texts::NOT_NOW),
            Some(Stop::One(_)) | None => self.here(),
        }
    }

    fn press(&mut self, id: String) -> Vec<Order> {
        self.pressed = true;
        vec![Order::Press(id)]
    }

    fn enabled(&self, id: &str) -> bool {
        self.page.elements.iter().any(|element| element.id == id && element.enabled)
    }

    fn louder(&mut self, volume: u8) -> Vec<Order> {
        self.volume = volume;
        self.here()
    }

    fn phrase(&self, phrase: crate::texts::Phrase) -> Vec<Order> {
        let words = self.language().map(|language| Secret::new(phrase.get(language).to_owned()));
        words.map_or_else(Vec::new, |words| self.say(words))
    }

    fn say(&self, text: Secret) -> Vec<Order> {
        let Some(language) = self.language().filter(|_| !text.is_empty()) else { return Vec::new() };
        vec![Order::Say(Utterance { text, language, volume: self.volume })]
    }
}

impl Stop {
    const fn is_text(&self) -> bool {
        matches!(self, Self::One(Element { kind: Kind::Text, .. }))
    }

    fn id(&self) -> &str {
        match self {
            Self::One(element) => &element.id,
            Self::Dial(_) => "dial",
        }
    }
}

impl Element {
    /// A key of a board.
    fn is_key(&self) -> bool {
        ["digit-", "letter-"].iter().any(|kind| self.id.starts_with(kind))
    }

    fn words(&self, language: Language) -> Secret {
        let mut words = aloud(self.label.expose(), language);
        append(&mut words, aloud(self.value.expose(), language).expose());
        match self.kind {
            Kind::Text => {}
            Kind::Slider => append(&mut words, texts::SLIDER.get(language)),
            Kind::Button => append(&mut words, texts::BUTTON.get(language)),
        }
        if !self.enabled {
            append(&mut words, texts::NOT_NOW.get(language));
        }
        words
    }
}

/// Puts a sentence behind others.
fn append(words: &mut Secret, sentence: &str) {
    if sentence.is_empty() {
        return;
    }
    if !words.is_empty() {
        let ended = words.expose().ends_with(['.', '!', '?', ':', ';', ',']);
        (if ended { " " } else { ". " }).chars().for_each(|sign| words.push(sign));
    }
    sentence.chars().for_each(|sign| words.push(sign));
}

/// All keys of a board are one place, where its first key stands; digits in their order.
fn stops(elements: &[Element]) -> Vec<Stop> {
    let mut keys: Vec<Element> = elements.iter().filter(|element| element.is_key()).cloned().collect();
    if keys.iter().all(|key| key.id.starts_with("digit-")) {
        keys.sort_by(|one, other| one.id.cmp(&other.id));
    }
    let mut stops = Vec::new();
    for element in elements {
        if !element.is_key() {
            stops.push(Stop::One(element.clone()));
        } else if !keys.is_empty() {
            stops.push(Stop::Dial(std::mem::take(&mut keys)));
        }
    }
    stops
}

#[cfg(test)]
mod tests;
