//! Where the queue is: what the command line says of it, the same for every workload.

use std::{fs, path::PathBuf, sync::OnceLock};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use common::{UsageError, show::terminal, site};

use crate::queue::{self, Login, Options, QueueError, Server, TaskQueue, check_name};

/// Under which the help lists these arguments.
const HEADING: &str = "Which machines";

// Where the queue is, and how to get in.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
#[expect(missing_docs, reason = "a doc comment would become the help of whatever takes these arguments")]
pub struct PlaceArgs {
    /// use the queue on the NATS server at URL, e.g. nats://queue.example:4222 (several of a cluster with commas)
    #[arg(long, value_name = "URL")]
    pub nats: Option<String>,

    /// the queue's name there
    #[arg(long, value_name = "NAME", default_value = "side-by-side", value_parser = name)]
    pub queue: String,

    /// log in as USER, with the password in the environment variable NATS_PASSWORD
    #[arg(long, value_name = "USER", requires = "nats")]
    pub nats_user: Option<String>,

    /// log in by the credentials in FILE, as nsc writes them
    #[arg(long, value_name = "FILE", requires = "nats", conflicts_with = "nats_user")]
    pub nats_creds: Option<PathBuf>,

    /// log in by the token in FILE
    #[arg(long, value_name = "FILE", requires = "nats", conflicts_with_all = ["nats_user", "nats_creds"])]
    pub nats_token: Option<PathBuf>,

    /// come by TLS, and trust the root certificates in FILE
    #[arg(long, value_name = "FILE", requires = "nats")]
    pub nats_ca: Option<PathBuf>,
}

// What a workload takes beside that. (A doc comment would become the help of the workload.)
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
struct RunArgs {
    #[command(flatten)]
    place: PlaceArgs,

    /// call the run NAME: given again after a crash, with the same arguments, it goes on where it was
    #[arg(long, value_name = "NAME", requires = "nats", value_parser = name)]
    run: Option<String>,
}

// What there is only where no argument of the workload has the name.
#[derive(Args, Clone, Debug)]
struct OwnWorkersArgs {
    /// start N workers on this machine [default: 2 without --nats, 0 with it]
    #[arg(long, value_name = "N", help_heading = HEADING, value_parser = workers)]
    workers: Option<usize>,
}

fn name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

fn workers(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "must be a whole number, at least 0".to_owned())
}

/// What was given.
static GIVEN: OnceLock<(RunArgs, Option<usize>)> = OnceLock::new();

/// Adds the arguments to those of a workload.
pub fn extend(workload: Command) -> Command {
    let has_workers = has_workers(&workload);
    let workload = RunArgs::augment_args(workload);
    if has_workers { workload } else { OwnWorkersArgs::augment_args(workload) }
}

/// Whether `--workers` means how many tasks run at a time.
fn has_workers(workload: &Command) -> bool {
    workload.get_arguments().any(|arg| arg.get_id() == "workers")
}

/// Takes what was given for them.
///
/// # Errors
/// There is no server to start; or many would ask a public site.
pub fn take(given: &ArgMatches) -> Result<(), UsageError> {
    let run = RunArgs::from_arg_matches(given).map_err(UsageError::new)?;
    // Elsewhere the id is another argument's, of another meaning and type.
    let workers = given.try_get_one::<usize>("workers").ok().flatten().copied().filter(|_| is_ours(given));
    if workers == Some(0) && run.place.nats.is_none() {
        return Err(UsageError::new(
            "--workers 0 leaves nobody to run a task: name a server with --nats, where workers are",
        ));
    }
    let asks_a_public_site = || given.try_get_one("server").ok().flatten().is_some_and(site::Server::is_public);
    if run.place.nats.is_some() && asks_a_public_site() {
        return Err(UsageError::new(
            "workers on several machines keep no common pace, which a public site asks for: leave out --nats",
        ));
    }
    if run.place.nats.is_none() && !queue::has_server() {
        return Err(UsageError::new(QueueError::NoServer));
    }
    _ = GIVEN.set((run, workers));
    Ok(())
}

/// Whether the workload is one to which [`extend`] has added `--workers`: those that fetch have a folder for it.
fn is_ours(given: &ArgMatches) -> bool {
    given.try_contains_id("dest").is_ok()
}

impl PlaceArgs {
    /// The server, if one was named.
    ///
    /// # Errors
    /// A secret is missing, or cannot be read.
    pub fn server(&self) -> Result<Option<Server>, UsageError> {
        let Some(urls) = self.nats.clone() else { return Ok(None) };
        let login = if let Some(user) = &self.nats_user {
            let password = std::env::var("NATS_PASSWORD");
            let missing =
                |_| UsageError::new("--nats-user needs the password in the environment variable NATS_PASSWORD");
            Login::Password(user.clone(), password.map_err(missing)?)
        } else if let Some(path) = &self.nats_creds {
            Login::Credentials(path.clone())
        } else if let Some(path) = &self.nats_token {
            let failed = |error| UsageError::new(format!("failed to read the token in {}: {error}", path.display()));
            Login::Token(fs::read_to_string(path).map_err(failed)?.trim().to_owned())
        } else {
            Login::None
        };
        Ok(Some(Server { urls, login, roots: self.nats_ca.clone() }))
    }
}

/// The queue of this run, with so many slots in workers of its own; or so many tasks under way in those of others.
///
/// # Errors
/// It cannot be reached, or not be started.
pub fn queue(slots: usize) -> anyhow::Result<TaskQueue> {
    let (run, workers) = GIVEN.get().expect("the command line was read before any workload runs");
    let mut options: Options = TaskQueue::builder().queue(&run.place.queue).slots(slots);
    options = options.on_notice(|notice| terminal::eprint(&format!("{notice}\n")));
    match run.place.server()? {
        // Elsewhere there may be any number of slots: what limits this run is what it has submitted.
        Some(server) => options = options.server(server).workers(workers.unwrap_or(0)).window(slots),
        None => options = options.workers(workers.unwrap_or(2)),
    }
    if let Some(name) = &run.run {
        options = options.resume(name);
    }
    Ok(options.build()?)
}

/// Whether the workers are this run's own.
pub fn is_alone() -> bool {
    GIVEN.get().is_none_or(|(run, _)| run.place.nats.is_none())
}
