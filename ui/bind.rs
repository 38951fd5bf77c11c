//! The window's life, what the person does in it, and the local echo of that.
//!
//! What is typed and chosen lives in a [`Hand`], which also says what a press means; Slint gets the grouped IIN as it is
//! shown, and of a code only its length. Showing a view is in [`crate::show`].

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use senim_domain::Language;
use senim_domain::touch::{DisplayPoint, TouchCorrection};
use senim_ui_model::hand::{Comfort, Ease, Hand, Press};
use senim_ui_model::speech::{Event, Narrator, Order};
use senim_ui_model::{Action, View, format};
use slint::{ComponentHandle, Global};

use crate::error::UiError;
use crate::generated::{AppWindow, Comfort as Turned, Command, Key, Page, Theme, Ui};
use crate::{panel, show};

/// The main button works again after this long without a new view: a lost action must not lock the person out.
const BUSY_MS: u64 = 1500;

/// What somebody set on the first screen stays so long without a touch: who began no visit has left.
const COMFORT_MS: u64 = 60_000;

/// The screen. Lives on the thread of the event loop; clones are the same screen.
#[derive(Clone)]
pub struct App {
    pub(crate) inner: Rc<Inner>,
}

type Listener = Rc<dyn Fn(Action)>;
type Speech = Rc<dyn Fn(Order)>;

pub(crate) struct Inner {
    pub(crate) window: AppWindow,
    pub(crate) local: RefCell<Local>,
    listener: RefCell<Option<Listener>>,
    pub(crate) speech: RefCell<Option<Speech>>,
    pub(crate) narrator: RefCell<Narrator>,
    busy: slint::Timer,
    comfort: slint::Timer,
}

/// What the screen itself knows: what is on it, and the person's hand.
#[derive(Default)]
pub(crate) struct Local {
    pub(crate) page: Page,
    /// [`senim_ui_model::Screen::detail`], for the rig.
    pub(crate) detail: String,
    pub(crate) language: Option<Language>,
    pub(crate) hand: Hand,
    pub(crate) contract: Option<crate::contract::Shown>,
}

impl Local {
    /// What a decision is made on: another one is an answer to it.
    fn moment(&self) -> (Page, String, u64) {
        (self.page, self.detail.clone(), self.hand.step())
    }
}

thread_local! {
    /// The screen of this thread, for [`Remote`].
    static HERE: RefCell<Weak<Inner>> = const { RefCell::new(Weak::new()) };
}

/// The screen of this thread, if it is still there.
pub(crate) fn here() -> Option<App> {
    HERE.with(|here| here.borrow().upgrade()).map(|inner| App { inner })
}

impl App {
    /// Makes the window on the platform that is set (or Slint's choice by cargo feature) and shows it, empty.
    ///
    /// # Errors
    /// [`UiError::Window`], [`UiError::NoTranslation`].
    pub fn new() -> Result<Self, UiError> {
        #[cfg(feature = "kms")]
        panel::listen()?;
        let window = AppWindow::new()?;
        let inner = Rc::new(Inner {
            window,
            local: RefCell::default(),
            listener: RefCell::default(),
            speech: RefCell::default(),
            narrator: RefCell::default(),
            busy: slint::Timer::default(),
            comfort: slint::Timer::default(),
        });
        let app = Self { inner };
        HERE.with(|here| *here.borrow_mut() = Rc::downgrade(&app.inner));
        app.connect();
        show::language(&app, Language::Kk)?;
        app.inner.window.show()?;
        Ok(app)
    }

    /// Shows a view. Echo is kept while the screen stays the same, and dropped when it changes.
    ///
    /// # Errors
    /// [`UiError::NoTranslation`].
    pub fn show(&self, view: &View) -> Result<(), UiError> {
        let before = self.inner.local.borrow().moment();
        show::view(self, view)?;
        // The same screen again, for a second that went by, answers no decision.
        if self.inner.local.borrow().moment() != before {
            self.busy(false);
        }
        self.listen();
        Ok(())
    }

    /// Where the person's decisions go; replaces an earlier listener. Called on the event loop's thread: hand over
    /// and return.
    pub fn on_action(&self, listener: impl Fn(Action) + 'static) {
        *self.inner.listener.borrow_mut() = Some(Rc::new(listener));
    }

    /// Touches are corrected by this from now on, on a bare panel and in memory.
    pub fn correct_touch(&self, correction: TouchCorrection) {
        panel::correct(correction);
    }

    /// Shows a camera frame, mirrored as people know it from a mirror. `rgb` has 3 bytes a pixel, rows from the top.
    ///
    /// # Errors
    /// [`UiError::BadFrame`].
    pub fn set_preview(&self, width: u32, height: u32, rgb: &[u8]) -> Result<(), UiError> {
        let Some(picture) = senim_pixels::mirrored(width, height, rgb) else {
            return Err(UiError::BadFrame { width, height, got: rgb.len() });
        };
        let ui = self.ui();
        ui.set_preview(slint::Image::from_rgb8(picture));
        ui.set_has_preview(true);
        Ok(())
    }

    /// Takes the camera's picture off the screen and out of memory.
    pub fn clear_preview(&self) {
        let ui = self.ui();
        ui.set_has_preview(false);
        ui.set_preview(slint::Image::default());
    }

    /// Forgets everything about the person: strings, pictures, lists and echo. The window is empty afterwards.
    pub fn wipe(&self) {
        {
            let mut local = self.inner.local.borrow_mut();
            local.hand.forget();
            let hand = std::mem::take(&mut local.hand);
            *local = Local { language: local.language, hand, ..Local::default() };
        }
        show::clear(&self.ui());
        self.busy(false);
        self.inner.window.window().request_redraw();
    }

    /// A handle for other threads.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote { preview: Arc::default() }
    }

    /// Runs the platform's event loop until [`Remote::quit`].
    ///
    /// # Errors
    /// [`UiError::Window`].
    pub fn run(&self) -> Result<(), UiError> {
        slint::run_event_loop_until_quit()?;
        Ok(())
    }

    pub(crate) fn ui(&self) -> Ui<'_> {
        Ui::get(&self.inner.window)
    }

    fn tell(&self, action: Action) {
        let listener = self.inner.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(action);
        }
    }

    fn connect(&self) {
        let ui = self.ui();
        let app = Rc::downgrade(&self.inner);
        let with = move |act: &dyn Fn(&App)| {
            if let Some(inner) = app.upgrade() {
                act(&Self { inner });
            }
        };
        ui.on_touched({
            let with = with.clone();
            move || {
                with(&|app| {
                    app.wait_for_a_touch();
                    app.tell(Action::Touched);
                });
            }
        });
        ui.on_command({
            let with = with.clone();
            move |command| with(&|app| app.command(command))
        });
        ui.on_choose_language({
            let with = with.clone();
            move |code| {
                let language = code.parse::<Language>();
                with(&|app| {
                    if let Ok(language) = language {
                        app.tell(Action::ChooseLanguage(language));
                    }
                });
            }
        });
        ui.on_digit({
            let with = with.clone();
            move |digit| with(&|app| app.digit(digit))
        });
        ui.on_key({
            let with = with.clone();
            move |key| with(&|app| app.key(key))
        });
        ui.on_move_amount({
            let with = with.clone();
            move |index| with(&|app| app.move_amount(index))
        });
        ui.on_move_term({
            let with = with.clone();
            move |index| with(&|app| app.move_term(index))
        });
        ui.on_choose({
            let with = with.clone();
            move |index| with(&|app| app.choose(index))
        });
        ui.on_pick({
            let with = with.clone();
            move |index| with(&|app| app.pick(index))
        });
        ui.on_aim({
            let with = with.clone();
            move |x, y| {
                with(&|app| {
                    let action = app.inner.local.borrow().hand.aim(DisplayPoint::of_fractions(x, y));
                    app.tell(action);
                });
            }
        });
        ui.on_letter({
            let with = with.clone();
            move |letter| with(&|app| app.letter(&letter))
        });
        ui.on_turn_board({
            let with = with.clone();
            move || {
                with(&|app| {
                    app.inner.local.borrow_mut().hand.turn_board();
                    crate::forms::board(app, &app.ui());
                });
            }
        });
        ui.on_open_help({
            let with = with.clone();
            move |open| {
                with(&|app| {
                    app.inner.local.borrow_mut().hand.open_help(open);
                    app.echo_comfort();
                });
            }
        });
        ui.on_open_comfort({
            let with = with.clone();
            move |open| {
                with(&|app| {
                    app.inner.local.borrow_mut().hand.open_comfort(open);
                    app.echo_comfort();
                });
            }
        });
        ui.on_turn_comfort({
            let with = with.clone();
            move |turned| {
                let ease = match turned {
                    Turned::Large => Ease::Large,
                    Turned::Contrast => Ease::Contrast,
                    Turned::Low => Ease::Low,
                };
                with(&|app| {
                    app.inner.local.borrow_mut().hand.turn_comfort(ease);
                    app.echo_comfort();
                    app.wait_for_a_touch();
                });
            }
        });
        ui.on_turn_page(move |page| {
            with(&|app| {
                if let Ok(page) = usize::try_from(page) {
                    crate::contract::turn(app, page);
                }
            });
        });
    }

    fn command(&self, command: Command) {
        let press = pressed(command);
        let Some(action) = self.inner.local.borrow_mut().hand.press(press) else { return };
        match press {
            Press::Submit
            | Press::Apply
            | Press::ChooseMethod
            | Press::ContractRead
            | Press::TakePicture
            | Press::Agree
            | Press::PayOut
            | Press::Confirm
            | Press::Decline
            | Press::Enter
            | Press::Done => self.busy(true),
            Press::ResendCode | Press::Back | Press::Cancel | Press::Stay => {}
        }
        // A code that was given away is not shown any more.
        self.echo_typed();
        self.tell(action);
    }

    fn digit(&self, digit: i32) {
        if let Ok(digit) = u32::try_from(digit) {
            self.inner.local.borrow_mut().hand.digit(digit);
            self.echo_typed();
        }
    }

    fn letter(&self, letter: &str) {
        if let Some(letter) = letter.chars().next() {
            self.inner.local.borrow_mut().hand.letter(letter);
            self.echo_typed();
        }
    }

    fn pick(&self, index: i32) {
        let Ok(index) = usize::try_from(index) else { return };
        let action = self.inner.local.borrow().hand.pick(index);
        self.busy(true);
        self.tell(action);
    }

    fn key(&self, key: Key) {
        match key {
            Key::Erase => self.inner.local.borrow_mut().hand.erase(),
            Key::Clear => self.inner.local.borrow_mut().hand.clear(),
        }
        self.echo_typed();
    }

    /// Shows what is typed, and takes an old complaint off the screen: it was about other digits.
    pub(crate) fn echo_typed(&self) {
        let local = self.inner.local.borrow();
        let (ui, hand) = (self.ui(), &local.hand);
        ui.set_typed(hand.shown().expose().into());
        ui.set_typed_count(show::number(hand.typed().chars_count()));
        ui.set_digits(show::number(hand.most()));
        if !hand.typed().is_empty() {
            ui.set_problem(crate::generated::InputProblem::None);
            ui.set_entry_error(slint::SharedString::new());
        }
    }

    fn move_amount(&self, index: i32) {
        if let Ok(index) = usize::try_from(index) {
            self.inner.local.borrow_mut().hand.move_amount(index);
            self.echo_totals();
        }
    }

    fn move_term(&self, index: i32) {
        if let Ok(index) = usize::try_from(index) {
            self.inner.local.borrow_mut().hand.move_term(index);
            self.echo_totals();
        }
    }

    /// Sum, term and what they cost, from the offer on the screen.
    pub(crate) fn echo_totals(&self) {
        let local = self.inner.local.borrow();
        let (ui, hand) = (self.ui(), &local.hand);
        ui.set_amount_index(show::number(hand.amount_place()));
        ui.set_term_index(show::number(hand.term_place()));
        ui.set_amount(hand.sum().map(|sum| format::money(sum).0).unwrap_or_default().into());
        ui.set_drafts(show::drafts(&hand.totals(), show::Tables::Without));
    }

    fn choose(&self, index: i32) {
        self.inner.local.borrow_mut().hand.choose(usize::try_from(index).ok());
        self.echo_chosen();
    }

    /// Which draft is chosen.
    pub(crate) fn echo_chosen(&self) {
        let chosen = self.inner.local.borrow().hand.chosen();
        self.ui().set_chosen(chosen.map_or(-1, show::number));
    }

    /// What lies over the screen, and how it shows itself.
    pub(crate) fn echo_comfort(&self) {
        let (help, page, Comfort { large, contrast, low }) = {
            let hand = &self.inner.local.borrow().hand;
            (hand.has_help(), hand.has_comfort_page(), hand.comfort())
        };
        let (ui, theme) = (self.ui(), Theme::get(&self.inner.window));
        ui.set_helping(help);
        ui.set_comforting(page);
        theme.set_large(large);
        theme.set_contrast(contrast);
        theme.set_low(low);
    }

    /// Sets how the screen shows itself.
    pub(crate) fn set_comfort(&self, comfort: Comfort) {
        self.inner.local.borrow_mut().hand.set_comfort(comfort);
        self.echo_comfort();
    }

    /// On the first screen nobody tells when a person has left.
    fn wait_for_a_touch(&self) {
        let begun = self.inner.local.borrow().page != Page::Welcome;
        if begun || self.inner.local.borrow().hand.comfort() == Comfort::default() {
            return;
        }
        let app = Rc::downgrade(&self.inner);
        self.inner.comfort.start(
            slint::TimerMode::SingleShot,
            Duration::from_millis(COMFORT_MS),
            move || {
                let Some(inner) = app.upgrade() else { return };
                let app = Self { inner };
                if app.inner.local.borrow().page == Page::Welcome {
                    app.set_comfort(Comfort::default());
                }
            },
        );
    }

    fn busy(&self, busy: bool) {
        self.ui().set_busy(busy);
        if !busy {
            self.inner.busy.stop();
            return;
        }
        let app = Rc::downgrade(&self.inner);
        self.inner.busy.start(slint::TimerMode::SingleShot, Duration::from_millis(BUSY_MS), move || {
            if let Some(inner) = app.upgrade() {
                Self { inner }.ui().set_busy(false);
            }
        });
    }
}

/// What a button of the screens in Slint means.
const fn pressed(command: Command) -> Press {
    match command {
        Command::ResendCode => Press::ResendCode,
        Command::Submit => Press::Submit,
        Command::Apply => Press::Apply,
        Command::ChooseMethod => Press::ChooseMethod,
        Command::ContractRead => Press::ContractRead,
        Command::TakePicture => Press::TakePicture,
        Command::Agree => Press::Agree,
        Command::PayOut => Press::PayOut,
        Command::Back => Press::Back,
        Command::Cancel => Press::Cancel,
        Command::Stay => Press::Stay,
        Command::Done => Press::Done,
        Command::Confirm => Press::Confirm,
        Command::Decline => Press::Decline,
        Command::Enter => Press::Enter,
    }
}

/// The screen as other threads see it: each call is done in order on the event loop's thread, which must run. A call
/// after the screen is gone does nothing.
#[derive(Clone)]
pub struct Remote {
    /// The newest frame of the camera that is not shown yet.
    preview: Arc<Mutex<Option<Preview>>>,
}

/// A frame on its way to the screen.
struct Preview {
    width: u32,
    height: u32,
    rgb: senim_domain::SecretBytes,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remote")
    }
}

impl Remote {
    /// [`App::show`].
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn show(&self, view: View) -> Result<(), UiError> {
        self.with(move |app| {
            if let Err(error) = app.show(&view) {
                tracing::error!(%error, "view not shown");
            }
        })
    }

    /// [`App::assistive`].
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn assistive(&self, event: Event) -> Result<(), UiError> {
        self.with(move |app| app.assistive(&event))
    }

    /// [`App::wipe`].
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn wipe(&self) -> Result<(), UiError> {
        self.exchange_preview(None);
        self.with(|app| app.wipe())
    }

    /// [`App::correct_touch`].
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn correct_touch(&self, correction: TouchCorrection) -> Result<(), UiError> {
        self.with(move |app| app.correct_touch(correction))
    }

    /// [`App::set_preview`]; a frame that does not fit is dropped, and so is one that a newer one overtakes before it
    /// could be shown: a camera is faster than a busy screen.
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn set_preview(
        &self,
        width: u32,
        height: u32,
        rgb: senim_domain::SecretBytes,
    ) -> Result<(), UiError> {
        if self.exchange_preview(Some(Preview { width, height, rgb })).is_some() {
            return Ok(());
        }
        let remote = self.clone();
        self.with(move |app| {
            let Some(Preview { width, height, rgb }) = remote.exchange_preview(None) else { return };
            if let Err(error) = app.set_preview(width, height, rgb.expose()) {
                tracing::warn!(%error, "preview not shown");
            }
        })
        .inspect_err(|_| drop(self.exchange_preview(None)))
    }

    /// [`App::clear_preview`].
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn clear_preview(&self) -> Result<(), UiError> {
        self.exchange_preview(None);
        self.with(|app| app.clear_preview())
    }

    /// Puts a frame in the place of the one that waits to be shown, which is given back.
    fn exchange_preview(&self, frame: Option<Preview>) -> Option<Preview> {
        std::mem::replace(&mut *self.preview.lock().unwrap_or_else(PoisonError::into_inner), frame)
    }

    /// Ends the event loop.
    ///
    /// # Errors
    /// [`UiError::NoEventLoop`].
    pub fn quit(&self) -> Result<(), UiError> {
        slint::quit_event_loop().map_err(|_| UiError::NoEventLoop)
    }

    fn with(&self, act: impl FnOnce(&App) + Send + 'static) -> Result<(), UiError> {
        slint::invoke_from_event_loop(move || {
            if let Some(app) = here() {
                act(&app);
            }
        })
        .map_err(|_| UiError::NoEventLoop)
    }
}
