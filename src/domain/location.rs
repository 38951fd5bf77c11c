//! Where a terminal stands: the place that was notified, and whether a measured one is it (R-012, R-015, R-127b).

use serde::{Deserialize, Serialize};

/// A point on the ground in millionths of a degree, WGS 84: some 11 cm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// North is positive, -90,000,000 to 90,000,000.
    pub latitude_udeg: i32,
    /// East is positive, -180,000,000 to 180,000,000.
    pub longitude_udeg: i32,
}

impl Point {
    /// From degrees; what lies beyond the Earth stays so, and [`RegisteredLocation::validate`] refuses it.
    #[must_use]
    pub fn of_degrees(latitude: f64, longitude: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of floats saturates, and what is too far is refused"
        )]
        // What is no number would be a point on the equator.
        let udeg = |degrees: f64| if degrees.is_nan() { i32::MAX } else { (degrees * 1e6).round() as i32 };
        Self { latitude_udeg: udeg(latitude), longitude_udeg: udeg(longitude) }
    }
}

/// A registered location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredLocation {
    /// Address as in the notice.
    pub address: String,
    /// Where it is; absent where the MFO has not measured it: nothing can be compared then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// How far a measured place may lie from it, metres, 1 to 100,000.
    pub radius_m: u32,
}

/// Where a terminal is while money moves, as rows of money say it (R-127b): the point on record and, where there is a
/// receiver with a position, the measured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "camelCase", deny_unknown_fields)]
pub enum Place {
    /// The receiver knows where it is.
    Measured {
        /// The point on record, where the MFO has measured it.
        registered: Option<Point>,
        /// What the receiver says.
        measured: Point,
    },
    /// There is a receiver, and it does not know.
    NotMeasured {
        /// The point on record, where the MFO has measured it.
        registered: Option<Point>,
    },
    /// There is no receiver.
    Registered {
        /// The point on record, where the MFO has measured it.
        registered: Option<Point>,
    },
}

impl Place {
    /// What the receiver says.
    #[must_use]
    pub const fn measured(self) -> Option<Point> {
        match self {
            Self::Measured { measured, .. } => Some(measured),
            Self::NotMeasured { .. } | Self::Registered { .. } => None,
        }
    }
}

/// Why a place is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// No address.
    #[error("the location is empty; give the address of the notice")]
    NoAddress,
    /// Beyond a pole or the date line.
    #[error("coordinates are degrees, -90 to 90 and -180 to 180")]
    Coordinates,
    /// No radius, or one that compares nothing.
    #[error("the radius is 1 to 100000 metres")]
    Radius,
}

/// How far a measured place may lie off where nobody said otherwise: receivers under a roof are off by tens of metres.
pub const DEFAULT_RADIUS_M: u32 = 300;
/// Mean radius of the Earth in metres.
const EARTH_M: f64 = 6_371_000.0;

impl RegisteredLocation {
    /// A place without measured coordinates: nothing is compared.
    #[must_use]
    pub fn unmeasured(address: &str) -> Self {
        Self { address: address.to_owned(), point: None, radius_m: DEFAULT_RADIUS_M }
    }

    /// Whether the place makes sense.
    ///
    /// # Errors
    /// [`LocationError`].
    pub fn validate(&self) -> Result<(), LocationError> {
        if self.address.trim().is_empty() {
            return Err(LocationError::NoAddress);
        }
        if self.point.is_some_and(|point| !point.is_on_earth()) {
            return Err(LocationError::Coordinates);
        }
        if (1..=100_000).contains(&self.radius_m) { Ok(()) } else { Err(LocationError::Radius) }
    }

    /// Whether a measured point is at this place; `None` when nothing can be compared.
    #[must_use]
    pub fn holds(&self, measured: Point) -> Option<bool> {
        self.point.map(|point| point.metres_to(measured) <= f64::from(self.radius_m))
    }
}

impl Point {
    /// Whether both numbers are degrees.
    #[must_use]
    pub const fn is_on_earth(self) -> bool {
        self.latitude_udeg.unsigned_abs() <= 90_000_000 && self.longitude_udeg.unsigned_abs() <= 180_000_000
    }

    /// Metres over the ground, by the haversine formula; good to half a percent, which no radius here notices.
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let radians = |udeg: i32| f64::from(udeg) / 1e6 * std::f64::consts::PI / 180.0;
        let (from, to) = (radians(self.latitude_udeg), radians(other.latitude_udeg));
        let half_north = libm::sin((to - from) / 2.0);
        let half_east = libm::sin((radians(other.longitude_udeg) - radians(self.longitude_udeg)) / 2.0);
        let chord = half_north * half_north + libm::cos(from) * libm::cos(to) * half_east * half_east;
        2.0 * EARTH_M * libm::asin(libm::sqrt(chord.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALMATY: Point = Point { latitude_udeg: 43_238_949, longitude_udeg: 76_889_709 };

    fn place(point: Option<Point>) -> RegisteredLocation {
        RegisteredLocation { address: "Алматы, Абай даңғылы 1".into(), point, radius_m: 200 }
    }

    #[test]
    fn degrees_beyond_the_earth_or_no_number_are_no_place() {
        let refused =
            |latitude, longitude| place(Some(Point::of_degrees(latitude, longitude))).validate().is_err();
        for beyond in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 180.000_001] {
            assert!(refused(beyond, 0.0) && refused(0.0, beyond), "{beyond}");
        }
        assert!(refused(90.000_001, 0.0) && !refused(90.0, -180.0) && !refused(-90.0, 180.0));
        assert_eq!(
            Point::of_degrees(43.238_9, 76.889_7),
            Point { latitude_udeg: 43_238_900, longitude_udeg: 76_889_700 }
        );
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let astana = Point { latitude_udeg: 51_169_392, longitude_udeg: 71_449_074 };
        assert!((ALMATY.metres_to(astana) / 1000.0 - 971.0).abs() < 5.0, "{}", ALMATY.metres_to(astana));
        // A thousandth of a degree north is 111 m.
        let north = Point { latitude_udeg: ALMATY.latitude_udeg + 1_000, ..ALMATY };
        assert!((ALMATY.metres_to(north) - 111.2).abs() < 0.5);
        assert!(ALMATY.metres_to(ALMATY) < 1e-6);
        let across = Point { latitude_udeg: 0, longitude_udeg: 179_999_000 };
        let west = Point { latitude_udeg: 0, longitude_udeg: -179_999_000 };
        assert!((across.metres_to(west) - 222.4).abs() < 1.0, "the date line is no wall");
    }

    #[test]
    fn a_measured_place_is_compared_only_with_a_registered_point() {
        let near = Point { longitude_udeg: ALMATY.longitude_udeg + 1_000, ..ALMATY };
        let far = Point { longitude_udeg: ALMATY.longitude_udeg + 10_000, ..ALMATY };
        assert_eq!(place(Some(ALMATY)).holds(near), Some(true));
        assert_eq!(place(Some(ALMATY)).holds(far), Some(false));
        assert_eq!(place(None).holds(far), None);
    }

    #[test]
    fn a_place_without_address_or_beyond_a_pole_is_none() {
        assert_eq!(place(Some(ALMATY)).validate(), Ok(()));
        assert_eq!(
            RegisteredLocation { address: " ".into(), ..place(None) }.validate(),
            Err(LocationError::NoAddress)
        );
        assert_eq!(RegisteredLocation { radius_m: 0, ..place(None) }.validate(), Err(LocationError::Radius));
        let beyond = Point { latitude_udeg: 90_000_001, longitude_udeg: 0 };
        assert_eq!(place(Some(beyond)).validate(), Err(LocationError::Coordinates));
        let least = Point { latitude_udeg: i32::MIN, longitude_udeg: i32::MIN };
        assert!(!least.is_on_earth());
    }
}
