//! What core lending and the lender's staff do beside the terminal: how a contract stands, other terms, letters, codes.

use senim_domain::loan::Term;
use senim_domain::rate::AnnualRate;
use senim_domain::supplement::{AmendedTerms, SupplementKind};
use senim_domain::{SupplementId, Tiyn, UtcMillis, calendar};
use senim_gateway_core::connectors::{ContractStanding, SupplementOffer};
use senim_gateway_core::enrolment::CODE_LIFE_SECONDS_MAX;
use senim_journeys::scene::{Stands, Stop};

use crate::mfo::staff;
use crate::world::World;

/// Interest for a time of suspension, tenge.
const GAP_TENGE: u64 = 120;

/// A decision from outside changes how the newest contract stands.
pub(crate) fn stands(world: &World, stands: Stands) -> Result<(), Stop> {
    let now = world.utc();
    world.mfo.services(|services| {
        let newest = services.bookings.last().map(|booking| booking.loan);
        let loan = newest.ok_or_else(|| Stop("there is no contract".to_owned()))?;
        match stands {
            Stands::Resumed => {
                let gap = Tiyn::from_tenge(GAP_TENGE).unwrap();
                services.resumed.insert(loan, (now, gap));
                services.standing.remove(&loan)
            }
            Stands::Suspended => {
                let ground = "article71".to_owned();
                services.standing.insert(loan, ContractStanding::Suspended { since: now, ground })
            }
            Stands::WrittenOff => services.standing.insert(loan, ContractStanding::WrittenOff { at: now }),
        };
        Ok(())
    })?;
    upkeep(world)
}

/// The lender's upkeep comes by.
pub(crate) fn upkeep(world: &World) -> Result<(), Stop> {
    let (gateway, now) = (&world.mfo.gateway, world.utc());
    let told = gateway.learn_notices(now).and_then(|_| gateway.flush_outbox(now));
    told.map(drop).map_err(|error| Stop(error.to_string()))
}

/// Core lending offers other terms for what is left of the newest contract.
pub(crate) fn offers(world: &World, restructuring: bool, percent: u32, months: u16) -> Result<(), Stop> {
    let now = world.utc();
    let begins = calendar::local_date(now).ok_or_else(|| Stop("there is no day".to_owned()))?;
    let behind = &world.mfo;
    let newest = behind.services(|services| services.bookings.last().cloned());
    let newest = newest.ok_or_else(|| Stop("there is no contract".to_owned()))?;
    let principal_tiyn = behind.services(|services| services.debt(newest.loan, "").principal_tiyn);
    behind.services(|services| {
        let number = services.supplements.len() + services.concluded.len() + services.declined.len() + 1;
        services.supplements.push(SupplementOffer {
            supplement: SupplementId(uuid::Uuid::from_u128(newest.loan.0.as_u128() ^ number as u128)),
            number: number.to_string(),
            loan: newest.loan,
            kind: if restructuring { SupplementKind::Restructuring } else { SupplementKind::Supplement },
            terms: AmendedTerms {
                principal_tiyn,
                annual_percent: AnnualRate::from_units(percent * 1_000).unwrap(),
                term: Term::Months(months),
                method: newest.method,
                begins,
                interest_tiyn: Tiyn::ZERO,
                penalty_tiyn: Tiyn::ZERO,
            },
            expires: UtcMillis(now.0 + 7 * 86_400_000),
        });
    });
    Ok(())
}

/// Staff give out a code that enrols the terminal.
pub(crate) fn enrolment_code(world: &World) -> Result<String, Stop> {
    let (gateway, now) = (&world.mfo.gateway, world.utc());
    let code = gateway.enrolment_code(&world.terminal, &staff(), CODE_LIFE_SECONDS_MAX, now);
    code.map(|(code, _)| code.expose().to_owned()).map_err(|error| Stop(error.to_string()))
}
