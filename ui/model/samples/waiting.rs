//! A microcredit that waits, stage by stage.

use senim_domain::calendar::local_date;
use senim_domain::loan::{Method, Schedule, Term};
use senim_domain::quote::quote;
use senim_domain::{ClientId, Language, LoanId, MessageId, Tiyn, UtcMillis};
use senim_operation::message::{OfferDraft, WaitingLoan};
use senim_session::Session;
use senim_session::state::{Basis, ChosenTerms, Client, Offer, Wish};
use senim_session::waiting::{Confirmation, Waiting};

use super::{NOON, operation, secret, stamp};
use crate::screen::Screen;
use crate::view::waiting;

/// Sum of the samples, tenge; what the law lets wait.
const TENGE: u64 = 400_000;
const DAY_MS: i64 = 86_400_000;

pub(super) fn all(session: &Session, language: Language) -> Vec<(String, Screen)> {
    stages(session)
        .into_iter()
        .map(|(name, stage)| {
            (format!("waiting-{name}"), waiting::screen(session, &stage, &stamp(), language))
        })
        .collect()
}

fn loan(concluded: i64) -> WaitingLoan {
    WaitingLoan {
        loan: LoanId(operation().0),
        principal_tiyn: Tiyn::from_tenge(TENGE).unwrap_or(Tiyn::ZERO),
        concluded: UtcMillis(concluded),
        rests_until: Some(UtcMillis(concluded.saturating_add(DAY_MS))),
        way: None,
        target: None,
    }
}

fn client() -> Client {
    Client {
        id: ClientId(operation().0),
        greeting: secret("Айгүл Серікқызы"),
        products: vec!["large".to_owned()],
        last_login: None,
    }
}

fn stages(session: &Session) -> Vec<(&'static str, Waiting)> {
    let resting = || loan(NOON.0.saturating_sub(DAY_MS / 2));
    let rested = || loan(NOON.0.saturating_sub(DAY_MS));
    let asked = operation();
    let mut stages = vec![
        ("resting", Waiting::Shown { client: client(), loan: resting() }),
        ("rested", Waiting::Shown { client: client(), loan: rested() }),
        ("asking", Waiting::Asking { asked, client: client(), loan: rested() }),
        ("sure", Waiting::Sure { client: client(), loan: rested() }),
        ("cancelling", Waiting::Cancelling { asked, loan: rested() }),
    ];
    stages.extend(terms(session, rested()).map(|terms| ("terms", Waiting::Terms(Box::new(terms)))));
    stages
}

fn terms(session: &Session, loan: WaitingLoan) -> Option<ChosenTerms> {
    let pack = session.facts().rule_pack.as_deref()?;
    let product = pack.product("large")?;
    let (term, method) = (Term::Months(12), Method::Annuity);
    let issued = local_date(NOON)?;
    let terms = product.terms(&pack.calendar, loan.principal_tiyn, term, method, issued);
    let quoted = quote(&terms, &pack.limits(product, issued)).ok()?;
    let schedule =
        Schedule { method, issued, principal_tiyn: loan.principal_tiyn, instalments: quoted.schedule };
    let draft = OfferDraft { schedule, gesv_e8: quoted.gesv_exact.units() };
    let offer = Offer {
        client: client(),
        wish: Wish { principal: loan.principal_tiyn, term },
        loan: loan.loan,
        drafts: vec![draft],
        expires: NOON,
        sha256: String::new(),
        way: None,
    };
    let confirmation = Confirmation { loan, offer: MessageId(operation().0), part: 1 };
    Some(ChosenTerms { offer, method, basis: Basis::Confirmation(confirmation) })
}

/// The offer of the samples.
pub(super) fn offer(session: &Session) -> Option<Offer> {
    terms(session, loan(NOON.0.saturating_sub(DAY_MS))).map(|terms| terms.offer)
}
