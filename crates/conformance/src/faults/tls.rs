//! TLS: the good server redirects to one that cannot prove who it is. From http to https a redirect may lead.

use std::io::{self, Write};

use faults::{After, Fault, RawServer, Visit};

use crate::tls::{self, Certificate};

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
    Fault::new("redirects_to_https", "redirects to a good answer over TLS", |visit| {
        to_one_with(visit, Certificate::Good)
    }),
    Fault::new("redirects_to_an_unknown_root", "redirects to a certificate by an unknown root", |visit| {
        to_one_with(visit, Certificate::UnknownRoot)
    }),
    Fault::new("redirects_to_a_wrong_name", "redirects to a certificate for another name", |visit| {
        to_one_with(visit, Certificate::WrongName)
    }),
    Fault::new("redirects_to_an_expired_certificate", "redirects to a certificate of 2001", |visit| {
        to_one_with(visit, Certificate::Expired)
    }),
    Fault::new("redirects_to_a_certificate_of_the_future", "redirects to a certificate of 2999", |visit| {
        to_one_with(visit, Certificate::NotYetValid)
    }),
    Fault::new(
        "has_a_root_that_was_not_given",
        "redirects to a good certificate, by a root that was not given",
        |visit| to_one_with(visit, Certificate::Good),
    ),
    Fault::new("redirects_to_plain_http_on_an_https_port", "redirects to https where plain HTTP is spoken", |visit| {
        let server = RawServer::start_within(
            |mut stream| {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
                Ok(stream)
            },
            |visit| visit.hang(),
        );
        to(visit, &server)
    }),
    Fault::new("closes_within_the_handshake", "closes after the client's first words of TLS", |visit| {
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
    Fault::new("redirects_from_https_to_http", "redirects to https, and from there back to http", |visit| {
        to_one_that(visit, |visit| visit.redirect("http://localhost/"))
    }),
    Fault::new("closes_within_a_body_over_tls", "closes within the body, with TLS's good-bye", |visit| {
        to_one_that(visit, |visit| {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")?;
            Ok(After::Close)
        })
    }),
    Fault::new(
        "cuts_the_connection_within_a_body_over_tls",
        "closes within the body, without TLS's good-bye",
        |visit| {
            to_one_that(visit, |visit| {
                visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")?;
                Err(io::ErrorKind::Other.into())
            })
        },
    ),
    Fault::new("never_ends_a_body_over_tls", "stops within the body", |visit| {
        to_one_that(visit, |visit| {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nGIF89a")?;
            visit.hang()
        })
    }),
    Fault::new("never_answers_over_tls", "says nothing after the handshake", |visit| {
        to_one_that(visit, |visit| visit.hang())
    }),
    Fault::new("never_ends_the_handshake", "says nothing after the client's first words of TLS", |visit| {
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
