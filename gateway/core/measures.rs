//! Clients whose personal data spread illegally: nothing is done for them in a visit before its measures are taken (R-136 to
//! the notice acknowledged, the face once more, the number theirs, the MFO's further steps, the check call.
//!
//! Core lending says whose data leaked and since when, and so do the lists of the desk ([`crate::leaks`]). Both are asked at
//! the login and again at each operation that tells or gives anything, so that a flag set in the middle of a visit stops the
//! money too, and one that is lifted holds up nobody.

use senim_domain::phone::Phone;
use senim_domain::rule_pack::{RulePack, TextId};
use senim_domain::{ClientId, MessageId, OperationId, Secret, SessionId, TerminalId, UtcMillis};
use senim_operation::Body;
use senim_operation::body::{
    CheckCallAsked, FaceCaptured, FaceSubject, FurtherStepAcknowledged, Measure, MeasureRequested,
    TextAcknowledged,
};
use senim_operation::jws::sha256_b64;
use senim_operation::message::{
    CabinetRefusal, CallAnnounced, ConfirmationRefusal, FaceRefusal, MeasureRefusal, MeasureRefused,
    MessageBody, RepaymentRefusal, TransferAnswer, TransferOutcome,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::connectors::{
    CallId, CheckCallOrder, CheckCallState, ConnectorError, NoticeAbout, NoticeDue, NumberFinding, Outcome,
};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::events::EventBody;
use crate::later;
use crate::leaks::Leak;
use crate::openings::Purpose;
use crate::refund;
use crate::restructuring;
use crate::store::{self, Collection, Expect};
use crate::supplement;

/// Beginning of the key under which core lending's notice of measures waits.
pub(crate) const MEASURES: &str = "measures/";

/// The measures of one visit and what came of each; opaque identities and numbers of reports alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuresRecord {
    /// Whose data leaked.
    pub client: ClientId,
    /// Where.
    pub terminal: TerminalId,
    /// In which visit.
    pub session: SessionId,
    /// Since when the MFO knows of the leak.
    pub since: UtcMillis,
    /// Whether it was known at the login of this visit.
    pub at_login: bool,
    /// The row in which the notice was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<OperationId>,
    /// The message that says that the face is the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<MessageId>,
    /// The report that says whose the number is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_report: Option<String>,
    /// Further steps that were acknowledged, with their rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<(String, OperationId)>,
    /// The check call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallRecord>,
    /// How the measures ended, and when: `taken`, or `faceRefused`, `numberNotOwned`, `callDenied`, `callNotReached`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(String, UtcMillis)>,
}

/// A check call of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its identity at the service that calls.
    pub call: CallId,
    /// The message that announced it.
    pub announced: MessageId,
    /// An outcome that is asked for later counts as none.
    pub expires: UtcMillis,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<CheckCallState>,
}

impl MeasuresRecord {
    fn is_taken(&self) -> bool {
        self.ended.as_ref().is_some_and(|(how, _)| how == TAKEN)
    }

    /// Whether everything was done that comes before the call.
    fn is_ready_for_the_call(&self, pack: &RulePack) -> bool {
        let acknowledged = |id: &String| self.further.iter().any(|(known, _)| known == id);
        self.told.is_some()
            && self.face.is_some()
            && self.number_report.is_some()
            && pack.leak.further.iter().all(|step| acknowledged(&step.id))
    }
}

/// Core lending is told that the measures were taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MeasuresReport {
    pub client: ClientId,
    pub operation: OperationId,
}

const TAKEN: &str = "taken";
const FACE_REFUSED: &str = "faceRefused";
const NUMBER_NOT_OWNED: &str = "numberNotOwned";
const CALL_DENIED: &str = "callDenied";
const CALL_NOT_REACHED: &str = "callNotReached";

/// How an operation is guarded.
enum Guard {
    /// Core lending is asked afresh: it tells or gives something.
    Afresh,
    /// By what this visit knows: an operation that is asked afresh follows.
    Known,
}

/// The operations of a client (R-136: any of them). Facts about cash, and what says who somebody is, are none; an application
/// asks afresh itself, once it is complete.
const fn guard(body: &Body) -> Option<Guard> {
    match body {
        Body::ContractAgreed(_)
        | Body::PayoutRequested(_)
        | Body::RemainderClaimed(_)
        | Body::ConfirmationRequested(_)
        | Body::LoanConfirmed(_)
        | Body::LoanCancelled(_)
        | Body::DebtRequested(_)
        | Body::CabinetRequested(_)
        | Body::CabinetLetterSubmitted(_)
        | Body::TransferRequested(_)
        | Body::ChangesRequested(_)
        | Body::SupplementRequested(_)
        | Body::SupplementAgreed(_)
        | Body::SupplementDeclined(_)
        | Body::RestructuringRequested(_)
        | Body::RefundChosen(_)
        | Body::ContactChangeRequested(_)
        | Body::ContactChangeConcluded(_) => Some(Guard::Afresh),
        Body::ApplicationSubmitted(_)
        | Body::MethodChosen(_)
        | Body::PayoutWaysRequested(_)
        | Body::PayoutAccountSubmitted(_)
        | Body::PayoutWayChosen(_)
        | Body::SignatureRequested(_)
        | Body::CardSignatureMade(_)
        | Body::PinSubmitted(_)
        | Body::FaceCaptured(FaceCaptured { subject: FaceSubject::Loan(_), .. }) => Some(Guard::Known),
        _ => None,
    }
}

/// Nobody can tell whether the data leaked: what tells or gives something waits.
fn not_now(body: &Body) -> Option<MessageBody> {
    let later = || "tryLater".to_owned();
    let unconfirmed = |loan| MessageBody::ConfirmationRefused { loan, reason: ConfirmationRefusal::TryLater };
    Some(match body {
        Body::ContractAgreed(body) => MessageBody::ContractRefused { loan: body.loan, reason: later() },
        Body::PayoutRequested(body) => MessageBody::PayoutRefused { request: body.request, reason: later() },
        Body::RemainderClaimed(body) => {
            MessageBody::ClaimRefused { request: body.request, reason: "notNow".to_owned() }
        }
        Body::TransferRequested(body) => MessageBody::TransferAnswered(TransferAnswer {
            request: body.request,
            outcome: TransferOutcome::Refused { reason: later() },
        }),
        Body::ConfirmationRequested(body) => unconfirmed(body.loan),
        Body::LoanConfirmed(body) => unconfirmed(body.loan),
        Body::DebtRequested(_) => MessageBody::RepaymentRefused { reason: RepaymentRefusal::TryLater },
        Body::CabinetRequested(_) | Body::ChangesRequested(_) => {
            MessageBody::CabinetRefused { reason: CabinetRefusal::TryLater }
        }
        Body::SupplementRequested(body) => supplement::not_now(body.supplement),
        Body::SupplementAgreed(body) => supplement::not_now(body.supplement),
        Body::SupplementDeclined(body) => supplement::not_now(body.supplement),
        Body::RestructuringRequested(body) => restructuring::not_now(body.loan),
        Body::RefundChosen(body) => refund::not_now(body.loan),
        // A contract that is taken back is a fact: it counts whoever can be asked. A letter tells its writer nothing.
        _ => return None,
    })
}

impl Gateway {
    /// The measures of a client's visits, in no order.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn measures_of(&self, client: ClientId) -> Result<Vec<MeasuresRecord>, GatewayError> {
        let documents = self.store.documents(Collection::Measures, &format!("{client}/"))?;
        let read = |document| Ok(store::parse(Collection::Measures, document)?.value);
        documents.iter().map(read).collect()
    }
}

const fn refused(client: ClientId, measure: Measure, reason: MeasureRefusal) -> MessageBody {
    MessageBody::MeasureRefused(MeasureRefused { client, measure, reason, attempts_left: 0 })
}

impl Act<'_> {
    /// What is answered instead of an operation, as the client's data leaked and the measures were not taken, or as nobody
    /// can tell; `None`: the operation goes on.
    pub(crate) fn stands_in_the_way(&mut self, body: &Body) -> Result<Option<MessageBody>, GatewayError> {
        let Some(client) = self.session.client else { return Ok(None) };
        match (guard(body), &self.session.measures) {
            (Some(Guard::Known), Some(record)) if !record.is_taken() => {
                let leak = Leak { since: record.since, notice: Secret::default() };
                self.measures_begin(client, leak, false).map(Some)
            }
            (None | Some(Guard::Known), _) => Ok(None),
            (Some(Guard::Afresh), _) => match self.leak_stands(client)? {
                Ok(needed) => Ok(needed),
                Err(error) => {
                    tracing::warn!(%error, "nobody tells whether the client's data leaked");
                    Ok(not_now(body))
                }
            },
        }
    }

    /// Asks afresh whether the client's data leaked: what is answered then, unless the measures were taken since.
    pub(crate) fn leak_stands(
        &mut self,
        client: ClientId,
    ) -> Result<Result<Option<MessageBody>, ConnectorError>, GatewayError> {
        let leak = match self.leak_of(client)? {
            Ok(Some(leak)) => leak,
            Ok(None) => {
                // The flag was lifted.
                self.session.measures.take_if(|record| !record.is_taken());
                return Ok(Ok(None));
            }
            Err(error) => return Ok(Err(error)),
        };
        let taken = |record: &MeasuresRecord| record.is_taken() && record.since >= leak.since;
        if self.session.measures.as_ref().is_some_and(taken) {
            return Ok(Ok(None));
        }
        self.measures_begin(client, leak, false).map(|needed| Ok(Some(needed)))
    }

    /// The client's data leaked: from here on nothing is done in this visit before the measures.
    pub(crate) fn measures_begin(
        &mut self,
        client: ClientId,
        Leak { since, notice }: Leak,
        at_login: bool,
    ) -> Result<MessageBody, GatewayError> {
        let needed = MessageBody::MeasuresNeeded { client, since, notice };
        let known = self.session.measures.as_ref().is_some_and(|record| record.since == since);
        if known {
            return Ok(needed);
        }
        tracing::info!(%client, terminal = %self.terminal, "personal data leaked: measures are needed");
        let (terminal, session) = (self.terminal.clone(), self.session_id);
        let record = MeasuresRecord {
            client,
            terminal,
            session,
            since,
            at_login,
            told: None,
            face: None,
            number_report: None,
            further: Vec::new(),
            call: None,
            ended: None,
        };
        self.keep_measures(record)?;
        let notice = NoticeDue { client, about: NoticeAbout::DataLeak, since };
        self.gateway.take_up(&notice, self.now, &mut self.changes)?;
        self.measures_event(client, "needed")?;
        Ok(needed)
    }

    fn keep_measures(&mut self, record: MeasuresRecord) -> Result<(), GatewayError> {
        let key = format!("{}/{}/{}/{}", record.client, self.terminal, self.session_id, record.since);
        self.changes.push(store::put(Collection::Measures, &key, Expect::Any, &record)?);
        self.session.measures = Some(record);
        Ok(())
    }

    fn measures_event(&mut self, client: ClientId, state: &str) -> Result<(), GatewayError> {
        let event =
            EventBody::ClientMeasures { client, terminal: self.terminal.clone(), state: state.to_owned() };
        self.changes.push(self.gateway.event(event, self.now)?);
        Ok(())
    }

    /// The measures that are under way for this client in this visit.
    fn own_measures(&self, client: ClientId) -> Option<MeasuresRecord> {
        self.session.measures.clone().filter(|record| record.client == client)
    }

    /// The notice counts when it is the text of the pack.
    pub(crate) fn leak_acknowledged(
        &mut self,
        body: &TextAcknowledged,
        known: bool,
    ) -> Result<(), GatewayError> {
        let record = self.own_measures(body.client).filter(|_| known && body.text == TextId::DataLeak);
        let Some(record) = record else {
            tracing::warn!(terminal = %self.terminal, known, "notice of a leak does not count");
            return Ok(());
        };
        let notice = NoticeDue { client: record.client, about: NoticeAbout::DataLeak, since: record.since };
        self.gateway.notice_read(&notice, self.now, &mut self.changes)?;
        self.keep_measures(MeasuresRecord { told: Some(self.envelope.op_id), ..record })
    }

    /// A further step counts when it is one of the pack, in its very words.
    pub(crate) fn further_step_acknowledged(
        &mut self,
        body: &FurtherStepAcknowledged,
    ) -> Result<(), GatewayError> {
        let pack = self.gateway.rule_pack(self.now)?;
        let step = pack.as_ref().and_then(|pack| pack.leak.further.iter().find(|step| step.id == body.step));
        let known =
            step.is_some_and(|step| sha256_b64(step.document(body.language).as_bytes()) == body.text_sha256);
        let Some(mut record) = self.own_measures(body.client).filter(|_| known) else {
            tracing::warn!(terminal = %self.terminal, known, "further step does not count");
            return Ok(());
        };
        record.further.retain(|(id, _)| *id != body.step);
        record.further.push((body.step.clone(), self.envelope.op_id));
        self.keep_measures(record)
    }

    /// The face, for itself: no contract and no payout rests on it.
    pub(crate) fn leaked_captured(
        &mut self,
        client: ClientId,
        body: &FaceCaptured,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(client, Measure::Face, MeasureRefusal::Incomplete));
        };
        let tries = u32::from(pack.portrait.tries);
        let record = self.own_measures(client).filter(|record| record.told.is_some());
        let Some(record) = record.filter(|_| self.session.face_failures < tries) else {
            return Ok(refused(client, Measure::Face, MeasureRefusal::Incomplete));
        };
        let reason = match self.judge_face(Some(client), body, attachment, &pack)? {
            Ok(_) => {
                self.keep_measures(MeasuresRecord { face: Some(self.message_id), ..record })?;
                return Ok(MessageBody::MeasureTaken { client, measure: Measure::Face });
            }
            Err(FaceRefusal::NoMatch) => MeasureRefusal::NoMatch,
            Err(FaceRefusal::Unusable) => MeasureRefusal::Unusable,
            Err(FaceRefusal::TryLater) => {
                return Ok(refused(client, Measure::Face, MeasureRefusal::TryLater));
            }
        };
        let attempts_left = tries.saturating_sub(self.session.face_failures);
        if attempts_left == 0 {
            self.measures_end(record, FACE_REFUSED)?;
        }
        Ok(MessageBody::MeasureRefused(MeasureRefused {
            client,
            measure: Measure::Face,
            reason,
            attempts_left,
        }))
    }

    pub(crate) fn measure_requested(&mut self, body: &MeasureRequested) -> Result<MessageBody, GatewayError> {
        let client = body.client;
        if self.session.client != Some(client) {
            tracing::warn!(terminal = %self.terminal, "measure without a login of this visit");
            return Ok(refused(client, body.measure, MeasureRefusal::Incomplete));
        }
        let record = match self.leak_of(client)? {
            // It was lifted, or was never there.
            Ok(None) => {
                self.session.measures.take_if(|record| !record.is_taken());
                return self.measures_over(client, body.measure);
            }
            Ok(Some(_)) => self.own_measures(client),
            Err(error) => {
                tracing::warn!(%error, "measure not taken");
                return Ok(refused(client, body.measure, MeasureRefusal::TryLater));
            }
        };
        match (record, body.measure) {
            (Some(record), _) if record.is_taken() => self.measures_over(client, body.measure),
            (Some(record), Measure::Number) if record.told.is_some() && record.face.is_some() => {
                self.check_number(record)
            }
            (Some(record), Measure::Call) => self.order_call(record),
            (Some(_), Measure::Number | Measure::Face) | (None, _) => {
                Ok(refused(client, body.measure, MeasureRefusal::Incomplete))
            }
        }
    }

    /// Nothing stands in the way any more: as after a login.
    fn measures_over(&mut self, client: ClientId, measure: Measure) -> Result<MessageBody, GatewayError> {
        let at_login = self.session.measures.as_ref().is_none_or(|record| record.at_login);
        Ok(match self.welcome(client, at_login)? {
            Ok(welcome) => welcome,
            Err(error) => {
                tracing::warn!(%error, "the visit does not go on");
                refused(client, measure, MeasureRefusal::TryLater)
            }
        })
    }

    /// Whether the number is the client's: by the operators' base, or else by the number base of the e-government.
    fn check_number(&mut self, record: MeasuresRecord) -> Result<MessageBody, GatewayError> {
        let client = record.client;
        let found = match self.number_finding(client)? {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, %client, "number not checked");
                return Ok(refused(client, Measure::Number, MeasureRefusal::TryLater));
            }
        };
        let report = Some(found.report_id);
        if found.outcome == Outcome::Match {
            self.keep_measures(MeasuresRecord { number_report: report, ..record })?;
            return Ok(MessageBody::MeasureTaken { client, measure: Measure::Number });
        }
        // A number of which nobody can say that it is the client's is not, until it is changed.
        tracing::info!(%client, report, outcome = ?found.outcome, "the number is not the client's");
        self.measures_end(record, NUMBER_NOT_OWNED)?;
        Ok(refused(client, Measure::Number, MeasureRefusal::NumberNotOwned))
    }

    fn number_finding(
        &self,
        client: ClientId,
    ) -> Result<Result<NumberFinding, ConnectorError>, GatewayError> {
        let connectors = &self.gateway.connectors;
        let phone = match connectors.core.client(client) {
            Ok(client) => client.phone,
            Err(error) => return Ok(Err(error)),
        };
        let iin = match connectors.core.identity(client) {
            Ok(identity) => identity.iin,
            // Core lending does not tell; the visit began with it.
            Err(error) if error.is_not_offered() => {
                let sealed = self.session.iin_attachment.clone();
                let typed = match sealed {
                    Some(attachment) => self.sealed_iin(&attachment, Purpose::Measures)?,
                    None => None,
                };
                let Some(typed) = typed else { return Ok(Err(error)) };
                typed.into_secret()
            }
            Err(error) => return Ok(Err(error)),
        };
        let of_operators = connectors.operators().and_then(|base| base.owns(&iin, &phone));
        Ok(match of_operators {
            Ok(found) if found.outcome != Outcome::Unknown => Ok(found),
            Ok(_) | Err(_) => connectors.number_owner().and_then(|base| base.owns(&iin, &phone)),
        })
    }

    /// Orders the call, once a visit.
    fn order_call(&mut self, record: MeasuresRecord) -> Result<MessageBody, GatewayError> {
        let client = record.client;
        let no = |reason| Ok(refused(client, Measure::Call, reason));
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return no(MeasureRefusal::TryLater) };
        if !record.is_ready_for_the_call(&pack) {
            return no(MeasureRefusal::Incomplete);
        }
        if record.call.is_some() {
            // Nobody is called twice in a visit; whoever was not reached tries in another.
            return no(MeasureRefusal::CallNotReached);
        }
        let call = CallId(uuid(self.gateway.entropy.as_ref(), self.now)?);
        let core = &self.gateway.connectors.core;
        let ordered = core.client(client).and_then(|person| {
            let phone = person.phone.clone();
            let order = CheckCallOrder { call, client, phone, language: person.language };
            self.gateway.connectors.check_call()?.order(&order).map(|_| person)
        });
        let person = match ordered {
            Ok(person) => person,
            Err(error) => {
                tracing::warn!(%error, %client, "check call not ordered");
                return no(MeasureRefusal::TryLater);
            }
        };
        // The terminal's last question may come a moment after its own clock has run out.
        let seconds = pack.leak.call_seconds.saturating_add(pack.session.answer_seconds);
        let (announced, expires) = (self.message_id, later(self.now, seconds));
        let call = Some(CallRecord { call, announced, expires, outcome: None });
        self.keep_measures(MeasuresRecord { call, ..record })?;
        let masked = Phone::parse(person.phone.expose()).map(|phone| phone.masked()).unwrap_or_default();
        let (phone_masked, wait_seconds) = (Secret::new(masked), pack.leak.call_seconds);
        Ok(MessageBody::CallAnnounced(CallAnnounced { client, phone_masked, wait_seconds }))
    }

    /// How the call stands. Its outcome counts in the visit in which it was ordered, once, and in time.
    pub(crate) fn check_call_asked(&mut self, body: &CheckCallAsked) -> Result<MessageBody, GatewayError> {
        let client = body.client;
        let no = |reason| Ok(refused(client, Measure::Call, reason));
        let found = self.own_measures(client).and_then(|record| {
            let call = record.call.clone().filter(|call| call.announced == body.call)?;
            Some((record, call))
        });
        let Some((record, call)) = found else {
            tracing::warn!(terminal = %self.terminal, "outcome of a call that this visit did not announce");
            return no(MeasureRefusal::Incomplete);
        };
        match &record.ended {
            Some((how, _)) if how == TAKEN => return self.measures_over(client, Measure::Call),
            Some((how, _)) if how == CALL_DENIED => return no(MeasureRefusal::CallDenied),
            Some(_) => return no(MeasureRefusal::CallNotReached),
            None => {}
        }
        let outcome = if self.now >= call.expires {
            CheckCallState::NotReached { at: self.now }
        } else {
            match self.gateway.connectors.check_call().and_then(|service| service.state(call.call)) {
                Ok(Some(state)) => state,
                Ok(None) => return no(MeasureRefusal::TryLater),
                // The next question may be answered.
                Err(error) => {
                    tracing::warn!(%error, %client, "outcome of the check call not told");
                    CheckCallState::Waiting
                }
            }
        };
        let ended = CallRecord { outcome: Some(outcome), ..call.clone() };
        let ended = MeasuresRecord { call: Some(ended), ..record };
        match outcome {
            CheckCallState::Waiting => {
                let left = call.expires.0.saturating_sub(self.now.0) / 1000;
                let wait_seconds = u32::try_from(left).unwrap_or(0);
                let phone_masked = Secret::default();
                Ok(MessageBody::CallAnnounced(CallAnnounced { client, phone_masked, wait_seconds }))
            }
            CheckCallState::Confirmed { .. } => {
                self.measures_end(ended, TAKEN)?;
                let report = MeasuresReport { client, operation: self.envelope.op_id };
                let key = format!("{MEASURES}{client}/{}", report.operation);
                self.changes.push(store::put(Collection::Outbox, &key, Expect::Any, &report)?);
                self.measures_over(client, Measure::Call)
            }
            CheckCallState::Denied { .. } => {
                self.measures_end(ended, CALL_DENIED)?;
                no(MeasureRefusal::CallDenied)
            }
            CheckCallState::NotReached { .. } => {
                self.measures_end(ended, CALL_NOT_REACHED)?;
                no(MeasureRefusal::CallNotReached)
            }
        }
    }

    /// Writes down how the measures ended, and tells the MFO's systems. Unless they were taken nobody is logged in any
    /// more: the visit goes no further, whatever its terminal asks for.
    fn measures_end(&mut self, record: MeasuresRecord, how: &str) -> Result<(), GatewayError> {
        let client = record.client;
        if how != TAKEN {
            self.session.client = None;
        }
        if how == CALL_DENIED {
            tracing::error!(%client, terminal = %self.terminal, "the client says that the operation is not theirs");
        }
        self.keep_measures(MeasuresRecord { ended: Some((how.to_owned(), self.now)), ..record })?;
        self.measures_event(client, how)
    }
}
