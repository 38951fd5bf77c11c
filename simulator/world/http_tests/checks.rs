//! Core lending's further questions, and the services that are asked about a person, over HTTP.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may")]

use base64::Engine as _;
use serde_json::{Value, json};

use super::{Caller, LOAN, MAN, MAN_ID, WOMAN_ID, payout, terms};

const OPERATION: &str = "0190f000-0000-7000-8000-000000000001";

fn ok(world: &Caller, method: &str, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = world.json(method, path, body);
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}

#[test]
fn a_loan_is_serviced_from_payout_to_its_last_tiyn() {
    let world = Caller::new();
    world.json("POST", "/core/loans", Some(terms()));
    let loan = format!("/core/loans/{LOAN}");
    let schedule = ok(&world, "GET", &format!("{loan}/schedule"), None);
    assert_eq!(schedule["instalments"].as_array().unwrap().len(), 6);
    world.json("POST", &format!("{loan}/payouts"), Some(payout(10_000_000)));
    let debt = ok(&world, "GET", &format!("{loan}/debt?on=2026-11-30"), None);
    assert_eq!((&debt["principal_tiyn"], &debt["due_tiyn"]), (&json!(10_000_000), &json!(0)));
    let repayment = json!({
        "amount_tiyn": 20_000_000, "at_ms": 1_795_000_000_000_i64, "terminal": "t1", "early": "hold",
    });
    let path = format!("{loan}/repayments/{OPERATION}");
    let outcome = ok(&world, "PUT", &path, Some(repayment.clone()));
    assert_eq!(outcome["closed"], true);
    assert_eq!(ok(&world, "PUT", &path, Some(repayment.clone())), outcome);
    let mut other = repayment;
    other["amount_tiyn"] = json!(1);
    assert_eq!(world.json("PUT", &path, Some(other)).1["code"], "repayment_conflict");
    assert_eq!(ok(&world, "GET", &format!("{loan}/payments"), None)["payments"].as_array().unwrap().len(), 1);
    let contract = ok(&world, "POST", "/core/contracts/lookup", Some(json!({ "number": "MK-1" })));
    assert_eq!(contract["standing"], json!({ "standing": "closed" }));
    let unknown = world.json("POST", "/core/contracts/lookup", Some(json!({ "number": "MK-9" })));
    assert_eq!((unknown.0, unknown.1["code"].as_str()), (404, Some("contract_unknown")));
    let money = json!({ "number": "MK-9", "amount_tiyn": 5, "at_ms": 1, "terminal": "t1" });
    ok(&world, "PUT", &format!("/core/unallocated/{OPERATION}"), Some(money));
    assert_eq!(world.get("/money").1["unallocated"][OPERATION]["amount_tiyn"], 5);
    let forced = json!({ "standing": "suspended", "since_ms": 1, "ground": "article71" });
    assert_eq!(world.json("PUT", &format!("/loans/{LOAN}/standing"), Some(forced.clone())).0, 204);
    let contracts = ok(&world, "GET", &format!("/core/clients/{MAN_ID}/contracts"), None);
    assert_eq!(contracts["contracts"][0]["standing"], forced);
}

#[test]
fn the_cabinet_keeps_clients_applications_letters_and_orders() {
    let world = Caller::new();
    let people = world.get("/people").1["people"].as_array().unwrap().clone();
    let stranger = people.iter().find(|p| p["registered"] == false && p["quirks"]["bmg"] == "own").unwrap();
    let new = json!({
        "kind": "individual", "iin": stranger["iin"], "surname": stranger["surname"],
        "given_name": stranger["given_name"], "patronymic": stranger["patronymic"],
        "document": stranger["document"], "phone": stranger["phone"], "language": stranger["language"],
    });
    let client = format!("/core/clients/{OPERATION}");
    let entered = ok(&world, "PUT", &client, Some(new.clone()));
    assert_eq!(ok(&world, "PUT", &client, Some(new.clone())), entered);
    let second = "/core/clients/0190f000-0000-7000-8000-000000000002";
    assert_eq!(world.json("PUT", second, Some(new)).1["code"], "client_conflict");
    assert_eq!(ok(&world, "GET", &format!("{client}/identity"), None)["iin"], stranger["iin"]);
    let phone = json!({ "phone": "+77017777777", "operation": OPERATION });
    ok(&world, "PUT", &format!("{client}/phone"), Some(phone));
    assert_eq!(ok(&world, "GET", &client, None)["phone"], "+77017777777");
    let account = json!({ "account": { "iban": stranger["iban"] }, "operation": OPERATION });
    ok(&world, "PUT", &format!("{client}/account"), Some(account));
    let application = json!({
        "application_id": OPERATION, "client_id": OPERATION, "revision": 1, "amount_tiyn": 10_000_000,
        "months": 6, "days": null, "purpose": "personal", "state": "received", "step": "offer", "loan_id": null,
    });
    ok(&world, "PUT", &format!("/core/applications/{OPERATION}"), Some(application));
    let stored = ok(&world, "GET", &format!("{client}/applications"), None);
    assert_eq!(stored["applications"][0]["state"], "received");
    let letter = json!({
        "message_id": OPERATION, "from_client": true, "at_ms": 1, "subject": "Сұрақ", "text": "Қашан?",
    });
    ok(&world, "PUT", &format!("{client}/messages/{OPERATION}"), Some(letter.clone()));
    // What the MFO has to tell comes by the same door.
    let notice = json!({
        "message_id": LOAN, "from_client": false, "at_ms": 2, "subject": "Хабарлама", "text": "Оқыңыз.",
    });
    ok(&world, "PUT", &format!("{client}/messages/{LOAN}"), Some(notice.clone()));
    assert_eq!(ok(&world, "GET", &format!("{client}/messages"), None)["messages"], json!([notice, letter]));
    assert_eq!(ok(&world, "GET", &format!("{client}/flags"), None)["data_leak_since_ms"], Value::Null);
    ok(&world, "GET", &format!("{client}/supplements"), None);
    ok(&world, "GET", "/core/requisites", None);
    world.json("POST", "/core/loans", Some(terms()));
    let order = format!("/core/loans/{LOAN}/cash-desk-orders/{OPERATION}");
    let ordered = ok(&world, "PUT", &order, Some(json!({ "amount_tiyn": 100 })));
    assert!(ordered["number"].as_str().unwrap().starts_with("K-"));
    assert_eq!(
        world.json("PUT", &order, Some(json!({ "amount_tiyn": 101 }))).1["code"],
        "desk_order_conflict"
    );
    let day = json!({ "operation": OPERATION, "issued": "2026-03-09" });
    ok(&world, "PUT", &format!("/core/loans/{LOAN}/payout-day"), Some(day));
    let cancellation = json!({ "operation": OPERATION, "reason": "coolingOff" });
    ok(&world, "PUT", &format!("/core/loans/{LOAN}/cancellation"), Some(cancellation));
}

#[test]
fn a_supplement_is_offered_and_concluded_or_declined_by_its_row_alone() {
    let world = Caller::new();
    world.json("POST", "/core/loans", Some(terms()));
    let (first, second) = ("00000000-0000-0000-0000-0000000000d1", "00000000-0000-0000-0000-0000000000d2");
    let draft = |supplement: &str, number: &str| {
        json!({
            "supplement_id": supplement, "number": number, "loan_id": LOAN, "kind": "restructuring",
            "principal_tiyn": 100, "annual_rate_hundredths": 2400, "months": 1, "days": null, "method": "annuity",
            "begins": "2026-03-02", "interest_tiyn": 0, "penalty_tiyn": 0, "expires_ms": 1,
        })
    };
    for (supplement, number) in [(first, "1"), (second, "2")] {
        assert_eq!(world.json("POST", "/supplements", Some(draft(supplement, number))).0, 204);
    }
    let waiting = format!("/core/clients/{MAN_ID}/supplements");
    let both = json!([draft(first, "1"), draft(second, "2")]);
    assert_eq!(ok(&world, "GET", &waiting, None)["supplements"], both);
    let concluded = |sha256: &str| {
        let one = json!({
            "no": 1, "date": "2026-04-02", "principal_tiyn": 100, "interest_tiyn": 2, "paid_tiyn": 0,
        });
        Some(json!({ "operation": OPERATION, "sha256": sha256, "schedule": [one] }))
    };
    let (b, c) = ("B".repeat(43), "C".repeat(43));
    let path = format!("/core/loans/{LOAN}/supplements/{first}/conclusion");
    ok(&world, "PUT", &path, concluded(&b));
    ok(&world, "PUT", &path, concluded(&b));
    assert_eq!(world.json("PUT", &path, concluded(&c)).1["code"], "supplement_conflict");
    let path = format!("/core/loans/{LOAN}/supplements/{second}/refusal");
    ok(&world, "PUT", &path, Some(json!({ "operation": OPERATION })));
    assert_eq!(ok(&world, "GET", &waiting, None)["supplements"], json!([]));
    let request = json!({
        "client_id": MAN_ID, "reason": "illness", "relief": "longerTerm", "months": 6, "at_ms": 1,
        "answer_by": "2026-03-17",
    });
    ok(&world, "PUT", &format!("/core/loans/{LOAN}/restructuring-requests/{OPERATION}"), Some(request));
    let change = json!({
        "change_id": OPERATION, "loan_id": LOAN, "client_id": MAN_ID, "annual_rate_hundredths": 2000, "months": 6,
        "days": null, "method": "annuity", "since_ms": 1,
    });
    assert_eq!(world.json("POST", "/one-sided-changes", Some(change.clone())).0, 204);
    assert_eq!(ok(&world, "GET", "/core/one-sided-changes", None)["changes"], json!([change]));
    let path = format!("/core/one-sided-changes/{OPERATION}/verdict");
    ok(&world, "PUT", &path, Some(json!({ "verdict": "refused" })));
    assert_eq!(world.json("PUT", &path, Some(json!({ "verdict": "taken" }))).1["code"], "verdict_conflict");
    let path = format!("/core/loans/{LOAN}/refund");
    assert_eq!(ok(&world, "GET", &path, None)["amount_tiyn"], 0);
    let choice = json!({ "operation": OPERATION, "client_id": MAN_ID, "account": null, "report_id": null });
    assert_eq!(world.json("PUT", &path, Some(choice)).1["code"], "refund_not_due");
}

#[test]
fn every_register_answers_about_the_person_who_was_asked_for() {
    let world = Caller::new();
    let (_, png) = world.raw("GET", &format!("/people/{MAN}/frames/1"), None);
    let portrait = base64::engine::general_purpose::STANDARD.encode(png);
    let claim = json!({
        "check": OPERATION, "iin": MAN, "surname": "Серікбаев", "given_name": "Әділ", "patronymic": "Қанатұлы",
        "portrait_png_base64": portrait,
    });
    let signed = |answer: &serde_json::Value| -> serde_json::Value {
        let payload = answer["result"].as_str().unwrap().split('.').nth(1).unwrap();
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
        serde_json::from_slice(&payload).unwrap()
    };
    let found = signed(&ok(&world, "POST", "/coid/checks", Some(claim)));
    assert_eq!((&found["name"], &found["portrait"]), (&json!("match"), &json!("same_person")));
    let phone = format!("/coid/phones/{OPERATION}");
    let offer = ok(&world, "PUT", &phone, Some(json!({ "iin": MAN, "life_seconds": 60 })));
    let scan = json!({ "qr": offer["qr"], "manner": "confirms" });
    assert_eq!(world.json("POST", &format!("/people/{MAN}/phone/check"), Some(scan)).0, 204);
    let stands = ok(&world, "GET", &phone, None);
    assert_eq!(stands["state"], "done");
    assert_eq!(signed(&stands["answer"])["living"], true);
    let number = json!({ "iin": MAN, "phone": "+77010000001" });
    assert_eq!(ok(&world, "POST", "/numbers/owner", Some(number))["owner"], "match");
    let report = json!({
        "number": OPERATION, "iin": MAN, "consents": { "give": OPERATION, "receive": OPERATION },
    });
    let report = ok(&world, "POST", "/bureau/reports", Some(report));
    assert_eq!(report["loans"][0]["monthly_tiyn"], 5_400_000);
    let screening = json!({
        "screening": OPERATION, "iin": "791228400418", "surname": "Иванова", "given_name": "Ольга",
        "patronymic": "Петровна", "answers": [],
    });
    assert_eq!(ok(&world, "POST", "/aml/screenings", Some(screening))["outcome"], "questions");
    let facts = |phone: bool| {
        Some(json!({
            "occasion": "payout", "client_id": MAN_ID, "loan_id": LOAN, "amount_tiyn": 1, "terminal": "t1",
            "at_ms": 1, "instructed_by_phone": phone,
        }))
    };
    assert_eq!(ok(&world, "POST", "/anti-fraud/judgements", facts(false))["verdict"], "proceed");
    assert_eq!(ok(&world, "POST", "/anti-fraud/judgements", facts(true))["verdict"], "stop");
    let ie = json!({ "iin": "830719300418" });
    assert_eq!(ok(&world, "POST", "/entrepreneurs/status", Some(ie))["since"], "2021-06-01");
    let none = ok(&world, "POST", "/entrepreneurs/status", Some(json!({ "iin": MAN })));
    assert_eq!(none["since"], Value::Null);
}

#[test]
fn money_moves_once_and_calls_are_made_once() {
    let world = Caller::new();
    let people = world.get("/people").1["people"].as_array().unwrap().clone();
    let owner = |iban: &Value| {
        ok(&world, "POST", "/bank/owners", Some(json!({ "account": { "iban": iban }, "iin": MAN })))
    };
    assert_eq!(owner(&people[0]["iban"])["ownership"], "confirmed");
    assert_eq!(owner(&people[1]["iban"])["ownership"], "other");
    let path = format!("/bank/transfers/{OPERATION}");
    let transfer = json!({
        "loan_id": LOAN, "iin": MAN, "account": { "card_token": people[0]["card_token"] }, "amount_tiyn": 7,
    });
    assert_eq!(world.json("GET", &path, None).1["code"], "transfer_unknown");
    assert_eq!(ok(&world, "PUT", &path, Some(transfer.clone()))["state"], "accepted");
    ok(&world, "PUT", &path, Some(transfer));
    assert_eq!(ok(&world, "GET", &path, None)["state"], "done");
    assert_eq!(world.get("/money").1["sent"].as_array().unwrap().len(), 1);
    let merchants = ok(&world, "GET", "/merchants", None);
    let payment = json!({
        "merchant": merchants["merchants"][0]["merchant"], "loan_id": LOAN, "amount_tiyn": 9, "invoice": "1",
    });
    let path = "/merchants/payments/0190f000-0000-7000-8000-000000000002";
    ok(&world, "PUT", path, Some(payment.clone()));
    assert_eq!(ok(&world, "GET", path, None)["state"], "done");
    let mut other = payment;
    other["merchant"] = json!("nobody");
    assert_eq!(world.json("PUT", path, Some(other)).1["code"], "merchant_unknown");
    let call = json!({ "client_id": WOMAN_ID, "phone": "+77010000002", "language": "kk" });
    let path = format!("/calls/{OPERATION}");
    assert_eq!(ok(&world, "PUT", &path, Some(call))["state"], "waiting");
    let made = ok(&world, "GET", &path, None);
    assert_eq!(made["state"], "confirmed");
    assert_eq!(ok(&world, "GET", &path, None), made);
}

#[test]
fn another_persons_answer_and_answers_of_another_form_can_be_had() {
    let world = Caller::new();
    let fault = |mode: &str| {
        world.json("PUT", "/faults/numbers", Some(json!({ "mode": mode, "times": 1 })));
        let body = json!({ "iin": MAN, "phone": "+77010000001" }).to_string();
        world.raw("POST", "/numbers/owner", Some(body.as_bytes()))
    };
    let (status, other) = fault("other_person");
    let other: Value = serde_json::from_slice(&other).unwrap();
    assert_eq!((status, &other["iin"]), (200, &json!("911231400005")));
    assert_eq!(fault("busy").0, 429);
    assert_eq!(fault("wrong_form").1, b"{\"code\":5,\"surprise\":[null]}");
    assert_eq!(fault("huge").1.len(), 64 * 1024 * 1024);
    assert!(fault("trickle").1.starts_with(b"{\"iin\""));
}
