//! Somebody at the terminal, with a finger, a phone and a face. Touches real elements through the rig's control, reads the
//! code from the world's inbox, and keeps a picture of every screen that comes by. What to do is in the journeys.

use senim_journeys::borrower::answer_to;
use std::path::PathBuf;
use std::time::Duration;

use crate::album::{Album, Shown};
use crate::clients::{FirmwareClient, Screen, Somebody, WorldClient};
use crate::config;
use crate::ear::Ear;
use crate::error::Trouble;
use crate::folders::Folders;
use crate::wait::{Look, rest, until};

mod panel;
mod phone;

/// How long a screen may take to come: the gateway has 20 s for an answer, the notes of a payout take their time too.
const SCREEN: Duration = Duration::from_secs(90);
/// How long an element may take until it can be touched.
const TOUCHABLE: Duration = Duration::from_secs(15);
/// How long an SMS may take.
const SMS: Duration = Duration::from_secs(30);
/// Pictures of one person that lie before the camera.
pub const FRAMES: u32 = 8;
/// Pages of the longest text; more mean that it never ends.
const PAGES_MAX: u32 = 60;
/// Movements of a finger that is drawn over the screen.
const DRAWS: u8 = 10;
/// Touches of "more" or "less" after the slider; more mean that it does not get there.
const NUDGES_MAX: u32 = 60;

/// The player.
#[derive(Debug)]
pub struct Player {
    terminal: FirmwareClient,
    world: WorldClient,
    language: String,
    frames: PathBuf,
    album: Album,
    pictured: String,
    keeps_pictures: bool,
    /// The last picture of a screen that was new.
    seen: Vec<u8>,
    /// Who hears and presses keys in place of looking and touching.
    ear: Option<Ear>,
    /// What tells touches elsewhere.
    panel: Option<panel::Panel>,
}

impl Player {
    /// Somebody before the screen behind `terminal`.
    #[must_use]
    pub fn new(terminal: FirmwareClient, world: WorldClient, language: &str, folders: &Folders) -> Self {
        Self {
            terminal,
            world,
            language: language.to_owned(),
            frames: folders.frames(),
            album: Album::new(folders.out.clone()),
            pictured: String::new(),
            keeps_pictures: true,
            seen: Vec::new(),
            ear: None,
            panel: None,
        }
    }

    /// The same person, who does not see and hears what is shown.
    #[must_use]
    pub fn by_ear(mut self, ear: Ear) -> Self {
        self.ear = Some(ear);
        self
    }

    /// A finger, or a key in its place.
    fn touch(&self, id: &str) -> Result<(), Trouble> {
        match &self.ear {
            Some(ear) => ear.choose(id),
            None => self.terminal.tap(id),
        }
    }

    /// The same person, who keeps no pictures: faster, where the screens are not the matter.
    #[must_use]
    pub fn without_pictures(mut self) -> Self {
        self.keeps_pictures = false;
        self
    }

    /// Goes on at a terminal that was started again.
    pub fn attach(&mut self, terminal: FirmwareClient) {
        self.terminal = terminal;
        self.pictured.clear();
    }

    /// The screens so far.
    #[must_use]
    pub fn steps(&self) -> &[Shown] {
        self.album.steps()
    }

    /// Looks at the screen; a screen not seen just before is kept as a picture once it stands still.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn look(&mut self) -> Result<Screen, Trouble> {
        let screen = self.terminal.screen()?;
        if self.keeps_pictures && screen.settled && screen.told() != self.pictured {
            let png = self.terminal.frame_png()?;
            // A screen that came and went meanwhile may be in the picture of another one.
            if self.terminal.screen()?.told() == screen.told() {
                self.pictured = screen.told();
                self.album.add(&screen.screen, &screen.detail, &png)?;
                self.seen = png;
            }
        }
        Ok(screen)
    }

    /// Keeps a picture of the screen as it is now.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::File`].
    pub fn picture(&mut self, detail: &str) -> Result<(), Trouble> {
        if !self.keeps_pictures {
            return Ok(());
        }
        let screen = self.settled(|_| true, "the screen to stand still")?;
        let png = self.terminal.frame_png()?;
        self.album.add(&screen.screen, detail, &png)
    }

    /// Waits until the screen looks different from its last picture though its name is the same, and keeps it.
    ///
    /// # Errors
    /// [`Trouble::Deadline`], [`Trouble::Http`], [`Trouble::File`].
    pub fn picture_when_changed(&mut self, detail: &str) -> Result<(), Trouble> {
        if !self.keeps_pictures {
            return Ok(());
        }
        let before = self.seen.clone();
        until("the screen to change", SCREEN, || {
            let changed = self.terminal.frame_png()? != before;
            Ok(if changed { Look::There(()) } else { Look::NotYet("the same picture".to_owned()) })
        })?;
        self.picture(detail)
    }

    /// Waits until this screen is there and stands still.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] with the screen that is there instead; at once when the visit has ended unexpectedly.
    pub fn expect_screen(&mut self, name: &str) -> Result<Screen, Trouble> {
        self.settled(|screen| screen.screen == name, &format!("the screen {name}"))
    }

    /// Waits until this screen is there with this special thing on it.
    ///
    /// # Errors
    /// As [`Player::expect_screen`].
    pub fn expect_detail(&mut self, name: &str, detail: &str) -> Result<Screen, Trouble> {
        let told = format!("the screen {name} ({detail})");
        self.settled(|screen| screen.screen == name && screen.detail == detail, &told)
    }

    /// Waits until the visit has ended this way, and leaves.
    ///
    /// # Errors
    /// As [`Player::expect_screen`].
    pub fn expect_end(&mut self, kind: &str) -> Result<(), Trouble> {
        self.expect_detail("End", kind)?;
        self.leave()
    }

    /// Touches "Done" and waits for the welcome screen.
    ///
    /// # Errors
    /// As [`Player::tap`] and [`Player::expect_screen`].
    pub fn leave(&mut self) -> Result<(), Trouble> {
        self.tap("primary")?;
        until("the welcome screen", SCREEN, || {
            let screen = self.look()?;
            let there = screen.screen == "Welcome" && screen.settled;
            Ok(if there { Look::There(()) } else { Look::NotYet(screen.told()) })
        })
    }

    /// Waits until the screen is as wanted and stands still.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] with the screen that is there instead; [`Trouble::Http`].
    pub fn wait_for(
        &mut self,
        what: &str,
        patience: Duration,
        holds: impl Fn(&Screen) -> bool,
    ) -> Result<Screen, Trouble> {
        until(what, patience, || {
            let screen = self.look()?;
            if holds(&screen) && screen.settled {
                return Ok(Look::There(screen));
            }
            Ok(Look::NotYet(screen.told()))
        })
    }

    /// Touches the element now, whatever it is up to.
    ///
    /// # Errors
    /// [`Trouble::Http`] with status 409 where a person could not tap.
    pub fn tap_now(&self, id: &str) -> Result<(), Trouble> {
        self.touch(id)
    }

    fn settled(&mut self, holds: impl Fn(&Screen) -> bool, what: &str) -> Result<Screen, Trouble> {
        until(what, SCREEN, || {
            let screen = self.look()?;
            let told = screen.told();
            if holds(&screen) {
                return Ok(if screen.settled {
                    Look::There(screen)
                } else {
                    Look::NotYet(format!("{told}, not settled"))
                });
            }
            // Nothing comes after an end or an outage, so there is nothing to wait for.
            let over = matches!(screen.screen.as_str(), "End" | "OutOfService");
            if over && screen.settled {
                return Err(Trouble::Finding(format!("waited for {what}, but there is {told}")));
            }
            Ok(Look::NotYet(told))
        })
    }

    /// Touches the element as soon as a person could.
    ///
    /// # Errors
    /// [`Trouble::Deadline`] with the reason, [`Trouble::Http`].
    pub fn tap(&mut self, id: &str) -> Result<(), Trouble> {
        until(&format!("{id} to take a touch"), TOUCHABLE, || match self.touch(id) {
            Ok(()) => Ok(Look::There(())),
            Err(Trouble::Http { status: Some(409), answer, .. }) => {
                let shown = self.look()?;
                // What is offered further down, or behind what is read first, is looked for as a person would.
                let below = (id.starts_with("option-") || id == "primary") && shown.element(id).is_none();
                if below && shown.element("page-down").is_some_and(|down| down.enabled) {
                    self.tap_now("page-down")?;
                }
                Ok(Look::NotYet(format!("{answer} on {}", shown.told())))
            }
            Err(trouble) => Err(trouble),
        })
    }

    /// Types on the keypad.
    ///
    /// # Errors
    /// As [`Player::tap`]; [`Trouble::Usage`] for anything but digits.
    pub fn type_digits(&mut self, digits: &str) -> Result<(), Trouble> {
        for digit in digits.chars() {
            if !digit.is_ascii_digit() {
                return Err(Trouble::Usage(format!("{digits} are not all digits")));
            }
            self.tap(&format!("digit-{digit}"))?;
        }
        Ok(())
    }

    /// Touches the main button and waits for the next screen.
    ///
    /// # Errors
    /// As [`Player::tap`] and [`Player::expect_screen`].
    pub fn go_on_to(&mut self, screen: &str) -> Result<Screen, Trouble> {
        self.tap("primary")?;
        self.expect_screen(screen)
    }

    /// Ends the visit from where it is.
    ///
    /// # Errors
    /// As [`Player::tap`] and [`Player::expect_screen`].
    pub fn cancel(&mut self) -> Result<(), Trouble> {
        self.tap("cancel")?;
        self.expect_end("Cancelled")
    }

    /// Begins a visit in the player's language.
    ///
    /// # Errors
    /// As [`Player::tap`] and [`Player::expect_screen`].
    pub fn begin(&mut self) -> Result<(), Trouble> {
        self.expect_screen("Welcome")?;
        let language = format!("language-{}", self.language);
        self.tap(&language)?;
        let first = |screen: &Screen| screen.screen == "EnterIin" || screen.told() == "Choice (menu)";
        let screen = self.settled(first, "the first screen of a visit")?;
        Trouble::unless(screen.language == self.language, || {
            format!("the screen speaks {} after {} was chosen", screen.language, self.language)
        })?;
        if screen.screen == "Choice" {
            self.tap("option-loan")?;
            self.expect_screen("EnterIin")?;
        }
        Ok(())
    }

    /// Types the IIN and sends it.
    ///
    /// # Errors
    /// As [`Player::tap`].
    pub fn give_iin(&mut self, iin: &str) -> Result<(), Trouble> {
        self.world.empty_inbox()?;
        self.type_digits(iin)?;
        self.picture("typed")?;
        self.tap("primary")
    }

    /// The code in the newest SMS to this phone.
    ///
    /// # Errors
    /// [`Trouble::Deadline`], [`Trouble::Http`].
    pub fn read_code(&self, phone: &str) -> Result<String, Trouble> {
        until("an SMS with the code", SMS, || {
            let messages = self.world.inbox(Some(phone))?;
            let newest = messages.iter().rev().find(|sms| sms.purpose == "login_code");
            Ok(match newest.and_then(|sms| code_in(&sms.text)) {
                Some(code) => Look::There(code),
                None => Look::NotYet(format!("{} messages", messages.len())),
            })
        })
    }

    /// Logs in: IIN, code from the phone, up to the choice of the sum.
    ///
    /// # Errors
    /// As the single steps.
    pub fn log_in(&mut self, person: &Somebody) -> Result<(), Trouble> {
        self.begin()?;
        self.give_iin(&person.iin)?;
        self.expect_screen("EnterCode")?;
        let code = self.read_code(&person.phone)?;
        self.type_digits(&code)?;
        self.picture("typed")?;
        self.go_on_to("Amount").map(drop)
    }

    /// Touches the main button, then agrees to, answers and reads whatever comes before this screen.
    ///
    /// # Errors
    /// As [`Player::tap`] and [`Player::expect_screen`].
    pub fn go_through_forms_to(&mut self, screen: &str) -> Result<Screen, Trouble> {
        let mut before = self.look()?.told();
        self.tap("primary")?;
        loop {
            let next = |now: &Screen| {
                now.screen == screen
                    || (matches!(now.screen.as_str(), "Notice" | "Choice")
                        && now.told() != before
                        && !now.detail.starts_with("living"))
            };
            let shown = self.settled(next, "the next form")?;
            if shown.screen == screen {
                return Ok(shown);
            }
            before = shown.told();
            if shown.screen == "Choice" {
                let options = shown.elements.iter().map(|element| element.id.as_str());
                let answer = answer_to(&shown.detail, options)
                    .ok_or_else(|| Trouble::Finding(format!("{before} has no answers")))?;
                self.tap(answer)?;
            } else {
                if shown.element("page-down").is_some() {
                    self.page_down()?;
                }
                self.tap("primary")?;
            }
        }
    }

    /// From the drafts to the concluded contract by the shortest way: the first draft, the contract read to its end, a
    /// picture of whoever stands before the camera.
    ///
    /// # Errors
    /// As the single steps.
    pub fn agree_to_first_draft(&mut self) -> Result<(), Trouble> {
        self.tap("choose-0")?;
        self.go_through_forms_to("Contract")?;
        self.read_to_the_end()?;
        self.go_through_forms_to("Camera")?;
        self.go_on_to("Agree")?;
        self.go_on_to("ReadyToPay").map(drop)
    }

    /// Chooses the sum: slides near it, then touches "more" or "less".
    ///
    /// # Errors
    /// [`Trouble::Finding`] if the sum cannot be reached; as [`Player::tap`].
    pub fn choose_amount(&mut self, tenge: u64) -> Result<(), Trouble> {
        if let Some(ear) = &self.ear {
            return ear.slide_to(tenge, || self.amount());
        }
        let mut at = self.slide_near(tenge)?;
        for _ in 0..NUDGES_MAX {
            let button = match at.cmp(&tenge) {
                std::cmp::Ordering::Equal => return Ok(()),
                std::cmp::Ordering::Less => "amount-more",
                std::cmp::Ordering::Greater => "amount-less",
            };
            self.tap(button)?;
            let before = at;
            at = until("the sum to change", TOUCHABLE, || {
                let now = self.amount()?;
                Ok(if now == before { Look::NotYet(now.to_string()) } else { Look::There(now) })
            })?;
        }
        Err(Trouble::Finding(format!("{tenge} ₸ cannot be reached; the screen shows {at} ₸")))
    }

    fn slide_near(&mut self, tenge: u64) -> Result<u64, Trouble> {
        let (least, most) = (self.slide(0.0)?, self.slide(1.0)?);
        if !(least..=most).contains(&tenge) {
            return Err(Trouble::Finding(format!("{tenge} ₸ is not between {least} ₸ and {most} ₸")));
        }
        if most > least { self.slide(share(tenge - least, most - least)) } else { Ok(least) }
    }

    /// Drags the slider from where it is to a share of its way, and reads the sum.
    fn slide(&mut self, share: f32) -> Result<u64, Trouble> {
        let screen = self.expect_screen("Amount")?;
        let slider = screen
            .element("amount-slider")
            .ok_or_else(|| Trouble::Finding("there is no slider for the sum".to_owned()))?;
        // The middle of the knob moves between half a knob from either end; a knob is about as wide as the slider is high.
        let margin = slider.height * 0.41;
        let x = slider.x + margin + (slider.width - 2.0 * margin) * share;
        let y = slider.y + slider.height / 2.0;
        let middle = slider.x + slider.width / 2.0;
        self.point(middle, y, "press")?;
        self.point((middle + x) / 2.0, y, "move")?;
        self.point(x, y, "move")?;
        self.point(x, y, "release")?;
        self.amount()
    }

    fn amount(&self) -> Result<u64, Trouble> {
        let screen = self.terminal.screen()?;
        let label = screen.element("amount").map(|element| element.label.clone()).unwrap_or_default();
        let digits: String = label.chars().filter(char::is_ascii_digit).collect();
        digits.parse().map_err(|_| Trouble::Finding(format!("the sum is shown as “{label}”")))
    }

    /// Looks at the whole table of payments of the draft with this number, and closes it.
    ///
    /// # Errors
    /// As [`Player::tap`].
    pub fn look_at_table(&mut self, number: usize) -> Result<(), Trouble> {
        self.tap(&format!("table-{number}"))?;
        self.picture(&format!("table-{number}"))?;
        self.page_down()?;
        self.tap("close-table")
    }

    /// Reads to the end: first a drag with the finger, then page by page until the main button takes a touch.
    ///
    /// # Errors
    /// [`Trouble::Finding`] if the text has no end.
    pub fn read_to_the_end(&mut self) -> Result<(), Trouble> {
        if self.ear.is_none() {
            let before = self.progress()?;
            self.drag_up()?;
            until("the text to follow the finger", TOUCHABLE, || {
                let now = self.progress()?;
                Ok(if now == before { Look::NotYet(now) } else { Look::There(()) })
            })?;
        }
        self.page_down()?;
        let screen = self.look()?;
        let readable = screen.element("primary").is_some_and(|button| button.enabled);
        Trouble::unless(readable, || "the contract was read to its end, but one cannot go on".to_owned())?;
        self.picture("end")
    }

    fn progress(&self) -> Result<String, Trouble> {
        let screen = self.terminal.screen()?;
        Ok(screen.element("progress").map(|element| element.label.clone()).unwrap_or_default())
    }

    /// Draws the text up with a finger, left of the pager.
    fn drag_up(&self) -> Result<(), Trouble> {
        let screen = self.terminal.screen()?;
        let pager = screen
            .element("page-down")
            .ok_or_else(|| Trouble::Finding("there is no button for the next page".to_owned()))?;
        let (x, bottom) = (pager.x / 2.0, pager.y + pager.height * 0.75);
        self.drag((x, bottom), (x, bottom - pager.height))
    }

    /// Draws a finger from one place to another.
    ///
    /// # Errors
    /// [`Trouble::Http`].
    pub fn drag(&self, from: (f32, f32), to: (f32, f32)) -> Result<(), Trouble> {
        self.point(from.0, from.1, "press")?;
        for way in 1_u8..=DRAWS {
            let share = f32::from(way) / f32::from(DRAWS);
            self.point(from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share, "move")?;
            // A finger needs time: faster than a frame it would be a tap.
            rest(Duration::from_millis(20));
        }
        self.point(to.0, to.1, "release")
    }

    /// Turns pages until the text ends.
    ///
    /// # Errors
    /// [`Trouble::Finding`] if it has no end.
    pub fn page_down(&mut self) -> Result<(), Trouble> {
        for _ in 0..PAGES_MAX {
            let screen = until("the text to stand still", TOUCHABLE, || {
                let screen = self.terminal.screen()?;
                Ok(if screen.settled { Look::There(screen) } else { Look::NotYet(screen.told()) })
            })?;
            match screen.element("page-down") {
                Some(button) if button.enabled => match self.touch("page-down") {
                    // The last pixels may have rolled by between look and touch.
                    Ok(()) | Err(Trouble::Http { status: Some(409), .. }) => {}
                    Err(trouble) => return Err(trouble),
                },
                Some(_) => return Ok(()),
                None => return Err(Trouble::Finding("there is no button for the next page".to_owned())),
            }
        }
        Err(Trouble::Finding("the text has no end".to_owned()))
    }

    /// Steps before the camera.
    ///
    /// # Errors
    /// [`Trouble::Http`], [`Trouble::File`].
    pub fn stand_before_camera(&self, iin: &str) -> Result<(), Trouble> {
        stand_before_camera(&self.world, iin, &self.frames)
    }

    /// Takes the photo and waits until the contract can be agreed to.
    ///
    /// # Errors
    /// As [`Player::tap`] and [`Player::expect_screen`].
    pub fn show_face(&mut self, person: &Somebody) -> Result<(), Trouble> {
        self.stand_before_camera(&person.iin)?;
        self.expect_screen("Camera")?;
        self.go_on_to("Agree").map(drop)
    }
}

/// Writes what the camera sees of a person.
///
/// # Errors
/// [`Trouble::Http`], [`Trouble::File`].
pub fn stand_before_camera(world: &WorldClient, iin: &str, frames: &std::path::Path) -> Result<(), Trouble> {
    for n in 0..FRAMES {
        config::write_frame(frames, n, &world.frame(iin, n)?)?;
    }
    Ok(())
}

pub use senim_journeys::scene::code_in;

#[expect(
    clippy::cast_precision_loss,
    reason = "a share of a slider's way in pixels; the sum itself is read back exactly"
)]
fn share(part: u64, whole: u64) -> f32 {
    part as f32 / whole as f32
}
