//! The personal cabinet: a client who is logged in looks at their own business and writes to the MFO (R-040 to R-047,
//!
//!
//! Each part is asked for anew when it is opened, shown as it came, and forgotten when it is left. A part that does not
//! come, or whose sums do not add up, is not shown; the rest of the cabinet stays. `letters` is what the client writes,
//! `documents` the files of contracts that they read.

mod documents;
mod letters;

use senim_domain::rule_pack::SessionTimes;
use senim_domain::time::Stamp;
use senim_domain::{Language, OperationId, UtcMillis};
use senim_operation::body::{CabinetPart, CabinetRequested, LetterSubject, SessionEnd, SlipPrinted};
use senim_operation::message::{
    CabinetContent, ConsentStanding, ContractFacts, DocumentConfirmation, Letter, LoanStatement, Message,
    MessageBody, PaymentDetails,
};

pub use documents::DocumentFile;

use super::idle::Clock;
use super::{Session, Step};
use crate::action::Decision;
use crate::effect::{Effect, Paper};
use crate::facts::DeviceState;
use crate::state::{Client, Ending, State};

/// The cabinet of a client.
#[derive(Debug)]
pub struct Cabinet {
    /// Whose.
    pub client: Client,
    /// Where they are in it.
    pub stage: Stage,
}

/// Where somebody is in the cabinet.
#[derive(Debug)]
pub enum Stage {
    /// What is there.
    Home,
    /// A part is asked for.
    Asking {
        /// The request.
        asked: OperationId,
        /// Which.
        part: CabinetPart,
    },
    /// A list, to read or to choose from.
    Listed(Shown<CabinetContent>),
    /// One of a list.
    One {
        /// The list, to go back to.
        list: Shown<CabinetContent>,
        /// Its place.
        at: usize,
    },
    /// Which document of a contract is being chosen: its own, or a supplement to it.
    Documents {
        /// The contracts.
        list: Shown<CabinetContent>,
        /// Its place.
        at: usize,
    },
    /// A document is asked for.
    Opening {
        /// The request.
        asked: OperationId,
        /// The contracts.
        list: Shown<CabinetContent>,
        /// Its place.
        at: usize,
        /// The document's place among those of the contract.
        document: usize,
    },
    /// A document is being read.
    Reading {
        /// The contracts.
        list: Shown<CabinetContent>,
        /// Its place.
        at: usize,
        /// What is read.
        file: Box<DocumentFile>,
    },
    /// Ways of repayment; without details where core lending does not tell them.
    WaysToPay(Option<PaymentDetails>),
    /// Who lends.
    Lender,
    /// What the letter is about is being chosen.
    Subject,
    /// The letter is being typed.
    Writing {
        /// What it is about.
        subject: LetterSubject,
    },
    /// The letter is on its way.
    Sending {
        /// The row that brings it.
        asked: OperationId,
    },
    /// The MFO has the letter.
    Sent {
        /// Its number.
        letter: OperationId,
    },
    /// A part is not shown.
    NotShown(NotShown),
}

/// What the MFO answered, with the moment for which it holds.
#[derive(Debug)]
pub struct Shown<T> {
    /// The row that asked.
    pub asked: OperationId,
    /// When the MFO answered.
    pub at: UtcMillis,
    /// What it said.
    pub content: T,
    /// What became of a slip.
    pub slip: Slip,
    /// Language of the visit.
    pub language: Language,
}

/// A slip on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// Nobody asked for one.
    Unwanted,
    /// It is being printed.
    Printing,
    /// It came out, or did not.
    Ended(bool),
}

/// Why a part is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotShown {
    /// The MFO does not answer, or a service behind it.
    TryLater,
    /// Sums that do not add up.
    Sums,
    /// A letter was not taken.
    LetterNotTaken,
    /// A document that is not kept where it could be shown.
    NotKept,
    /// A document that is not the one that was asked for, or cannot be read.
    NotTheFile,
}

/// What is offered on the first page, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// How much is owed.
    Debt,
    /// Contracts.
    Contracts,
    /// Changes of contracts: what waits, and what can be asked for.
    Changes,
    /// How applications stand.
    Applications,
    /// Apply for a microcredit.
    Apply,
    /// How the cabinet is entered, phone and account.
    Access,
    /// Letters.
    Letters,
    /// Ways of repayment.
    WaysToPay,
    /// Consents.
    Consents,
    /// Documents sent and received.
    Confirmations,
    /// Who lends.
    Lender,
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 11] = [
        Self::Debt,
        Self::Contracts,
        Self::Changes,
        Self::Applications,
        Self::Apply,
        Self::Access,
        Self::Letters,
        Self::WaysToPay,
        Self::Consents,
        Self::Confirmations,
        Self::Lender,
    ];
}

/// One thing on a slip, whatever language it is written in.
#[derive(Clone, Copy, Debug)]
pub enum SlipOf<'a> {
    /// A debt with its payments.
    Statement(&'a LoanStatement),
    /// A contract's key terms.
    Contract(&'a ContractFacts),
    /// Documents sent and received.
    Confirmations(&'a [DocumentConfirmation]),
    /// Consents.
    Consents(&'a [ConsentStanding]),
}

impl Stage {
    /// The operation whose answer is awaited.
    #[must_use]
    pub const fn asked(&self) -> Option<OperationId> {
        match self {
            Self::Asking { asked, .. } | Self::Opening { asked, .. } | Self::Sending { asked } => {
                Some(*asked)
            }
            _ => None,
        }
    }

    /// What can be printed of what is on the screen.
    #[must_use]
    pub fn slip(&self) -> Option<(SlipOf<'_>, &Shown<CabinetContent>)> {
        let (of, shown) = match self {
            Self::One { list, at } => match &list.content {
                CabinetContent::Debt(all) => (SlipOf::Statement(all.get(*at)?), list),
                CabinetContent::Contracts(all) => (SlipOf::Contract(all.get(*at)?), list),
                _ => return None,
            },
            Self::Listed(shown) => match &shown.content {
                CabinetContent::Confirmations(all) if !all.is_empty() => (SlipOf::Confirmations(all), shown),
                CabinetContent::Consents(all) if !all.is_empty() => (SlipOf::Consents(all), shown),
                _ => return None,
            },
            _ => return None,
        };
        Some((of, shown))
    }

    /// The letter on the screen.
    #[must_use]
    pub fn letter(&self) -> Option<&Letter> {
        match self {
            Self::One { list: Shown { content: CabinetContent::Letters(letters), .. }, at } => {
                letters.get(*at)
            }
            _ => None,
        }
    }

    /// The contract on the screen, or whose documents are.
    #[must_use]
    pub fn contract(&self) -> Option<&ContractFacts> {
        match self {
            Self::One { list, at }
            | Self::Documents { list, at }
            | Self::Opening { list, at, .. }
            | Self::Reading { list, at, .. } => match &list.content {
                CabinetContent::Contracts(all) => all.get(*at),
                _ => None,
            },
            _ => None,
        }
    }

    const fn shown_mut(&mut self) -> Option<&mut Shown<CabinetContent>> {
        match self {
            Self::Listed(shown) | Self::One { list: shown, .. } => Some(shown),
            _ => None,
        }
    }
}

/// How many can be opened one by one.
fn openable(content: &CabinetContent) -> usize {
    match content {
        CabinetContent::Debt(all) => all.len(),
        CabinetContent::Contracts(all) => all.len(),
        CabinetContent::Letters(all) => all.len(),
        CabinetContent::Applications(_)
        | CabinetContent::Document(_)
        | CabinetContent::WaysToPay(_)
        | CabinetContent::Consents(_)
        | CabinetContent::Confirmations(_) => 0,
    }
}

/// Whether this is the part that was asked for.
const fn is_of(content: &CabinetContent, part: CabinetPart) -> bool {
    matches!(
        (content, part),
        (CabinetContent::Applications(_), CabinetPart::Applications)
            | (CabinetContent::Contracts(_), CabinetPart::Contracts)
            | (CabinetContent::Debt(_), CabinetPart::Debt)
            | (CabinetContent::WaysToPay(_), CabinetPart::WaysToPay)
            | (CabinetContent::Letters(_), CabinetPart::Letters)
            | (CabinetContent::Consents(_), CabinetPart::Consents)
            | (CabinetContent::Confirmations(_), CabinetPart::Confirmations)
    )
}

impl Session {
    /// Code of what keeps the cabinet shut although the terminal serves.
    #[must_use]
    pub fn no_cabinet(&self) -> Option<String> {
        self.no_business().map(str::to_owned)
    }

    /// What is on the cabinet's first page, each with a code of why not now.
    #[must_use]
    pub fn functions(&self, now: &Stamp) -> Vec<(Function, Option<String>)> {
        let lends = self.facts.pack(now.utc).is_some_and(|pack| {
            pack.allowed_operations.contains(&senim_domain::rule_pack::Service::CashLoan)
        });
        let changes = self.facts.pack(now.utc).is_some_and(|pack| pack.changes.is_some());
        Function::ALL
            .into_iter()
            .filter(|function| *function != Function::Apply || lends)
            .filter(|function| *function != Function::Changes || changes)
            .map(|function| match function {
                Function::Apply => (function, self.no_application(now)),
                Function::Lender => (function, None),
                Function::Access | Function::Changes => {
                    (function, self.no_new_business(now).map(str::to_owned))
                }
                _ => (function, (!self.facts.online).then(|| "offline".to_owned())),
            })
            .collect()
    }

    pub(super) fn cabinet_at(&mut self, step: &Step<'_>, client: Client, stage: Stage) {
        self.enter(step, State::Cabinet(Box::new(Cabinet { client, stage })));
    }

    pub(super) fn decide_cabinet(&mut self, step: &mut Step<'_>, decision: Decision) {
        let State::Cabinet(cabinet) = self.take() else { return };
        let Cabinet { client, stage } = *cabinet;
        match (stage, decision) {
            (Stage::Home, Decision::Choose(place)) => self.open_function(step, client, place),
            (Stage::Listed(list), Decision::Choose(place)) => self.open_one(step, client, list, place),
            (stage @ Stage::One { .. }, Decision::Confirm) if documents::are_of(&stage) => {
                self.open_documents(step, client, stage);
            }
            // What can be read is printed by the other button.
            (mut stage @ Stage::One { .. }, Decision::Decline) if documents::are_of(&stage) => {
                self.want_slip(step, &mut stage);
                self.put_cabinet_back(client, stage);
            }
            (Stage::Documents { list, at }, Decision::Choose(place)) => {
                self.open_document(step, client, list, at, place);
            }
            (mut stage @ (Stage::Listed(_) | Stage::One { .. }), Decision::Confirm)
                if stage.slip().is_some() =>
            {
                self.want_slip(step, &mut stage);
                self.put_cabinet_back(client, stage);
            }
            (
                Stage::Listed(_)
                | Stage::WaysToPay(_)
                | Stage::Lender
                | Stage::Sent { .. }
                | Stage::NotShown(_),
                Decision::Confirm | Decision::Decline,
            ) => self.cabinet_at(step, client, Stage::Home),
            (Stage::One { list, .. }, Decision::Confirm | Decision::Decline) => {
                self.leave_one(step, client, list);
            }
            (Stage::Subject, Decision::Choose(place)) => self.choose_subject(step, client, place),
            (Stage::Writing { subject }, Decision::Enter(text)) => {
                self.send_letter(step, client, subject, &text);
            }
            (stage, _) => self.put_cabinet_back(client, stage),
        }
    }

    /// The same screen.
    fn put_cabinet_back(&mut self, client: Client, stage: Stage) {
        self.state = State::Cabinet(Box::new(Cabinet { client, stage }));
    }

    fn open_function(&mut self, step: &mut Step<'_>, client: Client, place: usize) {
        let functions = self.functions(&step.now);
        let Some((function, None)) = functions.get(place) else {
            return self.put_cabinet_back(client, Stage::Home);
        };
        match function {
            Function::Debt => self.ask_part(step, client, CabinetPart::Debt),
            Function::Contracts => self.ask_part(step, client, CabinetPart::Contracts),
            Function::Applications => self.ask_part(step, client, CabinetPart::Applications),
            Function::Letters => self.ask_part(step, client, CabinetPart::Letters),
            Function::WaysToPay => self.ask_part(step, client, CabinetPart::WaysToPay),
            Function::Consents => self.ask_part(step, client, CabinetPart::Consents),
            Function::Confirmations => self.ask_part(step, client, CabinetPart::Confirmations),
            Function::Apply => self.begin_application(step, client),
            Function::Access => self.begin_access(step, client),
            Function::Changes => self.begin_changes(step, client),
            Function::Lender => self.cabinet_at(step, client, Stage::Lender),
        }
    }

    fn ask_part(&mut self, step: &mut Step<'_>, client: Client, part: CabinetPart) {
        let asked = self.record(step, CabinetRequested::of(client.id, part));
        self.cabinet_at(step, client, Stage::Asking { asked, part });
    }

    fn open_one(&mut self, step: &Step<'_>, client: Client, list: Shown<CabinetContent>, place: usize) {
        // The first option of the letters is to write one.
        let letters = matches!(list.content, CabinetContent::Letters(_));
        if letters && place == 0 {
            return self.cabinet_at(step, client, Stage::Subject);
        }
        let at = if letters { place.saturating_sub(1) } else { place };
        if at >= openable(&list.content) {
            return self.put_cabinet_back(client, Stage::Listed(list));
        }
        self.cabinet_at(step, client, Stage::One { list, at });
    }

    /// Back to the list, or to the first page where there was nothing to choose.
    fn leave_one(&mut self, step: &Step<'_>, client: Client, list: Shown<CabinetContent>) {
        let single = openable(&list.content) == 1 && !matches!(list.content, CabinetContent::Letters(_));
        let list = Shown { slip: Slip::Unwanted, ..list };
        let stage = if single { Stage::Home } else { Stage::Listed(list) };
        self.cabinet_at(step, client, stage);
    }

    fn want_slip(&self, step: &mut Step<'_>, stage: &mut Stage) {
        if matches!(self.facts.printer, DeviceState::Failed(_)) {
            return;
        }
        if let Some(shown) = stage.shown_mut()
            && shown.slip != Slip::Printing
        {
            shown.slip = Slip::Printing;
            step.effects.push(Effect::Print(Paper::Slip(shown.asked)));
        }
    }

    pub(super) fn slip_printed(
        &mut self,
        step: &mut Step<'_>,
        of: OperationId,
        printed: bool,
        sha256: String,
    ) {
        self.record(step, SlipPrinted { of, printed, sha256 });
        self.change_printed(of, printed);
        self.supplement_printed(of, printed);
        self.refund_printed(of, printed);
        if let State::Cabinet(cabinet) = &mut self.state
            && let Some(shown) = cabinet.stage.shown_mut()
            && shown.asked == of
        {
            shown.slip = Slip::Ended(printed);
        }
    }

    pub(super) fn cabinet_answer(&mut self, step: &Step<'_>, message: &Message, cabinet: Cabinet) {
        let Cabinet { client, stage } = cabinet;
        let stage = match (stage, &message.body) {
            (Stage::Asking { part: CabinetPart::WaysToPay, .. }, body) => Stage::WaysToPay(match body {
                MessageBody::CabinetShown(CabinetContent::WaysToPay(details)) => Some(details.clone()),
                _ => None,
            }),
            (Stage::Asking { asked, part }, MessageBody::CabinetShown(content)) if is_of(content, part) => {
                let at = message.envelope.at;
                let (content, language) = (content.clone(), self.language);
                part_shown(Shown { asked, at, content, slip: Slip::Unwanted, language })
            }
            (Stage::Sending { asked }, MessageBody::LetterTaken { letter }) if *letter == asked => {
                Stage::Sent { letter: asked }
            }
            (Stage::Sending { .. }, _) => Stage::NotShown(NotShown::LetterNotTaken),
            (stage @ Stage::Opening { .. }, body) => documents::answered(stage, body),
            _ => Stage::NotShown(NotShown::TryLater),
        };
        self.cabinet_at(step, client, stage);
    }

    /// The MFO did not answer in time: this part is not shown, the cabinet stays.
    pub(super) fn give_up_cabinet(&mut self, step: &Step<'_>) -> bool {
        if !matches!(&self.state, State::Cabinet(_)) {
            return false;
        }
        let State::Cabinet(cabinet) = self.take() else { return false };
        let stage = match cabinet.stage {
            Stage::Asking { part: CabinetPart::WaysToPay, .. } => Stage::WaysToPay(None),
            Stage::Sending { .. } => Stage::NotShown(NotShown::LetterNotTaken),
            _ => Stage::NotShown(NotShown::TryLater),
        };
        self.cabinet_at(step, cabinet.client, stage);
        true
    }

    pub(super) fn cabinet_back(&mut self, step: &mut Step<'_>) {
        let State::Cabinet(cabinet) = self.take() else { return };
        let Cabinet { client, stage } = *cabinet;
        match stage {
            Stage::Home if self.has_menu(&step.now) => self.enter(step, State::Menu),
            Stage::Home => {
                self.put_cabinet_back(client, Stage::Home);
                self.end(step, Ending::Cancelled);
            }
            Stage::One { list, .. } => self.leave_one(step, client, list),
            Stage::Documents { list, at } | Stage::Opening { list, at, .. } => {
                self.cabinet_at(step, client, Stage::One { list, at });
            }
            Stage::Reading { list, at, .. } => self.leave_document(step, client, list, at),
            Stage::Writing { .. } => self.cabinet_at(step, client, Stage::Subject),
            // A letter that is under way cannot be taken back.
            stage @ Stage::Sending { .. } => self.put_cabinet_back(client, stage),
            Stage::Asking { .. }
            | Stage::Listed(_)
            | Stage::WaysToPay(_)
            | Stage::Lender
            | Stage::Subject
            | Stage::Sent { .. }
            | Stage::NotShown(_) => self.cabinet_at(step, client, Stage::Home),
        }
    }

    /// The client has seen what they came for.
    pub(super) fn leave_cabinet(&mut self, step: &mut Step<'_>) {
        self.close_visit(step, SessionEnd::Completed);
        self.free(step);
    }

    pub(super) const fn cabinet_clock(stage: &Stage, times: SessionTimes) -> Clock {
        match stage {
            Stage::Asking { .. } | Stage::Opening { .. } | Stage::Sending { .. } => {
                Clock::Answer(times.answer_seconds)
            }
            Stage::Home
            | Stage::Documents { .. }
            | Stage::Subject
            | Stage::Sent { .. }
            | Stage::NotShown(_) => Clock::Person(times.input_seconds),
            Stage::Listed(_)
            | Stage::One { .. }
            | Stage::Reading { .. }
            | Stage::WaysToPay(_)
            | Stage::Lender
            | Stage::Writing { .. } => Clock::Person(times.reading_seconds),
        }
    }
}

/// One thing is shown at once; sums that do not add up are not shown at all.
fn part_shown(shown: Shown<CabinetContent>) -> Stage {
    if let CabinetContent::Debt(statements) = &shown.content
        && !statements.iter().all(LoanStatement::adds_up)
    {
        return Stage::NotShown(NotShown::Sums);
    }
    let letters = matches!(shown.content, CabinetContent::Letters(_));
    if openable(&shown.content) == 1 && !letters {
        return Stage::One { list: shown, at: 0 };
    }
    Stage::Listed(shown)
}
