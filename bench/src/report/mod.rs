//! What was measured, and how it is told.

mod chart;
pub(crate) mod figures;
mod html;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

pub(crate) use chart::{Chart, Scale};
pub(crate) use figures::Id;

use crate::error::{Result, While as _};
use crate::machine::Machine;
use crate::plan::Plan;
use crate::print;
use crate::statistics::{median, spread};

/// Everything that is known so far.
#[derive(Debug, Default)]
pub(crate) struct Record {
    measurements: Vec<Measurement>,
    figures: BTreeMap<Id, Vec<f64>>,
    charts: Vec<Chart>,
    violations: Vec<String>,
    notes: Vec<String>,
}

/// A quantity, once a round.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measurement {
    part: &'static str,
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    median: f64,
    least: f64,
    most: f64,
}

#[derive(Serialize)]
struct Written<'a> {
    measured_at: &'a str,
    quick: bool,
    rounds: usize,
    parts: &'a [&'static str],
    machine: &'a Machine,
    figures: Vec<figures::Told>,
    measurements: &'a [Measurement],
    charts: &'a [Chart],
    violations: &'a [String],
    notes: &'a [String],
}

impl Record {
    /// A further value of a quantity.
    pub(crate) fn measured(
        &mut self,
        part: &'static str,
        name: impl Into<String>,
        unit: &'static str,
        value: f64,
    ) {
        let name = name.into();
        let known = self.measurements.iter().position(|it| it.part == part && it.name == name);
        let at = known.unwrap_or_else(|| {
            let (values, median, least, most) = (Vec::new(), 0.0, 0.0, 0.0);
            self.measurements.push(Measurement { part, name, unit, values, median, least, most });
            self.measurements.len() - 1
        });
        let it = &mut self.measurements[at];
        it.values.push(value);
        it.median = median(&it.values);
        (it.least, it.most) = spread(&it.values);
    }

    /// The middle of the values of a quantity so far.
    pub(crate) fn median_of(&self, part: &'static str, name: &str) -> f64 {
        let mut known = self.measurements.iter().filter(|it| it.part == part && it.name == name);
        known.next().map_or(0.0, |it| it.median)
    }

    /// A further value of a figure that has to be reached.
    pub(crate) fn figure(&mut self, id: Id, value: f64) {
        self.figures.entry(id).or_default().push(value);
    }

    /// A picture.
    pub(crate) fn chart(&mut self, chart: Chart) {
        self.charts.push(chart);
    }

    /// What must not be.
    pub(crate) fn violations(&mut self, found: Vec<String>) {
        for violation in found {
            print::note(&format!("VIOLATION: {violation}"));
            self.violations.push(violation);
        }
    }

    /// What a reader of the figures should know.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Whether everything was as it must be.
    pub(crate) fn is_sound(&self) -> bool {
        self.violations.is_empty()
    }

    /// Writes `latest.json` and `report.html` to a folder; the table of figures as text.
    pub(crate) fn write(
        &mut self,
        folder: &Path,
        plan: &Plan,
        parts: &[&'static str],
        machine: &Machine,
    ) -> Result<String> {
        self.figures.insert(Id::Violations, vec![self.violations.len() as f64]);
        let at = crate::environment::now_text();
        let written = Written {
            measured_at: &at,
            quick: plan.is_quick,
            rounds: plan.rounds,
            parts,
            machine,
            figures: figures::told(&self.figures),
            measurements: &self.measurements,
            charts: &self.charts,
            violations: &self.violations,
            notes: &self.notes,
        };
        std::fs::create_dir_all(folder).whilst("the folder of results")?;
        let json = serde_json::to_string_pretty(&written)? + "\n";
        std::fs::write(folder.join("latest.json"), json).whilst("latest.json")?;
        std::fs::write(folder.join("report.html"), html::page(&written)).whilst("report.html")?;
        Ok(table::text(&written))
    }
}
