//! Statements that become part of another: their placeholders, `$1` and so on, take the numbers behind
//! those of what comes before.

use std::fmt::Write;

/// A statement with each placeholder's number greater by `count`. A `$` before anything but a digit is
/// none, such as that of a path into JSON.
pub(crate) fn after(count: usize, statement: &str) -> String {
    let mut sql = String::with_capacity(statement.len() + 64);
    push_after(count, statement, &mut sql);
    sql
}

/// The same, written behind what is there already.
pub(crate) fn push_after(count: usize, statement: &str, into: &mut String) {
    let mut parts = statement.split('$');
    into.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|it: char| !it.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        // Writing to a String cannot fail.
        let _ = match number.parse::<usize>() {
            Ok(number) => write!(into, "${}{rest}", number + count),
            Err(_) => write!(into, "${part}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn placeholders_go_on_behind_those_before_and_paths_stay() {
        let statement = "SELECT cells ->> '$[0]' FROM json_each($1) WHERE a = $10 AND b = '$'";
        let expected = "SELECT cells ->> '$[0]' FROM json_each($3) WHERE a = $12 AND b = '$'";
        assert_eq!(after(2, statement), expected);
    }
}
