//! Sends requests of scenarios and gathers what differs.

use std::time::Duration;

use serde_json::Value;

use super::contract::Contract;
use super::{Played, Subjects};
use crate::connectors::soap;

/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// One service under scenarios.
pub(super) struct Probe<'a> {
    service: &'static str,
    base: &'a str,
    agent: ureq::Agent,
    contract: Contract,
    played: Vec<Played>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(service: &'static str, url: &'a str, timeout: Duration, contract: Contract) -> Self {
        let agent = ureq::AgentBuilder::new().timeout_connect(timeout).timeout(timeout).redirects(0).build();
        Self { service, base: url.trim_end_matches('/'), agent, contract, played: Vec::new() }
    }

    pub(super) fn played(self) -> Vec<Played> {
        self.played
    }

    /// Begins a scenario.
    pub(super) fn scenario(&mut self, scenario: &'static str) {
        self.played.push(Played { service: self.service, scenario, requests: 0, findings: Vec::new() });
    }

    pub(super) fn finding(&mut self, text: String) {
        if let Some(current) = self.played.last_mut() {
            current.findings.push(text);
        }
    }

    fn sent(&mut self) {
        if let Some(current) = self.played.last_mut() {
            current.requests = current.requests.saturating_add(1);
        }
    }

    /// A rule of the scenario that has to hold.
    pub(super) fn holds(&mut self, rule: bool, otherwise: &str) {
        if !rule {
            self.finding(otherwise.to_owned());
        }
    }

    /// A request whose status must be one of these and whose answer must fit the published form. An operation that the
    /// service does not offer (404, `not_offered`) is no finding. Gives the answer; null where there is none.
    pub(super) fn call(&mut self, method: &str, path: &str, body: Option<&Value>, expected: &[u16]) -> Value {
        self.raw(method, path, body.map(ToString::to_string), expected)
    }

    /// The same with a body of any form.
    pub(super) fn raw(&mut self, method: &str, path: &str, body: Option<String>, expected: &[u16]) -> Value {
        let template = self.contract.template(method, path).unwrap_or("an unpublished path").to_owned();
        let what = format!("{method} {template}");
        self.sent();
        let request = self.agent.request(method, &format!("{}{path}", self.base));
        let answer = match body {
            Some(body) => request.set("content-type", "application/json").send_string(&body),
            None => request.call(),
        };
        let Some((status, text)) = self.answer(&what, answer) else { return Value::Null };
        let Ok(answer) = serde_json::from_str::<Value>(&text) else {
            self.finding(format!("{what}: the answer is not JSON (status {status})"));
            return Value::Null;
        };
        if status == 404 && answer.get("code").and_then(Value::as_str) == Some("not_offered") {
            return Value::Null;
        }
        if !expected.contains(&status) {
            self.finding(format!("{what}: status {status} where {expected:?} is expected"));
        }
        if let Some(difference) = self.contract.judge(method, &template, status, &answer) {
            self.finding(format!("{what}: {difference}"));
        }
        answer
    }

    /// A request that takes bytes of a form and is answered in some, with status 200. `None`: it is not.
    pub(super) fn binary(
        &mut self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Option<Vec<u8>> {
        use std::io::Read as _;
        let what = format!("{method} {path}");
        self.sent();
        let request = self.agent.request(method, &format!("{}{path}", self.base));
        let answer = match body {
            [] => request.call(),
            body => request.set("content-type", content_type).send_bytes(body),
        };
        let response = self.response(&what, answer)?;
        let status = response.status();
        let mut bytes = Vec::new();
        if status != 200 {
            self.finding(format!("{what}: status {status} where 200 is expected"));
        } else if response.into_reader().take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).is_err() {
            self.finding(format!("{what}: the answer broke off or took too long"));
        } else {
            return Some(bytes);
        }
        None
    }

    fn response(
        &mut self,
        what: &str,
        answer: Result<ureq::Response, ureq::Error>,
    ) -> Option<ureq::Response> {
        match answer {
            Ok(response) | Err(ureq::Error::Status(_, response)) => Some(response),
            Err(ureq::Error::Transport(transport)) => {
                self.finding(format!("{what}: no answer ({})", transport.kind()));
                None
            }
        }
    }

    fn answer(&mut self, what: &str, answer: Result<ureq::Response, ureq::Error>) -> Option<(u16, String)> {
        use std::io::Read as _;
        let response = self.response(what, answer)?;
        let status = response.status();
        let mut text = String::new();
        if response.into_reader().take(ANSWER_BYTES_MAX).read_to_string(&mut text).is_err() {
            self.finding(format!("{what}: the answer broke off, took too long or is not text"));
            return None;
        }
        Some((status, text))
    }

    /// A malformed request is refused by a code.
    pub(super) fn refuses_nonsense(&mut self, path: &str) {
        self.scenario("a request that is no JSON is refused by a code");
        self.raw("POST", path, Some("{\"".to_owned()), &[400]);
    }

    /// A SOAP operation. Gives the name of the element that came and its children as properties.
    pub(super) fn soap(
        &mut self,
        who: &Subjects,
        operation: &str,
        fields: &[(&str, &str)],
    ) -> (String, Value) {
        use base64::Engine as _;
        let pair = format!("{}:{}", who.login, who.password);
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        let header =
            [("authenticationToken", who.authentication_token.as_str()), ("companyBin", who.bin.as_str())];
        self.sent();
        let request = self
            .agent
            .post(&format!("{}/gbdServices/PersonalDataAccessControlImplService", self.base))
            .set("content-type", "text/xml; charset=utf-8")
            .set("authorization", &format!("Basic {basic}"));
        let answer = request.send_string(&soap::write(&header, operation, fields));
        let nothing = (String::new(), Value::Null);
        let Some((status, text)) = self.answer(operation, answer) else { return nothing };
        let Some((name, value)) = soap::as_json(&text) else {
            self.finding(format!("{operation}: the answer is no SOAP envelope (status {status})"));
            return nothing;
        };
        let right = if name == "Fault" { status == 500 } else { status == 200 };
        self.holds(right, &format!("{operation}: status {status} with {name}"));
        if name != "Fault" && name != format!("{operation}Response") {
            self.finding(format!("{operation}: the answer is to another operation"));
        } else if let Some(difference) = self.contract.judge_named(&name, &value) {
            self.finding(format!("{operation}: {difference}"));
        }
        (name, value)
    }

    /// A SOAP operation that has to be refused by this code.
    pub(super) fn soap_refuses(
        &mut self,
        who: &Subjects,
        operation: &str,
        fields: &[(&str, &str)],
        code: &str,
    ) {
        let (name, value) = self.soap(who, operation, fields);
        let said = value.get("faultstring").and_then(Value::as_str);
        self.holds(
            name == "Fault" && said == Some(code),
            &format!("{operation}: a Fault with {code} is expected"),
        );
    }
}
