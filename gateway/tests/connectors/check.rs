//! `connectors check`: the simulated world passes, and a service that differs is told where.

use senim_gateway::connectors::check::{Report, check, subjects};

use super::*;

fn played(site: &Site, services: &[&str]) -> Report {
    let services: Vec<String> = services.iter().map(|name| (*name).to_owned()).collect();
    check(&site.base, &services, Duration::from_secs(5), &subjects(None).unwrap()).unwrap()
}

#[test]
fn the_simulated_world_passes_every_scenario_twice() {
    let site = Site::new();
    for _ in 0..2 {
        let report = played(&site, &[]);
        let findings: Vec<_> = report.scenarios.iter().filter(|one| !one.findings.is_empty()).collect();
        assert!(findings.is_empty(), "{findings:#?}");
        assert!(report.played >= 30, "{}", report.played);
        assert!(report.scenarios.iter().all(|one| one.requests > 0));
    }
}

#[test]
fn every_service_that_answers_otherwise_has_findings_without_what_was_asked() {
    let site = Site::new();
    for service in [
        "core",
        "match",
        "sms",
        "kdp",
        "coid",
        "numbers",
        "bureau",
        "aml",
        "anti-fraud",
        "entrepreneurs",
        "bank",
        "merchants",
        "calls",
        "signing",
        "timestamps",
        "ocsp",
        "gost",
    ] {
        for mode in ["down", "wrong_form", "garbage"] {
            site.fault(service, &format!(r#"{{"mode":"{mode}"}}"#));
            let report = played(&site, &[service]);
            assert!(report.failed > 0, "{service} {mode}");
            let text = serde_json::to_string(&report).unwrap();
            assert!(!text.contains(MAN) && !text.contains("Серікбаев"), "{service} {mode}: {text}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let people = subjects(None).unwrap();
    let tried = |url: &str, service: &str| {
        check(url, &[service.to_owned()], Duration::from_secs(1), &people).unwrap_err().to_string()
    };
    assert!(tried("ftp://a", "core").contains("http"));
    assert!(tried("http://a", "nothing").contains("there is no such service"));
    let error = subjects(Some(r#"{"iin":"900514300002","secret":1}"#)).err().unwrap().to_string();
    assert!(!error.contains(MAN) && error.contains("line 1"), "{error}");
}

#[test]
fn the_command_prints_one_document_and_exits_with_one_where_something_differs() {
    let site = Site::new();
    let run = |services: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_senim-gateway"));
        command.args(["connectors", "check", "--url", &site.base]);
        for service in services {
            command.args(["--service", service]);
        }
        let output = command.output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), document)
    };
    let (code, report) = run(&["numbers", "merchants"]);
    assert_eq!((code, &report["failed"]), (Some(0), &serde_json::json!(0)));
    site.fault("numbers", r#"{"mode":"wrong_form"}"#);
    let (code, report) = run(&["numbers"]);
    assert_eq!(code, Some(1));
    assert!(report["failed"].as_u64().unwrap() > 0);
    assert_eq!(run(&["nothing"]).0, Some(2));
}
