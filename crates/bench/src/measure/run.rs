//! A whole measurement: everything is readied and looked for, the session runs, and what it measures is kept.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::analyse::bounds::makespan;
use crate::measure::machine;
use crate::measure::runner::Processes;
use crate::measure::session;
use crate::plan::contenders::Report;
use crate::plan::workload::Work;
use crate::plan::{Match, Plan, placeholders};
use crate::record::basis::Basis;
use crate::record::environment::Environment;
use crate::record::folder::Folder;
use crate::record::observer::{Observer, Schedule, Turn};
use crate::record::recorder::Recorder;
use crate::record::run::{Record, RecordedContender, RecordedWorkload};
use crate::record::sample::Sample;

/// What a measurement needs beside its plan.
#[derive(Debug)]
pub struct Setup<'a> {
    /// The folder of our own programs.
    pub bin: &'a Path,
    /// The top of the source that they were built from.
    pub source: &'a Path,
    /// The time after which a program is killed.
    pub time_limit: Duration,
    /// The command line that the record names.
    pub command: String,
    /// Whether the programs' own reports of round 1 are kept: the waterfall is drawn from them.
    pub keep_reports: bool,
    /// What a reader of the results has to know.
    pub notes: Vec<String>,
    /// Ends the session when it is set.
    pub cancel: Arc<AtomicBool>,
}

/// Measures `plan`, and keeps it in the folder that `place` makes; `observer` hears of each step once it is kept. Returns the folder,
/// and whether the user interrupted it, or what else ended it early.
///
/// # Errors
/// A missing program, a place that cannot be written to, a server that does not start.
pub fn measure(
    plan: &Plan,
    setup: Setup,
    place: impl FnOnce(&Environment) -> Result<Folder>,
    observer: &mut dyn Observer,
) -> Result<(Folder, Result<bool>)> {
    let Setup { bin, source, time_limit, command, keep_reports, mut notes, cancel } = setup;
    let environment = machine::look(bin, source);
    let mut processes = Processes::new(bin, time_limit, Arc::clone(&cancel))?;
    let saves = plan.matches.iter().any(|one| matches!(one.workload.work, Work::Flags { .. }));
    if saves && !processes.scratch().is_in_memory() {
        let scratch = processes.scratch().path.display();
        let note = format!("The flags are saved in {scratch}, which may be a disk: its speed is in the times.");
        observer.note(&note);
        notes.push(note);
    }
    let workloads = prepare(plan, &mut processes)?;

    let folder = place(&environment)?;
    let record = Record {
        sweep: plan.baseline.is_none(),
        seed: plan.seed,
        budget_s: plan.budget.as_secs_f64(),
        baseline: plan.baseline.clone(),
        workloads,
        notes,
        ..Record::new(command, environment)
    };
    let reports = if keep_reports { with_report(plan) } else { Vec::new() };
    let mut both = Both { recorder: Recorder::new(folder.clone(), record, reports)?, observer };
    let interrupted = session::run(plan, &mut processes, &mut both, &cancel);
    drop(processes);
    // Whatever ended the session, what it measured until then is kept and shown.
    match &interrupted {
        Ok(false) => {}
        Ok(true) => both.recorder.add_note("The run was interrupted: its later rounds are missing.".into())?,
        // If the note cannot be written either, the error itself says why.
        Err(error) => both.recorder.add_note(format!("The run ended early: {error:#}.")).unwrap_or_default(),
    }
    Ok((folder, interrupted))
}

/// Readies every workload, and looks for every program, before anything is measured.
fn prepare(plan: &Plan, processes: &mut Processes) -> Result<Vec<RecordedWorkload>> {
    let mut recorded = Vec::new();
    for Match { workload, contenders } in &plan.matches {
        processes.prepare(workload)?;
        let delays = processes.delays_us(workload);
        let mut rows = Vec::new();
        for contender in contenders {
            let command = processes.command(workload, contender)?;
            if placeholders::find(&command[0]).is_none() {
                let advice =
                    if Path::new(&command[0]).parent().is_some_and(|folder| folder.join("flag-server").exists()) {
                        ": run `scripts/bench`, which builds what it needs"
                    } else {
                        ""
                    };
                bail!("the program of {} is missing: there is no {}{advice}", contender.name, command[0].display());
            }
            rows.push(RecordedContender {
                name: contender.name.clone(),
                workers: contender.workers(workload),
                command: contender.command.clone(),
                why: contender.why.clone(),
                bound_us: (!delays.is_empty()).then(|| makespan(&delays, contender.workers(workload))),
                basis: Basis::Rounds,
            });
        }
        recorded.push(RecordedWorkload {
            workload: workload.clone(),
            delays_us: (!delays.is_empty()).then(|| delays.iter().sum()),
            repeats: 1,
            contenders: rows,
        });
    }
    Ok(recorded)
}

/// The workloads and contenders whose output is a JSON report.
fn with_report(plan: &Plan) -> Vec<(String, String)> {
    let reporting = |one: &Match| {
        let name = one.workload.name.clone();
        let contenders = one.contenders.iter().filter(|contender| contender.report == Report::Json);
        contenders.map(move |contender| (name.clone(), contender.name.clone())).collect::<Vec<_>>()
    };
    plan.matches.iter().flat_map(reporting).collect()
}

/// The record first, so that nothing is shown that is not kept.
struct Both<'a> {
    recorder: Recorder,
    observer: &'a mut dyn Observer,
}

impl Observer for Both<'_> {
    fn starting(&mut self, turn: &Turn) {
        self.observer.starting(turn);
    }

    fn planned(&mut self, schedule: &Schedule) -> Result<()> {
        self.recorder.planned(schedule)?;
        self.observer.planned(schedule)
    }

    fn measured(&mut self, sample: &Sample, output: &[u8]) -> Result<()> {
        self.recorder.measured(sample, output)?;
        self.observer.measured(sample, output)
    }
}
