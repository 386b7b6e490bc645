//! A site that is https from the start.

use faults::RawServer;

use crate::{
    program::{Program, Run},
    tls::{self, Certificate},
};

fn flags(program: &Program, server: &RawServer, args: &str) -> Run {
    program.flags(&format!("https://localhost:{}/flags", server.address.port()), args)
}

pub fn flags_come_over_https_with_a_root_of_ones_own(program: &Program) {
    let server = tls::start(Certificate::Good, |visit| visit.well());
    flags(program, &server, "-m 4 --ca-cert root.pem").told().counts(20, 0, 0).ends_with(0);
}

pub fn a_server_that_cannot_prove_who_it_is_gets_no_request(program: &Program) {
    for (certificate, args) in [
        (Certificate::Good, ""),
        (Certificate::UnknownRoot, "--ca-cert root.pem"),
        (Certificate::WrongName, "--ca-cert root.pem"),
        (Certificate::Expired, "--ca-cert root.pem"),
        (Certificate::NotYetValid, "--ca-cert root.pem"),
    ] {
        let server = tls::start(certificate, |visit| visit.well());
        let told = flags(program, &server, &format!("br cn -m 2 {args}")).told().counts(0, 0, 2).ends_with(1);
        assert_eq!(told.json["errors"]["TLS"], 2, "{certificate:?}: {}", told.json);
        assert_eq!(server.requests(), 0);
    }
}

pub fn https_does_not_lead_back_to_http(program: &Program) {
    let plain = RawServer::start(|visit| visit.well());
    let location = format!("http://{}/br.gif", plain.address);
    let server = tls::start(Certificate::Good, move |visit| visit.redirect(&location));
    let told = flags(program, &server, "br cn --ca-cert root.pem").told().counts(0, 0, 2).ends_with(1);
    assert_eq!(told.json["errors"]["redirect"], 2, "{}", told.json);
    assert_eq!(plain.requests(), 0);
}
