//! What the MFO's staff do at the gateway of a stage, by its own commands.

use serde_json::{Map, Value, json};

use super::{ADDRESS, EXCHANGE, NOTIFIED, PLACE, STAFF, Stage};
use crate::config;
use crate::error::Trouble;
use crate::wait::{Look, until};

impl Stage {
    /// Has the gateway let the terminal work, or not.
    ///
    /// # Errors
    /// [`Trouble::Ended`].
    pub fn activate(&self, active: bool) -> Result<(), Trouble> {
        let config = self.folders.gateway_config().display().to_string();
        let terminal = self.options.terminal.as_str();
        let mut arguments =
            vec!["admin", "activate", "--config", &config, "--terminal", terminal, "--location", ADDRESS];
        let [latitude, longitude] = [PLACE.0, PLACE.1].map(|udeg| (f64::from(udeg) / 1e6).to_string());
        arguments.extend(["--latitude", &latitude, "--longitude", &longitude]);
        arguments.extend([NOTIFIED.0, NOTIFIED.1]);
        arguments.extend(STAFF);
        if !active {
            arguments.push("--inactive");
        }
        self.gateway_command(&arguments).map(drop)
    }

    /// Has staff hear that a client's card is lost.
    ///
    /// # Errors
    /// [`Trouble::Ended`].
    pub fn card_lost(&self, client: &str) -> Result<(), Trouble> {
        let config = self.folders.gateway_config().display().to_string();
        let lost = ["admin", "card-lost", "--config", &config, client];
        self.gateway_command(&[&lost[..], &STAFF].concat()).map(drop)
    }

    /// Has the gateway publish the stage's rules again, which want at least this firmware.
    ///
    /// # Errors
    /// [`Trouble::File`], [`Trouble::Answer`], [`Trouble::Ended`].
    pub fn want_firmware(&self, firmware: &str) -> Result<(), Trouble> {
        self.publish_changed(|rules| {
            rules.insert("minimum_firmware".to_owned(), json!(firmware));
        })
    }

    /// Has the gateway publish the stage's rules again, which name one more service card.
    ///
    /// # Errors
    /// [`Trouble::File`], [`Trouble::Answer`], [`Trouble::Ended`].
    pub fn employ(&self, card: &Value) -> Result<(), Trouble> {
        self.publish_changed(|rules| {
            let known = rules.get("staff").and_then(|staff| staff.get("cards")).and_then(Value::as_array);
            let mut cards = known.cloned().unwrap_or_default();
            cards.push(card.clone());
            let is_officer = |card: &&Value| card.get("role").and_then(Value::as_str) == Some("cashOfficer");
            let two = cards.iter().filter(is_officer).count() > 1;
            rules.insert("staff".to_owned(), json!({ "cards": cards, "two_persons_for_cash": two }));
        })
    }

    /// Has the gateway sign this order (JSON), and waits until the terminal has it; gives its number, without the hyphen.
    ///
    /// # Errors
    /// [`Trouble::File`], [`Trouble::Answer`], [`Trouble::Ended`]; [`Trouble::Deadline`] when it does not come.
    pub fn order_by_paper(&mut self, order: &str) -> Result<String, Trouble> {
        let paper = self.folders.work.join("cash-order.json");
        config::write(&paper, order.as_bytes())?;
        let (config, paper) =
            (self.folders.gateway_config().display().to_string(), paper.display().to_string());
        let terminal = self.options.terminal.as_str();
        let arguments = ["admin", "order", "--config", &config, "--terminal", terminal, "--file", &paper];
        let answer = self.gateway_command(&[&arguments[..], &STAFF].concat())?;
        let field = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let wrong =
            || Trouble::Answer { from: "senim-gateway admin order".to_owned(), why: answer.to_string() };
        let (id, number) = field("order").zip(field("number")).ok_or_else(wrong)?;
        let client = self.firmware()?;
        until("the signed cash order to reach the terminal", EXCHANGE, || {
            self.check()?;
            let status = client.status()?;
            Ok(if status.orders.contains(&id) {
                Look::There(())
            } else {
                Look::NotYet(format!("{:?}", status.orders))
            })
        })?;
        Ok(number.replace('-', ""))
    }

    /// The stage's rules with a change, as their next version.
    fn publish_changed(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), Trouble> {
        let published = self.folders.rules();
        let text = std::fs::read_to_string(&published).map_err(Trouble::file("read", &published))?;
        let wrong = |why: String| Trouble::Answer { from: published.display().to_string(), why };
        let mut rules: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let next = rules.get("version").and_then(Value::as_u64).map(|version| version.saturating_add(1));
        let fields = rules.as_object_mut().ok_or_else(|| wrong("it is no object".to_owned()))?;
        fields.insert("version".to_owned(), json!(next));
        change(fields);
        config::write(&published, rules.to_string().as_bytes())?;
        let (config, pack) = (self.folders.gateway_config(), published.display().to_string());
        let config = config.display().to_string();
        let arguments = [&["admin", "rule-pack", "--config", &config, &pack], &STAFF[..]].concat();
        self.gateway_command(&arguments).map(drop)
    }

    /// Has the gateway ask for applications to take consents back: their numbers.
    ///
    /// # Errors
    /// [`Trouble::Ended`], [`Trouble::Answer`].
    pub fn revocations(&self) -> Result<Vec<String>, Trouble> {
        let config = self.folders.gateway_config().display().to_string();
        let found = self.gateway_command(&["admin", "revocations", "--config", &config])?;
        let number = |case: &Value| case.get("application")?.as_str().map(str::to_owned);
        let numbers = found.get("revocations").and_then(Value::as_array);
        let numbers = numbers.and_then(|cases| cases.iter().map(number).collect());
        numbers
            .ok_or_else(|| Trouble::Answer { from: "admin revocations".to_owned(), why: found.to_string() })
    }

    /// Has staff decide on every application to take a consent back.
    ///
    /// # Errors
    /// As [`Stage::revocations`].
    pub fn decide_on_consents(&self, keep: bool) -> Result<(), Trouble> {
        let config = self.folders.gateway_config().display().to_string();
        let decision = if keep { "--keep" } else { "--revoke" };
        for number in self.revocations()? {
            let case = ["admin", "revocations", "--config", &config, "--application", &number, decision];
            self.gateway_command(&[&case[..], &STAFF].concat())?;
        }
        Ok(())
    }
}
