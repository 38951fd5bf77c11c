//! T=1, the interface device's side (ISO/IEC 7816-3, section 11): blocks `NAD PCB LEN INF LRC`, chaining both ways,
//! waiting-time extension, retransmission and resynchronisation.
//!
//! Blocks go out again, commands do not: a repeated I-block carries the number of the first one, so the card knows it.
//! After three fruitless tries the machine resynchronises; that makes the card listen again, but what became of the
//! command is not known, so it fails all the same and is not sent a second time.

use senim_domain::SecretBytes;

use super::codec::xor;
use super::wiped::Wiped;

/// Tries of one block before resynchronisation, and of that (rules 7.4 and 6.4).
pub(super) const TRIES_MAX: u8 = 3;
/// Waiting-time extensions in one exchange; far beyond what an honest card needs.
const EXTENSIONS_MAX: u16 = 255;
/// Longest response: 65,536 bytes and the status word.
pub(super) const RESPONSE_MAX: usize = 65_538;

/// What every response ends with, in bytes.
const STATUS_WORD: usize = 2;
const RESYNCH: u8 = 0xC0;
const IFS: u8 = 0xC1;
const ABORT: u8 = 0xC2;
const WTX: u8 = 0xC3;
const RESPONSE: u8 = 0x20;
const MORE: u8 = 0x20;

/// How a block went missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It came damaged.
    Damaged,
    /// It did not come, or made no sense.
    Other,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send [`T1::block`] and wait for that many times the block waiting time.
    Send(u8),
    /// The block size is agreed.
    Sized,
    /// The response APDU.
    Response(SecretBytes),
    /// Given up, in words for the technician.
    Failed(&'static str),
}

/// A block of the card whose form is right.
enum Block<'a> {
    I { ns: bool, more: bool, inf: &'a [u8] },
    R { nr: bool },
    Request { kind: u8, value: u8 },
    Response { kind: u8, value: u8 },
}

#[derive(Debug)]
enum Work {
    None,
    Sizing,
    /// A command goes out: what is on its way begins at `from` and ends before `to`.
    Sending {
        command: SecretBytes,
        from: usize,
        to: usize,
    },
    Receiving,
    Resynchronising,
}

/// The connection to one card, from its power-on to its power-off.
#[derive(Debug)]
pub(super) struct T1 {
    ifsc: usize,
    /// Number of the I-block to send, and of the one expected.
    ns: bool,
    nr: bool,
    work: Work,
    block: SecretBytes,
    response: Wiped,
    /// Blocks in a row that did not come whole.
    tries: u8,
    /// Repetitions of one block that the card asked for.
    resends: u8,
    extensions: u16,
    /// The block on the wire is an R-block: it is repeated as it is.
    asking: bool,
    /// The command was completed by the reader, by a PIN that is not here: it cannot go out again.
    completed: bool,
}

impl T1 {
    pub(super) fn new(ifsc: u8) -> Self {
        Self {
            ifsc: usize::from(ifsc.clamp(1, 254)),
            ns: false,
            nr: false,
            work: Work::None,
            block: SecretBytes::default(),
            response: Wiped::default(),
            tries: 0,
            resends: 0,
            extensions: 0,
            asking: false,
            completed: false,
        }
    }

    /// The block to put on the wire.
    pub(super) const fn block(&self) -> &SecretBytes {
        &self.block
    }

    /// Tells the card how long its blocks may be.
    pub(super) fn size(&mut self, ifsd: u8) -> Next {
        self.begin(Work::Sizing);
        self.put(IFS, &[ifsd]);
        Next::Send(1)
    }

    /// Begins a command APDU.
    pub(super) fn command(&mut self, command: SecretBytes) -> Next {
        self.begin(Work::Sending { command, from: 0, to: 0 });
        self.send_from(0);
        Next::Send(1)
    }

    /// Begins a command APDU that the reader completes by a PIN; only the beginning of its block is the reader's to use.
    /// `false`: it does not fit into one block of this card.
    pub(super) fn command_to_complete(&mut self, command: SecretBytes) -> bool {
        let fits = command.expose().len() <= self.ifsc;
        if fits {
            self.command(command);
            self.completed = true;
        }
        fits
    }

    /// The command was never sent.
    pub(super) fn unsent(&mut self) {
        self.begin(Work::None);
        self.block = SecretBytes::default();
    }

    fn begin(&mut self, work: Work) {
        self.completed = false;
        self.work = work;
        self.response = Wiped::default();
        (self.tries, self.resends, self.extensions, self.asking) = (0, 0, 0, false);
    }

    /// Takes what came in place of the awaited block.
    pub(super) fn on_block(&mut self, bytes: &[u8]) -> Next {
        match read(bytes) {
            Ok(block) => self.on_good(&block),
            Err(lost) => self.lost(lost),
        }
    }

    /// The awaited block did not come, or not whole.
    pub(super) fn lost(&mut self, how: Lost) -> Next {
        self.tries = self.tries.saturating_add(1);
        match self.work {
            Work::None => Next::Failed("a block without a question"),
            // At the start there is nothing to resynchronise (rule 7.4.1).
            Work::Sizing if self.tries >= TRIES_MAX => {
                Next::Failed("the card does not agree on a block size")
            }
            Work::Resynchronising if self.tries >= TRIES_MAX => {
                Next::Failed("the card answers neither blocks nor resynchronisation")
            }
            Work::Sizing | Work::Resynchronising => Next::Send(1),
            Work::Sending { .. } | Work::Receiving if self.tries >= TRIES_MAX => {
                self.begin(Work::Resynchronising);
                self.put(RESYNCH, &[]);
                Next::Send(1)
            }
            Work::Sending { .. } | Work::Receiving => {
                if !self.asking {
                    let error = if how == Lost::Damaged { 1 } else { 2 };
                    self.put_r(error);
                }
                Next::Send(1)
            }
        }
    }

    fn on_good(&mut self, block: &Block<'_>) -> Next {
        match (&self.work, block) {
            (Work::Sizing, Block::Response { kind: IFS, value })
                if self.block.expose().get(3) == Some(value) =>
            {
                self.work = Work::None;
                Next::Sized
            }
            (Work::Resynchronising, Block::Response { kind: RESYNCH, .. }) => {
                self.work = Work::None;
                (self.ns, self.nr) = (false, false);
                Next::Failed(
                    "blocks were lost; the card is resynchronised, the outcome of the command is unknown",
                )
            }
            (Work::Sending { .. } | Work::Receiving, Block::Request { kind, value }) => {
                self.on_request(*kind, *value)
            }
            (Work::Sending { .. }, Block::R { nr }) => self.on_r(*nr),
            (Work::Receiving, Block::R { .. }) => {
                // The card missed our acknowledgement.
                self.put_r(0);
                self.again()
            }
            (Work::Sending { command, to, .. }, Block::I { ns, more, inf })
                if *ns == self.nr && *to >= command.expose().len() =>
            {
                self.ns = !self.ns;
                self.work = Work::Receiving;
                self.take(inf, *more)
            }
            (Work::Receiving, Block::I { ns, more, inf }) if *ns == self.nr => self.take(inf, *more),
            (_, Block::I { .. } | Block::R { .. } | Block::Request { .. } | Block::Response { .. }) => {
                self.lost(Lost::Other)
            }
        }
    }

    fn on_request(&mut self, kind: u8, value: u8) -> Next {
        match kind {
            WTX if value > 0 => {
                self.extensions = self.extensions.saturating_add(1);
                if self.extensions > EXTENSIONS_MAX {
                    return Next::Failed("the card asks for more time without end");
                }
                self.progress();
                self.put(WTX | RESPONSE, &[value]);
                Next::Send(value)
            }
            IFS if (1..=254).contains(&value) => {
                self.progress();
                self.ifsc = usize::from(value);
                self.put(IFS | RESPONSE, &[value]);
                Next::Send(1)
            }
            ABORT => Next::Failed("the card broke the exchange off"),
            _ => self.lost(Lost::Other),
        }
    }

    /// An R-block while the command goes out: its number is that of the I-block which the card wants next.
    fn on_r(&mut self, nr: bool) -> Next {
        let Work::Sending { command, from, to } = &self.work else { return self.lost(Lost::Other) };
        let (from, to, whole) = (*from, *to, command.expose().len());
        if nr == self.ns && self.completed {
            return Next::Failed("the card wants the PIN again, which only the reader had");
        }
        if nr == self.ns {
            self.send_from(from);
            self.again()
        } else if to < whole {
            self.progress();
            self.ns = !self.ns;
            self.send_from(to);
            Next::Send(1)
        } else {
            // The last block is acknowledged by the response, not by an R-block.
            self.lost(Lost::Other)
        }
    }

    fn take(&mut self, inf: &[u8], more: bool) -> Next {
        self.progress();
        self.nr = !self.nr;
        if self.response.len().saturating_add(inf.len()) > RESPONSE_MAX {
            return Next::Failed("the response has no end");
        }
        // Grown by hand, so that no old copy stays behind.
        let mut longer = Wiped::with_capacity(self.response.len().saturating_add(inf.len()));
        longer.extend_from_slice(&self.response);
        longer.extend_from_slice(inf);
        self.response = longer;
        if more {
            self.put_r(0);
            self.asking = true;
            return Next::Send(1);
        }
        self.work = Work::None;
        self.block = SecretBytes::default();
        if self.response.len() < STATUS_WORD {
            return Next::Failed("the card's answer has no status word");
        }
        Next::Response(SecretBytes::new(std::mem::take(&mut *self.response)))
    }

    /// A repetition that the card asked for.
    fn again(&mut self) -> Next {
        self.tries = 0;
        self.resends = self.resends.saturating_add(1);
        if self.resends >= TRIES_MAX {
            self.begin(Work::Resynchronising);
            self.put(RESYNCH, &[]);
        }
        Next::Send(1)
    }

    const fn progress(&mut self) {
        (self.tries, self.resends) = (0, 0);
    }

    fn send_from(&mut self, start: usize) {
        let Work::Sending { command, from, to } = &mut self.work else { return };
        let bytes = command.expose();
        (*from, *to) = (start, start.saturating_add(self.ifsc).min(bytes.len()));
        let more = *to < bytes.len();
        let pcb = if self.ns { 0x40 } else { 0 } | if more { MORE } else { 0 };
        self.block = block(pcb, bytes.get(*from..*to).unwrap_or_default());
        self.asking = false;
    }

    fn put(&mut self, pcb: u8, inf: &[u8]) {
        self.block = block(pcb, inf);
        self.asking = false;
    }

    fn put_r(&mut self, error: u8) {
        self.put(0x80 | if self.nr { 0x10 } else { 0 } | error, &[]);
        self.asking = true;
    }
}

fn block(pcb: u8, inf: &[u8]) -> SecretBytes {
    let mut block = Vec::with_capacity(inf.len().saturating_add(4));
    block.extend([0, pcb, u8::try_from(inf.len()).unwrap_or(u8::MAX)]);
    block.extend_from_slice(inf);
    block.push(xor(&block));
    SecretBytes::new(block)
}

fn read(bytes: &[u8]) -> Result<Block<'_>, Lost> {
    let [nad, pcb, length, inf @ .., _] = bytes else { return Err(Lost::Damaged) };
    if xor(bytes) != 0 || usize::from(*length) != inf.len() {
        return Err(Lost::Damaged);
    }
    let value = inf.first().copied().unwrap_or(0);
    let form = match *pcb & 0xDF {
        RESYNCH | ABORT => inf.is_empty(),
        IFS | WTX => inf.len() == 1,
        _ => true,
    };
    if *nad != 0 || *length == 0xFF || !form {
        return Err(Lost::Other);
    }
    match *pcb {
        pcb if pcb & 0x80 == 0 => Ok(Block::I { ns: pcb & 0x40 != 0, more: pcb & MORE != 0, inf }),
        pcb if pcb & 0x40 == 0 && inf.is_empty() => Ok(Block::R { nr: pcb & 0x10 != 0 }),
        pcb @ (RESYNCH | IFS | ABORT | WTX) => Ok(Block::Request { kind: pcb, value }),
        pcb @ (0xE0..=0xE3) => Ok(Block::Response { kind: pcb & !RESPONSE, value }),
        _ => Err(Lost::Other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(pcb: u8, inf: &[u8]) -> Vec<u8> {
        block(pcb, inf).expose().to_vec()
    }

    fn secret(bytes: &[u8]) -> SecretBytes {
        SecretBytes::new(bytes.to_vec())
    }

    #[test]
    fn captured_blocks_are_built_byte_for_byte() {
        let mut t1 = T1::new(32);
        assert_eq!(t1.size(254), Next::Send(1));
        assert_eq!(t1.block().expose(), [0x00, 0xC1, 0x01, 0xFE, 0x3E]);
        assert_eq!(t1.on_block(&[0x00, 0xE1, 0x01, 0xFE, 0x1E]), Next::Sized);
        t1.command(secret(&[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]));
        assert_eq!(t1.block().expose(), [0x00, 0x00, 0x07, 0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x9E]);
        assert_eq!(t1.on_block(&made(0x00, &[0x90, 0x00])), Next::Response(secret(&[0x90, 0x00])));
    }

    #[test]
    fn an_answer_without_a_status_word_is_no_response() {
        for inf in [&[][..], &[0x90]] {
            let mut t1 = T1::new(32);
            t1.command(secret(&[0, 0x84, 0, 0, 8]));
            assert!(matches!(t1.on_block(&made(0x00, inf)), Next::Failed(_)));
        }
    }

    #[test]
    fn the_numbers_of_blocks_alternate_from_command_to_command() {
        let mut t1 = T1::new(32);
        for pcb in [0x00, 0x40, 0x00, 0x40] {
            t1.command(secret(&[0, 0x84, 0, 0, 8]));
            assert_eq!(t1.block().expose()[1], pcb);
            assert!(matches!(t1.on_block(&made(pcb, &[0x90, 0])), Next::Response(_)));
        }
    }

    #[test]
    fn a_long_command_and_a_long_response_go_in_chains() {
        let mut t1 = T1::new(4);
        t1.command(secret(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        assert_eq!(t1.block().expose()[..3], [0, 0x20, 4]);
        t1.on_block(&made(0x90, &[]));
        assert_eq!(t1.block().expose()[..7], [0, 0x60, 4, 5, 6, 7, 8]);
        t1.on_block(&made(0x80, &[]));
        assert_eq!(t1.block().expose()[..4], [0, 0x00, 1, 9]);
        assert_eq!(t1.on_block(&made(0x20, &[1, 2])), Next::Send(1));
        assert_eq!(t1.block().expose()[1], 0x90);
        assert_eq!(t1.on_block(&made(0x60, &[3])), Next::Send(1));
        assert_eq!(t1.block().expose()[1], 0x80);
        assert_eq!(t1.on_block(&made(0x00, &[4, 0x90, 0])), Next::Response(secret(&[1, 2, 3, 4, 0x90, 0])));
    }

    #[test]
    fn a_lost_block_is_asked_for_by_its_number_and_the_command_is_not_sent_again() {
        let mut t1 = T1::new(32);
        t1.command(secret(&[0, 0x20, 0, 1, 0]));
        let mut bad = made(0x00, &[0x90, 0]);
        bad[4] ^= 1;
        assert_eq!(t1.on_block(&bad), Next::Send(1));
        assert_eq!(t1.block().expose(), made(0x81, &[]));
        assert_eq!(t1.lost(Lost::Other), Next::Send(1));
        assert_eq!(t1.block().expose(), made(0x81, &[]), "an R-block is repeated as it was");
        assert!(matches!(t1.on_block(&made(0x00, &[0x90, 0])), Next::Response(_)));
    }

    #[test]
    fn a_card_that_missed_the_block_gets_the_same_block_with_the_same_number() {
        let mut t1 = T1::new(32);
        t1.command(secret(&[0, 0x20, 0, 1, 0]));
        let first = t1.block().clone();
        assert_eq!(t1.on_block(&made(0x81, &[])), Next::Send(1));
        assert_eq!(t1.block(), &first);
    }

    #[test]
    fn after_three_tries_comes_resynchronisation_and_then_the_end() {
        let mut t1 = T1::new(32);
        t1.command(secret(&[0, 0x20, 0, 1, 0]));
        for _ in 0..2 {
            t1.lost(Lost::Damaged);
            assert_eq!(t1.block().expose()[1], 0x81);
        }
        t1.lost(Lost::Damaged);
        for _ in 0..2 {
            assert_eq!(t1.block().expose(), made(0xC0, &[]));
            assert_eq!(t1.lost(Lost::Other), Next::Send(1));
        }
        assert!(matches!(t1.lost(Lost::Other), Next::Failed(words) if words.contains("neither")));
    }

    #[test]
    fn resynchronisation_does_not_send_the_command_again() {
        let mut t1 = T1::new(32);
        t1.command(secret(&[0, 0x20, 0, 1, 0]));
        for _ in 0..3 {
            t1.lost(Lost::Other);
        }
        assert!(matches!(t1.on_block(&made(0xE0, &[])), Next::Failed(words) if words.contains("unknown")));
        t1.command(secret(&[0, 0x84, 0, 0, 8]));
        assert_eq!(t1.block().expose()[1], 0x00, "numbers begin anew");
    }

    #[test]
    fn the_card_may_ask_for_time_and_for_other_block_sizes() {
        let mut t1 = T1::new(32);
        t1.command(secret(&[7; 100]));
        assert_eq!(t1.on_block(&made(0xC3, &[9])), Next::Send(9));
        assert_eq!(t1.block().expose(), made(0xE3, &[9]));
        assert_eq!(t1.on_block(&made(0xC1, &[64])), Next::Send(1));
        assert_eq!(t1.block().expose(), made(0xE1, &[64]));
        t1.on_block(&made(0x90, &[]));
        assert_eq!(t1.block().expose().len(), 68);
        assert!(matches!(t1.on_block(&made(0xC2, &[])), Next::Failed(_)));
    }

    #[test]
    fn time_is_not_given_without_end() {
        let mut t1 = T1::new(32);
        t1.command(secret(&[0, 0x84, 0, 0, 8]));
        let granted = (0..1_000).take_while(|_| t1.on_block(&made(0xC3, &[1])) == Next::Send(1)).count();
        assert_eq!(granted, 255);
    }

    proptest! {
        #[test]
        fn whatever_a_card_answers_the_exchange_ends(answers in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..12),
                (prop_oneof![Just(0u8), Just(0x40), Just(0x20), Just(0x60), Just(0x80), Just(0x90), 0xC0u8..=0xE3], proptest::collection::vec(any::<u8>(), 0..3)).prop_map(|(pcb, inf)| made(pcb, &inf)),
            ], 0..60)) {
            let mut t1 = T1::new(8);
            let mut next = t1.command(secret(&[7; 20]));
            for answer in &answers {
                if !matches!(next, Next::Send(_)) {
                    break;
                }
                prop_assert!(t1.block().expose().len() <= 24 && xor(t1.block().expose()) == 0);
                next = t1.on_block(answer);
            }
            while matches!(next, Next::Send(_)) {
                next = t1.lost(Lost::Other);
            }
            prop_assert!(matches!(next, Next::Response(_) | Next::Failed(_)));
        }
    }
}
