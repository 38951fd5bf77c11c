//! No paper, or no printer: the loan is paid all the same, and the receipt on the screen says that there is none on paper.
//! And a firmware that is killed while nobody is there.

use serde_json::json;

use crate::stand::{LOAN_TIYN, Stand, quick};

#[test]
fn a_loan_is_paid_without_paper_and_without_a_printer_and_a_killed_terminal_comes_back() {
    let mut stand = Stand::open();
    for (person, fault, words) in
        [(0, "paper_out", ["paper out", "put in paper"]), (1, "unplug", ["line", "check the data cable"])]
    {
        stand.visit(person, "ReadyToPay");
        stand.fault("printer", fault, &json!({}));
        stand.go_on();
        stand.sees("Receipt", "");
        stand.written("ReceiptPrinted", |row| row["printed"] == false);
        let screen = stand.screen();
        let told = screen.element("paper").map(|element| element.label.clone()).unwrap_or_default();
        assert!(told.contains("could not be printed"), "{told} on {}", screen.told());
        assert_eq!(stand.rows_of("ReceiptPrinted").len(), person + 1);
        let (_, ended) = stand.last_payout();
        assert_eq!((&ended["result"], &ended["distributed_tiyn"]), (&json!("paid"), &json!(LOAN_TIYN)));
        stand.go_on();
        stand.sees("Welcome", "");
        stand.failed_row("printer", &words);
        match fault {
            "unplug" => stand.fault("printer", "replug", &json!({})),
            _ => stand.cured("printer", fault),
        }
    }
    assert_eq!(stand.stage.devices().unwrap().state("printer").unwrap()["receipts"], 0);

    stand.stage.kill_firmware().unwrap();
    stand.stage.start_firmware(&quick()).unwrap();
    stand.sees("Welcome", "");
    let starts = stand.rows_of("TerminalStarted");
    assert_eq!(starts.len(), 2);
    assert_eq!(starts[1]["clean_stop"], false, "the start says that the last run did not end in order");
    stand.closes();
}
