//! Signals at random moments.
//!
//! Their times follow from a seed and are spread over a run and a little more. A few of them are tried each time; the environment
//! variable `CONFORMANCE_SIGNALS` says how many instead, as `CONFORMANCE_SIGNALS=200 cargo test --test conformance random_signals`.

use std::{env, thread, time::Duration};

use nix::sys::signal::Signal;

use crate::{
    flag_server::FlagServer,
    program::Program,
    random::Random,
    verify::{Told, only_whole_flags},
};

/// How long a run takes, more or less.
const RUN: Duration = Duration::from_millis(250);

pub fn ctrl_c_at_any_moment(program: &Program) {
    at_random_times(program, Signal::SIGINT, 130);
}

pub fn sigterm_at_any_moment(program: &Program) {
    at_random_times(program, Signal::SIGTERM, 143);
}

pub fn sigkill_at_any_moment(program: &Program) {
    at_random_times(program, Signal::SIGKILL, 137);
}

fn at_random_times(program: &Program, signal: Signal, status: i32) {
    let count = env::var("CONFORMANCE_SIGNALS").ok().map_or(5, |count| count.parse().expect("it is a number"));
    let server = FlagServer::delay(1, 8);
    let mut random = Random::new(20 + signal as u64);
    for _ in 0..count {
        let moment = RUN.mul_f64(random.fraction());
        let running = program.flags(&server.base(), "-a -m 8 --json --progress none").start();
        thread::sleep(moment);
        running.signal(signal);
        let ended = running.wait();
        let got = ended.status();
        assert!(got == status || got == 0, "exit status {got} after {moment:?}; it said {}", ended.stderr);
        if ended.was_killed() {
            // By SIGKILL; or by another before the program had begun to listen to it.
            only_whole_flags(&ended);
        } else if ended.stdout.is_empty() && got != 0 {
            // Before the first task had started.
            assert!(ended.files.is_empty(), "{ended:?}");
        } else {
            Told::of(ended);
        }
    }
}
