//! Frames in, verdicts out: where a face is, how it is held and moves, and whether a picture of a person can be used.
//!
//! [`Tracker`] follows a face and tells its signals ([`Sight`]), which [`liveness`] judges; [`Prover`] does both for one
//! challenge; [`assess`] judges one picture as a portrait; [`Aim`] finds the part of a wide frame that they look at. Nothing here says who is in a picture: that is the matcher's. It opens
//! no camera, reads no file, asks no clock and keeps no picture but those of a proof, until that is dropped.

mod aim;
mod colour;
mod detector;
mod eyes;
mod jpeg;
pub mod liveness;
mod mesh;
mod models;
mod picture;
mod portrait;
mod pose;
mod proof;
mod runtime;
mod signals;
mod texture;
mod tracker;
mod window;

pub use aim::{Aim, Part};
pub use colour::{Cover, Covering};
pub use detector::FaceBox;
pub use jpeg::JpegError;
pub use mesh::{LANDMARKS, Mesh, Point};
pub use models::{CANONICAL, CanonicalFace, DETECTOR, FILES, IRIS, MESH, ModelError, ModelFile, Models};
pub use picture::{Light, Picture, PictureError};
pub use portrait::{Assessment, BestPortrait, Instruction, PortraitScores, assess, best_portrait};
pub use proof::{ProofError, Prover, model_hashes};
pub use runtime::{Network, Rten, Runtime, RuntimeError};
pub use signals::{FaceSignals, Seen, Sight};
pub use tracker::{Gaze, Tracker};
