//! Writes a run down as it goes on.

use std::fs;

use anyhow::{Context, Result};

use crate::record::folder::{Folder, program_report_name};
use crate::record::observer::{Observer, Schedule, Turn};
use crate::record::run::Record;
use crate::record::sample::{Sample, SampleFile};

/// Writes a session down as it goes.
#[derive(Debug)]
pub struct Recorder {
    folder: Folder,
    record: Record,
    samples: SampleFile,
    json: Vec<(String, String)>,
}

impl Recorder {
    /// Begins the files of `record`; `json` has the workloads and contenders whose output is a JSON report.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn new(folder: Folder, record: Record, json: Vec<(String, String)>) -> Result<Self> {
        folder.save(&record)?;
        let reports = folder.file("round-1");
        fs::create_dir_all(&reports).with_context(|| format!("failed to create {}", reports.display()))?;
        let samples = SampleFile::create(&folder.file("samples.csv"))?;
        Ok(Self { folder, record, samples, json })
    }

    /// Adds a note to the record.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn add_note(&mut self, note: String) -> Result<()> {
        self.record.notes.push(note);
        self.folder.save(&self.record)
    }
}

impl Observer for Recorder {
    fn starting(&mut self, _turn: &Turn) {}

    fn planned(&mut self, schedule: &Schedule) -> Result<()> {
        self.record.rounds = Some(schedule.rounds);
        self.record.notes.extend(schedule.note.clone());
        let found = schedule.repeats.iter().zip(&schedule.bases);
        for (workload, (repeats, bases)) in self.record.workloads.iter_mut().zip(found) {
            workload.repeats = *repeats;
            workload.contenders.iter_mut().zip(bases).for_each(|(contender, basis)| contender.basis = *basis);
        }
        self.folder.save(&self.record)
    }

    fn measured(&mut self, sample: &Sample, output: &[u8]) -> Result<()> {
        self.samples.append(sample)?;
        // Of the first measured round, whatever it looks like: the picture is not picked by hand. What has no other run has that of
        // round 0. A sweep has a picture of its own.
        let first = sample.round <= 1 && sample.repeat == 0 && !sample.control && !self.record.sweep;
        let has_report =
            self.json.iter().any(|(workload, name)| *workload == sample.workload && *name == sample.contender);
        if first && has_report {
            let name = program_report_name(&sample.workload, &sample.contender);
            self.folder.write(&name, &String::from_utf8_lossy(output))?;
        }
        Ok(())
    }
}
