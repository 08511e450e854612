//! Where Baton listens, and the URL under which HubSpot calls it.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::{table, url_text};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Listening and being called.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The address to bind; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The public URL as it was written, checked: http or https, perhaps with a port and a path,
    /// without user, query or fragment. Signatures are computed over it.
    pub public_url: Option<String>,
}

impl HttpSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let listen = reader.value(&table::LISTEN, socket_address);
        let public_url = reader.optional(&table::PUBLIC_URL, |text| {
            url_text::base_url(text).map(|_| text.to_owned())
        });
        Ok(Self {
            listen: listen?,
            public_url: public_url?,
        })
    }

    /// The public URL, or without one the URL of the address in `listen`.
    pub fn public_url(&self) -> String {
        self.public_url_at(self.listen)
    }

    /// The same once the true address is known, for instance after binding port 0.
    pub fn public_url_at(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None => format!("http://{}", reachable(bound)),
        }
    }
}

/// "All addresses" is nothing one can call; this machine's own is.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn socket_address(text: &str) -> Result<SocketAddr, Expected> {
    text.parse()
        .map_err(|_| Expected::new("an address and a port, like 127.0.0.1:8080 or [::1]:8080"))
}
