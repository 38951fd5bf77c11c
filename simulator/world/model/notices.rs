//! What clients have to be told in writing.

use serde::Serialize;
use uuid::Uuid;

use super::Model;
use super::servicing::Standing;

/// Something that a client has to be told in writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeDue {
    /// Whom.
    pub client_id: Uuid,
    /// Of what.
    #[serde(flatten)]
    pub about: About,
    /// Since when the MFO knows, milliseconds.
    pub since_ms: i64,
}

/// What a client has to be told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    /// Their data leaked.
    DataLeak,
    /// Somebody else entered their account, and no data are known to have spread.
    UnauthorisedAccess,
    /// Interest and collection rest.
    Suspension {
        /// For which contract.
        loan_id: Uuid,
        /// Its number.
        number: String,
    },
    /// Interest and collection go on.
    Resumption {
        /// Of which contract.
        loan_id: Uuid,
        /// Its number.
        number: String,
        /// Interest for the time of the suspension.
        interest_tiyn: u64,
    },
    /// A verdict wrote the debt off.
    WriteOff {
        /// Of which contract.
        loan_id: Uuid,
        /// Its number.
        number: String,
    },
}

impl Model {
    /// What clients have to be told in writing: of leaks, of contracts that rest or are written off.
    pub fn notices_due(&mut self) -> Vec<NoticeDue> {
        let clients: Vec<Uuid> =
            self.people().iter().filter(|person| person.registered).map(|person| person.client_id).collect();
        let mut due = Vec::new();
        for client_id in clients {
            let leaked = self.flags(client_id).ok().and_then(|flags| flags.data_leak_since_ms);
            due.extend(leaked.map(|since_ms| NoticeDue { client_id, about: About::DataLeak, since_ms }));
            let found = self.intruded_since(client_id);
            due.extend(found.map(|since_ms| NoticeDue {
                client_id,
                about: About::UnauthorisedAccess,
                since_ms,
            }));
            for contract in self.contracts(client_id).unwrap_or_default() {
                let (loan_id, number) = (contract.loan_id, contract.number);
                let (about, since_ms) = match contract.standing {
                    Standing::Suspended { since_ms, .. } => (About::Suspension { loan_id, number }, since_ms),
                    Standing::WrittenOff { at_ms } => (About::WriteOff { loan_id, number }, at_ms),
                    Standing::Running => match self.resumed(loan_id) {
                        Some((interest_tiyn, since_ms)) => {
                            (About::Resumption { loan_id, number, interest_tiyn }, since_ms)
                        }
                        None => continue,
                    },
                    Standing::Agreed | Standing::Closed | Standing::Cancelled => continue,
                };
                due.push(NoticeDue { client_id, about, since_ms });
            }
        }
        due
    }
}
