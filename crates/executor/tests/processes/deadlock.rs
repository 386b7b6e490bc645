//! The dead-lock matrix: an error, a panic, an exit and a crash, at each step of a task's way.
//!
//! In the steps that happen in the parent, an exit or a crash ends the parent; then its workers must end.

use std::process;

use executor::processes::RemoteTask;
use executor::{Error, Executor, Task};
use libtest_mimic::Trial;
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;
use crate::support::{eventually, how_lost, is_gone, pid, pool};

/// Where a task goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    EncodeTask,
    DecodeTask,
    Run,
    EncodeResult,
    DecodeResult,
    /// It does not.
    Nowhere,
}

/// How a task goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    Error,
    Panic,
    Exit,
    Crash,
}

/// A task that goes wrong.
pub struct Bomb(pub Step, pub How);

/// The result of a [`Bomb`], which may go wrong, too.
#[derive(Debug)]
pub struct Rubble(Step, How);

pub const STEPS: [Step; 5] = [Step::EncodeTask, Step::DecodeTask, Step::Run, Step::EncodeResult, Step::DecodeResult];

/// Goes wrong; an error is left to the caller.
fn go_off(how: How) {
    match how {
        How::Error => {}
        How::Panic => panic!("it went off"),
        How::Exit => process::exit(7),
        How::Crash => process::abort(),
    }
}

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == Step::EncodeTask {
            go_off(self.1);
            return Err(S::Error::custom("it went off"));
        }
        (self.0, self.1).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (step, how) = Deserialize::deserialize(deserializer)?;
        if step == Step::DecodeTask {
            go_off(how);
            return Err(D::Error::custom("it went off"));
        }
        Ok(Self(step, how))
    }
}

impl Serialize for Rubble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == Step::EncodeResult {
            go_off(self.1);
            return Err(S::Error::custom("it went off"));
        }
        (self.0, self.1).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rubble {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (step, how) = Deserialize::deserialize(deserializer)?;
        if step == Step::DecodeResult {
            go_off(how);
            return Err(D::Error::custom("it went off"));
        }
        Ok(Self(step, how))
    }
}

impl Task for Bomb {
    type Output = Rubble;

    fn run(self) -> Rubble {
        if self.0 == Step::Run {
            go_off(self.1);
            panic!("it went off");
        }
        Rubble(self.0, self.1)
    }
}

impl RemoteTask for Bomb {
    const NAME: &'static str = "bomb";
}

pub fn trials() -> Vec<Trial> {
    let all = STEPS.into_iter().flat_map(|step| [How::Error, How::Panic, How::Exit, How::Crash].map(|how| (step, how)));
    all.map(|(step, how)| {
        let name = format!("deadlock::{how:?}_at_{step:?}").to_lowercase();
        Trial::test(name, move || {
            let in_parent = matches!(step, Step::EncodeTask | Step::DecodeResult);
            match how {
                How::Exit | How::Crash if in_parent => ends_the_parent(step, how),
                _ => fails_its_future_only(step, how),
            }
            Ok(())
        })
    })
    .collect()
}

fn fails_its_future_only(step: Step, how: How) {
    let pool = pool(2);
    let bombs: Vec<_> = (0..4).map(|_| pool.submit(Bomb(step, how))).collect();
    for bomb in bombs {
        match (step, how) {
            (_, How::Exit) => assert_eq!(how_lost(bomb), "exited with status 7"),
            (_, How::Crash) => assert!(how_lost(bomb).starts_with("killed by SIGABRT")),
            (_, How::Panic) | (Step::Run, How::Error) => {
                let error = bomb.result().unwrap_err();
                assert!(matches!(&error, Error::Panicked { message, .. } if message == "it went off"), "{error:?}");
            }
            (_, How::Error) => {
                let error = bomb.result().unwrap_err();
                let doing = match step {
                    Step::EncodeTask => "encode the task",
                    Step::DecodeTask => "decode the task",
                    Step::EncodeResult => "encode the result",
                    _ => "decode the result",
                };
                assert_eq!(error.to_string(), format!("failed to {doing}: it went off"));
            }
        }
    }
    pid(&pool);
    pool.shutdown(true, false);
}

fn ends_the_parent(step: Step, how: How) {
    let step = STEPS.iter().position(|other| *other == step).unwrap();
    let mut scenario = Scenario::start(&format!("bomb {step} {how:?}"));
    let worker = scenario.line().parse().unwrap();
    let status = scenario.wait();
    match how {
        How::Exit => assert_eq!(status.code(), Some(7)),
        _ => assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(6)),
    }
    eventually("the worker has ended with its parent", || is_gone(worker));
}
