//! A window without a display (rig): Slint's software renderer draws into memory.
//!
//! The event loop is the caller's thread. Closures of other threads, timers, animations and drawing happen in
//! [`Headless::step`]; nothing here knows what is shown.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use senim_pixels::Canvas;
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{EventLoopProxy, Platform, WindowAdapter};
use slint::{EventLoopError, PhysicalSize, PlatformError};

use crate::error::UiError;

/// How long one round of [`Headless::rest`] waits at most.
const ROUND: Duration = Duration::from_millis(20);
/// Between frames of an animation.
const FRAME: Duration = Duration::from_millis(16);

enum Task {
    Run(Box<dyn FnOnce() + Send>),
    Quit,
}

/// The window in memory. Clones are the same window.
#[derive(Clone)]
pub struct Headless {
    state: Rc<State>,
}

struct State {
    window: Rc<MinimalSoftwareWindow>,
    tasks: RefCell<Receiver<Task>>,
    quit: Cell<bool>,
    canvas: RefCell<Canvas>,
}

/// The last picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 3 bytes a pixel, rows from the top.
    pub rgb: Vec<u8>,
    /// Pictures drawn so far.
    pub number: u64,
}

thread_local! {
    static CURRENT: RefCell<Option<Headless>> = const { RefCell::new(None) };
}

struct Window {
    state: Rc<State>,
    sender: Sender<Task>,
}

struct Proxy(Sender<Task>);

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.0.send(Task::Quit).map_err(|_| EventLoopError::EventLoopTerminated)
    }

    fn invoke_from_event_loop(&self, event: Box<dyn FnOnce() + Send>) -> Result<(), EventLoopError> {
        self.0.send(Task::Run(event)).map_err(|_| EventLoopError::EventLoopTerminated)
    }
}

impl Platform for Window {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        let window: Rc<dyn WindowAdapter> = self.state.window.clone();
        Ok(window)
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        Headless { state: Rc::clone(&self.state) }.run();
        Ok(())
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        Some(Box::new(Proxy(self.sender.clone())))
    }
}

impl Headless {
    /// Makes this thread the thread of the screen and gives it a window of `size` (pixels). Once in a process, before
    /// [`crate::App::new`].
    ///
    /// # Errors
    /// [`UiError::PlatformTaken`].
    pub fn install(size: (u32, u32)) -> Result<Self, UiError> {
        let (sender, tasks) = channel();
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        window.set_size(PhysicalSize::new(size.0, size.1));
        let state = Rc::new(State {
            window,
            tasks: RefCell::new(tasks),
            quit: Cell::new(false),
            canvas: RefCell::default(),
        });
        slint::platform::set_platform(Box::new(Window { state: Rc::clone(&state), sender }))
            .map_err(|_| UiError::PlatformTaken)?;
        let headless = Self { state };
        CURRENT.with(|current| *current.borrow_mut() = Some(headless.clone()));
        Ok(headless)
    }

    /// The headless window of this thread, if one was installed.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with(|current| current.borrow().clone())
    }

    /// Gives the window another size (pixels).
    pub fn resize(&self, size: (u32, u32)) {
        self.state.window.set_size(PhysicalSize::new(size.0, size.1));
    }

    /// Runs until somebody calls `slint::quit_event_loop`. Sleeps while nothing moves, no timer is due and no thread asks.
    fn run(&self) {
        self.state.quit.set(false);
        loop {
            self.step();
            if self.state.quit.get() {
                return;
            }
            self.wait(Duration::MAX);
        }
    }

    /// Does everything that is due now, without waiting: closures of other threads, timers, animations, drawing.
    pub fn step(&self) {
        loop {
            let task = self.state.tasks.borrow().try_recv();
            match task {
                Ok(task) => self.perform(task),
                Err(_) => break,
            }
        }
        self.refresh();
    }

    /// Steps until no animation runs, at most `frames` frames.
    pub fn settle(&self, frames: u32) {
        for _ in 0..frames {
            self.step();
            if !self.state.window.has_active_animations() {
                break;
            }
            self.wait(ROUND);
        }
        self.step();
    }

    /// Steps until no timer runs either, at most `rounds` waits: what a timer changes is drawn.
    pub fn rest(&self, rounds: u32) {
        for _ in 0..rounds {
            if slint::platform::duration_until_next_timer_update().is_none() {
                break;
            }
            self.wait(ROUND);
            self.step();
        }
    }

    /// Timers and animations without drawing: enough for whoever asks where things are.
    pub fn lay_out(&self) {
        slint::platform::update_timers_and_animations();
    }

    /// The last picture.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let canvas = self.state.canvas.borrow();
        let (width, height) = canvas.size();
        Frame { width, height, rgb: canvas.rgb(), number: canvas.number() }
    }

    /// The last picture as PNG.
    ///
    /// # Errors
    /// [`UiError::Picture`].
    pub fn png(&self) -> Result<Vec<u8>, UiError> {
        self.state.canvas.borrow().png().map_err(|error| UiError::Picture(error.to_string()))
    }

    /// Pictures drawn so far.
    #[must_use]
    pub fn frame_number(&self) -> u64 {
        self.state.canvas.borrow().number()
    }

    /// Whether an animation is under way.
    #[must_use]
    pub fn animating(&self) -> bool {
        self.state.window.has_active_animations()
    }

    /// Timers, animations and drawing, without taking new closures: for use inside one.
    pub(crate) fn refresh(&self) {
        slint::platform::update_timers_and_animations();
        self.state.canvas.borrow_mut().draw(&self.state.window);
    }

    fn perform(&self, task: Task) {
        match task {
            Task::Run(run) => run(),
            Task::Quit => self.state.quit.set(true),
        }
    }

    /// Until something is asked for or due, at most so long.
    fn wait(&self, most: Duration) {
        let due = if self.state.window.has_active_animations() {
            FRAME
        } else {
            slint::platform::duration_until_next_timer_update().unwrap_or(Duration::MAX)
        };
        let tasks = self.state.tasks.borrow();
        let task = match due.min(most) {
            Duration::MAX => tasks.recv().ok(),
            wait => tasks.recv_timeout(wait).ok(),
        };
        drop(tasks);
        if let Some(task) = task {
            self.perform(task);
        }
    }
}
