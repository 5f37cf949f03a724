//! The figures that have to be reached.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::statistics::{median, spread};

/// A figure. Their order is that of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Interactive,
    OneCall,
    SixtyFour,
    ManyGroups,
    OneConnection,
    Tail,
    Sqlite,
    Cpu,
    AgentsPage,
    Skew,
    Size,
    Memory,
    Replicas,
    Violations,
}

/// What a figure has to be.
#[derive(Debug, Clone, Copy)]
enum Bounds {
    AtLeast { must: f64, aim: f64 },
    AtMost { must: f64, aim: f64 },
}

struct Row {
    id: Id,
    what: &'static str,
    bounds: Bounds,
    unit: &'static str,
}

/// A figure with what was measured of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told {
    pub(super) figure: &'static str,
    pub(super) must: String,
    pub(super) aim: String,
    unit: &'static str,
    values: Vec<f64>,
    median: Option<f64>,
    least: Option<f64>,
    most: Option<f64>,
    pub(super) verdict: Verdict,
}

/// Whether it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    AimReached,
    MustReached,
    NotReached,
    NotMeasured,
}

impl Verdict {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::AimReached => "aim reached",
            Self::MustReached => "must reached",
            Self::NotReached => "NOT REACHED",
            Self::NotMeasured => "not measured",
        }
    }
}

const fn at_least(id: Id, what: &'static str, must: f64, aim: f64) -> Row {
    Row { id, what, bounds: Bounds::AtLeast { must, aim }, unit: "×" }
}

const fn at_most(id: Id, what: &'static str, must: f64, aim: f64, unit: &'static str) -> Row {
    Row { id, what, bounds: Bounds::AtMost { must, aim }, unit }
}

const TABLE: [Row; 14] = [
    at_least(
        Id::Interactive,
        "hot group, against pgbench's best, one lead a transaction",
        4.0,
        6.0,
    ),
    at_least(Id::OneCall, "hot group, against pgbench's best, one call a lead", 2.5, 4.0),
    at_least(Id::SixtyFour, "hot group, against pgbench's best, 64 leads a transaction", 0.5, 0.8),
    at_least(Id::ManyGroups, "many groups, against pgbench's best, one call a lead", 2.0, 3.0),
    at_most(
        Id::OneConnection,
        "one connection, median latency against the naive one",
        1.3,
        1.1,
        "×",
    ),
    at_most(Id::Tail, "99th percentile against the median", 2.5, 2.0, "×"),
    at_least(Id::Sqlite, "SQLite, against one transaction a request", 10.0, 25.0),
    at_most(
        Id::Cpu,
        "processor time of a lead, against the naive variant's",
        0.125,
        1.0 / 12.0,
        "×",
    ),
    at_least(Id::AgentsPage, "agent's page of 50, against the same SQL by pgbench", 0.35, 0.6),
    at_most(Id::Skew, "manager's page, worst skew against uniform", 2.0, 1.2, "×"),
    at_most(Id::Size, "page of the large table against the small one", 1.5, 1.1, "×"),
    at_most(Id::Memory, "peak memory of the server", 96.0, 48.0, "MiB"),
    at_least(Id::Replicas, "two replicas on one hot group, against one", 0.75, 1.0),
    at_most(Id::Violations, "violations of order, limit, or lost acknowledgements", 0.0, 0.0, ""),
];

/// All figures, in the order of the table.
pub(super) fn told(measured: &BTreeMap<Id, Vec<f64>>) -> Vec<Told> {
    TABLE.iter().map(|row| row.told(measured.get(&row.id).cloned().unwrap_or_default())).collect()
}

impl Row {
    fn told(&self, values: Vec<f64>) -> Told {
        let (sign, must, aim) = match self.bounds {
            Bounds::AtLeast { must, aim } => ("≥", must, aim),
            Bounds::AtMost { must, aim } => ("≤", must, aim),
        };
        let bound = |bound: f64| format!("{sign} {}", with_unit(bound, self.unit));
        let middle = (!values.is_empty()).then(|| median(&values));
        let verdict = middle.map_or(Verdict::NotMeasured, |middle| self.bounds.judge(middle));
        let (least, most) = spread(&values);
        Told {
            figure: self.what,
            must: bound(must),
            aim: bound(aim),
            unit: self.unit,
            median: middle,
            least: middle.map(|_| least),
            most: middle.map(|_| most),
            values,
            verdict,
        }
    }
}

impl Bounds {
    fn judge(self, value: f64) -> Verdict {
        let (reaches_must, reaches_aim) = match self {
            Self::AtLeast { must, aim } => (value >= must, value >= aim),
            Self::AtMost { must, aim } => (value <= must, value <= aim),
        };
        match (reaches_must, reaches_aim) {
            (true, true) => Verdict::AimReached,
            (true, false) => Verdict::MustReached,
            (false, _) => Verdict::NotReached,
        }
    }
}

impl Told {
    /// The median with its unit.
    pub(super) fn measured(&self) -> String {
        self.median.map_or_else(|| "–".to_owned(), |median| with_unit(median, self.unit))
    }

    /// From the least to the greatest round.
    pub(super) fn spread(&self) -> String {
        match (self.least, self.most) {
            (Some(least), Some(most)) if self.values.len() > 1 => {
                format!("{} – {}", number(least), number(most))
            }
            _ => String::new(),
        }
    }
}

fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "MiB" => format!("{} MiB", number(value)),
        unit => format!("{}{unit}", number(value)),
    }
}

/// As many digits as say something.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Id, TABLE, Verdict, told};

    #[test]
    fn the_table_is_in_the_order_of_its_ids() {
        assert!(TABLE.windows(2).all(|rows| rows[0].id < rows[1].id));
    }

    #[test]
    fn a_median_is_judged() {
        let measured = BTreeMap::from([
            (Id::Interactive, vec![3.0, 7.0, 6.5]),
            (Id::Tail, vec![2.2]),
            (Id::Memory, vec![97.0]),
        ]);
        let told = told(&measured);
        let verdict = |id: Id| told[id as usize].verdict;
        assert_eq!(verdict(Id::Interactive), Verdict::AimReached);
        assert_eq!(verdict(Id::Tail), Verdict::MustReached);
        assert_eq!(verdict(Id::Memory), Verdict::NotReached);
        assert_eq!(verdict(Id::Skew), Verdict::NotMeasured);
        assert_eq!((told[0].measured(), told[0].spread()), ("6.50×".into(), "3 – 7".into()));
    }
}
