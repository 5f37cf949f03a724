//! The report as one page that needs nothing else.

use std::fmt::Write as _;

use super::chart::escaped;
use super::figures::{Verdict, number};
use super::{Measurement, Written};

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}\
table{border-collapse:collapse;width:100%;margin:1rem 0}\
td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
.aim_reached{color:#1d6b22}.must_reached{color:#6b5a00}.not_reached{color:#a80f0f;font-weight:600}\
.not_measured{color:#777}.warning{background:#fff3cd;padding:.6rem 1rem}\
svg{width:100%;max-width:640px;font:12px system-ui,sans-serif}.grid{stroke:#e3e3e3}";

/// The whole page. (Writing to a String cannot fail.)
pub(super) fn page(written: &Written<'_>) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <title>Evenhand: how fast it is</title><style>{STYLE}</style>\
         <h1>How fast Evenhand is</h1><p>Measured at {}, {} rounds: {}.</p>",
        escaped(written.measured_at),
        written.rounds,
        written.parts.join(", ")
    );
    if written.quick {
        page.push_str(
            "<p class=\"warning\">A quick run: its figures say whether everything works, \
             not how fast it is.</p>",
        );
    }
    violations(&mut page, written);
    figures(&mut page, written);
    for chart in written.charts {
        let _ = write!(page, "<h2>{}</h2>{}", escaped(&chart.title), chart.svg());
    }
    measurements(&mut page, written.measurements);
    if !written.notes.is_empty() {
        page.push_str("<h2>Notes</h2><ul>");
        for note in written.notes {
            let _ = write!(page, "<li>{}</li>", escaped(note));
        }
        page.push_str("</ul>");
    }
    machine(&mut page, written);
    page.push_str("</html>\n");
    page
}

fn violations(page: &mut String, written: &Written<'_>) {
    if written.violations.is_empty() {
        page.push_str(
            "<p>After every run: nothing acknowledged was lost, and order, turns, limits \
                       and ledgers were as they must be.</p>",
        );
        return;
    }
    page.push_str("<p class=\"not_reached\">Violations:</p><ul>");
    for violation in written.violations {
        let _ = write!(page, "<li>{}</li>", escaped(violation));
    }
    page.push_str("</ul>");
}

fn figures(page: &mut String, written: &Written<'_>) {
    page.push_str(
        "<h2>Figures</h2><table><tr><th>figure<th class=n>must<th class=n>aim\
         <th class=n>measured<th class=n>spread<th></tr>",
    );
    for it in &written.figures {
        let class = match it.verdict {
            Verdict::AimReached => "aim_reached",
            Verdict::MustReached => "must_reached",
            Verdict::NotReached => "not_reached",
            Verdict::NotMeasured => "not_measured",
        };
        let _ = write!(
            page,
            "<tr><td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}\
             <td class=\"{class}\">{}</tr>",
            escaped(it.figure),
            it.must,
            it.aim,
            it.measured(),
            it.spread(),
            it.verdict.words()
        );
    }
    page.push_str("</table>");
}

fn measurements(page: &mut String, all: &[Measurement]) {
    let mut part = "";
    for it in all {
        if it.part != part {
            if !part.is_empty() {
                page.push_str("</table>");
            }
            part = it.part;
            let _ = write!(
                page,
                "<h2>{part}</h2><table><tr><th>measured<th class=n>median<th class=n>least\
                 <th class=n>most<th>unit</tr>"
            );
        }
        let _ = write!(
            page,
            "<tr><td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td>{}</tr>",
            escaped(&it.name),
            number(it.median),
            number(it.least),
            number(it.most),
            it.unit
        );
    }
    if !part.is_empty() {
        page.push_str("</table>");
    }
}

fn machine(page: &mut String, written: &Written<'_>) {
    let told = serde_json::to_string_pretty(written.machine).unwrap_or_default();
    let _ = write!(page, "<h2>Machine</h2><pre>{}</pre>", escaped(&told));
}
