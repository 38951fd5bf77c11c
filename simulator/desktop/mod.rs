//! The simulator's window: the firmware's screen with the mouse as finger, and a panel of devices, phone and people.
//!
//! Three threads: this one belongs to the window; `backstage` owns the stage and does what the buttons ask; `picture`
//! carries frames here and pointer events there. What they say arrives as a closure on the window's thread. `recorder` writes
//! down what is done, `story` lists what the journal tells.

mod backstage;
mod deeds;
mod notes;
mod picture;
mod recorder;
mod story;

use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};

use slint::{ComponentHandle, ModelRc, SharedString, VecModel};

use self::recorder::Recorder;
use crate::error::Trouble;
use crate::stage::StageOptions;

/// What Slint's compiler made of `desktop.slint`. Not our text, so our restriction lints do not apply.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::todo,
    clippy::unimplemented,
    clippy::disallowed_methods,
    reason = "generated code"
)]
mod generated {
    slint::include_modules!();
}

use generated::{Act, Desktop, Tab, Touch};

/// Lines that the list of events keeps.
const EVENTS_MAX: usize = 200;

/// How the rig's control calls a finger that comes.
const PRESS: &str = "press";
/// A finger that leaves.
const RELEASE: &str = "release";

/// What a person asks of the stage.
#[derive(Clone, Debug, PartialEq)]
enum Wish {
    /// A button.
    Act(Act),
    /// The person with this index steps before the terminal.
    Person(usize),
    /// The deed with this index is done to a device.
    Deed(usize),
    /// Notes of the stack with this index fall into the cassette at this place, or one of them to the acceptor's mouth.
    Put(usize, Option<usize>),
    /// The cassette at this place is emptied by hand.
    Empty(usize),
    /// The drawn person behaves like the one with this index.
    Behave(usize),
    /// The camera looks at what is called so.
    Camera(String),
    /// Another tab is looked at.
    Tab(Tab),
    /// The recording with this index is played again.
    Replay(usize),
    /// The window is closed.
    End,
}

/// A finger on the picture, as shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Finger {
    kind: &'static str,
    x: f32,
    y: f32,
}

/// Opens the window on a fresh stage in `out` and runs until it is closed.
///
/// # Errors
/// [`Trouble::Usage`] without a display; a stage that cannot be started is shown in the window.
pub fn run(out: &Path, options: StageOptions) -> Result<(), Trouble> {
    let no_display = |error: slint::PlatformError| {
        Trouble::Usage(format!("the window cannot be opened ({error}); set DISPLAY, or use `journey`"))
    };
    let window = Desktop::new().map_err(no_display)?;
    let (wishes, wished) = channel();
    let (fingers, touched) = channel();
    connect(&window, &wishes, fingers);
    let (weak, out, size) = (window.as_weak(), out.to_path_buf(), options.size);
    let recorder = Recorder::default();
    let eyes = picture::start(window.as_weak(), touched, size, recorder.clone())?;
    let stage = std::thread::Builder::new()
        .name("backstage".to_owned())
        .spawn(move || backstage::run(&weak, &out, options, &wished, &(eyes, recorder)))
        .map_err(|source| Trouble::Process {
            name: "desktop".to_owned(),
            what: "cannot start its thread",
            source,
        })?;
    let shown = window.run().map_err(no_display);
    // If the stage is gone already, nobody listens.
    let _ = wishes.send(Wish::End);
    let _ = stage.join();
    shown
}

/// Asks for this of whatever was chosen in a list; of nothing chosen, nothing.
fn of_index(wishes: &Sender<Wish>, wish: fn(usize) -> Wish) -> impl Fn(i32) + 'static {
    let wishes = wishes.clone();
    move |index| {
        if let Ok(index) = usize::try_from(index) {
            let _ = wishes.send(wish(index));
        }
    }
}

fn connect(window: &Desktop, wishes: &Sender<Wish>, fingers: Sender<Finger>) {
    let act = wishes.clone();
    window.on_act(move |what| {
        let _ = act.send(Wish::Act(what));
    });
    window.on_person(of_index(wishes, Wish::Person));
    window.on_deed(of_index(wishes, Wish::Deed));
    let put = wishes.clone();
    window.on_put(move |stack, place| {
        if let Ok(stack) = usize::try_from(stack) {
            let _ = put.send(Wish::Put(stack, usize::try_from(place).ok()));
        }
    });
    window.on_empty(of_index(wishes, Wish::Empty));
    window.on_behave(of_index(wishes, Wish::Behave));
    let camera = wishes.clone();
    window.on_look_at(move |source| {
        let _ = camera.send(Wish::Camera(source.into()));
    });
    let tab = wishes.clone();
    window.on_looked_at(move |which| {
        let _ = tab.send(Wish::Tab(which));
    });
    let replay = wishes.clone();
    window.on_replay(move |index| {
        if let Ok(index) = usize::try_from(index) {
            let _ = replay.send(Wish::Replay(index));
        }
    });
    window.on_touched(move |touch, x, y| {
        let kind = match touch {
            Touch::Press => PRESS,
            Touch::Move => "move",
            Touch::Release => RELEASE,
        };
        let _ = fingers.send(Finger { kind, x, y });
    });
    window.set_events(ModelRc::from(Rc::new(VecModel::<SharedString>::default())));
}

/// Adds a line to the events, newest first.
fn note(window: &Desktop, text: &str) {
    use slint::Model;
    let events = window.get_events();
    if let Some(events) = events.as_any().downcast_ref::<VecModel<SharedString>>() {
        events.insert(0, text.into());
        if events.row_count() > EVENTS_MAX {
            events.remove(EVENTS_MAX);
        }
    }
}
