//! `--listen`: an address and a port, with an example for who types the port alone.

use std::net::SocketAddr;

/// Reads one.
///
/// # Errors
/// In words, if it is none.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let address = text.parse();
    address.map_err(|_| match text.parse::<u16>() {
        Ok(port) => format!("expected an address and a port: 127.0.0.1:{port}"),
        Err(_) => "expected an address and a port, for instance 127.0.0.1:8085".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_answered_with_what_was_meant() {
        assert!(listen_address("127.0.0.1:0").is_ok());
        let refused = listen_address("8085").unwrap_err();
        assert_eq!(refused, "expected an address and a port: 127.0.0.1:8085");
        for text in [
            "",
            "localhost",
            "localhost:8085",
            "127.0.0.1",
            "127.0.0.1:99999",
        ] {
            let refused = listen_address(text).unwrap_err();
            assert!(refused.contains("for instance 127.0.0.1:8085"), "{text}");
        }
    }
}
