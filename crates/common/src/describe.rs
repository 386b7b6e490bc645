//! What a program says of itself by `--describe`, for those who run it as a child: the benchmark, the conformance cases, the race.

use clap::{Arg, Command};
use serde::Serialize;

use crate::profile::Profile;

/// The one argument that asks for the description. It is not in the help: programs give it, not people.
pub const DESCRIBE: &str = "--describe";

/// A program: its strategy's profile, and what can be asked of it.
#[derive(Serialize)]
struct Description<'a> {
    #[serde(flatten)]
    profile: &'a Profile,
    /// Concurrent requests unless the user says otherwise.
    default_max_req: usize,
    workloads: Vec<Workload>,
}

/// A subcommand.
#[derive(Serialize)]
struct Workload {
    name: String,
    about: Option<String>,
    arguments: Vec<Argument>,
}

/// An argument of a subcommand.
#[derive(Serialize)]
struct Argument {
    /// `--max_req`; of a positional argument the name of its value: `CC`.
    name: String,
    about: Option<String>,
    /// The name of its value; `null` where it takes none.
    value: Option<String>,
    /// The value that it has if it is not given.
    default: Option<String>,
}

/// The description of a program with this profile and this command line, as one line of JSON.
pub fn describe(profile: &Profile, command: &Command) -> String {
    let shown = command.get_subcommands().filter(|workload| !workload.is_hide_set());
    let description =
        Description { profile, default_max_req: profile.default_max_req(), workloads: shown.map(workload).collect() };
    serde_json::to_string(&description).expect("text, numbers and lists are JSON")
}

fn workload(command: &Command) -> Workload {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help");
    Workload {
        name: command.get_name().to_owned(),
        about: command.get_about().map(ToString::to_string),
        arguments: shown.map(argument).collect(),
    }
}

fn argument(arg: &Arg) -> Argument {
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().and_then(|names| names.first()).filter(|_| takes_value).map(ToString::to_string);
    Argument {
        name: arg.get_long().map_or_else(|| value.clone().unwrap_or_default(), |long| format!("--{long}")),
        about: arg.get_help().map(ToString::to_string),
        value,
        default: arg
            .get_default_values()
            .first()
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|_| takes_value),
    }
}
