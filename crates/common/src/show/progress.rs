//! What a run shows while it runs. Everything goes to stderr but the codes, which are the first scripts' report.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use url::Url;

use crate::{
    http::{FlagSample, Outcome, password::without_password},
    run::{Show, Tally},
    show::{
        bar::{self, Counts},
        plural::plural,
        terminal,
        writer::Writer,
    },
};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Progress {
    /// A bar on a terminal, plain lines elsewhere.
    Auto,
    /// An animated bar with counts, rate and time left; plain lines where nothing can be animated.
    Bar,
    /// A plain line now and then.
    Plain,
    /// The code of each flag that was saved, and `20 downloads in 7.18s`: the display of the chapter's first scripts.
    Codes,
    /// Nothing.
    None,
}

impl Progress {
    /// Whether lines for each download can stand in its place: not if it was asked for by name.
    pub fn gives_way(self) -> bool {
        matches!(self, Self::Auto | Self::None)
    }

    /// The display for this many downloads from there; `verbose` puts a line for each of them in its place.
    pub fn show(self, total: usize, base_url: &Url, verbose: bool) -> Show<FlagSample> {
        let animated = io::stderr().is_terminal() && !terminal::is_dumb();
        match self {
            Self::Codes => codes(base_url.clone()),
            _ if verbose => lines(base_url.clone()),
            Self::Auto | Self::Bar if animated => bar::show(total),
            Self::Auto | Self::Bar | Self::Plain => plain(),
            Self::None => Box::new(|_, _| ()),
        }
    }
}

enum Text {
    Code(String),
    Line(String),
}

/// The first scripts' display: codes on stdout, and everything else on stderr.
fn codes(base_url: Url) -> Show<FlagSample> {
    let writer = Writer::start(|text| match text {
        Text::Code(code) => terminal::print(&code),
        Text::Line(line) => terminal::eprint(&line),
    });
    // Where both streams are a terminal, the next line would begin behind the last code.
    let share_lines = io::stdout().is_terminal() && io::stderr().is_terminal();
    let mut within_line = false;
    Box::new(move |sample, _| {
        let is_code = sample.outcome == Outcome::Ok;
        writer.write(match line(sample, &base_url) {
            _ if is_code => Text::Code(format!("{} ", sample.flag)),
            line if share_lines && within_line => Text::Line(format!("\n{line}")),
            line => Text::Line(line),
        });
        within_line = is_code;
    })
}

/// A line for each download.
fn lines(base_url: Url) -> Show<FlagSample> {
    let writer = Writer::start(|line: String| terminal::eprint(&line));
    Box::new(move |sample, _| writer.write(line(sample, &base_url)))
}

fn line(sample: &FlagSample, base_url: &Url) -> String {
    let flag = sample.flag;
    match &sample.outcome {
        Outcome::Ok => format!("{flag} OK\n"),
        Outcome::NotFound => format!("{flag} not found: {}\n", without_password(&flag.url(base_url))),
        Outcome::Error(failure) => format!("{flag} error: {failure}\n"),
    }
}

/// A line a second at most.
fn plain() -> Show<FlagSample> {
    let started = Instant::now();
    let mut last = started;
    Box::new(move |_, tally| {
        if last.elapsed() >= Duration::from_secs(1) {
            last = Instant::now();
            let counts = Counts::of(tally);
            let pace = match counts.pace(started.elapsed()) {
                Some((rate, left)) => format!(", {rate:.1}/s, {:.0} s left", left.as_secs_f64()),
                None => String::new(),
            };
            let (done, errors) = (counts.done(), plural(tally.errors() - tally.interrupted(), "error"));
            let Tally { asked, ok, not_found, .. } = tally;
            terminal::eprint(&format!("{done}/{asked} done: {ok} ok, {not_found} not found, {errors}{pace}\n"));
        }
    })
}
