//! Frames in, verdict out: whether a picture of a person can be used, and which of a burst is the best.
//!
//! It decides exposure and sharpness by the rule pack's thresholds, nothing about who is in the picture, not even
//! whether there is a face: that is the matcher's. It opens no camera, decodes nothing and keeps no picture.

pub mod liveness;
mod measure;
mod signals;
mod verdict;

pub use measure::{Measures, Picture, PictureError, measure};
pub use signals::{FaceSignals, Seen, Sight};
pub use verdict::{Best, Fault, Thresholds, Verdict, best_of, judge};
