//! Where a request came from, also behind reverse proxies.
//!
//! `X-Forwarded-For` says what whoever sent it wants it to say, so it is read only where the peer
//! is one of the configured proxies, and from its right end, which the proxies wrote.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, USER_AGENT};
use evenhand_domain::origin::Origin;

use crate::operations::Argument;
use crate::problem::Problem;
use crate::state::state_of;

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks of the reverse proxies that may say who their clients are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// An address range such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

/// A list of networks that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a network: {0}")]
pub struct InvalidNetwork(String);

impl FromStr for TrustedProxies {
    type Err = InvalidNetwork;

    /// Networks such as `10.0.0.0/8` and single addresses, separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks: Result<Vec<Network>, InvalidNetwork> = parts
            .map(|part| Network::parse(part).ok_or_else(|| InvalidNetwork(part.to_owned())))
            .collect();
        networks.map(Self)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{}/{}", network.address, network.prefix)?;
        }
        Ok(())
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => {
                prefix.parse().ok().filter(|prefix| *prefix <= bits)?
            }
            Some(_) => return None,
            None => bits,
        };
        Some(Self { address, prefix })
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - self.prefix;
                (own.to_bits() ^ other.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - self.prefix;
                (own.to_bits() ^ other.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl TrustedProxies {
    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The right-most address that is not a proxy of ours, of those that the proxies name and the
    /// peer. Where a name cannot be read, whoever named it is as far as can be told.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines: Vec<&str> =
            headers.get_all(&FORWARDED_FOR).map(|line| line.to_str().unwrap_or_default()).collect();
        for name in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.contains(client) {
                break;
            }
            let Some(named) = named(name.trim()) else { break };
            client = named;
        }
        client
    }
}

/// `192.0.2.7`, `192.0.2.7:443`, `2001:db8::7`, `[2001:db8::7]:443`.
fn named(text: &str) -> Option<IpAddr> {
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<std::net::SocketAddr>().map(|address| address.ip()));
    let address = address.ok().or_else(|| {
        text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).and_then(|t| t.parse().ok())
    });
    address.map(|address| address.to_canonical())
}

/// Whom a request came from; `None` where the connection does not say.
pub(crate) fn client_address(request: &HttpRequest) -> Result<Option<IpAddr>, Problem> {
    let proxies = &state_of(request)?.config.trusted_proxies;
    let peer = request.peer_addr().map(|peer| peer.ip());
    Ok(peer.map(|peer| proxies.client(peer, request.headers())))
}

impl Argument for Origin {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        let user_agent = request.headers().get(USER_AGENT);
        let user_agent = user_agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self::new(client_address(request)?, user_agent.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: TrustedProxies = proxies.parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR.clone(), HeaderValue::from_str(line).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        assert_eq!(client("", "10.0.0.1", &["192.0.2.7"]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "11.0.0.1", &["192.0.2.7"]), "11.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.0/8", "::ffff:10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_does_not_count() {
        let forged = &["127.0.0.1, 203.0.113.9", "192.0.2.7, 10.0.0.2"];
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", forged), "192.0.2.7");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["203.0.113.9, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["192.0.2.7, unknown, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn addresses_come_with_and_without_ports() {
        for (written, read) in [
            ("192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(client("::1", "::1", &[written]), read, "{written}");
        }
    }

    #[test]
    fn networks_are_read_as_people_write_them() {
        let read: TrustedProxies =
            " 10.0.0.0/8, 2001:db8::/32 ,192.0.2.1,0.0.0.0/0".parse().unwrap();
        assert_eq!(read.to_string(), "10.0.0.0/8,2001:db8::/32,192.0.2.1/32,0.0.0.0/0");
        assert!(read.contains("2001:db8:ffff::1".parse().unwrap()));
        assert!(!read.contains("2001:db9::1".parse().unwrap()));
        assert!(read.contains("8.8.8.8".parse().unwrap()));
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
        for wrong in ["10.0.0.0/33", "10.0.0/8", "::/129", "proxy.example", "10.0.0.0/", "::/+4"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
