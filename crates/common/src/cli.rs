//! The command line, the same for every strategy's program.

use std::{
    env,
    io::{self, Write},
    process,
};

use clap::{Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};

use crate::{
    describe::{DESCRIBE, describe},
    generated,
    profile::Profile,
    show::{output, terminal},
    strategy::Strategy,
    usage,
    workloads::{flags::FlagsArgs, futures::FuturesArgs, loiter::LoiterArgs, primes::PrimesArgs, sqrt::SqrtArgs},
};

const EXIT_STATUS: &str = "\
Exit status:
  0    every flag was downloaded or not found
  1    at least one error
  2    usage error
  3    the server could not be reached at all
  130  interrupted by Ctrl-C (143: by SIGTERM)";

const EXIT_STATUS_OF_TASKS: &str = "\
Exit status:
  0    every task gave its answer
  1    at least one did not
  2    usage error
  130  interrupted by Ctrl-C (143: by SIGTERM)";

/// Three things to try.
fn examples(program: &str) -> String {
    format!(
        "\
Examples:
  {program} flags
      the chapter's 20 flags, from a server that is started for the run
  {program} flags a b c -s DELAY --waterfall
      78 codes from a slow server, and when each was under way
  {program} flags --all -m 100 --json=summary
      all flags, up to 100 at a time, and the figures as JSON"
    )
}

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    workload: Workload,
}

/// What there is to do.
#[derive(Subcommand)]
pub enum Workload {
    /// Download flags for country codes. Default: top 20 countries by population.
    // Given again because a doc comment loses its last full stop, and the words are the chapter's.
    #[command(about = "Download flags for country codes. Default: top 20 countries by population.")]
    Flags(FlagsArgs),
    /// Check which of 20 numbers are prime: work for the processor.
    #[command(after_help = EXIT_STATUS_OF_TASKS)]
    Primes(PrimesArgs),
    /// Do nothing for a while in each task, to see in which order results come.
    #[command(after_help = EXIT_STATUS_OF_TASKS)]
    Loiter(LoiterArgs),
    /// Take 20 square roots, to see what an executor costs.
    #[command(after_help = EXIT_STATUS_OF_TASKS)]
    Sqrt(SqrtArgs),
    /// Show the futures of five downloads as they are scheduled and as they complete.
    Futures(FuturesArgs),
}

/// What a command line asks for.
pub enum Asked {
    /// A workload.
    Workload(Workload),
    /// A command of the strategy's own.
    Own(ArgMatches),
}

/// Reads the command line: what it asks for, by name, and its arguments. On a usage error, or after `--help` or `--describe`, it
/// ends the process, with status 2 or 0.
pub fn parse(strategy: &Strategy) -> (String, Asked) {
    if env::args_os().skip(1).eq([DESCRIBE]) {
        terminal::print(&format!("{}\n", describe(&strategy.profile, &workloads(strategy))));
        process::exit(0);
    }
    let matches = command(strategy).try_get_matches().unwrap_or_else(|error| end(&error, strategy));
    if let Some(text) = generated::text(command(strategy), &matches) {
        match text {
            Ok(text) => terminal::print(&String::from_utf8_lossy(&text)),
            Err(why) => usage_error(strategy, "man", why),
        }
        process::exit(0);
    }
    let (name, given) = matches.subcommand().expect("a workload is required");
    let name = name.to_owned();
    if !Workload::has_subcommand(&name) {
        return (name, Asked::Own(given.clone()));
    }
    let workload = Cli::from_arg_matches(&matches).unwrap_or_else(|error| end(&error, strategy)).workload;
    if let Some(Err(error)) = strategy.extension.map(|extension| (extension.take)(given)) {
        usage_error(strategy, &name, error);
    }
    (name, Asked::Workload(workload))
}

/// Prints the help that was asked for, or what is wrong, and ends the process. `clap::Error::exit` takes no notice of a help that could not
/// be printed.
fn end(error: &clap::Error, strategy: &Strategy) -> ! {
    if let Some(words) = usage::words(error, &help_command(strategy)) {
        terminal::eprint(&words);
        process::exit(error.exit_code());
    }
    let printed = error.print().and_then(|()| io::stdout().flush());
    if !error.use_stderr() {
        terminal::check_printed(printed);
    }
    process::exit(error.exit_code())
}

/// What to type for the help of the workload that was asked for, or of the program.
fn help_command(strategy: &Strategy) -> String {
    let name = strategy.profile.name;
    let first = env::args_os().nth(1).unwrap_or_default();
    match command(strategy).find_subcommand(first) {
        Some(workload) => format!("{name} {} --help", workload.get_name()),
        None => format!("{name} --help"),
    }
}

/// Ends the process with a usage error of a workload, status 2.
pub fn usage_error(strategy: &Strategy, workload: &str, message: impl std::fmt::Display) -> ! {
    let mut command = command(strategy);
    command.build();
    command
        .find_subcommand_mut(workload)
        .expect("a subcommand of ours")
        .error(ErrorKind::ValueValidation, message)
        .exit()
}

/// All that there is to ask for.
fn command(strategy: &Strategy) -> clap::Command {
    let own = strategy.extension.map(|extension| (extension.commands)()).unwrap_or_default();
    workloads(strategy).subcommands(own.into_iter().map(with_help))
}

/// A subcommand with our words for its help.
fn with_help(command: clap::Command) -> clap::Command {
    command.disable_help_flag(true).arg(help().help_heading(output::HEADING))
}

fn help() -> Arg {
    Arg::new("help").short('h').long("help").action(ArgAction::Help).help("print this help")
}

fn workloads(strategy: &Strategy) -> clap::Command {
    let Profile { name, about, chapter_max_req, has_event_loop, .. } = strategy.profile;
    let default_max_req = strategy.profile.default_max_req();
    let max_req_help = format!("request up to CONCURRENT at a time [default: {default_max_req}]");
    let chapter_help = format!("request as many as the chapter's program does: {chapter_max_req}");
    let all = Cli::command();
    let workloads = all.get_subcommands().cloned().map(|workload| match workload.get_name() {
        "flags" => workload
            .after_help(format!("{}\n\n{EXIT_STATUS}", examples(name)))
            .mut_arg("max_req", |arg| arg.help(max_req_help.clone()))
            .mut_arg("as_the_chapter", |arg| arg.help(chapter_help.clone())),
        "primes" => workload.mut_arg("on_runtime", |arg| arg.hide(!has_event_loop)),
        "sqrt" => workload.mut_arg("waterfall", |arg| arg.hide(true)),
        "futures" => workload.hide(strategy.show_futures.is_none()),
        _ => workload,
    });
    let extend = strategy.extension.map_or(std::convert::identity as fn(_) -> _, |extension| extension.extend);
    let workloads = workloads.map(extend);
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).help("print the version");
    let workloads = workloads.map(with_help);
    clap::Command::new(name)
        .bin_name(name)
        .about(about)
        .version(env!("SIDE_BY_SIDE_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(workloads)
        .subcommands(generated::subcommands())
        .subcommand_help_heading("Workloads")
        .subcommand_value_name("WORKLOAD")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args([help(), version])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn described(show_futures: bool) -> Value {
        let strategy = Strategy {
            profile: Profile {
                name: "thread-pool",
                about: "Tasks in the threads of a pool",
                chapter_max_req: 5,
                largest_max_req: 1000,
                worker: Some("thread"),
                has_event_loop: false,
            },
            download_many: |_, _, _| Ok(()),
            check_many: |_, _| Ok(()),
            loiter_many: |_, _| Ok(()),
            root_many: |_, _| Ok(0.0),
            show_futures: show_futures.then_some(|_, _, _, _| Ok(())),
            extension: None,
        };
        serde_json::from_str(&describe(&strategy.profile, &command(&strategy))).unwrap()
    }

    fn names(list: &Value) -> Vec<&str> {
        list.as_array().unwrap().iter().map(|each| each["name"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_program_describes_its_strategy_and_its_workloads() {
        let described = described(true);
        assert_eq!([&described["name"], &described["worker"]], ["thread-pool", "thread"]);
        let at_a_time = ["default_max_req", "chapter_max_req", "largest_max_req"].map(|name| &described[name]);
        assert_eq!(at_a_time, [30, 5, 1000]);
        assert_eq!(names(&described["workloads"]), ["flags", "primes", "loiter", "sqrt", "futures"]);
        let flags = &described["workloads"][0];
        let repeat = flags["arguments"].as_array().unwrap().iter().find(|argument| argument["name"] == "--repeat");
        let about = "get each flag N times (BR.gif, BR-2.gif, ...)";
        assert_eq!(repeat, Some(&json!({"name": "--repeat", "about": about, "value": "N", "default": "1"})));
        assert!(names(&flags["arguments"]).contains(&"CC"));
    }

    #[test]
    fn a_usage_error_says_what_is_wrong_and_where_the_help_is() {
        let said = |line: &str| {
            let error = Cli::command().try_get_matches_from(line.split(' ')).unwrap_err();
            usage::words(&error, "x flags --help").unwrap_or_else(|| error.to_string())
        };
        let see = "\n\nSee 'x flags --help'.\n";
        assert_eq!(said("x flags --frob"), format!("error: there is no argument '--frob'{see}"));
        assert_eq!(said("x flags --al"), format!("error: there is no argument '--al': did you mean '--all'?{see}"));
        assert_eq!(said("x flgs"), format!("error: there is no workload 'flgs'{see}"));
        assert_eq!(
            said("x flags -a -e"),
            format!("error: '--all' and '--every' exclude each other: leave one out{see}")
        );
        assert_eq!(said("x flags -s"), format!("error: '--server <LABEL>' needs a value{see}"));
        let dance = "error: 'dance' is no value of '--progress <HOW>': give one of auto, bar, plain, codes, none";
        assert_eq!(said("x flags --progress dance"), format!("{dance}{see}"));
        assert!(said("x flags -l 0").starts_with("error: invalid value '0' for '--limit <N>': must be at least 1\n"));
    }

    #[test]
    fn what_a_strategy_does_not_have_is_not_described() {
        let described = described(false);
        assert_eq!(names(&described["workloads"]), ["flags", "primes", "loiter", "sqrt"]);
        assert!(!names(&described["workloads"][1]["arguments"]).contains(&"--on-runtime"));
        assert!(!names(&described["workloads"][3]["arguments"]).contains(&"--waterfall"));
    }
}
