//! What an API key looks like: `evh_`, 8 characters to know it by, 32 that are the secret, and 6
//! of a checksum, by which a mistyped key is refused without asking the database (and by which
//! scanners for leaked secrets recognise one).

use evenhand_domain::clock::Entropy;
use secrecy::{ExposeSecret as _, SecretString};

use crate::secret;

const START: &str = "evh_";
const ID: usize = 8;
const SECRET: usize = 32;
const CHECKSUM: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The characters of a key that are stored and shown: `evh_` and the 8 after it.
pub const PREFIX: usize = START.len() + ID;

/// A new key.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The whole key, to be shown once.
    pub key: SecretString,
    /// Its first 12 characters.
    pub prefix: String,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

/// Makes a key with 190 random bits in its secret part.
#[must_use]
pub fn generate(entropy: &dyn Entropy) -> NewKey {
    let mut key = String::with_capacity(START.len() + ID + SECRET + CHECKSUM);
    key.push_str(START);
    push_random(entropy, &mut key, ID + SECRET);
    let sum = checksum(&key);
    key.push_str(&sum);
    NewKey { prefix: key.chars().take(PREFIX).collect(), hash: secret::hash(&key), key: key.into() }
}

/// The SHA-256 to look a key up by; `None` when no key is written like this.
#[must_use]
pub fn parse(key: &SecretString) -> Option<[u8; 32]> {
    let key = key.expose_secret();
    let rest = key.strip_prefix(START)?;
    let well_formed = rest.len() == ID + SECRET + CHECKSUM
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !well_formed {
        return None;
    }
    let (body, sum) = key.split_at(key.len() - CHECKSUM);
    (checksum(body) == sum).then(|| secret::hash(key))
}

fn push_random(entropy: &dyn Entropy, text: &mut String, count: usize) {
    let mut missing = count;
    let mut bytes = zeroize::Zeroizing::new([0; 64]);
    while missing > 0 {
        entropy.fill(bytes.as_mut());
        // 248 = 4 × 62: bytes above would favour the first characters.
        for byte in bytes.iter().filter(|byte| **byte < 248).take(missing) {
            text.push(char::from(ALPHABET[usize::from(*byte % 62)]));
            missing -= 1;
        }
    }
}

/// CRC-32 of `text` in base 62, most significant digit first.
fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn a_key_is_recognised_by_its_form_and_its_checksum() {
        let new = generate(&Random);
        let key = new.key.expose_secret();
        assert_eq!(key.len(), 50);
        assert!(key.starts_with(&new.prefix) && new.prefix.starts_with("evh_"));
        assert_eq!(new.prefix.len(), PREFIX);
        assert_eq!(parse(&new.key), Some(new.hash));
        assert!(!format!("{new:?}").contains(key));
    }

    #[test]
    fn one_wrong_character_is_enough_to_refuse_a_key() {
        let new = generate(&Random);
        let key = new.key.expose_secret();
        for index in 0..key.len() {
            let mut wrong: Vec<u8> = key.bytes().collect();
            wrong[index] = if wrong[index] == b'x' { b'y' } else { b'x' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(parse(&wrong.into()), None, "character {index}");
        }
        for wrong in
            [String::new(), key[1..].to_owned(), format!("{key}0"), key.to_lowercase() + "é"]
        {
            assert_eq!(parse(&wrong.into()), None);
        }
    }

    #[test]
    fn the_checksum_is_crc_32_in_base_62() {
        // CRC-32 of "123456789" is 0xCBF43926 = 3421780262.
        let digits = checksum("123456789");
        let number = digits.bytes().fold(0u64, |number, digit| {
            let value = ALPHABET.iter().position(|character| *character == digit).unwrap();
            number * 62 + value as u64
        });
        assert_eq!((digits.len(), number), (6, 0xCBF4_3926));
    }
}
