//! What journeys have to show, and what none of them shows yet.

/// A row of the table of signatures and faces (`A12.2` of the regulation): an act, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clause {
    /// Registration of a person: face and signature (p.6 ¶18).
    RegisterIndividual,
    /// Registration of an individual entrepreneur: face (p.6 ¶19).
    RegisterEntrepreneur,
    /// A legal entity's signatory, who is referred to the office in this release (p.6 ¶18).
    RegisterLegalEntity,
    /// A later login: a password or a code (p.6 ¶20).
    Login,
    /// Another phone: face and signature (p.6 ¶21).
    ChangePhone,
    /// Another bank account: face and signature (p.6 ¶21).
    ChangeAccount,
    /// Another IIN: impossible (p.6 ¶22).
    ChangeIin,
    /// A contract of a consumer: face and signature (p.9 ¶1).
    ContractConsumer,
    /// A contract of an entrepreneur for business: face (p.9 ¶2).
    ContractEntrepreneurBusiness,
    /// A contract of an entrepreneur as a consumer: face and signature (p.9 ¶1).
    ContractEntrepreneurConsumer,
    /// Money to a merchant: face (p.9 ¶5).
    TransferToMerchant,
    /// Banknotes at the terminal: the same face.
    CashAtTerminal,
    /// Anything where personal data have leaked: the face once more (p.36).
    LeakedData,
}

impl Clause {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::RegisterIndividual,
        Self::RegisterEntrepreneur,
        Self::RegisterLegalEntity,
        Self::Login,
        Self::ChangePhone,
        Self::ChangeAccount,
        Self::ChangeIin,
        Self::ContractConsumer,
        Self::ContractEntrepreneurBusiness,
        Self::ContractEntrepreneurConsumer,
        Self::TransferToMerchant,
        Self::CashAtTerminal,
        Self::LeakedData,
    ];
}

/// A special state of a client, a loan or a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Special {
    /// Personal data have leaked (p.36).
    DataLeak,
    /// Interest and collection rest (p.13 ¶2–6).
    Suspension,
    /// They go on (p.13 ¶7).
    Resumption,
    /// Written off by a verdict (p.13 ¶8–11).
    WriteOff,
    /// The MFO stops the terminal.
    Quarantine,
    /// The terminal is not where it is registered.
    Relocation,
    /// The firmware is older than the rules demand.
    ForcedUpdate,
    /// Signs of broken integrity: no lending, but information.
    IntegrityFinding,
}

impl Special {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DataLeak,
        Self::Suspension,
        Self::Resumption,
        Self::WriteOff,
        Self::Quarantine,
        Self::Relocation,
        Self::ForcedUpdate,
        Self::IntegrityFinding,
    ];
}

/// What no journey shows yet.
pub const STILL_TO_COME: (&[Clause], &[Special]) = (&[], &[]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JOURNEYS;

    #[test]
    fn each_clause_and_special_state_is_shown_or_said_to_be_still_to_come_and_never_both() {
        for clause in Clause::ALL {
            let shown = JOURNEYS.iter().any(|journey| journey.clauses.contains(&clause));
            assert_ne!(shown, STILL_TO_COME.0.contains(&clause), "{clause:?}");
        }
        for special in Special::ALL {
            let shown = JOURNEYS.iter().any(|journey| journey.specials.contains(&special));
            assert_ne!(shown, STILL_TO_COME.1.contains(&special), "{special:?}");
        }
    }
}
