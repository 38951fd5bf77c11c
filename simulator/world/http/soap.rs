//! КДП over SOAP 1.1, as the State Credit Bureau publishes it: one address, HTTP Basic for the organisation, the
//! authentication token in the header, `getPersonDataAccessControl` in the namespace of the bureau (B13). Names of
//! operations and fields beyond that are ours. A check that fails is a `Fault` of the client with the code as its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::escape::escape;
use uuid::Uuid;

use super::{Shared, World};
use crate::model::kdp::{Answered, Decision, Initiator, Rejected, Request, Started, Status};
use crate::model::{Denial, Model};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const DATA: &str = "http://data.gbd.chdb.scb.kz/";
const PATH: &str = "/gbdServices/PersonalDataAccessControlImplService";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route(PATH, post(call))
}

/// What stands in an envelope: operation, its fields, and the header's.
struct Envelope {
    operation: String,
    fields: BTreeMap<String, String>,
    header: BTreeMap<String, String>,
}

const MALFORMED: Denial = Denial::invalid("malformed");

fn children(node: roxmltree::Node<'_, '_>) -> BTreeMap<String, String> {
    let elements = node.children().filter(roxmltree::Node::is_element);
    elements
        .map(|field| (field.tag_name().name().to_owned(), field.text().unwrap_or_default().to_owned()))
        .collect()
}

/// A document type is refused by the parser, so that no entity grows.
fn read(text: &str) -> Result<Envelope, Denial> {
    let document = roxmltree::Document::parse(text).map_err(|_| MALFORMED)?;
    let root = document.root_element();
    if !root.has_tag_name((ENVELOPE, "Envelope")) {
        return Err(MALFORMED);
    }
    let part = |name| root.children().find(|node| node.has_tag_name((ENVELOPE, name)));
    let body = part("Body").ok_or(MALFORMED)?;
    let operation = body.children().find(roxmltree::Node::is_element).ok_or(MALFORMED)?;
    if operation.tag_name().namespace() != Some(DATA) {
        return Err(MALFORMED);
    }
    Ok(Envelope {
        operation: operation.tag_name().name().to_owned(),
        fields: children(operation),
        header: part("Header").map(children).unwrap_or_default(),
    })
}

impl Envelope {
    fn field(&self, name: &str) -> Result<&str, Denial> {
        self.fields.get(name).map(String::as_str).ok_or(MALFORMED)
    }

    fn optional(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

fn who(headers: &HeaderMap, envelope: &Envelope) -> Result<Initiator, Denial> {
    let refused = Denial::forbidden("login_refused");
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let basic = basic.and_then(|value| value.strip_prefix("Basic ")).ok_or(refused)?;
    let pair = STANDARD.decode(basic).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = pair.ok_or(refused)?;
    let (login, password) = pair.split_once(':').ok_or(refused)?;
    let token = envelope.header.get("authenticationToken").cloned().unwrap_or_default();
    Ok(Initiator {
        login: login.to_owned(),
        password: password.to_owned(),
        authentication_token: token,
        bin: envelope.header.get("companyBin").cloned().unwrap_or_default(),
    })
}

async fn call(State(world): World, headers: HeaderMap, body: Bytes) -> Response {
    let answered = std::str::from_utf8(&body).map_err(|_| MALFORMED).and_then(read).and_then(|envelope| {
        let who = who(&headers, &envelope)?;
        let content = perform(&mut world.model(), &who, &envelope)?;
        let operation = &envelope.operation;
        Ok(format!("<d:{operation}Response xmlns:d=\"{DATA}\">{content}</d:{operation}Response>"))
    });
    let (status, content) = match answered {
        Ok(content) => (StatusCode::OK, content),
        Err(Denial { code, .. }) => {
            tracing::info!(code, "request refused");
            let fault = format!(
                "<s:Fault><faultcode>s:Client</faultcode><faultstring>{}</faultstring></s:Fault>",
                escape(code)
            );
            (StatusCode::INTERNAL_SERVER_ERROR, fault)
        }
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"{ENVELOPE}\"><s:Body>{content}</s:Body></s:Envelope>"
    );
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

fn elements(fields: &[(&str, &str)]) -> String {
    fields.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = write!(text, "<{name}>{}</{name}>", escape(*value));
        text
    })
}

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

fn perform(model: &mut Model, who: &Initiator, envelope: &Envelope) -> Result<String, Denial> {
    match envelope.operation.as_str() {
        "getPersonDataAccessControl" => match envelope.optional("requestId") {
            Some(id) => repeat(model, who, envelope, id),
            None => start(model, who, envelope),
        },
        "cancelPersonDataAccessControl" => {
            model.kdp_cancel(who, envelope.field("requestId")?)?;
            Ok(elements(&[("status", "CANCELLED")]))
        }
        "getPerson" => person(model, who, envelope),
        "getTokenStatus" => token_status(model, who, envelope),
        "getRevocationApplications" => {
            let applications = model.kdp_applications(who)?;
            Ok(applications.iter().fold(String::new(), |mut text, one| {
                let (received, until) = (moment(one.received_ms), moment(one.until_ms));
                let fields = elements(&[
                    ("number", &one.number),
                    ("tokenId", &one.jti),
                    ("received", &received),
                    ("until", &until),
                ]);
                let _ = write!(text, "<application>{fields}</application>");
                text
            }))
        }
        "setRevocationDecision" => {
            let ground = |name| envelope.optional(name).unwrap_or_default().to_owned();
            let decision = match envelope.field("decision")? {
                "REVOKE" => Decision::Revoke,
                "KEEP" => Decision::Keep([
                    ground("groundType"),
                    ground("documentNumber"),
                    ground("documentDate"),
                    ground("documentName"),
                ]),
                _ => return Err(MALFORMED),
            };
            model.kdp_decide(who, envelope.field("number")?, &decision)?;
            Ok(elements(&[("status", "TAKEN")]))
        }
        _ => Err(Denial::invalid("operation_unknown")),
    }
}

fn start(model: &mut Model, who: &Initiator, envelope: &Envelope) -> Result<String, Denial> {
    let date: jiff::Timestamp = envelope.field("requestDate")?.parse().map_err(|_| MALFORMED)?;
    let request = Request {
        number: Uuid::try_parse(envelope.field("requestNumber")?).map_err(|_| MALFORMED)?,
        iin: envelope.field("uin")?.to_owned(),
        bin: envelope.field("company_bin")?.to_owned(),
        directory_id: envelope.field("access_name")?.to_owned(),
        method: envelope.field("method")?.parse().map_err(|_| MALFORMED)?,
        date_ms: date.as_millisecond(),
        verification: envelope.optional("verificationToken").map(str::to_owned),
    };
    Ok(match model.kdp_start(who, &request)? {
        Started::Waiting(id) => elements(&[("status", "WAITING"), ("requestId", &id)]),
        Started::InProcess(id) => elements(&[("status", "IN_PROCESS"), ("requestId", &id)]),
        Started::NoBmgNumber => elements(&[("status", "NO_BMG_NUMBER")]),
        Started::Granted(jwt) => elements(&[("status", "VALID"), ("securityToken", &jwt)]),
    })
}

fn repeat(model: &mut Model, who: &Initiator, envelope: &Envelope, id: &str) -> Result<String, Denial> {
    let answered = match envelope.optional("code") {
        Some(code) => model.kdp_code(who, id, code)?,
        None => model.kdp_answer(who, id)?,
    };
    Ok(match answered {
        Answered::Waiting => elements(&[("status", "WAITING"), ("requestId", id)]),
        Answered::Granted(jwt) => elements(&[("status", "VALID"), ("securityToken", &jwt)]),
        Answered::Wrong(left) => elements(&[("status", "WRONG_CODE"), ("triesLeft", &left.to_string())]),
        Answered::Expired => elements(&[("status", "EXPIRED")]),
        Answered::Refused => elements(&[("status", "REFUSED")]),
    })
}

fn person(model: &mut Model, who: &Initiator, envelope: &Envelope) -> Result<String, Denial> {
    let answer = model.kdp_person(who, envelope.field("uin")?, envelope.field("securityToken")?)?;
    Ok(match answer {
        Err(rejected) => {
            let reason = match rejected {
                Rejected::Revoked => "REVOKED",
                Rejected::Expired => "EXPIRED",
                Rejected::Mismatch => "MISMATCH",
            };
            elements(&[("status", "REJECTED"), ("reason", reason)])
        }
        Ok(record) => {
            let mut fields = vec![
                ("status", "FOUND"),
                ("uin", record.iin.as_str()),
                ("surname", &record.surname),
                ("name", &record.given_name),
            ];
            if let Some(patronymic) = &record.patronymic {
                fields.push(("patronymic", patronymic));
            }
            fields.push(("documentType", &record.document.kind));
            fields.push(("documentNumber", &record.document.number));
            fields.push(("documentExpires", &record.document.expires));
            elements(&fields)
        }
    })
}

fn token_status(model: &mut Model, who: &Initiator, envelope: &Envelope) -> Result<String, Denial> {
    Ok(match model.kdp_status(who, envelope.field("tokenId")?)? {
        Status::Active => elements(&[("status", "ACTIVE")]),
        Status::UnderReview(until) => elements(&[("status", "UNDER_REVIEW"), ("until", &moment(until))]),
        Status::NotActive => elements(&[("status", "NOT_ACTIVE")]),
        Status::Expired => elements(&[("status", "EXPIRED")]),
    })
}
