//! The live screens in a headless window: fingers are pointer events at the places of real elements.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may stop them"
)]

#[path = "screen/hand.rs"]
mod hand;
#[path = "screen/layout.rs"]
mod layout;
#[path = "screen/listen.rs"]
mod listen;

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use senim_domain::loan::Method;
use senim_domain::touch::{DisplayPoint, TouchCorrection};
use senim_domain::{Language, Secret, SecretBytes, Tiyn};
use senim_ui::control::Control;
use senim_ui::elements::{self, Element, Pointer, TapError};
use senim_ui::gallery;
use senim_ui::headless::Headless;
use senim_ui::inspect;
use senim_ui::samples::{self, Sample};
use senim_ui::{App, UiError};
use senim_ui_model::hand::Comfort;
use senim_ui_model::{Action, Contract, Decision, EnterIin, Notice, Screen, View};

thread_local! {
    static APP: RefCell<Option<App>> = const { RefCell::new(None) };
    static HEARD: RefCell<Vec<Action>> = const { RefCell::new(Vec::new()) };
}

const LARGE: Comfort = Comfort { large: true, contrast: false, low: false };

/// One test at a time: they share the one screen that a process can have.
static TURN: Mutex<()> = Mutex::new(());

fn start() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let (ready, wait) = channel();
        std::thread::spawn(move || {
            let _headless = Headless::install((1280, 800)).unwrap();
            let app = App::new().unwrap();
            app.on_action(|action| HEARD.with(|heard| heard.borrow_mut().push(action)));
            APP.with(|shared| *shared.borrow_mut() = Some(app));
            ready.send(()).unwrap();
            slint::run_event_loop().unwrap();
        });
        wait.recv().unwrap();
    });
}

/// Does something on the thread of the screen, on a wiped window of 1280×800.
fn with<T: Send + 'static>(act: impl FnOnce(&App, &Headless) -> T + Send + 'static) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    on_thread(|app, headless| {
        headless.resize((1280, 800));
        gallery::place(app, headless, &sample(Language::En, "agree"), Comfort::default()).unwrap();
        app.wipe();
        HEARD.with(|heard| heard.borrow_mut().clear());
        headless.step();
        act(app, headless)
    })
}

fn on_thread<T: Send + 'static>(act: impl FnOnce(&App, &Headless) -> T + Send + 'static) -> T {
    start();
    let (sender, answer) = channel();
    slint::invoke_from_event_loop(move || {
        let app = APP.with(|app| app.borrow().clone()).unwrap();
        let headless = Headless::current().unwrap();
        let result = catch_unwind(AssertUnwindSafe(|| act(&app, &headless)));
        let _ = sender.send(result);
    })
    .unwrap();
    answer.recv().unwrap().unwrap_or_else(|panic| resume_unwind(panic))
}

/// What was decided since the last call; touches apart.
fn decisions() -> Vec<Action> {
    HEARD.with(|heard| heard.take()).into_iter().filter(|action| *action != Action::Touched).collect()
}

fn touches() -> usize {
    HEARD.with(|heard| heard.borrow().iter().filter(|action| **action == Action::Touched).count())
}

fn sample(language: Language, name: &str) -> Sample {
    samples::all(language).into_iter().find(|sample| sample.name[4..] == *name).unwrap()
}

fn show(app: &App, headless: &Headless, name: &str) {
    gallery::show(app, headless, &sample(Language::En, name), Comfort::default()).unwrap();
    HEARD.with(|heard| heard.borrow_mut().clear());
}

fn find(app: &App, id: &str) -> Element {
    let mut found: Vec<Element> = elements::all(app).into_iter().filter(|element| element.id == id).collect();
    assert_eq!(found.len(), 1, "{id}");
    found.remove(0)
}

fn has(app: &App, id: &str) -> bool {
    elements::all(app).iter().any(|element| element.id == id)
}

fn type_digits(app: &App, digits: &str) {
    for digit in digits.chars() {
        elements::tap(app, &format!("digit-{digit}")).unwrap();
    }
}

fn view(screen: Screen) -> View {
    View {
        language: Language::En,
        header: samples::header(Language::En),
        help: samples::help(Language::En),
        screen,
        still_there_seconds: None,
        rig: true,
        step: 7,
    }
}

#[test]
fn help_lies_whole_over_the_screen_in_every_language_and_goes_with_what_was_typed_kept() {
    with(|app, headless| {
        for (width, height) in [(1280, 800), (1024, 600)] {
            headless.resize((width, height));
            for language in Language::ALL {
                app.wipe();
                headless.step();
                app.show(&sample(language, "enter-iin").view).unwrap();
                headless.step();
                elements::tap(app, "digit-9").unwrap();
                elements::tap(app, "help").unwrap();
                headless.step();
                let close = find(app, "close-help");
                let whole = close.y + close.height <= height as f32 && close.x + close.width <= width as f32;
                assert!(whole && !close.covered, "{language:?} {width}x{height} {close:?}");
                assert_eq!(
                    elements::tap(app, "digit-0"),
                    Err(TapError::Covered("digit-0".into())),
                    "the finger does not reach through"
                );
                elements::tap(app, "close-help").unwrap();
                headless.step();
                elements::tap(app, "erase").unwrap();
                assert!(elements::all(app).iter().all(|element| element.id != "close-help"));
            }
        }
        headless.resize((1280, 800));
        headless.step();
    });
}

#[test]
fn the_main_button_of_each_screen_says_what_it_means() {
    with(|app, headless| {
        for (name, action) in [
            ("camera-stand-still", Action::TakePicture),
            ("camera-no-match", Action::TakePicture),
            ("agree", Action::Agree),
            ("ready-to-pay", Action::PayOut),
            ("receipt", Action::Done),
            ("receipt-uncertain", Action::Done),
            ("end-cancelled", Action::Done),
            ("end-under-age", Action::Done),
        ] {
            show(app, headless, name);
            elements::tap(app, "primary").unwrap();
            assert_eq!(decisions(), [action], "{name}");
        }
        for (name, id, action) in [
            ("welcome", "language-kk", Action::ChooseLanguage(Language::Kk)),
            ("welcome", "language-ru", Action::ChooseLanguage(Language::Ru)),
            ("agree", "language-en", Action::ChooseLanguage(Language::En)),
            ("enter-code", "resend", Action::ResendCode),
            ("enter-code", "back", Action::Back),
            ("enter-iin", "cancel", Action::Cancel),
            ("waiting-decision", "cancel", Action::Cancel),
            ("camera-hold", "back", Action::Back),
            ("still-there", "stay", Action::Stay),
            ("still-there", "leave", Action::Cancel),
        ] {
            show(app, headless, name);
            elements::tap(app, id).unwrap();
            assert_eq!(decisions(), [action], "{name} {id}");
        }
    });
}

#[test]
fn an_iin_is_typed_corrected_and_sent_as_a_secret() {
    with(|app, headless| {
        app.show(&view(Screen::EnterIin(EnterIin { error: None }))).unwrap();
        headless.step();
        type_digits(app, "90051430000");
        assert!(!find(app, "primary").enabled);
        assert_eq!(elements::tap(app, "primary"), Err(TapError::Disabled("primary".into())));
        elements::tap(app, "erase").unwrap();
        type_digits(app, "02");
        assert_eq!(find(app, "iin").label, "12 digits entered");
        type_digits(app, "7");
        assert_eq!(find(app, "iin").label, "12 digits entered", "a thirteenth digit has no place");
        elements::tap(app, "primary").unwrap();
        assert_eq!(decisions(), [Action::SubmitIin(Secret::new("900514300002".into()))]);
        assert_eq!(
            elements::tap(app, "primary"),
            Err(TapError::Disabled("primary".into())),
            "once is enough"
        );
        assert!(!elements::screen(app, headless).settled);
    });
}

#[test]
fn a_code_is_shown_as_a_count_and_leaves_nothing_behind_when_sent() {
    with(|app, headless| {
        gallery::show(app, headless, &sample(Language::En, "enter-code-wrong"), Comfort::default()).unwrap();
        HEARD.with(|heard| heard.borrow_mut().clear());
        type_digits(app, "123456");
        assert_eq!(find(app, "code").label, "6 digits entered");
        let keys = |element: &Element| element.id.starts_with("digit-");
        let spoken: String = elements::all(app)
            .into_iter()
            .filter(|element| !keys(element))
            .map(|element| element.label)
            .collect();
        assert!(!spoken.contains("123456"));
        elements::tap(app, "primary").unwrap();
        assert_eq!(decisions(), [Action::SubmitCode(Secret::new("123456".into()))]);
        assert_eq!(find(app, "code").label, "0 digits entered");
    });
}

#[test]
fn wiping_takes_what_was_typed_and_shown() {
    with(|app, headless| {
        let screen = view(Screen::EnterIin(EnterIin { error: None }));
        app.show(&screen).unwrap();
        headless.step();
        type_digits(app, "900514300002");
        app.show(&screen).unwrap();
        assert_eq!(find(app, "iin").label, "12 digits entered", "showing the same screen keeps the echo");
        app.wipe();
        headless.step();
        assert!(elements::all(app).is_empty());
        let frame = headless.frame();
        assert!(frame.rgb.chunks(3).all(|pixel| pixel == &frame.rgb[..3]), "the window is empty");
        app.show(&screen).unwrap();
        headless.step();
        assert_eq!(find(app, "iin").label, "0 digits entered");
        assert!(!find(app, "primary").enabled);
    });
}

#[test]
fn the_sum_follows_buttons_and_finger_and_is_one_that_can_be_paid() {
    with(|app, headless| {
        show(app, headless, "amount");
        app.wipe();
        app.show(&sample(Language::En, "amount").view).unwrap();
        headless.step();
        assert_eq!(find(app, "amount").label, "20\u{202f}000\u{202f}₸", "it begins with the least");
        assert!(!find(app, "amount-less").enabled);
        elements::tap(app, "amount-more").unwrap();
        elements::tap(app, "amount-more").unwrap();
        elements::tap(app, "amount-less").unwrap();
        assert_eq!(find(app, "amount").label, "21\u{202f}000\u{202f}₸");
        let slider = find(app, "amount-slider");
        elements::pointer(app, Pointer::Press, slider.x + 40.0, slider.centre().1);
        elements::pointer(app, Pointer::Move, slider.x + slider.width / 2.0, slider.centre().1);
        assert_eq!(find(app, "amount").label, "160\u{202f}000\u{202f}₸");
        elements::pointer(app, Pointer::Move, slider.x + slider.width + 500.0, slider.centre().1);
        elements::pointer(app, Pointer::Release, slider.x + slider.width + 500.0, slider.centre().1);
        assert_eq!(find(app, "amount").label, "300\u{202f}000\u{202f}₸");
        assert!(!find(app, "amount-more").enabled);
        elements::tap(app, "term-18").unwrap();
        elements::tap(app, "primary").unwrap();
        let principal = Tiyn::from_tenge(300_000).unwrap();
        assert_eq!(decisions(), [Action::Apply { principal, term: senim_domain::loan::Term::Months(18) }]);
    });
}

#[test]
fn no_method_is_chosen_until_the_person_chooses() {
    with(|app, headless| {
        show(app, headless, "schedules");
        assert!(!find(app, "primary").enabled);
        elements::tap(app, "table-1").unwrap();
        headless.step();
        assert_eq!(elements::tap(app, "choose-0"), Err(TapError::Covered("choose-0".into())));
        elements::tap(app, "close-table").unwrap();
        headless.step();
        elements::tap(app, "choose-1").unwrap();
        elements::tap(app, "primary").unwrap();
        assert_eq!(decisions(), [Action::ChooseMethod(Method::Differentiated)]);
    });
}

#[test]
fn the_contract_is_read_to_its_end_before_it_can_go_on() {
    with(|app, headless| {
        show(app, headless, "contract");
        assert!(!has(app, "primary"));
        assert!(!find(app, "page-up").enabled);
        let mut pages = 0;
        while find(app, "page-down").enabled {
            assert!(!has(app, "primary"));
            // Either button turns the page.
            elements::tap(app, if pages % 2 == 0 { "further" } else { "page-down" }).unwrap();
            headless.step();
            pages += 1;
            assert!(pages < 50);
        }
        assert!(pages > 1);
        elements::tap(app, "page-up").unwrap();
        headless.step();
        elements::tap(app, "primary").unwrap();
        assert_eq!(decisions(), [Action::ContractRead], "having read it is not forgotten");
    });
}

#[test]
fn what_is_decided_is_seen_to_its_end_before_it_can_be_decided() {
    with(|app, headless| {
        for name in ["amount", "agree", "receipt-uncertain", "transfer-under-way"] {
            gallery::show(app, headless, &sample(Language::Ru, name), LARGE).unwrap();
            let mut pages = 0;
            while has(app, "further") {
                assert!(!has(app, "primary"), "{name}");
                elements::tap(app, "further").unwrap();
                headless.step();
                pages += 1;
                assert!(pages < 20, "{name}");
            }
            assert!(pages > 0 && find(app, "primary").enabled, "{name}: {pages}");
            assert!(!find(app, "page-down").enabled, "{name}: something is left below");
            elements::tap(app, "page-up").unwrap();
            headless.step();
            assert!(!has(app, "primary"), "{name}: its end is out of sight");
        }
        assert_eq!(decisions(), []);
    });
}

#[test]
fn a_contract_in_large_print_that_fits_the_screen_needs_no_page() {
    with(|app, headless| {
        let paragraphs = vec![Secret::new("Short.".into())];
        let contract =
            Contract { kept: None, pdf: SecretBytes::default(), key_terms: Vec::new(), paragraphs };
        app.show(&view(Screen::Contract(contract))).unwrap();
        headless.step();
        elements::tap(app, "secondary").unwrap();
        for _ in 0..500 {
            headless.settle(1);
            if has(app, "primary") {
                return;
            }
            let (_, wait) = channel::<()>();
            let _ = wait.recv_timeout(std::time::Duration::from_millis(5));
        }
        panic!("the end was not noticed");
    });
}

#[test]
fn every_touch_is_told_also_beside_the_buttons() {
    with(|app, headless| {
        show(app, headless, "waiting-login");
        elements::pointer(app, Pointer::Press, 640.0, 300.0);
        elements::pointer(app, Pointer::Release, 640.0, 300.0);
        assert_eq!(touches(), 1);
        show(app, headless, "enter-iin");
        elements::tap(app, "digit-1").unwrap();
        assert_eq!(touches(), 1);
    });
}

#[test]
fn a_touch_of_a_crooked_panel_is_corrected_before_the_screen_hears_of_it() {
    const MIRRORED: TouchCorrection = TouchCorrection { x: [-1_000_000, 0, 1_000_000], y: [0, 1_000_000, 0] };
    with(|app, headless| {
        show(app, headless, "touch-first");
        let mark = find(app, "mark");
        let (x, y) = (mark.x + mark.width / 2.0, mark.y + mark.height / 2.0);
        let told = |app: &App| {
            elements::touch_panel(app, Pointer::Press, 1280.0 - x, y);
            elements::touch_panel(app, Pointer::Release, 1280.0 - x, y);
            match decisions().as_slice() {
                [Action::Decide { decision: Decision::Touch(at), .. }] => *at,
                other => panic!("{other:?}"),
            }
        };
        let near = |at: DisplayPoint, wanted: (u32, u32)| {
            assert!(at.x.abs_diff(wanted.0) < 2_000 && at.y.abs_diff(wanted.1) < 2_000, "{at:?}");
        };
        near(told(app), (900_000, 100_000));
        app.correct_touch(MIRRORED);
        near(told(app), (100_000, 100_000));
        app.correct_touch(TouchCorrection::NONE);
    });
}

#[test]
fn a_question_over_the_screen_covers_it() {
    with(|app, headless| {
        show(app, headless, "still-there");
        assert_eq!(elements::tap(app, "primary"), Err(TapError::Covered("primary".into())));
        assert_eq!(elements::tap(app, "nothing"), Err(TapError::NotOne { id: "nothing".into(), count: 0 }));
        let button = find(app, "primary");
        elements::pointer(app, Pointer::Press, button.centre().0, button.centre().1);
        elements::pointer(app, Pointer::Release, button.centre().0, button.centre().1);
        assert_eq!(decisions(), [], "the finger does not reach through");
    });
}

#[test]
fn the_language_changes_under_what_was_typed() {
    with(|app, headless| {
        let mut screen = view(Screen::EnterIin(EnterIin { error: None }));
        app.show(&screen).unwrap();
        headless.step();
        type_digits(app, "9005");
        assert_eq!(find(app, "primary").label, "Continue");
        screen.language = Language::Kk;
        app.show(&screen).unwrap();
        assert_eq!(find(app, "primary").label, "Жалғастыру");
        assert_eq!(find(app, "iin").label, "4 цифр енгізілді");
        screen.language = Language::Ru;
        app.show(&screen).unwrap();
        assert_eq!(find(app, "primary").label, "Продолжить");
        assert_eq!(find(app, "iin").label, "Введено 4 цифры");
    });
}

#[test]
fn a_preview_is_mirrored_and_one_that_does_not_fit_is_refused() {
    with(|app, headless| {
        show(app, headless, "camera-stand-still");
        let frame: Vec<u8> =
            (0..48).flat_map(|_| [[250, 0, 0]; 32].concat().into_iter().chain([0; 96])).collect();
        app.set_preview(64, 48, &frame).unwrap();
        headless.step();
        let picture = headless.frame();
        let red = |x: usize| picture.rgb[(440 * 1280 + x) * 3] > picture.rgb[(440 * 1280 + x) * 3 + 1] + 40;
        assert!(red(600) && !red(60), "the left of the frame is shown at the right");
        assert!(matches!(app.set_preview(64, 48, &[0; 5]), Err(UiError::BadFrame { got: 5, .. })));
        assert!(app.set_preview(0, 0, &[]).is_err());
    });
}

#[test]
fn a_letter_that_is_not_in_the_font_is_found_on_the_screen() {
    with(|app, headless| {
        let planted = |text: &str| {
            Screen::Notice(Notice {
                name: "planted",
                title: "Title".to_owned(),
                paragraphs: vec![Secret::new(text.to_owned())],
                ..Notice::default()
            })
        };
        for (text, letters) in [("Қадірғалиұлы Әсел", vec![]), ("Қадірғали 漢", vec!['漢'])]
        {
            app.show(&view(planted(text))).unwrap();
            headless.step();
            let missing = inspect::layout(app).into_iter().filter_map(|fault| {
                if let inspect::Fault::Glyph { letter, .. } = fault { Some(letter) } else { None }
            });
            assert_eq!(missing.collect::<Vec<char>>(), letters, "{text}");
        }
    });
}

#[test]
fn the_gallery_draws_each_screen_in_each_of_its_modes() {
    with(|app, headless| {
        let folder = tempfile::tempdir().unwrap();
        let all = samples::all(Language::Kk);
        let menus = all.iter().filter(|sample| sample.name.contains("menu")).count();
        assert!(menus > 1);
        let mut paths = Vec::new();
        // Every screen once, where there is the least room; that a mode is drawn shows on a few.
        for (name, only, pictures) in [("1024x600", None, all.len()), ("1024x600-large", Some("menu"), menus)]
        {
            let mode = gallery::MODES.into_iter().find(|mode| mode.name == name).unwrap();
            let mode = gallery::Mode { languages: &[Language::Kk], ..mode };
            let drawn = gallery::render(app, headless, folder.path(), &[mode], only).unwrap();
            assert_eq!(drawn.pictures.len(), pictures, "{name}");
            assert!(drawn.faults.is_empty(), "{}", drawn.faults.join("\n"));
            paths.extend(drawn.pictures);
        }
        assert!(all.len() > 50);
        for path in paths {
            let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
            let info = png::Decoder::new(file).read_info().unwrap().info().clone();
            assert_eq!((info.width, info.height), (1024, 600));
        }
    });
}

#[test]
fn the_control_port_shows_taps_and_refuses_what_a_person_could_not_do() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    on_thread(|app, headless| {
        app.wipe();
        headless.resize((1280, 800));
        show(app, headless, "agree");
    });
    let clock = Arc::new(AtomicI64::new(0));
    let set = Arc::clone(&clock);
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let control = Control::start(any, move |offset| set.store(offset, Ordering::SeqCst)).unwrap();
    let ask = |request: &str, body: &str| http(control.address(), request, body);

    let (status, body) = ask("GET /screen", "");
    let screen: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status, screen["screen"].as_str(), screen["language"].as_str()),
        (200, Some("Agree"), Some("en"))
    );
    let settled = (0..500).any(|_| {
        let screen: serde_json::Value = serde_json::from_slice(&ask("GET /screen", "").1).unwrap();
        screen["settled"] == true
    });
    assert!(settled, "it comes to rest");
    assert!(screen["elements"].as_array().unwrap().iter().any(|element| element["id"] == "primary"));

    let (status, body) = ask("GET /frame.png", "");
    assert_eq!((status, &body[1..4]), (200, &b"PNG"[..]));
    assert_eq!(ask("POST /tap", r#"{"id":"primary"}"#).0, 200);
    assert_eq!(on_thread(|_, _| decisions()), [Action::Agree]);
    assert_eq!(ask("POST /tap", r#"{"id":"primary"}"#).0, 409, "busy until the next view");
    assert_eq!(ask("POST /tap", r#"{"id":"nowhere"}"#).0, 409);
    assert_eq!(ask("POST /tap", "{").0, 400);
    assert_eq!(ask("POST /pointer", r#"{"x":5,"y":5,"kind":"press"}"#).0, 204);
    assert_eq!(ask("POST /pointer", r#"{"x":5,"y":5,"kind":"release"}"#).0, 204);
    assert_eq!(ask("POST /clock", r#"{"offset_ms":-60000}"#).0, 204);
    assert_eq!(clock.load(Ordering::SeqCst), -60_000);
    assert_eq!(ask("GET /else", "").0, 404);
}

#[test]
fn the_control_port_never_leaves_the_machine() {
    let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(Control::start(open, |_| ()), Err(UiError::Control { .. })));
}

fn http(address: SocketAddr, request: &str, body: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let text = format!("{request} HTTP/1.0\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
    (status, answer[head + 4..].to_vec())
}
