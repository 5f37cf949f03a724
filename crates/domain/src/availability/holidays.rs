//! The days on which an organization does not work.

use serde::{Deserialize, Serialize};

use super::bounds;
use crate::calendar::LocalDay;
use crate::error::Faults;
use crate::text::{ValueFault, line, required_line};

/// A holiday as a client sends it, before anything is checked; also the form it is shown in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct HolidayInput {
    pub date: Option<String>,
    pub name: Option<String>,
}

/// A day on which nobody of the organization is dealt to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The date, wherever each user is.
    pub day: LocalDay,
    /// What it is called.
    pub name: Option<String>,
}

/// An organization's holidays, each date once, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays(Vec<Holiday>);

impl Holidays {
    /// Checks a list of holidays, noting every fault below `pointer`, e.g. `/holidays`:
    /// `required`, `invalid_value`, `duplicate`, `too_long`, `too_many`, `forbidden_character`.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(inputs: &[HolidayInput], pointer: &str, faults: &mut Faults) -> Option<Self> {
        let before = faults.as_slice().len();
        if inputs.len() > bounds::HOLIDAYS {
            faults.add(pointer, "too_many", format!("at most {} holidays", bounds::HOLIDAYS));
            return None;
        }
        let mut days: Vec<Holiday> = Vec::with_capacity(inputs.len());
        for (place, input) in inputs.iter().enumerate() {
            let day = faults.keep(&format!("{pointer}/{place}/date"), date(input.date.as_deref()));
            let name = line(input.name.as_deref().unwrap_or_default(), bounds::LINE);
            let name = faults.keep(&format!("{pointer}/{place}/name"), name);
            let (Some(day), Some(name)) = (day, name) else { continue };
            match days.binary_search_by_key(&day, |holiday| holiday.day) {
                Ok(_) => {
                    let pointer = format!("{pointer}/{place}/date");
                    faults.add(pointer, "duplicate", "comes more than once");
                }
                Err(index) => days.insert(index, Holiday { day, name }),
            }
        }
        (faults.as_slice().len() == before).then_some(Self(days))
    }

    /// The API's form, in order of the dates.
    #[must_use]
    pub fn render(&self) -> Vec<HolidayInput> {
        let render = |holiday: &Holiday| HolidayInput {
            date: Some(holiday.day.to_string()),
            name: holiday.name.clone(),
        };
        self.0.iter().map(render).collect()
    }

    /// The holidays in order of their dates.
    #[must_use]
    pub fn days(&self) -> &[Holiday] {
        &self.0
    }

    /// Whether this day is one of them.
    #[must_use]
    pub fn contains(&self, day: LocalDay) -> bool {
        self.0.binary_search_by_key(&day, |holiday| holiday.day).is_ok()
    }
}

fn date(text: Option<&str>) -> Result<LocalDay, ValueFault> {
    let text = required_line(text.unwrap_or_default(), bounds::LINE)?;
    let invalid = |_| ("invalid_value", "expected a date, e.g. 2026-12-25".to_owned());
    text.parse().map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(dates: &[&str]) -> (Option<Holidays>, Vec<(String, &'static str)>) {
        let inputs: Vec<HolidayInput> = dates
            .iter()
            .map(|date| HolidayInput { date: Some((*date).to_owned()), name: None })
            .collect();
        let mut faults = Faults::default();
        let holidays = Holidays::parse(&inputs, "/holidays", &mut faults);
        let faults = faults.as_slice().iter();
        (holidays, faults.map(|fault| (fault.pointer.clone(), fault.code)).collect())
    }

    #[test]
    fn holidays_are_kept_in_order_and_read_back_the_same() {
        let (holidays, _) = parse(&["2026-12-25", "2028-02-29", "2026-01-01"]);
        let holidays = holidays.unwrap();
        let shown = holidays.render();
        assert_eq!(shown[0].date.as_deref(), Some("2026-01-01"));
        assert!(holidays.contains("2028-02-29".parse().unwrap()));
        assert!(!holidays.contains("2028-03-01".parse().unwrap()));
        let again = Holidays::parse(&shown, "", &mut Faults::default());
        assert_eq!(again, Some(holidays));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let (holidays, faults) = parse(&["2026-12-25", "25.12.2026", " ", "2026-12-25"]);
        assert_eq!(holidays, None);
        let expected = [
            ("/holidays/1/date".to_owned(), "invalid_value"),
            ("/holidays/2/date".to_owned(), "required"),
            ("/holidays/3/date".to_owned(), "duplicate"),
        ];
        assert_eq!(faults, expected);
    }
}
