//! One command's way through as many APDUs as it takes (ISO/IEC 7816-4, 5.3): chaining with CLA bit 10h, `61xx` with
//! GET RESPONSE, `6Cxx` with the right length.
//!
//! Nothing is sent twice that a card may have carried out: a card that answers `6Cxx` has not, and only a command that
//! asked for data is then sent again, once. A PIN asks for nothing, so it goes once whatever comes back.

use std::collections::VecDeque;

use senim_domain::SecretBytes;
use senim_hal::card_reader::Capabilities;

use crate::apdu::{
    Command, EXTENDED_NE_MAX, EXTENDED_OVERHEAD, Response, SHORT_DATA_MAX, SHORT_NE_MAX, SHORT_OVERHEAD,
};

/// Most bytes of one command's answer over all rounds; certificates and face images are below it.
pub const RESPONSE_MAX: usize = 65_536;
/// Set in CLA of every link but the last.
const CHAINING: u8 = 0x10;
/// INS of GET RESPONSE.
const GET_RESPONSE: u8 = 0xC0;

/// What goes through between here and the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest command APDU in bytes.
    pub max_command: usize,
    /// Longest response APDU in bytes, status word included.
    pub max_response: usize,
    /// Whether the card takes extended lengths (its ATR or EF.ATR says so).
    pub extended: bool,
}

impl Limits {
    /// Any card and any reader: short APDUs.
    pub const SHORT: Self = Self { max_command: 261, max_response: 258, extended: false };

    /// What a reader lets through to a card that does, or does not, take extended lengths.
    #[must_use]
    pub const fn of(reader: &Capabilities, extended: bool) -> Self {
        Self { max_command: reader.max_command, max_response: reader.max_response, extended }
    }

    fn ne_max(&self) -> u32 {
        let most = if self.extended { EXTENDED_NE_MAX } else { SHORT_NE_MAX };
        let fits = u32::try_from(self.max_response.saturating_sub(2)).unwrap_or(most);
        most.min(fits).max(1)
    }

    /// Data bytes of a link of a chain.
    fn link_max(&self) -> usize {
        self.max_command.saturating_sub(SHORT_OVERHEAD).clamp(1, SHORT_DATA_MAX)
    }

    fn takes_whole(&self, data_len: usize) -> bool {
        data_len <= self.link_max()
            || self.extended
                && data_len <= usize::from(u16::MAX)
                && data_len.saturating_add(EXTENDED_OVERHEAD) <= self.max_command
    }
}

/// Why an exchange could not be brought to a status word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Less than a status word, or an answer to nothing.
    #[error("the card's answer is no response APDU")]
    Malformed,
    /// More than [`RESPONSE_MAX`], or `61xx` without a byte of progress.
    #[error("the card's answer does not end")]
    Endless,
}

/// Where an exchange stands after an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// [`Exchange::poll_command`] has the next APDU.
    More,
    /// The command ended with this.
    Done(Response),
    /// It ended without a status word; what the card did is not known.
    Failed(ExchangeError),
}

/// One command on its way through as many APDUs as it takes.
#[derive(Debug)]
pub struct Exchange {
    /// Links behind the current one.
    links: VecDeque<Command>,
    current: Command,
    /// `current` is still to be handed out.
    pending: bool,
    /// `current` was already sent again with the length that the card named.
    corrected: bool,
    /// GET RESPONSE has begun.
    fetching: bool,
    ne_max: u32,
    /// Parts of the answer: each in its own block, so that nothing is copied by growing.
    parts: Vec<SecretBytes>,
    received: usize,
}

impl Exchange {
    /// Plans the APDUs of a command. Ne is cut to what comes back through the reader; the card announces the rest.
    #[must_use]
    pub fn new(command: &Command, limits: &Limits) -> Self {
        let data = command.data.expose();
        let mut ne_max = limits.ne_max();
        if data.len().saturating_add(EXTENDED_OVERHEAD) > limits.max_command {
            ne_max = ne_max.min(SHORT_NE_MAX);
        }
        let ne = command.ne.min(ne_max);
        let mut links: VecDeque<Command> = if limits.takes_whole(data.len()) {
            VecDeque::from([Command { ne, ..command.clone() }])
        } else {
            let [cla, ins, p1, p2] = command.header;
            data.chunks(limits.link_max())
                .map(|chunk| Command {
                    header: [cla | CHAINING, ins, p1, p2],
                    data: SecretBytes::new(chunk.to_vec()),
                    ne: 0,
                })
                .collect()
        };
        if let Some(last) = links.back_mut() {
            last.header = command.header;
            last.ne = ne;
        }
        let current = links.pop_front().unwrap_or_else(|| command.clone());
        Self {
            links,
            current,
            pending: true,
            corrected: false,
            fetching: false,
            ne_max,
            parts: Vec::new(),
            received: 0,
        }
    }

    /// The APDU to send now; each is handed out once.
    pub fn poll_command(&mut self) -> Option<SecretBytes> {
        if !std::mem::take(&mut self.pending) {
            return None;
        }
        let bytes = self.current.encode();
        if self.current.ne == 0 {
            // It is never sent again, so its data (a PIN) need not wait here for the answer.
            self.current.data = SecretBytes::default();
        }
        bytes
    }

    /// Takes the answer to the APDU handed out last.
    pub fn handle_response(&mut self, bytes: &[u8]) -> Progress {
        if self.pending {
            return Progress::Failed(ExchangeError::Malformed);
        }
        let Some(Response { data, status }) = Response::parse(bytes) else {
            return Progress::Failed(ExchangeError::Malformed);
        };
        if status.is_ok()
            && let Some(next) = self.links.pop_front()
        {
            return self.send(next);
        }
        let [sw1, sw2] = status.0.to_be_bytes();
        match sw1 {
            0x6C if self.current.ne > 0 && !self.corrected => self.correct(sw2),
            0x61 => self.fetch(data, sw2),
            _ => {
                if let Some(error) = self.keep(data) {
                    return Progress::Failed(error);
                }
                Progress::Done(Response { data: self.join(), status })
            }
        }
    }

    fn send(&mut self, command: Command) -> Progress {
        self.current = command;
        self.corrected = false;
        self.pending = true;
        Progress::More
    }

    fn correct(&mut self, sw2: u8) -> Progress {
        let ne = length(sw2);
        self.pending = true;
        self.corrected = true;
        self.current.ne = ne;
        Progress::More
    }

    fn fetch(&mut self, data: SecretBytes, sw2: u8) -> Progress {
        let stuck = self.fetching && data.expose().is_empty();
        if stuck {
            return Progress::Failed(ExchangeError::Endless);
        }
        if let Some(error) = self.keep(data) {
            return Progress::Failed(error);
        }
        self.fetching = true;
        let [cla, ..] = self.current.header;
        let ne = length(sw2).min(self.ne_max);
        self.send(Command::new(cla & !CHAINING, GET_RESPONSE, 0, 0).expecting(ne))
    }

    fn keep(&mut self, data: SecretBytes) -> Option<ExchangeError> {
        self.received = self.received.saturating_add(data.expose().len());
        if self.received > RESPONSE_MAX {
            return Some(ExchangeError::Endless);
        }
        if !data.expose().is_empty() {
            self.parts.push(data);
        }
        None
    }

    fn join(&mut self) -> SecretBytes {
        let mut whole = Vec::with_capacity(self.received);
        for part in std::mem::take(&mut self.parts) {
            whole.extend_from_slice(part.expose());
        }
        SecretBytes::new(whole)
    }
}

/// A length in SW2: 00 means 256.
fn length(sw2: u8) -> u32 {
    if sw2 == 0 { SHORT_NE_MAX } else { u32::from(sw2) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn data_beyond_a_short_command_is_chained() {
        let mut exchange = Exchange::new(&command(600, 256), &Limits::SHORT);
        let mut links = Vec::new();
        while let Some(apdu) = exchange.poll_command() {
            let apdu = apdu.expose();
            links.push((apdu[0], apdu[4], apdu.len()));
            if apdu[0] == 0 {
                break;
            }
            assert_eq!(exchange.handle_response(&[0x90, 0]), Progress::More);
        }
        assert_eq!(links, [(0x10, 255, 260), (0x10, 255, 260), (0, 90, 96)]);
        assert_eq!(done(exchange.handle_response(&[7, 0x90, 0])), (vec![7], 0x9000));
    }

    #[test]
    fn a_link_that_is_refused_ends_the_chain() {
        let mut exchange = Exchange::new(&command(600, 256), &Limits::SHORT);
        assert!(exchange.poll_command().is_some());
        assert_eq!(done(exchange.handle_response(&[0x68, 0x84])), (vec![], 0x6884));
        assert_eq!(exchange.poll_command(), None);
    }

    #[test]
    fn extended_lengths_go_whole_where_card_and_reader_take_them() {
        let limits = Limits { max_command: 1_000, max_response: 1_000, extended: true };
        let mut exchange = Exchange::new(&command(600, 65_536), &limits);
        let apdu = exchange.poll_command().unwrap();
        assert_eq!(apdu.expose().len(), 609);
        assert_eq!(apdu.expose()[607..], [998_u16.to_be_bytes()[0], 998_u16.to_be_bytes()[1]]);
    }

    #[test]
    fn a_long_answer_is_fetched_in_rounds() {
        let mut exchange = Exchange::new(&command(2, 256), &Limits::SHORT);
        exchange.poll_command();
        assert_eq!(exchange.handle_response(&[1, 2, 0x61, 0x00]), Progress::More);
        assert_eq!(exchange.poll_command().unwrap().expose(), [0, 0xC0, 0, 0, 0]);
        assert_eq!(exchange.handle_response(&[3, 0x61, 0x01]), Progress::More);
        assert_eq!(exchange.poll_command().unwrap().expose(), [0, 0xC0, 0, 0, 1]);
        assert_eq!(done(exchange.handle_response(&[4, 0x90, 0])), (vec![1, 2, 3, 4], 0x9000));
    }

    #[test]
    fn a_card_that_announces_data_and_brings_none_is_given_up() {
        let mut exchange = Exchange::new(&command(0, 256), &Limits::SHORT);
        exchange.poll_command();
        assert_eq!(exchange.handle_response(&[0x61, 5]), Progress::More);
        exchange.poll_command();
        assert_eq!(exchange.handle_response(&[0x61, 5]), Progress::Failed(ExchangeError::Endless));
    }

    #[test]
    fn the_right_length_is_taken_from_the_card_once() {
        let mut exchange = Exchange::new(&command(0, 256), &Limits::SHORT);
        exchange.poll_command();
        assert_eq!(exchange.handle_response(&[0x6C, 8]), Progress::More);
        assert_eq!(exchange.poll_command().unwrap().expose(), [0, 0xA4, 4, 0, 8]);
        assert_eq!(done(exchange.handle_response(&[0x6C, 9])), (vec![], 0x6C09));
    }

    #[test]
    fn a_command_that_asked_for_nothing_is_never_sent_again_and_not_kept() {
        let mut exchange = Exchange::new(&command(8, 0), &Limits::SHORT);
        assert!(format!("{exchange:?}").contains("8 bytes"));
        exchange.poll_command();
        assert!(!format!("{exchange:?}").contains("8 bytes"));
        assert_eq!(done(exchange.handle_response(&[0x6C, 8])), (vec![], 0x6C08));
        assert_eq!(exchange.poll_command(), None);
    }

    proptest! {
        #[test]
        fn any_answers_end_within_bounds(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..258), 1..40)) {
            let mut exchange = Exchange::new(&command(700, 256), &Limits::SHORT);
            for answer in &answers {
                if exchange.poll_command().is_none() {
                    break;
                }
                match exchange.handle_response(answer) {
                    Progress::More => {}
                    Progress::Done(response) => prop_assert!(response.data.expose().len() <= RESPONSE_MAX),
                    Progress::Failed(_) => prop_assert_eq!(exchange.poll_command(), None),
                }
            }
        }

        #[test]
        fn links_put_together_are_the_data(length in 0_usize..2_000, max_command in 0_usize..300) {
            let limits = Limits { max_command, ..Limits::SHORT };
            let mut exchange = Exchange::new(&command(length, 0), &limits);
            let mut together = 0;
            while let Some(apdu) = exchange.poll_command() {
                together += apdu.expose().len().saturating_sub(5);
                exchange.handle_response(&[0x90, 0]);
            }
            prop_assert_eq!(together, length);
        }
    }

    fn command(data: usize, ne: u32) -> Command {
        Command::new(0, 0xA4, 4, 0).with_data(SecretBytes::new(vec![0x5A; data])).expecting(ne)
    }

    fn done(progress: Progress) -> (Vec<u8>, u16) {
        match progress {
            Progress::Done(response) => (response.data.expose().to_vec(), response.status.0),
            other => panic!("not done: {other:?}"),
        }
    }
}
