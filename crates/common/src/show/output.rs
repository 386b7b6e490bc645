//! Where the record of a run goes, beside its report: `--json`, `--trace` and `--waterfall`.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    run::{UsageError, record::Record},
    show::{terminal, waterfall},
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

    /// Creates the trace file, if there is to be one: better to fail now than after the work.
    ///
    /// # Errors
    /// The file cannot be created.
    pub(crate) fn open(&self) -> Result<Output<'_>, UsageError> {
        let create = |path| match File::create(path) {
            Ok(file) => Ok((path, file)),
            Err(error) => {
                Err(UsageError::new(format!("failed to create the trace file {}: {error}", Path::display(path))))
            }
        };
        Ok(Output { args: self, trace: self.trace.as_deref().map(create).transpose()? })
    }
}

impl Output<'_> {
    /// Whether the record was asked for.
    pub(crate) fn wanted(&self) -> bool {
        self.args.json() || self.samples_wanted()
    }

    /// Whether the samples of the record were asked for; if not, a long run need not keep them.
    pub(crate) fn samples_wanted(&self) -> bool {
        self.args.json == Some(Json::All) || self.trace.is_some() || self.args.waterfall
    }

    /// Writes the record to where it was asked for.
    ///
    /// # Errors
    /// The trace file cannot be written.
    pub(crate) fn write(self, record: &mut Record) -> anyhow::Result<()> {
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
