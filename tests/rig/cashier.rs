//! What cash office and cash officers do beside the terminal's screen.

use senim_domain::ids::reference;
use senim_emulators::control::Controlled;
use senim_gateway_core::directives::Order;
use senim_journeys::scene::Stop;
use serde_json::json;

use crate::mfo::staff;
use crate::world::World;

/// How long an order may be on its way, ms.
const ON_ITS_WAY_MS: u64 = 600_000;

/// Has the MFO sign this order (JSON), and waits until the terminal has it; gives its number, without the hyphen.
pub(crate) fn order(world: &mut World, order: &str) -> Result<String, Stop> {
    let wrong = |error: &dyn std::fmt::Display| Stop(error.to_string());
    let order: Order = serde_json::from_str(order).map_err(|error| wrong(&error))?;
    let (id, _) = world
        .mfo
        .gateway
        .order(&world.terminal, &order, &staff(), world.utc())
        .map_err(|error| wrong(&error))?;
    let came =
        world.run_until(ON_ITS_WAY_MS, |world| world.kernel().session().facts().orders.contains_key(&id));
    if came { Ok(reference(&id).replace('-', "")) } else { Err(Stop("the order does not come".to_owned())) }
}

/// So many notes lie in a cassette from now on.
pub(crate) fn refill(world: &mut World, unit: u8, notes: u32) -> Result<(), Stop> {
    let now = world.now;
    let patch = json!({ "cassettes": [{ "unit": unit, "notes": notes }] });
    world.dispenser.patch(&patch, now).map_err(|error| Stop(error.to_string()))
}

/// Whatever lies in the transport path is put into the reject tray by hand.
pub(crate) fn clear_path(world: &mut World) -> Result<(), Stop> {
    let now = world.now;
    world.dispenser.patch(&json!({ "clear_path": true }), now).map_err(|error| Stop(error.to_string()))
}
