//! What can be shown where.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::run::file_size;

/// Whether the terminal cannot move its cursor.
pub fn is_dumb() -> bool {
    env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// The most characters in a line, whatever `COLUMNS` says.
const WIDEST: usize = 1000;

/// How many characters fit in a line: the terminal's width, else what `COLUMNS` says, else 80.
pub fn width() -> usize {
    width_or_default(terminal_size::terminal_size())
}

/// The same, for what is drawn on stderr.
pub fn width_of_stderr() -> usize {
    width_or_default(terminal_size::terminal_size_of(io::stderr()))
}

fn width_or_default(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    let width = size.map(|(width, _)| width.0.into()).or_else(|| env::var("COLUMNS").ok()?.parse().ok());
    width.unwrap_or(80).min(WIDEST)
}

/// Whether the locale has more characters than ASCII.
pub fn is_unicode() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Whether stderr gets colours: `NO_COLOR` forbids them, `CLICOLOR_FORCE` asks for them anywhere, else a terminal gets them.
pub fn colours() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let forbidden = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !forbidden && (set("CLICOLOR_FORCE") || (io::stderr().is_terminal() && !is_dumb()))
}

/// Writes `text` to stderr. If that fails, the program goes on (`eprintln!` would panic).
pub fn eprint(text: &str) {
    _ = io::stderr().write_all(text.as_bytes());
}

/// Writes `words` to stderr on a line of their own, unless that would have to wait for a reader.
pub fn eprint_if_ready(words: &str) {
    let stderr = io::stderr();
    let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
    if poll(&mut ready, Some(&Timespec::default())).is_ok_and(|ready| ready > 0) {
        eprint(&format!("\n{words}\n"));
    }
}

/// Writes `text` to stdout at once; see `check_printed`.
pub fn print(text: &str) {
    // A worker in another process prints, too. Where this fails, there are worse things to report.
    _ = file_size::report_too_large();
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    drop(stdout);
    check_printed(printed);
}

/// Ends the process with status 1 if something could not be written to stdout. A reader that has gone (`| head -1`) is no error.
pub(crate) fn check_printed(printed: io::Result<()>) {
    if let Err(error) = printed
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprint(&format!("error: failed to write to stdout: {error}\n"));
        std::process::exit(1);
    }
}
