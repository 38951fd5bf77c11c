//! An application that was interrupted goes on after another login, at this terminal or elsewhere: what stands of it
//! is told at the login, and the client goes on with it or begins anew.
//!
//! What was said stands as long as the rule pack asks the same: a consent or a text that reads otherwise today is put
//! again. Nothing that was found out or reckoned stands at all: reports and offers are made anew, and a choice among
//! drafts counts only where the draft is the same to the last tiyn.

use jiff::civil::Date;
use senim_domain::loan::{Method, Term};
use senim_domain::quote::quote;
use senim_domain::rule_pack::{ConsentKind, RulePack, TextId};
use senim_domain::{ApplicationId, ClientId, Tiyn, UtcMillis};
use senim_operation::Body;
use senim_operation::body::{ApplicationSubmitted, MethodChosen, UnfinishedDecided};
use senim_operation::message::{ApplicationRefusal, MessageBody, UnfinishedApplication, UnfinishedWish};
use serde::{Deserialize, Serialize};

use crate::Gateway;
use crate::acting::Act;
use crate::application::draft;
use crate::archive::days_later;
use crate::error::GatewayError;
use crate::preparation::Prepared;
use crate::store::{self, Collection, Versioned};

/// An application that has not come to a contract.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Unfinished {
    /// When something was said in it last.
    at: UtcMillis,
    /// What was asked for; `None`: it did not come to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wish: Option<Wish>,
    /// The way of repayment that was chosen, and the SHA-256 of its draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<(Method, String)>,
    /// What was agreed to, answered and read.
    prepared: Prepared,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wish {
    application: ApplicationId,
    product: String,
    principal: Tiyn,
    term: Term,
}

/// Whether a row says something in an application before its contract.
const fn is_said(body: &Body) -> bool {
    matches!(
        body,
        Body::ConsentDecided(_)
            | Body::QuestionsAnswered(_)
            | Body::TextAcknowledged(_)
            | Body::ApplicationSubmitted(_)
            | Body::MethodChosen(_)
            | Body::ContractAgreed(_)
            | Body::PressureAnswered(_)
    )
}

impl Gateway {
    fn unfinished(&self, client: ClientId) -> Result<Option<Versioned<Unfinished>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::Unfinished, &client.to_string())?)
    }

    /// What stands of an interrupted application by today's rule pack; `None`: nothing that would save a client anything.
    pub(crate) fn unfinished_of(
        &self,
        client: ClientId,
        pack: &RulePack,
        now: UtcMillis,
    ) -> Result<Option<UnfinishedApplication>, GatewayError> {
        if self.store.document(Collection::OpenLoan, &client.to_string())?.is_some() {
            return Ok(None);
        }
        let Some(found) = self.unfinished(client)? else { return Ok(None) };
        let Some(stands) = self.what_stands(&found.value, pack, now)? else { return Ok(None) };
        let prepared = &stands.prepared;
        let wish = stands.wish.as_ref().map(|wish| UnfinishedWish {
            application: wish.application,
            product: wish.product.clone(),
            principal_tiyn: wish.principal,
            term: wish.term,
        });
        let consents: Vec<ConsentKind> = prepared.consents_given().collect();
        let read: Vec<TextId> = prepared.texts_read().collect();
        let answered = prepared.answered(pack);
        let (chosen, draft_sha256) = stands.chosen.clone().unzip();
        let nothing = consents.is_empty() && read.is_empty() && wish.is_none();
        Ok((!nothing).then_some(UnfinishedApplication {
            at: stands.at,
            wish,
            consents,
            answered,
            read,
            chosen,
            draft_sha256,
        }))
    }

    /// The same without what today's rules ask otherwise, and without what is not here.
    fn what_stands(
        &self,
        found: &Unfinished,
        pack: &RulePack,
        now: UtcMillis,
    ) -> Result<Option<Unfinished>, GatewayError> {
        if now >= days_later(found.at, pack.session.unfinished_days) || now < found.at {
            return Ok(None);
        }
        let prepared = found.prepared.standing(self, pack, now)?;
        let wish = found.wish.clone().filter(|wish| {
            pack.product(&wish.product).is_some_and(|product| {
                product.offers_amount(wish.principal)
                    && product.offers_term(wish.term)
                    && wish.principal <= pack.payout.max_amount_tiyn
            })
        });
        let chosen = wish.as_ref().and(found.chosen.clone());
        Ok(Some(Unfinished { at: found.at, wish, chosen, prepared }))
    }
}

impl Act<'_> {
    /// Keeps what was said, so that another visit can go on with it; a contract, a refusal or a client who is told to
    /// borrow leaves nothing to go on with.
    pub(crate) fn remember_unfinished(
        &mut self,
        body: &Body,
        reply: Option<&MessageBody>,
    ) -> Result<(), GatewayError> {
        let Some(client) = self.session.client.filter(|_| is_said(body)) else { return Ok(()) };
        let key = client.to_string();
        let found = self.gateway.unfinished(client)?;
        let over = match (body, reply) {
            (Body::ContractAgreed(_), Some(MessageBody::ContractAccepted { .. })) => true,
            (Body::ContractAgreed(_), _) => return Ok(()),
            (Body::PressureAnswered(said), _) if said.pressed => true,
            (Body::PressureAnswered(_), _) => return Ok(()),
            (Body::ConsentDecided(said), _) => !said.agreed,
            // Nothing was said that is worth more than what is kept.
            (_, Some(MessageBody::ApplicationRefused { reason: ApplicationRefusal::Incomplete, .. })) => {
                return Ok(());
            }
            (_, Some(MessageBody::ApplicationRefused { reason, .. })) => {
                *reason != ApplicationRefusal::TryLater
            }
            _ => false,
        };
        if over {
            if let Some(found) = found {
                self.changes.push(store::remove_at(Collection::Unfinished, &key, found.revision));
            }
            return Ok(());
        }
        let chosen = match (body, reply) {
            (Body::MethodChosen(said), Some(MessageBody::ContractDrafted { .. })) => {
                self.draft_sha256(said)?.map(|sha256| (said.method, sha256))
            }
            _ => None,
        };
        let mut found = found.unwrap_or(Versioned { revision: 0, value: Unfinished::default() });
        let expect = found.expect();
        let kept = &mut found.value;
        kept.at = self.now;
        kept.prepared = self.session.prepared.kept_at(self.terminal);
        match (body, reply) {
            (Body::ApplicationSubmitted(said), _) => kept.wish = Some(wish_of(said)),
            (Body::MethodChosen(_), _) => kept.chosen = chosen,
            _ => {}
        }
        self.changes.push(store::put(Collection::Unfinished, &key, expect, kept)?);
        Ok(())
    }

    /// The draft that was chosen, by its hash: as it was offered, which is as it is reckoned.
    fn draft_sha256(&self, said: &MethodChosen) -> Result<Option<String>, GatewayError> {
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(None) };
        let Some(loan) = self.own_loan(said.loan)? else { return Ok(None) };
        let loan = loan.value;
        let (product, issued) = (pack.product(&loan.product), loan.issued.parse::<Date>());
        let (Some(product), Ok(issued)) = (product, issued) else { return Ok(None) };
        let terms = product.terms(&pack.calendar, loan.principal, loan.term, said.method, issued);
        let quoted = quote(&terms, &pack.limits(product, issued));
        Ok(quoted.ok().and_then(|quoted| draft(&terms, quoted).sha256()))
    }

    /// The client goes on with what stands, or begins anew.
    pub(crate) fn unfinished_decided(&mut self, body: &UnfinishedDecided) -> Result<(), GatewayError> {
        if self.session.client != Some(body.client) {
            tracing::warn!(terminal = %self.terminal, "an application of somebody else");
            return Ok(());
        }
        let Some(found) = self.gateway.unfinished(body.client)? else { return Ok(()) };
        if !body.go_on {
            let key = body.client.to_string();
            self.changes.push(store::remove_at(Collection::Unfinished, &key, found.revision));
            return Ok(());
        }
        let Some(pack) = self.gateway.rule_pack(self.now)? else { return Ok(()) };
        if let Some(stands) = self.gateway.what_stands(&found.value, &pack, self.now)? {
            self.session.prepared = stands.prepared;
        }
        Ok(())
    }
}

fn wish_of(said: &ApplicationSubmitted) -> Wish {
    Wish {
        application: said.application,
        product: said.product.clone(),
        principal: said.principal_tiyn,
        term: said.term,
    }
}
