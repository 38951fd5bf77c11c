//! An application of an earlier visit is gone on with, here or at another terminal than it was begun, or begun anew.

use senim_operation::body::UnfinishedDecided;
use senim_operation::message::{UnfinishedApplication, UnfinishedWish};

use super::preparation::{CONSENTS, TEXTS};
use super::{Said, Session, Step};
use crate::action::Decision;
use crate::state::{Client, State, Wish};

impl Session {
    pub(super) fn offer_to_go_on(
        &mut self,
        step: &Step<'_>,
        client: Client,
        found: Box<UnfinishedApplication>,
    ) {
        self.enter(step, State::Unfinished { client, found });
    }

    /// Go on, or begin anew.
    pub(super) fn decide_unfinished(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let (Decision::Choose(place @ (0 | 1)), State::Unfinished { client, found }) =
            (decision, &self.state)
        else {
            return;
        };
        let (client, found, go_on) = (client.clone(), found.clone(), *place == 0);
        self.record(step, UnfinishedDecided { client: client.id, go_on });
        if !go_on {
            return self.begin_application(step, client);
        }
        if let Some(visit) = &mut self.visit {
            visit.said = Said {
                consents: CONSENTS.map(|kind| found.consents.contains(&kind)),
                answered: found.answered,
                read: TEXTS.map(|text| found.read.contains(&text)),
            };
        }
        self.resumed_choice = found.chosen.zip(found.draft_sha256.clone());
        // What it was for is what its product is for; what this terminal cannot pay out today is chosen anew.
        match found.wish {
            Some(wish) if self.can_pay(step, &client, &wish) => {
                let client = Client { products: vec![wish.product], ..client };
                let (application, wish) =
                    (wish.application, Wish { principal: wish.principal_tiyn, term: wish.term });
                self.resume(step, client, wish, application);
            }
            Some(_) | None => self.begin_application(step, client),
        }
    }

    fn can_pay(&self, step: &Step<'_>, client: &Client, wish: &UnfinishedWish) -> bool {
        let product = self.facts.pack(step.now.utc).and_then(|pack| pack.product(&wish.product));
        client.products.contains(&wish.product)
            && product.is_some_and(|product| self.sums(product, &step.now).contains(&wish.principal_tiyn))
    }
}
