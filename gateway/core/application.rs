//! Deciding an application: limits, open loan, AML, voluntary refusal, debt burden; then the offer (R-040, R-050…R-057).
//!
//! Checks run in that order and stop at the first that speaks against the loan. The grounds of AML are never told.

use senim_domain::contract_number::ContractNumber;
use senim_domain::loan::{Method, Schedule, Term, Terms, schedule};
use senim_domain::quote::{Quote, quote};
use senim_domain::rule_pack::{PayoutMethod, Product, RulePack};
use senim_domain::{LoanId, Secret, Tiyn, UtcMillis, calendar};
use senim_operation::body::ApplicationSubmitted;
use senim_operation::message::{ApplicationRefusal, MessageBody, OfferDraft};

use crate::acting::Act;
use crate::archive::{self, Class};
use crate::connectors::Client;
use crate::content_keys::Owner;
use crate::entropy::uuid;
use crate::error::GatewayError;
use crate::examination::{Against, Applicant, Examination, refusal_of};
use crate::later;
use crate::openings::Purpose;
use crate::records::{Loan, LoanState};
use crate::store::{self, Collection, Expect};

/// What every draft of an offer has in common.
struct Case {
    pack: RulePack,
    product: Product,
    borrower: Client,
    iin: Secret,
    term: Term,
    loan: LoanId,
    contract_number: String,
    /// The day of the application; the offer ends with it.
    today: jiff::civil::Date,
    /// The first day on which the loan may be paid out, were it concluded now: its schedules begin on it.
    issued: jiff::civil::Date,
}

impl Act<'_> {
    pub(crate) fn application_submitted(
        &mut self,
        body: &ApplicationSubmitted,
    ) -> Result<MessageBody, GatewayError> {
        let reply = self.decide_application(body)?;
        self.remember_application(body, &reply)?;
        Ok(reply)
    }

    fn decide_application(&mut self, body: &ApplicationSubmitted) -> Result<MessageBody, GatewayError> {
        let refused = |reason| MessageBody::ApplicationRefused { application: body.application, reason };
        if self.session.client != Some(body.client) {
            tracing::warn!(terminal = %self.terminal, "application without a login of this visit");
            return Ok(refused(ApplicationRefusal::NotApproved));
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else {
            return Ok(refused(ApplicationRefusal::TryLater));
        };
        let Some(product) = within_limits(&pack, body) else {
            return Ok(refused(ApplicationRefusal::OutsideLimits));
        };
        let open = self.gateway.store.document(Collection::OpenLoan, &body.client.to_string())?;
        if open.is_some() {
            return Ok(refused(ApplicationRefusal::LoanOpen));
        }
        if !self.session.prepared.answered(&pack) || self.session.prepared.bureau_consents().is_none() {
            return Ok(refused(ApplicationRefusal::Incomplete));
        }
        match self.leak_stands(body.client)? {
            Ok(None) => {}
            Ok(Some(needed)) => return Ok(needed),
            Err(error) => return Ok(refused(refusal_of(&error))),
        }
        let case = match self.open_case(pack, product, body)? {
            Ok(case) => case,
            Err(reason) => return Ok(refused(reason)),
        };
        let Some(monthly) = largest_instalment(&case, body.principal_tiyn) else {
            return Ok(refused(ApplicationRefusal::OutsideLimits));
        };
        let applicant = Applicant {
            application: body.application,
            pack: &case.pack,
            product: &case.product,
            client: &case.borrower,
            iin: &case.iin,
            loan: case.loan,
            principal: body.principal_tiyn,
            monthly,
        };
        match self.examine(&applicant)? {
            Ok(examination) => self.offer(body, &case, examination),
            Err(Against::Refused(reason)) => Ok(refused(reason)),
            Err(Against::Asks(questions)) => {
                Ok(MessageBody::QuestionsAsked { application: body.application, questions })
            }
        }
    }

    /// What is borrowed on which day and by whom; IIN and age come out of the attachment with which this visit's login began.
    fn open_case(
        &self,
        pack: RulePack,
        product: Product,
        body: &ApplicationSubmitted,
    ) -> Result<Result<Case, ApplicationRefusal>, GatewayError> {
        let Some(attachment) = &self.session.iin_attachment else {
            return Ok(Err(ApplicationRefusal::NotApproved));
        };
        let Some(iin) = self.sealed_iin(attachment, Purpose::Contract)? else {
            return Ok(Err(ApplicationRefusal::NotApproved));
        };
        let Some(today) = calendar::local_date(self.now) else {
            return Ok(Err(ApplicationRefusal::TryLater));
        };
        if iin.age_on(today).is_none_or(|age| age < pack.min_age) {
            return Ok(Err(ApplicationRefusal::NotApproved));
        }
        let borrower = match self.gateway.connectors.core.client(body.client) {
            Ok(borrower) => borrower,
            Err(error) => return Ok(Err(refusal_of(&error))),
        };
        let loan = LoanId(uuid(self.gateway.entropy.as_ref(), self.now)?);
        // The usual way; another one that is chosen later may change the day.
        let ways = pack.payout_methods(&product);
        let goods = ways.iter().all(|way| *way == PayoutMethod::Merchant);
        let way = if goods { PayoutMethod::Merchant } else { PayoutMethod::Cash };
        let rests_until = self.gateway.rest_of(
            &pack,
            (loan, way),
            body.client,
            &product.id,
            body.principal_tiyn,
            self.now,
        )?;
        let Some(issued) = calendar::local_date(rests_until.unwrap_or(self.now)) else {
            return Ok(Err(ApplicationRefusal::TryLater));
        };
        // Of its own chance: the loan's identity stands in public rows, and a number is not to be guessed from it.
        let (_, chance) = uuid(self.gateway.entropy.as_ref(), self.now)?.as_u64_pair();
        let contract_number = ContractNumber::from_random(chance).as_str().to_owned();
        let (term, iin) = (body.term, iin.into_secret());
        Ok(Ok(Case { pack, product, borrower, iin, term, loan, contract_number, today, issued }))
    }

    fn offer(
        &mut self,
        body: &ApplicationSubmitted,
        case: &Case,
        examination: Examination,
    ) -> Result<MessageBody, GatewayError> {
        let (pack, product, principal) = (&case.pack, &case.product, body.principal_tiyn);
        let Some(offered) = drafts(pack, product, principal, case.term, case.issued)? else {
            let (application, reason) = (body.application, ApplicationRefusal::OutsideLimits);
            return Ok(MessageBody::ApplicationRefused { application, reason });
        };
        let expires = self.offer_end(case.today);
        self.keep_offer(body, case, examination, expires)?;
        Ok(MessageBody::OfferMade {
            application: body.application,
            loan: case.loan,
            drafts: offered,
            expires,
        })
    }

    /// The offer ends with the local day, since its schedules follow from it.
    fn offer_end(&self, today: jiff::civil::Date) -> UtcMillis {
        let mut seconds = self.gateway.settings.offer_life_seconds;
        let last = later(self.now, seconds);
        if calendar::local_date(last) == Some(today) {
            return last;
        }
        let (hour, minute) = calendar::local_time(self.now).unwrap_or((23, 59));
        let minutes_left = 24 * 60 - (u32::from(hour) * 60 + u32::from(minute));
        seconds = minutes_left.saturating_sub(1).saturating_mul(60);
        later(self.now, seconds)
    }

    fn keep_offer(
        &mut self,
        body: &ApplicationSubmitted,
        case: &Case,
        examination: Examination,
        expires: UtcMillis,
    ) -> Result<(), GatewayError> {
        let (owner, document) = (Owner::client(body.client), archive::of_loan(case.loan));
        let changes = &mut self.changes;
        self.gateway.enter_document(&document, owner, Class::Offer, self.now, changes)?;
        let loan = Loan {
            application: body.application,
            client: body.client,
            terminal: self.terminal.clone(),
            session: self.session_id,
            product: case.product.id.clone(),
            rule_pack: case.pack.version,
            contract_number: case.contract_number.clone(),
            principal: body.principal_tiyn,
            annual_rate_thousandths: case.product.rate.annual(case.product.time_base).units(),
            term: case.term,
            issued: case.issued.to_string(),
            drafts: Vec::new(),
            language: body.language,
            expires,
            state: LoanState::Offered,
            rests_until: None,
            confirmed: None,
            paid: Tiyn::ZERO,
            parts: 0,
            ended: Vec::new(),
            booked: Vec::new(),
            live: None,
            presumed: Vec::new(),
            claim: None,
            targets: Vec::new(),
            way: None,
            transfer: None,
            transfers: Vec::new(),
            suspect: false,
            recovered: None,
            examination: Some(examination),
            measures: Vec::new(),
            refusal: None,
        };
        self.changes.push(store::put(Collection::Loan, &case.loan.to_string(), Expect::Absent, &loan)?);
        Ok(())
    }
}

/// The largest instalment of any method; `None` where no schedule can be reckoned.
fn largest_instalment(case: &Case, principal: Tiyn) -> Option<Tiyn> {
    let largest = |method: &Method| {
        let terms = case.product.terms(&case.pack.calendar, principal, case.term, *method, case.issued);
        let schedule = schedule(&terms).ok()?;
        schedule.instalments.iter().map(|instalment| instalment.total_tiyn).max()
    };
    case.product.methods.iter().map(largest).collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn within_limits(pack: &RulePack, body: &ApplicationSubmitted) -> Option<Product> {
    let product = pack.product(&body.product)?;
    let fits = !pack.payout_methods(product).is_empty()
        && product.offers_amount(body.principal_tiyn)
        && product.offers_term(body.term)
        && body.principal_tiyn <= pack.payout.max_amount_tiyn;
    fits.then(|| product.clone())
}

/// Drafts of every method of a product; `None`: one of them breaks the limits of the rule pack.
pub(crate) fn drafts(
    pack: &RulePack,
    product: &Product,
    principal: Tiyn,
    term: Term,
    issued: jiff::civil::Date,
) -> Result<Option<Vec<OfferDraft>>, GatewayError> {
    let mut offered = Vec::new();
    for method in &product.methods {
        let terms = product.terms(&pack.calendar, principal, term, *method, issued);
        let quoted = quote(&terms, &pack.limits(product, issued))
            .map_err(|error| GatewayError::Internal(error.to_string()))?;
        if !quoted.caps.within {
            tracing::error!(product = product.id, ?method, "product breaks the limits of its rule pack");
            return Ok(None);
        }
        offered.push(draft(&terms, quoted));
    }
    Ok(Some(offered))
}

pub(crate) fn draft(terms: &Terms<'_>, quoted: Quote) -> OfferDraft {
    let schedule = Schedule {
        method: terms.method,
        issued: terms.issued,
        principal_tiyn: terms.principal,
        instalments: quoted.schedule,
    };
    OfferDraft { schedule, gesv_e8: quoted.gesv_exact.units() }
}
