//! No server at all: exit status 3.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};

use crate::program::Program;

pub fn no_server_listens(program: &Program) {
    let told = program.flags("http://127.0.0.1:9/flags", "br cn").told().counts(0, 0, 2).ends_with(3);
    assert_eq!(told.ending("BR"), "refused");
    assert!(told.ended.stderr.contains("failed to reach the server"), "{}", told.ended.stderr);
}

pub fn the_name_leads_nowhere(program: &Program) {
    let ended = program.flags("http://nonexistent.invalid/flags", "br").end().ends_with(3);
    assert!(ended.stderr.contains("failed to find the host of http://nonexistent.invalid/flags"), "{}", ended.stderr);
    assert!(ended.stderr.contains("check the URL and the network") && ended.stdout.is_empty());
}

pub fn a_server_that_does_not_accept(program: &Program) {
    let (address, _full) = full();
    let told = program.flags(&format!("http://{address}/flags"), "br").told().counts(0, 0, 1).ends_with(3);
    assert_eq!(told.ending("BR"), "timeout (connect)");
}

/// A listener with which no connection ever stands, for as long as the second lives.
pub fn full() -> (SocketAddr, impl Sized) {
    full_at(SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// The same at this address: it accepts nothing and its queue is full, so that the system answers no further attempt to connect.
pub fn full_at(address: SocketAddr) -> (SocketAddr, impl Sized) {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let listener = socket(family, SocketType::STREAM, None).expect("a socket");
    bind(&listener, &address).expect("a free port");
    listen(&listener, 0).expect("a bound socket");
    let address: SocketAddr =
        getsockname(&listener).ok().and_then(|address| address.try_into().ok()).expect("a bound socket");
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
        assert!(waiting.len() < 100, "this system's queues are never full");
    }
    (address, (listener, waiting))
}

pub fn a_server_that_goes_away_is_an_error_and_not_unreachable(program: &Program) {
    // An address that no other test uses, so that none takes the port when it is free again.
    let listener = TcpListener::bind("127.0.0.77:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        // One connection is served, with one flag, and no other.
        let (stream, _) = listener.accept().expect("a client");
        drop(listener);
        let gif = flag_images::find("BR").expect("Brazil has a flag").gif;
        let mut reader = std::io::BufReader::new(&stream);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            std::io::BufRead::read_line(&mut reader, &mut line).expect("a request");
        }
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", gif.len());
        std::io::Write::write_all(&mut &stream, &[head.as_bytes(), gif].concat()).expect("a client");
    });
    let told = program.flags(&format!("http://{address}/flags"), "br cn -m 1").told().counts(1, 0, 1).ends_with(1);
    assert_eq!(told.ending("CN"), "refused");
}
