//! Contacts that bounce: levels and time in, settled changes out, in the order of the edges that settled them.
//!
//! A level counts once it has stood for the contact's own time. A change that has settled waits for earlier edges of other
//! contacts that have not, so that "tilted, then opened" is never reported the other way round; it waits for the longest such
//! time at most, since a contact that keeps bouncing has ever later edges.

use std::collections::{BTreeMap, VecDeque};

use senim_domain::Mono;
use senim_hal::cabinet::{Change, Input};

/// The contacts of a cabinet.
#[derive(Clone, Debug)]
pub struct Debouncer {
    contacts: BTreeMap<Input, Contact>,
    settled: VecDeque<Change>,
    edges: u64,
}

#[derive(Clone, Copy, Debug)]
struct Contact {
    debounce_ms: u64,
    reported: Option<bool>,
    pending: Option<Pending>,
}

/// A level that differs from the reported one and has not stood long enough.
#[derive(Clone, Copy, Debug)]
struct Pending {
    active: bool,
    /// Number of the edge, over all contacts: edges read together have one time.
    edge: u64,
    due: Mono,
}

impl Debouncer {
    /// Contacts with the time in milliseconds that a level must stand; nothing is known of their levels.
    #[must_use]
    pub fn new(contacts: impl IntoIterator<Item = (Input, u64)>) -> Self {
        let contact = |debounce_ms| Contact { debounce_ms, reported: None, pending: None };
        Self {
            contacts: contacts.into_iter().map(|(input, ms)| (input, contact(ms))).collect(),
            settled: VecDeque::new(),
            edges: 0,
        }
    }

    /// Forgets all levels: each is reported anew.
    pub fn restart(&mut self) {
        self.settled.clear();
        for contact in self.contacts.values_mut() {
            contact.reported = None;
            contact.pending = None;
        }
    }

    /// Takes a level, from an edge or from looking. Looking again changes nothing; a contact that is not ours is left alone.
    pub fn handle_level(&mut self, level: Change, now: Mono) {
        let Some(contact) = self.contacts.get_mut(&level.input) else { return };
        let last = contact.pending.map(|pending| pending.active).or(contact.reported);
        if last == Some(level.active) {
            return;
        }
        self.edges = self.edges.saturating_add(1);
        let due = now.plus_ms(contact.debounce_ms);
        let pending = Pending { active: level.active, edge: self.edges, due };
        contact.pending = (contact.reported != Some(level.active)).then_some(pending);
    }

    /// When [`Debouncer::handle_timeout`] wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.earliest().map(|(_, pending)| pending.due)
    }

    /// Settles what has stood long enough.
    pub fn handle_timeout(&mut self, now: Mono) {
        while let Some((input, pending)) = self.earliest().filter(|(_, pending)| pending.due <= now) {
            if let Some(contact) = self.contacts.get_mut(&input) {
                contact.reported = Some(pending.active);
                contact.pending = None;
            }
            self.settled.push_back(Change { input, active: pending.active });
        }
    }

    /// The next settled change.
    pub fn poll_event(&mut self) -> Option<Change> {
        self.settled.pop_front()
    }

    fn earliest(&self) -> Option<(Input, Pending)> {
        let pending = self.contacts.iter().filter_map(|(input, contact)| Some((*input, contact.pending?)));
        pending.min_by_key(|(_, pending)| pending.edge)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOOR: Input = Input::CabinetDoor;
    const TILT: Input = Input::Tilt;

    #[test]
    fn each_level_is_reported_once_at_start_and_not_again() {
        let mut contacts = contacts();
        level(&mut contacts, DOOR, false, 0);
        level(&mut contacts, TILT, true, 0);
        assert_eq!(settled(&mut contacts, 49), []);
        assert_eq!(contacts.poll_timeout(), Some(Mono(50)));
        assert_eq!(settled(&mut contacts, 50), [(DOOR, false), (TILT, true)]);
        level(&mut contacts, DOOR, false, 60);
        level(&mut contacts, TILT, true, 60);
        assert_eq!((contacts.poll_timeout(), settled(&mut contacts, 1_000)), (None, vec![]));
    }

    #[test]
    fn a_bouncing_contact_is_one_change_after_its_last_edge() {
        let mut contacts = started();
        for (active, at) in [(true, 100), (false, 110), (true, 120), (false, 130), (true, 140)] {
            level(&mut contacts, DOOR, active, at);
            assert_eq!(settled(&mut contacts, at), []);
        }
        assert_eq!(settled(&mut contacts, 189), []);
        assert_eq!(settled(&mut contacts, 190), [(DOOR, true)]);
    }

    #[test]
    fn a_spike_is_nothing() {
        let mut contacts = started();
        level(&mut contacts, DOOR, true, 100);
        level(&mut contacts, DOOR, false, 149);
        assert_eq!((contacts.poll_timeout(), settled(&mut contacts, 1_000)), (None, vec![]));
    }

    #[test]
    fn a_quick_contact_waits_for_the_earlier_edge_of_a_slow_one() {
        let mut contacts = started();
        level(&mut contacts, DOOR, true, 100);
        level(&mut contacts, TILT, true, 101);
        assert_eq!(settled(&mut contacts, 149), []);
        assert_eq!(settled(&mut contacts, 150), [(DOOR, true), (TILT, true)]);
        level(&mut contacts, DOOR, false, 200);
        level(&mut contacts, TILT, false, 201);
        level(&mut contacts, DOOR, true, 215);
        assert_eq!(settled(&mut contacts, 215), [(TILT, false)], "nothing earlier is open any more");
    }

    #[test]
    fn a_contact_that_never_settles_does_not_hold_up_the_others() {
        let mut contacts = started();
        level(&mut contacts, DOOR, true, 100);
        level(&mut contacts, TILT, true, 105);
        level(&mut contacts, DOOR, false, 110);
        level(&mut contacts, DOOR, true, 112);
        assert_eq!(settled(&mut contacts, 115), [(TILT, true)]);
    }

    #[test]
    fn after_a_restart_every_level_is_told_anew() {
        let mut contacts = started();
        level(&mut contacts, TILT, true, 100);
        contacts.restart();
        level(&mut contacts, DOOR, false, 200);
        level(&mut contacts, TILT, false, 200);
        assert_eq!(settled(&mut contacts, 250), [(DOOR, false), (TILT, false)]);
    }

    #[test]
    fn a_contact_that_is_not_configured_is_left_alone() {
        let mut contacts = started();
        level(&mut contacts, Input::SafeDoor, true, 100);
        assert_eq!((contacts.poll_timeout(), settled(&mut contacts, 1_000)), (None, vec![]));
    }

    proptest! {
        /// Changes of one contact alternate, and the last of them is the level it was left at.
        #[test]
        fn any_edges_end_with_the_true_level_and_alternate(
            edges in proptest::collection::vec((any::<bool>(), any::<bool>(), 0_u64..80), 0..60),
        ) {
            let mut contacts = started();
            let (mut now, mut truth, mut told) = (100, [false, false], vec![]);
            for (tilt, active, wait) in edges {
                let input = if tilt { TILT } else { DOOR };
                truth[usize::from(tilt)] = active;
                level(&mut contacts, input, active, now);
                now += wait;
                told.extend(settled(&mut contacts, now));
            }
            told.extend(settled(&mut contacts, now + 1_000));
            for (input, truth) in [(DOOR, truth[0]), (TILT, truth[1])] {
                let mut last = false;
                for (_, active) in told.iter().filter(|(of, _)| *of == input) {
                    prop_assert_ne!(*active, last);
                    last = *active;
                }
                prop_assert_eq!(last, truth);
            }
        }
    }

    /// A door that takes 50 ms to settle and a tilt sensor that takes 10.
    fn contacts() -> Debouncer {
        Debouncer::new([(DOOR, 50), (TILT, 10)])
    }

    /// The same, closed and level.
    fn started() -> Debouncer {
        let mut contacts = contacts();
        level(&mut contacts, DOOR, false, 0);
        level(&mut contacts, TILT, false, 0);
        assert_eq!(settled(&mut contacts, 50).len(), 2);
        contacts
    }

    fn level(contacts: &mut Debouncer, input: Input, active: bool, at: u64) {
        contacts.handle_level(Change { input, active }, Mono(at));
    }

    fn settled(contacts: &mut Debouncer, at: u64) -> Vec<(Input, bool)> {
        contacts.handle_timeout(Mono(at));
        std::iter::from_fn(|| contacts.poll_event()).map(|change| (change.input, change.active)).collect()
    }
}
