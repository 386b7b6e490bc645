//! Work for the processor with each flag: `--cpu-rounds`.

use std::time::Duration;

use flag_server::{Config, Flags};
use sha2::{Digest, Sha256};

use crate::{
    flag_server::FlagServer,
    program::Program,
    verify::{number, object, text},
};

/// The digest of these rounds over a flag, worked out anew.
fn digest(flag: &[u8], rounds: usize) -> String {
    let mut digest = Sha256::digest(flag);
    for _ in 1..rounds {
        digest = Sha256::digest(digest);
    }
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn the_digest_of_each_flag_is_that_of_its_rounds(program: &Program) {
    let server = FlagServer::delay(1, 20);
    let told =
        program.flags(&server.base(), "br cn zz --repeat 2 --cpu-rounds 100").told().counts(4, 2, 0).ends_with(0);
    assert_eq!(told.json["settings"]["cpu_rounds"], 100);
    for row in told.rows() {
        match flag_images::find(&text(&row["task"])) {
            Some(flag) => assert_eq!(text(&row["digest"]), digest(flag.gif, 100), "{row}"),
            None => assert!(row.get("digest").is_none(), "{row}"),
        }
    }
    let told = program.flags(&server.base(), "br").told().ends_with(0);
    assert!(told.row("BR").get("digest").is_none() && told.row("BR")["phases"].get("compute_us").is_none());
}

pub fn a_flag_of_forty_kilobytes_is_computed_and_saved_whole(program: &Program) {
    let server = FlagServer::start(Config { flags: Flags::sized(40_000), ..Config::local() });
    let ended = program.flags(&server.base(), "br --cpu-rounds 1 --json").end().ends_with(0);
    let file = &ended.files["BR.gif"];
    assert_eq!(file.len(), 40_000);
    assert_eq!(text(&object(&ended)["samples"][0]["digest"]), digest(file, 1));
}

pub fn only_an_event_loop_can_be_computed_on_and_its_pause_is_told(program: &Program) {
    // Half a second of delays, so that a heart beats between the rounds.
    let server =
        FlagServer::start(Config { delay: Some((Duration::ZERO, Duration::from_millis(500))), ..Config::delay() });
    for (on, said) in [("loop", "on the event loop itself"), ("pool", "(spawn_blocking)")] {
        let arguments = format!("br cn --cpu-rounds 1000 --cpu-on {on}");
        let ended = program.flags(&server.base(), &arguments).end();
        if program.has_event_loops() {
            let ended = ended.ends_with(0);
            assert!(ended.stdout.contains(said), "{}", ended.stdout);
            let told = program.flags(&server.base(), &arguments).told().ends_with(0);
            assert!(number(&told.json["longest_loop_pause_us"]) > 0);
        } else {
            let ended = ended.ends_with(2);
            assert!(ended.stderr.contains("--cpu-on") && ended.stderr.contains("no event loop"), "{}", ended.stderr);
        }
    }
}
