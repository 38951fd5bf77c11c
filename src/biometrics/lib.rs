//! Frames in, verdicts out: where a face is, how it is held and moves, and whether a picture of a person can be used.
//!
//! [`Tracker`] follows a face and tells its signals ([`Sight`]), which [`liveness`] judges; [`Prover`] does both for one challenge; [`measure`] and [`judge`] look at
//! light and sharpness alone, before there is a face. Nothing here says who is in a picture: that is the matcher's. It opens no camera, reads no file,
//! asks no clock and keeps no picture.

mod colour;
mod detector;
mod eyes;
mod jpeg;
pub mod liveness;
mod measure;
mod mesh;
mod models;
mod portrait;
mod pose;
mod proof;
mod runtime;
mod signals;
mod tracker;
mod verdict;
mod window;

pub use colour::Cover;
pub use detector::FaceBox;
pub use jpeg::JpegError;
pub use measure::{Measures, Picture, PictureError, measure};
pub use mesh::{LANDMARKS, Mesh, Point};
pub use models::{CANONICAL, CanonicalFace, DETECTOR, FILES, IRIS, MESH, ModelError, ModelFile, Models};
pub use portrait::{Assessment, BestPortrait, Instruction, PortraitScores, assess, best_portrait};
pub use proof::{ProofError, Prover, model_hashes};
pub use runtime::{Network, Rten, Runtime, RuntimeError};
pub use signals::{FaceSignals, Seen, Sight};
pub use tracker::{Gaze, Tracker};
pub use verdict::{Best, Fault, Thresholds, Verdict, best_of, judge};
