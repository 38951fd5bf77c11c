//! What holds for the list as a whole.

use std::collections::BTreeSet;

use super::*;

#[test]
fn there_are_enough_journeys_and_each_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = JOURNEYS.iter().map(|journey| journey.name).collect();
    assert_eq!(names.len(), JOURNEYS.len());
    assert!(names.len() >= 40, "{} journeys", names.len());
    assert!(names.iter().all(|name| named(name).is_some()));
}

#[test]
fn requirements_are_named_by_their_numbers() {
    for journey in JOURNEYS {
        for rule in journey.rules {
            let number = rule.strip_prefix("R-").is_some_and(|number| number.parse::<u16>().is_ok());
            assert!(number, "{}: {rule}", journey.name);
        }
    }
}
