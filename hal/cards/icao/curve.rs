//! The two curves that PACE is done on here, as operations on encoded points (Doc 9303 part 11, 9.5.1).
//!
//! A point from the card is checked to lie on its curve each time it is taken in; both curves have cofactor one, so
//! a point that is not the identity generates the whole group. The arithmetic is RustCrypto's, in constant time.

use zeroize::Zeroizing;

/// Uncompressed point: `04`, x, y.
pub type Point = [u8; 65];

/// A number below the order of the curve, big-endian.
pub type Scalar = Zeroizing<[u8; 32]>;

/// A curve of the standardised domain parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256, identifier 12.
    P256,
    /// brainpoolP256r1, identifier 13.
    Brainpool256,
}

impl Curve {
    /// By the number in a PACEInfo.
    #[must_use]
    pub const fn from_parameter_id(id: u8) -> Option<Self> {
        match id {
            12 => Some(Self::P256),
            13 => Some(Self::Brainpool256),
            _ => None,
        }
    }

    /// The base point.
    #[must_use]
    pub fn generator(self) -> Option<Point> {
        match self {
            Self::P256 => p256_curve::encode(p256::ProjectivePoint::GENERATOR),
            Self::Brainpool256 => bp256_curve::encode(bp256::r1::ProjectivePoint::GENERATOR),
        }
    }

    /// `scalar · point`. `None`: the point is not on the curve, the number not below its order, or the product is the
    /// identity.
    #[must_use]
    pub fn multiply(self, point: &Point, scalar: &Scalar) -> Option<Point> {
        match self {
            Self::P256 => p256_curve::encode(p256_curve::decode(point)? * p256_curve::scalar(scalar)?),
            Self::Brainpool256 => {
                bp256_curve::encode(bp256_curve::decode(point)? * bp256_curve::scalar(scalar)?)
            }
        }
    }

    /// `left + right`. `None` as for [`Curve::multiply`].
    #[must_use]
    pub fn add(self, left: &Point, right: &Point) -> Option<Point> {
        match self {
            Self::P256 => p256_curve::encode(p256_curve::decode(left)? + p256_curve::decode(right)?),
            Self::Brainpool256 => {
                bp256_curve::encode(bp256_curve::decode(left)? + bp256_curve::decode(right)?)
            }
        }
    }
}

/// A secret number from random bytes. The highest bit is cleared, which keeps it below the order of either curve at
/// the price of one bit of 256.
#[must_use]
pub fn scalar_from_random(mut random: [u8; 32]) -> Scalar {
    if let Some(first) = random.first_mut() {
        *first &= 0x7F;
    }
    Zeroizing::new(random)
}

/// A nonce as a number.
#[must_use]
pub fn scalar_from_nonce(nonce: &[u8; 16]) -> Scalar {
    let mut scalar = Zeroizing::new([0; 32]);
    for (byte, from) in scalar.iter_mut().skip(16).zip(nonce) {
        *byte = *from;
    }
    scalar
}

mod p256_curve {
    use p256::elliptic_curve::PrimeField as _;
    use p256::elliptic_curve::sec1::{FromEncodedPoint as _, ToEncodedPoint as _};
    use p256::{AffinePoint, EncodedPoint, ProjectivePoint, Scalar};

    pub fn scalar(bytes: &[u8; 32]) -> Option<Scalar> {
        Option::from(Scalar::from_repr((*bytes).into()))
    }

    pub fn decode(point: &super::Point) -> Option<ProjectivePoint> {
        let encoded = EncodedPoint::from_bytes(point).ok()?;
        Option::<AffinePoint>::from(AffinePoint::from_encoded_point(&encoded)).map(ProjectivePoint::from)
    }

    pub fn encode(point: ProjectivePoint) -> Option<super::Point> {
        point.to_affine().to_encoded_point(false).as_bytes().try_into().ok()
    }
}

mod bp256_curve {
    use bp256::elliptic_curve::PrimeField as _;
    use bp256::elliptic_curve::sec1::{FromSec1Point as _, ToSec1Point as _};
    use bp256::r1::{AffinePoint, ProjectivePoint, Scalar, Sec1Point};

    pub fn scalar(bytes: &[u8; 32]) -> Option<Scalar> {
        Option::from(Scalar::from_repr((*bytes).into()))
    }

    pub fn decode(point: &super::Point) -> Option<ProjectivePoint> {
        let encoded = Sec1Point::from_bytes(point).ok()?;
        Option::<AffinePoint>::from(AffinePoint::from_sec1_point(&encoded)).map(ProjectivePoint::from)
    }

    pub fn encode(point: ProjectivePoint) -> Option<super::Point> {
        point.to_affine().to_sec1_point(false).as_bytes().try_into().ok()
    }
}
