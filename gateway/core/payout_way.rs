//! How a microcredit reaches its borrower: which ways are possible, whose an account is, and what was chosen (R-055, R-056,
//!
//!
//! A destination has a number that means something for its loan only; what it is lies sealed under the loan's key in the
//! archive. Only an account or a card that the bank confirms as the client's becomes a destination; the report's number and
//! the moment are kept with it.

use senim_domain::iban::Iban;
use senim_domain::rule_pack::{PayoutMethod, Product, RulePack};
use senim_domain::{LoanId, OperationId, PayoutTargetId, Secret, UtcMillis, calendar};
use senim_operation::Profile;
use senim_operation::attachment::{MerchantInvoice, PayoutAccount};
use senim_operation::body::{PayoutAccountSubmitted, PayoutWayChosen, PayoutWaysRequested};
use senim_operation::message::{
    MessageBody, PayoutTarget, PayoutWays, WayAnswer, WayOutcome, WayRefusal, expose_on_the_wire,
};
use serde::{Deserialize, Serialize};

use crate::acting::{Act, Acted};
use crate::archive;
use crate::connectors::{Account, ConnectorError, Ownership};
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::openings::Purpose;
use crate::records::{Loan, LoanState};
use crate::store::{self, Collection};

/// Accounts that may be typed in one visit: the bank is no directory of other people's accounts.
const ACCOUNTS_MAX: u32 = 5;
/// Cards of one client that are looked at.
const CARDS_MAX: usize = 6;
/// Merchants that a screen has room for.
const MERCHANTS_MAX: usize = 30;

/// Where a payout of one loan may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Destination {
    /// Its number.
    pub target: PayoutTargetId,
    /// `Account`, `Card` or `Merchant`.
    pub way: PayoutMethod,
    /// [`Details`], sealed under the loan's key in the archive.
    pub sealed: String,
    /// The bank's report that it is the client's; none for a merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// When that was found.
    pub at: UtcMillis,
}

/// What the client chose before the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChosenWay {
    /// The way.
    pub way: PayoutMethod,
    /// Where to.
    pub target: Option<PayoutTargetId>,
    /// When.
    pub at: UtcMillis,
    /// The operation that says so.
    pub op_id: OperationId,
}

/// What a destination is.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Details {
    /// Account number, card token, or the merchant's code.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub number: Secret,
    /// As a screen and a receipt may show it.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub name: Secret,
    /// As a contract or a statement names it.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub stated: Secret,
    /// The client's IIN: the bank compares it once more with each transfer.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub iin: Secret,
    /// A merchant's order or invoice.
    #[serde(serialize_with = "expose_on_the_wire")]
    pub invoice: Secret,
}

/// Whether the money goes to an account that the client names: that takes biometrics and a signature.
pub(crate) const fn names_account(way: PayoutMethod) -> bool {
    matches!(way, PayoutMethod::Account | PayoutMethod::Card)
}

impl Loan {
    /// How it is to be paid out as far as is known.
    pub(crate) fn chosen(&self) -> PayoutMethod {
        self.way.as_ref().map_or(PayoutMethod::Cash, |chosen| chosen.way)
    }

    pub(crate) fn destination(&self, target: PayoutTargetId) -> Option<&Destination> {
        self.targets.iter().find(|known| known.target == target)
    }

    /// Forgets what was offered before, but for what was chosen or is being paid.
    fn forget(&mut self, ways: &[PayoutMethod]) {
        let chosen = self.way.as_ref().and_then(|chosen| chosen.target);
        let paying = self.transfer.as_ref().and_then(|order| order.target);
        self.targets.retain(|known| {
            !ways.contains(&known.way) || Some(known.target) == chosen || Some(known.target) == paying
        });
    }
}

impl Act<'_> {
    fn details_key(&self, loan: LoanId) -> Result<Option<archive::DocumentKey>, GatewayError> {
        self.gateway.document_key(&archive::of_loan(loan))
    }

    fn destination(
        &self,
        key: &archive::DocumentKey,
        way: PayoutMethod,
        details: &Details,
        report_id: Option<String>,
    ) -> Result<Destination, GatewayError> {
        let target = PayoutTargetId(uuid(self.gateway.entropy.as_ref(), self.now)?);
        let plain = serde_json::to_string(details)
            .map(Secret::new)
            .map_err(|error| GatewayError::Internal(format!("a destination: {error}")))?;
        let sealed = key.seal(self.gateway, &target.to_string(), plain.expose())?;
        Ok(Destination { target, way, sealed, report_id, at: self.now })
    }

    /// Ways that product and rule pack allow and that this deployment can go.
    fn ways_of(&self, pack: &RulePack, product: &Product) -> Vec<PayoutMethod> {
        let connectors = &self.gateway.connectors;
        // Without electronic signatures nobody can name an account in production.
        let signs = connectors.eds.is_some() || self.gateway.settings.profile == Profile::Rig;
        let goes = |way: &PayoutMethod| match way {
            PayoutMethod::Cash | PayoutMethod::CashDesk => true,
            PayoutMethod::Account | PayoutMethod::Card => connectors.bank.is_some() && signs,
            PayoutMethod::Merchant => connectors.merchants.is_some(),
        };
        pack.payout_methods(product).into_iter().filter(goes).collect()
    }

    pub(crate) fn payout_ways_requested(
        &mut self,
        body: &PayoutWaysRequested,
    ) -> Result<MessageBody, GatewayError> {
        let none = MessageBody::PayoutWaysFound(PayoutWays {
            loan: body.loan,
            ways: Vec::new(),
            targets: Vec::new(),
        });
        let Some(mut loan) = self.own_loan(body.loan)? else { return Ok(none) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(none) };
        let Some(product) = pack.product(&loan.value.product) else { return Ok(none) };
        let (Some(key), Some(iin)) = (self.details_key(body.loan)?, self.own_iin()?) else {
            return Ok(none);
        };
        let mut ways = self.ways_of(&pack, product);
        let open = loan.value.state == LoanState::Offered;
        ways.retain(|way| open || *way != PayoutMethod::Merchant);
        let expect = loan.expect();
        loan.value.forget(&[PayoutMethod::Card, PayoutMethod::Merchant]);
        let mut targets = Vec::new();
        let mut add = |found: Vec<(Details, Option<String>)>, way| -> Result<(), GatewayError> {
            for (details, report_id) in found {
                let destination = self.destination(&key, way, &details, report_id)?;
                targets.push(PayoutTarget { target: destination.target, way, name: details.name });
                loan.value.targets.push(destination);
            }
            Ok(())
        };
        if ways.contains(&PayoutMethod::Card) {
            add(self.cards(&iin), PayoutMethod::Card)?;
        }
        if ways.contains(&PayoutMethod::Merchant) {
            add(self.merchants(&iin), PayoutMethod::Merchant)?;
        }
        if !targets.is_empty() {
            self.changes.push(store::put(Collection::Loan, &body.loan.to_string(), expect, &loan.value)?);
        }
        Ok(MessageBody::PayoutWaysFound(PayoutWays { loan: body.loan, ways, targets }))
    }

    fn own_iin(&self) -> Result<Option<Secret>, GatewayError> {
        let Some(attachment) = &self.session.iin_attachment else { return Ok(None) };
        Ok(self.sealed_iin(attachment, Purpose::Payout)?.map(senim_domain::iin::Iin::into_secret))
    }

    /// The client's cards that the bank confirms as theirs; none where it does not answer.
    fn cards(&self, iin: &Secret) -> Vec<(Details, Option<String>)> {
        let Ok(bank) = self.gateway.connectors.bank() else { return Vec::new() };
        let cards = bank.cards(iin).unwrap_or_else(|error| {
            tracing::warn!(%error, "no cards");
            Vec::new()
        });
        let confirmed = |card: crate::connectors::BankCard| {
            let found = bank.owner(&Account::Card(card.token.clone()), iin);
            let found = found.inspect_err(|error| tracing::warn!(%error, "a card is left out")).ok()?;
            let details = Details {
                number: card.token,
                stated: card.masked.clone(),
                name: card.masked,
                iin: iin.clone(),
                invoice: Secret::default(),
            };
            (found.ownership == Ownership::Confirmed).then_some((details, Some(found.report_id)))
        };
        cards.into_iter().take(CARDS_MAX).filter_map(confirmed).collect()
    }

    fn merchants(&self, iin: &Secret) -> Vec<(Details, Option<String>)> {
        let listed = self.gateway.connectors.merchants().and_then(|merchants| merchants.list());
        let listed = listed.unwrap_or_else(|error| {
            tracing::warn!(%error, "no merchants");
            Vec::new()
        });
        let details = |one: crate::connectors::Merchant| {
            let details = Details {
                number: Secret::new(one.merchant),
                name: Secret::new(format!("{}, {}", one.name, one.place)),
                stated: Secret::new(format!("{}, БСН/БИН {}", one.name, one.bin)),
                iin: iin.clone(),
                invoice: Secret::default(),
            };
            (details, None)
        };
        listed.into_iter().take(MERCHANTS_MAX).map(details).collect()
    }

    /// An account was typed: whose is it?
    pub(crate) fn payout_account_submitted(
        &mut self,
        body: &PayoutAccountSubmitted,
        attachment: &str,
    ) -> Result<MessageBody, GatewayError> {
        let outcome = match self.judge_account(body.loan, attachment)? {
            Ok(target) => WayOutcome::Confirmed(target),
            Err(reason) => {
                tracing::info!(terminal = %self.terminal, loan = %body.loan, ?reason, "account not used");
                WayOutcome::Refused(reason)
            }
        };
        Ok(MessageBody::PayoutWayAnswered(WayAnswer { loan: body.loan, outcome }))
    }

    fn judge_account(
        &mut self,
        id: LoanId,
        attachment: &str,
    ) -> Result<Result<PayoutTarget, WayRefusal>, GatewayError> {
        let not_offered = Ok(Err(WayRefusal::NotOffered));
        let Some(mut loan) = self.own_loan(id)? else { return not_offered };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(Err(WayRefusal::TryLater)) };
        let Some(product) = pack.product(&loan.value.product) else { return not_offered };
        if !self.ways_of(&pack, product).contains(&PayoutMethod::Account) {
            return not_offered;
        }
        let plain = self.open_sealed(attachment, Purpose::Payout)?;
        let typed = plain.and_then(|plain| PayoutAccount::from_plaintext(&plain).ok());
        // The terminal has looked at the check digits; nothing that comes from outside is believed.
        let Some(iban) = typed.and_then(|typed| Iban::parse(typed.iban.expose()).ok()) else {
            return not_offered;
        };
        self.session.accounts = self.session.accounts.saturating_add(1);
        if self.session.accounts > ACCOUNTS_MAX {
            return Ok(Err(WayRefusal::TooMany));
        }
        let (Some(key), Some(iin)) = (self.details_key(id)?, self.own_iin()?) else { return not_offered };
        let number = Secret::new(iban.expose().to_owned());
        let found =
            self.gateway.connectors.bank().and_then(|bank| bank.owner(&Account::Iban(number.clone()), &iin));
        let report_id = match found {
            Ok(found) => match found.ownership {
                Ownership::Confirmed => found.report_id,
                Ownership::Other => return Ok(Err(WayRefusal::NotOwned)),
                Ownership::Unknown => return Ok(Err(WayRefusal::OwnerUnknown)),
            },
            Err(ConnectorError::Refused { .. }) => return Ok(Err(WayRefusal::OwnerUnknown)),
            Err(error @ ConnectorError::Unavailable { .. }) => {
                tracing::warn!(%error, "nobody says whose an account is");
                return Ok(Err(WayRefusal::TryLater));
            }
        };
        let details = Details {
            name: Secret::new(iban.masked()),
            stated: number.clone(),
            number,
            iin,
            invoice: Secret::default(),
        };
        let destination = self.destination(&key, PayoutMethod::Account, &details, Some(report_id))?;
        let (target, name, expect) = (destination.target, details.name, loan.expect());
        loan.value.forget(&[PayoutMethod::Account]);
        loan.value.targets.push(destination);
        self.changes.push(store::put(Collection::Loan, &id.to_string(), expect, &loan.value)?);
        Ok(Ok(PayoutTarget { target, way: PayoutMethod::Account, name }))
    }

    /// The way is chosen; a merchant's invoice lies in the attachment.
    pub(crate) fn way_chosen(&mut self, body: &PayoutWayChosen) -> Result<Acted, GatewayError> {
        if body.way == PayoutMethod::Merchant {
            return self.with_attachment(|act, sha256| act.payout_way_chosen(body, Some(sha256)));
        }
        self.payout_way_chosen(body, None).map(|reply| Acted::Done(Some(reply)))
    }

    fn payout_way_chosen(
        &mut self,
        body: &PayoutWayChosen,
        invoice: Option<&str>,
    ) -> Result<MessageBody, GatewayError> {
        let refused = |reason| {
            let outcome = WayOutcome::Refused(reason);
            Ok(MessageBody::PayoutWayAnswered(WayAnswer { loan: body.loan, outcome }))
        };
        let Some(mut loan) = self.own_loan(body.loan)? else { return refused(WayRefusal::NotOffered) };
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return refused(WayRefusal::TryLater) };
        let ours = loan.value.session == self.session_id && loan.value.state == LoanState::Offered;
        let product = pack.product(&loan.value.product).filter(|_| ours).cloned();
        let Some(product) = product else { return refused(WayRefusal::NotOffered) };
        if !self.ways_of(&pack, &product).contains(&body.way) {
            return refused(WayRefusal::NotOffered);
        }
        let needs_target = !matches!(body.way, PayoutMethod::Cash | PayoutMethod::CashDesk);
        let known = body.target.and_then(|target| loan.value.destination(target));
        if needs_target != known.is_some_and(|known| known.way == body.way)
            || (!needs_target && body.target.is_some())
        {
            return refused(WayRefusal::NotOffered);
        }
        if let (Some(attachment), Some(target)) = (invoice, body.target)
            && !self.keep_invoice(body.loan, &mut loan.value, target, attachment)?
        {
            return refused(WayRefusal::NotOffered);
        }
        let expect = loan.expect();
        let op_id = self.envelope.op_id;
        loan.value.way = Some(ChosenWay { way: body.way, target: body.target, at: self.now, op_id });
        let answer = self.follow_the_way(&pack, &product, body.loan, &mut loan.value)?;
        self.changes.push(store::put(Collection::Loan, &body.loan.to_string(), expect, &loan.value)?);
        Ok(answer)
    }

    /// Notes a merchant's invoice with its destination; false where there is none.
    fn keep_invoice(
        &self,
        id: LoanId,
        loan: &mut Loan,
        target: PayoutTargetId,
        attachment: &str,
    ) -> Result<bool, GatewayError> {
        let plain = self.open_sealed(attachment, Purpose::Payout)?;
        let typed = plain.and_then(|plain| MerchantInvoice::from_plaintext(&plain).ok());
        let is_invoice = |text: &str| {
            (1..=20).contains(&text.len())
                && text.bytes().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit())
        };
        let Some(typed) = typed.filter(|typed| is_invoice(typed.invoice.expose())) else { return Ok(false) };
        let Some(details) = self.gateway.details(id, loan, target)? else { return Ok(false) };
        let Some(key) = self.details_key(id)? else { return Ok(false) };
        let details = Details { invoice: typed.invoice, ..details };
        let kept = self.destination(&key, PayoutMethod::Merchant, &details, None)?;
        // Under the number that the terminal knows, which is bound into what is sealed.
        let plain = serde_json::to_string(&details)
            .map(Secret::new)
            .map_err(|error| GatewayError::Internal(format!("a destination: {error}")))?;
        let sealed = key.seal(self.gateway, &target.to_string(), plain.expose())?;
        for known in loan.targets.iter_mut().filter(|known| known.target == target) {
            *known = Destination { target, sealed: sealed.clone(), ..kept.clone() };
        }
        Ok(true)
    }

    /// What rests may depend on the way (B6), and with it the day on which the schedules begin.
    fn follow_the_way(
        &self,
        pack: &RulePack,
        product: &Product,
        id: LoanId,
        loan: &mut Loan,
    ) -> Result<MessageBody, GatewayError> {
        let accepted =
            || MessageBody::PayoutWayAnswered(WayAnswer { loan: id, outcome: WayOutcome::Accepted });
        let way = loan.chosen();
        let rests =
            self.gateway.rest_of(pack, (id, way), loan.client, &loan.product, loan.principal, self.now)?;
        let first = calendar::local_date(rests.unwrap_or(self.now));
        let Some(first) = first.filter(|first| first.to_string() != loan.issued) else {
            return Ok(accepted());
        };
        // Offered under other rules: the contract is refused anyway.
        if pack.version != loan.rule_pack {
            return Ok(accepted());
        }
        let Some(drafts) = crate::application::drafts(pack, product, loan.principal, loan.term, first)?
        else {
            return Ok(accepted());
        };
        loan.issued = first.to_string();
        loan.drafts.clear();
        Ok(MessageBody::OfferMade { application: loan.application, loan: id, drafts, expires: loan.expires })
    }
}

impl crate::Gateway {
    /// What a destination of a loan is; `None`: unknown, or erased.
    pub(crate) fn details(
        &self,
        id: LoanId,
        loan: &Loan,
        target: PayoutTargetId,
    ) -> Result<Option<Details>, GatewayError> {
        let Some(destination) = loan.destination(target) else { return Ok(None) };
        let Some(key) = self.document_key(&archive::of_loan(id))? else { return Ok(None) };
        let plain = key.open(&target.to_string(), &destination.sealed)?;
        let details = serde_json::from_slice(plain.expose());
        details.map(Some).map_err(|_| GatewayError::Internal("a destination does not read".to_owned()))
    }

    /// What a contract names as the destination; empty for notes. `None`: it cannot be read any more.
    pub(crate) fn payee(&self, id: LoanId, loan: &Loan) -> Result<Option<Secret>, GatewayError> {
        let Some(target) = loan.way.as_ref().and_then(|chosen| chosen.target) else {
            return Ok(Some(Secret::default()));
        };
        let details = self.details(id, loan, target)?;
        Ok(details.map(|details| match details.invoice.expose() {
            "" => details.stated,
            invoice => Secret::new(format!("{}, № {invoice}", details.stated.expose())),
        }))
    }

    /// The destination that a contract names, as its client may be shown it.
    pub(crate) fn agreed_target(
        &self,
        id: LoanId,
        loan: &Loan,
    ) -> Result<Option<PayoutTarget>, GatewayError> {
        let Some(target) = loan.way.as_ref().and_then(|chosen| chosen.target) else { return Ok(None) };
        let way = loan.chosen();
        let details = self.details(id, loan, target)?;
        Ok(details.map(|details| PayoutTarget { target, way, name: details.name }))
    }
}
