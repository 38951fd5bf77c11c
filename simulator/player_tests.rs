//! The player at a scripted terminal: a control that answers as the firmware's does, without a firmware.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tiny_http::{Method, Response, Server};

use crate::clients::{FirmwareClient, WorldClient};
use crate::error::Trouble;
use crate::folders::Folders;
use crate::player::Player;

/// A terminal that shows one screen after the other: each tap on its awaited element goes on.
struct Script {
    screens: VecDeque<(Value, &'static str)>,
    taps: Vec<String>,
    /// Looks until the screen stands still.
    unrest: u32,
}

struct Fake {
    script: Arc<Mutex<Script>>,
    server: Arc<Server>,
    address: String,
    thread: Option<std::thread::JoinHandle<()>>,
    dir: tempfile::TempDir,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn button(id: &str, enabled: bool) -> Value {
    json!({ "id": id, "label": id, "role": "button", "x": 0, "y": 0, "width": 90, "height": 90, "enabled": enabled,
            "covered": false })
}

fn screen(name: &str, detail: &str, elements: Vec<Value>) -> Value {
    json!({ "screen": name, "detail": detail, "language": "ru", "still_there": false, "elements": elements,
            "settled": true, "frame": 1 })
}

impl Fake {
    fn showing(screens: Vec<(Value, &'static str)>, unrest: u32) -> Self {
        let script = Arc::new(Mutex::new(Script { screens: screens.into(), taps: Vec::new(), unrest }));
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let address = server.server_addr().to_ip().unwrap().to_string();
        let (incoming, played) = (Arc::clone(&server), Arc::clone(&script));
        let thread = std::thread::spawn(move || {
            for mut request in incoming.incoming_requests() {
                let mut body = String::new();
                request.as_reader().read_to_string(&mut body).unwrap();
                let (status, answer) = played.lock().unwrap().answer(request.method(), request.url(), &body);
                let _ = request.respond(Response::from_data(answer).with_status_code(status));
            }
        });
        Self { script, server, address, thread: Some(thread), dir: tempfile::tempdir().unwrap() }
    }

    fn player(&self) -> Player {
        let folders = Folders::make(&self.dir.path().join("out")).unwrap();
        Player::new(FirmwareClient::at(&self.address), WorldClient::at(&self.address), "ru", &folders)
    }

    fn taps(&self) -> Vec<String> {
        self.script.lock().unwrap().taps.clone()
    }
}

impl Script {
    fn answer(&mut self, method: &Method, url: &str, body: &str) -> (u16, Vec<u8>) {
        let (mut shown, awaited) = self.screens.front().cloned().unwrap();
        match (method, url.split('?').next().unwrap()) {
            (Method::Get, "/screen") => {
                if self.unrest > 0 {
                    self.unrest -= 1;
                    shown["settled"] = json!(false);
                }
                (200, shown.to_string().into_bytes())
            }
            (Method::Get, "/frame.png") => (200, shown["screen"].to_string().into_bytes()),
            (Method::Get, "/sms/inbox") => {
                let sms = json!({ "message_id": "m", "to": "+7701", "text": "Код 482913, 120 с", "purpose": "login_code" });
                (200, json!({ "messages": [sms] }).to_string().into_bytes())
            }
            (Method::Delete, "/sms/inbox") => (204, Vec::new()),
            (Method::Post, "/tap") => {
                let id = serde_json::from_str::<Value>(body).unwrap()["id"].as_str().unwrap().to_owned();
                let found =
                    shown["elements"].as_array().unwrap().iter().find(|e| e["id"] == id.as_str()).cloned();
                if found.is_none_or(|element| element["enabled"] != true) {
                    return (409, br#"{"error":"disabled"}"#.to_vec());
                }
                if id == awaited {
                    self.screens.pop_front();
                }
                self.taps.push(id);
                (200, b"{}".to_vec())
            }
            (_, path) => (404, path.as_bytes().to_vec()),
        }
    }
}

#[test]
fn a_visit_begins_in_the_players_language_and_every_screen_is_kept_as_a_picture_once() {
    let fake = Fake::showing(
        vec![
            (screen("Welcome", "", vec![button("language-ru", true)]), "language-ru"),
            (screen("EnterIin", "", vec![button("digit-9", true)]), "-"),
        ],
        3,
    );
    let mut player = fake.player();
    player.begin().unwrap();
    player.type_digits("99").unwrap();
    let names: Vec<_> = player.steps().iter().map(|step| step.png.clone()).collect();
    assert_eq!(names, ["01-Welcome.png", "02-EnterIin.png"]);
    assert_eq!(std::fs::read(fake.dir.path().join("out/02-EnterIin.png")).unwrap(), b"\"EnterIin\"");
    assert_eq!(fake.taps(), ["language-ru", "digit-9", "digit-9"]);
}

#[test]
fn a_screen_that_ends_the_visit_unexpectedly_is_told_at_once() {
    let fake = Fake::showing(vec![(screen("End", "NotApproved", vec![]), "-")], 0);
    let error = fake.player().expect_screen("Schedules").unwrap_err();
    assert!(matches!(error, Trouble::Finding(_)));
    let text = error.to_string();
    assert!(text.contains("Schedules") && text.contains("NotApproved"), "{text}");
}

#[test]
fn an_awaited_end_is_left_through_its_button() {
    let fake = Fake::showing(
        vec![
            (screen("End", "TooManyCodes", vec![button("primary", true)]), "primary"),
            (screen("Welcome", "", vec![]), "-"),
        ],
        0,
    );
    fake.player().expect_end("TooManyCodes").unwrap();
    assert_eq!(fake.taps(), ["primary"]);
}

#[test]
fn the_code_is_read_from_the_newest_message_of_the_phone() {
    let fake = Fake::showing(vec![(screen("EnterCode", "", vec![]), "-")], 0);
    assert_eq!(fake.player().read_code("+7701").unwrap(), "482913");
}
