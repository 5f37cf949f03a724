//! The audit log: which events of the one log concern people, access and settings.
//!
//! The kind of an event is `area.what`, e.g. `user.invited`. Those of leads are told by the lead's
//! own timeline, and the feed of events tells of all.

/// The areas of the audit log, each with what its events happen to.
const AREAS: [(&str, &str); 14] = [
    ("account", "account"),
    ("api_key", "api_key"),
    ("custom_field", "organization"),
    ("group", "group"),
    ("lead_status", "organization"),
    ("lead_view", "lead_view"),
    ("mail", "user"),
    ("organization", "organization"),
    ("password", "user"),
    ("routing", "organization"),
    ("routing_rule", "routing_rule"),
    ("session", "session"),
    ("team", "team"),
    ("user", "user"),
];

/// The area of events that are not of the audit log.
pub const LEADS: &str = "lead";

/// The areas of the audit log, in alphabetical order.
pub fn areas() -> impl Iterator<Item = &'static str> {
    AREAS.iter().map(|(area, _)| *area)
}

/// What the events of an audited kind happen to: the type of their subject.
#[must_use]
pub fn subject_type(kind: &str) -> Option<&'static str> {
    if kind == "session.refused" {
        // There is no session: it is told of the user whose password was not known.
        return Some("user");
    }
    let (area, what) = kind.split_once('.')?;
    if (area, what) == ("session", "refused") {
        // There was none.
        return Some("user");
    }
    AREAS.iter().find(|(known, _)| *known == area).map(|(_, subject)| *subject)
}

/// What the events of any kind happen to.
#[must_use]
pub fn subject_type_in_feed(kind: &str) -> &'static str {
    let is_of_lead = kind.split_once('.').is_some_and(|(area, _)| area == LEADS);
    subject_type(kind).unwrap_or(if is_of_lead { "lead" } else { "record" })
}

/// Which kinds of events a reading is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindFilter {
    /// This one.
    Exactly(String),
    /// All of an area: what begins with it and the dot.
    Area(&'static str),
}

impl KindFilter {
    /// Reads `user.invited`, or `user.` for all of the area, of the audit log's areas.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_among(text, areas())
    }

    /// The same of every area there is.
    #[must_use]
    pub fn parse_in_feed(text: &str) -> Option<Self> {
        Self::parse_among(text, areas().chain([LEADS]))
    }

    fn parse_among(text: &str, mut areas: impl Iterator<Item = &'static str>) -> Option<Self> {
        let (area, what) = text.split_once('.')?;
        let area = areas.find(|known| *known == area)?;
        let is_word = what.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase());
        match what {
            "" => Some(Self::Area(area)),
            _ if is_word => Some(Self::Exactly(text.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_or_all_of_an_area() {
        assert_eq!(KindFilter::parse("user."), Some(KindFilter::Area("user")));
        let invited = KindFilter::Exactly("user.invited".to_owned());
        assert_eq!(KindFilter::parse("user.invited"), Some(invited));
        for odd in ["", "user", ".", "lead.created", "user.Invited", "user.a.b", "users.", "u%."] {
            assert_eq!(KindFilter::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_feed_knows_leads_as_well() {
        assert_eq!(KindFilter::parse_in_feed("lead."), Some(KindFilter::Area("lead")));
        assert_eq!(KindFilter::parse_in_feed("user."), Some(KindFilter::Area("user")));
        let created = KindFilter::Exactly("lead.created".to_owned());
        assert_eq!(KindFilter::parse_in_feed("lead.created"), Some(created));
        assert_eq!(KindFilter::parse_in_feed("leads."), None);
        assert_eq!(subject_type_in_feed("lead.created"), "lead");
        assert_eq!(subject_type_in_feed("lead_status.deleted"), "organization");
    }

    #[test]
    fn areas_are_sorted_and_without_leads() {
        assert!(areas().is_sorted());
        assert!(areas().all(|area| area != LEADS));
        assert_eq!(subject_type("lead_status.deleted"), Some("organization"));
        assert_eq!(subject_type("session.ended"), Some("session"));
        assert_eq!(subject_type("session.refused"), Some("user"));
        assert_eq!(subject_type("lead.created"), None);
    }
}
