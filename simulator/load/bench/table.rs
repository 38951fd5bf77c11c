//! What a bench found, as lines of a table: a figure, the reference that was taken in the same run, and the limit.

use std::fmt;

/// A quantity with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// How much.
    pub value: f64,
    /// Of what, as it is printed.
    pub unit: &'static str,
}

impl Figure {
    /// So much of that.
    #[must_use]
    pub const fn new(value: f64, unit: &'static str) -> Self {
        Self { value, unit }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.value.abs() {
            big if big >= 100.0 => 0,
            middle if middle >= 1.0 => 2,
            _ => 4,
        };
        f.pad(&format!("{:.digits$} {}", self.value, self.unit))
    }
}

/// What design section 9 asks of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// The figure itself is at least this.
    FigureAtLeast(f64),
    /// The figure itself is at most this.
    FigureAtMost(f64),
    /// Figure through reference is at least this.
    RatioAtLeast(f64),
    /// Figure through reference is at most this.
    RatioAtMost(f64),
    /// Only shown.
    None,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::FigureAtLeast(limit) => format!("figure >= {limit}"),
            Self::FigureAtMost(limit) => format!("figure <= {limit}"),
            Self::RatioAtLeast(limit) => format!("ratio >= {limit}"),
            Self::RatioAtMost(limit) => format!("ratio <= {limit}"),
            Self::None => String::new(),
        })
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was measured.
    pub name: String,
    /// What came out.
    pub figure: Figure,
    /// What it is compared with, taken in the same run.
    pub reference: Option<Figure>,
    /// What is asked.
    pub limit: Limit,
}

impl Line {
    /// Figure through reference; `None` without a reference, or with one of nothing.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let reference = self.reference?;
        (reference.value > 0.0).then_some(self.figure.value / reference.value)
    }

    /// Whether the limit is kept; a ratio that cannot be told keeps none.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::FigureAtLeast(limit) => self.figure.value >= limit,
            Limit::FigureAtMost(limit) => self.figure.value <= limit,
            Limit::RatioAtLeast(limit) => self.ratio().is_some_and(|ratio| ratio >= limit),
            Limit::RatioAtMost(limit) => self.ratio().is_some_and(|ratio| ratio <= limit),
            Limit::None => true,
        }
    }
}

/// All lines, printed in columns.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<Line>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|line| line.name.chars().count()).max().unwrap_or(0).max(4);
        writeln!(f, "{:width$}  {:>20}  {:>20}  {:>7}  limit", "what", "figure", "reference", "ratio")?;
        for line in &self.0 {
            let reference = line.reference.map(|figure| figure.to_string()).unwrap_or_default();
            let ratio = line.ratio().map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
            let verdict = match (line.limit, line.holds()) {
                (Limit::None, _) => "",
                (_, true) => "  kept",
                (_, false) => "  MISSED",
            };
            writeln!(
                f,
                "{:width$}  {:>20}  {reference:>20}  {ratio:>7}  {}{verdict}",
                line.name, line.figure, line.limit
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: f64, reference: Option<f64>, limit: Limit) -> Line {
        let reference = reference.map(|value| Figure::new(value, "s"));
        Line { name: "x".into(), figure: Figure::new(value, "s"), reference, limit }
    }

    #[test]
    fn each_limit_is_kept_up_to_its_edge_and_missed_beyond() {
        for (kept, missed) in [
            (line(5.0, None, Limit::FigureAtLeast(5.0)), line(4.9, None, Limit::FigureAtLeast(5.0))),
            (line(5.0, None, Limit::FigureAtMost(5.0)), line(5.1, None, Limit::FigureAtMost(5.0))),
            (line(4.0, Some(5.0), Limit::RatioAtLeast(0.8)), line(3.9, Some(5.0), Limit::RatioAtLeast(0.8))),
            (line(6.5, Some(5.0), Limit::RatioAtMost(1.3)), line(6.6, Some(5.0), Limit::RatioAtMost(1.3))),
        ] {
            assert!(kept.holds() && !missed.holds(), "{kept:?} {missed:?}");
        }
        for without in
            [line(1.0, None, Limit::RatioAtMost(9.0)), line(1.0, Some(0.0), Limit::RatioAtMost(9.0))]
        {
            assert!(!without.holds(), "{without:?}");
        }
        assert!(Table(vec![line(6.6, Some(5.0), Limit::RatioAtMost(1.3))]).to_string().contains("MISSED"));
    }
}
