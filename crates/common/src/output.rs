//! Where the record of a run goes, beside its report: `--json` and `--trace`.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{record::Record, terminal};

/// The arguments that ask for the record.
#[derive(clap::Args)]
pub struct OutputArgs {
    /// print one JSON object instead of the report
    #[arg(long)]
    pub json: bool,

    /// write Chrome trace events to FILE (opens in Perfetto)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// Where the record will be written.
pub(crate) struct Output<'a> {
    json: bool,
    trace: Option<(&'a Path, File)>,
}

impl OutputArgs {
    /// Creates the trace file, if there is to be one: better to fail now than after the work.
    ///
    /// # Errors
    /// The file cannot be created.
    pub(crate) fn open(&self) -> anyhow::Result<Output<'_>> {
        let create = |path| {
            let file = File::create(path)
                .with_context(|| format!("failed to create the trace file {}", Path::display(path)))?;
            anyhow::Ok((path, file))
        };
        Ok(Output { json: self.json, trace: self.trace.as_deref().map(create).transpose()? })
    }
}

impl Output<'_> {
    /// Whether anybody wants the record.
    pub(crate) fn wanted(&self) -> bool {
        self.json || self.trace.is_some()
    }

    /// Writes the record to where it was asked for.
    ///
    /// # Errors
    /// The trace file cannot be written.
    pub(crate) fn write(self, record: &Record) -> anyhow::Result<()> {
        if let Some((path, file)) = self.trace {
            record
                .write_trace(BufWriter::new(file))
                .with_context(|| format!("failed to write the trace {}", path.display()))?;
        }
        if self.json {
            terminal::print(&format!("{}\n", serde_json::to_string(record)?));
        }
        Ok(())
    }
}
