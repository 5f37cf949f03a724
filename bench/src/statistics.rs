//! Medians, percentiles and spreads.

/// The middle of values; 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The least and the greatest; 0 of none.
pub(crate) fn spread(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().min_by(f64::total_cmp).unwrap_or(0.0);
    let most = values.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    (least, most)
}

/// Times of single requests in microseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies {
    sorted: Vec<u32>,
}

impl Latencies {
    /// Of times in any order.
    pub(crate) fn new(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        Self { sorted: micros }
    }

    /// The time that `percent` of the requests took at most, in microseconds; 0 of none.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        let place = (percent / 100.0 * last as f64).round() as usize;
        self.sorted.get(place).copied().map_or(0.0, f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::{Latencies, median, spread};

    #[test]
    fn of_few_and_none() {
        assert!((median(&[]) - 0.0).abs() < f64::EPSILON);
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert_eq!(spread(&[2.0, 1.0, 3.0]), (1.0, 3.0));
    }

    #[test]
    fn percentiles_are_of_the_sorted() {
        let latencies = Latencies::new((1..=101).rev().collect());
        assert!((latencies.percentile(50.0) - 51.0).abs() < f64::EPSILON);
        assert!((latencies.percentile(99.0) - 100.0).abs() < f64::EPSILON);
        assert!((Latencies::default().percentile(50.0) - 0.0).abs() < f64::EPSILON);
    }
}
