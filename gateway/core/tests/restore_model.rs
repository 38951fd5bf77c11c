//! Random business over two lives of a gateway: a back-up at some moment, put back at a later one. Whatever terminals did
//! in between and in whatever order they tell of it, a loan has one leave at a time and is never paid twice.

use senim_domain::{Language, LoanId, MessageId, RewindId, Secret, SecretBytes, SessionId};
use senim_gateway_core::{Actor, Refusal, Snapshot};
use senim_operation::attachment::{LoginCode, LoginRequest};
use senim_operation::body::*;
use senim_operation::message::{Authorisation, MessageBody, open_message};
use senim_operation::{Body, Draft};
use uuid::Uuid;

use crate::support;
use crate::support::preparation::{self, Said};
use crate::support::*;

const SEEDS: u64 = 30;
const STEPS: u32 = 60;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// A terminal with a queue, a watermark and what it was allowed.
struct Station {
    terminal: Terminal,
    /// Attachments by the seq of their row.
    sealed: Vec<(u64, String, String)>,
    acked: usize,
    obeyed: Option<RewindId>,
    face: Option<MessageId>,
    leave: Option<Authorisation>,
    /// A request without an answer.
    asked: Option<PayoutRequested>,
}

struct Lives {
    rig: Rig,
    stations: Vec<Station>,
    loan: Option<LoanId>,
    given: u64,
    parts: u32,
    backup: Option<Snapshot>,
    restores: u32,
}

impl Lives {
    fn new() -> Self {
        let mut rig = Rig::new();
        let second = rig.second_terminal("t-2");
        let third = rig.second_terminal("t-3");
        let first = std::mem::replace(&mut rig.terminal, third);
        let stations = [first, second].map(|mut terminal| {
            terminal.begin_epoch(rig.now);
            let sealed = Vec::new();
            Station { terminal, sealed, acked: 0, obeyed: None, face: None, leave: None, asked: None }
        });
        Self { rig, stations: stations.into(), loan: None, given: 0, parts: 0, backup: None, restores: 0 }
    }

    fn write(&mut self, at: usize, draft: Draft) {
        let station = &mut self.stations[at];
        let (row, jwe) = station.terminal.write(draft, self.rig.now);
        if let (Some(sealed), Some(jwe)) = (row.envelope.sealed, jwe) {
            station.sealed.push((row.envelope.seq, sealed.sha256, jwe));
        }
    }

    fn in_session(&self, at: usize, body: impl Into<Body>) -> Draft {
        Draft::new(body).in_session(self.stations[at].terminal.session.unwrap())
    }

    /// Sends what waits, as the firmware does; gives the answers.
    fn exchange(&mut self, at: usize) -> Vec<MessageBody> {
        let mut answers = Vec::new();
        for _ in 0..4 {
            let station = &mut self.stations[at];
            for (_, sha256, jwe) in station.sealed.iter().filter(|(seq, ..)| *seq >= station.acked as u64) {
                self.rig.gateway.put_attachment(&station.terminal.id, sha256, jwe, self.rig.now).unwrap();
            }
            let rows: Vec<&str> =
                station.terminal.rows[station.acked..].iter().map(|row| row.compact.as_str()).collect();
            let reply = self.rig.gateway.intake(&station.terminal.id, &rows, self.rig.now).unwrap();
            for compact in &reply.replies {
                let message = open_message(compact, &self.rig.trust, &station.terminal.id).unwrap();
                if message.envelope.session == station.terminal.session {
                    if matches!(message.body, MessageBody::FaceMatched { .. }) {
                        station.face = Some(message.envelope.message_id);
                    }
                    answers.push(message.body);
                }
            }
            match reply.refusal {
                None => station.acked = station.terminal.rows.len(),
                Some(Refusal::Gap { expected_seq }) => assert!(expected_seq < station.acked as u64),
                Some(other) => panic!("{other:?}"),
            }
            let Some(call) = reply.rewind else { return answers };
            let message = open_message(&call, &self.rig.trust, &station.terminal.id).unwrap();
            let MessageBody::Rewind { rewind, from_seq } = message.body else { panic!("a call") };
            if station.obeyed.replace(rewind) == Some(rewind) {
                return answers;
            }
            station.acked = usize::try_from(from_seq).unwrap();
            let head_seq = station.terminal.rows.len() as u64 - 1;
            let obeyed = RewindObeyed { rewind, from_seq, head_seq, pruned: 0 };
            station.terminal.write(Draft::new(obeyed), self.rig.now);
        }
        answers
    }

    /// A visit up to a fresh face, and to a contract while there is none; as far as the gateway lets it come.
    fn visit(&mut self, at: usize) {
        if self.stations[at].leave.is_some() {
            return;
        }
        self.end_asked(at);
        let session = SessionId(Uuid::now_v7());
        self.stations[at].terminal.session = Some(session);
        self.stations[at].face = None;
        self.write(at, self.in_session(at, SessionOpened { language: Language::Kk }));
        let sealed = LoginRequest { iin: Secret::new(iin()) }.to_plaintext().unwrap();
        self.write(at, self.in_session(at, LoginRequested {}).with_attachment(sealed));
        let texts = self.rig.services.get(|s| s.sms.len());
        self.exchange(at);
        if self.rig.services.get(|s| s.sms.len()) == texts {
            return;
        }
        let login = self.login_of(at);
        let code = Secret::new(self.rig.last_code());
        let sealed = LoginCode { code }.to_plaintext().unwrap();
        self.write(at, self.in_session(at, LoginCodeSubmitted { login }).with_attachment(sealed));
        let client = self.exchange(at).into_iter().find_map(|body| match body {
            MessageBody::LoggedIn { client, .. } => Some(client),
            _ => None,
        });
        let Some(client) = client else { return };
        if self.loan.is_none() {
            self.conclude(at, client);
        } else if let Some(loan) = self.loan {
            self.face(at, loan);
        }
    }

    /// The message that announced the code of the last login.
    fn login_of(&self, at: usize) -> MessageId {
        let station = &self.stations[at];
        let last = station.terminal.rows.last().unwrap();
        let reply =
            self.rig.gateway.intake(&station.terminal.id, &[&last.compact], self.rig.now).unwrap().replies;
        open_message(&reply[0], &self.rig.trust, &station.terminal.id).unwrap().envelope.message_id
    }

    fn face(&mut self, at: usize, loan: LoanId) {
        let subject = FaceSubject::Loan(loan);
        self.write(at, self.in_session(at, living::requested(subject)));
        let asked = self.exchange(at).into_iter().find_map(|body| match body {
            MessageBody::ChallengeGiven(given) => Some(given.challenge),
            _ => None,
        });
        let Some(challenge) = asked else { return };
        let (row, evidence) = living::performed(subject, &challenge);
        self.write(at, self.in_session(at, row).with_attachment(evidence));
        let liveness = Liveness::Passed(challenge.challenge);
        let captured = FaceCaptured { subject, liveness, quality: 80 };
        let picture = SecretBytes::new(b"picture".to_vec());
        self.write(at, self.in_session(at, captured).with_attachment(picture));
        self.exchange(at);
    }

    fn says(&mut self, at: usize, said: Vec<Said>) {
        for said in said {
            let draft = self.in_session(at, said.body);
            self.write(at, Draft { attachment: said.sealed, ..draft });
        }
    }

    fn conclude(&mut self, at: usize, client: senim_domain::ClientId) {
        self.says(at, preparation::before_application(client));
        let body = ApplicationSubmitted {
            application: senim_domain::ApplicationId(Uuid::now_v7()),
            client,
            product: "simple".into(),
            principal_tiyn: senim_domain::Tiyn::new(PRINCIPAL).unwrap(),
            term: senim_domain::loan::Term::Months(6),
            language: Language::Ru,
        };
        self.write(at, self.in_session(at, body));
        let offer = self.exchange(at).into_iter().find_map(|body| match body {
            MessageBody::OfferMade { loan, drafts, .. } => Some((loan, drafts)),
            _ => None,
        });
        let Some((loan, drafts)) = offer else { return };
        self.says(at, preparation::before_contract(client, loan, self.rig.now));
        self.write(at, self.in_session(at, support::chosen(loan, &drafts[0])));
        let contract = self.exchange(at).into_iter().find_map(|body| match body {
            MessageBody::ContractDrafted { method, sha256, .. } => Some((method, sha256)),
            _ => None,
        });
        let Some((method, sha256)) = contract else { return };
        let shown = DocumentShown {
            loan,
            document: "contract".into(),
            sha256: sha256.clone(),
            language: Language::Ru,
        };
        self.write(at, self.in_session(at, shown));
        self.face(at, loan);
        let Some(face_check) = self.stations[at].face else { return };
        let agreed = ContractAgreed { loan, method, contract_sha256: sha256, face_check };
        self.write(at, self.in_session(at, agreed));
        if self.exchange(at).iter().any(|body| matches!(body, MessageBody::ContractAccepted { .. })) {
            self.loan = Some(loan);
        }
    }

    fn ask(&mut self, at: usize) {
        let (Some(loan), Some(face)) = (self.loan, self.stations[at].face) else { return };
        if self.stations[at].leave.is_some() || self.stations[at].asked.is_some() {
            return;
        }
        let missing = PRINCIPAL - self.given;
        let asked = self.rig.payout_request(loan, self.parts + 1, missing.max(500_000), face);
        self.write(at, self.in_session(at, asked.clone()));
        self.stations[at].asked = Some(asked.clone());
        for body in self.exchange(at) {
            match body {
                MessageBody::PayoutAuthorised(leave) => {
                    assert_eq!(leave.request, asked.request);
                    self.stations[at].leave = Some(leave);
                }
                MessageBody::PayoutRefused { request, .. } if request == asked.request => self.end_asked(at),
                _ => {}
            }
        }
        let live = self.stations.iter().filter(|station| station.leave.is_some()).count();
        assert!(live <= 1, "two leaves for one loan");
    }

    /// A request that got no leave ends with nothing.
    fn end_asked(&mut self, at: usize) {
        if self.stations[at].leave.is_some() {
            return;
        }
        let Some(asked) = self.stations[at].asked.take() else { return };
        let ended = PayoutEnded {
            request: asked.request,
            loan: asked.loan,
            part: asked.part,
            authorisation: None,
            distributed: Vec::new(),
            distributed_tiyn: senim_domain::Tiyn::ZERO,
            result: PayoutResult::Nothing,
            reason: Some("refused".into()),
            place: None,
        };
        self.write(at, self.in_session(at, ended));
    }

    fn pay(&mut self, at: usize, dice: &mut Dice) {
        let Some(leave) = self.stations[at].leave.take() else { return };
        self.stations[at].asked = None;
        let all = u32::try_from(leave.amount_tiyn.tiyn() / 500_000).unwrap();
        let notes = u32::try_from(dice.below(u64::from(all) + 1)).unwrap();
        let result = match notes {
            0 => PayoutResult::Nothing,
            notes if notes == all => PayoutResult::Paid,
            _ => PayoutResult::Short,
        };
        self.given += u64::from(notes) * 500_000;
        self.parts += 1;
        self.write(at, self.in_session(at, Rig::ended(&leave, notes, result)));
        assert!(self.given <= PRINCIPAL, "paid twice");
    }

    fn put_back(&mut self) {
        let Some(backup) = &self.backup else { return };
        self.rig.store.put_back(backup);
        self.restores += 1;
        let actor = Actor::new("Дана", "the disk failed").unwrap();
        self.rig.gateway.restore(&actor, &[], self.rig.now).unwrap();
        // The third terminal of the rig was never switched on: people write it off.
        for name in ["Дана", "Ержан"] {
            let actor = Actor::new(name, "never installed").unwrap();
            self.rig.gateway.write_off(&self.rig.terminal.id, &actor, self.rig.now).unwrap();
        }
    }

    fn step(&mut self, dice: &mut Dice) {
        let at = usize::try_from(dice.below(2)).unwrap();
        self.rig.now = senim_domain::UtcMillis(self.rig.now.0 + 700);
        match dice.below(20) {
            0..6 => self.visit(at),
            6..11 => self.ask(at),
            11 => self.pay(at, dice),
            12..15 => drop(self.exchange(at)),
            15 => self.end_asked(at),
            16..18 => self.backup = Some(self.rig.store.snapshot()),
            _ => self.put_back(),
        }
    }

    fn settle(&mut self, dice: &mut Dice) {
        for at in 0..2 {
            self.pay(at, dice);
            self.end_asked(at);
        }
        for _ in 0..3 {
            (0..2).for_each(|at| drop(self.exchange(at)));
        }
        assert_eq!(self.rig.gateway.restore_status().unwrap().restoring, None);
        for station in &self.stations {
            let record = self.rig.gateway.terminal(&station.terminal.id).unwrap().unwrap();
            assert_eq!(record.head.unwrap().seq + 1, station.terminal.rows.len() as u64, "no row is lost");
        }
        self.rig.gateway.flush_outbox(self.rig.now).unwrap();
        let told: u64 = self.rig.services.get(|s| s.payouts.iter().map(|p| p.amount_tiyn.tiyn()).sum());
        assert_eq!(told, self.given, "core lending knows what was given, once");
        if let Some(loan) = self.loan.filter(|_| self.given > 0) {
            let paid = format!("\"paid\":{}", self.given);
            let line = self
                .rig
                .store
                .dump()
                .lines()
                .find(|line| line.starts_with(&loan.to_string()))
                .map(str::to_owned);
            assert!(line.as_ref().is_some_and(|line| line.contains(&paid)), "{line:?} {paid}");
        }
    }
}

#[test]
fn no_leave_is_given_twice_and_no_loan_paid_twice_over_both_lives_of_a_gateway() {
    let (mut restores, mut parts, mut concluded) = (0, 0, 0);
    for seed in 1..=SEEDS {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut lives = Lives::new();
        // Mostly the back-up knows the loan and not what became of it.
        if seed % 4 != 0 {
            lives.visit(0);
            lives.backup = Some(lives.rig.store.snapshot());
        }
        for _ in 0..STEPS {
            lives.step(&mut dice);
        }
        lives.settle(&mut dice);
        restores += lives.restores;
        parts += lives.parts;
        concluded += u32::from(lives.loan.is_some());
    }
    // The dice reach what the test is about.
    assert!(restores > 20 && parts > 20 && concluded > 20, "{restores} {parts} {concluded}");
}
