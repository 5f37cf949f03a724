//! Where a request came from.

use std::net::{IpAddr, Ipv6Addr};

/// Where a request came from: what people recognise their sessions by, what the audit log keeps,
/// and what failed attempts are counted by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address; `None` where there is none, as on the command line.
    pub address: Option<IpAddr>,
    /// What the client calls itself, cut.
    pub user_agent: Option<String>,
}

impl Origin {
    /// The most characters that are kept of a user agent.
    pub const MAX_USER_AGENT: usize = 200;

    /// An origin; of the user agent only [`Origin::MAX_USER_AGENT`] characters are kept, and
    /// control characters are left out.
    #[must_use]
    pub fn new(address: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let user_agent = user_agent
            .map(|text| {
                text.chars().filter(|c| !c.is_control()).take(Self::MAX_USER_AGENT).collect()
            })
            .filter(|text: &String| !text.is_empty());
        Self { address: address.map(|address| address.to_canonical()), user_agent }
    }

    /// What one customer of a network provider has: an IPv4 address, or the first 64 bits of an
    /// IPv6 one, of which a single machine can use any number (RFC 6177).
    #[must_use]
    pub fn network(&self) -> Option<IpAddr> {
        self.address.map(|address| match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> String {
        Origin::new(text.parse().ok(), None).network().unwrap().to_string()
    }

    #[test]
    fn a_network_is_an_ipv4_address_or_half_an_ipv6_one() {
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn a_user_agent_is_cut_and_has_no_control_characters() {
        let kept = |text: &str| Origin::new(None, Some(text)).user_agent;
        assert_eq!(kept("Firefox\t\u{1b}[31m/140").as_deref(), Some("Firefox[31m/140"));
        assert_eq!(kept(&"é".repeat(300)).unwrap().chars().count(), Origin::MAX_USER_AGENT);
        assert_eq!(kept(""), None);
    }
}
