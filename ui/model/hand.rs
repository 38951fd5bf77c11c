//! A person's hand before the screen: what is typed, slid and chosen there, and which decision a press then means.
//!
//! Typing, sliding and choosing are the screen's own affair and reach the session only as a decision. The binding to
//! Slint draws what this holds; the rig, which draws nothing, presses the same things by their names ([`crate::touch`]).

use senim_domain::Secret;
use senim_domain::loan::{Method, Term};
use senim_domain::touch::DisplayPoint;
use senim_session::Action;
use senim_session::action::Decision;

use crate::live;
use crate::pages::{Board, Grouping, Keyboard};
use crate::screen::{DraftView, Offer, Screen, View};

/// Digits of an IIN.
const IIN_DIGITS: usize = 12;

/// What a button means on the screen that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Send another code.
    ResendCode,
    /// Take what is typed.
    Submit,
    /// Apply for the chosen sum and term.
    Apply,
    /// Take the chosen draft.
    ChooseMethod,
    /// The contract was read.
    ContractRead,
    /// Take the picture.
    TakePicture,
    /// Agree.
    Agree,
    /// Give the money.
    PayOut,
    /// One step back.
    Back,
    /// End the visit.
    Cancel,
    /// "I am here."
    Stay,
    /// Leave the last screen.
    Done,
    /// The main decision of a notice.
    Confirm,
    /// The other decision of a notice or an entry.
    Decline,
    /// Take what is typed into an entry.
    Enter,
}

/// How the screen shows itself to whoever stands before it. Nobody's data: it outlives a screen, and a visit only until the
/// terminal waits for the next person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comfort {
    /// Large letters.
    pub large: bool,
    /// Light letters on black.
    pub contrast: bool,
    /// Everything to touch stands low.
    pub low: bool,
}

/// One thing that [`Comfort`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ease {
    /// [`Comfort::large`].
    Large,
    /// [`Comfort::contrast`].
    Contrast,
    /// [`Comfort::low`].
    Low,
}

/// What a new view changed in what the hand holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// It is another screen: everything held was forgotten.
    pub screen: bool,
    /// The drafts to choose from are others: nothing is chosen any more.
    pub drafts: bool,
}

/// What is held between two decisions.
#[derive(Debug, Default)]
pub struct Hand {
    /// [`Screen::name`] of the screen; empty before the first.
    screen: &'static str,
    /// Number of the screen that decisions on a form belong to.
    step: u64,
    /// [`Screen::detail`] of the screen.
    detail: String,
    typed: Secret,
    /// Least characters.
    least: usize,
    /// Most characters; of an IIN or a code the only number.
    most: usize,
    grouping: Grouping,
    masked: bool,
    keyboard: Keyboard,
    board: Board,
    letters: Vec<char>,
    /// Name of the entry that what is typed belongs to.
    entry: &'static str,
    offer: Option<Offer>,
    amount: usize,
    term: usize,
    methods: Vec<Method>,
    chosen: Option<usize>,
    /// Whether the text was read to its end, where nobody draws it.
    read: bool,
    /// Whether a table of payments lies over the drafts, where nobody draws it.
    table: bool,
    /// Whether help lies over the screen.
    help: bool,
    /// Whether the page of [`Comfort`] lies over the screen.
    comforting: bool,
    comfort: Comfort,
}

impl Hand {
    /// A view appears. What is held is kept while the screen stays the same, and dropped when it changes.
    pub fn show(&mut self, view: &View) -> Changed {
        let name = view.screen.name();
        let mut changed = Changed { screen: self.screen != name, drafts: false };
        if changed.screen {
            self.forget();
            self.screen = name;
            // What comes next is for somebody else.
            if matches!(view.screen, Screen::Welcome { .. } | Screen::OutOfService { .. }) {
                self.comfort = Comfort::default();
            }
        }
        let detail = view.screen.detail();
        if self.step != view.step || self.detail != detail {
            // Whoever reads help must not miss what the terminal has begun to do.
            (self.help, self.comforting) = (false, false);
            self.detail = detail;
        }
        self.step = view.step;
        match &view.screen {
            Screen::EnterIin(_) => (self.least, self.most) = (IIN_DIGITS, IIN_DIGITS),
            Screen::EnterCode(enter) => {
                let digits = usize::try_from(enter.digits).unwrap_or(0);
                (self.least, self.most) = (digits, digits);
            }
            Screen::Amount(offer) => self.offered(offer),
            Screen::Schedules { drafts } => {
                let methods: Vec<Method> = drafts.iter().map(|draft| draft.method).collect();
                if self.methods != methods {
                    (self.methods, self.chosen) = (methods, None);
                    changed.drafts = true;
                }
            }
            Screen::Entry(entry) => {
                // The page of an entry that follows another one is the same page, but what was typed is not its.
                if self.entry != entry.name {
                    self.entry = entry.name;
                    self.typed.wipe();
                    self.board = Board::First;
                }
                (self.least, self.most) = (entry.least, entry.most);
                (self.grouping, self.masked) = (entry.grouping, entry.masked);
                self.keyboard = entry.keyboard;
                self.letters = entry.keyboard.keys(self.board);
            }
            Screen::OutOfService { .. }
            | Screen::Welcome { .. }
            | Screen::Waiting(_)
            | Screen::Contract(_)
            | Screen::Camera(_)
            | Screen::Agree { .. }
            | Screen::ReadyToPay { .. }
            | Screen::Payout(_)
            | Screen::Receipt(_)
            | Screen::Notice(_)
            | Screen::Choice(_)
            | Screen::Target(_)
            | Screen::End { .. } => {}
        }
        changed
    }

    fn offered(&mut self, offer: &Offer) {
        let kept = self.sum().zip(self.chosen_term()).and_then(|(sum, term)| {
            let amount = offer.payable.iter().position(|other| *other == sum)?;
            Some((amount, offer.product.terms.all().iter().position(|other| *other == term)?))
        });
        // The smallest sum and the shortest term: the screen does not talk anybody into more.
        (self.amount, self.term) = kept.unwrap_or((0, 0));
        self.offer = Some(offer.clone());
    }

    /// Forgets everything, the screen too; only the [`Comfort`] stays for the last words.
    pub fn forget(&mut self) {
        self.typed.wipe();
        *self = Self { comfort: self.comfort, ..Self::default() };
    }

    /// Number of the screen ([`View::step`]).
    #[must_use]
    pub const fn step(&self) -> u64 {
        self.step
    }

    /// The decision that a press means; `None`: nothing can be decided like that now. What is typed secretly is given
    /// away with it and held no more.
    pub fn press(&mut self, press: Press) -> Option<Action> {
        match press {
            Press::ResendCode => Some(Action::ResendCode),
            Press::Submit if !self.is_typed() => None,
            Press::Submit if self.screen == "EnterIin" => {
                Some(Action::SubmitIin(Secret::new(self.typed.expose().to_owned())))
            }
            Press::Submit => Some(Action::SubmitCode(std::mem::take(&mut self.typed))),
            Press::Apply => Some(Action::Apply { principal: self.sum()?, term: self.chosen_term()? }),
            Press::ChooseMethod => Some(Action::ChooseMethod(*self.methods.get(self.chosen?)?)),
            Press::ContractRead => Some(Action::ContractRead),
            Press::TakePicture => Some(Action::TakePicture),
            Press::Agree => Some(Action::Agree),
            Press::PayOut => Some(Action::PayOut),
            Press::Back => Some(Action::Back),
            Press::Cancel => Some(Action::Cancel),
            Press::Stay => Some(Action::Stay),
            Press::Done => Some(Action::Done),
            Press::Confirm => Some(self.decide(Decision::Confirm)),
            Press::Decline => Some(self.decide(Decision::Decline)),
            Press::Enter if !self.is_typed() => None,
            Press::Enter => {
                let typed = std::mem::take(&mut self.typed);
                Some(self.decide(Decision::Enter(typed)))
            }
        }
    }

    /// The decision for the option at a place of a choice.
    #[must_use]
    pub const fn pick(&self, place: usize) -> Action {
        self.decide(Decision::Choose(place))
    }

    /// The display was touched here while a mark was to be.
    #[must_use]
    pub const fn aim(&self, at: DisplayPoint) -> Action {
        self.decide(Decision::Touch(at))
    }

    const fn decide(&self, decision: Decision) -> Action {
        Action::Decide { step: self.step, decision }
    }

    /// A digit, 0 to 9; more than fit are not taken.
    pub fn digit(&mut self, digit: u32) {
        if let Some(digit) = char::from_digit(digit, 10) {
            self.put(digit);
        }
    }

    /// A letter of the board; others are not taken.
    pub fn letter(&mut self, letter: char) {
        if self.letters.contains(&letter) {
            self.put(letter);
        }
    }

    /// Opens the other board, where there is one.
    pub fn turn_board(&mut self) {
        if self.other_board().is_some() {
            self.board = match self.board {
                Board::First => Board::Second,
                Board::Second => Board::First,
            };
            self.letters = self.keyboard.keys(self.board);
        }
    }

    /// The keys of the board that lies open.
    #[must_use]
    pub fn letters(&self) -> &[char] {
        &self.letters
    }

    /// What the key says that opens the other board ([`Keyboard::other`]).
    #[must_use]
    pub const fn other_board(&self) -> Option<&'static str> {
        self.keyboard.other(self.board)
    }

    fn put(&mut self, sign: char) {
        if self.typed.chars_count() < self.most {
            self.typed.push(sign);
        }
    }

    /// Takes the last character back.
    pub fn erase(&mut self) {
        self.typed.pop();
    }

    /// Takes back all that is typed.
    pub fn clear(&mut self) {
        self.typed.wipe();
    }

    /// Slides to the sum at this place of the offer; past its end nothing moves.
    pub fn move_amount(&mut self, place: usize) {
        if self.offer.as_ref().is_some_and(|offer| place < offer.payable.len()) {
            self.amount = place;
        }
    }

    /// Chooses the term at this place of the offer.
    pub fn move_term(&mut self, place: usize) {
        if self.offer.as_ref().is_some_and(|offer| place < offer.product.terms.all().len()) {
            self.term = place;
        }
    }

    /// Chooses the draft at this place; past the last one none is chosen.
    pub fn choose(&mut self, place: Option<usize>) {
        self.chosen = place.filter(|place| *place < self.methods.len());
    }

    /// The text was read to its end. A screen that draws knows by itself.
    pub const fn turn_page(&mut self) {
        self.read = true;
    }

    /// A table of payments is opened or closed. A screen that draws knows by itself.
    pub const fn open_table(&mut self, open: bool) {
        self.table = open;
    }

    /// Help is opened over the screen or closed.
    pub const fn open_help(&mut self, open: bool) {
        (self.help, self.comforting) = (open, false);
    }

    /// The page of [`Comfort`] is opened over the screen or closed.
    pub const fn open_comfort(&mut self, open: bool) {
        (self.comforting, self.help) = (open, false);
    }

    /// Turns one thing on or off; what is held of the screen stays.
    pub const fn turn_comfort(&mut self, ease: Ease) {
        let comfort = &mut self.comfort;
        match ease {
            Ease::Large => comfort.large = !comfort.large,
            Ease::Contrast => comfort.contrast = !comfort.contrast,
            Ease::Low => comfort.low = !comfort.low,
        }
    }

    /// Sets all of it at once, and closes its page: whoever set something has left before a visit began.
    pub const fn set_comfort(&mut self, comfort: Comfort) {
        (self.comfort, self.comforting) = (comfort, false);
    }

    /// How the screen shows itself.
    #[must_use]
    pub const fn comfort(&self) -> Comfort {
        self.comfort
    }

    /// Whether the page of [`Comfort`] lies over the screen.
    #[must_use]
    pub const fn has_comfort_page(&self) -> bool {
        self.comforting
    }

    /// Whether help lies over the screen.
    #[must_use]
    pub const fn has_help(&self) -> bool {
        self.help
    }

    /// Whether a table lies over the drafts ([`Hand::open_table`]).
    #[must_use]
    pub const fn has_table(&self) -> bool {
        self.table
    }

    /// What is typed.
    #[must_use]
    pub const fn typed(&self) -> &Secret {
        &self.typed
    }

    /// What is typed as it may be shown: grouped, and nothing of what is secret.
    #[must_use]
    pub fn shown(&self) -> Secret {
        match self.screen {
            "EnterIin" => Secret::new(crate::format::iin(self.typed.expose())),
            "Entry" if !self.masked => self.grouping.show(&self.typed),
            _ => Secret::default(),
        }
    }

    /// Most characters that can be typed.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }

    /// Whether enough is typed to go on.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        (self.least..=self.most).contains(&self.typed.chars_count())
    }

    /// Place of the chosen sum.
    #[must_use]
    pub const fn amount_place(&self) -> usize {
        self.amount
    }

    /// Place of the chosen term.
    #[must_use]
    pub const fn term_place(&self) -> usize {
        self.term
    }

    /// The chosen sum.
    #[must_use]
    pub fn sum(&self) -> Option<senim_domain::Tiyn> {
        self.offer.as_ref()?.payable.get(self.amount).copied()
    }

    fn chosen_term(&self) -> Option<Term> {
        self.offer.as_ref()?.product.terms.all().get(self.term).copied()
    }

    /// What the chosen sum and term cost, by every method; empty where there are no such terms.
    #[must_use]
    pub fn totals(&self) -> Vec<DraftView> {
        let drafts =
            self.offer.as_ref().zip(self.sum()).zip(self.chosen_term()).and_then(|((offer, sum), term)| {
                live::drafts(&offer.product, &offer.calendar, sum, term, offer.issued).ok()
            });
        drafts.unwrap_or_default()
    }

    /// Place of the chosen draft.
    #[must_use]
    pub const fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// Whether the text was read to its end ([`Hand::turn_page`]).
    #[must_use]
    pub const fn has_read(&self) -> bool {
        self.read
    }
}
