//! The peers do what their sentences in `bench.toml` say: each against a server that counts.

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bench::measure::runner::Processes;
use bench::measure::session::Runner;
use bench::plan::Match;
use bench::plan::contenders::{self, Contender};
use bench::plan::left_out::leave_out;
use bench::plan::workload::{Time, Work, Workload, every_code};

const FLAGS: u64 = 24;
const AT_ONCE: usize = 8;

/// How many connections a peer may open for [`FLAGS`] flags, with `workers` at once.
///
/// The chapter's own programs were counted in the same way (github.com/fluentpython/example-code-2e, commit cf3161c, with httpx 0.28): for 194
/// flags `flags2_sequential.py` and `flags2_threadpool.py -m 30` opened 194 connections, and `flags2_asyncio.py -m 8` opened 8.
fn connections(name: &str, workers: u64) -> RangeInclusive<u64> {
    match name {
        "xargs -P curl"
        | "Fluent Python sequential"
        | "Fluent Python threads"
        | "Fluent Python processes"
        | "urllib sequential"
        | "urllib threads" => FLAGS..=FLAGS,
        _ => 1..=workers,
    }
}

#[test]
fn every_peer_asks_for_each_flag_once_over_as_many_connections_as_it_says() {
    let bin = Path::new(env!("CARGO_BIN_EXE_bench")).parent().unwrap();
    // The harness keeps what a test prints in the usual way.
    let skip = |why: &str| writeln!(std::io::stderr(), "SKIPPED: {why}").unwrap();
    if !bin.join("flag-server").is_file() {
        return skip("the peers: flag-server is not built; `cargo test --workspace` builds it");
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut contenders = contenders::load(None, top).unwrap();
    contenders.retain(|one| one.peer);
    let work = Work::flags(FLAGS as usize, &every_code(), AT_ONCE, Some("20ms..40ms".into()), 20);
    let mut all = Match { workload: Workload::new(work, Time::Wall), contenders };
    leave_out([&mut all], bin).iter().for_each(|line| skip(line));
    thread::scope(|scope| {
        for peer in &all.contenders {
            scope.spawn(|| check(peer, &all.workload, bin));
        }
    });
}

fn check(peer: &Contender, workload: &Workload, bin: &Path) {
    let mut processes = Processes::new(bin, Duration::from_secs(60), Arc::default()).unwrap();
    processes.prepare(workload).unwrap();
    let sample = processes.run(workload, peer).unwrap().unwrap().sample;

    let name = &peer.name;
    assert_eq!(sample.wrong, None, "{name}");
    assert_eq!(sample.server_requests, Some(FLAGS), "{name}: requests");
    let workers = peer.workers(workload) as u64;
    let opened = sample.server_connections.unwrap();
    assert!(connections(name, workers).contains(&opened), "{name}: {opened} connections");
    let at_once = sample.server_peak_in_flight.unwrap();
    assert!(at_once <= workers, "{name}: {at_once} requests at once");
    // Those with a process for each processor have no more than that at once, and on a busy machine these may never meet.
    if !name.ends_with("processes") {
        assert_eq!(at_once > 1, workers > 1, "{name}: {at_once} requests at once");
    }
}
