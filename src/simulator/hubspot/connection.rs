//! Closing a connection without an answer, which an HTTP server does not offer by itself.

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::any::Any;
use std::net::Shutdown;
use std::os::fd::AsFd as _;

/// A second handle of a connection's socket.
struct Socket(std::net::TcpStream);

/// Keeps a handle of each new connection.
pub(super) fn remember(connection: &dyn Any, data: &mut Extensions) {
    let stream = connection.downcast_ref::<TcpStream>();
    if let Some(Ok(handle)) = stream.map(|stream| stream.as_fd().try_clone_to_owned()) {
        data.insert(Socket(handle.into()));
    }
}

/// Closes the connection a request came by; what is answered afterwards reaches nobody.
pub(super) fn close(request: &HttpRequest) {
    if let Some(socket) = request.conn_data::<Socket>() {
        // It may have been closed from the other side, which is as good.
        let _ = socket.0.shutdown(Shutdown::Both);
    }
}
