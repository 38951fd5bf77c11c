//! What can be touched on a screen, by the names that its elements have, and what a touch decides.
//!
//! The screens in Slint stand in the same order with the same names; a test of theirs compares both, so that whoever
//! presses by name here does what a finger does there. Scrolling is the screen's own: one page is the end here.

use senim_domain::Language;
use senim_domain::loan::Term;
use senim_domain::touch::DisplayPoint;
use senim_session::Action;

use crate::hand::{Ease, Hand, Press};
use crate::pages::{Choice, Entry, Keyboard, Notice};
use crate::screen::{Instruction, Offer, Screen, View, Wait};

/// Something with a name that takes a touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touchable {
    /// Stable name: `primary`, `digit-7`, `option-loan`.
    pub id: String,
    /// Whether it takes a touch now.
    pub enabled: bool,
    does: Does,
}

/// What a touch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Press(Press),
    Speak(Language),
    Digit(u32),
    Letter(char),
    Erase,
    Board,
    Clear,
    Amount(usize),
    Term(usize),
    Draft(usize),
    Pick(usize),
    Aim(DisplayPoint),
    Page,
    Table(bool),
    Help(bool),
    Comfort(bool),
    Ease(Ease),
    /// The screen's own.
    Nothing,
}

/// Why nothing could be touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TouchError {
    /// No such element.
    #[error("there is no {0} on the screen")]
    None(String),
    /// It takes no touch now.
    #[error("{0} is disabled now")]
    Disabled(String),
}

/// Touches the element with this name. What is typed or chosen changes the hand; a decision is given back.
///
/// # Errors
/// [`TouchError`] where a finger could not do it.
pub fn touch(view: &View, hand: &mut Hand, id: &str) -> Result<Option<Action>, TouchError> {
    let found = touchables(view, hand).into_iter().find(|element| element.id == id);
    let element = found.ok_or_else(|| TouchError::None(id.to_owned()))?;
    if !element.enabled {
        return Err(TouchError::Disabled(id.to_owned()));
    }
    match element.does {
        Does::Press(press) => return Ok(hand.press(press)),
        Does::Speak(language) => return Ok(Some(Action::ChooseLanguage(language))),
        Does::Pick(place) => return Ok(Some(hand.pick(place))),
        Does::Aim(at) => return Ok(Some(hand.aim(at))),
        Does::Digit(digit) => hand.digit(digit),
        Does::Letter(letter) => hand.letter(letter),
        Does::Erase => hand.erase(),
        Does::Board => hand.turn_board(),
        Does::Clear => hand.clear(),
        Does::Amount(place) => hand.move_amount(place),
        Does::Term(place) => hand.move_term(place),
        Does::Draft(place) => hand.choose(Some(place)),
        Does::Page => hand.turn_page(),
        Does::Table(open) => hand.open_table(open),
        Does::Help(open) => hand.open_help(open),
        Does::Comfort(open) => hand.open_comfort(open),
        Does::Ease(ease) => hand.turn_comfort(ease),
        Does::Nothing => {}
    }
    Ok(None)
}

/// Everything that can be touched, with whether it takes a touch now.
#[must_use]
pub fn touchables(view: &View, hand: &Hand) -> Vec<Touchable> {
    let mut on = Elements::default();
    if view.still_there_seconds.is_some() {
        // The question lies over everything else.
        on.press("leave", Press::Cancel, true);
        on.press("stay", Press::Stay, true);
        return on.0;
    }
    if let Screen::Target(target) = &view.screen {
        on.put("mark".to_owned(), true, Does::Aim(target.mark));
        return on.0;
    }
    for language in Language::ALL {
        on.put(format!("language-{}", language.code()), true, Does::Speak(language));
    }
    on.put("help".to_owned(), true, Does::Help(!hand.has_help()));
    on.put("comfort".to_owned(), true, Does::Comfort(!hand.has_comfort_page()));
    if hand.has_comfort_page() {
        for (id, ease) in
            [("comfort-large", Ease::Large), ("comfort-contrast", Ease::Contrast), ("comfort-low", Ease::Low)]
        {
            on.put(id.to_owned(), true, Does::Ease(ease));
        }
        on.put("close-comfort".to_owned(), true, Does::Comfort(false));
        return on.0;
    }
    if hand.has_help() {
        // What lies under it cannot be touched.
        on.put("close-help".to_owned(), true, Does::Help(false));
        return on.0;
    }
    match &view.screen {
        Screen::OutOfService { .. } | Screen::Welcome { .. } | Screen::Payout(_) => {}
        Screen::EnterIin(_) => {
            on.keypad();
            on.press("cancel", Press::Cancel, true);
            on.press("secondary", Press::Decline, true);
            on.press("primary", Press::Submit, hand.is_typed());
        }
        Screen::EnterCode(code) => {
            on.press("resend", Press::ResendCode, true);
            on.keypad();
            on.ways_out(true, true);
            on.press("primary", Press::Submit, hand.is_typed() && code.seconds_left > 0);
        }
        Screen::Waiting(wait) => on.ways_out(false, *wait != Wait::Authorisation),
        Screen::Amount(offer) => on.amount(offer, hand),
        Screen::Schedules { drafts } => {
            // What lies under the table cannot be touched.
            if hand.has_table() {
                on.put("close-table".to_owned(), true, Does::Table(false));
                return on.0;
            }
            for place in 0..drafts.len() {
                on.put(format!("table-{place}"), true, Does::Table(true));
                on.put(format!("choose-{place}"), true, Does::Draft(place));
            }
            on.ways_out(true, true);
            on.press("primary", Press::ChooseMethod, hand.chosen().is_some());
        }
        Screen::Contract(contract) => {
            on.pages(hand);
            on.ways_out(true, true);
            // Pages or large print.
            on.put("secondary".to_owned(), true, Does::Nothing);
            on.press("primary", Press::ContractRead, contract.kept.is_some() || hand.has_read());
        }
        Screen::Camera(camera) => {
            on.ways_out(true, true);
            on.press("primary", Press::TakePicture, camera.instruction != Instruction::Hold);
        }
        Screen::Agree { .. } => {
            on.ways_out(true, true);
            on.press("primary", Press::Agree, true);
        }
        Screen::ReadyToPay { .. } => {
            on.ways_out(false, true);
            on.press("primary", Press::PayOut, true);
        }
        Screen::Target(_) => {}
        Screen::Receipt(_) | Screen::End { .. } => on.press("primary", Press::Done, true),
        Screen::Notice(notice) => on.notice(notice, hand),
        Screen::Choice(choice) => on.choice(choice),
        Screen::Entry(entry) => on.entry(entry, hand),
    }
    on.0
}

#[derive(Default)]
struct Elements(Vec<Touchable>);

impl Elements {
    fn put(&mut self, id: String, enabled: bool, does: Does) {
        self.0.push(Touchable { id, enabled, does });
    }

    fn press(&mut self, id: &str, press: Press, enabled: bool) {
        self.put(id.to_owned(), enabled, Does::Press(press));
    }

    fn ways_out(&mut self, back: bool, cancel: bool) {
        if back {
            self.press("back", Press::Back, true);
        }
        if cancel {
            self.press("cancel", Press::Cancel, true);
        }
    }

    fn pages(&mut self, hand: &Hand) {
        self.put("page-up".to_owned(), hand.has_read(), Does::Nothing);
        self.put("page-down".to_owned(), !hand.has_read(), Does::Page);
    }

    fn keypad(&mut self) {
        for digit in 0..=9 {
            self.put(format!("digit-{digit}"), true, Does::Digit(digit));
        }
        self.put("clear".to_owned(), true, Does::Clear);
        self.put("erase".to_owned(), true, Does::Erase);
    }

    fn amount(&mut self, offer: &Offer, hand: &Hand) {
        let (at, count) = (hand.amount_place(), offer.payable.len());
        self.put("amount-less".to_owned(), at > 0, Does::Amount(at.saturating_sub(1)));
        let next = at.saturating_add(1);
        self.put("amount-more".to_owned(), next < count, Does::Amount(next));
        self.put("amount-slider".to_owned(), count > 1, Does::Nothing);
        for (place, term) in offer.product.terms.all().into_iter().enumerate() {
            let (Term::Months(count) | Term::Days(count)) = term;
            self.put(format!("term-{count}"), true, Does::Term(place));
        }
        self.ways_out(false, true);
        self.press("primary", Press::Apply, count > 0 && !hand.totals().is_empty());
    }

    fn notice(&mut self, notice: &Notice, hand: &Hand) {
        let read = !notice.to_the_end || hand.has_read();
        if notice.to_the_end {
            self.pages(hand);
        }
        self.ways_out(notice.back, notice.cancel);
        if notice.secondary.is_some() {
            self.press("secondary", Press::Decline, true);
        }
        if notice.primary.is_some() {
            self.press("primary", Press::Confirm, read);
        }
    }

    fn choice(&mut self, choice: &Choice) {
        for (place, option) in choice.shown() {
            self.put(format!("option-{}", option.id), option.enabled, Does::Pick(place));
        }
        self.ways_out(choice.back, choice.cancel);
    }

    fn entry(&mut self, entry: &Entry, hand: &Hand) {
        if entry.keyboard == Keyboard::Digits {
            self.keypad();
        } else {
            self.put("clear".to_owned(), true, Does::Clear);
            self.put("erase".to_owned(), true, Does::Erase);
            if hand.other_board().is_some() {
                self.put("board".to_owned(), true, Does::Board);
            }
            for letter in hand.letters() {
                self.put(format!("letter-{letter}"), true, Does::Letter(*letter));
            }
        }
        self.ways_out(entry.back, entry.cancel);
        if entry.secondary.is_some() {
            self.press("secondary", Press::Decline, true);
        }
        self.press("primary", Press::Enter, hand.is_typed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand::Comfort;
    use crate::screen::{EndKind, EnterIin, Header, Help, Welcome};
    use senim_domain::Secret;
    use senim_session::action::Decision;

    fn view(screen: Screen) -> View {
        View {
            language: Language::Kk,
            header: Header::default(),
            help: Help::default(),
            screen,
            still_there_seconds: None,
            rig: true,
            step: 5,
        }
    }

    fn typed(view: &View, hand: &mut Hand, digits: &str) {
        for digit in digits.chars() {
            assert_eq!(touch(view, hand, &format!("digit-{digit}")), Ok(None));
        }
    }

    #[test]
    fn an_iin_is_submitted_once_it_is_whole_and_stays_in_the_hand() {
        let view = view(Screen::EnterIin(EnterIin::default()));
        let mut hand = Hand::default();
        assert!(hand.show(&view).screen);
        typed(&view, &mut hand, "90051430000");
        assert_eq!(touch(&view, &mut hand, "primary"), Err(TouchError::Disabled("primary".into())));
        typed(&view, &mut hand, "29");
        assert_eq!(hand.typed().expose(), "900514300002", "a thirteenth digit is not taken");
        let sent = touch(&view, &mut hand, "primary").unwrap();
        assert_eq!(sent, Some(Action::SubmitIin(hand.typed().clone())));
        assert!(!hand.show(&view).screen && hand.is_typed(), "an echo survives a redraw");
    }

    #[test]
    fn what_was_typed_into_an_entry_goes_with_the_decision_and_not_into_the_next_entry() {
        let entry = |name| view(Screen::Entry(Entry { name, least: 2, most: 4, ..Entry::default() }));
        let (first, second) = (entry("contractNumber"), entry("phone"));
        let mut hand = Hand::default();
        hand.show(&first);
        typed(&first, &mut hand, "123");
        let sent = touch(&first, &mut hand, "primary").unwrap();
        let decision = Decision::Enter(Secret::new("123".to_owned()));
        assert_eq!(sent, Some(Action::Decide { step: 5, decision }));
        assert!(hand.typed().is_empty());
        typed(&first, &mut hand, "99");
        hand.show(&second);
        assert!(hand.typed().is_empty());
    }

    #[test]
    fn digits_and_latin_letters_are_on_the_other_board_of_a_letter() {
        let letter =
            Entry { name: "writing", keyboard: Keyboard::Text, least: 1, most: 9, ..Entry::default() };
        let shown = view(Screen::Entry(letter));
        let mut hand = Hand::default();
        hand.show(&shown);
        assert_eq!(touch(&shown, &mut hand, "letter-7"), Err(TouchError::None("letter-7".into())));
        for id in ["letter-Ә", "board", "letter-7", "letter-K", "board", "letter-Қ"] {
            assert_eq!(touch(&shown, &mut hand, id), Ok(None), "{id}");
            hand.show(&shown);
        }
        assert_eq!(hand.typed().expose(), "Ә7KҚ");
        let number = view(Screen::Entry(Entry { name: "number", ..Entry::default() }));
        hand.show(&number);
        assert_eq!(touch(&number, &mut hand, "board"), Err(TouchError::None("board".into())));
    }

    #[test]
    fn under_the_question_whether_somebody_is_there_nothing_can_be_touched() {
        let asked = View { still_there_seconds: Some(20), ..view(Screen::EnterIin(EnterIin::default())) };
        let ids: Vec<String> =
            touchables(&asked, &Hand::default()).into_iter().map(|element| element.id).collect();
        assert_eq!(ids, ["leave", "stay"]);
    }

    #[test]
    fn help_lies_over_any_screen_until_it_is_closed_or_the_terminal_goes_on() {
        let shown = view(Screen::EnterIin(EnterIin::default()));
        let mut hand = Hand::default();
        hand.show(&shown);
        typed(&shown, &mut hand, "9005");
        assert_eq!(touch(&shown, &mut hand, "help"), Ok(None));
        assert_eq!(touch(&shown, &mut hand, "digit-1"), Err(TouchError::None("digit-1".into())));
        hand.show(&shown);
        assert!(hand.has_help(), "a redraw leaves it");
        assert_eq!(touch(&shown, &mut hand, "close-help"), Ok(None));
        assert_eq!(hand.typed().expose(), "9005", "what was typed is still there");
        touch(&shown, &mut hand, "help").unwrap();
        hand.show(&View { step: 6, ..shown });
        assert!(!hand.has_help());
    }

    #[test]
    fn large_letters_are_turned_on_under_what_was_typed_and_are_gone_for_the_next_person() {
        let shown = view(Screen::EnterIin(EnterIin::default()));
        let mut hand = Hand::default();
        hand.show(&shown);
        typed(&shown, &mut hand, "9005");
        touch(&shown, &mut hand, "comfort").unwrap();
        assert_eq!(touch(&shown, &mut hand, "digit-1"), Err(TouchError::None("digit-1".into())));
        touch(&shown, &mut hand, "comfort-large").unwrap();
        touch(&shown, &mut hand, "comfort-contrast").unwrap();
        touch(&shown, &mut hand, "comfort-contrast").unwrap();
        touch(&shown, &mut hand, "close-comfort").unwrap();
        let large = Comfort { large: true, ..Comfort::default() };
        assert_eq!((hand.comfort(), hand.typed().expose()), (large, "9005"));
        // The visit is wiped before its last words are shown.
        hand.forget();
        hand.show(&View {
            step: 6,
            ..view(Screen::End { kind: EndKind::Cancelled, reference: String::new(), least_age: 18 })
        });
        assert_eq!(hand.comfort(), large, "the last words are as large as the others");
        let welcome = Screen::Welcome(Welcome::default());
        hand.show(&View { step: 7, ..view(welcome) });
        assert_eq!(hand.comfort(), Comfort::default());
    }

    #[test]
    fn an_option_that_is_not_offered_now_takes_no_touch() {
        use crate::pages::Choosable;
        let options = vec![Choosable::new("loan", "Loan").not_now("offline"), Choosable::new("pay", "Pay")];
        let view = view(Screen::Choice(Choice { name: "menu", options, ..Choice::default() }));
        let mut hand = Hand::default();
        hand.show(&view);
        assert_eq!(touch(&view, &mut hand, "option-loan"), Err(TouchError::Disabled("option-loan".into())));
        let picked = Action::Decide { step: 5, decision: Decision::Choose(1) };
        assert_eq!(touch(&view, &mut hand, "option-pay"), Ok(Some(picked)));
        assert_eq!(touch(&view, &mut hand, "option-x"), Err(TouchError::None("option-x".into())));
    }
}
