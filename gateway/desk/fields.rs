//! Public fields of a row for people: notes as notes, sums as sums, names in words; what has no words stays as it is.

use maud::{Markup, html};
use senim_domain::Tiyn;
use serde_json::Value;

use super::text::{Lang, tenge};

/// Longest text that is shown whole.
const MAX_TEXT: usize = 300;

/// Fields by which rows find each other: whoever reads about one payout knows them, and they are in the export.
const LINKS: &[&str] = &["request", "loan", "authorisation", "face_check", "settlement"];

const NAMES: &[(&str, &str, &str)] = &[
    ("amount_tiyn", "сома", "сумма"),
    ("distributed_tiyn", "берілген сома", "выданная сумма"),
    ("principal_tiyn", "сома", "сумма"),
    ("distributed", "берілді", "выдано"),
    ("result", "нәтиже", "итог"),
    ("reason", "себебі", "причина"),
    ("cause", "себебі", "причина"),
    ("device", "құрылғы", "устройство"),
    ("device_error", "құрылғы қатесі", "ошибка устройства"),
    ("usable", "жарамды", "исправно"),
    ("available", "мүмкін", "возможна"),
    ("in_service", "қызмет көрсетеді", "обслуживает"),
    ("reasons", "себептері", "причины"),
    ("bundle", "бума", "пачка"),
    ("of", "барлығы", "всего пачек"),
    ("part", "бөлік", "часть"),
    ("mix", "беру керек", "выдать"),
    ("units", "құрылғы санағы", "счёт устройства"),
    ("marker", "дайындықта жылжыды", "сдвинуто при подготовке"),
    ("books_before", "бұрынғы есеп", "книги до"),
    ("books_after", "кейінгі есеп", "книги после"),
    ("source", "негізі", "откуда известно"),
    ("added", "салынды", "загружено"),
    ("collected", "алынды", "изъято"),
    ("expected", "есеп бойынша", "по книгам"),
    ("counted", "саналды", "сосчитано"),
    ("notes", "банкноттар", "банкноты"),
    ("command", "бұйрық", "команда"),
    ("clean_stop", "ретімен тоқтаған", "остановлен штатно"),
    ("months", "ай", "месяцев"),
    ("days", "күн", "дней"),
    ("term", "мерзімі", "срок"),
    ("quality", "сапа", "качество"),
    ("language", "тіл", "язык"),
    ("kind", "түрі", "вид"),
    ("end", "аяқталуы", "завершение"),
    ("input", "датчик", "датчик"),
    ("active", "іске қосылған", "сработал"),
];

const SOURCES: &[(&str, &str, &str)] = &[
    ("answer", "құрылғының жауабы", "ответ устройства"),
    ("lastStatus", "құрылғының соңғы күйі", "последнее состояние устройства"),
    ("journal", "жолдардың реті", "порядок строк"),
    ("nothing", "белгісіз", "ниоткуда"),
];

/// All fields in one paragraph.
pub(crate) fn fields(lang: Lang, public: &Value) -> Markup {
    html! {
        div class="fields" {
            @for (name, value) in public.as_object().into_iter().flatten() {
                @if !LINKS.contains(&name.as_str()) && !value.is_null() {
                    (look_up(NAMES, lang, name).unwrap_or(name)) ": " b { (text(lang, name, value)) } "; "
                }
            }
        }
    }
}

fn look_up<'a>(table: &'a [(&'a str, &'a str, &'a str)], lang: Lang, code: &str) -> Option<&'a str> {
    table.iter().find(|(known, ..)| *known == code).map(|(_, kk, ru)| lang.say(kk, ru))
}

fn text(lang: Lang, name: &str, value: &Value) -> String {
    let shown = match (name, value) {
        ("source", Value::String(code)) => look_up(SOURCES, lang, code).unwrap_or(code).to_owned(),
        (_, Value::String(code)) => lang.word(code).to_owned(),
        (_, Value::Bool(true)) => lang.say("иә", "да").to_owned(),
        (_, Value::Bool(false)) => lang.say("жоқ", "нет").to_owned(),
        (_, Value::Number(number)) if name.ends_with("_tiyn") => {
            let sum = number.as_u64().and_then(|tiyn| Tiyn::new(tiyn).ok());
            sum.map_or_else(|| number.to_string(), tenge)
        }
        (_, Value::Array(items)) if items.is_empty() => "—".to_owned(),
        (_, Value::Array(items)) => items.iter().map(|item| notes(lang, item)).collect::<Vec<_>>().join(", "),
        ("books_before" | "books_after", books) => cash_books(lang, books),
        (_, other) => other.to_string(),
    };
    shown.chars().take(MAX_TEXT).collect()
}

/// `5000 × 10 (касс. 1)`, `касс. 1: выдано 10, отбраковано 0`; anything else as it is.
fn notes(lang: Lang, item: &Value) -> String {
    let number = |name: &str| item.get(name).and_then(Value::as_u64);
    let cassette = number("unit").map(|unit| format!("касс. {unit}"));
    match (number("denomination"), number("notes"), number("distributed"), number("rejected")) {
        (Some(denomination), Some(notes), _, _) => {
            let place = item.get("place").and_then(Value::as_str).map(|place| lang.word(place).to_owned());
            let behind: Vec<String> = place.into_iter().chain(cassette).collect();
            let behind = if behind.is_empty() { String::new() } else { format!(" ({})", behind.join(", ")) };
            format!("{denomination} × {notes}{behind}")
        }
        (_, _, Some(out), Some(rejected)) => {
            let (given, refused) = (lang.say("берілді", "выдано"), lang.say("қабылданбады", "отбраковано"));
            format!("{}: {given} {out}, {refused} {rejected}", cassette.unwrap_or_default())
        }
        (_, _, _, _) => item.as_str().map_or_else(|| item.to_string(), |code| lang.word(code).to_owned()),
    }
}

fn cash_books(lang: Lang, books: &Value) -> String {
    let each = |name: &str| books.get(name).and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<String> = each("units").map(|(_, stock)| notes(lang, stock)).collect();
    for (denomination, sums) in each("denominations") {
        let doubt = sums.get("uncertain").and_then(Value::as_u64).unwrap_or(0);
        if doubt > 0 {
            parts.push(format!("{} {denomination} × {doubt}", lang.say("белгісіз", "под вопросом")));
        }
    }
    if parts.is_empty() { "—".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_told_in_words_and_links_and_blanks_are_left_out() {
        let row = json!({
            "request": "019a", "reason": null, "amount_tiyn": 5_000_000,
            "mix": [{"unit": 1, "denomination": 5000, "notes": 10}],
            "units": [{"unit": 1, "distributed": 9, "rejected": 2}],
            "books_before": {
                "units": {"1": {"unit": 1, "denomination": 5000, "notes": 90}},
                "denominations": {"5000": {"uncertain": 10}}
            },
            "source": "nothing", "usable": false, "new_field": {"a": 1}
        });
        let text = fields(Lang::Ru, &row).into_string().replace('\u{a0}', " ");
        for words in [
            "сумма: <b>50 000 ₸</b>",
            "выдать: <b>5000 × 10 (касс. 1)</b>",
            "касс. 1: выдано 9, отбраковано 2",
            "книги до: <b>5000 × 90 (касс. 1), под вопросом 5000 × 10</b>",
            "откуда известно: <b>ниоткуда</b>",
            "исправно: <b>нет</b>",
            "new_field: <b>{&quot;a&quot;:1}</b>",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("019a") && !text.contains("null"));
    }
}
