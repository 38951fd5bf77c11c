//! What differs between two rule packs, field by field.

use std::collections::BTreeMap;

use serde_json::Value;

/// From this length on a text is a paragraph and stands by itself.
const PARAGRAPH: usize = 40;
/// Fields by which the entries of a list are told apart.
const NAMES: [&str; 6] = ["id", "kind", "code", "year", "denomination", "months"];

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Names from the outermost field to this one; an entry of a list by its own name, or its number from 1.
    pub path: Vec<String>,
    /// What it was; `None`: it was not there.
    pub old: Option<Value>,
    /// What it is to be; `None`: it is left out.
    pub new: Option<Value>,
}

/// Every field that differs, in order of their names.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), Some(old), Some(new), &mut found);
    found
}

fn compare(path: &mut Vec<String>, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    if old == new {
        return;
    }
    let (Some(before), Some(after)) = (old.and_then(parts), new.and_then(parts)) else {
        found.push(Difference { path: path.clone(), old: old.cloned(), new: new.cloned() });
        return;
    };
    let names: std::collections::BTreeSet<&Name> = before.keys().chain(after.keys()).collect();
    for name in names {
        path.push(name.text.clone());
        compare(path, before.get(name).copied(), after.get(name).copied(), found);
        path.pop();
    }
}

/// Name of a part; numbers in their own order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    number: usize,
    text: String,
}

/// What has parts that are compared one by one; short lists and single values are compared whole.
fn parts(value: &Value) -> Option<BTreeMap<Name, &Value>> {
    match value {
        Value::Object(fields) => {
            Some(fields.iter().map(|(name, value)| (Name { number: 0, text: name.clone() }, value)).collect())
        }
        Value::Array(items) if items.iter().all(is_long) => {
            let numbered = items.iter().enumerate();
            let entry = |(at, item): (usize, _)| {
                (name_of(item).unwrap_or(Name { number: at, text: (at + 1).to_string() }), item)
            };
            let map: BTreeMap<_, _> = numbered.map(entry).collect();
            // Two of one name would hide each other.
            (map.len() == items.len()).then_some(map)
        }
        _ => None,
    }
}

fn is_long(item: &Value) -> bool {
    item.is_object() || item.as_str().is_some_and(|text| text.chars().count() >= PARAGRAPH)
}

fn name_of(item: &Value) -> Option<Name> {
    let text = NAMES.iter().find_map(|name| match item.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })?;
    Some(Name { number: 0, text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(old: &Value, new: &Value) -> Vec<String> {
        let text = |value: Option<Value>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        differences(old, new)
            .into_iter()
            .map(|one| format!("{}: {} > {}", one.path.join("."), text(one.old), text(one.new)))
            .collect()
    }

    #[test]
    fn a_field_is_named_by_its_way_and_an_entry_by_its_own_name() {
        let old =
            json!({"a": 1, "same": [1], "products": [{"id": "x", "rate": "36"}, {"id": "y", "rate": "1"}]});
        let new = json!({"b": true, "same": [1], "products": [{"id": "z", "rate": "1"}, {"id": "x", "rate": "30"}]});
        assert_eq!(
            told(&old, &new),
            [
                "a: 1 > -",
                "b: - > true",
                "products.x.rate: \"36\" > \"30\"",
                "products.y: {\"id\":\"y\",\"rate\":\"1\"} > -",
                "products.z: - > {\"id\":\"z\",\"rate\":\"1\"}"
            ]
        );
    }

    #[test]
    fn short_lists_are_compared_whole_and_paragraphs_one_by_one() {
        let long = |text: &str| text.repeat(PARAGRAPH);
        assert_eq!(told(&json!({"m": [1, 2]}), &json!({"m": [2]})), ["m: [1,2] > [2]"]);
        let (old, new) = (json!([long("a"), long("b")]), json!([long("a"), long("c")]));
        assert_eq!(differences(&old, &new)[0].path, ["2"]);
        assert!(differences(&old, &old).is_empty());
    }

    #[test]
    fn entries_of_one_name_are_not_hidden_by_each_other() {
        let (old, new) = (json!([{"id": "x", "v": 1}, {"id": "x", "v": 2}]), json!([{"id": "x", "v": 2}]));
        assert_eq!(differences(&old, &new).len(), 1);
    }
}
