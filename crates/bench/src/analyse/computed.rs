//! The time of what was not run because it would have broken the budget: computed from what is known of it.

use crate::analyse::rounds::Runs;
use crate::plan::workload::Work;
use crate::record::basis::Basis;
use crate::record::run::{Record, RecordedContender, RecordedWorkload};

/// The time of `contender` on `on`, in microseconds: the server's delays as its workers would wait for them and, for one that does a task
/// at a time, what a flag costs it on a server that does not wait, if that was measured in the same run. It is short of the truth by whatever
/// else a run takes.
pub(super) fn time_us(
    on: &RecordedWorkload,
    contender: &RecordedContender,
    record: &Record,
    runs: &Runs,
) -> Option<f64> {
    let each = || record.workloads.iter().find_map(|other| each_us(other, &contender.name, runs));
    let own = if contender.workers == 1 { each().unwrap_or_default() } else { 0.0 };
    Some(contender.bound_us? as f64 + own * on.workload.work.count() as f64)
}

/// What each flag of `on` costs `contender`, if it was measured there and does one at a time.
fn each_us(on: &RecordedWorkload, contender: &str, runs: &Runs) -> Option<f64> {
    let Work::Flags { delay: None, .. } = &on.workload.work else { return None };
    let recorded = on.contenders.iter().find(|one| one.name == contender && one.workers == 1)?;
    let rounds = match recorded.basis {
        Basis::Rounds => runs.measured(&on.workload.name, contender, false),
        Basis::OneRun => runs.of_round_zero(&on.workload.name, contender),
        Basis::Computed => return None,
    };
    Some(rounds.median(|sample| Some(sample.time_us(on.workload.time)))? / on.workload.work.count() as f64)
}
