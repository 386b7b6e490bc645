//! A public server must not lead into a private network. To have a public address without a network, the case runs in a network of
//! its own, which takes the superuser.

use std::{panic::resume_unwind, process::Command, thread};

use nix::sched::{CloneFlags, unshare};

use faults::RawServer;

use crate::{program::Program, verify::Told};

/// An address that is globally reachable, in the registry's words, and no server's: the block answers reverse look-ups (RFC 7534). Here it is in a
/// network without a way out.
const PUBLIC: &str = "192.175.48.7";

pub fn a_public_server_does_not_lead_to_private_addresses(program: &Program) {
    // The threads of the servers, and the programs, are in the network of the thread that starts them.
    let told = thread::scope(|scope| scope.spawn(|| in_a_network_of_its_own(program)).join());
    let told = told.unwrap_or_else(|panic| resume_unwind(panic)).counts(1, 0, 5).ends_with(1);
    assert_eq!(told.json["errors"]["redirect"], 5, "{}", told.json["samples"]);
    assert_eq!(told.ending("US"), "ok", "another address of its own is public");
}

fn in_a_network_of_its_own(program: &Program) -> Told {
    unshare(CloneFlags::CLONE_NEWNET).expect("the superuser may have a network of its own");
    for args in ["link set lo up", &format!("address add {PUBLIC}/32 dev lo")] {
        let done = Command::new("ip").args(args.split(' ')).status().expect("ip is there");
        assert!(done.success(), "ip {args}");
    }
    let private = RawServer::start(|visit| visit.well());
    let port = private.address.port();
    let public = RawServer::start_at(PUBLIC, move |visit| {
        let to = match visit.code().as_str() {
            "BR" => format!("http://127.0.0.1:{port}/br.gif"),
            "CN" => format!("http://localhost:{port}/cn.gif"),
            "FR" => format!("http://[::1]:{port}/fr.gif"),
            "IN" => format!("http://[::ffff:127.0.0.1]:{port}/in.gif"),
            "JP" => format!("http://0.0.0.0:{port}/jp.gif"),
            _ if visit.path.starts_with("/flags") => format!("http://{}/us.gif", visit.server),
            _ => return visit.well(),
        };
        visit.redirect(&to)
    });
    let told = program.flags(&public.base(), "br cn fr in jp us -m 2").told();
    assert_eq!(private.requests(), 0, "the private server was asked");
    told
}
