//! HTTP in front of the rack: addresses, methods, bodies and refusals. Every answer is one JSON document.
//!
//! `GET /devices`, `GET|PATCH /devices/{name}`, `PUT|DELETE /devices/{name}/faults/{fault}`, `GET /power`
//! and `GET /power/{name}` for the power latch of a dispenser. `GET /devices/{name}?after=V&wait_ms=T` answers for a device without
//! a line as soon as its `version` is another than `V`, at the latest after `T`.

use std::io::Read;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Header, Method, Request, Response};

use super::{Devices, RackError, Slot};
use crate::control::ControlError;

/// Longest body taken; a request that sets everything has less than a tenth of it.
const MAX_BODY_BYTES: u64 = 64 * 1024;
/// Longest wait for another state, ms.
const MAX_WAIT_MS: u64 = 60_000;

/// The listening control interface. Dropping it stops listening.
pub(super) struct Server {
    server: Arc<tiny_http::Server>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(address: impl ToSocketAddrs, devices: Arc<Devices>) -> Result<Self, RackError> {
        let listen = |error: &dyn std::fmt::Display| RackError::Listen(error.to_string());
        let server = tiny_http::Server::http(address).map_err(|error| listen(&error))?;
        let address = server.server_addr().to_ip().ok_or_else(|| listen(&"the address has no port"))?;
        let server = Arc::new(server);
        let incoming = Arc::clone(&server);
        let thread = std::thread::Builder::new()
            .name("emulator control".to_owned())
            .spawn(move || {
                for request in incoming.incoming_requests() {
                    match waits(request.url(), &devices) {
                        Some(wait) => wait.for_another_state(request),
                        None => answer(request, &devices),
                    }
                }
            })
            .map_err(|error| listen(&error))?;
        Ok(Self { server, address, thread: Some(thread) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A refusal: status code and what to say.
struct Refusal(u16, String);

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        let code = match error {
            ControlError::Unknown(_) => 404,
            ControlError::Invalid(_) => 400,
            ControlError::Failed(_) => 500,
        };
        Self(code, error.to_string())
    }
}

/// A request that waits for another state of a device.
struct Wait {
    slot: Arc<dyn Slot>,
    /// The version that is known.
    after: u64,
    longest: Duration,
}

impl Wait {
    /// Answers on a thread of its own: nobody else waits for whoever waits.
    fn for_another_state(self, request: Request) {
        let waiting = std::thread::Builder::new().name("emulator control waits".to_owned());
        let started = waiting.spawn(move || {
            self.slot.await_change(self.after, self.longest);
            respond(request, 200, &self.slot.state());
        });
        if let Err(error) = started {
            tracing::warn!(%error, "a control client cannot wait");
        }
    }
}

fn waits(address: &str, devices: &Devices) -> Option<Wait> {
    let (path, query) = address.split_once('?')?;
    let number = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value?.parse::<u64>().ok()
    };
    let (after, wait_ms) = (number("after")?, number("wait_ms")?.min(MAX_WAIT_MS));
    let slot = devices.slots.get(path.trim_matches('/').strip_prefix("devices/")?)?;
    Some(Wait { slot: Arc::clone(slot), after, longest: Duration::from_millis(wait_ms) })
}

fn answer(mut request: Request, devices: &Devices) {
    let (code, body) = match route(&mut request, devices) {
        Ok(body) => (200, body),
        Err(Refusal(code, message)) => (code, json!({ "error": message })),
    };
    respond(request, code, &body);
}

fn respond(request: Request, code: u16, body: &Value) {
    let mut response = Response::from_string(body.to_string()).with_status_code(code);
    if let Ok(header) = Header::from_bytes("Content-Type", "application/json") {
        response = response.with_header(header);
    }
    if let Err(error) = request.respond(response) {
        tracing::debug!(%error, "control client went away");
    }
}

fn route(request: &mut Request, devices: &Devices) -> Result<Value, Refusal> {
    let address = request.url().to_owned();
    let path = address.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (request.method().clone(), parts.as_slice()) {
        (Method::Get, ["devices"]) => Ok(list(devices)),
        (Method::Get, ["power"]) => Ok(power(devices)),
        (Method::Get, ["power", name]) => latch(devices, name),
        (Method::Get, ["devices", name]) => Ok(device(devices, name)?.state()),
        (Method::Patch, ["devices", name]) => {
            let slot = device(devices, name)?;
            slot.patch(&read_body(request)?)?;
            Ok(slot.state())
        }
        (Method::Put, ["devices", name, "faults", fault]) => {
            let slot = device(devices, name)?;
            slot.set_fault(fault, &read_body(request)?)?;
            Ok(slot.state())
        }
        (Method::Delete, ["devices", name, "faults", fault]) => {
            let slot = device(devices, name)?;
            slot.clear_fault(fault)?;
            Ok(slot.state())
        }
        (_, ["devices" | "power"] | ["devices" | "power", _] | ["devices", _, "faults", _]) => {
            Err(Refusal(405, format!("{} cannot be used on {path}", request.method())))
        }
        _ => Err(Refusal(404, format!("there is nothing at {path}; start at /devices"))),
    }
}

fn list(devices: &Devices) -> Value {
    let devices: Vec<Value> = devices
        .slots
        .iter()
        .map(|(name, slot)| {
            let state = slot.state();
            let field = |field: &str| state.get(field).cloned().unwrap_or(Value::Null);
            json!({
                "name": name,
                "model": field("model"),
                "path": field("path"),
                "plugged": field("plugged"),
                "power": field("power"),
            })
        })
        .collect();
    json!({ "devices": devices })
}

/// The dispenser's power latch, as a port of the terminal would read it from hardware.
fn power(devices: &Devices) -> Value {
    let latch = devices.dispenser.with(|dispenser, now_ms| {
        crate::machine::Machine::handle_timeout(dispenser, now_ms);
        dispenser.latch()
    });
    json!(latch)
}

/// The latch of any dispenser: it counts supplies lost, whatever the device behind it remembers.
fn latch(devices: &Devices, name: &str) -> Result<Value, Refusal> {
    let state = device(devices, name)?.state();
    match (state.get("losses"), state.get("power")) {
        (Some(losses), Some(powered)) => Ok(json!({ "losses": losses, "powered": powered })),
        _ => Err(Refusal(404, format!("{name} has no power latch; dispensers have one"))),
    }
}

fn device<'a>(devices: &'a Devices, name: &str) -> Result<&'a dyn Slot, Refusal> {
    devices.slots.get(name).map(AsRef::as_ref).ok_or_else(|| {
        let known: Vec<&str> = devices.slots.keys().copied().collect();
        Refusal(404, format!("unknown device {name}; there are: {}", known.join(", ")))
    })
}

/// The body as JSON; an empty one is `null`.
fn read_body(request: &mut Request) -> Result<Value, Refusal> {
    let mut text = String::new();
    request
        .as_reader()
        .take(MAX_BODY_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| Refusal(400, format!("the body cannot be read: {error}")))?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).map_err(|error| Refusal(400, format!("the body is not JSON: {error}")))
}
