//! How a process ended, in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// E.g. `exited with status 3`, `killed by SIGKILL`, `killed by SIGABRT (core dumped)`.
pub(crate) fn describe(status: ExitStatus) -> String {
    let Some(number) = status.signal() else {
        return format!("exited with status {}", status.code().unwrap_or(-1));
    };
    let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
    format!("killed by {}{dumped}", signal_name(number))
}

/// E.g. `SIGKILL`.
pub(crate) fn signal_name(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number)
        .map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_told_by_status_or_by_the_name_of_the_signal() {
        assert_eq!(describe(ExitStatus::from_raw(3 << 8)), "exited with status 3");
        assert_eq!(describe(ExitStatus::from_raw(9)), "killed by SIGKILL");
        assert_eq!(describe(ExitStatus::from_raw(6 | 0x80)), "killed by SIGABRT (core dumped)");
        assert_eq!(describe(ExitStatus::from_raw(40)), "killed by signal 40");
    }
}
