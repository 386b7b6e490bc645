//! What can go wrong with one download, provoked by name, and how it must end: the same way in every strategy's program.
//!
//! Each fault is played to two flags of four, by a server that is good to the other two, so that each case shows as well that the
//! rest of the run is unharmed. The table of all of them is `docs/faults.md`.

mod bodies;
mod connections;
mod heads;
mod lengths;
mod redirects;
mod statuses;
mod table;
mod tls;

use std::io;

pub use table::markdown;

use crate::{
    Case,
    program::Program,
    raw_server::{After, RawServer, Visit},
    truth::number,
};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug)]
struct Fault {
    /// What the server does, as the name of a case.
    name: &'static str,
    /// How the download ends: `ok`, `not found`, or the class of its error.
    ending: &'static str,
    /// What is set on the command line, so that the case is quick.
    args: &'static str,
    play: fn(&mut Visit) -> io::Result<After>,
}

impl Fault {
    const fn new(name: &'static str, ending: &'static str, play: fn(&mut Visit) -> io::Result<After>) -> Self {
        Self { name, ending, args: "", play }
    }

    const fn with(self, args: &'static str) -> Self {
        Self { args, ..self }
    }

    /// The exit status of a run in which this was the worst.
    fn status(&self) -> i32 {
        i32::from(!["ok", "not found"].contains(&self.ending))
    }
}

/// All of them, by what they are about.
const FAULTS: &[(&str, &[Fault])] = &[
    ("Silent, slow, or gone", connections::FAULTS),
    ("Heads", heads::FAULTS),
    ("Statuses", statuses::FAULTS),
    ("Lengths and encodings", lengths::FAULTS),
    ("Bodies", bodies::FAULTS),
    ("Redirects", redirects::FAULTS),
    ("TLS", tls::FAULTS),
];

/// A case for each.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let storm = Case::new("faults::all_of_them_in_one_run", all_in_one_run);
    let each = all().map(|fault| Case::new(format!("faults::{}", fault.name), move |program| play(program, fault)));
    each.chain([storm])
}

fn all() -> impl Iterator<Item = Fault> {
    FAULTS.iter().flat_map(|(_, faults)| faults.iter().copied())
}

fn play(program: &Program, fault: Fault) {
    let server = RawServer::start(move |visit| match visit.code().as_str() {
        "CN" | "IN" => visit.well(),
        _ => (fault.play)(visit),
    });
    let told = program.flags(&server.base(), &format!("br cn fr in -m 2 {}", fault.args)).told();
    for (code, ending) in [("BR", fault.ending), ("CN", "ok"), ("FR", fault.ending), ("IN", "ok")] {
        assert_eq!(told.ending(code), ending, "{}", told.row(code));
    }
    // However much the server sends, only so much of it is kept.
    let (memory, processes) = (number(&told.json["peak_memory_kib"]), number(&told.json["processes"]));
    assert!(memory < processes * 32 * 1024, "{processes} processes took {memory} KiB");
    told.ends_with(fault.status());
}

/// Each flag has a fault of its own, and the faults share workers and connections: none may change how its neighbours end.
fn all_in_one_run(program: &Program) {
    // Those that need other settings than the rest are left out.
    let faults: Vec<_> = all().filter(|fault| fault.args.is_empty()).collect();
    let fault_of = move |code: &str| {
        let place = flag_images::all().iter().position(|flag| flag.code == code).expect("one of the flags");
        faults[place % faults.len()]
    };
    let play = fault_of.clone();
    let server = RawServer::start(move |visit| (play(&visit.code()).play)(visit));
    let told = program.flags(&server.base(), "-a -m 16").told().ends_with(1);
    for flag in flag_images::all() {
        let fault = fault_of(flag.code);
        assert_eq!(told.ending(flag.code), fault.ending, "{}: {}", fault.name, told.row(flag.code));
    }
}
