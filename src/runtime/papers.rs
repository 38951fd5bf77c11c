//! Papers on their way to the printer, which has one command at a time.
//!
//! A slip may be asked for while the receipt before it still comes out: it waits for its turn, and each has its own answer.

use std::collections::VecDeque;

use senim_hal::receipt_printer::{Command, Event, Raster};
use senim_operation::jws;
use senim_session::effect::Paper;

/// A paper that was printed, or was not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub paper: Paper,
    pub printed: bool,
    /// Digest of its picture.
    pub sha256: String,
}

struct Sheet {
    paper: Paper,
    sha256: String,
    raster: Raster,
}

/// What the printer has to do.
#[derive(Default)]
pub(crate) struct Papers {
    /// The one that comes out now.
    printing: Option<(Paper, String)>,
    waiting: VecDeque<Sheet>,
    /// It was asked how it is and has not answered.
    asked: bool,
}

impl Papers {
    /// Whether no paper is on its way.
    pub fn is_empty(&self) -> bool {
        self.printing.is_none() && self.waiting.is_empty()
    }

    /// Asks the printer how it is, unless it has to answer already.
    pub fn ask(&mut self) -> Option<Command> {
        let idle = !self.asked && self.printing.is_none();
        self.asked |= idle;
        idle.then_some(Command::Status)
    }

    /// Another paper: printed now, or behind those before it.
    pub fn put(&mut self, paper: Paper, raster: Raster) -> Option<Command> {
        self.waiting.push_back(Sheet { paper, sha256: jws::sha256_b64(&raster.rows), raster });
        self.next()
    }

    /// What the printer told: the paper that it ends, and what it has to do now.
    pub fn told(&mut self, event: &Event) -> (Option<Done>, Option<Command>) {
        let printed = match event {
            Event::Line { .. } => return (None, None),
            Event::Printed => Some(true),
            Event::Failed(_) => Some(false),
            Event::Status { .. } => None,
        };
        // The answer to a question says nothing about the paper that waits behind it.
        let was_asked = std::mem::take(&mut self.asked);
        let ended = printed.filter(|_| !was_asked).and_then(|printed| Some((printed, self.printing.take()?)));
        let done = ended.map(|(printed, (paper, sha256))| Done { paper, printed, sha256 });
        (done, self.next())
    }

    fn next(&mut self) -> Option<Command> {
        if self.asked || self.printing.is_some() {
            return None;
        }
        let sheet = self.waiting.pop_front()?;
        self.printing = Some((sheet.paper, sheet.sha256));
        Some(Command::Print(sheet.raster))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use senim_domain::OperationId;
    use senim_hal::{Error, ErrorKind};

    fn raster(ink: u8) -> Raster {
        Raster { width: 8, rows: vec![ink] }
    }

    fn slip(number: u128) -> Paper {
        Paper::Slip(OperationId(uuid::Uuid::from_u128(number)))
    }

    fn print(ink: u8) -> Option<Command> {
        Some(Command::Print(raster(ink)))
    }

    fn done(number: u128, printed: bool, ink: u8) -> Option<Done> {
        Some(Done { paper: slip(number), printed, sha256: jws::sha256_b64(&[ink]) })
    }

    #[test]
    fn a_paper_asked_for_while_another_comes_out_waits_and_each_has_its_own_answer() {
        let mut papers = Papers::default();
        assert_eq!(papers.put(slip(1), raster(1)), print(1));
        assert_eq!(papers.put(slip(2), raster(2)), None);
        assert_eq!(papers.put(slip(3), raster(3)), None);
        assert_eq!(papers.ask(), None, "a printer that prints is not asked");
        assert_eq!(papers.told(&Event::Printed), (done(1, true, 1), print(2)));
        let jam = Error::new(ErrorKind::HardwareError, "jam");
        assert_eq!(papers.told(&Event::Failed(jam)), (done(2, false, 2), print(3)));
        assert!(!papers.is_empty());
        assert_eq!(papers.told(&Event::Printed), (done(3, true, 3), None));
        assert!(papers.is_empty());
    }

    #[test]
    fn the_answer_to_a_question_is_none_about_the_paper_that_waits_behind_it() {
        let mut papers = Papers::default();
        assert_eq!(papers.ask(), Some(Command::Status));
        assert_eq!(papers.ask(), None);
        assert_eq!(papers.put(slip(1), raster(1)), None);
        assert_eq!(papers.told(&Event::Line { open: true }), (None, None));
        let silent = Error::new(ErrorKind::Offline, "no answer");
        assert_eq!(papers.told(&Event::Failed(silent)), (None, print(1)));
        assert_eq!(papers.told(&Event::Printed), (done(1, true, 1), None));
    }

    #[test]
    fn what_an_idle_printer_tells_ends_no_paper() {
        let mut papers = Papers::default();
        for event in [Event::Printed, Event::Failed(Error::new(ErrorKind::Offline, "gone"))] {
            assert_eq!(papers.told(&event), (None, None));
        }
    }
}
