//! What a new password must be like (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 V6.2): long
//! enough, of any characters, not easily guessed. No composition rules, no truncation, no
//! normalisation: it is verified exactly as it was given.

use evenhand_domain::text::ValueFault;
use secrecy::{ExposeSecret as _, SecretString};
use zxcvbn::{Score, zxcvbn};

/// The fewest characters (Unicode scalar values).
pub const MIN: usize = 10;

/// The most characters.
pub const MAX: usize = 128;

/// Fewer than 10⁶ guesses (scores 0 and 1) are in reach of somebody who tries over the network,
/// however slow each try is. More is not asked: a stolen hash is guarded by argon2id, and a
/// stricter rule refuses passphrases that people can remember.
const WEAKEST: Score = Score::Two;

/// Whether `password` may become somebody's; `known` is what a guesser knows of them: address,
/// names, organization.
///
/// # Errors
/// `too_short`, `too_long`, `weak_password`.
pub fn check(password: &SecretString, known: &[&str]) -> Result<(), ValueFault> {
    let password = password.expose_secret();
    let length = password.chars().count();
    if length < MIN {
        return Err(("too_short", format!("at least {MIN} characters")));
    }
    if length > MAX {
        return Err(("too_long", format!("at most {MAX} characters")));
    }
    let known = words(known);
    let inputs: Vec<&str> = known.iter().map(String::as_str).collect();
    let estimate = zxcvbn(password, &inputs);
    if estimate.score() < WEAKEST {
        let why = estimate.feedback().and_then(|feedback| feedback.warning());
        let why = why.map_or_else(|| "easily guessed".to_owned(), |warning| warning.to_string());
        return Err(("weak_password", why));
    }
    Ok(())
}

/// The values and their parts: `olivia@acme.example` also as `olivia` and `acme`.
fn words(known: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for value in known {
        words.push((*value).to_owned());
        let parts = value.split(|c: char| !c.is_alphanumeric());
        words.extend(parts.filter(|part| part.chars().count() > 2).map(str::to_owned));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<&'static str> {
        let known =
            ["olivia.martin@greenfields.example", "Olivia", "Martin", "Greenfields Estates"];
        check(&SecretString::from(password), &known).err().map(|fault| fault.0)
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(code("k7#Qz"), Some("too_short"));
        assert_eq!(code("éüß¢×Ωж中日"), Some("too_short"));
        assert_eq!(code("éüß¢×Ωж中日本"), None);
        assert_eq!(code(&"k7#Qz".repeat(26)), Some("too_long"));
        assert_eq!(code(&format!("{}xyz", "k7#Qz".repeat(25))), None);
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for guessed in [
            "password1234",
            "aaaaaaaaaaaaaaaa",
            "qwertyuiop123",
            "1234567890",
            "abcdefghij",
            "letmeinletmein",
            "iloveyou123",
        ] {
            assert_eq!(code(guessed), Some("weak_password"), "{guessed}");
        }
    }

    #[test]
    fn what_is_known_of_the_person_is_refused() {
        for guessed in
            ["greenfields", "Greenfields1", "oliviamartin", "olivia.martin@greenfields.example"]
        {
            assert_eq!(code(guessed), Some("weak_password"), "{guessed}");
        }
    }

    #[test]
    fn a_passphrase_needs_no_digits_or_symbols() {
        assert_eq!(code("seven-Otters_knit 41 scarves"), None);
        assert_eq!(code("correct horse battery staple"), None);
        assert_eq!(code("plum violin tractor"), None);
    }
}
