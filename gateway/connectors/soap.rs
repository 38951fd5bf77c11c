//! SOAP 1.1: an envelope with one element in its body, and the same back. Names are compared with their namespace; a
//! document type is refused by the parser, so that no entity grows.

use std::collections::BTreeMap;

use quick_xml::escape::escape;
use senim_domain::Secret;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of the State Credit Bureau's services (B13).
const DATA: &str = "http://data.gbd.chdb.scb.kz/";

/// The element in a body.
pub(super) enum Answer {
    /// What was asked for.
    Response(Fields),
    /// The service refuses: whether the request was at fault, and the text.
    Fault {
        /// `faultcode` is Client.
        client: bool,
        /// `faultstring`.
        text: String,
    },
}

/// Children of an element.
#[derive(Default)]
pub(super) struct Fields {
    texts: BTreeMap<String, Secret>,
    groups: Vec<Fields>,
}

impl Fields {
    /// A child's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(Secret::expose)
    }

    /// A child's text, taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<Secret> {
        self.texts.remove(name)
    }

    /// Children that have children.
    pub(super) fn groups(&self) -> &[Self] {
        &self.groups
    }
}

/// An envelope. Values are escaped; names are ours.
pub(super) fn write(header: &[(&str, &str)], operation: &str, fields: &[(&str, &str)]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    text.push_str(&format!("<soap:Envelope xmlns:soap=\"{ENVELOPE}\" xmlns:data=\"{DATA}\"><soap:Header>"));
    for (name, value) in header {
        element(&mut text, &format!("data:{name}"), value);
    }
    text.push_str(&format!("</soap:Header><soap:Body><data:{operation}>"));
    for (name, value) in fields {
        element(&mut text, name, value);
    }
    text.push_str(&format!("</data:{operation}></soap:Body></soap:Envelope>"));
    text
}

fn element(text: &mut String, name: &str, value: &str) {
    let escaped = Zeroizing::new(escape(value).into_owned());
    for part in ["<", name, ">", &escaped, "</", name, ">"] {
        text.push_str(part);
    }
}

/// Reads the answer to an operation; `None`: it is none.
pub(super) fn read(text: &str, operation: &str) -> Option<Answer> {
    let document = roxmltree::Document::parse(text).ok()?;
    let element = body(&document)?;
    if element.has_tag_name((ENVELOPE, "Fault")) {
        let child = |name| element.children().find(|node| node.tag_name().name() == name);
        let code = child("faultcode").and_then(|node| node.text())?;
        let text = child("faultstring").and_then(|node| node.text()).unwrap_or_default();
        let client = code.rsplit(':').next() == Some("Client");
        return Some(Answer::Fault { client, text: text.to_owned() });
    }
    let expected = format!("{operation}Response");
    let right = element.tag_name().namespace() == Some(DATA) && element.tag_name().name() == expected;
    right.then(|| Answer::Response(fields(element)))
}

fn body<'a, 'input>(document: &'a roxmltree::Document<'input>) -> Option<roxmltree::Node<'a, 'input>> {
    let root = document.root_element();
    let body = root.children().find(|node| node.has_tag_name((ENVELOPE, "Body")));
    body.filter(|_| root.has_tag_name((ENVELOPE, "Envelope")))?.first_element_child()
}

fn fields(element: roxmltree::Node<'_, '_>) -> Fields {
    let mut found = Fields::default();
    for child in element.children().filter(roxmltree::Node::is_element) {
        if child.first_element_child().is_some() {
            found.groups.push(fields(child));
        } else {
            let text = Secret::new(child.text().unwrap_or_default().to_owned());
            found.texts.insert(child.tag_name().name().to_owned(), text);
        }
    }
    found
}

/// The element in a body by its name, its children as properties: what the published forms describe.
pub(super) fn as_json(text: &str) -> Option<(String, Value)> {
    let document = roxmltree::Document::parse(text).ok()?;
    let element = body(&document)?;
    Some((element.tag_name().name().to_owned(), Value::Object(properties(element))))
}

fn properties(element: roxmltree::Node<'_, '_>) -> Map<String, Value> {
    let mut found = Map::new();
    for child in element.children().filter(roxmltree::Node::is_element) {
        let name = child.tag_name().name().to_owned();
        if child.first_element_child().is_some() {
            let list = found.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.push(Value::Object(properties(child)));
            }
        } else {
            found.insert(name, Value::String(child.text().unwrap_or_default().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_is_called_cannot_break_out_of_its_element() {
        let text = write(&[("token", "a&b")], "getPerson", &[("surname", "</surname><x>\"'>")]);
        let document = roxmltree::Document::parse(&text).unwrap();
        let surname = document.descendants().find(|node| node.has_tag_name("surname")).unwrap();
        assert_eq!(surname.text(), Some("</surname><x>\"'>"));
        assert!(surname.next_sibling_element().is_none());
    }

    #[test]
    fn an_answer_to_another_question_or_of_another_namespace_is_none() {
        let envelope =
            |inner: &str| format!("<e:Envelope xmlns:e=\"{ENVELOPE}\"><e:Body>{inner}</e:Body></e:Envelope>");
        let right =
            envelope(&format!("<d:aResponse xmlns:d=\"{DATA}\"><b>1</b><c><d>2</d></c></d:aResponse>"));
        let Some(Answer::Response(fields)) = read(&right, "a") else { panic!("not read") };
        assert_eq!((fields.text("b"), fields.groups()[0].text("d")), (Some("1"), Some("2")));
        assert!(read(&right, "b").is_none());
        assert!(read(&right.replace(DATA, "http://example.org/"), "a").is_none());
        assert!(read(&envelope(""), "a").is_none());
        assert!(read("<a/>", "a").is_none() && read("", "a").is_none());
        let bomb = format!("<!DOCTYPE x [<!ENTITY y \"z\">]>{right}");
        assert!(read(&bomb, "a").is_none());
        let fault =
            envelope("<e:Fault><faultcode>e:Client</faultcode><faultstring>no</faultstring></e:Fault>");
        assert!(matches!(read(&fault, "a"), Some(Answer::Fault { client: true, text }) if text == "no"));
    }
}
