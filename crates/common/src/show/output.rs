//! Where the record of a run goes, beside its report: `--json`, `--trace`, `--events` and `--waterfall`.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    run::{Sample, Show, Starts, UsageError, record::Record},
    show::{events::Events, terminal, waterfall},
};

/// The arguments that ask for the record.
#[derive(clap::Args)]
pub struct OutputArgs {
    /// show errors only
    #[arg(short, long, help_heading = HEADING)]
    quiet: bool,

    /// draw when each task ran
    #[arg(long, help_heading = HEADING)]
    waterfall: bool,

    /// print one JSON object instead of the report; --json=summary leaves out the rows of its samples
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    #[arg(hide_possible_values = true, help_heading = HEADING)]
    json: Option<Json>,

    /// write Chrome trace events to FILE when it ends (for Perfetto)
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    trace: Option<PathBuf>,

    /// write a JSON line to FILE for each start, sample and end, while it runs
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    events: Option<PathBuf>,
}

/// Under which the help lists these arguments, and others of their kind.
pub(crate) const HEADING: &str = "What to show";

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Json {
    All,
    Summary,
}

/// Where the record will be written.
pub(crate) struct Output<'a> {
    args: &'a OutputArgs,
    trace: Option<(&'a Path, File)>,
    events: Option<(&'a Path, Events)>,
}

impl OutputArgs {
    /// Whether a JSON object takes the place of the report.
    pub(crate) fn json(&self) -> bool {
        self.json.is_some()
    }

    /// Whether errors only are to be shown.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether there is to be no report, because the object takes its place or errors only are to be shown.
    pub(crate) fn silent(&self) -> bool {
        self.json() || self.quiet
    }

    /// Whether a picture is to follow the report.
    pub(crate) fn waterfall(&self) -> bool {
        self.waterfall
    }

    /// Creates the files of the trace and the events, if there are to be any: better to fail now than after the work.
    ///
    /// # Errors
    /// A file cannot be created.
    pub(crate) fn open(&self) -> Result<Output<'_>, UsageError> {
        let trace = self.trace.as_deref().map(|path| Ok((path, create("trace", path, Ok)?))).transpose()?;
        let events = self.events.as_deref().map(|path| Ok((path, create("events", path, Events::to)?))).transpose()?;
        Ok(Output { args: self, trace, events })
    }
}

/// Creates the file `path` for `what`, and makes something of it.
fn create<T>(what: &str, path: &Path, make: impl FnOnce(File) -> io::Result<T>) -> Result<T, UsageError> {
    let made = File::create(path).and_then(make);
    made.map_err(|error| UsageError::new(format!("failed to create the {what} file {}: {error}", path.display())))
}

impl Output<'_> {
    /// A run begins. Returns what is told of each start.
    pub(crate) fn begin(&self, strategy: &str, workload: &str, tasks: usize, workers: usize) -> Starts {
        let Some((_, events)) = &self.events else { return Starts::default() };
        events.run(strategy, workload, tasks, workers);
        events.starts()
    }

    /// Samples that are shown so, and told to the events where those were asked for.
    pub(crate) fn watch<S: Sample + 'static>(&self, mut show: Show<S>) -> Show<S> {
        let Some((_, events)) = &self.events else { return show };
        let events = events.clone();
        Box::new(move |sample, tally| {
            events.sample(&sample.row());
            show(sample, tally);
        })
    }

    /// Whether the record was asked for.
    pub(crate) fn wanted(&self) -> bool {
        self.args.json() || self.events.is_some() || self.samples_wanted()
    }

    /// Whether the samples of the record were asked for; if not, a long run need not keep them.
    pub(crate) fn samples_wanted(&self) -> bool {
        self.args.json == Some(Json::All) || self.trace.is_some() || self.args.waterfall
    }

    /// Writes the record to where it was asked for.
    ///
    /// # Errors
    /// The events or the trace cannot be written.
    pub(crate) fn write(self, record: &mut Record) -> anyhow::Result<()> {
        if let Some((path, events)) = self.events {
            events.end(record).with_context(|| format!("failed to write the events {}", path.display()))?;
        }
        if let Some((path, file)) = self.trace {
            record
                .write_trace(BufWriter::new(file))
                .with_context(|| format!("failed to write the trace {}", path.display()))?;
        }
        if self.args.waterfall {
            let style = waterfall::Style { width: terminal::width(), ascii: !terminal::is_unicode() };
            let picture = waterfall::draw(&record.samples, record.elapsed_us, style);
            if self.args.json() { terminal::eprint(&picture) } else { terminal::print(&picture) }
        }
        match self.args.json {
            Some(Json::Summary) => record.samples.clear(),
            Some(Json::All) => {}
            None => return Ok(()),
        }
        terminal::print(&format!("{}\n", serde_json::to_string(record)?));
        Ok(())
    }
}
