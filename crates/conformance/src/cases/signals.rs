//! Ctrl-C, SIGTERM and SIGKILL.

use std::{
    fs,
    io::{PipeReader, PipeWriter, Write, pipe},
    os::unix::process::CommandExt,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use faults::RawServer;
use nix::{
    sys::{
        signal::{Signal, killpg},
        stat::Mode,
    },
    unistd::{Pid, mkfifo},
};

use crate::program::{Program, Running, wait_until};

/// A server that gives five flags and then says nothing more, and how many requests it does not answer.
fn stuck() -> (RawServer, Arc<AtomicUsize>) {
    let unanswered = Arc::new(AtomicUsize::new(0));
    let count = unanswered.clone();
    let server = RawServer::start(move |visit| {
        if visit.nth < 5 {
            return visit.well();
        }
        count.fetch_add(1, Ordering::Relaxed);
        visit.hang()
    });
    (server, unanswered)
}

/// A run of forty flags that has saved five, and has as many requests unanswered as it may have under way.
fn in_the_middle(program: &Program, args: &str) -> (Running, usize, RawServer) {
    let (server, unanswered) = stuck();
    let mut run = program.flags(&server.base(), &format!("-al 40 -m 4 {args}"));
    // As a shell does it: the terminal's Ctrl-C goes to the whole group.
    run.command.process_group(0);
    let running = run.start();
    let stuck = program.concurrency(4, 40);
    wait_until("all workers wait", || unanswered.load(Ordering::Relaxed) == stuck);
    (running, stuck, server)
}

pub fn an_interrupted_run_tells_the_truth(program: &Program) {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (running, stuck, _server) = in_the_middle(program, "--json");
        running.signal(signal);
        let told = running.wait_told().ends_with(status).counts(5, 0, stuck as u64);
        assert_eq!(told.json["interrupted"], true);
        assert_eq!(told.json["errors"]["interrupted"], stuck, "{}", told.json["errors"]);
        assert_eq!(told.count("not_started"), 35 - stuck as u64);
    }
}

pub fn ctrl_c_in_a_terminal_reaches_all_processes_and_the_report_still_comes(program: &Program) {
    let (running, stuck, _server) = in_the_middle(program, "--progress none");
    killpg(Pid::from_raw(running.child.id().cast_signed()), Signal::SIGINT).expect("it was not waited for");
    let ended = running.wait().ends_with(130);
    let words = format!(
        "--------------------\n  5 flags downloaded.\n{stuck:3} error{}.\n    ({stuck} interrupted)\n\
         {:3} not started (interrupted).\nElapsed time: ",
        if stuck == 1 { "" } else { "s" },
        35 - stuck
    );
    assert!(ended.stdout.contains(&words), "{}", ended.stdout);
    let words = "\ninterrupted: nothing new is started; once more to stop at once\n";
    assert_eq!(ended.stderr, words, "from one process only");
    assert_eq!(ended.files.len(), 5);
}

/// As a service manager ends a program.
pub fn sigterm_to_all_processes_costs_nothing_that_ends_in_time(program: &Program) {
    let (go_on, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (may_go_on, count) = (go_on.clone(), asked.clone());
    let server = RawServer::start(move |visit| {
        count.fetch_add(1, Ordering::Relaxed);
        wait_until("all processes have the signal", || may_go_on.load(Ordering::Relaxed));
        visit.well()
    });
    let mut run = program.flags(&server.base(), "-al 40 -m 4 --json");
    run.command.process_group(0);
    let mut running = run.start();
    let under_way = program.concurrency(4, 40);
    wait_until("all workers wait", || asked.load(Ordering::Relaxed) == under_way);
    killpg(Pid::from_raw(running.child.id().cast_signed()), Signal::SIGTERM).expect("it was not waited for");
    running.wait_for_stderr("interrupted: nothing new is started");
    go_on.store(true, Ordering::Relaxed);
    let told = running.wait_told().ends_with(143);
    assert_eq!(told.count("ok"), under_way as u64, "{}", told.json["errors"]);
}

pub fn what_is_under_way_may_end_by_itself(program: &Program) {
    let server = RawServer::start(|visit| {
        thread::sleep(Duration::from_millis(300));
        visit.well()
    });
    let mut running = program.flags(&server.base(), "-al 40 -m 4 --json -v").start();
    running.wait_for_stderr(" OK");
    running.signal(Signal::SIGINT);
    let told = running.wait_told().ends_with(130);
    assert_eq!(told.count("errors"), 0, "{}", told.json["errors"]);
    assert!(told.count("not_started") > 0);
}

pub fn the_second_signal_ends_it_at_once(program: &Program) {
    let (mut running, _, _server) = in_the_middle(program, "");
    running.signal(Signal::SIGINT);
    running.wait_for_stderr("once more");
    let start = Instant::now();
    running.signal(Signal::SIGINT);
    running.wait().ends_with(130);
    assert!(start.elapsed() < Duration::from_millis(900), "it used up the grace of a second");
}

pub fn a_killed_run_leaves_whole_files_and_no_process(program: &Program) {
    let (running, ..) = in_the_middle(program, "");
    running.signal(Signal::SIGKILL);
    let ended = running.wait().ends_with(137);
    assert_eq!(ended.files.len(), 5);
    assert!(ended.files.iter().all(|(name, bytes)| {
        flag_images::find(&name[..2]).is_some_and(|flag| *name == format!("{}.gif", flag.code) && bytes == flag.gif)
    }));
}

pub fn a_wait_between_attempts_is_cut_off(program: &Program) {
    let server = RawServer::start(|visit| visit.answer("503 Busy", "Retry-After: 3600\r\n", b""));
    let mut running = program.flags(&server.base(), "br --retries 5 --json").start();
    wait_until("it was refused", || server.requests() > 0);
    // It takes a moment from there to the wait; a signal before it shows the same.
    running.signal(Signal::SIGINT);
    running.wait_for_stderr("interrupted");
    running.wait_told().ends_with(130).counts(0, 0, 1);
}

pub fn a_run_that_is_stopped_and_goes_on_loses_nothing(program: &Program) {
    let open = Arc::new(AtomicBool::new(false));
    let is_open = open.clone();
    let server = RawServer::start(move |visit| {
        wait_until("the run goes on", || is_open.load(Ordering::Relaxed));
        visit.well()
    });
    let mut run = program.flags(&server.base(), "-al 20 -m 4 --json");
    run.command.process_group(0);
    let running = run.start();
    let group = Pid::from_raw(running.child.id().cast_signed());
    wait_until("all workers wait", || server.requests() == program.concurrency(4, 20));
    // As a terminal's Ctrl-Z, and `fg` after more than the second that a single worker may be stopped for.
    killpg(group, Signal::SIGSTOP).expect("it was not waited for");
    thread::sleep(Duration::from_millis(1500));
    killpg(group, Signal::SIGCONT).expect("it was not waited for");
    open.store(true, Ordering::Relaxed);
    running.wait_told().counts(20, 0, 0).ends_with(0);
}

/// A pipe that is full.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (ours, mut theirs) = pipe().expect("a pipe");
    let size = rustix::pipe::fcntl_setpipe_size(&theirs, 4096).expect("a page is always allowed");
    theirs.write_all(&vec![b'x'; size]).expect("there is room");
    (ours, theirs)
}

pub fn the_first_signal_ends_a_start_that_waits(program: &Program) {
    for (args, signal, status) in [
        ("flags --server http://127.0.0.1:9/flags br", Signal::SIGINT, 130),
        ("flags --server http://127.0.0.1:9/flags br", Signal::SIGTERM, 143),
        ("primes -n 7", Signal::SIGINT, 130),
        ("loiter 0", Signal::SIGINT, 130),
        ("sqrt", Signal::SIGTERM, 143),
    ] {
        let run = program.run(&format!("{args} --trace fifo"));
        mkfifo(&run.home.path().join("fifo"), Mode::S_IRWXU).expect("a fresh folder");
        let running = run.start();
        let status_file = format!("/proc/{}/status", running.child.id());
        wait_until("it listens to signals", || {
            let text = fs::read_to_string(&status_file).unwrap_or_default();
            let caught =
                text.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigCgt:")?.trim(), 16).ok());
            caught.is_some_and(|mask| mask >> (signal as u64 - 1) & 1 == 1)
        });
        running.signal(signal);
        let ended = running.wait().ends_with(status);
        assert!(!ended.was_killed() && ended.stdout.is_empty(), "{args}: {ended:?}");
    }
}

pub fn a_report_that_is_not_read_does_not_outlast_a_signal(program: &Program) {
    let server = RawServer::start(|visit| visit.well());
    let mut run = program.flags(&server.base(), "br --json --progress none");
    let (_ours, theirs) = full_pipe();
    run.command.stdin(Stdio::null()).stdout(theirs).stderr(Stdio::null());
    let running = run.start_as_it_is();
    wait_until("the flag was saved", || running.home().join("downloaded/BR.gif").exists());
    running.signal(Signal::SIGINT);
    running.wait().ends_with(130);
}

pub fn a_stderr_that_is_not_read_does_not_hold_up_a_signal(program: &Program) {
    let (server, unanswered) = stuck();
    let mut run = program.flags(&server.base(), "-al 40 -m 4 --json --progress none");
    let (_ours, theirs) = full_pipe();
    let stdout = fs::File::create(run.home.path().join("stdout")).expect("a fresh folder");
    run.command.stdin(Stdio::null()).stdout(stdout).stderr(theirs);
    let running = run.start_as_it_is();
    let stuck = program.concurrency(4, 40);
    wait_until("all workers wait", || unanswered.load(Ordering::Relaxed) == stuck);
    running.signal(Signal::SIGTERM);
    running.wait_told().ends_with(143).counts(5, 0, stuck as u64);
}

/// As a script starts a job in the background.
pub fn signals_that_are_ignored_at_the_start_stay_so(program: &Program) {
    let open = Arc::new(AtomicBool::new(false));
    let is_open = open.clone();
    let server = RawServer::start(move |visit| {
        wait_until("the run was sent its signals", || is_open.load(Ordering::Relaxed));
        visit.well()
    });
    let mut run = program.flags(&server.base(), "-al 20 -m 4 --json").after("trap '' INT TERM HUP");
    run.command.process_group(0);
    let running = run.start();
    let group = Pid::from_raw(running.child.id().cast_signed());
    wait_until("all workers wait", || server.requests() == program.concurrency(4, 20));
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        killpg(group, signal).expect("it was not waited for");
    }
    // Long enough for a run that ends because of it to begin to.
    thread::sleep(Duration::from_millis(100));
    open.store(true, Ordering::Relaxed);
    running.wait_told().counts(20, 0, 0).ends_with(0);
}
