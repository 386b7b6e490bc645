//! Hours of it: run after run of the four programs, each in a fresh folder, against a good server and one that is bad at random, with
//! signals at random moments; each run is verified. Meanwhile the good server has other clients, fast and slow.
//!
//! `scripts/soak` is the whole of it. A case plays a handful of runs.

mod args;
mod crowd;
mod figures;
mod plan;
mod servers;

use std::{
    env,
    io::Write,
    net::SocketAddr,
    panic::{self, AssertUnwindSafe},
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;

use self::{args::Args, crowd::Crowd, servers::Server};
pub(crate) use self::{figures::Figures, plan::Plan};
use crate::{inherited, program::Program};

/// The strategies' programs in this folder, by the list that the benchmark reads, too. The optional ones, where they are there.
fn programs(folder: &Path) -> Vec<Program> {
    let list: toml::Table = toml::from_str(include_str!("../../../strategies.toml")).expect("the list is TOML");
    let named = |key: &str| {
        let lines = list[key].as_array().expect("a line a strategy");
        let names = lines.iter().map(|line| line["name"].as_str().expect("it has a name"));
        names.map(|name| Program::new(folder.join(name))).collect::<Vec<_>>()
    };
    let optional = named("optional").into_iter().filter(|program| program.path().exists());
    named("strategies").into_iter().chain(optional).collect()
}

/// Where the two servers listen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sites {
    pub local: SocketAddr,
    pub fault: SocketAddr,
}

/// The program: reads its command line, soaks, prints its figures.
pub fn main() -> ExitCode {
    let args = Args::parse();
    inherited::heed_signals();
    let folder = env::current_exe().expect("a program has a path");
    let programs = programs(folder.parent().expect("a program is in a folder"));
    let flag_server = folder.with_file_name("flag-server");
    for path in programs.iter().map(Program::path).chain([flag_server.as_path()]) {
        if !path.exists() {
            eprintln!(
                "soak: {} is not there: start it as `scripts/soak`, which builds all that it needs",
                path.display()
            );
            return ExitCode::from(2);
        }
    }
    let seed = args.seed();
    println!("Seed {seed}: the same runs come with --seed {seed}, and the one called N alone with --first N --runs 1.");

    let local = Server::start(&flag_server, "local");
    let fault = Server::start(&flag_server, "faults");
    let sites = Sites { local: local.address, fault: fault.address };
    let crowd = Crowd::start(local.address, args.load, args.slow);

    let mut figures = Figures::new(seed);
    let start = Instant::now();
    let mut reported = start;
    for number in args.numbers() {
        if start.elapsed() >= args.duration() {
            break;
        }
        let plan = Plan::new(seed, number, &programs);
        figures.add(number, &plan, || plan.play(sites));
        if reported.elapsed() >= Duration::from_secs(60) {
            reported = Instant::now();
            println!("{:>6.0?}: {}; {}; {}", start.elapsed(), figures.line(), local.usage(), fault.usage());
            _ = std::io::stdout().flush();
        }
    }
    let crowd = crowd.leave();
    println!("\n{}", figures.page(start.elapsed(), &crowd));
    let ended =
        [local, fault].map(|server| panic::catch_unwind(AssertUnwindSafe(|| println!("{}", server.stop()))).is_ok());
    ExitCode::from(u8::from(figures.losses() + crowd.losses > 0 || ended.contains(&false)))
}
