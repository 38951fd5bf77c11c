//! The driver against a device that answers word by word, for what a well-built one never does: old answers, other types,
//! changes of mind, a line that never falls quiet.

use super::*;

/// A device by hand: the test says each answer to POLL.
struct Hand {
    driver: Ccnet,
    now: u64,
    told: Vec<Event>,
    /// Codes of all frames written, ACK and NAK among them.
    written: Vec<u8>,
    /// What is answered to anything that is no POLL.
    other: Vec<u8>,
}

const FIVE: Denomination = Denomination(5_000);

impl Hand {
    fn new() -> Self {
        let mut driver = Ccnet::new(Config::default()).unwrap();
        driver.handle_line(true, Mono(0));
        Self { driver, now: 1_000, told: Vec::new(), written: Vec::new(), other: vec![codec::ACK] }
    }

    /// Enabled for 5,000 tenge, type 4, and idling.
    fn ready() -> Self {
        let mut hand = Self::new();
        hand.begin(Command::Status);
        hand.polls(&[&[0x19]]);
        let mut table = vec![0; 120];
        table[20..25].copy_from_slice(&[5, b'K', b'A', b'Z', 3]);
        for data in [vec![0; 6], vec![b'x'; 34], table] {
            hand.question();
            hand.reply(&data);
        }
        hand.begin(Command::Enable(vec![FIVE]));
        hand.polls(&[&[0x14]]);
        assert_eq!(hand.told.last(), Some(&Event::Enabled), "{:?}", hand.told);
        hand.forget();
        hand
    }

    fn in_escrow() -> Self {
        let mut hand = Self::ready();
        hand.polls(&[&[0x15], &[0x80, 4]]);
        assert_eq!(hand.told, [Event::Accepting, Event::Escrowed(FIVE)]);
        hand.forget();
        hand
    }

    fn forget(&mut self) {
        self.told.clear();
        self.written.clear();
    }

    fn begin(&mut self, command: Command) {
        self.driver.begin(command, Mono(self.now)).unwrap();
    }

    /// Lets time pass until a question is written.
    fn question(&mut self) -> u8 {
        for _ in 0..1_000 {
            self.told.extend(std::iter::from_fn(|| self.driver.poll_event()));
            while let Some(frame) = self.driver.poll_transmit() {
                self.written.push(frame[3]);
                if !matches!(frame[3], codec::ACK | codec::NAK) {
                    return frame[3];
                }
            }
            self.now = self.driver.poll_timeout().unwrap().0.max(self.now);
            self.driver.handle_timeout(Mono(self.now));
        }
        panic!("no question is asked; told: {:?}", self.told);
    }

    fn reply(&mut self, data: &[u8]) {
        self.now += 2;
        self.driver.handle_input(&codec::frame(3, data), Mono(self.now));
        self.told.extend(std::iter::from_fn(|| self.driver.poll_event()));
    }

    /// Answers the next polls so, and everything between them with `other`; an empty answer is silence.
    fn polls(&mut self, states: &[&[u8]]) {
        for state in states {
            while self.question() != POLL {
                if !self.other.is_empty() {
                    self.reply(&self.other.clone());
                }
            }
            if !state.is_empty() {
                self.reply(state);
            }
        }
    }

    fn times(&self, code: u8) -> usize {
        self.written.iter().filter(|written| **written == code).count()
    }
}

fn is_unanswered(event: &Event) -> bool {
    matches!(event, Event::Unanswered(_))
}

#[test]
fn a_stacked_note_of_another_type_is_a_contradiction_and_leaves_the_stack_unanswered() {
    let mut hand = Hand::in_escrow();
    hand.begin(Command::Stack);
    hand.polls(&[&[0x17], &[0x81, 2], &[0x14]]);
    assert!(matches!(&hand.told[..], [Event::Contradiction { .. }, Event::Unanswered(_)]), "{:?}", hand.told);
}

#[test]
fn one_old_answer_after_stack_is_not_believed() {
    for old in [&[0x14_u8][..], &[0x19], &[0x15], &[0x80, 4]] {
        let mut hand = Hand::in_escrow();
        hand.begin(Command::Stack);
        hand.polls(&[old, &[0x17], &[0x17], &[0x81, 4], &[0x14]]);
        let told: Vec<_> = hand.told.iter().filter(|event| **event != Event::Accepting).collect();
        assert_eq!(told, [&Event::Stacked(FIVE)], "{old:02x?}");
    }
}

#[test]
fn a_device_at_rest_that_says_nothing_of_the_note_leaves_it_unanswered() {
    for rest in [&[0x14_u8][..], &[0x19], &[0x41]] {
        let mut hand = Hand::in_escrow();
        hand.begin(Command::Stack);
        hand.polls(&[&[0x17], rest, rest, rest]);
        assert_eq!(
            hand.told.iter().filter(|event| is_unanswered(event)).count(),
            1,
            "{rest:02x?} {:?}",
            hand.told
        );
        hand.polls(&[&[0x81, 4], rest]);
        assert_eq!(hand.told.last(), Some(&Event::Stacked(FIVE)), "{rest:02x?}: told after all");
    }
}

#[test]
fn an_old_accepting_in_escrow_is_not_a_second_note() {
    let mut hand = Hand::in_escrow();
    hand.polls(&[&[0x15], &[0x80, 4], &[0x80, 4]]);
    assert_eq!(hand.told, [Event::Accepting]);
    hand.polls(&[&[0x15], &[0x15], &[0x80, 4]]);
    assert!(matches!(
        &hand.told[1..],
        [Event::Accepting, Event::Contradiction { .. }, Event::Escrowed(FIVE)]
    ));
}

#[test]
fn stack_is_not_written_for_a_note_that_went_back_while_it_waited() {
    for states in [&[&[0x82_u8, 4][..], &[0x14]][..], &[&[0x18], &[0x82, 4], &[0x14]]] {
        let mut hand = Hand::in_escrow();
        assert_eq!(hand.question(), POLL);
        hand.begin(Command::Stack);
        hand.reply(states[0]);
        hand.polls(&states[1..]);
        assert_eq!((hand.told.as_slice(), hand.times(STACK)), ([Event::Returned(FIVE)].as_slice(), 0));
    }
}

#[test]
fn stack_is_not_written_for_a_note_that_took_the_place_of_the_one_it_was_for() {
    for next in [[0x80, 4], [0x80, 5]] {
        let mut hand = Hand::in_escrow();
        assert_eq!(hand.question(), codec::Code::Poll.byte());
        hand.begin(Command::Stack);
        hand.reply(&[0x80, 5]);
        assert!(
            matches!(&hand.told[..], [Event::Contradiction { .. }, Event::Failed(error), ..] if error.kind == ErrorKind::UserError),
            "{:?}",
            hand.told
        );
        hand.polls(&[&next, &next]);
        assert_eq!(hand.times(codec::Code::Stack.byte()), 0);
    }
}

#[test]
fn the_drivers_own_return_is_written_once_though_it_is_refused() {
    let mut hand = Hand::in_escrow();
    hand.other = vec![codec::ILLEGAL];
    let until = hand.now + 180_000;
    while hand.now < until {
        hand.polls(&[&[0x80, 4]]);
    }
    assert_eq!((hand.times(RETURN), hand.told.len()), (1, 1), "{:?}", hand.told);
    assert!(is_unanswered(&hand.told[0]));
    hand.other = vec![codec::ACK];
    hand.begin(Command::Stack);
    hand.polls(&[&[0x17], &[0x81, 4]]);
    assert_eq!(hand.told.last(), Some(&Event::Stacked(FIVE)));
}

#[test]
fn the_drivers_own_return_that_is_not_answered_is_no_end_of_a_later_reset() {
    let mut hand = Hand::in_escrow();
    while hand.times(RETURN) == 0 {
        hand.polls(&[&[0x80, 4]]);
    }
    hand.polls(&[&[0x18]]);
    hand.forget();
    hand.begin(Command::Reset);
    let until = hand.now + 25_000;
    while hand.now < until {
        hand.polls(&[&[0x13]]);
    }
    assert!(hand.told.is_empty(), "{:?}", hand.told);
    hand.polls(&[&[0x19]]);
    assert_eq!(hand.told, [Event::ResetDone]);
}

#[test]
fn a_device_that_says_ack_and_keeps_the_note_in_escrow_leaves_it_there_for_return() {
    let mut hand = Hand::in_escrow();
    hand.begin(Command::Stack);
    while hand.told.is_empty() {
        hand.polls(&[&[0x80, 4]]);
    }
    assert!(is_unanswered(&hand.told[0]));
    hand.begin(Command::Return);
    hand.polls(&[&[0x18], &[0x82, 4]]);
    assert_eq!(hand.told[1..], [Event::Returned(FIVE)]);
    assert_eq!((hand.times(STACK), hand.times(RETURN)), (1, 1));
}

#[test]
fn a_note_that_is_still_in_escrow_after_a_silence_is_the_same_note() {
    let mut hand = Hand::in_escrow();
    hand.begin(Command::Stack);
    hand.other.clear();
    while hand.told.is_empty() {
        hand.polls(&[&[]]);
    }
    hand.polls(&[&[0x80, 4], &[0x80, 4]]);
    assert!(matches!(&hand.told[..], [Event::Unanswered(error)] if error.kind == ErrorKind::Offline));
    hand.other = vec![codec::ACK];
    hand.begin(Command::Return);
    hand.polls(&[&[0x82, 4]]);
    assert_eq!(hand.told[1..], [Event::Returned(FIVE)]);
}

#[test]
fn an_answer_that_does_not_fit_its_question_is_neither_taken_nor_acknowledged() {
    let mut hand = Hand::ready();
    hand.begin(Command::Disable);
    let mut question = hand.question();
    while question != ENABLE {
        hand.reply(&[0x14]);
        question = hand.question();
    }
    let acks = hand.times(codec::ACK);
    hand.reply(&[0x81, 4]);
    hand.reply(&[codec::ACK]);
    hand.polls(&[&[0x19]]);
    assert_eq!((hand.told.as_slice(), hand.times(codec::ACK)), ([Event::Disabled].as_slice(), acks));
    hand.begin(Command::Status);
    hand.polls(&[&[0x19]]);
    assert_eq!(hand.question(), 0x31);
    hand.reply(&[0x19]);
    assert_eq!(hand.question(), 0x31, "asked again");
}

#[test]
fn a_reset_may_be_silent_for_longer_than_a_device_that_is_off_line() {
    let mut hand = Hand::new();
    hand.begin(Command::Reset);
    hand.polls(&[&[0x10], &[0x10]]);
    let until = hand.now + 12_000;
    while hand.now < until {
        hand.polls(&[&[]]);
    }
    hand.polls(&[&[0x13], &[0x19]]);
    assert_eq!(hand.told, [Event::Line { open: true }, Event::ResetDone]);
    assert_eq!(hand.times(RESET), 1);
}

#[test]
fn a_reset_may_begin_late_and_may_be_over_between_two_polls() {
    let late: &[&[u8]] = &[&[0x10], &[0x10], &[0x10], &[0x10], &[0x10], &[0x13], &[0x19]];
    let quick: &[&[u8]] = &[&[0x19], &[0x19], &[0x19]];
    for states in [late, quick] {
        let mut hand = Hand::new();
        hand.begin(Command::Reset);
        hand.polls(&[&[0x10]]);
        hand.polls(states);
        assert_eq!(hand.told, [Event::Line { open: true }, Event::ResetDone]);
    }
}

#[test]
fn a_device_that_disables_itself_is_told_once() {
    let mut hand = Hand::ready();
    hand.polls(&[&[0x19_u8][..]; 6]);
    assert!(
        matches!(&hand.told[..], [Event::Fault(error)] if error.kind == ErrorKind::Starting),
        "{:?}",
        hand.told
    );
}

#[test]
fn escrow_shown_before_stack_was_written_is_no_answer_to_it() {
    let mut hand = Hand::in_escrow();
    hand.polls(&[&[0x80_u8, 4][..]; 5]);
    hand.other = vec![codec::NAK];
    hand.begin(Command::Stack);
    hand.polls(&[&[0x80, 4], &[0x17], &[0x81, 4]]);
    assert_eq!(hand.told, [Event::Stacked(FIVE)]);
}

#[test]
fn a_refused_note_on_its_way_to_the_stacker_came_back_when_the_device_rests() {
    let mut hand = Hand::in_escrow();
    hand.begin(Command::Stack);
    hand.polls(&[&[0x17], &[0x1C, 0x64], &[0x14]]);
    assert_eq!(hand.told, [Event::Returned(FIVE)]);
}

#[test]
fn a_line_that_never_falls_quiet_ends_in_off_line_and_not_in_waiting() {
    for noise in [[0xA5, 0x5A], [0x02, 0x03]] {
        let mut hand = Hand::new();
        hand.begin(Command::Status);
        let until = hand.now + 120_000;
        while !matches!(hand.told.last(), Some(Event::Failed(_))) && hand.now < until {
            hand.now += 5;
            while hand.driver.poll_transmit().is_some() {}
            hand.driver.handle_input(&noise, Mono(hand.now));
            if hand.driver.poll_timeout().is_some_and(|at| at.0 <= hand.now) {
                hand.driver.handle_timeout(Mono(hand.now));
            }
            hand.told.extend(std::iter::from_fn(|| hand.driver.poll_event()));
        }
        assert!(
            matches!(hand.told.last(), Some(Event::Failed(error)) if error.kind == ErrorKind::Offline),
            "{noise:02x?}"
        );
    }
}
