//! Notes that are put into cassettes and into the acceptor by hand, and where notes lie that were not given. The devices get them
//! over their control; the terminal's books do not hear of it, as they would not hear of a hand in a safe.

use senim_ui_model::format::grouped as tenge;
use serde_json::{Value, json};

use crate::error::Trouble;

/// What the notes of the country are worth, tenge; the order of the stacks.
pub(super) const STACKS: [u32; 7] = [20_000, 10_000, 5_000, 2_000, 1_000, 500, 200];
/// Notes of a stack.
pub(super) const NOTES: u32 = 20;

/// The change by which a stack of notes of this value lies in the cassette at this place, counted from 0.
///
/// # Errors
/// [`Trouble::Usage`] for a cassette that the dispenser has not, or one with notes of another value in it.
pub(super) fn onto(state: &Value, place: usize, value: u32) -> Result<Value, Trouble> {
    let cassette = state
        .pointer(&format!("/cassettes/{place}"))
        .ok_or_else(|| Trouble::Usage("the dispenser has no such cassette".to_owned()))?;
    let number = |field: &str| cassette.get(field).and_then(Value::as_u64).unwrap_or_default();
    let (notes, there) = (number("notes"), number("denomination"));
    if notes > 0 && there != u64::from(value) {
        let words = format!(
            "cassette {} holds notes of {} ₸; empty it before others are put in",
            number("unit"),
            tenge(there)
        );
        return Err(Trouble::Usage(words));
    }
    let cassette =
        json!({ "unit": number("unit"), "denomination": value, "notes": notes.saturating_add(NOTES.into()) });
    Ok(json!({ "cassettes": [cassette] }))
}

/// The change by which this cassette is empty.
pub(super) fn emptied(place: usize) -> Value {
    json!({ "cassettes": [{ "unit": place.saturating_add(1), "notes": 0 }] })
}

/// A note of this value at the acceptor's mouth.
pub(super) fn at_the_mouth(value: u32) -> Value {
    json!({ "insert": value })
}

/// What lies beside the cassettes: reject tray, retract unit, exit and transport path.
pub(super) fn trays(dispenser: &Value) -> String {
    let cassettes = dispenser.get("cassettes").and_then(Value::as_array);
    let of = |field: &str| -> Vec<(u64, u64)> {
        let number = |cassette: &Value, field: &str| cassette.get(field).and_then(Value::as_u64).unwrap_or(0);
        let all = cassettes.into_iter().flatten();
        all.map(|cassette| (number(cassette, "denomination"), number(cassette, field))).collect()
    };
    let has = |field: &str| cassettes.into_iter().flatten().any(|cassette| cassette.get(field).is_some());
    let mut places = vec![format!("Reject tray: {}", told(&of("rejected")))];
    if has("retracted") {
        places.push(format!("retract unit: {}", told(&of("retracted"))));
    }
    let path = of("on_path");
    if path.iter().any(|(_, notes)| *notes > 0) {
        places.push(format!("on the way: {}", told(&path)));
    }
    places.join(" · ")
}

/// Escrow and stacker.
pub(super) fn acceptor(state: &Value) -> String {
    let escrow = state.get("note").filter(|note| !note.is_null()).map_or_else(
        || "nothing".to_owned(),
        |note| {
            let value = note.get("value").and_then(Value::as_u64).unwrap_or_default();
            let past = note.get("place").and_then(Value::as_str) == Some("past_recall");
            format!("{} ₸{}", tenge(value), if past { ", past recall" } else { "" })
        },
    );
    let stacked: Vec<(u64, u64)> = state
        .pointer("/cassette/notes")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(value, notes)| Some((value.parse().ok()?, notes.as_u64()?)))
        .collect();
    let seated = state.pointer("/cassette/seated") != Some(&Value::Bool(false));
    let cassette = if seated { "stacker" } else { "stacker, which is out" };
    format!("Escrow: {escrow} · {cassette}: {}", told(&stacked))
}

/// Notes by value, in words.
fn told(notes: &[(u64, u64)]) -> String {
    let there: Vec<String> = notes
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(value, count)| format!("{count} × {} ₸", tenge(*value)))
        .collect();
    if there.is_empty() { "empty".to_owned() } else { there.join(", ") }
}

#[cfg(test)]
mod tests {
    use senim_emulators::rack::{Options, Rack};

    use super::*;
    use crate::clients::DevicesClient;

    #[test]
    fn a_stack_comes_to_the_notes_that_lie_there_and_others_only_into_an_empty_cassette() {
        let place = tempfile::tempdir().unwrap();
        let rack = Rack::start(place.path(), Options::default()).unwrap();
        let devices = DevicesClient::at(&rack.serve("127.0.0.1:0").unwrap().to_string());
        for dispenser in ["dispenser", "dispenser2", "presenter"] {
            let state = devices.state(dispenser).unwrap();
            let holds = u32::try_from(state["cassettes"][1]["denomination"].as_u64().unwrap()).unwrap();
            let other = STACKS.into_iter().find(|value| *value != holds).unwrap();
            let state = devices.patch(dispenser, &onto(&state, 1, holds).unwrap()).unwrap();
            assert_eq!(state["cassettes"][1]["notes"], json!(200 + NOTES));
            let refused = onto(&state, 1, other).unwrap_err();
            assert!(refused.to_string().contains("cassette 2 holds"), "{refused}");
            let state = devices.patch(dispenser, &emptied(1)).unwrap();
            let state = devices.patch(dispenser, &onto(&state, 1, other).unwrap()).unwrap();
            assert_eq!(
                (&state["cassettes"][1]["notes"], &state["cassettes"][1]["denomination"]),
                (&json!(NOTES), &json!(other))
            );
            assert!(onto(&state, 4, holds).is_err());
        }
    }

    #[test]
    fn trays_escrow_and_stacker_are_told_by_values() {
        let cassette = |denomination: u32, rejected: u32, on_path: u32| json!({ "denomination": denomination, "rejected": rejected, "on_path": on_path });
        let quiet = json!({ "cassettes": [cassette(5_000, 0, 0)] });
        assert_eq!(trays(&quiet), "Reject tray: empty");
        let full = json!({ "cassettes": [cassette(5_000, 2, 0), cassette(1_000, 1, 1)] });
        assert_eq!(
            trays(&full),
            "Reject tray: 2 × 5\u{202f}000 ₸, 1 × 1\u{202f}000 ₸ · on the way: 1 × 1\u{202f}000 ₸"
        );
        let presenter = json!({ "cassettes": [{ "denomination": 20_000, "rejected": 0, "retracted": 3 }] });
        assert_eq!(trays(&presenter), "Reject tray: empty · retract unit: 3 × 20\u{202f}000 ₸");
        let held = json!({
            "note": { "value": 5_000, "place": "validator" },
            "cassette": { "seated": true, "notes": { "2000": 4, "500": 0 } }
        });
        assert_eq!(acceptor(&held), "Escrow: 5\u{202f}000 ₸ · stacker: 4 × 2\u{202f}000 ₸");
        let out = json!({ "note": null, "cassette": { "seated": false, "notes": {} } });
        assert_eq!(acceptor(&out), "Escrow: nothing · stacker, which is out: empty");
    }
}
