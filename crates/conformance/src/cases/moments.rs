//! Signals at random moments.
//!
//! The moments follow from a seed and are spread over a run and a little more. A few of them are tried each time; the environment
//! variable `CONFORMANCE_SIGNALS` says how many instead, as `CONFORMANCE_SIGNALS=200 cargo test --test conformance moments`.

use std::{env, thread, time::Duration};

use nix::sys::signal::Signal;
use rustix::fs::{self, Mode, OFlags};

use crate::{
    flag_server::FlagServer,
    program::{Ended, Program},
    truth::Told,
};

/// How long a run takes, more or less.
const RUN: Duration = Duration::from_millis(250);

pub fn ctrl_c_at_any_moment(program: &Program) {
    at_random_moments(program, Signal::SIGINT, 130);
}

pub fn sigterm_at_any_moment(program: &Program) {
    at_random_moments(program, Signal::SIGTERM, 143);
}

pub fn sigkill_at_any_moment(program: &Program) {
    at_random_moments(program, Signal::SIGKILL, 137);
}

fn at_random_moments(program: &Program, signal: Signal, status: i32) {
    let count = env::var("CONFORMANCE_SIGNALS").ok().map_or(5, |count| count.parse().expect("it is a number"));
    let server = FlagServer::delay(1, 8);
    let mut random = 20 + signal as u64;
    for _ in 0..count {
        // A step of a linear congruential generator (Knuth, MMIX); its high bits are the good ones.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = RUN.mul_f64((random >> 32) as f64 / f64::from(u32::MAX));
        let running = program.flags(&server.base(), "-a -m 8 --json --progress none").start();
        thread::sleep(moment);
        running.signal(signal);
        let ended = running.wait();
        let got = ended.status();
        assert!(got == status || got == 0, "exit status {got} after {moment:?}; it said {}", ended.stderr);
        if ended.was_killed() {
            // By SIGKILL; or by another before the program had begun to listen to it.
            only_whole_flags(&ended);
        } else {
            Told::of(ended);
        }
    }
}

/// There are only whole flags, under their names. Where the file system has no unnamed files, a temporary one may be left as well:
/// nobody is there any more to remove it.
fn only_whole_flags(ended: &Ended) {
    let unnamed = fs::open(ended.home.path(), OFlags::TMPFILE | OFlags::WRONLY, Mode::RWXU).is_ok();
    for (name, bytes) in ended.files.iter().filter(|(name, _)| unnamed || !name.starts_with('.')) {
        let flag = name.strip_suffix(".gif").and_then(flag_images::find);
        assert!(flag.is_some_and(|flag| bytes == flag.gif), "{name} is not a whole flag");
    }
}
