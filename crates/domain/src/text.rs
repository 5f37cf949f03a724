//! Single values as people and integrations send them: trimmed, bounded, free of control
//! characters. A blank value counts as absent, because web forms send empty fields.

/// What is wrong with one value: a stable code and words for a person.
pub type ValueFault = (&'static str, String);

/// A single line of at most `max` characters; `None` when it is blank.
///
/// # Errors
/// `too_long` beyond `max`, `forbidden_character` for a control character.
pub fn line(value: &str, max: usize) -> Result<Option<String>, ValueFault> {
    let value = value.trim();
    if value.chars().count() > max {
        return Err(("too_long", format!("at most {max} characters")));
    }
    if value.chars().any(char::is_control) {
        return Err(("forbidden_character", "control characters are not allowed".to_owned()));
    }
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

/// A single line that must not be blank.
///
/// # Errors
/// As [`line`], and `required` when it is blank.
pub fn required_line(value: &str, max: usize) -> Result<String, ValueFault> {
    line(value, max)?.ok_or_else(|| ("required", "must not be blank".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_absent_and_bounds_count_characters() {
        assert_eq!(line("  ", 5), Ok(None));
        assert_eq!(line(" ééééé ", 5), Ok(Some("ééééé".to_owned())));
        assert_eq!(line("éééééé", 5).map_err(|fault| fault.0), Err("too_long"));
        assert_eq!(line("a\nb", 5).map_err(|fault| fault.0), Err("forbidden_character"));
        assert_eq!(required_line(" ", 5).map_err(|fault| fault.0), Err("required"));
    }
}
