//! Copies of a process, made by a program that does nothing else.

use std::process::{Command, ExitCode, Output, Stdio};
use std::{env, hint, process, thread};

use clone_parent::Process::{New, Old};
use libtest_mimic::{Arguments, Trial};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, getppid, gettid};

/// What the program is to do instead of testing.
const ACT: &str = "act:";

fn main() -> ExitCode {
    if let Some(act) = env::args().nth(1).as_deref().and_then(|argument| argument.strip_prefix(ACT)) {
        return self::act(act);
    }
    let tests: [(_, fn()); 3] = [
        (
            "a_copy_is_a_child_of_the_same_parent_with_memory_of_its_own",
            a_copy_is_a_child_of_the_same_parent_with_memory_of_its_own,
        ),
        ("a_copy_may_start_threads_and_abort", a_copy_may_start_threads_and_abort),
        ("a_process_of_two_threads_is_not_copied", a_process_of_two_threads_is_not_copied),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit_code()
}

fn act(act: &str) -> ExitCode {
    let mut number = hint::black_box(1);
    let held = (act == "threads").then(|| thread::spawn(thread::park));
    let process = match clone_parent::start() {
        Ok(process) => process,
        Err(error) => {
            println!("{error}");
            return ExitCode::from(2);
        }
    };
    drop(held);
    match process {
        Old(copy) => {
            println!("{copy}");
            // The copy's memory shall not change with ours.
            number += hint::black_box(100);
            ExitCode::from(number)
        }
        New if act == "abort" => {
            let sum = thread::spawn(|| 20 + 22).join();
            assert_eq!((sum.ok(), gettid()), (Some(42), Pid::this()));
            process::abort()
        }
        New => {
            number += 4;
            let is_ours = env::var("PARENT").is_ok_and(|parent| parent == getppid().to_string());
            ExitCode::from(if is_ours { number } else { 9 })
        }
    }
}

/// Starts this program again, to act; what it said, and how its copy ended, if there is one.
fn start(act: &str) -> (Output, Option<WaitStatus>) {
    let mut program = Command::new(env::current_exe().expect("this program"));
    program.arg(format!("{ACT}{act}")).env("PARENT", process::id().to_string());
    // A copy has the same standard output, so that is at its end only when both are.
    let output = program.stderr(Stdio::null()).output().expect("the program starts");
    let copy = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    (output, copy.map(|copy| waitpid(Pid::from_raw(copy), None).expect("it is our child")))
}

fn a_copy_is_a_child_of_the_same_parent_with_memory_of_its_own() {
    let (output, copy) = start("exit");
    assert_eq!(output.status.code(), Some(101));
    // That we can wait for it shows whose child it is.
    assert!(matches!(copy, Some(WaitStatus::Exited(_, 5))), "{copy:?}");
}

fn a_copy_may_start_threads_and_abort() {
    let (output, copy) = start("abort");
    assert_eq!(output.status.code(), Some(101), "the signal was not the old one's");
    assert!(matches!(copy, Some(WaitStatus::Signaled(_, nix::sys::signal::Signal::SIGABRT, _))), "{copy:?}");
}

fn a_process_of_two_threads_is_not_copied() {
    let (output, copy) = start("threads");
    assert_eq!((output.status.code(), copy), (Some(2), None));
    assert!(String::from_utf8_lossy(&output.stdout).contains("single thread"));
}
