//! What a draft would have changed: recorded applications, judged by the pack in force and by the draft.
//!
//! Judged is what the pack alone decides: product, sum, term, way of payout and statutory limits of cost. What was found out
//! about the person (age, bureau, screening) is not asked again, so it counts for neither side.

use std::collections::BTreeMap;

use jiff::civil::Date;
use senim_domain::loan::Term;
use senim_domain::quote::quote;
use senim_domain::rule_pack::RulePack;
use senim_domain::{TerminalId, Tiyn, UtcMillis, calendar};
use senim_operation::{Body, Row};

use crate::Gateway;
use crate::error::GatewayError;
use crate::store::{self, Collection};

/// Rows that are looked at in all, the newest of each terminal.
const MOST_ROWS: u64 = 20_000;
/// Rows of one terminal at most, so that one does not speak for all.
const MOST_ROWS_EACH: u64 = 2000;
/// Terminals read at once.
const TERMINALS: usize = 100;
/// Kind of the rows.
const APPLICATION: &str = "ApplicationSubmitted";

/// Why a pack offers nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// There is no pack in force.
    NoPack,
    /// It has no such product.
    Product,
    /// No way of payout that is notified and worked with.
    PayoutWay,
    /// The product does not have this sum.
    Amount,
    /// The product does not have this term.
    Term,
    /// More than is paid out at all.
    PayoutLimit,
    /// Past the statutory limits of cost.
    Caps,
}

/// One pack over all applications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// So many are offered.
    pub offered: u64,
    /// The others, by what speaks against them.
    pub refused: BTreeMap<Ground, u64>,
}

/// Both packs over the recorded applications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DryRun {
    /// So many applications.
    pub applications: u64,
    /// The oldest and the newest of them.
    pub span: Option<(UtcMillis, UtcMillis)>,
    /// Whether there are more that were not looked at.
    pub more: bool,
    /// By the pack in force.
    pub before: Tally,
    /// By the draft.
    pub after: Tally,
    /// Refused before, offered by the draft.
    pub newly_offered: u64,
    /// Offered before, refused by the draft.
    pub newly_refused: u64,
    /// Offered by both, costing less by the draft in the cheapest method.
    pub cheaper: u64,
    /// Offered by both, costing more.
    pub dearer: u64,
}

/// What was asked for.
struct Wish<'a> {
    product: &'a str,
    principal: Tiyn,
    term: Term,
    day: Date,
}

/// What is paid back in all by the cheapest method.
fn judge(pack: &RulePack, wish: &Wish<'_>) -> Result<u64, Ground> {
    let product = pack.product(wish.product).ok_or(Ground::Product)?;
    let holds = |holds: bool, ground| if holds { Ok(()) } else { Err(ground) };
    holds(!pack.payout_methods(product).is_empty(), Ground::PayoutWay)?;
    holds(product.offers_amount(wish.principal), Ground::Amount)?;
    holds(product.offers_term(wish.term), Ground::Term)?;
    holds(wish.principal <= pack.payout.max_amount_tiyn, Ground::PayoutLimit)?;
    let mut cheapest: Option<u64> = None;
    for method in &product.methods {
        let terms = product.terms(&pack.calendar, wish.principal, wish.term, *method, wish.day);
        let quoted = quote(&terms, &pack.limits(product, wish.day)).map_err(|_| Ground::Caps)?;
        holds(quoted.caps.within, Ground::Caps)?;
        let total = quoted.schedule.iter().map(|one| one.total_tiyn.tiyn()).fold(0, u64::saturating_add);
        cheapest = Some(cheapest.map_or(total, |other| other.min(total)));
    }
    cheapest.ok_or(Ground::Caps)
}

impl Tally {
    fn count(&mut self, judged: Result<u64, Ground>) {
        match judged {
            Ok(_) => self.offered = self.offered.saturating_add(1),
            Err(ground) => {
                let count = self.refused.entry(ground).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
}

impl DryRun {
    fn count(&mut self, old: Option<&RulePack>, new: &RulePack, wish: &Wish<'_>, at: UtcMillis) {
        let before = old.ok_or(Ground::NoPack).and_then(|pack| judge(pack, wish));
        let after = judge(new, wish);
        let more = |count: &mut u64| *count = count.saturating_add(1);
        more(&mut self.applications);
        self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        self.before.count(before);
        self.after.count(after);
        match (before, after) {
            (Err(_), Ok(_)) => more(&mut self.newly_offered),
            (Ok(_), Err(_)) => more(&mut self.newly_refused),
            (Ok(before), Ok(after)) if after < before => more(&mut self.cheaper),
            (Ok(before), Ok(after)) if after > before => more(&mut self.dearer),
            (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
        }
    }
}

impl Gateway {
    /// Judges the recorded applications, the newest rows of each terminal, by the pack in force and by this one.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn dry_run(&self, pack: &RulePack, now: UtcMillis) -> Result<DryRun, GatewayError> {
        let in_force = self.rule_pack(now)?;
        let (mut run, mut left, mut after) = (DryRun::default(), MOST_ROWS, String::new());
        loop {
            let terminals = self.store.documents_after(Collection::Terminal, &after, TERMINALS)?;
            let Some(last) = terminals.last() else { return Ok(run) };
            after.clone_from(&last.key);
            for document in &terminals {
                if left == 0 {
                    run.more = true;
                    return Ok(run);
                }
                let Ok(terminal) = document.key.parse::<TerminalId>() else { continue };
                let record: crate::TerminalRecord = store::parse(Collection::Terminal, document)?.value;
                let end = record.next_seq();
                let begin = end.saturating_sub(MOST_ROWS_EACH.min(left));
                run.more |= begin > 0;
                left = left.saturating_sub(end.saturating_sub(begin));
                let rows = usize::try_from(end.saturating_sub(begin)).unwrap_or(usize::MAX);
                for stored in self.store.rows(&terminal, begin, rows)? {
                    if stored.kind != APPLICATION {
                        continue;
                    }
                    let Ok(row) = Row::read(stored.compact) else { continue };
                    let Ok(Some(Body::ApplicationSubmitted(said))) = row.envelope.body() else { continue };
                    let Some(day) = calendar::local_date(row.envelope.at) else { continue };
                    let (principal, term) = (said.principal_tiyn, said.term);
                    let wish = Wish { product: &said.product, principal, term, day };
                    run.count(in_force.as_ref(), pack, &wish, row.envelope.at);
                }
            }
        }
    }
}
