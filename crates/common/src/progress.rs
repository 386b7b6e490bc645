//! What a run shows while it runs. Everything goes to stderr but the codes, which are the first scripts' report.

use std::{
    fmt,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use url::Url;

use crate::{Outcome, Sample, Tally, terminal, writer::Writer};

/// A way of showing samples as they come.
pub trait Show: Send {
    /// A sample came; it is in the tally already.
    fn sample(&mut self, sample: &Sample, tally: &Tally);

    /// The run is over.
    fn finish(&mut self, _tally: &Tally) {}
}

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
    /// The display for so many downloads from there; `verbose` puts a line for each of them in its place.
    pub fn show(self, total: usize, base_url: &Url, verbose: bool) -> Box<dyn Show> {
        let animated = std::io::stderr().is_terminal() && !terminal::is_dumb();
        match self {
            Self::Codes => Box::new(Codes { codes: Writer::start(terminal::print), others: Lines::new(base_url) }),
            _ if verbose => Box::new(Lines::new(base_url)),
            Self::Auto | Self::Bar if animated => Box::new(Bar::new(total)),
            Self::Auto | Self::Bar | Self::Plain => Box::new(Plain { started: Instant::now(), last: Instant::now() }),
            Self::None => Box::new(Nothing),
        }
    }
}

/// Shows nothing.
pub(crate) struct Nothing;

impl Show for Nothing {
    fn sample(&mut self, _: &Sample, _: &Tally) {}
}

/// The first scripts' display.
struct Codes {
    codes: Writer,
    others: Lines,
}

impl Show for Codes {
    fn sample(&mut self, sample: &Sample, tally: &Tally) {
        match &sample.outcome {
            Outcome::Ok => self.codes.write(format!("{} ", sample.flag)),
            _ => self.others.sample(sample, tally),
        }
    }

    fn finish(&mut self, tally: &Tally) {
        self.codes.finish();
        self.others.finish(tally);
    }
}

/// A line for each download.
struct Lines {
    base_url: Url,
    writer: Writer,
}

impl Lines {
    fn new(base_url: &Url) -> Self {
        Self { base_url: base_url.clone(), writer: Writer::start(eprint) }
    }
}

impl Show for Lines {
    fn sample(&mut self, sample: &Sample, _: &Tally) {
        let flag = sample.flag;
        self.writer.write(match &sample.outcome {
            Outcome::Ok => format!("{flag} OK\n"),
            Outcome::NotFound => format!("{flag} not found: {}\n", flag.url(&self.base_url)),
            Outcome::Error(failure) => format!("{flag} error: {failure}\n"),
        });
    }

    fn finish(&mut self, _: &Tally) {
        self.writer.finish();
    }
}

/// A line a second at most.
struct Plain {
    started: Instant,
    last: Instant,
}

impl Show for Plain {
    fn sample(&mut self, _: &Sample, tally: &Tally) {
        if self.last.elapsed() >= Duration::from_secs(1) {
            self.last = Instant::now();
            let rate = tally.done() as f64 / self.started.elapsed().as_secs_f64();
            let left = tally.not_started() as f64 / rate;
            eprint(&format!(
                "{}/{} done: {}, {rate:.1}/s, {left:.0} s left\n",
                tally.done(),
                tally.asked,
                counts(tally)
            ));
        }
    }
}

/// An animated bar. A thread of its own keeps it moving while nothing arrives.
struct Bar(ProgressBar);

impl Bar {
    fn new(total: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        let (filled, template) = if terminal::colours() {
            ("█▉▊▋▌▍▎▏ ", "{percent:>3}% {bar:30.green} {pos}/{len} [{elapsed}<{eta}, {rate}] {msg}")
        } else {
            ("#>-", "{percent:>3}% [{bar:30}] {pos}/{len} [{elapsed}<{eta}, {rate}] {msg}")
        };
        let style = ProgressStyle::with_template(template).expect("a template of ours").progress_chars(filled);
        bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            _ = write!(out, "{:.1}/s", state.per_sec());
        }));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Show for Bar {
    fn sample(&mut self, _: &Sample, tally: &Tally) {
        self.0.set_message(counts(tally));
        self.0.set_position(tally.done());
    }

    fn finish(&mut self, _: &Tally) {
        self.0.abandon();
    }
}

fn counts(tally: &Tally) -> String {
    let errors = tally.errors();
    let text =
        format!("{} ok, {} not found, {errors} error{}", tally.ok, tally.not_found, if errors == 1 { "" } else { "s" });
    if errors > 0 && terminal::colours() { format!("\x1b[31m{text}\x1b[0m") } else { text }
}

/// Writes to stderr; that nobody reads it any more is no reason to stop downloading.
fn eprint(text: &str) {
    _ = std::io::stderr().write_all(text.as_bytes());
}
