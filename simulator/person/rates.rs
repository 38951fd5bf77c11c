//! Error rates and how sure they are.

use statrs::distribution::{Beta, ContinuousCDF};

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Those that are counted.
    pub count: u32,
    /// All.
    pub of: u32,
}

impl Rate {
    /// The share, 0 of none.
    #[must_use]
    pub fn share(&self) -> f64 {
        f64::from(self.count) / f64::from(self.of.max(1))
    }

    /// Between which the true share lies with 95 % confidence (Clopper and Pearson, 1934), for independent tries.
    #[must_use]
    pub fn bounds(&self) -> (f64, f64) {
        let (count, of) = (f64::from(self.count), f64::from(self.of));
        let quantile = |a: f64, b: f64, share: f64| Beta::new(a, b).ok().map(|beta| beta.inverse_cdf(share));
        let below = if self.count == 0 { None } else { quantile(count, of - count + 1.0, 0.025) };
        let above = if self.count >= self.of { None } else { quantile(count + 1.0, of - count, 0.975) };
        (below.unwrap_or(0.0), above.unwrap_or(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_published_tables() {
        // Values of R's binom.test.
        for (count, of, below, above) in
            [(0, 200, 0.0, 0.0183), (10, 200, 0.0242, 0.0900), (1, 30, 0.0008, 0.1722), (5, 5, 0.4782, 1.0)]
        {
            let (low, high) = Rate { count, of }.bounds();
            assert!((low - below).abs() < 2e-4 && (high - above).abs() < 2e-4, "{count}/{of}: {low} {high}");
        }
        assert_eq!(Rate::default().bounds(), (0.0, 1.0), "nothing was tried");
    }
}
