//! The exit of the presenter: what people do there, what the sensor sees, how the shutter moves, and TAKEN.

use super::notes::result;
use super::{Command, Fault, Link, People, Presenter, Shutter, frame};

const TAKEN: u8 = 0xC0;
const TAKEN_EVERY_MS: u64 = 1_000;
const TAKEN_TIMES: u8 = 5;

/// TAKEN that nobody has acknowledged yet.
#[derive(Debug)]
pub(super) struct Notice {
    number: u16,
    left: u8,
    pub(super) due_ms: u64,
}

impl Presenter {
    pub(super) fn sensor(&self) -> bool {
        if self.faults.peek(Fault::SensorStuck).is_some() {
            true
        } else if self.faults.peek(Fault::SensorBlind).is_some() {
            false
        } else {
            self.notes.at_exit() > 0
        }
    }

    pub(super) fn people_come(&mut self, now_ms: u64) {
        let in_reach = self.shutter != Shutter::Closed && self.notes.at_exit() > 0;
        self.people_at = (in_reach && self.options.people != People::Leave)
            .then(|| now_ms.saturating_add(self.options.take_after_ms));
    }

    pub(super) fn people_act(&mut self) {
        self.people_at = None;
        match self.options.people {
            People::Take => self.notes.people_take(u32::MAX),
            People::TakeSome => self.notes.people_take(u32::from(self.options.take_notes)),
            People::Leave => {}
        }
    }

    /// The firmware looks at the sensor while the shutter is open and nothing else is going on.
    pub(super) fn look(&mut self, now_ms: u64) {
        let idle = matches!(self.link, Link::Idle);
        if !self.powered || !idle || self.shutter != Shutter::Open || self.sensor() {
            return;
        }
        let Some(number) = self.presented.take() else { return };
        self.notes.believe_taken();
        self.shutter = Shutter::Closed;
        self.people_at = None;
        if self.faults.take(Fault::TakenLost).is_none() {
            self.notice = Some(Notice { number, left: TAKEN_TIMES, due_ms: now_ms });
        }
    }

    /// Sends TAKEN when it is due and the line is free.
    pub(super) fn notify(&mut self, now_ms: u64) {
        if !matches!(self.link, Link::Idle) {
            return;
        }
        let Some(notice) = self.notice.as_mut().filter(|notice| notice.due_ms <= now_ms) else { return };
        notice.due_ms = notice.due_ms.max(now_ms).saturating_add(TAKEN_EVERY_MS);
        notice.left = notice.left.saturating_sub(1);
        let (number, over) = (notice.number, notice.left == 0);
        if over {
            self.notice = None;
        }
        let data = self.places_data(result::GOOD);
        let mut bytes = frame::frame(TAKEN, number, &data);
        if self.faults.take_on(Fault::BadCrc, TAKEN).is_some()
            && let Some(check) = bytes.last_mut()
        {
            *check ^= 0xFF;
        }
        self.send(bytes, now_ms);
    }

    pub(super) fn present(&mut self, number: u16, now_ms: u64) -> u8 {
        if self.notes.believed_at_exit() == 0 {
            return result::NOTHING_THERE;
        }
        if self.faults.take_on(Fault::ShutterJam, Command::Present.code()).is_some() {
            return result::DOES_NOT_OPEN;
        }
        self.shutter = Shutter::Open;
        self.presented = Some(number);
        self.people_come(now_ms);
        result::GOOD
    }

    pub(super) fn retract(&mut self) -> u8 {
        if self.notes.believed_at_exit() == 0 {
            return result::NOTHING_THERE;
        }
        if self.faults.take(Fault::NoRetractUnit).is_some() {
            return result::NO_RETRACT_UNIT;
        }
        let hanging = self.faults.take(Fault::NoteInShutter).is_some() && self.notes.at_exit() > 0;
        let before = self.notes.accounted();
        self.notes.draw_back(u32::from(hanging));
        if hanging {
            self.shutter = Shutter::Jammed;
            return result::NOTE_IN_SHUTTER;
        }
        self.presented = None;
        self.people_at = None;
        if self.faults.take_on(Fault::ShutterJam, Command::Retract.code()).is_some() {
            self.shutter = Shutter::Jammed;
            return result::DOES_NOT_CLOSE;
        }
        self.shutter = Shutter::Closed;
        if self.sensor() || self.notes.accounted() > before { result::CONTRADICTION } else { result::GOOD }
    }
}
