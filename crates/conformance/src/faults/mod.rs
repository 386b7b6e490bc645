//! What can go wrong with one download, provoked by name, and how it must end: the same way in every strategy's program.
//!
//! Each fault is played to two flags of four, by a server that is good to the other two, so that each case shows as well that the
//! rest of the run is unharmed. The table of all of them is `docs/faults.md`.

mod endings;
mod table;
mod tls;

pub use table::markdown;

use faults::{Fault, GROUPS, RawServer};

use self::endings::Ending;
use crate::{Case, program::Program, verify::number};

/// All of them, by what they are about.
fn groups() -> impl Iterator<Item = (&'static str, &'static [Fault])> {
    GROUPS.iter().copied().chain([("TLS", tls::FAULTS)])
}

fn all() -> impl Iterator<Item = &'static Fault> {
    groups().flat_map(|(_, faults)| faults)
}

/// A case for each.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let storm = Case::new("faults::all_of_them_in_one_run", all_in_one_run);
    let each = all().map(|fault| Case::new(format!("faults::{}", fault.name), move |program| play(program, fault)));
    each.chain([storm])
}

fn play(program: &Program, fault: &'static Fault) {
    let Ending { ending, args, .. } = endings::of(fault);
    let server = RawServer::start(move |visit| match visit.code().as_str() {
        "CN" | "IN" => visit.well(),
        _ => (fault.play)(visit),
    });
    let told = program.flags(&server.base(), &format!("br cn fr in -m 2 {args}")).told();
    for (code, ending) in [("BR", ending), ("CN", "ok"), ("FR", ending), ("IN", "ok")] {
        assert_eq!(told.ending(code), ending, "{}", told.row(code));
    }
    // However much the server sends, only so much of it is kept.
    let (memory, processes) = (number(&told.json["peak_memory_kib"]), number(&told.json["processes"]));
    assert!(memory < processes * 32 * 1024, "{processes} processes took {memory} KiB");
    told.ends_with(endings::of(fault).status());
}

/// Each flag has a fault of its own, and the faults share workers and connections: none may change how its neighbours end.
fn all_in_one_run(program: &Program) {
    // Those that need other settings than the rest are left out.
    let faults: Vec<_> = all().filter(|fault| endings::of(fault).args.is_empty()).collect();
    let fault_of = move |code: &str| {
        let place = flag_images::all().iter().position(|flag| flag.code == code).expect("one of the flags");
        faults[place % faults.len()]
    };
    let play = fault_of.clone();
    let server = RawServer::start(move |visit| (play(&visit.code()).play)(visit));
    let told = program.flags(&server.base(), "-a -m 16").told().ends_with(1);
    for flag in flag_images::all() {
        let fault = fault_of(flag.code);
        assert_eq!(told.ending(flag.code), endings::of(fault).ending, "{}: {}", fault.name, told.row(flag.code));
    }
}
