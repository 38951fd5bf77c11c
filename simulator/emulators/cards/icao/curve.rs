//! Points of the two curves that the chip can do PACE on.

/// A standardised curve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256, parameter 12.
    #[default]
    P256,
    /// brainpoolP256r1, parameter 13.
    Brainpool256,
}

impl Curve {
    pub(super) const fn parameter(self) -> u8 {
        match self {
            Self::P256 => 12,
            Self::Brainpool256 => 13,
        }
    }

    /// `number · point`, of the base point when there is none; uncompressed.
    pub(super) fn times(self, number: &[u8; 32], point: Option<&[u8]>) -> Option<Vec<u8>> {
        match self {
            Self::P256 => p256_points::times(number, point),
            Self::Brainpool256 => brainpool_points::times(number, point),
        }
    }

    /// The sum of two points.
    pub(super) fn plus(self, one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::P256 => p256_points::plus(one, other),
            Self::Brainpool256 => brainpool_points::plus(one, other),
        }
    }
}

mod p256_points {
    use p256::elliptic_curve::PrimeField;
    use p256::elliptic_curve::sec1::ToEncodedPoint;
    use p256::{ProjectivePoint, PublicKey, Scalar};

    fn read(point: &[u8]) -> Option<ProjectivePoint> {
        PublicKey::from_sec1_bytes(point).ok().map(|key| key.to_projective())
    }

    fn write(point: ProjectivePoint) -> Option<Vec<u8>> {
        let key = PublicKey::from_affine(point.to_affine()).ok()?;
        Some(key.to_encoded_point(false).as_bytes().to_vec())
    }

    pub fn times(number: &[u8; 32], point: Option<&[u8]>) -> Option<Vec<u8>> {
        let number = Option::<Scalar>::from(Scalar::from_repr((*number).into()))?;
        write(point.map_or(Some(ProjectivePoint::GENERATOR), read)? * number)
    }

    pub fn plus(one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
        write(read(one)? + read(other)?)
    }
}

mod brainpool_points {
    use bp256::elliptic_curve::PrimeField;
    use bp256::elliptic_curve::sec1::ToSec1Point;
    use bp256::r1::{BrainpoolP256r1, ProjectivePoint, Scalar};

    type PublicKey = bp256::elliptic_curve::PublicKey<BrainpoolP256r1>;

    fn read(point: &[u8]) -> Option<ProjectivePoint> {
        PublicKey::from_sec1_bytes(point).ok().map(|key| key.to_projective())
    }

    fn write(point: ProjectivePoint) -> Option<Vec<u8>> {
        let key = PublicKey::from_affine(point.to_affine()).ok()?;
        Some(key.to_sec1_point(false).as_bytes().to_vec())
    }

    pub fn times(number: &[u8; 32], point: Option<&[u8]>) -> Option<Vec<u8>> {
        let number = Option::<Scalar>::from(Scalar::from_repr((*number).into()))?;
        write(point.map_or(Some(ProjectivePoint::GENERATOR), read)? * number)
    }

    pub fn plus(one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
        write(read(one)? + read(other)?)
    }
}
