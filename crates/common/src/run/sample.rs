//! What every sample has in common.

use crate::run::{Failure, record::Row};

/// The measurement of one task: what it was, which worker did it and when, and how it ended.
pub trait Sample {
    /// What says which task it was: a flag, a number.
    type Task;

    /// The sample of a task that gave none, because its worker ended or it panicked, seen at this time in microseconds.
    fn lost(task: Self::Task, failure: Failure, at: u64) -> Self;

    /// How it ended.
    fn ending(&self) -> Ending<'_>;

    /// Why it failed, if it did.
    fn failure_mut(&mut self) -> Option<&mut Failure>;

    /// How often it was tried.
    fn attempts(&self) -> u32;

    /// Its row in the record of the run.
    fn row(&self) -> Row;
}

/// How a task ended, as it is counted.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// It gave its answer, which is counted under this name too: `ok`, `prime`.
    Ok(&'static str),
    /// What it was to fetch does not exist: an expected outcome.
    NotFound,
    /// It failed.
    Error(&'a Failure),
}
