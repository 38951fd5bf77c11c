//! Values that the public fields of operations are made of.

use senim_domain::cash::Denomination;
use senim_domain::{ChallengeId, ClientId, LoanId, RegistrationId};
use serde::{Deserialize, Serialize};

/// Where the terminal's power comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PowerSource {
    /// The mains.
    Mains,
    /// The battery.
    Battery,
}

/// An input of the cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CabinetInput {
    /// The service door.
    CabinetDoor,
    /// The door of the safe with the cassettes.
    SafeDoor,
    /// The tamper loop.
    Tamper,
    /// Moved or tilted.
    Tilt,
    /// The operator's key switch.
    OperatorSwitch,
}

/// Where a note lay in the cash acceptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NotePosition {
    /// In the validator: it comes back on reset.
    Validator,
    /// Past recall, in or before the stacker.
    Stacker,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SessionEnd {
    /// Cash was paid and the receipt shown.
    Completed,
    /// The person cancelled.
    Cancelled,
    /// The person walked away.
    TimedOut,
    /// The MFO or the terminal refused, politely.
    Refused,
    /// Something broke.
    Failed,
    /// The firmware restarted in the middle.
    Interrupted,
}

/// What a portrait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaceSubject {
    /// A microcredit: the face is compared with the client's.
    Loan(LoanId),
    /// A registration: the face is compared with what the state knows.
    Registration(RegistrationId),
    /// A client who changes how the cabinet is entered, a phone or an account: compared with the client's.
    Client(ClientId),
    /// A client whose data leaked, before an operation: the face is compared with the client's.
    DataLeak(ClientId),
}

/// Whose consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConsentSubject {
    /// Somebody who registers.
    Registration(RegistrationId),
    /// A client who applies for a microcredit.
    Client(ClientId),
}

/// Whether a living person was before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Liveness {
    /// Somebody living did what this challenge asked, just before; it counts for one portrait.
    Passed(ChallengeId),
}

/// What a bundle's verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutcomeSource {
    /// The device's answer to DISPENSE.
    Answer,
    /// The device's last status, asked afterwards.
    LastStatus,
    /// The order of rows alone: DISPENSE cannot have been sent.
    Journal,
    /// Nothing: the verdict is `uncertain`.
    Nothing,
}

/// Verdict on a payout request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PayoutResult {
    /// The whole part.
    Paid,
    /// Some of it, counted.
    Short,
    /// Nothing.
    Nothing,
    /// Nobody knows how much of the last bundle.
    Uncertain,
}

/// Notes of one denomination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenominationCount {
    /// Face value.
    pub denomination: Denomination,
    /// Notes.
    pub notes: u32,
}

/// How a payer named the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepaymentBasis {
    /// Chosen from the client's own, after a login.
    Login,
    /// By its number, which the gateway knows.
    Number,
    /// By its number, which nobody could ask the gateway about.
    OfflineNumber,
}

/// What the payer wants of money above what is due (B0: free of charge).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EarlyWish {
    /// It waits for the next due day.
    Hold,
    /// Principal is returned at once; the term becomes shorter.
    ShorterTerm,
    /// Principal is returned at once; instalments become smaller.
    SmallerPayments,
}

/// What is done with a note in escrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoteDecision {
    /// Keep it.
    Stack,
    /// Give it back.
    Return,
    /// The payer was being asked.
    Undecided,
}

/// What a note's credit rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoteSource {
    /// The device's answer to STACK.
    Answer,
    /// The device found it past recall when it got its power back.
    PowerUp,
}

/// Verdict on a repayment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepaymentResult {
    /// The sum is certain and more than nothing.
    Received,
    /// No note was taken.
    Nothing,
    /// A note is in doubt beside the sum.
    Uncertain,
}
