//! How a program becomes a worker, the keeper of a queue of its own, or that queue's server: it is started again under an argument that
//! nobody types.

use std::{env, io, os::fd::AsFd, process::ExitCode, sync::OnceLock, thread};

use executor::processes::Tasks;
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

use super::{
    keeper,
    wire::VERSION,
    worker::{self, Stop},
};

/// The arguments under which a program is started again.
pub(super) const KEEPER: &str = "--be-the-keeper-of-the-task-queue";
pub(super) const SERVER: &str = "--be-the-server-of-the-task-queue";
pub(super) const WORKER: &str = "--be-a-worker-of-the-task-queue";

/// A list of tasks, as a program's `main` gives it to [`enter`].
type List = fn(&mut Tasks);

static LIST: OnceLock<List> = OnceLock::new();

/// To be called on the first line of `main`, with the list of the tasks that workers run. In a process that a queue has started it returns
/// when that process is to end; otherwise at once, with `None`.
pub fn enter(list: List) -> Option<ExitCode> {
    LIST.get_or_init(|| list);
    let mut arguments = env::args_os().skip(1);
    let first = arguments.next()?;
    let ended = if first == KEEPER {
        keeper::keep()
    } else if first == SERVER {
        Err(keeper::become_server(arguments))
    } else if first == WORKER {
        keeper::work()
    } else {
        return None;
    };
    Some(match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The tasks of this program, once it has entered.
pub(super) fn tasks() -> Option<Tasks> {
    let mut tasks = Tasks::default();
    LIST.get()?(&mut tasks);
    Some(tasks)
}

pub(super) fn known_kind() -> Option<u64> {
    Some(kind(&tasks()?))
}

/// What workers with these tasks can run: a task goes only to workers of its own kind, which have the same protocol, the same release and
/// the same list of tasks.
pub fn kind(tasks: &Tasks) -> u64 {
    let mut kind = tasks.digest();
    for byte in env!("CARGO_PKG_VERSION").bytes().chain([VERSION]) {
        kind = (kind ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    kind
}

/// Serves a queue as a worker, with the tasks that `main` gave to [`enter`], until `stop` says so. `say` hears what it waits for.
///
/// # Errors
/// As [`worker::serve`].
pub fn serve(options: worker::Options, stop: watch::Receiver<Stop>, say: impl Fn(&str)) -> anyhow::Result<()> {
    let tasks = tasks().ok_or_else(|| io::Error::other("main has not called queue::enter"))?;
    let kind = kind(&tasks);
    let runtime = event_loop()?;
    let served = runtime.block_on(worker::serve(options, tasks, kind, stop, say));
    runtime.shutdown_background();
    served
}

/// The event loop of a caller or of a worker.
pub(super) fn event_loop() -> io::Result<Runtime> {
    /// What it opens, and the socket to the server.
    const FILES: usize = 6;
    // It panics where it gets none for its signals, which it has if any crate of the build asks for them.
    drop((0..FILES).map(|_| io::stderr().as_fd().try_clone_to_owned()).collect::<io::Result<Vec<_>>>()?);
    Builder::new_current_thread().enable_io().enable_time().build()
}

/// Ends this process with its parent: at once, even if it is stopped then.
pub(super) fn end_with_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// Calls `ended` when standard input closes, which the process holds that started this one.
pub(super) fn when_input_ends(ended: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let wait = move || {
        _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        ended();
    };
    thread::Builder::new().name("parent".to_owned()).spawn(wait).map(drop)
}
