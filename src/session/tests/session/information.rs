//! What anybody may read and take along without a login.

use senim_domain::Language;
use senim_domain::rule_pack::Service;
use senim_operation::message::MessageBody;
use senim_session::Action;
use senim_session::action::Decision;
use senim_session::dialogue::cabinet::Slip;
use senim_session::dialogue::information::{Leaflet, Reading};
use senim_session::effect::{Effect, Paper};
use senim_session::event::Event;
use senim_session::state::{Errand, State};

use crate::desk::*;

/// At the list of what anybody may read.
fn at_the_list() -> Desk {
    let mut desk = Desk::open();
    let mut next = pack();
    next.version = 2;
    next.allowed_operations.insert(Service::Cabinet);
    desk.send(Event::Directive(Box::new(durable_message(MessageBody::RulePack(Box::new(next))))));
    desk.act(Action::ChooseLanguage(Language::Ru));
    desk.choose(Errand::Information);
    assert!(matches!(desk.session.state(), State::Information(Reading::List)));
    desk
}

fn page(desk: &Desk) -> Option<(Leaflet, Slip)> {
    match desk.session.state() {
        State::Information(Reading::Page { leaflet, slip, .. }) => Some((*leaflet, *slip)),
        _ => None,
    }
}

fn printed_papers(desk: &Desk) -> Vec<Paper> {
    let papers = desk.effects.iter().filter_map(|effect| match effect {
        Effect::Print(paper) => Some(*paper),
        _ => None,
    });
    papers.collect()
}

#[test]
fn each_page_is_read_without_a_login_and_leads_back_to_the_list_and_the_menu() {
    let mut desk = at_the_list();
    let rows = desk.rows().len();
    for (place, leaflet) in Leaflet::ALL.into_iter().enumerate() {
        desk.decide(Decision::Choose(place));
        assert_eq!(page(&desk), Some((leaflet, Slip::Unwanted)));
        desk.decide(Decision::Confirm);
        assert!(matches!(desk.session.state(), State::Information(Reading::List)));
    }
    desk.decide(Decision::Choose(Leaflet::ALL.len()));
    assert!(matches!(desk.session.state(), State::Information(Reading::List)), "there is no such page");
    desk.decide(Decision::Choose(0));
    desk.act(Action::Back);
    desk.act(Action::Back);
    assert!(matches!(desk.session.state(), State::Menu));
    assert_eq!(desk.rows().len(), rows, "reading is nobody's business");
}

#[test]
fn what_one_needs_is_printed_once_however_often_the_button_is_touched_and_can_be_printed_again() {
    let mut desk = at_the_list();
    desk.decide(Decision::Choose(0));
    desk.decide(Decision::Decline);
    desk.decide(Decision::Decline);
    let paper = Paper::Leaflet(Leaflet::Needs);
    assert_eq!(printed_papers(&desk), [paper]);
    let rows = desk.rows().len();
    desk.send(Event::ReceiptDone { paper, printed: true, sha256: "s".into() });
    assert_eq!(page(&desk), Some((Leaflet::Needs, Slip::Ended(true))));
    assert_eq!(desk.rows().len(), rows);
    desk.decide(Decision::Decline);
    assert_eq!(printed_papers(&desk), [paper, paper]);
    // A leaflet that comes out after its reader went on changes nothing.
    desk.decide(Decision::Confirm);
    desk.send(Event::ReceiptDone { paper, printed: false, sha256: "s".into() });
    assert!(matches!(desk.session.state(), State::Information(Reading::List)));
}

#[test]
fn without_paper_a_page_is_read_and_not_printed() {
    let mut desk = at_the_list();
    desk.send(Event::Printer(senim_hal::receipt_printer::Event::Failed(offline())));
    desk.decide(Decision::Choose(0));
    desk.decide(Decision::Decline);
    assert_eq!(printed_papers(&desk), []);
    assert_eq!(page(&desk), Some((Leaflet::Needs, Slip::Unwanted)));
}
