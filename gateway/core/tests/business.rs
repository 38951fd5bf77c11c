//! Contracts of individual entrepreneurs: which of them need no electronic signature (R-060, R-061, A12.2).

use senim_domain::LoanId;
use senim_domain::rule_pack::{ClientType, Purpose, RulePack};
use senim_operation::Profile;
use senim_operation::message::MessageBody;

use crate::support::{Drafted, Rig, Terminal, pack, staff};

/// The first product serves a business.
fn for_business() -> RulePack {
    let mut rules = pack();
    rules.version += 1;
    rules.products[0].purpose = Purpose::Business;
    rules.products[0].client_types = [ClientType::IndividualEntrepreneur].into();
    rules
}

struct Visit {
    rig: Rig,
    loan: LoanId,
    draft: Drafted,
}

impl Visit {
    /// The contract is on the screen; `register`: whether the register confirms an entrepreneur.
    fn new(mut rig: Rig, rules: Option<RulePack>, register: bool) -> Self {
        if let Some(rules) = rules {
            rig.gateway.publish_rule_pack(rules, &staff(), rig.now).unwrap();
        }
        // Core lending calls the client an entrepreneur in any case: that is their own word.
        rig.services.set(|s| (s.entrepreneur, s.state.entrepreneur) = (true, register));
        let row = rig.terminal.begin_epoch(rig.now);
        rig.send(&[row]);
        let (loan, mut drafts) = rig.offer();
        let draft = drafts.remove(0);
        rig.show(loan, &draft);
        Self { rig, loan, draft }
    }

    fn agree(&mut self) -> Result<(), String> {
        let (face, _) = self.rig.face(self.loan);
        match self.rig.agree(self.loan, &self.draft.clone(), face) {
            MessageBody::ContractAccepted { .. } => Ok(()),
            MessageBody::ContractRefused { reason, .. } => Err(reason),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_confirmed_entrepreneur_concludes_for_business_by_face_and_the_report_is_kept() {
    let (rig, _) = Rig::with_eds();
    let mut visit = Visit::new(rig, Some(for_business()), true);
    assert_eq!(visit.agree(), Ok(()));
    assert!(visit.rig.store.dump().contains("\"entrepreneur\":\"entrepreneur-report\""));
}

#[test]
fn an_entrepreneur_who_borrows_for_themselves_signs_like_everybody() {
    let (rig, _) = Rig::with_eds();
    let mut visit = Visit::new(rig, None, true);
    assert_eq!(visit.agree(), Err("notSigned".to_owned()));
}

#[test]
fn who_is_no_entrepreneur_by_the_register_signs_a_business_contract_too() {
    let (rig, _) = Rig::with_eds();
    let mut visit = Visit::new(rig, Some(for_business()), false);
    assert_eq!(visit.agree(), Err("notSigned".to_owned()));
}

#[test]
fn a_register_that_is_silent_confirms_nobody() {
    let (rig, _) = Rig::with_eds();
    let mut visit = Visit::new(rig, Some(for_business()), true);
    visit.rig.services.set(|s| s.state.register_down = true);
    assert_eq!(visit.agree(), Err("notSigned".to_owned()));
    // Once it speaks again, the same agreement counts.
    visit.rig.services.set(|s| s.state.register_down = false);
    assert_eq!(visit.agree(), Ok(()));
}

/// A production gateway without a service for signatures lends to confirmed businesses alone; the face, of
/// somebody living, is enough there.
#[test]
fn production_without_signatures_asks_a_confirmed_business_for_the_face_and_turns_everybody_else_away() {
    let not_offered = || Err("signingNotOffered".to_owned());
    for (rules, register, agreed) in [
        (Some(for_business()), true, Ok(())),
        (Some(for_business()), false, not_offered()),
        (None, true, not_offered()),
    ] {
        let mut rig = Rig::with_profile(Profile::Production);
        rig.terminal = Terminal::new(&rig.ca, &rig.terminal.id.clone(), rig.seal, Profile::Production);
        let mut visit = Visit::new(rig, rules, register);
        assert_eq!(visit.agree(), agreed);
    }
}
