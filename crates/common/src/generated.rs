//! What is generated from the command line: completions for shells, and man pages.

use std::io;

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use clap_mangen::Man;

/// The subcommands that print them. They are not in the help: one gives them once, when one installs a program.
pub fn subcommands() -> [Command; 2] {
    let shell = Arg::new("SHELL").required(true).value_parser(value_parser!(Shell)).help("write them for this shell");
    let workload = Arg::new("WORKLOAD").help("write the page of this workload, not that of the program");
    [
        Command::new("completions").about("Print completions for a shell").arg(shell).hide(true),
        Command::new("man").about("Print a man page").arg(workload).hide(true),
    ]
}

/// What one of [`subcommands`] prints; `None` where the command line asks for something else.
///
/// # Errors
/// There is no such workload to have a man page.
pub fn text(mut program: Command, asked: &ArgMatches) -> Option<Result<Vec<u8>, String>> {
    match asked.subcommand()? {
        ("completions", asked) => {
            let name = program.get_name().to_owned();
            let mut text = Vec::new();
            clap_complete::generate(*asked.get_one::<Shell>("SHELL")?, &mut program, name, &mut text);
            Some(Ok(text))
        }
        ("man", asked) => Some(match asked.get_one::<String>("WORKLOAD") {
            None => Ok(page(program)),
            Some(workload) => match program.find_subcommand(workload).cloned() {
                Some(found) => {
                    let name = program.get_name();
                    Ok(page(found.display_name(format!("{name}-{workload}")).bin_name(format!("{name} {workload}"))))
                }
                None => Err(format!("there is no workload '{workload}'")),
            },
        }),
        _ => None,
    }
}

fn page(command: Command) -> Vec<u8> {
    let mut text = Vec::new();
    let written: io::Result<()> = Man::new(command).render(&mut text);
    written.expect("a list of bytes takes all of them");
    text
}
