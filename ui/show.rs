//! From the model's [`View`] to Slint's properties, and back to nothing.

use std::rc::Rc;

use senim_domain::Language;
use senim_domain::loan::Method;
use senim_domain::rule_pack::OfferedTerms;
use senim_ui_model::hand::Changed;
use senim_ui_model::view::reason;
use senim_ui_model::{
    Camera, DraftView, EndKind, InputError, Instruction, Offer, Payout, PayoutPhase, Receipt, Row, Screen,
    View, Wait, format,
};
use slint::{Model, ModelRc, SharedString, VecModel};

use crate::bind::App;
use crate::error::UiError;
use crate::forms;
use crate::generated::{
    Draft, Ending, InputProblem, Line, Page, Pair, Paper, Pose, RepayBy, Stage, Ui, WaitFor,
};

/// A count as Slint counts.
pub(crate) fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(crate) fn seconds(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Selects the language of all texts.
pub(crate) fn language(app: &App, language: Language) -> Result<(), UiError> {
    let changed = app.inner.local.borrow().language != Some(language);
    if changed {
        slint::select_bundled_translation(language.code())
            .map_err(|_| UiError::NoTranslation(language.code()))?;
        app.inner.local.borrow_mut().language = Some(language);
        app.ui().set_language(language.code().into());
    }
    Ok(())
}

/// Shows everything.
pub(crate) fn view(app: &App, view: &View) -> Result<(), UiError> {
    language(app, view.language)?;
    let ui = app.ui();
    let page = page(&view.screen);
    let changed = {
        let mut local = app.inner.local.borrow_mut();
        local.page = page;
        local.detail = view.screen.detail();
        local.hand.show(view)
    };
    if changed.screen {
        clear_page(&ui);
    }
    ui.set_mfo(text(&view.header.mfo));
    ui.set_licence(text(&view.header.licence));
    ui.set_terminal(text(&view.header.terminal));
    ui.set_phone(text(&view.header.phone));
    forms::set(&ui.get_help_lines(), view.help.lines.iter().map(|line| text(line)).collect(), |lines| {
        ui.set_help_lines(lines);
    });
    set_pairs(&ui.get_help_facts(), &view.help.facts, |rows| ui.set_help_facts(rows));
    app.echo_comfort();
    ui.set_rig(view.rig);
    ui.set_still_there(view.still_there_seconds.is_some());
    ui.set_still_there_seconds(seconds(view.still_there_seconds.unwrap_or(0)));
    screen(app, &ui, &view.screen, changed);
    // Last, so that a screen appears whole.
    ui.set_page(page);
    Ok(())
}

/// The page of a screen.
const fn page(screen: &Screen) -> Page {
    match screen {
        Screen::OutOfService { .. } => Page::OutOfService,
        Screen::Welcome { .. } => Page::Welcome,
        Screen::EnterIin(_) => Page::EnterIin,
        Screen::EnterCode(_) => Page::EnterCode,
        Screen::Waiting(_) => Page::Waiting,
        Screen::Amount(_) => Page::Amount,
        Screen::Schedules { .. } => Page::Schedules,
        Screen::Contract(_) => Page::Contract,
        Screen::Camera(_) => Page::Camera,
        Screen::Agree { .. } => Page::Agree,
        Screen::ReadyToPay { .. } => Page::ReadyToPay,
        Screen::Payout(_) => Page::Payout,
        Screen::Receipt(_) => Page::Receipt,
        Screen::Notice(_) => Page::Notice,
        Screen::Choice(_) => Page::Choice,
        Screen::Entry(_) => Page::Entry,
        Screen::End { .. } => Page::End,
        Screen::Target(_) => Page::Target,
    }
}

fn screen(app: &App, ui: &Ui<'_>, screen: &Screen, changed: Changed) {
    match screen {
        Screen::OutOfService { reasons } => {
            let language = app.inner.local.borrow().language.unwrap_or_default();
            let reasons: Vec<&str> = reasons.iter().map(|code| reason(code, language)).collect();
            ui.set_reasons(text(&reasons.join(", ")));
        }
        Screen::Welcome(welcome) => {
            ui.set_repayment(welcome.repayment);
            ui.set_registration(welcome.registration);
            ui.set_without_notes(welcome.without_notes.is_some());
            ui.set_available(welcome.unavailable.is_none());
            ui.set_lends(welcome.no_loan.is_none());
            ui.set_reason(text(welcome.no_loan.as_deref().unwrap_or_default()));
        }
        Screen::EnterIin(enter) => entry(app, ui, enter.error),
        Screen::EnterCode(enter) => {
            ui.set_phone_masked(text(enter.phone_masked.expose()));
            ui.set_seconds_left(seconds(enter.seconds_left));
            ui.set_attempts_left(i32::try_from(enter.tries_left).unwrap_or(i32::MAX));
            entry(app, ui, enter.error);
        }
        Screen::Waiting(wait) => ui.set_wait_for(wait_for(*wait)),
        Screen::Amount(offer) => amount(app, ui, offer),
        Screen::Schedules { drafts } => schedules(app, ui, drafts, changed),
        Screen::Contract(contract) => crate::contract::show(app, ui, contract),
        Screen::Camera(camera) => show_camera(ui, camera),
        Screen::Agree { key_terms } => {
            set_pairs(&ui.get_key_terms(), key_terms, |rows| ui.set_key_terms(rows))
        }
        Screen::ReadyToPay { amount } => ui.set_sum(text(&amount.0)),
        Screen::Payout(payout) => show_payout(ui, payout),
        Screen::Receipt(receipt) => show_receipt(ui, receipt),
        Screen::Notice(notice) => forms::notice(ui, notice),
        Screen::Choice(choice) => forms::choice(ui, choice),
        Screen::Entry(entry) => forms::entry(app, ui, entry),
        Screen::Target(target) => {
            let (x, y) = target.mark.fractions();
            ui.set_mark_x(x);
            ui.set_mark_y(y);
            ui.set_title(text(&target.title));
            ui.set_lead(text(&target.text));
        }
        Screen::End { kind, reference, least_age } => {
            ui.set_least_age(i32::from(*least_age));
            ui.set_ending(ending(*kind));
            ui.set_reference(text(reference));
        }
    }
}

fn entry(app: &App, ui: &Ui<'_>, error: Option<InputError>) {
    app.echo_typed();
    ui.set_problem(match error {
        None => InputProblem::None,
        Some(InputError::IinInvalid) => InputProblem::IinInvalid,
        Some(InputError::CodeWrong) => InputProblem::CodeWrong,
        Some(InputError::CodeExpired) => InputProblem::CodeExpired,
    });
}

fn amount(app: &App, ui: &Ui<'_>, offer: &Offer) {
    let sum =
        |sum: Option<&senim_domain::Tiyn>| sum.map(|sum| format::money(*sum).0).unwrap_or_default().into();
    ui.set_greeting(text(offer.greeting.expose()));
    ui.set_about_login(text(&offer.about_login));
    ui.set_amount_least(sum(offer.payable.first()));
    ui.set_amount_most(sum(offer.payable.last()));
    ui.set_amount_count(number(offer.payable.len()));
    let (terms, in_days) = match &offer.product.terms {
        OfferedTerms::Months(months) => (months, false),
        OfferedTerms::Days(days) => (days, true),
    };
    let terms: Vec<i32> = terms.iter().map(|term| i32::from(*term)).collect();
    ui.set_terms_in_days(in_days);
    if !ui.get_terms().iter().eq(terms.iter().copied()) {
        ui.set_terms(model(terms));
    }
    app.echo_totals();
}

fn schedules(app: &App, ui: &Ui<'_>, views: &[DraftView], changed: Changed) {
    if changed.screen || changed.drafts {
        ui.set_drafts(drafts(views, Tables::With));
    }
    app.echo_chosen();
}

/// Whether the tables come along; live totals need none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tables {
    /// Every instalment.
    With,
    /// Totals only.
    Without,
}

/// Drafts as Slint shows them.
pub(crate) fn drafts(views: &[DraftView], tables: Tables) -> ModelRc<Draft> {
    let draft = |view: &DraftView| Draft {
        method: match view.method {
            Method::Annuity => RepayBy::Annuity,
            Method::Differentiated => RepayBy::Differentiated,
            Method::Single => RepayBy::Single,
            Method::Own => RepayBy::Own,
        },
        first: text(&view.first.0),
        last: text(&view.last.0),
        total: text(&view.total.0),
        overpayment: text(&view.overpayment.0),
        rate: text(&view.rate),
        gesv: text(&view.gesv),
        lines: match tables {
            Tables::With => model(view.rows.iter().map(line).collect()),
            Tables::Without => ModelRc::default(),
        },
    };
    model(views.iter().map(draft).collect())
}

fn line([no, date, payment, principal, interest, balance]: &[String; 6]) -> Line {
    Line {
        no: text(no),
        date: text(date),
        payment: text(payment),
        principal: text(principal),
        interest: text(interest),
        balance: text(balance),
    }
}

fn show_camera(ui: &Ui<'_>, camera: &Camera) {
    ui.set_pose(match camera.instruction {
        Instruction::StandStill => Pose::StandStill,
        Instruction::Hold => Pose::Hold,
        Instruction::Poor(_) => Pose::Poor,
        Instruction::NoMatch => Pose::NoMatch,
    });
    ui.set_photo_advice(text(&camera.advice));
    ui.set_attempts_left(seconds(camera.attempts_left));
}

fn show_payout(ui: &Ui<'_>, payout: &Payout) {
    ui.set_sum(text(&payout.amount.0));
    ui.set_portion(text(&payout.portion.0));
    ui.set_bundle(seconds(payout.bundle));
    ui.set_bundles(seconds(payout.of));
    ui.set_stage(match payout.phase {
        PayoutPhase::Preparing => Stage::Preparing,
        PayoutPhase::Dispensing => Stage::Dispensing,
        PayoutPhase::Taking => Stage::Taking,
        PayoutPhase::Retracting => Stage::Retracting,
        PayoutPhase::Checking => Stage::Checking,
    });
}

fn show_receipt(ui: &Ui<'_>, receipt: &Receipt) {
    ui.set_sum(text(&receipt.requested.0));
    ui.set_paid(text(&receipt.paid.0));
    ui.set_complete(receipt.complete);
    ui.set_uncertain(receipt.uncertain);
    set_pairs(&ui.get_notes(), &receipt.notes, |rows| ui.set_notes(rows));
    ui.set_has_first_payment(receipt.first_payment.is_some());
    ui.set_first_payment(receipt.first_payment.as_ref().map(pair).unwrap_or_default());
    ui.set_reference(text(&receipt.reference));
    ui.set_paper(match receipt.printed {
        None => Paper::Printing,
        Some(true) => Paper::Printed,
        Some(false) => Paper::Failed,
    });
}

fn wait_for(wait: Wait) -> WaitFor {
    match wait {
        Wait::Login => WaitFor::Login,
        Wait::Code => WaitFor::Code,
        Wait::Decision => WaitFor::Decision,
        Wait::Face => WaitFor::Face,
        Wait::Contract => WaitFor::Contract,
        Wait::Authorisation => WaitFor::Authorisation,
    }
}

fn ending(kind: EndKind) -> Ending {
    match kind {
        EndKind::Cancelled => Ending::Cancelled,
        EndKind::TimedOut => Ending::TimedOut,
        EndKind::NotAvailable => Ending::NotAvailable,
        EndKind::TooManyCodes => Ending::TooManyCodes,
        EndKind::NotApproved => Ending::NotApproved,
        EndKind::VoluntaryRefusal => Ending::VoluntaryRefusal,
        EndKind::LoanOpen => Ending::LoanOpen,
        EndKind::FaceNotMatched => Ending::FaceNotMatched,
        EndKind::CameraFailed => Ending::CameraFailed,
        EndKind::Unreachable => Ending::Unreachable,
        EndKind::TermsMismatch => Ending::TermsMismatch,
        EndKind::NothingPaid => Ending::NothingPaid,
        EndKind::OnBattery => Ending::OnBattery,
        EndKind::UnderAge => Ending::UnderAge,
    }
}

/// Forgets everything: what was on any screen, and the header.
pub(crate) fn clear(ui: &Ui<'_>) {
    ui.set_page(Page::Blank);
    ui.set_still_there(false);
    ui.set_still_there_seconds(0);
    clear_page(ui);
    ui.set_mfo(SharedString::new());
    ui.set_licence(SharedString::new());
    ui.set_terminal(SharedString::new());
    ui.set_phone(SharedString::new());
    ui.set_helping(false);
}

/// Forgets what the screens showed.
fn clear_page(ui: &Ui<'_>) {
    for clear in [
        Ui::set_reasons,
        Ui::set_reason,
        Ui::set_reference,
        Ui::set_typed,
        Ui::set_phone_masked,
        Ui::set_greeting,
        Ui::set_about_login,
        Ui::set_amount,
        Ui::set_amount_least,
        Ui::set_amount_most,
        Ui::set_sum,
        Ui::set_portion,
        Ui::set_paid,
        Ui::set_title,
        Ui::set_lead,
        Ui::set_primary,
        Ui::set_secondary,
        Ui::set_entry_error,
    ] {
        clear(ui, SharedString::new());
    }
    for clear in [
        Ui::set_typed_count,
        Ui::set_digits,
        Ui::set_seconds_left,
        Ui::set_amount_index,
        Ui::set_amount_count,
        Ui::set_term_index,
        Ui::set_attempts_left,
        Ui::set_bundle,
        Ui::set_bundles,
        Ui::set_least,
    ] {
        clear(ui, 0);
    }
    forms::clear(ui);
    ui.set_chosen(-1);
    ui.set_problem(InputProblem::None);
    ui.set_terms(ModelRc::default());
    ui.set_drafts(ModelRc::default());
    ui.set_key_terms(ModelRc::default());
    ui.set_paragraphs(ModelRc::default());
    ui.set_notes(ModelRc::default());
    ui.set_has_first_payment(false);
    ui.set_first_payment(Pair::default());
    ui.set_page_image(slint::Image::default());
    ui.set_page_index(0);
    ui.set_page_count(0);
    ui.set_has_preview(false);
    ui.set_preview(slint::Image::default());
}

/// A text as it is shown: every one goes this way, so that no line breaks within a number.
pub(crate) fn text(text: &str) -> SharedString {
    format::unbroken(text).into()
}

fn pair(row: &Row) -> Pair {
    Pair { label: text(&row.label), value: text(&row.value) }
}

/// Sets rows only when they are others, so that a list keeps where it was scrolled to.
pub(crate) fn set_pairs(shown: &ModelRc<Pair>, rows: &[Row], set: impl FnOnce(ModelRc<Pair>)) {
    if !shown.iter().eq(rows.iter().map(pair)) {
        set(model(rows.iter().map(pair).collect()));
    }
}

pub(crate) fn model<T: Clone + 'static>(rows: Vec<T>) -> ModelRc<T> {
    ModelRc::from(Rc::new(VecModel::from(rows)))
}
