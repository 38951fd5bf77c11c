//! Loopback control of a headless window (rig): what is shown, pictures, pointer events, the clock.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /screen` | [`crate::elements::ScreenState`] |
//! | `GET /frame.png` | the last picture |
//! | `POST /pointer` `{x, y, kind}` | 204; `kind` is `press`, `release` or `move` |
//! | `POST /tap` `{id}` | the element; 409 where a person could not tap |
//! | `POST /echo` `{id}` | the same, and how long each picture took to answer: `{pressed_us, released_us}` |
//! | `POST /clock` `{offset_ms}` | 204; the callback given at start is called |
//! | `/rig/…` | what the program around the screen answers |
//!
//! Errors are `{"error": text}`: 400 for a bad body, 404 for an unknown path, 503 when the screen's thread is stuck.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tiny_http::{Header, Method, Request, Response, Server};

use crate::bind::{App, here};
use crate::elements::{self, Pointer};
use crate::error::UiError;
use crate::headless::Headless;

/// How long the thread of the screen may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest body that is read.
const BODY_MAX: u64 = 4096;

/// The control port; closes when dropped.
pub struct Control {
    server: Arc<Server>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointerBody {
    x: f32,
    y: f32,
    kind: Pointer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TapBody {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    offset_ms: i64,
}

struct Answer {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

impl Answer {
    fn json(status: u16, value: &impl serde::Serialize) -> Self {
        Self { status, kind: "application/json", body: serde_json::to_vec(value).unwrap_or_default() }
    }

    fn error(status: u16, text: &str) -> Self {
        Self::json(status, &serde_json::json!({ "error": text }))
    }

    fn done() -> Self {
        Self { status: 204, kind: "application/json", body: Vec::new() }
    }
}

impl Control {
    /// Listens at `address` (port 0: any) on a thread of its own; the thread of the screen must run
    /// [`Headless::run`]. `on_clock` is called on the control's thread with an offset in milliseconds.
    ///
    /// # Errors
    /// [`UiError::Control`], also for an address that is not loopback.
    pub fn start(address: SocketAddr, on_clock: impl Fn(i64) + Send + 'static) -> Result<Self, UiError> {
        Self::start_with(address, on_clock, |_, _, _| None)
    }

    /// As [`Control::start`], with requests of the program around the screen: `on_rig` is given method, path below
    /// `/rig/` and JSON body (`null` for none) and answers with status and JSON, or `None` for an unknown path.
    ///
    /// # Errors
    /// As [`Control::start`].
    pub fn start_with(
        address: SocketAddr,
        on_clock: impl Fn(i64) + Send + 'static,
        on_rig: impl Fn(&str, &str, Value) -> Option<(u16, Value)> + Send + 'static,
    ) -> Result<Self, UiError> {
        let failed = |why: String| UiError::Control { address, why };
        if !address.ip().is_loopback() {
            return Err(failed("only loopback addresses are allowed".to_owned()));
        }
        let server = Arc::new(Server::http(address).map_err(|error| failed(error.to_string()))?);
        let bound =
            server.server_addr().to_ip().ok_or_else(|| failed("no IP address was bound".to_owned()))?;
        let served = Arc::clone(&server);
        let thread = std::thread::Builder::new()
            .name("ui-control".to_owned())
            .spawn(move || {
                for mut request in served.incoming_requests() {
                    let answer = answer(&mut request, &on_clock, &on_rig);
                    respond(request, answer);
                }
            })
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { server, address: bound, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type OnRig<'a> = &'a dyn Fn(&str, &str, Value) -> Option<(u16, Value)>;

fn answer(request: &mut Request, on_clock: &dyn Fn(i64), on_rig: OnRig<'_>) -> Answer {
    let path = request.url().split('?').next().unwrap_or_default().to_owned();
    match (request.method().clone(), path.as_str()) {
        (Method::Get, "/screen") => {
            on_screen(|app, headless| Answer::json(200, &elements::screen(app, headless)))
        }
        (Method::Get, "/frame.png") => on_screen(|_, headless| {
            headless.refresh();
            match headless.png() {
                Ok(body) => Answer { status: 200, kind: "image/png", body },
                Err(error) => Answer::error(500, &error.to_string()),
            }
        }),
        (Method::Post, "/pointer") => with_body(request, |PointerBody { x, y, kind }| {
            on_screen(move |app, _| {
                elements::touch_panel(app, kind, x, y);
                Answer::done()
            })
        }),
        (Method::Post, "/tap") => with_body(request, |TapBody { id }| {
            on_screen(move |app, headless| {
                headless.refresh();
                match elements::tap(app, &id) {
                    Ok(element) => Answer::json(200, &element),
                    Err(error) => Answer::error(409, &error.to_string()),
                }
            })
        }),
        (Method::Post, "/echo") => with_body(request, |TapBody { id }| {
            let sent = now();
            on_screen(move |app, headless| echo(app, headless, &id, sent))
        }),
        (Method::Post, "/clock") => with_body(request, |ClockBody { offset_ms }| {
            on_clock(offset_ms);
            Answer::done()
        }),
        (method, path) if path.starts_with("/rig/") => {
            let path = path.trim_start_matches("/rig/").to_owned();
            let ask = |body| match on_rig(method.as_str(), &path, body) {
                Some((status, value)) => Answer::json(status, &value),
                None => Answer::error(404, "no such request of the rig"),
            };
            if method == Method::Get { ask(Value::Null) } else { with_body(request, ask) }
        }
        (_, _) => Answer::error(
            404,
            "GET /screen, GET /frame.png, POST /pointer, POST /tap, POST /echo, POST /clock",
        ),
    }
}

#[expect(clippy::disallowed_methods, reason = "the rig's port measures the screen from outside")]
fn now() -> Instant {
    Instant::now()
}

/// A finger on the element that was sent at that moment: how long its coming and its leaving were not to be seen.
fn echo(app: &App, headless: &Headless, id: &str, sent: Instant) -> Answer {
    let waited = now().saturating_duration_since(sent);
    // Finding the element is the rig's work and no person's.
    let place = match elements::touchable(app, id) {
        Ok(element) => element.centre(),
        Err(error) => return Answer::error(409, &error.to_string()),
    };
    let mut took = [0; 2];
    for ((kind, waited), took) in
        [(Pointer::Press, waited), (Pointer::Release, Duration::ZERO)].into_iter().zip(&mut took)
    {
        let (drawn, begun) = (headless.frame_number(), now());
        elements::pointer(app, kind, place.0, place.1);
        headless.refresh();
        if headless.frame_number() == drawn {
            return Answer::error(409, "the touch was not answered by a picture");
        }
        let passed = waited + now().saturating_duration_since(begun);
        *took = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
    }
    let [pressed_us, released_us] = took;
    Answer::json(200, &serde_json::json!({ "pressed_us": pressed_us, "released_us": released_us }))
}

fn with_body<B: DeserializeOwned>(request: &mut Request, act: impl FnOnce(B) -> Answer) -> Answer {
    let mut body = Vec::new();
    if let Err(error) = request.as_reader().take(BODY_MAX).read_to_end(&mut body) {
        return Answer::error(400, &error.to_string());
    }
    match serde_json::from_slice(&body) {
        Ok(body) => act(body),
        Err(error) => Answer::error(400, &error.to_string()),
    }
}

/// Does something on the thread of the screen and waits for its answer.
fn on_screen(act: impl FnOnce(&App, &Headless) -> Answer + Send + 'static) -> Answer {
    let (sender, receiver) = sync_channel(1);
    let sent = slint::invoke_from_event_loop(move || {
        let answer = match (here(), Headless::current()) {
            (Some(app), Some(headless)) => act(&app, &headless),
            (None, _) | (_, None) => Answer::error(503, "there is no screen"),
        };
        let _ = sender.send(answer);
    });
    match sent {
        Ok(()) => receiver
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| Answer::error(503, "the screen does not answer")),
        Err(_) => Answer::error(503, "there is no screen"),
    }
}

fn respond(request: Request, answer: Answer) {
    let mut response = Response::from_data(answer.body).with_status_code(answer.status);
    if let Ok(header) = Header::from_bytes("Content-Type", answer.kind) {
        response = response.with_header(header);
    }
    // A client that has gone away needs no answer.
    let _ = request.respond(response);
}
