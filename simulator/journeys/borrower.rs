//! A borrower who knows what they want: what they do on each screen, so that a script tells only what is special.

use crate::people::Person;
use crate::scene::{Act, Key, Scene, Shown, Stop, code_in};
use crate::{LOAN_TENGE, MONTHS};

/// More screens than that, and a visit leads nowhere.
const SCREENS_MAX: u32 = 60;

/// Looks, some seconds apart, within which a terminal notices what changed around it.
const LOOKS_MAX: u32 = 40;

/// The access number on the front of every document.
pub const ACCESS_NUMBER: &str = "123456";

/// The PIN of every card.
pub const CARD_PIN: &str = "123456";

/// A borrower.
#[derive(Clone, Copy, Debug)]
pub struct Borrower {
    /// Who.
    pub person: Person,
    /// What they come for, as the menu names it.
    pub errand: &'static str,
    /// Sum, tenge.
    pub tenge: u64,
    /// Term.
    pub months: u32,
    /// As whom they register, or how much they pay back (`number`: by a contract's number), as the screen names it.
    pub kind: &'static str,
    /// What they borrow for, where they are asked, as the screen names it.
    pub purpose: &'static str,
    /// How they give access to the state's data, as the screen names it.
    pub access: &'static str,
    /// The PIN that they set and log in by; empty: none.
    pub pin: &'static str,
    /// How they want their money, as the screen names it.
    pub way: &'static str,
    /// The account that they type.
    pub account: &'static str,
    /// The document that they lay down where its chip is asked for (as [`Act::PutCard`] names it); empty: they type.
    pub document: &'static str,
    /// The card that they put in where one is asked for (as [`Act::PutCard`] names it); empty: none.
    pub card: &'static str,
}

impl Borrower {
    /// Somebody who wants the usual loan.
    #[must_use]
    pub const fn new(person: Person) -> Self {
        Self {
            person,
            errand: "loan",
            tenge: LOAN_TENGE,
            months: MONTHS,
            kind: "individual",
            purpose: "own",
            access: "code",
            pin: "",
            way: "cash",
            account: "",
            document: "",
            card: "",
        }
    }

    /// Somebody who wants to become a client, as whom.
    #[must_use]
    pub const fn registers(person: Person, kind: &'static str) -> Self {
        Self { errand: "registration", kind, ..Self::new(person) }
    }

    /// Somebody who pays back, how much, or by a contract's number.
    #[must_use]
    pub const fn pays(person: Person, kind: &'static str) -> Self {
        Self { errand: "repay", kind, ..Self::new(person) }
    }

    /// The same, who borrows for the business.
    #[must_use]
    pub const fn for_business(self) -> Self {
        Self { purpose: "business", ..self }
    }

    /// The same, who wants another sum.
    #[must_use]
    pub const fn wants(self, tenge: u64) -> Self {
        Self { tenge, ..self }
    }

    /// The same, who wants the money another way.
    #[must_use]
    pub const fn paid_by(self, way: &'static str, account: &'static str) -> Self {
        Self { way, account, ..self }
    }

    /// Goes on as this borrower does until the screen is there.
    ///
    /// # Errors
    /// [`Stop`] when the visit ends before, or a screen comes on which they know nothing to do.
    pub fn goes_to(&self, scene: &mut dyn Scene, screen: &str, detail: &str) -> Result<Shown, Stop> {
        for _ in 0..SCREENS_MAX {
            let shown = scene.wait_for(&format!("{screen} {detail}"), &|shown| {
                shown.is(screen, detail) || shown.is_over() || !is_passing(shown)
            })?;
            if shown.is(screen, detail) {
                return Ok(shown);
            }
            if shown.is_over() {
                return Err(Stop(format!("waited for {screen} {detail}, but there is {}", shown.told())));
            }
            self.does(scene, &shown)?;
            let what = format!("something after {}", shown.told());
            scene.wait_for(&what, &|now| now.told() != shown.told() || now.step != shown.step)?;
        }
        Err(Stop(format!("{screen} {detail} does not come")))
    }

    /// What this borrower does on a screen.
    fn does(&self, scene: &mut dyn Scene, shown: &Shown) -> Result<(), Stop> {
        match shown.screen.as_str() {
            "Welcome" => {
                let language = format!("language-{}", scene.speech().code());
                scene.tap(&language)
            }
            "Choice" if shown.detail == "menu" => scene.tap(&format!("option-{}", self.errand)),
            "EnterIin" => {
                type_text(scene, self.person.iin)?;
                scene.picture("typed")?;
                scene.tap("primary")
            }
            "EnterCode" => {
                let code = self.code(scene)?;
                type_text(scene, &code)?;
                scene.picture("typed")?;
                scene.tap("primary")
            }
            "Amount" => {
                scene.choose_amount(self.tenge)?;
                scene.tap(&format!("term-{}", self.months))?;
                scene.picture("chosen")?;
                scene.tap("primary")
            }
            "Schedules" => {
                scene.tap("choose-0")?;
                scene.picture("chosen")?;
                scene.tap("primary")
            }
            "Contract" => {
                scene.read_to_the_end()?;
                scene.tap("primary")
            }
            "Camera" => {
                scene.act(Act::Stand(&self.person))?;
                scene.tap("primary")
            }
            "Choice" if shown.detail == "loginWay" => {
                let way = if !self.card.is_empty() {
                    "option-card"
                } else if self.pin.is_empty() {
                    "option-code"
                } else {
                    "option-pin"
                };
                scene.tap(way)
            }
            "Choice" if shown.detail == "signWay" => {
                scene.tap(if self.card.is_empty() { "option-phone" } else { "option-card" })
            }
            "Notice" if shown.detail == "cardInsert" => {
                scene.act(Act::PutCard { person: &self.person, kind: self.card })
            }
            "Notice" if shown.detail.starts_with("cardKeypad") => {
                scene.act(Act::Keys { digits: CARD_PIN, press: Key::Ok })
            }
            "Notice" if matches!(shown.detail.as_str(), "cardTakeBack" | "cardForgotten") => {
                scene.picture("take-back")?;
                scene.act(Act::TakeCard)
            }
            "Choice" if shown.detail == "payoutWay" => scene.tap(&format!("option-{}", self.way)),
            "Choice" if shown.detail == "payoutCard" || shown.detail == "payoutMerchant" => {
                scene.tap("option-target-0")
            }
            "Choice" if shown.detail == "waitingLoan" => scene.tap("option-confirm"),
            "Choice" if shown.detail == "unfinished" => scene.tap("option-anew"),
            "Notice" if shown.detail == "chipOffer" => {
                scene.tap(if self.document.is_empty() { "secondary" } else { "primary" })
            }
            "Entry" if shown.detail.starts_with("chipAccessNumber") => {
                type_text(scene, ACCESS_NUMBER)?;
                scene.picture("typed")?;
                scene.tap("primary")
            }
            "Notice" if shown.detail == "chipLay" => {
                scene.picture("lay")?;
                scene.act(Act::PutCard { person: &self.person, kind: self.document })
            }
            "Choice" if shown.detail == "clientType" => scene.tap(&format!("option-{}", self.kind)),
            "Choice" if shown.detail == "loanPurpose" => scene.tap(&format!("option-{}", self.purpose)),
            "Choice" if shown.detail == "accessMethod" => scene.tap(&format!("option-{}", self.access)),
            "Choice" if shown.detail == "repaymentWay" => {
                scene.tap(if self.kind == "number" { "option-number" } else { "option-login" })
            }
            "Choice" if shown.detail == "repaymentContract" => scene.tap("option-contract-0"),
            "Choice" if shown.detail == "repaymentSum" => scene.tap(&format!("option-{}", self.kind)),
            "Entry" => {
                let text = self.answer(scene, shown)?;
                type_text(scene, &text)?;
                scene.picture("typed")?;
                scene.tap("primary")
            }
            "Notice" if shown.detail == "livingPhone" => {
                scene.picture("check-code")?;
                scene.act(Act::Scan { person: &self.person, manner: "confirms" })
            }
            "Notice" if shown.detail == "signByQr" => {
                scene.picture("code")?;
                scene.act(Act::Scan { person: &self.person, manner: "signs" })
            }
            "Notice" if shown.detail == "pinOffer" && self.pin.is_empty() => scene.tap("secondary"),
            "Choice" if shown.detail.starts_with("question") || shown.detail.starts_with("screening") => {
                let answer = answer_to(&shown.detail, shown.touchable.iter().map(String::as_str));
                let answer = answer.ok_or_else(|| Stop(format!("{} has no answers", shown.told())))?;
                scene.tap(answer)
            }
            "Notice" if shown.can("page-down") => {
                scene.read_to_the_end()?;
                scene.tap("primary")
            }
            "Agree" | "ReadyToPay" | "Receipt" | "Notice" => scene.tap("primary"),
            _ => Err(Stop(format!("a borrower does not know what to do on {}", shown.told()))),
        }
    }

    /// What they type into an entry.
    fn answer(&self, scene: &mut dyn Scene, shown: &Shown) -> Result<String, Stop> {
        match shown.detail.as_str() {
            "registerIin" => Ok(self.person.iin.to_owned()),
            "registerPhone" => Ok(self.person.phone.trim_start_matches("+7").to_owned()),
            "accessCode" => self.state_code(scene),
            "registerCode" => {
                let text = scene.read_sms(self.person.phone, "number_code")?;
                code_in(&text).ok_or_else(|| Stop("the SMS has no code".to_owned()))
            }
            "pin" | "loginPin" | "newPin" => Ok(self.pin.to_owned()),
            "cardPin" => Ok(CARD_PIN.to_owned()),
            "payoutAccount" => Ok(self.account.to_owned()),
            "merchantInvoice" => Ok("A1204".to_owned()),
            "screeningText" => Ok("АВС".to_owned()),
            _ => Err(Stop(format!("nobody knows what to type into {}", shown.told()))),
        }
    }

    /// Goes on with a registration of another visit, by the code for that.
    ///
    /// # Errors
    /// As [`expect`].
    pub fn continues(&self, scene: &mut dyn Scene) -> Result<(), Stop> {
        let text = scene.read_sms(self.person.phone, "registration_code")?;
        let code = code_in(&text).ok_or_else(|| Stop("the SMS has no code".to_owned()))?;
        type_text(scene, &code)?;
        go_on_to(scene, "Notice", "beforePicture").map(drop)
    }

    /// The code that the state service sends to this person.
    ///
    /// # Errors
    /// [`Stop`] when none comes.
    pub fn state_code(&self, scene: &mut dyn Scene) -> Result<String, Stop> {
        let text = scene.read_sms(self.person.phone, "kdp")?;
        let code = text.rsplit(' ').next().map(str::to_owned);
        code.ok_or_else(|| Stop("the SMS has no code".to_owned()))
    }

    /// Applies for what is chosen: to the first of the forms before a decision.
    ///
    /// # Errors
    /// [`Stop`] when nothing comes after the sum.
    pub fn applies(&self, scene: &mut dyn Scene) -> Result<(), Stop> {
        scene.tap("primary")?;
        scene.wait_for("the forms before a decision", &|shown| shown.screen != "Amount").map(drop)
    }

    /// Goes on until the visit has ended this way, and leaves.
    ///
    /// # Errors
    /// As [`Borrower::goes_to`].
    pub fn ends_with(&self, scene: &mut dyn Scene, kind: &str) -> Result<(), Stop> {
        self.goes_to(scene, "End", kind)?;
        leaves(scene)
    }

    /// The one-time code that is sent to this borrower.
    ///
    /// # Errors
    /// [`Stop`] when no SMS with a code comes.
    pub fn code(&self, scene: &mut dyn Scene) -> Result<String, Stop> {
        let text = scene.read_sms(self.person.phone, "login_code")?;
        code_in(&text).ok_or_else(|| Stop("the SMS has no code".to_owned()))
    }

    /// The whole loan: from the welcome screen to the notes and the receipt, and away.
    ///
    /// # Errors
    /// As [`Borrower::goes_to`].
    pub fn borrows(&self, scene: &mut dyn Scene) -> Result<(), Stop> {
        self.goes_to(scene, "ReadyToPay", "")?;
        self.takes_the_money(scene)?;
        leaves(scene)
    }

    /// The button is touched, the notes and the receipt come.
    ///
    /// # Errors
    /// [`Stop`] when another screen comes than that of the receipt.
    pub fn takes_the_money(&self, scene: &mut dyn Scene) -> Result<(), Stop> {
        scene.tap("primary")?;
        expect(scene, "Receipt", "").map(drop)
    }
}

/// What an ordinary borrower answers to a question: for themselves, and no public official; else what comes first.
pub fn answer_to<'a>(question: &str, options: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let answers: Vec<&str> = options.filter(|id| id.starts_with("option-")).collect();
    let no = question == "question-even" || question.starts_with("screening");
    let no = answers.iter().find(|id| no && **id == "option-no");
    // Whoever left in the middle begins anew, so that each visit has the same screens.
    let anew = answers.iter().find(|id| **id == "option-anew");
    no.or(anew).or_else(|| answers.first()).copied()
}

/// Whether the screen goes by without a decision.
fn is_passing(shown: &Shown) -> bool {
    match shown.screen.as_str() {
        // Between two people the screen is empty for a moment.
        "Waiting" | "Payout" | "Blank" => true,
        "Camera" => shown.detail == "Hold",
        "Notice" if shown.detail == "leakCall" => true,
        // That one cannot do a movement is offered; this person can.
        "Notice" if matches!(shown.detail.as_str(), "livingAsking" | "livingDoing" | "livingJudging") => true,
        "Notice" if matches!(shown.detail.as_str(), "cardTakeBack" | "cardForgotten") => false,
        "Notice" => !["primary", "secondary", "page-down"].iter().any(|id| shown.can(id)),
        _ => false,
    }
}

/// Waits for this screen, with this on it unless the detail is empty.
///
/// # Errors
/// [`Stop`] with the screen that is there instead; at once when the visit has ended another way.
pub fn expect(scene: &mut dyn Scene, screen: &str, detail: &str) -> Result<Shown, Stop> {
    let what = format!("{screen} {detail}");
    let shown = scene.wait_for(&what, &|shown| shown.is(screen, detail) || shown.is_over())?;
    Stop::unless(shown.is(screen, detail), || format!("waited for {what}, but there is {}", shown.told()))?;
    Ok(shown)
}

/// Touches the main button and waits for a screen.
///
/// # Errors
/// As [`expect`].
pub fn go_on_to(scene: &mut dyn Scene, screen: &str, detail: &str) -> Result<Shown, Stop> {
    scene.tap("primary")?;
    expect(scene, screen, detail)
}

/// Waits until the visit has ended this way, and leaves.
///
/// # Errors
/// As [`expect`].
pub fn ends(scene: &mut dyn Scene, kind: &str) -> Result<(), Stop> {
    expect(scene, "End", kind)?;
    leaves(scene)
}

/// Touches "Done" and waits for the welcome screen.
///
/// # Errors
/// As [`expect`].
pub fn leaves(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("primary")?;
    scene.wait_for("the welcome screen", &|shown| shown.screen == "Welcome").map(drop)
}

/// Ends the visit from where it is.
///
/// # Errors
/// As [`expect`].
pub fn cancels(scene: &mut dyn Scene) -> Result<(), Stop> {
    scene.tap("cancel")?;
    ends(scene, "Cancelled")
}

/// Looks whether an errand is offered: a visit is begun, the menu looked at, the visit ended.
///
/// # Errors
/// As [`expect`].
pub fn is_offered(scene: &mut dyn Scene, errand: &str) -> Result<bool, Stop> {
    let first = |shown: &Shown| matches!(shown.screen.as_str(), "Welcome" | "OutOfService");
    let shown = scene.wait_for("the first screen", &first)?;
    // A loan that this terminal cannot pay out in notes is no loan for those who come for cash.
    if shown.screen == "OutOfService" || errand == "loan" && !shown.detail.is_empty() {
        return Ok(false);
    }
    scene.tap(&format!("language-{}", scene.speech().code()))?;
    // A terminal with a single errand has no menu.
    let begun = |shown: &Shown| shown.is("Choice", "menu") || shown.screen == "EnterIin";
    let shown = scene.wait_for("the begin of a visit", &begun)?;
    let offered = shown.screen == "EnterIin" || shown.can(&format!("option-{errand}"));
    scene.tap("cancel")?;
    scene.wait_for("the end of the visit", &|shown| shown.is("End", "Cancelled"))?;
    scene.tap("primary")?;
    scene.wait_for("the first screen", &first)?;
    Ok(offered)
}

/// Looks until loans are offered, or are not.
///
/// # Errors
/// [`Stop`] when it stays as it is.
pub fn loans_are_offered(scene: &mut dyn Scene, wanted: bool) -> Result<(), Stop> {
    comes_to_be_offered(scene, "loan", wanted)
}

/// Looks until an errand is offered, or is not. A device that has just started may take a while.
///
/// # Errors
/// [`Stop`] when it stays as it is.
pub fn comes_to_be_offered(scene: &mut dyn Scene, errand: &str, wanted: bool) -> Result<(), Stop> {
    for _ in 0..LOOKS_MAX {
        if is_offered(scene, errand)? == wanted {
            return Ok(());
        }
        scene.act(Act::Pass(3))?;
    }
    Err(Stop(format!("{errand} is {}offered", if wanted { "not " } else { "" })))
}

/// Types digits and capital letters on whatever keyboard there is.
///
/// # Errors
/// [`Stop`] for a sign without a key.
pub fn type_text(scene: &mut dyn Scene, text: &str) -> Result<(), Stop> {
    let keys = |shown: &Shown| shown.can("digit-0") || shown.can("letter-A") || shown.can("letter-А");
    let keypad = scene.wait_for("keys", &keys)?.can("digit-0");
    for sign in text.chars() {
        let kind = if keypad { "digit" } else { "letter" };
        scene.tap(&format!("{kind}-{sign}"))?;
    }
    Ok(())
}

/// Another code of the same length.
#[must_use]
pub fn wrong_code(right: &str) -> String {
    right.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_code_has_the_same_length_and_no_digit_in_common() {
        assert_eq!(wrong_code("019299"), "990900");
    }

    #[test]
    fn the_loan_needs_more_notes_than_one_bundle_may_have() {
        // 10 × 10,000 + 20 × 5,000 are 200,000: the rest must be in notes of 2,000 and 1,000.
        let small = (LOAN_TENGE - 200_000).div_ceil(2_000);
        assert!(30 + small > 40);
    }
}
