//! The socket that a server listens on, and the number of files that it may open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// How many connections may wait to be accepted. The standard library's 128 is too few: of 1,000
/// clients that connect at once the rest would wait a second and try again.
const BACKLOG: i32 = 4096;

/// Listens on an address; port 0 lets the system choose one.
///
/// The address can be used again at once after a server that was there has ended. The listener is
/// for [`run`](crate::run); it does not block.
///
/// # Errors
/// Whatever the system has against it: the port is in use, the address is not ours, the port is
/// below 1024.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Lets this process open as many files, and so hold as many connections, as the system allows it.
///
/// # Errors
/// The system does not say how many that is, or changes its mind.
pub fn raise_open_file_limit() -> io::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}
