//! A headless Chromium that is clicked and typed into as a person does, over the DevTools protocol.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Longest wait for anything to appear: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Browser {
    child: Child,
    line: WebSocket<TcpStream>,
    number: u64,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// `None`: there is no Chromium on this machine.
    pub fn start() -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new("chromium")
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"])
            .args(["--no-first-run", "--disable-background-networking", "--window-size=1280,1000"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let file = profile.path().join("DevToolsActivePort");
        let port = until(|| std::fs::read_to_string(&file).ok()?.lines().next()?.parse::<u16>().ok());
        let page = until(|| {
            let list = ureq::get(&format!("http://127.0.0.1:{port}/json/list")).call().ok()?;
            let pages: Value = list.into_json().ok()?;
            let page = pages.as_array()?.iter().find(|page| page["type"] == "page")?;
            page["webSocketDebuggerUrl"].as_str().map(str::to_owned)
        });
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (line, _) = tungstenite::client(page, stream).unwrap();
        let mut browser = Self { child, line, number: 0, _profile: profile };
        browser.ask("Page.enable", json!({}));
        Some(browser)
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn answer(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let text = json!({"id": self.number, "method": method, "params": params}).to_string();
        self.line.send(Message::text(text)).unwrap();
        loop {
            let Message::Text(text) = self.line.read().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.number {
                return answer;
            }
        }
    }

    /// What the page says to an expression; null too when the page was left while it was asked, which the browser answers with an
    /// error: whoever looks, looks again.
    fn look(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true});
        self.answer("Runtime.evaluate", params)["result"]["result"]["value"].clone()
    }

    pub fn open(&mut self, address: &str) {
        self.ask("Page.navigate", json!({"url": address}));
    }

    /// Waits until the page shows these words.
    pub fn sees(&mut self, words: &str) {
        let expression = format!(
            "document.readyState === 'complete' && document.body.innerText.includes({})",
            json!(words)
        );
        let began = Instant::now();
        while self.look(&expression) != true {
            if began.elapsed() > PATIENCE {
                let text = self.look("document.body.innerText");
                panic!("no {words:?} on the page: {text}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Presses the mouse in the middle of an element.
    pub fn click(&mut self, selector: &str) {
        let expression = format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return null; e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        );
        let began = Instant::now();
        // A page that is just being left or built has it not yet.
        let (x, y) = loop {
            let at = self.look(&expression);
            if let (Some(x), Some(y)) = (at[0].as_f64(), at[1].as_f64()) {
                break (x, y);
            }
            assert!(began.elapsed() < PATIENCE, "no {selector} to click");
            std::thread::sleep(Duration::from_millis(30));
        };
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", params);
        }
    }

    /// Clicks into a field, empties it, and types.
    pub fn type_into(&mut self, selector: &str, text: &str) {
        self.click(selector);
        self.look(&format!("document.querySelector({}).select()", json!(selector)));
        self.ask("Input.insertText", json!({"text": text}));
    }

    /// Sets a day in a field for days: it takes no text, and a click may open a calendar that nobody closes.
    pub fn pick_day(&mut self, selector: &str, day: &str) {
        self.look(&format!("document.querySelector({}).value = {}", json!(selector), json!(day)));
    }

    /// Chooses a file in a field for files.
    pub fn attach(&mut self, selector: &str, file: &Path) {
        let root = self.ask("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let field = self.ask("DOM.querySelector", json!({"nodeId": root, "selector": selector}));
        let files = json!({"nodeId": field["nodeId"], "files": [file.display().to_string()]});
        self.ask("DOM.setFileInputFiles", files);
    }

    /// Keeps a picture of the whole page where the environment asks for one.
    pub fn picture(&mut self, name: &str) {
        let Ok(dir) = std::env::var("SENIM_SCREENSHOTS") else { return };
        let shot = self.ask("Page.captureScreenshot", json!({"captureBeyondViewport": true}));
        let png = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::write(Path::new(&dir).join(format!("{name}.png")), png).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until<T>(mut there: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "the browser did not start");
        std::thread::sleep(Duration::from_millis(30));
    }
}
