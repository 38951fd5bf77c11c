//! Lists of people whose personal data spread illegally, and flags of single people: brought by one member of staff,
//! in force when a second one has confirmed them, at once and on every terminal, as each operation asks anew.
//!
//! The list does not leave the gateway and does not lie in it: of each person there is a keyed hash, in one of 4096 parts
//! by its first two characters, so that two million people are a few thousand documents and one look costs one of them.
//! Flags of core lending stand beside these, whoever lifts which.

mod known;
mod list;

use jiff::civil::Date;
use senim_domain::{Secret, UtcMillis, calendar};
use serde::{Deserialize, Serialize};

pub(crate) use self::known::Leak;
pub use self::list::LeakList;
use self::list::Person;
use crate::Gateway;
use crate::actor::Actor;
use crate::entropy::uuid;
use crate::error::{GatewayError, bad_directive};
use crate::settlement::{Signed, same_person};
use crate::store::{self, Change, Collection, Expect, Versioned};

/// Characters of base64url, each of which can be the first or the second of a hash.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What is decided about flags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase")]
pub enum LeakAct {
    /// People are flagged.
    Flag {
        /// Since when the MFO knows of the leak.
        since: UtcMillis,
        /// How many.
        people: usize,
        /// By whom the whole list was taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        withdrawn: Option<Signed>,
    },
    /// A whole list is taken back.
    Withdraw {
        /// Which.
        list: String,
    },
    /// One person's flag is lifted.
    Lift {
        /// Their keyed hash: whoever confirms types the IIN once more.
        person: String,
    },
}

/// A decision about flags, proposed or confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakCase {
    /// Its identity; later ones are greater.
    pub case: String,
    /// What.
    pub act: LeakAct,
    /// Who proposed it and why.
    pub proposed: Signed,
    /// Who confirmed it; `None`: nothing has changed yet.
    pub confirmed: Option<Signed>,
}

/// People of one list whose hashes begin alike.
#[derive(Serialize, Deserialize)]
struct Part {
    /// Hashes one after the other, in order.
    people: String,
}

/// Lists that do not count for one person any more.
#[derive(Default, Serialize, Deserialize)]
struct Lifted {
    lists: Vec<String>,
}

impl LeakCase {
    /// Since when the people of this list are flagged; `None`: they are not.
    fn flags_since(&self) -> Option<UtcMillis> {
        match &self.act {
            LeakAct::Flag { since, withdrawn: None, .. } if self.confirmed.is_some() => Some(*since),
            LeakAct::Flag { .. } | LeakAct::Withdraw { .. } | LeakAct::Lift { .. } => None,
        }
    }

    /// What the trail says: never who.
    fn subject(&self) -> String {
        match &self.act {
            LeakAct::Flag { people, since, .. } => format!("{}: {people} people, since {since}", self.case),
            LeakAct::Withdraw { list } => format!("{}: list {list}", self.case),
            LeakAct::Lift { .. } => format!("{}: one person", self.case),
        }
    }
}

fn text(person: &[u8]) -> &str {
    std::str::from_utf8(person).unwrap_or_default()
}

/// Where a person stands, in whatever list.
fn place(person: &Person) -> String {
    format!("{}/", text(person.get(..2).unwrap_or_default()))
}

impl Gateway {
    /// Proposes that the people of a list are flagged; `since` is the day on which the MFO learnt of the leak.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective) for a list that is none, and a day that has not come.
    pub fn propose_leak_flags(
        &self,
        list: LeakList,
        since: Date,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<LeakCase, GatewayError> {
        let today = calendar::local_date(now);
        let since = match calendar::local_midnight(since) {
            Some(_) if today == Some(since) => now,
            Some(midnight) if midnight < now => midnight,
            Some(_) | None => return Err(bad_directive("the day of the leak has not come yet")),
        };
        let people = list.people()?;
        let id = uuid(self.entropy.as_ref(), now)?.to_string();
        let mut parts = Vec::new();
        for part in people.chunk_by(|one, next| one.first_chunk::<2>() == next.first_chunk::<2>()) {
            let Some(first) = part.first() else { continue };
            let key = format!("{}{id}", place(first));
            let part = Part { people: part.iter().map(|person| text(person)).collect() };
            parts.push(store::put(Collection::LeakPart, &key, Expect::Absent, &part)?);
        }
        self.propose(LeakAct::Flag { since, people: people.len(), withdrawn: None }, id, parts, by, now)
    }

    /// Proposes that a list in force is taken back whole.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective): there is no such list in force.
    pub fn propose_leak_withdrawal(
        &self,
        list: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<LeakCase, GatewayError> {
        if self.leak_case(list)?.and_then(|case| case.value.flags_since()).is_none() {
            return Err(bad_directive("there is no such list in force"));
        }
        let id = uuid(self.entropy.as_ref(), now)?.to_string();
        self.propose(LeakAct::Withdraw { list: list.to_owned() }, id, Vec::new(), by, now)
    }

    /// Proposes that one person's flag is lifted, in all lists that are in force when this is confirmed.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective): no list flags this person.
    pub fn propose_leak_lift(
        &self,
        iin: &Secret,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<LeakCase, GatewayError> {
        let person = self.leaked_person(iin).ok_or_else(not_flagged)?;
        if self.flagging_lists(&person)?.is_empty() {
            return Err(not_flagged());
        }
        let id = uuid(self.entropy.as_ref(), now)?.to_string();
        self.propose(LeakAct::Lift { person: text(&person).to_owned() }, id, Vec::new(), by, now)
    }

    fn propose(
        &self,
        act: LeakAct,
        case: String,
        mut changes: Vec<Change>,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<LeakCase, GatewayError> {
        let case = LeakCase { case, act, proposed: Signed { at: now, by: by.clone() }, confirmed: None };
        changes.push(store::put(Collection::LeakCase, &case.case, Expect::Absent, &case)?);
        let before = changes.len();
        self.deciding(|| {
            changes.truncate(before);
            changes.push(self.act_record(by, "leakPropose", &case.subject(), now)?);
            Ok(self.store.commit(&changes)?)
        })?;
        Ok(case)
    }

    /// Confirms what another person proposed: it holds from this moment on. Lifting one person's flag takes their IIN once
    /// more.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective): no such proposal, the same person, or another IIN.
    pub fn confirm_leak_case(
        &self,
        case: &str,
        iin: Option<&Secret>,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<LeakCase, GatewayError> {
        self.deciding(|| {
            let mut found = self.open_leak_case(case)?;
            if same_person(found.value.proposed.by.person(), by.person()) {
                return Err(bad_directive("whoever proposed this cannot confirm it; ask a second person"));
            }
            let mut changes = match &found.value.act {
                LeakAct::Flag { .. } => Vec::new(),
                LeakAct::Withdraw { list } => self.withdraw(list, by, now)?,
                LeakAct::Lift { person } => {
                    let typed = iin.and_then(|iin| self.leaked_person(iin));
                    let typed = typed.filter(|typed| text(typed) == person);
                    let typed = typed.ok_or_else(|| {
                        bad_directive("the IIN is not the one of the proposal; compare the papers")
                    })?;
                    self.lift(&typed)?
                }
            };
            let expect = found.expect();
            found.value.confirmed = Some(Signed { at: now, by: by.clone() });
            changes.push(store::put(Collection::LeakCase, case, expect, &found.value)?);
            let act = match &found.value.act {
                LeakAct::Flag { .. } => "leakFlag",
                LeakAct::Withdraw { .. } => "leakWithdraw",
                LeakAct::Lift { .. } => "leakLift",
            };
            changes.push(self.act_record(by, act, &found.value.subject(), now)?);
            self.store.commit(&changes)?;
            Ok(found.value)
        })
    }

    /// Takes a proposal off the table; a list that was brought with it is erased.
    ///
    /// # Errors
    /// [`Refusal::BadDirective`](crate::Refusal::BadDirective): no such proposal.
    pub fn decline_leak_case(&self, case: &str, by: &Actor, now: UtcMillis) -> Result<(), GatewayError> {
        self.deciding(|| {
            let found = self.open_leak_case(case)?;
            let mut changes = erase_list(case);
            changes.push(store::remove_at(Collection::LeakCase, case, found.revision));
            changes.push(self.act_record(by, "leakDecline", &found.value.subject(), now)?);
            Ok(self.store.commit(&changes)?)
        })
    }

    /// Decisions about flags, newest first.
    ///
    /// # Errors
    /// [`GatewayError`] of the store.
    pub fn leak_cases(&self) -> Result<Vec<LeakCase>, GatewayError> {
        let documents = self.store.documents(Collection::LeakCase, "")?;
        let read = |document| Ok(store::parse(Collection::LeakCase, document)?.value);
        documents.iter().rev().map(read).collect()
    }

    /// Since when a list flags this person, by the one that the MFO learnt of last.
    pub(crate) fn listed_leak(&self, person: &str) -> Result<Option<UtcMillis>, GatewayError> {
        let Some(person) = person.as_bytes().first_chunk() else { return Ok(None) };
        Ok(self.flagging_lists(person)?.into_iter().map(|(_, since)| since).max())
    }

    fn flagging_lists(&self, person: &Person) -> Result<Vec<(String, UtcMillis)>, GatewayError> {
        let place = place(person);
        let mut lists = Vec::new();
        for document in self.store.documents(Collection::LeakPart, &place)? {
            let part: Part = store::parse(Collection::LeakPart, &document)?.value;
            let (people, _) = part.people.as_bytes().as_chunks::<{ size_of::<Person>() }>();
            let list = document.key.trim_start_matches(&place);
            if people.binary_search(person).is_ok()
                && let Some(since) = self.leak_case(list)?.and_then(|case| case.value.flags_since())
            {
                lists.push((list.to_owned(), since));
            }
        }
        if !lists.is_empty() {
            let lifted = store::load::<Lifted>(self.store.as_ref(), Collection::LeakLifted, text(person))?;
            let lifted = lifted.map(|found| found.value.lists).unwrap_or_default();
            lists.retain(|(list, _)| !lifted.contains(list));
        }
        Ok(lists)
    }

    fn leak_case(&self, case: &str) -> Result<Option<Versioned<LeakCase>>, GatewayError> {
        Ok(store::load(self.store.as_ref(), Collection::LeakCase, case)?)
    }

    fn open_leak_case(&self, case: &str) -> Result<Versioned<LeakCase>, GatewayError> {
        let found = self.leak_case(case)?.filter(|found| found.value.confirmed.is_none());
        found.ok_or_else(|| bad_directive("there is no such proposal, or it was decided; look again"))
    }

    fn withdraw(&self, list: &str, by: &Actor, now: UtcMillis) -> Result<Vec<Change>, GatewayError> {
        let mut found = self
            .leak_case(list)?
            .filter(|found| found.value.flags_since().is_some())
            .ok_or_else(|| bad_directive("the list is not in force any more"))?;
        let expect = found.expect();
        if let LeakAct::Flag { withdrawn, .. } = &mut found.value.act {
            *withdrawn = Some(Signed { at: now, by: by.clone() });
        }
        let mut changes = erase_list(list);
        changes.push(store::put(Collection::LeakCase, list, expect, &found.value)?);
        Ok(changes)
    }

    fn lift(&self, person: &Person) -> Result<Vec<Change>, GatewayError> {
        let lists = self.flagging_lists(person)?;
        if lists.is_empty() {
            return Err(not_flagged());
        }
        let key = text(person);
        let before = store::load::<Lifted>(self.store.as_ref(), Collection::LeakLifted, key)?;
        let expect = before.as_ref().map_or(Expect::Absent, Versioned::expect);
        let mut lifted = before.map(|before| before.value).unwrap_or_default();
        lifted.lists.extend(lists.into_iter().map(|(list, _)| list));
        Ok(vec![store::put(Collection::LeakLifted, key, expect, &lifted)?])
    }
}

/// Every part that a list can have.
fn erase_list(list: &str) -> Vec<Change> {
    let digits = || DIGITS.iter().map(|digit| char::from(*digit));
    let parts = digits().flat_map(|first| digits().map(move |second| (first, second)));
    parts
        .map(|(first, second)| store::remove(Collection::LeakPart, &format!("{first}{second}/{list}")))
        .collect()
}

fn not_flagged() -> GatewayError {
    bad_directive("no list flags this person; a flag of core lending is lifted there")
}
