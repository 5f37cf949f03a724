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
    if value.chars().any(is_forbidden) {
        return Err(("forbidden_character", "control characters are not allowed".to_owned()));
    }
    Ok((!value.chars().all(is_invisible)).then(|| value.to_owned()))
}

/// Text of any number of lines and at most `max` characters; `None` when it is blank.
///
/// # Errors
/// As [`line`], whose line breaks and tabs are allowed here.
pub fn lines(value: &str, max: usize) -> Result<Option<String>, ValueFault> {
    let value = value.replace("\r\n", "\n");
    let value = value.trim();
    if value.chars().count() > max {
        return Err(("too_long", format!("at most {max} characters")));
    }
    if value.chars().any(|character| is_forbidden(character) && !matches!(character, '\n' | '\t')) {
        return Err(("forbidden_character", "control characters are not allowed".to_owned()));
    }
    Ok((!value.chars().all(is_invisible)).then(|| value.to_owned()))
}

/// Control characters, line and paragraph separators, and marks that reorder the text around
/// them (Unicode UAX #9, overrides and isolates), with which one name can be made to look like
/// another.
fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that show nothing: inside a word some of them matter, alone they are a blank.
const fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
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
        assert_eq!(line("\u{200b}\u{feff}", 5), Ok(None));
        assert_eq!(line("a\u{200d}b", 5), Ok(Some("a\u{200d}b".to_owned())));
        assert_eq!(line("a\u{202e}b", 5).map_err(|fault| fault.0), Err("forbidden_character"));
        assert_eq!(lines(" a\r\n\tb ", 5), Ok(Some("a\n\tb".to_owned())));
        assert_eq!(lines("a\u{7}b", 5).map_err(|fault| fault.0), Err("forbidden_character"));
        assert_eq!(lines("\n\n", 5), Ok(None));
        assert_eq!(required_line(" ", 5).map_err(|fault| fault.0), Err("required"));
    }
}
