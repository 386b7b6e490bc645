//! What is wrong with a command line, in our words.

use clap::{
    Error,
    error::{ContextKind, ErrorKind},
};

/// What to say of this error; `None` where clap's words will do, or where it is no error but a help. `help` is the command that tells more.
pub fn words(error: &Error, help: &str) -> Option<String> {
    let of = |kind| error.get(kind).map(ToString::to_string).filter(|text| !text.is_empty());
    let arg = of(ContextKind::InvalidArg);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => match of(ContextKind::SuggestedArg) {
            Some(like) => format!("there is no argument '{}': did you mean '{like}'?", arg?),
            None => format!("there is no argument '{}'", arg?),
        },
        ErrorKind::InvalidSubcommand => format!("there is no workload '{}'", of(ContextKind::InvalidSubcommand)?),
        ErrorKind::ArgumentConflict => {
            format!("'{}' and '{}' exclude each other: leave one out", arg?, of(ContextKind::PriorArg)?)
        }
        ErrorKind::InvalidValue => {
            let values = of(ContextKind::ValidValue);
            match of(ContextKind::InvalidValue) {
                Some(value) => format!("'{value}' is no value of '{}': give one of {}", arg?, values?),
                None => format!("'{}' needs a value", arg?),
            }
        }
        _ => return None,
    };
    Some(format!("error: {what}\n\nSee '{help}'.\n"))
}
