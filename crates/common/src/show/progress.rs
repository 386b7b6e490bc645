//! What a run shows while it runs. Everything goes to stderr but the codes, which are the first scripts' report.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use url::Url;

use crate::{
    http::{FlagSample, Outcome, password::without_password},
    run::{Show, Tally},
    show::{
        bar::{Bar, Counts},
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
    pub fn show(self, total: usize, base_url: &Url, verbose: bool) -> Box<dyn Show<FlagSample>> {
        let animated = std::io::stderr().is_terminal() && !terminal::is_dumb();
        match self {
            Self::Codes => Box::new(Codes::new(base_url)),
            _ if verbose => Box::new(Lines::new(base_url)),
            Self::Auto | Self::Bar if animated => Box::new(Bar::new(total)),
            Self::Auto | Self::Bar | Self::Plain => Box::new(Plain { started: Instant::now(), last: Instant::now() }),
            Self::None => Box::new(Nothing),
        }
    }
}

/// Shows nothing.
pub(crate) struct Nothing;

impl<S> Show<S> for Nothing {
    fn sample(&mut self, _: &S, _: &Tally) {}
}

/// The first scripts' display: codes on stdout, and everything else on stderr.
struct Codes {
    writer: Writer<Text>,
    base_url: Url,
    /// Whether both streams are a terminal, where the next line would begin behind the last code.
    share_lines: bool,
    within_line: bool,
}

enum Text {
    Code(String),
    Line(String),
}

impl Codes {
    fn new(base_url: &Url) -> Self {
        let write = |text| match text {
            Text::Code(code) => terminal::print(&code),
            Text::Line(line) => eprint(&line),
        };
        let share_lines = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        Self { writer: Writer::start(write), base_url: base_url.clone(), share_lines, within_line: false }
    }
}

impl Show<FlagSample> for Codes {
    fn sample(&mut self, sample: &FlagSample, _: &Tally) {
        let is_code = sample.outcome == Outcome::Ok;
        self.writer.write(match line(sample, &self.base_url) {
            _ if is_code => Text::Code(format!("{} ", sample.flag)),
            line if self.share_lines && self.within_line => Text::Line(format!("\n{line}")),
            line => Text::Line(line),
        });
        self.within_line = is_code;
    }

    fn finish(&mut self, _: &Tally) {
        self.writer.finish();
    }
}

/// A line for each download.
struct Lines {
    base_url: Url,
    writer: Writer<String>,
}

impl Lines {
    fn new(base_url: &Url) -> Self {
        Self { base_url: base_url.clone(), writer: Writer::start(|line| eprint(&line)) }
    }
}

impl Show<FlagSample> for Lines {
    fn sample(&mut self, sample: &FlagSample, _: &Tally) {
        self.writer.write(line(sample, &self.base_url));
    }

    fn finish(&mut self, _: &Tally) {
        self.writer.finish();
    }
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
struct Plain {
    started: Instant,
    last: Instant,
}

impl Show<FlagSample> for Plain {
    fn sample(&mut self, _: &FlagSample, tally: &Tally) {
        if self.last.elapsed() >= Duration::from_secs(1) {
            self.last = Instant::now();
            let errors = tally.errors() - tally.interrupted();
            let s = if errors == 1 { "" } else { "s" };
            let counts = Counts::of(tally);
            let pace = match counts.pace(self.started.elapsed()) {
                Some((rate, left)) => format!(", {rate:.1}/s, {:.0} s left", left.as_secs_f64()),
                None => String::new(),
            };
            eprint(&format!(
                "{}/{} done: {} ok, {} not found, {errors} error{s}{pace}\n",
                counts.done(),
                tally.asked,
                tally.ok,
                tally.not_found
            ));
        }
    }
}

/// Writes to stderr; if it is read no longer, the downloads still go on.
fn eprint(text: &str) {
    _ = std::io::stderr().write_all(text.as_bytes());
}
