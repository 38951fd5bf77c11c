//! What a microcredit is for: asked only of whoever may borrow for a business and for themselves. An individual entrepreneur
//! signs what they borrow for themselves, and need not sign what serves the business: what they choose decides
//! which products are open to them, and the MFO decides what has to be signed.

use senim_domain::rule_pack::{Product, Purpose};
use senim_domain::time::Stamp;

use super::{Session, Step};
use crate::action::Decision;
use crate::state::{Client, State};

/// In the order of the screen.
const PURPOSES: [Purpose; 2] = [Purpose::Consumer, Purpose::Business];

impl Session {
    /// What the client may borrow for, each with whether such a loan can be paid out now.
    #[must_use]
    pub fn purposes(&self, client: &Client, now: &Stamp) -> Vec<(Purpose, bool)> {
        let open = |purpose| {
            let mut products = self.open_for(client, purpose, now).peekable();
            products.peek()?;
            Some((purpose, products.any(|product| !self.sums(product, now).is_empty())))
        };
        PURPOSES.into_iter().filter_map(open).collect()
    }

    fn open_for<'a>(
        &'a self,
        client: &'a Client,
        purpose: Purpose,
        now: &Stamp,
    ) -> impl Iterator<Item = &'a Product> {
        let products = self.facts.pack(now.utc).into_iter().flat_map(|pack| &pack.products);
        products.filter(move |product| product.purpose == purpose && client.products.contains(&product.id))
    }

    /// Somebody who is logged in wants to borrow.
    pub(super) fn begin_application(&mut self, step: &mut Step<'_>, client: Client) {
        let asks = self.purposes(&client, &step.now).len() > 1;
        let next = if asks { State::Purpose { client } } else { State::Amount { client } };
        self.enter(step, next);
    }

    pub(super) fn choose_purpose(&mut self, step: &mut Step<'_>, decision: &Decision) {
        let (State::Purpose { client }, Decision::Choose(place)) = (&self.state, decision) else { return };
        let Some((purpose, true)) = self.purposes(client, &step.now).get(*place).copied() else { return };
        let products: Vec<String> =
            self.open_for(client, purpose, &step.now).map(|product| product.id.clone()).collect();
        let State::Purpose { client } = self.take() else { return };
        self.enter(step, State::Amount { client: Client { products, ..client } });
    }
}
