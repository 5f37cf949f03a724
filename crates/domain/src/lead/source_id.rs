//! A lead by what its source calls it.

use crate::error::Faults;
use crate::text::required_line;

use super::bounds;

/// A source with its own id of a lead: at most one lead of an organization has both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceId {
    /// The source.
    pub source: String,
    /// Its id of the lead.
    pub external_id: String,
}

impl SourceId {
    /// Both by the rules of a lead's fields, noting every fault.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(source: &str, external_id: &str, faults: &mut Faults) -> Option<Self> {
        let source = faults.keep("/source", required_line(source, bounds::LINE));
        let external_id =
            faults.keep("/external_id", required_line(external_id, bounds::EXTERNAL_ID));
        Some(Self { source: source?, external_id: external_id? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_what_a_lead_s_fields_would_be() {
        let mut faults = Faults::default();
        let id = SourceId::parse(" Web ", "A/1 ß", &mut faults).unwrap();
        assert_eq!((id.source.as_str(), id.external_id.as_str()), ("Web", "A/1 ß"));
        assert_eq!(SourceId::parse("\u{200b}", &"x".repeat(256), &mut faults), None);
        let noted: Vec<_> =
            faults.as_slice().iter().map(|it| (it.pointer.as_str(), it.code)).collect();
        assert_eq!(noted, [("/source", "required"), ("/external_id", "too_long")]);
    }
}
