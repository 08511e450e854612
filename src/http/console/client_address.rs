//! Whose wrong passwords are counted together.

use std::net::{IpAddr, Ipv6Addr};

/// The counted address: the peer's; for a peer on this machine or a private network, which may be
/// a proxy, together with the address that it forwards for. Of an IPv6 address only the network
/// counts, since one home has a whole one.
///
/// A caller on the private network can forge what is forwarded; the limit over all addresses
/// binds such a one.
pub(super) fn counted(peer: Option<IpAddr>, forwarded: Option<IpAddr>) -> String {
    let peer_text = peer.map(network).unwrap_or_default();
    match (peer.filter(|peer| is_private(*peer)), forwarded) {
        (Some(_), Some(forwarded)) => format!("{peer_text} {}", network(forwarded)),
        (_, _) => peer_text,
    }
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted_texts(peer: &str, forwarded: &str) -> String {
        counted(peer.parse().ok(), forwarded.parse().ok())
    }

    #[test]
    fn a_public_peer_is_not_believed_about_whom_it_forwards_for() {
        assert_eq!(counted_texts("203.0.113.7", "198.51.100.1"), "203.0.113.7");
        assert_eq!(
            counted_texts("10.0.0.2", "198.51.100.1"),
            "10.0.0.2 198.51.100.1"
        );
        assert_eq!(counted_texts("::ffff:127.0.0.1", ""), "127.0.0.1");
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        assert_eq!(
            counted_texts("2001:db8:1:2::3", ""),
            counted_texts("2001:db8:1:2:ffff::9", "")
        );
    }
}
