//! TLS: the good server redirects to one that cannot prove who it is. From http to https a redirect may lead.

use std::io::{self, Write};

use super::Fault;
use crate::{
    raw_server::{After, RawServer, Visit},
    tls::{self, Certificate},
};

const ROOT: &str = "--ca-cert root.pem";

fn to(visit: &mut Visit, server: &RawServer) -> io::Result<After> {
    visit.redirect(&format!("https://localhost:{}/{}.gif", server.address.port(), visit.code()))
}

fn to_one_with(visit: &mut Visit, certificate: Certificate) -> io::Result<After> {
    to(visit, &tls::start(certificate, |visit| visit.well()))
}

fn to_one_that(visit: &mut Visit, play: fn(&mut Visit) -> io::Result<After>) -> io::Result<After> {
    to(visit, &tls::start(Certificate::Good, play))
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("redirects_to_https", "ok", |visit| to_one_with(visit, Certificate::Good)).with(ROOT),
    Fault::new("redirects_to_an_unknown_root", "TLS", |visit| to_one_with(visit, Certificate::UnknownRoot)).with(ROOT),
    Fault::new("redirects_to_a_wrong_name", "TLS", |visit| to_one_with(visit, Certificate::WrongName)).with(ROOT),
    Fault::new("redirects_to_an_expired_certificate", "TLS", |visit| to_one_with(visit, Certificate::Expired))
        .with(ROOT),
    Fault::new("redirects_to_a_certificate_of_the_future", "TLS", |visit| to_one_with(visit, Certificate::NotYetValid))
        .with(ROOT),
    Fault::new("has_a_root_that_was_not_given", "TLS", |visit| to_one_with(visit, Certificate::Good)),
    Fault::new("redirects_to_plain_http_on_an_https_port", "TLS", |visit| {
        let server = RawServer::start_within(
            |mut stream| {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
                Ok(stream)
            },
            |visit| visit.hang(),
        );
        to(visit, &server)
    }),
    Fault::new("closes_within_the_handshake", "TLS", |visit| {
        let server = RawServer::start_within(
            |stream| {
                // What the client says first is read, so that this is no reset.
                io::Read::read(&mut &stream, &mut [0; 4096])?;
                drop(stream);
                Err::<std::net::TcpStream, _>(io::ErrorKind::Other.into())
            },
            |visit| visit.hang(),
        );
        to(visit, &server)
    }),
    Fault::new("redirects_from_https_to_http", "redirect", |visit| {
        to_one_that(visit, |visit| visit.redirect("http://localhost/"))
    })
    .with(ROOT),
    Fault::new("closes_within_a_body_over_tls", "truncated", |visit| {
        to_one_that(visit, |visit| {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")?;
            Ok(After::Close)
        })
    })
    .with(ROOT),
    Fault::new("cuts_the_connection_within_a_body_over_tls", "truncated", |visit| {
        to_one_that(visit, |visit| {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")?;
            Err(io::ErrorKind::Other.into())
        })
    })
    .with(ROOT),
    Fault::new("never_ends_a_body_over_tls", "timeout (body)", |visit| {
        to_one_that(visit, |visit| {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")?;
            visit.hang()
        })
    })
    .with("--ca-cert root.pem --timeout 1"),
    Fault::new("never_answers_over_tls", "timeout (first byte)", |visit| to_one_that(visit, |visit| visit.hang()))
        .with("--ca-cert root.pem --timeout 1"),
    Fault::new("never_ends_the_handshake", "timeout (connect)", |visit| {
        let server = RawServer::start_within(
            |stream| {
                std::thread::sleep(std::time::Duration::from_secs(10));
                drop(stream);
                Err::<std::net::TcpStream, _>(io::ErrorKind::Other.into())
            },
            |visit| visit.hang(),
        );
        to(visit, &server)
    }),
];
