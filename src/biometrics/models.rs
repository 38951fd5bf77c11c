//! Which models the looking needs, where they come from, and that they are the right ones.
//!
//! Detector, mesh and iris are MediaPipe's (Apache-2.0), converted to ONNX by `scripts/faces/convert.py`; the canonical face
//! is the shape to which a pose is relative. Their digests are compiled in: another model sees other things, and evidence
//! that names a model must be reproducible. Reading files is the caller's.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::mesh::{LANDMARKS, Point};
use crate::runtime::{Network, Runtime, RuntimeError};

/// A file of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name in the folder of models.
    pub name: &'static str,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: &'static str,
}

impl ModelFile {
    /// The digest as bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(self.sha256.as_bytes().chunks(2)) {
            *byte = std::str::from_utf8(digits)
                .ok()
                .and_then(|text| u8::from_str_radix(text, 16).ok())
                .unwrap_or(0);
        }
        bytes
    }
}

/// Finds faces in a picture of 128 × 128.
pub const DETECTOR: ModelFile = ModelFile {
    name: "face_detector.onnx",
    sha256: "8a1251bc9a771bf903e5f9cc3a7cf4aa3c1272a8632ea6715e8748d71793630a",
};
/// Finds 468 points of a face in a picture of 192 × 192.
pub const MESH: ModelFile = ModelFile {
    name: "face_mesh.onnx",
    sha256: "3761d9332ac75435737dba18a9002e992f631a5ee35c7d690cc209d7df1af6f6",
};
/// Finds the iris in a picture of an eye of 64 × 64.
pub const IRIS: ModelFile = ModelFile {
    name: "iris.onnx",
    sha256: "d28b23ef3c821fdf88ad9d3a541d07f237fecae5f0ac458e9e74d8b1c5d995a1",
};
/// The shape of a face that no person has.
pub const CANONICAL: ModelFile = ModelFile {
    name: "canonical_face.json",
    sha256: "ae57bacab33262ba3dce46e83a4b483e66960e36c6b67dc8e92a5b3898abbf5d",
};
/// All of them: their digests say by what evidence was made.
pub const FILES: [ModelFile; 4] = [DETECTOR, MESH, IRIS, CANONICAL];

/// Why there are no models.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read.
    #[error(
        "the face model {name} cannot be read; set-up makes it (./run or ./test), then set [faces] models to its folder"
    )]
    Absent {
        /// Its name.
        name: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is another one.
    #[error("the face model {name} has the SHA-256 {found}, wanted {wanted}; delete it and run set-up again")]
    Altered {
        /// Its name.
        name: &'static str,
        /// What it must have.
        wanted: &'static str,
        /// What it has.
        found: String,
    },
    /// A file is the right one and of no use to this program.
    #[error("the face model {name} cannot be loaded")]
    Unusable {
        /// Its name.
        name: &'static str,
        /// Why.
        #[source]
        source: RuntimeError,
    },
    /// The canonical face is no mesh of 468 points.
    #[error("the canonical face has {vertices} points, wanted {LANDMARKS}")]
    NoFace {
        /// Points that were read.
        vertices: usize,
    },
}

/// Models, loaded once. Whoever looks at faces owns them: a network has room of its own to reckon in.
pub struct Models {
    pub(crate) detector: Box<dyn Network>,
    pub(crate) mesh: Box<dyn Network>,
    pub(crate) iris: Box<dyn Network>,
    canonical: CanonicalFace,
}

impl Models {
    /// Reads each file by its name with `read`, checks and loads it.
    ///
    /// # Errors
    /// [`ModelError`]: names the file and what can be done.
    pub fn load(
        runtime: &dyn Runtime,
        mut read: impl FnMut(&str) -> std::io::Result<Vec<u8>>,
    ) -> Result<Self, ModelError> {
        let mut network = |file: ModelFile, input, outputs: &[&str]| {
            let data = checked(file, &mut read)?;
            runtime
                .load(data, input, outputs)
                .map_err(|source| ModelError::Unusable { name: file.name, source })
        };
        let detector = network(DETECTOR, [1, 128, 128, 3], &["regressors", "classificators"])?;
        let mesh = network(MESH, [1, 192, 192, 3], &["conv2d_20", "conv2d_30"])?;
        let iris = network(IRIS, [1, 64, 64, 3], &["output_iris", "output_eyes_contours_and_brows"])?;
        Ok(Self { detector, mesh, iris, canonical: CanonicalFace::load(read)? })
    }

    /// The canonical face.
    #[must_use]
    pub const fn canonical(&self) -> &CanonicalFace {
        &self.canonical
    }
}

fn checked(
    file: ModelFile,
    read: &mut impl FnMut(&str) -> std::io::Result<Vec<u8>>,
) -> Result<Vec<u8>, ModelError> {
    let ModelFile { name, sha256 } = file;
    let data = read(name).map_err(|source| ModelError::Absent { name, source })?;
    let found: String = Sha256::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == sha256 { Ok(data) } else { Err(ModelError::Altered { name, wanted: sha256, found }) }
}

/// MediaPipe's canonical face: centimetres, x to the person's left (the right of a picture), y up, z towards the camera.
#[derive(Clone, Debug)]
pub struct CanonicalFace {
    points: Box<[Point; LANDMARKS]>,
    texture: Vec<(f32, f32)>,
    triangles: Vec<[usize; 3]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CanonicalFile {
    vertices: Vec<[f32; 5]>,
    triangles: Vec<[usize; 3]>,
}

impl CanonicalFace {
    /// Reads and checks it alone, for whoever needs no network.
    ///
    /// # Errors
    /// [`ModelError`], as [`Models::load`].
    pub fn load(mut read: impl FnMut(&str) -> std::io::Result<Vec<u8>>) -> Result<Self, ModelError> {
        let data = checked(CANONICAL, &mut read)?;
        let file: CanonicalFile = serde_json::from_slice(&data)
            .map_err(|error| ModelError::Absent { name: CANONICAL.name, source: error.into() })?;
        let found = file.vertices.len();
        let points: Vec<Point> = file.vertices.iter().map(|&[x, y, z, _, _]| Point { x, y, z }).collect();
        let points = points.try_into().map_err(|_| ModelError::NoFace { vertices: found })?;
        Ok(Self {
            points: Box::new(points),
            texture: file.vertices.iter().map(|&[_, _, _, u, v]| (u, v)).collect(),
            triangles: file.triangles,
        })
    }

    /// A face of these points, without texture and triangles.
    #[cfg(test)]
    pub(crate) fn of(points: impl Iterator<Item = Point>) -> Self {
        let points = points.collect::<Vec<_>>().try_into().expect("as many points as a mesh has");
        Self { points: Box::new(points), texture: Vec::new(), triangles: Vec::new() }
    }

    /// The points.
    #[must_use]
    pub const fn points(&self) -> &[Point; LANDMARKS] {
        &self.points
    }

    /// Where each point lies on a picture of an unrolled face, shares of width and height from the top left corner.
    #[must_use]
    pub fn texture(&self) -> &[(f32, f32)] {
        &self.texture
    }

    /// Triangles between the points, by their numbers.
    #[must_use]
    pub fn triangles(&self) -> &[[usize; 3]] {
        &self.triangles
    }
}
