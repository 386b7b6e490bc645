//! Downloads from a server that behaves.

use std::fmt::Write;

use faults::RawServer;
use sha2::{Digest, Sha256};

use crate::{
    flag_server::FlagServer,
    program::Program,
    tls::{self, Certificate},
    verify::{number, text},
};

pub fn the_twenty_flags_are_those_of_the_manifest(program: &Program) {
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "").told().counts(20, 0, 0).ends_with(0);
    let manifest = server.json("/manifest.json");
    for (name, bytes) in &told.ended.files {
        let code = name.strip_suffix(".gif").expect("it is named as a GIF");
        let rows = manifest["flags"].as_array().expect("the manifest has rows");
        let row = rows.iter().find(|row| row["code"] == code).expect("the manifest has it");
        assert_eq!(text(&row["sha256"]), sha256(bytes), "{name}");
    }
}

pub fn a_b_c_are_43_flags_and_35_are_not_found(program: &Program) {
    let server = FlagServer::delay(1, 20);
    program.flags(&server.base(), "a b c -m 30").told().counts(43, 35, 0).ends_with(0);
}

pub fn every_code_is_194_flags_and_482_are_not_found(program: &Program) {
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "-e -m 100").told().counts(194, 482, 0).ends_with(0);
    assert_eq!(number(&told.json["settings"]["concurrency"]), program.concurrency(100, 676) as u64);
}

pub fn errors_are_those_of_the_manifest(program: &Program) {
    let server = FlagServer::error(0, 10);
    // The second run on one server is as the first.
    program.flags(&server.base(), "-al 100 -m 100").told().ends_with(1);
    let told = program.flags(&server.base(), "-al 100 -m 100").told().ends_with(1);
    let manifest = server.json("/manifest.json");
    for row in told.rows() {
        let rows = manifest["flags"].as_array().expect("the manifest has rows");
        let foretold = rows.iter().find(|foretold| foretold["code"] == row["task"]).expect("the manifest has it");
        let ending = match number(&foretold["attempts"][0]["status"]) {
            200 => "ok".to_owned(),
            404 => "not found".to_owned(),
            status => format!("HTTP {status}"),
        };
        assert_eq!(told.ending(&text(&row["task"])), ending, "{row}");
    }
    let errors = told.count("errors");
    assert!(errors > 10 && told.json["errors"]["HTTP 418"] == errors, "{}", told.json["errors"]);
    assert_eq!(told.count("ok") + errors, 100);
}

pub fn no_more_connections_are_made_than_may_be_used(program: &Program) {
    let server = FlagServer::local();
    program.flags(&server.base(), "-e -m 7").told().counts(194, 482, 0);
    let stats = server.json("/stats");
    let (connections, peak) = (number(&stats["connections"]), number(&stats["peak_in_flight"]));
    let most = program.concurrency(7, 676) as u64;
    // One more is that of the question itself.
    assert!(connections <= most + 1 && peak <= most, "{stats}");
}

pub fn a_redirect_to_another_port_of_the_host_goes_there(program: &Program) {
    // Port 80, where something may be listening or not, but not this server.
    let server = RawServer::start_at("localhost", |visit| visit.redirect("http://localhost/flags/br/br.gif"));
    program.flags(&format!("http://localhost:{}/flags", server.address.port()), "br").end();
    assert_eq!(server.requests(), 1);
}

pub fn a_redirect_to_another_origin_keeps_a_connection_to_each(program: &Program) {
    for (asked, certificate) in [(1, None), (1, Some(Certificate::Good)), (4, None)] {
        let other = match certificate {
            None => RawServer::start(|visit| visit.well()),
            Some(certificate) => tls::start(certificate, |visit| visit.well()),
        };
        let (scheme, host) = if certificate.is_some() { ("https", "localhost") } else { ("http", "127.0.0.1") };
        let origin = format!("{scheme}://{host}:{}", other.address.port());
        let server = RawServer::start(move |visit| visit.redirect(&format!("{origin}/{}.gif", visit.code())));
        let args = format!("-a -m {asked} --ca-cert root.pem");
        program.flags(&server.base(), &args).told().counts(194, 0, 0).ends_with(0);
        let most = program.concurrency(asked, 194);
        for server in [&server, &other] {
            assert_eq!(server.requests(), 194);
            assert!(server.connections() <= most, "{} connections, {scheme}, -m {asked}", server.connections());
        }
    }
}

pub fn the_query_of_the_server_goes_with_each_request(program: &Program) {
    let server = RawServer::start(|visit| match visit.path.split_once('?') {
        Some((_, "token=a%26b" | "token=a%26b&copy=2")) => visit.well(),
        _ => visit.answer("403 Forbidden", "", b""),
    });
    program.flags(&format!("{}?token=a%26b", server.base()), "br cn --repeat 2").told().counts(4, 0, 0);
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes it");
        text
    })
}
