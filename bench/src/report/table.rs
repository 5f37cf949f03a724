//! The table of figures, for a terminal.

use super::Written;
use super::figures::{Told, Verdict};

pub(super) fn text(written: &Written<'_>) -> String {
    let head = ["figure", "must", "aim", "measured", "spread", ""].map(str::to_owned);
    let rows: Vec<[String; 6]> =
        std::iter::once(head).chain(written.figures.iter().map(row)).collect();
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::from("\n");
    for row in &rows {
        for (cell, width) in row.iter().zip(&widths) {
            let fill = width.saturating_sub(cell.chars().count());
            text.push_str(cell);
            text.push_str(&" ".repeat(fill + 2));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    if written.quick {
        text.push_str(
            "\nA quick run: its figures say whether everything works, not how fast it is.\n",
        );
    }
    let wrong = written.figures.iter().filter(|it| it.verdict == Verdict::NotReached).count();
    text.push_str(&format!("\n{wrong} not reached, {} violations\n", written.violations.len()));
    text
}

fn row(it: &Told) -> [String; 6] {
    [
        it.figure.to_owned(),
        it.must.clone(),
        it.aim.clone(),
        it.measured(),
        it.spread(),
        it.verdict.words().to_owned(),
    ]
}
