//! Requests that add leads.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::load::Write;

/// A number that no load of this run has had yet: no two leads are the same person.
pub(crate) fn fresh_load() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Who leads are posted by, and for whom.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// The header that says who posts.
    pub(crate) credential: String,
    /// The sources that leads come from; a rule routes each to its group.
    pub(crate) sources: Vec<String>,
}

/// Leads with everything on: a key for idempotency, an address that is looked up among all others,
/// and a rule that routes them.
pub(crate) fn new_leads(senders: Vec<Sender>, choose: fn(u64, usize) -> usize) -> Write {
    let load = fresh_load();
    Arc::new(move |connection, sequence, request| {
        let drawn = mixed(load, connection as u64, sequence);
        let sender = &senders[choose(drawn, senders.len())];
        let source = &sender.sources[(drawn >> 32) as usize % sender.sources.len()];
        let mut body = [0_u8; 256];
        let mut rest = &mut body[..];
        let written = write!(
            rest,
            "{{\"first_name\":\"Lee\",\"last_name\":\"Number {sequence}\",\
             \"email\":\"lee.{load}.{connection}.{sequence}@customer.example\",\
             \"source\":\"{source}\"}}"
        );
        let length = 256 - rest.len();
        // Neither can fail: the body is shorter, and a request grows.
        let _ = written.and_then(|()| {
            write!(
                request,
                "POST /v1/leads HTTP/1.1\r\nHost: bench\r\n{}\r\nIdempotency-Key: \
                 {load}-{connection}-{sequence}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n",
                sender.credential
            )
        });
        request.extend_from_slice(&body[..length]);
    })
}

/// Any of them alike.
pub(crate) const fn evenly(drawn: u64, count: usize) -> usize {
    (drawn & 0xffff_ffff) as usize % count
}

/// The first most often: the n-th about 1/n as often (Zipf's law), by inverting the harmonic sum's
/// approximation.
pub(crate) fn by_zipf(drawn: u64, count: usize) -> usize {
    let uniform = (drawn & 0xffff_ffff) as f64 / f64::from(u32::MAX);
    let rank = ((count as f64 + 1.0).ln() * uniform).exp();
    (rank as usize).clamp(1, count) - 1
}

/// Numbers that look drawn, the same in every run (SplitMix64).
fn mixed(load: u64, connection: u64, sequence: u64) -> u64 {
    let mut it = (load << 48) ^ (connection << 32) ^ sequence;
    it = it.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ (it >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Sender, by_zipf, evenly, mixed, new_leads};

    #[test]
    fn zipf_prefers_the_first_and_reaches_the_last() {
        let mut drawn = [0_u32; 100];
        for sequence in 0..100_000 {
            drawn[by_zipf(mixed(1, 2, sequence), 100)] += 1;
        }
        assert!(drawn[0] > drawn[1] && drawn[1] > drawn[9] && drawn[9] > drawn[99]);
        assert!(drawn[99] > 0);
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let sender =
            Sender { credential: "X-API-Key: k".to_owned(), sources: vec!["web".to_owned()] };
        let mut request = Vec::new();
        new_leads(vec![sender], evenly)(63, 1_000_000, &mut request);
        let text = String::from_utf8(request).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{text}");
        assert!(body.ends_with("\"source\":\"web\"}"), "{text}");
    }
}
