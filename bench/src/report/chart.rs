//! Pictures as SVG, with nothing loaded from elsewhere.

use std::fmt::Write as _;

use serde::Serialize;

use super::figures::number;

/// How an axis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    Linear,
    Logarithmic,
}

/// Lines over an axis.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) across: (&'static str, Scale),
    pub(crate) up: (&'static str, Scale),
    /// Each line with its name.
    pub(crate) lines: Vec<(String, Vec<(f64, f64)>)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 50.0;
const TOP: f64 = 16.0;
const RIGHT: f64 = 190.0;
const COLOURS: [&str; 8] =
    ["#0b62a4", "#c8500a", "#3a7d2c", "#8a3fa0", "#a8873a", "#4b4b4b", "#d1348b", "#2a9d9d"];

struct Axis {
    scale: Scale,
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(scale: Scale, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| scale == Scale::Linear || *value > 0.0) {
            (least, most) = (least.min(value), most.max(value));
        }
        if least > most {
            (least, most) = (1.0, 10.0);
        }
        if scale == Scale::Linear {
            (least, most) = (0.0, most.max(1e-9) * 1.05);
        } else if most <= least {
            (least, most) = (least / 2.0, least * 2.0);
        }
        Self { scale, least, most, from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.least) / (self.most - self.least),
            Scale::Logarithmic => {
                (value.max(self.least) / self.least).ln() / (self.most / self.least).ln()
            }
        };
        self.from + share * (self.to - self.from)
    }

    fn marks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => (0..=4).map(|it| self.most * f64::from(it) / 4.0).collect(),
            Scale::Logarithmic => {
                let mut mark = 10_f64.powf(self.least.log10().floor());
                let mut marks = Vec::new();
                while mark <= self.most * 1.001 {
                    marks.extend([1.0, 2.0, 5.0].map(|it| it * mark));
                    mark *= 10.0;
                }
                marks.retain(|it| *it >= self.least * 0.999 && *it <= self.most * 1.001);
                let every = marks.len().div_ceil(8).max(1);
                marks.into_iter().step_by(every).collect()
            }
        }
    }
}

impl Chart {
    /// As an SVG element. (Writing to a String cannot fail.)
    pub(super) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points.iter());
        let across = Axis::new(self.across.1, points().map(|point| point.0), LEFT, WIDTH - RIGHT);
        let up = Axis::new(self.up.1, points().map(|point| point.1), HEIGHT - BOTTOM, TOP);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escaped(&self.title)
        );
        self.grid(&mut svg, &across, &up);
        for (index, (name, points)) in self.lines.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let path: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{:.1},{:.1}", across.place(*x), up.place(*y)))
                .collect();
            let _ = write!(
                svg,
                "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
                path.join(" ")
            );
            for ((x, y), place) in points.iter().zip(&path) {
                let (cx, cy) = place.split_once(',').unwrap_or_default();
                let _ = write!(
                    svg,
                    "<circle cx=\"{cx}\" cy=\"{cy}\" r=\"3.5\" fill=\"{colour}\"><title>{}: {} → {}\
                     </title></circle>",
                    escaped(name),
                    number(*x),
                    number(*y)
                );
            }
            let y = TOP + 10.0 + 18.0 * index as f64;
            let x = WIDTH - RIGHT + 14.0;
            let _ = write!(
                svg,
                "<rect x=\"{x}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\
                 <text x=\"{}\" y=\"{y}\">{}</text>",
                y - 9.0,
                x + 15.0,
                escaped(name)
            );
        }
        svg.push_str("</svg>");
        svg
    }

    fn grid(&self, svg: &mut String, across: &Axis, up: &Axis) {
        let (right, floor) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for mark in up.marks() {
            let y = up.place(mark);
            let _ = write!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" class=\"grid\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                number(mark)
            );
        }
        for mark in across.marks() {
            let x = across.place(mark);
            let _ = write!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{floor}\" class=\"grid\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                floor + 16.0,
                number(mark)
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
             <text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 12.0,
            escaped(self.across.0),
            f64::midpoint(TOP, floor),
            escaped(self.up.0)
        );
    }
}

/// A text within HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{Axis, Chart, Scale};

    #[test]
    fn an_axis_places_its_ends() {
        let axis = Axis::new(Scale::Logarithmic, [1.0, 64.0].into_iter(), 10.0, 110.0);
        assert!((axis.place(1.0) - 10.0).abs() < 1e-9);
        assert!((axis.place(8.0) - 60.0).abs() < 1e-9);
        assert_eq!(axis.marks(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
    }

    #[test]
    fn nothing_and_one_point_are_drawn_too() {
        let chart = |points| Chart {
            title: "<a>".to_owned(),
            across: ("x", Scale::Logarithmic),
            up: ("y", Scale::Linear),
            lines: vec![("line".to_owned(), points)],
        };
        for points in [vec![], vec![(1.0, 0.0)]] {
            let svg = chart(points).svg();
            assert!(
                svg.contains("&lt;a&gt;") && !svg.contains("NaN") && !svg.contains("inf"),
                "{svg}"
            );
        }
    }
}
