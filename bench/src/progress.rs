//! What is shown while it goes on: a bar at a terminal, lines elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::print;

/// The bar of the part that runs.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    part: &'static str,
}

impl Progress {
    /// A part begins, of so many steps.
    pub(crate) fn begin(&mut self, part: &'static str, steps: usize) {
        self.end();
        self.part = part;
        if stderr().is_terminal() {
            let bar = ProgressBar::new(steps as u64).with_prefix(part);
            let style = "{prefix:>13} [{bar:30}] {pos}/{len} {elapsed} {wide_msg}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            self.bar = Some(bar);
        }
    }

    /// A step begins.
    pub(crate) fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(what.to_owned());
            }
            None => print::note(&format!("{}: {what}", self.part)),
        }
    }

    /// How far the step is; shown only where it replaces what was shown before.
    pub(crate) fn tell(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// The part is over.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
