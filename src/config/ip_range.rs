//! A range of IP addresses, as `10.0.0.0/8`.

use std::net::IpAddr;
use std::str::FromStr;

/// The addresses that share their first `prefix_bits` bits with `first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    first: IpAddr,
    prefix_bits: u8,
}

/// A text that is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARange {
    /// Not an address, or not a length of its prefix.
    #[error("addresses or ranges like 10.1.0.0/16 or fd00::/8, separated by commas")]
    Malformed,
    /// An address inside the range was given instead of its first.
    #[error("the first address of its range, {first}/{prefix_bits}")]
    NotTheFirst {
        /// The range that may have been meant.
        first: IpAddr,
        /// The length of its prefix.
        prefix_bits: u8,
    },
}

impl IpRange {
    /// Whether the address lies inside. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix_bits) == Some(self.first)
    }
}

impl FromStr for IpRange {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotARange::Malformed)?;
        let prefix_bits = match bits {
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => {
                bits.parse().map_err(|_| NotARange::Malformed)?
            }
            Some(_) => return Err(NotARange::Malformed),
            None => width(address),
        };
        match masked(address, prefix_bits) {
            None => Err(NotARange::Malformed),
            Some(first) if first == address => Ok(Self { first, prefix_bits }),
            Some(first) => Err(NotARange::NotTheFirst { first, prefix_bits }),
        }
    }
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with only its first bits kept; `None` if it has fewer than that.
fn masked(address: IpAddr, prefix_bits: u8) -> Option<IpAddr> {
    let dropped = u32::from(width(address).checked_sub(prefix_bits)?);
    Some(match address {
        // A shift by the whole width is none to Rust: then nothing is kept.
        IpAddr::V4(v4) => {
            IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(dropped).unwrap_or(0)).into())
        }
        IpAddr::V6(v6) => {
            IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(dropped).unwrap_or(0)).into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        range
            .parse::<IpRange>()
            .unwrap()
            .contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_contains_its_first_and_last_address_and_no_neighbour() {
        assert!(contains("10.1.0.0/16", "10.1.0.0"));
        assert!(contains("10.1.0.0/16", "10.1.255.255"));
        assert!(!contains("10.1.0.0/16", "10.2.0.0"));
        assert!(!contains("10.1.0.0/16", "10.0.255.255"));
        assert!(contains("fd00::/8", "fdff::1"));
        assert!(!contains("fd00::/8", "fe00::1"));
    }

    #[test]
    fn the_widest_and_the_narrowest_range_hold() {
        assert!(contains("0.0.0.0/0", "255.1.2.3"));
        assert!(contains("::/0", "fe80::1"));
        assert!(contains("127.0.0.1", "127.0.0.1"));
        assert!(!contains("127.0.0.1/32", "127.0.0.2"));
    }

    #[test]
    fn the_two_families_never_mix_but_a_mapped_address_is_ipv4() {
        assert!(!contains("0.0.0.0/0", "::1"));
        assert!(!contains("::/0", "127.0.0.1"));
        assert!(contains("127.0.0.0/8", "::ffff:127.0.0.1"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "10",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "host/8",
            "10.0.0.0/256",
        ] {
            assert_eq!(text.parse::<IpRange>(), Err(NotARange::Malformed), "{text}");
        }
        let error = "10.1.2.3/8".parse::<IpRange>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the first address of its range, 10.0.0.0/8"
        );
    }
}
