//! The worker's side: our own program, started again under an argument of its own.

use std::ffi::CString;
use std::io::{self, PipeReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use nix::sys::signal::SigSet;
use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use signal_hook::consts::{SIGINT, SIGTERM};

use self::tasks::Tasks;
use crate::guard;
use crate::processes::Usage;
use crate::processes::wire::channel::{ReplyWriter, WorkerEnd};
use crate::processes::wire::handshake::{ARGUMENT, Handshake, PROTOCOL};
use crate::processes::wire::reply::{self, Kind};
use crate::processes::wire::{items, request};

mod fork_server;
pub(crate) mod tasks;

/// The exit statuses of a worker.
const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;

/// A buffer that grew beyond this is given back after the task.
const BUFFER: usize = 64 * 1024;

/// The digest of this program's list of tasks, once it has entered.
static ENTERED: OnceLock<u64> = OnceLock::new();

/// How many pools are around this process.
static DEPTH: AtomicU32 = AtomicU32::new(0);

/// To be called on the first line of `main`, with the list of the tasks that workers run. In a worker it returns when the pool has no more
/// tasks; otherwise at once, with `None`. [`enter!`](crate::enter) is the short form.
///
/// ```
/// use std::process::ExitCode;
///
/// executor::remote_task!(Sqrt(f64) -> f64 = f64::sqrt);
///
/// fn main() -> ExitCode {
///     if let Some(code) = executor::processes::enter(|tasks| _ = tasks.add::<Sqrt>()) {
///         return code;
///     }
///     // The program itself.
///     ExitCode::SUCCESS
/// }
/// ```
pub fn enter(list: impl FnOnce(&mut Tasks)) -> Option<ExitCode> {
    run_if_worker(list).map(ExitCode::from)
}

/// What [`enter!`](crate::enter) calls: as [`enter`], but ends a worker's process.
#[doc(hidden)]
pub fn exit_if_worker(list: impl FnOnce(&mut Tasks)) {
    if let Some(status) = run_if_worker(list) {
        process::exit(status.into());
    }
}

/// Makes a program whose process pools have workers: on the first line of `main`, with the tasks that the workers run. A worker runs
/// them and ends here; otherwise the program goes on.
///
/// ```
/// use executor::{Executor, ProcessPool, remote_task};
///
/// remote_task!(Sqrt(f64) -> f64 = f64::sqrt);
/// remote_task!(Square(u64) -> u64 = |number| number * number);
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     executor::enter!(Sqrt, Square);
///     let pool = ProcessPool::new(1)?;
///     assert_eq!(pool.submit(Square(12)).result()?, 144);
///     Ok(())
/// }
/// ```
///
/// A worker's process ends with `std::process::exit`; [`processes::enter`](crate::processes::enter) leaves that to `main`.
#[macro_export]
macro_rules! enter {
    ($($task:ty),* $(,)?) => {
        $crate::processes::exit_if_worker(|tasks| {
            $(tasks.add::<$task>();)*
        })
    };
}

/// The status with which a worker ends; `None` in any other process.
fn run_if_worker(list: impl FnOnce(&mut Tasks)) -> Option<u8> {
    let mut tasks = Tasks::default();
    list(&mut tasks);
    ENTERED.get_or_init(|| tasks.digest());
    if !is_worker() {
        return None;
    }
    let worker_end = begin().and_then(|told_to_end| Ok((fork_server::serve(&io::stdin())?, told_to_end)));
    Some(match worker_end {
        // An error of the channel means that the pool is gone, so there is nothing to report it to.
        Ok((Some(worker_end), told_to_end)) => serve(worker_end, &tasks, &told_to_end).unwrap_or(FAILURE),
        Ok((None, _)) => SUCCESS,
        Err(error) => {
            guard::report(format_args!("{ARGUMENT} is for process pools, which start their workers with it: {error}"));
            2
        }
    })
}

/// True, if this process was started as a worker.
pub(crate) fn is_worker() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT)
}

/// The digest of the list of tasks, if [`enter`] was called.
pub(crate) fn entered() -> Option<u64> {
    ENTERED.get().copied()
}

/// How many pools are around this process: 0, unless it is a worker.
pub(crate) fn depth() -> u32 {
    DEPTH.load(Ordering::Relaxed)
}

/// Sets up the process, be it a fork server or a worker. Returns the flag that SIGTERM sets.
fn begin() -> io::Result<Arc<AtomicBool>> {
    // A terminal's Ctrl-C and a service manager's SIGTERM reach every process of the program; the pool decides what to do.
    // Handlers, instead of ignoring the signals: programs that a task starts do not inherit them.
    let told_to_end = Arc::default();
    // A signal that the program ignores, like a script's background job does, is ignored by the workers, too.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_ignored = |number: i32| mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1);
    for (number, flag) in [(SIGINT, Arc::default()), (SIGTERM, Arc::clone(&told_to_end))] {
        if !is_ignored(number) {
            signal_hook::flag::register(number, flag)?;
        }
    }
    // The thread that made the pool may have blocked signals.
    SigSet::empty().thread_set_mask()?;
    // The pool's thread that started us lives as long as the pool. If it has ended already, so will our input.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The name in `ps` and `top`, where it would be `exe`: the program was started as `/proc/self/exe`.
    rustix::thread::set_name(c"fork-server")?;
    Ok(told_to_end)
}

fn serve(worker_end: WorkerEnd, tasks: &Tasks, told_to_end: &AtomicBool) -> io::Result<u8> {
    // A copy does not inherit this setting.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // A SIGTERM to the fork server is not for its copies.
    told_to_end.store(false, Ordering::Relaxed);

    let (mut requests, mut replies) = worker_end.split();
    let mut body = Vec::new();
    if request::read_request(&mut requests, &mut body)?.is_none() {
        return Ok(SUCCESS);
    }
    let mut row = &body[..];
    let handshake: Option<Handshake> =
        items::next_item(&mut row).and_then(|handshake| postcard::from_bytes(handshake).ok());
    let handshake = match check(handshake, tasks) {
        Ok(handshake) => handshake,
        Err(reason) => {
            say(&mut replies, Kind::Refused, reason.as_bytes())?;
            return Ok(FAILURE);
        }
    };
    if getppid().map(|pid| pid.as_raw_nonzero().get().cast_unsigned()) != Some(handshake.parent) {
        // The parent died before the kernel was asked to signal that.
        return Ok(FAILURE);
    }
    if let Some(name) = short_name() {
        rustix::thread::set_name(&name)?;
    }
    DEPTH.store(handshake.depth, Ordering::Relaxed);
    crate::enter_worker(handshake.index);
    if let Some((name, initializer)) = handshake.initializer
        && let Err(reason) = initialize(tasks, name, &initializer)
    {
        say(&mut replies, Kind::NotInitialized, reason.as_bytes())?;
        return Ok(FAILURE);
    }
    say(&mut replies, Kind::Ready, &[])?;
    work(requests, &mut replies, tasks, body, told_to_end)?;
    let usage = postcard::to_stdvec(&Usage::of_this_process()).unwrap_or_default();
    say(&mut replies, Kind::Usage, &usage)?;
    Ok(SUCCESS)
}

/// The file name of our program.
fn short_name() -> Option<CString> {
    let program = std::env::args_os().next()?;
    CString::new(Path::new(&program).file_name()?.as_bytes()).ok()
}

/// Runs tasks until the pool closes its side of the channel; or until the end of the one in which it was told to end.
fn work(
    mut requests: PipeReader,
    replies: &mut ReplyWriter,
    tasks: &Tasks,
    mut body: Vec<u8>,
    told_to_end: &AtomicBool,
) -> io::Result<()> {
    let mut reply = Vec::new();
    while !told_to_end.load(Ordering::Relaxed)
        && let Some(name) = request::read_request(&mut requests, &mut body)?
    {
        reply::begin_reply(&mut reply, Kind::Done, replies.process());
        tasks.run(name, &body, &mut reply);
        reply::end_reply(&mut reply);
        // What the task printed is out before its result is. A closed standard output is not the task's error.
        let _ = io::stdout().flush();
        // Each reply is sent before the next request is read: so the pool knows what this process was doing,
        // however it ends.
        replies.send(&reply)?;
        for buffer in [&mut body, &mut reply] {
            if buffer.capacity() > BUFFER {
                *buffer = Vec::new();
            }
        }
    }
    Ok(())
}

/// Checks that this is the worker that the pool expects.
fn check(handshake: Option<Handshake>, tasks: &Tasks) -> Result<Handshake, String> {
    let release = env!("CARGO_PKG_VERSION");
    match handshake {
        Some(handshake) if handshake.protocol != PROTOCOL || handshake.release != release => Err(format!(
            "the pool is of release {} and the worker of {release}: build both from the same source",
            handshake.release
        )),
        Some(handshake) if handshake.tasks.is_some_and(|list| list != tasks.digest()) => {
            Err("the worker is another program than the pool's, or another build: their lists of tasks differ"
                .to_owned())
        }
        Some(handshake) => Ok(handshake),
        None => Err("the pool and the worker do not speak the same protocol".to_owned()),
    }
}

/// Runs the initializer.
fn initialize(tasks: &Tasks, name: u64, initializer: &[u8]) -> Result<(), String> {
    let mut out = Vec::new();
    tasks.run(name, initializer, &mut out);
    match reply::next_result(&mut &out[..]) {
        Some(Ok(value)) => items::read(value)?,
        Some(Err(error)) => Err(error.to_string()),
        None => Err("it left no result".to_owned()),
    }
}

fn say(replies: &mut ReplyWriter, kind: Kind, body: &[u8]) -> io::Result<()> {
    let mut reply = Vec::new();
    reply::begin_reply(&mut reply, kind, replies.process());
    reply.extend_from_slice(body);
    reply::end_reply(&mut reply);
    replies.send(&reply)
}
