//! Scenarios of core lending, of the bank and of merchants.

use senim_domain::calendar;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Subjects;
use super::probe::Probe;
use crate::clock::now;

fn today() -> String {
    calendar::local_date(now()).map(|date| date.to_string()).unwrap_or_default()
}

/// Numbers of contracts must not meet those of an earlier check.
fn contract_number(loan: Uuid) -> String {
    let text = loan.simple().to_string();
    format!("CHECK-{}", text.get(20..).unwrap_or(&text))
}

pub(super) fn core(probe: &mut Probe<'_>, subjects: &Subjects) {
    clients(probe, subjects);
    let loan = Uuid::now_v7();
    contract(probe, subjects, loan);
    money(probe, loan);
    cabinet(probe, subjects, loan);
    probe.refuses_nonsense("/core/loans");
}

fn clients(probe: &mut Probe<'_>, subjects: &Subjects) {
    let client = format!("/core/clients/{}", subjects.client_id);
    probe.scenario("a client is found by IIN and by identity, a stranger is not");
    let found = probe.call("GET", &format!("/core/clients/by-iin/{}", subjects.iin), None, &[200]);
    let same = found.get("client_id") == Some(&json!(subjects.client_id));
    probe.holds(same, "GET /core/clients/by-iin/{iin}: another client is found");
    let again = probe.call("GET", &client, None, &[200]);
    probe.holds(found == again, "GET /core/clients/{client_id}: the client looks different");
    let stranger = format!("/core/clients/by-iin/{}", subjects.stranger_iin);
    let none = probe.call("GET", &stranger, None, &[404]);
    let told = none.get("code").and_then(Value::as_str) == Some("client_unknown");
    probe.holds(told, "GET /core/clients/by-iin/{iin}: the code client_unknown is expected");

    probe.scenario("what stands in a client's way is told");
    for question in ["refusal", "aml", "debt-burden", "identity", "flags"] {
        let answer = probe.call("GET", &format!("{client}/{question}"), None, &[200]);
        let theirs = answer.is_null() || answer.get("client_id") == Some(&json!(subjects.client_id));
        probe.holds(theirs, "the answer is about another client");
    }
}

fn contract(probe: &mut Probe<'_>, subjects: &Subjects, loan: Uuid) {
    probe.scenario("a contract is entered once, other content under its identity is refused");
    let terms = |months: u32| {
        json!({
            "loan_id": loan, "client_id": subjects.client_id, "contract_number": contract_number(loan),
            "principal_tiyn": 10_000_000, "annual_rate_hundredths": 3800, "months": months, "days": null,
            "method": "annuity", "issued": today(), "contract_sha256": "A".repeat(43),
        })
    };
    probe.call("POST", "/core/loans", Some(&terms(6)), &[201]);
    probe.call("POST", "/core/loans", Some(&terms(6)), &[200]);
    probe.call("POST", "/core/loans", Some(&terms(12)), &[409]);
    probe.call("GET", &format!("/core/loans/{loan}"), None, &[200]);
    probe.call("GET", &format!("/core/loans/{}", Uuid::now_v7()), None, &[404]);

    probe.scenario("a payout is entered once and never above the principal");
    let path = format!("/core/loans/{loan}/payouts");
    let request = Uuid::now_v7();
    let payout =
        |request: Uuid, sum: u64| json!({ "request_id": request, "amount_tiyn": sum, "terminal": "check" });
    probe.call("POST", &path, Some(&payout(request, 10_000_000)), &[201]);
    probe.call("POST", &path, Some(&payout(request, 10_000_000)), &[200]);
    probe.call("POST", &path, Some(&payout(request, 1)), &[409]);
    probe.call("POST", &path, Some(&payout(Uuid::now_v7(), 1)), &[409]);
}

fn money(probe: &mut Probe<'_>, loan: Uuid) {
    let base = format!("/core/loans/{loan}");
    probe.scenario("a debt has its parts, a schedule its instalments");
    let schedule = probe.call("GET", &format!("{base}/schedule"), None, &[200]);
    let instalments = schedule.get("instalments").and_then(Value::as_array).cloned().unwrap_or_default();
    let principal: u64 =
        instalments.iter().filter_map(|one| one.get("principal_tiyn").and_then(Value::as_u64)).sum();
    probe.holds(
        schedule.is_null() || principal == 10_000_000,
        "GET /core/loans/{loan_id}/schedule: the parts of principal are not the principal",
    );
    let path = format!("{base}/debt?on={}", today());
    let debt = probe.call("GET", &path, None, &[200]);
    let owed = debt.get("principal_tiyn").and_then(Value::as_u64);
    probe.holds(
        debt.is_null() || owed == Some(10_000_000),
        "GET /core/loans/{loan_id}/debt: the whole principal is owed on the day of payout",
    );

    probe.scenario("money that came in is entered once and its parts are its sum");
    let operation = Uuid::now_v7();
    let path = format!("{base}/repayments/{operation}");
    let repayment =
        |sum: u64| json!({ "amount_tiyn": sum, "at_ms": now().0, "terminal": "check", "early": "hold" });
    let first = repayment(500_000);
    let outcome = probe.call("PUT", &path, Some(&first), &[200]);
    let again = probe.call("PUT", &path, Some(&first), &[200]);
    probe.holds(outcome == again, "PUT repayments: the same repayment has another outcome");
    let parts = outcome.get("allocation").and_then(Value::as_object);
    let sum: Option<u64> = parts.map(|parts| parts.values().filter_map(Value::as_u64).sum());
    probe.holds(sum.is_none_or(|sum| sum == 500_000), "PUT repayments: the parts are not the sum");
    if !outcome.is_null() {
        probe.call("PUT", &path, Some(&repayment(1)), &[409]);
    }
    probe.call("GET", &format!("{base}/payments"), None, &[200]);

    probe.scenario("money whose contract nobody knows is kept once");
    let lookup = json!({ "number": "there-is-none" });
    probe.call("POST", "/core/contracts/lookup", Some(&lookup), &[404]);
    let number = json!({ "number": contract_number(loan) });
    let found = probe.call("POST", "/core/contracts/lookup", Some(&number), &[200]);
    let same = found.is_null() || found.get("loan_id") == Some(&json!(loan));
    probe.holds(same, "POST /core/contracts/lookup: another contract is found");
    let path = format!("/core/unallocated/{}", Uuid::now_v7());
    let held =
        |sum: u64| json!({ "number": "there-is-none", "amount_tiyn": sum, "at_ms": 1, "terminal": "check" });
    probe.call("PUT", &path, Some(&held(100)), &[200]);
    probe.call("PUT", &path, Some(&held(100)), &[200]);
    probe.call("PUT", &path, Some(&held(200)), &[409]);
}

fn cabinet(probe: &mut Probe<'_>, subjects: &Subjects, loan: Uuid) {
    let client = format!("/core/clients/{}", subjects.client_id);
    probe.scenario("an application keeps its highest revision");
    let application = Uuid::now_v7();
    let path = format!("/core/applications/{application}");
    let record = |revision: u32, state: &str| {
        json!({
            "application_id": application, "client_id": subjects.client_id, "revision": revision,
            "amount_tiyn": 10_000_000, "months": 6, "days": null, "purpose": "personal", "state": state, "step": "check",
            "loan_id": null,
        })
    };
    probe.call("PUT", &path, Some(&record(2, "approved")), &[200]);
    probe.call("PUT", &path, Some(&record(1, "received")), &[200]);
    probe.call("PUT", &path, Some(&record(2, "refused")), &[409]);
    let stored = probe.call("GET", &format!("{client}/applications"), None, &[200]);
    let stored = stored.get("applications").and_then(Value::as_array).cloned();
    let kept = stored.is_none_or(|all| {
        let ours = all.iter().find(|one| one.get("application_id") == Some(&json!(application)));
        ours.and_then(|one| one.get("state")) == Some(&json!("approved"))
    });
    probe.holds(kept, "GET applications: the highest revision is not there");

    probe.scenario("letters, contracts, supplements and requisites are there");
    let message = Uuid::now_v7();
    let letter = json!({
        "message_id": message, "from_client": true, "at_ms": now().0, "subject": "check", "text": "check",
    });
    let path = format!("{client}/messages/{message}");
    probe.call("PUT", &path, Some(&letter), &[200]);
    probe.call("PUT", &path, Some(&letter), &[200]);
    for list in ["messages", "contracts", "supplements"] {
        probe.call("GET", &format!("{client}/{list}"), None, &[200]);
    }
    probe.call("GET", "/core/requisites", None, &[200]);

    probe.scenario("other terms are asked for once, and a supplement that nobody offered is not concluded");
    let path = format!("/core/loans/{loan}/restructuring-requests/{}", Uuid::now_v7());
    let asked = |reason: &str| {
        json!({
            "client_id": subjects.client_id, "reason": reason, "relief": "longerTerm", "months": 6, "at_ms": 1,
            "answer_by": "2030-01-02",
        })
    };
    probe.call("PUT", &path, Some(&asked("illness")), &[200]);
    probe.call("PUT", &path, Some(&asked("illness")), &[200]);
    probe.call("PUT", &path, Some(&asked("other")), &[409]);
    let due = probe.call("GET", &format!("/core/loans/{loan}/refund"), None, &[200]);
    let none = due.is_null() || due.get("amount_tiyn") == Some(&json!(0));
    probe.holds(none, "GET refund: nothing goes back of a contract that was not written off");
    probe.call("GET", "/core/one-sided-changes", None, &[200]);
    let path = format!("/core/loans/{loan}/supplements/{}/refusal", Uuid::now_v7());
    probe.call("PUT", &path, Some(&json!({ "operation": Uuid::now_v7() })), &[404]);

    probe.scenario(
        "a contract with money is neither moved nor cancelled, and cash is ordered at the desk once",
    );
    let day = json!({ "operation": Uuid::now_v7(), "issued": "2030-01-02" });
    probe.call("PUT", &format!("/core/loans/{loan}/payout-day"), Some(&day), &[409]);
    let cancellation = json!({ "operation": Uuid::now_v7(), "reason": "client" });
    probe.call("PUT", &format!("/core/loans/{loan}/cancellation"), Some(&cancellation), &[409]);
    let path = format!("/core/loans/{loan}/cash-desk-orders/{}", Uuid::now_v7());
    let ordered = probe.call("PUT", &path, Some(&json!({ "amount_tiyn": 100 })), &[200]);
    let again = probe.call("PUT", &path, Some(&json!({ "amount_tiyn": 100 })), &[200]);
    probe.holds(ordered == again, "PUT cash-desk-orders: the same order has another answer");
}

pub(super) fn bank(probe: &mut Probe<'_>, subjects: &Subjects) {
    probe.scenario("an account is the person's, or it is not established whose it is");
    let account = json!({ "iban": subjects.iban });
    let asked = |iin: &str| json!({ "account": account, "iin": iin });
    let own = probe.call("POST", "/bank/owners", Some(&asked(&subjects.iin)), &[200]);
    let confirmed = own.get("ownership") == Some(&json!("confirmed"));
    probe.holds(confirmed, "POST /bank/owners: confirmed is expected");
    let other = probe.call("POST", "/bank/owners", Some(&asked(&subjects.other_iin)), &[200]);
    let not = other.get("ownership") != Some(&json!("confirmed"));
    probe.holds(not, "POST /bank/owners: an account of somebody else is confirmed");

    probe.scenario("money goes once, other content is refused, and not to an account of somebody else");
    let path = format!("/bank/transfers/{}", Uuid::now_v7());
    probe.call("GET", &path, None, &[404]);
    let order = |iin: &str, sum: u64| json!({ "loan_id": Uuid::nil(), "iin": iin, "account": account, "amount_tiyn": sum });
    probe.call("PUT", &path, Some(&order(&subjects.iin, 100)), &[200]);
    probe.call("PUT", &path, Some(&order(&subjects.iin, 100)), &[200]);
    probe.call("PUT", &path, Some(&order(&subjects.iin, 200)), &[409]);
    probe.call("GET", &path, None, &[200]);
    let path = format!("/bank/transfers/{}", Uuid::now_v7());
    let foreign = probe.call("PUT", &path, Some(&order(&subjects.other_iin, 100)), &[200]);
    let rejected = foreign.get("state") == Some(&json!("rejected"));
    probe.holds(rejected, "PUT /bank/transfers/{transfer_id}: rejected is expected");
    probe.refuses_nonsense("/bank/owners");
}

pub(super) fn merchants(probe: &mut Probe<'_>, _: &Subjects) {
    probe.scenario("merchants under contract are paid once, nobody else is paid");
    let list = probe.call("GET", "/merchants", None, &[200]);
    let first = list.pointer("/merchants/0/merchant").cloned().unwrap_or(Value::Null);
    probe.holds(first.is_string(), "GET /merchants: there is no merchant");
    let order = |merchant: &Value, sum: u64| json!({ "merchant": merchant, "loan_id": Uuid::nil(), "amount_tiyn": sum, "invoice": "check" });
    let path = format!("/merchants/payments/{}", Uuid::now_v7());
    probe.call("GET", &path, None, &[404]);
    probe.call("PUT", &path, Some(&order(&first, 100)), &[200]);
    probe.call("PUT", &path, Some(&order(&first, 100)), &[200]);
    probe.call("PUT", &path, Some(&order(&first, 200)), &[409]);
    probe.call("GET", &path, None, &[200]);
    let path = format!("/merchants/payments/{}", Uuid::now_v7());
    probe.call("PUT", &path, Some(&order(&json!("there-is-none"), 100)), &[404]);
}
