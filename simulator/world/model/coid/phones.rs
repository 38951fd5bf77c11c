//! The check in the centre's own application on somebody's phone: decides how a code begins, is read once and ends, and what
//! comes of it.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::super::{Denial, Model};
use super::{Answer, Portrait};

/// What is asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Who should be before the phone.
    pub iin: String,
    /// How long the code should live.
    pub life_seconds: u32,
}

/// A code for the screen.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The check.
    pub check: Uuid,
    /// What the code holds.
    pub qr: String,
    /// When it ends, milliseconds.
    pub expires_ms: i64,
}

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No phone has answered.
    Waiting,
    /// It was done: there is a result.
    Done,
    /// The person declined on the phone.
    Declined,
    /// The code's time is over.
    Expired,
    /// It was given up.
    Canceled,
}

/// How a check stands, and its result.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Stands {
    /// The check.
    pub check: Uuid,
    /// How it stands.
    pub state: State,
    /// What was found, of one that is done.
    pub answer: Option<Answer>,
}

/// What a person does with the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Does what is asked.
    Confirms,
    /// Declines.
    Declines,
    /// Does not do what is asked: nobody living is shown.
    Fails,
}

impl Manner {
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "confirms" => Some(Self::Confirms),
            "declines" => Some(Self::Declines),
            "fails" => Some(Self::Fails),
            _ => None,
        }
    }
}

/// A check that was begun.
pub(crate) struct Begun {
    order: Order,
    offer: Offer,
    state: State,
    answer: Option<Answer>,
}

impl Model {
    /// Begins a check; the same again is the same code.
    ///
    /// # Errors
    /// `person_unknown`, `invalid_life`, `check_conflict`.
    pub fn begin_check(&mut self, check: Uuid, order: &Order) -> Result<Offer, Denial> {
        if let Some(begun) = self.coid.phones.get(&check) {
            let same = begun.order == *order;
            return if same { Ok(begun.offer.clone()) } else { Err(Denial::conflict("check_conflict")) };
        }
        self.by_iin(&order.iin)?;
        if !(30..=600).contains(&order.life_seconds) {
            return Err(Denial::invalid("invalid_life"));
        }
        let code = format!("{check}/{}/{}", self.coid.phones.len(), self.now());
        let code = ring::digest::digest(&ring::digest::SHA256, code.as_bytes());
        let code: String = code.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let offer = Offer {
            check,
            qr: format!("https://finid.test/c/{code}"),
            expires_ms: self.now().saturating_add(i64::from(order.life_seconds).saturating_mul(1000)),
        };
        let begun = Begun { order: order.clone(), offer: offer.clone(), state: State::Waiting, answer: None };
        self.coid.phones.insert(check, begun);
        Ok(offer)
    }

    /// How a check stands.
    ///
    /// # Errors
    /// `check_unknown`.
    pub fn phone_check(&mut self, check: Uuid) -> Result<Stands, Denial> {
        let now = self.now();
        let begun = self.coid.phones.get_mut(&check).ok_or(Denial::not_found("check_unknown"))?;
        if begun.state == State::Waiting && now >= begun.offer.expires_ms {
            begun.state = State::Expired;
        }
        Ok(Stands { check, state: begun.state, answer: begun.answer.clone() })
    }

    /// Gives a check up; one that is over stays as it is.
    ///
    /// # Errors
    /// `check_unknown`.
    pub fn cancel_check(&mut self, check: Uuid) -> Result<Stands, Denial> {
        let stands = self.phone_check(check)?;
        if let Some(begun) = self.coid.phones.get_mut(&check)
            && stands.state == State::Waiting
        {
            begun.state = State::Canceled;
        }
        self.phone_check(check)
    }

    /// Somebody points their phone at a code and does something. Who it is shows: the face before the phone is compared
    /// with the state's picture of whom the code is for.
    ///
    /// # Errors
    /// `person_unknown`, `manner_unknown`, and why the code gives nothing: `qr_unknown`, `qr_used`, `qr_expired`,
    /// `qr_cancelled`.
    pub fn confirm_on_phone(&mut self, iin: &str, qr: &str, manner: &str) -> Result<(), Denial> {
        let manner = Manner::named(manner).ok_or(Denial::invalid("manner_unknown"))?;
        self.by_iin(iin)?;
        let found = self.coid.phones.iter().find(|(_, begun)| begun.offer.qr == qr);
        let (check, whose) = found
            .map(|(check, begun)| (*check, begun.order.iin.clone()))
            .ok_or(Denial::not_found("qr_unknown"))?;
        match self.phone_check(check)?.state {
            State::Waiting => {}
            State::Done | State::Declined => return Err(Denial::conflict("qr_used")),
            State::Expired => return Err(Denial::conflict("qr_expired")),
            State::Canceled => return Err(Denial::conflict("qr_cancelled")),
        }
        let (state, answer) = match manner {
            Manner::Declines => (State::Declined, None),
            Manner::Confirms | Manner::Fails => {
                let own = iin == whose;
                let (portrait, score) =
                    if own { (Portrait::SamePerson, 930) } else { (Portrait::OtherPerson, 210) };
                let found = json!({
                    "kind": "phone", "living": manner == Manner::Confirms, "portrait": portrait,
                    "score_permille": score,
                });
                (State::Done, Some(self.result(check, &whose, found)?))
            }
        };
        if let Some(begun) = self.coid.phones.get_mut(&check) {
            (begun.state, begun.answer) = (state, answer);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{MAN, NOON, model};
    use super::super::tests::{CHECK, said};
    use super::*;

    const OTHER: &str = "911231400005";

    fn order() -> Order {
        Order { iin: MAN.to_owned(), life_seconds: 120 }
    }

    #[test]
    fn a_code_begins_once_and_one_phone_answers_it_once() {
        let mut model = model();
        let offer = model.begin_check(CHECK, &order()).unwrap();
        assert!(model.begin_check(CHECK, &order()).unwrap() == offer);
        let other = Order { life_seconds: 60, ..order() };
        assert_eq!(model.begin_check(CHECK, &other).err().unwrap().code, "check_conflict");
        assert_eq!(model.phone_check(CHECK).unwrap().state, State::Waiting);
        model.confirm_on_phone(MAN, &offer.qr, "confirms").unwrap();
        let stands = model.phone_check(CHECK).unwrap();
        let said = said(&stands.answer.unwrap());
        assert_eq!((&said["kind"], &said["living"]), (&json!("phone"), &json!(true)));
        assert_eq!(said["portrait"], "same_person");
        assert_eq!(model.confirm_on_phone(MAN, &offer.qr, "confirms").unwrap_err().code, "qr_used");
        assert_eq!(model.phone_check(Uuid::nil()).err().unwrap().code, "check_unknown");
    }

    #[test]
    fn another_person_and_nobody_living_show_in_the_result_and_who_declines_leaves_none() {
        for (iin, manner, living, portrait) in
            [(OTHER, "confirms", true, "other_person"), (MAN, "fails", false, "same_person")]
        {
            let mut model = model();
            let offer = model.begin_check(CHECK, &order()).unwrap();
            model.confirm_on_phone(iin, &offer.qr, manner).unwrap();
            let said = said(&model.phone_check(CHECK).unwrap().answer.unwrap());
            assert_eq!((&said["living"], &said["portrait"]), (&json!(living), &json!(portrait)));
            assert_eq!(said["iin"], MAN, "whom the code is for");
        }
        let mut model = model();
        let offer = model.begin_check(CHECK, &order()).unwrap();
        model.confirm_on_phone(MAN, &offer.qr, "declines").unwrap();
        let stands = model.phone_check(CHECK).unwrap();
        assert!(stands.state == State::Declined && stands.answer.is_none());
    }

    #[test]
    fn a_code_that_is_given_up_too_old_or_nobodys_gives_no_phone_anything() {
        let mut model = model();
        let given_up = model.begin_check(CHECK, &order()).unwrap();
        assert_eq!(model.cancel_check(CHECK).unwrap().state, State::Canceled);
        assert_eq!(model.confirm_on_phone(MAN, &given_up.qr, "confirms").unwrap_err().code, "qr_cancelled");
        let late = model.begin_check(Uuid::from_u128(2), &order()).unwrap();
        model.set_now(NOON + 120_000);
        assert_eq!(model.confirm_on_phone(MAN, &late.qr, "confirms").unwrap_err().code, "qr_expired");
        assert_eq!(
            model.confirm_on_phone(MAN, "https://finid.test/c/1", "confirms").unwrap_err().code,
            "qr_unknown"
        );
        let nobody = Order { iin: "061211600012".to_owned(), life_seconds: 120 };
        assert_eq!(model.begin_check(Uuid::from_u128(3), &nobody).err().unwrap().code, "person_unknown");
    }
}
