//! The index of what leads are searched by. It is no part of the transactions that write leads: a
//! worker follows the log of events ([`Progress`]) and writes the texts of the leads that these name
//! ([`index`]). So a lead is found a moment after it came.
//!
//! Texts are found by hashes of their grams, salted with the organization: no tenant's search reads
//! what another's texts have in common with it. What the hashes find is compared with the text itself.

mod find;
mod log;
mod write;

use std::collections::BTreeSet;

use evenhand_domain::ids::OrganizationId;

pub(crate) use find::{FEW, Found, Many, edge, find, occurs};
pub use log::{Mark, Noted, Progress, claim, is_behind, is_settled, mark, notes, save};
pub use write::{Text, index, texts, wipe};

/// What an index keeps of these grams of an organization's lead: FNV-1a, in 32 bits.
fn hashes(organization: OrganizationId, grams: &BTreeSet<[char; 3]>) -> BTreeSet<u32> {
    let salt = organization.uuid().into_bytes();
    let hash = |gram: &[char; 3]| {
        let text: String = gram.iter().collect();
        salt.iter()
            .chain(text.as_bytes())
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    };
    grams.iter().map(hash).collect()
}

/// Hashes as PostgreSQL reads an array of integers from a text.
fn array(hashes: &BTreeSet<u32>) -> String {
    let numbers: Vec<String> = hashes.iter().map(|hash| hash.cast_signed().to_string()).collect();
    format!("{{{}}}", numbers.join(","))
}

/// Hashes as words of SQLite's full text.
fn words(hashes: &BTreeSet<u32>) -> String {
    let words: Vec<String> = hashes.iter().map(|hash| format!("{hash:08x}")).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn hashes_are_an_organization_s_own() {
        let grams = BTreeSet::from([['l', 'e', 'e'], [' ', 'l', 'e']]);
        let of = |id| hashes(OrganizationId::from_uuid(Uuid::from_u128(id)), &grams);
        assert_eq!(of(1), of(1));
        assert_eq!(of(1).len(), 2);
        assert!(of(1).is_disjoint(&of(2)));
        assert_eq!(array(&BTreeSet::from([1, u32::MAX])), "{1,-1}");
        assert_eq!(words(&BTreeSet::from([1, u32::MAX])), "00000001 ffffffff");
    }
}
