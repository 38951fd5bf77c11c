//! A synthetic person before the camera, and the attacks that one can make of it: for the simulator and for tests.
//!
//! A portrait in the public domain is re-posed by its own mesh: points are moved and turned, the picture around the face
//! follows, triangles are painted from back to front. Whoever can do this can obey a challenge: that is an injection, and only
//! the capture path can stop it. What is shown here says how the judgement treats motions, times and light as a pipeline
//! measures them; nothing about people of whom no picture was looked at.

mod camera;
mod check;
mod face;
mod likeness;
mod motion;
mod paint;
mod person;
mod rates;
mod scene;
pub mod scripted;
mod wide;

pub use camera::{SceneCamera, SceneScreen};
pub use check::{CheckError, FRAMES_A_SECOND, challenge, check, check_watched, earlier};
pub use face::Looks;
pub use likeness::{Likeness, LikenessError};
pub use motion::{Manner, Shown};
pub use paint::Canvas;
pub use person::{HEIGHT, Person, WIDTH};
pub use rates::Rate;
pub use scene::{Scene, Species};
pub use wide::{WIDE, WideCamera};
