//! How the values of arguments are read.

use std::ffi::OsStr;

use clap::{Arg, Args, Command, builder::TypedValueParser, error::ErrorKind};

use crate::{
    http::{password::text_without_password, site::Server},
    profile::Profile,
};

/// The arguments of a workload, and what its subcommand is called.
pub(crate) trait WorkloadArgs: Args {
    /// The subcommand.
    const NAME: &'static str;
    /// One line for the help.
    const ABOUT: &'static str;

    /// The subcommand, as a strategy with this profile has it.
    fn adapt(command: Command, profile: &Profile) -> Command;
}

/// The end of the help of a workload without network.
pub(crate) const EXIT_STATUS_OF_TASKS: &str = "\
Exit status:
  0    every task gave its answer
  1    at least one did not
  2    usage error
  130  interrupted by Ctrl-C (143: by SIGTERM)";

/// Under which the help lists arguments, beside [`show::output::HEADING`](crate::show::output::HEADING).
pub(crate) const FROM_WHERE: &str = "From where";
pub(crate) const HOW: &str = "How";

pub(crate) fn at_least_one<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    whole_number(text, 1)
}

pub(crate) fn at_least_zero<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    whole_number(text, 0)
}

fn whole_number<T: TryFrom<u64>>(text: &str, least: u64) -> Result<T, String> {
    let is_negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("must be a whole number, at least {least}"));
    }
    match digits.parse::<u64>() {
        Ok(number) if number >= least && (!is_negative || number == 0) => {
            number.try_into().map_err(|_| "is too large".to_owned())
        }
        Err(_) if !is_negative => Err("is too large".into()),
        _ => Err(format!("must be at least {least}")),
    }
}

/// Parses a server, and shows no password of one that cannot be parsed.
#[derive(Clone)]
pub(crate) struct ServerParser;

impl TypedValueParser for ServerParser {
    type Value = Server;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<Server, clap::Error> {
        let text = value.to_string_lossy();
        text.parse().map_err(|why| {
            let (shown, arg) = (text_without_password(&text), arg.map(ToString::to_string).unwrap_or_default());
            let message = format!("invalid value '{shown}' for '{arg}': {why}");
            command.clone().error(ErrorKind::ValueValidation, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_number_is_told_what_it_must_be() {
        let error = |text| at_least_one::<u32>(text).unwrap_err();
        for text in ["abc", "", "1.5", "0x10", "-", "\u{661}"] {
            assert_eq!(error(text), "must be a whole number, at least 1");
        }
        assert_eq!([error("0"), error("-3"), error("-99999999999999999999")], ["must be at least 1"; 3]);
        assert_eq!([error("4294967296"), error("99999999999999999999")], ["is too large"; 2]);
        assert_eq!([at_least_one("1"), at_least_one("+7"), at_least_zero("0")], [Ok(1_u64), Ok(7), Ok(0)]);
    }
}
