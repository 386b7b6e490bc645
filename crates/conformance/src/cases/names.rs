//! Names: a first address that is dead, and a DNS server that is silent.
//!
//! What the system knows of names stands in files under `/etc`. Each run of these cases has its own, in a mount namespace of its own.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    process::Command,
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use faults::{Limits, RawServer};
use nix::sys::signal::Signal;

use super::unreachable::full_at;
use crate::{
    program::{Program, Run, wait_until},
    verify::number,
};

/// The longest that a connection may take, its name included (`connect_timeout_ms`), and what a busy machine may add.
const CONNECT_LIMIT: Duration = Duration::from_millis(3100 + 1500);

/// Whether this machine lets a process have mounts of its own.
pub fn can_have_own_mounts() -> bool {
    Command::new("unshare").args(["--map-root-user", "--mount", "true"]).status().is_ok_and(|status| status.success())
}

/// A run for which `/etc/NAME` has this text.
fn with_etc(run: Run, files: &[(&str, &str)]) -> Run {
    let mut script = String::new();
    for (name, text) in files {
        let path = run.home.path().join(format!("etc-{name}"));
        std::fs::write(&path, text).expect("a fresh folder");
        script += &format!("mount --bind {} /etc/{name} && ", path.display());
    }
    run.run_by("unshare", &["--map-root-user", "--mount", "sh", "-c", &format!("{script} exec \"$@\""), "sh"])
}

/// A good server at one address, and another listener on its port at another, with which no connection ever stands.
fn half_dead(dead: &str, live: &str) -> (RawServer, impl Sized) {
    let dead: IpAddr = dead.parse().expect("an address");
    // A port that is free at the one address may be taken at the other.
    let free_at_both = || {
        let live = TcpListener::bind((live, 0)).expect("a free port");
        let port = live.local_addr().expect("a bound socket has an address").port();
        TcpListener::bind((dead, port)).ok().map(|_| (live, port))
    };
    let (live, port) =
        std::iter::repeat_with(free_at_both).take(100).flatten().next().expect("a port that is free at both");
    let silent = full_at(SocketAddr::new(dead, port));
    (RawServer::start_on(live, Limits::default(), |visit| visit.well()), silent)
}

pub fn a_dead_first_address_costs_a_connection_a_moment(program: &Program) {
    // The system prefers these to that.
    for (dead, live) in [("::1", "127.0.0.1"), ("127.0.0.1", "127.0.0.77")] {
        let (server, _silent) = half_dead(dead, live);
        let hosts = format!("{dead} two.test\n{live} two.test\n");
        let port = server.address.port();
        let front =
            RawServer::start(move |visit| visit.redirect(&format!("http://two.test:{port}/{}.gif", visit.code())));
        for base in [format!("http://two.test:{port}/flags"), front.base()] {
            let run = program.flags(&base, "br cn fr in -m 4");
            let told = with_etc(run, &[("hosts", &hosts), NSSWITCH]).told().counts(4, 0, 0).ends_with(0);
            let connects: Vec<_> = told.rows().iter().map(|row| number(&row["phases"]["connect_us"])).collect();
            let longest = connects.iter().max().expect("four rows");
            assert!(*longest > 200_000, "{dead} was not tried first: {connects:?}");
            assert!(*longest < 1_300_000, "{dead} {base}: half a time limit was spent: {connects:?}");
        }
    }
}

/// Files first, then DNS, whatever else this machine asks.
const NSSWITCH: (&str, &str) = ("nsswitch.conf", "hosts: files dns\n");

/// A DNS server that never answers, for as long as this lives.
struct SilentDns(UdpSocket);

impl SilentDns {
    /// On an address that no other case has.
    fn start() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let [high, low] = (std::process::id() as u16).to_be_bytes();
        let own = |nth| Ipv4Addr::new(127, 64 + nth, high, low);
        let socket =
            UdpSocket::bind((own(NEXT.fetch_add(1, Ordering::Relaxed)), 53)).expect("a port of the superuser's");
        socket.set_nonblocking(true).expect("a socket of ours");
        Self(socket)
    }

    fn is_asked_by(&self, run: Run) -> Run {
        let address = self.0.local_addr().expect("a bound socket has an address").ip();
        with_etc(run, &[("resolv.conf", &format!("nameserver {address}\n")), NSSWITCH])
    }

    fn wait_for_a_question(&self) {
        wait_until("the DNS server is asked", || self.0.recv(&mut [0; 512]).is_ok());
    }
}

pub fn a_silent_dns_server_costs_a_flag_no_more_than_the_time_to_connect(program: &Program) {
    for scheme in ["http", "https"] {
        let dns = SilentDns::start();
        let server = RawServer::start(move |visit| match visit.code().as_str() {
            "CN" | "IN" => visit.well(),
            _ => visit.redirect(&format!("{scheme}://silent.test/{}.gif", visit.code())),
        });
        let start = Instant::now();
        let told = dns.is_asked_by(program.flags(&server.base(), "br cn fr in -m 2 --json")).start().wait_told();
        let took = start.elapsed();
        let told = told.counts(2, 0, 2).ends_with(1);
        dns.wait_for_a_question();
        for code in ["BR", "FR"] {
            assert_eq!(told.ending(code), "timeout (connect)", "{scheme}: {}", told.row(code));
            let [start, end] = ["start_us", "end_us"].map(|name| number(&told.row(code)[name]));
            assert!(Duration::from_micros(end - start) < CONNECT_LIMIT, "{scheme}: {}", told.row(code));
        }
        // No process waits for an answer that is not wanted any more.
        let times = 2 / program.concurrency(2, 4) as u32;
        assert!(took < CONNECT_LIMIT * times, "{scheme}: it ended after {took:?}");
    }
}

pub fn the_first_signal_ends_a_wait_for_dns(program: &Program) {
    let lines = ["flags --server http://silent.test/flags br", "futures --server http://silent.test/flags"];
    for line in &lines[..if program.has_pool() { 2 } else { 1 }] {
        for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
            let dns = SilentDns::start();
            let running = dns.is_asked_by(program.run(line)).start();
            dns.wait_for_a_question();
            let signalled = Instant::now();
            running.signal(signal);
            let ended = running.wait().ends_with(status);
            // The system itself would wait ten seconds for each name.
            let took = signalled.elapsed();
            assert!(took < Duration::from_millis(2500) && !ended.was_killed(), "{line}, {signal}: {took:?}, {ended:?}");
        }
    }
}
