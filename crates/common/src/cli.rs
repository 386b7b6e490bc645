//! The command line, the same for every strategy's program.

use std::{
    convert::identity,
    env,
    io::{self, Write},
    process,
};

use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind};

use crate::{
    describe::{DESCRIBE, describe},
    generated,
    profile::Profile,
    show::{output, terminal},
    strategy::Strategy,
    usage,
    workload_list::Workload,
    workloads::{args::WorkloadArgs, futures::FuturesArgs},
};

/// A program's strategy, and what can be asked of it.
pub struct CommandLine {
    pub strategy: Strategy,
    pub workloads: Vec<Workload>,
}

/// What a command line asks for, and with what arguments.
pub enum Asked<'a> {
    Workload(&'a Workload, ArgMatches),
    /// A command of the strategy's own, and what runs it.
    Own(fn(&str, &ArgMatches) -> anyhow::Result<u8>, ArgMatches),
}

impl CommandLine {
    /// Reads it: what it asks for, by name. On a usage error, or after `--help` or `--describe`, it ends the process, with status 2 or 0.
    pub fn parse(&self) -> (String, Asked<'_>) {
        if env::args_os().skip(1).eq([DESCRIBE]) {
            terminal::print(&format!("{}\n", describe(&self.strategy.profile, &self.workloads())));
            process::exit(0);
        }
        let mut matches = self.command().try_get_matches().unwrap_or_else(|error| self.end(&error));
        if let Some(text) = generated::text(self.command(), &matches) {
            match text {
                Ok(text) => terminal::print(&String::from_utf8_lossy(&text)),
                Err(why) => self.usage_error("man", why),
            }
            process::exit(0);
        }
        let (name, arguments) = matches.remove_subcommand().expect("a workload is required");
        let workload = self.workloads.iter().find(|workload| workload.name == name);
        let asked = match (workload, self.strategy.extension) {
            (Some(workload), Some(extension)) => match (extension.take)(&arguments) {
                Ok(()) => Asked::Workload(workload, arguments),
                Err(error) => self.usage_error(&name, error),
            },
            (Some(workload), None) => Asked::Workload(workload, arguments),
            (None, extension) => Asked::Own(extension.expect("a subcommand of ours").run, arguments),
        };
        (name, asked)
    }

    /// Prints the help that was asked for, or what is wrong, and ends the process. `clap::Error::exit` takes no notice of a help that could not
    /// be printed.
    fn end(&self, error: &clap::Error) -> ! {
        if let Some(text) = usage::words(error, &self.help_command()) {
            terminal::eprint(&text);
            process::exit(error.exit_code());
        }
        let printed = error.print().and_then(|()| io::stdout().flush());
        if !error.use_stderr() {
            terminal::check_printed(printed);
        }
        process::exit(error.exit_code())
    }

    /// What to type for the help of the workload that was asked for, or of the program.
    fn help_command(&self) -> String {
        let name = self.strategy.profile.name;
        let first = env::args_os().nth(1).unwrap_or_default();
        match self.command().find_subcommand(first) {
            Some(workload) => format!("{name} {} --help", workload.get_name()),
            None => format!("{name} --help"),
        }
    }

    /// Ends the process with a usage error of a workload, status 2.
    pub fn usage_error(&self, workload: &str, message: impl std::fmt::Display) -> ! {
        let mut command = self.command();
        command.build();
        command
            .find_subcommand_mut(workload)
            .expect("a subcommand of ours")
            .error(ErrorKind::ValueValidation, message)
            .exit()
    }

    /// All that there is to ask for.
    fn command(&self) -> Command {
        let own = self.strategy.extension.map(|extension| (extension.commands)()).unwrap_or_default();
        self.workloads().subcommands(own.into_iter().map(with_help))
    }

    fn workloads(&self) -> Command {
        let Profile { name, about, .. } = self.strategy.profile;
        let version =
            Arg::new("version").short('V').long("version").action(ArgAction::Version).help("print the version");
        let extend = self.strategy.extension.map_or(identity as fn(_) -> _, |extension| extension.extend);
        let workloads = self.workloads.iter().map(|workload| {
            let is_missing = workload.name == FuturesArgs::NAME && self.strategy.show_futures.is_none();
            let command = (workload.command)(&self.strategy.profile).hide(is_missing);
            with_help(extend(command))
        });
        Command::new(name)
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
}

/// A subcommand with our words for its help.
fn with_help(command: Command) -> Command {
    command.disable_help_flag(true).arg(help().help_heading(output::HEADING))
}

fn help() -> Arg {
    Arg::new("help").short('h').long("help").action(ArgAction::Help).help("print this help")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        run::Run,
        workload_list::workloads,
        workloads::list::{ListTask, RunLists, SampleOf, TaskList},
    };

    struct Nothing;

    impl RunLists for Nothing {
        fn run_many<T: ListTask>(_: &TaskList<T>, _: &mut Run<SampleOf<T>>) -> anyhow::Result<()> {
            Ok(())
        }
    }

    fn command_line(show_futures: bool) -> CommandLine {
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
            root_many: |_, _| Ok(0.0),
            show_futures: show_futures.then_some(|_, _, _, _| Ok(())),
            extension: None,
        };
        CommandLine { strategy, workloads: workloads::<Nothing>() }
    }

    fn described(show_futures: bool) -> Value {
        let program = command_line(show_futures);
        serde_json::from_str(&describe(&program.strategy.profile, &program.command())).unwrap()
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
            let error = command_line(true).command().try_get_matches_from(line.split(' ')).unwrap_err();
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
