//! Somebody who does not see the screen: headphones, ten keys, and nothing but what is said.

use std::cell::RefCell;
use std::time::Duration;

use senim_domain::Language;
use senim_ui_model::speech::{aloud, cardinal};
use senim_ui_model::texts::speech as texts;
use serde_json::json;

use crate::clients::{DevicesClient, FirmwareClient, Spoken};
use crate::error::Trouble;
use crate::wait::{Look, rest, until};

/// How long the terminal may be silent after a key.
const SILENCE: Duration = Duration::from_secs(10);
/// Three of these without a word: it has said what it had to say.
const QUIET: Duration = Duration::from_millis(60);
/// Keys of the fullest board.
const KEYS_MAX: usize = 60;
/// Presses on a slider; more mean that it does not get there.
const SLIDES_MAX: usize = 100;
/// Neighbours that say the same, as figures of a table may; more mean that the screen ends.
const SAME_MAX: usize = 4;

/// The keypad's user.
#[derive(Debug)]
pub struct Ear {
    terminal: FirmwareClient,
    devices: DevicesClient,
    /// What was said last.
    heard: RefCell<String>,
}

impl Ear {
    /// Puts headphones in.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] where nothing is said, [`Trouble::Http`].
    pub fn put_in(terminal: FirmwareClient, devices: DevicesClient) -> Result<Self, Trouble> {
        let ear = Self { terminal, devices, heard: RefCell::default() };
        ear.devices.patch("keypad", &json!({ "headphones": true }))?;
        ear.listen()?;
        Ok(ear)
    }

    /// Takes them out: the terminal must be silent then.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn take_out(&self) -> Result<(), Trouble> {
        self.devices.patch("keypad", &json!({ "headphones": false })).map(drop)
    }

    /// Finds an element by ear and chooses it.
    ///
    /// # Errors
    /// [`Trouble::Http`] with status 409 where there is none that can be chosen now, as a finger would be told.
    pub fn choose(&self, id: &str) -> Result<(), Trouble> {
        self.let_it_speak()?;
        match id.split_once('-') {
            Some(("digit", digit)) => self.dial(id, digit),
            Some(("letter", letter)) => self.dial(id, letter),
            _ => {
                self.find(id)?;
                let heard = self.heard.borrow().clone();
                let language = self.terminal.screen()?.language.parse().unwrap_or(Language::Kk);
                if heard.contains(texts::NOT_NOW.get(language)) {
                    return Err(nothing_there(id, "not available yet"));
                }
                self.press("KEY_ENTER")
            }
        }
    }

    /// Moves a slider until it says this, a little too far and back where its strides are long.
    ///
    /// # Errors
    /// [`Trouble::Finding`] where it does not get there.
    pub fn slide_to(&self, tenge: u64, now: impl Fn() -> Result<u64, Trouble>) -> Result<(), Trouble> {
        self.let_it_speak()?;
        self.find("amount-slider")?;
        for _ in 0..SLIDES_MAX {
            match now()?.cmp(&tenge) {
                std::cmp::Ordering::Equal => return Ok(()),
                std::cmp::Ordering::Less => self.key("KEY_RIGHT")?,
                std::cmp::Ordering::Greater => self.key("KEY_LEFT")?,
            }
        }
        Err(Trouble::Finding(format!("{tenge} ₸ cannot be reached by ear")))
    }

    /// One key of a board, by counting where it is secret and by hearing it where it is not.
    fn dial(&self, id: &str, sign: &str) -> Result<(), Trouble> {
        self.find("dial")?;
        let language: Language = self.terminal.screen()?.language.parse().unwrap_or(Language::Kk);
        self.key("KEY_AGAIN")?;
        if *self.heard.borrow() == texts::SECRET_DIAL.get(language) {
            let digit: usize = sign.parse().map_err(|_| nothing_there(id, "a secret has digits only"))?;
            for _ in 0..if digit == 0 { 10 } else { digit } {
                self.key("KEY_RIGHT")?;
                let heard = self.heard.borrow().clone();
                Trouble::unless(heard == texts::TICK.get(language), || {
                    format!("“{heard}” was said while a secret was dialled")
                })?;
            }
            return self.enter();
        }
        let wanted = aloud(sign, language).expose().to_lowercase();
        let wanted = sign.parse().map_or(wanted, |digit| cardinal(digit, language));
        // The key that was entered last is still in the hand.
        for key in ["KEY_RIGHT", "KEY_LEFT"].into_iter().chain(std::iter::repeat_n("KEY_RIGHT", KEYS_MAX)) {
            self.key(key)?;
            if self.heard.borrow().to_lowercase() == wanted {
                return self.enter();
            }
        }
        Err(nothing_there(id, "no key says that"))
    }

    /// Enters a key and hears how many there are now.
    fn enter(&self) -> Result<(), Trouble> {
        self.key("KEY_ENTER")
    }

    /// Lets the terminal finish: what it says of a new screen is no answer to a key.
    fn let_it_speak(&self) -> Result<(), Trouble> {
        let mut quiet = 0;
        while quiet < 3 {
            rest(QUIET);
            quiet = if self.terminal.spoken()?.is_empty() { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    /// Goes down to the end and up to the beginning.
    fn find(&self, id: &str) -> Result<(), Trouble> {
        for (key, repeats) in [("KEY_AGAIN", 0), ("KEY_DOWN", SAME_MAX), ("KEY_UP", SAME_MAX)] {
            let mut same = 0;
            while same <= repeats {
                let before = self.heard.borrow().clone();
                self.key(key)?;
                if self.terminal.screen()?.stands_on.as_deref() == Some(id) {
                    return Ok(());
                }
                let again = repeats == 0 || *self.heard.borrow() == before;
                same = if again { same + 1 } else { 0 };
            }
        }
        Err(nothing_there(id, "nothing of that name is said"))
    }

    /// A key that is answered with words.
    fn key(&self, key: &str) -> Result<(), Trouble> {
        self.terminal.spoken()?;
        self.press(key)?;
        self.listen()
    }

    fn press(&self, key: &str) -> Result<(), Trouble> {
        self.devices.patch("keypad", &json!({ "press": key })).map(drop)
    }

    fn listen(&self) -> Result<(), Trouble> {
        let said = until("the terminal to say something", SILENCE, || {
            let said: Vec<Spoken> = self.terminal.spoken()?;
            Ok(said.into_iter().next_back().map_or_else(|| Look::NotYet("silence".to_owned()), Look::There))
        })?;
        let digit = said.text.chars().any(|sign| sign.is_ascii_digit());
        Trouble::unless(!digit, || format!("a number is not in words: {}", said.text))?;
        *self.heard.borrow_mut() = said.text;
        Ok(())
    }
}

/// What a finger is told that finds nothing.
fn nothing_there(id: &str, why: &str) -> Trouble {
    Trouble::Http { request: format!("choose {id} by ear"), answer: why.to_owned(), status: Some(409) }
}
