//! The services behind the MFO of the world, in this thread: core lending, face matcher and SMS, for the people of the
//! simulated world, and how each of them fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use senim_domain::{
    ClientId, Language, LoanId, OperationId, PayoutRequestId, Secret, SecretBytes, Tiyn, UtcMillis,
};
use senim_gateway_core::connectors::{
    Account, Allocation, CabinetMessage, CashDeskOrder, CashDeskState, Client, ClientFlags, ClientIdentity,
    ClientKind, ConnectorError, ContractChanges, ContractStanding, ContractSummary, CoreLending, Debt,
    DebtBurden, FaceMatch, FaceMatcher, FaceVerdict, Finding, IdentityDocument, Instalment, LoanBooking,
    NewClient, NoticeAbout, NoticeDue, PaymentMade, PayoutReport, RefundChoice, RefundTo, Refunds, Repayment,
    RepaymentOutcome, RestructuringAsked, Sms, SupplementConcluded, SupplementDeclined, SupplementOffer,
    Unallocated,
};
use senim_world::matcher::{Reason, compare};
use senim_world::people::{self, Person};
use senim_world::picture::Picture;
use senim_world::portrait::enrolled;

use crate::newcomers::StateSide;

/// What the services know and how they are.
#[derive(Default)]
pub struct Services {
    /// Core lending does not answer.
    pub core_down: bool,
    /// Others that do not answer: `match`, `sms`.
    pub down: BTreeSet<String>,
    /// Messages in order of arrival.
    pub sms: Vec<Message>,
    pub bookings: Vec<LoanBooking>,
    pub payouts: Vec<PayoutReport>,
    /// What came in, by its row.
    pub repaid: Vec<Repayment>,
    /// Letters, newest first, with whose they are.
    pub letters: Vec<(ClientId, CabinetMessage)>,
    /// What nobody knows the contract of.
    pub held: Vec<Unallocated>,
    /// What waits at the cash desk.
    pub desk_orders: Vec<(PayoutRequestId, LoanId, Tiyn)>,
    /// What was fetched there.
    pub fetched: BTreeSet<PayoutRequestId>,
    /// Contracts that stand as an investigator or a court decided.
    pub standing: BTreeMap<LoanId, ContractStanding>,
    /// Phones and accounts that were changed: whose, what, to what, and the row that proves it.
    pub contacts: Vec<(ClientId, &'static str, String, OperationId)>,
    /// Clients whose data leaked, and since when; those whose number is somebody else's.
    pub leaked: BTreeMap<ClientId, UtcMillis>,
    pub foreign_numbers: BTreeSet<String>,
    /// Clients whose accounts somebody else entered, and since when.
    pub intruded: BTreeMap<ClientId, UtcMillis>,
    /// What core lending was told of measures.
    pub measures_taken: Vec<(ClientId, OperationId)>,
    /// Changes of contracts that wait, and what core lending was told of them.
    pub supplements: Vec<SupplementOffer>,
    pub concluded: Vec<SupplementConcluded>,
    pub declined: Vec<SupplementDeclined>,
    pub restructurings: Vec<RestructuringAsked>,
    /// Contracts whose suspension is over, since when, and the interest for it.
    pub resumed: BTreeMap<LoanId, (UtcMillis, Tiyn)>,
    /// How clients want money back.
    pub refunds: Vec<RefundChoice>,
    /// The state, its people, and the clients that were made of them.
    pub state: StateSide,
}

/// A text message in somebody's hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub to: String,
    pub text: String,
    pub purpose: &'static str,
}

/// The services; clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct Behind(Arc<Mutex<Services>>);

/// The IIN of the person who comes unless somebody else is named.
#[must_use]
pub fn iin() -> String {
    senim_journeys::people::BORROWER.iin.to_owned()
}

pub(crate) fn known(found: impl Fn(&Person) -> bool) -> Option<Person> {
    people::builtin().unwrap().into_iter().find(|person| person.registered && found(person))
}

fn of(client: ClientId) -> Result<Person, ConnectorError> {
    let refused = || ConnectorError::Refused { service: "world", code: "client_unknown".into() };
    known(|person| person.client_id == client.0).ok_or_else(refused)
}

fn client(person: Person) -> Client {
    Client {
        client: ClientId(person.client_id),
        surname: Secret::new(person.surname),
        given_name: Secret::new(person.given_name),
        patronymic: person.patronymic.map(Secret::new),
        phone: Secret::new(person.phone),
        language: match person.language {
            people::Language::Kk => Language::Kk,
            people::Language::Ru => Language::Ru,
            people::Language::En => Language::En,
        },
        blocked: person.status == people::ClientStatus::Blocked,
    }
}

impl Behind {
    pub(crate) fn with<T>(&self, read: impl FnOnce(&mut Services) -> T) -> T {
        read(&mut self.0.lock().unwrap())
    }

    /// Asks what is there, unless it is down.
    pub(crate) fn ask<T>(&self, read: impl FnOnce(&mut Services) -> T) -> Result<T, ConnectorError> {
        self.core()?;
        Ok(self.with(read))
    }

    fn core(&self) -> Result<(), ConnectorError> {
        if self.with(|services| services.core_down) { Err(down()) } else { Ok(()) }
    }

    /// Whether this holds of a client; of those who were made here nothing does.
    fn is(&self, asked: ClientId, holds: impl Fn(&Person) -> bool) -> Result<bool, ConnectorError> {
        let made = self.with(|services| services.state.client(|client| client.client == asked).is_some());
        if made { Ok(false) } else { of(asked).map(|person| holds(&person)) }
    }

    fn contact(
        &self,
        whose: ClientId,
        what: &'static str,
        to: &Secret,
        proof: OperationId,
    ) -> Result<(), ConnectorError> {
        self.ask(|services| {
            let change = (whose, what, to.expose().to_owned(), proof);
            if !services.contacts.contains(&change) {
                services.contacts.push(change);
            }
        })
    }

    /// The client at the number that they changed to last.
    fn reached(&self, client: Client) -> Client {
        let newest = self.with(|services| {
            let mut own = services.contacts.iter().rev();
            own.find(|(whose, what, ..)| *whose == client.client && *what == "phone").cloned()
        });
        let phone = newest.map_or_else(|| client.phone.clone(), |(_, _, number, _)| Secret::new(number));
        Client { phone, ..client }
    }

    fn up(&self, service: &str) -> Result<(), ConnectorError> {
        if self.with(|services| services.down.contains(service)) { Err(down()) } else { Ok(()) }
    }
}

fn down() -> ConnectorError {
    ConnectorError::Unavailable { service: "world", cause: "down".into() }
}

impl ContractChanges for Behind {
    fn supplements(&self, asked: ClientId) -> Result<Vec<SupplementOffer>, ConnectorError> {
        self.ask(|services| {
            let theirs = |loan| {
                services.bookings.iter().any(|booking| booking.loan == loan && booking.client == asked)
            };
            let waiting = services.supplements.iter().filter(|one| theirs(one.loan));
            waiting.cloned().collect()
        })
    }
    fn conclude_supplement(&self, concluded: &SupplementConcluded) -> Result<(), ConnectorError> {
        self.ask(|services| {
            services.supplements.retain(|one| one.supplement != concluded.supplement);
            services.concluded.push(concluded.clone());
        })
    }
    fn decline_supplement(&self, declined: &SupplementDeclined) -> Result<(), ConnectorError> {
        self.ask(|services| {
            services.supplements.retain(|one| one.supplement != declined.supplement);
            services.declined.push(declined.clone());
        })
    }
    fn ask_restructuring(&self, asked: &RestructuringAsked) -> Result<(), ConnectorError> {
        self.ask(|services| services.restructurings.push(asked.clone()))
    }
}

impl Refunds for Behind {
    fn refund_due(&self, loan: LoanId) -> Result<Tiyn, ConnectorError> {
        self.ask(|services| services.refund_due(loan))
    }
    fn choose_refund(&self, choice: &RefundChoice) -> Result<Option<CashDeskOrder>, ConnectorError> {
        self.ask(|services| {
            if !services.refunds.contains(choice) {
                services.refunds.push(choice.clone());
            }
        })?;
        Ok(matches!(choice.to, RefundTo::CashDesk).then(|| CashDeskOrder {
            number: "K-000002".into(),
            until: "2026-12-11".into(),
            address: "Алматы, Төле би көшесі 59".into(),
        }))
    }
}

impl CoreLending for Behind {
    fn client_by_iin(&self, asked: &Secret) -> Result<Option<Client>, ConnectorError> {
        let made = self.ask(|services| services.state.client(|client| client.iin == *asked))?;
        Ok(made
            .or_else(|| known(|person| person.iin == asked.expose()).map(client))
            .map(|found| self.reached(found)))
    }
    fn client(&self, asked: ClientId) -> Result<Client, ConnectorError> {
        let made = self.ask(|services| services.state.client(|client| client.client == asked))?;
        made.map_or_else(|| of(asked).map(client), Ok).map(|found| self.reached(found))
    }
    fn change_phone(&self, whose: ClientId, to: &Secret, proof: OperationId) -> Result<(), ConnectorError> {
        self.contact(whose, "phone", to, proof)
    }
    fn change_account(
        &self,
        whose: ClientId,
        to: &Account,
        proof: OperationId,
    ) -> Result<(), ConnectorError> {
        let (Account::Iban(number) | Account::Card(number)) = to;
        self.contact(whose, "account", number, proof)
    }
    fn identity(&self, asked: ClientId) -> Result<ClientIdentity, ConnectorError> {
        let made = self.ask(|services| {
            let clients = &services.state.clients;
            clients.iter().find(|client| client.client == asked).cloned()
        })?;
        if let Some(made) = made {
            return Ok(ClientIdentity {
                kind: made.kind,
                iin: made.iin,
                document: made.document,
                account: None,
            });
        }
        let person = of(asked)?;
        let document = person.document();
        Ok(ClientIdentity {
            kind: if person.quirks.entrepreneur {
                ClientKind::IndividualEntrepreneur
            } else {
                ClientKind::Individual
            },
            iin: Secret::new(person.iin),
            document: IdentityDocument {
                kind: document.kind,
                number: Secret::new(document.number),
                expires: document.expires,
            },
            account: None,
        })
    }
    fn create_client(&self, new: &NewClient) -> Result<(), ConnectorError> {
        self.ask(|services| {
            let clients = &mut services.state.clients;
            if clients.iter().all(|client| client.client != new.client) {
                clients.push(new.clone());
            }
        })
    }
    fn flags(&self, asked: ClientId) -> Result<ClientFlags, ConnectorError> {
        self.ask(|services| {
            let data_leak_since = services.leaked.get(&asked).copied();
            ClientFlags { data_leak_since, blocking_notice: None }
        })
    }
    fn notices_due(&self) -> Result<Vec<NoticeDue>, ConnectorError> {
        self.ask(|services| {
            let leaks = services.leaked.iter().map(|(client, since)| NoticeDue {
                client: *client,
                about: NoticeAbout::DataLeak,
                since: *since,
            });
            let standing = services.bookings.iter().filter_map(|booking| {
                let (loan, number) = (booking.loan, booking.contract_number.clone());
                let Some(standing) = services.standing.get(&loan) else {
                    let (since, interest_tiyn) = *services.resumed.get(&loan)?;
                    let about = NoticeAbout::Resumption { loan, number, interest_tiyn };
                    return Some(NoticeDue { client: booking.client, about, since });
                };
                let (about, since) = match standing {
                    ContractStanding::Suspended { since, .. } => {
                        (NoticeAbout::Suspension { loan, number }, *since)
                    }
                    ContractStanding::WrittenOff { at } => (NoticeAbout::WriteOff { loan, number }, *at),
                    _ => return None,
                };
                Some(NoticeDue { client: booking.client, about, since })
            });
            let intruded = services.intruded.iter().map(|(client, since)| NoticeDue {
                client: *client,
                about: NoticeAbout::UnauthorisedAccess,
                since: *since,
            });
            leaks.chain(intruded).chain(standing).collect()
        })
    }
    fn leak_measures_taken(&self, client: ClientId, operation: OperationId) -> Result<(), ConnectorError> {
        self.ask(|services| {
            services.leaked.remove(&client);
            services.measures_taken.push((client, operation));
        })
    }
    fn voluntary_refusal(&self, asked: ClientId) -> Result<Finding, ConnectorError> {
        self.core()?;
        Ok(Finding {
            set: self.is(asked, |person| person.quirks.voluntary_refusal)?,
            report_id: "refusals".into(),
        })
    }
    fn aml(&self, asked: ClientId) -> Result<Finding, ConnectorError> {
        self.core()?;
        Ok(Finding { set: self.is(asked, |person| person.quirks.aml_hit)?, report_id: "aml".into() })
    }
    fn debt_burden(&self, asked: ClientId) -> Result<DebtBurden, ConnectorError> {
        self.core()?;
        Ok(DebtBurden { kdn_hundredths: of(asked)?.quirks.kdn_hundredths, report_id: "bureau".into() })
    }
    fn book_loan(&self, booking: &LoanBooking) -> Result<(), ConnectorError> {
        self.core()?;
        self.with(|services| {
            if !services.bookings.contains(booking) {
                services.bookings.push(booking.clone());
            }
        });
        Ok(())
    }
    fn loan(&self, loan: LoanId) -> Result<Option<LoanBooking>, ConnectorError> {
        self.core()?;
        Ok(self.with(|services| services.bookings.iter().find(|known| known.loan == loan).cloned()))
    }
    fn report_payout(&self, report: &PayoutReport) -> Result<(), ConnectorError> {
        self.core()?;
        self.with(|services| {
            if !services.payouts.contains(report) {
                services.payouts.push(report.clone());
            }
        });
        Ok(())
    }
    fn contracts(&self, asked: ClientId) -> Result<Vec<ContractSummary>, ConnectorError> {
        self.ask(|services| {
            let own = services.bookings.iter().filter(|booking| booking.client == asked);
            own.map(|booking| services.summary(booking)).collect()
        })
    }
    fn contract_by_number(&self, number: &str) -> Result<Option<ContractSummary>, ConnectorError> {
        self.ask(|services| {
            let found = services.bookings.iter().find(|booking| booking.contract_number == number);
            found.map(|booking| services.summary(booking))
        })
    }
    fn debt(&self, loan: LoanId, on: &str) -> Result<Debt, ConnectorError> {
        self.ask(|services| services.debt(loan, on))
    }
    fn repay(&self, repayment: &Repayment) -> Result<RepaymentOutcome, ConnectorError> {
        self.ask(|services| {
            let before = services.debt(repayment.loan, "2026-03-02");
            if services.repaid.iter().all(|known| known.operation != repayment.operation) {
                services.repaid.push(repayment.clone());
            }
            let principal_tiyn = before.principal_tiyn.min(repayment.amount_tiyn);
            let overpaid_tiyn = repayment.amount_tiyn.minus(principal_tiyn).unwrap();
            let debt = services.debt(repayment.loan, "2026-03-02");
            RepaymentOutcome {
                operation: repayment.operation,
                allocation: Allocation { principal_tiyn, overpaid_tiyn, ..Allocation::default() },
                closed: debt.principal_tiyn == Tiyn::ZERO,
                debt,
            }
        })
    }
    fn schedule(&self, loan: LoanId) -> Result<Vec<Instalment>, ConnectorError> {
        self.ask(|services| {
            let left = services.debt(loan, "2026-03-02").principal_tiyn;
            let date = "2026-04-02".to_owned();
            vec![Instalment {
                no: 1,
                date,
                principal_tiyn: left,
                interest_tiyn: Tiyn::ZERO,
                paid_tiyn: Tiyn::ZERO,
            }]
        })
    }
    fn payments(&self, loan: LoanId) -> Result<Vec<PaymentMade>, ConnectorError> {
        self.ask(|services| {
            let came = services.repaid.iter().filter(|money| money.loan == loan);
            came.map(|money| PaymentMade {
                date: "2026-03-02".into(),
                amount_tiyn: money.amount_tiyn,
                allocation: Allocation { principal_tiyn: money.amount_tiyn, ..Allocation::default() },
                way: "terminal".into(),
            })
            .collect()
        })
    }
    fn messages(&self, asked: ClientId) -> Result<Vec<CabinetMessage>, ConnectorError> {
        self.ask(|services| {
            let own = services.letters.iter().filter(|(whose, _)| *whose == asked);
            own.map(|(_, letter)| letter.clone()).collect()
        })
    }
    fn post_message(&self, whose: ClientId, letter: &CabinetMessage) -> Result<(), ConnectorError> {
        self.ask(|services| {
            if services.letters.iter().all(|(_, known)| known.message != letter.message) {
                services.letters.insert(0, (whose, letter.clone()));
            }
        })
    }
    fn order_at_cash_desk(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
        amount: Tiyn,
    ) -> Result<CashDeskOrder, ConnectorError> {
        let order = (request, loan, amount);
        self.ask(|services| {
            if !services.desk_orders.contains(&order) {
                services.desk_orders.push(order);
            }
        })?;
        Ok(CashDeskOrder {
            number: "K-000001".into(),
            until: "2026-12-11".into(),
            address: "Алматы, Төле би көшесі 59".into(),
        })
    }
    fn cash_desk_state(
        &self,
        loan: LoanId,
        request: PayoutRequestId,
    ) -> Result<Option<CashDeskState>, ConnectorError> {
        self.ask(|services| {
            let ordered = services.desk_orders.iter().any(|(known, of, _)| *known == request && *of == loan);
            let fetched = services.fetched.contains(&request);
            ordered.then_some(if fetched { CashDeskState::Paid } else { CashDeskState::Waiting })
        })
    }
    fn hold_unallocated(&self, money: &Unallocated) -> Result<(), ConnectorError> {
        self.ask(|services| {
            if !services.held.contains(money) {
                services.held.push(money.clone());
            }
        })
    }
}

impl Services {
    fn summary(&self, booking: &LoanBooking) -> ContractSummary {
        let forced = self.standing.get(&booking.loan).cloned();
        let standing = forced.unwrap_or_else(|| {
            let owes = self.debt(booking.loan, "").principal_tiyn > Tiyn::ZERO;
            if owes { ContractStanding::Running } else { ContractStanding::Closed }
        });
        ContractSummary {
            loan: booking.loan,
            client: booking.client,
            number: booking.contract_number.clone(),
            principal_tiyn: booking.principal_tiyn,
            issued: booking.issued.clone(),
            contract_sha256: booking.contract_sha256.clone(),
            standing,
        }
    }

    /// What came in for a contract that was written off, until its client has said how they want it.
    fn refund_due(&self, loan: LoanId) -> Tiyn {
        let written_off = matches!(self.standing.get(&loan), Some(ContractStanding::WrittenOff { .. }));
        if !written_off || self.refunds.iter().any(|choice| choice.loan == loan) {
            return Tiyn::ZERO;
        }
        let came = self.repaid.iter().filter(|money| money.loan == loan).map(|money| money.amount_tiyn);
        Tiyn::sum(came).unwrap()
    }

    /// A loan without interest: what was lent less what came in, all of it due while nothing rests; nothing once it is
    /// written off.
    pub(crate) fn debt(&self, loan: LoanId, on: &str) -> Debt {
        let lent = self.bookings.iter().find(|booking| booking.loan == loan);
        let lent = lent.map_or(Tiyn::ZERO, |booking| booking.principal_tiyn);
        let came = self.repaid.iter().filter(|money| money.loan == loan).map(|money| money.amount_tiyn);
        let left = lent.minus(Tiyn::sum(came).unwrap()).unwrap_or(Tiyn::ZERO);
        let gap = match (self.standing.get(&loan), self.resumed.get(&loan)) {
            (None, Some((_, interest))) => *interest,
            (Some(_), _) | (None, None) => Tiyn::ZERO,
        };
        let (left, due) = match self.standing.get(&loan) {
            Some(ContractStanding::Suspended { .. }) => (left, Tiyn::ZERO),
            Some(ContractStanding::WrittenOff { .. }) => (Tiyn::ZERO, Tiyn::ZERO),
            _ => (left, left),
        };
        Debt {
            loan,
            on: on.to_owned(),
            principal_tiyn: left,
            interest_tiyn: gap,
            penalty_tiyn: Tiyn::ZERO,
            due_tiyn: due,
            next_date: None,
            next_tiyn: Tiyn::ZERO,
            overdue_days: 0,
            suspension_interest_tiyn: gap,
        }
    }
}

impl FaceMatcher for Behind {
    fn compare(&self, asked: ClientId, picture: &SecretBytes) -> Result<FaceMatch, ConnectorError> {
        self.up("match")?;
        // A world without an eye sends bytes that show nobody, and whoever sends them is taken for the client.
        let Ok(taken) = Picture::from_png(picture.expose()) else { return Ok(FaceVerdict::Same.into()) };
        let made = self.with(|services| {
            let made = services.state.clients.iter().find(|made| made.client == asked);
            made.map(|made| made.iin.expose().to_owned())
        });
        let known = match made.as_deref().and_then(crate::world::person) {
            Some(person) => person,
            None => of(asked)?,
        };
        let found = compare(&enrolled(&known), &taken);
        let verdict = match found.reason {
            Reason::SamePerson => FaceVerdict::Same,
            Reason::OtherPerson => FaceVerdict::Other,
            Reason::Undecodable | Reason::TooDark | Reason::TooBright | Reason::Blank => {
                FaceVerdict::Unusable
            }
        };
        Ok(FaceMatch { verdict, score_permille: Some(u16::from(found.score) * 10) })
    }
}

impl Sms for Behind {
    fn send(&self, to: &Secret, text: &Secret, purpose: &'static str) -> Result<(), ConnectorError> {
        self.up("sms")?;
        let message = Message { to: to.expose().to_owned(), text: text.expose().to_owned(), purpose };
        self.with(|services| services.sms.push(message));
        Ok(())
    }
}
